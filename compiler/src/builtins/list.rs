//! `std.list`: the functions that call a function on each element.

use super::declare::builtins;
use super::each::{Each, PerItem};
use crate::symbol::Symbol;
use crate::value::{List, Thunk, Value};
use crate::vm::{Args, Native, Raise, Step, Vm};
use rustc_hash::FxHashMap;

builtins! {
    /// Applies a function to each element, when that element is needed.
    ///
    /// `map (x: x * 2) [ 1 2 3 ]` => `[ 2 4 6 ]`
    ["std.list.map", "map"] Function "(a -> b) -> [a] -> [b]" = map(Lazy, Value);

    /// The elements for which the function answers true, in order.
    ///
    /// `filter (x: x > 1) [ 1 2 3 ]` => `[ 2 3 ]`
    ["std.list.filter", "filter"] Function "(a -> Bool) -> [a] -> [a]" = filter(Lazy, Value);

    /// Combines all elements from the left: `f (f (f start x) y) z`. Each step is computed at
    /// once, so long lists need no deep recursion.
    ///
    /// `fold (sum: x: sum + x) 0 [ 1 2 3 ]` => `6`
    ["std.list.fold", "fold"] Function "(b -> a -> b) -> b -> [a] -> b" = fold(Lazy, Lazy, Value);

    /// Combines all elements from the right: `f x (f y (f z start))`.
    ///
    /// `std.list.fold_right (x: rest: [ x ] ++ rest) [ ] [ 1 2 ]` => `[ 1 2 ]`
    ["std.list.fold_right"] Function "(a -> b -> b) -> b -> [a] -> b" = fold_right(Lazy, Lazy, Value);

    /// Applies a function that gives lists, and joins them.
    ///
    /// `concat_map (x: [ x x ]) [ 1 2 ]` => `[ 1 1 2 2 ]`
    ["std.list.concat_map", "concat_map"] Function "(a -> [b]) -> [a] -> [b]" = concat_map(Lazy, Value);

    /// Splits a list by a question: the elements with the answer true are in `right`, the others
    /// in `wrong`.
    ///
    /// `std.list.partition (x: x > 1) [ 1 2 3 ]` => `{ right = [ 2 3 ]; wrong = [ 1 ]; }`
    ["std.list.partition"] Function "(a -> Bool) -> [a] -> { right : [a], wrong : [a] }" = partition(Lazy, Value);

    /// Collects elements by the name the function gives them.
    ///
    /// `std.list.group_by (x: if x > 1 then "big" else "small") [ 1 2 3 ]` => `{ big = [ 2 3 ]; small = [ 1 ]; }`
    ["std.list.group_by"] Function "(a -> String) -> [a] -> { [String] : [a] }" = group_by(Lazy, Value);

    /// Combines the elements of two lists in turn; as long as the shorter one.
    ///
    /// `std.list.zip_with (a: b: a + b) [ 1 2 ] [ 10 20 30 ]` => `[ 11 22 ]`
    ["std.list.zip_with"] Function "(a -> b -> c) -> [a] -> [b] -> [c]" = zip_with(Lazy, Value, Value);
}

fn map(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[1], "what to map over")?;
    map_list(vm, args[0], list)
}

/// The list of the lazy applications of a function.
pub(super) fn map_list(vm: &mut Vm<'_>, func: Value, list: List) -> Result<Step, Raise> {
    vm.need_memory(list.len() * 32)?;
    let quick = vm.quick_function(func, 1);
    let func = vm.heap.slot(func);
    let start = vm.heap.alloc(list.len());
    for i in 0..list.len {
        let arg = list.start + i;
        // What can be told at once needs no thunk.
        let quick = quick.and_then(|quick| vm.quick_call(quick, [vm.heap.slots[arg as usize]]));
        let item = match quick {
            Some(value) => value,
            None => vm.heap.thunk(Thunk::Call { func, arg }),
        };
        vm.heap.slots[(start + i) as usize] = item;
    }
    Ok(Step::Done(Value::List(List {
        start,
        len: list.len,
    })))
}

struct Filter(Vec<Value>);

impl PerItem for Filter {
    fn take(
        &mut self,
        vm: &mut Vm<'_>,
        _: usize,
        item: Value,
        answer: Value,
    ) -> Result<Option<Step>, Raise> {
        if vm.need_bool(answer, "filter")? {
            self.0.push(vm.heap.resolve(item));
        }
        Ok(None)
    }

    fn end(&mut self, vm: &mut Vm<'_>) -> Result<Step, Raise> {
        vm.items(&self.0)
    }
}

fn filter(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[1], "what to filter")?;
    Each::start(args[0], list, Filter(Vec::new()))
}

struct Fold {
    func: Value,
    list: List,
    at: usize,
    start: Value,
    backwards: bool,
}

impl Native for Fold {
    fn step(&mut self, vm: &mut Vm<'_>, returned: Value) -> Result<Step, Raise> {
        let quick = vm.quick_function(self.func, 2);
        let mut sum = if self.at == 0 { self.start } else { returned };
        while self.at < self.list.len() {
            self.at += 1;
            let args = if self.backwards {
                let item = vm.heap.item(self.list, self.list.len() - self.at);
                [item, sum]
            } else {
                let item = vm.heap.item(self.list, self.at - 1);
                [sum, item]
            };
            match quick.and_then(|quick| vm.quick_call(quick, args)) {
                Some(value) => sum = value,
                None => return Ok(Step::Call(self.func, Args::two(args[0], args[1]))),
            }
        }
        Ok(Step::TailForce(sum))
    }
}

fn fold_from(vm: &mut Vm<'_>, args: &[Value], backwards: bool) -> Result<Step, Raise> {
    Ok(Step::Become(Box::new(Fold {
        func: args[0],
        list: vm.need_list(args[2], "what to fold")?,
        at: 0,
        start: args[1],
        backwards,
    })))
}

fn fold(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    fold_from(vm, args, false)
}

fn fold_right(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    fold_from(vm, args, true)
}

struct ConcatMap(Vec<Value>);

impl PerItem for ConcatMap {
    fn take(
        &mut self,
        vm: &mut Vm<'_>,
        _: usize,
        _: Value,
        answer: Value,
    ) -> Result<Option<Step>, Raise> {
        let Value::List(list) = answer else {
            return Err(vm.answer_wrong("concat_map", "a list", answer));
        };
        self.0.extend_from_slice(vm.heap.items(list));
        Ok(None)
    }

    fn end(&mut self, vm: &mut Vm<'_>) -> Result<Step, Raise> {
        vm.items(&self.0)
    }
}

fn concat_map(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[1], "what to map over")?;
    Each::start(args[0], list, ConcatMap(Vec::new()))
}

#[derive(Default)]
struct Partition {
    right: Vec<Value>,
    wrong: Vec<Value>,
}

impl PerItem for Partition {
    fn take(
        &mut self,
        vm: &mut Vm<'_>,
        _: usize,
        item: Value,
        answer: Value,
    ) -> Result<Option<Step>, Raise> {
        if vm.need_bool(answer, "std.list.partition")? {
            self.right.push(item);
        } else {
            self.wrong.push(item);
        }
        Ok(None)
    }

    fn end(&mut self, vm: &mut Vm<'_>) -> Result<Step, Raise> {
        let right = Value::List(vm.heap.list(&self.right));
        let wrong = Value::List(vm.heap.list(&self.wrong));
        let fields = vec![(Symbol::new("right"), right), (Symbol::new("wrong"), wrong)];
        Ok(Step::Done(vm.heap.record_from(fields, 0).value()))
    }
}

fn partition(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[1], "what to split")?;
    Each::start(args[0], list, Partition::default())
}

#[derive(Default)]
struct GroupBy(FxHashMap<Symbol, Vec<Value>>);

impl PerItem for GroupBy {
    fn take(
        &mut self,
        vm: &mut Vm<'_>,
        _: usize,
        item: Value,
        answer: Value,
    ) -> Result<Option<Step>, Raise> {
        let Value::Str(name) = answer else {
            return Err(vm.answer_wrong("std.list.group_by", "a string", answer));
        };
        let name = Symbol::new(vm.heap.str(name));
        self.0.entry(name).or_default().push(item);
        Ok(None)
    }

    fn end(&mut self, vm: &mut Vm<'_>) -> Result<Step, Raise> {
        let fields = std::mem::take(&mut self.0)
            .into_iter()
            .map(|(name, items)| (name, Value::List(vm.heap.list(&items))))
            .collect();
        Ok(Step::Done(vm.heap.record_from(fields, 0).value()))
    }
}

fn group_by(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[1], "what to group")?;
    Each::start(args[0], list, GroupBy::default())
}

fn zip_with(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let a = vm.need_list(args[1], "the first list")?;
    let b = vm.need_list(args[2], "the second list")?;
    let len = a.len.min(b.len);
    vm.need_memory(len as usize * 80)?;
    let start = vm.heap.alloc(len as usize);
    for i in 0..len {
        let first = vm.heap.item(a, i as usize);
        let partial = vm.heap.slots_from(&[args[0], first]);
        let func = vm.heap.slot(Value::Partial(crate::value::Partial {
            start: partial,
            args: 1,
        }));
        let thunk = vm.heap.thunk(Thunk::Call {
            func,
            arg: b.start + i,
        });
        vm.heap.slots[(start + i) as usize] = thunk;
    }
    Ok(Step::Done(Value::List(List { start, len })))
}
