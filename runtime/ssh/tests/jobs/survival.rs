//! What survives: the connection, the server's processes, us.

use crate::support::*;

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

/// Fault 22: the server's process of the session is stopped. Signs of life are missed, and another
/// connection asks for the result.
#[test]
fn a_session_that_hangs_is_left() {
    let server = Sshd::new().start();
    block_on(async {
        let settings = Settings {
            keepalive: Duration::from_secs(1),
            keepalive_max: 2,
            ..Settings::default()
        };
        let executor = executor().with_settings(settings);
        let session = session(&executor, server.port(), User::Plain).await;
        let (up, go) = (shared("up-h"), shared("go-h"));
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
            let stopped = server.sessions();
            server.signal_sessions(Signal::SIGSTOP);
            std::fs::write(&go, "").unwrap();
            stopped
        };
        let (ended, stopped) = tokio::join!(session.run(&given, &kept, &stop), faults);
        assert_eq!(
            (ended, kept.take().out()),
            (Ok(Ended::Exit(7)), "last\n".to_owned())
        );
        for id in stopped {
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), Signal::SIGCONT);
        }
    });
}

/// Fault 27: a job's processes are killed, with and without what watches over them.
#[test]
fn killed_jobs_are_told_apart() {
    for server in servers() {
        block_on(async {
            let executor = executor();
            let session = session(&executor, server.port(), User::Plain).await;
            let seconds = unique_seconds();
            let name = format!("sleep {seconds}");
            let kill_all = |text: &str| {
                for id in processes(text) {
                    let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), Signal::SIGKILL);
                }
            };
            let given = job(&format!("echo before; exec sleep {seconds}"));
            let kept = Kept::default();
            let stop = Stop::never();
            let faults = async {
                eventually("the job is up", || !processes(&name).is_empty()).await;
                kill_all(&name);
            };
            let (ended, ()) = tokio::join!(session.run(&given, &kept, &stop), faults);
            assert_eq!(
                (ended, kept.take().out()),
                (Ok(Ended::Signal(9)), "before\n".to_owned())
            );

            let given = job(&format!("echo $PPID; exec sleep {seconds}"));
            let kept = Kept::default();
            let faults = async {
                eventually("the job is up", || !processes(&name).is_empty()).await;
                eventually("it is followed", || !kept.take().out.is_empty()).await;
                let runner: i32 = kept.take().out().trim().parse().unwrap();
                let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(runner), Signal::SIGKILL);
                tokio::time::sleep(Duration::from_millis(300)).await;
                assert!(
                    !processes(&name).is_empty(),
                    "it outlives what watches over it"
                );
                kill_all(&name);
            };
            let (ended, ()) = tokio::join!(session.run(&given, &kept, &stop), faults);
            let failure = ended.expect_err("nobody knows how it ended");
            assert_eq!(failure.kind, FailureKind::Lost(Loss::Killed), "{failure:?}");
        });
    }
}

/// A link that is cut for ever, and somebody who does not want to wait for what that means.
#[test]
fn whoever_is_in_a_hurry_need_not_wait_for_a_lost_host() {
    let server = Sshd::new().start();
    let proxy = Proxy::start(server.port(), Toxins::default());
    block_on(async {
        let settings = Settings {
            keepalive: Duration::from_secs(1),
            keepalive_max: 2,
            ..Settings::default()
        };
        let executor = executor().with_settings(settings);
        let session = session(&executor, proxy.port(), User::Plain).await;
        let seconds = unique_seconds();
        let given = job(&format!("sleep {seconds}"));
        let kept = Kept::default();
        let (stopper, stop) = Stopper::new();
        let begin = Instant::now();
        let faults = async {
            eventually("it is up", || {
                !processes(&format!("sleep {seconds}")).is_empty()
            })
            .await;
            proxy.cut();
            tokio::time::sleep(Duration::from_secs(4)).await;
            stopper.ask(Urgency::AtOnce);
        };
        let (ended, ()) = tokio::join!(session.run(&given, &kept, &stop), faults);
        let failure = ended.expect_err("nobody knows");
        assert_eq!(
            failure.kind,
            FailureKind::Lost(Loss::Unreachable),
            "{failure:?}"
        );
        assert!(begin.elapsed() < Duration::from_secs(60));
        for id in processes(&format!("sleep {seconds}")) {
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), Signal::SIGKILL);
        }
    });
}
