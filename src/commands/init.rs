//! `nexus init`: a first nexus.nx that fits what is in the folder, checks and runs.

mod detect;
mod starter;

use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::render::look::Role;
use detect::Kind;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Arguments of `nexus init`.
#[derive(Debug, clap::Args)]
pub struct InitArgs {
    /// The folder; this one when it is not given
    #[arg(value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
}

/// Writes the file and says what to do next.
///
/// # Errors
/// NX0708 when there is a project file already, NX0709 when it cannot be written.
pub fn run(context: &Context, args: &InitArgs) -> Result<Exit, CliError> {
    let folder = args.folder.as_deref().unwrap_or(Path::new("."));
    let kind = Kind::of(folder);
    let starter = starter::write(&kind);
    let path = match &args.folder {
        Some(folder) => folder.join("nexus.nx"),
        None => PathBuf::from("nexus.nx"),
    };
    create(&path, &starter.text)?;
    let out = &context.out;
    if context.json() {
        context.print_json(&serde_json::json!({
            "path": path,
            "kind": kind.name(),
            "first_task": starter.first_task,
        }))?;
        return Ok(Exit::Done);
    }
    let run = format!("nexus run {}", starter.first_task);
    let width = run.len();
    let mut text = format!(
        "{} wrote {} for {}\n",
        out.ok(),
        path.display(),
        kind.describe()
    );
    for (command, what) in [
        ("nexus list", "what it offers"),
        (
            run.as_str(),
            "try it, twice: what did not change is not done again",
        ),
        ("nexus explain", "what error codes mean"),
    ] {
        let blank = " ".repeat(width.max(13) - command.len());
        text += &format!("  {}{blank}  {what}\n", out.paint(Role::Literal, command));
    }
    context.print(&text)?;
    Ok(Exit::Done)
}

fn create(path: &Path, text: &str) -> Result<(), CliError> {
    // `create_new`: whoever made the file meanwhile keeps it.
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    match file.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(CliError::new(
            "NX0708",
            format!(
                "`{}` is there already and is not overwritten",
                path.display()
            ),
        )
        .help("`nexus list` shows what it offers")),
        Err(error) => Err(CliError::file("write", path, &error)),
    }
}
