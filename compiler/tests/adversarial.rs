//! Nothing that can be written makes checking take for ever, or the stack end, or anything be
//! passed over in silence. What a case costs is counted in steps of inference, which do not depend
//! on the machine; `-- --report` prints times and memory, too (`docs/benchmarks.md`).

#[path = "adversarial/cases.rs"]
mod cases;

use cases::{Case, Outcome, all};
use libtest_mimic::{Arguments, Failed, Trial};
use nexus_compiler::db::Compiler;
use nexus_compiler::diagnostic::{Severity, registry};
use nexus_compiler::world::Memory;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

/// Steps that a case may take at most: for each byte of its text.
const STEPS_PER_BYTE: u64 = 400;

/// How often a case is measured.
const RUNS: usize = 5;

fn main() -> ExitCode {
    let mut names = std::env::args().skip(1);
    if names.next().as_deref() == Some("--report") {
        report(names.next().as_deref());
        return ExitCode::SUCCESS;
    }
    let arguments = Arguments::from_args();
    let trials = all()
        .into_iter()
        .map(|case| Trial::test(case.name, move || check(&case)));
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn load(case: &Case) -> Compiler {
    let mut world = Memory::default();
    for (path, text) in &case.files {
        world = world.file(path, text.as_str());
    }
    let mut compiler = Compiler::new();
    compiler.load(Path::new(&case.files[0].0), &world);
    compiler
}

fn check(case: &Case) -> Result<(), Failed> {
    let compiler = load(case);
    let found = compiler.diagnostics();
    let limited = found
        .iter()
        .any(|d| d.code == registry::types::TOO_INVOLVED || d.code == registry::syntax::TOO_DEEP);
    let errors = found.iter().filter(|d| d.severity == Severity::Error);
    let outcome = match (limited, errors.count()) {
        (true, _) => Outcome::Limited,
        (false, 0) => Outcome::Clean,
        (false, _) => Outcome::Wrong,
    };
    if outcome != case.outcome {
        let messages: Vec<_> = found.iter().take(5).map(|d| &d.message).collect();
        return Err(format!("{outcome:?}: {messages:#?}").into());
    }
    let bytes: usize = case.files.iter().map(|(_, text)| text.len()).sum();
    let most = 200_000 + STEPS_PER_BYTE * bytes as u64;
    let steps = compiler.steps();
    match steps <= most {
        true => Ok(()),
        false => Err(format!("{steps} steps for {bytes} bytes, more than {most}").into()),
    }
}

/// One case in this process, or every case in one of its own.
fn report(only: Option<&str>) {
    if let Some(name) = only {
        let Some(case) = all().into_iter().find(|case| case.name == name) else {
            return;
        };
        let start = Instant::now();
        let compiler = load(&case);
        let found = compiler.diagnostics().len();
        let time = start.elapsed();
        let bytes: usize = case.files.iter().map(|(_, text)| text.len()).sum();
        let steps = compiler.steps();
        println!(
            "| {name} | {} | {steps} | {found} | {:.0} | {} |",
            bytes / 1_000,
            time.as_secs_f64() * 1e3,
            peak_memory() / 1_000,
        );
        // Taking things apart is no part of checking.
        std::mem::forget(compiler);
        return;
    }
    println!("| case | kB | steps | messages | ms | MB |\n|---|---|---|---|---|---|");
    for case in all() {
        // The best of several: other programs run, too.
        let best = (0..RUNS)
            .filter_map(|_| measured(case.name))
            .min_by(|a, b| {
                let time = |line: &str| -> f64 {
                    let cell = line.split('|').nth_back(2).unwrap_or_default();
                    cell.trim().parse().unwrap_or(f64::MAX)
                };
                time(a).total_cmp(&time(b))
            });
        println!(
            "{}",
            best.unwrap_or_else(|| format!("| {} | **fails** | | | | |", case.name))
        );
    }
}

/// What a process says that checks one case; nothing when it does not end well.
fn measured(name: &str) -> Option<String> {
    let program = std::env::current_exe().ok()?;
    let run = std::process::Command::new(program)
        .args(["--report", name])
        .output()
        .ok()?;
    run.status
        .success()
        .then(|| String::from_utf8_lossy(&run.stdout).trim().to_owned())
}

/// The largest resident size of this process so far, in kB; 0 where that is not known.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().split(' ').next()?.parse().ok());
    number.unwrap_or(0)
}
