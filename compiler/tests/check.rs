//! Golden tests of checking: `check/*.nx` is a project (several files, separated by `#- name`),
//! `check/*.out` what is said about it. Names that begin with `ok_` must be found right.
//!
//! `UPDATE_EXPECT=1 cargo test -p nexus-compiler --test check` writes the `.out` files anew.

mod support;

use libtest_mimic::{Arguments, Failed, Trial};
use nexus_compiler::db::Compiler;
use nexus_compiler::diagnostic::{RenderOptions, render};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use support::Memory;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check");
    let mut trials = Vec::new();
    for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|e| e == "nx") {
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            trials.push(Trial::test(name, move || check(&path)));
        }
    }
    trials.push(Trial::test("there are cases", {
        let count = trials.len();
        move || match count {
            0..100 => Err(format!("only {count}").into()),
            _ => Ok(()),
        }
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn check(path: &PathBuf) -> Result<(), Failed> {
    let inputs = Memory::fixture(&std::fs::read_to_string(path)?);
    let mut compiler = Compiler::new();
    compiler.load(Path::new("/p/nexus.nx"), &inputs);
    let diagnostics = compiler.diagnostics();
    let options = RenderOptions {
        ascii: true,
        base: Some("/p".into()),
        ..RenderOptions::default()
    };
    let out = render(&diagnostics, &|file| compiler.source(file), &options);
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    if name.starts_with("ok_") {
        return match out.is_empty() {
            true => Ok(()),
            false => Err(format!("must be right, but:\n{out}").into()),
        };
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
