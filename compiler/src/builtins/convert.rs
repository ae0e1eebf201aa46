//! `e as T`: a value whose type is not known becomes one of a type, or evaluation stops and says
//! which part of it does not fit.

use super::declare::builtins;
use crate::code::Conversion;
use crate::diagnostic::registry::evaluation as codes;
use crate::diagnostic::suggest::{enumerate, nearest};
use crate::symbol::Symbol;
use crate::types::show::{self, show};
use crate::types::{FieldTy, Kind, RecordTy, Rest, Ty};
use crate::value::{RecordView, Value};
use crate::vm::{DeepForce, Fault, Native, Raise, Step, Vm};

/// Values nested deeper than this fit no type.
const DEEPEST: usize = 5_000;

builtins! {
    /// Compares a value with a type, given by its number.
    Function "Int -> a -> a" = convert(Value, Lazy);
}

/// Computes the value, then compares it.
struct Convert {
    number: usize,
    value: Option<Value>,
}

impl Native for Convert {
    fn step(&mut self, vm: &mut Vm<'_>, computed: Value) -> Result<Step, Raise> {
        if let Some(value) = self.value.take() {
            return Ok(Step::Sub(Box::new(DeepForce::new(value))));
        }
        let conversion = &vm.program.conversions[self.number];
        let mut walk = Walk {
            vm,
            conversion,
            path: Vec::new(),
        };
        match walk.fits(computed, &conversion.ty) {
            Ok(()) => Ok(Step::Done(computed)),
            Err(fault) => Err((*fault).into()),
        }
    }
}

pub(super) fn convert(_: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let Value::Int(number) = args[0] else {
        return Ok(Step::Done(args[0]));
    };
    Ok(Step::Become(Box::new(Convert {
        number: number as usize,
        value: Some(args[1]),
    })))
}

/// A step from a value to a part of it.
#[derive(Clone, Copy)]
enum Part {
    Field(Symbol),
    Element(usize),
}

struct Walk<'a, 'w> {
    vm: &'a Vm<'w>,
    conversion: &'a Conversion,
    path: Vec<Part>,
}

type Fit = Result<(), Box<Fault>>;

impl Walk<'_, '_> {
    fn fits(&mut self, value: Value, ty: &Ty) -> Fit {
        let ty = self.conversion.unalias(ty).clone();
        let value = self.vm.heap.resolve(value);
        if self.path.len() >= DEEPEST {
            return self.refuse("is nested too deeply to be converted".into());
        }
        let fits = match (ty.kind(), value) {
            (Kind::Any, _)
            | (Kind::Null, Value::Null)
            | (Kind::Bool, Value::Bool(_))
            | (Kind::Int, Value::Int(_))
            | (Kind::Float, Value::Float(_) | Value::Int(_))
            | (Kind::String, Value::Str(_))
            | (Kind::Path, Value::Path(_))
            | (Kind::Duration, Value::Duration(_))
            | (Kind::Size, Value::Size(_))
            | (Kind::Function(..), Value::Function(_)) => true,
            (Kind::Text(text), Value::Str(s)) => self.vm.heap.str(s) == &**text,
            (Kind::Number(number), Value::Int(i)) => *number == i,
            (Kind::TaskRef, _) => value.record().is_some(),
            (Kind::List(element), Value::List(list)) => {
                for (i, item) in self.vm.heap.items(list).to_vec().into_iter().enumerate() {
                    self.inside(Part::Element(i), item, element)?;
                }
                true
            }
            (Kind::Record(record), _) => match value.record() {
                Some(found) => return self.record(found, record, &ty),
                None => false,
            },
            (Kind::Union(members), _) => return self.one_of(value, members, &ty),
            _ => false,
        };
        if fits {
            return Ok(());
        }
        let found = self.vm.describe(value);
        self.refuse(format!("must be {}, but is {found}", show(&ty)))
    }

    fn inside(&mut self, part: Part, value: Value, ty: &Ty) -> Fit {
        self.path.push(part);
        let fit = self.fits(value, ty);
        self.path.pop();
        fit
    }

    fn record(&mut self, found: RecordView, record: &RecordTy, ty: &Ty) -> Fit {
        let entries = self.vm.heap.entries_by_name(found);
        for (name, value) in &entries {
            match (record.field(*name), &record.rest) {
                (Some(field), _) => self.inside(Part::Field(*name), *value, &field.ty)?,
                (None, Rest::Dict(ty)) => self.inside(Part::Field(*name), *value, ty)?,
                (None, Rest::Open) => {}
                (None, Rest::Exact) => {
                    let known = enumerate(record.names(), 12);
                    let fault = self.fault(format!(
                        "has the field `{name}`, which its type does not know"
                    ));
                    return Err(Box::new(match nearest(name.as_str(), record.names()) {
                        Some(near) => fault.help(format!("did you mean `{near}`?")),
                        None if record.fields.is_empty() => fault,
                        None => fault.note(format!("its type has {known}")),
                    }));
                }
            }
        }
        let lacks = |field: &&FieldTy| {
            !field.optional && !entries.iter().any(|entry| entry.0 == field.name)
        };
        match record.fields.iter().find(lacks) {
            Some(field) => {
                let fault = self.fault(format!("lacks the field `{}`", field.name));
                Err(Box::new(fault.note(format!("it must be {}", show(ty)))))
            }
            None => Ok(()),
        }
    }

    /// The member that is meant is the one that fits, or the one that fits farthest.
    fn one_of(&mut self, value: Value, members: &[Ty], ty: &Ty) -> Fit {
        let mut related = Vec::new();
        for member in members {
            match self.fits(value, member) {
                Ok(()) => return Ok(()),
                Err(fault) => {
                    let member = self.conversion.unalias(member);
                    if is_related(value, member) {
                        related.push(fault);
                    }
                }
            }
        }
        if related.len() == 1
            && let Some(fault) = related.pop()
        {
            return Err(fault);
        }
        let found = self.vm.describe(value);
        self.refuse(format!("must be {}, but is {found}", show(ty)))
    }

    fn refuse<T>(&self, what: String) -> Result<T, Box<Fault>> {
        Err(Box::new(self.fault(what)))
    }

    fn fault(&self, what: String) -> Fault {
        let mut path = String::new();
        for part in &self.path {
            match part {
                Part::Field(name) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    show::name(name.as_str(), &mut path);
                }
                Part::Element(i) => path.push_str(&format!("[{i}]")),
            }
        }
        let message = match path.is_empty() {
            true => format!("This value {what}"),
            false => {
                let ty = show(&self.conversion.ty);
                format!("This value is not {ty}: `{path}` {what}")
            }
        };
        Fault::new(codes::CONVERSION, message)
    }
}

/// Whether a value that does not fit a type may have been meant to.
fn is_related(value: Value, ty: &Ty) -> bool {
    match ty.kind() {
        Kind::Record(_) => value.record().is_some(),
        Kind::List(_) => matches!(value, Value::List(_)),
        _ => false,
    }
}
