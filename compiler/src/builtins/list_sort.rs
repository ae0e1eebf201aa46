//! `std.list`: order.

use super::declare::builtins;
use super::each::{Each, PerItem};
use crate::diagnostic::registry::evaluation as codes;
use crate::value::{List, Value};
use crate::vm::{Args, Fault, Native, Raise, Step, Vm};
use std::cmp::Ordering;

builtins! {
    /// The elements in order; the function says whether its first argument comes before its
    /// second. Equal elements keep their order.
    ///
    /// `sort (a: b: a < b) [ 3 1 2 ]` => `[ 1 2 3 ]`
    ["std.list.sort", "sort"] Function "(a -> a -> Bool) -> [a] -> [a]" = sort(Lazy, Value);

    /// The elements in the order of what the function makes of each: numbers, strings, durations
    /// or sizes. Equal elements keep their order.
    ///
    /// `std.list.sort_by (r: r.age) [ { age = 7; } { age = 3; } ]` => `[ { age = 3; } { age = 7; } ]`
    ["std.list.sort_by"] Function "(a -> ordered) -> [a] -> [a]" = sort_by(Lazy, Value);

    /// The sum of numbers, durations or sizes; of none, 0.
    ///
    /// `std.list.sum [ 1 2 3 ]` => `6`
    ["std.list.sum"] Function "[quantity] -> quantity | Int" = sum(Items);

    /// The smallest element; finds nothing in an empty list.
    ///
    /// `std.list.min [ 3 1 2 ]` => `1`
    ["std.list.min"] Function "[ordered] -> ordered" = min(Items);

    /// The largest element; finds nothing in an empty list.
    ///
    /// `std.list.max [ "a" "c" "b" ]` => `"c"`
    ["std.list.max"] Function "[ordered] -> ordered" = max(Items);
}

/// Bottom-up merge sort that asks one comparison at a time.
struct Sort {
    less: Value,
    from: Vec<Value>,
    to: Vec<Value>,
    /// Length of the sorted runs.
    width: usize,
    /// The two runs being merged: next and end of each.
    left: (usize, usize),
    right: (usize, usize),
    asked: bool,
}

impl Sort {
    fn runs_from(&mut self, start: usize) {
        let len = self.from.len();
        let middle = (start + self.width).min(len);
        self.left = (start, middle);
        self.right = (middle, (middle + self.width).min(len));
    }
}

impl Sort {
    /// Takes the answer whether the right one comes first: on a tie the left one does.
    fn take(&mut self, vm: &Vm<'_>, right: bool) {
        let run = if right {
            &mut self.right
        } else {
            &mut self.left
        };
        // By now computed, most of the time: later comparisons need not look it up.
        self.to.push(vm.heap.resolve(self.from[run.0]));
        run.0 += 1;
    }
}

impl Native for Sort {
    fn step(&mut self, vm: &mut Vm<'_>, returned: Value) -> Result<Step, Raise> {
        if self.asked {
            let first = vm.need_bool(returned, "sort")?;
            self.take(vm, first);
            self.asked = false;
        }
        let quick = vm.quick_function(self.less, 2);
        loop {
            while self.left.0 < self.left.1 && self.right.0 < self.right.1 {
                let (a, b) = (self.from[self.left.0], self.from[self.right.0]);
                match quick.and_then(|quick| vm.quick_call(quick, [b, a])) {
                    Some(Value::Bool(first)) => self.take(vm, first),
                    _ => {
                        self.asked = true;
                        return Ok(Step::Call(self.less, Args::two(b, a)));
                    }
                }
            }
            self.to
                .extend_from_slice(&self.from[self.left.0..self.left.1]);
            self.to
                .extend_from_slice(&self.from[self.right.0..self.right.1]);
            let next = self.right.1;
            if next < self.from.len() {
                self.runs_from(next);
                continue;
            }
            std::mem::swap(&mut self.from, &mut self.to);
            self.to.clear();
            self.width *= 2;
            if self.width >= self.from.len() {
                return vm.items(&self.from);
            }
            self.runs_from(0);
        }
    }
}

fn sort(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[1], "what to sort")?;
    let items = vm.heap.items(list).to_vec();
    if items.len() < 2 {
        return Ok(Step::Done(Value::List(list)));
    }
    let mut sort = Sort {
        less: args[0],
        to: Vec::with_capacity(items.len()),
        from: items,
        width: 1,
        left: (0, 0),
        right: (0, 0),
        asked: false,
    };
    sort.runs_from(0);
    Ok(Step::Become(Box::new(sort)))
}

struct SortBy(Vec<(Value, Value)>);

impl PerItem for SortBy {
    fn take(
        &mut self,
        _: &mut Vm<'_>,
        _: usize,
        item: Value,
        answer: Value,
    ) -> Result<Option<Step>, Raise> {
        self.0.push((answer, item));
        Ok(None)
    }

    fn end(&mut self, vm: &mut Vm<'_>) -> Result<Step, Raise> {
        let mut unordered = None;
        self.0.sort_by(|a, b| match vm.order_of(a.0, b.0) {
            Some(order) => order,
            None => {
                unordered.get_or_insert((a.0, b.0));
                Ordering::Equal
            }
        });
        if let Some((a, b)) = unordered {
            return Err(no_order(vm, a, b));
        }
        let items: Vec<Value> = self.0.iter().map(|pair| pair.1).collect();
        vm.items(&items)
    }
}

fn no_order(vm: &Vm<'_>, a: Value, b: Value) -> Raise {
    Fault::new(
        codes::WRONG_TYPE,
        format!("{} and {} have no order", vm.capital(a), vm.describe(b)),
    )
    .into()
}

fn sort_by(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[1], "what to sort")?;
    Each::start(args[0], list, SortBy(Vec::new()))
}

fn sum(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[0], "what to add up")?;
    let mut sum = Value::Int(0);
    for i in 0..list.len() {
        let item = vm.heap.resolve(vm.heap.item(list, i));
        sum = match (i, item) {
            (0, Value::Duration(_) | Value::Size(_)) => item,
            _ => vm.add(sum, item)?,
        };
    }
    Ok(Step::Done(sum))
}

fn extreme(vm: &mut Vm<'_>, list: List, wanted: Ordering) -> Result<Step, Raise> {
    let mut best: Option<Value> = None;
    for i in 0..list.len() {
        let item = vm.heap.resolve(vm.heap.item(list, i));
        best = match best {
            None => Some(item),
            Some(so_far) => match vm.order_of(item, so_far) {
                None => return Err(no_order(vm, so_far, item)),
                Some(order) if order == wanted => Some(item),
                Some(_) => Some(so_far),
            },
        };
    }
    match best {
        Some(value) => Ok(Step::Done(value)),
        None => Err(Fault::nothing(format!(
            "`{}` finds nothing: the list is empty",
            vm.running_name()
        ))
        .help("say what else: put `or …` behind it")
        .into()),
    }
}

fn min(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[0], "what to look through")?;
    extreme(vm, list, Ordering::Less)
}

fn max(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[0], "what to look through")?;
    extreme(vm, list, Ordering::Greater)
}
