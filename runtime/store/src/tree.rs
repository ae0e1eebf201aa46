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

    /// Reads an encoding and refuses paths that leave the folder.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let tree: Tree = postcard::from_bytes(bytes).ok()?;
        let good = |path: &[u8]| {
            !path.is_empty()
                && path
                    .split(|b| *b == b'/')
                    .all(|part| !matches!(part, b"" | b"." | b".."))
        };
        tree.entries.iter().all(|e| good(&e.path)).then_some(tree)
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
}
