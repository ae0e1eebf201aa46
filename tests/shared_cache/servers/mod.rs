//! Real servers on this machine, each with a storage of its own, and ended with the test.

mod nginx;

pub use nginx::{Front, front};

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The kinds of shared caches, by the servers that stand for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Folder,
    /// nginx, which takes files and knows no conditions.
    Http,
    /// buildbox-casd, which keeps everything on disk.
    Reapi,
    /// Another server of the same protocol, written by others in another language.
    BuildGrid,
    /// s3s-fs, which checks signatures.
    S3,
}

/// A server written in Python takes its time when the machine is busy.
const STARTING: Duration = Duration::from_secs(120);

/// Room on the disk of a server that is to be full soon: less than the outputs of the project.
pub const LITTLE: &str = "200k";

/// A server and what it keeps.
pub struct Server {
    pub kind: Kind,
    pub address: Option<SocketAddr>,
    process: Option<Child>,
    /// Everything of it.
    folder: tempfile::TempDir,
}

impl Server {
    pub fn start(kind: Kind) -> Server {
        Server::start_with(kind, None)
    }

    /// With little room on its disk.
    pub fn small(kind: Kind) -> Server {
        Server::start_with(kind, Some(LITTLE))
    }

    fn start_with(kind: Kind, room: Option<&str>) -> Server {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir_all(folder.path().join("data")).expect("a folder");
        let mut server = Server {
            kind,
            address: None,
            process: None,
            folder,
        };
        if kind == Kind::Folder {
            std::fs::create_dir(server.data().join("shared")).expect("a folder");
            return server;
        }
        // Somebody else may take the port that was free a moment ago.
        for _ in 0..5 {
            let address = free();
            let mut command = server.command(address, room);
            let log = std::fs::File::create(server.path("log")).expect("a log");
            command.stdin(Stdio::null());
            command.stdout(log.try_clone().expect("a descriptor"));
            command.stderr(log);
            let child = command.spawn().unwrap_or_else(|error| {
                panic!("{command:?}: {error}; scripts/servers.sh installs the servers")
            });
            // From here on whoever drops the server ends the process.
            let child = server.process.insert(child);
            let mut ended = false;
            let begin = Instant::now();
            while !ended && TcpStream::connect(address).is_err() {
                ended = matches!(child.try_wait(), Ok(Some(_)));
                assert!(begin.elapsed() < STARTING, "{kind:?} does not listen");
                std::thread::park_timeout(Duration::from_millis(10));
            }
            if !ended {
                server.address = Some(address);
                return server;
            }
            server.process = None;
        }
        let log = std::fs::read_to_string(server.path("log")).unwrap_or_default();
        panic!("{kind:?} does not start; scripts/servers.sh installs the servers\n{log}");
    }

    fn command(&self, address: SocketAddr, room: Option<&str>) -> Command {
        let (data, port) = (self.data(), address.port().to_string());
        let mut words: Vec<String> = match room {
            Some(room) => with_little_room(&data, room),
            None => Vec::new(),
        };
        let mut add = |more: &[&str]| words.extend(more.iter().map(|word| word.to_string()));
        let data = data.display().to_string();
        match self.kind {
            Kind::Folder => unreachable!("nothing is started for a folder"),
            Kind::Http => {
                let front = Front::files(&data);
                let config = self.path("nginx.conf");
                std::fs::write(&config, front.config(self.folder.path(), address))
                    .expect("written");
                add(&nginx::words(&config.display().to_string()));
            }
            Kind::Reapi => {
                let program = installed("casd/buildbox-casd");
                let bind = address.to_string();
                add(&[&program, "--bind", &bind, "--reserved", "0", &data]);
            }
            Kind::BuildGrid => {
                let config = self.path("buildgrid.yml");
                std::fs::write(&config, buildgrid(address, &data)).expect("written");
                let program = installed("buildgrid/bin/bgd");
                add(&[&program, "server", "start", &config.display().to_string()]);
            }
            Kind::S3 => {
                std::fs::create_dir_all(self.data().join("bucket")).expect("a bucket");
                let program = installed("s3s/bin/s3s-fs");
                let keys = ["--access-key", ACCESS, "--secret-key", SECRET];
                add(&[&program, "--host", "127.0.0.1", "--port", &port]);
                add(&keys);
                add(&[&data]);
            }
        }
        let (program, rest) = words.split_first().expect("a program");
        let mut command = Command::new(program);
        command.args(rest);
        command
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where it keeps what it is given.
    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// The variables that lead to it, perhaps through something else.
    pub fn variables(&self, through: Option<SocketAddr>) -> Vec<(String, String)> {
        let address = through.or(self.address);
        let at = address.map(|a| a.to_string()).unwrap_or_default();
        let url = match self.kind {
            Kind::Folder => self.data().join("shared").display().to_string(),
            Kind::Http => format!("http://{at}/some/where"),
            Kind::Reapi => format!("grpc://{at}"),
            Kind::BuildGrid => format!("grpc://{at}/an/instance"),
            Kind::S3 => "s3://bucket/some/where".to_string(),
        };
        let mut all = vec![("NEXUS_CACHE_URL".to_string(), url)];
        if self.kind == Kind::S3 {
            all.push(("AWS_ENDPOINT_URL_S3".into(), format!("http://{at}")));
            all.push(("AWS_ACCESS_KEY_ID".into(), ACCESS.into()));
            all.push(("AWS_SECRET_ACCESS_KEY".into(), SECRET.into()));
        }
        all
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("a process").id()
    }

    /// Ends it as a crash does. A folder is gone.
    pub fn kill(&mut self) {
        match self.process.take() {
            Some(mut process) => {
                // It may have ended already.
                let _ = process.kill();
                let _ = process.wait();
            }
            None => std::fs::remove_dir_all(self.data()).expect("removed"),
        }
    }

    /// The files of entries, and those of blobs.
    pub fn stored(&self) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let mut all = Vec::new();
        files(&self.data(), &mut all);
        let part = |path: &Path, name: &str| path.components().any(|c| c.as_os_str() == name);
        let entry = |path: &Path| {
            ["ac", "results", "actioncache"]
                .iter()
                .any(|name| part(path, name))
        };
        let blob =
            |path: &Path| part(path, "cas") && (self.kind != Kind::Reapi || part(path, "objects"));
        let (mut entries, mut blobs) = (Vec::new(), Vec::new());
        for path in all {
            if entry(&path) {
                entries.push(path);
            } else if blob(&path) {
                blobs.push(path);
            }
        }
        (entries, blobs)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.kill();
        }
    }
}

fn files(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            true => files(&path, all),
            false => all.push(path),
        }
    }
    all.sort();
}

/// Of the S3 server.
pub const ACCESS: &str = "AKIATEST";
const SECRET: &str = "a+secret/of/nobody";

/// Words before a program that make a small file system of a folder, for this program alone.
pub fn with_little_room(folder: &Path, room: &str) -> Vec<String> {
    let folder = folder.display();
    let script = format!("mount -t tmpfs -o size={room},mode=777 none '{folder}' && exec \"$@\"");
    let mut words = vec!["unshare", "--mount"];
    if !nix::unistd::geteuid().is_root() {
        words.extend(["--user", "--map-root-user"]);
    }
    let words = words.into_iter().map(String::from);
    words
        .chain(["sh".into(), "-c".into(), script, "sh".into()])
        .collect()
}

/// A port nobody listens on.
pub fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("bound")
}

/// What scripts/servers.sh has installed.
fn installed(name: &str) -> String {
    let var = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let folder = var("NEXUS_TEST_SERVERS").unwrap_or_else(|| {
        let caches = var("XDG_CACHE_HOME");
        let caches = caches.or_else(|| Some(var("HOME")?.join(".cache")));
        caches.expect("HOME is set").join("nexus-test-servers")
    });
    let path = folder.join(name);
    assert!(
        path.exists(),
        "{} is not there: scripts/servers.sh installs it",
        path.display()
    );
    path.display().to_string()
}

/// With few calls at the same time: it refuses some of those that a build makes, and they are made
/// again.
fn buildgrid(address: SocketAddr, data: &str) -> String {
    format!(
        "server:
  - !channel
    address: {address}
    insecure-mode: true
thread-pool-size: 8
instances:
  - name: an/instance
    storages:
      - !disk-storage &store
        path: {data}
    caches:
      - !lru-action-cache &results
        storage: *store
        max-cached-refs: 1000
        allow-updates: true
    services:
      - !cas
        storage: *store
      - !bytestream
        storage: *store
      - !action-cache
        cache: *results
"
    )
}
