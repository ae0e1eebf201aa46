//! What a name stands for, wherever that is defined.

use super::occurrence::Mention;
use super::types::{follow, type_of_expr, type_of_key};
use crate::db::{Db, FileState, SourceFile, lowered, resolve, source_map};
use crate::hir::{Expr, ExprId, Key, LocalId, LocalKind, Module, Span, TypeExpr};
use crate::library;
use crate::symbol::Symbol;
use crate::types::readable::readable;
use crate::types::schema::schema;
use crate::types::{Kind, Ty};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Something that has a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Def {
    /// Bound by a `let`, a parameter or a pattern.
    Local(SourceFile, LocalId),
    /// A field of a record that is written out: its position among the fields.
    Field(SourceFile, ExprId, u32),
    /// A `type` of a file: its position in `Module::type_defs`.
    Type(SourceFile, u32),
    /// A type of the project file's schema.
    SchemaType(Symbol),
    /// A field of such a type.
    SchemaField(Symbol, Symbol),
    /// Something of the language, by its path: `map`, `std.list.map`, `std.list`.
    Standard(String),
    /// A file.
    File(Arc<Path>),
}

/// Expressions that are looked at for one question.
const MOST_STEPS: u32 = 20_000;

/// How deep values are followed.
const DEEPEST: u32 = 200;

/// Finds what names stand for. What a function is given is not followed: its type says what there
/// is to say.
pub struct Resolver<'a> {
    db: &'a dyn Db,
    left: u32,
}

impl<'a> Resolver<'a> {
    /// For one question.
    pub fn new(db: &'a dyn Db) -> Self {
        Resolver {
            db,
            left: MOST_STEPS,
        }
    }

    /// What a name in a file stands for: several things when it depends on a condition, nothing
    /// when nobody knows.
    pub fn mention(&mut self, file: SourceFile, mention: Mention) -> Vec<Def> {
        let module = lowered(self.db, file);
        match mention {
            Mention::Local(local) => vec![self.local(file, &module, local)],
            Mention::Field(record, position) => vec![Def::Field(file, record, position)],
            Mention::Key(expr, index) => self.key(file, &module, expr, index),
            Mention::Global(expr) => match &module.exprs[expr.index()] {
                Expr::Global(name) => vec![Def::Standard(name.as_str().to_owned())],
                _ => Vec::new(),
            },
            Mention::Free(expr) => match &module.exprs[expr.index()] {
                Expr::With {
                    name,
                    scopes,
                    global,
                } => {
                    for scope in scopes {
                        if let Some(value) = module.locals[scope.index()].value {
                            let found = self.fields(file, value, *name);
                            if !found.is_empty() {
                                return found;
                            }
                        }
                    }
                    match global {
                        true => vec![Def::Standard(name.as_str().to_owned())],
                        false => Vec::new(),
                    }
                }
                _ => Vec::new(),
            },
            Mention::Type(id) => match &module.types[id.index()] {
                TypeExpr::Name(name, _) => {
                    match module.type_defs.iter().position(|def| def.name == *name) {
                        Some(position) => vec![Def::Type(file, position as u32)],
                        None if schema().get(*name).is_some() => vec![Def::SchemaType(*name)],
                        None => Vec::new(),
                    }
                }
                _ => Vec::new(),
            },
            Mention::TypeDef(position) => vec![Def::Type(file, position)],
            Mention::Import(expr) | Mention::Path(expr) => {
                let target = import_target(self.db, file, &module, expr);
                target.map(Def::File).into_iter().collect()
            }
        }
    }

    /// The fields of a name that an expression may have.
    pub fn fields(&mut self, file: SourceFile, expr: ExprId, name: Symbol) -> Vec<Def> {
        let mut found = Vec::new();
        self.fields_into(file, expr, name, DEEPEST, &mut found);
        found
    }

    /// Where the values of an expression are written: records, functions, literals; not names,
    /// selections and calls that lead to them.
    pub fn values(&mut self, file: SourceFile, expr: ExprId) -> Vec<(SourceFile, ExprId)> {
        let mut found = Vec::new();
        self.values_into(file, expr, DEEPEST, &mut found);
        found
    }

    fn local(&self, file: SourceFile, module: &Module, local: LocalId) -> Def {
        match field_of_local(module, local) {
            Some((record, position)) => Def::Field(file, record, position),
            None => Def::Local(file, local),
        }
    }

    fn key(&mut self, file: SourceFile, module: &Module, expr: ExprId, index: u32) -> Vec<Def> {
        let (base, path) = match &module.exprs[expr.index()] {
            Expr::Select { base, path, .. } => (*base, &path[..]),
            Expr::Has { base, path } => (*base, &path[..]),
            _ => return Vec::new(),
        };
        let names: Vec<Symbol> = path
            .iter()
            .take(index as usize + 1)
            .map_while(|key| match key {
                Key::Name(name) => Some(*name),
                Key::Dynamic(_) => None,
            })
            .collect();
        let Some((last, way)) = names.split_last() else {
            return Vec::new();
        };
        if names.len() as u32 != index + 1 {
            return Vec::new();
        }
        if let Expr::Global(global) = &module.exprs[base.index()] {
            let all = std::iter::once(global).chain(&names);
            let all: Vec<&str> = all.map(|name| name.as_str()).collect();
            return vec![Def::Standard(all.join("."))];
        }
        let mut values = vec![(file, base)];
        for name in way {
            let defs: Vec<Def> = values
                .iter()
                .flat_map(|(file, expr)| self.fields(*file, *expr, *name))
                .collect();
            values = defs.iter().filter_map(|def| self.value_of(def)).collect();
        }
        let mut found: Vec<Def> = values
            .iter()
            .flat_map(|(file, expr)| self.fields(*file, *expr, *last))
            .collect();
        if found.is_empty() {
            let ty = match index.checked_sub(1) {
                Some(before) => type_of_key(self.db, file, expr, before),
                None => type_of_expr(self.db, file, base),
            };
            if let Some(ty) = ty {
                self.declared(file, &readable(&ty), *last, &mut found);
            }
        }
        found
    }

    /// Fields of named types.
    fn declared(&self, file: SourceFile, ty: &Ty, name: Symbol, out: &mut Vec<Def>) {
        for member in ty.members() {
            let member = follow(self.db, file, member);
            let Kind::Record(record) = member.kind() else {
                continue;
            };
            let Some(owner) = record.name.filter(|_| record.field(name).is_some()) else {
                continue;
            };
            let module = lowered(self.db, file);
            let own = module.type_defs.iter().position(|def| def.name == owner);
            let def = match own {
                Some(position) => Def::Type(file, position as u32),
                None => Def::SchemaField(owner, name),
            };
            if !out.contains(&def) {
                out.push(def);
            }
        }
    }

    /// The expression a name is bound to.
    fn value_of(&self, def: &Def) -> Option<(SourceFile, ExprId)> {
        match def {
            Def::Local(file, local) => {
                let module = lowered(self.db, *file);
                let local = &module.locals[local.index()];
                match local.kind {
                    LocalKind::Let | LocalKind::With | LocalKind::InheritFrom => {
                        Some((*file, local.value?))
                    }
                    _ => None,
                }
            }
            Def::Field(file, record, position) => {
                let module = lowered(self.db, *file);
                match &module.exprs[record.index()] {
                    Expr::Record(record) => {
                        Some((*file, record.fields.get(*position as usize)?.value))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn step(&mut self, depth: u32) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left > 0 && depth > 0
    }

    fn fields_into(
        &mut self,
        file: SourceFile,
        expr: ExprId,
        name: Symbol,
        depth: u32,
        out: &mut Vec<Def>,
    ) {
        let mut values = Vec::new();
        self.values_into(file, expr, depth, &mut values);
        for (file, value) in values {
            if !self.step(depth) {
                return;
            }
            let module = lowered(self.db, file);
            match &module.exprs[value.index()] {
                Expr::Record(record) => {
                    let position = record.fields.iter().position(|field| field.name == name);
                    if let Some(position) = position {
                        let def = Def::Field(file, value, position as u32);
                        if !out.contains(&def) {
                            out.push(def);
                        }
                    }
                }
                Expr::Binary(_, left, right) => {
                    // The right side wins where it has the field.
                    let before = out.len();
                    self.fields_into(file, *right, name, depth - 1, out);
                    if out.len() == before {
                        self.fields_into(file, *left, name, depth - 1, out);
                    }
                }
                _ => {}
            }
        }
    }

    fn values_into(
        &mut self,
        file: SourceFile,
        expr: ExprId,
        depth: u32,
        out: &mut Vec<(SourceFile, ExprId)>,
    ) {
        if !self.step(depth) {
            return;
        }
        let module = lowered(self.db, file);
        let mut into = |this: &mut Self, file, expr| this.values_into(file, expr, depth - 1, out);
        match &module.exprs[expr.index()] {
            Expr::Local(local) => {
                let def = self.local(file, &module, *local);
                if let Some((file, value)) = self.value_of(&def) {
                    into(self, file, value);
                }
            }
            Expr::With { .. } => {
                for def in self.mention(file, Mention::Free(expr)) {
                    if let Some((file, value)) = self.value_of(&def) {
                        into(self, file, value);
                    }
                }
            }
            Expr::Select {
                base,
                path,
                default,
            } => {
                let mut values = vec![(file, *base)];
                for key in path.iter() {
                    let Key::Name(name) = key else {
                        values.clear();
                        break;
                    };
                    let mut defs = Vec::new();
                    for (file, value) in values {
                        self.fields_into(file, value, *name, depth - 1, &mut defs);
                    }
                    values = defs.iter().filter_map(|def| self.value_of(def)).collect();
                }
                for (file, value) in values {
                    into(self, file, value);
                }
                if let Some(default) = default {
                    into(self, file, *default);
                }
            }
            Expr::Let { body, .. } | Expr::WithScope { body, .. } | Expr::Assert { body, .. } => {
                into(self, file, *body);
            }
            Expr::If {
                then, otherwise, ..
            } => {
                into(self, file, *then);
                into(self, file, *otherwise);
            }
            Expr::Conversion { value, .. } => into(self, file, *value),
            Expr::Import(_) => {
                let target = import_target(self.db, file, &module, expr);
                if let Some(path) = target {
                    let target = self.db.file(&path);
                    if let Some(root) = lowered(self.db, target).root {
                        into(self, target, root);
                    }
                }
            }
            Expr::Apply { func, args, .. } => {
                let mut functions = vec![(file, *func)];
                for _ in args.iter() {
                    let mut results = Vec::new();
                    for (file, function) in functions {
                        let mut values = Vec::new();
                        self.values_into(file, function, depth - 1, &mut values);
                        for (file, value) in values {
                            let module = lowered(self.db, file);
                            if let Expr::Lambda { body, .. } = &module.exprs[value.index()] {
                                results.push((file, *body));
                            }
                        }
                    }
                    functions = results;
                }
                for (file, value) in functions {
                    into(self, file, value);
                }
            }
            Expr::Binary(op, ..) if *op != crate::hir::BinaryOp::Update => {}
            _ => out.push((file, expr)),
        }
    }
}

/// The field that a binder is, if it is one.
pub fn field_of_local(module: &Module, local: LocalId) -> Option<(ExprId, u32)> {
    if module.locals[local.index()].kind != LocalKind::Field {
        return None;
    }
    module.exprs.iter().enumerate().find_map(|(i, expr)| {
        let Expr::Record(record) = expr else {
            return None;
        };
        let mut fields = record.fields.iter();
        let position = fields.position(|field| field.local() == Some(local))?;
        Some((ExprId(i as u32), position as u32))
    })
}

/// The file that an import or a path literal means.
pub fn import_target(
    db: &dyn Db,
    file: SourceFile,
    module: &Module,
    expr: ExprId,
) -> Option<Arc<Path>> {
    match &module.exprs[expr.index()] {
        Expr::Import(literal) | Expr::Path(literal) => {
            Some(Arc::from(resolve(&file.path(db), literal)))
        }
        _ => None,
    }
}

/// What an expression gives, behind parameters and `let … in`.
pub fn innermost(module: &Module, id: ExprId) -> ExprId {
    let mut at = id;
    loop {
        match &module.exprs[at.index()] {
            Expr::Lambda { body, .. }
            | Expr::Let { body, .. }
            | Expr::WithScope { body, .. }
            | Expr::Assert { body, .. } => at = *body,
            _ => return at,
        }
    }
}

/// Where something is defined: a file, one of the libraries included, and the name there. A file
/// itself is its beginning.
pub fn place_of(db: &dyn Db, def: &Def) -> Option<(PathBuf, Span)> {
    match def {
        Def::Local(file, local) => {
            let map = source_map(db, *file);
            let span = map.locals.get(local.index()).copied()?;
            Some((file.path(db).to_path_buf(), span))
        }
        Def::Field(file, record, position) => {
            let span = source_map(db, *file).field(*record, *position)?;
            Some((file.path(db).to_path_buf(), span))
        }
        Def::Type(file, position) => {
            let map = source_map(db, *file);
            let span = map.type_defs.get(*position as usize).copied()?;
            Some((file.path(db).to_path_buf(), span))
        }
        Def::SchemaType(name) => library::schema_place(*name, None),
        Def::SchemaField(ty, field) => library::schema_place(*ty, Some(*field)),
        Def::Standard(name) => library::place(name),
        Def::File(path) => {
            let file = db.file(path);
            let there = file.state(db) != FileState::Missing;
            there.then(|| (path.to_path_buf(), Span::default()))
        }
    }
}
