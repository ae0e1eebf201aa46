//! What may be written at a place.

mod around;
mod fields;
mod line;
mod members;
mod names;
mod paths;
mod resolve;
mod strings;
mod types;
mod values;

pub use names::standard_names;
pub use resolve::resolve;

use super::source::Source;
use around::{Around, Where};
use nexus_compiler::db::SourceFile;
use nexus_compiler::hir::Span;
use nexus_compiler::ide::Snapshot;

/// What a proposal is, for its symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A field of a record.
    Field,
    /// A bound name.
    Variable,
    /// A function.
    Function,
    /// A part of the standard library, or a namespace of tasks.
    Module,
    /// A task.
    Task,
    /// A value that is written out.
    Value,
    /// A word of the language.
    Keyword,
    /// A type.
    Type,
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A form to fill in.
    Snippet,
}

/// A proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What is shown and matched.
    pub label: String,
    /// What it is.
    pub kind: Kind,
    /// Shown behind it: its type.
    pub detail: Option<String>,
    /// In Markdown.
    pub doc: Option<String>,
    /// What is written. With places to fill in (`$1`, `${2:x}`, `$0`) when `is_snippet`.
    pub insert: String,
    /// Whether `insert` has places to fill in.
    pub is_snippet: bool,
    /// Smaller ones come first; of equals, in the order of their labels.
    pub rank: u32,
    /// What documentation and type are looked up by later, when these are left out.
    pub about: Option<About>,
    /// It may not be meant for new texts.
    pub deprecated: bool,
}

/// What a proposal without documentation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// Something of the language, by its full name.
    Standard(String),
    /// A name that can be used at an offset.
    Name(u32, String),
}

/// What may be written at a place, and instead of what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completions {
    /// What is replaced: the word the cursor is in.
    pub replace: Span,
    /// In no particular order.
    pub items: Vec<Item>,
}

/// How proposals are to be written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Places to fill in are understood.
    pub snippets: bool,
}

impl Item {
    fn new(label: impl Into<String>, kind: Kind, rank: u32) -> Self {
        let label = label.into();
        Item {
            insert: label.clone(),
            label,
            kind,
            detail: None,
            doc: None,
            is_snippet: false,
            rank,
            about: None,
            deprecated: false,
        }
    }

    fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    fn doc(mut self, doc: Option<impl Into<String>>) -> Self {
        self.doc = doc.map(Into::into);
        self
    }

    fn insert(mut self, text: impl Into<String>) -> Self {
        self.insert = text.into();
        self
    }

    fn snippet(mut self, text: impl Into<String>) -> Self {
        self.insert = text.into();
        self.is_snippet = true;
        self
    }

    fn about(mut self, about: About) -> Self {
        self.about = Some(about);
        self
    }
}

/// What may be written at an offset.
pub fn complete(snapshot: &Snapshot, file: SourceFile, offset: u32, style: Style) -> Completions {
    let source = Source::new(snapshot, file);
    let around = Around::of(&source, offset);
    let mut items = Vec::new();
    match &around.place {
        Where::Nowhere => {}
        Where::Text(string) => strings::items(&source, string, &mut items),
        Where::Path { typed, is_import } => {
            paths::items(&source, typed, *is_import, &mut items);
        }
        Where::Member(dot) => members::items(&source, *dot, &mut items),
        Where::Type => types::items(&source, &mut items),
        Where::Inherit => names::bound(&source, offset, &mut items),
        Where::InheritFrom(node) => members::fields_of(&source, *node, &mut items),
        Where::Item { opener, also_value } => {
            fields::items(&source, &around, *opener, style, &mut items);
            if *also_value {
                names::items(&source, offset, &mut items);
            }
        }
        Where::LetItem => items.push(Item::new("inherit", Kind::Keyword, 50)),
        Where::Value => {
            values::items(&source, &around, offset, style, &mut items);
            names::items(&source, offset, &mut items);
        }
    }
    let mut seen = rustc_hash::FxHashSet::default();
    items.sort_by(|a, b| (a.rank, &a.label).cmp(&(b.rank, &b.label)));
    items.retain(|item| seen.insert(item.label.clone()));
    Completions {
        replace: around.replace,
        items,
    }
}
