//! Going on with runs that broke off: which, what they left, and what somebody has to decide first.
//! What is known of a command is decided by [`nexus_journal::Replay`], where a task goes on by
//! [`nexus_graph::Progress::continuation`].

mod choose;
mod decide;
mod describe;
mod offer;
mod terminal;

pub use choose::{chosen, targets};
pub use decide::{Consents, GoingOn, Resumption};
pub use describe::{changes, left, plan, title};
pub use offer::{EarlierArgs, Offer, offer};

use crate::commands::run::RunOptions;
use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::noop::Last;
use crate::project::Project;
use crate::session::Session;
use nexus_journal::{Busy, OpenRun};
use nexus_store::default_cache_dir;
use nexus_store::snapshot::Selection;

/// Goes on with a run.
///
/// # Errors
/// NX0535 when it cannot be gone on with now, NX0538 when it is about another project file, and what
/// is wrong with the project or the machine.
pub fn go_on(
    context: &Context,
    project: Project,
    open: OpenRun,
    consents: Consents,
    options: &RunOptions,
) -> Result<Exit, CliError> {
    let mut asked = open.header.asked.clone().unwrap_or_default();
    if asked.file.is_empty() {
        asked.file = file_name(&project);
    }
    if asked.file != file_name(&project) {
        let message = format!("the run {} is about `{}`", open.run, asked.file);
        let help = format!("say `--config {}`", asked.file);
        return Err(CliError::new("NX0538", message).help(help));
    }
    let taken = match options.dry_run {
        true => None,
        false => Some(open.take().map_err(|busy| cannot_take(&open.run, &busy))?),
    };
    context.note(&format!("{} resumed\n", title(&open)));
    context.note(&left(&open.replay, &context.err));
    context.note(&changes(&open, &project.root));
    asked.force |= options.force;
    asked.continue_on_error |= options.continue_on_error;
    asked.no_sandbox |= options.no_sandbox;
    if !options.hosts.is_empty() {
        asked.hosts.clone_from(&options.hosts);
    }
    if !options.on.is_empty() {
        asked.on.clone_from(&options.on);
    }
    let mut how = options.how();
    how.force = asked.force;
    how.continue_on_error = asked.continue_on_error;
    how.no_sandbox = asked.no_sandbox;
    how.chosen = asked.chosen;
    let last = Last::look(&project, &default_cache_dir(), &Selection::Named(&[]));
    let mut session = Session::new(context, project, last);
    session.shared = options.shared.clone();
    session.hosts.clone_from(&asked.hosts);
    session.move_to(&asked.on);
    let (paths, wish) = (open.targets.clone(), asked.clone());
    session.asked = Some(asked);
    let going_on = GoingOn::new(open, consents, taken);
    if options.dry_run {
        let planned = session.plan()?;
        let targets = targets(&planned.graph, &wish, &paths)?;
        context.print(&plan(&going_on, &planned.graph, &targets))?;
        return Ok(Exit::Done);
    }
    session.going_on = Some(going_on);
    session.run(how, |graph| targets(graph, &wish, &paths))
}

/// As it is called in what is asked for.
pub fn file_name(project: &Project) -> String {
    let name = project.file.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn cannot_take(run: &str, busy: &Busy) -> CliError {
    match busy {
        Busy::Running => CliError::new("NX0535", format!("the run {run} is still going on"))
            .help("or another process goes on with it at this moment; `nexus pipelines` shows it"),
        Busy::Io(error) => {
            let reason = crate::error::reason(error);
            let message = format!("the journal of the run {run} cannot be used: {reason}");
            CliError::new("NX0535", message)
        }
    }
}
