//! Names that only a `with` can provide.

use super::context::Checker;
use super::infer::did_you_mean;
use super::narrow::Root;
use super::problem::{Place, Problem};
use crate::diagnostic::registry::names::{AMBIGUOUS_WITH, UNBOUND_NAME};
use crate::diagnostic::registry::types::BAD_OPERANDS;
use crate::diagnostic::suggest::{enumerate, nearest};
use crate::hir::{ExprId, LocalId};
use crate::symbol::Symbol;
use crate::types::{Kind, Rest, Rule, Ty};

impl Checker<'_> {
    /// `with e;`: the record of a scope.
    pub(super) fn open_scope(&mut self, scope: LocalId) {
        self.bind_here([scope]);
        let ty = self.local(scope);
        let known = self.known(&ty);
        let bad = known.members().iter().find(|member| {
            !matches!(
                member.kind(),
                Kind::Any
                    | Kind::Var(_)
                    | Kind::Record(_)
                    | Kind::Alias(..)
                    | Kind::Tasks(_)
                    | Kind::TaskRef
            )
        });
        if let (Some(bad), Some(value)) = (bad, self.module.locals[scope.index()].value) {
            let what = self.describe(bad);
            self.report(
                Problem::error(
                    BAD_OPERANDS,
                    Place::Expr(value),
                    format!("`with` needs a record, and this is {what}"),
                )
                .label(format!("this is {what}")),
            );
        }
    }

    /// The type of a name that is not bound in the text around it.
    pub(super) fn with_name(
        &mut self,
        id: ExprId,
        name: Symbol,
        scopes: &[LocalId],
        global: bool,
    ) -> Ty {
        if let Some(ty) = scopes
            .first()
            .and_then(|scope| self.narrowed(Root::With(name, *scope)))
        {
            return ty;
        }
        // What scopes of which not all is known may provide.
        let mut possible: Vec<Ty> = Vec::new();
        let mut found: Option<(LocalId, Ty)> = None;
        let mut seen = Vec::new();
        for (i, scope) in scopes.iter().enumerate() {
            let (level, ty) = self.local_scheme(*scope);
            let ty = self.unalias(&ty);
            let Kind::Record(record) = ty.kind() else {
                if found.is_some() {
                    break;
                }
                let ty = self.instantiate(&ty, level);
                let last = i + 1 == scopes.len() && !global && possible.is_empty();
                if last && let Ok(ty) = self.select(&ty, name, Place::Expr(id), false) {
                    return ty;
                }
                possible.push(self.perhaps(&ty, name));
                continue;
            };
            match (record.field(name), &record.rest) {
                (Some(field), _) if field.optional => possible.push(field.ty.clone()),
                (Some(field), _) => {
                    let ty = field.ty.clone();
                    if let Some((inner, ty)) = found {
                        self.report(
                            Problem::warning(
                                AMBIGUOUS_WITH,
                                Place::Expr(id),
                                format!("`{name}` is provided by two enclosing `with`s; the inner one is used"),
                            )
                            .label("which one?")
                            .related(Place::Local(inner), "this one is used")
                            .related(Place::Local(*scope), "this one has it, too")
                            .help(format!("say which: select `{name}` from the record that is meant")),
                        );
                        return together(possible, ty);
                    }
                    let ty = self.instantiate(&ty, level);
                    found = Some((*scope, ty));
                }
                (None, Rest::Exact) => seen.extend(record.names()),
                (None, Rest::Open) if found.is_none() => possible.push(Ty::any()),
                (None, Rest::Dict(ty)) if found.is_none() => possible.push(ty.clone()),
                (None, Rest::Open | Rest::Dict(_)) => break,
            }
        }
        if let Some((_, ty)) = found {
            return together(possible, ty);
        }
        if global {
            let ty = self.global(&[name]).0;
            return together(possible, ty);
        }
        if let Some(last) = possible.pop() {
            return together(possible, last);
        }
        let mut problem = Problem::error(
            UNBOUND_NAME,
            Place::Expr(id),
            format!("`{name}` is not defined, and no enclosing `with` provides it"),
        )
        .label("not defined");
        let near = nearest(name.as_str(), seen.iter().copied());
        problem = match near.or_else(|| self.near_name(name)) {
            Some(near) => did_you_mean(problem, Place::Expr(id), near),
            None => problem.note(format!("`with` provides {}", enumerate(seen, 12))),
        };
        self.report(problem);
        Ty::any()
    }

    /// What scopes provide under a name, as far as they do.
    pub(super) fn provided_by(&mut self, name: Symbol, scopes: &[LocalId]) -> Ty {
        let mut types = Vec::new();
        for scope in scopes {
            let ty = self.local(*scope);
            types.push(self.perhaps(&ty, name));
        }
        Ty::union(types)
    }

    /// The field of a type, where it has it.
    fn perhaps(&mut self, ty: &Ty, name: Symbol) -> Ty {
        let into = self.fresh();
        let wanted = Ty::deferred(Rule::SelectOr(name), [into.clone()]);
        super::subtype::mismatch_free(self.fits(ty, &wanted, None));
        into
    }
}

fn together(mut types: Vec<Ty>, last: Ty) -> Ty {
    types.push(last);
    Ty::union(types)
}
