//! `~/.ssh/config` as OpenSSH means it: each file in `ssh_config/` is a configuration and what `ssh -G`
//! of OpenSSH 9.2 makes of it for a host. Where there is an `ssh`, it is asked again.
//!
//! With `BLESS=1` in the environment what `ssh -G` says is written into the files.

use nexus_ssh::config::{AddressFamily, HostConfig, Lookup, SshConfig, StrictHostKeyChecking};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is compared.
const KEYS: [&str; 31] = [
    "hostname",
    "user",
    "port",
    "addressfamily",
    "batchmode",
    "bindaddress",
    "certificatefile",
    "connectionattempts",
    "connecttimeout",
    "forwardagent",
    "globalknownhostsfile",
    "hashknownhosts",
    "hostkeyalias",
    "identitiesonly",
    "identityagent",
    "identityfile",
    "kbdinteractiveauthentication",
    "numberofpasswordprompts",
    "passwordauthentication",
    "preferredauthentications",
    "proxycommand",
    "proxyjump",
    "pubkeyauthentication",
    "sendenv",
    "serveralivecountmax",
    "serveraliveinterval",
    "setenv",
    "stricthostkeychecking",
    "userknownhostsfile",
    "canonicalizehostname",
    "canonicaldomains",
];

struct Case {
    name: String,
    path: PathBuf,
    host: String,
    files: Vec<(String, String)>,
    expected: String,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ssh_config");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "case"))
        .collect();
    paths.sort();
    paths.into_iter().map(read).collect()
}

fn read(path: PathBuf) -> Case {
    let text = fs::read_to_string(&path).unwrap();
    let mut parts = text.split("--- ");
    let head = parts.next().unwrap();
    let mut case = Case {
        name: path.file_stem().unwrap().to_string_lossy().into_owned(),
        host: head.trim().strip_prefix("host: ").unwrap().to_owned(),
        path,
        files: Vec::new(),
        expected: String::new(),
    };
    for part in parts {
        let (title, body) = part.split_once('\n').unwrap();
        // A backslash at the end stands for no newline there.
        let body = body.strip_suffix("\\\n").unwrap_or(body).to_owned();
        match title.strip_prefix("file ") {
            Some(name) => case.files.push((name.to_owned(), body)),
            None if title == "config" => case.files.push(("config".to_owned(), body)),
            None => case.expected = body,
        }
    }
    case
}

/// What differs from place to place.
struct Place {
    folder: tempfile::TempDir,
    me: String,
}

impl Place {
    fn new(case: &Case) -> Place {
        let me = nix::unistd::User::from_uid(nix::unistd::getuid());
        let place = Place {
            folder: tempfile::tempdir().unwrap(),
            me: me.unwrap().unwrap().name,
        };
        for (name, text) in &case.files {
            let path = place.folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let text = text
                .replace("@DIR@", &place.dir())
                .replace("@ME@", &place.me);
            fs::write(path, text).unwrap();
        }
        place
    }

    fn dir(&self) -> String {
        self.folder.path().display().to_string()
    }

    fn anonymous(&self, text: &str) -> String {
        text.replace(&self.dir(), "@DIR@")
            .replace(&format!("user {}\n", self.me), "user @ME@\n")
    }
}

/// `ssh -G`, without what is not compared and what is the default.
fn real(case: &Case, place: &Place) -> Option<String> {
    let config = place.folder.path().join("config");
    let run = Command::new("ssh")
        .arg("-G")
        .arg("-F")
        .arg(config)
        .arg(&case.host)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&run.stdout);
    assert!(
        run.status.success(),
        "{}: {}",
        case.name,
        String::from_utf8_lossy(&run.stderr)
    );
    let mut lines: Vec<String> = text
        .lines()
        .filter_map(|line| {
            let (key, value) = line.split_once(' ').unwrap_or((line, ""));
            let value = match value {
                "true" => "yes",
                "false" => "no",
                value => value,
            };
            (KEYS.contains(&key) && !is_default(key, value)).then(|| format!("{key} {value}\n"))
        })
        .collect();
    lines.sort();
    Some(place.anonymous(&lines.concat()))
}

/// Values that `ssh -G` prints when nothing is said.
fn is_default(key: &str, value: &str) -> bool {
    match key {
        "identityfile" => {
            let usual = value.strip_prefix("~/.ssh/id_");
            usual.is_some_and(|kind| {
                [
                    "rsa",
                    "ecdsa",
                    "ecdsa_sk",
                    "ed25519",
                    "ed25519_sk",
                    "xmss",
                    "dsa",
                ]
                .contains(&kind)
            })
        }
        "userknownhostsfile" => value.contains("/.ssh/known_hosts "),
        "globalknownhostsfile" => value.starts_with("/etc/ssh/ssh_known_hosts"),
        "addressfamily" => value == "any",
        "connectionattempts" => value == "1",
        "connecttimeout" => value == "none",
        "canonicalizehostname" => value == "no",
        "canonicaldomains" => value.is_empty() || value == "none",
        "numberofpasswordprompts" | "serveralivecountmax" => value == "3",
        "serveraliveinterval" => value == "0",
        "stricthostkeychecking" => value == "ask",
        "batchmode" | "forwardagent" | "hashknownhosts" | "identitiesonly" => value == "no",
        "kbdinteractiveauthentication" | "passwordauthentication" | "pubkeyauthentication" => {
            value == "yes"
        }
        _ => false,
    }
}

/// The same from our own reading.
fn ours(case: &Case, place: &Place) -> String {
    let (user, host) = match case.host.split_once('@') {
        Some((user, host)) => (Some(user.to_owned()), host.to_owned()),
        None => (None, case.host.clone()),
    };
    let mut config = SshConfig::file(place.folder.path().join("config"));
    config.local_user.clone_from(&place.me);
    let lookup = Lookup {
        host,
        user,
        ..Lookup::default()
    };
    let found = config.lookup(&lookup).unwrap_or_else(|e| panic!("{e}"));
    let mut lines = Vec::new();
    for key in KEYS {
        for value in values(key, &found) {
            if !is_default(key, &value) {
                lines.push(format!("{key} {value}\n"));
            }
        }
    }
    lines.sort();
    place.anonymous(&lines.concat())
}

fn values(key: &str, found: &HostConfig) -> Vec<String> {
    let written = found.values(key);
    let first = |value: Option<String>| value.into_iter().collect();
    match key {
        "hostname" => vec![found.host().to_owned()],
        "user" => vec![found.user().to_owned()],
        "port" => vec![found.port().to_string()],
        "addressfamily" => vec![
            match found.address_family() {
                AddressFamily::Any => "any",
                AddressFamily::Inet => "inet",
                AddressFamily::Inet6 => "inet6",
            }
            .to_owned(),
        ],
        "connecttimeout" => first(found.connect_timeout().map(|t| t.as_secs().to_string())),
        "serveraliveinterval" => first(found.alive_interval().map(|t| t.as_secs().to_string())),
        "stricthostkeychecking" => first(found.strict_host_key_checking().map(|strict| {
            match strict {
                StrictHostKeyChecking::Yes => "yes",
                StrictHostKeyChecking::AcceptNew => "accept-new",
                StrictHostKeyChecking::Ask => "ask",
                StrictHostKeyChecking::No => "no",
            }
            .to_owned()
        })),
        "proxyjump" => {
            let hops = found.jumps().unwrap();
            let hops: Vec<String> = hops
                .iter()
                .map(|hop| {
                    let user = hop.user.as_ref().map(|user| format!("{user}@"));
                    let host = match hop.host.contains(':') {
                        true => format!("[{}]", hop.host),
                        false => hop.host.clone(),
                    };
                    let port = hop.port.map(|port| format!(":{port}"));
                    format!(
                        "{}{host}{}",
                        user.unwrap_or_default(),
                        port.unwrap_or_default()
                    )
                })
                .collect();
            first((!hops.is_empty()).then(|| hops.join(",")))
        }
        "userknownhostsfile" | "globalknownhostsfile" | "canonicaldomains" => {
            first((!written.is_empty()).then(|| written.join(" ")))
        }
        _ => written.to_vec(),
    }
}

#[test]
fn as_ssh_does() {
    let bless = std::env::var_os("BLESS").is_some();
    let cases = cases();
    assert!(cases.len() >= 60, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let place = Place::new(case);
        if let Some(real) = real(case, &place) {
            if bless {
                let text = fs::read_to_string(&case.path).unwrap();
                let (before, _) = text.split_once("--- expected\n").unwrap();
                fs::write(&case.path, format!("{before}--- expected\n{real}")).unwrap();
                continue;
            }
            if real != case.expected {
                wrong.push(format!("{}: ssh says\n{real}", case.name));
            }
            // Commands of the first reading have left traces.
            let place = Place::new(case);
            let ours = ours(case, &place);
            if ours != real {
                wrong.push(format!("{}: ssh says\n{real}we say\n{ours}", case.name));
            }
        } else {
            let ours = ours(case, &place);
            if ours != case.expected {
                let expected = &case.expected;
                wrong.push(format!("{}: expected\n{expected}we say\n{ours}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What OpenSSH refuses is refused, at the same line.
#[test]
fn mistakes_have_a_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    let cases = [
        ("Host web\n  Port many\n", Some(2)),
        ("Host web\n  Port 0\n", Some(2)),
        ("Host web\n  Port 70000\n", Some(2)),
        ("User \"me\n", Some(1)),
        ("\n\nMatch\n  User x\n", Some(3)),
        ("Match host\n", Some(1)),
        ("Match nonsense x\n", Some(1)),
        ("Match all host web\n", Some(1)),
        ("StrictHostKeyChecking perhaps\n", Some(1)),
        ("ConnectTimeout soon\n", Some(1)),
        ("User\n", Some(1)),
        ("HostName %z\n", None),
    ];
    for (text, line) in cases {
        fs::write(&file, text).unwrap();
        let config = SshConfig::file(&file);
        let lookup = Lookup {
            host: "web".to_owned(),
            ..Lookup::default()
        };
        let error = config.lookup(&lookup).expect_err(text);
        assert_eq!((error.line, &error.file), (line, &file), "{text}: {error}");
        let real = Command::new("ssh")
            .arg("-G")
            .arg("-F")
            .arg(&file)
            .arg("web")
            .output();
        if let Ok(real) = real {
            assert!(!real.status.success(), "ssh accepts {text}");
        }
    }
}
