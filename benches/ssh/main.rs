//! What it costs to run commands on hosts, as ratios to a client that can do nothing else.
//!
//! `steps`: one command after the other on one connection; `hosts`: from nothing to the last result.
//! `hold`: a thousand connections at once. `serve` and `floor` are for `compare.py`.
//! Both sides take turns within each round. The server is OpenSSH on the loopback interface.

mod disk;
mod floor;
mod hold;
mod whole;

use nexus_executor::{
    Ended, Executor, Job, JobId, Nobody, Output, Pending, Program, Session, Stdin, Stop,
};
use nexus_farm::{Ground, Server, Sshd, User};
use nexus_graph::event::Stream;
use nexus_graph::{ConfigFile, Host, HostKeyPolicy};
use nexus_ssh::SshExecutor;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const ROUNDS: usize = 7;
const STEPS: usize = 120;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let asked = |name: &str| arguments.iter().any(|argument| argument == name);
    // Only when asked for: every connection is a process of the server's, or two.
    let hold = asked("hold");
    // Both without a choice; `cargo bench` adds arguments of its own.
    let all = !asked("steps") && !asked("hosts") && !hold;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    if hold {
        return runtime.block_on(hold::run(1000));
    }
    if let [_, mode, port, user, key, hosts, commands, line] = &arguments[..]
        && mode == "floor"
    {
        let number = |text: &String| text.parse().expect("a number");
        let port = port.parse().expect("a port");
        let key = std::path::Path::new(key);
        let all = whole::floor(port, user, key, number(hosts), number(commands), line);
        return runtime.block_on(all);
    }
    let server = Sshd::new()
        .everywhere()
        .option("MaxSessions", "1000")
        .option("MaxStartups", "1000:30:2000");
    let disk = disk::Disk::new();
    let server = match &disk {
        Ok(disk) => disk.under(server).start(),
        Err(why) => {
            eprintln!("homes are on the file system of this machine: {why}");
            server.start()
        }
    };
    if asked("serve") {
        return whole::serve(&server);
    }
    if all || asked("steps") {
        runtime.block_on(steps(&server));
    }
    if all || asked("hosts") {
        for (hosts, commands) in [(100, 1), (1, 100), (10, 20)] {
            runtime.block_on(scenario(&server, hosts, commands));
        }
    }
}

/// Counts what is printed.
#[derive(Default)]
struct Counted(AtomicUsize);

impl Output for Counted {
    fn write<'a>(&'a self, _: Stream, bytes: &'a [u8]) -> Pending<'a, ()> {
        self.0.fetch_add(bytes.len(), Ordering::Relaxed);
        Box::pin(std::future::ready(()))
    }

    fn warn(&self, code: &'static str, message: String, _: Option<String>) {
        panic!("{code} {message}");
    }
}

fn host(server: &Server, number: usize) -> Arc<Host> {
    let ground = Ground::get();
    let mut host = Host::new(format!("127.0.0.{number}"));
    host.port = Some(server.port());
    host.user = Some(ground.user(User::Plain));
    host.ssh.identity = vec![ground.key("id_ed25519").to_string_lossy().into_owned()];
    host.ssh.identities_only = Some(true);
    host.ssh.host_key = Some(HostKeyPolicy::Off);
    host.ssh.config = ConfigFile::None;
    Arc::new(host)
}

/// The run that all jobs belong to.
fn run_name() -> String {
    format!("bench-{}", std::process::id())
}

fn job(script: &str, more: bool) -> Job {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    Job {
        id: JobId {
            run: run_name(),
            task: "bench".to_owned(),
            host: "loopback".to_owned(),
            step: COUNT.fetch_add(1, Ordering::Relaxed),
            attempt: 1,
        },
        program: Program::Script(script.to_owned()),
        env: Default::default(),
        cwd: None,
        user: None,
        stdin: Stdin::Empty,
        pty: false,
        timeout: None,
        grace: Duration::from_secs(5),
        durable: true,
        more,
    }
}

/// Runs a script; with `more`, another one follows.
async fn run(session: &dyn Session, script: &str, user: Option<&str>, more: bool) {
    let mut given = job(script, more);
    given.user = user.map(str::to_owned);
    let ended = session
        .run(&given, &Counted::default(), &Stop::never())
        .await;
    assert_eq!(ended, Ok(Ended::Exit(0)));
}

/// Steps on a connection that stands.
async fn steps(server: &Server) {
    let ground = Ground::get();
    let key = ground.key("id_ed25519");
    let user = ground.user(User::Plain);
    let handle = floor::connect("127.0.0.1", server.port(), &user, &key).await;
    let executor = SshExecutor::new("/", Arc::new(Nobody));
    let session = executor
        .open(&host(server, 1), &Stop::never())
        .await
        .expect("a session");
    println!(
        "ms for each step, median of {ROUNDS} rounds of {STEPS}; ratio to a plain exec channel"
    );
    for command in ["true", "echo hello"] {
        let (mut plain, mut durable) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let begin = Instant::now();
            for _ in 0..STEPS {
                assert_eq!(floor::exec(&handle, command).await.0, 0);
            }
            plain.push(begin.elapsed() / STEPS as u32);
            let begin = Instant::now();
            for step in 1..=STEPS {
                run(&*session, command, None, step < STEPS).await;
            }
            durable.push(begin.elapsed() / STEPS as u32);
        }
        report(command, &mut plain, &mut durable);
    }
    session.forget(&run_name()).await;
    floor::close(&handle).await;
    executor.close().await;
    if !ground.has_users() {
        return;
    }
    // As another user: `sudo` for each command, or one shell of that user.
    let user = ground.user(User::Sudo);
    let handle = floor::connect("127.0.0.1", server.port(), &user, &key).await;
    let executor = SshExecutor::new("/", Arc::new(Nobody));
    let mut there = Host::clone(&host(server, 1));
    there.user = Some(user);
    let session = executor
        .open(&Arc::new(there), &Stop::never())
        .await
        .expect("a session");
    let (mut plain, mut durable) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        for _ in 0..STEPS / 4 {
            assert_eq!(floor::exec(&handle, "sudo -n true").await.0, 0);
        }
        plain.push(begin.elapsed() / (STEPS / 4) as u32);
        let begin = Instant::now();
        for step in 1..=STEPS / 4 {
            run(&*session, "true", Some("root"), step < STEPS / 4).await;
        }
        durable.push(begin.elapsed() / (STEPS / 4) as u32);
    }
    report("sudo true", &mut plain, &mut durable);
    session.forget(&run_name()).await;
    floor::close(&handle).await;
    executor.close().await;
}

/// Waits until whatever the server still did for the side before has ended: neither is to pay for the
/// other.
async fn settle(server: &Server) {
    while !server.sessions().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
}

/// Connects to hosts at the same time, runs commands one after the other on each, says good-bye.
async fn scenario(server: &Server, hosts: usize, commands: usize) {
    let ground = Ground::get();
    let key = ground.key("id_ed25519");
    let user = ground.user(User::Plain);
    let (mut plain, mut durable) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        settle(server).await;
        let begin = Instant::now();
        let gate = Arc::new(tokio::sync::Semaphore::new(50));
        let mut all = tokio::task::JoinSet::new();
        for number in 1..=hosts {
            let (gate, user, key, port) = (gate.clone(), user.clone(), key.clone(), server.port());
            all.spawn(async move {
                let connecting = gate.acquire().await;
                let handle = floor::connect(&format!("127.0.0.{number}"), port, &user, &key).await;
                drop(connecting);
                for _ in 0..commands {
                    assert_eq!(floor::exec(&handle, "true").await.0, 0);
                }
                floor::close(&handle).await;
            });
        }
        all.join_all().await;
        plain.push(begin.elapsed());

        settle(server).await;
        let begin = Instant::now();
        let executor = Arc::new(SshExecutor::new("/", Arc::new(Nobody)));
        let mut all = tokio::task::JoinSet::new();
        for number in 1..=hosts {
            let (executor, host) = (executor.clone(), host(server, number));
            all.spawn(async move {
                let session = executor
                    .open(&host, &Stop::never())
                    .await
                    .expect("a session");
                for step in 1..=commands {
                    run(&*session, "true", None, step < commands).await;
                }
                session
            });
        }
        // As the engine does at the end of a run.
        let mut forgetting = tokio::task::JoinSet::new();
        for session in all.join_all().await {
            forgetting.spawn(async move { session.forget(&run_name()).await });
        }
        forgetting.join_all().await;
        executor.close().await;
        durable.push(begin.elapsed());
    }
    let name = format!("{commands} × {hosts} hosts");
    report(&name, &mut plain, &mut durable);
}

/// Medians; that of the ratios is of ratios within a round, because the machine's speed drifts.
fn report(name: &str, plain: &mut [Duration], durable: &mut [Duration]) {
    let mut ratios: Vec<f64> = durable
        .iter()
        .zip(plain.iter())
        .map(|(durable, plain)| durable.as_secs_f64() / plain.as_secs_f64())
        .collect();
    ratios.sort_by(f64::total_cmp);
    plain.sort();
    durable.sort();
    let ms = |times: &[Duration]| times[times.len() / 2].as_secs_f64() * 1e3;
    println!(
        "{name:16} floor {:8.2}  durable {:8.2}  ratio {:.2} ({:.2} to {:.2})",
        ms(plain),
        ms(durable),
        ratios[ratios.len() / 2],
        ratios[0],
        ratios[ratios.len() - 1]
    );
}
