//! What a journal consists of.

use nexus_graph::{Digest, Event, Progress};
use serde::{Deserialize, Serialize};

/// The form of journals; a journal of another form is not read.
pub const VERSION: u32 = 1;

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// The first line.
    Header(Header),
    /// What the run that this one goes on with had done of a task.
    Progress {
        /// Path of the task.
        task: String,
        /// How far it came.
        progress: Progress,
        /// It must not be repeated unasked.
        #[serde(default, skip_serializing_if = "is_false")]
        once: bool,
    },
    /// Something happened. What is said beside it must have other names than the fields of events.
    Event {
        /// What.
        #[serde(flatten)]
        event: Event,
        /// When a task starts: the tasks of the run it had to wait for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        after: Vec<String>,
        /// Of a task whose commands are not simply repeated: what its step runs, or, when the task
        /// starts, what those before its first step run. See [`nexus_graph::progress::step_digest`].
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        digests: Vec<Digest>,
        /// When such a task starts: it must not be repeated unasked.
        #[serde(default, skip_serializing_if = "is_false")]
        once: bool,
        /// When such a task starts: its commands are recorded.
        #[serde(default, skip_serializing_if = "is_false")]
        recorded: bool,
    },
    /// From here on the output of this task was too much to keep.
    OutputLeftOut {
        /// Number of the task in the run.
        id: u32,
    },
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Record {
    /// An event without anything beside it.
    pub fn of(event: Event) -> Record {
        Record::Event {
            event,
            after: Vec::new(),
            digests: Vec::new(),
            once: false,
            recorded: false,
        }
    }
}

/// What is known when a run begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Form of the journal.
    pub version: u32,
    /// Version of the program.
    pub nexus: String,
    /// The project folder.
    pub project: String,
    /// The command line, the program's name first.
    pub command: Vec<String>,
    /// Who ran it.
    pub user: String,
    /// What was asked for, when somebody may go on with the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
    /// The process that ran it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<Process>,
    /// The files that its plan was made from, relative to the project where they are inside, with
    /// the digests of their contents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<(String, Digest)>,
}

/// What was asked for, and how it was to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Name of the project file.
    pub file: String,
    /// Only outputs were to be made.
    pub build: bool,
    /// The tasks as they were named.
    pub tasks: Vec<String>,
    /// Which of them was found out by looking at what has changed.
    #[serde(default)]
    pub chosen: bool,
    /// Execute tasks whose results are known.
    #[serde(default)]
    pub force: bool,
    /// Go on after a failure.
    #[serde(default)]
    pub continue_on_error: bool,
    /// Run tasks without their sandbox.
    #[serde(default)]
    pub no_sandbox: bool,
    /// The hosts that tasks are limited to; all of theirs when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// The hosts that tasks run on instead of those they name; those when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<String>,
}

impl Asked {
    /// Whether both ask for the same tasks, however they are to be run.
    pub fn same(&self, other: &Asked) -> bool {
        let names = |asked: &Asked| {
            let mut names = asked.tasks.clone();
            names.sort();
            names.dedup();
            names
        };
        self.file == other.file
            && self.build == other.build
            && self.chosen == other.chosen
            && self.hosts == other.hosts
            && self.on == other.on
            && names(self) == names(other)
    }
}

/// A process, told apart from a later one with the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// When it started, in the system's own units.
    pub started: u64,
}

impl Process {
    /// This one.
    pub fn own() -> Option<Process> {
        let pid = std::process::id();
        let started = started(pid)?;
        Some(Process { pid, started })
    }

    /// Whether it still exists.
    pub fn is_alive(&self) -> bool {
        started(self.pid) == Some(self.started)
    }
}

/// When a process started: the 22nd field of `/proc/PID/stat` (proc(5)), counted from the end of the
/// name, which may hold anything. `None` for one that is gone or only waits to be collected.
fn started(pid: u32) -> Option<u64> {
    let text = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    let close = text.iter().rposition(|b| *b == b')')?;
    let rest = std::str::from_utf8(text.get(close + 1..)?).ok()?;
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next()?;
    (state != "Z" && state != "X")
        .then(|| fields.nth(18)?.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive_and_another_is_not() {
        let own = Process::own().expect("itself");
        assert!(own.is_alive());
        let later = Process {
            started: own.started + 1,
            ..own
        };
        assert!(!later.is_alive());
    }

    #[test]
    fn the_order_of_names_does_not_matter() {
        let asked = |tasks: &[&str], force| Asked {
            tasks: tasks.iter().map(|t| t.to_string()).collect(),
            force,
            ..Asked::default()
        };
        assert!(asked(&["a", "b"], false).same(&asked(&["b", "a", "a"], true)));
        assert!(!asked(&["a"], false).same(&asked(&["b"], false)));
        let build = Asked {
            build: true,
            ..asked(&["a"], false)
        };
        assert!(!asked(&["a"], false).same(&build));
    }
}
