//! A project whose hosts are addresses of one real server.

use crate::support::{Project, Ran};
use nexus_farm::{Ground, Server, Sshd, User};
use std::path::PathBuf;

/// A server that is many machines, and a project that knows them.
pub struct Fleet {
    pub server: Server,
    pub project: Project,
    /// A folder that the hosts' user may write to: how commands there tell what they did.
    pub folder: tempfile::TempDir,
}

/// `127.0.0.1`, `127.0.0.2`, …
pub fn names(count: usize) -> Vec<String> {
    (1..=count).map(|n| format!("127.0.0.{n}")).collect()
}

/// What a project says about reaching a server.
pub fn settings(server: &Server, user: User) -> String {
    let ground = Ground::get();
    format!(
        "config.ssh = {{ user = \"{}\"; port = {}; identity = \"{}\"; config = false; \
         host_key = \"accept_new\"; known_hosts = \".nexus/known_hosts\"; connect_timeout = 10s; connect_attempts = 1; }};\n",
        ground.user(user),
        server.port(),
        ground.key("id_ed25519").display()
    )
}

impl Fleet {
    /// With so many hosts in the group `all`, and this in the project; `DIR` stands for the folder.
    pub fn new(count: usize, text: &str) -> Fleet {
        Fleet::of(User::Plain, count, text)
    }

    /// The same on every kind of server: OpenSSH, and Dropbear where there are users for it.
    pub fn all(count: usize, text: &str) -> Vec<Fleet> {
        Fleet::all_of(User::Plain, count, text)
    }

    /// The same with another user.
    pub fn all_of(user: User, count: usize, text: &str) -> Vec<Fleet> {
        let mut servers = vec![Sshd::new().everywhere().start()];
        if Ground::get().has_users() {
            servers.push(Server::dropbear());
        }
        let servers = servers.into_iter();
        servers
            .map(|server| Fleet::on(server, user, count, text))
            .collect()
    }

    /// On OpenSSH, with another user.
    pub fn of(user: User, count: usize, text: &str) -> Fleet {
        Fleet::on(Sshd::new().everywhere().start(), user, count, text)
    }

    /// On this server.
    pub fn on(server: Server, user: User, count: usize, text: &str) -> Fleet {
        let folder = tempfile::tempdir().expect("a folder");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        std::fs::set_permissions(folder.path(), mode).expect("everybody may write");
        let quoted: Vec<String> = names(count).iter().map(|n| format!("\"{n}\"")).collect();
        let whole = format!(
            "{}hosts.all = [ {} ];\n{}",
            settings(&server, user),
            quoted.join(" "),
            text.replace("DIR", &folder.path().display().to_string())
        );
        Fleet {
            project: Project::new(&whole),
            server,
            folder,
        }
    }

    /// A file that commands write.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Its content; empty when it is not there.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }
}

/// How each host ended, sorted by name: `127.0.0.1 succeeded`.
pub fn outcomes(ran: &Ran) -> Vec<String> {
    let finished = ran.events("host_finished");
    let mut all: Vec<String> = finished
        .iter()
        .map(|event| {
            let text = |value: &serde_json::Value| value.as_str().unwrap_or("?").to_string();
            format!(
                "{} {}",
                text(&event["host"]),
                text(&event["outcome"]["kind"])
            )
        })
        .collect();
    all.sort();
    all
}
