//! `std.record`: records as values from names.

use super::declare::builtins;
use crate::diagnostic::registry::evaluation as codes;
use crate::symbol::Symbol;
use crate::value::{RecordView, Thunk, Value};
use crate::vm::{Args, Fault, Native, Raise, Step, Vm};
use rustc_hash::FxHashSet;

builtins! {
    /// The field names, sorted.
    ///
    /// `std.record.names { b = 1; a = 2; }` => `[ "a" "b" ]`
    ["std.record.names"] Function "{ [String] : a } -> [String]" = names(Value);

    /// The fields' values, in the order of their names.
    ///
    /// `std.record.values { b = 1; a = 2; }` => `[ 2 1 ]`
    ["std.record.values"] Function "{ [String] : a } -> [a]" = values(Value);

    /// The number of fields.
    ///
    /// `std.record.size { a = 1; b = 2; }` => `2`
    ["std.record.size"] Function "{ [String] : a } -> Int" = size(Value);

    /// The field of that name; may find nothing.
    ///
    /// `std.record.get "a" { a = 1; }` => `1`
    /// `std.record.get "b" { a = 1; } or 0` => `0`
    ["std.record.get"] Function "String -> { [String] : a } -> a" = get(Value, Value);

    /// Whether there is a field of that name.
    ///
    /// `std.record.has "a" { a = 1; }` => `true`
    ["std.record.has"] Function "String -> { [String] : a } -> Bool" = has(Value, Value);

    /// The record with one field set.
    ///
    /// `std.record.set "b" 2 { a = 1; }` => `{ a = 1; b = 2; }`
    ["std.record.set"] Function "String -> a -> { [String] : a } -> { [String] : a }" = set(Value, Lazy, Value);

    /// The record without the fields of these names.
    ///
    /// `std.record.omit [ "a" ] { a = 1; b = 2; }` => `{ b = 2; }`
    ["std.record.omit"] Function "[String] -> { [String] : a } -> { [String] : a }" = omit(Items, Value);

    /// The record with no other fields than those of these names.
    ///
    /// `std.record.pick [ "a" "c" ] { a = 1; b = 2; }` => `{ a = 1; }`
    ["std.record.pick"] Function "[String] -> { [String] : a } -> { [String] : a }" = pick(Items, Value);

    /// Each field's value replaced by what the function makes of name and value, when needed.
    ///
    /// `std.record.map (name: n: n + 1) { a = 1; }` => `{ a = 2; }`
    ["std.record.map"] Function "(String -> a -> b) -> { [String] : a } -> { [String] : b }" = map(Lazy, Value);

    /// The fields for whose name and value the function answers true.
    ///
    /// `std.record.filter (name: n: n > 1) { a = 1; b = 2; }` => `{ b = 2; }`
    ["std.record.filter"] Function "(String -> a -> Bool) -> { [String] : a } -> { [String] : a }" = filter(Lazy, Value);

    /// A record of names and values; of equal names the last one counts.
    ///
    /// `std.record.from_list [ { name = "a"; value = 1; } ]` => `{ a = 1; }`
    ["std.record.from_list"] Function "[{ name : String, value : a }] -> { [String] : a }" = from_list(Items);

    /// Names and values as a list, sorted by name.
    ///
    /// `std.record.to_list { a = 1; }` => `[ { name = "a"; value = 1; } ]`
    ["std.record.to_list"] Function "{ [String] : a } -> [{ name : String, value : a }]" = to_list(Value);

    /// A record made by a function of each name.
    ///
    /// `std.record.generate (n: "${n}!") [ "a" ]` => `{ a = "a!"; }`
    ["std.record.generate"] Function "(String -> a) -> [String] -> { [String] : a }" = generate(Lazy, Items);

    /// All records merged; later ones win.
    ///
    /// `std.record.merge_all [ { a = 1; } { a = 2; b = 3; } ]` => `{ a = 2; b = 3; }`
    ["std.record.merge_all"] Function "[{ [String] : a }] -> { [String] : a }" = merge_all(Items);

    /// The two records merged, and records inside them too; the second wins.
    ///
    /// `std.record.merge_deep { a = { x = 1; y = 2; }; } { a = { y = 3; }; }` => `{ a = { x = 1; y = 3; }; }`
    ["std.record.merge_deep"] Function "{ [String] : Any } -> { [String] : Any } -> { [String] : Any }" = merge_deep(Value, Value);
}

fn names(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let record = vm.need_record(args[0], "what to look into")?;
    let names: Vec<Value> = vm
        .heap
        .entries_by_name(record)
        .into_iter()
        .map(|(name, _)| Value::Str(vm.heap.new_str(name.as_str())))
        .collect();
    vm.items(&names)
}

fn values(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let record = vm.need_record(args[0], "what to look into")?;
    let values: Vec<Value> = vm
        .heap
        .entries_by_name(record)
        .into_iter()
        .map(|e| e.1)
        .collect();
    vm.items(&values)
}

fn size(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let record = vm.need_record(args[0], "what to count")?;
    Ok(Step::Done(Value::Int(vm.heap.record_len(record) as i64)))
}

fn name(vm: &Vm<'_>, value: Value) -> Result<Symbol, Raise> {
    let name = vm.need_str(value, "the name of a field")?;
    Ok(Symbol::new(vm.heap.str(name)))
}

fn get(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let name = name(vm, args[0])?;
    let record = vm.need_record(args[1], "what to look into")?;
    match vm.heap.get(record, name) {
        Some(value) => Ok(Step::TailForce(value)),
        None => {
            let mut raise = vm.no_field(args[1], name);
            if let Raise::Fault(fault) = &mut raise {
                fault.nothing = true;
            }
            Err(raise)
        }
    }
}

fn has(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let name = name(vm, args[0])?;
    let record = vm.need_record(args[1], "what to look into")?;
    Ok(Step::Done(Value::Bool(vm.heap.get(record, name).is_some())))
}

fn set(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let name = name(vm, args[0])?;
    let record = vm.need_record(args[2], "what to change")?;
    let field = vm.heap.record_from(vec![(name, args[1])], 0);
    Ok(Step::Done(vm.heap.merge(record, field).value()))
}

fn names_of(vm: &Vm<'_>, value: Value) -> Result<FxHashSet<Symbol>, Raise> {
    let list = vm.need_list(value, "the names")?;
    vm.heap
        .items(list)
        .iter()
        .map(|&item| name(vm, item))
        .collect()
}

fn keep(
    vm: &mut Vm<'_>,
    args: &[Value],
    kept: impl Fn(&FxHashSet<Symbol>, Symbol) -> bool,
) -> Result<Step, Raise> {
    let names = names_of(vm, args[0])?;
    let record = vm.need_record(args[1], "what to choose from")?;
    let mut entries = vm.heap.entries(record);
    entries.retain(|e| kept(&names, e.0));
    let site = vm.heap.sites.written(record.site());
    Ok(Step::Done(vm.heap.record_from(entries, site).value()))
}

fn omit(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    keep(vm, args, |names, name| !names.contains(&name))
}

fn pick(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    keep(vm, args, |names, name| names.contains(&name))
}

fn map(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let record = vm.need_record(args[1], "what to map over")?;
    let mut entries = vm.heap.entries(record);
    vm.need_memory(entries.len() * 96)?;
    for (name, value) in &mut entries {
        let text = Value::Str(vm.heap.new_str(name.as_str()));
        *value = apply_later(vm, args[0], text, *value);
    }
    Ok(Step::Done(vm.heap.record_from(entries, 0).value()))
}

/// A thunk of `func a b`.
pub(super) fn apply_later(vm: &mut Vm<'_>, func: Value, a: Value, b: Value) -> Value {
    let start = vm.heap.slots_from(&[func, a]);
    let func = vm
        .heap
        .slot(Value::Partial(crate::value::Partial { start, args: 1 }));
    let arg = vm.heap.slot(b);
    vm.heap.thunk(Thunk::Call { func, arg })
}

struct Filter {
    func: Value,
    entries: Vec<(Symbol, Value)>,
    at: usize,
    kept: Vec<(Symbol, Value)>,
    site: u32,
}

impl Native for Filter {
    fn step(&mut self, vm: &mut Vm<'_>, returned: Value) -> Result<Step, Raise> {
        if let Some(done) = self.at.checked_sub(1)
            && vm.need_bool(returned, "std.record.filter")?
        {
            self.kept.push(self.entries[done]);
        }
        let Some(&(name, value)) = self.entries.get(self.at) else {
            let kept = std::mem::take(&mut self.kept);
            return Ok(Step::Done(vm.heap.record_from(kept, self.site).value()));
        };
        self.at += 1;
        let name = Value::Str(vm.heap.new_str(name.as_str()));
        Ok(Step::Call(self.func, Args::two(name, value)))
    }
}

fn filter(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let record = vm.need_record(args[1], "what to filter")?;
    Ok(Step::Become(Box::new(Filter {
        func: args[0],
        entries: vm.heap.entries_by_name(record),
        at: 0,
        kept: Vec::new(),
        site: vm.heap.sites.written(record.site()),
    })))
}

/// Collects `{ name, value }` records; their names may have to be computed.
struct FromList {
    list: crate::value::List,
    at: usize,
    entries: Vec<(Symbol, Value)>,
    keys: (Symbol, Symbol),
}

impl Native for FromList {
    fn step(&mut self, vm: &mut Vm<'_>, _: Value) -> Result<Step, Raise> {
        while self.at < self.list.len() {
            let item = vm.heap.resolve(vm.heap.item(self.list, self.at));
            let Some(pair) = item.record() else {
                return Err(Fault::new(
                    codes::WRONG_TYPE,
                    format!(
                        "`std.record.from_list` needs records with `name` and `value`, but one element is {}",
                        vm.describe(item)
                    ),
                )
                .into());
            };
            let (Some(name), Some(value)) = (
                vm.heap.get(pair, self.keys.0),
                vm.heap.get(pair, self.keys.1),
            ) else {
                let missing = match vm.heap.get(pair, self.keys.0) {
                    None => self.keys.0,
                    Some(_) => self.keys.1,
                };
                return Err(vm.no_field(item, missing));
            };
            match vm.heap.resolve(name) {
                name @ Value::Thunk(_) => return Ok(Step::Force(name)),
                Value::Str(name) => {
                    let name = Symbol::new(vm.heap.str(name));
                    self.entries.push((name, value));
                }
                other => {
                    return Err(Fault::new(
                        codes::FIELD_NAME,
                        format!(
                            "A field name is a string, but this is {}",
                            vm.describe(other)
                        ),
                    )
                    .into());
                }
            }
            self.at += 1;
        }
        let entries = std::mem::take(&mut self.entries);
        vm.need_memory(entries.len() * 32)?;
        Ok(Step::Done(vm.heap.record_from(entries, 0).value()))
    }
}

fn from_list(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    Ok(Step::Become(Box::new(FromList {
        list: vm.need_list(args[0], "names and values")?,
        at: 0,
        entries: Vec::new(),
        keys: (Symbol::new("name"), Symbol::new("value")),
    })))
}

fn to_list(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let record = vm.need_record(args[0], "what to list")?;
    let keys = (Symbol::new("name"), Symbol::new("value"));
    let pairs: Vec<Value> = vm
        .heap
        .entries_by_name(record)
        .into_iter()
        .map(|(name, value)| {
            let name = Value::Str(vm.heap.new_str(name.as_str()));
            let fields = vec![(keys.0, name), (keys.1, value)];
            vm.heap.record_from(fields, 0).value()
        })
        .collect();
    vm.items(&pairs)
}

fn generate(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[1], "the names")?;
    vm.need_memory(list.len() * 96)?;
    let func = vm.heap.slot(args[0]);
    let mut entries = Vec::with_capacity(list.len());
    for i in 0..list.len {
        let name = name(vm, vm.heap.item(list, i as usize))?;
        let arg = list.start + i;
        entries.push((name, vm.heap.thunk(Thunk::Call { func, arg })));
    }
    Ok(Step::Done(vm.heap.record_from(entries, 0).value()))
}

fn merge_all(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[0], "what to merge")?;
    let mut all = vm.heap.record_from(Vec::new(), 0);
    for i in 0..list.len() {
        let record = vm.need_record(vm.heap.item(list, i), "each element")?;
        all = vm.heap.merge(all, record);
    }
    Ok(Step::Done(all.value()))
}

/// Fields that both records have are merged when they are needed.
fn merge_deep(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let a = vm.need_record(args[0], "the first argument")?;
    let b = vm.need_record(args[1], "the second argument")?;
    Ok(Step::Done(deep(vm, a, b)))
}

fn deep(vm: &mut Vm<'_>, a: RecordView, b: RecordView) -> Value {
    let merge = super::primitive(merge_fields);
    let both: Vec<(Symbol, Value)> = vm
        .heap
        .entries(b)
        .into_iter()
        .filter_map(|(name, right)| {
            let left = vm.heap.get(a, name)?;
            Some((name, apply_later(vm, merge, left, right)))
        })
        .collect();
    let both = vm.heap.record_from(both, 0);
    let merged = vm.heap.merge(a, b);
    vm.heap.merge(merged, both).value()
}

/// `b`, merged into `a` when both are records.
pub(super) fn merge_fields(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let b = vm.heap.resolve(args[1]);
    let Some(right) = b.record() else {
        return Ok(Step::Done(b));
    };
    match vm.heap.resolve(args[0]).record() {
        Some(left) => Ok(Step::Done(deep(vm, left, right))),
        None => Ok(Step::Done(b)),
    }
}
