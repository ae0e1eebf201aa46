//! Where a value comes from that does not fit where it is used.

use super::context::Checker;
use super::problem::Place;
use super::subtype::{Mismatch, Reason};
use crate::hir::{BinaryOp, Expr, ExprId, Key, LocalKind};
use crate::symbol::Symbol;

/// How many steps back are followed.
const FARTHEST: u32 = 32;

impl Checker<'_> {
    /// The field to blame, when the value is a record that is written elsewhere in the file: its
    /// name when it must not be there, else its value.
    pub(super) fn culprit(&self, used: ExprId, mismatch: &Mismatch) -> Option<(Place, ExprId)> {
        if let Expr::Record(_) = self.expr(used) {
            return None;
        }
        match (&mismatch.reason, mismatch.field) {
            (Reason::Unknown(name), None) => self.field_written(used, *name, FARTHEST),
            (Reason::Kind, Some(name)) => {
                let (_, value) = self.field_written(used, name, FARTHEST)?;
                Some((Place::Expr(value), value))
            }
            _ => None,
        }
    }

    /// Where a field of the record that an expression gives is written.
    fn field_written(&self, id: ExprId, name: Symbol, steps: u32) -> Option<(Place, ExprId)> {
        let steps = steps.checked_sub(1)?;
        match self.expr(id) {
            Expr::Record(record) => {
                let i = record.fields.iter().position(|field| field.name == name)?;
                Some((Place::Field(id, i as u32), record.fields[i].value))
            }
            Expr::Local(local) => {
                let local = &self.module.locals[local.index()];
                match local.kind {
                    LocalKind::Let | LocalKind::Field | LocalKind::InheritFrom => {
                        self.field_written(local.value?, name, steps)
                    }
                    _ => None,
                }
            }
            Expr::Let { body, .. } | Expr::WithScope { body, .. } | Expr::Assert { body, .. } => {
                self.field_written(*body, name, steps)
            }
            Expr::Binary(BinaryOp::Update, left, right) => self
                .field_written(*right, name, steps)
                .or_else(|| self.field_written(*left, name, steps)),
            Expr::Apply { func, args, .. } => {
                let body = self.body_after(*func, args.len(), steps)?;
                self.field_written(body, name, steps)
            }
            Expr::Select {
                base,
                path,
                default: None,
            } => {
                let mut at = *base;
                for key in path.iter() {
                    let Key::Name(key) = key else { return None };
                    at = self.field_written(at, *key, steps)?.1;
                }
                self.field_written(at, name, steps)
            }
            _ => None,
        }
    }

    /// The body of a function after it is given some arguments.
    fn body_after(&self, func: ExprId, args: usize, steps: u32) -> Option<ExprId> {
        let mut at = func;
        let mut left = args;
        for _ in 0..steps {
            match self.expr(at) {
                Expr::Lambda { body, .. } if left > 0 => {
                    at = *body;
                    left -= 1;
                }
                Expr::Local(local) if left > 0 => {
                    let local = &self.module.locals[local.index()];
                    if !matches!(local.kind, LocalKind::Let | LocalKind::Field) {
                        return None;
                    }
                    at = local.value?;
                }
                Expr::Let { body, .. } => at = *body,
                _ if left == 0 => return Some(at),
                _ => return None,
            }
        }
        None
    }
}
