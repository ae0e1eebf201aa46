//! What becomes of a program: what the checker says, and how it ends.

use nexus_compiler::db::Compiler;
use nexus_compiler::eval::{Evaluator, SourceModules};
use nexus_compiler::vm::{Failure, Limits, World};
use nexus_compiler::world::Memory;
use std::path::Path;

/// What is known of a program.
#[derive(Debug)]
pub struct Verdict {
    /// The errors found by checking.
    pub errors: Vec<String>,
    /// The code and message of the failure, when it is computed completely.
    pub stopped: Option<(u16, String)>,
}

impl Verdict {
    pub fn is_accepted(&self) -> bool {
        self.errors.is_empty()
    }

    /// It stops with an error that types are there to prevent.
    pub fn goes_wrong(&self) -> bool {
        matches!(self.stopped, Some((code, _)) if is_type_error(code))
    }
}

/// Failures that a checked program must not end with: a value of the wrong kind, an absent field,
/// an argument record that does not fit its pattern, a call of what is no function, a field name
/// that is no text. What depends on the value and not on its type may happen: division by zero,
/// overflow, a look-up that finds nothing, `throw`, `assert`, a limit.
pub fn is_type_error(code: u16) -> bool {
    matches!(code, 304 | 305 | 313 | 314 | 315 | 321)
}

/// Checks a program, and computes it completely when `always`, or when it is accepted.
pub fn verdict(text: &str, always: bool) -> Verdict {
    let root = Path::new("/project");
    let inputs = Memory::default();
    let mut compiler = Compiler::new();
    let path = compiler.load_expression(text, root, &inputs);
    let found = compiler.diagnostics();
    let errors = found.iter().filter(|d| d.is_error());
    let errors: Vec<String> = errors
        .map(|d| format!("{}: {}", d.code, d.message))
        .collect();
    if !always && !errors.is_empty() {
        return Verdict {
            errors,
            stopped: None,
        };
    }
    let modules = SourceModules::new(&mut compiler, &inputs);
    let world = World {
        inputs: &inputs,
        modules: &modules,
        realised: &|_| true,
        trace: &|_| {},
        root,
    };
    let limits = Limits {
        memory: 64 << 20,
        depth: 1_000_000,
    };
    let mut evaluator = Evaluator::new(world, limits);
    let result = evaluator
        .eval_file(&path)
        .and_then(|value| evaluator.force_deep(value));
    let stopped = match result {
        Ok(_) | Err(Failure::NeedsTasks(_)) => None,
        Err(Failure::Errors(errors)) => errors.first().map(|e| (e.code.0, e.message.clone())),
    };
    Verdict { errors, stopped }
}
