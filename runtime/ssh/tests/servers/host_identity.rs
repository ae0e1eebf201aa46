//! Certificates of servers, and their keys looked at without logging in.

use crate::scene::{Scene, ed25519, fingerprint};
use crate::support::{block_on, code};
use nexus_farm::{Ground, Sshd};
use nexus_ssh::{Client, HostKeyError, HostKeyPolicy, Settings, Standing};

#[test]
fn certificates_of_hosts() {
    let ground = Ground::get();
    // A server does not show a certificate of a user: that one is not even tried here.
    let cases: [(&[&str], Option<&str>); 6] = [
        (&["-h", "-n", "127.0.0.1"], None),
        (&["-h", "-n", "other,127.0.0.*"], None),
        (&["-h"], None),
        (&["-h", "-n", "other"], Some("is for other")),
        (&["-h", "-n", "127.0.0.1", "-V", "-2d:-1d"], Some("expired")),
        (
            &["-h", "-n", "127.0.0.1", "-V", "+1d:+2d"],
            Some("not valid yet"),
        ),
    ];
    for (options, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let key = ground.sign("host_ca", "host_ed25519", folder.path(), options);
        let certificate = folder.path().join("host_ed25519-cert.pub");
        let sshd = Sshd::new()
            .host_keys(&[&key.display().to_string()])
            .option("HostCertificate", &certificate.display().to_string());
        let scene = Scene::new(&sshd, HostKeyPolicy::Strict);
        let authority = ground.public_key("host_ca");
        scene.write(&format!("@cert-authority {} {authority}\n", scene.name()));
        block_on(async {
            match (scene.connect().await, expected) {
                (Ok(_), None) => {}
                (Err(error), Some(expected)) => {
                    assert!(error.to_string().contains(expected), "{error}");
                    assert_eq!(code(&error), "NX0810");
                }
                (result, _) => panic!("{options:?}: {:?}", result.err()),
            }
            // An authority that is not ours does not matter, and its key is no key of the host.
            scene.write(&format!("@cert-authority other {authority}\n"));
            assert!(scene.connect().await.is_err());
            // The bare key may be known all the same.
            scene.write(&format!("{} {}\n", scene.name(), ed25519()));
            scene.connect().await.unwrap();
            // A stolen authority vouches for nobody.
            scene.write(&format!(
                "@cert-authority * {authority}\n@revoked * {authority}\n"
            ));
            let error = scene.connect().await.err().unwrap();
            assert_eq!(code(&error), "NX0810");
        });
    }
}

#[test]
fn keys_are_scanned_and_stand_to_what_is_known() {
    let keys = ["host_ed25519", "host_ecdsa", "host_rsa"];
    let scene = Scene::new(&Sshd::new().host_keys(&keys), HostKeyPolicy::Strict);
    block_on(async {
        let client = Client::default();
        let settings = Settings::default();
        let found = client.scan(&scene.there, &settings).await.unwrap();
        let prints: Vec<_> = found.iter().map(|key| key.fingerprint.clone()).collect();
        assert_eq!(prints, keys.map(fingerprint));
        assert_eq!(
            found[0].standing(&scene.there).await.unwrap(),
            Standing::Unknown
        );
        found[0].record(&scene.there, &scene.file()).unwrap();
        assert_eq!(
            found[0].standing(&scene.there).await.unwrap(),
            Standing::Known
        );
        assert!(matches!(
            found[1].standing(&scene.there).await.unwrap(),
            Standing::Refused(HostKeyError::Changed { .. })
        ));
        for key in &found {
            key.record(&scene.there, &scene.file()).unwrap();
            assert_eq!(key.standing(&scene.there).await.unwrap(), Standing::Known);
        }
        assert_eq!(scene.text().lines().count(), 3);
        // Nobody has logged in.
        assert!(!scene.server.log().contains("Accepted"));
    });
}
