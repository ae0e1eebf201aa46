//! Lowers a file anew of which one binding has changed: its value alone, which then is put into
//! what there was.
//!
//! What was handed out is not changed: readers have it. What was handed out before that is as a
//! rule forgotten by everybody else, and only two values behind; so it is brought up to date, and
//! nothing is copied but these two. The outcome is what [`super::lower`] gives, to every number.

use super::marks::{Marks, Piece, Step, bindings};
use super::numbers::renumber;
use super::splice::{Part, Splice};
use super::{IsGlobal, Keep, Lowered, Lowering, Positions, run};
use crate::hir::{Expr, ExprId, LocalId, LocalKind, Module, Param, SourceMap, TypeId};
use crate::renumber::Numbers;
use crate::stack::nesting_limit;
use crate::symbol::Symbol;
use nexus_grammar::{Parse, SyntaxKind, Tree};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A lowered file, to be lowered in part when a binding has changed.
#[derive(Debug)]
pub(crate) struct Relower {
    parse: Arc<Parse>,
    pieces: Vec<Piece>,
    limit: usize,
    is_clean: bool,
    module: Double<Module>,
    map: Double<SourceMap>,
    /// Handed out with the map.
    positions: Arc<Positions>,
    /// Counts modules that were handed out.
    generation: u64,
    /// What led to the last of them.
    last: Option<Step>,
}

/// What is handed out, and what was handed out before, with the step between them.
#[derive(Debug)]
struct Double<T> {
    now: Arc<T>,
    before: Option<(Arc<T>, Step)>,
}

impl<T: Splice> Double<T> {
    fn new(now: Arc<T>) -> Self {
        Double { now, before: None }
    }

    fn step(&mut self, step: Step, part: Part<T>) {
        let before = self.before.take();
        let before = before.and_then(|(old, step)| Some((Arc::into_inner(old)?, step)));
        let mut next = match before {
            Some((mut next, done)) => {
                next.splice(&done, self.now.part(done.from, done.new));
                next
            }
            None => T::clone(&self.now),
        };
        next.splice(&step, part);
        let old = std::mem::replace(&mut self.now, Arc::new(next));
        self.before = Some((old, step));
    }
}

/// Every file that is lowered anew has numbers of its own for its modules.
static FIRST: AtomicU64 = AtomicU64::new(0);

impl Relower {
    /// Lowers all of a file.
    pub(crate) fn new(
        parse: &Arc<Parse>,
        file: &Arc<Path>,
        is_global: IsGlobal,
    ) -> (Self, Lowered) {
        let limit = nesting_limit();
        let tree = &parse.tree;
        let done = run(tree, file, is_global, limit, Keep::Pieces);
        let module = Arc::new(done.module);
        let map = Arc::new(done.map);
        let positions = Arc::new(Positions::of(tree, is_global, limit, Some(map.clone())));
        let relower = Relower {
            parse: parse.clone(),
            pieces: done.pieces.unwrap_or_default(),
            limit,
            is_clean: done.diagnostics.is_empty(),
            module: Double::new(module.clone()),
            map: Double::new(map),
            positions: positions.clone(),
            generation: FIRST.fetch_add(1 << 32, Ordering::Relaxed),
            last: None,
        };
        let lowered = Lowered {
            module,
            map: positions,
            diagnostics: done.diagnostics,
        };
        (relower, lowered)
    }

    /// What was lowered.
    pub(crate) fn parse(&self) -> &Arc<Parse> {
        &self.parse
    }

    /// The number of a module that was handed out last, and the step that led to it from the one
    /// with the number before.
    pub(crate) fn generation(&self, module: &Arc<Module>) -> Option<(u64, Option<Step>)> {
        Arc::ptr_eq(&self.module.now, module).then_some((self.generation, self.last))
    }

    /// Lowers a file that is different in one binding of its body. Nothing when that cannot be
    /// done by itself.
    pub(crate) fn again(
        &mut self,
        parse: &Arc<Parse>,
        binding: usize,
        file: &Arc<Path>,
        is_global: IsGlobal,
    ) -> Option<Lowered> {
        if !self.is_clean || self.limit != nesting_limit() {
            return None;
        }
        let mut pieces = self.pieces.iter();
        let at = pieces.position(|piece| piece.binding as usize == binding)?;
        let piece = &self.pieces[at];
        let (old, new) = (&self.parse.tree, &parse.tree);
        let (start, end) = same_name(old, new, binding)?;
        let done = value(new, binding, piece, &self.module.now, file, is_global)?;
        let step = Step {
            from: piece.from,
            old: piece.to,
            new: piece.from.plus(Marks::end(&done.module, &done.map)),
            text: (start, end.wrapping_sub(start)),
        };
        let (module, map) = (Part(done.module), Part(done.map));
        let is_same = self.module.now.part(step.from, step.old) == module;
        if !is_same {
            self.module.step(step, module);
            self.generation += 1;
            self.last = Some(step);
        }
        self.map.step(step, map);
        for piece in &mut self.pieces {
            if piece.from.exprs >= step.old.exprs {
                piece.from = piece.from.plus(step.by());
                piece.to = piece.to.plus(step.by());
            }
        }
        self.pieces[at].to = step.new;
        self.parse = parse.clone();
        let map = Some(self.map.now.clone());
        self.positions = Arc::new(Positions::of(new, is_global, self.limit, map));
        Some(Lowered {
            module: self.module.now.clone(),
            map: self.positions.clone(),
            diagnostics: Vec::new(),
        })
    }
}

/// Whether a binding is still called so, and is of the same written type: gives where it ended and
/// where it ends.
fn same_name(old: &Tree, new: &Tree, binding: usize) -> Option<(u32, u32)> {
    let up_to_value = |tree: &'_ Tree| -> Option<(std::ops::Range<u32>, u32, usize)> {
        let node = *bindings(tree).get(binding)?;
        let plain = tree.kind(node) == SyntaxKind::Binding;
        // Types are known to the whole file.
        let defines = |node| tree.kind(node) == SyntaxKind::TypeDef;
        if !plain || tree.descendants(node).any(defines) {
            return None;
        }
        let children = tree.children(node);
        let span = tree.span(node);
        let value = tree.span(*children.last()?).start;
        Some((span.start..value, span.end, children.len()))
    };
    let (before, after) = (up_to_value(old)?, up_to_value(new)?);
    let is_same =
        before.0 == after.0 && before.2 == after.2 && old.slice(before.0) == new.slice(after.0);
    is_same.then_some((before.1, after.1))
}

/// Lowers the value of a binding, to the numbers that it has in the place of a piece.
fn value<'a>(
    tree: &'a Tree,
    binding: usize,
    piece: &Piece,
    module: &Module,
    file: &'a Arc<Path>,
    is_global: IsGlobal,
) -> Option<Lowering<'a>> {
    let node = *bindings(tree).get(binding)?;
    let mut lowering = Lowering::new(tree, file, is_global, nesting_limit(), Keep::Positions);
    lowering.depth = piece.depth;
    for (name, local) in names(module)? {
        lowering.scopes.bind(name, LocalId(local.0 | OUTSIDE));
    }
    let value = lowering.expr(*tree.children(node).last()?);
    let is_last = value.index() + 1 == lowering.module.exprs.len();
    if !lowering.diagnostics.is_empty() || !is_last || !piece.is_last {
        return None;
    }
    let mut place = Place(piece.from);
    renumber(&mut lowering.module, 0, 0, &mut place);
    let map = &mut lowering.map;
    for (id, first) in &mut map.records {
        *id = place.expr(*id);
        *first += piece.from.fields;
    }
    map.keys
        .iter_mut()
        .for_each(|key| key.0 = place.expr(key.0));
    let again = map.again.iter_mut();
    again.for_each(|again| again.0 = place.expr(again.0));
    let again = map.locals_again.iter_mut();
    again.for_each(|again| again.0 = place.local(again.0));
    Some(lowering)
}

/// Marks binders of the file in what is lowered by itself.
const OUTSIDE: u32 = 1 << 31;

/// From numbers of its own to those of the file.
struct Place(Marks);

impl Numbers for Place {
    fn expr(&mut self, id: ExprId) -> ExprId {
        ExprId(id.0 + self.0.exprs)
    }

    fn ty(&mut self, id: TypeId) -> TypeId {
        TypeId(id.0 + self.0.types)
    }

    fn local(&mut self, id: LocalId) -> LocalId {
        LocalId(match id.0 & OUTSIDE {
            0 => id.0 + self.0.locals,
            _ => id.0 & !OUTSIDE,
        })
    }
}

/// The names that are bound around the values of a file's body, outer ones first.
fn names(module: &Module) -> Option<Vec<(Symbol, LocalId)>> {
    let mut found = Vec::new();
    let named = |id: &LocalId| (module.locals[id.index()].name, *id);
    let mut at = module.root?;
    loop {
        at = match &module.exprs[at.index()] {
            Expr::Lambda { param, body } => {
                match &**param {
                    Param::Name(id) => found.push(named(id)),
                    Param::Pattern { fields, whole, .. } => {
                        found.extend(fields.iter().copied());
                        found.extend(whole.iter().map(named));
                    }
                }
                *body
            }
            Expr::Let { locals, body } => {
                let bound = locals.iter();
                let bound = bound.filter(|id| module.locals[id.index()].kind == LocalKind::Let);
                found.extend(bound.map(named));
                *body
            }
            Expr::Record(record) => {
                let fields = record.fields.iter();
                found.extend(fields.filter_map(|field| Some((field.name, field.local()?))));
                return Some(found);
            }
            _ => return None,
        }
    }
}
