//! Keys of servers: what is on record, what is done about what is not, on real servers, and compared
//! with what `ssh` does.

use crate::scene::{Scene, ed25519, fingerprint};
use crate::support::{Person, block_on, code, connect};
use nexus_farm::{Ground, Sshd};
use nexus_ssh::{Client, ConnectError, HostKeyError, HostKeyPolicy, Reason, Settings};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

fn problem(error: ConnectError) -> HostKeyError {
    match error.reason {
        Reason::HostKey(problem) => *problem,
        other => panic!("{other}"),
    }
}

/// Lines, and whether a server with an Ed25519 key (`@ED@`) is accepted at `@NAME@`, `[127.0.0.1]:port`.
const LINES: &[(&str, &str, bool)] = &[
    ("", "", false),
    ("the key", "@NAME@ @ED@", true),
    ("with a comment", "@NAME@ @ED@ root@somewhere", true),
    ("tabs", "\t@NAME@\t@ED@", true),
    ("a list", "other,@NAME@,third @ED@", true),
    ("a wildcard", "[127.0.0.*]:* @ED@", true),
    (
        "a wildcard for one character",
        "[127.0.0.?]:@PORT@ @ED@",
        true,
    ),
    ("everything", "* @ED@", true),
    ("negation", "*,!@NAME@,!127.0.0.1 @ED@", false),
    ("negation first", "!127.*,!@NAME@,* @ED@", false),
    ("negation of another", "*,!other @ED@", true),
    ("without the port", "127.0.0.1 @ED@", true),
    ("another port", "[127.0.0.1]:1 @ED@", false),
    ("another host", "[127.0.0.2]:@PORT@ @ED@", false),
    ("hashed", "@HASHED@ @ED@", true),
    ("hashed, another host", "@HASHED-OTHER@ @ED@", false),
    (
        "two keys of a type, the right one second",
        "@NAME@ @ED-B@\n@NAME@ @ED@",
        true,
    ),
    ("another key", "@NAME@ @ED-B@", false),
    ("another type", "@NAME@ @RSA@", false),
    (
        "another type and the key",
        "@NAME@ @RSA@\n@NAME@ @ED@",
        true,
    ),
    (
        "comments and empty lines",
        "# x\n\n   # y\n@NAME@ @ED@",
        true,
    ),
    (
        "a broken line before",
        "@NAME@ ssh-ed25519 AAAA!broken\n@NAME@ @ED@",
        true,
    ),
    (
        "an unknown type before",
        "@NAME@ ssh-future AAAAC3Nz\n@NAME@ @ED@",
        true,
    ),
    (
        "a broken line alone",
        "@NAME@ ssh-ed25519 AAAA!broken",
        false,
    ),
    ("half a line", "@NAME@", false),
    ("carriage returns", "@NAME@ @ED@\r\n", true),
    ("revoked", "@NAME@ @ED@\n@revoked * @ED@", false),
    ("revoked before", "@revoked @NAME@ @ED@\n@NAME@ @ED@", false),
    (
        "revoked elsewhere",
        "@revoked other @ED@\n@NAME@ @ED@",
        true,
    ),
    (
        "another one revoked",
        "@revoked * @ED-B@\n@NAME@ @ED@",
        true,
    ),
    (
        "an authority is no key",
        "@cert-authority @NAME@ @ED@",
        false,
    ),
    ("an unknown marker", "@future @NAME@ @ED@", false),
    ("no end of line", "@NAME@ @ED@", true),
];

#[test]
fn lines_mean_what_they_mean_to_ssh() {
    let scene = Scene::new(&Sshd::new(), HostKeyPolicy::Strict);
    let ground = Ground::get();
    let hashed = |name: &str| {
        let file = scene.folder.path().join("hashing");
        fs::write(&file, format!("{name} {}\n", ed25519())).unwrap();
        let run = Command::new("ssh-keygen")
            .arg("-q")
            .arg("-H")
            .arg("-f")
            .arg(&file)
            .output();
        assert!(run.unwrap().status.success());
        let text = fs::read_to_string(&file).unwrap();
        text.split_whitespace().next().unwrap().to_owned()
    };
    let replaced = [
        ("@NAME@", scene.name()),
        ("@PORT@", scene.server.port().to_string()),
        ("@HASHED@", hashed(&scene.name())),
        ("@HASHED-OTHER@", hashed("[127.0.0.2]:22")),
        ("@ED@", ed25519()),
        ("@ED-B@", ground.public_key("host_ed25519_b")),
        ("@RSA@", ground.public_key("host_rsa")),
    ];
    block_on(async {
        for (what, lines, accepted) in LINES {
            let mut text = (*lines).to_owned();
            for (from, to) in &replaced {
                text = text.replace(from, to);
            }
            scene.write(&text);
            let ours = scene.connect().await;
            let why = ours.as_ref().err().map(ToString::to_string);
            assert_eq!(ours.is_ok(), *accepted, "{what}: {why:?}\n{text}");
            let theirs = Command::new("ssh")
                .args([
                    "-F",
                    "none",
                    "-o",
                    "BatchMode=yes",
                    "-o",
                    "StrictHostKeyChecking=yes",
                ])
                .args([
                    "-o",
                    "GlobalKnownHostsFile=/dev/null",
                    "-o",
                    "LogLevel=ERROR",
                ])
                .arg("-o")
                .arg(format!("UserKnownHostsFile={}", scene.file().display()))
                .args(["-o", "IdentitiesOnly=yes", "-i"])
                .arg(ground.key("id_ed25519"))
                .arg("-p")
                .arg(scene.server.port().to_string())
                .arg(format!("{}@127.0.0.1", scene.there.user))
                .arg("true")
                .output();
            if let Ok(theirs) = theirs {
                let said = String::from_utf8_lossy(&theirs.stderr);
                assert_eq!(theirs.status.success(), *accepted, "ssh, {what}: {said}");
            }
        }
    });
}

#[test]
fn an_unknown_key_is_shown() {
    let scene = Scene::new(&Sshd::new(), HostKeyPolicy::Strict);
    block_on(async {
        let error = scene.connect().await.err().unwrap();
        assert_eq!(code(&error), "NX0808");
        assert_eq!(error.attempts, 1);
        let HostKeyError::Unknown {
            name,
            kind,
            fingerprint: shown,
            ..
        } = problem(error)
        else {
            panic!("unknown");
        };
        assert_eq!((name, kind), (scene.name(), "ssh-ed25519".to_owned()));
        assert_eq!(shown, fingerprint("host_ed25519"));
    });
}

#[test]
fn a_changed_key_is_refused_with_both_fingerprints_and_the_line() {
    let old = Ground::get().public_key("host_ed25519_b");
    for policy in [
        HostKeyPolicy::Strict,
        HostKeyPolicy::AcceptNew,
        HostKeyPolicy::Tofu,
    ] {
        let scene = Scene::new(&Sshd::new(), policy);
        scene.write(&format!(
            "# a comment\n\nother {}\n{} {old}\n",
            ed25519(),
            scene.name()
        ));
        block_on(async {
            let error = scene.connect().await.err().unwrap();
            assert_eq!(code(&error), "NX0809");
            let text = error.to_string();
            let HostKeyError::Changed {
                fingerprint: shown,
                recorded,
                file,
                line,
                ..
            } = problem(error)
            else {
                panic!("changed: {text}");
            };
            assert_eq!(shown, fingerprint("host_ed25519"));
            assert_eq!(recorded, fingerprint("host_ed25519_b"));
            assert_eq!((file, line), (scene.file(), 4));
            assert!(
                text.contains(&format!("{}:4", scene.file().display())),
                "{text}"
            );
        });
    }
}

#[test]
fn another_type_than_the_one_on_record_has_changed() {
    let scene = Scene::new(
        &Sshd::new().host_keys(&["host_ecdsa"]),
        HostKeyPolicy::AcceptNew,
    );
    scene.write(&format!("{} {}\n", scene.name(), ed25519()));
    block_on(async {
        let error = scene.connect().await.err().unwrap();
        assert!(matches!(problem(error), HostKeyError::Changed { .. }));
    });
}

#[test]
fn the_type_on_record_is_asked_for() {
    let keys = ["host_ed25519", "host_ecdsa", "host_rsa"];
    for key in keys {
        let scene = Scene::new(&Sshd::new().host_keys(&keys), HostKeyPolicy::Strict);
        scene.write(&format!(
            "{} {}\n",
            scene.name(),
            Ground::get().public_key(key)
        ));
        block_on(async {
            scene
                .connect()
                .await
                .unwrap_or_else(|e| panic!("{key}: {e}"));
        });
    }
}

#[test]
fn files_that_cannot_be_read_are_not_empty() {
    let mut scene = Scene::new(&Sshd::new(), HostKeyPolicy::AcceptNew);
    // Root may read every file, but not a folder as one.
    fs::create_dir(scene.folder.path().join("folder")).unwrap();
    scene
        .there
        .known_hosts
        .read
        .push(scene.folder.path().join("folder"));
    block_on(async {
        let error = scene.connect().await.err().unwrap();
        assert_eq!(code(&error), "NX0811");
        assert!(matches!(problem(error), HostKeyError::Unreadable { .. }));
    });
}

#[test]
fn several_files() {
    let mut scene = Scene::new(&Sshd::new(), HostKeyPolicy::Strict);
    let second = scene.folder.path().join("second");
    scene.there.known_hosts.read.push(second.clone());
    fs::write(&second, format!("{} {}\n", scene.name(), ed25519())).unwrap();
    block_on(async {
        scene.connect().await.unwrap();
        scene.write(&format!("@revoked * {}\n", ed25519()));
        let error = scene.connect().await.err().unwrap();
        assert_eq!(code(&error), "NX0810");
    });
}

#[test]
fn an_alias_is_what_is_looked_for() {
    let mut scene = Scene::new(&Sshd::new(), HostKeyPolicy::Strict);
    scene.there.known_hosts.alias = Some("The-Web".to_owned());
    scene.write(&format!("the-web {}\n", ed25519()));
    block_on(async {
        scene.connect().await.unwrap();
    });
}

#[test]
fn new_keys_are_recorded_once() {
    for hash in [false, true] {
        let mut scene = Scene::new(&Sshd::new(), HostKeyPolicy::AcceptNew);
        scene.there.known_hosts.hash = hash;
        // A last line without an end is not spoiled.
        scene.write(&format!("other {}", ed25519()));
        block_on(async {
            let all = (0..10).map(|_| scene.connect());
            for connected in futures_util::future::join_all(all).await {
                connected.unwrap();
            }
            let text = scene.text();
            assert_eq!(text.lines().count(), 2, "{text}");
            assert_eq!(text.contains("127.0.0.1"), !hash, "{text}");
            assert!(
                text.starts_with(&format!("other {}\n", ed25519())),
                "{text}"
            );
            // From now on it is known.
            let mut strict = scene.there.clone();
            strict.host_keys = HostKeyPolicy::Strict;
            connect(&strict).await.unwrap();
        });
    }
}

#[test]
fn a_key_that_cannot_be_recorded_is_not_accepted() {
    let mut scene = Scene::new(&Sshd::new(), HostKeyPolicy::AcceptNew);
    scene.there.known_hosts.record = Some(Path::new("/proc/nexus/known_hosts").to_owned());
    block_on(async {
        let error = scene.connect().await.err().unwrap();
        assert_eq!(code(&error), "NX0811");
    });
}

#[test]
fn a_person_decides_on_first_use() {
    let scene = Scene::new(&Sshd::new(), HostKeyPolicy::Tofu);
    let ask = async |person: &Arc<Person>| {
        let client = Client::new(person.clone());
        client.connect(&scene.there, &Settings::default()).await
    };
    block_on(async {
        let error = ask(&Person::who_says(&[])).await.err().unwrap();
        assert!(matches!(problem(error), HostKeyError::Unknown { .. }));
        let error = ask(&Person::who_says(&["no"])).await.err().unwrap();
        assert!(matches!(problem(error), HostKeyError::Declined { .. }));
        assert!(!scene.file().exists());
        let person = Person::who_says(&["yes"]);
        ask(&person).await.unwrap();
        assert_eq!(scene.text(), format!("{} {}\n", scene.name(), ed25519()));
        ask(&person).await.unwrap();
        assert_eq!(person.asked().len(), 1);
    });
}

#[test]
fn off_accepts_everything_and_records_nothing() {
    let scene = Scene::new(&Sshd::new(), HostKeyPolicy::Off);
    block_on(async {
        scene.connect().await.unwrap();
        assert!(!scene.file().exists());
    });
}
