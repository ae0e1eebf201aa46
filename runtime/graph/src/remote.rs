//! Tasks that run on other machines: on which, in which order, and what each of them does.

use crate::host::Host;
use crate::task::{Command, Step, Task};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The machines of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// Every host that a group or a task names, by name.
    pub hosts: Vec<Arc<Host>>,
    /// The groups of the project, by name.
    pub groups: Vec<HostGroup>,
    /// How many hosts are worked on at the same time, over all tasks; absent: 100.
    pub parallel: Option<u32>,
}

/// Hosts that have a name together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostGroup {
    /// Its name in `hosts`.
    pub name: String,
    /// Positions in [`Inventory::hosts`], in the order of the project, each once.
    pub hosts: Vec<u32>,
}

/// Where a task runs when that is not here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remote {
    /// The hosts, in the order in which they are begun. May be empty: the task then has nowhere to
    /// run, and fails when it is wanted.
    pub targets: Vec<Target>,
    /// In which order they are worked on.
    pub strategy: Strategy,
    /// What becomes of the other hosts when one fails.
    pub on_failure: OnFailure,
}

/// One host of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Position in [`Inventory::hosts`].
    pub host: u32,
    /// What it does there, when that differs from one host to the next; else the task's steps.
    pub steps: Option<Vec<Step>>,
}

/// In which order hosts are worked on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// All at the same time, as far as the limit allows.
    #[default]
    Parallel,
    /// One after the other.
    Serial,
}

impl Strategy {
    /// All of them, by the name they have in a project file.
    pub const NAMES: [(&'static str, Strategy); 2] = [
        ("parallel", Strategy::Parallel),
        ("serial", Strategy::Serial),
    ];
}

/// What becomes of the other hosts of a task when one fails. The task fails in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// They go on.
    #[default]
    Continue,
    /// Those that have begun go on to their end, no other one begins.
    Stop,
}

impl OnFailure {
    /// All of them, by the name they have in a project file.
    pub const NAMES: [(&'static str, OnFailure); 2] =
        [("continue", OnFailure::Continue), ("stop", OnFailure::Stop)];
}

impl Inventory {
    /// A host by its position.
    pub fn host(&self, target: &Target) -> Option<&Arc<Host>> {
        self.hosts.get(target.host as usize)
    }

    /// The positions of the hosts that a word stands for: the name of a host, of a group, a tag
    /// (`tag:NAME`), or a host written as in the project (`user@address:port`). `None` when it stands
    /// for none.
    pub fn named(&self, word: &str) -> Option<Vec<u32>> {
        if let Some(group) = self.groups.iter().find(|group| group.name == word) {
            return Some(group.hosts.clone());
        }
        let matching = |test: &dyn Fn(&Host) -> bool| {
            let hosts = self.hosts.iter().enumerate();
            let found: Vec<u32> = hosts
                .filter(|(_, host)| test(host))
                .map(|(at, _)| at as u32)
                .collect();
            (!found.is_empty()).then_some(found)
        };
        if let Some(tag) = word.strip_prefix("tag:") {
            return matching(&|host| host.tags.iter().any(|known| known == tag));
        }
        matching(&|host| host.name == word)
            .or_else(|| matching(&|host| host.address == word))
            .or_else(|| matching(&|host| host.to_string() == word))
    }

    /// Every word that [`Inventory::named`] knows, groups first.
    pub fn words(&self) -> Vec<String> {
        let groups = self.groups.iter().map(|group| group.name.clone());
        let hosts = self.hosts.iter().map(|host| host.name.clone());
        let mut tags: Vec<String> = self
            .hosts
            .iter()
            .flat_map(|host| host.tags.iter().map(|tag| format!("tag:{tag}")))
            .collect();
        tags.sort();
        tags.dedup();
        groups.chain(hosts).chain(tags).collect()
    }
}

impl Task {
    /// What it does on one of its targets.
    pub fn steps_on<'a>(&'a self, target: &'a Target) -> &'a [Step] {
        target.steps.as_deref().unwrap_or(&self.steps)
    }
}

/// What a step waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WaitFor {
    /// A command that succeeds.
    Command(String),
    /// A port that takes connections, on an address as seen from where the step runs.
    Port {
        /// Name or address.
        address: String,
        /// The port.
        port: u16,
    },
    /// An answer over HTTP, asked for from where the step runs.
    Http {
        /// What is asked for.
        url: String,
        /// The status that is waited for; any from 200 to 399 when absent.
        status: Option<u16>,
    },
}

impl WaitFor {
    /// The command that succeeds when it is there. Uses what the machine has: `nc`, the shell of
    /// bash or a Python for ports; `curl`, `wget` or a Python for HTTP.
    pub fn probe(&self) -> Command {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        Command::Line(match self {
            WaitFor::Command(line) => line.clone(),
            WaitFor::Port { address, port } => format!(
                "a={} p={port}; if command -v nc >/dev/null 2>&1; then nc -z -w 5 \"$a\" \"$p\"; \
                 elif command -v bash >/dev/null 2>&1; then bash -c 'exec 3<>\"/dev/tcp/$0/$1\"' \"$a\" \"$p\"; \
                 else python3 -c 'import socket,sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)' \"$a\" \"$p\"; fi",
                quoted(address)
            ),
            WaitFor::Http { url, status } => {
                let wanted = match status {
                    Some(status) => status.to_string(),
                    None => "2??|3??".to_string(),
                };
                format!(
                    "u={}; if command -v curl >/dev/null 2>&1; then s=$(curl -s -S -o /dev/null -m 10 -w '%{{http_code}}' \"$u\"); \
                     elif command -v wget >/dev/null 2>&1; then s=$(wget -q -S -T 10 -O /dev/null \"$u\" 2>&1 | sed -n 's/^ *HTTP[^ ]* \\([0-9]*\\).*/\\1/p' | tail -n 1); \
                     else s=$(python3 -c 'import sys,urllib.request as r,urllib.error as e\ntry: print(r.urlopen(sys.argv[1], timeout=10).status)\nexcept e.HTTPError as x: print(x.code)' \"$u\"); fi; \
                     case $s in {wanted}) ;; *) echo \"$u answers ${{s:-nothing}}\" >&2; exit 1;; esac",
                    quoted(url)
                )
            }
        })
    }
}

impl std::fmt::Display for WaitFor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            WaitFor::Command(line) => f.write_str(line),
            WaitFor::Port { address, port } if address == "localhost" => write!(f, "port {port}"),
            WaitFor::Port { address, port } => write!(f, "port {port} of {address}"),
            WaitFor::Http { url, status: None } => f.write_str(url),
            WaitFor::Http {
                url,
                status: Some(status),
            } => write!(f, "{url} ({status})"),
        }
    }
}

/// A step that is repeated until it succeeds or its time is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// What for.
    pub until: WaitFor,
    /// Between two attempts, in nanoseconds.
    pub interval: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_for_hosts() {
        let host = |name: &str, tags: &[&str]| {
            let mut host = Host::parse(name).expect("a host");
            host.tags = tags.iter().map(|tag| tag.to_string()).collect();
            Arc::new(host)
        };
        let inventory = Inventory {
            hosts: vec![
                host("a", &["x"]),
                host("root@b:22", &["x", "y"]),
                host("c", &[]),
            ],
            groups: vec![HostGroup {
                name: "all".into(),
                hosts: vec![2, 0],
            }],
            parallel: None,
        };
        for (word, expected) in [
            ("all", Some(vec![2, 0])),
            ("a", Some(vec![0])),
            ("b", Some(vec![1])),
            ("root@b:22", Some(vec![1])),
            ("tag:x", Some(vec![0, 1])),
            ("tag:z", None),
            ("d", None),
        ] {
            assert_eq!(inventory.named(word), expected, "{word}");
        }
    }
}
