//! Where the store lives.

use std::path::PathBuf;

/// `$NEXUS_CACHE_DIR`, else `$XDG_CACHE_HOME/nexus`, else `~/.cache/nexus`, else a folder in the
/// system's temporary folder.
pub fn default_cache_dir() -> PathBuf {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    if let Some(folder) = set("NEXUS_CACHE_DIR") {
        return std::path::absolute(&folder).unwrap_or(folder);
    }
    match set("XDG_CACHE_HOME").filter(|p| p.is_absolute()) {
        Some(folder) => folder.join("nexus"),
        None => match set("HOME") {
            Some(home) => home.join(".cache/nexus"),
            None => std::env::temp_dir().join("nexus-cache"),
        },
    }
}
