//! Paths without looking at the disk.

use std::path::{Component, Path, PathBuf};

/// `path` seen from `folder`, without `.` and `..`.
pub fn resolve(folder: &Path, path: &str) -> PathBuf {
    let mut out = PathBuf::new();
    for component in folder.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// The path relative to the project's folder when inside it, else absolute.
pub fn shown(root: &Path, path: &Path) -> String {
    match path.strip_prefix(root) {
        Ok(inside) if inside.as_os_str().is_empty() => ".".to_owned(),
        Ok(inside) => inside.to_string_lossy().into_owned(),
        Err(_) => path.to_string_lossy().into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolving_looks_at_nothing() {
        let at = |p| resolve(Path::new("/a/b"), p).to_string_lossy().into_owned();
        assert_eq!(at("./c/../d"), "/a/b/d");
        assert_eq!(at("../../../x"), "/x");
        assert_eq!(at("/etc"), "/etc");
        assert_eq!(shown(Path::new("/a"), Path::new("/a/b")), "b");
        assert_eq!(shown(Path::new("/a"), Path::new("/ab")), "/ab");
    }
}
