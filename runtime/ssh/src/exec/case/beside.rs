//! What is done beside waiting for a job's result: looking at what it prints, ending it when its time is
//! over or somebody wants that, and seeing to it that nothing of it is left.

use super::super::ending::{Ending, Target, Why};
use super::super::failure::{LEFT_OVER_HELP, left_over};
use super::super::link::StartError;
use super::super::shell::{Gone, NoShell};
use super::{CONTROL, Case, FIRST_LOOK, PACE, Rest, Seen};
use nexus_executor::{Ended, Urgency};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// A job that prints more than this on one stream is ended: it would fill the host's disk.
#[cfg(not(test))]
const MOST: (u64, &str) = (4 << 30, "4 GiB");
#[cfg(test)]
const MOST: (u64, &str) = (64 << 20, "64 MiB");

/// Something to do.
pub(super) enum Due {
    Look,
    Timeout,
    Stop(Urgency),
    End,
}

impl Case<'_> {
    /// Waits until there is something to do.
    pub(super) async fn due(&self) -> Due {
        let never = Instant::now() + Duration::from_secs(1 << 30);
        let ending = self.ending.as_ref();
        let asked = async {
            match ending {
                None => {
                    self.stop.wait(Urgency::Gently).await;
                    self.stop.asked().unwrap_or(Urgency::Gently)
                }
                Some(ending) if ending.kill_at > Instant::now() => {
                    self.stop.wait(Urgency::AtOnce).await;
                    Urgency::AtOnce
                }
                Some(_) => std::future::pending().await,
            }
        };
        let timeout = match ending {
            None => self.deadline.unwrap_or(never),
            Some(_) => never,
        };
        tokio::select! {
            biased;
            urgency = asked => Due::Stop(urgency),
            () = sleep_until(timeout) => Due::Timeout,
            () = sleep_until(ending.map_or(never, Ending::due)) => Due::End,
            () = sleep_until(self.look) => Due::Look,
        }
    }

    /// Does it; what was seen, which is to be handed over. Can be given up.
    pub(super) async fn act(&mut self, due: Due) -> Result<Option<Seen>, Gone> {
        let target = Target::Durable(self.name.clone());
        match due {
            Due::Look => {
                let Ok(mut shell) = self.control().await else {
                    // What it prints comes with its result.
                    self.look = Instant::now() + Duration::from_secs(60);
                    return Ok(None);
                };
                let seen = self.ask(&mut shell).await?;
                self.control = Some(shell);
                return Ok(Some(seen));
            }
            Due::Timeout => {
                self.ending = Some(Ending::new(Why::Timeout, target, self.job.grace));
                self.end().await?;
            }
            Due::Stop(urgency) => {
                let grace = self.job.grace;
                let ending = self
                    .ending
                    .get_or_insert_with(|| Ending::new(Why::Cancelled, target, grace));
                ending.hurry(urgency);
                self.end().await?;
            }
            Due::End => self.end().await?,
        }
        Ok(None)
    }

    /// Hands over what was seen of a job that runs, and says when to look again. Not to be given up:
    /// what was written and not counted would be written again.
    pub(super) async fn look_at(&mut self, seen: Seen) -> Result<(), Gone> {
        let before = self.given;
        let more = self.take(&seen).await? == Rest::More;
        self.pace = match (more, before != self.given) {
            (true, _) => Duration::ZERO,
            (false, true) => PACE.0,
            (false, false) => (self.pace * 3 / 2).clamp(PACE.0, PACE.1),
        };
        self.look = Instant::now() + self.pace;
        let printed = seen.reply.printed();
        let too_much = printed
            .iter()
            .any(|bytes| bytes.is_some_and(|b| b > MOST.0));
        if too_much && self.ending.is_none() {
            self.output.warn(
                "NX0839",
                format!(
                    "{}: the command printed more than {} and is ended",
                    self.crew.whom.host, MOST.1
                ),
                Some("send its output into a file, or through `head`".to_owned()),
            );
            let target = Target::Durable(self.name.clone());
            self.ending = Some(Ending::new(Why::TooMuch, target, self.job.grace));
        }
        Ok(())
    }

    /// The next step of ending it.
    async fn end(&mut self) -> Result<(), Gone> {
        let mut shell = match self.control().await {
            Ok(shell) => shell,
            Err(NoShell::Start(StartError::Lost(lost))) => return Err(Gone::Lost(lost)),
            // Tried again until it is given up.
            Err(problem) => {
                tracing::debug!(?problem, "no runner to end a job with");
                tokio::time::sleep(PACE.0).await;
                return Ok(());
            }
        };
        if let Some(request) = self.ending.as_mut().and_then(Ending::next) {
            shell.ask(request).await?;
            if let Some(ending) = &mut self.ending {
                ending.heard = true;
            }
        }
        self.control = Some(shell);
        Ok(())
    }

    /// Whether the host has heard that the job is to end.
    pub(super) fn heard(&self) -> bool {
        self.ending.as_ref().is_some_and(|ending| ending.heard)
    }

    /// Whether everything was tried to end the job, in vain.
    pub(super) fn given_up(&self) -> bool {
        self.ending.as_ref().is_some_and(|ending| {
            let patience = if ending.heard {
                Duration::ZERO
            } else {
                CONTROL
            };
            ending.give_up_at() + patience <= Instant::now()
        })
    }

    /// How a job that we ended counts.
    pub(super) fn ended_by_us(&self) -> Ended {
        match self.ending.as_ref().map(|ending| ending.why) {
            Some(Why::Timeout) => Ended::TimedOut,
            Some(Why::TooMuch) => Ended::Signal(9),
            Some(Why::Cancelled) | None => Ended::Cancelled,
        }
    }

    /// The result as it counts. The host notes why it ended a job before it does, unless it has no room
    /// for that; a job that came to its own end before it heard of us has that result.
    pub(super) fn as_wanted(&self, ended: Ended) -> Ended {
        match (&self.ending, ended) {
            (Some(_), Ended::Signal(_)) => self.ended_by_us(),
            _ => ended,
        }
    }

    /// The job has ended. When we ended it, so must everything it started.
    pub(super) async fn done(&mut self) {
        if self.ending.is_some()
            && let Some(left) = self.settle().await
            && !left.is_empty()
        {
            self.output.warn(
                "NX0836",
                left_over(&self.crew.whom.host, &left),
                Some(LEFT_OVER_HELP.to_owned()),
            );
        }
        if let Some(shell) = self.control.take() {
            shell.give_back();
        }
    }

    /// Waits until nothing of the job is left, helping where needed; what is left all the same.
    async fn settle(&mut self) -> Option<Vec<(u32, String)>> {
        let mut pause = FIRST_LOOK;
        loop {
            let mut shell = self.control().await.ok()?;
            let ending = self.ending.as_mut()?;
            let give_up = ending.give_up_at() <= Instant::now();
            let left = shell.ask(ending.again()).await.ok()?.left();
            self.control = Some(shell);
            if left.is_empty() || give_up {
                return Some(left);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PACE.0);
        }
    }
}
