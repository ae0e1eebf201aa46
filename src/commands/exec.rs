//! `nexus exec HOST… -- COMMAND`: one command on many machines.

use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::hosts::chosen_or_written;
use crate::project::Project;
use crate::render::reporter::{Mode, Reporter};
use crate::session::{executor, exit_of, planned};
use nexus_engine::{Cancel, RunOptions};
use nexus_graph::{Command, Remote, Step, Target, Task, TaskGraph, TaskId, TaskKind};
use nexus_store::{Store, default_cache_dir};
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Arguments of `nexus exec`.
#[derive(Debug, clap::Args)]
pub struct ExecArgs {
    /// Groups, hosts or tags (`tag:NAME`) of the project, `all`, hosts written as `user@host:port`; with
    /// `!` in front, all but these
    #[arg(value_name = "HOST", required = true)]
    pub hosts: Vec<String>,
    /// The command: one word is a line for the shell, several are a program and its arguments
    #[arg(value_name = "COMMAND", required = true, last = true)]
    pub command: Vec<String>,
    /// Wait for all hosts and show what is equal once
    #[arg(long)]
    pub group: bool,
    /// Print what happens for programs, as `--format json` does
    #[arg(long, conflicts_with = "group")]
    pub json: bool,
    /// Run it as the administrator
    #[arg(long)]
    pub sudo: bool,
    /// Run it as this user
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// End it on hosts where it takes longer than this many seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// Work on at most this many hosts at once
    #[arg(short, long, value_name = "N")]
    pub parallel: Option<NonZeroU32>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let plain = text.strip_suffix('s').unwrap_or(text);
    let seconds: f64 = plain.parse().map_err(|_| "not a number of seconds")?;
    let limit = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
    match limit.is_zero() {
        true => Err("must be more than nothing".to_string()),
        false => Ok(limit),
    }
}

/// Runs it everywhere.
///
/// # Errors
/// Hosts that nobody knows, a project that is wrong. A command that fails is an exit code.
pub fn run(context: &Context, args: &ExecArgs) -> Result<Exit, CliError> {
    // Hosts can be named without a project.
    let project = Project::find(context.global.config.as_deref());
    let (root, inventory) = match project {
        Ok(project) => (project.root, planned(context)?.graph.inventory.clone()),
        Err(error) if context.global.config.is_some() => return Err(error),
        Err(_) => (
            std::env::current_dir().unwrap_or_default(),
            Default::default(),
        ),
    };
    let graph = Arc::new(graph(args, inventory)?);
    let mode = match (args.json || context.json(), context.global.verbose) {
        (true, _) => Mode::Json,
        (false, true) => Mode::Verbose,
        (false, false) => Mode::Exec {
            group: args.group,
            quiet: context.global.quiet,
        },
    };
    let reporter = Reporter::start(mode, context.out.clone(), context.err.clone());
    let report = execute(&root, &graph, &reporter);
    reporter.finish();
    Ok(exit_of(&report?))
}

/// The command as a task of its own.
fn graph(args: &ExecArgs, mut inventory: nexus_graph::Inventory) -> Result<TaskGraph, CliError> {
    let hosts = chosen_or_written(&mut inventory, &args.hosts)?;
    if let Some(limit) = args.parallel {
        inventory.parallel = Some(limit.get());
    }
    let mut step = match &args.command[..] {
        [line] => Step::line(line.as_str()),
        words => Step {
            command: Command::Argv(words.to_vec()),
            ..Step::line("")
        },
    };
    step.user = args.user.clone().or(args.sudo.then(|| "root".to_string()));
    let nanos = |limit: Duration| u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
    step.timeout = args.timeout.map(nanos);
    let mut task = Task::new("exec");
    task.kind = TaskKind::Work;
    task.steps.push(step);
    let target = |host| Target { host, steps: None };
    task.remote = Some(Box::new(Remote {
        targets: hosts.into_iter().map(target).collect(),
        ..Remote::default()
    }));
    Ok(TaskGraph {
        tasks: vec![task],
        inventory,
        ..TaskGraph::default()
    })
}

fn execute(
    root: &Path,
    graph: &Arc<TaskGraph>,
    reporter: &Reporter,
) -> Result<nexus_engine::RunReport, CliError> {
    let cancel = Cancel::new();
    let (stop, notifier) = (cancel.clone(), reporter.notifier());
    let stopping = move |signal: &'static str| {
        stop.cancel_by(signal);
        notifier.say("stopping what runs; once more to end at once\n");
    };
    let notifier = reporter.notifier();
    let pause = cancel.clone();
    let _signals = crate::signals::during(stopping, move || notifier.state(), move || pause.stop())
        .map_err(|e| CliError::new("NX0790", format!("signals cannot be handled: {e}")))?;
    let mut context = nexus_engine::Context::new(Arc::new(Store::open(&default_cache_dir())));
    context.executor = Some(executor(root));
    reporter.graph(graph.clone());
    let mut on_event = |event: &nexus_graph::Event| reporter.event(event.clone());
    nexus_engine::run(
        graph,
        &[TaskId(0)],
        &RunOptions::new(root),
        &context,
        &cancel,
        &mut on_event,
    )
    .map_err(|error| {
        CliError::new(error.code(), error.to_string())
            .help(error.help())
            .exit(Exit::TaskFailed)
    })
}
