//! From a command to the program file and arguments that are executed.

use crate::shell;
use nexus_graph::{Command, Step};
use rustix::fs::{Access, access};
use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// The shell for lines with shell syntax.
pub const SHELL: &str = "/bin/sh";

/// Finds programs as `execvp` would, remembering what it found.
#[derive(Default)]
pub struct Programs {
    found: Mutex<HashMap<(OsString, String), Arc<Search>>>,
}

/// Where a program was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// The file; absolute.
    pub program: Option<PathBuf>,
    /// Folders of the `PATH` that come before it: one that appears there would be another program.
    pub passed: Vec<PathBuf>,
}

/// What is handed to the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Absolute path of the program.
    pub program: PathBuf,
    /// Arguments, the name first.
    pub argv: Vec<String>,
}

/// Why there is no invocation: one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotRunnable(pub String);

impl Programs {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(OsString, String), Arc<Search>>> {
        self.found.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// The executable file a word names, for a process with this `PATH` in this folder.
    pub fn find(&self, word: &str, path: &OsStr, cwd: &Path) -> Option<PathBuf> {
        self.search(word, path, cwd).program.clone()
    }

    /// Like [`find`](Self::find), with the folders that were searched in vain.
    pub fn search(&self, word: &str, path: &OsStr, cwd: &Path) -> Arc<Search> {
        if word.contains('/') {
            let file = cwd.join(word);
            return Arc::new(Search {
                program: is_executable(&file).then_some(file),
                passed: Vec::new(),
            });
        }
        let key = (path.to_owned(), word.to_string());
        if let Some(search) = self.lock().get(&key) {
            return search.clone();
        }
        let mut search = Search::default();
        let mut same_everywhere = true;
        for folder in std::env::split_paths(path).filter(|_| !word.is_empty()) {
            same_everywhere &= folder.is_absolute();
            let folder = cwd.join(folder);
            let file = folder.join(word);
            if is_executable(&file) {
                search.program = Some(file);
                break;
            }
            search.passed.push(folder);
        }
        let search = Arc::new(search);
        // What is not there yet may still be made by a task.
        if same_everywhere && search.program.is_some() {
            self.lock().insert(key, search.clone());
        }
        search
    }

    /// How to execute a command: directly when the line means the same without a shell and its
    /// program exists, else through `/bin/sh`, which then reports what is wrong in its own words.
    ///
    /// # Errors
    /// When an explicit program does not exist.
    pub fn invocation(
        &self,
        command: &Command,
        path: &OsStr,
        cwd: &Path,
    ) -> Result<Invocation, NotRunnable> {
        match command {
            Command::Line(line) => Ok(self.line(line, path, cwd)),
            Command::Argv(argv) => {
                let word = argv.first().map_or("", String::as_str);
                let program = self.find(word, path, cwd).ok_or_else(|| {
                    let place = if word.contains('/') {
                        "in the working folder"
                    } else {
                        "on the PATH"
                    };
                    NotRunnable(format!("there is no executable program `{word}` {place}"))
                })?;
                Ok(Invocation {
                    program,
                    argv: argv.clone(),
                })
            }
        }
    }

    fn line(&self, line: &str, path: &OsStr, cwd: &Path) -> Invocation {
        if let Some(words) = shell::plain_words(line)
            && let Some(program) = self.find(&words[0], path, cwd)
        {
            return Invocation {
                program,
                argv: words,
            };
        }
        Invocation {
            program: SHELL.into(),
            argv: shell::shell_arguments(line),
        }
    }

    /// The invocation of a step, with `sudo` around it when it asks for another user. Declared
    /// variables are handed over by `env`, because `sudo` starts with a clean environment.
    ///
    /// # Errors
    /// When the program, or a way to become that user, does not exist.
    pub fn step(
        &self,
        step: &Step,
        env: &BTreeMap<String, String>,
        path: &OsStr,
        cwd: &Path,
    ) -> Result<Invocation, NotRunnable> {
        let inner = self.invocation(&step.command, path, cwd)?;
        let Some(user) = step.user.as_deref().filter(|user| !is_current_user(user)) else {
            return Ok(inner);
        };
        let (program, mut argv) = if let Some(sudo) = self.find("sudo", path, cwd) {
            (sudo, vec!["sudo", "-n", "-u", user, "--"])
        } else if let (true, Some(runuser)) =
            (is_current_user("root"), self.find("runuser", path, cwd))
        {
            (runuser, vec!["runuser", "-u", user, "--"])
        } else {
            return Err(NotRunnable(format!(
                "running as user `{user}` needs `sudo`, which is not on the PATH"
            )));
        };
        let variables: Vec<String> = env
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !variables.is_empty() {
            argv.push("env");
            argv.extend(variables.iter().map(String::as_str));
        }
        let mut argv: Vec<String> = argv.into_iter().map(str::to_string).collect();
        argv.push(inner.program.to_string_lossy().into_owned());
        argv.extend(inner.argv.into_iter().skip(1));
        Ok(Invocation { program, argv })
    }
}

/// Programs whose identity belongs to the result of a command: the shell, if one is used, and
/// those the command names.
pub fn programs_of(command: &Command) -> Vec<String> {
    match command {
        Command::Argv(argv) => argv.first().cloned().into_iter().collect(),
        Command::Line(line) => match shell::plain_words(line) {
            Some(words) => words.into_iter().take(1).collect(),
            None => {
                let mut programs = vec![SHELL.to_string()];
                programs.extend(shell::named_programs(line));
                programs
            }
        },
    }
}

fn is_executable(file: &Path) -> bool {
    file.is_file() && access(file, Access::EXEC_OK).is_ok()
}

/// Whether this process runs as the named user.
pub(crate) fn is_current_user(name: &str) -> bool {
    match nix::unistd::User::from_name(name) {
        Ok(Some(user)) => user.uid == nix::unistd::geteuid(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Invocation {
        let programs = Programs::default();
        let command = Command::Line(text.into());
        programs
            .invocation(&command, OsStr::new("/usr/bin:/bin"), Path::new("/"))
            .unwrap()
    }

    #[test]
    fn a_plain_line_needs_no_shell() {
        let direct = line("cp a b");
        assert!(direct.program.ends_with("cp"));
        assert_eq!(direct.argv, ["cp", "a", "b"]);
        assert_eq!(line("cp a b; x").argv, ["sh", "-c", "cp a b; x"]);
        assert_eq!(line("no-such-program a").program, Path::new(SHELL));
    }

    #[test]
    fn an_explicit_program_must_exist() {
        let programs = Programs::default();
        let command = Command::Argv(vec!["no-such-program".into()]);
        let error = programs
            .invocation(&command, OsStr::new("/bin"), Path::new("/"))
            .unwrap_err();
        assert!(
            error.0.contains("no-such-program") && error.0.contains("PATH"),
            "{error}"
        );
    }

    #[test]
    fn a_folder_is_not_a_program() {
        assert_eq!(
            Programs::default().find("./bin", OsStr::new(""), Path::new("/")),
            None
        );
    }

    #[test]
    fn the_current_user_needs_no_sudo() {
        let name = nix::unistd::User::from_uid(nix::unistd::geteuid())
            .unwrap()
            .unwrap()
            .name;
        let mut step = Step::line("cp a b");
        step.user = Some(name);
        let made = Programs::default().step(
            &step,
            &BTreeMap::new(),
            OsStr::new("/usr/bin:/bin"),
            Path::new("/"),
        );
        assert_eq!(made.unwrap().argv[0], "cp");
    }
}
