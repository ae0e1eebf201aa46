//! Diagnostics whose examples do not fit on a page: what is too long, too deep or too large, and
//! what checking stops before it is evaluated.

use nexus_compiler::db::Compiler;
use nexus_compiler::diagnostic::Code;
use nexus_compiler::eval::{Evaluator, SourceModules};
use nexus_compiler::inputs::{FileKind, GlobResult, Inputs};
use nexus_compiler::vm::{Failure, Limits, World};
use nexus_compiler::world::Memory;
use std::io;
use std::path::Path;

/// Every path is a file of more than 1 GiB; nobody looks inside.
struct Huge;

impl Inputs for Huge {
    fn read(&self, _path: &Path) -> io::Result<Vec<u8>> {
        Ok(vec![0; (1 << 30) + 1])
    }

    fn kind(&self, _path: &Path) -> FileKind {
        FileKind::File
    }

    fn glob(&self, _root: &Path, _pattern: &str) -> io::Result<GlobResult> {
        Ok(GlobResult::default())
    }

    fn env(&self, _name: &str) -> Option<String> {
        None
    }
}

fn checked(inputs: &dyn Inputs) -> Vec<Code> {
    let mut compiler = Compiler::new();
    compiler.load_library(Path::new("/p/nexus.nx"), inputs);
    let mut codes: Vec<_> = compiler.diagnostics().iter().map(|d| d.code).collect();
    codes.dedup();
    codes
}

fn evaluated(expression: &str, limits: Limits) -> Vec<Code> {
    let world = Memory::default();
    let mut compiler = Compiler::new();
    let path = compiler.load_expression(expression, Path::new("/p"), &world);
    let modules = SourceModules::new(&mut compiler, &world);
    let world = World {
        inputs: &world,
        modules: &modules,
        realised: &|_| true,
        trace: &|_| {},
        root: Path::new("/p"),
    };
    let mut evaluator = Evaluator::new(world, limits);
    match evaluator.eval_file(&path) {
        Err(Failure::Errors(errors)) => errors.iter().map(|d| d.code).collect(),
        Err(Failure::NeedsTasks(_)) | Ok(_) => Vec::new(),
    }
}

#[test]
fn a_file_that_is_too_long() {
    assert_eq!(checked(&Huge), [Code(23)]);
}

#[test]
fn an_expression_that_is_nested_too_deeply() {
    let text = format!(
        "total = {}1{};\n",
        "(".repeat(100_000),
        " + 1)".repeat(100_000)
    );
    let world = Memory::default().file("/p/nexus.nx", text.as_str());
    assert_eq!(checked(&world), [Code(25)]);
}

#[test]
fn evaluation_that_goes_on_inward_or_grows() {
    let limits = Limits {
        memory: 64 << 20,
        ..Limits::default()
    };
    let shallow = Limits {
        depth: 10_000,
        ..limits
    };
    let deep = "let count = n: 1 + count (n - 1); in count 3";
    assert_eq!(evaluated(deep, shallow), [Code(302)]);
    let grow = "let grow = xs: grow (xs ++ xs); in length (grow [ 1 ])";
    assert_eq!(evaluated(grow, limits), [Code(303)]);
}

#[test]
fn what_is_missing_in_the_text_is_needed() {
    assert_eq!(evaluated("1 + ", Limits::default()), [Code(320)]);
}
