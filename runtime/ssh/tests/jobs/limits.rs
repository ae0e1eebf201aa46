//! Much output, many jobs, little room.

use crate::support::*;

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

/// `MaxSessions` reached: jobs wait for one another, or a further connection is made.
#[test]
fn servers_that_allow_few_sessions_are_enough() {
    for most in ["1", "2", "10"] {
        let server = Sshd::new().option("MaxSessions", most).start();
        block_on(async {
            let executor = executor();
            let session = session(&executor, server.port(), User::Plain).await;
            let mut all = tokio::task::JoinSet::new();
            for i in 0..20 {
                let session = session.clone();
                all.spawn(async move {
                    let (ended, printed) =
                        run(&*session, &job(&format!("sleep 0.1; echo {i}"))).await;
                    assert_eq!(
                        (ended, printed.out()),
                        (Ok(Ended::Exit(0)), format!("{i}\n"))
                    );
                });
            }
            while let Some(one) = all.join_next().await {
                one.expect("it ran");
            }
            let mut limited = job("sleep 300");
            limited.timeout = Some(Duration::from_millis(500));
            assert_eq!(
                run(&*session, &limited).await.0,
                Ok(Ended::TimedOut),
                "{most}"
            );
        });
    }
}

/// Many short jobs side by side, on a server of either kind: sessions come and go all the time, Dropbear
/// closes some that come while others go, and the end of a job on a terminal may be told before what it
/// printed. (With so many terminals coming and going on a connection Dropbear gives the connection up.)
#[test]
fn sessions_that_come_and_go_lose_no_job() {
    for (at, server) in servers().into_iter().enumerate() {
        let ways: &[bool] = if at == 0 { &[false, true] } else { &[false] };
        for &pty in ways {
            block_on(async {
                let executor = executor();
                let session = session(&executor, server.port(), User::Plain).await;
                let mut all = tokio::task::JoinSet::new();
                for i in 0..40 {
                    let session = session.clone();
                    all.spawn(async move {
                        let mut given = job(&format!("echo {i}; exit 3"));
                        given.pty = pty;
                        let (ended, printed) = run(&*session, &given).await;
                        assert_eq!(ended, Ok(Ended::Exit(3)), "{printed:?}");
                        assert_eq!(printed.out().trim(), i.to_string());
                    });
                }
                while let Some(one) = all.join_next().await {
                    one.expect("it ran");
                }
                executor.close().await;
            });
        }
    }
}

/// A full disk: commands run all the same, and it is said that their results are not kept.
#[test]
fn a_full_disk_stops_no_command() {
    if !Ground::get().users_or_skip() {
        return;
    }
    let disk = Disk::new();
    let home = disk.folder.path().display();
    let server = Sshd::new()
        .option(
            "ForceCommand",
            &format!("HOME={home} exec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\""),
        )
        .start();
    block_on(async {
        let executor = executor();
        let session = session(&executor, server.port(), User::Plain).await;
        // What a job prints goes there, too.
        let (ended, printed) = run(&*session, &job("head -c 1000000 /dev/zero")).await;
        assert_eq!(ended, Ok(Ended::Exit(1)));
        assert!(printed.out.len() < 200_000);
        let codes: Vec<&str> = printed.warnings.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes, ["NX0838"], "{printed:?}");
        for script in ["echo still; exit 3", "seq 100000; exit 3"] {
            let (ended, printed) = run(&*session, &job(script)).await;
            assert_eq!(ended, Ok(Ended::Exit(3)));
            assert!(printed.out().ends_with("still\n") || printed.out().ends_with("\n100000\n"));
        }
    });
}

/// A very small disk.
struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    fn new() -> Disk {
        let folder = tempfile::tempdir().unwrap();
        let mount = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=128k,mode=777", "nexus-test"])
            .arg(folder.path())
            .status();
        assert!(mount.unwrap().success());
        Disk { folder }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount")
            .arg("-l")
            .arg(self.folder.path())
            .status();
    }
}
