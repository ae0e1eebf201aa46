//! `std.type`: what a value is.

use super::declare::builtins;
use crate::value::Value;
use crate::vm::{Raise, Step, Vm};

builtins! {
    /// The name of the value's type.
    ///
    /// `map std.type.of [ 1 "a" null ]` => `[ "Int" "String" "Null" ]`
    ["std.type.of"] Function "Any -> String" = of(Value);

    /// Whether the value is a whole number.
    ///
    /// `std.type.is_int 1` => `true`
    ["std.type.is_int"] Function "Any -> Bool" = is_int(Value);

    /// Whether the value is a floating-point number.
    ///
    /// `std.type.is_float 1` => `false`
    ["std.type.is_float"] Function "Any -> Bool" = is_float(Value);

    /// Whether the value is `true` or `false`.
    ///
    /// `std.type.is_bool true` => `true`
    ["std.type.is_bool"] Function "Any -> Bool" = is_bool(Value);

    /// Whether the value is a string.
    ///
    /// `std.type.is_string "a"` => `true`
    ["std.type.is_string"] Function "Any -> Bool" = is_string(Value);

    /// Whether the value is a path.
    ///
    /// `std.type.is_path ./a` => `true`
    ["std.type.is_path"] Function "Any -> Bool" = is_path(Value);

    /// Whether the value is a list.
    ///
    /// `std.type.is_list [ ]` => `true`
    ["std.type.is_list"] Function "Any -> Bool" = is_list(Value);

    /// Whether the value is a record.
    ///
    /// `std.type.is_record { }` => `true`
    ["std.type.is_record"] Function "Any -> Bool" = is_record(Value);

    /// Whether the value is a function.
    ///
    /// `std.type.is_function map` => `true`
    ["std.type.is_function"] Function "Any -> Bool" = is_function(Value);

    /// Whether the value is `null`.
    ///
    /// `std.type.is_null null` => `true`
    ["std.type.is_null"] Function "Any -> Bool" = is_null(Value);
}

fn of(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    vm.text(args[0].type_name(), 0)
}

fn is(args: &[Value], name: &str) -> Result<Step, Raise> {
    Ok(Step::Done(Value::Bool(args[0].type_name() == name)))
}

fn is_int(_: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    is(args, "Int")
}

fn is_float(_: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    is(args, "Float")
}

fn is_bool(_: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    is(args, "Bool")
}

fn is_string(_: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    is(args, "String")
}

fn is_path(_: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    is(args, "Path")
}

fn is_list(_: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    is(args, "List")
}

fn is_record(_: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    is(args, "Record")
}

fn is_function(_: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    is(args, "Function")
}

fn is_null(_: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    is(args, "Null")
}
