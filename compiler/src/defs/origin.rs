//! From the numbering of a unit back to that of its file.

use super::extent::Extent;
use crate::check::Place;
use crate::hir::{ExprId, LocalId, TypeId};
use crate::lower::Step;

/// A part of a file that was copied into a unit: where its tables begin there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) exprs: u32,
    pub(super) types: u32,
    pub(super) locals: u32,
    pub(super) from: Extent,
}

/// Where in its file a unit is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// In ascending order; none when the numbering is that of the file.
    segments: Vec<Segment>,
    binders: Vec<LocalId>,
    record: Option<Fields>,
}

/// The record that holds the fields of a unit: its number in the unit, in the file, and which
/// fields of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fields {
    own: ExprId,
    file: ExprId,
    indices: Vec<u32>,
}

impl Origin {
    pub(super) fn new(
        segments: Vec<Segment>,
        binders: Vec<LocalId>,
        record: Option<(ExprId, ExprId, Vec<u32>)>,
    ) -> Self {
        Origin {
            segments,
            binders,
            record: record.map(|(own, file, indices)| Fields { own, file, indices }),
        }
    }

    /// The place in the file.
    pub fn place(&self, place: Place) -> Place {
        if self.is_file() {
            return place;
        }
        if let (Place::Field(id, i), Some(record)) = (place, &self.record)
            && record.own == id
        {
            let i = record.indices.get(i as usize).copied().unwrap_or(i);
            return Place::Field(record.file, i);
        }
        place.renumbered(|id| self.expr(id), |id| self.ty(id), |id| self.local(id))
    }

    /// The number in the unit of an expression of the file. Only the first `own` parts of the unit
    /// are its own; further ones came along with them.
    pub(super) fn own_expr(&self, id: ExprId, own: usize) -> Option<ExprId> {
        if self.is_file() {
            return Some(id);
        }
        let mut parts = self.segments.iter().take(own);
        let part = parts.find(|part| part.from.exprs.contains(&id.0))?;
        Some(ExprId(part.exprs + (id.0 - part.from.exprs.start)))
    }

    /// The number in the unit of a binder of the file.
    pub(super) fn own_local(&self, id: LocalId, own: usize) -> Option<LocalId> {
        if self.is_file() {
            return Some(id);
        }
        if let Some(position) = self.binders.iter().position(|binder| *binder == id) {
            return Some(LocalId(position as u32));
        }
        let mut parts = self.segments.iter().take(own);
        let part = parts.find(|part| part.from.locals.contains(&id.0))?;
        Some(LocalId(part.locals + (id.0 - part.from.locals.start)))
    }

    /// The part of the file that the unit consists of, when it is one alone.
    pub(super) fn only(&self) -> Option<&Extent> {
        match &self.segments[..] {
            [only] => Some(&only.from),
            _ => None,
        }
    }

    /// The record of the file of which the unit is one field, and which.
    pub(super) fn field(&self) -> Option<(ExprId, u32)> {
        let record = self.record.as_ref()?;
        match record.indices[..] {
            [index] => Some((record.file, index)),
            _ => None,
        }
    }

    /// The binder of the unit, if it has one alone.
    pub(super) fn binder(&self) -> Option<LocalId> {
        match self.binders[..] {
            [only] => Some(only),
            _ => None,
        }
    }

    /// After something else in the file was replaced. Nothing when nothing has changed.
    pub(super) fn moved(&self, step: &Step) -> Option<Origin> {
        let is_after = |segment: &Segment| {
            let Extent {
                exprs,
                types,
                locals,
            } = &segment.from;
            exprs.start >= step.old.exprs
                || (!types.is_empty() && types.start >= step.old.types)
                || (!locals.is_empty() && locals.start >= step.old.locals)
        };
        let record = self.record.as_ref().map(|record| record.file);
        let moved = record.map(|id| ExprId(step.expr(id.0)));
        if record == moved && !self.segments.iter().any(is_after) {
            return None;
        }
        let mut new = self.clone();
        if let (Some(record), Some(file)) = (&mut new.record, moved) {
            record.file = file;
        }
        for Segment { from, .. } in &mut new.segments {
            if from.exprs.start >= step.old.exprs {
                from.exprs = step.expr(from.exprs.start)..step.expr(from.exprs.end - 1) + 1;
            }
            if !from.types.is_empty() && from.types.start >= step.old.types {
                from.types = step.ty(from.types.start)..step.ty(from.types.end);
            }
            if !from.locals.is_empty() && from.locals.start >= step.old.locals {
                from.locals = step.local(from.locals.start)..step.local(from.locals.end);
            }
        }
        Some(new)
    }

    /// The numbering is that of the file.
    fn is_file(&self) -> bool {
        self.segments.is_empty() && self.record.is_none()
    }

    fn ty(&self, id: TypeId) -> TypeId {
        match self.segment(|segment| segment.types <= id.0) {
            Some(s) => TypeId(s.from.types.start + (id.0 - s.types)),
            None => id,
        }
    }

    fn local(&self, id: LocalId) -> LocalId {
        match self.binders.get(id.index()) {
            Some(binder) => *binder,
            None => match self.segment(|segment| segment.locals <= id.0) {
                Some(s) => LocalId(s.from.locals.start + (id.0 - s.locals)),
                None => id,
            },
        }
    }

    fn expr(&self, id: ExprId) -> ExprId {
        if let Some(record) = &self.record
            && record.own == id
        {
            return record.file;
        }
        match self.segment(|segment| segment.exprs <= id.0) {
            Some(s) => ExprId(s.from.exprs.start + (id.0 - s.exprs)),
            None => id,
        }
    }

    /// The last segment that begins in time.
    fn segment(&self, begins: impl Fn(&Segment) -> bool) -> Option<&Segment> {
        let end = self.segments.partition_point(begins);
        self.segments.get(end.checked_sub(1)?)
    }
}
