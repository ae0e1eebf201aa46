//! Is a result what was asked for? Nothing of it is written to the project before this said so.

use crate::body::{Recorded, Stored};
use crate::fault::Fault;
use nexus_graph::Digest;
use nexus_store::tree::{Tree, TreeNode};
use nexus_store::{OutputContent, OutputEntry, Store, output};
use std::collections::HashMap;

/// Checks what an entry says about outputs and blobs, and gives the blobs by digest.
pub(crate) fn outline<'a>(
    recorded: &'a Recorded,
    outputs: &[String],
    max_size: u64,
) -> Result<HashMap<Digest, &'a Stored>, Fault> {
    let lied = |what: String| Err(Fault::Lied(what));
    // The very list that was declared: nothing absolute, nothing twice, nothing with `..`.
    let same = recorded.outputs.iter().map(|entry| &entry.path).eq(outputs);
    if !same {
        return lied("a result with other outputs than the task declares".into());
    }
    let mut all: u64 = 0;
    let mut blobs = HashMap::with_capacity(recorded.blobs.len());
    for stored in &recorded.blobs {
        all = all.saturating_add(stored.size.max(stored.name.size));
        if !stored.packed && stored.size != stored.name.size {
            return lied("a result with sizes that do not fit each other".into());
        }
        blobs.insert(stored.digest, stored);
    }
    if all > max_size {
        return Err(too_large(all));
    }
    for entry in &recorded.outputs {
        let (digest, size) = content(&entry.content);
        if blobs.get(&digest).is_none_or(|stored| stored.size != size) {
            return lied("a result that does not say where its content is".into());
        }
    }
    Ok(blobs)
}

/// Why a result stays where it is.
pub(crate) fn too_large(bytes: u64) -> Fault {
    Fault::TooLarge(format!(
        "a result has {bytes} bytes, which is more than `max_size`"
    ))
}

/// Checks the folders of a result, whose encoded trees lie in the store by now. A link may lead
/// to another place of the project; out of the project only when it is absolute and somebody
/// vouches for it (`/usr/bin/python3`).
pub(crate) fn folders(
    store: &Store,
    recorded: &Recorded,
    blobs: &HashMap<Digest, &Stored>,
    signed: bool,
) -> Result<(), Fault> {
    for entry in &recorded.outputs {
        let OutputContent::Folder { digest, .. } = &entry.content else {
            continue;
        };
        let tree = store.get_bytes(digest).as_deref().and_then(Tree::decode);
        let Some(tree) = tree else {
            return Err(Fault::Lied(format!(
                "a folder for `{}` that no folder can look like",
                entry.path
            )));
        };
        folder(entry, &tree, blobs, signed)?;
    }
    Ok(())
}

fn folder(
    entry: &OutputEntry,
    tree: &Tree,
    blobs: &HashMap<Digest, &Stored>,
    signed: bool,
) -> Result<(), Fault> {
    for node in &tree.entries {
        match &node.node {
            TreeNode::Folder => {}
            TreeNode::Link(to) => {
                let absolute = to.starts_with(b"/");
                if (absolute && !signed) || output::leaves_project(&entry.path, &node.path, to) {
                    return Err(Fault::Lied(format!(
                        "a folder for `{}` with a link that leaves the project",
                        entry.path
                    )));
                }
            }
            TreeNode::File { digest, size, .. } => {
                if blobs.get(digest).is_none_or(|stored| stored.size != *size) {
                    return Err(Fault::Lied(format!(
                        "a folder for `{}` that does not say where its content is",
                        entry.path
                    )));
                }
            }
        }
    }
    Ok(())
}

pub(crate) fn content(content: &OutputContent) -> (Digest, u64) {
    match content {
        OutputContent::File { digest, size, .. } | OutputContent::Folder { digest, size } => {
            (*digest, *size)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::{Hash, Name};
    use nexus_graph::key::Manifest;
    use nexus_store::tree::TreeEntry;

    fn stored(bytes: &[u8]) -> Stored {
        Stored {
            digest: Digest::of(bytes),
            size: bytes.len() as u64,
            name: Name::of(Hash::Blake3, bytes),
            packed: false,
        }
    }

    fn recorded(paths: &[&str], content: OutputContent, blobs: Vec<Stored>) -> Recorded {
        let outputs = paths.iter().map(|path| OutputEntry {
            path: path.to_string(),
            content,
        });
        Recorded {
            task: "t".into(),
            run: "r".into(),
            at: 0,
            micros: 0,
            outputs: outputs.collect(),
            log: Vec::new(),
            manifest: Manifest::default(),
            blobs,
        }
    }

    #[test]
    fn only_what_was_declared_is_accepted() {
        let blob = stored(b"bytes");
        let file = OutputContent::File {
            digest: blob.digest,
            size: blob.size,
            executable: false,
        };
        let check = |paths: &[&str], declared: &[&str], blobs: Vec<Stored>, max: u64| {
            let declared: Vec<String> = declared.iter().map(|p| p.to_string()).collect();
            outline(&recorded(paths, file, blobs), &declared, max).map(|_| ())
        };
        assert_eq!(check(&["out/a"], &["out/a"], vec![blob], 5), Ok(()));
        for paths in [
            &["../../etc/passwd"][..],
            &["/etc/passwd"],
            &["out/a", "out/a"],
            &["out/a", "out/b"],
            &["out/../out/a"],
            &[],
        ] {
            let found = check(paths, &["out/a"], vec![blob], 5);
            assert!(matches!(found, Err(Fault::Lied(_))), "{paths:?}");
        }
        assert!(
            check(&["out/a"], &["out/a"], vec![], 5).is_err(),
            "no content"
        );
        assert!(
            check(&["out/a"], &["out/a"], vec![blob], 4).is_err(),
            "too large"
        );
        let mut longer = blob;
        longer.size += 1;
        assert!(check(&["out/a"], &["out/a"], vec![longer], 50).is_err());
    }

    #[test]
    fn links_stay_in_the_project() {
        let folder = tempfile::tempdir().expect("folder");
        let store = Store::open(&folder.path().join("cache"));
        let check = |to: &str, signed: bool| {
            let tree = Tree {
                entries: vec![TreeEntry {
                    path: b"sub/link".to_vec(),
                    node: TreeNode::Link(to.as_bytes().to_vec()),
                }],
            };
            let encoded = tree.encode();
            store.put_bytes(&encoded);
            store.flush();
            let blob = stored(&encoded);
            let content = OutputContent::Folder {
                digest: blob.digest,
                size: blob.size,
            };
            let recorded = recorded(&["out"], content, vec![blob]);
            let blobs = outline(&recorded, &["out".into()], 1000).expect("outline");
            folders(&store, &recorded, &blobs, signed)
        };
        assert_eq!(check("../file", false), Ok(()));
        assert_eq!(check("../../src", false), Ok(()));
        assert!(check("../../../etc/passwd", true).is_err());
        assert!(check("/etc/passwd", false).is_err());
        assert_eq!(check("/usr/bin/python3", true), Ok(()));
    }
}
