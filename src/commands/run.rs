//! `nexus run TASK…`.

use crate::affected::AffectedArgs;
use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::noop::Last;
use crate::project::Project;
use crate::render::summary;
use crate::resume::{Consents, EarlierArgs, Offer, file_name, go_on, offer};
use crate::select;
use crate::session::{How, Session};
use crate::shared::SharedOptions;
use nexus_graph::{TaskGraph, TaskId};
use nexus_journal::Asked;
use nexus_store::default_cache_dir;
use nexus_store::snapshot::Selection;
use std::num::NonZeroU32;
use std::time::Instant;

/// Arguments of `nexus run`.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// Tasks, or namespaces for all tasks inside
    #[arg(value_name = "TASK", required = true)]
    pub tasks: Vec<String>,
    /// How to run them.
    #[command(flatten)]
    pub how: RunOptions,
    /// Which of them.
    #[command(flatten)]
    pub affected: AffectedArgs,
    /// What to do with an earlier run of them.
    #[command(flatten)]
    pub earlier: EarlierArgs,
}

/// Options of the commands that run tasks.
#[derive(Clone, Debug, clap::Args)]
pub struct RunOptions {
    /// Show what would be done and why, and do nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Run at most this many tasks at once; without it, as many as there are processors, and those on hosts beside them
    #[arg(short, long, value_name = "N")]
    pub parallel_limit: Option<NonZeroU32>,
    /// After a failure, go on with everything that does not depend on it
    #[arg(long)]
    pub continue_on_error: bool,
    /// Execute the tasks even when their results are known
    #[arg(long)]
    pub force: bool,
    /// Execute tasks whose results are kept once more, and fail when they make something else
    #[arg(long, conflicts_with = "dry_run")]
    pub verify: bool,
    /// Run tasks without the sandbox they ask for; their results are kept apart
    #[arg(long)]
    pub no_sandbox: bool,
    /// Only on these hosts of each task: groups, hosts, tags (`tag:NAME`); with `!` in front, all but
    /// these
    #[arg(long, value_name = "HOST,…", value_delimiter = ',')]
    pub hosts: Vec<String>,
    /// On these hosts instead of those that tasks name: groups, hosts, tags, or hosts that the project
    /// does not know (`user@address:port`)
    #[arg(long, value_name = "HOST,…", value_delimiter = ',')]
    pub on: Vec<String>,
    /// What a cache shared with other machines has to do with it.
    #[command(flatten)]
    pub shared: SharedOptions,
}

impl RunOptions {
    /// As the session wants it.
    pub fn how(&self) -> How {
        How {
            parallel: self.parallel_limit.map(|n| n.get() as usize),
            continue_on_error: self.continue_on_error,
            force: self.force,
            chosen: false,
            no_sandbox: self.no_sandbox,
            verify: self.verify,
        }
    }
}

/// Runs the tasks named.
///
/// # Errors
/// What is wrong with the project, the names or the machine.
pub fn run(context: &Context, args: &RunArgs) -> Result<Exit, CliError> {
    let selection = Selection::Named(&args.tasks);
    let (affected, earlier) = (&args.affected, args.earlier);
    execute(context, &selection, &args.how, affected, earlier, |graph| {
        select::tasks(graph, &args.tasks)
    })
}

/// What a run is asked for, as it is remembered.
fn asked(
    project: &Project,
    selection: &Selection,
    options: &RunOptions,
    affected: &AffectedArgs,
) -> Asked {
    let (build, tasks) = match selection {
        Selection::Named(names) => (false, names.to_vec()),
        Selection::Built(names) => (true, names.to_vec()),
        Selection::Outputs => (true, Vec::new()),
    };
    Asked {
        file: file_name(project),
        build,
        tasks,
        chosen: affected.affected.is_some(),
        force: options.force,
        continue_on_error: options.continue_on_error,
        no_sandbox: options.no_sandbox,
        hosts: options.hosts.clone(),
        on: options.on.clone(),
    }
}

/// Does nothing when nothing is to be done; otherwise plans and runs what `choose` picks.
pub(super) fn execute(
    context: &Context,
    selection: &Selection,
    options: &RunOptions,
    affected: &AffectedArgs,
    earlier: EarlierArgs,
    choose: impl Fn(&TaskGraph) -> Result<Vec<TaskId>, CliError>,
) -> Result<Exit, CliError> {
    let begin = Instant::now();
    let project = Project::find(context.global.config.as_deref())?;
    let last = Last::look(&project, &default_cache_dir(), selection);
    // Programs that read events get them all, `-v` shows the logs of long ago; everybody else only
    // needs to know.
    let brief = context.mode().is_brief();
    if let Some(last) = last.as_ref().filter(|_| {
        brief
            && !options.force
            && !options.verify
            && !options.dry_run
            && options.on.is_empty()
            && affected.affected.is_none()
    }) && let Some(tasks) = last.up_to_date()
    {
        if !context.global.quiet {
            let micros = u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX);
            context.print(&summary::up_to_date(tasks, micros, &context.out))?;
        }
        last.note_touched();
        return Ok(Exit::Done);
    }
    let asked = asked(&project, selection, options, affected);
    if !options.dry_run {
        match offer(context, &project, &asked, earlier)? {
            Offer::Fresh => {}
            Offer::Nothing(exit) => return Ok(exit),
            Offer::Resume(open) => {
                return go_on(context, project, *open, Consents::default(), options);
            }
        }
    }
    let mut session = Session::new(context, project, last);
    session.asked = Some(asked);
    session.shared = options.shared.clone();
    session.hosts = options.hosts.clone();
    session.move_to(&options.on);
    let since = affected.since(&session)?;
    let choose = |graph: &TaskGraph| {
        let chosen = choose(graph)?;
        Ok(match &since {
            Some(since) => since.among(context, &session, graph, &chosen),
            None => chosen,
        })
    };
    let mut how = options.how();
    how.chosen = since.is_some();
    if options.dry_run {
        return session.forecast(how, choose);
    }
    session.run(how, choose)
}
