//! The files inside of the program, for editors that want to open them: written out once for each
//! version, read-only, where caches are.

use crate::ide::standard;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// What paths of embedded files begin with.
const PREFIX: &str = "std:/";

/// The text of an embedded file by the path that the compiler names, `std:/list.nx`, or by that of
/// its copy.
pub(super) fn embedded(path: &Path) -> Option<&'static str> {
    standard::text_of(path.to_str()?.strip_prefix(PREFIX)?)
}

/// Whether the compiler means an embedded file.
pub(super) fn is_embedded(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.starts_with(PREFIX))
}

/// Whether a file is the copy of an embedded one.
pub(super) fn is_extracted(path: &Path) -> bool {
    folder().is_some_and(|folder| path.starts_with(folder))
}

/// The copy of an embedded file, made if it is not there.
pub(super) fn written(path: &Path) -> Option<PathBuf> {
    let name = path.to_str()?.strip_prefix(PREFIX)?;
    let text = standard::text_of(name)?;
    let copy = folder()?.join(name);
    if fs::read(&copy).is_ok_and(|there| there == text.as_bytes()) {
        return Some(copy);
    }
    match write(&copy, text) {
        Ok(()) => Some(copy),
        Err(error) => {
            tracing::warn!("{} cannot be written: {error}", copy.display());
            None
        }
    }
}

/// Beside the copy, then renamed: another server may be doing the same.
fn write(copy: &Path, text: &str) -> std::io::Result<()> {
    let parent = copy.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(parent)?;
    let beside = copy.with_extension(format!("{}.tmp", std::process::id()));
    let mut file = fs::File::create(&beside)?;
    file.write_all(text.as_bytes())?;
    let mut permissions = file.metadata()?.permissions();
    permissions.set_readonly(true);
    file.set_permissions(permissions)?;
    drop(file);
    fs::rename(&beside, copy)
}

/// `$XDG_CACHE_HOME/nexus/std/DIGEST`, below `~/.cache` unless set.
fn folder() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let caches = std::env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
        let mut hasher = blake3::Hasher::new();
        for name in standard::names() {
            hasher.update(name.as_bytes());
            hasher.update(standard::text_of(name).unwrap_or_default().as_bytes());
        }
        let digest = hasher.finalize().to_hex();
        Some(caches.join("nexus/std").join(&digest[..16]))
    });
    folder.as_deref()
}
