//! How the configuration of projects changes over time: its version, what was called otherwise once,
//! and how a project follows.
//!
//! A name that is given up keeps working for as long as its version of the configuration does. The
//! planner warns where it is written and says what has taken its place; [`migrate`] writes that
//! instead. Each change is a [`Migration`] in a file of its own, listed in [`all`].

mod apply;
mod parallel_limit;
mod rename;

pub use apply::{Migrated, Step, migrate};
pub(crate) use rename::edit;

/// The newest version of the configuration that is known, and what a project without
/// `config.version` is written for. It is raised when something that was accepted is not any more.
pub const CURRENT_VERSION: u32 = 1;

/// A field that has another name now.
#[derive(Debug, PartialEq, Eq)]
pub struct Migration {
    /// The version of Nexus that gave the old name up.
    pub since: &'static str,
    /// The record that holds the field, as a path from the project: `config`.
    pub within: &'static str,
    /// The old name.
    pub old: &'static str,
    /// The new name.
    pub new: &'static str,
    /// Why it is better: half a sentence that begins in lower case.
    pub why: &'static str,
}

impl Migration {
    /// The field by its old name: `config.parallel`.
    pub fn path(&self) -> String {
        format!("{}.{}", self.within, self.old)
    }

    /// What changes, for people: `config.parallel → config.parallel_limit`.
    pub fn title(&self) -> String {
        let Migration {
            within, old, new, ..
        } = self;
        format!("{within}.{old} → {within}.{new}")
    }
}

/// Every migration, the oldest first.
pub fn all() -> &'static [&'static Migration] {
    &[&parallel_limit::MIGRATION]
}

/// Those that concern the fields of one record.
pub(crate) fn within(record: &'static str) -> impl Iterator<Item = &'static Migration> {
    let of = move |migration: &&&'static Migration| migration.within == record;
    all().iter().filter(of).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_name_is_given_up_once_and_none_is_taken_up_again() {
        let olds = all().iter().map(|m| (m.within, m.old));
        let unique: BTreeSet<_> = olds.clone().collect();
        assert_eq!(unique.len(), all().len());
        for migration in all() {
            assert!(!unique.contains(&(migration.within, migration.new)));
        }
    }

    #[test]
    fn both_names_are_in_the_schema() {
        for migration in all() {
            for name in [migration.old, migration.new] {
                let field = format!("  {name} ? ");
                assert!(nexus_stdlib::PROJECT.contains(&field), "{name}");
            }
        }
    }
}
