//! The runner: one `/bin/sh` for each host and user that stays, and runs one job after the other so
//! that their results survive us.
//!
//! This part knows no connection. Out go lines of shell ([`prologue`], [`request`]), back come
//! [`reply`]s; the shell's half is `base.sh` and `jobs.sh`, which also say what lies in the files, what
//! most runners never need in `find.sh` and `seldom.sh`, and `watch.sh` for jobs without a runner.
//!
//! *Why a shell that stays:* a session of its own for each command costs the server a process and the
//! login shell's start-up, and one more round trip. *Why files:* a command whose output goes through
//! the connection dies half-way when the connection does, or not, as it happens to print or not.

pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod script;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;
use std::time::Duration;

/// Days after which a host forgets a run, how many runs it remembers beside those of the last day, and
/// how many it has to have for that to be looked at.
const KEPT: (u32, u32, u32) = (14, 100, 20);

static BASE: LazyLock<String> = LazyLock::new(|| bare(include_str!("base.sh")));
/// The functions that find the processes of a job and end them.
static FIND: LazyLock<String> = LazyLock::new(|| bare(include_str!("find.sh")));
static JOBS: LazyLock<String> = LazyLock::new(|| {
    let seldom = format!("{}{}", *FIND, bare(include_str!("seldom.sh")));
    // As a word: that is passed over quickly.
    format!(
        "nx_rest={}\n{}",
        quote(&seldom),
        bare(include_str!("jobs.sh"))
    )
});
static WATCH: LazyLock<String> = LazyLock::new(|| bare(include_str!("watch.sh")));

/// What a fresh `/bin/sh` is told first. It answers with `ready` or with what is missing.
pub(crate) fn prologue(word: &str, tidy: bool) -> String {
    let keep = match tidy {
        true => format!("nx_keep='{} {}'\nnx_few={}\n", KEPT.0, KEPT.1, KEPT.2),
        false => String::new(),
    };
    // The last line is all that is left to be read when it says that it is ready.
    format!("nx_n={word}\n{}{}{keep}nx_ready\n", *BASE, *JOBS)
}

/// The part of it that is needed to end the processes of a job that was begun without a runner.
pub(crate) fn base(word: &str) -> String {
    let ready = "printf '\\n@%s ready %s %s - -\\n' \"$nx_n\" \"$$\" \"$nx_b\"";
    // The shell's own messages would be mistaken for something on a terminal.
    format!("nx_n={word}\n{}{}{ready}\nexec 2>/dev/null\n", *BASE, *FIND)
}

/// What a shell is to do before it becomes a job with this mark, so that the job's limit holds on the host
/// although there is no runner. Nothing that the job could wait for or find among its processes.
pub(crate) fn watch(mark: &str, limit: Duration, grace: Duration) -> String {
    let script = quote(&format!("{}{}{}", *BASE, *FIND, *WATCH));
    let (limit, grace) = (request::seconds(limit), request::seconds(grace));
    format!(
        "( command -v setsid >/dev/null 2>&1 && exec </dev/null >/dev/null 2>&1 && \
         setsid /bin/sh -c {script} sh {} $$ {limit} {grace} & ); ",
        quote(mark)
    )
}

/// Without comments and indentation: it is sent to every host.
fn bare(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    for line in text.lines().map(str::trim_start) {
        if !line.is_empty() && !line.starts_with('#') {
            bare.push_str(line);
            bare.push('\n');
        }
    }
    bare
}

/// A word that nothing else prints: 128 bits that the system made up.
pub(crate) fn word() -> String {
    // The keys of every `RandomState` are random; its hash of nothing shows nothing of them.
    let half = || RandomState::new().build_hasher().finish();
    format!("nx{:016x}{:016x}", half(), half())
}

/// A word of the shell that stands for exactly this text (POSIX.1-2017, Shell Command Language,
/// 2.2.2).
pub(crate) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
