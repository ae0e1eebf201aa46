//! The traced process, until it becomes the program that is traced.

use super::{Order, calls};
use crate::sandbox;
use nix::sys::ptrace;
use nix::sys::signal::{Signal, raise};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
use std::collections::BTreeMap;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Never returns when all goes well.
pub(super) fn become_program(order: &Order) -> io::Result<u8> {
    ptrace::traceme()?;
    // Until the tracer has said what it wants to see.
    raise(Signal::SIGSTOP)?;
    if let Some(policy) = &order.policy {
        sandbox::restrict(policy)?;
    }
    let filter = filter().map_err(io::Error::other)?;
    seccompiler::apply_filter(&filter).map_err(io::Error::other)?;
    let arguments = order.argv.get(1..).unwrap_or_default();
    let error = Command::new(&order.program)
        .arg0(order.argv.first().map_or("", String::as_str))
        .args(arguments)
        .exec();
    Err(error)
}

/// Stops at calls that name files, lets all others pass.
fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
    let rules: BTreeMap<i64, _> = calls::NUMBERS.iter().map(|n| (*n, Vec::new())).collect();
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::Trace(0),
        std::env::consts::ARCH.try_into()?,
    )?;
    filter.try_into()
}
