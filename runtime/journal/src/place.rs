//! Where journals lie: the state folder of the XDG base directory specification.

use std::path::{Path, PathBuf};

/// `$NEXUS_STATE_DIR`, else `$XDG_STATE_HOME/nexus`, else `~/.local/state/nexus`. `None` when none
/// of the variables is set: then nothing is remembered.
pub fn state_dir() -> Option<PathBuf> {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    if let Some(folder) = set("NEXUS_STATE_DIR") {
        return Some(std::path::absolute(&folder).unwrap_or(folder));
    }
    match set("XDG_STATE_HOME").filter(|p| p.is_absolute()) {
        Some(folder) => Some(folder.join("nexus")),
        None => set("HOME").map(|home| home.join(".local/state/nexus")),
    }
}

/// The folder with a project's journals.
pub(crate) fn project_folder(state: &Path, project: &Path) -> PathBuf {
    let canonical = project
        .canonicalize()
        .unwrap_or_else(|_| project.to_path_buf());
    let digest = blake3::hash(canonical.as_os_str().as_encoded_bytes());
    state.join("runs").join(&digest.to_hex()[..32])
}

/// How the files of journals end.
pub(crate) const EXTENSION: &str = "journal";
