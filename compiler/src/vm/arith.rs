//! Operators on computed operands.

use super::{Fault, Raise, Vm};
use crate::code::BinOp;
use crate::diagnostic::registry::evaluation as codes;
use crate::value::Value;
use std::cmp::Ordering;

impl Vm<'_> {
    /// The commonest operations, when they cannot fail.
    #[inline(always)]
    pub(super) fn quick(op: BinOp, a: &Value, b: &Value) -> Option<Value> {
        Some(match (a, b) {
            (&Value::Int(a), &Value::Int(b)) => match op {
                BinOp::Add => Value::Int(a.checked_add(b)?),
                BinOp::Subtract => Value::Int(a.checked_sub(b)?),
                BinOp::Multiply => Value::Int(a.checked_mul(b)?),
                BinOp::Divide => Value::Int(a.checked_div(b)?),
                BinOp::Less => Value::Bool(a < b),
                BinOp::LessEqual => Value::Bool(a <= b),
                BinOp::Greater => Value::Bool(a > b),
                BinOp::GreaterEqual => Value::Bool(a >= b),
                BinOp::Concat | BinOp::Update => return None,
            },
            (&Value::Float(a), &Value::Float(b)) => match op {
                BinOp::Add => Value::Float(a + b),
                BinOp::Subtract => Value::Float(a - b),
                BinOp::Multiply => Value::Float(a * b),
                BinOp::Less => Value::Bool(a < b),
                BinOp::LessEqual => Value::Bool(a <= b),
                BinOp::Greater => Value::Bool(a > b),
                BinOp::GreaterEqual => Value::Bool(a >= b),
                _ => return None,
            },
            _ => return None,
        })
    }

    /// A comparison of integers.
    #[inline(always)]
    pub(super) fn quick_test(op: BinOp, a: &Value, b: &Value) -> Option<bool> {
        let (&Value::Int(a), &Value::Int(b)) = (a, b) else {
            return None;
        };
        Some(match op {
            BinOp::Less => a < b,
            BinOp::LessEqual => a <= b,
            BinOp::Greater => a > b,
            BinOp::GreaterEqual => a >= b,
            _ => return None,
        })
    }

    /// Any operator but equality and the order of lists.
    pub(super) fn binary(&mut self, op: BinOp, a: Value, b: Value) -> Result<Value, Raise> {
        if let Some(value) = Self::quick(op, &a, &b) {
            return Ok(value);
        }
        match op {
            BinOp::Concat => match (a, b) {
                (Value::List(a), Value::List(b)) => Ok(Value::List(self.heap.concat(a, b))),
                _ => Err(self.operands(op, "two lists", a, b)),
            },
            BinOp::Update => match (a.record(), b.record()) {
                (Some(a), Some(b)) => Ok(self.heap.merge(a, b).value()),
                _ => Err(self.operands(op, "two records", a, b)),
            },
            BinOp::Less | BinOp::LessEqual | BinOp::Greater | BinOp::GreaterEqual => {
                let Some(order) = self.order(a, b) else {
                    return Err(self.operands(
                        op,
                        "two numbers, strings, durations, sizes or lists",
                        a,
                        b,
                    ));
                };
                let order = order.map(super::compare::test(op).unwrap_or(|_| false));
                Ok(Value::Bool(order.unwrap_or(false)))
            }
            BinOp::Add | BinOp::Subtract | BinOp::Multiply | BinOp::Divide => {
                self.arithmetic(op, a, b)
            }
        }
    }

    fn arithmetic(&mut self, op: BinOp, a: Value, b: Value) -> Result<Value, Raise> {
        use Value::{Duration, Float, Int, Size};
        let value = match (op, a, b) {
            (_, Int(x), Int(y)) => integer(op, x, y)?.map(Int),
            (_, Int(x), Float(y)) => Some(Float(float(op, x as f64, y)?)),
            (_, Float(x), Int(y)) => Some(Float(float(op, x, y as f64)?)),
            (_, Float(x), Float(y)) => Some(Float(float(op, x, y)?)),
            (BinOp::Add | BinOp::Subtract, Duration(x), Duration(y)) => {
                integer(op, x, y)?.map(Duration)
            }
            (BinOp::Add | BinOp::Subtract, Size(x), Size(y)) => integer(op, x, y)?.map(Size),
            (BinOp::Multiply | BinOp::Divide, Duration(x), Int(y)) => {
                integer(op, x, y)?.map(Duration)
            }
            (BinOp::Multiply | BinOp::Divide, Size(x), Int(y)) => integer(op, x, y)?.map(Size),
            (BinOp::Multiply, Int(x), Duration(y)) => integer(op, x, y)?.map(Duration),
            (BinOp::Multiply, Int(x), Size(y)) => integer(op, x, y)?.map(Size),
            (BinOp::Multiply | BinOp::Divide, Duration(x), Float(y)) => {
                rounded(float(op, x as f64, y)?).map(Duration)
            }
            (BinOp::Multiply | BinOp::Divide, Size(x), Float(y)) => {
                rounded(float(op, x as f64, y)?).map(Size)
            }
            (BinOp::Multiply, Float(x), Duration(y)) => rounded(x * y as f64).map(Duration),
            (BinOp::Multiply, Float(x), Size(y)) => rounded(x * y as f64).map(Size),
            (BinOp::Add, Value::Str(_) | Value::Path(_), _) => {
                return Err(self.wrong_add(a, b, "join texts by interpolation: \"${a}${b}\""));
            }
            (BinOp::Add, Value::List(_), _) => {
                return Err(self.wrong_add(a, b, "lists are joined by `++`"));
            }
            (BinOp::Add, Value::Record(_) | Value::Dict(_), _) => {
                return Err(self.wrong_add(a, b, "records are merged by `//`"));
            }
            _ => return Err(self.operands(op, "two numbers", a, b)),
        };
        value.ok_or_else(|| {
            Fault::new(
                codes::OVERFLOW,
                format!("The result of `{}` does not fit into 64 bits", op.text()),
            )
            .into()
        })
    }

    fn wrong_add(&self, a: Value, b: Value, help: &str) -> Raise {
        Fault::new(
            codes::WRONG_TYPE,
            format!(
                "`+` adds numbers, but here it is given {} and {}",
                self.describe(a),
                self.describe(b)
            ),
        )
        .help(help)
        .into()
    }

    pub(super) fn negate(&mut self, value: Value) -> Result<Value, Raise> {
        let negated = match value {
            Value::Int(i) => i.checked_neg().map(Value::Int),
            Value::Float(f) => Some(Value::Float(-f)),
            Value::Duration(d) => d.checked_neg().map(Value::Duration),
            Value::Size(s) => s.checked_neg().map(Value::Size),
            other => {
                return Err(Fault::new(
                    codes::WRONG_TYPE,
                    format!(
                        "`-` needs a number, but here it is given {}",
                        self.describe(other)
                    ),
                )
                .into());
            }
        };
        negated.ok_or_else(|| {
            Fault::new(
                codes::OVERFLOW,
                "The result of `-` does not fit into 64 bits",
            )
            .into()
        })
    }

    /// The order of two scalars: `None` when they have none, `Some(None)` when one is not a
    /// number (NaN).
    pub(super) fn order(&self, a: Value, b: Value) -> Option<Option<Ordering>> {
        Some(match (a, b) {
            (Value::Int(a), Value::Int(b)) => Some(a.cmp(&b)),
            (Value::Int(a), Value::Float(b)) => (a as f64).partial_cmp(&b),
            (Value::Float(a), Value::Int(b)) => a.partial_cmp(&(b as f64)),
            (Value::Float(a), Value::Float(b)) => a.partial_cmp(&b),
            (Value::Duration(a), Value::Duration(b)) | (Value::Size(a), Value::Size(b)) => {
                Some(a.cmp(&b))
            }
            (Value::Str(a), Value::Str(b)) | (Value::Path(a), Value::Path(b)) => {
                Some(self.heap.str(a).cmp(self.heap.str(b)))
            }
            _ => return None,
        })
    }

    fn operands(&self, op: BinOp, needs: &str, a: Value, b: Value) -> Raise {
        Fault::new(
            codes::WRONG_TYPE,
            format!(
                "`{}` needs {needs}, but here it is given {} and {}",
                op.text(),
                self.describe(a),
                self.describe(b)
            ),
        )
        .into()
    }
}

fn integer(op: BinOp, a: i64, b: i64) -> Result<Option<i64>, Raise> {
    Ok(match op {
        BinOp::Add => a.checked_add(b),
        BinOp::Subtract => a.checked_sub(b),
        BinOp::Multiply => a.checked_mul(b),
        _ if b == 0 => return Err(zero()),
        _ => a.checked_div(b),
    })
}

fn float(op: BinOp, a: f64, b: f64) -> Result<f64, Raise> {
    Ok(match op {
        BinOp::Add => a + b,
        BinOp::Subtract => a - b,
        BinOp::Multiply => a * b,
        _ if b == 0.0 => return Err(zero()),
        _ => a / b,
    })
}

fn rounded(value: f64) -> Option<i64> {
    let value = value.round();
    (value >= i64::MIN as f64 && value < i64::MAX as f64).then_some(value as i64)
}

fn zero() -> Raise {
    Fault::new(codes::DIVISION_BY_ZERO, "A number is divided by zero here").into()
}
