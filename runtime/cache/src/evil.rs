//! What somebody who may write to a cache could put there: however it is made up, nothing of it is
//! an answer. The entries are unsigned, and so is the cache; signatures have tests of their own.

use crate::backend::{Backend, Source};
use crate::body::{Body, LEVEL, Recorded, Stored};
use crate::entry::{seal, slot};
use crate::fault::Fault;
use crate::fetch::look_up;
use crate::inner::Inner;
use crate::name::{Hash, Name};
use crate::settings::{Override, Settings};
use bytes::Bytes;
use nexus_graph::Digest;
use nexus_graph::key::Manifest;
use nexus_store::shared::{Answer, Question};
use nexus_store::tree::{Tree, TreeEntry, TreeNode};
use nexus_store::{OutputContent, OutputEntry, Store};
use std::sync::Arc;

/// A result in the making: what is declared and what is stored.
#[derive(Default)]
struct Result {
    outputs: Vec<OutputEntry>,
    blobs: Vec<Stored>,
    content: Vec<(Name, Vec<u8>)>,
}

impl Result {
    /// Stores bytes and says that they are `says`.
    fn blob(mut self, bytes: &[u8], says: &[u8]) -> Self {
        let stored = Stored {
            digest: Digest::of(says),
            size: says.len() as u64,
            name: Name::of(Hash::Blake3, bytes),
            packed: false,
        };
        self.blobs.push(stored);
        self.content.push((stored.name, bytes.to_vec()));
        self
    }

    fn file(mut self, path: &str, bytes: &[u8]) -> Self {
        self.outputs.push(OutputEntry {
            path: path.into(),
            content: OutputContent::File {
                digest: Digest::of(bytes),
                size: bytes.len() as u64,
                executable: false,
            },
        });
        self.blob(bytes, bytes)
    }

    fn folder(mut self, path: &str, entries: Vec<(&str, TreeNode)>) -> Self {
        let entries = entries.into_iter().map(|(path, node)| TreeEntry {
            path: path.into(),
            node,
        });
        let encoded = Tree {
            entries: entries.collect(),
        }
        .encode();
        self.outputs.push(OutputEntry {
            path: path.into(),
            content: OutputContent::Folder {
                digest: Digest::of(&encoded),
                size: encoded.len() as u64,
            },
        });
        self.blob(&encoded, &encoded)
    }
}

struct World {
    folder: tempfile::TempDir,
    inner: Arc<Inner>,
}

impl World {
    fn new() -> World {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let shared = folder.path().join("shared").display().to_string();
        let variable = |name: &str| match name {
            "NEXUS_CACHE_URL" => Some(shared.clone()),
            "NEXUS_CACHE_UNSIGNED" | "NEXUS_CACHE_WRITE" => Some("1".into()),
            _ => None,
        };
        let settings = Settings::new(None, &variable, &Override::default(), folder.path());
        let settings = settings.expect("right").expect("one");
        let store = Arc::new(Store::open(&folder.path().join("store")));
        World {
            inner: Arc::new(Inner::new(settings, store)),
            folder,
        }
    }

    /// Puts `result` under a key of its own and asks for it as a task with the output `out` does.
    async fn answer(&self, name: &str, result: Result) -> (Answer, Option<Fault>) {
        let backend = self.inner.backend(&self.inner.writes).await.expect("there");
        for (name, bytes) in &result.content {
            let source = Source::Bytes(Bytes::from(bytes.clone()));
            backend.write(*name, source).await.expect("written");
        }
        let body = Body::Result(Recorded {
            task: "t".into(),
            run: "r".into(),
            at: 0,
            micros: 1,
            outputs: result.outputs,
            log: Vec::new(),
            manifest: Manifest::default(),
            blobs: result.blobs,
        });
        let packed = body.pack().expect("packed");
        self.ask(name, backend, packed, None).await
    }

    async fn ask(
        &self,
        name: &str,
        backend: Arc<dyn Backend>,
        packed: Vec<u8>,
        elsewhere: Option<Stored>,
    ) -> (Answer, Option<Fault>) {
        let key = Digest::of(name.as_bytes());
        let trust = &self.inner.settings.trust;
        let entry = seal(trust, &key, packed, elsewhere).expect("sealed");
        let place = slot(&key, &trust.class);
        let put = backend.put_entry(place, entry.into(), Vec::new(), false);
        put.await.expect("written");
        let question = Question {
            key,
            outputs: vec!["out".into()],
        };
        let answer = look_up(&self.inner, question).await;
        (
            answer,
            self.inner.reads.take_fault().map(|(fault, _)| fault),
        )
    }
}

fn file_of(bytes: &[u8]) -> TreeNode {
    TreeNode::File {
        digest: Digest::of(bytes),
        size: bytes.len() as u64,
        executable: false,
    }
}

#[tokio::test]
async fn an_honest_result_is_one() {
    let world = World::new();
    let file = Result::default().file("out", b"content");
    let (answer, fault) = world.answer("file", file).await;
    assert!(matches!(answer, Answer::Result(_)), "{fault:?}");
    let link = TreeNode::Link(b"a".to_vec());
    let folder = Result::default().folder("out", vec![("a", file_of(b"x")), ("b", link)]);
    let (answer, fault) = world.answer("folder", folder.blob(b"x", b"x")).await;
    assert!(matches!(answer, Answer::Result(_)), "{fault:?}");
}

#[tokio::test]
async fn nothing_that_is_made_up_is_an_answer() {
    let link = |to: &str| TreeNode::Link(to.as_bytes().to_vec());
    let one = |path: &str| Result::default().file(path, b"content");
    let tree = |path: &str, node| Result::default().folder("out", vec![(path, node)]);
    let mut other_digest = one("out");
    other_digest.content[0].1 = b"c0ntent".to_vec();
    let mut bomb = one("out");
    let zeros = vec![0; 64 << 20];
    let packed = zstd::bulk::compress(&zeros, LEVEL).expect("packed");
    bomb.blobs[0].packed = true;
    bomb.blobs[0].name = Name::of(Hash::Blake3, &packed);
    bomb.content[0] = (bomb.blobs[0].name, packed);
    let mut huge = one("out");
    huge.blobs[0].size = u64::MAX;
    huge.blobs[0].name.size = u64::MAX;
    let mut not_a_tree = one("out");
    not_a_tree.outputs[0].content = OutputContent::Folder {
        digest: Digest::of(b"content"),
        size: 7,
    };
    let cases = [
        ("above", one("../out")),
        ("absolute", one("/etc/cron.d/x")),
        ("another", one("other")),
        ("twice", one("out").file("out", b"more")),
        ("one more", one("out").file("other", b"more")),
        ("none", Result::default()),
        ("no content", {
            let mut result = one("out");
            result.blobs.clear();
            result
        }),
        ("other bytes", other_digest),
        ("other bytes under their own name", {
            let mut result = one("out");
            result.blobs.clear();
            result.blob(b"c0ntent", b"content")
        }),
        ("a bomb", bomb),
        ("huge", huge),
        ("no tree", not_a_tree),
        ("tree above", tree("../../x", TreeNode::Folder)),
        ("tree absolute", tree("/etc/x", TreeNode::Folder)),
        ("tree through a link", {
            let entries = vec![("a", link("/etc")), ("a/x", file_of(b"x"))];
            Result::default().folder("out", entries).blob(b"x", b"x")
        }),
        ("tree without content", tree("a", file_of(b"x"))),
        ("link out", tree("a", link("../../../etc/passwd"))),
        ("absolute link", tree("a", link("/etc/passwd"))),
    ];
    for (name, result) in cases {
        // Three lies in a row end a cache, so each gets a machine of its own.
        let world = World::new();
        let (answer, fault) = world.answer(name, result).await;
        assert_eq!(answer, Answer::Nothing, "{name}");
        let expected = matches!(fault, Some(Fault::Lied(_) | Fault::TooLarge(_)));
        assert!(expected, "{name}: {fault:?}");
        world.inner.store.flush();
        assert!(
            !world.inner.store.has_blob(&Digest::of(b"c0ntent"), 7),
            "{name}"
        );
        let escaped = world.folder.path().join("etc");
        assert!(!escaped.exists(), "{name}");
    }
}

#[tokio::test]
async fn entries_that_are_no_entries_are_none() {
    let lie = |stored: Stored| async move {
        let world = World::new();
        let backend = world
            .inner
            .backend(&world.inner.writes)
            .await
            .expect("there");
        world
            .ask("elsewhere", backend, b"body".to_vec(), Some(stored))
            .await
    };
    let stored = |size: u64, packed: bool| Stored {
        digest: Digest::of(b"body"),
        size,
        name: Name::of(Hash::Blake3, b"body"),
        packed,
    };
    for (size, packed) in [(u64::MAX, false), (4, true)] {
        let (answer, fault) = lie(stored(size, packed)).await;
        assert_eq!(answer, Answer::Nothing);
        assert!(matches!(fault, Some(Fault::Lied(_))), "{fault:?}");
    }
    // It is not there: a result that is not there.
    assert_eq!(lie(stored(4, false)).await, (Answer::Nothing, None));
    let world = World::new();
    let backend = world
        .inner
        .backend(&world.inner.writes)
        .await
        .expect("there");
    let nonsense = zstd::bulk::compress(&[0xff; 100], LEVEL).expect("packed");
    let (answer, fault) = world.ask("nonsense", backend, nonsense, None).await;
    assert_eq!(answer, Answer::Nothing);
    assert!(matches!(fault, Some(Fault::Lied(_))), "{fault:?}");
}
