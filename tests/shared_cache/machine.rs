//! A machine: a checkout of the project at a path of its own, with a cache of its own.

use crate::servers::Server;
use crate::support::{Project, Ran};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// What is promised with [`Machine::impatient`] is a few seconds; with the usual times a run would
/// wait for two minutes, and without any for ever. The machine may be busy.
const BOUND: Duration = Duration::from_secs(100);

/// Three tasks in a row: a file that travels alone, a folder of everything that can be in one, and
/// a file made of both. `{extra}` goes into the second one's command.
pub fn project(extra: &str) -> String {
    format!(
        r#"config.cache = {{ unsigned = true; }};
tasks = {{
  one = {{
    inputs = [ "seed" ];
    outputs = {{ out = "out/one"; }};
    run = "echo one >> ran; sort -r seed > out/one";
  }};
  two = {{
    inputs = [ tasks.one.outputs.out ];
    outputs = {{ dir = "out/two"; }};
    run = [
      "echo two >> ran"
      "mkdir -p out/two/sub"
      "for i in $(seq 30); do echo file $i > out/two/f$i; done"
      "cp out/one out/two/sub/large"
      "ln -s ../f1 out/two/sub/link"
      "printf '#!/bin/sh\n' > out/two/tool; chmod +x out/two/tool; : > out/two/empty"
      {extra}
    ];
  }};
  three = {{
    inputs = [ tasks.two.outputs.dir ];
    outputs = [ "out/three" ];
    run = "echo three >> ran; cat out/two/sub/large out/two/f* > out/three; seq 20000 >> out/three";
  }};
}};
"#
    )
}

/// Lines that no compression makes much of: 600 kB.
fn seed() -> String {
    let mut state: u64 = 88_172_645_463_325_252;
    let mut text = String::new();
    for _ in 0..6000 {
        for _ in 0..6 {
            // xorshift64
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            text.push_str(&format!("{state:016x}"));
        }
        text.push('\n');
    }
    text
}

pub struct Machine {
    pub project: Project,
    env: Vec<(String, String)>,
    /// What nexus is started by, before its own name.
    before: Vec<String>,
}

impl Machine {
    /// With the usual project.
    pub fn new(server: &Server) -> Self {
        Machine::with(&project(""), server.variables(None))
    }

    /// Which reaches the server through something else.
    pub fn through(server: &Server, address: SocketAddr) -> Self {
        Machine::with(&project(""), server.variables(Some(address)))
    }

    pub fn with(text: &str, env: Vec<(String, String)>) -> Self {
        Machine {
            project: Project::new(text).write("seed", &seed()),
            env,
            before: Vec::new(),
        }
    }

    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// That writes to the cache.
    pub fn writing(self) -> Self {
        self.set("NEXUS_CACHE_WRITE", "1")
    }

    /// That waits for a second, and for three in all.
    pub fn impatient(self) -> Self {
        self.set("NEXUS_CACHE_TIMEOUT", "1")
            .set("NEXUS_CACHE_BUDGET", "3")
    }

    /// Where nexus is started by another program.
    pub fn under(mut self, before: &[String]) -> Self {
        self.before = before.to_vec();
        self
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let plain = self.project.command(args);
        let mut command = match self.before.split_first() {
            None => return self.variables(plain),
            Some((program, rest)) => {
                let mut command = Command::new(program);
                command.args(rest).arg(plain.get_program()).args(args);
                command
            }
        };
        command.current_dir(self.project.root());
        for (name, value) in plain.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.stdin(std::process::Stdio::null());
        self.variables(command)
    }

    fn variables(&self, mut command: Command) -> Command {
        for name in ["AWS_REGION", "AWS_SESSION_TOKEN", "AWS_PROFILE"] {
            command.env_remove(name);
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs nexus to its end.
    pub fn nexus(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output();
        Ran::from(output.expect("nexus starts"))
    }

    /// Builds, which must succeed in time.
    pub fn build(&self) -> Ran {
        let begin = Instant::now();
        let ran = self.nexus(&["build"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        let took = begin.elapsed();
        assert!(took < BOUND, "it took {took:?}\n{ran}");
        ran
    }

    /// The tasks whose commands were executed here, in order.
    pub fn executed(&self) -> Vec<String> {
        let ran = self.project.path("ran");
        let text = std::fs::read_to_string(ran).unwrap_or_default();
        text.lines().map(String::from).collect()
    }

    /// Everything that the tasks made.
    pub fn outputs(&self) -> BTreeMap<String, Vec<u8>> {
        let mut all = BTreeMap::new();
        walk(&self.project.path("out"), "out", &mut all);
        all
    }

    /// The outputs are those of a machine that never heard of a shared cache, and its own cache is
    /// in order.
    pub fn assert_right(&self) {
        static RIGHT: OnceLock<BTreeMap<String, Vec<u8>>> = OnceLock::new();
        let right = RIGHT.get_or_init(|| {
            let alone = Machine::with(&project(""), Vec::new());
            let ran = alone.nexus(&["build", "--no-shared-cache"]);
            assert_eq!(ran.code, Some(0), "{ran}");
            alone.outputs()
        });
        let here = self.outputs();
        let names = |all: &BTreeMap<String, Vec<u8>>| all.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&here), names(right));
        for (name, content) in right {
            assert!(here[name] == *content, "{name} is another");
        }
        let ran = self.project.nexus(&["cache", "verify"]);
        assert_eq!(ran.code, Some(0), "the store does not verify\n{ran}");
    }
}

/// Content by path from the project; a mark says what it is.
fn walk(folder: &Path, name: &str, all: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        let metadata = path.symlink_metadata().expect("there");
        if metadata.is_dir() {
            walk(&path, &name, all);
        } else if metadata.is_symlink() {
            let to = std::fs::read_link(&path).expect("a link");
            all.insert(
                format!("{name} ->"),
                to.into_os_string().into_encoded_bytes(),
            );
        } else {
            let executable = metadata.permissions().mode() & 0o100 != 0;
            let mark = if executable { " *" } else { "" };
            let content = std::fs::read(&path).expect("readable");
            all.insert(format!("{name}{mark}"), content);
        }
    }
}

/// Warnings about the shared cache that a run printed.
pub fn warnings(ran: &Ran) -> Vec<&str> {
    let about = |line: &&str| line.contains("warning[NX063");
    ran.stderr.lines().filter(about).collect()
}

/// The cache's trouble was told, once and with this code.
pub fn assert_told_once(ran: &Ran, codes: &[&str]) {
    let told = warnings(ran);
    assert_eq!(told.len(), 1, "{ran}");
    let right = codes.iter().any(|code| told[0].contains(code));
    assert!(right, "{codes:?} was expected\n{ran}");
}
