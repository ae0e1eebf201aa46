//! A folder as a value: canonical, so that equal folders have equal digests.

use nexus_graph::Digest;
use serde::{Deserialize, Serialize};

/// Everything below a folder, sorted by path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    /// The entries; a folder is listed only when it is empty.
    pub entries: Vec<TreeEntry>,
}

/// One entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeEntry {
    /// Path below the folder, raw bytes, `/` between parts.
    pub path: Vec<u8>,
    /// What it is.
    pub node: TreeNode,
}

/// What a tree entry is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TreeNode {
    /// A file.
    File {
        /// Digest of its bytes.
        digest: Digest,
        /// How many bytes.
        size: u64,
        /// Whether it may be executed.
        executable: bool,
    },
    /// A symbolic link and where it points.
    Link(Vec<u8>),
    /// An empty folder.
    Folder,
}

impl Tree {
    /// The canonical encoding.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// Reads an encoding and refuses what no folder looks like: paths that leave the folder,
    /// paths given twice or out of order, and paths below something that is not a folder (through
    /// a link they would lead anywhere).
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let tree: Tree = postcard::from_bytes(bytes).ok()?;
        let good = |path: &[u8]| {
            !path.is_empty()
                && path
                    .split(|b| *b == b'/')
                    .all(|part| !matches!(part, b"" | b"." | b"..") && !part.contains(&0))
        };
        let sorted = tree.entries.is_sorted_by(|a, b| a.path < b.path);
        (sorted
            && tree
                .entries
                .iter()
                .all(|e| good(&e.path) && !tree.has_parent_of(&e.path)))
        .then_some(tree)
    }

    /// Whether this entry is one of it.
    pub fn has(&self, entry: &TreeEntry) -> bool {
        let found = self.entries.binary_search_by(|e| e.path.cmp(&entry.path));
        found.is_ok_and(|at| self.entries[at].node == entry.node)
    }

    /// Whether a part of `path` is an entry itself; folders are entries only when empty.
    fn has_parent_of(&self, path: &[u8]) -> bool {
        let slashes = (0..path.len()).filter(|i| path[*i] == b'/');
        slashes.into_iter().any(|at| {
            self.entries
                .binary_search_by(|e| e.path.as_slice().cmp(&path[..at]))
                .is_ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaping_paths_are_refused() {
        for path in ["../x", "a/../b", "/etc/passwd", "", "a//b", "."] {
            let entry = TreeEntry {
                path: path.into(),
                node: TreeNode::Folder,
            };
            assert_eq!(
                Tree::decode(
                    &Tree {
                        entries: vec![entry]
                    }
                    .encode()
                ),
                None,
                "{path}"
            );
        }
        let entry = TreeEntry {
            path: b"a/..b".to_vec(),
            node: TreeNode::Folder,
        };
        let tree = Tree {
            entries: vec![entry],
        };
        assert_eq!(Tree::decode(&tree.encode()), Some(tree));
    }

    #[test]
    fn nothing_lies_below_a_link_a_file_or_an_empty_folder() {
        let file = TreeNode::File {
            digest: Digest::of(b""),
            size: 0,
            executable: false,
        };
        let tree = |entries: &[(&str, &TreeNode)]| Tree {
            entries: entries
                .iter()
                .map(|(path, node)| TreeEntry {
                    path: path.as_bytes().to_vec(),
                    node: (*node).clone(),
                })
                .collect(),
        };
        for node in [&file, &TreeNode::Link(b"/etc".to_vec()), &TreeNode::Folder] {
            for below in ["a/x", "a/b/c"] {
                let tree = tree(&[("a", node), ("a-b", &file), (below, &file)]);
                assert_eq!(Tree::decode(&tree.encode()), None, "{node:?} {below}");
            }
        }
        let twice = tree(&[("a", &file), ("a", &file)]);
        assert_eq!(Tree::decode(&twice.encode()), None);
        let unsorted = tree(&[("b", &file), ("a", &file)]);
        assert_eq!(Tree::decode(&unsorted.encode()), None);
        let good = tree(&[("a", &file), ("a-b/c", &file), ("b", &file)]);
        assert_eq!(Tree::decode(&good.encode()), Some(good));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>) {
            if let Some(tree) = Tree::decode(&bytes) {
                let again = Tree::decode(&tree.encode());
                proptest::prop_assert_eq!(again, Some(tree));
            }
        }
    }
}
