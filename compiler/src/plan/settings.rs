//! `config`: the version it is written for, names that were given up, and what it sets.

use super::Texts;
use super::raw::At;
use super::read::{Owner, Reader};
use crate::diagnostic::{Diagnostic, Fix, registry::project as codes};
use crate::eval::print_flat;
use crate::migrate::{self, CURRENT_VERSION, Migration};
use crate::value::{RecordView, Value};
use std::path::Path;

/// Records in records are followed so deep.
const DEEPEST: usize = 8;

/// Something that `config` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its path below `config`: `pools.link`.
    pub name: String,
    /// Its value, as it would be written.
    pub value: String,
    /// Where: a file relative to the project, and a line from 1.
    pub place: Option<(String, u32)>,
}

/// What was found in `config` and has yet to be given lines and fixes.
#[derive(Default)]
pub(super) struct Found {
    settings: Vec<(String, String, At)>,
    /// Names that were given up, where they are written.
    renamed: Vec<(&'static Migration, At)>,
    /// The project is written for a version that is not known here.
    pub(super) unsupported: Option<Diagnostic>,
}

impl Reader<'_, '_> {
    /// Looks at the version and the names of `config`, and lists what it sets.
    pub(super) fn settings(&mut self, config: Owner) -> Found {
        let mut found = Found {
            unsupported: self.version(config),
            ..Found::default()
        };
        for migration in migrate::within("config") {
            let has = |reader: &mut Self, name| {
                let value = reader.field(config.record, name);
                value.is_ok_and(|value| value.is_some())
            };
            if !has(self, migration.old) {
                continue;
            }
            let at = self.at(config.record, Some(migration.old));
            if has(self, migration.new) {
                let message = format!(
                    "`config` has both `{}` and `{}`, which is the old name of it",
                    migration.new, migration.old
                );
                let new = self.at(config.record, Some(migration.new));
                let diagnostic = Diagnostic::error(codes::SAID_TWICE, at.file, at.span, message)
                    .label("the old name")
                    .secondary(new.file, new.span, "the new one")
                    .help(format!("remove `{}`", migration.old));
                self.diagnostics.push(diagnostic);
            } else {
                found.renamed.push((migration, at));
            }
        }
        self.list_settings(config.record, "", 0, &mut found.settings);
        found
    }

    fn version(&mut self, config: Owner) -> Option<Diagnostic> {
        let version = self.count(config, "version").ok().flatten()?;
        let at = self.at(config.record, Some("version"));
        if version == 0 {
            let message = "`config.version` must be at least 1";
            let wrong = Diagnostic::error(codes::WRONG_VALUE, at.file, at.span, message);
            self.diagnostics.push(wrong);
            return None;
        }
        if version <= CURRENT_VERSION {
            return None;
        }
        let message = format!(
            "this project is written for version {version} of the configuration, and this Nexus knows versions up to {CURRENT_VERSION}"
        );
        let nexus = env!("CARGO_PKG_VERSION");
        let found = Diagnostic::error(codes::UNSUPPORTED_VERSION, at.file, at.span, message)
            .label(format!("Nexus {nexus} is too old for it"))
            .help("upgrade Nexus; what else may be wrong is not said, because a newer one may read it differently");
        Some(found)
    }

    fn list_settings(
        &mut self,
        record: RecordView,
        above: &str,
        depth: usize,
        list: &mut Vec<(String, String, At)>,
    ) {
        for (name, value) in self.vm.heap.entries_by_name(record) {
            let Ok(value) = self.force(value) else {
                continue;
            };
            let path = format!("{above}{name}");
            match value.record() {
                Some(inside) if depth < DEEPEST => {
                    self.list_settings(inside, &format!("{path}."), depth + 1, list);
                }
                _ => {
                    if let Value::List(items) = value {
                        for item in self.vm.heap.items(items).to_vec() {
                            // What is wrong has been noted.
                            let _ = self.force(item);
                        }
                    }
                    let at = self.at(record, Some(name.as_str()));
                    list.push((path, print_flat(self.vm, value), at));
                }
            }
        }
    }
}

impl Found {
    /// The settings with their places.
    pub(super) fn placed(&self, texts: &dyn Texts, root: &Path) -> Vec<Setting> {
        let place = |at: &At| {
            let text = texts.source(&at.file)?;
            let before = text.get(..at.span.start as usize)?;
            let line = before.matches('\n').count() as u32 + 1;
            Some((crate::world::paths::shown(root, &at.file), line))
        };
        let settings = self.settings.iter();
        settings
            .map(|(name, value, at)| Setting {
                name: name.clone(),
                value: value.clone(),
                place: place(at),
            })
            .collect()
    }

    /// A warning for each name that was given up, with the fix.
    pub(super) fn warnings(&self, texts: &dyn Texts) -> Vec<Diagnostic> {
        let warning = |(migration, at): &(&'static Migration, At)| {
            let message = format!(
                "`{}` is deprecated: it is called `{}.{}` now",
                migration.path(),
                migration.within,
                migration.new
            );
            let mut warning =
                Diagnostic::warning(codes::DEPRECATED, at.file.clone(), at.span, message)
                    .label(format!("the name before Nexus {}", migration.since))
                    .note(migration.why)
                    .help(format!(
                        "write `{}`; `nexus config migrate` does it",
                        migration.new
                    ));
            let text = texts.source(&at.file).unwrap_or_default();
            let edits = migrate::edit(&text, at.span, migration);
            warning.fix = (!edits.is_empty()).then(|| Fix {
                title: format!("Rename to `{}`", migration.new),
                file: at.file.clone(),
                edits,
                certain: true,
            });
            warning
        };
        self.renamed.iter().map(warning).collect()
    }
}
