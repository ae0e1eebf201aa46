//! One job from its beginning to its end, whatever happens in between.

mod beside;

use super::crew::{Crew, Lent};
use super::ending::Ending;
use super::link::StartError;
use super::shell::{Gone, NoShell};
use crate::runner::reply::{Reply, State};
use crate::runner::{request, script};
use nexus_executor::{Ended, Failure, Fate, Job, Loss, Output, Stdin, Stop, Urgency};
use nexus_graph::event::Stream;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// A job that takes longer is followed: what it prints is fetched while it runs.
const FOLLOW: Duration = Duration::from_secs(1);
/// Between two looks at a job that is followed: while it prints, and at most.
const PACE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(1));
/// Between two looks at a job that another process began.
const FIRST_LOOK: Duration = Duration::from_millis(20);
/// Bytes of each stream that come with a result.
const WITH_RESULT: usize = 64 << 10;
/// Bytes of each stream that are fetched at a time; half of it after each lost connection, down to what
/// comes with a result, so that something arrives on links that never hold for long.
const FETCH: usize = 1 << 20;
/// So long a second runner is waited for.
const CONTROL: Duration = Duration::from_secs(30);
/// So long a lost host is still asked when everything is to end at once.
const LAST_CHANCE: Duration = Duration::from_secs(10);
/// So often in a row a connection may be lost during one job.
const LOSSES: u32 = 10;
/// A connection that held so long was none of a row.
const HELD: Duration = Duration::from_secs(120);

/// A job and what is known of it here.
pub(crate) struct Case<'a> {
    crew: &'a Crew,
    job: &'a Job,
    output: &'a dyn Output,
    stop: &'a Stop,
    /// Its name on the host.
    name: String,
    /// Bytes of each stream that were handed over.
    given: [u64; 2],
    deadline: Option<Instant>,
    /// When to look at what it has printed.
    look: Instant,
    pace: Duration,
    ending: Option<Ending>,
    /// A second runner, for looking and signalling.
    control: Option<Lent<'a>>,
    /// Connections lost in a row, when the last one was, and why.
    losses: u32,
    lost_at: Instant,
    lost: String,
}

/// Why a job has no result yet.
enum Trouble {
    /// The runner is gone, and what it did is unknown.
    Gone(Gone),
    /// No runner could be had.
    NoShell(NoShell),
    /// It was to stop before there was one.
    Stopped,
    /// It was to be ended, and the host does not hear it.
    Unheard,
}

/// What a look at a job showed, and from where on.
struct Seen {
    reply: Reply,
    from: [u64; 2],
}

/// What is left to be fetched of what a job printed so far.
#[derive(PartialEq, Eq)]
enum Rest {
    Nothing,
    More,
    /// There is less than what was fetched.
    Removed,
}

impl From<Gone> for Trouble {
    fn from(gone: Gone) -> Self {
        Trouble::Gone(gone)
    }
}

/// How giving a job to a runner ended.
enum Submitted {
    Ended(Ended),
    /// Somebody gave it to the host before.
    Known,
    /// There is no room to keep what it does; it was not begun. An empty claim says so if it is marked.
    NoRoom {
        marked: bool,
    },
}

/// What is to be done with a job that could not be kept.
pub(crate) enum Outcome {
    Ended(Ended),
    /// It was not begun: no room to keep its result. The host knows that nothing is known of it, so that
    /// it may be run without.
    NoRoom,
}

impl<'a> Case<'a> {
    pub fn new(crew: &'a Crew, job: &'a Job, output: &'a dyn Output, stop: &'a Stop) -> Self {
        let now = Instant::now();
        Case {
            crew,
            job,
            output,
            stop,
            name: script::name(job),
            given: [0; 2],
            deadline: job.timeout.and_then(|timeout| now.checked_add(timeout)),
            look: now + FOLLOW,
            pace: PACE.0,
            ending: None,
            control: None,
            losses: 0,
            lost_at: now,
            lost: String::new(),
        }
    }

    /// Runs the job.
    ///
    /// # Errors
    /// It was not begun, or its result is not known ([`nexus_executor::FailureKind::Lost`]).
    pub async fn run(mut self) -> Result<Outcome, Failure> {
        let script = script::of(self.job).map_err(|name| self.crew.whom.variable(&name))?;
        loop {
            match self.submit(&script).await {
                Ok(Submitted::Ended(ended)) => {
                    self.done().await;
                    return Ok(Outcome::Ended(ended));
                }
                Ok(Submitted::NoRoom { marked: true }) => return Ok(Outcome::NoRoom),
                Ok(Submitted::NoRoom { marked: false }) => return Err(self.crew.whom.no_room()),
                Ok(Submitted::Known) => {}
                Err(Trouble::NoShell(why)) if self.losses == 0 => {
                    return Err(self.crew.whom.no_shell(self.crew.user.as_deref(), why));
                }
                // Not begun, or known not to have been.
                Err(Trouble::Stopped) => return Err(self.crew.whom.cancelled()),
                Err(trouble) => self.lose(trouble)?,
            }
            match self.found().await? {
                Fate::Ended(ended) => {
                    self.done().await;
                    return Ok(Outcome::Ended(ended));
                }
                Fate::Lost(loss) => return Err(self.crew.whom.lost(loss, self.lost.clone())),
                // The request did not arrive.
                Fate::NeverStarted if self.ending.is_some() => {
                    return Err(self.crew.whom.cancelled());
                }
                Fate::NeverStarted => {}
            }
        }
    }

    /// Finds out what became of the job, and waits for its end.
    ///
    /// # Errors
    /// The host cannot be asked.
    pub async fn attach(mut self) -> Result<Fate, Failure> {
        self.look = Instant::now();
        self.pace = FIRST_LOOK;
        let fate = self.found().await?;
        self.done().await;
        Ok(fate)
    }

    async fn submit(&mut self, script: &str) -> Result<Submitted, Trouble> {
        let input = match &self.job.stdin {
            Stdin::Empty => None,
            Stdin::Bytes(bytes) if bytes.is_empty() => None,
            Stdin::Bytes(bytes) => Some(bytes),
        };
        let length = input.map(Vec::len);
        let limits = (self.job.timeout, self.job.grace);
        let request = request::run(
            &self.name,
            limits.0,
            limits.1,
            length,
            script,
            self.job.more,
        );
        let mut shell = tokio::select! {
            lent = self.crew.lend() => lent.map_err(Trouble::NoShell)?,
            () = self.stop.wait(Urgency::Gently) => return Err(Trouble::Stopped),
        };
        shell.send(request).await?;
        let reply = loop {
            let due = tokio::select! {
                // Its end counts although its time is over by now: we may have been stopped meanwhile.
                biased;
                reply = shell.answer() => match reply? {
                    reply if reply.kind() == "send" => {
                        let bytes = input.cloned().unwrap_or_default();
                        shell.send(bytes).await?;
                        continue;
                    }
                    reply => break reply,
                },
                due = self.due() => due,
            };
            // Whatever is asked must not keep us from hearing the end, or that there will be none.
            let seen = tokio::select! {
                biased;
                acted = self.act(due) => acted?,
                reply = shell.answer() => break reply?,
            };
            if let Some(seen) = seen {
                self.look_at(seen).await?;
            }
            if self.given_up() {
                // Whatever it does, it does not end. The runner waits for it; we do not.
                return match self.heard() {
                    true => Ok(Submitted::Ended(self.ended_by_us())),
                    false => Err(Trouble::Unheard),
                };
            }
        };
        match reply.kind() {
            "dup" => {
                shell.give_back();
                return Ok(Submitted::Known);
            }
            "full" => {
                shell.give_back();
                let marked = reply.marked();
                return Ok(Submitted::NoRoom { marked });
            }
            _ => {}
        }
        if reply.unkept() && self.crew.first_warning() {
            let host = &self.crew.whom.host;
            self.output.warn(
                "NX0838",
                format!("{host}: there is no room to keep the results of commands"),
                Some("a result that is not kept is unknown when the connection is lost".to_owned()),
            );
        }
        let state = reply.state().map_err(Gone::from)?;
        self.give(&reply, [0; 2]).await;
        let all = |at: usize| {
            let length = reply.output[at].len();
            length < WITH_RESULT && (length > 0 || !reply.announced[at])
        };
        if !(all(0) && all(1)) {
            self.rest(&mut shell).await?;
        }
        shell.give_back();
        match state {
            State::Ended(ended) => Ok(Submitted::Ended(self.as_wanted(ended))),
            State::Unbegun => Ok(Submitted::NoRoom { marked: false }),
            _ => Err(Trouble::Gone(Gone::Ended(
                "it answers something else".to_owned(),
            ))),
        }
    }

    /// What became of the job, after all that can be done about lost connections was done.
    async fn found(&mut self) -> Result<Fate, Failure> {
        let stop = self.stop;
        // Whoever is in a hurry does not wait for a host that does not answer.
        let hurry = async {
            stop.wait(Urgency::AtOnce).await;
            tokio::time::sleep(LAST_CHANCE).await;
        };
        let mut hurry = std::pin::pin!(hurry);
        loop {
            let waited = tokio::select! {
                waited = self.wait() => waited,
                () = &mut hurry, if self.losses > 0 => {
                    return Err(self.crew.whom.lost(Loss::Unreachable, self.lost.clone()));
                }
            };
            match waited {
                Ok(fate) => return Ok(fate),
                Err(trouble) => self.lose(trouble)?,
            }
        }
    }

    /// Looks at the job until it has ended.
    async fn wait(&mut self) -> Result<Fate, Trouble> {
        loop {
            let mut shell = self.control().await.map_err(Trouble::NoShell)?;
            let seen = self.ask(&mut shell).await?;
            let state = seen.reply.state().map_err(Gone::from)?;
            let rest = self.take(&seen).await?;
            if state == State::Running {
                self.control = Some(shell);
                if rest == Rest::More {
                    continue;
                }
                let due = self.due().await;
                if !matches!(due, beside::Due::Look) {
                    // Nothing is seen by what is not a look.
                    let _ = self.act(due).await?;
                }
                if self.given_up() {
                    return match self.heard() {
                        true => Ok(Fate::Ended(self.ended_by_us())),
                        false => Err(Trouble::Unheard),
                    };
                }
                continue;
            }
            // Nothing is printed any more, except by what the job left behind.
            match &rest {
                Rest::More => self.rest(&mut shell).await?,
                Rest::Removed if matches!(state, State::Ended(_)) => self.removed(),
                Rest::Removed | Rest::Nothing => {}
            }
            self.control = Some(shell);
            return Ok(match state {
                State::Ended(ended) => Fate::Ended(self.as_wanted(ended)),
                // It began, for it printed something.
                State::Never | State::Unbegun if rest == Rest::Removed => Fate::Lost(Loss::Killed),
                State::Never | State::Unbegun => Fate::NeverStarted,
                State::Rebooted => Fate::Lost(Loss::Reboot),
                State::Killed | State::Doubtful | State::Running => Fate::Lost(Loss::Killed),
            });
        }
    }

    /// The connection was lost, or the runner.
    fn lose(&mut self, trouble: Trouble) -> Result<(), Failure> {
        self.control = None;
        let now = Instant::now();
        if now.duration_since(self.lost_at) > HELD {
            self.losses = 0;
        }
        self.losses += 1;
        self.lost_at = now;
        self.look = now;
        let unreachable = match trouble {
            Trouble::Gone(Gone::Lost(lost)) => {
                self.crew.clear();
                self.lost = lost.to_string();
                false
            }
            Trouble::Gone(Gone::Ended(why)) => {
                self.lost = format!("the runner is gone: {why}");
                false
            }
            Trouble::NoShell(NoShell::Start(StartError::Lost(lost))) => {
                self.crew.clear();
                self.lost = lost.to_string();
                false
            }
            Trouble::Stopped => return Err(self.crew.whom.cancelled()),
            Trouble::Unheard => {
                let message = "the host does not hear that it is to be ended".to_owned();
                return Err(self.crew.whom.lost(Loss::Unreachable, message));
            }
            Trouble::NoShell(why) => {
                let user = self.crew.user.as_deref();
                let failure = self.crew.whom.no_shell(user, why);
                // Nothing was asked of the host yet.
                if self.lost.is_empty() {
                    return Err(failure);
                }
                self.lost = format!("{}; then {}: {}", self.lost, failure.title, failure.message);
                true
            }
        };
        match unreachable || self.losses > LOSSES {
            true => Err(self.crew.whom.lost(Loss::Unreachable, self.lost.clone())),
            false => Ok(()),
        }
    }

    /// The runner for looking and signalling.
    async fn control(&mut self) -> Result<Lent<'a>, NoShell> {
        match self.control.take() {
            Some(shell) => Ok(shell),
            // The server may allow no more: what waits for us must not wait for that.
            None => {
                let limit = CONTROL + self.crew.opener.patience();
                match timeout(limit, self.crew.lend_now()).await {
                    Ok(lent) => lent,
                    Err(_) => Err(NoShell::Start(StartError::Full)),
                }
            }
        }
    }

    /// Asks for the state of the job and for what it printed since. Can be given up.
    async fn ask(&self, shell: &mut Lent<'_>) -> Result<Seen, Gone> {
        let from = self.given;
        let most = (FETCH >> self.losses.min(8)).max(WITH_RESULT);
        let reply = shell.ask(request::poll(&self.name, most, from)).await?;
        Ok(Seen { reply, from })
    }

    /// Hands over what was seen.
    ///
    /// # Errors
    /// The host says that there is more, and does not show it: it cannot start programs, for example.
    async fn take(&mut self, seen: &Seen) -> Result<Rest, Gone> {
        self.give(&seen.reply, seen.from).await;
        let printed = seen.reply.printed();
        let mut rest = Rest::Nothing;
        for (at, (printed, given)) in printed.iter().zip(self.given).enumerate() {
            // More may have been printed after it was measured.
            match printed {
                Some(printed) if *printed < seen.from[at] => return Ok(Rest::Removed),
                Some(printed) if *printed <= given => {}
                Some(_) if !seen.reply.output[at].is_empty() => rest = Rest::More,
                _ => return Err(Gone::Ended("it does not show what was printed".to_owned())),
            }
        }
        Ok(rest)
    }

    /// Fetches what a job that has ended printed, to the last byte.
    async fn rest(&mut self, shell: &mut Lent<'_>) -> Result<(), Gone> {
        loop {
            let seen = self.ask(shell).await?;
            match self.take(&seen).await? {
                Rest::More => {}
                Rest::Nothing => return Ok(()),
                Rest::Removed => {
                    self.removed();
                    return Ok(());
                }
            }
        }
    }

    fn removed(&self) {
        let host = &self.crew.whom.host;
        self.output.warn(
            "NX0842",
            format!(
                "{host}: what the command printed was removed there before all of it was fetched"
            ),
            Some(
                "its result counts all the same; nothing may remove files in ~/.nexus/runs"
                    .to_owned(),
            ),
        );
    }

    /// Hands over output that begins at these positions, as far as it is new.
    async fn give(&mut self, reply: &Reply, from: [u64; 2]) {
        for (at, stream) in [Stream::Stdout, Stream::Stderr].into_iter().enumerate() {
            let bytes = &reply.output[at];
            let known = self.given[at].saturating_sub(from[at]);
            let new = bytes.get(usize::try_from(known).unwrap_or(usize::MAX)..);
            if let Some(new) = new.filter(|new| !new.is_empty()) {
                self.output.write(stream, new).await;
                self.given[at] += new.len() as u64;
            }
        }
    }
}
