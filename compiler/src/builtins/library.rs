//! The functions and values of `std` that are written in `.nx`.

use super::declare::builtins;
use crate::library;
use crate::symbol::Symbol;
use crate::value::Value;
use crate::vm::{Native, Raise, Step, Vm};

builtins! {
    /// The value of an item of a library, by its full name.
    Function "String -> Any" = load_item(Value);
}

pub(super) fn load_item(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let name = vm.need_str(args[0], "a name")?;
    let name = vm.heap.str(name).to_owned();
    let Some(library) = library::names().get(&name) else {
        return Err(vm.bad(&format!("knows no `{name}`")));
    };
    let field = Symbol::new(name.rsplit('.').next().unwrap_or_default());
    let file = vm.library(library);
    Ok(Step::Become(Box::new(Select { file, field })))
}

/// Computes the record of a file, then gives one of its fields.
struct Select {
    file: Value,
    field: Symbol,
}

impl Native for Select {
    fn step(&mut self, vm: &mut Vm<'_>, _: Value) -> Result<Step, Raise> {
        let file = vm.heap.resolve(self.file);
        if let Value::Thunk(_) = file {
            return Ok(Step::Force(file));
        }
        let field = file.record().and_then(|file| vm.heap.get(file, self.field));
        match field {
            Some(field) => Ok(Step::TailForce(field)),
            None => Err(vm.no_field(file, self.field)),
        }
    }
}
