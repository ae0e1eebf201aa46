//! The tests that a file of `.nx` has in its field `tests`: evaluated one by one, each with its
//! own verdict.
//!
//! A test is a boolean, a record with `actual` and `expected`, or a record with `fails`, whose
//! evaluation has to fail (with `message`, what its message must contain). Any other record is a
//! group of tests; names are joined with dots.

mod compare;
#[cfg(test)]
mod tests;

pub use compare::Difference;

use crate::db::Compiler;
use crate::diagnostic::Diagnostic;
use crate::eval::{Evaluator, SourceModules};
use crate::hir::Span;
use crate::inputs::Inputs;
use crate::value::Value;
use crate::vm::{Failure, Limits, World};
use nexus_grammar::ast::{self, NameValue};
use nexus_grammar::{Entry, parse};
use std::path::Path;
use std::sync::Arc;

/// The field of a file that holds its tests.
pub const FIELD: &str = "tests";

/// Groups nested deeper than this hold no tests: they hold themselves.
const DEEPEST: usize = 100;

/// A test and how it went.
#[derive(Clone, Debug)]
pub struct Test {
    /// Its path below `tests`: `chunks.of_nothing`.
    pub name: String,
    /// Where it is written, if that is known.
    pub place: Option<(Arc<Path>, Span)>,
    /// How it went.
    pub verdict: Verdict,
}

/// How a test went.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// As it should.
    Passed,
    /// It is `false`.
    False,
    /// What came out is not what was expected.
    Different {
        /// What came out, as the language writes it.
        actual: String,
        /// What was expected.
        expected: String,
        /// Where they differ, at most [`compare::MOST`] places.
        differences: Vec<Difference>,
    },
    /// It could not be evaluated.
    Failed(Arc<[Diagnostic]>),
    /// It should have failed and gave this value.
    NotFailed(String),
    /// It failed, but not with the message it should have.
    OtherMessage {
        /// The message.
        actual: String,
        /// What should be in it.
        expected: String,
    },
    /// It depends on outputs of these tasks.
    NeedsTasks(Vec<String>),
    /// It is none of the things that are tests: what it is.
    NoTest(String),
}

impl Test {
    /// Whether it went as it should.
    pub fn passed(&self) -> bool {
        matches!(self.verdict, Verdict::Passed)
    }
}

/// Whether the text of a file says that it has tests.
pub fn has_tests(text: &str) -> bool {
    let tree = parse(text, Entry::File).tree;
    let items = ast::file(&tree, tree.root()).items;
    items.iter().any(|item| match ast::item(&tree, *item) {
        Some(ast::Item::Binding(binding)) => binding.path.first().is_some_and(
            |name| matches!(ast::name(&tree, *name), NameValue::Plain(name) if name == FIELD),
        ),
        _ => false,
    })
}

/// Runs the tests of a loaded file (absolute path), in the order of their names. `wanted` chooses
/// by name; what it does not choose is not evaluated. `root` is the folder that paths in strings
/// are relative to.
///
/// # Errors
/// When the file itself, or its field `tests`, has no value.
pub fn run(
    compiler: &mut Compiler,
    file: &Path,
    inputs: &dyn Inputs,
    root: &Path,
    trace: &dyn Fn(&str),
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Vec<Test>, Failure> {
    let modules = SourceModules::new(compiler, inputs);
    let world = World {
        inputs,
        modules: &modules,
        realised: &|_| true,
        trace,
        root,
    };
    let mut evaluator = Evaluator::new(world, Limits::default());
    let mut value = evaluator.eval_file(file)?;
    if let Value::Function(_) = value {
        let nothing = evaluator.record(Vec::new());
        value = evaluator.call(value, &[nothing])?;
    }
    let Some(tests) = evaluator.field(value, FIELD)? else {
        return Ok(Vec::new());
    };
    let mut runner = Runner {
        evaluator,
        wanted,
        tests: Vec::new(),
    };
    runner.group(tests);
    Ok(runner.tests)
}

struct Runner<'w> {
    evaluator: Evaluator<'w>,
    wanted: &'w dyn Fn(&str) -> bool,
    tests: Vec<Test>,
}

/// Something below `tests` that has not been looked at.
struct Pending {
    name: String,
    depth: usize,
    place: Option<(Arc<Path>, Span)>,
    value: Value,
}

impl Runner<'_> {
    fn group(&mut self, tests: Value) {
        let mut pending = vec![Pending {
            name: String::new(),
            depth: 0,
            place: None,
            value: tests,
        }];
        while let Some(next) = pending.pop() {
            match self.look(next) {
                Ok(inner) => pending.extend(inner.into_iter().rev()),
                Err(test) if (self.wanted)(&test.name) => self.tests.push(test),
                Err(_) => {}
            }
        }
    }

    /// The members of a group, or the test that it is.
    fn look(&mut self, at: Pending) -> Result<Vec<Pending>, Test> {
        let test = |verdict| Test {
            name: at.name.clone(),
            place: at.place.clone(),
            verdict,
        };
        let fields = match self.evaluator.as_record(at.value) {
            Ok(Some(fields)) => fields,
            Ok(None) => return Err(test(self.boolean(at.value))),
            Err(failure) => return Err(test(failed(failure))),
        };
        let field = |name: &str| {
            let found = fields.iter().find(|field| field.0.as_str() == name);
            found.map(|field| field.1)
        };
        let verdict = if let (Some(actual), Some(expected)) = (field("actual"), field("expected")) {
            // What nobody asks for is not evaluated.
            (self.wanted)(&at.name).then(|| self.compared(actual, expected))
        } else if let Some(value) = field("fails") {
            (self.wanted)(&at.name).then(|| self.fails(value, field("message")))
        } else if at.depth >= DEEPEST {
            Some(Verdict::NoTest("a group that holds itself".into()))
        } else {
            let inner = fields.iter().map(|(name, value)| Pending {
                name: match at.name.as_str() {
                    "" => name.to_string(),
                    outer => format!("{outer}.{name}"),
                },
                depth: at.depth + 1,
                place: self.evaluator.place_of_field(at.value, name.as_str()),
                value: *value,
            });
            return Ok(inner.collect());
        };
        match verdict {
            Some(verdict) => Err(test(verdict)),
            None => Ok(Vec::new()),
        }
    }

    fn boolean(&mut self, value: Value) -> Verdict {
        match self.evaluator.force(value) {
            Ok(Value::Bool(true)) => Verdict::Passed,
            Ok(Value::Bool(false)) => Verdict::False,
            Ok(other) => Verdict::NoTest(self.evaluator.describe(other)),
            Err(failure) => failed(failure),
        }
    }

    fn compared(&mut self, actual: Value, expected: Value) -> Verdict {
        match compare::compare(&mut self.evaluator, actual, expected) {
            Ok(None) => Verdict::Passed,
            Ok(Some(differences)) => {
                let mut show = |value| self.evaluator.print(value).unwrap_or_default();
                Verdict::Different {
                    actual: show(actual),
                    expected: show(expected),
                    differences,
                }
            }
            Err(failure) => failed(failure),
        }
    }

    fn fails(&mut self, value: Value, message: Option<Value>) -> Verdict {
        let errors = match self.evaluator.force_deep(value) {
            Ok(value) => {
                return Verdict::NotFailed(self.evaluator.print(value).unwrap_or_default());
            }
            Err(Failure::Errors(errors)) => errors,
            Err(failure) => return failed(failure),
        };
        let Some(message) = message else {
            return Verdict::Passed;
        };
        let expected = match self.evaluator.as_text(message) {
            Ok(Some(text)) => text.text,
            Ok(None) => return Verdict::NoTest("a test whose `message` is no text".into()),
            Err(failure) => return failed(failure),
        };
        if errors.iter().any(|error| error.message.contains(&expected)) {
            return Verdict::Passed;
        }
        let actual: Vec<_> = errors.iter().map(|error| error.message.as_str()).collect();
        Verdict::OtherMessage {
            actual: actual.join("; "),
            expected,
        }
    }
}

fn failed(failure: Failure) -> Verdict {
    match failure {
        Failure::Errors(errors) => Verdict::Failed(errors),
        Failure::NeedsTasks(tasks) => {
            Verdict::NeedsTasks(tasks.iter().map(|task| task.as_str().to_owned()).collect())
        }
    }
}
