//! `nexus pipelines`: the runs of the project.

use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::history;
use crate::project::Project;
use crate::render::look::{Look, Role};
use crate::render::summary;
use crate::render::text::{ago, columns, duration};
use nexus_journal::{Ended, Past, open_runs};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// Arguments of `nexus pipelines`.
#[derive(Debug, clap::Args)]
pub struct PipelinesArgs {
    /// Only runs that did not come to their end, and with which nobody has gone on: `nexus resume`
    /// does
    #[arg(long)]
    pub interrupted: bool,
    /// Show so many at most
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
}

/// Lists the runs that executed something, newest first.
///
/// # Errors
/// NX0710 when there is no project.
pub fn run(context: &Context, args: &PipelinesArgs) -> Result<Exit, CliError> {
    let mut runs = history::open(context)?.runs();
    let project = Project::find(context.global.config.as_deref())?;
    let open: Vec<String> = open_runs(&history::state()?, &project.root)
        .into_iter()
        .filter(|open| open.ended != Ended::Running)
        .map(|open| open.run)
        .collect();
    if args.interrupted {
        let broke_off = |past: &Past| matches!(past.ended, Ended::Interrupted | Ended::Cancelled);
        runs.retain(|past| broke_off(past) && open.contains(&past.run));
    }
    runs.truncate(args.limit);
    if context.json() {
        for past in &runs {
            context.print_json(&value(past, open.contains(&past.run)))?;
        }
        return Ok(Exit::Done);
    }
    if runs.is_empty() {
        context.note("no runs are remembered\n");
        return Ok(Exit::Done);
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_micros() as u64);
    let look = &context.out;
    let rows: Vec<[String; 3]> = runs.iter().map(|past| row(past, now)).collect();
    let mut widths = [0; 3];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = columns(cell).max(*width);
        }
    }
    let mut text = String::new();
    for (past, row) in runs.iter().zip(&rows) {
        text += &mark(past.ended, look);
        for (cell, width) in row.iter().zip(widths) {
            text += &format!(" {cell}{:1$} ", "", width - columns(cell));
        }
        let counts = summary::counts(&past.summary, look);
        let counts = match past.ended {
            Ended::Running => "running".to_string(),
            Ended::Interrupted => look.paint(Role::Warn, "interrupted"),
            _ => counts,
        };
        text += &format!(" {}{}{counts}\n", past.command, look.dot());
    }
    context.print(&text)?;
    Ok(Exit::Done)
}

fn row(past: &Past, now: u64) -> [String; 3] {
    [
        past.run.clone(),
        format!("{} ago", ago(now.saturating_sub(past.started))),
        duration(past.micros),
    ]
}

fn mark(ended: Ended, look: &Look) -> String {
    match ended {
        Ended::Succeeded => look.ok(),
        Ended::Failed => look.failed(),
        Ended::Running => look.running(),
        Ended::Cancelled | Ended::Interrupted => look.skipped(),
    }
}

fn value(past: &Past, open: bool) -> Value {
    json!({
        "run": past.run,
        "command": past.command,
        "started": past.started,
        "micros": past.micros,
        "ended": word(past.ended),
        "summary": past.summary,
        "resumes": past.resumes,
        "resumable": open,
    })
}

fn word(ended: Ended) -> &'static str {
    match ended {
        Ended::Succeeded => "succeeded",
        Ended::Failed => "failed",
        Ended::Cancelled => "cancelled",
        Ended::Running => "running",
        Ended::Interrupted => "interrupted",
    }
}
