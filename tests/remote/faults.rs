//! Hosts and networks that fail: what is said, how the run ends, what is left.

use crate::fleet::{Fleet, outcomes, settings};
use crate::support::{Project, Ran, wait_until};
use nexus_farm::{Ground, Proxy, Server, Sshd, Toxins, User};
use nix::sys::signal::Signal;
use std::io::Read;

#[test]
fn half_of_the_hosts_are_dead() {
    for fleet in Fleet::all(
        3,
        r#"hosts.dead = map (n: "127.0.0.${n}:1") [ 11 12 13 ];
        tasks.up = { on = [ hosts.all hosts.dead ]; run = host: "echo ${host.name} >> DIR/done"; };"#,
    ) {
        let ran = fleet.project.nexus(&["run", "up"]);
        assert_eq!(ran.code, Some(3), "{ran}");
        assert_eq!(fleet.read("done").lines().count(), 3);
        for text in ["3 ok, 3 unreachable of 6 hosts", "refused", "127.0.0.11:1"] {
            assert!(ran.text().contains(text), "{text}\n{ran}");
        }
        let ran = fleet.project.nexus(&["--format", "json", "run", "up"]);
        let kinds: Vec<String> = outcomes(&ran);
        assert_eq!(
            kinds.iter().filter(|k| k.ends_with("unreachable")).count(),
            3,
            "{kinds:?}"
        );
    }
}

#[test]
fn a_changed_key_is_refused_with_both_fingerprints() {
    let fleet = Fleet::new(1, r#"tasks.up = { on = hosts.all; run = "true"; };"#);
    fleet.project.ok(&["run", "up"]);
    let Fleet {
        server, project, ..
    } = fleet;
    let port = server.stop();
    let _other = Sshd::new()
        .everywhere()
        .port(port)
        .host_keys(&["host_ed25519_b"])
        .start();
    let ran = project.nexus(&["run", "up"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(ran.text().matches("SHA256:").count() >= 2, "{ran}");
    assert!(ran.text().contains("known_hosts"), "{ran}");
    let ran = project.nexus(&["hosts", "verify"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stdout.contains("1 refused"), "{ran}");
}

#[test]
fn nobody_is_let_in_with_a_wrong_key() {
    let server = Sshd::new().everywhere().start();
    let ground = Ground::get();
    let right = ground.key("id_ed25519").display().to_string();
    let wrong = ground.key("id_other").display().to_string();
    let text = settings(&server, User::Plain).replace(&right, &wrong);
    let project = Project::new(&format!(
        "{text} hosts.all = [ \"127.0.0.1\" ]; tasks.up = {{ on = hosts.all; run = \"true\"; }};"
    ));
    let mut command = project.command(&["run", "up"]);
    command
        .env_remove("SSH_AUTH_SOCK")
        .env("HOME", project.root());
    let ran = Ran::from(command.output().expect("nexus starts"));
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(ran.text().contains("id_other"), "{ran}");
}

#[test]
fn a_command_that_takes_too_long_is_ended_there() {
    for fleet in Fleet::all(
        2,
        r#"tasks.long = { on = hosts.all; run = { cmd = "echo $$ >> DIR/pids; sleep 600 & echo $! >> DIR/pids; wait"; timeout = 500ms; }; };"#,
    ) {
        let ran = fleet.project.nexus(&["run", "long"]);
        assert_eq!(ran.code, Some(4), "{ran}");
        assert!(ran.text().contains("NX0502"), "{ran}");
        let pids: Vec<i32> = fleet
            .read("pids")
            .lines()
            .map(|l| l.parse().unwrap())
            .collect();
        assert_eq!(pids.len(), 4);
        wait_until("nothing is left", || {
            pids.iter().all(|pid| !crate::support::alive(*pid))
        });
    }
}

#[test]
fn an_interrupted_run_leaves_nothing_behind_on_hosts() {
    for fleet in Fleet::all(
        2,
        r#"tasks.long = { on = hosts.all; run = host: "echo $$ > DIR/${host.name}; sleep 600"; };"#,
    ) {
        let mut child = fleet.project.start(&["run", "long"]);
        wait_until("both run", || {
            ["127.0.0.1", "127.0.0.2"]
                .iter()
                .all(|n| fleet.read(n).ends_with('\n'))
        });
        crate::support::signal(child.id(), Signal::SIGINT);
        let code = child.wait().expect("it ends").code();
        assert_eq!(code, Some(130));
        let pid = |n: &str| fleet.read(n).trim().parse::<i32>().unwrap();
        let pids = [pid("127.0.0.1"), pid("127.0.0.2")];
        wait_until("nothing is left", || {
            pids.iter().all(|p| !crate::support::alive(*p))
        });
    }
}

/// A project with one host behind a proxy.
fn behind(proxy: &Proxy, server: &Server, text: &str) -> Project {
    let settings = settings(server, User::Plain).replace(
        &format!("port = {}", server.port()),
        &format!("port = {}", proxy.port()),
    );
    Project::new(&format!(
        "{settings} hosts.all = [ \"127.0.0.1\" ];\n{text}"
    ))
}

#[test]
fn a_connection_that_is_reset_costs_no_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(folder.path(), mode).expect("everybody may write");
    let server = Sshd::new().everywhere().start();
    let proxy = Proxy::start(server.port(), Toxins::default());
    let dir = folder.path().display().to_string();
    let text = r#"tasks.long = { on = hosts.all; run = "echo once >> DIR/begun; until test -e DIR/go; do sleep 0.05; done; echo finished"; };"#;
    let project = behind(&proxy, &server, &text.replace("DIR", &dir));
    let child = project.start(&["run", "long"]);
    wait_until("it runs", || folder.path().join("begun").exists());
    proxy.reset();
    std::fs::write(folder.path().join("go"), "").expect("written");
    let ran = Ran::from(child.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.contains("finished"), "{ran}");
    let begun = std::fs::read_to_string(folder.path().join("begun")).unwrap();
    assert_eq!(begun, "once\n");
}

#[test]
fn much_output_needs_little_memory_and_bytes_of_any_kind_do_no_harm() {
    let fleet = Fleet::new(
        2,
        r#"tasks.much = { on = hosts.all; run = "head -c 100000000 /dev/zero | tr '\\0' x | fold -w 100; head -c 1000 /dev/urandom; echo; echo the end"; };"#,
    );
    let mut child = fleet.project.start(&["run", "much"]);
    let pid = child.id();
    let mut stdout = child.stdout.take().expect("a pipe");
    let reader = std::thread::spawn(move || {
        let (mut total, mut last, mut buffer) = (0u64, Vec::new(), vec![0; 1 << 16]);
        while let n @ 1.. = stdout.read(&mut buffer).expect("it can be read") {
            total += n as u64;
            last.extend_from_slice(&buffer[..n]);
            let keep = last.len().min(4096);
            last.drain(..last.len() - keep);
        }
        (total, String::from_utf8_lossy(&last).into_owned())
    });
    let mut most = 0;
    while child.try_wait().expect("it can be asked").is_none() {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<u64>().ok());
        most = most.max(kib.unwrap_or(0));
        std::thread::park_timeout(std::time::Duration::from_millis(10));
    }
    let (total, last) = reader.join().expect("it reads");
    assert!(child.wait().unwrap().success(), "{last}");
    assert!(last.contains("the end"), "{total}: {last}");
    assert!(total > 200_000_000, "{total}: {last}");
    assert!(most < 120_000, "{most} KiB");
}
