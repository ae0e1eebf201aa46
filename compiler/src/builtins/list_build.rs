//! `std.list`: making lists, and taking them apart by position.

use super::declare::builtins;
use super::list::map_list;
use crate::symbol::Symbol;
use crate::value::{List, Value};
use crate::vm::{Fault, Raise, Step, Vm};

builtins! {
    /// The number of elements.
    ///
    /// `length [ 1 2 3 ]` => `3`
    ["std.list.length", "length"] Function "[a] -> Int" = length(Value);

    /// Whether there are no elements.
    ///
    /// `std.list.is_empty [ ]` => `true`
    ["std.list.is_empty"] Function "[a] -> Bool" = is_empty(Value);

    /// The first element; finds nothing in an empty list.
    ///
    /// `head [ 1 2 3 ]` => `1`
    /// `head [ ] or 0` => `0`
    ["std.list.head", "head"] Function "[a] -> a" = head(Value);

    /// The last element; finds nothing in an empty list.
    ///
    /// `last [ 1 2 3 ]` => `3`
    ["std.list.last", "last"] Function "[a] -> a" = last(Value);

    /// All but the first element; of an empty list, an empty list.
    ///
    /// `std.list.tail [ 1 2 3 ]` => `[ 2 3 ]`
    ["std.list.tail"] Function "[a] -> [a]" = tail(Value);

    /// All but the last element; of an empty list, an empty list.
    ///
    /// `std.list.init [ 1 2 3 ]` => `[ 1 2 ]`
    ["std.list.init"] Function "[a] -> [a]" = init(Value);

    /// The element at a position, counted from 0; finds nothing outside the list.
    ///
    /// `std.list.elem_at [ "a" "b" ] 1` => `"b"`
    /// `std.list.elem_at [ "a" "b" ] 7 or "z"` => `"z"`
    ["std.list.elem_at", "elem_at"] Function "[a] -> Int -> a" = elem_at(Value, Value);

    /// The first elements, at most as many as asked for.
    ///
    /// `std.list.take 2 [ 1 2 3 ]` => `[ 1 2 ]`
    ["std.list.take"] Function "Int -> [a] -> [a]" = take(Value, Value);

    /// All but the first elements.
    ///
    /// `std.list.drop 2 [ 1 2 3 ]` => `[ 3 ]`
    ["std.list.drop"] Function "Int -> [a] -> [a]" = drop(Value, Value);

    /// Elements from a position on, at most as many as asked for.
    ///
    /// `std.list.slice 1 2 [ 1 2 3 4 ]` => `[ 2 3 ]`
    ["std.list.slice"] Function "Int -> Int -> [a] -> [a]" = slice(Value, Value, Value);

    /// The elements in opposite order.
    ///
    /// `std.list.reverse [ 1 2 3 ]` => `[ 3 2 1 ]`
    ["std.list.reverse"] Function "[a] -> [a]" = reverse(Value);

    /// Joins lists.
    ///
    /// `std.list.concat [ [ 1 ] [ 2 3 ] ]` => `[ 1 2 3 ]`
    ["std.list.concat"] Function "[[a]] -> [a]" = concat(Items);

    /// The whole numbers from the first to the last, both included.
    ///
    /// `range 1 4` => `[ 1 2 3 4 ]`
    /// `range 1 0` => `[ ]`
    ["std.list.range", "range"] Function "Int -> Int -> [Int]" = range(Value, Value);

    /// A list made by a function of the position, counted from 0.
    ///
    /// `std.list.generate (i: i * i) 4` => `[ 0 1 4 9 ]`
    ["std.list.generate"] Function "(Int -> a) -> Int -> [a]" = generate(Lazy, Value);

    /// A value several times.
    ///
    /// `std.list.repeat 3 "x"` => `[ "x" "x" "x" ]`
    ["std.list.repeat"] Function "Int -> a -> [a]" = repeat(Value, Lazy);

    /// The elements of two lists in pairs; as long as the shorter one.
    ///
    /// `std.list.zip [ 1 2 ] [ "a" ]` => `[ { first = 1; second = "a"; } ]`
    ["std.list.zip"] Function "[a] -> [b] -> [{ first : a, second : b }]" = zip(Value, Value);

    /// Each element with its position, counted from 0.
    ///
    /// `std.list.enumerate [ "a" ]` => `[ { index = 0; value = "a"; } ]`
    ["std.list.enumerate"] Function "[a] -> [{ index : Int, value : a }]" = enumerate(Value);

    /// A value between each two elements.
    ///
    /// `std.list.intersperse 0 [ 1 2 3 ]` => `[ 1 0 2 0 3 ]`
    ["std.list.intersperse"] Function "a -> [a] -> [a]" = intersperse(Lazy, Value);
}

fn length(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[0], "what to count")?;
    Ok(Step::Done(Value::Int(list.len() as i64)))
}

fn is_empty(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[0], "what to look into")?;
    Ok(Step::Done(Value::Bool(list.is_empty())))
}

fn at(vm: &Vm<'_>, list: List, index: i64) -> Result<Step, Raise> {
    match usize::try_from(index).ok().filter(|&i| i < list.len()) {
        Some(index) => Ok(Step::TailForce(vm.heap.item(list, index))),
        None if list.is_empty() => Err(Fault::nothing(format!(
            "`{}` finds nothing: the list is empty",
            vm.running_name()
        ))
        .help("say what else: put `or …` behind it")
        .into()),
        None => Err(Fault::nothing(format!(
            "There is no element at position {index}: the list has {}",
            list.len()
        ))
        .help("positions are counted from 0")
        .into()),
    }
}

fn head(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[0], "what to look into")?;
    at(vm, list, 0)
}

fn last(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[0], "what to look into")?;
    at(vm, list, list.len() as i64 - 1)
}

fn elem_at(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[0], "what to look into")?;
    let index = vm.need_int(args[1], "the position")?;
    at(vm, list, index)
}

/// A part of a list shares its elements.
fn part(list: List, from: usize, count: usize) -> Result<Step, Raise> {
    let from = from.min(list.len());
    let count = count.min(list.len() - from);
    Ok(Step::Done(Value::List(List {
        start: list.start + from as u32,
        len: count as u32,
    })))
}

fn tail(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    part(vm.need_list(args[0], "what to cut")?, 1, usize::MAX)
}

fn init(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[0], "what to cut")?;
    part(list, 0, list.len().saturating_sub(1))
}

fn take(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let count = vm.need_count(args[0], "a count")?;
    part(vm.need_list(args[1], "what to cut")?, 0, count)
}

fn drop(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let count = vm.need_count(args[0], "a count")?;
    part(vm.need_list(args[1], "what to cut")?, count, usize::MAX)
}

fn slice(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let from = vm.need_count(args[0], "a position")?;
    let count = vm.need_count(args[1], "a count")?;
    part(vm.need_list(args[2], "what to cut")?, from, count)
}

fn reverse(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[0], "what to reverse")?;
    let mut items = vm.heap.items(list).to_vec();
    items.reverse();
    vm.items(&items)
}

fn concat(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let lists = vm.need_list(args[0], "what to join")?;
    let mut items = Vec::new();
    for i in 0..lists.len() {
        let list = vm.need_list(vm.heap.item(lists, i), "each element")?;
        items.extend_from_slice(vm.heap.items(list));
    }
    vm.items(&items)
}

fn range(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let first = vm.need_int(args[0], "the first number")?;
    let last = vm.need_int(args[1], "the last number")?;
    let list = integers(vm, first, last)?;
    Ok(Step::Done(Value::List(list)))
}

/// The list of the integers from `first` to `last`.
fn integers(vm: &mut Vm<'_>, first: i64, last: i64) -> Result<List, Raise> {
    if last < first {
        return Ok(vm.heap.list(&[]));
    }
    let count = last.abs_diff(first).saturating_add(1);
    vm.need_memory((count as usize).saturating_mul(16))?;
    let start = vm.heap.alloc(count as usize);
    for (slot, i) in vm.heap.slots[start as usize..].iter_mut().zip(first..=last) {
        *slot = Value::Int(i);
    }
    Ok(List {
        start,
        len: count as u32,
    })
}

fn generate(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let count = vm.need_count(args[1], "a count")?;
    let list = integers(vm, 0, count as i64 - 1)?;
    map_list(vm, args[0], list)
}

fn repeat(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let count = vm.need_count(args[0], "a count")?;
    vm.need_memory(count.saturating_mul(16))?;
    let start = vm.heap.alloc(count);
    vm.heap.slots[start as usize..].fill(args[1]);
    Ok(Step::Done(Value::List(List {
        start,
        len: count as u32,
    })))
}

fn zip(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let a = vm.need_list(args[0], "the first list")?;
    let b = vm.need_list(args[1], "the second list")?;
    let (first, second) = (Symbol::new("first"), Symbol::new("second"));
    let pairs: Vec<Value> = (0..a.len().min(b.len()))
        .map(|i| {
            let fields = vec![(first, vm.heap.item(a, i)), (second, vm.heap.item(b, i))];
            vm.heap.record_from(fields, 0).value()
        })
        .collect();
    vm.items(&pairs)
}

fn enumerate(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[0], "what to number")?;
    let (index, value) = (Symbol::new("index"), Symbol::new("value"));
    let numbered: Vec<Value> = (0..list.len())
        .map(|i| {
            let fields = vec![
                (index, Value::Int(i as i64)),
                (value, vm.heap.item(list, i)),
            ];
            vm.heap.record_from(fields, 0).value()
        })
        .collect();
    vm.items(&numbered)
}

fn intersperse(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[1], "what to fill")?;
    let mut items = Vec::with_capacity(list.len() * 2);
    for &item in vm.heap.items(list) {
        if !items.is_empty() {
            items.push(args[0]);
        }
        items.push(item);
    }
    vm.items(&items)
}
