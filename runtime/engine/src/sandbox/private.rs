//! The folder that only one execution of a task uses: its temporary files and its home. Removed
//! afterwards.

use super::system::Toolchain;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Begins the name of each folder; what follows is the process and a number.
const NAME: &str = "nexus-sandbox-";

/// Nobody executes a single task for so long that its folder looks left behind.
const FORGOTTEN: Duration = Duration::from_secs(24 * 3600);

/// Variables that would lead into the user's own home.
const OF_HOME: &[&str] = &[
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_RUNTIME_DIR",
];

/// A private folder.
#[derive(Debug)]
pub(crate) struct Private {
    folder: PathBuf,
}

impl Private {
    /// Makes one.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn new() -> io::Result<Private> {
        static SWEEP: Once = Once::new();
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let parent = std::env::temp_dir();
        SWEEP.call_once(|| sweep(&parent));
        let mut builder = std::fs::DirBuilder::new();
        builder.mode(0o700);
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let folder = parent.join(format!("{NAME}{}-{number}", std::process::id()));
            match builder.create(&folder) {
                Ok(()) => {
                    let private = Private { folder };
                    builder.create(private.temporary())?;
                    builder.create(private.home())?;
                    return Ok(private);
                }
                // From a process that had this number before.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Its name, which nothing else has.
    pub fn name(&self) -> &OsStr {
        self.folder.file_name().unwrap_or_default()
    }

    /// `TMPDIR`.
    pub fn temporary(&self) -> PathBuf {
        self.folder.join("tmp")
    }

    /// `HOME`.
    pub fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    /// A path for what Nexus itself keeps during the execution, out of reach of the task.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Points the environment of a task at the folder. What the task declares itself stays.
    pub fn adapt(
        &self,
        env: Vec<Vec<u8>>,
        declared: &BTreeMap<String, String>,
        tools: &Toolchain,
    ) -> Vec<Vec<u8>> {
        let mut new: Vec<(&str, OsString)> = vec![("HOME", self.home().into())];
        new.extend(["TMPDIR", "TMP", "TEMP"].map(|name| (name, self.temporary().into())));
        for (name, folder) in &tools.variables {
            new.push((name, folder.into()));
        }
        new.retain(|(name, _)| !declared.contains_key(*name));
        let name_of = |entry: &[u8]| entry.split(|b| *b == b'=').next().map(<[u8]>::to_vec);
        let gone = |entry: &Vec<u8>| {
            let Some(name) = name_of(entry) else {
                return false;
            };
            let is = |other: &str| other.as_bytes() == name;
            new.iter().any(|(other, _)| is(other))
                || OF_HOME
                    .iter()
                    .any(|other| is(other) && !declared.contains_key(*other))
        };
        let mut adapted: Vec<Vec<u8>> = env.into_iter().filter(|entry| !gone(entry)).collect();
        for (name, value) in new {
            adapted.push([name.as_bytes(), b"=", value.as_bytes()].concat());
        }
        adapted.sort();
        adapted
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // What cannot be removed is tried again by the next process.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Removes what processes that were killed have left.
fn sweep(parent: &Path) {
    let Ok(entries) = std::fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(NAME));
        let owner = owner.and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        let gone = |pid: u32| !Path::new(&format!("/proc/{pid}")).exists();
        // A container may have the folder in common with another one, but not the processes.
        let old = || {
            let made = entry.metadata().and_then(|found| found.modified());
            made.is_ok_and(|made| made.elapsed().is_ok_and(|age| age > FORGOTTEN))
        };
        if owner.is_some_and(gone) && old() {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_points_into_the_folder() {
        let private = Private::new().unwrap();
        let env = [
            "A=1",
            "HOME=/root",
            "TMPDIR=/x",
            "XDG_CONFIG_HOME=/c",
            "XDG_DATA_HOME=/d",
        ];
        let env = env.iter().map(|e| e.as_bytes().to_vec()).collect();
        let declared = BTreeMap::from([("XDG_DATA_HOME".to_string(), "/d".to_string())]);
        let tools = Toolchain {
            variables: vec![("CARGO_HOME", "/root/.cargo".into())],
        };
        let text: Vec<String> = private
            .adapt(env, &declared, &tools)
            .into_iter()
            .map(|e| String::from_utf8(e).unwrap())
            .collect();
        let folder = private.folder.to_str().unwrap();
        assert_eq!(
            text,
            [
                "A=1".to_string(),
                "CARGO_HOME=/root/.cargo".into(),
                format!("HOME={folder}/home"),
                format!("TEMP={folder}/tmp"),
                format!("TMP={folder}/tmp"),
                format!("TMPDIR={folder}/tmp"),
                "XDG_DATA_HOME=/d".into(),
            ]
        );
        let folder = private.folder.clone();
        drop(private);
        assert!(!folder.exists());
    }
}
