//! The outputs that count, out of the way while others are made in their place.

use super::compare::Original;
use crate::shared::Shared;
use nexus_graph::TaskId;
use nexus_store::output::look;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Begins the names of the folders they are moved to, beside where they were: moving costs nothing
/// there, and patterns do not enter hidden folders. What follows is the process and a number.
const NAME: &str = ".nexus-verify-";

/// Put back when dropped, in place of whatever is there then. Should this process be killed before,
/// the next run puts back what the store has.
pub(super) struct SetAside {
    root: PathBuf,
    originals: Vec<Original>,
    folders: Vec<PathBuf>,
}

impl SetAside {
    /// Moves the outputs of a task out of the way.
    ///
    /// # Errors
    /// One of them cannot be read or moved; those that were moved are back.
    pub fn new(shared: &Shared, id: TaskId) -> io::Result<SetAside> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = OsString::from(format!("{NAME}{}-{number}", std::process::id()));
        let mut aside = SetAside {
            root: shared.options.root.clone(),
            originals: Vec::new(),
            folders: Vec::new(),
        };
        for (number, output) in shared.graph.task(id).outputs.iter().enumerate() {
            let path = aside.root.join(&output.path);
            let gone = || io::Error::new(io::ErrorKind::NotFound, format!("`{}`", output.path));
            let seen = look(&shared.digests, &path)?.ok_or_else(gone)?;
            let folder = path.with_file_name(&name);
            if !aside.folders.contains(&folder) {
                sweep(&path);
                std::fs::create_dir(&folder)?;
                aside.folders.push(folder.clone());
            }
            let at = folder.join(number.to_string());
            std::fs::rename(&path, &at)?;
            shared.digests.forget(&path);
            aside.originals.push(Original {
                path: output.path.clone(),
                at,
                seen,
            });
        }
        Ok(aside)
    }

    /// What was moved.
    pub fn originals(&self) -> &[Original] {
        &self.originals
    }

    /// Nothing remembered of the places holds when this is dropped.
    pub fn forget(&self, shared: &Shared) {
        for original in &self.originals {
            shared.digests.forget(&self.root.join(&original.path));
        }
    }
}

impl Drop for SetAside {
    fn drop(&mut self) {
        for original in &self.originals {
            let path = self.root.join(&original.path);
            // A file replaces a file in one go; a folder only what is empty.
            if std::fs::rename(&original.at, &path).is_err() && remove(&path).is_ok() {
                // Should it fail, it is still there under its other name.
                let _ = std::fs::rename(&original.at, &path);
            }
        }
        for folder in &self.folders {
            // Not while something is left in it.
            let _ = std::fs::remove_dir(folder);
        }
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match path.symlink_metadata()?.is_dir() {
        true => std::fs::remove_dir_all(path),
        false => std::fs::remove_file(path),
    }
}

/// Removes what processes have left beside an output that were killed: it was put back from the
/// store since, or made again.
fn sweep(output: &Path) {
    let beside = output.parent().map(std::fs::read_dir);
    let Some(Ok(entries)) = beside else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(NAME));
        let owner = owner.and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
