//! `nexus watch TASK…`: runs tasks again whenever something they are made of changes.

use super::run::{RunOptions, execute};
use crate::affected::AffectedArgs;
use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::project::Project;
use crate::render::look::Role;
use crate::render::summary;
use crate::render::text::count;
use crate::select;
use crate::session::Session;
use crate::signals;
use crate::watch::{Changes, Interest, Weight};
use nexus_engine::Cancel;
use nexus_store::snapshot::Selection;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// Arguments of `nexus watch`.
#[derive(Debug, clap::Args)]
pub struct WatchArgs {
    /// Tasks, or namespaces for all tasks inside
    #[arg(value_name = "TASK", required = true)]
    pub tasks: Vec<String>,
    /// How to run them.
    #[command(flatten)]
    pub how: RunOptions,
}

/// Runs, waits for a change, runs again, until a signal ends it. A change while a run goes on
/// cancels it: what it would find is of no use any more. Mistakes in the project are shown and
/// waited for to be mended. A dry run shows what would be done, once.
///
/// # Errors
/// NX0710 when there is no project, NX0717 when files cannot be watched.
pub fn run(context: &Context, args: &WatchArgs) -> Result<Exit, CliError> {
    if args.how.dry_run {
        let choose = |graph: &_| select::tasks(graph, &args.tasks);
        let selection = Selection::Named(&args.tasks);
        let all = AffectedArgs::default();
        return execute(context, &selection, &args.how, &all, choose);
    }
    signals::listen_early();
    let root = Project::find(context.global.config.as_deref())?.root;
    let mut changes = Changes::new().map_err(cannot_watch)?;
    let mut watched = Interest::of_project(&root);
    changes.watch(watched.clone()).map_err(cannot_watch)?;
    let mut first = true;
    let mut failed = false;
    loop {
        let changed = changes.take();
        match once(
            context,
            args,
            &root,
            &mut changes,
            &changed,
            first,
            &mut failed,
        ) {
            Ok(Some(interest)) => watched = interest,
            Ok(None) => {}
            Err(error) if error.exit == Exit::Usage => {
                _ = context.report(&error);
                // What was watched before is where the mistake is, or the project file.
                changes.watch(watched.clone()).map_err(cannot_watch)?;
            }
            Err(error) => return Err(error),
        }
        first = false;
        if signals::asked_to_end() {
            return Ok(Exit::Interrupted);
        }
        if !changes.wait(signals::asked_to_end) {
            return Ok(Exit::Interrupted);
        }
    }
}

/// One run, if anything is to be done; gives what is watched now, or `None` when nothing was done.
fn once(
    context: &Context,
    args: &WatchArgs,
    root: &Path,
    changes: &mut Changes,
    changed: &BTreeMap<PathBuf, Weight>,
    first: bool,
    failed: &mut bool,
) -> Result<Option<Interest>, CliError> {
    // Files are stamped by a clock that ticks a few milliseconds at a time.
    let begin = (
        Instant::now(),
        SystemTime::now() - Duration::from_millis(20),
    );
    let selection = Selection::Named(&args.tasks);
    let session = Session::open(context, &selection)?;
    let inputs: Vec<&Path> = changed
        .iter()
        .filter(|(_, weight)| **weight == Weight::Input)
        .map(|(path, _)| path.as_path())
        .collect();
    if !first && inputs.is_empty() && session.plan_holds() && session.nothing_new(*failed) {
        return Ok(None);
    }
    let interest_now = |session: &Session| -> Result<Interest, CliError> {
        let planned = session.plan()?;
        let tasks = select::tasks(&planned.graph, &args.tasks)?;
        Ok(Interest::new(root, &planned, &tasks, session.files_read()))
    };
    let before = interest_now(&session)?;
    changes.watch(before.clone()).map_err(cannot_watch)?;
    // Again, because only from now on no change can be missed.
    let mut session = Session::open(context, &selection)?;
    session.shared = args.how.shared.clone();
    session.goes_on = true;
    let cancel = Cancel::new();
    changes.begin(cancel.clone());
    let ran = match session.nothing_to_do() {
        Some(tasks) if !args.how.force => {
            if first && !context.json() && !context.global.quiet {
                let micros = u64::try_from(begin.0.elapsed().as_micros()).unwrap_or(u64::MAX);
                context.print(&summary::up_to_date(tasks, micros, &context.out))?;
            }
            Ok(Exit::Done)
        }
        _ => head(context, root, &inputs).and_then(|()| {
            let choose = |graph: &_| select::tasks(graph, &args.tasks);
            session.run_until(args.how.how(), choose, cancel)
        }),
    };
    changes.end();
    *failed = ran? != Exit::Done;
    if signals::asked_to_end() {
        return Ok(None);
    }
    // The run may have found out that tasks read more than they declare.
    let after = interest_now(&Session::open(context, &selection)?)?;
    changes.watch(after.clone()).map_err(cannot_watch)?;
    for path in after.read.difference(&before.read) {
        let modified = path.metadata().and_then(|found| found.modified());
        if path.is_file() && modified.is_ok_and(|at| at >= begin.1) {
            changes.add(path.clone());
        }
    }
    if !context.json() && !context.global.quiet {
        let text = format!("waiting for changes{}Ctrl+C ends", context.err.dot());
        context.note(&format!("{}\n", context.err.paint(Role::Dim, &text)));
    }
    Ok(Some(after))
}

/// A fresh screen, and what is new on it.
fn head(context: &Context, root: &Path, changed: &[&Path]) -> Result<(), CliError> {
    if context.json() {
        return Ok(());
    }
    let mut text = String::new();
    if context.out.animate {
        // Clears the screen and what has scrolled out of it.
        text += "\x1b[2J\x1b[3J\x1b[H";
    }
    if let Some(first) = changed.first() {
        let name = first.strip_prefix(root).unwrap_or(first).display();
        let more = match changed.len() {
            1 => String::new(),
            n => format!(" and {}", count(n - 1, "other")),
        };
        text += &format!("{} {name}{more} changed\n", context.out.arrow());
    }
    context.print(&text)
}

fn cannot_watch(error: notify::Error) -> CliError {
    let help = match error.kind {
        notify::ErrorKind::MaxFilesWatch => {
            "the system allows too few watches: raise `fs.inotify.max_user_watches` with sysctl"
        }
        _ => "run the tasks by hand with `nexus run`",
    };
    CliError::new("NX0717", format!("files cannot be watched: {error}")).help(help)
}
