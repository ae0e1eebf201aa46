//! Whose results count.

use crate::machine::{Machine, assert_told_once, project, warnings};
use crate::servers::{Kind, Server};
use nexus_cache::SecretKey;

const ALL: [&str; 3] = ["one", "two", "three"];

pub fn only_what_is_signed_for_a_class_counts(kind: Kind) {
    let key = || SecretKey::generate().expect("random");
    let (main, request, stranger) = (key(), key(), key());
    let keys = format!(
        "unsigned = false; keys = {{ main = \"{}\"; pull_request = \"{}\"; }};",
        main.public(),
        request.public()
    );
    let text = project("").replace("unsigned = true;", &keys);
    let server = Server::start(kind);
    let machine =
        |class: &str| Machine::with(&text, server.variables(None)).set("NEXUS_CACHE_CLASS", class);
    let writer = |class: &str, key: &SecretKey| {
        machine(class)
            .writing()
            .set("NEXUS_CACHE_KEY", &key.reveal())
    };
    let written = |machine: &Machine| {
        let ran = machine.build();
        assert!(ran.stdout.contains("3 results written"), "{ran}");
        assert!(!ran.text().contains("ed25519-secret"), "{ran}");
    };
    // A pull request fills its own slots, and main does not look there.
    written(&writer("pull_request", &request));
    let reader = machine("main");
    let ran = reader.build();
    assert_eq!(reader.executed(), ALL, "{ran}");
    assert!(warnings(&ran).is_empty(), "{ran}");
    let reader = machine("pull_request");
    reader.build();
    assert!(reader.executed().is_empty());

    // It calls itself main, with the key it has.
    let forger = writer("main", &request).set("NEXUS_CACHE_ACCEPT", "pull_request");
    assert!(forger.build().stdout.contains("fetched"));
    let forger = writer("main", &request).set("NEXUS_CACHE_ACCEPT", "nobody");
    written(&forger);
    let refuses = |what: &str| {
        let reader = machine("main");
        let ran = reader.build();
        assert_eq!(reader.executed(), ALL, "{what}: {ran}");
        assert_told_once(&ran, &["NX0634"]);
        reader.assert_right();
    };
    refuses("the wrong key");

    // What nobody can use is replaced by who may: first by results without a signature …
    let careless = machine("main").writing().set("NEXUS_CACHE_UNSIGNED", "1");
    careless.build();
    refuses("no signature, or a wrong one");
    // … and by those of a stranger …
    writer("main", &stranger).build();
    refuses("a stranger");
    // … and then by main itself.
    let honest = writer("main", &main);
    let ran = honest.build();
    assert_eq!(honest.executed(), ALL);
    assert_told_once(&ran, &["NX0634"]);
    for class in ["main", "pull_request", "developer"] {
        let reader = machine(class);
        let ran = reader.build();
        assert!(reader.executed().is_empty(), "{class}: {ran}");
        assert!(warnings(&ran).is_empty(), "{ran}");
        reader.assert_right();
    }
}
