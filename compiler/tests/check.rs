//! Golden tests of checking: `check/*.nx` is a project (several files, separated by `#- name`),
//! `check/*.out` what is said about it. Names that begin with `ok_` must be found right.
//!
//! Every fix of every diagnostic is applied: the result must have no more mistakes than there
//! were, and not the one it is for.
//!
//! `UPDATE_EXPECT=1 cargo test -p nexus-compiler --test check` writes the `.out` files anew.

mod support;

use libtest_mimic::{Arguments, Failed, Trial};
use nexus_compiler::db::Compiler;
use nexus_compiler::diagnostic::{Diagnostic, RenderOptions, fix, render};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use support::Memory;

/// How many wrong and right programs there are at least.
const AT_LEAST: (usize, usize) = (150, 50);

/// A report is not longer than a screen, the excerpt of one mistake in it not longer than this.
const MOST_LINES: usize = 30;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check");
    let mut trials = Vec::new();
    let mut right = 0;
    for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|e| e == "nx") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let name = name.into_owned();
            right += usize::from(is_right(&path));
            trials.push(Trial::test(name, move || check(&path)));
        }
    }
    let wrong = trials.len() - right;
    trials.push(Trial::test("there are cases", move || {
        match wrong >= AT_LEAST.0 && right >= AT_LEAST.1 {
            true => Ok(()),
            false => Err(format!("only {wrong} wrong and {right} right programs").into()),
        }
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn is_right(path: &Path) -> bool {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    name.starts_with("ok_")
}

fn diagnostics(inputs: &Memory) -> (Compiler, Vec<Diagnostic>) {
    let mut compiler = Compiler::new();
    compiler.load(Path::new("/p/nexus.nx"), inputs);
    let diagnostics = compiler.diagnostics();
    (compiler, diagnostics)
}

fn check(path: &PathBuf) -> Result<(), Failed> {
    let mut inputs = Memory::fixture(&std::fs::read_to_string(path)?);
    let (compiler, diagnostics) = diagnostics(&inputs);
    let options = RenderOptions {
        ascii: true,
        base: Some("/p".into()),
        ..RenderOptions::default()
    };
    let show = |all: &[Diagnostic]| render(all, &|file| compiler.source(file), &options);
    let out = show(&diagnostics);
    if is_right(path) {
        return match out.is_empty() {
            true => Ok(()),
            false => Err(format!("must be right, but:\n{out}").into()),
        };
    }
    if diagnostics.is_empty() {
        return Err("nothing is found wrong with it".into());
    }
    for diagnostic in &diagnostics {
        let one = show(std::slice::from_ref(diagnostic));
        if one.lines().count() > MOST_LINES {
            return Err(format!("longer than {MOST_LINES} lines:\n{one}").into());
        }
        if diagnostic.fix.is_some() && diagnostic.helps.is_empty() {
            return Err(format!("a fix is not told as help:\n{one}").into());
        }
        fixes(&mut inputs, &diagnostics, diagnostic)?;
    }
    let golden = path.with_extension("out");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(golden, out)?;
        return Ok(());
    }
    let expected = std::fs::read_to_string(golden).unwrap_or_default();
    match out == expected {
        true => Ok(()),
        false => Err(format!("expected:\n{expected}\nfound:\n{out}").into()),
    }
}

/// The fix of a diagnostic, applied alone, leaves no more mistakes than there were, and not its
/// own.
fn fixes(inputs: &mut Memory, before: &[Diagnostic], fixed: &Diagnostic) -> Result<(), Failed> {
    let Some(fix) = &fixed.fix else {
        return Ok(());
    };
    let old = inputs.0.get(&*fix.file).cloned().unwrap_or_default();
    let text = String::from_utf8(old.clone())?;
    let new = fix::apply(&text, fix).ok_or("the fix cannot be applied")?;
    inputs.0.insert(fix.file.to_path_buf(), new.clone().into());
    let (_, after) = diagnostics(inputs);
    inputs.0.insert(fix.file.to_path_buf(), old);
    let same = |d: &&Diagnostic| (d.code, &d.message) == (fixed.code, &fixed.message);
    let still = after.iter().filter(same).count() >= before.iter().filter(same).count();
    let syntax = |all: &[Diagnostic]| all.iter().filter(|d| d.code.0 < 100).count();
    if still || after.len() > before.len() || syntax(&after) > syntax(before) {
        let messages: Vec<_> = after.iter().map(|d| &d.message).collect();
        return Err(format!(
            "\"{}\" gives\n{new}\nwith {} instead of {} mistakes: {messages:#?}",
            fix.title,
            after.len(),
            before.len()
        )
        .into());
    }
    Ok(())
}
