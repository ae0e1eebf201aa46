//! A job with a shell of its own, or given to the login's shell as it is: where results cannot be
//! kept, where there must be a terminal, and where the login's shell lets nothing take its place.

use super::become_user::{self, Started};
use super::crew::Crew;
use super::ending::{Ending, Target, Why};
use super::link::{Heard, Link, Opener};
use super::shell::{NoShell, SHELL, Shell};
use crate::error::Lost;
use crate::runner::{self, quote, script};
use nexus_executor::{Ended, Failure, Job, Loss, Output, Stdin, Stop, Urgency};
use nexus_graph::event::Stream;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};

/// How long a shell may take to begin with the job.
const START: Duration = Duration::from_secs(20);
/// Whatever a login prints before a job is dropped, but not more than this is held back.
const NOISE: usize = 64 << 10;

/// So many pieces of what a job said are still heard when its time is over.
const LATE: u32 = 1024;
/// Whoever looks at the time so late was stopped, or kept from it; so long what has come is waited for then.
const OVERDUE: Duration = Duration::from_millis(500);
const HEARING: Duration = Duration::from_secs(2);

/// Who runs the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// A `/bin/sh` of its own.
    Shell,
    /// The login's shell.
    Login,
}

/// Whether the login's shell runs commands at all.
pub(crate) async fn login_shell_answers(opener: &dyn Opener) -> bool {
    let word = runner::word();
    let asked = async {
        let mut link = opener.start(&format!("echo {word}"), false).await.ok()?;
        let _ = link.writer().eof().await;
        let mut said = Vec::new();
        while let Ok(Some(heard)) = link.next().await {
            if let Heard::Stdout(bytes) = heard {
                said.extend_from_slice(&bytes);
            }
            if memchr::memmem::find(&said, word.as_bytes()).is_some() {
                return Some(());
            }
        }
        None
    };
    matches!(timeout(START, asked).await, Ok(Some(())))
}

/// Runs a job. Its result is unknown when the connection is lost.
///
/// # Errors
/// It was not begun, or its result is not known.
pub(crate) async fn run(
    crew: &Crew,
    by: By,
    job: &Job,
    output: &dyn Output,
    stop: &Stop,
) -> Result<Ended, Failure> {
    let whom = &crew.whom;
    let text = script::of(job).map_err(|name| whom.variable(&name))?;
    let bare = |link| Started {
        link,
        terminal: None,
    };
    let starting = async {
        match (by, &crew.user, job.pty) {
            (By::Login, ..) => {
                let started = crew.opener.start(&text, job.pty).await;
                started.map(bare).map_err(NoShell::Start)
            }
            (By::Shell, Some(user), terminal) => as_user(crew, user, terminal).await,
            (By::Shell, None, true) => become_user::start_on_terminal(&*crew.opener).await,
            (By::Shell, None, false) => {
                let started = crew.opener.start(SHELL, false).await;
                started.map(bare).map_err(NoShell::Start)
            }
        }
    };
    let started = tokio::select! {
        started = starting => started,
        // Somebody may be asked for a password.
        () = stop.wait(Urgency::Gently) => return Err(whom.cancelled()),
    };
    let Started { link, terminal } =
        started.map_err(|why| whom.no_shell(crew.user.as_deref(), why))?;
    let mark = script::name(job);
    let mut plain = Plain {
        crew,
        job,
        output,
        stop,
        deadline: job
            .timeout
            .and_then(|limit| Instant::now().checked_add(limit)),
        writer: link.writer(),
        link,
        mark,
        process: None,
        ended: None,
        ending: None,
        control: None,
    };
    if by == By::Shell {
        plain.begin(&text, terminal).await?;
    }
    let ended = plain.finish().await?;
    plain.settle().await;
    Ok(ended)
}

/// A shell of another user.
async fn as_user(crew: &Crew, user: &str, terminal: bool) -> Result<Started, NoShell> {
    let mut password = crew.password();
    loop {
        match become_user::start(&*crew.opener, user, password.as_ref(), terminal).await {
            Err(why) => password = crew.another_password(why, password).await?,
            started => return started,
        }
    }
}

/// A job that runs.
struct Plain<'a> {
    crew: &'a Crew,
    job: &'a Job,
    output: &'a dyn Output,
    stop: &'a Stop,
    deadline: Option<Instant>,
    link: Link,
    writer: super::link::LinkWriter,
    mark: String,
    /// Its first process, once it is known.
    process: Option<u32>,
    /// How it ended, when that was told before it was seen to begin.
    ended: Option<Ended>,
    ending: Option<Ending>,
    /// A shell that can look for processes.
    control: Option<Shell>,
}

impl Plain<'_> {
    /// Gives the shell the job, and drops what the login printed.
    async fn begin(&mut self, text: &str, terminal: Option<String>) -> Result<(), Failure> {
        let word = runner::word();
        let on_terminal = terminal.is_some();
        let (before, quiet) = match terminal {
            // Set as it was, if the job is to have it.
            Some(set) if self.job.pty && !set.is_empty() => {
                (format!("exec >&0 2>&0; stty {}; ", quote(&set)), "")
            }
            Some(_) => ("exec >&0 2>&0; ".to_owned(), ""),
            None => (String::new(), "printf '\\n@%s\\n' \"$nx_n\" >&2; "),
        };
        let limit = self.job.timeout;
        let watch = limit.map(|limit| runner::watch(&self.mark, limit, self.job.grace));
        let watch = watch.unwrap_or_default();
        // One command: what follows it is the job's standard input.
        let request = format!(
            "{before}{watch}nx_n={word}; printf '\\n@%s %s\\n' \"$nx_n\" \"$$\"; {quiet}unset nx_n; \
             export NEXUS_JOB={}; eval {}; exit\n",
            quote(&format!("{}/", self.mark)),
            quote(text)
        );
        let unbegun = |said: String| {
            let user = self.crew.user.as_deref();
            self.crew.whom.no_shell(user, NoShell::Silent(said))
        };
        // One that does not read says why.
        let _ = self.writer.write(request).await;
        let (out_mark, err_mark) = (format!("\n@{word} "), format!("\n@{word}\n"));
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let (mut out_begun, mut err_begun) = (false, on_terminal);
        let begun = async {
            while !(out_begun && err_begun) {
                match self.link.next().await {
                    Ok(Some(Heard::Stdout(bytes))) => out.extend_from_slice(&bytes),
                    Ok(Some(Heard::Stderr(bytes))) => err.extend_from_slice(&bytes),
                    // How a short job ended may be told before what it printed.
                    Ok(Some(Heard::Exit(code))) => self.ended = Some(Ended::Exit(code)),
                    Ok(Some(Heard::Signal(signal))) => {
                        self.ended = Some(Ended::Signal(signal.unwrap_or(9)));
                    }
                    Ok(None) => return Err(None),
                    Err(lost) => return Err(Some(lost)),
                }
                if !out_begun
                    && let Some(at) = memchr::memmem::find(&out, out_mark.as_bytes())
                    && let Some(end) = memchr::memchr(b'\n', &out[at + 1..])
                {
                    let line = String::from_utf8_lossy(&out[at + out_mark.len()..at + 1 + end]);
                    self.process = line.trim().parse().ok();
                    out.drain(..at + 1 + end + 1);
                    out_begun = true;
                }
                if !err_begun && let Some(at) = memchr::memmem::find(&err, err_mark.as_bytes()) {
                    err.drain(..at + err_mark.len());
                    err_begun = true;
                }
                for (kept, begun) in [(&mut out, out_begun), (&mut err, err_begun)] {
                    if !begun && kept.len() > 2 * NOISE {
                        kept.drain(..kept.len() - NOISE);
                    }
                }
            }
            Ok(())
        };
        let begun = timeout(START, begun).await;
        match begun {
            Ok(Ok(())) => {}
            Ok(Err(Some(lost))) => {
                return Err(self.crew.whom.lost(Loss::Unreachable, lost.to_string()));
            }
            Ok(Err(None)) | Err(_) => {
                let said = [out, err].concat();
                let said = String::from_utf8_lossy(&said);
                return Err(unbegun(crate::error::one_line(&said)));
            }
        }
        for (stream, bytes) in [(Stream::Stdout, out), (Stream::Stderr, err)] {
            if !bytes.is_empty() {
                self.output.write(stream, &bytes).await;
            }
        }
        Ok(())
    }

    async fn finish(&mut self) -> Result<Ended, Failure> {
        let writer = self.writer.clone();
        let input = match &self.job.stdin {
            Stdin::Empty => Vec::new(),
            Stdin::Bytes(bytes) => bytes.clone(),
        };
        // Beside everything else: a job that does not read must not keep us.
        let feeding = tokio::spawn(async move {
            if input.is_empty() || writer.write(input).await.is_ok() {
                let _ = writer.eof().await;
            }
        });
        let ended = self.listen().await;
        feeding.abort();
        ended
    }

    async fn listen(&mut self) -> Result<Ended, Failure> {
        let mut ended = self.ended;
        let mut late = 0;
        let never = Instant::now() + Duration::from_secs(1 << 30);
        loop {
            let ending = self.ending.as_ref();
            let deadline = match ending {
                None => self.deadline.unwrap_or(never),
                Some(ending) => ending.due(),
            };
            let urgency = match ending {
                None => Some(Urgency::Gently),
                Some(ending) if ending.kill_at > Instant::now() => Some(Urgency::AtOnce),
                Some(_) => None,
            };
            tokio::select! {
                heard = self.link.next() => {
                    if let Some(over) = self.hear(heard, &mut ended).await {
                        return over;
                    }
                }
                urgency = stopped(self.stop, urgency) => {
                    let grace = self.job.grace;
                    if self.ending.is_none() {
                        self.ending = Some(Ending::new(Why::Cancelled, self.target(), grace));
                    }
                    if let Some(ending) = &mut self.ending {
                        ending.hurry(urgency);
                    }
                    self.end().await;
                },
                () = sleep_until(deadline) => {
                    // What it did in its time counts. After we were stopped it takes a moment to hear of it.
                    let patience = match deadline.elapsed() > OVERDUE {
                        true => HEARING,
                        false => Duration::ZERO,
                    };
                    if self.ending.is_none()
                        && late < LATE
                        && let Ok(heard) = timeout(patience, self.link.next()).await
                    {
                        late += 1;
                        if let Some(over) = self.hear(heard, &mut ended).await {
                            return over;
                        }
                        continue;
                    }
                    if self.ending.is_none() {
                        self.ending = Some(Ending::new(Why::Timeout, self.target(), self.job.grace));
                    }
                    if !self.end().await && self.given_up() {
                        return Ok(self.as_wanted(Ended::Signal(9)));
                    }
                }
            }
        }
    }

    /// Takes what the job says; how it ended, when nothing more comes.
    async fn hear(
        &self,
        heard: Result<Option<Heard>, Lost>,
        ended: &mut Option<Ended>,
    ) -> Option<Result<Ended, Failure>> {
        match heard {
            Ok(Some(Heard::Stdout(bytes))) => self.output.write(Stream::Stdout, &bytes).await,
            Ok(Some(Heard::Stderr(bytes))) => self.output.write(Stream::Stderr, &bytes).await,
            Ok(Some(Heard::Exit(code))) => *ended = Some(Ended::Exit(code)),
            Ok(Some(Heard::Signal(signal))) => *ended = Some(Ended::Signal(signal.unwrap_or(9))),
            Ok(None) => {
                let known = ended.or(self.ending.as_ref().map(|_| Ended::Signal(9)));
                return Some(known.map(|ended| self.as_wanted(ended)).ok_or_else(|| {
                    let why = "the server does not say how the command ended".to_owned();
                    self.crew.whom.lost(Loss::Killed, why)
                }));
            }
            Err(lost) => {
                let known = ended.map(|ended| self.as_wanted(ended));
                return Some(
                    known.ok_or_else(|| self.crew.whom.lost(Loss::Unreachable, lost.to_string())),
                );
            }
        }
        None
    }

    fn target(&self) -> Target {
        Target::Plain {
            mark: self.mark.clone(),
            process: self.process.unwrap_or(0),
        }
    }

    fn given_up(&self) -> bool {
        let ending = self.ending.as_ref();
        ending.is_some_and(|ending| ending.give_up_at() <= Instant::now())
    }

    fn as_wanted(&self, ended: Ended) -> Ended {
        match self.ending.as_ref().map(|ending| ending.why) {
            Some(Why::Timeout) => Ended::TimedOut,
            Some(_) => Ended::Cancelled,
            None => ended,
        }
    }

    /// A shell that can look for processes, started when it is needed.
    async fn control(&mut self) -> Option<&mut Shell> {
        if self.control.is_none() {
            let password = self.crew.password();
            let user = self.crew.user.as_deref();
            let user = user.map(|user| (user, password.as_ref()));
            let started = Shell::start_bare(&*self.crew.opener, user).await;
            self.control = started.ok();
        }
        self.control.as_mut()
    }

    /// The next step of ending it; whether there was one.
    async fn end(&mut self) -> bool {
        let Some(request) = self.ending.as_mut().and_then(Ending::next) else {
            return false;
        };
        let sent = match self.control().await {
            Some(shell) => shell.ask(request).await.is_ok(),
            None => false,
        };
        if !sent {
            // A terminal that is hung up ends what runs in it; so may the end of the input.
            let _ = self.writer.eof().await;
        }
        true
    }

    /// When we ended it, waits until nothing is left.
    async fn settle(&mut self) {
        while let Some(ending) = &mut self.ending {
            let give_up = ending.give_up_at() <= Instant::now();
            let request = ending.again();
            let left = match self.control().await {
                Some(shell) => shell.ask(request).await.map(|reply| reply.left()),
                None => return,
            };
            match left {
                Ok(left) if !left.is_empty() && !give_up => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Ok(left) if !left.is_empty() => {
                    self.output.warn(
                        "NX0836",
                        super::failure::left_over(&self.crew.whom.host, &left),
                        Some(super::failure::LEFT_OVER_HELP.to_owned()),
                    );
                    return;
                }
                _ => return,
            }
        }
    }
}

/// Waits until it is asked to stop at least so urgently.
async fn stopped(stop: &Stop, urgency: Option<Urgency>) -> Urgency {
    match urgency {
        Some(least) => {
            stop.wait(least).await;
            stop.asked().unwrap_or(least)
        }
        None => std::future::pending().await,
    }
}
