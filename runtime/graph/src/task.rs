//! What one task is: its steps, its files, its environment and what it depends on.

use crate::remote::{Remote, Wait};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Index of a task in its [`TaskGraph`](crate::TaskGraph).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TaskId(pub u32);

impl TaskId {
    /// The position in `TaskGraph::tasks`.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Whether a task does something or only names other tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskKind {
    /// Has dependencies and no steps.
    Group,
    /// Has at least one step.
    Work,
}

/// One node of the graph, with every default filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Path under `tasks` in the project file: `build`, `obj.lapi`.
    pub path: String,
    /// `description` of the task, one line for `nexus list`.
    pub description: Option<String>,
    /// Group or work.
    pub kind: TaskKind,
    /// Every task that must have finished before this one starts, once each, sorted by id.
    pub deps: Vec<Dependency>,
    /// Run in order; the first failing one ends the task.
    pub steps: Vec<Step>,
    /// Working folder, relative to the project root; empty for the root itself.
    pub cwd: String,
    /// Variables declared by the task: exact names and values.
    pub env: BTreeMap<String, String>,
    /// Declared inputs: paths and globs relative to the project root; a leading `!` takes away.
    pub inputs: Vec<String>,
    /// Declared outputs, relative to the project root.
    pub outputs: Vec<Output>,
    /// Programs whose identity is part of the key besides those the commands name.
    pub tools: Vec<String>,
    /// Whether the result is reused by content. True for a task with declared inputs or outputs
    /// unless the project says `cache = false`.
    pub cached: bool,
    /// Outputs are a working copy: made when missing, never overwritten or restored over edits.
    pub editable: bool,
    /// Limit for the whole task in nanoseconds.
    pub timeout: Option<u64>,
    /// Where the project file declares it: file relative to the root, line from 1.
    pub place: Option<Place>,
    /// The pool whose places it shares with other tasks; one of the graph's `pools`. Not part of
    /// the key, like everything else here that decides only when and how fast it runs.
    pub pool: Option<String>,
    /// How many of the slots of the run it takes; at least 1. More than there are means all.
    pub weight: u32,
    /// By how much its processes are nicer to others than this one, from 0 to 19.
    pub nice: u8,
    /// Its steps reach only what the task declares, the tools and the system.
    pub sandbox: bool,
    /// Whether its commands may be repeated at will. Of a task that says no, a command that was
    /// begun in a run that broke off is only repeated when somebody agrees.
    pub idempotent: bool,
    /// Where it runs when that is not here.
    pub remote: Option<Box<Remote>>,
}

/// A line of a source file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Path relative to the project root.
    pub file: String,
    /// Line, counted from 1.
    pub line: u32,
}

/// An edge of the graph, and what of the producer enters the consumer's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// The task depended on.
    pub task: TaskId,
    /// Which of its outputs are used.
    pub used: Used,
}

/// Which outputs of a dependency a task uses. An output that the task's `inputs` reach into
/// (an input path equal to it or inside it) is keyed by those inputs, not as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Used {
    /// Named in `deps`: all outputs.
    All,
    /// Mentioned in strings: the outputs at these positions of the producer's `outputs`, sorted.
    Some(Vec<u32>),
}

/// A declared output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Its name, when `outputs` is a record.
    pub name: Option<String>,
    /// A file or folder, relative to the project root.
    pub path: String,
}

/// What a step runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// A line for the shell (executed directly when it has no shell syntax).
    Line(String),
    /// A program and its arguments, never seen by a shell.
    Argv(Vec<String>),
}

/// One command of a task with its options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What the report calls it, in place of the command.
    pub name: Option<String>,
    /// What is run.
    pub command: Command,
    /// Limit in nanoseconds for one attempt.
    pub timeout: Option<u64>,
    /// Further attempts after a failure.
    pub retries: u32,
    /// Pause before the first further attempt, in nanoseconds; grows after each failure.
    pub retry_delay: u64,
    /// A failure of this step does not end the task.
    pub continue_on_error: bool,
    /// Skip the step when this path (relative to the task's `cwd`) exists.
    pub creates: Option<String>,
    /// Skip the step when this command line succeeds.
    pub unless: Option<String>,
    /// Run as this user through `sudo -n`; `root` for `sudo = true`.
    pub user: Option<String>,
    /// Make-style dependency file, relative to `cwd`, that the step writes: the files it lists are
    /// inputs from then on.
    pub depfile: Option<String>,
    /// How the pauses between attempts are spread.
    pub retry_jitter: Jitter,
    /// The command is repeated until it succeeds; `timeout` is the limit for all attempts.
    pub wait: Option<Wait>,
    /// What its standard input gives; nothing when absent.
    pub stdin: Option<String>,
    /// It gets a terminal; on other machines only.
    pub pty: bool,
}

/// How the pauses between attempts are spread at random, so that those who failed together do not
/// try again together (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Jitter {
    /// Anything up to the pause.
    #[default]
    Full,
    /// Half of the pause, and anything up to the other half.
    Equal,
    /// Anything between the first pause and three times the last one.
    Decorrelated,
    /// The pause itself.
    None,
}

impl Jitter {
    /// All of them, by the name they have in a project file.
    pub const NAMES: [(&'static str, Jitter); 4] = [
        ("full", Jitter::Full),
        ("equal", Jitter::Equal),
        ("decorrelated", Jitter::Decorrelated),
        ("none", Jitter::None),
    ];
}

impl Step {
    /// A step that runs `line` with no options.
    pub fn line(line: impl Into<String>) -> Self {
        Step {
            name: None,
            command: Command::Line(line.into()),
            timeout: None,
            retries: 0,
            retry_delay: 1_000_000_000,
            continue_on_error: false,
            creates: None,
            unless: None,
            user: None,
            depfile: None,
            retry_jitter: Jitter::Full,
            wait: None,
            stdin: None,
            pty: false,
        }
    }

    /// What the report calls it: its name, or the command as a person would type it.
    pub fn label(&self) -> String {
        match (&self.name, &self.wait) {
            (Some(name), _) => name.clone(),
            (None, Some(wait)) => format!("wait for {}", wait.until),
            (None, None) => self.command.to_string(),
        }
    }
}

impl Task {
    /// A task with nothing but a path: no steps, files or dependencies.
    pub fn new(path: impl Into<String>) -> Self {
        Task {
            path: path.into(),
            description: None,
            kind: TaskKind::Group,
            deps: Vec::new(),
            steps: Vec::new(),
            cwd: String::new(),
            env: BTreeMap::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            tools: Vec::new(),
            cached: false,
            editable: false,
            timeout: None,
            place: None,
            pool: None,
            weight: 1,
            nice: 0,
            sandbox: false,
            idempotent: true,
            remote: None,
        }
    }
}

impl std::fmt::Display for Command {
    /// As a person would type it; arguments are joined with blanks, quoted where they need it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Command::Line(line) => f.write_str(line),
            Command::Argv(argv) => {
                for (i, arg) in argv.iter().enumerate() {
                    if i > 0 {
                        f.write_str(" ")?;
                    }
                    let plain = !arg.is_empty()
                        && arg
                            .bytes()
                            .all(|b| b.is_ascii_alphanumeric() || b"-_./=:,+@%".contains(&b));
                    if plain {
                        f.write_str(arg)?;
                    } else {
                        write!(f, "'{}'", arg.replace('\'', r"'\''"))?;
                    }
                }
                Ok(())
            }
        }
    }
}
