//! Evaluating a text in an empty world.

use nexus_compiler::db;
use nexus_compiler::eval::{Evaluator, SourceModules};
use nexus_compiler::value::Value;
use nexus_compiler::vm::{Failure, Limits, World};
use nexus_compiler::world::Memory;
use std::path::Path;

/// The value as JSON, or the code of the failure.
#[allow(dead_code)] // Not every test wants JSON.
pub fn evaluate(text: &str, limits: Limits) -> Result<String, u16> {
    run(text, limits, |evaluator, value| {
        evaluator.to_json(value, false)
    })
}

/// The value as the language writes it, or the code of the failure.
#[allow(dead_code)] // Not every test prints.
pub fn printed(text: &str) -> Result<String, u16> {
    run(text, Limits::default(), |evaluator, value| {
        evaluator.print(value)
    })
}

fn run(
    text: &str,
    limits: Limits,
    show: impl FnOnce(&mut Evaluator<'_>, Value) -> Result<String, Failure>,
) -> Result<String, u16> {
    let root = Path::new("/project");
    let inputs = Memory::default();
    let mut compiler = db::Compiler::new();
    let path = compiler.load_expression(text, root, &inputs);
    let modules = SourceModules::new(&mut compiler, &inputs);
    let world = World {
        inputs: &inputs,
        modules: &modules,
        realised: &|_| true,
        trace: &|_| {},
        root,
    };
    let mut evaluator = Evaluator::new(world, limits);
    let result = evaluator
        .eval_file(&path)
        .and_then(|value| show(&mut evaluator, value));
    result.map_err(|failure| match failure {
        Failure::Errors(errors) => errors[0].code.0,
        Failure::NeedsTasks(_) => 0,
    })
}
