//! The files inside of the program: the libraries, the schema, and what is written in Rust, shown
//! as a file.

use nexus_compiler::builtins;
use nexus_compiler::hir::Span;
use std::path::PathBuf;
use std::sync::OnceLock;

/// The file of what is written in Rust.
const BUILTINS: &str = "builtins.nx";

/// The names of the files.
pub fn names() -> impl Iterator<Item = &'static str> {
    let files = nexus_stdlib::files().map(|(name, _)| name);
    files.chain(std::iter::once(BUILTINS))
}

/// What is in a file.
pub fn text_of(name: &str) -> Option<&'static str> {
    if name == BUILTINS {
        return Some(builtin_text());
    }
    nexus_stdlib::files()
        .find(|file| file.0 == name)
        .map(|file| file.1)
}

/// Where a built-in is shown, by any of its names.
pub fn builtin_place(name: &str) -> Option<(PathBuf, Span)> {
    let builtin = builtins::all().find(|builtin| builtin.names.contains(&name))?;
    let full = builtin.names[0];
    let line = format!("\n{full} : ");
    let start = builtin_text().find(&line)? as u32 + 1;
    let span = Span {
        start,
        end: start + full.len() as u32,
    };
    Some((PathBuf::from(format!("std:/{BUILTINS}")), span))
}

fn builtin_text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let mut text = String::from(
            "# What the language provides: names, types and documentation. The functions themselves\n# are part of the program.\n",
        );
        for builtin in builtins::all() {
            text.push('\n');
            for line in builtin.doc.trim().lines() {
                text.push_str("# ");
                text.push_str(line.trim());
                text.truncate(text.trim_end().len());
                text.push('\n');
            }
            text.push_str(builtin.names[0]);
            text.push_str(" : ");
            text.push_str(builtin.signature);
            text.push_str(" = built_in;\n");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use nexus_grammar::{Entry, parse};

    #[test]
    fn every_file_is_a_file_of_the_language() {
        for name in names() {
            let text = text_of(name).expect(name);
            assert_eq!(parse(text, Entry::File).errors, vec![], "{name}");
        }
    }

    #[test]
    fn every_builtin_has_a_place() {
        for builtin in builtins::all() {
            for name in builtin.names {
                let (_, span) = builtin_place(name).expect(name);
                let shown = &builtin_text()[span.start as usize..span.end as usize];
                assert_eq!(shown, builtin.names[0]);
            }
        }
    }
}
