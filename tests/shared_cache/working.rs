//! How the work with a cache goes: behind the run, and no longer than it is worth it.

use crate::machine::{Machine, assert_told_once, warnings};
use crate::proxy::{Mode, Proxy};
use crate::servers::{Kind, Server};

/// Thirty tasks, one after the other.
fn chain() -> String {
    let mut text = String::from(
        "config.cache = { unsigned = true; timeout = 1s; budget = 3s; };\ntasks = {\n",
    );
    for n in 0..30 {
        let input = match n {
            0 => "\"seed\"".to_string(),
            n => format!("\"out/{}\"", n - 1),
        };
        text.push_str(&format!(
            "  t{n} = {{ inputs = [ {input} ]; outputs = [ \"out/{n}\" ]; run = \"echo {n} >> ran; seq {n} > out/{n}\"; }};\n"
        ));
    }
    text.push_str("};\n");
    text
}

pub fn given_up_after_three_failures(kind: Kind) {
    let server = Server::start(kind);
    let proxy = Proxy::new(server.address.expect("it listens"), Mode::Close);
    let machine = Machine::with(&chain(), server.variables(Some(proxy.address))).writing();
    let ran = machine.build();
    assert_eq!(machine.executed().len(), 30);
    assert_told_once(&ran, &["NX0632"]);
    assert!(ran.stderr.contains("given up"), "{ran}");
    // Three failures of reading and three of writing, each tried twice, and what was under way.
    let attempts = proxy.accepted();
    assert!((3..=24).contains(&attempts), "{attempts} connections");
}

/// A task begins while the result of the one before cannot be written yet: it is this task that
/// lets the server answer.
pub fn writing_happens_behind(kind: Kind) {
    let server = Server::start(kind);
    let proxy = Proxy::new(server.address.expect("it listens"), Mode::Hang);
    let text = "config.cache = { unsigned = true; timeout = 30s; budget = 30s; accept = []; };
tasks = {
  first = { outputs = [ \"out/1\" ]; run = \"seq 1000 > out/1\"; };
  second = { inputs = [ \"out/1\" ]; outputs = [ \"out/2\" ]; run = [
    \"touch begun\"
    \"for i in $(seq 2000); do [ -e go ] && break; sleep 0.01; done; [ -e go ]\"
    \"cp out/1 out/2\"
  ]; };
};
";
    let machine = Machine::with(text, server.variables(Some(proxy.address))).writing();
    let mut command = machine.command(&["build"]);
    command.stdout(std::process::Stdio::piped());
    command.stderr(std::process::Stdio::piped());
    let child = command.spawn().expect("nexus starts");
    crate::support::wait_until("the second task runs", || machine.project.exists("begun"));
    proxy.set(Mode::Pass);
    proxy.close_held();
    machine.project.edit("go", "");
    let ran = crate::support::Ran::from(child.wait_with_output().expect("nexus ends"));
    assert_eq!(ran.code, Some(0), "{ran}");
    // The run waited at its end for what was not written yet.
    assert!(ran.stdout.contains("2 results written"), "{ran}");
    let reader = Machine::with(&text.replace("accept = [];", ""), server.variables(None));
    let ran = reader.build();
    assert!(ran.stdout.contains("2 results fetched"), "{ran}");
    assert!(warnings(&ran).is_empty(), "{ran}");
}

/// Calls that a server refuses because there are too many are made again.
#[test]
fn a_busy_server_is_asked_again() {
    let server = Server::start(Kind::BuildGrid);
    let text = "config.cache = { unsigned = true; };
tasks = std.record.from_list (map (n: { name = n; value = {
  outputs = [ \"out/${n}\" ]; run = \"echo ${n} > out/${n}; echo ${n} >> ran\";
}; }) (map (n: \"n${n}\") (range 0 60)));
";
    let build = ["--log-level", "debug", "build", "-p", "16"];
    let writer = Machine::with(text, server.variables(None)).writing();
    let wrote = writer.nexus(&build);
    assert_eq!(wrote.code, Some(0), "{wrote}");
    assert!(wrote.stdout.contains("61 results written"), "{wrote}");
    let reader = Machine::with(text, server.variables(None));
    let read = reader.nexus(&build);
    assert!(read.stdout.contains("61 results fetched"), "{read}");
    for ran in [&wrote, &read] {
        assert!(warnings(ran).is_empty(), "{ran}");
    }
    let log = wrote.stderr + &read.stderr;
    assert!(
        log.contains("ResourceExhausted"),
        "it was never busy\n{log}"
    );
}
