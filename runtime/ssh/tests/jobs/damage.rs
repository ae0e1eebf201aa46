//! Jobs on a network that breaks again and again.

use crate::support::*;

fn impatient() -> Settings {
    Settings {
        keepalive: Duration::from_secs(1),
        keepalive_max: 2,
        ..Settings::default()
    }
}

/// Fault 24: each connection, the first and all later ones, is reset, damaged or falls silent after so many
/// bytes. Everything arrives all the same, once and as it was.
#[test]
fn output_survives_connections_that_break() {
    let after = Some(400_000);
    let all = [
        Toxins {
            reset_after: after,
            ..Toxins::default()
        },
        Toxins {
            corrupt_after: after,
            ..Toxins::default()
        },
        Toxins {
            hole_after: after,
            ..Toxins::default()
        },
    ];
    for server in servers() {
        for toxins in &all {
            let proxy = Proxy::start(server.port(), toxins.clone());
            block_on(async {
                let executor = executor().with_settings(impatient());
                let session = session(&executor, proxy.port(), User::Plain).await;
                // Silence takes time to be noticed, so there is only one.
                let lines = match toxins.hole_after {
                    Some(_) => 75_000,
                    None => 150_000,
                };
                let count = shared("count-d");
                let script = format!(
                    "echo x >>{}; seq {lines}; seq 7 >&2; exit 7",
                    count.display()
                );
                let (ended, printed) = run(&*session, &job(&script)).await;
                assert_eq!(ended, Ok(Ended::Exit(7)), "{toxins:?}");
                let expected: String = (1..=lines).map(|n| format!("{n}\n")).collect();
                assert!(
                    printed.out() == expected,
                    "{toxins:?}: {}",
                    printed.out.len()
                );
                assert_eq!(printed.err(), "1\n2\n3\n4\n5\n6\n7\n");
                assert_eq!(std::fs::read_to_string(&count).unwrap(), "x\n");
                assert!(proxy.accepted() > 1, "{toxins:?}: nothing broke");
            });
        }
    }
}

/// Fault 18: the machine on the way dies while a job runs behind it. The way is made anew once, and the
/// result fetched; when there is no way any more, the outcome is unknown and the hop named.
#[test]
fn a_hop_that_dies_costs_no_result() {
    let (target, hop) = (Sshd::new().start(), Sshd::new().start());
    let ground = Ground::get();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    let text = format!(
        "Host *\n IdentityFile {}\n IdentitiesOnly yes\n StrictHostKeyChecking no\n UserKnownHostsFile /dev/null\n",
        ground.key("id_ed25519").display()
    );
    std::fs::write(&config, text).unwrap();
    let mut host = (*host_at(target.port(), User::Plain)).clone();
    let user = ground.user(User::Plain);
    host.ssh.jump = Some(vec![format!("{user}@127.0.0.1:{}", hop.port())]);
    host.ssh.config = nexus_graph::ConfigFile::File(config.display().to_string());
    let host = Arc::new(host);
    let mut hop = Some(hop);
    block_on(async {
        let executor = executor();
        let session = executor
            .open(&host, &Stop::never())
            .await
            .expect("a session");
        for for_ever in [false, true] {
            let (up, go) = (shared("up-j"), shared("go-j"));
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
                match for_ever {
                    false => {
                        hop.as_ref().unwrap().signal_sessions(Signal::SIGKILL);
                        std::fs::write(&go, "").unwrap();
                    }
                    true => drop(hop.take()),
                }
            };
            let (ended, ()) = tokio::join!(session.run(&given, &kept, &stop), faults);
            match for_ever {
                false => {
                    assert_eq!(ended, Ok(Ended::Exit(7)));
                    assert_eq!(kept.take().out(), "last\n");
                }
                true => {
                    let failure = ended.expect_err("nobody knows");
                    let kind = FailureKind::Lost(Loss::Unreachable);
                    assert_eq!(failure.kind, kind, "{failure:?}");
                    assert!(failure.message.contains("127.0.0.1"), "{failure:?}");
                    std::fs::write(&go, "").unwrap();
                }
            }
        }
    });
}
