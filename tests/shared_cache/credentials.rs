//! Who we are, and whom we talk to: passwords, tokens, certificates, all from the environment.

use crate::machine::{Machine, assert_told_once, project, warnings};
use crate::servers::{Front, Kind, Server, front};
use std::path::Path;

const PASSWORD: &str = "open-sesame";

fn secured(front: Front, folder: &Path) -> Front {
    let file = folder.join("passwords");
    std::fs::write(&file, format!("me:{{PLAIN}}{PASSWORD}\n")).expect("written");
    let mut front = front.encrypted(folder);
    let file = file.display();
    front.server += &format!("auth_basic shared; auth_basic_user_file {file};");
    front
}

fn with_token(front: Front, folder: &Path) -> Front {
    let mut front = front.encrypted(folder);
    front.location = format!(
        "if ($http_authorization != \"Bearer {PASSWORD}\") {{ return 401; }} {}",
        front.location
    );
    front
}

#[test]
fn credentials_are_sent_over_tls_and_never_shown() {
    type Secured = fn(Front, &Path) -> Front;
    let cases: [(Kind, Secured, &[&str]); 4] = [
        (
            Kind::Http,
            secured,
            &["NEXUS_CACHE_USER", "NEXUS_CACHE_PASSWORD"],
        ),
        (Kind::Http, with_token, &["NEXUS_CACHE_TOKEN"]),
        (
            Kind::Reapi,
            secured,
            &["NEXUS_CACHE_USER", "NEXUS_CACHE_PASSWORD"],
        ),
        (Kind::Reapi, with_token, &["NEXUS_CACHE_TOKEN"]),
    ];
    for (kind, make, names) in cases {
        let server = Server::start(kind);
        let front = front(&server, make);
        let url = match kind {
            Kind::Http => format!("https://{}/some/where", front.address),
            _ => format!("grpcs://{}", front.address),
        };
        let authority = front
            .folder
            .path()
            .join("authority.pem")
            .display()
            .to_string();
        let machine = |trusting: bool, password: Option<&str>| {
            let mut machine = Machine::with(&project(""), Vec::new())
                .set("NEXUS_CACHE_URL", &url)
                .writing();
            if trusting {
                machine = machine.set("NEXUS_CACHE_CA", &authority);
            }
            for name in names {
                let value = if *name == "NEXUS_CACHE_USER" {
                    Some("me")
                } else {
                    password
                };
                if let Some(value) = value {
                    machine = machine.set(name, value);
                }
            }
            machine
        };
        let what = format!("{kind:?} {names:?}");
        let ran = machine(true, Some(PASSWORD)).build();
        assert!(ran.stdout.contains("3 results written"), "{what}: {ran}");
        let ran = machine(true, Some(PASSWORD)).build();
        assert!(ran.stdout.contains("3 results fetched"), "{what}: {ran}");
        for (trusting, password, says) in [
            (true, Some("guess"), "401"),
            (true, None, "401"),
            (false, Some(PASSWORD), "certificate"),
        ] {
            let ran = machine(trusting, password).build();
            assert_told_once(&ran, &["NX0632"]);
            assert!(ran.stderr.contains(says), "{what}, {says}: {ran}");
            assert!(!ran.text().contains(PASSWORD), "{what}: {ran}");
            if says == "401" {
                assert!(
                    ran.stderr.contains("given up"),
                    "{what}: it is hopeless\n{ran}"
                );
            }
        }
    }
}

#[test]
fn s3_checks_who_signs() {
    let server = Server::start(Kind::S3);
    let right = Machine::new(&server).writing();
    assert!(warnings(&right.build()).is_empty());
    for (name, value, says) in [
        ("AWS_SECRET_ACCESS_KEY", "guess", "SignatureDoesNotMatch"),
        ("AWS_ACCESS_KEY_ID", "AKIAOTHER", "403"),
    ] {
        let machine = Machine::new(&server).set(name, value);
        let ran = machine.build();
        assert_told_once(&ran, &["NX0632"]);
        assert!(ran.stderr.contains(says), "{name} {value}: {ran}");
        assert!(!ran.text().contains("of/nobody"), "{ran}");
        machine.assert_right();
    }
}
