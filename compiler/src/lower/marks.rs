//! Where in the tables of a lowered file a part of it begins and ends.
//!
//! What is lowered together is a range in each table, so a lowered value can be taken out and
//! another put in its place.

use super::Lowering;
use crate::hir::{Module, SourceMap};
use nexus_grammar::{NodeId, SyntaxKind};
use std::ops::Range;

/// A position in each table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    pub(crate) exprs: u32,
    pub(crate) types: u32,
    pub(crate) locals: u32,
    pub(super) fields: u32,
    pub(super) records: u32,
    pub(super) keys: u32,
    pub(super) again: u32,
    pub(super) locals_again: u32,
}

impl Marks {
    /// The end of all tables.
    pub(super) fn end(module: &Module, map: &SourceMap) -> Self {
        Marks {
            exprs: module.exprs.len() as u32,
            types: module.types.len() as u32,
            locals: module.locals.len() as u32,
            fields: map.fields.len() as u32,
            records: map.records.len() as u32,
            keys: map.keys.len() as u32,
            again: map.again.len() as u32,
            locals_again: map.locals_again.len() as u32,
        }
    }

    fn zip(self, other: Marks, with: impl Fn(u32, u32) -> u32) -> Marks {
        Marks {
            exprs: with(self.exprs, other.exprs),
            types: with(self.types, other.types),
            locals: with(self.locals, other.locals),
            fields: with(self.fields, other.fields),
            records: with(self.records, other.records),
            keys: with(self.keys, other.keys),
            again: with(self.again, other.again),
            locals_again: with(self.locals_again, other.locals_again),
        }
    }

    /// Moved by as much; less than nothing is a large number.
    pub(super) fn plus(self, by: Marks) -> Marks {
        self.zip(by, u32::wrapping_add)
    }

    /// From another to this.
    pub(super) fn minus(self, other: Marks) -> Marks {
        self.zip(other, u32::wrapping_sub)
    }
}

/// The value of a binding of a file's body, lowered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Which binding of the body.
    pub(super) binding: u32,
    /// Its value is the last of its expressions.
    pub(super) is_last: bool,
    pub(super) from: Marks,
    pub(super) to: Marks,
    /// How deep in groups of bindings it is.
    pub(super) depth: usize,
}

/// A value was put in the place of another: the change of the tables, and of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// Where both begin.
    pub(crate) from: Marks,
    /// Where the old one ended.
    pub(crate) old: Marks,
    /// Where the new one ends.
    pub(crate) new: Marks,
    /// Where its binding ended in the text, and how much further back it ends now.
    pub(super) text: (u32, u32),
}

impl Step {
    /// How far what comes after has moved.
    pub(super) fn by(&self) -> Marks {
        self.new.minus(self.old)
    }

    /// Whether what comes after has other numbers now.
    pub(crate) fn moves(&self) -> bool {
        let by = self.by();
        by.exprs != 0 || by.types != 0 || by.locals != 0
    }

    /// The new number of an expression that is not inside of the value.
    pub(crate) fn expr(&self, id: u32) -> u32 {
        match id + 1 >= self.old.exprs {
            true => id.wrapping_add(self.by().exprs),
            false => id,
        }
    }

    /// The new number of a type outside of the value.
    pub(crate) fn ty(&self, id: u32) -> u32 {
        match id >= self.old.types {
            true => id.wrapping_add(self.by().types),
            false => id,
        }
    }

    /// The new number of a binder outside of the value.
    pub(crate) fn local(&self, id: u32) -> u32 {
        match id >= self.old.locals {
            true => id.wrapping_add(self.by().locals),
            false => id,
        }
    }
}

pub(super) fn range(from: u32, to: u32) -> Range<usize> {
    from as usize..to as usize
}

impl Lowering<'_> {
    pub(super) fn marks(&self) -> Marks {
        Marks::end(&self.module, &self.map)
    }

    /// Notes that the value of a field is lowered, if it is that of a binding of the body.
    pub(super) fn note_piece(&mut self, value: NodeId, from: Marks, is_last: bool) {
        if self.pieces.is_none() {
            return;
        }
        let bindings = bindings(self.tree);
        let at = bindings.partition_point(|binding| binding.index() <= value.index());
        let children = bindings.get(at).map(|node| self.tree.children(*node));
        if children.and_then(|children| children.last()) != Some(&value) {
            return;
        }
        let piece = Piece {
            binding: at as u32,
            is_last,
            from,
            to: self.marks(),
            depth: self.depth,
        };
        self.pieces.get_or_insert_default().push(piece);
    }
}

/// The bindings of a file's body.
pub(super) fn bindings(tree: &nexus_grammar::Tree) -> &[NodeId] {
    match tree.children(tree.root()).last() {
        Some(body) if tree.kind(*body) == SyntaxKind::Body => tree.children(*body),
        _ => &[],
    }
}
