//! Quick code: a second, short form of small functions and expressions that can neither fail nor
//! take long. It computes with operands that are already computed, in a handful of steps without
//! frames or thunks; as soon as one operand is missing or an operation would fail, it gives up
//! without a trace, and the ordinary code does the work (and reports the failure).
//!
//! So laziness, errors and their traces are those of the ordinary code, and yet
//! `sort (a: b: a.key < b.key)` or `map (x: x * 3 + 1)` is a tight loop. Calls of small functions
//! known by name are taken apart in place.

use super::compiler::{Compiler, Place};
use super::expr::binary_op;
use super::op::BinOp;
use crate::hir::{BinaryOp, Expr, ExprId, Key, LocalId, LocalKind, Module, Param, UnaryOp};
use crate::symbol::Symbol;

/// Values quick code works on at most.
pub const QUICK_DEPTH: usize = 16;
/// Expressions of more parts are left to ordinary code.
const MAX_PARTS: usize = 48;
/// Functions inside functions taken apart at most.
const MAX_INLINED: usize = 4;

/// An instruction of quick code. Each gives up when its operands are not as described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuickOp {
    /// Push a constant.
    Const(u32),
    /// Push a slot that is computed.
    Slot(u32),
    /// Push a captured value that is computed.
    Env(u32),
    /// Push an earlier value of this code.
    Local(u32),
    /// Replace a record by its field, if that is computed.
    Select(u32),
    /// Pop two scalars, push the result.
    Binary(BinOp),
    /// Pop two scalars, push whether they are equal.
    Equal,
    /// Replace a boolean by its opposite.
    Not,
    /// Replace a number by its opposite.
    Negate,
    /// Check that the top is a boolean.
    CheckBool,
    /// Pop a boolean; go on elsewhere when it is false.
    JumpIfFalse(u32),
    /// Pop a boolean; go on elsewhere when it is true.
    JumpIfTrue(u32),
    /// Go on elsewhere.
    Jump(u32),
    /// Keep the top, drop this many below it.
    Slide(u32),
    /// The top is the result.
    Done,
}

/// Quick code being written.
#[derive(Default)]
struct Draft {
    ops: Vec<QuickOp>,
    /// Names whose values are among the values of this code.
    bound: Vec<(LocalId, u32)>,
    depth: u32,
    parts: usize,
    /// Functions being taken apart.
    inside: Vec<ExprId>,
}

impl Draft {
    fn push(&mut self, op: QuickOp) -> Option<()> {
        self.depth += 1;
        self.ops.push(op);
        (self.depth as usize <= QUICK_DEPTH).then_some(())
    }

    /// An instruction whose target comes later.
    fn jump(&mut self, op: QuickOp) -> usize {
        self.ops.push(op);
        self.ops.len() - 1
    }

    fn land(&mut self, at: usize) {
        let here = self.ops.len() as u32;
        if let QuickOp::Jump(target) | QuickOp::JumpIfFalse(target) | QuickOp::JumpIfTrue(target) =
            &mut self.ops[at]
        {
            *target = here;
        }
    }
}

impl Compiler<'_> {
    /// The quick code of an expression, if it has one: its number.
    pub(super) fn quick_code(&mut self, hir: &Module, expr: ExprId) -> Option<u32> {
        let mut draft = Draft::default();
        self.draft(hir, expr, &mut draft)?;
        draft.ops.push(QuickOp::Done);
        let entry = self.program.quick.len() as u32;
        // Targets were counted from the start of the draft.
        self.program
            .quick
            .extend(draft.ops.into_iter().map(|op| match op {
                QuickOp::Jump(target) => QuickOp::Jump(entry + target),
                QuickOp::JumpIfFalse(target) => QuickOp::JumpIfFalse(entry + target),
                QuickOp::JumpIfTrue(target) => QuickOp::JumpIfTrue(entry + target),
                op => op,
            }));
        Some(entry)
    }

    /// Recursion is bounded by the number of parts.
    fn draft(&mut self, hir: &Module, expr: ExprId, draft: &mut Draft) -> Option<()> {
        draft.parts += 1;
        if draft.parts > MAX_PARTS {
            return None;
        }
        match &hir.exprs[expr.index()] {
            Expr::Local(local) => self.draft_local(hir, *local, draft),
            Expr::Int(_) | Expr::Float(_) | Expr::Duration(_) | Expr::Size(_) | Expr::Global(_) => {
                let value = self.constant_value(hir, expr)?;
                let index = self.constant(value);
                draft.push(QuickOp::Const(index))
            }
            Expr::Select {
                base,
                path,
                default: None,
            } => {
                self.draft(hir, *base, draft)?;
                for key in path.iter() {
                    let Key::Name(name) = key else { return None };
                    let site = self.select_site(*name);
                    draft.ops.push(QuickOp::Select(site));
                }
                Some(())
            }
            Expr::Unary(op, operand) => {
                self.draft(hir, *operand, draft)?;
                draft.ops.push(match op {
                    UnaryOp::Not => QuickOp::Not,
                    UnaryOp::Negate => QuickOp::Negate,
                });
                Some(())
            }
            Expr::Binary(op, a, b) => self.draft_binary(hir, *op, *a, *b, draft),
            Expr::If {
                cond,
                then,
                otherwise,
            } => {
                self.draft(hir, *cond, draft)?;
                let no = draft.jump(QuickOp::JumpIfFalse(0));
                draft.depth -= 1;
                self.draft(hir, *then, draft)?;
                let end = draft.jump(QuickOp::Jump(0));
                draft.depth -= 1;
                draft.land(no);
                self.draft(hir, *otherwise, draft)?;
                draft.land(end);
                Some(())
            }
            Expr::Apply {
                func,
                args,
                default: None,
            } => self.draft_call(hir, *func, args, draft),
            _ => None,
        }
    }

    fn draft_local(&mut self, hir: &Module, local: LocalId, draft: &mut Draft) -> Option<()> {
        if let Some(&(_, at)) = draft.bound.iter().find(|(bound, _)| *bound == local) {
            return draft.push(QuickOp::Local(at));
        }
        if !draft.inside.is_empty() {
            // Names from around a function taken apart would have to be captured here as well.
            let value = hir.locals[local.index()].value?;
            let constant = match hir.exprs[value.index()] {
                Expr::Int(_) | Expr::Float(_) => self.constant_value(hir, value)?,
                _ => return None,
            };
            let index = self.constant(constant);
            return draft.push(QuickOp::Const(index));
        }
        if self.pending.contains(&local) {
            return None;
        }
        draft.push(match self.locate(local)? {
            Place::Slot(slot) => QuickOp::Slot(slot),
            Place::Env(index) => QuickOp::Env(index),
            Place::Const(index) => QuickOp::Const(index),
        })
    }

    fn draft_binary(
        &mut self,
        hir: &Module,
        op: BinaryOp,
        a: ExprId,
        b: ExprId,
        draft: &mut Draft,
    ) -> Option<()> {
        self.draft(hir, a, draft)?;
        if let BinaryOp::And | BinaryOp::Or = op {
            let decided = draft.jump(match op {
                BinaryOp::And => QuickOp::JumpIfFalse(0),
                _ => QuickOp::JumpIfTrue(0),
            });
            draft.depth -= 1;
            self.draft(hir, b, draft)?;
            draft.ops.push(QuickOp::CheckBool);
            let end = draft.jump(QuickOp::Jump(0));
            draft.land(decided);
            let value = self.global(Symbol::new(match op {
                BinaryOp::And => "false",
                _ => "true",
            }))?;
            let index = self.constant(value);
            draft.ops.push(QuickOp::Const(index));
            draft.land(end);
            return Some(());
        }
        self.draft(hir, b, draft)?;
        match (op, binary_op(op)) {
            (_, Some(BinOp::Concat | BinOp::Update)) => return None,
            (_, Some(op)) => draft.ops.push(QuickOp::Binary(op)),
            (BinaryOp::NotEqual, None) => draft.ops.extend([QuickOp::Equal, QuickOp::Not]),
            (_, None) => draft.ops.push(QuickOp::Equal),
        }
        draft.depth -= 1;
        Some(())
    }

    /// A call of a function that is known by name and given all its arguments.
    fn draft_call(
        &mut self,
        hir: &Module,
        func: ExprId,
        args: &[ExprId],
        draft: &mut Draft,
    ) -> Option<()> {
        let Expr::Local(name) = hir.exprs[func.index()] else {
            return None;
        };
        let local = &hir.locals[name.index()];
        let (LocalKind::Let | LocalKind::Field, Some(lambda)) = (local.kind, local.value) else {
            return None;
        };
        if draft.inside.contains(&lambda) || draft.inside.len() == MAX_INLINED {
            return None;
        }
        let mut params = Vec::new();
        let mut body = lambda;
        for _ in args {
            match &hir.exprs[body.index()] {
                Expr::Lambda { param, body: inner } => match **param {
                    Param::Name(param) => {
                        params.push(param);
                        body = *inner;
                    }
                    Param::Pattern { .. } => return None,
                },
                _ => return None,
            }
        }
        let start = draft.depth;
        for &arg in args {
            self.draft(hir, arg, draft)?;
        }
        let known = draft.bound.len();
        draft.bound.extend(params.into_iter().zip(start..));
        draft.inside.push(lambda);
        self.draft(hir, body, draft)?;
        draft.inside.pop();
        draft.bound.truncate(known);
        draft.ops.push(QuickOp::Slide(args.len() as u32));
        draft.depth = start + 1;
        Some(())
    }
}
