//! The steps of a task, one after the other.

use super::attempt::{Attempted, Surroundings, attempt, drain};
use super::reader::Target;
use crate::backoff;
use crate::clock::Deadline;
use crate::guard::{GuardLost, Leftover};
use crate::output::KeptLog;
use crate::resume::Start;
use crate::run::Run;
use crate::sandbox::Confined;
use nexus_graph::event::{EventKind, LogLine, Outcome, Status, Stream};
use nexus_graph::{Command, Step, TaskId};
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// How long processes that outlive their task may still end by themselves.
const LINGER: Duration = Duration::from_millis(400);

/// Between SIGTERM and SIGKILL for processes that outlived their task.
const LEFTOVER_GRACE: Duration = Duration::from_millis(200);

/// How the steps ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StepsEnd {
    /// All that had to succeed did. `idle` when no step was necessary.
    Succeeded { idle: bool },
    /// This one did not.
    Failed { step: u32, status: Status },
    /// The run was cancelled.
    Cancelled,
    /// The task used what it does not declare, or cannot run as it is declared.
    Broken(Outcome),
}

impl StepsEnd {
    /// As an outcome of the task.
    pub fn outcome(self) -> Outcome {
        match self {
            StepsEnd::Succeeded { .. } => Outcome::Succeeded,
            StepsEnd::Failed { step, status } => Outcome::Failed { step, status },
            StepsEnd::Cancelled => Outcome::Cancelled,
            StepsEnd::Broken(outcome) => outcome,
        }
    }
}

/// One execution of a task. When [`Execution::all`] returns, no process of the task is left.
pub(crate) struct Execution {
    run: Rc<Run>,
    id: TaskId,
    cwd: PathBuf,
    env: Vec<Vec<u8>>,
    log: Rc<RefCell<KeptLog>>,
    deadline: Option<Deadline>,
    /// Readers of steps that left processes behind.
    open: Vec<JoinHandle<()>>,
    leftovers: bool,
    /// The sandbox.
    confined: Option<Rc<Confined>>,
    /// The steps before this one were completed by another run.
    first: u32,
    /// Whether it matters what is known of its commands when the run breaks off: they are not
    /// simply repeated.
    recorded: bool,
}

impl Execution {
    /// Prepares to execute.
    pub fn new(run: Rc<Run>, id: TaskId) -> Self {
        let task = run.graph().task(id);
        let deadline = task
            .timeout
            .map(|nanos| run.clock.after(Duration::from_nanos(nanos)));
        Execution {
            cwd: run.shared.cwd(id),
            env: run.shared.environment.of(task),
            log: Rc::new(RefCell::new(KeptLog::new())),
            deadline,
            open: Vec::new(),
            leftovers: false,
            confined: None,
            first: 0,
            recorded: !task.cached || !task.idempotent,
            id,
            run,
        }
    }

    /// Prepares to execute in a sandbox.
    pub fn confined(run: Rc<Run>, id: TaskId, confined: Rc<Confined>) -> Self {
        let mut execution = Execution::new(run, id);
        let task = execution.run.graph().task(id);
        execution.env = confined.environment(std::mem::take(&mut execution.env), task);
        execution.confined = Some(confined);
        execution
    }

    /// Tells what happens, unless nobody is to hear of it.
    async fn tell(&self, event: EventKind) {
        if !self.is_quiet() {
            self.run.sink.event(event).await;
        }
    }

    fn is_quiet(&self) -> bool {
        self.confined
            .as_ref()
            .is_some_and(|confined| confined.quiet)
    }

    /// The same without the steps before `first`, which have printed `log`.
    pub fn starting_at(mut self, start: Start) -> Self {
        self.first = start.step;
        start
            .log
            .iter()
            .for_each(|line| self.log.borrow_mut().push(line));
        self
    }

    /// Runs every step; gives how it ended and the log.
    pub async fn all(mut self) -> Result<(StepsEnd, Vec<LogLine>), GuardLost> {
        let run = self.run.clone();
        let mut idle = self.first == 0;
        let mut end = None;
        for (number, step) in run.graph().task(self.id).steps.iter().enumerate() {
            let number = number as u32;
            if number < self.first {
                self.skipped(number, step, "completed before".to_string())
                    .await;
                continue;
            }
            let Some(status) = self.step(number, step).await? else {
                continue;
            };
            idle = false;
            if status == Status::Cancelled {
                end = Some(StepsEnd::Cancelled);
                break;
            }
            let out_of_time = self.deadline.is_some_and(|d| run.clock.is_over(d));
            if !status.success() && (!step.continue_on_error || out_of_time) {
                end = Some(StepsEnd::Failed {
                    step: number,
                    status,
                });
                break;
            }
        }
        self.settle().await?;
        let log = std::mem::take(&mut *self.log.borrow_mut());
        let end = end.unwrap_or(StepsEnd::Succeeded { idle });
        Ok((end, log.finish()))
    }

    /// One step with its attempts; `None` when it is not needed.
    async fn step(&mut self, number: u32, step: &Step) -> Result<Option<Status>, GuardLost> {
        if let Some(because) = self.needless(step).await? {
            self.skipped(number, step, because).await;
            return Ok(None);
        }
        let mut number_of_attempt = 1;
        let mut pause = None;
        loop {
            if self.run.cancel.is_cancelled() {
                return Ok(Some(Status::Cancelled));
            }
            let started = EventKind::StepStarted {
                id: self.id,
                host: None,
                step: number,
                command: step.label(),
                attempt: number_of_attempt,
                user: step.user.clone(),
                begun_by: None,
            };
            self.tell(started).await;
            if self.recorded && !self.is_quiet() {
                // Nothing is begun before it is known to be, nor before what came earlier is. What
                // must not be repeated waits for the disk, and so does a command that follows
                // another one; all that wait at the same time wait for one write.
                let idempotent = self.run.graph().task(self.id).idempotent;
                let follows = number > self.first;
                self.run.sink.told(!idempotent || follows).await;
            }
            let begin = Instant::now();
            let status = match &step.wait {
                Some(wait) => self.wait(number, step, wait.interval).await?,
                None => self.attempt(number, step).await?,
            };
            let again = !status.success()
                && step.wait.is_none()
                && status != Status::Cancelled
                && number_of_attempt <= step.retries
                && self.deadline.is_none_or(|d| !self.run.clock.is_over(d));
            let finished = EventKind::StepFinished {
                id: self.id,
                host: None,
                step: number,
                status,
                micros: begin.elapsed().as_micros() as u64,
                will_retry: again,
                attempt: number_of_attempt,
            };
            self.tell(finished).await;
            if !again {
                return Ok(Some(status));
            }
            let base = Duration::from_nanos(step.retry_delay);
            let random = backoff::random();
            let next = backoff::pause(step.retry_jitter, base, number_of_attempt, pause, random);
            pause = Some(next);
            number_of_attempt += 1;
            let retrying = EventKind::StepRetrying {
                id: self.id,
                host: None,
                step: number,
                status,
                attempt: number_of_attempt,
                attempts: step.retries.saturating_add(1),
                delay: u64::try_from(next.as_micros()).unwrap_or(u64::MAX),
            };
            self.tell(retrying).await;
            tokio::select! {
                () = self.run.cancel.cancelled() => return Ok(Some(Status::Cancelled)),
                () = tokio::time::sleep(next) => {}
            }
        }
    }

    async fn skipped(&self, step: u32, of: &Step, because: String) {
        let skipped = EventKind::StepSkipped {
            id: self.id,
            host: None,
            step,
            command: of.label(),
            because,
        };
        self.tell(skipped).await;
    }

    /// What makes a step unnecessary, if anything does.
    async fn needless(&mut self, step: &Step) -> Result<Option<String>, GuardLost> {
        if let Some(path) = &step.creates
            && self.cwd.join(path).symlink_metadata().is_ok()
        {
            return Ok(Some(format!("`{path}` exists")));
        }
        let Some(line) = &step.unless else {
            return Ok(None);
        };
        let mut probe = step.clone();
        probe.command = Command::Line(line.clone());
        let attempted = self.execute(&probe, Target::Nowhere).await?;
        let because = match &step.name {
            Some(_) => "nothing to do".to_string(),
            None => format!("`{line}` succeeded"),
        };
        Ok(attempted.success().then_some(because))
    }

    async fn attempt(&mut self, number: u32, step: &Step) -> Result<Status, GuardLost> {
        let target = match self.is_quiet() {
            true => Target::Nowhere,
            false => Target::Events {
                sink: self.run.sink.clone(),
                id: self.id,
                step: number,
                log: self.log.clone(),
            },
        };
        self.execute(step, target).await
    }

    /// Asks until the answer is yes or the time is over. Only the last question is heard.
    async fn wait(&mut self, number: u32, step: &Step, interval: u64) -> Result<Status, GuardLost> {
        let interval = Duration::from_nanos(interval);
        let clock = self.run.clock.clone();
        let own = step.timeout.map(|n| clock.after(Duration::from_nanos(n)));
        let deadline = clock.sooner(own, self.deadline);
        let mut question = step.clone();
        loop {
            let left = deadline.map(|deadline| clock.left(deadline));
            let last = left.is_some_and(|left| left <= interval);
            question.timeout = left.map(|left| left.as_nanos().max(1) as u64);
            let status = match last {
                true => self.attempt(number, &question).await?,
                false => self.execute(&question, Target::Nowhere).await?,
            };
            if status.success() || status == Status::Cancelled {
                return Ok(status);
            }
            if last || deadline.is_some_and(|deadline| clock.is_over(deadline)) {
                return Ok(Status::TimedOut);
            }
            tokio::select! {
                () = self.run.cancel.cancelled() => return Ok(Status::Cancelled),
                () = tokio::time::sleep(interval) => {}
            }
        }
    }

    async fn execute(&mut self, step: &Step, target: Target) -> Result<Status, GuardLost> {
        if self.run.cancel.is_cancelled() {
            return Ok(Status::Cancelled);
        }
        let task = self.run.graph().task(self.id);
        let path = self
            .run
            .shared
            .environment
            .get(task, "PATH")
            .unwrap_or_default();
        let invocation = match self
            .run
            .shared
            .programs
            .step(step, &task.env, &path, &self.cwd)
        {
            Ok(invocation) => invocation,
            Err(reason) => {
                let text = reason.to_string();
                target
                    .give(&mut vec![LogLine {
                        stream: Stream::Stderr,
                        text,
                    }])
                    .await;
                return Ok(Status::NotStarted);
            }
        };
        let helper = &self.run.shared.options.guard_program;
        let entered = match &self.confined {
            Some(confined) => confined.enter(invocation, helper),
            None => Ok((invocation, None)),
        };
        let (invocation, policy) = match entered {
            Ok(entered) => entered,
            Err(error) => {
                let text = format!("the sandbox cannot be made: {error}");
                target
                    .give(&mut vec![LogLine {
                        stream: Stream::Stderr,
                        text,
                    }])
                    .await;
                return Ok(Status::NotStarted);
            }
        };
        let guard = self.run.guard()?;
        let around = Surroundings {
            guard: &guard,
            cancel: &self.run.cancel,
            clock: &self.run.clock,
            task: self.id.0,
            name: &task.path,
            cwd: &self.cwd,
            env: &self.env,
            grace: self.run.shared.options.grace,
            nice: task.nice,
            policy: policy.as_ref(),
        };
        let own = step
            .timeout
            .map(|nanos| self.run.clock.after(Duration::from_nanos(nanos)));
        let deadline = self.run.clock.sooner(own, self.deadline);
        let Attempted {
            status,
            readers,
            leftovers,
        } = attempt(&around, invocation, deadline, target).await?;
        if let Some(confined) = &self.confined {
            confined.leave();
        }
        self.open.extend(readers);
        self.leftovers |= leftovers;
        Ok(status)
    }

    /// Ends whatever of the task is still alive and reads the rest of its output, so that
    /// nothing can change its files from here on.
    async fn settle(&mut self) -> Result<(), GuardLost> {
        if self.leftovers {
            let guard = self.run.guard()?;
            let ended = guard.end(self.id.0, LINGER, LEFTOVER_GRACE).await?;
            let path = &self.run.graph().task(self.id).path;
            for leftover in ended {
                self.tell(left_behind(Some(path), &leftover)).await;
            }
        }
        drain(&mut self.open, Duration::from_millis(200)).await;
        Ok(())
    }
}

/// The warning about a process that outlived its task.
pub(crate) fn left_behind(task: Option<&str>, leftover: &Leftover) -> EventKind {
    let who = task.map_or("a task".to_string(), |path| format!("`{path}`"));
    let Leftover {
        pid,
        command,
        survived,
    } = leftover;
    let fate = if *survived {
        "it could not be ended"
    } else {
        "it was ended"
    };
    EventKind::Warning {
        task: task.map(str::to_string),
        code: "NX0507".to_string(),
        message: format!("{who} left a process running: `{command}` (pid {pid}); {fate}"),
        help: Some(
            "let the task wait for what it starts (`wait`), or run services outside of tasks"
                .to_string(),
        ),
    }
}
