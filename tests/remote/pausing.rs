//! Being stopped for a while (Ctrl+Z, SIGSTOP): hosts go on meanwhile, and what they did in their time
//! counts.

use crate::fleet::Fleet;
use crate::support::{Ran, signal, wait_until};
use nix::sys::signal::Signal;
use std::time::{Duration, Instant};

/// Stops a run while `during` happens and at least this long.
fn paused(child: &std::process::Child, time: Duration, during: impl FnOnce()) {
    let begin = Instant::now();
    signal(child.id(), Signal::SIGSTOP);
    during();
    // That time passes is what this is about.
    std::thread::sleep(time.saturating_sub(begin.elapsed()));
    signal(child.id(), Signal::SIGCONT);
}

/// A command that came to its end within its limit did so, whenever we hear of it.
#[test]
fn a_command_that_ends_in_time_while_we_are_stopped_is_in_time() {
    for pty in ["false", "true"] {
        let text = r#"tasks.limited = { on = hosts.all; run = {
            cmd = "touch DIR/up; until test -e DIR/go; do sleep 0.05; done; touch DIR/end; exit 0";
            timeout = 10s; pty = PTY;
        }; };"#;
        let fleet = Fleet::new(1, &text.replace("PTY", pty));
        let child = fleet.project.start(&["run", "limited"]);
        wait_until("it runs", || fleet.path("up").exists());
        paused(&child, Duration::from_secs(11), || {
            std::fs::write(fleet.path("go"), "").expect("written");
            wait_until("it has ended", || fleet.path("end").exists());
        });
        let ran = Ran::from(child.wait_with_output().expect("it ends"));
        assert_eq!(ran.code, Some(0), "pty = {pty}: {ran}");
    }
}

/// Who waits for something does not wait while stopped.
#[test]
fn the_time_of_waiting_does_not_run_while_we_are_stopped() {
    let fleet = Fleet::new(
        1,
        r#"tasks.wait = { on = hosts.all; timeout = 12s; run = [
            "touch DIR/up"
            { wait_for = "test -e DIR/there"; interval = 50ms; timeout = 10s; }
        ]; };"#,
    );
    let child = fleet.project.start(&["run", "wait"]);
    wait_until("it waits", || fleet.path("up").exists());
    paused(&child, Duration::from_secs(13), || {});
    std::fs::write(fleet.path("there"), "").expect("written");
    let ran = Ran::from(child.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, Some(0), "{ran}");
}
