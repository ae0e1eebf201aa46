//! Changes the numbers in lowered code where it is.

use super::marks::Step;
use crate::hir::{
    Expr, ExprId, Key, Local, LocalId, Module, Param, StrPart, TypeDef, TypeExpr, TypeId,
};

/// From one numbering to another.
pub(super) trait Numbers {
    fn expr(&self, id: ExprId) -> ExprId;
    fn ty(&self, id: TypeId) -> TypeId;
    fn local(&self, id: LocalId) -> LocalId;
}

/// After a value was put in the place of another.
impl Numbers for Step {
    fn expr(&self, id: ExprId) -> ExprId {
        ExprId(Step::expr(self, id.0))
    }

    fn ty(&self, id: TypeId) -> TypeId {
        TypeId(Step::ty(self, id.0))
    }

    fn local(&self, id: LocalId) -> LocalId {
        LocalId(Step::local(self, id.0))
    }
}

/// Everything of a module but its expressions and types in front of some.
pub(super) fn renumber(module: &mut Module, first_expr: u32, first_type: u32, to: &impl Numbers) {
    for one in &mut module.exprs[first_expr as usize..] {
        expr(one, to);
    }
    for one in &mut module.types[first_type as usize..] {
        ty(one, to);
    }
    for Local {
        value, annotation, ..
    } in &mut module.locals
    {
        value.iter_mut().for_each(|id| *id = to.expr(*id));
        annotation.iter_mut().for_each(|id| *id = to.ty(*id));
    }
    for TypeDef { body, .. } in &mut module.type_defs {
        *body = to.ty(*body);
    }
    module.root.iter_mut().for_each(|id| *id = to.expr(*id));
}

fn ty(ty: &mut TypeExpr, to: &impl Numbers) {
    let number = |id: &mut TypeId| *id = to.ty(*id);
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

fn expr(expr: &mut Expr, to: &impl Numbers) {
    let number = |id: &mut ExprId| *id = to.expr(*id);
    let local = |id: &mut LocalId| *id = to.local(*id);
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
                    number(id);
                }
            }
        }
        Expr::Local(id) => local(id),
        Expr::With { scopes, .. } => scopes.iter_mut().for_each(local),
        Expr::List(elements) => elements.iter_mut().for_each(number),
        Expr::Record(record) => {
            record.sources.iter_mut().for_each(local);
            for field in &mut record.fields {
                number(&mut field.value);
                field.renumber(|id| to.ty(id), |id| to.local(id));
            }
            for (name, value) in record.dynamic.iter_mut() {
                number(name);
                number(value);
            }
        }
        Expr::Select {
            base,
            path,
            default,
        } => {
            number(base);
            keys(path, to);
            default.iter_mut().for_each(number);
        }
        Expr::Has { base, path } => {
            number(base);
            keys(path, to);
        }
        Expr::Conversion { value, ty } => {
            number(value);
            *ty = to.ty(*ty);
        }
        Expr::Apply {
            func,
            args,
            default,
        } => {
            number(func);
            args.iter_mut().for_each(number);
            default.iter_mut().for_each(number);
        }
        Expr::Unary(_, operand) => number(operand),
        Expr::Binary(_, left, right) => {
            number(left);
            number(right);
        }
        Expr::Lambda { param, body } => {
            match &mut **param {
                Param::Name(id) => local(id),
                Param::Pattern { fields, whole, .. } => {
                    fields.iter_mut().for_each(|field| local(&mut field.1));
                    whole.iter_mut().for_each(local);
                }
            }
            number(body);
        }
        Expr::Let { locals, body } => {
            locals.iter_mut().for_each(local);
            number(body);
        }
        Expr::WithScope { scope, body } => {
            local(scope);
            number(body);
        }
        Expr::Assert { cond, body } => {
            number(cond);
            number(body);
        }
        Expr::If {
            cond,
            then,
            otherwise,
        } => {
            number(cond);
            number(then);
            number(otherwise);
        }
    }
}

fn keys(path: &mut [Key], to: &impl Numbers) {
    for key in path {
        if let Key::Dynamic(id) = key {
            *id = to.expr(*id);
        }
    }
}
