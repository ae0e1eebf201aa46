//! Evaluating a text in an empty world.

use nexus_compiler::db;
use nexus_compiler::eval::{Evaluator, SourceModules};
use nexus_compiler::vm::{Failure, Limits, World};
use nexus_compiler::world::Memory;
use std::path::Path;

/// The value as JSON, or the code of the failure.
pub fn evaluate(text: &str, limits: Limits) -> Result<String, u16> {
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
        .and_then(|value| evaluator.to_json(value, false));
    result.map_err(|failure| match failure {
        Failure::Errors(errors) => errors[0].code.0,
        Failure::NeedsTasks(_) => 0,
    })
}
