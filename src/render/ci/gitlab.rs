//! Sections of GitLab's job logs: <https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections>

/// A task with what it printed: folded, or open. `times` are its start and end in microseconds.
pub(super) fn block(
    head: &str,
    task: &str,
    body: &str,
    open: bool,
    times: (u64, u64),
    out: &mut String,
) {
    if body.is_empty() {
        *out += &format!("{head}\n");
        return;
    }
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = format!("nexus_{task}").chars().map(plain).collect();
    let fold = if open { "" } else { "[collapsed=true]" };
    let (start, end) = (times.0 / 1_000_000, times.1 / 1_000_000);
    *out += &format!("\x1b[0Ksection_start:{start}:{name}{fold}\r\x1b[0K{head}\n");
    *out += body;
    *out += &format!("\x1b[0Ksection_end:{end}:{name}\r\x1b[0K\n");
}
