//! What a runner is asked, each a line of shell. Names of jobs (`RUN/STEP`) are plain words.

use std::time::Duration;

/// Scripts up to this length are read by the shell itself, byte by byte; for longer ones it pays to
/// start `cat`.
const SMALL: usize = 2048;

/// Runs a job. `limit` holds on the host even when nobody waits any more; `input` is the length of its
/// standard input, which is sent when the runner asks for it. With `more` the runner makes ready for
/// another job as soon as this one has ended.
pub(crate) fn run(
    job: &str,
    limit: Option<Duration>,
    grace: Duration,
    input: Option<usize>,
    script: &str,
    more: bool,
) -> String {
    let limit = limit.map_or(0, seconds);
    let grace = seconds(grace);
    let input = input.map_or_else(|| "-".to_owned(), |length| length.to_string());
    let more = u8::from(more);
    if script.len() > SMALL {
        let body = format!("{script}\n@{job}\n");
        let bytes = body.len();
        return format!("nx_run {job} {limit} {grace} {input} 0 {bytes} {more}\n{body}");
    }
    let lines = script.matches('\n').count() + 1;
    format!("nx_run {job} {limit} {grace} {input} {lines} 0 {more}\n{script}\n")
}

/// Asks for the state of a job and for what it printed behind these positions.
pub(crate) fn poll(job: &str, most: usize, behind: [u64; 2]) -> String {
    format!("nx_poll {job} {most} {} {}\n", behind[0] + 1, behind[1] + 1)
}

/// Sends a signal to everything a job started, and asks what is there.
pub(crate) fn stop(job: &str, signal: &str, reason: Option<&str>) -> String {
    format!("nx_stop {job} {signal} {}\n", reason.unwrap_or("-"))
}

/// Asks which processes a job has.
pub(crate) fn left(job: &str) -> String {
    stop(job, "0", None)
}

/// Removes what is kept of a run.
pub(crate) fn forget(run: &str) -> String {
    format!("nx_forget {run}\n")
}

/// Whole seconds, at least one: shells count in nothing smaller.
pub(super) fn seconds(duration: Duration) -> u64 {
    duration
        .as_secs()
        .saturating_add(u64::from(duration.subsec_nanos() > 0))
        .clamp(1, u64::from(u32::MAX))
}
