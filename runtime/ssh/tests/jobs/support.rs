//! What the tests share.

pub use nexus_executor::{
    Ended, Executor, Failure, FailureKind, Fate, Job, JobId, Loss, Nobody, Output, Pending,
    Program, Prompt, Question, Secret, Session, Stdin, Stop, Stopper, Urgency,
};
pub use nexus_farm::{Ground, Proxy, Server, Sshd, Toxins, User};
pub use nexus_graph::event::Stream;
pub use nexus_graph::{Host, HostKeyPolicy, Transport};
pub use nexus_ssh::{Settings, SshExecutor};
pub use nix::sys::signal::Signal;
pub use std::path::PathBuf;
pub use std::sync::{Arc, Mutex};
pub use std::time::{Duration, Instant};

/// Runs a future as the engine does: on one thread.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let result = runtime.block_on(future);
    runtime.shutdown_background();
    result
}

/// Keeps what a job prints.
#[derive(Default)]
pub struct Kept(pub Mutex<Printed>);

#[derive(Default, Clone, Debug)]
pub struct Printed {
    pub out: Vec<u8>,
    pub err: Vec<u8>,
    pub warnings: Vec<(&'static str, String)>,
}

impl Printed {
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.err).into_owned()
    }
}

impl Kept {
    pub fn take(&self) -> Printed {
        self.0.lock().unwrap().clone()
    }
}

impl Output for Kept {
    fn write<'a>(&'a self, stream: Stream, bytes: &'a [u8]) -> Pending<'a, ()> {
        let mut kept = self.0.lock().unwrap();
        match stream {
            Stream::Stdout => kept.out.extend_from_slice(bytes),
            Stream::Stderr => kept.err.extend_from_slice(bytes),
        }
        Box::pin(std::future::ready(()))
    }

    fn warn(&self, code: &'static str, message: String, _: Option<String>) {
        self.0.lock().unwrap().warnings.push((code, message));
    }
}

/// Counts output, so that much of it needs no memory.
#[derive(Default)]
pub struct Counted(pub Mutex<[u64; 2]>);

impl Output for Counted {
    fn write<'a>(&'a self, stream: Stream, bytes: &'a [u8]) -> Pending<'a, ()> {
        self.0.lock().unwrap()[(stream == Stream::Stderr) as usize] += bytes.len() as u64;
        Box::pin(std::future::ready(()))
    }

    fn warn(&self, _: &'static str, _: String, _: Option<String>) {}
}

/// Gives one answer to every question.
pub struct Answers(pub &'static str, pub Mutex<Vec<String>>);

impl Prompt for Answers {
    fn secret<'a>(&'a self, question: &'a Question) -> Pending<'a, Option<Secret>> {
        self.1.lock().unwrap().push(question.text.clone());
        let answer = match self.0 {
            "" => Ground::get().password().to_owned(),
            other => other.to_owned(),
        };
        Box::pin(std::future::ready(Some(Secret::new(answer))))
    }

    fn confirm<'a>(&'a self, _: &'a Question) -> Pending<'a, Option<bool>> {
        Box::pin(std::future::ready(None))
    }
}

pub fn host_at(port: u16, user: User) -> Arc<Host> {
    let ground = Ground::get();
    let mut host = Host::new("127.0.0.1");
    host.name = "box".to_owned();
    host.port = Some(port);
    host.user = Some(ground.user(user));
    host.ssh.identity = vec![ground.key("id_ed25519").to_string_lossy().into_owned()];
    host.ssh.identities_only = Some(true);
    host.ssh.host_key = Some(HostKeyPolicy::Off);
    host.ssh.config = nexus_graph::ConfigFile::None;
    Arc::new(host)
}

pub fn executor() -> SshExecutor {
    SshExecutor::new(PathBuf::from("/"), Arc::new(Nobody))
}

pub async fn session(executor: &SshExecutor, port: u16, user: User) -> Arc<dyn Session> {
    let host = host_at(port, user);
    executor
        .open(&host, &Stop::never())
        .await
        .expect("a session")
}

/// Jobs of different tests never have the same name: they share homes.
pub fn job(script: &str) -> Job {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    Job {
        id: JobId {
            run: format!("{}-{}", std::process::id(), now.as_nanos()),
            task: format!("task{count}"),
            host: "box".to_owned(),
            step: 0,
            attempt: 1,
        },
        program: Program::Script(script.to_owned()),
        env: Default::default(),
        cwd: None,
        user: None,
        stdin: Stdin::Empty,
        pty: false,
        timeout: None,
        grace: Duration::from_secs(2),
        durable: true,
        more: false,
    }
}

pub async fn run(session: &dyn Session, job: &Job) -> (Result<Ended, Failure>, Printed) {
    let kept = Kept::default();
    let ended = session.run(job, &kept, &Stop::never()).await;
    (ended, kept.take())
}

/// Waits for something that must happen soon.
pub async fn eventually(what: &str, mut happened: impl FnMut() -> bool) {
    let limit = Instant::now() + Duration::from_secs(30);
    while !happened() {
        assert!(Instant::now() < limit, "{what} does not happen");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The processes whose command line contains this.
pub fn processes(text: &str) -> Vec<i32> {
    let all = std::fs::read_dir("/proc").unwrap();
    let ids = all.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse::<i32>().ok());
    ids.filter(|id| nexus_farm::is_alive(*id) && nexus_farm::command_line(*id).contains(text))
        .collect()
}

/// A number that is a length of sleep nobody else sleeps: finds the processes of a test.
pub fn unique_seconds() -> u32 {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    100_000 + std::process::id() % 100_000 * 100 + count
}

/// A file that both sides can reach.
pub fn shared(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("nexus-durable-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

pub fn servers() -> Vec<Server> {
    let mut all = vec![Sshd::new().start()];
    if Ground::get().has_users() {
        all.push(Server::dropbear());
    }
    all
}
