//! Looking at processes.

use nix::sys::signal;
use nix::unistd::Pid;
use std::time::{Duration, Instant};

/// Waits until a condition holds.
///
/// # Panics
///
/// It does not hold within a time that is ample on a busy machine.
pub fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(
            Instant::now() < deadline,
            "this did not happen in time: {what}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether a process exists and has not ended.
pub fn is_alive(pid: i32) -> bool {
    signal::kill(Pid::from_raw(pid), None).is_ok() && state(pid).is_some_and(|state| state != "Z")
}

/// The fields of `/proc/PID/stat` behind the name.
fn stat(pid: i32) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

fn state(pid: i32) -> Option<String> {
    stat(pid)?.into_iter().next()
}

/// The parent of a process.
pub fn parent(pid: i32) -> Option<i32> {
    stat(pid)?.get(1)?.parse().ok()
}

/// The command line of a process, its arguments separated by blanks.
pub fn command_line(pid: i32) -> String {
    let bytes = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes)
        .trim_end_matches('\0')
        .replace('\0', " ")
}

/// All processes below one, without it.
pub fn descendants(root: i32) -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let all: Vec<(i32, i32)> = entries
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            Some((pid, parent(pid)?))
        })
        .collect();
    let mut found = vec![root];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        let below = all.iter().filter(|(_, above)| *above == parent);
        found.extend(below.map(|(pid, _)| *pid));
        next += 1;
    }
    found.remove(0);
    found
}
