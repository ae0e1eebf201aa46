//! What jobs see and how they end, whatever the login's shell.

use crate::support::*;

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
            // Longer than a line on a terminal may be.
            let mut long = job(&format!(
                "{}echo 'end!'; stty size",
                "# filler\n".repeat(2000)
            ));
            long.pty = true;
            let (ended, printed) = run(&*session, &long).await;
            assert_eq!(
                (ended, printed.out()),
                (Ok(Ended::Exit(0)), "end!\r\n24 80\r\n".to_owned())
            );
        });
    }
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

/// A restricted shell lets nothing take its place: it gets the commands themselves.
#[test]
fn a_restricted_shell_gets_commands_as_they_are() {
    let server = Sshd::new()
        .option("ForceCommand", "rbash -c \"$SSH_ORIGINAL_COMMAND\"")
        .start();
    block_on(async {
        let executor = executor();
        let session = session(&executor, server.port(), User::Plain).await;
        let (ended, printed) = run(&*session, &job("echo a; echo b >&2; exit 3")).await;
        assert_eq!(ended, Ok(Ended::Exit(3)));
        assert_eq!(
            (printed.out(), printed.err()),
            ("a\n".to_owned(), "b\n".to_owned())
        );
        assert_eq!(printed.warnings.len(), 1, "{printed:?}");
        assert_eq!(printed.warnings[0].0, "NX0831");
        assert_eq!(session.facts().boot_id, None);
    });
}

#[test]
fn an_account_without_a_shell_is_told_with_its_words() {
    let server = Sshd::new()
        .option(
            "ForceCommand",
            "echo 'This account is currently not available.'; exit 1",
        )
        .start();
    block_on(async {
        let executor = executor();
        let host = host_at(server.port(), User::Plain);
        let failure = executor
            .open(&host, &Stop::never())
            .await
            .err()
            .expect("no session");
        assert_eq!(
            (failure.kind, failure.code.as_str()),
            (FailureKind::Environment, "NX0830")
        );
        assert!(
            failure.message.contains("currently not available"),
            "{failure:?}"
        );
    });
}

/// The folder of results is elsewhere when the home cannot be written.
#[test]
fn a_home_that_cannot_be_written_costs_nothing() {
    let server = Sshd::new()
        .option(
            "ForceCommand",
            "HOME=/proc exec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"",
        )
        .start();
    block_on(async {
        let executor = executor();
        let session = session(&executor, server.port(), User::Plain).await;
        let given = job("echo a; exit 3");
        let (ended, printed) = run(&*session, &given).await;
        assert_eq!(
            (ended, printed.out()),
            (Ok(Ended::Exit(3)), "a\n".to_owned())
        );
        assert!(printed.warnings.is_empty(), "{printed:?}");
        let kept = Kept::default();
        let fate = session.attach(&given, &kept, &Stop::never()).await;
        assert_eq!(fate, Ok(Fate::Ended(Ended::Exit(3))));
        session.forget(&given.id.run).await;
    });
}

/// Fault 32: logins that set what breaks naive clients: a time limit on shells, `set -e`, aliases, noise, a
/// prompt. Jobs mean what they mean elsewhere.
#[test]
fn odd_logins_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path(), mode).unwrap();
    let profile = folder.path().join("profile");
    let text = "set -eu; alias echo=false; TMOUT=1; export TMOUT PS1='> '; \
                CDPATH=/tmp; export CDPATH; echo() { printf 'echo is mine\\n'; }; umask 0; \
                printf 'welcome\\n'; printf 'welcome\\n' >&2\n";
    std::fs::write(&profile, text).unwrap();
    let path = profile.display().to_string();
    for shell in ["bash", "bash --posix", "dash"] {
        let server = Sshd::new()
            .option("SetEnv", &format!("ENV={path} BASH_ENV={path} TMOUT=1"))
            .option(
                "ForceCommand",
                &format!("{shell} -c \". {path}; eval \\\"\\$SSH_ORIGINAL_COMMAND\\\"\""),
            )
            .start();
        block_on(async {
            let executor = executor();
            let session = session(&executor, server.port(), User::Plain).await;
            for pty in [false, true] {
                let mut given =
                    job("false; unset -v never; echo a; cd /; sleep 1.5; echo $PWD; exit 3");
                given.pty = pty;
                let (ended, printed) = run(&*session, &given).await;
                assert_eq!(ended, Ok(Ended::Exit(3)), "{shell} {pty}: {printed:?}");
                let expected = if pty { "a\r\n/\r\n" } else { "a\n/\n" };
                assert_eq!(printed.out(), expected, "{shell} {pty}");
            }
            executor.close().await;
        });
    }
}

/// `nologin` in its place: it is told with its words, at once.
#[test]
fn an_account_that_is_switched_off_is_told_of() {
    if !Ground::get().users_or_skip() {
        return;
    }
    let name = format!("nxoff{}", std::process::id());
    let tool = |program: &str, args: &[&str]| {
        let done = std::process::Command::new(program).args(args).output();
        done.unwrap_or_else(|e| panic!("{program}: {e}"))
    };
    let made = tool(
        "useradd",
        &["-m", "-s", "/usr/sbin/nologin", "-p", "*", &name],
    );
    assert!(made.status.success(), "{made:?}");
    let server = Sshd::new().start();
    let mut host = (*host_at(server.port(), User::Plain)).clone();
    host.user = Some(name.clone());
    let failure = block_on(async {
        let executor = executor();
        let opened = executor.open(&Arc::new(host), &Stop::never()).await;
        opened.err()
    });
    tool("userdel", &["-f", "-r", &name]);
    let failure = failure.expect("no session");
    assert_eq!(
        (failure.kind, failure.code.as_str()),
        (FailureKind::Environment, "NX0830")
    );
    assert!(failure.message.contains("not available"), "{failure:?}");
}
