//! From written types to types.

use super::schema::Schema;
use super::{FieldTy, Kind, RecordTy, Rest, Ty, VarId};
use crate::hir::{Module, TypeExpr, TypeId};
use crate::symbol::Symbol;
use rustc_hash::FxHashMap;

/// How many types one module may write, aliases counted each time they are used.
const BUDGET: u32 = 100_000;

/// What can be wrong with a written type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No such type.
    Unknown(Symbol),
    /// Wants `wanted` arguments, has `given`.
    Arguments {
        /// The type.
        name: Symbol,
        /// How many it takes.
        wanted: usize,
        /// How many there are.
        given: usize,
    },
    /// `type A = A;`
    Circular(Symbol),
}

/// What stands for a type of which nothing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Opaque {
    /// A text that no value is.
    Text,
    /// A record that no value is.
    Record,
}

/// Knows the types that a module mentions and does not define.
pub trait Elsewhere {
    /// The type of that name, given its arguments.
    fn named(&self, name: Symbol, args: &[Ty]) -> Option<Result<Ty, Fault>>;
}

/// Reads the written types of one module.
pub struct Written<'a> {
    module: &'a Module,
    schema: Option<&'a Schema>,
    defs: FxHashMap<Symbol, usize>,
    /// Types without parameters, once read.
    known: FxHashMap<Symbol, Ty>,
    /// Being read: a name met again refers to itself.
    open: Vec<Symbol>,
    /// Unknown names in lower case are variables: their numbers.
    variables: Option<FxHashMap<Symbol, VarId>>,
    /// Unknown names in lower case are types of which nothing is known.
    opaque: Option<Opaque>,
    /// What is wrong, and where.
    pub faults: Vec<(TypeId, Fault)>,
    budget: u32,
    /// Where types of these names are defined.
    elsewhere: Option<(&'a dyn Elsewhere, &'a [Symbol])>,
}

impl<'a> Written<'a> {
    /// For a module of a project.
    pub fn new(module: &'a Module, schema: Option<&'a Schema>) -> Self {
        let defs = module.type_defs.iter().enumerate();
        Written {
            module,
            schema,
            defs: defs.map(|(i, def)| (def.name, i)).collect(),
            known: FxHashMap::default(),
            open: Vec::new(),
            variables: None,
            opaque: None,
            faults: Vec::new(),
            budget: BUDGET + 4 * module.types.len() as u32,
            elsewhere: None,
        }
    }

    /// Types of some names are defined elsewhere.
    pub fn among(mut self, elsewhere: &'a dyn Elsewhere, names: &'a [Symbol]) -> Self {
        self.elsewhere = Some((elsewhere, names));
        self
    }

    /// A defined type given its arguments; what is wrong when these are too few or too many.
    pub fn applied(&mut self, name: Symbol, args: &[Ty]) -> Option<Result<Ty, Fault>> {
        let index = *self.defs.get(&name)?;
        let wanted = self.module.type_defs[index].params.len();
        Some(match wanted == args.len() {
            true => Ok(self.expand(index, None, args)),
            false => Err(Fault::Arguments {
                name,
                wanted,
                given: args.len(),
            }),
        })
    }

    /// Unknown names in lower case are variables.
    pub fn with_variables(mut self) -> Self {
        self.variables = Some(FxHashMap::default());
        self
    }

    /// Unknown names in lower case are types of which nothing is known. What is right for both
    /// kinds of [`Opaque`] does nothing with such a value but pass it on, so it is right for all.
    pub fn with_opaque(mut self, kind: Opaque) -> Self {
        self.opaque = Some(kind);
        self
    }

    /// The number of variables met.
    pub fn variable_count(&self) -> usize {
        self.variables.as_ref().map_or(0, |v| v.len())
    }

    /// A variable by name.
    pub fn variable(&self, name: Symbol) -> Option<VarId> {
        self.variables.as_ref()?.get(&name).copied()
    }

    /// A written type.
    pub fn ty(&mut self, id: TypeId) -> Ty {
        self.read(id, &[])
    }

    /// A defined type without parameters, by name.
    pub fn defined(&mut self, name: Symbol) -> Option<Ty> {
        let index = *self.defs.get(&name)?;
        Some(self.expand(index, None, &[]))
    }

    /// Reads every definition, so that what is wrong in unused ones is found.
    pub fn all(&mut self) {
        for index in 0..self.module.type_defs.len() {
            let def = &self.module.type_defs[index];
            let args: Vec<_> = def.params.iter().map(|_| Ty::any()).collect();
            self.expand(index, None, &args);
        }
    }

    fn read(&mut self, id: TypeId, params: &[(Symbol, Ty)]) -> Ty {
        if self.budget == 0 {
            super::too_much();
            return Ty::any();
        }
        self.budget -= 1;
        match &self.module.types[id.index()] {
            TypeExpr::Missing => Ty::any(),
            TypeExpr::Name(name, args) => self.named(id, *name, args, params),
            TypeExpr::String(text) => Ty::text(text),
            TypeExpr::Int(number) => Ty::new(Kind::Number(*number)),
            TypeExpr::List(element) => Ty::list(self.read(*element, params)),
            TypeExpr::Dictionary(value) => {
                let value = self.read(*value, params);
                Ty::record(RecordTy::dict(value))
            }
            TypeExpr::Function(from, to) => {
                let from = self.read(*from, params);
                Ty::function(from, self.read(*to, params))
            }
            TypeExpr::Union(members) => {
                let members: Vec<_> = members.iter().map(|m| self.read(*m, params)).collect();
                Ty::written_union(members)
            }
            TypeExpr::Record { fields, open } => {
                let fields = fields.iter().map(|(name, optional, ty)| FieldTy {
                    name: *name,
                    optional: *optional,
                    ty: self.read(*ty, params),
                });
                let fields = fields.collect();
                let rest = if *open { Rest::Open } else { Rest::Exact };
                Ty::record(RecordTy::new(fields, rest))
            }
        }
    }

    fn named(&mut self, id: TypeId, name: Symbol, args: &[TypeId], params: &[(Symbol, Ty)]) -> Ty {
        if let Some((_, ty)) = params.iter().find(|param| param.0 == name) {
            return ty.clone();
        }
        if let Some(index) = self.defs.get(&name).copied() {
            let args: Vec<_> = args.iter().map(|arg| self.read(*arg, params)).collect();
            return self.expand(index, Some(id), &args);
        }
        if let Some((elsewhere, names)) = self.elsewhere
            && names.contains(&name)
        {
            let args: Vec<_> = args.iter().map(|arg| self.read(*arg, params)).collect();
            return match elsewhere.named(name, &args) {
                Some(Ok(ty)) => ty,
                Some(Err(fault)) => {
                    self.faults.push((id, fault));
                    Ty::any()
                }
                None => Ty::any(),
            };
        }
        let ty = builtin(name).or_else(|| self.schema.and_then(|schema| schema.get(name)));
        if let Some(ty) = ty {
            if !args.is_empty() {
                let fault = Fault::Arguments {
                    name,
                    wanted: 0,
                    given: args.len(),
                };
                self.faults.push((id, fault));
            }
            return ty;
        }
        if let Some(variables) = &mut self.variables
            && name.as_str().starts_with(|c: char| c.is_lowercase())
        {
            let next = VarId(variables.len() as u32);
            return Ty::var(*variables.entry(name).or_insert(next));
        }
        if let Some(kind) = self.opaque
            && name.as_str().starts_with(|c: char| c.is_lowercase())
        {
            match (name.as_str(), kind) {
                ("ordered", Opaque::Text) => return Ty::string(),
                ("ordered" | "quantity" | "number", _) => return Ty::int(),
                _ => {}
            }
            let mark = format!("the unknown type {name}");
            if kind == Opaque::Text {
                return Ty::text(&mark);
            }
            let field = FieldTy {
                name: Symbol::new(&mark),
                optional: false,
                ty: Ty::null(),
            };
            return Ty::record(RecordTy::new(vec![field], Rest::Exact));
        }
        self.faults.push((id, Fault::Unknown(name)));
        Ty::any()
    }

    fn expand(&mut self, index: usize, at: Option<TypeId>, args: &[Ty]) -> Ty {
        let def = &self.module.type_defs[index];
        if args.len() != def.params.len() {
            if let Some(at) = at {
                let fault = Fault::Arguments {
                    name: def.name,
                    wanted: def.params.len(),
                    given: args.len(),
                };
                self.faults.push((at, fault));
            }
            return Ty::any();
        }
        if self.open.contains(&def.name) {
            return Ty::new(Kind::Alias(def.name, args.into()));
        }
        if args.is_empty()
            && let Some(ty) = self.known.get(&def.name)
        {
            return ty.clone();
        }
        let params: Vec<_> = def
            .params
            .iter()
            .copied()
            .zip(args.iter().cloned())
            .collect();
        self.open.push(def.name);
        let mut ty = self.read(def.body, &params);
        self.open.pop();
        let itself = |ty: &Ty| matches!(ty.kind(), Kind::Alias(name, _) if *name == def.name);
        if ty.members().iter().any(itself) {
            self.faults.push((def.body, Fault::Circular(def.name)));
            ty = Ty::any();
        }
        if let (Kind::Record(record), true) = (ty.kind(), args.is_empty())
            && record.name.is_none()
            && !record.fields.is_empty()
        {
            let mut record = (**record).clone();
            record.name = Some(def.name);
            ty = Ty::record(record);
        }
        // Inside another definition that is being read the type may be unfinished: it refers to
        // that one by name, which is as good.
        if args.is_empty() {
            self.known.insert(def.name, ty.clone());
        }
        ty
    }
}

/// The names of the types of the language.
pub const BUILTIN: &[&str] = &[
    "Any", "Bool", "Duration", "Float", "Int", "Null", "Path", "Size", "String", "TaskRef",
];

fn builtin(name: Symbol) -> Option<Ty> {
    Some(match name.as_str() {
        "Any" => Ty::any(),
        "Bool" => Ty::bool(),
        "Duration" => Ty::duration(),
        "Float" => Ty::float(),
        "Int" => Ty::int(),
        "Null" => Ty::null(),
        "Path" => Ty::path(),
        "Size" => Ty::size(),
        "String" => Ty::string(),
        "TaskRef" => Ty::task_ref(),
        _ => return None,
    })
}
