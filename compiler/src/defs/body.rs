//! Makes units: parts of a file copied into a numbering of their own.

use super::extent::{Extent, Starts};
use super::origin::{Origin, Segment};
use super::{Body, Name, Outer, Root, Unit};
use crate::few::Few;
use crate::hir::{
    Expr, ExprId, Field, Local, LocalId, LocalKind, Module, Rare, Record, TypeExpr, TypeId,
};
use crate::renumber::{self, Numbers, copy};
use crate::symbol::Symbol;
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// A definition of a file in the numbering of the file.
pub(super) struct Member {
    pub(super) name: Name,
    /// Its binder, but for tasks, to which one refers by path.
    pub(super) local: Option<LocalId>,
    pub(super) value: ExprId,
    pub(super) annotation: Option<TypeId>,
    pub(super) extent: Extent,
    /// The record it is a field of, and which.
    pub(super) field: Option<(ExprId, u32)>,
}

/// What units of a file are made from.
pub(super) struct File<'a> {
    pub(super) module: &'a Module,
    pub(super) starts: Starts,
    pub(super) members: Vec<Member>,
    /// By binder: its member, if it is bound by head or body.
    pub(super) owners: Vec<u32>,
    /// By member: its unit, and its position there.
    pub(super) places: Vec<Option<(Name, u32)>>,
    /// The binder of the `tasks` of a project file.
    pub(super) tasks: Option<LocalId>,
    /// By member: whether it is a condition, or a function that gives one.
    pub(super) is_question: Vec<bool>,
    /// The `type`s of the file.
    pub(super) type_names: FxHashSet<Symbol>,
}

/// How many questions come with a unit.
const MOST_QUESTIONS: usize = 32;

/// No member.
pub(super) const NONE: u32 = u32::MAX;

/// What a unit's members are checked as.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Bindings,
    Project,
    Tasks,
}

impl File<'_> {
    /// A unit of some members.
    pub(super) fn unit(&self, members: &[u32], kind: Kind) -> Unit {
        let questions = self.questions(members);
        let members: Vec<&Member> = members.iter().map(|m| &self.members[*m as usize]).collect();
        let with_questions = members.iter().copied();
        let with_questions =
            with_questions.chain(questions.iter().map(|m| &self.members[*m as usize]));
        let extents = with_questions.map(|member| member.extent.clone()).collect();
        let binders = members.iter().filter_map(|member| member.local).collect();
        let mut builder = Builder::new(self, extents, binders);
        builder.copy();
        let mut fields = Vec::new();
        let mut indices = Vec::new();
        let mut within = None;
        let mut bound = 0;
        for (i, member) in members.iter().enumerate() {
            let segment = builder.segments[i].clone();
            let value = ExprId(segment.exprs + (member.value.0 - segment.from.exprs.start));
            let annotation = member
                .annotation
                .map(|id| TypeId(segment.types + (id.0 - segment.from.types.start)));
            let local = member.local.map(|from| {
                let local = LocalId(bound);
                bound += 1;
                builder.out.locals[local.index()] = Local {
                    name: self.module.locals[from.index()].name,
                    kind: self.module.locals[from.index()].kind,
                    value: Some(value),
                    annotation,
                };
                local
            });
            if let Some((record, index)) = member.field
                && let Expr::Record(from) = &self.module.exprs[record.index()]
            {
                within = Some(record);
                indices.push(index);
                let name = from.fields[index as usize].name;
                fields.push(Field::new(name, value, annotation, local));
            }
        }
        let record = within.map(|within| {
            let record = Record {
                recursive: kind != Kind::Tasks,
                sources: Rare::default(),
                fields: fields.into(),
                dynamic: Rare::default(),
            };
            (builder.push(record), within, indices)
        });
        let synthetic = record.as_ref().map(|(id, ..)| *id);
        let root = match (kind, synthetic) {
            (Kind::Project, Some(record)) => Root::Project(record),
            (Kind::Tasks, Some(record)) => Root::Tasks(record),
            (_, record) => Root::Bindings {
                count: bound,
                record,
            },
        };
        let names: Box<[Name]> = members.iter().map(|member| member.name.clone()).collect();
        for (i, question) in questions.iter().enumerate() {
            let segment = &builder.segments[members.len() + i];
            let member = &self.members[*question as usize];
            let value = ExprId(segment.exprs + (member.value.0 - segment.from.exprs.start));
            if let Some(local) = member.local {
                builder.questions.push((local, value));
            }
        }
        builder.finish(names, root, record)
    }

    /// The questions of other units that members mention, which come with them: what is known in
    /// a branch depends on what was asked.
    fn questions(&self, members: &[u32]) -> Vec<u32> {
        let mut found: Vec<u32> = Vec::new();
        let mut next = 0;
        let mut wanted = members.to_vec();
        while next < wanted.len() && found.len() < MOST_QUESTIONS {
            let extent = &self.members[wanted[next] as usize].extent.exprs;
            next += 1;
            for expr in &self.module.exprs[extent.start as usize..extent.end as usize] {
                let Expr::Local(local) = expr else { continue };
                let owner = self.owners[local.index()];
                if owner != NONE
                    && self.is_question[owner as usize]
                    && !members.contains(&owner)
                    && !found.contains(&owner)
                {
                    found.push(owner);
                    wanted.push(owner);
                }
            }
        }
        found
    }

    /// The unit of the fields of the body whose names are computed.
    pub(super) fn computed(&self, body: ExprId, record: &Record, kind: Kind) -> Unit {
        let exprs = record.dynamic.iter().flat_map(|(a, b)| [*a, *b]);
        let exprs: Vec<ExprId> = exprs.collect();
        let extents = exprs
            .iter()
            .map(|id| self.starts.extent(self.module, *id, None))
            .collect();
        let mut builder = Builder::new(self, extents, Vec::new());
        builder.copy();
        let copied = |i: usize| {
            let segment = &builder.segments[i];
            ExprId(segment.exprs + (exprs[i].0 - segment.from.exprs.start))
        };
        let dynamic = (0..record.dynamic.len())
            .map(|i| (copied(2 * i), copied(2 * i + 1)))
            .collect();
        let id = builder.push(Record {
            recursive: true,
            sources: Rare::default(),
            fields: Box::default(),
            dynamic,
        });
        let root = match kind {
            Kind::Project => Root::Project(id),
            _ => Root::Bindings {
                count: 0,
                record: Some(id),
            },
        };
        builder.finish(
            Box::new([Name::Computed]),
            root,
            Some((id, body, Vec::new())),
        )
    }
}

struct Builder<'a> {
    file: &'a File<'a>,
    out: Module,
    segments: Vec<Segment>,
    /// The binders of the members, which come first.
    binders: Vec<LocalId>,
    own_locals: u32,
    outers: Vec<(Outer, LocalId)>,
    /// Binders of other units, and what stands for them.
    stand_ins: Few<LocalId, LocalId>,
    /// Binders of other units whose values came along.
    questions: Vec<(LocalId, ExprId)>,
}

impl<'a> Builder<'a> {
    fn new(file: &'a File<'a>, extents: Vec<Extent>, binders: Vec<LocalId>) -> Self {
        let mut out = Module::default();
        let (mut exprs, mut types, mut locals) = (0, 0, binders.len() as u32);
        let mut segments = Vec::with_capacity(extents.len());
        for from in extents {
            let segment = Segment {
                exprs,
                types,
                locals,
                from,
            };
            exprs += segment.from.exprs.len() as u32;
            types += segment.from.types.len() as u32;
            locals += segment.from.locals.len() as u32;
            segments.push(segment);
        }
        out.exprs.reserve_exact(exprs as usize + 1);
        // A few binders of other units will follow.
        out.locals.reserve(locals as usize + 2);
        out.types.reserve_exact(types as usize);
        for _ in &binders {
            out.locals.push(Local {
                name: Symbol::new(""),
                kind: LocalKind::Let,
                value: None,
                annotation: None,
            });
        }
        Builder {
            file,
            out,
            segments,
            binders,
            own_locals: locals,
            outers: Vec::new(),
            stand_ins: Few::default(),
            questions: Vec::new(),
        }
    }

    /// Copies all segments.
    fn copy(&mut self) {
        let module = self.file.module;
        for at in 0..self.segments.len() {
            let from = self.segments[at].from.clone();
            for i in from.locals {
                let local = copy(
                    &module.locals[i as usize],
                    renumber::local,
                    &mut Copy(self, at),
                );
                self.out.locals.push(local);
            }
            for i in from.exprs {
                let expr = copy(
                    &module.exprs[i as usize],
                    renumber::expr,
                    &mut Copy(self, at),
                );
                self.out.exprs.push(expr);
            }
            for i in from.types {
                let ty = copy(&module.types[i as usize], renumber::ty, &mut Copy(self, at));
                self.out.types.push(ty);
            }
        }
    }

    fn push(&mut self, record: Record) -> ExprId {
        let id = ExprId(self.out.exprs.len() as u32);
        self.out.exprs.push(Expr::Record(Box::new(record)));
        id
    }

    fn finish(
        mut self,
        members: Box<[Name]>,
        root: Root,
        record: Option<(ExprId, ExprId, Vec<u32>)>,
    ) -> Unit {
        let mut outers = Vec::with_capacity(self.outers.len());
        for (outer, from) in self.outers {
            let local = &self.file.module.locals[from.index()];
            let question = self.questions.iter().find(|(of, _)| *of == from);
            self.out.locals.push(Local {
                name: local.name,
                kind: local.kind,
                value: question.map(|(_, value)| *value),
                annotation: None,
            });
            outers.push(outer);
        }
        let mut type_names = Vec::new();
        if !self.file.type_names.is_empty() {
            for ty in &self.out.types {
                if let TypeExpr::Name(name, _) = ty
                    && self.file.type_names.contains(name)
                {
                    type_names.push(*name);
                }
            }
            type_names.sort_unstable();
            type_names.dedup();
        }
        Unit {
            name: members[0].clone(),
            body: Arc::new(Body {
                own_exprs: self.out.exprs.len() as u32,
                module: Arc::new(self.out),
                root,
                members,
                outers: outers.into(),
                own_locals: self.own_locals,
                type_names: type_names.into(),
            }),
            origin: Origin::new(self.segments, self.binders, record),
        }
    }

    /// What stands for a binder of another unit.
    fn stand_in(&mut self, from: LocalId) -> LocalId {
        if let Some(known) = self.stand_ins.get(from) {
            return *known;
        }
        let outer = match self.file.owners.get(from.index()) {
            _ if self.file.tasks == Some(from) => Outer::Tasks,
            Some(&owner) if owner != NONE => match &self.file.places[owner as usize] {
                Some((unit, index)) => Outer::Member {
                    unit: unit.clone(),
                    index: *index,
                },
                None => Outer::Tasks,
            },
            _ => Outer::Tasks,
        };
        let id = LocalId(self.own_locals + self.outers.len() as u32);
        self.outers.push((outer, from));
        self.stand_ins.insert(from, id);
        id
    }
}

/// From the numbering of the file to that of the unit, inside one segment.
struct Copy<'b, 'a>(&'b mut Builder<'a>, usize);

impl Numbers for Copy<'_, '_> {
    fn expr(&mut self, id: ExprId) -> ExprId {
        let segment = &self.0.segments[self.1];
        ExprId(segment.exprs + id.0.saturating_sub(segment.from.exprs.start))
    }

    fn ty(&mut self, id: TypeId) -> TypeId {
        let segment = &self.0.segments[self.1];
        TypeId(segment.types + id.0.saturating_sub(segment.from.types.start))
    }

    fn local(&mut self, id: LocalId) -> LocalId {
        let segment = &self.0.segments[self.1];
        if segment.from.locals.contains(&id.0) {
            return LocalId(segment.locals + id.0 - segment.from.locals.start);
        }
        match self.0.binders.iter().position(|binder| *binder == id) {
            Some(position) => LocalId(position as u32),
            None => self.0.stand_in(id),
        }
    }
}
