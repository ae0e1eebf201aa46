//! A job as a text for the shell.

use super::quote;
use nexus_executor::{Job, Program};
use std::fmt::Write;

/// Variables that a shell does not take from its environment, or that it cannot set: exporting them
/// would change what the script means, or end it.
const OWN: &[&str] = &[
    "BASHOPTS",
    "BASH_VERSINFO",
    "EUID",
    "GROUPS",
    "IFS",
    "OPTIND",
    "PPID",
    "SHELLOPTS",
    "UID",
];

/// The name of a job on its host: the run's folder, and the step in it.
pub(crate) fn name(job: &Job) -> String {
    format!("{}/{}", plain(&job.id.run), job.id.file_name())
}

/// The name of a run's folder.
pub(crate) fn plain(run: &str) -> String {
    let plain: String = run
        .chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() || c == '-' || c == '_' => c,
            _ => '_',
        })
        .take(80)
        .collect();
    // Neither an option nor hidden; and never empty.
    format!("r{plain}")
}

/// What `/bin/sh` has to do for a job.
///
/// # Errors
/// The name of a variable that a shell cannot set.
pub(crate) fn of(job: &Job) -> Result<String, String> {
    let mut script = String::new();
    if let Some(folder) = job.cwd.as_deref().filter(|folder| !folder.is_empty()) {
        // The job starts in the home of the login.
        let folder = match folder {
            "~" => ".",
            folder => folder.strip_prefix("~/").unwrap_or(folder),
        };
        let folder = match folder.starts_with('-') {
            true => format!("./{folder}"),
            false => folder.to_owned(),
        };
        let _ = writeln!(script, "CDPATH= cd {} || exit", quote(&folder));
    }
    for (variable, value) in &job.env {
        if !is_name(variable) || OWN.contains(&variable.as_str()) {
            return Err(variable.clone());
        }
        let _ = writeln!(script, "export {variable}={}", quote(value));
    }
    match &job.program {
        Program::Script(text) => script.push_str(text),
        Program::Argv(words) => {
            script.push_str("exec");
            for word in words {
                script.push(' ');
                script.push_str(&quote(word));
            }
        }
    }
    Ok(script)
}

/// Whether this is a name for a variable of a shell (POSIX.1-2017, Definitions, 3.235).
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
}
