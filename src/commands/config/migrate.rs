//! `nexus config migrate`.

use crate::commands::fmt::replace;
use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::project::Project;
use crate::render::text::count;
use crate::session::mistakes;
use nexus_compiler::db::Compiler;
use nexus_compiler::migrate::{Migrated, Step, migrate};
use nexus_compiler::world::Disk;
use std::path::{Path, PathBuf};

/// Arguments of `nexus config migrate`.
#[derive(Debug, clap::Args)]
pub struct MigrateArgs {
    /// Show what would change, and change nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// Writes new names in the place of deprecated ones, and keeps the files as they were beside the
/// new ones. The project means the same afterwards.
///
/// # Errors
/// What is wrong with the project, and files that cannot be written.
pub fn run(context: &Context, args: &MigrateArgs) -> Result<Exit, CliError> {
    let project = Project::find(context.global.config.as_deref())?;
    let mut compiler = Compiler::new();
    let Migrated { texts, steps } = migrate(&mut compiler, &project.file, &project.root, &Disk)
        .map_err(|found| mistakes(context, &project, &compiler, &found))?;
    let shown = |file: &Path| {
        file.strip_prefix(&project.root)
            .unwrap_or(file)
            .display()
            .to_string()
    };
    let mut copies = Vec::new();
    if !args.dry_run {
        for (file, text) in &texts {
            let copy = backup(file)?;
            replace(file, text).map_err(|error| CliError::file("write", file, &error))?;
            copies.push(copy);
        }
    }
    if context.json() {
        let step = |step: &Step| {
            serde_json::json!({
                "change": step.title, "file": shown(&step.file), "line": step.line,
                "done": step.done && !args.dry_run, "possible": step.done,
            })
        };
        let steps: Vec<_> = steps.iter().map(step).collect();
        let copies: Vec<_> = copies.iter().map(|copy| shown(copy)).collect();
        context.print_json(&serde_json::json!({
            "dry_run": args.dry_run, "changes": steps, "copies": copies,
        }))?;
    } else if !context.global.quiet {
        for step in &steps {
            let mark = match step.done {
                true => context.out.ok(),
                false => context.out.failed(),
            };
            let place = format!("{}:{}", shown(&step.file), step.line);
            context.print(&format!(
                "{mark} {}{}{place}\n",
                step.title,
                context.out.dot()
            ))?;
        }
        context.print(&summary(&steps, args.dry_run))?;
        for copy in &copies {
            context.note(&format!("as it was: {}\n", shown(copy)));
        }
    }
    let by_hand = steps.iter().any(|step| !step.done);
    if by_hand {
        context.note("what is marked is written in a way that only a person can change\n");
    }
    Ok(match by_hand {
        true => Exit::TaskFailed,
        false => Exit::Done,
    })
}

fn summary(steps: &[Step], dry_run: bool) -> String {
    let done = steps.iter().filter(|step| step.done).count();
    match (steps.len(), dry_run) {
        (0, _) => "nothing to do: no name is deprecated\n".to_string(),
        (_, true) => format!(
            "{} would be made, nothing was written\n",
            count(done, "change")
        ),
        (_, false) => format!("{} made\n", count(done, "change")),
    }
}

/// Copies a file to `NAME.bak` beside it, or to the first of `NAME.bak.1`, … that is free: an older
/// copy is never overwritten.
fn backup(file: &Path) -> Result<PathBuf, CliError> {
    let mut number = 0;
    loop {
        let mut name = file.as_os_str().to_owned();
        name.push(match number {
            0 => ".bak".to_string(),
            n => format!(".bak.{n}"),
        });
        let copy = PathBuf::from(name);
        let wrong = |error| CliError::file("write", &copy, &error);
        // Made here and now, or it is somebody's.
        match std::fs::File::create_new(&copy) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                number += 1;
                continue;
            }
            Err(error) => return Err(wrong(error)),
        }
        if let Err(error) = std::fs::copy(file, &copy) {
            _ = std::fs::remove_file(&copy);
            return Err(wrong(error));
        }
        return Ok(copy);
    }
}
