//! What happens during a run, as data. The engine emits these; everything that shows, records or
//! measures is a subscriber.

pub use crate::difference::{Difference, Hint};
use crate::key::{Change, Digest};
use crate::task::TaskId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One happening, placed in its run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Identifies the run; the same in all its events.
    pub run: String,
    /// Counts from 0 within the run, without gaps.
    pub sequence: u64,
    /// Microseconds since the Unix epoch.
    pub time: u64,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// The catalogue of events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// The run begins.
    RunStarted {
        /// Tasks asked for.
        targets: Vec<String>,
        /// Number of tasks with work in their closure.
        tasks: u32,
        /// How many may run at once.
        parallel: u32,
        /// The project folder, absolute.
        #[serde(default)]
        project: String,
        /// Version of the program.
        #[serde(default)]
        nexus: String,
        /// The run that this one goes on with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resumes: Option<String>,
    },
    /// A task was completed by the run that this one goes on with; nothing of it was executed.
    TaskKept {
        /// Its id in the graph.
        id: TaskId,
        /// Its path.
        task: String,
        /// The run that this one goes on with.
        #[serde(rename = "completed_by")]
        run: String,
    },
    /// A task was found up to date or restored; nothing of it was executed.
    TaskCached {
        /// Its id in the graph.
        id: TaskId,
        /// Its path.
        task: String,
        /// Its key.
        key: Digest,
        /// Outputs written back from the store.
        restored: Vec<String>,
        /// The log recorded when it last ran.
        log: Vec<LogLine>,
        /// How long executing it took, in microseconds; absent when it was not looked up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        saved: Option<u64>,
        /// Where its result comes from, when it was fetched in this run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shared: Option<Origin>,
    },
    /// A task starts executing.
    TaskStarted {
        /// Its id in the graph.
        id: TaskId,
        /// Its path.
        task: String,
        /// Why it runs.
        reason: Reason,
        /// What it is made of besides its commands: its inputs and what it depends on. Another
        /// digest means that what its commands did before may no longer be what is wanted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Digest>,
        /// Its first step that is executed; those before it count as done.
        #[serde(default, skip_serializing_if = "is_zero")]
        from: u32,
    },
    /// A step of a task starts.
    StepStarted {
        /// Its task.
        id: TaskId,
        /// The host, when it runs on another machine.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<HostName>,
        /// Position in the task, from 0.
        step: u32,
        /// Its name, or the command as a person would type it.
        command: String,
        /// 1 for the first attempt.
        attempt: u32,
        /// The user it runs as, when it is to be another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<String>,
        /// The run that gave it to the host, when this one only waits for its end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        begun_by: Option<String>,
    },
    /// A step was not needed (`creates`, `unless`).
    StepSkipped {
        /// Its task.
        id: TaskId,
        /// The host, when it runs on another machine.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<HostName>,
        /// Position in the task.
        step: u32,
        /// Its name, or the command as a person would type it.
        command: String,
        /// What made it unnecessary.
        because: String,
    },
    /// A line (or the rest of one) that a step printed.
    Output {
        /// Its task.
        id: TaskId,
        /// The host, when it runs on another machine.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<HostName>,
        /// Position in the task.
        step: u32,
        /// What was printed.
        #[serde(flatten)]
        line: LogLine,
    },
    /// A step ended.
    StepFinished {
        /// Its task.
        id: TaskId,
        /// The host, when it runs on another machine.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<HostName>,
        /// Position in the task.
        step: u32,
        /// How it ended.
        status: Status,
        /// Wall time in microseconds.
        micros: u64,
        /// Whether the step is tried again.
        will_retry: bool,
        /// Which attempt it was, from 1.
        #[serde(default)]
        attempt: u32,
    },
    /// A step that failed waits for its next attempt.
    StepRetrying {
        /// Its task.
        id: TaskId,
        /// The host, when it runs on another machine.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<HostName>,
        /// Position in the task.
        step: u32,
        /// How the last attempt ended.
        status: Status,
        /// The attempt that comes next.
        attempt: u32,
        /// How many attempts there are at most.
        attempts: u32,
        /// How long it waits, in microseconds.
        delay: u64,
    },
    /// A host of a task is ready for its steps.
    HostConnected {
        /// Its task.
        id: TaskId,
        /// The host.
        host: HostName,
        /// Identifies the time since it was started; of jobs begun before another one nothing runs.
        boot: Option<String>,
        /// Wall time in microseconds that connecting took; 0 when there was a connection.
        micros: u64,
    },
    /// A host of a task is done.
    HostFinished {
        /// Its task.
        id: TaskId,
        /// The host.
        host: HostName,
        /// How it ended there.
        outcome: HostOutcome,
        /// Wall time in microseconds.
        micros: u64,
    },
    /// A task ended.
    TaskFinished {
        /// Its id in the graph.
        id: TaskId,
        /// Its path.
        task: String,
        /// How it ended.
        outcome: Outcome,
        /// Wall time in microseconds.
        micros: u64,
        /// Its key, when it is a cached task.
        key: Option<Digest>,
        /// Whether its outputs are the same as before, so that its users need not run.
        unchanged: bool,
        /// Whether every step was found unnecessary (`creates`, `unless`).
        #[serde(default)]
        idle: bool,
        /// Steps that were executed, each counted once however many attempts it took.
        #[serde(default)]
        steps: u32,
    },
    /// A task whose result is known was executed once more, to see whether it makes the same again.
    TaskVerified {
        /// Its id in the graph.
        id: TaskId,
        /// Its path.
        task: String,
        /// The files that it made differently.
        differences: Vec<Difference>,
    },
    /// Something the user should know that does not change the result.
    Warning {
        /// The task concerned.
        task: Option<String>,
        /// Diagnostic code.
        code: String,
        /// One sentence.
        message: String,
        /// What can be done.
        help: Option<String>,
    },
    /// The run was told to stop: nothing new is started, and what runs is ended.
    Shutdown {
        /// The name of the signal, if it was one.
        signal: Option<String>,
        /// The tasks that were running.
        running: Vec<String>,
    },
    /// Results are being written to a shared cache while nothing else is left to do.
    Uploading {
        /// Results that are not written yet.
        results: u32,
        /// Bytes written so far.
        bytes: u64,
    },
    /// What a shared cache did for the run; only with one.
    SharedCache(SharedTotals),
    /// The run broke off: it could not go on at all. No other event follows.
    RunAborted {
        /// Diagnostic code.
        code: String,
        /// One sentence.
        message: String,
        /// Wall time in microseconds.
        micros: u64,
    },
    /// The run ended.
    RunFinished {
        /// Counts of everything.
        summary: Summary,
        /// Wall time in microseconds.
        micros: u64,
        /// Whether it was told to stop before everything was done.
        #[serde(default)]
        interrupted: bool,
    },
}

/// A result that was made elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The shared cache, without credentials.
    pub cache: String,
    /// Class of the writer: `main`, `pull_request`, `developer`, …
    pub class: String,
    /// The run that executed the task.
    pub run: String,
    /// When, in seconds since the epoch.
    pub at: u64,
    /// Bytes that were fetched for it.
    pub bytes: u64,
    /// How long fetching it took, in microseconds.
    pub micros: u64,
}

/// What a shared cache did for a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedTotals {
    /// The cache, without credentials.
    pub cache: String,
    /// Results that were found there.
    pub hits: u32,
    /// Results that it did not have, or that could not be used.
    pub misses: u32,
    /// Bytes fetched.
    pub fetched: u64,
    /// Results written.
    pub written: u32,
    /// Bytes written.
    pub sent: u64,
    /// Results that were to be written and were not.
    pub unwritten: u32,
}

/// Where a line was printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// One line of a task's output, without its line end. Bytes that are not UTF-8 are replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Where it was printed.
    pub stream: Stream,
    /// The text.
    pub text: String,
}

/// Why a task is executed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Reason {
    /// It is not a cached task: it runs whenever it is asked for.
    Always,
    /// It has never run with this project.
    FirstRun,
    /// Its key differs from that of its last run.
    Changed {
        /// What differs, the first cause first.
        changes: Vec<Change>,
    },
    /// Its result is known but an output is gone from the store as well.
    ResultLost {
        /// The output.
        output: String,
    },
    /// It failed the last time, and nothing has changed since.
    LastFailed,
    /// The user asked for execution.
    Forced,
    /// Its result is known; it is executed to see whether it makes the same again.
    Verification,
    /// It is executed to see what it uses.
    Observation,
    /// An input was edited while it ran, so it runs once more.
    InputEdited {
        /// The input.
        path: String,
    },
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "value")]
pub enum Status {
    /// With this code.
    Exit(i32),
    /// By this signal.
    Signal(i32),
    /// Ended by us because its time was over.
    TimedOut,
    /// Ended by us because the run was cancelled.
    Cancelled,
    /// Could not be started; the reason is in the step's output.
    NotStarted,
}

impl Status {
    /// Exit code 0.
    pub fn success(self) -> bool {
        self == Status::Exit(0)
    }
}

/// The name of a host.
pub type HostName = Arc<str>;

/// How a task ended on one of its hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum HostOutcome {
    /// All steps succeeded.
    Succeeded {
        /// No step was necessary.
        idle: bool,
    },
    /// A step failed.
    Failed {
        /// Position of the step.
        step: u32,
        /// How it ended.
        status: Status,
    },
    /// Nothing was run, because the host could not be reached or used.
    Unreachable {
        /// Why.
        failure: HostFailure,
    },
    /// A step was begun, and nobody knows how it ended.
    Lost {
        /// Position of the step.
        step: u32,
        /// Why nobody knows.
        failure: HostFailure,
    },
    /// It was not begun, or was ended, because the run was to stop.
    Cancelled,
    /// It was not begun because another host of the task failed.
    NotBegun,
    /// What it had done in a run that broke off is all there was to do.
    Kept,
}

impl HostOutcome {
    /// Whether what was to be done there is done.
    pub fn success(&self) -> bool {
        matches!(self, HostOutcome::Succeeded { .. } | HostOutcome::Kept)
    }
}

/// Why a host could not be used: what a person needs to act.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostFailure {
    /// Diagnostic code.
    pub code: String,
    /// One line: `the connection was refused`.
    pub title: String,
    /// A sentence or two; may be empty.
    pub message: String,
    /// What was tried, and how it went.
    pub tried: Vec<(String, String)>,
    /// What can be done.
    pub help: Vec<String>,
    /// `user@address:port`
    pub peer: String,
    /// The hop on the way where it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hop: Option<String>,
    /// Nobody answered in time.
    #[serde(default)]
    pub timed_out: bool,
}

/// How many hosts of a task ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostCounts {
    /// Succeeded.
    pub ok: u32,
    /// A step failed.
    pub failed: u32,
    /// Could not be reached.
    pub unreachable: u32,
    /// Nobody knows.
    pub lost: u32,
    /// Cancelled.
    pub cancelled: u32,
    /// Not begun because of the others.
    pub not_begun: u32,
}

impl HostCounts {
    /// Counts one.
    pub fn add(&mut self, outcome: &HostOutcome) {
        *match outcome {
            HostOutcome::Succeeded { .. } | HostOutcome::Kept => &mut self.ok,
            HostOutcome::Failed { .. } => &mut self.failed,
            HostOutcome::Unreachable { .. } => &mut self.unreachable,
            HostOutcome::Lost { .. } => &mut self.lost,
            HostOutcome::Cancelled => &mut self.cancelled,
            HostOutcome::NotBegun => &mut self.not_begun,
        } += 1;
    }

    /// All of them.
    pub fn all(&self) -> u32 {
        self.ok + self.failed + self.unreachable + self.lost + self.cancelled + self.not_begun
    }
}

impl std::fmt::Display for HostCounts {
    /// `3 ok, 1 failed`, without those there are none of.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let counts = [
            (self.ok, "ok"),
            (self.failed, "failed"),
            (self.unreachable, "unreachable"),
            (self.lost, "lost"),
            (self.cancelled, "cancelled"),
            (self.not_begun, "not begun"),
        ];
        let some = counts.iter().filter(|(count, _)| *count > 0);
        let words: Vec<String> = some
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        f.write_str(&words.join(", "))
    }
}

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Outcome {
    /// All steps succeeded.
    Succeeded,
    /// A step failed.
    Failed {
        /// Position of the step.
        step: u32,
        /// How it ended.
        status: Status,
    },
    /// It did not succeed on all of its hosts.
    Hosts {
        /// How many ended in which way.
        counts: HostCounts,
        /// Those that could not be reached because nobody answered in time, when all of its failures
        /// are of that kind.
        timed_out: bool,
    },
    /// The steps succeeded but the task broke its word (output missing, …).
    Broken {
        /// Diagnostic code.
        code: String,
        /// One sentence.
        message: String,
        /// What can be done.
        help: Option<String>,
    },
    /// A task it depends on did not succeed.
    Skipped {
        /// That task.
        because: String,
    },
    /// The run was cancelled before or while it ran.
    Cancelled,
}

/// Counts over the tasks with work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Executed and succeeded.
    pub executed: u32,
    /// Executed and succeeded without doing anything: every step was found unnecessary. Not among
    /// `executed`.
    #[serde(default)]
    pub idle: u32,
    /// Up to date or restored.
    pub cached: u32,
    /// Of those, with at least one output written back.
    pub restored: u32,
    /// Failed or broken.
    pub failed: u32,
    /// Not run because something they depend on failed.
    pub skipped: u32,
    /// Cancelled.
    pub cancelled: u32,
    /// Completed by the run that this one goes on with.
    #[serde(default)]
    pub kept: u32,
    /// Executed once more and made the same again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub verified: u32,
    /// Of `cached`, those whose result came from a shared cache.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shared: u32,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Summary {
    /// All tasks with work.
    pub fn tasks(&self) -> u32 {
        self.executed
            + self.idle
            + self.cached
            + self.failed
            + self.skipped
            + self.cancelled
            + self.kept
            + self.verified
    }

    /// Whether nothing was executed, written back or gone on with.
    pub fn nothing_done(&self) -> bool {
        self.executed + self.idle + self.restored + self.kept + self.verified == 0
    }

    /// Whether every task came to its result.
    pub fn complete(&self) -> bool {
        self.failed + self.skipped + self.cancelled == 0
    }
}
