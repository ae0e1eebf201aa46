//! Whole runs with real processes. The test program is also the guard, and the engine that some
//! tests kill.

mod caching;
mod depfiles;
mod hosts;
mod outcomes;
mod processes;
mod snapshots;
mod support;
mod why;

use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(ended) = nexus_engine::guard::helper(&mut std::env::args_os()) {
        return ended;
    }
    if std::env::args().nth(1).as_deref() == Some("__engine") {
        return support::engine_process();
    }
    let arguments = Arguments::from_args();
    let tests = [
        caching::TESTS,
        depfiles::TESTS,
        hosts::TESTS,
        processes::TESTS,
        outcomes::TESTS,
        snapshots::TESTS,
        why::TESTS,
    ]
    .concat();
    let trials = tests
        .into_iter()
        .map(|(name, test)| {
            Trial::test(name, move || {
                test();
                Ok(())
            })
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
