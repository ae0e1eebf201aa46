//! A file with everything that is known of its text.

use nexus_compiler::db::{Db, SourceFile, lowered, parse, source_map};
use nexus_compiler::hir::{Expr, ExprId, Module, Span};
use nexus_compiler::ide::{
    Mention, Occurrence, Snapshot, expected_fields, occurrence_at, occurrences,
};
use nexus_compiler::lower::Positions;
use nexus_compiler::symbol::Symbol;
use nexus_compiler::types::RecordTy;
use nexus_grammar::{NodeId, Parse, SyntaxKind as K, Tree};
use std::path::PathBuf;
use std::sync::Arc;

/// A file of a snapshot.
pub(super) struct Source<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) db: &'a dyn Db,
    pub(super) file: SourceFile,
    pub(super) parse: Arc<Parse>,
    pub(super) module: Arc<Module>,
    pub(super) map: Arc<Positions>,
    pub(super) text: Arc<str>,
}

impl<'a> Source<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, file: SourceFile) -> Self {
        let db = snapshot.db();
        Source {
            snapshot,
            db,
            file,
            parse: parse(db, file),
            module: lowered(db, file),
            map: source_map(db, file),
            text: file.text(db),
        }
    }

    pub(super) fn tree(&self) -> &Tree {
        &self.parse.tree
    }

    pub(super) fn path(&self) -> PathBuf {
        self.file.path(self.db).to_path_buf()
    }

    /// A stretch of the text.
    pub(super) fn slice(&self, span: Span) -> &str {
        let range = span.start as usize..span.end as usize;
        self.text.get(range).unwrap_or_default()
    }

    pub(super) fn span(&self, node: NodeId) -> Span {
        to_span(self.tree().span(node))
    }

    /// The names at an offset.
    pub(super) fn occurrences_at(&self, offset: u32) -> Vec<Occurrence> {
        occurrence_at(&occurrences(self.db, self.file), offset).to_vec()
    }

    /// A node and those around it, the innermost first.
    pub(super) fn ancestors(&self, node: NodeId) -> Vec<NodeId> {
        // From the root down: everything below a node is numbered after what is to its left, and
        // before the node itself.
        let mut way = Vec::new();
        let mut at = self.tree().root();
        loop {
            way.push(at);
            if at == node {
                break;
            }
            let children = self.tree().children(at).iter().copied();
            match children.filter(|child| *child >= node).min() {
                Some(child) => at = child,
                None => break,
            }
        }
        way.reverse();
        way
    }

    /// The innermost nodes around an offset.
    pub(super) fn nodes_at(&self, offset: u32) -> Vec<NodeId> {
        self.ancestors(self.tree().node_at(offset))
    }

    /// What an expression of the text was lowered to; parentheses are what is in them.
    pub(super) fn expr_of(&self, node: NodeId) -> Option<ExprId> {
        let mut node = node;
        while self.tree().kind(node) == K::Paren {
            node = *self.tree().children(node).first()?;
        }
        if self.tree().kind(node) == K::Record
            && let Some(record) = self.record_of(node)
        {
            return Some(record);
        }
        let span = self.span(node);
        let same = self.map.exprs.iter().rposition(|other| *other == span)?;
        Some(ExprId(same as u32))
    }

    /// The record that a `{ … }` is, or became a part of: `a = { … }; a.b = …;` is one record.
    pub(super) fn record_of(&self, node: NodeId) -> Option<ExprId> {
        let span = self.span(node);
        let mut found = self.map.exprs.iter().enumerate().filter(|(i, other)| {
            **other == span && matches!(self.module.exprs[*i], Expr::Record(_))
        });
        if let Some((i, _)) = found.next() {
            return Some(ExprId(i as u32));
        }
        let binding = *self.ancestors(node).get(1)?;
        if self.tree().kind(binding) != K::Binding {
            return None;
        }
        let path = *self.tree().children(binding).first()?;
        self.value_of_path(path)
    }

    /// What the last name of a binding's path is bound to.
    pub(super) fn value_of_path(&self, path: NodeId) -> Option<ExprId> {
        let names = self.tree().children(path).iter().rev();
        let mut written = names.filter(|name| !self.tree().text(**name).is_empty());
        let name = self.span(*written.next()?);
        self.occurrences_at(name.start)
            .into_iter()
            .filter(|occurrence| occurrence.span == name)
            .find_map(|occurrence| match occurrence.mention {
                Mention::Field(record, position) => match &self.module.exprs[record.index()] {
                    Expr::Record(record) => Some(record.fields.get(position as usize)?.value),
                    _ => None,
                },
                Mention::Local(local) => self.module.locals.get(local.index())?.value,
                _ => None,
            })
    }

    /// What a field of a record literal is called.
    pub(super) fn field_name(&self, record: ExprId, position: u32) -> Option<Symbol> {
        let Expr::Record(literal) = &self.module.exprs[record.index()] else {
            return None;
        };
        Some(literal.fields.get(position as usize)?.name)
    }

    /// The type that a record literal is to have for having a field, and what the field is called.
    pub(super) fn demanded(&self, record: ExprId, position: u32) -> Option<(RecordTy, Symbol)> {
        let name = self.field_name(record, position)?;
        let wanted = expected_fields(self.db, self.file, record);
        let mut records = wanted.into_iter().map(|wanted| wanted.record);
        Some((records.find(|record| record.field(name).is_some())?, name))
    }

    /// The record of the body of the file.
    pub(super) fn body(&self) -> Option<ExprId> {
        let root = self.module.root?;
        let body = nexus_compiler::ide::innermost(&self.module, root);
        matches!(self.module.exprs[body.index()], Expr::Record(_)).then_some(body)
    }

    /// The comment above the binding a name is bound by.
    pub(super) fn comment_of(&self, name: Span) -> Option<String> {
        let around = self.nodes_at(name.start);
        let binding = around.iter().find(|node| {
            matches!(
                self.tree().kind(**node),
                K::Binding | K::InheritBinding | K::TypeDef | K::TypeField | K::PatternField
            )
        })?;
        let mut comment = self.tree().doc_comment(*binding)?;
        // What is said about a file stands above its first binding.
        comment.truncate(comment.trim_end().len());
        Some(comment)
    }
}

pub(super) fn to_span(range: std::ops::Range<u32>) -> Span {
    Span {
        start: range.start,
        end: range.end,
    }
}
