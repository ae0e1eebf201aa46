//! Embeds the pages of `docs/errors/` so that `nexus explain` works without the repository.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let folder = root.join("docs/errors");
    println!("cargo::rerun-if-changed={}", folder.display());

    let mut pages: Vec<PathBuf> = fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_page(path))
        .collect();
    pages.sort();

    let mut table = String::from("pub(super) static PAGES: &[(&str, &str)] = &[\n");
    for page in pages {
        let code = page.file_stem().unwrap_or_default().to_string_lossy();
        let path = page.to_string_lossy();
        writeln!(table, "    ({code:?}, include_str!({path:?})),").expect("writing to a string");
    }
    table.push_str("];\n");

    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
    fs::write(out.join("pages.rs"), table).expect("the build folder is writable");
}

/// `NXnnnn.md`.
fn is_page(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.strip_prefix("NX")
        .and_then(|rest| rest.strip_suffix(".md"))
        .is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()))
}
