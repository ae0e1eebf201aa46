//! `nexus exec` and `nexus hosts`.

use crate::fleet::{Fleet, outcomes, settings};
use crate::support::{Project, Ran};
use nexus_farm::{Ground, Sshd, User};

#[test]
fn one_command_on_all_hosts() {
    for fleet in Fleet::all(3, "") {
        let ran = fleet
            .project
            .ok(&["exec", "all", "--", "echo hello | tr a-z A-Z"]);
        for n in 1..=3 {
            assert!(
                ran.stdout.contains(&format!("127.0.0.{n}: HELLO\n"))
                    || ran.stdout.contains(&format!("127.0.0.{n} | HELLO\n"))
                    || ran.stdout.contains(&format!("127.0.0.{n} │ HELLO\n")),
                "{ran}"
            );
        }
        assert!(ran.stdout.contains("3 hosts"), "{ran}");
        let ran = fleet
            .project
            .ok(&["exec", "127.0.0.2", "--", "printf", "%s\\n", "a  b"]);
        assert!(
            ran.stdout.contains("a  b\n") && !ran.stdout.contains("127.0.0.1"),
            "{ran}"
        );
    }
}

#[test]
fn equal_outputs_are_shown_once() {
    for fleet in Fleet::all(5, "") {
        let command = "case $(echo $SSH_CONNECTION | cut -d' ' -f3) in 127.0.0.3) echo other; exit 3;; *) echo same;; esac";
        let ran = fleet
            .project
            .nexus(&["exec", "--group", "all", "--", command]);
        assert_eq!(ran.code, Some(1), "{ran}");
        assert_eq!(ran.stdout.matches("same").count(), 1, "{ran}");
        assert!(
            ran.stdout
                .contains("127.0.0.1, 127.0.0.2, 127.0.0.4, 127.0.0.5 (4 hosts)")
                || ran.stdout.contains("(4 hosts)"),
            "{ran}"
        );
        assert!(ran.stdout.contains("127.0.0.3  exit 3"), "{ran}");
        assert!(ran.stdout.contains("4 ok, 1 failed"), "{ran}");
    }
}

#[test]
fn exec_ends_as_its_hosts_do() {
    let fleet = Fleet::new(2, "hosts.dead = [ \"127.0.0.9:1\" ];");
    for (args, code) in [
        (&["exec", "all", "--", "exit 5"][..], 1),
        (&["exec", "all", "dead", "--", "true"], 3),
        (&["exec", "all", "--timeout", "0.3", "--", "sleep 60"], 4),
        (&["exec", "nobody-knows", "--", "true"], 2),
    ] {
        let ran = fleet.project.nexus(args);
        assert_eq!(ran.code, Some(code), "{args:?}\n{ran}");
    }
    let ran = fleet
        .project
        .nexus(&["exec", "--json", "all", "dead", "--", "true"]);
    let expected = [
        "127.0.0.1 succeeded",
        "127.0.0.2 succeeded",
        "127.0.0.9:1 unreachable",
    ];
    assert_eq!(outcomes(&ran), expected);
}

#[test]
fn hosts_are_listed_with_their_groups() {
    let project = Project::new(
        r#"config.ssh.user = "deploy";
        hosts.web = [ "web-1" { name = "w2"; address = "10.0.0.2"; tags = [ "new" ]; } ];
        hosts.all = [ hosts.web "root@db:2222" ];"#,
    );
    let ran = project.ok(&["hosts"]);
    for text in [
        "web  2 hosts",
        "all  3 hosts",
        "deploy@10.0.0.2",
        "tag:new",
        "root@db:2222",
    ] {
        assert!(ran.stdout.contains(text), "{text}\n{ran}");
    }
    let ran = project.ok(&["--format", "json", "hosts", "list"]);
    let hosts: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(hosts.as_array().map(Vec::len), Some(3), "{ran}");
}

#[test]
fn keys_are_scanned_added_and_verified() {
    let server = Sshd::new().everywhere().start();
    let text = settings(&server, User::Plain)
        .replace("accept_new", "strict")
        .replace("known_hosts = \".nexus/known_hosts\"; ", "");
    let project = Project::new(&format!(
        "{text} hosts.all = [ \"127.0.0.1\" \"127.0.0.2\" ]; tasks.up = {{ on = hosts.all; run = \"true\"; }};"
    ));
    let alone = |args: &[&str]| {
        let mut command = project.command(args);
        command.env("HOME", project.root());
        Ran::from(command.output().expect("nexus starts"))
    };
    let ran = alone(&["run", "up"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(ran.text().contains("nexus hosts scan"), "{ran}");
    assert_eq!(alone(&["hosts", "verify"]).code, Some(1));
    let ran = alone(&["hosts", "scan"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let key = Ground::get().public_key("host_ed25519");
    assert!(
        ran.stdout.contains("ssh-ed25519 SHA256:") && !key.is_empty(),
        "{ran}"
    );
    assert!(!project.exists(".nexus/known_hosts"));
    let ran = alone(&["hosts", "scan", "--add"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(
        project
            .read(".nexus/known_hosts")
            .contains(key.split(' ').nth(1).unwrap()),
        "{ran}"
    );
    assert_eq!(alone(&["hosts", "verify"]).code, Some(0));
    let ran = alone(&["run", "up"]);
    assert_eq!(ran.code, Some(0), "{ran}");
}

/// Fault 31: what commands print cannot reach the terminal: neither bytes that are no text, nor what moves
/// a cursor or sets a title, nor lines without an end.
#[test]
fn what_commands_print_is_shown_safely() {
    for fleet in Fleet::all(2, "") {
        let line = "printf 'a\\0b\\001c\\377d\\n'; printf '\\033[2J\\033]0;title\\007\\033[31mred\\033[0m\\n'; \
                    printf 'one\\rtwo\\n'; head -c 1000000 /dev/zero | tr '\\0' x; echo; echo the end";
        for args in [
            &["exec", "all", "--", line][..],
            &["exec", "--group", "all", "--", line],
        ] {
            let mut command = fleet.project.command(args);
            let output = command.output().expect("nexus starts");
            assert!(output.status.success(), "{:?}", Ran::from(output));
            let odd = |byte: &&u8| byte.is_ascii_control() && **byte != b'\n';
            let found: Vec<&u8> = output.stdout.iter().filter(odd).take(10).collect();
            assert!(found.is_empty(), "{found:?}");
            let text = String::from_utf8(output.stdout).expect("text");
            for part in ["red", "two", "the end"] {
                assert!(text.contains(part), "{part}");
            }
            assert!(!text.contains("title") && text.contains("xxxxxxxxxx"));
        }
        // For programs it is kept as it is, as far as JSON can say it.
        let ran = fleet
            .project
            .ok(&["exec", "--json", "127.0.0.1", "--", line]);
        let texts = ran.events("output");
        let one = texts.iter().any(|e| {
            e["text"]
                .as_str()
                .is_some_and(|t| t.contains("\u{1b}[31mred"))
        });
        assert!(one, "{:.2000}", ran.stdout);
        let length = texts
            .iter()
            .filter_map(|e| e["text"].as_str())
            .map(str::len)
            .max();
        assert!(length >= Some(1_000_000) || texts.len() > 5, "{length:?}");
    }
}
