//! Queries about one file.

// The macro of salsa makes methods that it does not document.
#![allow(missing_docs)]

use super::{Db, FileState, Role, SourceFile, resolve};
use crate::defs::{self, Body, Definitions, Group, Groups, Name, Namespaces};
use crate::diagnostic::registry::syntax::{FILE_TOO_LONG, NOT_UTF8, SYNTAX};
use crate::diagnostic::{Code, Diagnostic, Fix, Label};
use crate::hir::{Expr, Module, Span};
use crate::lower::{self, Keep, Lowered, Positions};
use nexus_grammar::{Entry, Parse, SyntaxError, SyntaxKind};
use rustc_hash::FxHashSet;
use std::path::Path;
use std::sync::Arc;

/// The tree of a file. Trees are not compared: they differ whenever the text does.
#[salsa::tracked(returns(clone), no_eq)]
pub fn parse(db: &dyn Db, file: SourceFile) -> Arc<Parse> {
    match file.edited(db) {
        true => db.trees().read(file, file.text(db), file.entry(db)),
        false => Arc::new(nexus_grammar::parse_shared(file.text(db), file.entry(db))),
    }
}

/// What is kept of a text after it was read. Its tree is not, unless the file is being edited: it
/// is several times as large as the rest, and few ask for it.
struct Read {
    lowered: Lowered,
    /// What the grammar finds wrong.
    errors: Vec<SyntaxError>,
}

#[salsa::tracked(returns(clone), no_eq)]
fn lower_file(db: &dyn Db, file: SourceFile) -> Arc<Read> {
    let is_global = crate::check::is_global;
    let path = file.path(db);
    if file.edited(db) {
        let parse = parse(db, file);
        return Arc::new(Read {
            // An editor asks where things are.
            lowered: db.trees().lower(file, &parse, &path, is_global),
            errors: parse.errors.clone(),
        });
    }
    let parse = nexus_grammar::parse_shared(file.text(db), file.entry(db));
    let keep = match file.role(db) {
        // A plan says of each task where it is written.
        Role::Project => Keep::Positions,
        Role::Library | Role::Standard(_) => Keep::Text,
    };
    Arc::new(Read {
        lowered: lower::lower(&parse.tree, &path, is_global, keep),
        errors: parse.errors,
    })
}

/// The lowered file, which has no positions.
#[salsa::tracked(returns(clone))]
pub fn lowered(db: &dyn Db, file: SourceFile) -> Arc<Module> {
    lower_file(db, file).lowered.module.clone()
}

/// Where the parts of the lowered file are. Only what is shown to people may ask.
#[salsa::tracked(returns(clone))]
pub fn source_map(db: &dyn Db, file: SourceFile) -> Arc<Positions> {
    lower_file(db, file).lowered.map.clone()
}

/// What is wrong with the text of a file, whatever it means.
#[salsa::tracked(returns(clone))]
pub fn syntax(db: &dyn Db, file: SourceFile) -> Arc<Vec<Diagnostic>> {
    let path = file.path(db);
    let mut out = Vec::new();
    if let FileState::NotUtf8(at) = file.state(db) {
        out.push(
            Diagnostic::error(
                NOT_UTF8,
                path.clone(),
                Span::default(),
                format!(
                    "{} is not UTF-8 text: byte {at} is no part of a character",
                    path.display()
                ),
            )
            .help("save the file as UTF-8"),
        );
    }
    if file.state(db) == FileState::TooLong {
        let message = format!("{} is longer than 1 GiB", path.display());
        out.push(
            Diagnostic::error(FILE_TOO_LONG, path.clone(), Span::default(), message)
                .help("keep data in files of their own, and read them: `from_json (read_file ./table.json)`"),
        );
    }
    let read = lower_file(db, file);
    out.extend(read.errors.iter().map(|error| from_grammar(error, &path)));
    // What the grammar has said already is not said once more.
    let said = |d: &&Diagnostic| {
        d.code == SYNTAX && out.iter().any(|other| other.primary.span == d.primary.span)
    };
    let lowered = &read.lowered.diagnostics;
    let new: Vec<_> = lowered.iter().filter(|d| !said(d)).cloned().collect();
    out.extend(new);
    Arc::new(out)
}

/// The stretches of a text of which mistakes in the grammar leave little: what is made of them is
/// not worth a message. A mistake whose repair is certain garbles nothing.
pub fn garbled(db: &dyn Db, file: SourceFile) -> Vec<std::ops::Range<u32>> {
    if !is_broken(db, file) {
        return Vec::new();
    }
    let parse = parse(db, file);
    let tree = &parse.tree;
    let errors = parse.errors.iter().filter(|error| {
        let certain = error.fix.as_ref().is_some_and(|fix| fix.certain);
        !certain || matches!(error.code, "NX0004" | "NX0010")
    });
    let ranges = errors.map(|error| {
        let mut node = tree.node_at(error.span.start.saturating_sub(1));
        while !matches!(tree.kind(node), SyntaxKind::Binding) {
            match tree.parent(node) {
                Some(parent) => node = parent,
                None => break,
            }
        }
        match tree.parent(node) {
            // What stands in no binding spoils its line.
            None => line_of(tree.source(), error.span.clone()),
            Some(_) => {
                let whole = tree.span(node);
                let long = tree
                    .slice(whole.clone())
                    .matches('\n')
                    .nth(LONG_BINDING)
                    .is_some();
                match long {
                    true => line_of(tree.source(), error.span.clone()),
                    false => whole,
                }
            }
        }
    });
    ranges.collect()
}

/// Of a binding of more lines than this, only the line of the mistake is taken to be garbled.
const LONG_BINDING: usize = 8;

fn line_of(text: &str, span: std::ops::Range<u32>) -> std::ops::Range<u32> {
    let start = text[..span.start as usize].rfind('\n').map_or(0, |i| i + 1);
    let end = text[span.end as usize..]
        .find('\n')
        .map_or(text.len(), |i| span.end as usize + i);
    start as u32..end as u32
}

/// Whether the grammar found mistakes. Changes rarely, unlike the mistakes.
#[salsa::tracked(returns(copy))]
pub fn is_broken(db: &dyn Db, file: SourceFile) -> bool {
    !lower_file(db, file).errors.is_empty()
}

/// What the imports of a file mean, each path once, in source order.
#[salsa::tracked(returns(clone))]
pub fn import_paths(db: &dyn Db, file: SourceFile) -> Arc<[Arc<Path>]> {
    let from = file.path(db);
    let module = lowered(db, file);
    let mut seen = FxHashSet::default();
    let literals = module.exprs.iter().filter_map(|expr| match expr {
        Expr::Import(literal) => Some(literal),
        _ => None,
    });
    literals
        .map(|literal| resolve(&from, literal))
        .filter(|path| seen.insert(path.clone()))
        .map(Arc::from)
        .collect()
}

/// The units of a file. Their places in it change with most edits; what they say is asked with
/// [`body`].
#[salsa::tracked(returns(clone), no_eq)]
pub fn definitions(db: &dyn Db, file: SourceFile) -> Arc<Definitions> {
    let is_file = file.entry(db) == Entry::File;
    let (module, role) = (lowered(db, file), file.role(db));
    match file.edited(db) {
        true => db.trees().cut(file, &module, role, is_file),
        false => Arc::new(defs::split(&module, role, is_file)),
    }
}

/// A unit of a file by the name of its first definition.
#[salsa::interned(debug)]
pub struct Definition<'db> {
    /// The file it is in.
    #[returns(copy)]
    pub file: SourceFile,
    /// Its name.
    #[returns(ref)]
    pub name: Name,
}

/// What a unit says, wherever it stands in its file. What is checked depends on this, so it is
/// checked again only when it says something else.
#[salsa::tracked(returns(clone))]
pub fn body<'db>(db: &'db dyn Db, definition: Definition<'db>) -> Arc<Body> {
    let body = unit_body(db, definition.file(db), definition.name(db));
    body.unwrap_or_else(|| Arc::new(Body::whole(&Arc::default())))
}

/// What a unit says, if there is such a one.
pub(crate) fn unit_body(db: &dyn Db, file: SourceFile, name: &Name) -> Option<Arc<Body>> {
    let group = Groups::number(name, group_count(db, file));
    let group = group_of(db, file, group);
    let mut group = group.iter();
    group
        .find(|(known, _)| known == name)
        .map(|(_, body)| body.clone())
}

/// Some of the units of a file.
#[salsa::tracked(returns(clone))]
fn group_of(db: &dyn Db, file: SourceFile, number: u32) -> Group {
    definitions(db, file).groups.get(number)
}

/// In how many groups the units of a file are.
#[salsa::tracked(returns(copy))]
fn group_count(db: &dyn Db, file: SourceFile) -> u32 {
    definitions(db, file).groups.count()
}

/// The records between `tasks` and the tasks of a project file, by path.
#[salsa::tracked(returns(clone))]
pub(crate) fn namespaces(db: &dyn Db, file: SourceFile) -> Arc<Namespaces> {
    definitions(db, file).namespaces.clone()
}

/// The `type`s of a file without the rest of it.
#[salsa::tracked(returns(clone))]
pub fn type_table(db: &dyn Db, file: SourceFile) -> Arc<Module> {
    Arc::new(defs::type_table(&lowered(db, file)))
}

/// What is said beside the place when the grammar says nothing: the edit that mends it, if that
/// is short.
fn label_of(error: &SyntaxError) -> String {
    let edits = error.fix.as_ref().map(|fix| &fix.edits[..]);
    if let Some([edit]) = edits
        && edit.span == error.span
        && edit.text.len() <= 24
    {
        return match (edit.text.trim(), edit.span.is_empty()) {
            ("", _) => "remove this".into(),
            (text, true) => format!("`{text}` missing"),
            (text, false) => format!("write `{text}`"),
        };
    }
    let label = match error.code {
        "NX0001" | "NX0022" => "not expected here",
        "NX0006" => "closes nothing",
        "NX0009" => "not a number",
        "NX0010" => "not of the language",
        "NX0012" => "wrong separator",
        "NX0015" => "begins here",
        "NX0016" => "too large",
        "NX0017" => "unknown escape",
        "NX0019" => "parentheses needed",
        "NX0020" => "not a fixed name",
        _ => "",
    };
    label.into()
}

fn from_grammar(error: &SyntaxError, file: &Arc<Path>) -> Diagnostic {
    let span = |range: &std::ops::Range<u32>| Span {
        start: range.start,
        end: range.end,
    };
    let code: Code = error.code.parse().unwrap_or(SYNTAX);
    let mut diagnostic =
        Diagnostic::error(code, file.clone(), span(&error.span), error.message.clone())
            .label(error.label.clone().unwrap_or_else(|| label_of(error)));
    diagnostic.helps.extend(error.help.clone());
    for (range, text) in &error.related {
        diagnostic.secondary.push(Label {
            file: file.clone(),
            span: span(range),
            text: text.clone(),
        });
    }
    diagnostic.fix = error.fix.as_ref().map(|fix| Fix {
        title: fix.title.clone(),
        file: file.clone(),
        edits: fix
            .edits
            .iter()
            .map(|edit| (span(&edit.span), edit.text.clone()))
            .collect(),
        certain: fix.certain,
    });
    diagnostic
}
