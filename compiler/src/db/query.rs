//! Queries about one file.

use super::{Db, FileState, SourceFile, resolve};
use crate::diagnostic::registry::syntax::{NOT_UTF8, SYNTAX};
use crate::diagnostic::{Code, Diagnostic, Fix, Label};
use crate::hir::{Expr, ExprId, Module, SourceMap, Span};
use crate::lower::{self, Lowered};
use nexus_grammar::{Parse, SyntaxError};
use std::path::Path;
use std::sync::Arc;

/// The tree of a file. Trees are not compared: they differ whenever the text does.
#[salsa::tracked(returns(clone), no_eq)]
pub fn parse(db: &dyn Db, file: SourceFile) -> Arc<Parse> {
    Arc::new(nexus_grammar::parse(&file.text(db), file.entry(db)))
}

#[salsa::tracked(returns(clone), no_eq)]
fn lower_file(db: &dyn Db, file: SourceFile) -> Arc<Lowered> {
    let parse = parse(db, file);
    Arc::new(lower::lower(
        &parse.tree,
        &file.path(db),
        &crate::check::is_global,
    ))
}

/// The lowered file, which has no positions.
#[salsa::tracked(returns(clone))]
pub fn lowered(db: &dyn Db, file: SourceFile) -> Arc<Module> {
    Arc::new(lower_file(db, file).module.clone())
}

/// Where the parts of the lowered file are. Only what is shown to people may ask.
#[salsa::tracked(returns(clone))]
pub fn source_map(db: &dyn Db, file: SourceFile) -> Arc<SourceMap> {
    Arc::new(lower_file(db, file).map.clone())
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
    let errors = &parse(db, file).errors;
    out.extend(errors.iter().map(|error| from_grammar(error, &path)));
    out.extend_from_slice(&lower_file(db, file).diagnostics);
    Arc::new(out)
}

/// Whether the grammar found mistakes. Changes rarely, unlike the mistakes.
#[salsa::tracked(returns(copy))]
pub fn is_broken(db: &dyn Db, file: SourceFile) -> bool {
    !parse(db, file).errors.is_empty()
}

/// An `import` of a path literal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Import {
    /// The import.
    pub expr: ExprId,
    /// As written.
    pub literal: Box<str>,
    /// What it means.
    pub path: Arc<Path>,
}

/// The imports of a file, in source order.
#[salsa::tracked(returns(clone))]
pub fn imports(db: &dyn Db, file: SourceFile) -> Arc<Vec<Import>> {
    let from = file.path(db);
    let module = lowered(db, file);
    let found = module.exprs.iter().enumerate().filter_map(|(i, expr)| {
        let Expr::Import(literal) = expr else {
            return None;
        };
        Some(Import {
            expr: ExprId(i as u32),
            literal: literal.clone(),
            path: Arc::from(resolve(&from, literal)),
        })
    });
    Arc::new(found.collect())
}

fn from_grammar(error: &SyntaxError, file: &Arc<Path>) -> Diagnostic {
    let span = |range: &std::ops::Range<u32>| Span {
        start: range.start,
        end: range.end,
    };
    let code: Code = error.code.parse().unwrap_or(SYNTAX);
    let mut diagnostic =
        Diagnostic::error(code, file.clone(), span(&error.span), error.message.clone())
            .label(error.label.clone().unwrap_or_default());
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
    });
    diagnostic
}
