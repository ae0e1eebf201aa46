//! Logging in: every kind of key and every way, on real servers.

use crate::support::{Person, block_on, code, connect, destination};
use nexus_farm::{Ground, Server, SshAgent, Sshd, User};
use nexus_ssh::{Agent, Client, ConnectError, Connection, Destination, Reason, Settings};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

/// A destination without anything to log in with.
fn bare(server: &Server) -> Destination {
    let mut there = destination(server);
    there.identities.clear();
    there.agent = Agent::None;
    there
}

async fn ask(person: &Arc<Person>, there: &Destination) -> Result<Connection, ConnectError> {
    let client = Client::new(person.clone());
    client.connect(there, &Settings::default()).await
}

async fn works(connection: &Connection) {
    let output = connection.exec("echo in", 100).await.unwrap();
    assert_eq!(output.stdout, b"in\n");
}

/// Keys that no server knows.
fn strangers(folder: &Path, count: usize) -> Vec<PathBuf> {
    (0..count)
        .map(|at| {
            let path = folder.join(format!("stranger{at}"));
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(&path)
                .status()
                .unwrap();
            assert!(made.success());
            path
        })
        .collect()
}

#[test]
fn keys_of_all_types() {
    let server = Sshd::new().start();
    block_on(async {
        for key in ["id_ed25519", "id_ecdsa", "id_rsa"] {
            let mut there = bare(&server);
            there.identities = vec![Ground::get().key(key)];
            works(
                &connect(&there)
                    .await
                    .unwrap_or_else(|e| panic!("{key}: {e}")),
            )
            .await;
        }
    });
}

#[test]
fn encrypted_keys_are_unlocked_once() {
    let server = Sshd::new().start();
    block_on(async {
        for key in ["id_encrypted", "id_rsa_pem"] {
            let person = Person::who_says(&["wrong", "keypass"]);
            let client = Client::new(person.clone());
            let mut there = bare(&server);
            there.identities = vec![Ground::get().key(key)];
            let settings = Settings::default();
            let (one, two) = tokio::join!(
                client.connect(&there, &settings),
                client.connect(&there, &settings)
            );
            works(&one.unwrap()).await;
            works(&two.unwrap()).await;
            let asked = person.asked();
            assert_eq!(asked.len(), 2, "{asked:?}");
            assert!(asked[0].contains(key), "{asked:?}");
        }
    });
}

#[test]
fn a_named_key_that_cannot_be_used_is_told_before_connecting() {
    let folder = tempfile::tempdir().unwrap();
    let open = folder.path().join("open");
    std::fs::copy(Ground::get().key("id_ed25519"), &open).unwrap();
    Command::new("chmod")
        .arg("644")
        .arg(&open)
        .status()
        .unwrap();
    let garbage = folder.path().join("garbage");
    std::fs::write(&garbage, "not a key").unwrap();
    Command::new("chmod")
        .arg("600")
        .arg(&garbage)
        .status()
        .unwrap();
    let cases = [
        (Ground::get().key("id_encrypted"), "nobody to ask"),
        (folder.path().join("missing"), "no such file"),
        (open, "others may read it"),
        (garbage, "not a private key"),
    ];
    block_on(async {
        for (key, expected) in cases {
            // Nobody listens there, which is not what the message is about.
            let mut there = Destination::new("127.0.0.1", "nobody");
            there.port = 1;
            there.agent = Agent::None;
            there.identities = vec![key];
            let error = connect(&there).await.err().unwrap();
            assert_eq!(code(&error), "NX0814");
            assert!(error.to_string().contains(expected), "{error}");
        }
    });
}

#[test]
fn a_passphrase_is_not_asked_for_when_the_server_does_not_want_the_key() {
    let server = Sshd::new()
        .option(
            "AuthorizedKeysFile",
            &Ground::get().key("id_other.pub").display().to_string(),
        )
        .start();
    block_on(async {
        let person = Person::who_says(&["keypass"]);
        let mut there = bare(&server);
        there.fallback = vec![
            Ground::get().key("id_encrypted"),
            Ground::get().key("id_other"),
        ];
        works(&ask(&person, &there).await.unwrap()).await;
        assert_eq!(person.asked(), Vec::<String>::new());
        // Here it does.
        let server = Sshd::new().start();
        let mut there = bare(&server);
        there.fallback = vec![Ground::get().key("id_encrypted")];
        works(&ask(&person, &there).await.unwrap()).await;
        assert_eq!(person.asked().len(), 1);
    });
}

#[test]
fn certificates_of_users() {
    let ground = Ground::get();
    let server = Sshd::new()
        .option("AuthorizedKeysFile", "none")
        .option(
            "TrustedUserCAKeys",
            &ground.key("user_ca.pub").display().to_string(),
        )
        .start();
    let folder = tempfile::tempdir().unwrap();
    let user = ground.user(User::Plain);
    let key = ground.sign("user_ca", "id_cert", folder.path(), &["-n", &user]);
    let rsa_folder = tempfile::tempdir().unwrap();
    let rsa = ground.sign("user_ca", "id_rsa", rsa_folder.path(), &["-n", &user]);
    block_on(async {
        let mut there = bare(&server);
        there.identities = vec![key.clone()];
        works(&connect(&there).await.unwrap()).await;
        there.identities = vec![rsa];
        works(&connect(&there).await.unwrap()).await;
        // The certificate lies elsewhere.
        there.identities = vec![ground.key("id_cert")];
        there.certificates = vec![folder.path().join("id_cert-cert.pub")];
        works(&connect(&there).await.unwrap()).await;
        // With the agent.
        let agent = SshAgent::with(&[key]);
        let mut there = bare(&server);
        there.agent = Agent::Socket(agent.socket());
        works(&connect(&there).await.unwrap()).await;
        // Without one.
        let mut there = bare(&server);
        there.identities = vec![ground.key("id_ed25519")];
        assert_eq!(connect(&there).await.err().unwrap().reason, Reason::Denied);
    });
}

#[test]
fn keys_of_an_agent() {
    let ground = Ground::get();
    let server = Sshd::new().start();
    block_on(async {
        for key in ["id_ed25519", "id_rsa"] {
            let agent = SshAgent::with(&[ground.key(key)]);
            let mut there = bare(&server);
            there.agent = Agent::Socket(agent.socket());
            works(&connect(&there).await.unwrap()).await;
        }
        // One that is gone is no more than a remark.
        let mut there = destination(&server);
        there.agent = Agent::Socket("/nowhere/agent".into());
        works(&connect(&there).await.unwrap()).await;
    });
}

#[test]
fn the_right_key_comes_first() {
    let ground = Ground::get();
    let server = Sshd::new().option("MaxAuthTries", "6").start();
    let folder = tempfile::tempdir().unwrap();
    let mut keys = strangers(folder.path(), 8);
    block_on(async {
        let agent = SshAgent::with(&keys);
        let mut there = bare(&server);
        there.agent = Agent::Socket(agent.socket());
        let error = connect(&there).await.err().unwrap();
        assert_eq!(error.reason, Reason::TooManyFailures);
        assert_eq!(code(&error), "NX0813");
        assert!(error.tried.len() >= 5, "{:?}", error.tried);
        // A key that is named is tried before those of the agent.
        there.identities = vec![ground.key("id_ed25519")];
        works(&connect(&there).await.unwrap()).await;
        // One that is named and is with the agent alone, too.
        let public = folder.path().join("named.pub");
        std::fs::copy(ground.key("id_ed25519.pub"), public).unwrap();
        keys.push(ground.key("id_ed25519"));
        let agent = SshAgent::with(&keys);
        there.agent = Agent::Socket(agent.socket());
        there.identities = vec![folder.path().join("named")];
        works(&connect(&there).await.unwrap()).await;
        // Only that one.
        there.identities_only = true;
        works(&connect(&there).await.unwrap()).await;
        there.identities = vec![folder.path().join("stranger0")];
        let error = connect(&there).await.err().unwrap();
        assert_eq!(error.reason, Reason::Denied);
        assert_eq!(error.tried.len(), 1, "{:?}", error.tried);
    });
}

#[test]
fn an_agent_unlocks_what_is_encrypted() {
    let ground = Ground::get();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("unlocked");
    std::fs::copy(ground.key("id_encrypted"), &copy).unwrap();
    let unlocked = Command::new("ssh-keygen")
        .args(["-q", "-p", "-P", "keypass", "-N", "", "-f"])
        .arg(&copy)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(unlocked.success());
    let agent = SshAgent::with(&[copy]);
    let server = Sshd::new().start();
    block_on(async {
        let person = Person::who_says(&[]);
        let mut there = bare(&server);
        there.identities = vec![ground.key("id_encrypted")];
        there.agent = Agent::Socket(agent.socket());
        works(&ask(&person, &there).await.unwrap()).await;
        assert_eq!(person.asked(), Vec::<String>::new());
    });
}

#[test]
fn the_agent_is_forwarded_when_that_is_wanted() {
    let ground = Ground::get();
    let server = Sshd::new().start();
    let agent = SshAgent::with(&[ground.key("id_ecdsa")]);
    block_on(async {
        let mut there = destination(&server);
        there.agent = Agent::Socket(agent.socket());
        there.forward_agent = true;
        let connection = connect(&there).await.unwrap();
        let output = connection.exec("ssh-add -l", 10_000).await.unwrap();
        let listed = String::from_utf8(output.stdout).unwrap();
        assert!(listed.contains("farm-id_ecdsa"), "{listed}");
        there.forward_agent = false;
        let connection = connect(&there).await.unwrap();
        let output = connection.exec("ssh-add -l", 10_000).await.unwrap();
        assert_ne!(output.status, Some(0));
    });
}

#[test]
fn what_was_tried_is_told() {
    let server = Sshd::new().start();
    block_on(async {
        let mut there = bare(&server);
        there.configured = vec![Ground::get().key("id_other"), "/no/such/key".into()];
        let error = connect(&there).await.err().unwrap();
        assert_eq!(error.reason, Reason::Denied);
        assert_eq!(error.offered, ["publickey"]);
        assert_eq!(error.attempts, 1, "no retry storm");
        assert_eq!(error.tried.len(), 1);
        assert!(error.tried[0].what.contains("id_other (SHA256:"));
        assert_eq!(error.tried[0].result, "refused by the server");
        let failure = nexus_executor::Failure::from(&error);
        assert_eq!(failure.code, "NX0812");
        assert!(failure.message.contains("offers publickey"), "{failure:?}");
        // With nothing at hand the server is asked what it offers all the same.
        let error = connect(&bare(&server)).await.err().unwrap();
        assert_eq!(
            (error.reason, error.offered),
            (Reason::Denied, vec!["publickey".to_owned()])
        );
    });
}

#[test]
fn two_keys_where_two_are_wanted() {
    let ground = Ground::get();
    let server = Sshd::new()
        .option("AuthenticationMethods", "publickey,publickey")
        .start();
    block_on(async {
        let mut there = bare(&server);
        there.identities = vec![ground.key("id_ed25519"), ground.key("id_rsa")];
        works(&connect(&there).await.unwrap()).await;
        there.identities.pop();
        let error = connect(&there).await.err().unwrap();
        assert_eq!(error.reason, Reason::Denied);
        assert!(
            error.tried[0].result.contains("wants more"),
            "{:?}",
            error.tried
        );
    });
}

#[test]
fn passwords_and_questions() {
    let ground = Ground::get();
    if !ground.users_or_skip() {
        return;
    }
    let right = ground.password();
    let both = Sshd::new()
        .passwords()
        .option("PubkeyAuthentication", "no")
        .start();
    let questions = Sshd::new()
        .passwords()
        .option("PubkeyAuthentication", "no")
        .option("PasswordAuthentication", "no")
        .start();
    let second_factor = Sshd::new()
        .passwords()
        .option("AuthenticationMethods", "publickey,keyboard-interactive")
        .start();
    block_on(async {
        let person = Person::who_says(&[right]);
        let client = Client::new(person.clone());
        let settings = Settings::default();
        works(&client.connect(&bare(&both), &settings).await.unwrap()).await;
        assert_eq!(person.asked(), ["Password of nxplain on 127.0.0.1"]);
        // The next connection does not ask again.
        works(&client.connect(&bare(&both), &settings).await.unwrap()).await;
        assert_eq!(person.asked().len(), 1);

        let person = Person::who_says(&["wrong", right]);
        works(&ask(&person, &bare(&both)).await.unwrap()).await;
        assert_eq!(person.asked().len(), 2);

        let person = Person::who_says(&[right]);
        works(&ask(&person, &bare(&questions)).await.unwrap()).await;
        assert_eq!(person.asked(), ["Password (nxplain on 127.0.0.1)"]);

        let person = Person::who_says(&[right]);
        works(&ask(&person, &destination(&second_factor)).await.unwrap()).await;
        assert_eq!(person.asked().len(), 1);

        // Nobody is there, or nobody may be asked.
        let nobody = Person::who_says(&[]);
        for server in [&both, &questions] {
            let error = ask(&nobody, &bare(server)).await.err().unwrap();
            assert_eq!(error.reason, Reason::Denied);
            assert!(
                error.tried[0].result.contains("nobody"),
                "{:?}",
                error.tried
            );
        }
        let person = Person::who_says(&[right]);
        let mut there = bare(&both);
        there.methods.ask = false;
        assert!(ask(&person, &there).await.is_err());
        assert_eq!(person.asked(), Vec::<String>::new());
    });
}

#[test]
fn the_banner_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let banner = folder.path().join("banner");
    std::fs::write(&banner, "AUTHORIZED USE ONLY\n").unwrap();
    let server = Sshd::new()
        .option("Banner", &banner.display().to_string())
        .start();
    block_on(async {
        let connection = connect(&destination(&server)).await.unwrap();
        assert_eq!(connection.banner(), "AUTHORIZED USE ONLY\n");
    });
}

#[test]
fn variables_are_set_for_each_command() {
    let server = Sshd::new().start();
    block_on(async {
        let mut there = destination(&server);
        there.environment = vec![("NEXUS_STAGE".to_owned(), "blue green".to_owned())];
        let connection = connect(&there).await.unwrap();
        let output = connection.exec("echo \"$NEXUS_STAGE\"", 100).await.unwrap();
        assert_eq!(output.stdout, b"blue green\n");
    });
}
