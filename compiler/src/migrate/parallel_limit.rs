//! `config.parallel` reads like a switch, and the option of the command line that overrides it has
//! always been `--parallel-limit`.

use super::Migration;

/// See above.
pub(super) const MIGRATION: Migration = Migration {
    since: "0.1.0",
    within: "config",
    old: "parallel",
    new: "parallel_limit",
    why: "it is a number, and the option is called `--parallel-limit` as well",
};
