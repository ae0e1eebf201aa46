//! Jobs on real servers: what they see, how they end, and what survives.

mod support;

use nexus_executor::{
    Ended, Executor, Failure, FailureKind, Fate, Job, JobId, Loss, Nobody, Output, Pending,
    Program, Prompt, Question, Secret, Session, Stdin, Stop, Stopper, Urgency,
};
use nexus_farm::{Ground, Proxy, Server, Sshd, Toxins, User};
use nexus_graph::event::Stream;
use nexus_graph::{Host, HostKeyPolicy};
use nexus_ssh::SshExecutor;
use nix::sys::signal::Signal;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::block_on;

/// Keeps what a job prints.
#[derive(Default)]
struct Kept(Mutex<Printed>);

#[derive(Default, Clone, Debug)]
struct Printed {
    out: Vec<u8>,
    err: Vec<u8>,
    warnings: Vec<(&'static str, String)>,
}

impl Printed {
    fn out(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    fn err(&self) -> String {
        String::from_utf8_lossy(&self.err).into_owned()
    }
}

impl Kept {
    fn take(&self) -> Printed {
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
struct Counted(Mutex<[u64; 2]>);

impl Output for Counted {
    fn write<'a>(&'a self, stream: Stream, bytes: &'a [u8]) -> Pending<'a, ()> {
        self.0.lock().unwrap()[(stream == Stream::Stderr) as usize] += bytes.len() as u64;
        Box::pin(std::future::ready(()))
    }

    fn warn(&self, _: &'static str, _: String, _: Option<String>) {}
}

/// Gives one answer to every question.
struct Answers(&'static str, Mutex<Vec<String>>);

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

fn host_at(port: u16, user: User) -> Arc<Host> {
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

fn executor() -> SshExecutor {
    SshExecutor::new(Arc::new(Nobody))
}

async fn session(executor: &SshExecutor, port: u16, user: User) -> Arc<dyn Session> {
    let host = host_at(port, user);
    executor
        .open(&host, &Stop::never())
        .await
        .expect("a session")
}

/// Jobs of different tests never have the same name: they share homes.
fn job(script: &str) -> Job {
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
    }
}

async fn run(session: &dyn Session, job: &Job) -> (Result<Ended, Failure>, Printed) {
    let kept = Kept::default();
    let ended = session.run(job, &kept, &Stop::never()).await;
    (ended, kept.take())
}

/// Waits for something that must happen soon.
async fn eventually(what: &str, mut happened: impl FnMut() -> bool) {
    let limit = Instant::now() + Duration::from_secs(30);
    while !happened() {
        assert!(Instant::now() < limit, "{what} does not happen");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The processes whose command line contains this.
fn processes(text: &str) -> Vec<i32> {
    let all = std::fs::read_dir("/proc").unwrap();
    let ids = all.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse::<i32>().ok());
    ids.filter(|id| nexus_farm::is_alive(*id) && nexus_farm::command_line(*id).contains(text))
        .collect()
}

/// A number that is a length of sleep nobody else sleeps: finds the processes of a test.
fn unique_seconds() -> u32 {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    100_000 + std::process::id() % 100_000 * 100 + count
}

/// A file that both sides can reach.
fn shared(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("nexus-durable-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

fn servers() -> Vec<Server> {
    let mut all = vec![Sshd::new().start()];
    if Ground::get().has_users() {
        all.push(Server::dropbear());
    }
    all
}

#[test]
fn jobs_end_as_they_end_whatever_the_login_shell() {
    for server in servers() {
        let users = match Ground::get().has_users() {
            true => vec![User::Plain, User::Fish, User::Tcsh, User::Noisy],
            false => vec![User::Plain],
        };
        for user in users {
            block_on(async {
                let executor = executor();
                let session = session(&executor, server.port(), user).await;
                for (script, ended, out, err) in [
                    (
                        "X=1; echo $X; echo e >&2; exit 7",
                        Ended::Exit(7),
                        "1\n",
                        "e\n",
                    ),
                    ("exit 255", Ended::Exit(255), "", ""),
                    ("kill -9 $$", Ended::Signal(9), "", ""),
                    (
                        "cat; echo \"it's !done\"",
                        Ended::Exit(0),
                        "it's !done\n",
                        "",
                    ),
                ] {
                    let (result, printed) = run(&*session, &job(script)).await;
                    assert_eq!(result, Ok(ended), "{user:?} {script}");
                    assert_eq!(
                        (printed.out(), printed.err()),
                        (out.to_owned(), err.to_owned())
                    );
                    assert!(printed.warnings.is_empty(), "{printed:?}");
                }
                let mut odd = job("");
                odd.program =
                    Program::Argv(["printf", "%s", "a !b 'c'\n$d"].map(str::to_owned).to_vec());
                assert_eq!(run(&*session, &odd).await.1.out(), "a !b 'c'\n$d");
                executor.close().await;
            });
        }
    }
}

#[test]
fn every_exit_status_arrives() {
    let server = Sshd::new().start();
    block_on(async {
        let executor = executor();
        let session = session(&executor, server.port(), User::Plain).await;
        for code in 0..=255 {
            let ended = run(&*session, &job(&format!("exit {code}"))).await.0;
            assert_eq!(ended, Ok(Ended::Exit(code)));
        }
    });
}

#[test]
fn a_terminal_is_one_when_it_is_asked_for() {
    for server in servers() {
        block_on(async {
            let executor = executor();
            let session = session(&executor, server.port(), User::Plain).await;
            let script = "test -t 0 && test -t 1 && test -t 2 && echo yes; echo err >&2; exit 3";
            let mut on_terminal = job(script);
            on_terminal.pty = true;
            let (ended, printed) = run(&*session, &on_terminal).await;
            assert_eq!(
                (ended, printed.out()),
                (Ok(Ended::Exit(3)), "yes\r\nerr\r\n".to_owned())
            );
            let (ended, printed) = run(&*session, &job(script)).await;
            assert_eq!((ended, printed.out()), (Ok(Ended::Exit(3)), String::new()));
        });
    }
}

/// Fault 23 and demonstration B: the server's process of the session is killed in the middle.
#[test]
fn a_killed_session_costs_no_result() {
    for server in servers() {
        block_on(async {
            let executor = executor();
            let session = session(&executor, server.port(), User::Plain).await;
            let (up, go) = (shared("up-b"), shared("go-b"));
            let script = format!(
                "echo first; echo e >&2; touch {}; until [ -e {} ]; do sleep 0.05; done; echo last; exit 7",
                up.display(),
                go.display()
            );
            let given = job(&script);
            let kept = Kept::default();
            let stop = Stop::never();
            let faults = async {
                eventually("the job is up", || up.exists()).await;
                let before = server.sessions();
                server.signal_sessions(Signal::SIGKILL);
                eventually("the sessions die", || {
                    !server.sessions().iter().any(|s| before.contains(s))
                })
                .await;
                eventually("there is a new one", || !server.sessions().is_empty()).await;
                std::fs::write(&go, "").unwrap();
            };
            let (ended, ()) = tokio::join!(session.run(&given, &kept, &stop), faults);
            assert_eq!(ended, Ok(Ended::Exit(7)));
            let printed = kept.take();
            assert_eq!(
                (printed.out(), printed.err()),
                ("first\nlast\n".to_owned(), "e\n".to_owned())
            );
        });
    }
}

/// Fault 25 and demonstration A: whoever gave the job to the host is gone; another one comes.
#[test]
fn another_coordinator_gets_the_result_and_starts_nothing_twice() {
    for server in servers() {
        let (count, go) = (shared("count-a"), shared("go-a"));
        let script = format!(
            "echo x >>{}; echo first; until [ -e {} ]; do sleep 0.05; done; echo last; exit 7",
            count.display(),
            go.display()
        );
        let given = job(&script);
        block_on(async {
            let executor = executor();
            let session = session(&executor, server.port(), User::Plain).await;
            let kept = Kept::default();
            let stop = Stop::never();
            tokio::select! {
                _ = session.run(&given, &kept, &stop) => panic!("it runs longer"),
                () = eventually("it is begun", || count.exists()) => {}
            }
            // The runtime goes with everything in it: nothing is said to the server.
        });
        block_on(async {
            let executor = executor();
            let session = session(&executor, server.port(), User::Plain).await;
            std::fs::write(&go, "").unwrap();
            let (ended, printed) = run(&*session, &given).await;
            assert_eq!(
                (ended, printed.out()),
                (Ok(Ended::Exit(7)), "first\nlast\n".to_owned())
            );
            let kept = Kept::default();
            let fate = session.attach(&given, &kept, &Stop::never()).await;
            assert_eq!(fate, Ok(Fate::Ended(Ended::Exit(7))));
            assert_eq!(kept.take().out(), "first\nlast\n");
            let fate = session.attach(&job("true"), &kept, &Stop::never()).await;
            assert_eq!(fate, Ok(Fate::NeverStarted));
        });
        assert_eq!(std::fs::read_to_string(&count).unwrap(), "x\n");
    }
}

/// Faults 22 and 24, and the link that is cut for ever: silence is noticed, and no result invented.
#[test]
fn what_the_network_does_is_noticed() {
    let server = Sshd::new().start();
    // Reset, end, and silence that passes.
    for fault in ["reset", "silence"] {
        let proxy = Proxy::start(server.port(), Toxins::default());
        block_on(async {
            let executor = executor();
            let session = session(&executor, proxy.port(), User::Plain).await;
            let (up, go) = (shared("up-n"), shared("go-n"));
            let script = format!(
                "touch {}; until [ -e {} ]; do sleep 0.05; done; echo last; exit 7",
                up.display(),
                go.display()
            );
            let given = job(&script);
            let kept = Kept::default();
            let stop = Stop::never();
            let faults = async {
                eventually("the job is up", || up.exists()).await;
                match fault {
                    "reset" => proxy.reset(),
                    _ => {
                        proxy.cut();
                        tokio::time::sleep(Duration::from_secs(2)).await;
                        proxy.heal();
                    }
                }
                std::fs::write(&go, "").unwrap();
            };
            let (ended, ()) = tokio::join!(session.run(&given, &kept, &stop), faults);
            assert_eq!(
                (ended, kept.take().out()),
                (Ok(Ended::Exit(7)), "last\n".to_owned()),
                "{fault}"
            );
        });
    }
}

/// The host does not come back: the outcome is unknown, and said to be.
#[test]
fn a_host_that_does_not_come_back_leaves_the_outcome_unknown() {
    let server = Sshd::new().start();
    block_on(async {
        let executor = executor();
        let session = session(&executor, server.port(), User::Plain).await;
        let seconds = unique_seconds();
        let given = job(&format!("sleep {seconds}"));
        let kept = Kept::default();
        let stop = Stop::never();
        let faults = async {
            eventually("the job is up", || {
                !processes(&format!("sleep {seconds}")).is_empty()
            })
            .await;
            server.stop();
        };
        let (ended, ()) = tokio::join!(session.run(&given, &kept, &stop), faults);
        let failure = ended.expect_err("nobody knows");
        assert_eq!(
            (failure.kind, failure.code.as_str()),
            (FailureKind::Lost(Loss::Unreachable), "NX0835")
        );
        for process in processes(&format!("sleep {seconds}")) {
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(process), Signal::SIGKILL);
        }
    });
}

/// Faults 28 and 29: nothing of a job is left when it was ended, whoever it belongs to.
#[test]
fn ended_jobs_leave_nothing() {
    for server in servers() {
        let users = match Ground::get().has_users() {
            true => vec![
                (User::Plain, None),
                (User::Sudo, Some("root")),
                (User::Sudo, Some("nxplain")),
            ],
            false => vec![(User::Plain, None)],
        };
        for (login, user) in users {
            for (timeout, deaf) in [(true, false), (false, false), (false, true)] {
                block_on(async {
                    let executor = executor();
                    let session = session(&executor, server.port(), login).await;
                    let seconds = unique_seconds();
                    let trap = if deaf { "trap '' TERM; " } else { "" };
                    let mut given = job(&format!(
                        "{trap}sleep {seconds} & setsid sleep {seconds} & sh -c 'sleep {seconds}'"
                    ));
                    given.user = user.map(str::to_owned);
                    given.grace = Duration::from_secs(1);
                    given.timeout = timeout.then_some(Duration::from_secs(1));
                    let kept = Kept::default();
                    let (stopper, stop) = Stopper::new();
                    let name = format!("sleep {seconds}");
                    let asking = async {
                        eventually("it is up", || processes(&name).len() >= 3).await;
                        if !timeout {
                            stopper.ask(Urgency::Gently);
                        }
                    };
                    let (ended, ()) = tokio::join!(session.run(&given, &kept, &stop), asking);
                    let expected = if timeout {
                        Ended::TimedOut
                    } else {
                        Ended::Cancelled
                    };
                    assert_eq!(ended, Ok(expected), "{login:?} {user:?}");
                    assert_eq!(
                        processes(&name),
                        [] as [i32; 0],
                        "{login:?} {user:?} {timeout} {deaf}"
                    );
                    assert!(kept.take().warnings.is_empty());
                });
            }
        }
    }
}

/// Fault 30: much output on both streams, with another job meanwhile.
#[test]
fn much_output_needs_no_memory_and_holds_up_nobody() {
    let server = Sshd::new().start();
    block_on(async {
        let executor = executor();
        let session = session(&executor, server.port(), User::Plain).await;
        let given = job("head -c 200000000 /dev/zero & head -c 200000000 /dev/zero >&2; wait");
        let counted = Counted::default();
        let stop = Stop::never();
        let before = memory();
        let meanwhile = async {
            for _ in 0..5 {
                assert_eq!(run(&*session, &job("exit 5")).await.0, Ok(Ended::Exit(5)));
            }
        };
        let (ended, ()) = tokio::join!(session.run(&given, &counted, &stop), meanwhile);
        assert_eq!(ended, Ok(Ended::Exit(0)));
        assert_eq!(*counted.0.lock().unwrap(), [200_000_000; 2]);
        let grown = memory().saturating_sub(before);
        assert!(grown < 50_000, "{grown} kB more");
    });
}

/// The most memory this process has had, in kB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Fault 33.
#[test]
fn a_job_that_does_not_read_its_input_ends() {
    for server in servers() {
        block_on(async {
            let executor = executor();
            let session = session(&executor, server.port(), User::Plain).await;
            for pty in [false, true] {
                let mut given = job("exec 0<&-; sleep 0.2; exit 4");
                given.pty = pty;
                given.stdin = Stdin::Bytes(vec![b'x'; 20_000_000]);
                assert_eq!(run(&*session, &given).await.0, Ok(Ended::Exit(4)), "{pty}");
            }
        });
    }
}

/// Fault 34: sudo in all its moods.
#[test]
fn sudo_with_and_without_a_password() {
    if !Ground::get().has_users() {
        return;
    }
    for server in servers() {
        let ask = |login: User, user: &'static str, answer: Option<&'static str>| {
            let port = server.port();
            block_on(async move {
                let answers = Arc::new(Answers(answer.unwrap_or_default(), Mutex::default()));
                let prompt: Arc<dyn Prompt> = match answer {
                    Some(_) => answers.clone(),
                    None => Arc::new(Nobody),
                };
                let executor = SshExecutor::new(prompt);
                let session = session(&executor, port, login).await;
                let mut results = Vec::new();
                for _ in 0..2 {
                    let mut given = job("id -un; echo $HOME; exit 6");
                    given.user = Some(user.to_owned());
                    results.push(run(&*session, &given).await);
                }
                executor.close().await;
                let asked = answers.1.lock().unwrap().len();
                (results, asked)
            })
        };
        let (results, asked) = ask(User::Sudo, "root", None);
        for (ended, printed) in &results {
            assert_eq!(*ended, Ok(Ended::Exit(6)));
            assert_eq!(printed.out(), "root\n/root\n");
        }
        assert_eq!(asked, 0);
        let (results, _) = ask(User::Sudo, "nxplain", None);
        assert_eq!(results[0].1.out(), "nxplain\n/home/nxplain\n");
        // Asked for once, however many jobs.
        let (results, asked) = ask(User::SudoPassword, "root", Some(""));
        for (ended, printed) in &results {
            assert_eq!(*ended, Ok(Ended::Exit(6)), "{printed:?}");
            assert_eq!(printed.out(), "root\n/root\n");
        }
        assert_eq!(asked, 1);
        for (login, user, answer, code) in [
            (User::SudoPassword, "root", None, "NX0832"),
            (User::SudoPassword, "root", Some("wrong"), "NX0833"),
            (User::Sudo, "nobody-has-this-name", None, "NX0834"),
            (User::Plain, "root", Some(""), "NX0834"),
        ] {
            let (results, asked) = ask(login, user, answer);
            let failure = results[0].0.clone().expect_err("it is refused");
            assert_eq!(
                (failure.kind, failure.code.as_str()),
                (FailureKind::Become, code),
                "{failure:?}"
            );
            assert!(asked <= 1);
        }
    }
}
