//! Questions on the terminal: asked once, readable while others report, and taken back.

use crate::fleet::{Fleet, settings};
use crate::support::terminal::Terminal;
use crate::support::{Project, wait_until};
use nexus_farm::{Ground, Sshd, User};

const WHO: &str = r#"
tasks.who = { on = hosts.all; run = [ "id -un" { cmd = "id -un"; sudo = true; } ]; };
"#;

fn started(project: &Project, args: &[&str]) -> Terminal {
    Terminal::session(
        project
            .command(args)
            .env_remove("SSH_AUTH_SOCK")
            .env("HOME", project.root()),
    )
}

/// One password for all hosts where the same user is logged in.
#[test]
fn the_password_of_sudo_is_asked_for_once() {
    if !Ground::get().users_or_skip() {
        return;
    }
    for fleet in Fleet::all_of(User::SudoPassword, 3, WHO) {
        let mut terminal = started(&fleet.project, &["run", "who"]);
        terminal.wait_for("sudo password of nxsudopw on 127.0.0.");
        assert!(!terminal.echoes());
        terminal.send(&format!("{}\n", Ground::get().password()));
        let (code, shown) = terminal.end();
        assert_eq!(code, Some(0), "{shown}");
        // A second question would have had no answer.
        assert_eq!(shown.matches("  root").count(), 3, "{shown}");
        assert!(!shown.contains(Ground::get().password()));
    }
}

/// A wrong password is no loop of questions: on each host it is tried once, and the next question says why
/// it is asked.
#[test]
fn a_wrong_password_is_told() {
    if !Ground::get().users_or_skip() {
        return;
    }
    let fleet = Fleet::of(User::SudoPassword, 1, WHO);
    let mut terminal = started(&fleet.project, &["run", "who"]);
    terminal.wait_for("sudo password").send("wrong\n");
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(3), "{shown}");
    assert!(shown.contains("NX0833"), "{shown}");
    let fleet = Fleet::of(User::SudoPassword, 2, WHO);
    let mut terminal = started(&fleet.project, &["run", "who"]);
    terminal.wait_for("sudo password").send("wrong\n");
    terminal.wait_for("does not accept the password that was given for nxsudopw");
    terminal
        .wait_for(": ")
        .send(&format!("{}\n", Ground::get().password()));
    let (_, shown) = terminal.end();
    assert!(shown.contains("1 ok, 1"), "{shown}");
}

/// What others print meanwhile goes above the question, which stays the last line.
#[test]
fn a_question_stays_readable_while_others_report() {
    if !Ground::get().users_or_skip() {
        return;
    }
    let text = r#"
    tasks.who = { on = hosts.all; run = { cmd = "touch DIR/become; id -un"; sudo = true; }; };
    tasks.chatty.run = "until test -e DIR/talk; do sleep 0.05; done; echo the quick $(echo brown) fox; until test -e DIR/end; do sleep 0.05; done";
    tasks.both.deps = [ tasks.who tasks.chatty ];
    "#;
    let fleet = Fleet::of(User::SudoPassword, 1, text);
    let mut terminal = started(&fleet.project, &["-v", "run", "both"]);
    const QUESTION: &str = "sudo password of nxsudopw on 127.0.0.1: ";
    terminal.wait_for(QUESTION);
    std::fs::write(fleet.path("talk"), "").expect("written");
    terminal.wait_for("the quick brown fox");
    // The question is put again below it, and nothing else.
    wait_until("the question is back", || {
        terminal.pump();
        let shown = terminal.shown();
        let (_, below) = shown
            .rsplit_once("the quick brown fox")
            .expect("it was shown");
        below.contains(QUESTION)
    });
    let (_, below) = terminal
        .shown()
        .rsplit_once("the quick brown fox")
        .expect("shown");
    assert_eq!(below.trim_start(), QUESTION, "{}", terminal.shown());
    std::fs::write(fleet.path("end"), "").expect("written");
    terminal.send(&format!("{}\n", Ground::get().password()));
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(0), "{shown}");
}

/// Ctrl+C while a password is asked for: the run ends, the terminal is as it was, and nothing waits for a
/// password on the host.
#[test]
fn a_question_is_taken_back_when_the_run_is_stopped() {
    if !Ground::get().users_or_skip() {
        return;
    }
    for pty in ["false", "true"] {
        let text = r#"tasks.who = { on = hosts.all; run = { cmd = "id -un"; sudo = true; pty = PTY; }; };"#;
        for fleet in Fleet::all_of(User::SudoPassword, 2, &text.replace("PTY", pty)) {
            let mut terminal = started(&fleet.project, &["run", "who"]);
            terminal.wait_for("sudo password");
            assert!(!terminal.echoes());
            terminal.send("half of it\x03");
            wait_until("the terminal is as it was", || terminal.echoes());
            let (code, shown) = terminal.end();
            assert_eq!(code, Some(130), "{shown}");
            assert!(shown.contains("2 cancelled"), "{shown}");
            wait_until("nobody is logged in", || fleet.server.sessions().is_empty());
        }
    }
}

/// An unknown key is shown, and accepted by whoever compares it.
#[test]
fn a_person_is_asked_about_a_key_that_is_not_known() {
    let server = Sshd::new().everywhere().start();
    let text = settings(&server, User::Plain).replace("accept_new", "tofu");
    let project = Project::new(&format!(
        "{text} hosts.all = [ \"127.0.0.1\" ]; tasks.up = {{ on = hosts.all; run = \"true\"; }};"
    ));
    let mut terminal = started(&project, &["run", "up"]);
    terminal
        .wait_for("SHA256:")
        .wait_for("(yes/no)")
        .send("no\n");
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(3), "{shown}");
    assert!(!project.exists(".nexus/known_hosts"));
    let mut terminal = started(&project, &["run", "up"]);
    terminal.wait_for("(yes/no)").send("yes\n");
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(0), "{shown}");
    project.ok(&["run", "up"]);
}
