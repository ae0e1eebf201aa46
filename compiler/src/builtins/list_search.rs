//! `std.list`: asking about elements.

use super::declare::builtins;
use super::each::{Each, PerItem};
use crate::value::{List, Value};
use crate::vm::{Fault, Native, Raise, Step, Vm};
use rustc_hash::FxHashSet;

builtins! {
    /// Whether the function answers true for some element.
    ///
    /// `std.list.any (x: x > 2) [ 1 2 3 ]` => `true`
    ["std.list.any"] Function "(a -> Bool) -> [a] -> Bool" = any(Lazy, Value);

    /// Whether the function answers true for each element.
    ///
    /// `std.list.all (x: x > 2) [ 1 2 3 ]` => `false`
    ["std.list.all"] Function "(a -> Bool) -> [a] -> Bool" = all(Lazy, Value);

    /// How many elements the function answers true for.
    ///
    /// `std.list.count (x: x > 1) [ 1 2 3 ]` => `2`
    ["std.list.count"] Function "(a -> Bool) -> [a] -> Int" = count(Lazy, Value);

    /// The first element the function answers true for; may find nothing.
    ///
    /// `std.list.find (x: x > 1) [ 1 2 3 ]` => `2`
    /// `std.list.find (x: x > 9) [ 1 2 3 ] or 0` => `0`
    ["std.list.find", "find"] Function "(a -> Bool) -> [a] -> a" = find(Lazy, Value);

    /// The position of the first element the function answers true for; may find nothing.
    ///
    /// `std.list.find_index (x: x > 1) [ 1 2 3 ]` => `1`
    ["std.list.find_index"] Function "(a -> Bool) -> [a] -> Int" = find_index(Lazy, Value);

    /// Whether a value is among the elements.
    ///
    /// `contains 2 [ 1 2 3 ]` => `true`
    ["std.list.contains", "contains"] Function "a -> [a] -> Bool" = contains(Lazy, Value);

    /// The position of the first element equal to a value; may find nothing.
    ///
    /// `std.list.index_of "b" [ "a" "b" ]` => `1`
    ["std.list.index_of"] Function "a -> [a] -> Int" = index_of(Lazy, Value);

    /// The elements without those equal to an earlier one.
    ///
    /// `std.list.unique [ 1 2 1 3 2 ]` => `[ 1 2 3 ]`
    ["std.list.unique"] Function "[a] -> [a]" = unique(Items);
}

/// Which answer ends the search, and with what.
enum Search {
    Any,
    All,
    Count(i64),
    Find,
    FindIndex,
}

impl PerItem for Search {
    fn take(
        &mut self,
        vm: &mut Vm<'_>,
        index: usize,
        item: Value,
        answer: Value,
    ) -> Result<Option<Step>, Raise> {
        let name = match self {
            Search::Any => "std.list.any",
            Search::All => "std.list.all",
            Search::Count(_) => "std.list.count",
            Search::Find => "std.list.find",
            Search::FindIndex => "std.list.find_index",
        };
        let yes = vm.need_bool(answer, name)?;
        Ok(match self {
            Search::Any if yes => Some(Step::Done(Value::Bool(true))),
            Search::All if !yes => Some(Step::Done(Value::Bool(false))),
            Search::Find if yes => Some(Step::TailForce(item)),
            Search::FindIndex if yes => Some(Step::Done(Value::Int(index as i64))),
            Search::Count(count) => {
                *count += i64::from(yes);
                None
            }
            _ => None,
        })
    }

    fn end(&mut self, _: &mut Vm<'_>) -> Result<Step, Raise> {
        Ok(Step::Done(match self {
            Search::Any => Value::Bool(false),
            Search::All => Value::Bool(true),
            Search::Count(count) => Value::Int(*count),
            Search::Find | Search::FindIndex => return Err(no_element()),
        }))
    }
}

fn no_element() -> Raise {
    Fault::nothing("No element of the list is the one looked for")
        .help("say what else: put `or …` behind it")
        .into()
}

fn search(vm: &mut Vm<'_>, args: &[Value], search: Search) -> Result<Step, Raise> {
    let list = vm.need_list(args[1], "what to search")?;
    Each::start(args[0], list, search)
}

fn any(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    search(vm, args, Search::Any)
}

fn all(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    search(vm, args, Search::All)
}

fn count(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    search(vm, args, Search::Count(0))
}

fn find(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    search(vm, args, Search::Find)
}

fn find_index(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    search(vm, args, Search::FindIndex)
}

/// Compares one element after another with a value.
struct IndexOf {
    value: Value,
    list: List,
    at: usize,
    /// The answer wanted is whether, not where.
    whether: bool,
}

impl Native for IndexOf {
    fn step(&mut self, vm: &mut Vm<'_>, returned: Value) -> Result<Step, Raise> {
        if let (Value::Bool(true), Some(found)) = (returned, self.at.checked_sub(1)) {
            return Ok(Step::Done(if self.whether {
                Value::Bool(true)
            } else {
                Value::Int(found as i64)
            }));
        }
        if self.at == self.list.len() {
            return match self.whether {
                true => Ok(Step::Done(Value::Bool(false))),
                false => Err(no_element()),
            };
        }
        let item = vm.heap.item(self.list, self.at);
        self.at += 1;
        Ok(Step::Sub(vm.equality(self.value, item)))
    }
}

fn contains(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    Ok(Step::Become(Box::new(IndexOf {
        value: args[0],
        list: vm.need_list(args[1], "what to search")?,
        at: 0,
        whether: true,
    })))
}

fn index_of(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    Ok(Step::Become(Box::new(IndexOf {
        value: args[0],
        list: vm.need_list(args[1], "what to search")?,
        at: 0,
        whether: false,
    })))
}

/// What scalars are told apart by.
#[derive(PartialEq, Eq, Hash)]
enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    Float(u64),
    Duration(i64),
    Size(i64),
    Str(String),
    Path(String),
}

fn scalar(vm: &Vm<'_>, value: Value) -> Option<Scalar> {
    Some(match value {
        Value::Null => Scalar::Null,
        Value::Bool(b) => Scalar::Bool(b),
        Value::Int(i) => Scalar::Int(i),
        // Equal to the integer, when there is one.
        Value::Float(f) if f as i64 as f64 == f => Scalar::Int(f as i64),
        Value::Float(f) => Scalar::Float(f.to_bits()),
        Value::Duration(d) => Scalar::Duration(d),
        Value::Size(s) => Scalar::Size(s),
        Value::Str(s) => Scalar::Str(vm.heap.str(s).to_owned()),
        Value::Path(p) => Scalar::Path(vm.heap.str(p).to_owned()),
        _ => return None,
    })
}

struct Unique {
    list: List,
    at: usize,
    kept: Vec<Value>,
    scalars: FxHashSet<Scalar>,
    /// Kept elements that are no scalars, and which of them comes next in the comparison.
    others: Vec<Value>,
    compared: usize,
}

impl Native for Unique {
    fn step(&mut self, vm: &mut Vm<'_>, returned: Value) -> Result<Step, Raise> {
        if let Value::Bool(true) = returned {
            self.compared = 0;
            self.at += 1;
        }
        while self.at < self.list.len() {
            let item = vm.heap.resolve(vm.heap.item(self.list, self.at));
            match scalar(vm, item) {
                Some(scalar) => {
                    if self.scalars.insert(scalar) {
                        self.kept.push(item);
                    }
                }
                None => {
                    if let Some(&other) = self.others.get(self.compared) {
                        self.compared += 1;
                        return Ok(Step::Sub(vm.equality(item, other)));
                    }
                    self.compared = 0;
                    self.others.push(item);
                    self.kept.push(item);
                }
            }
            self.at += 1;
        }
        vm.items(&self.kept)
    }
}

fn unique(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    Ok(Step::Become(Box::new(Unique {
        list: vm.need_list(args[0], "what to look through")?,
        at: 0,
        kept: Vec::new(),
        scalars: FxHashSet::default(),
        others: Vec::new(),
        compared: 0,
    })))
}
