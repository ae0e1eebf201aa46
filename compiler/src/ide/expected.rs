//! What type a place is to have, by what is around it. Works on files with holes, where checking
//! has nothing to say.

use super::above::{Above, parents};
use super::types::{follow, type_of_expr, type_of_local, written_type};
use crate::check::global;
use crate::db::{Db, Role, SourceFile, lowered};
use crate::hir::{BinaryOp, Expr, ExprId, Key, LocalId, Module, StrPart, UnaryOp};
use crate::symbol::Symbol;
use crate::types::readable::readable;
use crate::types::schema::schema;
use crate::types::{Kind, RecordTy, Rest, Scheme, Ty};
use std::sync::Arc;

/// How far up is looked.
const DEEPEST: u32 = 500;

/// What is expected of a record literal: a record type, and whether the literal must be complete.
#[derive(Clone)]
pub struct Wanted {
    /// Its fields.
    pub record: RecordTy,
    /// Nothing else adds fields.
    pub whole: bool,
}

/// The type that an expression is to have; nothing when anything will do.
pub fn expected(db: &dyn Db, file: SourceFile, id: ExprId) -> Option<Ty> {
    let finder = Finder {
        db,
        file,
        module: lowered(db, file),
    };
    finder.expected(id, DEEPEST).filter(|ty| !ty.is_any())
}

/// The record types that a record literal may be meant to have, the likeliest first.
pub fn expected_fields(db: &dyn Db, file: SourceFile, record: ExprId) -> Vec<Wanted> {
    let finder = Finder {
        db,
        file,
        module: lowered(db, file),
    };
    let Some(ty) = finder.expected(record, DEEPEST) else {
        return Vec::new();
    };
    let whole = !matches!(
        parents(db, file).above(record),
        Above::Expr(parent) if matches!(finder.module.exprs[parent.index()], Expr::Binary(BinaryOp::Update, ..))
    );
    let mut found = finder.records(&ty);
    if let Expr::Record(literal) = &finder.module.exprs[record.index()] {
        // Stable: of equals the first.
        found.sort_by_key(|candidate| std::cmp::Reverse(finder.score(literal, candidate)));
    }
    let found = found.into_iter();
    found.map(|record| Wanted { record, whole }).collect()
}

/// The type a field of a record literal is to have.
pub fn field_types(db: &dyn Db, file: SourceFile, record: ExprId, name: Symbol) -> Option<Ty> {
    let wanted = expected_fields(db, file, record);
    wanted.iter().find_map(|wanted| wanted.record.get(name))
}

/// A step into a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To a field of a record.
    Field(Symbol),
    /// To the elements of a list; of a function, of what it gives.
    Element,
}

/// The record types at the end of a way into a type, for texts of which little more is known.
pub fn records_at(db: &dyn Db, file: SourceFile, from: &Ty, way: &[Step]) -> Vec<RecordTy> {
    let finder = Finder {
        db,
        file,
        module: lowered(db, file),
    };
    let mut ty = from.clone();
    for step in way {
        let next = match step {
            Step::Field(name) => {
                let records = finder.records(&ty);
                let with = records.iter().find(|record| record.field(*name).is_some());
                let with = with.or(records.last());
                with.and_then(|record| record.get(*name))
            }
            Step::Element => finder.element(&finder.result(&ty)),
        };
        match next {
            Some(next) => ty = next,
            None => return Vec::new(),
        }
    }
    finder.records(&finder.result(&ty))
}

/// What the schema says about a field of a record type.
pub fn schema_doc(record: &RecordTy, field: Symbol) -> Option<&'static str> {
    schema().doc(record.name?, Some(field))
}

struct Finder<'a> {
    db: &'a dyn Db,
    file: SourceFile,
    module: Arc<Module>,
}

impl Finder<'_> {
    fn expected(&self, id: ExprId, depth: u32) -> Option<Ty> {
        if depth == 0 {
            return None;
        }
        let depth = depth - 1;
        let parents = parents(self.db, self.file);
        let parent = match parents.above(id) {
            Above::Nothing => {
                let project = self.file.role(self.db) == Role::Project;
                return (project && self.module.root == Some(id))
                    .then(|| schema().named("Project"));
            }
            Above::Local(local) => return self.of_binder(local),
            Above::Expr(parent) => parent,
        };
        match &self.module.exprs[parent.index()] {
            Expr::Record(record) => {
                let name = match record.fields.iter().find(|field| field.value == id) {
                    Some(field) => match field.annotation() {
                        Some(annotation) => {
                            return Some(written_type(self.db, self.file, annotation));
                        }
                        None => field.name,
                    },
                    // A name that is computed, or the value of one.
                    None if record.dynamic.iter().any(|(name, _)| *name == id) => {
                        return Some(Ty::string());
                    }
                    None => Symbol::new(""),
                };
                let wanted = self.expected(parent, depth)?;
                self.field(&wanted, record, name)
            }
            Expr::List(_) => {
                let wanted = self.expected(parent, depth)?;
                self.element(&wanted)
            }
            Expr::Lambda { .. } => {
                let wanted = self.at_body(parent, depth)?;
                let members = self.members(&wanted);
                let results = members.iter().filter_map(|member| match member.kind() {
                    Kind::Function(_, to) => Some(to.clone()),
                    _ => None,
                });
                joined(results.collect())
            }
            Expr::Let { .. } | Expr::WithScope { .. } => self.at_body(parent, depth),
            Expr::Assert { cond, .. } if *cond == id => Some(Ty::bool()),
            Expr::Assert { .. } => self.at_body(parent, depth),
            Expr::If { cond, .. } if *cond == id => Some(Ty::bool()),
            Expr::If { .. } => self.expected(parent, depth),
            Expr::Unary(UnaryOp::Not, _) => Some(Ty::bool()),
            Expr::Unary(..) | Expr::Has { .. } => None,
            Expr::Binary(op, left, right) => match op {
                BinaryOp::Concat | BinaryOp::Update => self.expected(parent, depth),
                BinaryOp::And | BinaryOp::Or => Some(Ty::bool()),
                BinaryOp::Equal | BinaryOp::NotEqual => {
                    let other = if *left == id { *right } else { *left };
                    self.found(other)
                }
                _ => None,
            },
            Expr::Select { default, .. } if *default == Some(id) => self.expected(parent, depth),
            Expr::Select { path, .. } => path.contains(&Key::Dynamic(id)).then(Ty::string),
            Expr::Conversion { .. } => None,
            Expr::Apply { default, .. } if *default == Some(id) => self.expected(parent, depth),
            Expr::Apply { func, args, .. } => {
                let index = args.iter().position(|arg| *arg == id)?;
                let mut ty = self.found(*func)?;
                for _ in 0..index {
                    ty = match self.function(&ty)?.kind() {
                        Kind::Function(_, to) => to.clone(),
                        _ => return None,
                    };
                }
                match self.function(&ty)?.kind() {
                    Kind::Function(from, _) => Some(from.clone()),
                    _ => None,
                }
            }
            Expr::String(parts) => {
                let inside = |part: &StrPart| matches!(part, StrPart::Expr(inner) if *inner == id);
                parts.iter().any(inside).then(|| {
                    Ty::union([
                        Ty::string(),
                        Ty::int(),
                        Ty::path(),
                        Ty::duration(),
                        Ty::size(),
                    ])
                })
            }
            _ => None,
        }
    }

    /// What is expected of an expression whose value is that of its body: a project file may take
    /// parameters.
    fn at_body(&self, id: ExprId, depth: u32) -> Option<Ty> {
        let wanted = self.expected(id, depth)?;
        if let Expr::Lambda { .. } = &self.module.exprs[id.index()]
            && self.module.root == Some(id)
        {
            return Some(Ty::function(Ty::any(), wanted));
        }
        Some(wanted)
    }

    fn of_binder(&self, local: LocalId) -> Option<Ty> {
        let annotation = self.module.locals[local.index()].annotation?;
        Some(written_type(self.db, self.file, annotation))
    }

    /// The type of an expression, as far as that is known without it being complete.
    fn found(&self, id: ExprId) -> Option<Ty> {
        let scheme: Arc<Scheme> = match &self.module.exprs[id.index()] {
            Expr::Global(name) => global(&[*name])?.0,
            Expr::Local(local) => type_of_local(self.db, self.file, *local)?,
            Expr::Select { base, path, .. }
                if matches!(self.module.exprs[base.index()], Expr::Global(_)) =>
            {
                let Expr::Global(first) = self.module.exprs[base.index()] else {
                    return None;
                };
                let names = path.iter().map_while(|key| match key {
                    Key::Name(name) => Some(*name),
                    Key::Dynamic(_) => None,
                });
                let names: Vec<Symbol> = std::iter::once(first).chain(names).collect();
                let (ty, used) = global(&names)?;
                match used == names.len() {
                    true => ty,
                    false => type_of_expr(self.db, self.file, id)?,
                }
            }
            _ => type_of_expr(self.db, self.file, id)?,
        };
        Some(readable(&scheme))
    }

    fn members(&self, ty: &Ty) -> Vec<Ty> {
        let ty = follow(self.db, self.file, ty);
        let members = ty.members().iter();
        members
            .flat_map(|member| follow(self.db, self.file, member).members().to_vec())
            .collect()
    }

    fn function(&self, ty: &Ty) -> Option<Ty> {
        let mut members = self.members(ty).into_iter();
        members.find(|member| matches!(member.kind(), Kind::Function(..)))
    }

    /// A type together with what its functions give.
    fn result(&self, ty: &Ty) -> Ty {
        let members = self.members(ty);
        let results = members.iter().filter_map(|member| match member.kind() {
            Kind::Function(_, to) => Some(to.clone()),
            _ => None,
        });
        let results: Vec<Ty> = results.collect();
        Ty::union(members.into_iter().chain(results))
    }

    fn element(&self, ty: &Ty) -> Option<Ty> {
        let members = self.members(ty);
        let elements = members.iter().filter_map(|member| match member.kind() {
            Kind::List(element) => Some(element.clone()),
            _ => None,
        });
        joined(elements.collect())
    }

    fn records(&self, ty: &Ty) -> Vec<RecordTy> {
        let members = self.members(ty).into_iter();
        members
            .filter_map(|member| match member.kind() {
                Kind::Record(record) => Some((**record).clone()),
                _ => None,
            })
            .collect()
    }

    fn field(&self, ty: &Ty, literal: &crate::hir::Record, name: Symbol) -> Option<Ty> {
        let candidates = self.records(ty);
        let best = candidates.iter().rev();
        let best = best.max_by_key(|candidate| self.score(literal, candidate))?;
        match best.get(name) {
            Some(ty) => Some(ty),
            None => candidates.iter().find_map(|candidate| candidate.get(name)),
        }
    }

    /// How well a literal fits a record type, as the checker has it.
    fn score(&self, literal: &crate::hir::Record, candidate: &RecordTy) -> u32 {
        let shared = literal.fields.iter();
        let shared = shared.filter(|field| candidate.field(field.name).is_some());
        match shared.count() as u32 {
            0 if matches!(candidate.rest, Rest::Dict(_)) && !literal.fields.is_empty() => 2,
            shared => 4 * shared,
        }
    }
}

fn joined(types: Vec<Ty>) -> Option<Ty> {
    (!types.is_empty()).then(|| Ty::union(types))
}
