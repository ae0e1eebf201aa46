//! `std.version`: semantic versions. A leading `v` is passed over, and parts that are left out
//! are 0: `v1.2` is `1.2.0`.

use super::declare::builtins;
use crate::symbol::Symbol;
use crate::value::{Value, text};
use crate::vm::{Fault, Raise, Step, Vm};
use semver::{Version, VersionReq};
use std::cmp::Ordering;

builtins! {
    /// The parts of a version: `pre` is what follows `-`, `build` what follows `+`. Finds nothing
    /// when the text is no version.
    ///
    /// `(std.version.parse "v1.2.3-rc.1").minor` => `2`
    /// `(std.version.parse "1.2").patch` => `0`
    ["std.version.parse"] Function "String -> { major : Int, minor : Int, patch : Int, pre : String, build : String }" = parse(Value);

    /// Whether a text is a version.
    ///
    /// `map std.version.is_version [ "1.2.3" "latest" ]` => `[ true false ]`
    ["std.version.is_version"] Function "String -> Bool" = is_version(Value);

    /// The order of two versions: -1 when the first is older, 1 when it is newer, 0 when they are
    /// of the same age. What is being prepared (`-rc.1`) is older than what is released.
    ///
    /// `std.version.compare "1.10.0" "1.9.0"` => `1`
    /// `std.version.compare "1.0.0-rc.1" "1.0.0"` => `-1`
    ["std.version.compare"] Function "String -> String -> Int" = compare(Value, Value);

    /// Whether a version is in a range as Cargo and npm write them: `^1.2`, `~1.2.3`, `1.*`,
    /// `>=1.2, <2`.
    ///
    /// `std.version.satisfies ">=1.2, <2" "1.9.3"` => `true`
    /// `std.version.satisfies "^1.2" "2.0.0"` => `false`
    ["std.version.satisfies"] Function "String -> String -> Bool" = satisfies(Value, Value);
}

/// Reads a version, parts that are left out being 0.
fn read(text: &str) -> Option<Version> {
    let text = text.trim();
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let (numbers, rest) = text.split_at(end);
    let missing = 3usize.checked_sub(numbers.split('.').count())?;
    let filled = format!("{numbers}{}{rest}", ".0".repeat(missing));
    Version::parse(&filled).ok()
}

fn need_version(vm: &Vm<'_>, value: Value) -> Result<Version, Raise> {
    let s = vm.need_str(value, "a version")?;
    read(vm.heap.str(s)).ok_or_else(|| {
        let shown = text::quoted(vm.heap.str(s));
        Fault::nothing(format!("{shown} is no version such as \"1.2.3\""))
            .help("say what else: put `or …` behind the call")
            .into()
    })
}

fn parse(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let version = need_version(vm, args[0])?;
    let number = |n: u64| Value::Int(i64::try_from(n).unwrap_or(i64::MAX));
    let pre = vm.heap.new_str(version.pre.as_str());
    let build = vm.heap.new_str(version.build.as_str());
    let fields = vec![
        (Symbol::new("major"), number(version.major)),
        (Symbol::new("minor"), number(version.minor)),
        (Symbol::new("patch"), number(version.patch)),
        (Symbol::new("pre"), Value::Str(pre)),
        (Symbol::new("build"), Value::Str(build)),
    ];
    Ok(Step::Done(vm.heap.record_from(fields, 0).value()))
}

fn is_version(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let s = vm.need_str(args[0], "what to look at")?;
    Ok(Step::Done(Value::Bool(read(vm.heap.str(s)).is_some())))
}

fn compare(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (a, b) = (need_version(vm, args[0])?, need_version(vm, args[1])?);
    // What is behind `+` says nothing about age.
    let order = match a.cmp_precedence(&b) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    };
    Ok(Step::Done(Value::Int(order)))
}

fn satisfies(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let range = vm.need_str(args[0], "a range of versions")?;
    let wanted = VersionReq::parse(vm.heap.str(range)).map_err(|error| {
        let shown = text::quoted(vm.heap.str(range));
        vm.bad(&format!("cannot read the range {shown}: {error}"))
    })?;
    let version = need_version(vm, args[1])?;
    Ok(Step::Done(Value::Bool(wanted.matches(&version))))
}
