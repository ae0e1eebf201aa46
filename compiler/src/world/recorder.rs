//! Writing down what evaluation asked of the outside.

use crate::inputs::{FileKind, GlobResult, Inputs, Observation};
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Mutex;

/// Passes questions on and remembers questions and answers.
pub struct Recorder<'a> {
    inner: &'a dyn Inputs,
    seen: Mutex<BTreeSet<Observation>>,
}

impl<'a> Recorder<'a> {
    /// Records what is asked of `inner`.
    pub fn new(inner: &'a dyn Inputs) -> Self {
        Recorder {
            inner,
            seen: Mutex::default(),
        }
    }

    /// Everything asked so far, in one order whatever the order of asking was.
    pub fn observations(&self) -> BTreeSet<Observation> {
        self.seen.lock().unwrap_or_else(|e| e.into_inner()).clone()
    }

    fn saw(&self, observation: Observation) {
        self.seen
            .lock()
            .unwrap_or_else(|e| e.into_inner())
            .insert(observation);
    }
}

/// The digest under which the result of a glob is observed.
pub fn glob_digest(files: &[String]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for file in files {
        hasher.update(&(file.len() as u64).to_le_bytes());
        hasher.update(file.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

impl Inputs for Recorder<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let result = self.inner.read(path);
        self.saw(Observation::File {
            path: path.to_path_buf(),
            digest: result
                .as_ref()
                .ok()
                .map(|content| *blake3::hash(content).as_bytes()),
        });
        result
    }

    fn kind(&self, path: &Path) -> FileKind {
        let kind = self.inner.kind(path);
        self.saw(Observation::Kind {
            path: path.to_path_buf(),
            kind,
        });
        kind
    }

    fn glob(&self, root: &Path, pattern: &str) -> io::Result<GlobResult> {
        let result = self.inner.glob(root, pattern)?;
        self.saw(Observation::Glob {
            root: root.to_path_buf(),
            pattern: pattern.to_owned(),
            digest: glob_digest(&result.files),
            folders: result.folders.clone(),
        });
        Ok(result)
    }

    fn env(&self, name: &str) -> Option<String> {
        let value = self.inner.env(name);
        self.saw(Observation::Env {
            name: name.to_owned(),
            value: value.clone(),
        });
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Memory;

    #[test]
    fn the_order_of_asking_does_not_matter() {
        let world = Memory::default().file("/p/a", "1").var("X", "1");
        let (one, two) = (Recorder::new(&world), Recorder::new(&world));
        let _ = one.read(Path::new("/p/a"));
        one.env("X");
        two.env("X");
        let _ = two.read(Path::new("/p/a"));
        let _ = two.read(Path::new("/p/a"));
        assert_eq!(one.observations(), two.observations());
        assert_eq!(one.observations().len(), 2);
    }
}
