//! From the syntax tree to the lowered form ([`crate::hir`]): names resolved, dotted paths
//! merged, sugar gone, positions set aside.
//!
//! Never fails: holes in the tree become [`Expr::Missing`]. Recursion follows the nesting of
//! the text up to [`nesting_limit`], beyond which a diagnostic replaces the expression.

mod expr;
mod group;
mod marks;
mod numbers;
mod pattern;
mod positions;
mod record;
mod relower;
mod scope;
mod splice;
mod string;
#[cfg(test)]
mod tests;
mod types;

use crate::diagnostic::registry::{names, syntax};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Expr, ExprId, Local, LocalId, LocalKind, Module, SourceMap, Span, TypeId};
use crate::stack::nesting_limit;
use crate::symbol::Symbol;
use marks::Piece;
use nexus_grammar::{NodeId, SyntaxKind, Tree};
use rustc_hash::FxHashMap;
use scope::Scopes;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

pub(crate) use marks::Step;
pub use positions::Positions;
pub(crate) use relower::Relower;

/// A lowered file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lowered {
    /// Without positions.
    pub module: Arc<Module>,
    /// The positions.
    pub map: Arc<Positions>,
    /// Duplicates, literals out of range, nesting beyond measure.
    pub diagnostics: Vec<Diagnostic>,
}

/// Knows the names bound by the language.
pub type IsGlobal = fn(Symbol) -> bool;

/// Whether the positions of a file are remembered, or looked for when somebody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// They will be needed.
    Positions,
    /// As a rule nobody asks.
    Text,
    /// They will be needed, and so will be where the values of the body are in the tables.
    Pieces,
}

/// Lowers a tree. `file` is what diagnostics name.
pub fn lower(tree: &Tree, file: &Arc<Path>, is_global: IsGlobal, keep: Keep) -> Lowered {
    let limit = nesting_limit();
    let mut done = run(tree, file, is_global, limit, keep);
    let map = (keep != Keep::Text).then(|| Arc::new(std::mem::take(&mut done.map)));
    Lowered {
        module: Arc::new(done.module),
        map: Arc::new(Positions::of(tree, is_global, limit, map)),
        diagnostics: done.diagnostics,
    }
}

fn run<'a>(
    tree: &'a Tree,
    file: &'a Arc<Path>,
    is_global: IsGlobal,
    limit: usize,
    keep: Keep,
) -> Lowering<'a> {
    let mut lowering = Lowering::new(tree, file, is_global, limit, keep);
    lowering.module.exprs.reserve(tree.node_count() / 2);
    if lowering.positions {
        lowering.map.exprs.reserve(tree.node_count() / 2);
    }
    let root = match tree.kind(tree.root()) {
        SyntaxKind::File => Some(lowering.file(tree.root())),
        _ => tree
            .children(tree.root())
            .first()
            .map(|node| lowering.expr(*node)),
    };
    lowering.module.root = root;
    lowering
}

struct Lowering<'a> {
    tree: &'a Tree,
    file: &'a Arc<Path>,
    is_global: IsGlobal,
    module: Module,
    /// Complete only when positions are wanted; where names are bound is always known.
    map: SourceMap,
    diagnostics: Vec<Diagnostic>,
    scopes: Scopes,
    /// Where each `type` of the module was first defined.
    type_names: FxHashMap<Symbol, Span>,
    depth: usize,
    limit: usize,
    positions: bool,
    /// The values of the body, if they are wanted.
    pieces: Option<Vec<Piece>>,
}

impl<'a> Lowering<'a> {
    fn new(
        tree: &'a Tree,
        file: &'a Arc<Path>,
        is_global: IsGlobal,
        limit: usize,
        keep: Keep,
    ) -> Self {
        Lowering {
            tree,
            file,
            is_global,
            module: Module::default(),
            map: SourceMap::default(),
            diagnostics: Vec::new(),
            scopes: Scopes::default(),
            type_names: FxHashMap::default(),
            depth: 0,
            limit,
            positions: keep != Keep::Text,
            pieces: (keep == Keep::Pieces).then(Vec::new),
        }
    }
}

impl Lowering<'_> {
    /// `{ params }: let … in body`
    fn file(&mut self, node: NodeId) -> ExprId {
        let mut pattern = None;
        let mut head = None;
        let mut body = None;
        for &child in self.tree.children(node) {
            match self.tree.kind(child) {
                SyntaxKind::Pattern => pattern = Some(child),
                SyntaxKind::LetHead => head = Some(child),
                _ => body = Some(child),
            }
        }
        let span = self.span(node);
        let param = pattern.map(|pattern| self.bind_param(pattern));
        let locals = head.map(|head| {
            let group = self.collect(head);
            self.bind_let(group)
        });
        let body = match body {
            Some(body) => {
                let group = self.collect(body);
                self.record(group, true, self.span(body))
            }
            None => self.push(Expr::Missing, span),
        };
        let mut value = body;
        if let Some(locals) = locals {
            self.unbind_let(&locals);
            value = self.push(
                Expr::Let {
                    locals: locals.into(),
                    body: value,
                },
                span,
            );
        }
        if let Some(param) = param {
            self.unbind_param(&param);
            let param = Box::new(param);
            value = self.push(Expr::Lambda { param, body: value }, span);
        }
        value
    }

    fn push(&mut self, expr: Expr, span: Span) -> ExprId {
        let id = ExprId(self.module.exprs.len() as u32);
        self.module.exprs.push(expr);
        if self.positions {
            self.map.exprs.push(span);
        }
        id
    }

    fn push_type(&mut self, ty: crate::hir::TypeExpr, span: Span) -> TypeId {
        let id = TypeId(self.module.types.len() as u32);
        self.module.types.push(ty);
        self.map.types.push(span);
        id
    }

    fn push_local(&mut self, name: Symbol, kind: LocalKind, span: Span) -> LocalId {
        let id = LocalId(self.module.locals.len() as u32);
        self.module.locals.push(Local {
            name,
            kind,
            value: None,
            annotation: None,
        });
        self.map.locals.push(span);
        id
    }

    fn span(&self, node: NodeId) -> Span {
        to_span(self.tree.span(node))
    }

    /// Steps one level down, or says that there are too many.
    fn enter(&mut self, node: NodeId) -> bool {
        if self.depth < self.limit {
            self.depth += 1;
            return true;
        }
        // Once: everything further in has the same cause.
        if !self.diagnostics.iter().any(|d| d.code == syntax::TOO_DEEP) {
            let mut span = self.span(node);
            span.end = span.end.min(span.start + 1);
            self.report(
                syntax::TOO_DEEP,
                span,
                format!("this is nested more than {} levels deep", self.limit),
            )
            .helps
            .push("name the inner parts in a `let` and refer to them".into());
        }
        false
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    fn report(&mut self, code: Code, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        let diagnostic = Diagnostic::error(code, self.file.clone(), span, message);
        self.diagnostics.push(diagnostic);
        let last = self.diagnostics.len() - 1;
        &mut self.diagnostics[last]
    }

    fn report_duplicate(&mut self, name: Symbol, first: Span, again: Span) {
        let file = self.file.clone();
        let diagnostic = self.report(
            names::DUPLICATE,
            again,
            format!("`{name}` is defined twice"),
        );
        diagnostic.primary.text = "defined again here".into();
        diagnostic.secondary.push(crate::diagnostic::Label {
            file,
            span: first,
            text: "first defined here".into(),
        });
        diagnostic
            .helps
            .push("remove one of the two, or rename it".into());
    }
}

fn to_span(range: Range<u32>) -> Span {
    Span {
        start: range.start,
        end: range.end,
    }
}
