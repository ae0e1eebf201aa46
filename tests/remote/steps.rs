//! What a step can do on a host.

use crate::fleet::Fleet;
use nexus_farm::User;

#[test]
fn options_of_steps_are_about_the_host() {
    for fleet in Fleet::all(
        1,
        r#"tasks.all = {
            on = hosts.all;
            env = { GREETING = "it's \"me\""; };
            cwd = "DIR";
            run = [
                "pwd > where; printf '%s' \"$GREETING\" > greeting"
                { cmd = "touch made"; creates = "where"; }
                { cmd = "touch made"; unless = "test -e where"; name = "make it"; }
                { cmd = "n=$(cat tries 2>/dev/null || echo 0); echo $((n+1)) > tries; test $n = 2"; retries = 3; retry_delay = 1ms; }
                { cmd = "cat > given"; stdin = "line\n"; }
                { cmd = [ "printf" "%s|" "a b" "$HOME" "'" ]; name = "argv"; }
                { cmd = "test -t 1 && touch terminal"; pty = true; }
                { cmd = "exit 9"; continue_on_error = true; }
                "touch last"
            ];
        };"#,
    ) {
        let ran = fleet.project.ok(&["run", "all"]);
        assert_eq!(
            fleet.read("where").trim(),
            fleet.folder.path().to_str().unwrap()
        );
        assert_eq!(fleet.read("greeting"), "it's \"me\"");
        assert_eq!(fleet.read("tries").trim(), "3");
        assert_eq!(fleet.read("given"), "line\n");
        assert!(!fleet.path("made").exists() && fleet.path("terminal").exists());
        assert!(fleet.path("last").exists());
        for text in [
            "skipped: `where` exists",
            "make it  skipped: nothing to do",
            "exit 1 after",
            "127.0.0.1  a b|$HOME|'|",
        ] {
            assert!(ran.stdout.contains(text), "{text}\n{ran}");
        }
    }
}

#[test]
fn a_task_is_a_function_of_its_host() {
    let fleet = Fleet::new(
        2,
        r#"hosts.more = [ { name = "three"; address = "127.0.0.3"; vars = { role = "db"; }; tags = [ "t" ]; } ];
        tasks.each = {
            on = [ hosts.all hosts.more ];
            run = { host, ... }: "echo ${host.name} ${host.address} ${host.vars.role or "web"} ${std.string.join "," host.tags} >> DIR/${host.name}";
        };"#,
    );
    fleet.project.ok(&["run", "each"]);
    assert_eq!(fleet.read("127.0.0.2"), "127.0.0.2 127.0.0.2 web\n");
    assert_eq!(fleet.read("three"), "three 127.0.0.3 db t\n");
}

#[test]
fn waiting_ends_when_it_is_there_and_fails_when_it_never_is() {
    for fleet in Fleet::all(
        1,
        r#"tasks = {
            port = { on = hosts.all; run = [ { wait_for = PORT; timeout = 10s; } ]; };
            file = { on = hosts.all; run = [ "(sleep 0.3; touch DIR/there) >/dev/null 2>&1 &" { wait_for = "test -e DIR/there"; interval = 50ms; timeout = 30s; } ]; };
            never = { on = hosts.all; run = { wait_for = "echo not yet; false"; interval = 50ms; timeout = 300ms; }; };
            http = { on = hosts.all; run = { wait_for = "http://127.0.0.1:1/"; interval = 50ms; timeout = 300ms; }; };
            here = { run = { wait_for = "echo not here; false"; interval = 50ms; timeout = 300ms; }; };
        };"#,
    ) {
        let text = fleet.project.read("nexus.nx");
        let port = fleet.server.port().to_string();
        fleet.project.edit("nexus.nx", &text.replace("PORT", &port));
        fleet.project.ok(&["run", "port", "file"]);
        for (task, said) in [
            ("never", "not yet"),
            ("http", "127.0.0.1"),
            ("here", "not here"),
        ] {
            let ran = fleet.project.nexus(&["run", task]);
            assert_eq!(ran.code, Some(4), "{ran}");
            assert_eq!(ran.text().matches(said).count().min(1), 1, "{ran}");
            assert!(ran.text().contains("NX0502"), "{ran}");
        }
    }
}

#[test]
fn steps_run_as_other_users() {
    if !nexus_farm::Ground::get().users_or_skip() {
        return;
    }
    for fleet in Fleet::all_of(
        User::Sudo,
        2,
        r#"tasks.who = { on = hosts.all; run = [ "id -un" { cmd = "id -un"; sudo = true; } { cmd = "id -un"; user = "nobody"; } ]; };"#,
    ) {
        let ran = fleet.project.ok(&["run", "who"]);
        for user in ["root", "nobody", User::Sudo.name()] {
            assert_eq!(
                ran.stdout.matches(&format!("127.0.0.2  {user}\n")).count(),
                1,
                "{ran}"
            );
        }
    }
}

#[test]
fn sudo_that_wants_a_password_nobody_gives_is_told_and_does_not_hang() {
    if !nexus_farm::Ground::get().users_or_skip() {
        return;
    }
    for fleet in Fleet::all_of(
        User::SudoPassword,
        1,
        r#"tasks.who = { on = hosts.all; run = { cmd = "id -un"; sudo = true; }; };"#,
    ) {
        let ran = fleet.project.nexus(&["run", "who"]);
        assert!(ran.code != Some(0) && ran.text().contains("sudo"), "{ran}");
    }
}
