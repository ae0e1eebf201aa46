//! What jobs see, and what is seen of them, in every shell.

use super::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Name, script, how it ends, what it prints on both streams.
const JOBS: &[(&str, &str, Ended, &str, &str)] = &[
    ("nothing", "", Ended::Exit(0), "", ""),
    ("true", "true", Ended::Exit(0), "", ""),
    ("status", "exit 3", Ended::Exit(3), "", ""),
    ("status-255", "exit 255", Ended::Exit(255), "", ""),
    ("status-143", "exit 143", Ended::Exit(143), "", ""),
    ("last-status", "true\nfalse", Ended::Exit(1), "", ""),
    (
        "both-streams",
        "echo out; echo err >&2; exit 7",
        Ended::Exit(7),
        "out\n",
        "err\n",
    ),
    (
        "no-newline",
        "printf x; printf y >&2",
        Ended::Exit(0),
        "x",
        "y",
    ),
    (
        "quote",
        "echo \"it's\" 'a \"b\"'",
        Ended::Exit(0),
        "it's a \"b\"\n",
        "",
    ),
    ("unbalanced", "echo 'a", Ended::Exit(2), "", "*"),
    ("syntax", "if; then", Ended::Exit(2), "", "*"),
    (
        "backslash",
        "printf '%s\\n' 'a\\b\\\\n'",
        Ended::Exit(0),
        "a\\b\\\\n\n",
        "",
    ),
    (
        "lines",
        "a=1\n\nb=2 # x\necho $a$b\n\n",
        Ended::Exit(0),
        "12\n",
        "",
    ),
    (
        "spaces",
        "  printf '%s' '  x  '",
        Ended::Exit(0),
        "  x  ",
        "",
    ),
    (
        "heredoc",
        "cat <<X\n$((1 + 1))\nX\n",
        Ended::Exit(0),
        "2\n",
        "",
    ),
    (
        "heredoc-quoted",
        "cat <<'NX'\n$x `y`\nNX\n",
        Ended::Exit(0),
        "$x `y`\n",
        "",
    ),
    (
        "unicode",
        "printf %s 'Áéí ÿ 日本 \u{1F600}'",
        Ended::Exit(0),
        "Áéí ÿ 日本 \u{1F600}",
        "",
    ),
    (
        "control",
        "printf %s '\u{1}\u{81}\u{88}\u{7f}\t\r'",
        Ended::Exit(0),
        "\u{1}\u{81}\u{88}\u{7f}\t\r",
        "",
    ),
    (
        "stdin-is-empty",
        "cat; read x; echo $?",
        Ended::Exit(0),
        "1\n",
        "",
    ),
    ("killed", "kill -9 $$", Ended::Signal(9), "", ""),
    ("segfault", "kill -SEGV $$", Ended::Signal(11), "", ""),
    (
        "child-killed",
        "sh -c 'kill -9 $$'; exit $?",
        Ended::Exit(137),
        "",
        "*",
    ),
    (
        "trace",
        "set -x; echo hi",
        Ended::Exit(0),
        "hi\n",
        "+ echo hi\n",
    ),
    ("errexit", "set -e; false; echo no", Ended::Exit(1), "", ""),
    (
        "exit-trap",
        "trap 'echo bye' EXIT; exit 4",
        Ended::Exit(4),
        "bye\n",
        "",
    ),
    ("closes", "exec 1>&- 2>&-; exit 5", Ended::Exit(5), "", ""),
    (
        "replaces",
        "exec sh -c 'echo $0 $1; exit 6' a b",
        Ended::Exit(6),
        "a b\n",
        "",
    ),
    (
        "not-found",
        "exec nexus-has-no-such-program",
        Ended::Exit(127),
        "",
        "*",
    ),
    (
        "not-executable",
        "exec /etc/passwd",
        Ended::Exit(126),
        "",
        "*",
    ),
    (
        "arguments",
        "echo $# \"$0\" \"$*\"",
        Ended::Exit(0),
        "0 sh \n",
        "",
    ),
    (
        "no-variables",
        "env | grep -c '^nx_'; set | grep -c '^nx_[a-z]*='",
        Ended::Exit(1),
        "0\n0\n",
        "",
    ),
    (
        "leader",
        "read a b c d e f g </proc/$$/stat; [ $e = $$ ] && [ $f = $$ ]",
        Ended::Exit(0),
        "",
        "",
    ),
    (
        "marker",
        "echo @x ready; echo @nx 1; printf '\\n@nx\\n'",
        Ended::Exit(0),
        "@x ready\n@nx 1\n\n@nx\n",
        "",
    ),
    (
        "background",
        "sleep 60 >/dev/null 2>&1 & echo $!>pid; echo on",
        Ended::Exit(0),
        "on\n",
        "",
    ),
    (
        "background-holds-output",
        "sleep 60 & echo $!>pid2; echo on",
        Ended::Exit(0),
        "on\n",
        "",
    ),
    (
        "interrupt-default",
        "sh -c 'kill -INT $$; sleep 9'; exit $?",
        Ended::Exit(130),
        "",
        "",
    ),
];

#[tokio::test]
async fn jobs_mean_what_they_mean_in_a_shell_of_their_own() {
    for (shell, way) in ways() {
        let machine = way.machine(shell);
        let session = machine.session().await.expect("a session");
        for (name, script, ended, out, err) in JOBS {
            let mut given = job(&format!("{name}-{way:?}"), script);
            given.more = way.more();
            let (result, printed) = run(&session, &given).await;
            assert_eq!(
                result.as_ref().ok(),
                Some(ended),
                "{shell:?} {way:?} {name}: {result:?} {printed:?}"
            );
            let (printed_out, printed_err) = printed.text();
            assert_eq!(printed_out, *out, "{shell:?} {way:?} {name}");
            match *err {
                "*" => assert!(!printed_err.is_empty(), "{shell:?} {way:?} {name}"),
                err => assert_eq!(printed_err, err, "{shell:?} {way:?} {name}"),
            }
        }
        for file in ["pid", "pid2"] {
            let process = std::fs::read_to_string(machine.home.path().join(file)).expect("a pid");
            assert!(
                alive(process.trim().parse().expect("a number")),
                "services stay"
            );
            let _ = std::process::Command::new("kill")
                .arg(process.trim())
                .status();
        }
        // What takes long here is looked at by others as well.
        let first = machine.started()[0];
        assert!(alive(first), "{shell:?} {way:?}: one shell did it all");
    }
}

#[tokio::test]
async fn arguments_variables_and_folders_arrive_exactly() {
    for shell in shells() {
        let machine = Machine::new(shell);
        let session = machine.session().await.expect("a session");
        std::fs::create_dir(machine.home.path().join("-a b'c")).expect("a folder");
        let odd = [
            "", " ", "a b", "it's", "$HOME", "`x`", "*", "\\", "\n", "é\u{81}", "--", "!",
        ];
        let mut given = job("argv", "");
        given.program = Program::Argv(
            [
                "sh",
                "-c",
                r#"for a; do printf '[%s]' "$a"; done; printf '<%s>' "$V"; pwd"#,
                "sh",
            ]
            .into_iter()
            .chain(odd)
            .map(str::to_owned)
            .collect(),
        );
        given.env.insert("V".to_owned(), odd.concat());
        given.cwd = Some("-a b'c".to_owned());
        let (ended, printed) = run(&session, &given).await;
        assert_eq!(ended, Ok(Ended::Exit(0)), "{printed:?}");
        let folder = machine.home.path().join("-a b'c");
        let folder = folder.canonicalize().expect("it is there");
        let expected = odd
            .iter()
            .map(|word| format!("[{word}]"))
            .collect::<String>()
            + &format!("<{}>{}\n", odd.concat(), folder.display());
        assert_eq!(printed.text().0, expected, "{shell:?}");
    }
}

#[tokio::test]
async fn a_folder_that_is_not_there_and_a_name_that_is_none_are_told() {
    let machine = Machine::new(shells()[0]);
    let session = machine.session().await.expect("a session");
    let mut nowhere = job("nowhere", "echo no");
    nowhere.cwd = Some("no/such".to_owned());
    let (ended, printed) = run(&session, &nowhere).await;
    assert!(matches!(ended, Ok(Ended::Exit(1 | 2))), "{ended:?}");
    assert!(
        printed.out.is_empty() && printed.text().1.contains("no/such"),
        "{printed:?}"
    );
    for name in ["", "1a", "a-b", "a=b", "UID", "IFS", "é"] {
        let mut wrong = job("wrong", "echo no");
        wrong.env.insert(name.to_owned(), String::new());
        let failure = run(&session, &wrong).await.0.expect_err("it cannot be set");
        assert_eq!(failure.code, "NX0837");
    }
}

#[tokio::test]
async fn input_arrives_whole_and_need_not_be_read() {
    for (shell, way) in ways() {
        let machine = way.machine(shell);
        let session = machine.session().await.expect("a session");
        let bytes: Vec<u8> = (0..3_000_000u32).map(|i| (i * 7 + i / 251) as u8).collect();
        let mut reads = job(&format!("reads-{way:?}"), "cat");
        reads.more = way.more();
        reads.stdin = Stdin::Bytes(bytes.clone());
        let (ended, printed) = run(&session, &reads).await;
        assert_eq!(ended, Ok(Ended::Exit(0)));
        assert!(
            printed.out == bytes,
            "{shell:?} {way:?}: {} bytes",
            printed.out.len()
        );
        let mut ignores = job(&format!("ignores-{way:?}"), "head -c 3; echo; exit 9");
        ignores.more = way.more();
        ignores.stdin = Stdin::Bytes(b"abc\nkill $$\n".to_vec());
        let (ended, printed) = run(&session, &ignores).await;
        assert_eq!(
            (ended, printed.text().0),
            (Ok(Ended::Exit(9)), "abc\n".to_owned())
        );
    }
}

#[tokio::test]
async fn output_of_any_size_and_kind_arrives_exactly() {
    for (shell, way) in ways() {
        let machine = way.machine(shell);
        let session = machine.session().await.expect("a session");
        // The sizes around which something changes: what comes with the result, and what is fetched.
        for size in [
            1,
            4096,
            65535,
            65536,
            65537,
            131072,
            1 << 20,
            (1 << 20) + 65536,
            3_000_001,
        ] {
            let script = format!(
                "head -c {size} /dev/urandom | tee copy; head -c {} copy >&2",
                size / 2
            );
            let mut given = job(&format!("size-{size}-{way:?}"), &script);
            given.more = way.more();
            let (ended, printed) = run(&session, &given).await;
            assert_eq!(ended, Ok(Ended::Exit(0)));
            let copy = std::fs::read(machine.home.path().join("copy")).expect("a copy");
            assert!(
                printed.out == copy,
                "{shell:?} {way:?} {size}: {}",
                printed.out.len()
            );
            assert!(
                printed.err == copy[..size / 2],
                "{shell:?} {way:?} {size}: {}",
                printed.err.len()
            );
        }
    }
}

#[tokio::test]
async fn scripts_of_any_length_run() {
    for (shell, way) in ways() {
        let machine = way.machine(shell);
        let session = machine.session().await.expect("a session");
        for length in [2040, 2048, 2049, 5000, 70_000, 1_000_000] {
            let filler = "# a comment to fill the script\n".repeat(length / 31);
            let script = format!("{filler}printf '%s' end");
            let mut given = job(&format!("length-{length}-{way:?}"), &script);
            given.more = way.more();
            let (ended, printed) = run(&session, &given).await;
            assert_eq!(ended, Ok(Ended::Exit(0)), "{shell:?} {way:?} {length}");
            assert_eq!(printed.text().0, "end");
        }
    }
}

#[tokio::test]
async fn what_login_scripts_print_is_no_output() {
    let noise = "printf 'welcome\\n@nx ready\\n\\n@'; echo oops >&2; ";
    let machine = Machine::noisy(shells()[0], noise);
    let session = machine.session().await.expect("a session");
    let (ended, printed) = run(&session, &job("quiet", "echo x; echo y >&2")).await;
    assert_eq!(ended, Ok(Ended::Exit(0)));
    assert_eq!(printed.text(), ("x\n".to_owned(), "y\n".to_owned()));
}

#[tokio::test]
async fn what_a_long_job_prints_is_seen_while_it_runs() {
    let machine = Machine::new(shells()[0]);
    let session = machine.session().await.expect("a session");
    let script = "echo begun; until [ -e go ]; do sleep 0.1; done; echo over; echo err >&2";
    let long = job("long", script);
    let kept = Kept::default();
    let stop = Stop::never();
    let running = session.run(&long, &kept, &stop);
    let watching = async {
        eventually("the first line", || kept.take().out == b"begun\n").await;
        std::fs::write(machine.home.path().join("go"), "").expect("it can go on");
    };
    let (ended, ()) = tokio::join!(running, watching);
    assert_eq!(ended, Ok(Ended::Exit(0)));
    assert_eq!(
        kept.take().text(),
        ("begun\nover\n".to_owned(), "err\n".to_owned())
    );
}

#[tokio::test]
async fn jobs_run_side_by_side_and_runners_are_used_again() {
    let machine = Machine::new(shells()[0]);
    let session = machine.session().await.expect("a session");
    let jobs: Vec<Job> = (0..30)
        .map(|i| job(&format!("p{i}"), &format!("echo {i}")))
        .collect();
    let all = jobs.iter().map(|job| run(&session, job));
    for (i, (ended, printed)) in futures_all(all).await.into_iter().enumerate() {
        assert_eq!(ended, Ok(Ended::Exit(0)));
        assert_eq!(printed.text().0, format!("{i}\n"));
    }
    assert!(machine.started().len() <= super::super::crew::PLACES);
    session.close().await;
    let started = machine.started();
    eventually("all runners end", || !started.iter().any(|id| alive(*id))).await;
}

/// Drives all of them at the same time.
async fn futures_all<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut all: Vec<_> = all
        .map(|one| Box::pin(tokio::task::unconstrained(one)))
        .collect();
    let mut done: Vec<Option<T>> = all.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (one, done) in all.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(result) = one.as_mut().poll(context)
            {
                *done = Some(result);
            }
        }
        match done.iter().all(Option::is_some) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[test]
fn every_text_survives_quoting() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    for shell in shells() {
        let machine = Machine::new(shell);
        let session = runtime.block_on(machine.session()).expect("a session");
        let count = std::cell::Cell::new(0);
        let mut runner = TestRunner::new(Config::with_cases(40));
        runner
            .run(&"[^\0]{0,60}", |text| {
                count.set(count.get() + 1);
                let mut given = job(&format!("t{}", count.get()), "");
                given.program = Program::Argv(vec![
                    "printf".into(),
                    "%s|%s".into(),
                    text.clone(),
                    "x".into(),
                ]);
                let (ended, printed) = runtime.block_on(run(&session, &given));
                prop_assert_eq!(ended, Ok(Ended::Exit(0)));
                prop_assert_eq!(printed.text().0, format!("{text}|x"));
                Ok(())
            })
            .expect("it is exact");
    }
}
