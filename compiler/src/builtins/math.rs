//! `std.math`

use super::declare::builtins;
use crate::diagnostic::registry::evaluation as codes;
use crate::value::Value;
use crate::vm::{Fault, Raise, Step, Vm};
use std::cmp::Ordering;

builtins! {
    /// Without its sign.
    ///
    /// `std.math.abs (-3)` => `3`
    ["std.math.abs"] Function "quantity -> quantity" = abs(Value);

    /// The smaller of two.
    ///
    /// `std.math.min 3 2` => `2`
    ["std.math.min"] Function "ordered -> ordered -> ordered" = min(Value, Value);

    /// The larger of two.
    ///
    /// `std.math.max 3 2` => `3`
    ["std.math.max"] Function "ordered -> ordered -> ordered" = max(Value, Value);

    /// The third argument, but not below the first and not above the second.
    ///
    /// `std.math.clamp 0 10 42` => `10`
    ["std.math.clamp"] Function "ordered -> ordered -> ordered -> ordered" = clamp(Value, Value, Value);

    /// The remainder of a division of whole numbers; never negative when the divisor is positive.
    ///
    /// `std.math.mod 7 3` => `1`
    /// `std.math.mod (-7) 3` => `2`
    ["std.math.mod"] Function "Int -> Int -> Int" = modulo(Value, Value);

    /// A power with a whole exponent of 0 or more.
    ///
    /// `std.math.pow 2 10` => `1024`
    ["std.math.pow"] Function "Int -> Int -> Int" = pow(Value, Value);

    /// The largest whole number that is not larger.
    ///
    /// `std.math.floor 1.7` => `1`
    ["std.math.floor"] Function "Float | Int -> Int" = floor(Value);

    /// The smallest whole number that is not smaller.
    ///
    /// `std.math.ceil 1.2` => `2`
    ["std.math.ceil"] Function "Float | Int -> Int" = ceil(Value);

    /// The nearest whole number; halves go away from zero.
    ///
    /// `std.math.round 1.5` => `2`
    ["std.math.round"] Function "Float | Int -> Int" = round(Value);

    /// The square root.
    ///
    /// `std.math.sqrt 9.0` => `3.0`
    ["std.math.sqrt"] Function "Float | Int -> Float" = sqrt(Value);

    /// The number as a floating-point number.
    ///
    /// `std.math.to_float 3` => `3.0`
    ["std.math.to_float"] Function "Int | Float -> Float" = to_float(Value);
}

fn overflow(vm: &Vm<'_>) -> Raise {
    Fault::new(
        codes::OVERFLOW,
        format!(
            "The result of `{}` does not fit into 64 bits",
            vm.running_name()
        ),
    )
    .into()
}

fn abs(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let value = match args[0] {
        Value::Int(i) => i.checked_abs().map(Value::Int),
        Value::Float(f) => Some(Value::Float(f.abs())),
        Value::Duration(d) => d.checked_abs().map(Value::Duration),
        Value::Size(s) => s.checked_abs().map(Value::Size),
        other => return Err(vm.wrong("a number", other)),
    };
    value.map(Step::Done).ok_or_else(|| overflow(vm))
}

fn ordered(vm: &Vm<'_>, a: Value, b: Value) -> Result<Ordering, Raise> {
    vm.order_of(a, b)
        .ok_or_else(|| vm.wrong("two values that have an order", b))
}

fn min(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let order = ordered(vm, args[0], args[1])?;
    Ok(Step::Done(if order.is_le() { args[0] } else { args[1] }))
}

fn max(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let order = ordered(vm, args[0], args[1])?;
    Ok(Step::Done(if order.is_ge() { args[0] } else { args[1] }))
}

fn clamp(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (low, high, value) = (args[0], args[1], args[2]);
    if ordered(vm, low, high)?.is_gt() {
        return Err(vm.bad("needs its lower bound to be no larger than its upper one"));
    }
    Ok(Step::Done(if ordered(vm, value, low)?.is_lt() {
        low
    } else if ordered(vm, value, high)?.is_gt() {
        high
    } else {
        value
    }))
}

fn modulo(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let a = vm.need_int(args[0], "the dividend")?;
    let b = vm.need_int(args[1], "the divisor")?;
    if b == 0 {
        return Err(Fault::new(codes::DIVISION_BY_ZERO, "A number is divided by zero here").into());
    }
    // The sign of the divisor: `a - b * floor(a / b)`.
    let rest = a.checked_rem(b).unwrap_or(0);
    let rest = if rest != 0 && (rest < 0) != (b < 0) {
        rest + b
    } else {
        rest
    };
    Ok(Step::Done(Value::Int(rest)))
}

fn pow(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let base = vm.need_int(args[0], "the base")?;
    let exponent = vm.need_count(args[1], "an exponent")?;
    let exponent = u32::try_from(exponent).unwrap_or(u32::MAX);
    base.checked_pow(exponent)
        .map(|i| Step::Done(Value::Int(i)))
        .ok_or_else(|| overflow(vm))
}

fn whole(vm: &mut Vm<'_>, value: Value, rounded: fn(f64) -> f64) -> Result<Step, Raise> {
    match value {
        Value::Int(_) => Ok(Step::Done(value)),
        Value::Float(f) => {
            let f = rounded(f);
            if f >= i64::MIN as f64 && f < i64::MAX as f64 {
                Ok(Step::Done(Value::Int(f as i64)))
            } else {
                Err(overflow(vm))
            }
        }
        other => Err(vm.wrong("a number", other)),
    }
}

fn floor(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    whole(vm, args[0], f64::floor)
}

fn ceil(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    whole(vm, args[0], f64::ceil)
}

fn round(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    whole(vm, args[0], f64::round)
}

fn number(vm: &Vm<'_>, value: Value) -> Result<f64, Raise> {
    match value {
        Value::Int(i) => Ok(i as f64),
        Value::Float(f) => Ok(f),
        other => Err(vm.wrong("a number", other)),
    }
}

fn sqrt(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let value = number(vm, args[0])?;
    if value < 0.0 {
        return Err(vm.bad("needs a number of 0 or more"));
    }
    Ok(Step::Done(Value::Float(value.sqrt())))
}

fn to_float(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    Ok(Step::Done(Value::Float(number(vm, args[0])?)))
}
