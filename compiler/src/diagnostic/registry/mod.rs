//! All diagnostics there are: one row each, in one file a family. Every row has a page
//! `docs/errors/NXnnnn.md`, whose examples are executed by a test.
//!
//! What the runtime and the command line report is listed here, too, so that there is one list;
//! they write their codes as text, because they know nothing of the compiler.

pub mod command_line;
pub mod evaluation;
pub mod hosts;
pub mod names;
pub mod project;
pub mod remote;
pub mod running;
pub mod store;
pub mod syntax;
pub mod types;

use super::{Code, Severity};

/// What is known about a code before it is ever emitted.
#[derive(Debug, PartialEq, Eq)]
pub struct CodeInfo {
    /// The number.
    pub code: Code,
    /// A name to speak of it by.
    pub name: &'static str,
    /// How bad it is, most of the time.
    pub severity: Severity,
    /// One line: what it means.
    pub summary: &'static str,
}

/// Declares the codes of a family as constants and as rows of its table.
macro_rules! family {
    (@severity) => { $crate::diagnostic::Severity::Error };
    (@severity warning) => { $crate::diagnostic::Severity::Warning };
    ($($(#[doc = $summary:literal])+ $constant:ident = $number:literal, $name:literal $(, $severity:ident)?;)*) => {
        $($(#[doc = $summary])+ pub const $constant: $crate::diagnostic::Code = $crate::diagnostic::Code($number);)*
        /// The rows of this family.
        pub const FAMILY: &[$crate::diagnostic::registry::CodeInfo] = &[
            $($crate::diagnostic::registry::CodeInfo {
                code: $crate::diagnostic::Code($number),
                name: $name,
                severity: $crate::diagnostic::registry::family!(@severity $($severity)?),
                summary: concat!($($summary),+).trim_ascii_start(),
            }),*
        ];
    };
}
pub(crate) use family;

/// Every row, by number.
pub fn all() -> impl Iterator<Item = &'static CodeInfo> {
    [
        syntax::FAMILY,
        names::FAMILY,
        types::FAMILY,
        evaluation::FAMILY,
        project::FAMILY,
        running::FAMILY,
        store::FAMILY,
        command_line::FAMILY,
        remote::FAMILY,
        hosts::FAMILY,
    ]
    .into_iter()
    .flatten()
}

/// The row of a code.
pub fn find(code: Code) -> Option<&'static CodeInfo> {
    all().find(|info| info.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_unique_and_ordered() {
        let codes: Vec<_> = all().map(|info| info.code).collect();
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
        let mut names: Vec<_> = all().map(|info| info.name).collect();
        names.sort();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
    }

    #[test]
    fn every_row_has_its_page() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors");
        for info in all() {
            let path = folder.join(format!("{}.md", info.code));
            let text = std::fs::read_to_string(&path)
                .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            assert_eq!(
                text.lines().next(),
                Some(format!("# {}: {}", info.code, info.name).as_str()),
            );
        }
    }
}
