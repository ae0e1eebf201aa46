//! What differs between two results, file by file.

use super::hint;
use nexus_graph::event::Difference;
use nexus_store::OutputContent;
use nexus_store::output::Seen;
use nexus_store::tree::TreeNode;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// An output as it was.
pub(super) struct Original {
    /// Relative to the project.
    pub path: String,
    /// Where it is now.
    pub at: PathBuf,
    /// What it is.
    pub seen: Seen,
}

/// Compares what was with what is now in its place, by path.
pub(super) fn differences(
    root: &Path,
    before: &[Original],
    now: &[(String, Seen)],
) -> Vec<Difference> {
    let mut all = Vec::new();
    for original in before {
        let path = &original.path;
        let seen = now.iter().find(|(other, _)| other == path);
        let then = leaves(&original.seen);
        let now = seen.map(|(_, seen)| leaves(seen)).unwrap_or_default();
        for name in then
            .keys()
            .chain(now.keys().filter(|n| !then.contains_key(*n)))
        {
            let (old, new) = (then.get(name), now.get(name));
            if old == new {
                continue;
            }
            let inside = |base: &Path| match name.is_empty() {
                true => base.to_path_buf(),
                false => base.join(OsStr::from_bytes(name)),
            };
            let shown = inside(Path::new(path)).to_string_lossy().into_owned();
            let files = (inside(&original.at), inside(&root.join(path)));
            all.push(difference(shown, old, new, &files));
        }
    }
    all
}

fn difference(
    path: String,
    before: Option<&TreeNode>,
    after: Option<&TreeNode>,
    (old, new): &(PathBuf, PathBuf),
) -> Difference {
    let mut difference = Difference {
        path,
        before: before.map(size),
        after: after.map(size),
        offset: None,
        hint: None,
    };
    match (before, after) {
        (Some(TreeNode::File { digest, .. }), Some(TreeNode::File { digest: other, .. }))
            if digest != other =>
        {
            difference.offset = first_difference(old, new).ok().flatten();
            difference.hint = difference.offset.and_then(|at| hint::of(old, new, at));
        }
        (Some(TreeNode::File { .. }), Some(TreeNode::File { .. })) => {
            difference.hint = Some(nexus_graph::event::Hint::Mode);
        }
        (Some(_), Some(_)) => difference.hint = Some(nexus_graph::event::Hint::Kind),
        _ => {}
    }
    difference
}

fn size(node: &TreeNode) -> u64 {
    match node {
        TreeNode::File { size, .. } => *size,
        TreeNode::Link(to) => to.len() as u64,
        TreeNode::Folder => 0,
    }
}

/// Everything in an output by the path inside it; a file has the empty path.
fn leaves(seen: &Seen) -> BTreeMap<Vec<u8>, TreeNode> {
    match (&seen.content, &seen.tree) {
        (
            OutputContent::File {
                digest,
                size,
                executable,
            },
            _,
        ) => BTreeMap::from([(
            Vec::new(),
            TreeNode::File {
                digest: *digest,
                size: *size,
                executable: *executable,
            },
        )]),
        (OutputContent::Folder { .. }, tree) => {
            let entries = tree.iter().flat_map(|tree| &tree.entries);
            entries.map(|e| (e.path.clone(), e.node.clone())).collect()
        }
    }
}

/// The first byte, counted from 0, that is not the same in both; `None` when they are equal.
fn first_difference(old: &Path, new: &Path) -> io::Result<Option<u64>> {
    let mut old = BufReader::with_capacity(1 << 16, File::open(old)?);
    let mut new = BufReader::with_capacity(1 << 16, File::open(new)?);
    let mut at = 0;
    loop {
        let (a, b) = (old.fill_buf()?, new.fill_buf()?);
        let common = a.len().min(b.len());
        if let Some(differs) = (0..common).find(|i| a[*i] != b[*i]) {
            return Ok(Some(at + differs as u64));
        }
        if common == 0 {
            return Ok((a.len() != b.len()).then_some(at));
        }
        at += common as u64;
        old.consume(common);
        new.consume(common);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_that_differs() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let long = "x".repeat(100_000);
        for (old, new, expected) in [
            ("", "", None),
            ("abc", "abc", None),
            ("abc", "abd", Some(2)),
            ("abc", "ab", Some(2)),
            (&long, &format!("{long}y"), Some(100_000)),
            (&format!("{long}ab"), &format!("{long}cb"), Some(100_000)),
        ] {
            std::fs::write(at("old"), old).unwrap();
            std::fs::write(at("new"), new).unwrap();
            assert_eq!(first_difference(&at("old"), &at("new")).unwrap(), expected);
        }
    }
}
