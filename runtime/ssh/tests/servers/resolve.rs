//! From a host of a project to a connection, with `~/.ssh/config` in between.

use crate::support::{block_on, code};
use nexus_farm::{Ground, Sshd, User};
use nexus_graph::{ConfigFile, Host, HostKeyPolicy};
use nexus_ssh::{Agent, Client, Resolver};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A project with an SSH configuration of its own.
struct Project(tempfile::TempDir);

impl Project {
    fn new(config: &str) -> Project {
        let project = Project(tempfile::tempdir().unwrap());
        fs::write(project.path().join("ssh_config"), config).unwrap();
        project
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn host(&self, address: &str) -> Host {
        let mut host = Host::parse(address).unwrap();
        host.ssh.config = ConfigFile::File("ssh_config".to_owned());
        host
    }

    fn resolver(&self) -> Resolver {
        Resolver::new(self.path())
    }
}

#[test]
fn the_project_comes_first_then_the_configuration_then_what_is_usual() {
    let project = Project::new(
        "Host web\n HostName 10.0.0.1\n User configured\n Port 1000\n ConnectTimeout 3\n \
         ConnectionAttempts 5\n ServerAliveInterval 7\n StrictHostKeyChecking accept-new\n \
         IdentityFile /keys/configured\n IdentityAgent none\n SetEnv A=1\n\
         Host *\n User everybody\n",
    );
    let (there, settings) = project
        .resolver()
        .resolve_now(&project.host("web"))
        .unwrap();
    assert_eq!((there.host.as_str(), there.port), ("10.0.0.1", 1000));
    assert_eq!(
        (there.user.as_str(), there.name.as_str()),
        ("configured", "web")
    );
    assert_eq!(there.configured, [Path::new("/keys/configured")]);
    assert!(there.fallback.is_empty() && there.identities.is_empty());
    assert_eq!(there.agent, Agent::None);
    assert_eq!(there.host_keys, HostKeyPolicy::AcceptNew);
    assert_eq!(there.environment, [("A".to_owned(), "1".to_owned())]);
    assert_eq!(
        there.known_hosts.record,
        Some(project.path().join(".nexus/known_hosts"))
    );
    assert_eq!(settings.timeouts.total, Duration::from_secs(3));
    assert_eq!(
        (settings.attempts, settings.keepalive),
        (5, Duration::from_secs(7))
    );

    let mut host = project.host("bob@web:2000");
    host.ssh.identity = vec!["keys/mine".to_owned()];
    host.ssh.host_key = Some(HostKeyPolicy::Strict);
    host.ssh.known_hosts = vec!["known".to_owned()];
    host.ssh.connect_timeout = Some(2_000_000_000);
    host.ssh.connect_attempts = Some(1);
    let (there, settings) = project.resolver().resolve_now(&host).unwrap();
    assert_eq!((there.user.as_str(), there.port), ("bob", 2000));
    assert_eq!(there.identities, [project.path().join("keys/mine")]);
    assert_eq!(there.host_keys, HostKeyPolicy::Strict);
    let files = ["known", ".nexus/known_hosts"].map(|name| project.path().join(name));
    assert_eq!(there.known_hosts.read, files);
    assert_eq!(there.known_hosts.record.as_ref(), Some(&files[0]));
    assert_eq!(
        (settings.attempts, settings.timeouts.total.as_secs()),
        (1, 2)
    );

    let (there, settings) = project.resolver().resolve_now(&project.host("db")).unwrap();
    assert_eq!((there.host.as_str(), there.port), ("db", 22));
    assert_eq!(there.user, "everybody");
    assert_eq!(there.host_keys, HostKeyPolicy::Strict);
    assert_eq!(there.fallback.len(), 3);
    assert_eq!(
        (settings.attempts, settings.timeouts.total.as_secs()),
        (3, 10)
    );
}

#[test]
fn chains_of_jump_hosts() {
    let project = Project::new(
        "Host web\n ProxyJump inner\n\
         Host inner\n HostName 10.0.0.2\n User jumper\n ProxyJump outer:2222\n\
         Host outer\n HostName outer.example.com\n ProxyCommand nc %h %p\n\
         Host round\n ProxyJump about\n\
         Host about\n ProxyJump round\n\
         Host itself\n ProxyJump itself\n\
         Host bad\n ProxyJump a,,b\n",
    );
    let chain = |host: &Host| {
        let (there, _) = project.resolver().resolve_now(host).unwrap();
        let hops = there.jumps.iter();
        hops.map(|hop| format!("{}:{}", hop.host, hop.port))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        chain(&project.host("web")),
        ["outer.example.com:2222", "10.0.0.2:22"]
    );
    let (there, _) = project
        .resolver()
        .resolve_now(&project.host("web"))
        .unwrap();
    let command = there.jumps[0].proxy_command.as_deref();
    assert_eq!(command, Some("nc outer.example.com 2222"));
    assert_eq!(there.jumps[1].user, "jumper");
    // What the project says about the way counts alone.
    let mut host = project.host("web");
    host.ssh.jump = Some(vec!["me@elsewhere:7".to_owned(), "inner".to_owned()]);
    assert_eq!(chain(&host), ["elsewhere:7", "10.0.0.2:22"]);
    host.ssh.jump = Some(Vec::new());
    assert_eq!(chain(&host), Vec::<String>::new());
    for circle in ["round", "itself", "bad"] {
        let error = project
            .resolver()
            .resolve_now(&project.host(circle))
            .unwrap_err();
        assert_eq!(code(&error), "NX0815", "{circle}: {error}");
    }
}

#[test]
fn a_mistake_has_its_place() {
    let project = Project::new("Host web\n  Port many\n");
    let error = project
        .resolver()
        .resolve_now(&project.host("web"))
        .unwrap_err();
    assert_eq!(code(&error), "NX0815");
    assert!(
        error.to_string().contains("ssh_config:2: `many`"),
        "{error}"
    );
}

#[test]
fn a_host_of_a_project_is_connected_to() {
    let ground = Ground::get();
    let (server, hop) = (Sshd::new().start(), Sshd::new().start());
    let user = ground.user(User::Plain);
    let key = ground.key("id_ed25519");
    let project = Project::new(&format!(
        "Host web\n HostName 127.0.0.1\n Port {}\n ProxyJump bastion\n\
         Host bastion\n HostName 127.0.0.1\n Port {}\n\
         Host *\n User {user}\n IdentityFile {}\n IdentitiesOnly yes\n StrictHostKeyChecking accept-new\n",
        server.port(),
        hop.port(),
        key.display(),
    ));
    block_on(async {
        let host = Arc::new(project.host("web"));
        let (there, settings) = project.resolver().resolve(&host).await.unwrap();
        let connection = Client::default().connect(&there, &settings).await.unwrap();
        let output = connection.exec("id -un", 100).await.unwrap();
        assert_eq!(output.stdout, format!("{user}\n").as_bytes());
    });
    // Both keys are on record, in the project.
    let recorded = fs::read_to_string(project.path().join(".nexus/known_hosts")).unwrap();
    assert_eq!(recorded.lines().count(), 2, "{recorded}");
}
