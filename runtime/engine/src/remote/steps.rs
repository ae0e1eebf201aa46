//! A step on a host: whether it is needed, its attempts, and waiting for something.

use super::host::{Halt, OnHost};
use super::outlet::Outlet;
use crate::backoff;
use nexus_executor::{Ended, FailureKind, Job, JobId, Loss, Program, Session, Stdin};
use nexus_graph::event::{EventKind, Status};
use nexus_graph::{Command, Step};
use std::time::Duration;
use tokio::time::Instant;

/// What can be done about a host that was lost in the middle.
const ASKS: &str =
    "when it can be reached again, `nexus resume` asks it what became of the command";

/// What a job is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The step itself, in this attempt.
    Attempt(u32),
    /// A question that changes nothing, by its number in the step: its answer need not survive.
    Question(u32),
}

impl OnHost<'_> {
    /// One step; whether it was needed.
    pub async fn step(
        &self,
        session: &dyn Session,
        number: u32,
        step: &Step,
    ) -> Result<bool, Halt> {
        if let Some(because) = self.needless(session, number, step).await? {
            let skipped = EventKind::StepSkipped {
                id: self.id(),
                host: Some(self.name.clone()),
                step: number,
                command: step.label(),
                because,
            };
            self.run.sink.event(skipped).await;
            return Ok(false);
        }
        let mut attempt = 1;
        let mut pause = None;
        loop {
            self.started(number, step, attempt, None).await;
            let begin = Instant::now();
            let status = match &step.wait {
                Some(wait) => self.wait(session, number, step, wait.interval).await?,
                None => {
                    let outlet = self.outlet(number);
                    let job = self.job(number, step, Purpose::Attempt(attempt));
                    let ended = self.give(session, number, job, &outlet).await;
                    outlet.finish().await;
                    ended?
                }
            };
            let clock = &self.run.clock;
            let in_time = self.shared.deadline.is_none_or(|d| !clock.is_over(d));
            let again = !status.success()
                && status != Status::Cancelled
                && step.wait.is_none()
                && attempt <= step.retries
                && in_time;
            let finished = EventKind::StepFinished {
                id: self.id(),
                host: Some(self.name.clone()),
                step: number,
                status,
                micros: begin.elapsed().as_micros() as u64,
                will_retry: again,
                attempt,
            };
            self.run.sink.event(finished).await;
            if !again {
                return match status {
                    Status::Cancelled => Err(Halt::Cancelled),
                    status if status.success() || (step.continue_on_error && in_time) => Ok(true),
                    status => Err(Halt::Failed(number, status)),
                };
            }
            let base = Duration::from_nanos(step.retry_delay);
            let next = backoff::pause(step.retry_jitter, base, attempt, pause, backoff::random());
            pause = Some(next);
            attempt += 1;
            let retrying = EventKind::StepRetrying {
                id: self.id(),
                host: Some(self.name.clone()),
                step: number,
                status,
                attempt,
                attempts: step.retries.saturating_add(1),
                delay: u64::try_from(next.as_micros()).unwrap_or(u64::MAX),
            };
            self.run.sink.event(retrying).await;
            self.pause(next).await?;
        }
    }

    pub async fn started(&self, number: u32, step: &Step, attempt: u32, begun_by: Option<String>) {
        let started = EventKind::StepStarted {
            id: self.id(),
            host: Some(self.name.clone()),
            step: number,
            command: step.label(),
            attempt,
            user: step.user.clone(),
            begun_by,
        };
        self.run.sink.event(started).await;
        // Nothing is sent before it is noted that it is. That the note survives a loss of power as
        // well matters only where a repetition would.
        let idempotent = self.run.graph().task(self.id()).idempotent;
        self.run.sink.told(!idempotent).await;
    }

    async fn pause(&self, time: Duration) -> Result<(), Halt> {
        tokio::select! {
            () = self.run.cancel.cancelled() => Err(Halt::Cancelled),
            () = tokio::time::sleep(time) => Ok(()),
        }
    }

    pub fn outlet(&self, number: u32) -> Outlet {
        let task = &self.run.graph().task(self.id()).path;
        Outlet::new(
            self.run.sink.clone(),
            (self.id(), task),
            self.name.clone(),
            number,
            self.log.clone(),
        )
    }

    /// What makes a step unnecessary there, if anything does.
    async fn needless(
        &self,
        session: &dyn Session,
        number: u32,
        step: &Step,
    ) -> Result<Option<String>, Halt> {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let questions = [
            step.creates.as_ref().map(|path| {
                let test = format!("test -e {0} || test -L {0}", quoted(path));
                (test, format!("`{path}` exists"))
            }),
            step.unless.as_ref().map(|line| {
                let because = match &step.name {
                    Some(_) => "nothing to do".to_string(),
                    None => format!("`{line}` succeeded"),
                };
                (line.clone(), because)
            }),
        ];
        for (at, (line, because)) in questions.into_iter().flatten().enumerate() {
            let mut question = step.clone();
            question.command = Command::Line(line);
            question.stdin = None;
            question.pty = false;
            let job = self.job(number, &question, Purpose::Question(at as u32));
            let outlet = self.outlet(number).held();
            let status = self.give(session, number, job, &outlet).await?;
            match status {
                Status::Cancelled => return Err(Halt::Cancelled),
                status if status.success() => return Ok(Some(because)),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Asks until the answer is yes or the time is over; then the last answer is shown.
    async fn wait(
        &self,
        session: &dyn Session,
        number: u32,
        step: &Step,
        interval: u64,
    ) -> Result<Status, Halt> {
        let limit = step.timeout.map(Duration::from_nanos);
        let clock = &self.run.clock;
        let own = limit.map(|limit| clock.after(limit));
        let deadline = clock.sooner(own, self.shared.deadline);
        let mut asked = 0;
        loop {
            let mut job = self.job(number, step, Purpose::Question(asked));
            asked += 1;
            let left = deadline.map(|deadline| clock.left(deadline));
            job.timeout = left.map(|left| left.max(Duration::from_millis(1)));
            let outlet = self.outlet(number).held();
            let status = self.give(session, number, job, &outlet).await?;
            if status.success() || status == Status::Cancelled {
                return Ok(status);
            }
            let pause = Duration::from_nanos(interval);
            if deadline.is_some_and(|deadline| clock.left(deadline) <= pause) {
                outlet.release().await;
                return Ok(Status::TimedOut);
            }
            self.pause(pause).await?;
        }
    }

    pub fn job(&self, number: u32, step: &Step, purpose: Purpose) -> Job {
        let task = self.run.graph().task(self.id());
        let own = step.timeout.map(Duration::from_nanos);
        let left = self
            .shared
            .deadline
            .map(|deadline| self.run.clock.left(deadline))
            .map(|left| left.max(Duration::from_millis(1)));
        let (attempt, suffix) = match purpose {
            Purpose::Attempt(attempt) => (attempt, ""),
            Purpose::Question(at) => (at + 1, "?"),
        };
        Job {
            id: JobId {
                run: self.run.shared.run.clone(),
                task: format!("{}{suffix}", task.path),
                host: self.host.name.clone(),
                step: number,
                attempt,
            },
            program: match &step.command {
                Command::Line(line) => Program::Script(line.clone()),
                Command::Argv(argv) => Program::Argv(argv.clone()),
            },
            env: task.env.clone(),
            cwd: (!task.cwd.is_empty()).then(|| task.cwd.clone()),
            user: step.user.clone(),
            stdin: match &step.stdin {
                Some(text) => Stdin::Bytes(text.clone().into_bytes()),
                None => Stdin::Empty,
            },
            pty: step.pty,
            timeout: [own, left].into_iter().flatten().min(),
            grace: self.run.shared.options.grace,
            durable: matches!(purpose, Purpose::Attempt(_)) && step.wait.is_none(),
            more: self.follows(number, purpose),
        }
    }

    /// Whether another job for this host is to be expected soon.
    fn follows(&self, number: u32, purpose: Purpose) -> bool {
        // A question is followed by the step it is about.
        matches!(purpose, Purpose::Question(_)) || number + 1 < self.steps
    }

    /// Gives a job to the host and waits for its end.
    async fn give(
        &self,
        session: &dyn Session,
        number: u32,
        job: Job,
        outlet: &Outlet,
    ) -> Result<Status, Halt> {
        if self.run.cancel.is_cancelled() {
            return Ok(Status::Cancelled);
        }
        let ended = session.run(&job, outlet, &self.run.sessions.stop).await;
        match ended {
            Ok(ended) => Ok(status(ended)),
            Err(mut failure) => Err(match failure.kind {
                FailureKind::Cancelled => Halt::Cancelled,
                FailureKind::Lost(loss) if job.durable => {
                    if loss == Loss::Unreachable && self.run.sessions.journaled {
                        failure.help.push(ASKS.to_owned());
                    }
                    Halt::Lost(number, failure)
                }
                _ => Halt::Unusable(failure),
            }),
        }
    }
}

/// As events tell it.
pub(super) fn status(ended: Ended) -> Status {
    match ended {
        Ended::Exit(code) => Status::Exit(code),
        Ended::Signal(number) => Status::Signal(number),
        Ended::TimedOut => Status::TimedOut,
        Ended::Cancelled => Status::Cancelled,
    }
}
