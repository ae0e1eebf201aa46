//! Going on with what a host did in a run that broke off. The journal says what was given to the host;
//! of that the host itself is asked.

use super::host::{Halt, OnHost};
use super::steps::{Purpose, status};
use crate::resume::doubt_about;
use nexus_executor::{Failure, FailureKind, Fate, Loss, Session};
use nexus_graph::event::{EventKind, Status};
use nexus_graph::{Consent, Continuation, HostProgress, Step, Task};
use tokio::time::Instant;

impl OnHost<'_> {
    /// What is known of this host from the run that is gone on with.
    fn known(&self) -> Option<(&HostProgress, Consent)> {
        let resumed = self
            .run
            .resumption
            .as_ref()
            .filter(|_| self.shared.resumes)?;
        let path = &self.run.graph().task(self.id()).path;
        let host = resumed.progress.get(path)?.hosts.get(&*self.name)?;
        let consent = resumed.consent.get(path).copied().unwrap_or_default();
        Some((host, consent))
    }

    /// When the host was started, as far as that was known, if a run that is gone on with gave it a job
    /// whose end was not heard of.
    pub fn boot_then(&self) -> Option<Option<String>> {
        let (known, _) = self.known()?;
        known.given.then(|| known.boot.clone())
    }

    /// The task as it is on this host.
    fn task_here(&self, steps: &[Step]) -> Task {
        let mut task = self.run.graph().task(self.id()).clone();
        task.steps = steps.to_vec();
        task
    }

    /// Whether nothing is left to do, so that the host need not be asked.
    pub fn is_kept(&self, steps: &[Step]) -> bool {
        self.known().is_some_and(|(known, consent)| {
            let task = self.task_here(steps);
            known.progress.continuation(&task, None, consent) == Continuation::Done
        })
    }

    /// The step to go on with. Waits for the end of one that still runs there.
    pub async fn resume(&self, session: &dyn Session, steps: &[Step]) -> Result<u32, Halt> {
        let Some((known, consent)) = self.known() else {
            return Ok(0);
        };
        let task = self.task_here(steps);
        let begun = known.progress.begun(&task).filter(|_| known.given);
        let asked = match begun {
            Some(at) => self.ask(session, known, &task, at, consent).await?,
            None => None,
        };
        let first = match asked {
            Some(first) => first,
            None => match known.progress.continuation(&task, None, consent) {
                Continuation::Done => steps.len() as u32,
                Continuation::From(first) => first,
                Continuation::Ask(doubt) => {
                    let at = known.progress.begun(&task).unwrap_or(0);
                    let message = doubt_about(&task, &known.run, doubt);
                    return Err(Halt::Lost(at, self.doubtful(message, Loss::Killed)));
                }
            },
        };
        for (number, step) in steps.iter().enumerate().take(first as usize) {
            if begun == Some(number as u32) && asked == Some(first) {
                // Its end was told.
                continue;
            }
            let skipped = EventKind::StepSkipped {
                id: self.id(),
                host: Some(self.name.clone()),
                step: number as u32,
                command: step.label(),
                because: "completed before".to_string(),
            };
            self.run.sink.event(skipped).await;
        }
        Ok(first)
    }

    /// Asks the host what became of the step that it was given, and gives the one to go on with;
    /// `None` when nothing is known of it that the journal does not say. What somebody has decided
    /// counts where the host does not know either.
    async fn ask(
        &self,
        session: &dyn Session,
        known: &HostProgress,
        task: &Task,
        at: u32,
        consent: Consent,
    ) -> Result<Option<u32>, Halt> {
        let Some(step) = task.steps.get(at as usize) else {
            return Ok(None);
        };
        if step.wait.is_some() {
            // A question changes nothing: it is asked again.
            return Ok(Some(at));
        }
        let mut job = self.job(at, step, Purpose::Attempt(known.attempt));
        job.id.run.clone_from(&known.run);
        let begin = Instant::now();
        let outlet = self.outlet(at).held();
        let fate = session.attach(&job, &outlet, &self.run.sessions.stop).await;
        let fate = fate.map_err(|failure| match failure.kind {
            FailureKind::Cancelled => Halt::Cancelled,
            _ => Halt::Unusable(failure),
        })?;
        let same_boot = known.boot.is_some() && known.boot == session.facts().boot_id;
        let (loss, why) = match fate {
            Fate::NeverStarted if same_boot => return Ok(Some(at)),
            // Where results were not kept then, nothing is known of what was begun.
            Fate::NeverStarted if known.boot.is_none() => {
                (Loss::Killed, "nothing is known of it there")
            }
            // The note about it may have been lost with the power.
            Fate::NeverStarted | Fate::Lost(Loss::Reboot) => {
                (Loss::Reboot, "the host was started again meanwhile")
            }
            Fate::Lost(Loss::Killed) => (Loss::Killed, "it was killed there"),
            Fate::Lost(Loss::Unreachable) => (Loss::Unreachable, "its result was not kept there"),
            Fate::Ended(ended) => {
                let status = status(ended);
                let by = Some(known.run.clone());
                self.started(at, step, known.attempt, by).await;
                outlet.release().await;
                let again = !status.success()
                    && status != Status::Cancelled
                    && known.attempt <= step.retries;
                let finished = EventKind::StepFinished {
                    id: self.id(),
                    host: Some(self.name.clone()),
                    step: at,
                    status,
                    micros: begin.elapsed().as_micros() as u64,
                    will_retry: again,
                    attempt: known.attempt,
                };
                self.run.sink.event(finished).await;
                return match status {
                    Status::Cancelled => Err(Halt::Cancelled),
                    _ if again => Ok(Some(at)),
                    status if status.success() || step.continue_on_error => Ok(Some(at + 1)),
                    status => Err(Halt::Failed(at, status)),
                };
            }
        };
        match consent {
            Consent::Done => return Ok(Some(at + 1)),
            Consent::Repeat => return Ok(Some(at)),
            Consent::None if task.idempotent => return Ok(Some(at)),
            Consent::None => {}
        }
        let label = step.label();
        let message = format!(
            "`{label}` of `{}`, which is not idempotent, was begun in the run {}: {why}",
            task.path, known.run
        );
        Err(Halt::Lost(at, self.doubtful(message, loss)))
    }

    fn doubtful(&self, message: String, loss: Loss) -> Failure {
        let path = &self.run.graph().task(self.id()).path;
        Failure {
            kind: FailureKind::Lost(loss),
            code: "NX0530".into(),
            title: "nobody knows how a command ended".into(),
            message,
            tried: Vec::new(),
            help: vec![format!(
                "look what it has done, then say `nexus resume --repeat {path}` to run it again or `nexus resume --done {path}` to go on behind it"
            )],
            host: self.host.name.clone(),
            hop: None,
            user: self.host.user.clone().unwrap_or_default(),
            address: self.host.address.clone(),
            port: self.host.port.unwrap_or(22),
        }
    }
}
