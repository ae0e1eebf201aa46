//! Giving something another name, wherever it is mentioned.
//!
//! The change is tried on a copy first: every place that was renamed must mean the renamed thing,
//! nothing else may mean it, and nothing may be wrong that was not wrong before.

use super::Edits;
use super::refer::is_inherit;
use super::source::Source;
use nexus_compiler::db::{Db, SourceFile};
use nexus_compiler::diagnostic::Diagnostic;
use nexus_compiler::hir::{LocalKind, Span};
use nexus_compiler::ide::{
    Def, Mention, Occurrence, Reference, Resolver, Snapshot, occurrence_at, occurrences,
    project_files, references, scratch,
};
use nexus_compiler::types::show::name as quoted;
use nexus_grammar::{Entry, NodeId, SyntaxKind as K, ast};
use std::path::PathBuf;
use std::sync::Arc;

/// What is renamed when the cursor is at an offset: the name there.
///
/// # Errors
/// Why it cannot be renamed, in words.
pub fn prepare(
    snapshot: &Snapshot,
    file: SourceFile,
    offset: u32,
) -> Result<(Span, String), String> {
    let source = Source::new(snapshot, file);
    let (occurrence, _) = target(&source, offset)?;
    let name = source.slice(occurrence.span).trim_matches('"').to_owned();
    Ok((occurrence.span, name))
}

/// The changes that give what is at an offset another name.
///
/// # Errors
/// Why it cannot be called that, in words.
pub fn rename(
    snapshot: &Snapshot,
    file: SourceFile,
    offset: u32,
    new: &str,
) -> Result<Edits, String> {
    let source = Source::new(snapshot, file);
    let (occurrence, def) = target(&source, offset)?;
    if source.slice(occurrence.span) == new {
        return Ok(Edits::default());
    }
    let plain = is_name(new);
    let is_field = matches!(def, Def::Field(..));
    if !plain && (!is_field || new.is_empty()) {
        return Err(format!("`{new}` is no name"));
    }
    if matches!(def, Def::Type(..)) != new.starts_with(|c: char| c.is_ascii_uppercase())
        && matches!(def, Def::Type(..))
    {
        return Err("names of types begin with a capital letter".into());
    }
    let mut written = String::new();
    quoted(new, &mut written);
    let defs = [def];
    let found = references(source.db, &defs, &snapshot.files());
    let mut plan = Plan {
        edits: Edits::default(),
        marks: Vec::new(),
    };
    let mut done: Vec<(SourceFile, Span)> = Vec::new();
    for reference in &found {
        if done.contains(&(reference.file, reference.span)) {
            continue;
        }
        done.push((reference.file, reference.span));
        let at = Source::new(snapshot, reference.file);
        let all = mentions_at(&at, reference.span);
        match all.len() > 1 || is_inherit(&found, reference) {
            true => plan.inherit(&at, reference, &defs, &written)?,
            false => plan.plain(&at, reference.span, &written),
        }
    }
    check(snapshot, &plan, &defs, new)?;
    Ok(plan.edits)
}

/// What is renamed at an offset.
fn target(source: &Source<'_>, offset: u32) -> Result<(Occurrence, Def), String> {
    let occurrences = source.occurrences_at(offset);
    // At an `inherit`, what is brought in.
    let occurrence = occurrences
        .iter()
        .find(|o| !matches!(o.mention, Mention::Field(..)) && !o.binds)
        .or(occurrences.first())
        .copied()
        .ok_or("there is no name here")?;
    let name = source.slice(occurrence.span);
    let mut defs = Resolver::new(source.db).mention(source.file, occurrence.mention);
    if defs.len() > 1 {
        return Err(format!("`{name}` stands for several things"));
    }
    let def = defs
        .pop()
        .ok_or_else(|| format!("nobody knows where `{name}` is defined"))?;
    match &def {
        Def::Local(..) | Def::Type(..) => {}
        Def::Field(file, record, position) => {
            let owner = Source::new(source.snapshot, *file);
            if owner.demanded(*record, *position).is_some() {
                return Err(format!("the name `{name}` is declared by a type"));
            }
        }
        Def::Standard(_) | Def::SchemaType(_) | Def::SchemaField(..) => {
            return Err(format!("`{name}` belongs to the language"));
        }
        Def::File(_) => return Err("rename the file itself; imports follow".into()),
    }
    Ok((occurrence, def))
}

fn is_name(text: &str) -> bool {
    let parse = nexus_grammar::parse(text, Entry::Expression);
    let tree = &parse.tree;
    let only = tree.children(tree.root()).first();
    parse.errors.is_empty()
        && only.is_some_and(|node| tree.kind(*node) == K::NameRef && tree.text(*node) == text)
}

fn mentions_at(source: &Source<'_>, span: Span) -> Vec<Occurrence> {
    let all = source.occurrences_at(span.start).into_iter();
    all.filter(|occurrence| occurrence.span == span).collect()
}

/// What is to be changed, and where the new name stands then.
struct Plan {
    edits: Edits,
    /// File, index among its edits, and offset of the name in the new text of the edit.
    marks: Vec<(PathBuf, usize, u32)>,
}

impl Plan {
    fn add(&mut self, source: &Source<'_>, span: Span, text: String, name: Option<u32>) {
        let path = source.path();
        let edits = self.edits.0.entry(path.clone()).or_default();
        if let Some(name) = name {
            self.marks.push((path, edits.len(), name));
        }
        edits.push((span, text));
    }

    fn plain(&mut self, source: &Source<'_>, span: Span, new: &str) {
        self.add(source, span, new.to_owned(), Some(0));
    }

    /// `inherit a;` is `a = a;`: only one of the two is renamed.
    fn inherit(
        &mut self,
        source: &Source<'_>,
        reference: &Reference,
        defs: &[Def],
        new: &str,
    ) -> Result<(), String> {
        let tree = source.tree();
        let around = source.nodes_at(reference.span.start);
        let node = around
            .into_iter()
            .find(|node| tree.kind(*node) == K::InheritBinding)
            .ok_or("a name that means two things at once cannot be renamed")?;
        let inherit = ast::inherit(tree, node);
        let from = inherit.from.map(|from| atom(source, from));
        let old = source.slice(reference.span).to_owned();
        let mut binder = old.clone();
        let mut value = old.clone();
        let mut marks = Vec::new();
        let all = mentions_at(source, reference.span);
        let mut resolver = Resolver::new(source.db);
        for occurrence in &all {
            let meant = resolver.mention(source.file, occurrence.mention);
            if !meant.iter().any(|def| defs.contains(def)) {
                continue;
            }
            let binds = occurrence.binds || matches!(occurrence.mention, Mention::Field(..));
            match binds {
                true => {
                    binder = new.to_owned();
                    marks.push(true);
                }
                false => {
                    value = new.to_owned();
                    marks.push(false);
                }
            }
        }
        let right = match &from {
            Some(from) => format!("{from}.{value}"),
            None => value,
        };
        if from.is_none() && binder == right {
            // Both are renamed: it stays an `inherit`.
            self.plain(source, reference.span, new);
            return Ok(());
        }
        let text = format!("{binder} = {right};");
        let name_at = |is_binder: bool, shift: u32| match is_binder {
            true => shift,
            false => shift + (text.rfind(new).unwrap_or_default() as u32),
        };
        match inherit.names {
            [_] => {
                let span = source.span(node);
                let mark = marks.first().map(|is_binder| name_at(*is_binder, 0));
                self.add(source, span, text, mark);
            }
            _ => {
                let start = source.text[..reference.span.start as usize]
                    .trim_end()
                    .len() as u32;
                let gone = Span {
                    start,
                    end: reference.span.end,
                };
                self.add(source, gone, String::new(), None);
                let end = source.span(node).end;
                let mark = marks.first().map(|is_binder| name_at(*is_binder, 1));
                let at = Span { start: end, end };
                self.add(source, at, format!(" {text}"), mark);
            }
        }
        Ok(())
    }
}

/// An expression as it is written, in parentheses unless it is a name or a selection.
pub(super) fn atom(source: &Source<'_>, node: NodeId) -> String {
    let text = source.tree().text(node);
    match source.tree().kind(node) {
        K::NameRef | K::Select | K::Paren | K::Record | K::List | K::String => {
            // A selection with a default goes on.
            match source.tree().own_token(node, K::Or) {
                Some(_) => format!("({text})"),
                None => text.to_owned(),
            }
        }
        _ => format!("({text})"),
    }
}

/// Tries the change on a copy.
fn check(snapshot: &Snapshot, plan: &Plan, defs: &[Def], new: &str) -> Result<(), String> {
    let broken = || format!("`{new}` cannot be written everywhere");
    let texts = plan
        .edits
        .apply(|path| snapshot.source(path))
        .ok_or_else(broken)?;
    let copy = scratch(snapshot, &texts);
    let compiler = copy.compiler();
    let after_db: &dyn Db = compiler.database();
    // Where each new name stands now.
    let mut meant: Option<Def> = None;
    let mut places = Vec::new();
    for (path, index, inside) in &plan.marks {
        let edits = &plan.edits.0[path];
        let (span, _) = &edits[*index];
        let shift: i64 = edits
            .iter()
            .enumerate()
            .filter(|(i, (other, _))| {
                other.start < span.start || (other.start == span.start && i < index)
            })
            .map(|(_, (other, text))| text.len() as i64 - i64::from(other.end - other.start))
            .sum();
        let at = (i64::from(span.start) + shift) as u32 + inside;
        let file = after_db.file(path);
        let all = occurrences(after_db, file);
        let here = occurrence_at(&all, at)
            .iter()
            .filter(|o| o.span.start == at);
        let mut resolver = Resolver::new(after_db);
        let found: Vec<Def> = here
            .flat_map(|occurrence| resolver.mention(file, occurrence.mention))
            .collect();
        let agreed = match &meant {
            None => found.first().cloned(),
            Some(def) => found.contains(def).then(|| def.clone()),
        };
        let Some(agreed) = agreed else {
            return Err(format!("`{new}` means something else in {}", shown(path)));
        };
        meant = Some(agreed);
        places.push((path.clone(), at));
    }
    let Some(meant) = meant else { return Ok(()) };
    // Nothing else may mean it now.
    let files: Vec<SourceFile> = compiler
        .files()
        .iter()
        .map(|path| after_db.file(path))
        .collect();
    for reference in references(after_db, std::slice::from_ref(&meant), &files) {
        let path = reference.file.path(after_db).to_path_buf();
        let known = places
            .iter()
            .any(|(other, at)| *other == path && *at == reference.span.start);
        if !known {
            return Err(format!(
                "something else is called `{new}` in {}",
                shown(&path)
            ));
        }
    }
    // Nor may anything be wrong that was not.
    let before = problems(snapshot, &texts.keys().cloned().collect::<Vec<_>>());
    let after = copy.diagnostics();
    let errors = |all: &[Diagnostic]| all.iter().filter(|d| d.is_error()).count();
    if errors(&after) > errors(&before) {
        let old: Vec<&str> = before.iter().map(|d| d.message.as_str()).collect();
        let first = after
            .iter()
            .find(|d| d.is_error() && !old.contains(&d.message.as_str()));
        let why = first.map_or("something would be wrong", |d| d.message.as_str());
        return Err(match is_parameter(snapshot, defs) {
            true => format!("callers give it by this name: {why}"),
            false => why.to_owned(),
        });
    }
    Ok(())
}

fn is_parameter(snapshot: &Snapshot, defs: &[Def]) -> bool {
    defs.iter().any(|def| match def {
        Def::Local(file, local) => {
            let module = nexus_compiler::db::lowered(snapshot.db(), *file);
            module.locals[local.index()].kind == LocalKind::PatternField
        }
        _ => false,
    })
}

/// What is wrong now with everything that a change of some files concerns.
fn problems(snapshot: &Snapshot, changed: &[PathBuf]) -> Vec<Diagnostic> {
    let db = snapshot.db();
    let changed: Vec<SourceFile> = changed.iter().map(|path| snapshot.file(path)).collect();
    let mut seen = rustc_hash::FxHashSet::default();
    let mut found = Vec::new();
    for root in snapshot.roots() {
        let files = project_files(db, *root);
        if !changed.iter().any(|file| files.contains(file)) {
            continue;
        }
        for file in files.iter() {
            if seen.insert(*file) {
                let all: Arc<Vec<Diagnostic>> = nexus_compiler::ide::diagnostics(db, *file);
                found.extend(all.iter().cloned());
            }
        }
    }
    found
}

fn shown(path: &std::path::Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
