//! The same expressions and types in another numbering.

use crate::hir::{
    Expr, ExprId, Field, Key, Local, LocalId, Param, Record, StrPart, TypeExpr, TypeId,
};

/// From one numbering to another.
pub(super) trait Numbers {
    fn expr(&mut self, id: ExprId) -> ExprId;
    fn ty(&mut self, id: TypeId) -> TypeId;
    fn local(&mut self, id: LocalId) -> LocalId;
}

/// A binder in another numbering.
pub(super) fn local(from: &Local, to: &mut impl Numbers) -> Local {
    Local {
        name: from.name,
        kind: from.kind,
        value: from.value.map(|value| to.expr(value)),
        annotation: from.annotation.map(|annotation| to.ty(annotation)),
    }
}

/// A written type in another numbering.
pub(super) fn ty(from: &TypeExpr, to: &mut impl Numbers) -> TypeExpr {
    match from {
        TypeExpr::Missing | TypeExpr::String(_) | TypeExpr::Int(_) => from.clone(),
        TypeExpr::Name(name, args) => {
            TypeExpr::Name(*name, args.iter().map(|arg| to.ty(*arg)).collect())
        }
        TypeExpr::List(element) => TypeExpr::List(to.ty(*element)),
        TypeExpr::Record { fields, open } => TypeExpr::Record {
            fields: fields
                .iter()
                .map(|(name, optional, ty)| (*name, *optional, to.ty(*ty)))
                .collect(),
            open: *open,
        },
        TypeExpr::Dictionary(value) => TypeExpr::Dictionary(to.ty(*value)),
        TypeExpr::Function(from, result) => TypeExpr::Function(to.ty(*from), to.ty(*result)),
        TypeExpr::Union(members) => {
            TypeExpr::Union(members.iter().map(|member| to.ty(*member)).collect())
        }
    }
}

/// An expression in another numbering.
pub(super) fn expr(from: &Expr, to: &mut impl Numbers) -> Expr {
    match from {
        Expr::Missing
        | Expr::Int(_)
        | Expr::Float(_)
        | Expr::Duration(_)
        | Expr::Size(_)
        | Expr::Text(_)
        | Expr::Path(_)
        | Expr::Global(_)
        | Expr::Unbound(_)
        | Expr::Import(_) => from.clone(),
        Expr::String(parts) => Expr::String(
            parts
                .iter()
                .map(|part| match part {
                    StrPart::Text(text) => StrPart::Text(text.clone()),
                    StrPart::Expr(expr) => StrPart::Expr(to.expr(*expr)),
                })
                .collect(),
        ),
        Expr::Local(local) => Expr::Local(to.local(*local)),
        Expr::With {
            name,
            scopes,
            global,
        } => Expr::With {
            name: *name,
            scopes: scopes.iter().map(|scope| to.local(*scope)).collect(),
            global: *global,
        },
        Expr::List(elements) => Expr::List(elements.iter().map(|e| to.expr(*e)).collect()),
        Expr::Record(inner) => Expr::Record(Box::new(record(inner, to))),
        Expr::Select {
            base,
            path,
            default,
        } => Expr::Select {
            base: to.expr(*base),
            path: Box::new(keys(path, to)),
            default: default.map(|default| to.expr(default)),
        },
        Expr::Conversion { value, ty } => Expr::Conversion {
            value: to.expr(*value),
            ty: to.ty(*ty),
        },
        Expr::Has { base, path } => Expr::Has {
            base: to.expr(*base),
            path: keys(path, to),
        },
        Expr::Apply {
            func,
            args,
            default,
        } => Expr::Apply {
            func: to.expr(*func),
            args: Box::new(args.iter().map(|arg| to.expr(*arg)).collect()),
            default: default.map(|default| to.expr(default)),
        },
        Expr::Unary(op, operand) => Expr::Unary(*op, to.expr(*operand)),
        Expr::Binary(op, left, right) => Expr::Binary(*op, to.expr(*left), to.expr(*right)),
        Expr::Lambda { param, body } => Expr::Lambda {
            param: Box::new(match &**param {
                Param::Name(local) => Param::Name(to.local(*local)),
                Param::Pattern {
                    fields,
                    open,
                    whole,
                } => Param::Pattern {
                    fields: fields
                        .iter()
                        .map(|(name, local)| (*name, to.local(*local)))
                        .collect(),
                    open: *open,
                    whole: whole.map(|whole| to.local(whole)),
                },
            }),
            body: to.expr(*body),
        },
        Expr::Let { locals, body } => Expr::Let {
            locals: locals.iter().map(|local| to.local(*local)).collect(),
            body: to.expr(*body),
        },
        Expr::WithScope { scope, body } => Expr::WithScope {
            scope: to.local(*scope),
            body: to.expr(*body),
        },
        Expr::Assert { cond, body } => Expr::Assert {
            cond: to.expr(*cond),
            body: to.expr(*body),
        },
        Expr::If {
            cond,
            then,
            otherwise,
        } => Expr::If {
            cond: to.expr(*cond),
            then: to.expr(*then),
            otherwise: to.expr(*otherwise),
        },
    }
}

fn record(from: &Record, to: &mut impl Numbers) -> Record {
    Record {
        recursive: from.recursive,
        sources: from
            .sources
            .iter()
            .map(|source| to.local(*source))
            .collect(),
        fields: from
            .fields
            .iter()
            .map(|field| {
                let value = to.expr(field.value);
                let annotation = field.annotation().map(|annotation| to.ty(annotation));
                let local = field.local().map(|local| to.local(local));
                Field::new(field.name, value, annotation, local)
            })
            .collect(),
        dynamic: from
            .dynamic
            .iter()
            .map(|(name, value)| (to.expr(*name), to.expr(*value)))
            .collect(),
    }
}

fn keys(path: &[Key], to: &mut impl Numbers) -> Box<[Key]> {
    path.iter()
        .map(|key| match key {
            Key::Name(name) => Key::Name(*name),
            Key::Dynamic(expr) => Key::Dynamic(to.expr(*expr)),
        })
        .collect()
}
