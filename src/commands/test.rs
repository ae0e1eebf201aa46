//! `nexus test`: the tests of `.nx` files.

use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::project::Project;
use crate::session::{mistakes, rendered};
use crate::show;
use crate::sources::{files, shown};
use nexus_compiler::db::{Compiler, normalize};
use nexus_compiler::diagnostic::render::position;
use nexus_compiler::testing::{self, Test, Verdict};
use nexus_compiler::vm::Failure;
use nexus_compiler::world::Disk;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Arguments of `nexus test`.
#[derive(Debug, clap::Args)]
pub struct TestArgs {
    /// Files or folders; without any, every .nx file of the project that has a field `tests`
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Only tests whose name contains this
    #[arg(long, value_name = "NAME")]
    pub only: Option<String>,
}

/// The tests of one file.
pub struct Tested {
    /// The file, as the user would name it.
    pub name: String,
    /// The tests, in the order of their names.
    pub tests: Vec<Reported>,
}

/// A test, and what is known of it only while its source is at hand.
pub struct Reported {
    /// The test.
    pub test: Test,
    /// The file it is written in, as the user would name it, and the line, from 1.
    pub place: Option<(String, usize)>,
    /// What evaluation found wrong, with excerpts of the source.
    pub rendered: Option<String>,
}

/// Evaluates tests and tells which failed: exit code 1 when one did.
///
/// # Errors
/// Everything that is wrong with a file before its tests are evaluated; NX0712 when there are no
/// tests.
pub fn run(context: &Context, args: &TestArgs) -> Result<Exit, CliError> {
    let begin = Instant::now();
    let mut all = Vec::new();
    for file in files(context, &args.paths)? {
        let text = std::fs::read_to_string(&file).map_err(|e| CliError::file("read", &file, &e))?;
        if testing::has_tests(&text) {
            all.push(tested(context, &file, args.only.as_deref())?);
        }
    }
    let count: usize = all.iter().map(|tested| tested.tests.len()).sum();
    if count == 0 {
        return Err(nothing(args));
    }
    let micros = begin.elapsed().as_micros() as u64;
    let text = if context.json() {
        show::tests::json(&all)
    } else {
        show::tests::text(
            &all,
            micros,
            context.global.quiet,
            context.global.verbose,
            &context.out,
        )
    };
    context.print(&text)?;
    let passed = all.iter().all(|t| t.tests.iter().all(|r| r.test.passed()));
    Ok(if passed { Exit::Done } else { Exit::TaskFailed })
}

fn nothing(args: &TestArgs) -> CliError {
    let error = match &args.only {
        Some(name) => CliError::new("NX0712", format!("no test has a name with `{name}` in it")),
        None => CliError::new("NX0712", "no file has tests"),
    };
    error.help("tests are the fields of `tests` in any .nx file but the project file: `tests.adds = 1 + 1 == 2;`")
}

/// Checks a file and evaluates its tests.
fn tested(context: &Context, file: &Path, only: Option<&str>) -> Result<Tested, CliError> {
    let path = std::path::absolute(file).map_err(|e| CliError::file("find", file, &e))?;
    let path = normalize(&path);
    let folder = path.parent().unwrap_or(Path::new("/")).to_path_buf();
    // Paths in strings are relative to the project; outside of one, to the file's folder.
    let project = Project::find(context.global.config.as_deref()).ok();
    let project = project.filter(|project| path.starts_with(&project.root));
    let project = project.unwrap_or(Project {
        file: path.clone(),
        root: folder,
    });
    let mut compiler = Compiler::new();
    compiler.load_library(&path, &Disk);
    let found = compiler.diagnostics();
    if found.iter().any(|d| d.is_error()) {
        return Err(mistakes(context, &project, &compiler, &found));
    }
    if !found.is_empty() && !context.json() {
        context.note(&rendered(context, &project, &compiler, &found));
    }
    let trace = |text: &str| context.note(&format!("trace: {text}\n"));
    let wanted = |name: &str| only.is_none_or(|only| name.contains(only));
    let tests = testing::run(&mut compiler, &path, &Disk, &project.root, &trace, &wanted);
    let tests = tests.map_err(|failure| match failure {
        Failure::Errors(errors) => mistakes(context, &project, &compiler, &errors),
        Failure::NeedsTasks(_) => {
            CliError::new("NX0407", "the tests depend on outputs of tasks").at(shown(file))
        }
    })?;
    let report = |test: Test| Reported {
        place: test.place.as_ref().map(|(file, span)| {
            let text = compiler.source(file).unwrap_or_default();
            (shown(file), position(&text, span.start).0)
        }),
        rendered: match &test.verdict {
            Verdict::Failed(errors) => Some(rendered(context, &project, &compiler, errors)),
            _ => None,
        },
        test,
    };
    Ok(Tested {
        name: shown(&path),
        tests: tests.into_iter().map(report).collect(),
    })
}
