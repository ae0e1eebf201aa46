//! The system's `ssh` as the transport: the same jobs.

use crate::support::*;

fn through_ssh(port: u16, user: User) -> Arc<Host> {
    let mut host = (*host_at(port, user)).clone();
    host.ssh.transport = Transport::Openssh;
    Arc::new(host)
}

#[test]
fn jobs_run_through_the_systems_ssh() {
    let server = Sshd::new().start();
    block_on(async {
        let executor = executor();
        let host = through_ssh(server.port(), User::Plain);
        let session = executor
            .open(&host, &Stop::never())
            .await
            .expect("a session");
        assert!(session.facts().boot_id.is_some());
        for code in [0, 1, 7, 127, 255] {
            let script = format!("echo out; echo err >&2; exit {code}");
            let (ended, printed) = run(&*session, &job(&script)).await;
            assert_eq!(ended, Ok(Ended::Exit(code)));
            assert_eq!(
                (printed.out(), printed.err()),
                ("out\n".to_owned(), "err\n".to_owned())
            );
        }
        let mut reads = job("cat");
        reads.stdin = Stdin::Bytes((0..3_000_000u32).map(|i| (i % 251) as u8).collect());
        let (ended, printed) = run(&*session, &reads).await;
        assert_eq!(ended, Ok(Ended::Exit(0)));
        assert!(Stdin::Bytes(printed.out) == reads.stdin);
        let mut on_terminal = job("test -t 1 && echo yes; exit 3");
        on_terminal.pty = true;
        let (ended, printed) = run(&*session, &on_terminal).await;
        assert_eq!((ended, printed.out().trim()), (Ok(Ended::Exit(3)), "yes"));
        let mut limited = job("sleep 300");
        limited.timeout = Some(Duration::from_millis(500));
        assert_eq!(run(&*session, &limited).await.0, Ok(Ended::TimedOut));
        executor.close().await;
        eventually("the server has no sessions", || {
            server.sessions().is_empty()
        })
        .await;
    });
}

#[test]
fn a_lost_connection_of_the_systems_ssh_costs_no_result() {
    let server = Sshd::new().start();
    block_on(async {
        let executor = executor();
        let host = through_ssh(server.port(), User::Plain);
        let session = executor
            .open(&host, &Stop::never())
            .await
            .expect("a session");
        let (up, go) = (shared("up-t"), shared("go-t"));
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
            server.signal_sessions(Signal::SIGKILL);
            std::fs::write(&go, "").unwrap();
        };
        let (ended, ()) = tokio::join!(session.run(&given, &kept, &stop), faults);
        assert_eq!(
            (ended, kept.take().out()),
            (Ok(Ended::Exit(7)), "last\n".to_owned())
        );
    });
}

#[test]
fn sudo_works_through_the_systems_ssh() {
    if !Ground::get().users_or_skip() {
        return;
    }
    let server = Sshd::new().start();
    block_on(async {
        let answers = Arc::new(Answers("", Mutex::default()));
        let executor = SshExecutor::new(PathBuf::from("/"), answers);
        let host = through_ssh(server.port(), User::SudoPassword);
        let session = executor
            .open(&host, &Stop::never())
            .await
            .expect("a session");
        let mut given = job("id -un");
        given.user = Some("root".to_owned());
        assert_eq!(run(&*session, &given).await.1.out(), "root\n");
        executor.close().await;
    });
}

#[test]
fn what_ssh_says_is_understood() {
    let server = Sshd::new().start();
    let ground = Ground::get();
    let refused = |change: &dyn Fn(&mut Host)| {
        let mut host = (*through_ssh(server.port(), User::Plain)).clone();
        change(&mut host);
        block_on(async {
            let opened = executor().open(&Arc::new(host), &Stop::never()).await;
            opened.err().expect("it is refused")
        })
    };
    let failure = refused(&|host| host.port = Some(1));
    assert_eq!(
        (failure.kind, failure.code.as_str()),
        (FailureKind::Connection, "NX0841")
    );
    let failure = refused(&|host| host.address = "no.such.host.invalid".to_owned());
    assert_eq!(failure.kind, FailureKind::Name, "{failure:?}");
    let failure = refused(&|host| {
        host.ssh.identity = vec![ground.key("id_other").to_string_lossy().into_owned()];
    });
    assert_eq!(failure.kind, FailureKind::Authentication, "{failure:?}");
    let failure = refused(&|host| {
        host.ssh.host_key = Some(HostKeyPolicy::Strict);
        host.ssh.known_hosts = vec!["/dev/null".to_owned()];
    });
    assert_eq!(failure.kind, FailureKind::HostKey, "{failure:?}");
}
