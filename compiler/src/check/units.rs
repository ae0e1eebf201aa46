//! What is to be checked in a unit, and what it gives to others.

use super::context::{Checker, LocalTy};
use super::problem::Place;
use crate::db::Role;
use crate::defs::{Outer, Root};
use crate::hir::{Expr, ExprId, LocalId, TypeId};
use crate::types::{Kind, RecordTy, Scheme, Ty};
use std::sync::Arc;

impl Checker<'_> {
    /// Checks everything in the unit. Gives the types of its members, if these are inferred.
    pub(super) fn check_unit(&mut self, role: Role) -> Vec<Member> {
        match self.body.root {
            Root::Whole => {
                let ty = self.module_type(role);
                self.report_faults();
                vec![self.export_member(&ty)]
            }
            Root::Bindings { count, record } => {
                self.level = 1;
                if let Some(record) = record {
                    self.infer(record);
                }
                for local in (0..count).map(LocalId) {
                    self.local_scheme(local);
                }
                self.report_faults();
                self.members(count)
            }
            Root::Project(record) => {
                let project = self.schema.named("Project");
                self.check_fields(record, &project);
                self.report_faults();
                Vec::new()
            }
            Root::Tasks(record) => {
                let tasks = self.schema.named("Tasks");
                self.check_fields(record, &tasks);
                self.report_faults();
                Vec::new()
            }
        }
    }

    /// The type of a field of a project file, when something refers to it.
    pub(super) fn infer_field(&mut self) -> Vec<Member> {
        self.level = 1;
        self.muted += 1;
        self.local_scheme(LocalId(0));
        self.members(1)
    }

    /// The type of an expression in the unit, whatever is wrong with it.
    pub(super) fn infer_part(&mut self, id: ExprId) -> Scheme {
        self.level = 1;
        let ty = self.infer_quietly(id);
        let ty = self.known(&ty);
        self.export(&ty)
    }

    fn members(&mut self, count: u32) -> Vec<Member> {
        (0..count as usize)
            .map(|i| {
                let ty = match self.locals.get(i) {
                    Some(LocalTy::Done(_, ty)) => ty.clone(),
                    _ => Ty::any(),
                };
                self.export_member(&ty)
            })
            .collect()
    }

    fn export_member(&mut self, ty: &Ty) -> Member {
        let (scheme, places) = self.export_placed(ty);
        Member {
            scheme: Arc::new(scheme),
            places: places.into(),
        }
    }

    fn check_fields(&mut self, id: ExprId, wanted: &Ty) {
        if let (Expr::Record(record), Kind::Record(wanted)) = (self.expr(id), wanted.kind()) {
            // Only some of the fields are here.
            let mut wanted: RecordTy = (**wanted).clone();
            if let Root::Project(_) = self.body.root {
                let optional = wanted.fields.iter().cloned().map(|mut field| {
                    field.optional = true;
                    field
                });
                wanted.fields = optional.collect();
            }
            self.check_record(id, record, &wanted, true);
        }
    }

    fn module_type(&mut self, role: Role) -> Ty {
        let Some(root) = self.module.root else {
            return Ty::any();
        };
        match role {
            Role::Library | Role::Standard(_) => {
                self.level = 1;
                let ty = self.infer(root);
                self.level = 0;
                ty
            }
            Role::Project => {
                let project = self.schema.named("Project");
                self.check_project(root, &project);
                project
            }
        }
    }

    /// A project file may take parameters: what it gives is the project.
    fn check_project(&mut self, root: ExprId, project: &Ty) {
        match self.expr(root) {
            Expr::Lambda { param, body } => {
                let given = Ty::any();
                self.bind_expected(root, param, &given);
                self.check_project(*body, project);
            }
            Expr::Let { locals, body } => {
                self.define_all(locals);
                self.check_project(*body, project);
            }
            _ => self.check(root, project),
        }
    }

    /// The type of a name bound in another unit where it is used.
    pub(super) fn use_outer(&mut self, id: LocalId, outer: &Outer) -> Ty {
        let known = self.outside.definition(outer);
        let ty = self.import_placed(&known.scheme, &|at| known.place(at));
        if known.scheme.bounds.is_empty() {
            self.locals[id.index()] = LocalTy::Done(u32::MAX, ty.clone());
        }
        ty
    }

    /// The type of a name bound in another unit, before variables are chosen.
    pub(super) fn define_outer(&mut self, id: LocalId, outer: &Outer) -> Ty {
        let known = self.outside.definition(outer);
        // One copy for this unit, of which every use makes its own.
        self.level += 1;
        let ty = self.import_placed(&known.scheme, &|at| known.place(at));
        self.level -= 1;
        let level = self.level;
        self.locals[id.index()] = LocalTy::Done(level, ty.clone());
        self.instantiate(&ty, level)
    }

    /// The type of one field of a name bound in another unit, without looking at the others.
    pub(super) fn outer_field(&mut self, id: LocalId, name: crate::symbol::Symbol) -> Option<Ty> {
        let LocalTy::Unseen = self.locals[id.index()] else {
            return None;
        };
        let outer = self.body.outer(id)?;
        let scheme = self.outside.field(outer, name)?;
        Some(self.import_scheme(&scheme))
    }
}

/// What a definition gives to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its type.
    pub scheme: Arc<Scheme>,
    /// Where its variables got their bounds, in the numbering of its unit.
    pub places: Arc<[BoundPlaces]>,
}

/// What is known of a definition in another unit.
pub struct Known {
    /// Its type.
    pub scheme: Arc<Scheme>,
    /// Where its variables got their bounds, in the numbering of the unit that asks; empty unless
    /// that is to be explained.
    pub places: Arc<[BoundPlaces]>,
    /// What places there are moved by.
    pub shift: Option<Shift>,
}

/// Where the lower and the upper bounds of a variable come from.
pub type BoundPlaces = (Vec<Option<Place>>, Vec<Option<Place>>);

/// From the numbering of a unit to one in which it is a part.
#[derive(Clone, Copy, Debug)]
pub struct Shift {
    /// Expressions before it.
    pub exprs: u32,
    /// Types before it.
    pub types: u32,
    /// Binders before it.
    pub locals: u32,
}

impl Known {
    /// A type without places.
    pub fn new(scheme: Arc<Scheme>) -> Self {
        Known {
            scheme,
            places: Arc::from([]),
            shift: None,
        }
    }

    /// The place of a bound: of which variable, whether an upper one, and which.
    fn place(&self, (var, upper, i): (usize, bool, usize)) -> Option<Place> {
        let shift = self.shift?;
        let (lower_places, upper_places) = self.places.get(var)?;
        let places = if upper { upper_places } else { lower_places };
        Some(shift.place((*places.get(i)?)?))
    }
}

impl Shift {
    /// Moves a place.
    pub fn place(self, place: Place) -> Place {
        place.renumbered(
            |id| ExprId(id.0 + self.exprs),
            |id| TypeId(id.0 + self.types),
            |id| LocalId(id.0 + self.locals),
        )
    }
}
