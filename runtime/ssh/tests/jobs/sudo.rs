//! Jobs of other users.

use crate::support::*;

/// Fault 34: sudo in all its moods.
#[test]
fn sudo_with_and_without_a_password() {
    if !Ground::get().users_or_skip() {
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
                let executor = SshExecutor::new(PathBuf::from("/"), prompt);
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

/// Settings of sudo that break naive clients: no terminal, no sudo; a terminal of its own; a lecture.
#[test]
fn sudo_that_insists_on_terminals_and_lectures() {
    if !Ground::get().users_or_skip() {
        return;
    }
    let _rules = Rules::new(
        "Defaults>nxtcsh requiretty\nDefaults>nxfish use_pty\nDefaults>nxnoisy lecture=always\n",
    );
    for server in servers() {
        for (login, asked) in [(User::Sudo, 0), (User::SudoPassword, 1)] {
            let answers = Arc::new(Answers("", Mutex::default()));
            block_on(async {
                let executor = SshExecutor::new(PathBuf::from("/"), answers.clone());
                let session = session(&executor, server.port(), login).await;
                for user in ["nxtcsh", "nxfish", "nxnoisy"] {
                    let binary: String = (1..=255u8).map(|byte| format!("\\{byte:03o}")).collect();
                    let mut given =
                        job(&format!("id -un; printf '{binary}'; echo err >&2; exit 6"));
                    given.user = Some(user.to_owned());
                    let (ended, printed) = run(&*session, &given).await;
                    assert_eq!(ended, Ok(Ended::Exit(6)), "{login:?} {user}");
                    assert!(printed.warnings.is_empty(), "{printed:?}");
                    let expected: Vec<u8> = format!("{user}\n")
                        .into_bytes()
                        .into_iter()
                        .chain(1..=255)
                        .collect();
                    assert_eq!(printed.out, expected, "{login:?} {user}");
                    assert_eq!(printed.err(), "err\n");
                }
                executor.close().await;
            });
            assert_eq!(answers.1.lock().unwrap().len(), asked);
        }
    }
}

/// Rules for sudo that are there for a while.
struct Rules(PathBuf);

impl Rules {
    fn new(text: &str) -> Rules {
        use std::os::unix::fs::PermissionsExt;
        let path = PathBuf::from("/etc/sudoers.d/nexus-jobs-test");
        let aside = path.with_extension("new~");
        std::fs::write(&aside, text).unwrap();
        std::fs::set_permissions(&aside, std::fs::Permissions::from_mode(0o440)).unwrap();
        std::fs::rename(&aside, &path).unwrap();
        Rules(path)
    }
}

impl Drop for Rules {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
