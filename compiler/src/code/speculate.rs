//! Small arithmetic and selections whose operands are already computed are done at once instead
//! of being put into a thunk. At run time each step checks that it can neither fail nor take
//! long; if one cannot promise that, the thunk is made after all, so laziness is not observable.

use super::compiler::{Compiler, Place};
use super::expr::binary_op;
use super::op::{BinOp, Op};
use crate::hir::{Expr, ExprId, Key, Module};
use crate::symbol::Symbol;

/// Expressions of more parts are left to thunks.
const MAX_PARTS: usize = 10;

impl Compiler<'_> {
    /// Whether an expression is worth an attempt.
    pub(super) fn is_quick(&mut self, hir: &Module, expr: ExprId) -> bool {
        let mut parts = 0;
        let mut todo = vec![expr];
        while let Some(expr) = todo.pop() {
            parts += 1;
            if parts > MAX_PARTS {
                return false;
            }
            match &hir.exprs[expr.index()] {
                Expr::Int(_) | Expr::Float(_) => {}
                Expr::Local(local) => {
                    if self.pending.contains(local) {
                        return false;
                    }
                    match self.locate(*local) {
                        Some(Place::Slot(i) | Place::Env(i)) if i <= u16::MAX as u32 => {}
                        Some(Place::Const(_)) => {}
                        _ => return false,
                    }
                }
                Expr::Binary(op, a, b) => {
                    match binary_op(*op) {
                        None | Some(BinOp::Concat | BinOp::Update) => return false,
                        Some(_) => {}
                    }
                    todo.extend([*a, *b]);
                }
                Expr::Select {
                    base,
                    path,
                    default: None,
                } => {
                    if !path.iter().all(|key| matches!(key, Key::Name(_))) {
                        return false;
                    }
                    parts += path.len();
                    todo.push(*base);
                }
                _ => return false,
            }
        }
        true
    }

    /// Pushes the value of a quick expression, or else a thunk of it.
    pub(super) fn quickly(&mut self, hir: &Module, expr: ExprId, name: Option<Symbol>) {
        let start = self.depth;
        let mut fallbacks = Vec::new();
        self.attempt(hir, expr, &mut fallbacks);
        let end = self.emit(Op::Jump(0));
        for at in fallbacks {
            self.patch(at);
        }
        self.emit(Op::Truncate(start));
        let chunk = self.thunk_chunk(expr, name);
        self.emit(Op::Thunk(chunk));
        self.patch(end);
        self.depth = start + 1;
    }

    /// Recursion is bounded by the number of parts.
    fn attempt(&mut self, hir: &Module, expr: ExprId, fallbacks: &mut Vec<usize>) {
        match &hir.exprs[expr.index()] {
            Expr::Local(local) => {
                let op = match self.locate(*local) {
                    Some(Place::Slot(slot)) => Op::TrySlot {
                        slot: slot as u16,
                        target: 0,
                    },
                    Some(Place::Env(index)) => Op::TryEnv {
                        index: index as u16,
                        target: 0,
                    },
                    _ => return self.load(*local, false),
                };
                fallbacks.push(self.emit(op));
                self.depth += 1;
            }
            Expr::Binary(op, a, b) => {
                self.attempt(hir, *a, fallbacks);
                self.attempt(hir, *b, fallbacks);
                let Some(op) = binary_op(*op) else { return };
                fallbacks.push(self.emit(Op::TryBinary { op, target: 0 }));
                self.depth -= 1;
            }
            Expr::Select { base, path, .. } => {
                self.attempt(hir, *base, fallbacks);
                for key in path.iter() {
                    if let Key::Name(name) = key {
                        let op = self.try_select_op(*name);
                        fallbacks.push(self.emit(op));
                    }
                }
            }
            _ => {
                if let Some(value) = self.constant_value(hir, expr) {
                    let index = self.constant(value);
                    self.push(Op::Const(index));
                }
            }
        }
    }
}
