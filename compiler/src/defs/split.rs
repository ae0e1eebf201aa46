//! Cuts a file into units.

use super::body::{File, Kind, Member, NONE};
use super::components::components;
use super::extent::Starts;
use super::tree::{fields, has_task_field};
use super::walk::{Part, parts};
use super::{Binder, Body, Definitions, Groups, Name, Namespaces, Origin, Unit};
use crate::check::near_task_field;
use crate::db::Role;
use crate::hir::{
    BinaryOp, Expr, ExprId, Field, Key, LocalId, LocalKind, Module, Param, Record, UnaryOp,
};
use crate::symbol::Symbol;
use crate::types::schema::schema;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Longer conditions, in expressions, are only known by their types.
pub(super) const LONGEST_QUESTION: usize = 24;

/// Cuts a file into units. `is_file`: it was read as the body of a file, not as an expression.
pub fn split(module: &Arc<Module>, role: Role, is_file: bool) -> Definitions {
    match parts_of(module) {
        Some((head, body, record)) if is_file => Split::new(module, role).run(head, body, record),
        _ => whole(module),
    }
}

/// The binders of the head, and the body. Nothing for a file with parameters: these are shared by
/// all its definitions.
fn parts_of(module: &Module) -> Option<(&[LocalId], ExprId, &Record)> {
    let root = module.root?;
    let (head, body) = match &module.exprs[root.index()] {
        Expr::Let { locals, body } => (&locals[..], *body),
        _ => (&[][..], root),
    };
    match &module.exprs[body.index()] {
        Expr::Record(record) if record.recursive => Some((head, body, record)),
        _ => None,
    }
}

fn whole(module: &Arc<Module>) -> Definitions {
    let unit = Arc::new(Unit {
        name: Name::Whole,
        body: Arc::new(Body::whole(module)),
        origin: Origin::default(),
    });
    Definitions {
        groups: Groups::of(std::slice::from_ref(&unit)),
        units: vec![unit],
        index: Arc::new(FxHashMap::from_iter([(Name::Whole, 0)])),
        fields: Arc::default(),
        open: false,
        names: Arc::default(),
        binders: Arc::default(),
        tasks: None,
        namespaces: Arc::default(),
    }
}

struct Split<'a> {
    role: Role,
    file: File<'a>,
    /// The members that are tasks.
    tasks: Vec<u32>,
    namespaces: Namespaces,
    names: Vec<Symbol>,
}

impl<'a> Split<'a> {
    fn new(module: &'a Module, role: Role) -> Self {
        Split {
            role,
            file: File {
                module,
                starts: Starts::of(module),
                members: Vec::new(),
                owners: vec![NONE; module.locals.len()],
                places: Vec::new(),
                tasks: None,
                is_question: Vec::new(),
                type_names: module.type_defs.iter().map(|def| def.name).collect(),
            },
            tasks: Vec::new(),
            namespaces: FxHashMap::default(),
            names: Vec::new(),
        }
    }

    fn run(mut self, head: &[LocalId], body: ExprId, record: &'a Record) -> Definitions {
        let mut sources = 0;
        for local in head {
            let binder = &self.file.module.locals[local.index()];
            let name = match binder.kind {
                LocalKind::InheritFrom => {
                    sources += 1;
                    Name::LetSource(sources - 1)
                }
                _ => Name::Let(binder.name),
            };
            self.binding(name, *local);
        }
        for (i, source) in record.sources.iter().enumerate() {
            self.binding(Name::FieldSource(i as u32), *source);
        }
        let bindings = self.file.members.len();
        for (i, field) in record.fields.iter().enumerate() {
            self.names.push(field.name);
            let is_tasks = self.role == Role::Project && field.name.as_str() == "tasks";
            if is_tasks {
                self.file.tasks = field.local();
            }
            match self.plain(field) {
                Some(tasks) if is_tasks => self.namespace(&mut Vec::new(), field.value, tasks),
                _ => self.field(Name::Field(field.name), (body, i as u32), field),
            }
        }
        self.assemble(body, record, bindings)
    }

    fn assemble(mut self, body: ExprId, record: &Record, bindings: usize) -> Definitions {
        // In a project file every field is checked against its schema, by itself.
        let (inferred, checked) = match self.role {
            Role::Project => (bindings, self.file.members.len()),
            Role::Library | Role::Standard(_) => (self.file.members.len(), self.file.members.len()),
        };
        let edges = self.edges(inferred);
        let groups = components(&edges);
        self.file.places = vec![None; checked];
        self.file.is_question = vec![false; checked];
        for member in 0..checked {
            self.file.is_question[member] = self.is_question(member);
        }
        let alone = (inferred..checked).map(|member| vec![member as u32]);
        let groups: Vec<Vec<u32>> = groups.into_iter().chain(alone).collect();
        for group in &groups {
            let leader = &self.file.members[group[0] as usize].name;
            for (i, member) in group.iter().enumerate() {
                self.file.places[*member as usize] = Some((leader.clone(), i as u32));
            }
        }
        let mut units = Vec::with_capacity(groups.len() + 1);
        for group in &groups {
            let kind = match group[0] as usize {
                member if member < inferred => Kind::Bindings,
                member if self.tasks.binary_search(&(member as u32)).is_ok() => Kind::Tasks,
                _ => Kind::Project,
            };
            units.push(Arc::new(self.file.unit(group, kind)));
        }
        if !record.dynamic.is_empty() {
            let kind = match self.role {
                Role::Project => Kind::Project,
                Role::Library | Role::Standard(_) => Kind::Bindings,
            };
            units.push(Arc::new(self.file.computed(body, record, kind)));
        }
        let index = units.iter().enumerate();
        let index = index.map(|(i, unit)| (unit.name.clone(), i as u32));
        let exported = record.fields.iter().filter_map(|field| {
            let owner = self.file.owners[field.local()?.index()];
            let (unit, at) = self.file.places.get(owner as usize)?.clone()?;
            Some((field.name, unit, at))
        });
        let mut binders = Vec::new();
        for (unit, group) in groups.iter().enumerate() {
            for (position, member) in group.iter().enumerate() {
                let is_question = self.file.is_question[*member as usize];
                binders.extend(
                    self.file.members[*member as usize]
                        .local
                        .map(|local| Binder {
                            local,
                            place: (unit as u32, position as u32),
                            is_question,
                        }),
                );
            }
        }
        binders.sort_unstable_by_key(|binder| binder.local);
        Definitions {
            index: Arc::new(index.collect()),
            fields: exported.collect(),
            groups: Groups::of(&units),
            units,
            open: !record.dynamic.is_empty(),
            names: self.names.into(),
            binders: binders.into(),
            tasks: self.file.tasks,
            namespaces: Arc::new(self.namespaces),
        }
    }

    fn binding(&mut self, name: Name, local: LocalId) {
        let binder = &self.file.module.locals[local.index()];
        let Some(value) = binder.value else { return };
        if let Name::Let(name) = name {
            self.names.push(name);
        }
        self.member(Member {
            name,
            local: Some(local),
            value,
            annotation: binder.annotation,
            extent: self
                .file
                .starts
                .extent(self.file.module, value, binder.annotation),
            field: None,
        });
    }

    fn field(&mut self, name: Name, at: (ExprId, u32), field: &Field) {
        self.member(Member {
            name,
            local: field.local(),
            value: field.value,
            annotation: field.annotation(),
            extent: self
                .file
                .starts
                .extent(self.file.module, field.value, field.annotation()),
            field: Some(at),
        });
    }

    fn member(&mut self, member: Member) {
        if let Some(local) = member.local {
            self.file.owners[local.index()] = self.file.members.len() as u32;
        }
        self.file.members.push(member);
    }

    fn plain(&self, field: &Field) -> Option<&'a Record> {
        plain(self.file.module, field)
    }

    /// The tasks of a namespace, and those further in.
    fn namespace(&mut self, path: &mut Vec<Symbol>, id: ExprId, record: &'a Record) {
        let known = Arc::new(fields(self.file.module, record));
        self.namespaces.insert(path[..].into(), known);
        for (i, field) in record.fields.iter().enumerate() {
            path.push(field.name);
            match self.plain(field) {
                Some(inner) if is_namespace(self.file.module, inner) => {
                    self.namespace(path, field.value, inner);
                }
                _ => {
                    self.tasks.push(self.file.members.len() as u32);
                    self.field(Name::Task(path[..].into()), (id, i as u32), field);
                }
            }
            path.pop();
        }
    }

    /// Which of the first members each of them needs.
    fn edges(&self, count: usize) -> Vec<Vec<u32>> {
        let mut edges = Vec::with_capacity(count);
        for member in &self.file.members[..count] {
            let mut needs = Vec::new();
            let exprs = member.extent.exprs.start as usize..member.extent.exprs.end as usize;
            for expr in &self.file.module.exprs[exprs] {
                parts(expr, &mut |part| {
                    if let Part::Mentions(local) = part {
                        let owner = self.file.owners[local.index()];
                        if owner != NONE && (owner as usize) < count {
                            needs.push(owner);
                        }
                    }
                });
            }
            needs.sort_unstable();
            needs.dedup();
            edges.push(needs);
        }
        edges
    }

    /// Whether a definition is a condition, or a function that gives one, short enough to come
    /// along to where it is used.
    fn is_question(&self, member: usize) -> bool {
        let member = &self.file.members[member];
        if member.extent.exprs.len() > LONGEST_QUESTION || member.local.is_none() {
            return false;
        }
        let exprs = &self.file.module.exprs;
        let mut at = member.value;
        while let Expr::Lambda { param, body } = &exprs[at.index()]
            && let Param::Name(_) = **param
        {
            at = *body;
        }
        use BinaryOp::{And, Equal, NotEqual, Or};
        match &exprs[at.index()] {
            Expr::Has { .. }
            | Expr::Unary(UnaryOp::Not, _)
            | Expr::Binary(And | Equal | NotEqual | Or, ..) => true,
            Expr::Apply { func, args, .. } if args.len() == 1 => match &exprs[func.index()] {
                // `std.type.is_int x`
                Expr::Select { path, .. } => {
                    matches!(path.first(), Some(Key::Name(name)) if name.as_str() == "type")
                }
                // One that is defined before.
                Expr::Local(local) => {
                    let owner = self.file.owners[local.index()];
                    owner != NONE && self.file.is_question[owner as usize]
                }
                _ => false,
            },
            _ => false,
        }
    }
}

/// A record that only stands for a path: its fields are units of their own.
pub(super) fn plain<'a>(module: &'a Module, field: &Field) -> Option<&'a Record> {
    match &module.exprs[field.value.index()] {
        Expr::Record(record)
            if field.annotation().is_none()
                && !record.recursive
                && record.sources.is_empty()
                && record.dynamic.is_empty() =>
        {
            Some(record)
        }
        _ => None,
    }
}

/// Whether the checker, too, would take a record for a namespace: it has fields, none of which
/// belongs to a task or nearly does.
pub(super) fn is_namespace(module: &Module, record: &Record) -> bool {
    let is_record = |field: &Field| matches!(module.exprs[field.value.index()], Expr::Record(_));
    let slips =
        |field: &Field| !is_record(field) && near_task_field(field.name, schema()).is_some();
    !record.fields.is_empty() && !has_task_field(record) && !record.fields.iter().any(slips)
}
