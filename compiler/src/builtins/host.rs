//! `std.host`: the machine that nexus runs on. What is read from it is tracked like any file.

use super::declare::builtins;
use crate::value::Value;
use crate::vm::{Raise, Step, Vm};
use std::path::Path;

builtins! {
    /// The operating system: `"linux"` or `"macos"`.
    ///
    /// `contains std.host.os [ "linux" "macos" ]` => `true`
    ["std.host.os"] Constant "String" = os(Lazy);

    /// The architecture of the processor: `"x86_64"`, `"aarch64"`, …
    ///
    /// `std.type.is_string std.host.arch` => `true`
    ["std.host.arch"] Constant "String" = arch(Lazy);

    /// The distribution of Linux as `/etc/os-release` names it: `"debian"`, `"fedora"`,
    /// `"alpine"`, …; null where there is no such file.
    ///
    /// `std.host.distribution` => `"debian"`
    ["std.host.distribution"] Constant "String | Null" = distribution(Lazy);

    /// The version of the distribution, as in `"12"`; null where `/etc/os-release` gives none.
    ///
    /// `std.host.distribution_version` => `"12"`
    ["std.host.distribution_version"] Constant "String | Null" = distribution_version(Lazy);
}

fn os(vm: &mut Vm<'_>, _: &[Value]) -> Result<Step, Raise> {
    vm.text(std::env::consts::OS, 0)
}

fn arch(vm: &mut Vm<'_>, _: &[Value]) -> Result<Step, Raise> {
    vm.text(std::env::consts::ARCH, 0)
}

/// A field of `/etc/os-release`, as os-release(5) describes it.
fn release(vm: &mut Vm<'_>, name: &str) -> Result<Step, Raise> {
    let bytes = vm.world.inputs.read(Path::new("/etc/os-release"));
    let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let value = text
        .as_deref()
        .unwrap_or_default()
        .lines()
        .find_map(|line| {
            let value = line.strip_prefix(name)?.strip_prefix('=')?;
            Some(value.trim_matches(['"', '\'']).to_owned())
        });
    match value {
        Some(value) => vm.text(&value, 0),
        None => Ok(Step::Done(Value::Null)),
    }
}

fn distribution(vm: &mut Vm<'_>, _: &[Value]) -> Result<Step, Raise> {
    release(vm, "ID")
}

fn distribution_version(vm: &mut Vm<'_>, _: &[Value]) -> Result<Step, Raise> {
    release(vm, "VERSION_ID")
}
