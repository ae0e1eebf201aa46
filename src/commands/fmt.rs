//! `nexus fmt`: one way to write things.

use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::project::Project;
use crate::session::rendered;
use crate::sources::{files, shown};
use nexus_compiler::db::Compiler;
use nexus_compiler::world::Disk;
use nexus_grammar::{Entry, parse};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The highest code of a mistake in syntax.
const LAST_SYNTAX_CODE: u16 = 99;

/// Arguments of `nexus fmt`.
#[derive(Debug, clap::Args)]
pub struct FmtArgs {
    /// Files or folders; `-` formats standard input; without any, every .nx file of the project that git does not ignore
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Change nothing; name the files that are not formatted and exit with 1
    #[arg(long)]
    pub check: bool,
    /// Change nothing; show what would change and exit with 1
    #[arg(long, conflicts_with = "check")]
    pub diff: bool,
}

/// Formats files in place.
///
/// # Errors
/// A file that cannot be read or written, or has mistakes; the other files are formatted all the
/// same.
pub fn run(context: &Context, args: &FmtArgs) -> Result<Exit, CliError> {
    if args.paths == [PathBuf::from("-")] {
        return format_input(context, args);
    }
    let mut changed = Vec::new();
    let mut mistakes = Vec::new();
    let files = files(context, &args.paths)?;
    for file in &files {
        let text = std::fs::read_to_string(file).map_err(|e| CliError::file("read", file, &e))?;
        match formatted(&text) {
            Some(new) if new == text => {}
            Some(new) => {
                if args.diff {
                    context.print(&difference(&shown(file), &text, &new))?;
                } else if !args.check {
                    replace(file, &new).map_err(|e| CliError::file("write", file, &e))?;
                }
                changed.push(file);
            }
            None => mistakes.push(file),
        }
    }
    if !args.diff && (!context.global.quiet || args.check) {
        let verb = if args.check {
            "not formatted"
        } else {
            "formatted"
        };
        for file in &changed {
            context.print(&format!("{verb}: {}\n", shown(file)))?;
        }
    }
    if !mistakes.is_empty() {
        let text: String = mistakes.iter().map(|file| explain(context, file)).collect();
        return Err(CliError::rendered("NX0001", text));
    }
    Ok(if (args.check || args.diff) && !changed.is_empty() {
        Exit::TaskFailed
    } else {
        Exit::Done
    })
}

fn format_input(context: &Context, args: &FmtArgs) -> Result<Exit, CliError> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|e| CliError::file("read", Path::new("-"), &e))?;
    let Some(new) = formatted(&text) else {
        return Err(CliError::new(
            "NX0001",
            "standard input has mistakes and cannot be formatted",
        )
        .help("`nexus check` says what is wrong with a file"));
    };
    if args.diff && new != text {
        context.print(&difference("standard input", &text, &new))?;
    }
    if args.check || args.diff {
        return Ok(if new == text {
            Exit::Done
        } else {
            Exit::TaskFailed
        });
    }
    context.print(&new)?;
    Ok(Exit::Done)
}

/// What formatting changes, as a unified difference.
pub(crate) fn difference(name: &str, old: &str, new: &str) -> String {
    similar::TextDiff::from_lines(old, new)
        .unified_diff()
        .header(name, name)
        .to_string()
}

fn formatted(text: &str) -> Option<String> {
    let parsed = parse(text, Entry::File);
    nexus_grammar::format(&parsed.tree).ok()
}

/// What is wrong with a file, with excerpts.
fn explain(context: &Context, file: &Path) -> String {
    let path = std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf());
    let mut compiler = Compiler::new();
    compiler.load_library(&path, &Disk);
    let mut found = compiler.diagnostics_of(&path);
    found.retain(|d| d.is_error() && d.code.0 <= LAST_SYNTAX_CODE);
    let root = path.parent().unwrap_or(Path::new("/")).to_path_buf();
    rendered(context, &Project { file: path, root }, &compiler, &found)
}

/// Writes beside the file and renames, so that a full disk cannot cost the user's text.
pub(crate) fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let target = file.canonicalize()?;
    let beside = target.with_extension(format!("nx.{}", std::process::id()));
    let written = std::fs::write(&beside, text)
        .and_then(|()| std::fs::set_permissions(&beside, std::fs::metadata(&target)?.permissions()))
        .and_then(|()| std::fs::rename(&beside, &target));
    if written.is_err() {
        // The original is untouched; only the copy is removed.
        _ = std::fs::remove_file(&beside);
    }
    written
}
