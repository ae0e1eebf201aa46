//! `docs/reference/cli.md`, made from the definition of the command line.

use clap::{Arg, Command};
use std::fmt::Write as _;

const INTRODUCTION: &str = "\
# The command line

This page is made from the program itself; a test keeps it up to date.

Results and the report of a run go to standard output; errors, warnings, progress and logs go to
standard error. A reader that closes standard output early (`nexus list | head`) is no error; a run
goes on without its report.

## Exit codes

| code | meaning |
|---|---|
| 0 | everything asked for is done |
| 1 | a task or a test failed, or `nexus cache verify` found damage |
| 2 | the command line, the project file or the machine did not allow the work to begin |
| 3 | hosts could not be reached or used, and nothing else went wrong |
| 4 | a task ran out of its time |
| 70 | a bug in nexus |
| 130 | interrupted |

## What a run shows

| option | report |
|---|---|
| | a line or a tree for each task that ran; tasks named on the command line show their output as it comes; what was cached is counted; output of failed tasks is at the end |
| `-v` | everything as it comes, each line with the name of its task; cached tasks show the output of the time when they ran |
| `-q` | one line for each task that ran or failed, and the output of what failed |
| `--format json` | one event a line: `event` names its kind, `run`, `sequence` and `time` (microseconds since 1970) place it; fields and kinds are added over time, none is changed: [all of them](events.md) |

## Interrupted runs

A run that was killed or told to stop can be gone on with: `nexus resume`. A run of the same tasks
speaks of it when it would repeat commands that were completed.

| where | `nexus run`, `nexus build` |
|---|---|
| at a terminal | ask: resume, start from the beginning, discard |
| elsewhere (no terminal, `CI` set, `--format json`) | start from the beginning and say so on standard error; when that would repeat a task with `idempotent = false`, refuse (exit code 2) |
| `--resume` | go on with it, if there is one |
| `--no-resume` | start from the beginning |

Of a task with `idempotent = false` whose command was begun and is not known to have ended,
`nexus resume` asks at a terminal; elsewhere it is refused without `--repeat TASK` or `--done TASK`.

## Signals

| signal | effect on a run |
|---|---|
| SIGINT, SIGTERM, SIGHUP | nothing new is started, what runs is ended, what finished is kept; a second one ends nexus at once. What the run has started never outlives it. One that is ignored when nexus starts stays so (`nohup`) |
| SIGTSTP (Ctrl+Z) | what runs is stopped, and nexus with it, until SIGCONT (`fg`) |
| SIGSTOP | nexus alone is stopped; what runs goes on. Either way time limits do not count meanwhile |
| SIGUSR1 | what is going on is printed on standard error |

## Variables

| variable | effect |
|---|---|
| `NEXUS_CONFIG` | as `--config` |
| `NEXUS_LOG_LEVEL` | as `--log-level` |
| `NEXUS_CACHE_DIR` | where results are kept |
| `NEXUS_CACHE_URL` | a cache shared with other machines, in place of `config.cache.url`; empty for none |
| `NEXUS_CACHE_WRITE`, `NEXUS_CACHE_CLASS` | whether results are written to it (`1` or `0`), and of which class they are |
| `NEXUS_CACHE_KEY`, `NEXUS_CACHE_KEY_FILE` | the secret that signs them, or the file it is in |
| `NEXUS_CACHE_ACCEPT`, `NEXUS_CACHE_KEYS`, `NEXUS_CACHE_UNSIGNED` | whose results are used: classes with commas between them; `CLASS=KEY` with commas between them; `1` for everybody's |
| `NEXUS_CACHE_TIMEOUT`, `NEXUS_CACHE_BUDGET` | seconds that one request may take, and that a run may lose |
| `NEXUS_CACHE_TOKEN` | sent to an HTTP or gRPC cache as a bearer token |
| `NEXUS_CACHE_USER`, `NEXUS_CACHE_PASSWORD` | sent to an HTTP cache |
| `NEXUS_CACHE_CA` | a file of certificates to trust besides the system's |
| `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`, `AWS_ENDPOINT_URL` | for a cache in S3 |
| `NEXUS_STATE_DIR` | where runs are remembered; without it `$XDG_STATE_HOME/nexus`, else `~/.local/state/nexus` |
| `NEXUS_NO_EMOJI` | ASCII instead of symbols, as in a locale that is not UTF-8 |
| `NO_COLOR`, `CLICOLOR=0` | no colours |
| `FORCE_COLOR`, `CLICOLOR_FORCE` | colours, even without a terminal; stronger than `NO_COLOR` |
| `TERM=dumb` | no colours, no symbols, nothing is redrawn |
| `CI` | no colours, nothing is redrawn |
| `GITHUB_ACTIONS`, `GITLAB_CI` | `true` folds the output of tasks in the job's log; on GitHub failures are annotations, and `GITHUB_STEP_SUMMARY` gets a table |
";

/// The whole page.
pub fn page(mut root: Command) -> String {
    root.build();
    let mut out = INTRODUCTION.to_string();
    out.push_str("\n## Global options\n\n");
    options(&mut out, root.get_arguments());
    for command in root.get_subcommands() {
        if command.is_hide_set() || command.get_name() == "help" {
            continue;
        }
        section(&mut out, command, "nexus");
    }
    out
}

fn section(out: &mut String, command: &Command, parent: &str) {
    let name = format!("{parent} {}", command.get_name());
    let about = command
        .get_long_about()
        .or(command.get_about())
        .map(ToString::to_string)
        .unwrap_or_default();
    let mut usage = name.clone();
    let own = || {
        command
            .get_arguments()
            .filter(|a| !a.is_global_set() && !a.is_hide_set() && a.get_id() != "help")
    };
    if own().any(|a| !a.is_positional()) {
        usage += " [OPTIONS]";
    }
    for arg in command.get_positionals() {
        let value = arg.get_id().as_str().to_uppercase();
        let value = arg
            .get_value_names()
            .and_then(|names| names.first())
            .map_or(value, ToString::to_string);
        let dots = if arg.get_num_args().is_some_and(|n| n.max_values() > 1) {
            "..."
        } else {
            ""
        };
        usage += &if arg.is_required_set() {
            format!(" <{value}>{dots}")
        } else {
            format!(" [{value}]{dots}")
        };
    }
    if command.has_subcommands() {
        usage += " <COMMAND>";
    }
    // Writing to a string cannot fail.
    _ = write!(out, "\n## {name}\n\n{about}.\n\n```\n{usage}\n```\n");
    let aliases: Vec<String> = command
        .get_visible_aliases()
        .map(|alias| format!("`nexus {alias}`"))
        .collect();
    if !aliases.is_empty() {
        _ = write!(out, "\nAlso: {}.\n", aliases.join(", "));
    }
    if own().next().is_some() {
        out.push('\n');
        options(out, own());
    }
    for inner in command.get_subcommands() {
        if inner.get_name() != "help" {
            section(out, inner, &name);
        }
    }
}

fn options<'a>(out: &mut String, args: impl Iterator<Item = &'a Arg>) {
    out.push_str("| option | meaning |\n|---|---|\n");
    for arg in args.filter(|arg| !arg.is_hide_set()) {
        let mut names = Vec::new();
        if let Some(short) = arg.get_short() {
            names.push(format!("-{short}"));
        }
        if let Some(long) = arg.get_long() {
            names.push(format!("--{long}"));
        }
        for alias in arg.get_visible_aliases().unwrap_or_default() {
            names.push(format!("--{alias}"));
        }
        let value = arg
            .get_value_names()
            .and_then(|values| values.first())
            .filter(|_| arg.get_action().takes_values())
            .map(ToString::to_string)
            .unwrap_or_default();
        let name = if arg.is_positional() {
            value
        } else if value.is_empty() {
            names.join(", ")
        } else if arg.is_require_equals_set() {
            format!("{}[={value}]", names.join(", "))
        } else {
            format!("{} {value}", names.join(", "))
        };
        let mut help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let values: Vec<String> = arg
            .get_possible_values()
            .iter()
            .filter(|v| !v.is_hide_set() && arg.get_action().takes_values())
            .map(|v| format!("`{}`", v.get_name()))
            .collect();
        if !values.is_empty() {
            help += &format!(": {}", values.join(", "));
        }
        if let Some(var) = arg.get_env() {
            help += &format!(" (`{}`)", var.to_string_lossy());
        }
        // Writing to a string cannot fail.
        _ = writeln!(out, "| `{name}` | {help} |");
    }
}
