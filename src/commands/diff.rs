//! `nexus diff RUN RUN`: what two runs did differently.

use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::history;
use crate::render::report;
use nexus_journal::compare;

/// Arguments of `nexus diff`.
#[derive(Debug, clap::Args)]
pub struct DiffArgs {
    /// The earlier run: the beginning or the end of its name, `last`, or `last~N`
    #[arg(value_name = "RUN", default_value = "last~1")]
    pub first: String,
    /// The later one
    #[arg(value_name = "RUN", default_value = "last")]
    pub second: String,
}

/// Shows tasks that ended differently, took another time, or were part of one run only.
///
/// # Errors
/// NX0714 for an unknown run.
pub fn run(context: &Context, args: &DiffArgs) -> Result<Exit, CliError> {
    let history = history::open(context)?;
    let first = history::report(&history, &args.first)?;
    let second = history::report(&history, &args.second)?;
    let comparison = compare(&first, &second);
    if context.json() {
        context.print_json(&report::comparison_json(&first, &second, &comparison))?;
    } else {
        let text = report::comparison(&first, &second, &comparison, &context.out);
        context.print(&text)?;
    }
    Ok(Exit::Done)
}
