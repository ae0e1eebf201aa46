//! From what a plan read to what the snapshot remembers of it.

use nexus_compiler::inputs::{FileKind, Inputs as _, Observation};
use nexus_compiler::world::{Disk, glob_digest};
use nexus_store::snapshot::PlanPart;
use nexus_store::{Digests, Kind, Known};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What a plan depends on.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Variables, patterns, realised tasks.
    pub plan: PlanPart,
    /// Files and folders with their stamps.
    pub files: Vec<(PathBuf, Known)>,
}

impl Observed {
    /// Stamps everything observed. `None` when a file has changed since the plan read it: such a
    /// plan must not be remembered.
    pub fn new(
        observations: impl IntoIterator<Item = Observation>,
        digests: &Digests,
    ) -> Option<Observed> {
        let mut plan = PlanPart::default();
        let mut files: BTreeMap<PathBuf, Known> = BTreeMap::new();
        for observation in observations {
            match observation {
                Observation::File { path, digest } => {
                    let known = digests.file(&path).ok()?;
                    let now = (known.stamp.kind == Kind::File).then_some(known.digest.0);
                    if now != digest {
                        return None;
                    }
                    files.insert(path, known);
                }
                Observation::Kind { path, kind } => {
                    let known = digests.file(&path).ok()?;
                    if kind_of(known.stamp.kind) != kind {
                        return None;
                    }
                    files.insert(path, known);
                }
                Observation::Glob {
                    root,
                    pattern,
                    digest,
                    folders,
                } => {
                    for folder in &folders {
                        files.insert(folder.clone(), digests.file(folder).ok()?);
                    }
                    // Stamped first, then asked again: a file that appeared in between is seen
                    // either here or by the next comparison with the stamps.
                    let again = Disk.glob(&root, &pattern).ok()?;
                    if glob_digest(&again.files) != digest {
                        return None;
                    }
                }
                Observation::Env { name, value } => plan.env.push((name, value)),
            }
        }
        Some(Observed {
            plan,
            files: files.into_iter().collect(),
        })
    }
}

fn kind_of(kind: Kind) -> FileKind {
    match kind {
        Kind::Missing => FileKind::Missing,
        Kind::File => FileKind::File,
        Kind::Folder => FileKind::Folder,
        Kind::Link | Kind::Other => FileKind::Other,
    }
}
