//! Every crate in the build has a licence that deny.toml accepts and comes from the registry.

use cargo_metadata::MetadataCommand;

fn allowed() -> Vec<String> {
    let text = include_str!("../deny.toml");
    let line = text
        .lines()
        .find(|l| l.starts_with("allow = ["))
        .expect("deny.toml lists licences");
    line.split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_string)
        .collect()
}

/// Whether an SPDX expression can be met with the allowed licences. Only `OR`, `AND`, `WITH` and
/// parentheses around alternatives occur in practice.
fn acceptable(expression: &str, allowed: &[String]) -> bool {
    let flat = expression.replace(['(', ')'], " ").replace('/', " OR ");
    flat.split(" AND ").all(|part| {
        part.split(" OR ")
            .any(|licence| allowed.iter().any(|a| a == licence.trim()))
    })
}

#[test]
fn licences_and_sources() {
    let allowed = allowed();
    let metadata = MetadataCommand::new()
        .exec()
        .expect("cargo metadata describes the build");
    for package in &metadata.packages {
        let licence = package.license.as_deref().unwrap_or("none");
        assert!(
            acceptable(licence, &allowed),
            "`{}` is licensed under {licence}",
            package.name
        );
        if let Some(source) = &package.source {
            assert!(
                source.is_crates_io(),
                "`{}` does not come from the registry",
                package.name
            );
        }
    }
}

#[test]
fn an_unknown_licence_is_refused() {
    assert!(!acceptable("GPL-3.0-only", &allowed()));
    assert!(!acceptable("MIT AND GPL-3.0-only", &allowed()));
    assert!(acceptable("GPL-3.0-only OR MIT", &allowed()));
}
