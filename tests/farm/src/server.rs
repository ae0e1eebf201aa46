//! Servers.

use crate::ground::Ground;
use crate::process::{descendants, is_alive, wait_for};
use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use tempfile::TempDir;

/// Starts a server in the foreground, tells its pid, and ends it with its sessions when its own
/// standard input ends.
const SUPERVISOR: &str = r#"
log=$1; shift
"$@" </dev/null >>"$log" 2>&1 9>&- &
pid=$!
echo "$pid"
read -r _
kill -CONT "$pid" 2>/dev/null
children=
for stat in /proc/[0-9]*/stat; do
  { read -r line <"$stat"; } 2>/dev/null || continue
  rest=${line##*) }; set -- $rest
  if [ "$2" = "$pid" ]; then stat=${stat#/proc/}; children="$children ${stat%/stat}"; fi
done
kill -KILL "$pid" 2>/dev/null
for child in $children; do kill -CONT "$child" 2>/dev/null; kill -TERM "$child" 2>/dev/null; done
wait "$pid" 2>/dev/null
"#;

/// The settings of an OpenSSH server. The usual one: all kinds of keys, no password, no PAM.
#[derive(Debug, Clone)]
pub struct Sshd {
    host_keys: Vec<String>,
    options: Vec<(String, String)>,
    everywhere: bool,
    port: Option<u16>,
    program: Vec<String>,
}

impl Default for Sshd {
    fn default() -> Self {
        Sshd {
            host_keys: vec!["host_ed25519".to_owned()],
            options: Vec::new(),
            everywhere: false,
            port: None,
            program: Vec::new(),
        }
    }
}

impl Sshd {
    /// The usual settings.
    pub fn new() -> Self {
        Sshd::default()
    }

    /// The keys the server has, by their names or paths.
    #[must_use]
    pub fn host_keys(mut self, names: &[&str]) -> Self {
        self.host_keys = names.iter().map(|&name| name.to_owned()).collect();
        self
    }

    /// Sets an option of `sshd_config`, in the place of what the usual settings say.
    #[must_use]
    pub fn option(mut self, name: &str, value: &str) -> Self {
        self.options.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Passwords and questions are the ways to log in, through PAM. Needs root.
    #[must_use]
    pub fn passwords(self) -> Self {
        self.option("UsePAM", "yes")
            .option("PasswordAuthentication", "yes")
            .option("KbdInteractiveAuthentication", "yes")
    }

    /// Listens at all addresses 127.0.0.0/8, so that each of them looks like a machine of its own.
    /// Others than this machine are not let in.
    #[must_use]
    pub fn everywhere(mut self) -> Self {
        self.everywhere = true;
        self
    }

    /// Listens at this port instead of a free one: the place of a server that was stopped.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Runs the server under another program, such as `unshare`.
    #[must_use]
    pub fn under(mut self, program: &[&str]) -> Self {
        self.program = program.iter().map(|&word| word.to_owned()).collect();
        self
    }

    fn text(&self, port: u16, ground: &Ground) -> String {
        let mut lines = Vec::new();
        for name in &self.host_keys {
            let path = if name.contains('/') {
                PathBuf::from(name)
            } else {
                ground.key(name)
            };
            lines.push(format!("HostKey {}", path.display()));
        }
        if self.everywhere {
            lines.push("ListenAddress 0.0.0.0".to_owned());
        } else {
            lines.push("ListenAddress 127.0.0.1".to_owned());
            if TcpListener::bind("[::1]:0").is_ok() {
                lines.push("ListenAddress ::1".to_owned());
            }
        }
        let authorized = ground.authorized_keys().display().to_string();
        let mut options: Vec<(String, String)> = [
            ("PidFile", "none"),
            ("AuthorizedKeysFile", &authorized),
            ("StrictModes", "no"),
            ("AllowUsers", "*@127.0.0.0/8 *@::1"),
            ("UsePAM", "no"),
            ("PermitRootLogin", "prohibit-password"),
            ("PasswordAuthentication", "no"),
            ("KbdInteractiveAuthentication", "no"),
            ("MaxStartups", "1000:30:2000"),
            ("MaxSessions", "1000"),
            ("LoginGraceTime", "60"),
            ("PrintMotd", "no"),
            ("PrintLastLog", "no"),
            ("UseDNS", "no"),
            ("AcceptEnv", "LANG LC_* NEXUS_*"),
            ("LogLevel", "VERBOSE"),
            ("Subsystem", "sftp internal-sftp"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        for (name, value) in &self.options {
            options.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
            if !value.is_empty() {
                options.push((name.clone(), value.clone()));
            }
        }
        lines.push(format!("Port {port}"));
        lines.extend(
            options
                .iter()
                .map(|(name, value)| format!("{name} {value}")),
        );
        lines.join("\n") + "\n"
    }

    /// Starts the server.
    ///
    /// # Panics
    ///
    /// It does not start: `sshd` is missing, or does not like its settings.
    pub fn start(&self) -> Server {
        let ground = Ground::get();
        let sshd = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"]
            .into_iter()
            .find(|path| Path::new(path).exists())
            .expect("sshd is installed (package openssh-server)");
        Server::start(self.port, |folder, port| {
            let config = folder.join("sshd_config");
            fs::write(&config, self.text(port, ground)).expect("the settings are written");
            let check = Command::new(sshd)
                .arg("-t")
                .arg("-f")
                .arg(&config)
                .output()
                .expect("sshd runs");
            assert!(
                check.status.success(),
                "sshd: {}",
                String::from_utf8_lossy(&check.stderr)
            );
            let mut words = self.program.clone();
            words.extend([sshd, "-D", "-e", "-f"].map(str::to_owned));
            words.push(config.display().to_string());
            words
        })
    }
}

/// A server that runs until it is dropped.
pub struct Server {
    port: u16,
    pid: i32,
    folder: TempDir,
    supervisor: Child,
    stop: Option<ChildStdin>,
}

impl Server {
    /// Starts Dropbear, for throwaway users, at the addresses from 127.0.0.1 to 127.0.0.8. Needs root.
    ///
    /// # Panics
    ///
    /// It is missing or does not start.
    pub fn dropbear() -> Server {
        let ground = Ground::get();
        Server::start(None, |_, port| {
            let mut words = ["dropbear", "-F", "-E", "-r"].map(str::to_owned).to_vec();
            words.push(ground.key("dropbear").display().to_string());
            // As many addresses as it can listen at.
            for n in 1..=8 {
                words.extend(["-p".to_owned(), format!("127.0.0.{n}:{port}")]);
            }
            words
        })
    }

    fn start(port: Option<u16>, command: impl Fn(&Path, u16) -> Vec<String>) -> Server {
        // A port that is free now may be taken a moment later, by another test.
        for _ in 0..5 {
            let folder = tempfile::tempdir().expect("a folder");
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))
                .expect("permissions");
            let port = port.unwrap_or_else(free_port);
            let log = folder.path().join("log");
            let words = command(folder.path(), port);
            let mut supervisor = Command::new("sh")
                .args(["-c", SUPERVISOR, "supervisor"])
                .arg(&log)
                .args(&words)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("sh runs");
            let stop = supervisor.stdin.take();
            let said = supervisor.stdout.take().expect("a pipe");
            let mut line = String::new();
            BufReader::new(said).read_line(&mut line).expect("a pid");
            let server = Server {
                port,
                pid: line.trim().parse().expect("a pid"),
                folder,
                supervisor,
                stop,
            };
            let mut up = false;
            wait_for("a server listens", || {
                up = TcpStream::connect(("127.0.0.1", port)).is_ok();
                up || !is_alive(server.pid)
            });
            if up && is_alive(server.pid) {
                return server;
            }
            eprintln!("{words:?} did not start:\n{}", server.log());
        }
        panic!("the server does not start");
    }

    /// The port it listens at, on 127.0.0.1 and ::1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process that listens.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// What it logged until now.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// A folder of the server's own, which everybody may read.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The processes of its sessions, without what these have started.
    pub fn sessions(&self) -> Vec<i32> {
        let name = |pid: &i32| fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        descendants(self.pid)
            .into_iter()
            .filter(|pid| matches!(name(pid).trim(), "sshd" | "sshd-session" | "dropbear"))
            .collect()
    }

    /// Sends a signal to the processes of its sessions: `SIGSTOP` makes it look dead, `SIGKILL` cuts.
    pub fn signal_sessions(&self, signal: Signal) {
        for pid in self.sessions() {
            // It may have ended by itself.
            let _ = signal::kill(Pid::from_raw(pid), signal);
        }
    }

    /// Sends a signal to the process that listens.
    pub fn signal(&self, signal: Signal) {
        let _ = signal::kill(Pid::from_raw(self.pid), signal);
    }

    /// Ends the server and its sessions, and gives the port back.
    pub fn stop(self) -> u16 {
        self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _ = self.supervisor.wait();
        wait_for("the server ends", || !is_alive(self.pid));
    }
}

/// A port of the loopback interface that is free.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}
