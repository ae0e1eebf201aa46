//! One host that jobs can be given to.

use super::case::{Case, Outcome};
use super::crew::{Crew, Mode};
use super::failure::Whom;
use super::link::Opener;
use super::password::Passwords;
use super::plain::{self, By};
use crate::runner::{request, script};
use nexus_executor::{Ended, Facts, Failure, Fate, Job, Output, Pending, Session, Stop, Urgency};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A host, logged in to, with the runners of all users there.
pub(crate) struct HostSession {
    whom: Whom,
    opener: Arc<dyn Opener>,
    passwords: Arc<Passwords>,
    facts: Facts,
    login: Arc<Crew>,
    /// By user.
    others: Mutex<HashMap<String, Arc<Crew>>>,
}

impl HostSession {
    /// A session through this opener: what runs jobs there is started at once.
    ///
    /// # Errors
    /// No jobs can be run there.
    pub async fn open(
        whom: Whom,
        opener: Arc<dyn Opener>,
        passwords: Arc<Passwords>,
    ) -> Result<HostSession, Failure> {
        let crew = Crew::new(whom.clone(), None, opener.clone(), passwords.clone());
        let boot_id = match crew.mode().await? {
            Mode::Durable { boot_id } => boot_id.clone(),
            Mode::Plain(_) | Mode::Raw(_) => None,
        };
        let facts = Facts {
            boot_id,
            user: whom.user.clone(),
            peer: match whom.address.contains(':') {
                true => format!("[{}]:{}", whom.address, whom.port),
                false => format!("{}:{}", whom.address, whom.port),
            },
        };
        Ok(HostSession {
            whom,
            opener,
            passwords,
            facts,
            login: Arc::new(crew),
            others: Mutex::default(),
        })
    }

    /// Those who run the jobs of a user.
    fn crew(&self, user: Option<&str>) -> Arc<Crew> {
        match user {
            Some(user) if user != self.whom.user => {
                let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
                let made = others.entry(user.to_owned()).or_insert_with(|| {
                    let (whom, opener) = (self.whom.clone(), self.opener.clone());
                    let user = Some(user.to_owned());
                    Arc::new(Crew::new(whom, user, opener, self.passwords.clone()))
                });
                made.clone()
            }
            _ => self.login.clone(),
        }
    }

    fn crews(&self) -> Vec<Arc<Crew>> {
        let others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::once(&self.login)
            .chain(others.values())
            .cloned()
            .collect()
    }

    /// Lets all runners go, and the connection. Jobs that run go on.
    pub async fn close(&self) {
        let mut leaving = tokio::task::JoinSet::new();
        for crew in self.crews() {
            for shell in crew.take_all() {
                leaving.spawn(shell.dismiss());
            }
        }
        leaving.join_all().await;
        self.opener.close().await;
    }
}

/// Runs a job in the way that is possible.
async fn run(crew: &Crew, job: &Job, output: &dyn Output, stop: &Stop) -> Result<Ended, Failure> {
    if stop.asked().is_some() {
        return Err(crew.whom.cancelled());
    }
    let mode = tokio::select! {
        mode = crew.mode() => mode?,
        () = stop.wait(Urgency::Gently) => return Err(crew.whom.cancelled()),
    };
    let _place = tokio::select! {
        place = crew.place() => place,
        () = stop.wait(Urgency::Gently) => return Err(crew.whom.cancelled()),
    };
    let by = match mode {
        Mode::Durable { .. } if job.pty => By::Shell,
        Mode::Durable { .. } => match Case::new(crew, job, output, stop).run().await? {
            Outcome::Ended(ended) => return Ok(ended),
            Outcome::NoRoom => {
                warn(crew, output, "there is no room in the user's home");
                By::Shell
            }
        },
        Mode::Plain(why) => {
            warn(crew, output, why);
            By::Shell
        }
        Mode::Raw(why) => {
            warn(crew, output, why);
            By::Login
        }
    };
    plain::run(crew, by, job, output, stop).await
}

/// Tells once that results do not survive a lost connection here.
fn warn(crew: &Crew, output: &dyn Output, why: &str) {
    if crew.first_warning() {
        let (host, user) = (
            &crew.whom.host,
            crew.user.as_ref().unwrap_or(&crew.whom.user),
        );
        output.warn(
            "NX0831",
            format!("{host}: results of commands of `{user}` are not kept there: {why}"),
            Some(
                "if the connection is lost while a command runs, its result is unknown".to_owned(),
            ),
        );
    }
}

impl Session for HostSession {
    fn facts(&self) -> Facts {
        self.facts.clone()
    }

    fn run<'a>(
        &'a self,
        job: &'a Job,
        output: &'a dyn Output,
        stop: &'a Stop,
    ) -> Pending<'a, Result<Ended, Failure>> {
        Box::pin(async move {
            let crew = self.crew(job.user.as_deref());
            run(&crew, job, output, stop).await
        })
    }

    fn attach<'a>(
        &'a self,
        job: &'a Job,
        output: &'a dyn Output,
        stop: &'a Stop,
    ) -> Pending<'a, Result<Fate, Failure>> {
        Box::pin(async move {
            let crew = self.crew(job.user.as_deref());
            match crew.mode().await? {
                Mode::Durable { .. } if !job.pty => {
                    Case::new(&crew, job, output, stop).attach().await
                }
                // Nothing is remembered of it: it may have been begun.
                _ => Ok(Fate::Lost(nexus_executor::Loss::Unreachable)),
            }
        })
    }

    fn forget<'a>(&'a self, run: &'a str) -> Pending<'a, ()> {
        Box::pin(async move {
            let run = script::plain(run);
            for crew in self.crews() {
                if let Some(mut shell) = crew.idle()
                    && shell.ask(request::forget(&run)).await.is_ok()
                {
                    shell.give_back();
                }
            }
        })
    }
}
