//! The runners of one host and user: so many that jobs can run side by side, kept between jobs.

use super::become_user::{Denied, Password};
use super::failure::Whom;
use super::link::{Opener, StartError};
use super::password::Passwords;
use super::shell::{Gone, NoShell, Shell};
use crate::runner::reply::Reply;
use nexus_executor::Failure;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, OnceCell, Semaphore, SemaphorePermit};

/// Jobs that run at the same time on one host as one user. Servers allow ten sessions on a connection
/// unless they say otherwise; some are left for files, and for asking about jobs.
pub(crate) const PLACES: usize = 8;

/// All runners of a host and user.
pub(crate) struct Crew {
    pub whom: Whom,
    /// The user, if it is not the login's.
    pub user: Option<String>,
    pub opener: Arc<dyn Opener>,
    passwords: Arc<Passwords>,
    mode: OnceCell<Mode>,
    idle: Mutex<Vec<Shell>>,
    returned: Notify,
    /// Runners that are lent.
    busy: AtomicUsize,
    places: Semaphore,
    /// Whether it was told that results do not survive here.
    warned: AtomicBool,
    /// Whether old runs were looked after.
    tidied: AtomicBool,
}

/// How jobs are run.
#[derive(Debug, Clone)]
pub(crate) enum Mode {
    /// By runners: results survive.
    Durable {
        /// The host's boot id.
        boot_id: Option<String>,
    },
    /// Each by a shell of its own: why.
    Plain(String),
    /// As the login's shell understands it: why.
    Raw(String),
}

/// A runner that was taken out. Unless it is given back, it is let go: it may be busy.
pub(crate) struct Lent<'a> {
    crew: &'a Crew,
    /// Absent once it was given back.
    shell: Option<Shell>,
}

impl Crew {
    pub fn new(
        whom: Whom,
        user: Option<String>,
        opener: Arc<dyn Opener>,
        passwords: Arc<Passwords>,
    ) -> Self {
        Crew {
            whom,
            user,
            opener,
            passwords,
            mode: OnceCell::new(),
            idle: Mutex::default(),
            returned: Notify::new(),
            busy: AtomicUsize::new(0),
            places: Semaphore::new(PLACES),
            warned: AtomicBool::new(false),
            tidied: AtomicBool::new(false),
        }
    }

    /// How jobs are run here, found out once.
    ///
    /// # Errors
    /// None can be run.
    pub async fn mode(&self) -> Result<&Mode, Failure> {
        self.mode.get_or_try_init(|| self.find_mode()).await
    }

    async fn find_mode(&self) -> Result<Mode, Failure> {
        match self.start().await {
            Ok(shell) => {
                let boot_id = shell.boot_id.clone();
                self.put(shell);
                Ok(Mode::Durable { boot_id })
            }
            Err(NoShell::Unable(why)) => Ok(Mode::Plain(match why.split_once(' ') {
                Some(("tool", tool)) => format!("the program `{tool}` is missing"),
                Some(("folder", folder)) => format!("the folder `{folder}` cannot be written"),
                _ => why,
            })),
            Err(NoShell::Silent(said)) if self.user.is_none() => {
                match super::plain::login_shell_answers(&*self.opener).await {
                    true => Ok(Mode::Raw(
                        "the login's shell does not let `/bin/sh` take its place".to_owned(),
                    )),
                    false => Err(self.whom.no_shell(None, NoShell::Silent(said))),
                }
            }
            Err(why) => Err(self.whom.no_shell(self.user.as_deref(), why)),
        }
    }

    /// Waits until one more job may run.
    pub async fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.places.acquire().await.ok()
    }

    /// A runner that has nothing to do; waits for one when the server allows no more.
    ///
    /// # Errors
    /// There is none, and none can be started.
    pub async fn lend(&self) -> Result<Lent<'_>, NoShell> {
        loop {
            let returned = self.returned.notified();
            match self.lend_now().await {
                // Those that are busy will be free some time.
                Err(NoShell::Start(StartError::Full)) if self.busy.load(Ordering::Relaxed) > 0 => {
                    let _ = tokio::time::timeout(super::PATIENCE, returned).await;
                }
                lent => return lent,
            }
        }
    }

    /// A runner that has nothing to do, or a new one.
    ///
    /// # Errors
    /// There is none, and none can be started.
    pub async fn lend_now(&self) -> Result<Lent<'_>, NoShell> {
        let idle = self.lock().pop();
        let shell = match idle {
            Some(shell) => shell,
            None => self.start().await?,
        };
        Ok(self.lent(shell))
    }

    fn lent(&self, shell: Shell) -> Lent<'_> {
        self.busy.fetch_add(1, Ordering::Relaxed);
        let shell = Some(shell);
        Lent { crew: self, shell }
    }

    /// Starts a runner; asks for the password when it needs one.
    async fn start(&self) -> Result<Shell, NoShell> {
        let mut password = self.password();
        loop {
            let user = self.user.as_deref().map(|user| (user, password.as_ref()));
            let tidy = !self.tidied.swap(true, Ordering::Relaxed);
            match Shell::start(&*self.opener, user, tidy).await {
                Err(why) => password = self.another_password(why, password).await?,
                started => return started,
            }
        }
    }

    /// The password to try first, if one is known.
    pub fn password(&self) -> Option<Password> {
        self.passwords.known(&self.whom)
    }

    /// The password to try after this one did not help.
    ///
    /// # Errors
    /// A password would not help, or nobody knows another one.
    pub async fn another_password(
        &self,
        why: NoShell,
        tried: Option<Password>,
    ) -> Result<Option<Password>, NoShell> {
        if let NoShell::Denied(Denied::NeedsPassword | Denied::WrongPassword) = why
            // One that was right elsewhere may be wrong here; one that was asked for is not tried
            // again.
            && let Some(password) = self.passwords.ask(&self.whom, tried.as_ref()).await
        {
            return Ok(Some(password));
        }
        Err(why)
    }

    /// All runners are as good as gone: their connection is.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// A runner that has nothing to do, if there is one.
    pub fn idle(&self) -> Option<Lent<'_>> {
        let shell = self.lock().pop()?;
        Some(self.lent(shell))
    }

    /// Takes the runners that have nothing to do.
    pub fn take_all(&self) -> Vec<Shell> {
        std::mem::take(&mut *self.lock())
    }

    /// Whether this is the first warning of its kind.
    pub fn first_warning(&self) -> bool {
        !self.warned.swap(true, Ordering::Relaxed)
    }

    fn put(&self, shell: Shell) {
        self.lock().push(shell);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Shell>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lent<'_> {
    /// It has nothing more to do.
    pub fn give_back(mut self) {
        if let Some(shell) = self.shell.take() {
            self.crew.put(shell);
        }
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// There is none, and will not be.
    pub async fn ask(&mut self, request: String) -> Result<Reply, Gone> {
        self.get()?.ask(request).await
    }

    /// Asks without waiting, or sends what was asked for.
    ///
    /// # Errors
    /// The runner does not read any more.
    pub async fn send(&mut self, request: impl Into<bytes::Bytes>) -> Result<(), Gone> {
        self.get()?.send(request).await
    }

    /// The next answer. Can be given up and asked for again.
    ///
    /// # Errors
    /// There is none, and will not be.
    pub async fn answer(&mut self) -> Result<Reply, Gone> {
        self.get()?.answer().await
    }

    fn get(&mut self) -> Result<&mut Shell, Gone> {
        let gone = || Gone::Ended("it was given back".to_owned());
        self.shell.as_mut().ok_or_else(gone)
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.crew.busy.fetch_sub(1, Ordering::Relaxed);
        self.crew.returned.notify_one();
    }
}
