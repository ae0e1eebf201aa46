//! What tasks print: much, binary, without an end.

use crate::finish;
use crate::support::Project;
use std::io::Read as _;
use std::process::Child;

/// The most memory that nexus and its guard have held at once, in MiB, up to their end. What they print
/// is read and thrown away; the number of bytes is given as well.
fn watched(mut child: Child) -> (u64, u64, Option<i32>) {
    let mut stdout = child.stdout.take().expect("standard output");
    let reader = std::thread::spawn(move || {
        let (mut buffer, mut read) = (vec![0; 1 << 16], 0u64);
        while let Ok(count @ 1..) = stdout.read(&mut buffer) {
            read += count as u64;
        }
        read
    });
    let peak_of = |pid: u32| -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|text| text.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        kib.unwrap_or(0)
    };
    let (nexus, mut peak, mut guard_peak) = (child.id(), 0, 0);
    let code = loop {
        peak = peak.max(peak_of(nexus));
        let children = std::fs::read_to_string(format!("/proc/{nexus}/task/{nexus}/children"));
        for pid in children.unwrap_or_default().split_ascii_whitespace() {
            guard_peak = guard_peak.max(pid.parse().map_or(0, peak_of));
        }
        if let Some(status) = child.try_wait().expect("its state") {
            break status.code();
        }
        std::thread::park_timeout(std::time::Duration::from_millis(5));
    };
    let read = reader.join().expect("read");
    ((peak + guard_peak) / 1024, read, code)
}

/// A gigabyte in one line without an end, of a task whose output is kept for later and is not shown, and
/// long lines that are shown.
#[test]
fn a_gigabyte_of_output_takes_little_memory() {
    let project = Project::new(
        r#"
tasks = {
  endless = { outputs = [ "out" ]; run = "head -c 1000000000 /dev/zero | tr '\\0' y; touch out"; };
  lines   = { deps = [ tasks.endless ]; run = "l=$(head -c 16384 /dev/zero | tr '\\0' x); yes $l | head -c 100000000"; };
};
"#,
    );
    let (peak, read, code) = watched(project.start(&["run", "lines"]));
    assert_eq!(code, Some(0));
    assert!(peak > 0, "it was measured");
    assert!(peak < 200, "it took {peak} MiB");
    assert!(read >= 100_000_000, "only {read} bytes were shown");
}

#[test]
fn binary_output_and_output_without_a_newline_are_shown_and_replayed() {
    let project = Project::new(
        r#"
tasks = {
  bytes = { outputs = [ "out" ]; run = "printf 'a\\0b\\377\\376 \\033[31mred\\033[0m\\n\\tlast'; printf 'err' >&2; touch out"; };
  after = { deps = [ tasks.bytes ]; run = "printf begin; printf ' end'"; };
};
"#,
    );
    let first = project.ok(&["-v", "run", "bytes"]);
    for text in ["a", "b\u{fffd}\u{fffd}", "red", "last", "err"] {
        assert!(first.stdout.contains(text), "{text}: {first}");
    }
    assert!(
        !first.stdout.contains(['\0', '\u{1b}', '\r']),
        "the terminal is safe: {first}"
    );
    project.remove("out");
    let again = project.ok(&["-v", "run", "bytes"]);
    assert!(again.stdout.contains("last"), "it is replayed: {again}");
    let ran = project.ok(&["run", "after"]);
    assert!(ran.stdout.contains("begin end"), "{ran}");
    let json = project.ok(&["--format", "json", "run", "bytes", "--force"]);
    let lines = json.events("output");
    assert!(lines.iter().any(|line| line["text"] == "\tlast"), "{json}");
}

#[test]
fn a_step_that_closes_its_input_and_output_early_is_waited_for() {
    let project = Project::new(
        r#"
tasks = {
  closed = { outputs = [ "out" ]; run = [ "exec <&- >&- 2>&-; touch started; while [ ! -e go ]; do :; done; echo done > out" ]; };
  after  = { deps = [ tasks.closed ]; run = "cat; echo read to the end"; };
};
"#,
    );
    let child = project.start(&["run", "after"]);
    crate::support::wait_until("it has started", || project.exists("started"));
    assert!(!project.exists("out"));
    project.edit("go", "");
    let ran = finish(child);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(project.read("out"), "done\n");
    assert!(
        ran.stdout.contains("read to the end"),
        "standard input is empty: {ran}"
    );
    assert!(!ran.stderr.contains("warning"), "{ran}");
}
