//! `nexus eval`: what an expression or a file gives.

use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::project::Project;
use crate::session::mistakes;
use nexus_compiler::db::Compiler;
use nexus_compiler::eval::{Evaluator, SourceModules};
use nexus_compiler::stack::on_big_stack;
use nexus_compiler::vm::{Failure, Limits, World};
use nexus_compiler::world::Disk;
use std::path::{Path, PathBuf};

/// Arguments of `nexus eval`.
#[derive(Debug, clap::Args)]
pub struct EvalArgs {
    /// A file; without one and without an expression, the project file
    #[arg(value_name = "FILE", conflicts_with = "expression")]
    pub file: Option<PathBuf>,
    /// An expression
    #[arg(short = 'e', long, value_name = "EXPR", allow_hyphen_values = true)]
    pub expression: Option<String>,
    /// The file holds a bare expression, not the fields of a record
    #[arg(long, requires = "file")]
    pub expr: bool,
    /// Print the value as JSON
    #[arg(long)]
    pub json: bool,
    /// Print the value, a record, as TOML
    #[arg(long, conflicts_with = "json")]
    pub toml: bool,
    /// Print the value as YAML
    #[arg(long, conflicts_with_all = ["json", "toml"])]
    pub yaml: bool,
}

/// The language a value is printed in.
#[derive(Clone, Copy)]
enum Form {
    Nexus,
    Json,
    Toml,
    Yaml,
}

impl EvalArgs {
    fn form(&self, context: &Context) -> Form {
        match self {
            EvalArgs { toml: true, .. } => Form::Toml,
            EvalArgs { yaml: true, .. } => Form::Yaml,
            EvalArgs { json: true, .. } => Form::Json,
            _ if context.json() => Form::Json,
            _ => Form::Nexus,
        }
    }
}

/// What is evaluated.
enum Subject {
    Expression(String),
    File(PathBuf),
    Project(PathBuf),
}

/// Prints the value, computed completely.
///
/// # Errors
/// Everything that is wrong with the text or goes wrong in its evaluation.
pub fn run(context: &Context, args: &EvalArgs) -> Result<Exit, CliError> {
    let here =
        std::env::current_dir().map_err(|error| CliError::file("enter", Path::new("."), &error))?;
    let project = Project::find(context.global.config.as_deref());
    let subject = match (&args.expression, &args.file) {
        (Some(text), _) => Subject::Expression(text.clone()),
        (None, Some(file)) if args.expr => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| CliError::file("read", file, &error))?;
            Subject::Expression(text)
        }
        (None, Some(file)) if !file.is_file() => {
            return Err(match std::fs::File::open(file) {
                Err(error) => CliError::file("read", file, &error),
                Ok(_) => CliError::new("NX0709", format!("`{}` is no file", file.display())),
            });
        }
        (None, Some(file)) => Subject::File(here.join(file)),
        (None, None) => match &project {
            Ok(project) => Subject::Project(project.file.clone()),
            Err(_) => {
                return Err(CliError::new("NX0704", "there is nothing to evaluate")
                    .help("`nexus eval -e EXPR` evaluates an expression")
                    .help("`nexus eval FILE` evaluates a file"));
            }
        },
    };
    // Outside of a project, paths are relative to this folder.
    let project = project.unwrap_or_else(|_| Project {
        file: here.join(crate::project::FILE_NAME),
        root: here.clone(),
    });
    let form = args.form(context);
    // All of it on one thread: what one step gives back of its memory, the next one uses.
    crate::memory::give_back_at_once();
    on_big_stack(|| print_value(context, subject, &project, &here, form))?;
    Ok(Exit::Done)
}

fn print_value(
    context: &Context,
    subject: Subject,
    project: &Project,
    here: &Path,
    form: Form,
) -> Result<(), CliError> {
    let inputs = Disk;
    let mut compiler = Compiler::new();
    let is_project = matches!(subject, Subject::Project(_));
    let path = match subject {
        Subject::Expression(text) => compiler.load_expression(text, here, &inputs),
        Subject::File(path) => {
            compiler.load_library(&path, &inputs);
            nexus_compiler::db::normalize(&path)
        }
        Subject::Project(path) => {
            compiler.load(&path, &inputs);
            path
        }
    };
    let found = compiler.diagnostics();
    if found.iter().any(|d| d.is_error()) {
        return Err(mistakes(context, project, &compiler, &found));
    }
    if !found.is_empty() && !context.json() {
        context.note(&crate::session::rendered(
            context, project, &compiler, &found,
        ));
    }
    let result = {
        let modules = SourceModules::new(&mut compiler, &inputs);
        let world = World {
            inputs: &inputs,
            modules: &modules,
            // Evaluation looks at outputs as they are on disk.
            realised: &|_| true,
            trace: &|text| context.note(&format!("trace: {text}\n")),
            root: &project.root,
        };
        let mut evaluator = Evaluator::new(world, Limits::default());
        let value = match is_project {
            true => evaluator.eval_project(&path),
            false => evaluator.eval_file(&path),
        };
        // JSON may be large, and is printed as it is written.
        let mut printed = Ok(());
        let done = value.and_then(|value| {
            let text = match form {
                Form::Json => {
                    return evaluator.write_json(value, false, &mut |text| {
                        if printed.is_ok() {
                            printed = context.print(text);
                        }
                    });
                }
                Form::Nexus => evaluator.print(value)?,
                Form::Toml => evaluator.to_toml(value)?,
                Form::Yaml => evaluator.to_yaml(value)?,
            };
            printed = context.print(text.trim_end());
            Ok(())
        });
        // The process is about to end: nothing is taken apart.
        std::mem::forget(evaluator);
        done.map(|()| printed.and_then(|()| context.print("\n")))
    };
    let result = result.unwrap_or_else(|failure| {
        Err(match failure {
            Failure::Errors(errors) => mistakes(context, project, &compiler, &errors),
            Failure::NeedsTasks(tasks) => {
                let names: Vec<String> = tasks
                    .iter()
                    .map(|task| format!("`{}`", task.as_str()))
                    .collect();
                let names = names.join(", ");
                CliError::new("NX0407", format!("the value depends on outputs of {names}"))
                    .help("`nexus build` makes them")
            }
        })
    });
    std::mem::forget(compiler);
    crate::memory::keep();
    result
}
