//! The pages of the standard library: built-ins and what is written in `.nx`, together.

use super::{Entry, Page};
use crate::builtins::{self, Builtin};
use crate::library::{self, Item};
use std::collections::BTreeMap;

/// A part of `std`, or the names that belong to none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// `list` of `std.list`.
    pub name: &'static str,
    /// What full names in it begin with.
    pub prefix: &'static str,
    /// What its page is called.
    pub title: &'static str,
    /// What it is for.
    pub about: &'static str,
}

/// The parts, in the order of the manual; a name belongs to the first whose prefix fits.
const PARTS: &[Part] = &[
    part("list", "std.list.", "Lists", "Elements in order."),
    part("set", "std.set.", "Sets", "Lists without repetitions."),
    part(
        "string",
        "std.string.",
        "Strings",
        "Texts, looked at and made. Lengths and positions count characters.",
    ),
    part(
        "regex",
        "std.regex.",
        "Regular expressions",
        "Patterns in the syntax of the [regex](https://docs.rs/regex/latest/regex/#syntax) crate. Matching takes time linear in the text, whatever the pattern.",
    ),
    part("record", "std.record.", "Records", "Fields by name."),
    part(
        "math",
        "std.math.",
        "Numbers",
        "Whole and floating-point numbers.",
    ),
    part(
        "path",
        "std.path.",
        "Paths",
        "Paths as texts; nothing is looked up.",
    ),
    part(
        "version",
        "std.version.",
        "Versions",
        "Semantic versions. A leading `v` is passed over, and parts that are left out are 0.",
    ),
    part(
        "json",
        "std.json.",
        "JSON",
        "Values as JSON and back, and ways through data of any format.",
    ),
    part("toml", "std.toml.", "TOML", "Records as TOML and back."),
    part("yaml", "std.yaml.", "YAML", "Values as YAML 1.2 and back."),
    part(
        "hash",
        "std.hash.",
        "Digests",
        "Digests of texts and files, in hexadecimal digits.",
    ),
    part(
        "file",
        "std.file.",
        "Files",
        "What evaluation reads from the project. A plan is made anew when any of it changes.",
    ),
    part(
        "env",
        "std.env.",
        "Environment",
        "Environment variables; see also [`env`](globals.md).",
    ),
    part(
        "host",
        "std.host.",
        "The machine",
        "The machine that nexus runs on.",
    ),
    part(
        "git",
        "git.",
        "Git",
        "The state of the repository the project is in.",
    ),
    part(
        "ops",
        "std.ops.",
        "Operations",
        "Steps for `run` that bring something about and leave alone what is so already. They are records with `name`, `unless`, `cmd` and `sudo`; several operations are joined by `++`. What is done as the administrator needs `sudo` without a password.",
    ),
    part("type", "std.type.", "Types of values", "What a value is."),
    part(
        "debug",
        "std.debug.",
        "Debugging",
        "Seeing values while they are computed, and giving up.",
    ),
    part(
        "globals",
        "",
        "Other names",
        "Names that belong to no part of `std`, besides `true`, `false` and `null`.",
    ),
];

const fn part(
    name: &'static str,
    prefix: &'static str,
    title: &'static str,
    about: &'static str,
) -> Part {
    Part {
        name,
        prefix,
        title,
        about,
    }
}

/// The parts of the standard library, in the order of the manual.
pub fn parts() -> &'static [Part] {
    PARTS
}

impl Part {
    fn holds(&self, name: &str) -> bool {
        let first = PARTS.iter().find(|part| name.starts_with(part.prefix));
        first == Some(self)
    }

    /// Everything in it, by name.
    pub fn page(&self) -> Page {
        let mut entries: BTreeMap<&str, Entry> = BTreeMap::new();
        for builtin in builtins::all().filter(|b| self.holds(b.names[0])) {
            entries.insert(builtin.names[0], of_builtin(builtin));
        }
        let mut types: Vec<Entry> = Vec::new();
        for library in library::all().iter().filter(|l| l.module == self.name) {
            for item in library.items() {
                entries.insert(&item.full, of_item(item));
            }
            for (text, doc) in library.types() {
                let ty = Entry {
                    name: type_name(text).to_owned(),
                    ty: text.to_owned(),
                    doc: doc.unwrap_or_default(),
                    ..Entry::default()
                };
                if !types.contains(&ty) {
                    types.push(ty);
                }
            }
        }
        Page {
            title: self.title.to_owned(),
            summary: self.about.to_owned(),
            types,
            entries: entries.into_values().collect(),
        }
    }
}

/// `Part` of `type Part a = …;`
fn type_name(text: &str) -> &str {
    let mut words = text.split_whitespace();
    words.nth(1).unwrap_or_default()
}

fn of_builtin(builtin: &Builtin) -> Entry {
    let lines = builtin.doc.lines().map(str::trim);
    let text: Vec<_> = lines.take_while(|line| !line.contains("` => `")).collect();
    let examples = builtin.examples();
    Entry {
        name: builtin.names[0].to_owned(),
        aliases: builtin.names[1..]
            .iter()
            .map(|name| (*name).to_owned())
            .collect(),
        ty: builtin.signature.to_owned(),
        doc: text.join("\n").trim().to_owned(),
        examples: examples
            .map(|(e, v)| (e.to_owned(), v.to_owned()))
            .collect(),
        line: 0,
    }
}

fn of_item(item: &Item) -> Entry {
    let doc = item.doc.as_deref().unwrap_or_default();
    // Examples stand at the end of the comment.
    let text = doc.split("```").next().unwrap_or_default();
    Entry {
        name: item.full.clone(),
        ty: item.signature.clone(),
        doc: text.trim().to_owned(),
        examples: item.examples(),
        ..Entry::default()
    }
}
