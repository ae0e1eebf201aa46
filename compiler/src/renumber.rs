//! Expressions and types in another numbering.

use crate::hir::{Expr, ExprId, Key, Local, LocalId, Param, StrPart, TypeExpr, TypeId};

/// From one numbering to another.
pub(crate) trait Numbers {
    fn expr(&mut self, id: ExprId) -> ExprId;
    fn ty(&mut self, id: TypeId) -> TypeId;
    fn local(&mut self, id: LocalId) -> LocalId;
}

/// Something with numbers in another numbering.
pub(crate) fn copy<T: Clone, N: Numbers>(from: &T, change: fn(&mut T, &mut N), to: &mut N) -> T {
    let mut copy = from.clone();
    change(&mut copy, to);
    copy
}

/// Gives a binder other numbers.
pub(crate) fn local(local: &mut Local, to: &mut impl Numbers) {
    local.value.iter_mut().for_each(|id| number(id, to));
    let annotation = local.annotation.iter_mut();
    annotation.for_each(|id| *id = to.ty(*id));
}

/// Gives a written type other numbers.
pub(crate) fn ty(ty: &mut TypeExpr, to: &mut impl Numbers) {
    let mut number = |id: &mut TypeId| *id = to.ty(*id);
    match ty {
        TypeExpr::Missing | TypeExpr::String(_) | TypeExpr::Int(_) => {}
        TypeExpr::Name(_, all) | TypeExpr::Union(all) => all.iter_mut().for_each(number),
        TypeExpr::List(id) | TypeExpr::Dictionary(id) => number(id),
        TypeExpr::Record { fields, .. } => fields.iter_mut().for_each(|field| number(&mut field.2)),
        TypeExpr::Function(from, result) => {
            number(from);
            number(result);
        }
    }
}

/// Gives an expression other numbers.
pub(crate) fn expr(expr: &mut Expr, to: &mut impl Numbers) {
    match expr {
        Expr::Missing
        | Expr::Int(_)
        | Expr::Float(_)
        | Expr::Duration(_)
        | Expr::Size(_)
        | Expr::Text(_)
        | Expr::Path(_)
        | Expr::Global(_)
        | Expr::Unbound(_)
        | Expr::Import(_) => {}
        Expr::String(parts) => {
            for part in parts {
                if let StrPart::Expr(id) = part {
                    number(id, to);
                }
            }
        }
        Expr::Local(id) => binder(id, to),
        Expr::With { scopes, .. } => scopes.iter_mut().for_each(|id| binder(id, to)),
        Expr::List(elements) => elements.iter_mut().for_each(|id| number(id, to)),
        Expr::Record(record) => {
            record.sources.iter_mut().for_each(|id| binder(id, to));
            for field in &mut record.fields {
                number(&mut field.value, to);
                field.renumber(to);
            }
            for (name, value) in record.dynamic.iter_mut() {
                number(name, to);
                number(value, to);
            }
        }
        Expr::Select {
            base,
            path,
            default,
        } => {
            number(base, to);
            keys(path, to);
            default.iter_mut().for_each(|id| number(id, to));
        }
        Expr::Has { base, path } => {
            number(base, to);
            keys(path, to);
        }
        Expr::Conversion { value, ty } => {
            number(value, to);
            *ty = to.ty(*ty);
        }
        Expr::Apply {
            func,
            args,
            default,
        } => {
            number(func, to);
            args.iter_mut().for_each(|id| number(id, to));
            default.iter_mut().for_each(|id| number(id, to));
        }
        Expr::Unary(_, operand) => number(operand, to),
        Expr::Binary(_, left, right) => {
            number(left, to);
            number(right, to);
        }
        Expr::Lambda { param, body } => {
            match &mut **param {
                Param::Name(id) => binder(id, to),
                Param::Pattern { fields, whole, .. } => {
                    fields.iter_mut().for_each(|field| binder(&mut field.1, to));
                    whole.iter_mut().for_each(|id| binder(id, to));
                }
            }
            number(body, to);
        }
        Expr::Let { locals, body } => {
            locals.iter_mut().for_each(|id| binder(id, to));
            number(body, to);
        }
        Expr::WithScope { scope, body } => {
            binder(scope, to);
            number(body, to);
        }
        Expr::Assert { cond, body } => {
            number(cond, to);
            number(body, to);
        }
        Expr::If {
            cond,
            then,
            otherwise,
        } => {
            number(cond, to);
            number(then, to);
            number(otherwise, to);
        }
    }
}

fn keys(path: &mut [Key], to: &mut impl Numbers) {
    for key in path {
        if let Key::Dynamic(id) = key {
            *id = to.expr(*id);
        }
    }
}

fn number(id: &mut ExprId, to: &mut impl Numbers) {
    *id = to.expr(*id);
}

fn binder(id: &mut LocalId, to: &mut impl Numbers) {
    *id = to.local(*id);
}
