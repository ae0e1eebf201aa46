//! Files in memory.

use nexus_compiler::inputs::{FileKind, GlobResult, Inputs};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// A world of files, below `/p`.
#[derive(Default)]
pub struct Memory(pub BTreeMap<PathBuf, Vec<u8>>);

impl Memory {
    /// Splits a fixture: `#- name` begins a further file; what is before the first is
    /// `nexus.nx`.
    pub fn fixture(text: &str) -> Self {
        let mut files = BTreeMap::new();
        let mut name = "nexus.nx".to_owned();
        let mut content = String::new();
        for line in text.split_inclusive('\n') {
            if let Some(next) = line.strip_prefix("#- ") {
                files.insert(
                    Path::new("/p").join(&name),
                    std::mem::take(&mut content).into(),
                );
                name = next.trim().to_owned();
            } else {
                content.push_str(line);
            }
        }
        files.insert(Path::new("/p").join(name), content.into());
        Memory(files)
    }
}

impl Inputs for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0
            .get(path)
            .cloned()
            .ok_or(io::ErrorKind::NotFound.into())
    }

    fn kind(&self, path: &Path) -> FileKind {
        match self.0.contains_key(path) {
            true => FileKind::File,
            false => FileKind::Missing,
        }
    }

    fn glob(&self, root: &Path, _pattern: &str) -> io::Result<GlobResult> {
        let names = self.0.keys().filter(|path| path.parent() == Some(root));
        let names = names.filter_map(|path| path.file_name()?.to_str());
        Ok(GlobResult {
            files: names.map(String::from).collect(),
            folders: vec![root.into()],
        })
    }

    fn env(&self, _name: &str) -> Option<String> {
        None
    }
}
