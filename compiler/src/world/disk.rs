//! The real file system.

use super::pattern::Pattern;
use crate::inputs::{FileKind, GlobResult, Inputs};
use ignore::WalkBuilder;
use std::fs;
use std::io;
use std::path::Path;

/// Reads the disk and the environment of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Inputs for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn kind(&self, path: &Path) -> FileKind {
        match fs::metadata(path) {
            Ok(meta) if meta.is_file() => FileKind::File,
            Ok(meta) if meta.is_dir() => FileKind::Folder,
            Ok(_) => FileKind::Other,
            Err(_) => FileKind::Missing,
        }
    }

    fn glob(&self, root: &Path, pattern: &str) -> io::Result<GlobResult> {
        let pattern = Pattern::new(pattern)?;
        let start = root.join(&pattern.folder);
        let mut result = GlobResult::default();
        if self.kind(&start) != FileKind::Folder {
            // Making it changes the nearest folder there is.
            let above = start.ancestors().find(|f| self.kind(f) == FileKind::Folder);
            result.folders.extend(above.map(Path::to_path_buf));
            return Ok(result);
        }
        let base = start.clone();
        let allowed = pattern.clone();
        let walk = WalkBuilder::new(&start)
            // Ignore files are for version control; what a pattern names is what it gets.
            .standard_filters(false)
            .hidden(false)
            .follow_links(false)
            .max_depth(pattern.depth)
            .filter_entry(move |entry| {
                let depth = entry.depth();
                depth == 0 || allowed.allows(&entry.file_name().to_string_lossy(), depth - 1)
            })
            .build();
        for entry in walk {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let message = error.to_string();
                    return Err(error
                        .into_io_error()
                        .unwrap_or_else(|| io::Error::other(message)));
                }
            };
            let path = entry.path();
            let is_folder = entry.file_type().is_some_and(|t| t.is_dir());
            if is_folder {
                if pattern.depth.is_none_or(|max| entry.depth() < max) {
                    result.folders.push(path.to_path_buf());
                }
                continue;
            }
            // A link counts as a file when it leads to one.
            if entry.path_is_symlink() && self.kind(path) != FileKind::File {
                continue;
            }
            let Ok(inside) = path.strip_prefix(&base) else {
                continue;
            };
            let Some(inside) = inside.to_str() else {
                continue;
            };
            let relative = match pattern.folder.as_str() {
                "" => inside.to_owned(),
                folder => format!("{folder}/{inside}"),
            };
            if pattern.matches(&relative) {
                result.files.push(relative);
            }
        }
        result.files.sort_unstable();
        result.folders.sort_unstable();
        Ok(result)
    }

    fn env(&self, name: &str) -> Option<String> {
        // An empty name or one with `=` would make the standard library panic or lie.
        if name.is_empty() || name.contains(['=', '\0']) {
            return None;
        }
        std::env::var(name).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in [
            "a.c",
            "src/b.c",
            "src/deep/c.c",
            "src/deep/d.h",
            ".git/x.c",
            "src/.e.c",
        ] {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        fs::write(dir.path().join(".gitignore"), "*.c\n").unwrap();
        dir
    }

    fn glob(root: &Path, pattern: &str) -> Vec<String> {
        Disk.glob(root, pattern).unwrap().files
    }

    #[test]
    fn patterns_find_what_they_name() {
        let dir = folder();
        let root = dir.path();
        assert_eq!(glob(root, "**/*.c"), ["a.c", "src/b.c", "src/deep/c.c"]);
        assert_eq!(glob(root, "src/*.c"), ["src/b.c"]);
        assert_eq!(
            glob(root, "src/**/*.{c,h}"),
            ["src/b.c", "src/deep/c.c", "src/deep/d.h"]
        );
        assert_eq!(glob(root, "src/.*"), ["src/.e.c"]);
        assert_eq!(glob(root, ".git/*"), [".git/x.c"]);
        assert_eq!(glob(root, "a.c"), ["a.c"]);
        assert_eq!(glob(root, "nowhere/*"), [""; 0]);
    }

    #[test]
    fn folders_searched_are_told() {
        let dir = folder();
        let root = dir.path();
        let folders = |pattern: &str| Disk.glob(root, pattern).unwrap().folders;
        assert_eq!(folders("src/*.c"), [root.join("src")]);
        assert_eq!(folders("src/**"), [root.join("src"), root.join("src/deep")]);
        assert_eq!(folders("*.c"), [root.to_path_buf()]);
        assert_eq!(folders("src/new/x/*.c"), [root.join("src")]);
    }

    #[test]
    fn links_to_files_are_files_and_loops_end() {
        let dir = folder();
        let root = dir.path();
        std::os::unix::fs::symlink(root.join("a.c"), root.join("src/link.c")).unwrap();
        std::os::unix::fs::symlink(root, root.join("src/loop")).unwrap();
        std::os::unix::fs::symlink("gone", root.join("src/broken.c")).unwrap();
        assert_eq!(glob(root, "src/*"), ["src/b.c", "src/link.c"]);
        assert_eq!(
            glob(root, "src/**/*.c"),
            ["src/b.c", "src/deep/c.c", "src/link.c"]
        );
    }

    #[test]
    fn kinds_and_variables() {
        let dir = folder();
        assert_eq!(Disk.kind(dir.path()), FileKind::Folder);
        assert_eq!(Disk.kind(&dir.path().join("a.c")), FileKind::File);
        assert_eq!(Disk.kind(&dir.path().join("zz")), FileKind::Missing);
        assert_eq!(Disk.kind(Path::new("/dev/null")), FileKind::Other);
        assert_eq!(Disk.env("NO=SUCH"), None);
        assert_eq!(Disk.env(""), None);
    }
}
