//! `nexus trace TASK`: executes a task and proposes what it should declare.

use super::fmt::{difference, replace};
use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::render::trace as render;
use crate::select;
use crate::session::{How, Session, mistakes};
use nexus_compiler::db::Compiler;
use nexus_compiler::declare::{self, Declarations, Declared, Input, Obstacle, OutputName};
use nexus_compiler::world::Disk;
use nexus_engine::{Observer, Trace};
use nexus_graph::{Task, TaskGraph, TaskId, TaskKind};
use nexus_store::snapshot::Selection;
use std::path::Path;
use std::sync::Arc;

/// Arguments of `nexus trace`.
#[derive(Debug, clap::Args)]
pub struct TraceArgs {
    /// A task; what it depends on is brought up to date before
    #[arg(value_name = "TASK")]
    pub task: String,
    /// Add what is proposed to the source file
    #[arg(long)]
    pub write: bool,
}

/// Runs what the task depends on, executes the task itself, and shows what it uses and does not
/// declare: as a difference for the source file, or in words when a function makes the task.
///
/// # Errors
/// What is wrong with the project; NX0705 for an unknown task, NX0545 for one without commands.
pub fn run(context: &Context, args: &TraceArgs) -> Result<Exit, CliError> {
    let names = std::slice::from_ref(&args.task);
    let mut session = Session::open(context, &Selection::Named(names))?;
    session.observer = Some(Arc::new(Observer::new(&args.task)));
    let choose = |graph: &TaskGraph| Ok(vec![the_one(graph, &args.task)?]);
    let exit = session.run(How::default(), choose)?;
    if exit != Exit::Done {
        return Ok(exit);
    }
    let Some((graph, trace)) = session.proposal() else {
        return Ok(exit);
    };
    let task = graph.task(the_one(&graph, &args.task)?);
    let wanted = declarations(&graph, &trace);
    let proposal = Proposal {
        task,
        declared: declared(context, &session, task, &wanted)?,
        trace,
        wanted,
    };
    if args.write
        && let Some(declared) = &proposal.declared
    {
        replace(&declared.file, &declared.after)
            .map_err(|error| CliError::file("write", &declared.file, &error))?;
    }
    proposal.show(context, &session.project.root, args.write)?;
    Ok(Exit::Done)
}

/// What was found, and what it makes of the source file.
struct Proposal<'a> {
    task: &'a Task,
    trace: Trace,
    wanted: Declarations,
    declared: Option<Declared>,
}

fn the_one(graph: &TaskGraph, name: &str) -> Result<TaskId, CliError> {
    let id = graph.find(name);
    let id = id.ok_or_else(|| select::unknown(graph, name))?;
    if graph.task(id).kind == TaskKind::Work {
        return Ok(id);
    }
    let message = format!("`{name}` has no commands of its own, so there is nothing to trace");
    Err(CliError::new("NX0545", message).help("trace the tasks that it stands for"))
}

/// In the words of the project file.
fn declarations(graph: &TaskGraph, trace: &Trace) -> Declarations {
    let input = |input: &nexus_engine::Input| {
        let output = input.made_by.as_ref().and_then(|(task, at)| {
            let task = graph.task(graph.find(task)?);
            let output = task.outputs.get(*at as usize)?;
            Some(OutputName {
                task: task.path.clone(),
                name: output.name.clone()?,
                path: output.path.clone(),
            })
        });
        Input {
            path: input.path.clone(),
            output,
        }
    };
    Declarations {
        inputs: trace.inputs.iter().map(input).collect(),
        outputs: trace.outputs.clone(),
        tools: trace.tools.clone(),
    }
}

/// The source with the declarations; `None` when they cannot be added, which is told.
fn declared(
    context: &Context,
    session: &Session,
    task: &Task,
    wanted: &Declarations,
) -> Result<Option<Declared>, CliError> {
    if *wanted == Declarations::default() {
        return Ok(None);
    }
    let project = &session.project;
    let mut compiler = Compiler::new();
    compiler.load(&project.file, &Disk);
    let added = declare::declare(
        &mut compiler,
        &project.file,
        &project.root,
        &Disk,
        task,
        wanted,
    );
    match added {
        Ok(declared) => Ok(Some(declared)),
        Err(Obstacle::NotWritten) => Ok(None),
        Err(Obstacle::Mistakes(mut found)) => {
            // The others are most likely of the same kind.
            found.truncate(1);
            let error = mistakes(context, project, &compiler, &found);
            _ = context.report(&error);
            Ok(None)
        }
    }
}

impl Proposal<'_> {
    fn show(&self, context: &Context, root: &Path, written: bool) -> Result<(), CliError> {
        let Proposal {
            task,
            trace,
            wanted,
            declared,
        } = self;
        let change = declared.as_ref().map(|declared| {
            let file = declared.file.strip_prefix(root).unwrap_or(&declared.file);
            let file = file.display().to_string();
            let patch = difference(&file, &declared.before, &declared.after);
            (file, patch)
        });
        if context.json() {
            let patch = change.map(|(_, patch)| patch);
            return context.print_json(&render::json(task, trace, wanted, patch, written));
        }
        match change {
            Some((file, _)) if written => {
                context.print(&render::written(wanted, &file, &context.out))?;
            }
            Some((_, patch)) => context.print(&patch)?,
            None if *wanted == Declarations::default() => {
                context.note(&render::complete(task, &context.err));
            }
            None => {
                context.note(&render::by_hand(task));
                context.print(&declare::written(wanted))?;
            }
        }
        context.note(&render::remarks(trace, &context.err));
        Ok(())
    }
}
