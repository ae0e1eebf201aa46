//! Networks that fail for ever, or for a while: what is said, how the run ends, and that it ends.

use crate::fleet::{Fleet, outcomes, settings};
use crate::support::{Project, Ran, wait_until};
use nexus_farm::{Ground, Proxy, Sshd, Toxins, User};

/// A project whose host is behind a proxy. Signs of life are asked for every second.
fn behind(proxy: &Proxy, text: &str) -> (Project, tempfile::TempDir) {
    let ground = Ground::get();
    let folder = tempfile::tempdir().expect("a folder");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(folder.path(), mode).expect("everybody may write");
    let project = Project::new(&format!(
        "config.ssh = {{ user = \"{}\"; port = {}; identity = \"{}\"; config = \"ssh_config\"; \
         host_key = \"off\"; connect_timeout = 5s; connect_attempts = 1; }};\n\
         hosts.all = [ \"127.0.0.1\" ];\n{}",
        ground.user(User::Plain),
        proxy.port(),
        ground.key("id_ed25519").display(),
        text.replace("DIR", &folder.path().display().to_string())
    ))
    .write(
        "ssh_config",
        "ServerAliveInterval 1\nServerAliveCountMax 2\n",
    );
    (project, folder)
}

const LONG: &str = r#"tasks.long = { on = hosts.all; idempotent = false;
    run = "echo begun >> DIR/begun; until test -e DIR/go; do sleep 0.05; done; echo finished"; };"#;

/// A link that is cut for ever: the outcome is unknown, which is said, with how to go on; the run ends by
/// itself; and going on when the link is back gets the result.
#[test]
fn a_link_that_is_cut_for_ever_leaves_the_outcome_unknown() {
    let server = Sshd::new().everywhere().start();
    let proxy = Proxy::start(server.port(), Toxins::default());
    let (project, folder) = behind(&proxy, LONG);
    let child = project.start(&["run", "long"]);
    wait_until("it runs", || folder.path().join("begun").exists());
    proxy.cut();
    let ran = Ran::from(child.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, Some(3), "{ran}");
    for text in [
        "1 lost of 1 host",
        "the result is lost: the connection was lost while the command ran [NX0835]",
        "it goes on there",
        "`nexus resume` asks it",
    ] {
        assert!(ran.text().contains(text), "{text}\n{ran}");
    }
    // Still cut: nothing is known, nothing is lost.
    let ran = project.nexus(&["--format", "json", "resume"]);
    assert_eq!(ran.code, Some(4), "{ran}");
    assert_eq!(outcomes(&ran), ["127.0.0.1 unreachable"]);
    proxy.reset();
    proxy.heal();
    std::fs::write(folder.path().join("go"), "").expect("written");
    let ran = project.ok(&["resume"]);
    assert!(ran.stdout.contains("finished"), "{ran}");
    let begun = std::fs::read_to_string(folder.path().join("begun")).expect("it ran");
    assert_eq!(begun, "begun\n");
}

/// A link that is cut for longer than signs of life allow, and is back before we have given up.
#[test]
fn a_link_that_comes_back_costs_nothing() {
    let server = Sshd::new().everywhere().start();
    let proxy = Proxy::start(server.port(), Toxins::default());
    let (project, folder) = behind(&proxy, LONG);
    let text = project.read("nexus.nx");
    project.edit(
        "nexus.nx",
        &text.replace("connect_timeout = 5s", "connect_timeout = 60s"),
    );
    let child = project.start(&["run", "long"]);
    wait_until("it runs", || folder.path().join("begun").exists());
    let before = proxy.accepted();
    proxy.cut();
    std::fs::write(folder.path().join("go"), "").expect("written");
    // It has been given up for dead, and is connected to again.
    wait_until("somebody tries again", || proxy.accepted() > before);
    proxy.heal();
    let ran = Ran::from(child.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.contains("finished"), "{ran}");
}

/// Half of the hosts accept connections and say nothing: the others do their work, and the run ends.
#[test]
fn half_of_the_hosts_are_silent() {
    let silent: Vec<_> = (11..=13)
        .map(|n| std::net::TcpListener::bind((format!("127.0.0.{n}"), 0)).expect("a port"))
        .collect();
    let dead: Vec<String> = silent
        .iter()
        .map(|listener| format!("\"{}\"", listener.local_addr().expect("an address")))
        .collect();
    let fleet = Fleet::new(
        3,
        &format!(
            r#"hosts.dead = [ {} ]; tasks.up = {{ on = [ hosts.all hosts.dead ]; run = host: "echo ${{host.name}} >> DIR/done"; }};"#,
            dead.join(" ")
        ),
    );
    let ran = fleet.project.nexus(&["run", "up"]);
    assert_eq!(ran.code, Some(4), "{ran}");
    assert_eq!(fleet.read("done").lines().count(), 3);
    for text in [
        "3 ok, 3 unreachable of 6 hosts",
        "NX0804",
        "does not answer in time",
    ] {
        assert!(ran.text().contains(text), "{text}\n{ran}");
    }
    assert_eq!(ran.text().matches("NX0804").count(), 1, "told once: {ran}");
}

/// Fault 14: one host shows another key than before. It is refused; the others do their work.
#[test]
fn a_changed_key_of_one_host_concerns_no_other_one() {
    let server = Sshd::new().everywhere().start();
    let folder = tempfile::tempdir().expect("a folder");
    let known = folder.path().join("known");
    let ground = Ground::get();
    let line = |n: u32, key: &str| {
        format!(
            "[127.0.0.{n}]:{} {}\n",
            server.port(),
            ground.public_key(key)
        )
    };
    let text = line(1, "host_ed25519") + &line(2, "host_ed25519_b") + &line(3, "host_ed25519");
    std::fs::write(&known, text).expect("written");
    let text = settings(&server, User::Plain)
        .replace("accept_new", "strict")
        .replace(".nexus/known_hosts", &known.display().to_string());
    let project = Project::new(&format!(
        "{text} hosts.all = [ \"127.0.0.1\" \"127.0.0.2\" \"127.0.0.3\" ]; tasks.up = {{ on = hosts.all; run = \"true\"; }};"
    ));
    let ran = project.nexus(&["run", "up"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    let place = format!("{}:2", known.display());
    for text in ["2 ok, 1 unreachable of 3 hosts", "NX0809", &place] {
        assert!(ran.text().contains(text), "{text}\n{ran}");
    }
    assert!(ran.text().matches("SHA256:").count() >= 2, "{ran}");
}

/// Fault 11: an account that is locked is refused like a wrong key, once, and with what was tried.
#[test]
fn a_locked_account_is_refused_once() {
    if !Ground::get().users_or_skip() {
        return;
    }
    let account = Account::locked();
    let server = Sshd::new().everywhere().start();
    let text = settings(&server, User::Plain).replace(User::Plain.name(), &account.0);
    let project = Project::new(&format!(
        "{text} hosts.all = [ \"127.0.0.1\" ]; tasks.up = {{ on = hosts.all; run = \"true\"; }};"
    ));
    let mut command = project.command(&["run", "up"]);
    command
        .env_remove("SSH_AUTH_SOCK")
        .env("HOME", project.root());
    let ran = Ran::from(command.output().expect("nexus starts"));
    assert_eq!(ran.code, Some(3), "{ran}");
    for text in [
        "permission denied",
        "NX0812",
        "id_ed25519",
        "offers publickey",
    ] {
        assert!(ran.text().contains(text), "{text}\n{ran}");
    }
    let log = server.log();
    let refused = log.matches("not allowed because account is locked").count();
    assert_eq!(refused, 1, "no storm of attempts: {log}");
}

/// A user of this test alone.
struct Account(String);

impl Account {
    fn locked() -> Account {
        let name = format!("nxlock{}", std::process::id());
        let made = std::process::Command::new("useradd")
            .args(["-p", "!", &name])
            .status();
        assert!(made.expect("useradd runs").success());
        Account(name)
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let _ = std::process::Command::new("userdel")
            .args(["-f", &self.0])
            .output();
    }
}
