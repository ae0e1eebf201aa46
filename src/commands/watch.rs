//! `nexus watch TASK…`: runs tasks again whenever something they are made of changes.

use super::run::{RunOptions, execute};
use crate::affected::AffectedArgs;
use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::project::Project;
use crate::render::look::Role;
use crate::render::summary;
use crate::render::text::count;
use crate::resume::EarlierArgs;
use crate::select;
use crate::session::Session;
use crate::signals;
use crate::watch::{Changes, Interest, Weight};
use nexus_engine::Cancel;
use nexus_store::snapshot::Selection;
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
        let (all, fresh) = (AffectedArgs::default(), EarlierArgs::default());
        return execute(context, &selection, &args.how, &all, fresh, choose);
    }
    signals::listen_early();
    let mut watch = Watch::new(context, args)?;
    loop {
        watch.round()?;
        if signals::asked_to_end() || !watch.changes.wait(signals::asked_to_end) {
            return Ok(Exit::Interrupted);
        }
    }
}

/// What lasts from one run to the next.
struct Watch<'a> {
    context: &'a Context,
    args: &'a WatchArgs,
    root: PathBuf,
    changes: Changes,
    /// What was watched when something could last be planned.
    watched: Interest,
    first: bool,
    /// The last run did not succeed.
    failed: bool,
}

/// When a run begins: by the clock that stamps files, too, which ticks a few milliseconds at a time.
#[derive(Clone, Copy)]
struct Begin {
    instant: Instant,
    stamp: SystemTime,
}

impl Begin {
    fn now() -> Begin {
        Begin {
            instant: Instant::now(),
            stamp: SystemTime::now() - Duration::from_millis(20),
        }
    }
}

impl<'a> Watch<'a> {
    /// Watches the project file, before anything is planned.
    fn new(context: &'a Context, args: &'a WatchArgs) -> Result<Self, CliError> {
        let root = Project::find(context.global.config.as_deref())?.root;
        let mut changes = Changes::new().map_err(cannot_watch)?;
        let watched = Interest::of_project(&root);
        changes.watch(watched.clone()).map_err(cannot_watch)?;
        Ok(Watch {
            context,
            args,
            root,
            changes,
            watched,
            first: true,
            failed: false,
        })
    }

    /// One run, if anything is to be done. Mistakes of the project are shown.
    fn round(&mut self) -> Result<(), CliError> {
        let begin = Begin::now();
        let changed = self.changes.take().into_iter();
        let inputs = changed.filter(|(_, weight)| *weight == Weight::Input);
        let inputs: Vec<PathBuf> = inputs.map(|(path, _)| path).collect();
        let first = std::mem::take(&mut self.first);
        match self.run_if_needed(begin, first, &inputs) {
            Err(error) if error.exit == Exit::Usage => {
                _ = self.context.report(&error);
                // What was watched before is where the mistake is, or the project file.
                let watched = self.watched.clone();
                self.changes.watch(watched).map_err(cannot_watch)
            }
            other => other,
        }
    }

    fn run_if_needed(
        &mut self,
        begin: Begin,
        first: bool,
        inputs: &[PathBuf],
    ) -> Result<(), CliError> {
        let session = self.session()?;
        let plain = !first && inputs.is_empty();
        if plain && session.plan_holds() && session.nothing_new(self.failed) {
            return Ok(());
        }
        let before = self.interest(&session)?;
        self.changes.watch(before.clone()).map_err(cannot_watch)?;
        let exit = self.run(begin, first, inputs)?;
        self.failed = exit != Exit::Done;
        if signals::asked_to_end() {
            return Ok(());
        }
        self.look_again(begin, &before)?;
        if !self.context.json() && !self.context.global.quiet {
            let look = &self.context.err;
            let text = format!("waiting for changes{}Ctrl+C ends", look.dot());
            self.context
                .note(&format!("{}\n", look.paint(Role::Dim, &text)));
        }
        Ok(())
    }

    /// Runs the tasks; a change meanwhile cancels that.
    fn run(&self, begin: Begin, first: bool, inputs: &[PathBuf]) -> Result<Exit, CliError> {
        let context = self.context;
        // A session of its own, because only now no change can be missed any more.
        let mut session = self.session()?;
        session.shared = self.args.how.shared.clone();
        session.hosts.clone_from(&self.args.how.hosts);
        session.move_to(&self.args.how.on);
        session.goes_on = true;
        let cancel = Cancel::new();
        self.changes.begin(cancel.clone());
        let ran = match session.nothing_to_do() {
            Some(tasks) if !self.args.how.force && !self.args.how.verify => {
                let micros = u64::try_from(begin.instant.elapsed().as_micros());
                let micros = micros.unwrap_or(u64::MAX);
                let text = summary::up_to_date(tasks, micros, &context.out);
                match first && !context.json() && !context.global.quiet {
                    true => context.print(&text).map(|()| Exit::Done),
                    false => Ok(Exit::Done),
                }
            }
            _ => head(context, &self.root, inputs).and_then(|()| {
                let choose = |graph: &_| select::tasks(graph, &self.args.tasks);
                session.run_until(self.args.how.how(), choose, cancel)
            }),
        };
        self.changes.end();
        ran
    }

    /// The run may have found out that tasks read more than they declare: that is watched from now
    /// on, and has changed if it was written since the run began.
    fn look_again(&mut self, begin: Begin, before: &Interest) -> Result<(), CliError> {
        let after = self.interest(&self.session()?)?;
        self.changes.watch(after.clone()).map_err(cannot_watch)?;
        for path in after.read.difference(&before.read) {
            let modified = path.metadata().and_then(|found| found.modified());
            if path.is_file() && modified.is_ok_and(|at| at >= begin.stamp) {
                self.changes.add(path.clone());
            }
        }
        self.watched = after;
        Ok(())
    }

    fn session(&self) -> Result<Session<'a>, CliError> {
        Session::open(self.context, &Selection::Named(&self.args.tasks))
    }

    fn interest(&self, session: &Session) -> Result<Interest, CliError> {
        let planned = session.plan()?;
        let tasks = select::tasks(&planned.graph, &self.args.tasks)?;
        let read = session.files_read();
        Ok(Interest::new(&self.root, &planned, &tasks, read))
    }
}

/// A fresh screen, and what is new on it.
fn head(context: &Context, root: &Path, changed: &[PathBuf]) -> Result<(), CliError> {
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
