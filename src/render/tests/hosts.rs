//! Tasks on hosts.

use super::super::exec::Exec;
use super::super::script::{Script, line, terminal};
use super::{quiet, tree, verbose};
use expect_test::{Expect, expect};
use nexus_graph::event::{EventKind, HostCounts, HostFailure, HostOutcome, Outcome, Status};
use nexus_graph::{Host, Inventory, Remote, Target, Task, TaskGraph, TaskId};
use std::sync::Arc;

/// What happens on one host, told in words.
struct OnHost<'a> {
    script: &'a mut Script,
    host: &'static str,
}

impl OnHost<'_> {
    fn step(&mut self, step: u32, command: &str) -> &mut Self {
        self.script.add(EventKind::StepStarted {
            id: TaskId(0),
            host: Some(self.host.into()),
            step,
            command: command.into(),
            attempt: 1,
            user: None,
            begun_by: None,
        });
        self
    }

    fn print(&mut self, step: u32, text: &str) -> &mut Self {
        self.script.add(EventKind::Output {
            id: TaskId(0),
            host: Some(self.host.into()),
            step,
            line: line(text),
        });
        self
    }

    fn end_step(&mut self, step: u32, code: i32, millis: u64) -> &mut Self {
        self.script.wait(millis).add(EventKind::StepFinished {
            id: TaskId(0),
            host: Some(self.host.into()),
            step,
            status: Status::Exit(code),
            micros: millis * 1000,
            will_retry: false,
            attempt: 1,
        });
        self
    }

    fn end(&mut self, outcome: HostOutcome, millis: u64) {
        self.script.add(EventKind::HostFinished {
            id: TaskId(0),
            host: self.host.into(),
            outcome,
            micros: millis * 1000,
        });
    }
}

fn on<'a>(script: &'a mut Script, host: &'static str) -> OnHost<'a> {
    OnHost { script, host }
}

const OK: HostOutcome = HostOutcome::Succeeded { idle: false };

fn refused(host: &str) -> HostFailure {
    HostFailure {
        code: "NX0802".into(),
        title: "the connection was refused".into(),
        message: "the connection was refused (3 attempts)".into(),
        help: vec![format!(
            "check that an SSH server listens there: nc -zv {host} 22"
        )],
        peer: format!("deploy@{host}:22"),
        ..HostFailure::default()
    }
}

fn unknown(host: &str, key: &str) -> HostFailure {
    HostFailure {
        code: "NX0808".into(),
        title: "the server's key is not known".into(),
        message: format!("no key of `{host}` is known; it shows ssh-ed25519 SHA256:{key}"),
        help: vec!["record it: nexus hosts scan --add".into()],
        peer: format!("deploy@{host}:22"),
        ..HostFailure::default()
    }
}

fn done(script: &mut Script, ends: &[HostOutcome]) {
    let mut counts = HostCounts::default();
    ends.iter().for_each(|end| counts.add(end));
    let outcome = match counts.ok == counts.all() {
        true => Outcome::Succeeded,
        false => Outcome::Hosts {
            counts,
            timed_out: false,
        },
    };
    script.finish(0, outcome, 1_500).done();
}

/// Two hosts that do the same.
fn well() -> Script {
    let mut script = Script::new(&["deploy"], 1);
    script.start(0, "deploy");
    on(&mut script, "web-1").step(0, "systemctl restart shop");
    on(&mut script, "web-2").step(0, "systemctl restart shop");
    on(&mut script, "web-1")
        .print(0, "restarted")
        .end_step(0, 0, 200)
        .end(OK, 300);
    on(&mut script, "web-2").end_step(0, 0, 100).end(OK, 410);
    done(&mut script, &[OK, OK]);
    script
}

/// One that fails, one that is lost, two that are not there, two whose keys are not known.
fn badly() -> Script {
    let mut script = Script::new(&["deploy"], 1);
    script.start(0, "deploy");
    let mut ends = vec![OK];
    on(&mut script, "web-1")
        .step(0, "systemctl restart shop")
        .end_step(0, 0, 200)
        .end(OK, 300);
    let mut end = |script: &mut Script, host, outcome: HostOutcome| {
        on(script, host).end(outcome.clone(), 900);
        ends.push(outcome);
    };
    on(&mut script, "web-2")
        .step(0, "systemctl restart shop")
        .print(0, "Unit shop.service not found.")
        .end_step(0, 5, 100);
    let status = Status::Exit(5);
    end(
        &mut script,
        "web-2",
        HostOutcome::Failed { step: 0, status },
    );
    on(&mut script, "web-3").step(0, "systemctl restart shop");
    let failure = HostFailure {
        code: "NX0835".into(),
        title: "the connection was lost while the command ran".into(),
        message: "the server closed the connection".into(),
        help: vec!["it goes on there".into()],
        peer: "deploy@web-3:22".into(),
        ..HostFailure::default()
    };
    end(&mut script, "web-3", HostOutcome::Lost { step: 0, failure });
    for host in ["db-1", "db-2"] {
        let failure = refused(host);
        end(&mut script, host, HostOutcome::Unreachable { failure });
    }
    for (host, key) in [("new-1", "AAA"), ("new-2", "BBB")] {
        let failure = unknown(host, key);
        end(&mut script, host, HostOutcome::Unreachable { failure });
    }
    let failure = HostFailure {
        hop: Some("gate".into()),
        tried: vec![("id_a (SHA256:x)".into(), "refused by the server".into())],
        ..refused("far")
    };
    end(&mut script, "far", HostOutcome::Unreachable { failure });
    end(&mut script, "late", HostOutcome::NotBegun);
    done(&mut script, &ends);
    script
}

#[test]
fn hosts_that_do_well() {
    tree(
        &well(),
        expect![[r#"
        ● deploy
          ├─ systemctl restart shop
          │  web-1  restarted
          ├─ ✔ web-1  300ms
          ├─ ✔ web-2  410ms
          └─ ✔ 2 hosts · 1.5s
        ✔ 1 task · 1 run · 300ms
    "#]],
    );
    verbose(
        &well(),
        expect![[r#"
        ● deploy · 1 task · 4 at once
        deploy │ runs because no earlier run is known
        deploy web-1 │ $ systemctl restart shop
        deploy web-2 │ $ systemctl restart shop
        deploy web-1 │ restarted
        deploy       │ ✔ web-1  300ms
        deploy       │ ✔ web-2  410ms
        deploy       │ ✔ 1.5s
        ✔ 1 task · 1 run · 300ms
    "#]],
    );
    quiet(
        &well(),
        expect![[r#"
        ✔ deploy 1.5s
    "#]],
    );
}

#[test]
fn hosts_that_fail_in_all_ways() {
    tree(
        &badly(),
        expect![[r#"
        ● deploy
          ├─ systemctl restart shop
          ├─ ✔ web-1  300ms
          │  web-2  Unit shop.service not found.
          ├─ ✘ web-2  exit 5 · 900ms
          ├─ ✘ web-3  lost: the connection was lost while the command ran · 900ms
          ├─ ✘ db-1  the connection was refused · 900ms
          ├─ ✘ db-2  the connection was refused · 900ms
          ├─ ✘ new-1  the server's key is not known · 900ms
          ├─ ✘ new-2  the server's key is not known · 900ms
          ├─ ✘ far  the connection was refused · 900ms
          ├─ ⊘ late  not begun
          └─ ✘ 1 ok, 1 failed, 5 unreachable, 1 lost, 1 not begun · 1.5s

        error[NX0856]: task `deploy` failed: 1 ok, 1 failed, 5 unreachable, 1 lost, 1 not begun of 9 hosts
          ✘ web-2: `systemctl restart shop` exited with code 5 [NX0501]
          ✘ web-3: the result is lost: the connection was lost while the command ran [NX0835]
            host: deploy@web-3:22
            the server closed the connection
            help: it goes on there
          ✘ db-1, db-2: the connection was refused [NX0802]
            hosts: deploy@db-1:22, deploy@db-2:22
            3 attempts
            help: check that an SSH server listens there: nc -zv db-1 22
          ✘ new-1, new-2: the server's key is not known [NX0808]
            new-1: deploy@new-1:22
              no key of `new-1` is known; it shows ssh-ed25519 SHA256:AAA
            new-2: deploy@new-2:22
              no key of `new-2` is known; it shows ssh-ed25519 SHA256:BBB
            help: record it: nexus hosts scan --add
          ✘ far: the connection was refused [NX0802]
            host: deploy@far:22, at the hop gate
            3 attempts
            tried id_a (SHA256:x): refused by the server
            help: check that an SSH server listens there: nc -zv far 22

        ✘ 1 task · 1 failed · 300ms
    "#]],
    );
    verbose(
        &badly(),
        expect![[r#"
        ● deploy · 1 task · 4 at once
        deploy │ runs because no earlier run is known
        deploy web-1 │ $ systemctl restart shop
        deploy       │ ✔ web-1  300ms
        deploy web-2 │ $ systemctl restart shop
        deploy web-2 │ Unit shop.service not found.
        deploy       │ ✘ web-2  exit 5 · 900ms
        deploy web-3 │ $ systemctl restart shop
        deploy       │ ✘ web-3  lost: the connection was lost while the command ran · 900ms
        deploy       │ ✘ db-1  the connection was refused · 900ms
        deploy       │ ✘ db-2  the connection was refused · 900ms
        deploy       │ ✘ new-1  the server's key is not known · 900ms
        deploy       │ ✘ new-2  the server's key is not known · 900ms
        deploy       │ ✘ far  the connection was refused · 900ms
        deploy       │ ⊘ late  not begun
        deploy       │ ✘ 1 ok, 1 failed, 5 unreachable, 1 lost, 1 not begun after 1.5s

        error[NX0856]: task `deploy` failed: 1 ok, 1 failed, 5 unreachable, 1 lost, 1 not begun of 9 hosts
          ✘ web-2: `systemctl restart shop` exited with code 5 [NX0501]
          ✘ web-3: the result is lost: the connection was lost while the command ran [NX0835]
            host: deploy@web-3:22
            the server closed the connection
            help: it goes on there
          ✘ db-1, db-2: the connection was refused [NX0802]
            hosts: deploy@db-1:22, deploy@db-2:22
            3 attempts
            help: check that an SSH server listens there: nc -zv db-1 22
          ✘ new-1, new-2: the server's key is not known [NX0808]
            new-1: deploy@new-1:22
              no key of `new-1` is known; it shows ssh-ed25519 SHA256:AAA
            new-2: deploy@new-2:22
              no key of `new-2` is known; it shows ssh-ed25519 SHA256:BBB
            help: record it: nexus hosts scan --add
          ✘ far: the connection was refused [NX0802]
            host: deploy@far:22, at the hop gate
            3 attempts
            tried id_a (SHA256:x): refused by the server
            help: check that an SSH server listens there: nc -zv far 22
        ✘ 1 task · 1 failed · 300ms
    "#]],
    );
    quiet(
        &badly(),
        expect![[r#"
        ✘ deploy 1 ok, 1 failed, 5 unreachable, 1 lost, 1 not begun after 1.5s

        error[NX0856]: task `deploy` failed: 1 ok, 1 failed, 5 unreachable, 1 lost, 1 not begun of 9 hosts
          ✘ web-2: `systemctl restart shop` exited with code 5 [NX0501]
          │  Unit shop.service not found.
          ✘ web-3: the result is lost: the connection was lost while the command ran [NX0835]
            host: deploy@web-3:22
            the server closed the connection
            help: it goes on there
          ✘ db-1, db-2: the connection was refused [NX0802]
            hosts: deploy@db-1:22, deploy@db-2:22
            3 attempts
            help: check that an SSH server listens there: nc -zv db-1 22
          ✘ new-1, new-2: the server's key is not known [NX0808]
            new-1: deploy@new-1:22
              no key of `new-1` is known; it shows ssh-ed25519 SHA256:AAA
            new-2: deploy@new-2:22
              no key of `new-2` is known; it shows ssh-ed25519 SHA256:BBB
            help: record it: nexus hosts scan --add
          ✘ far: the connection was refused [NX0802]
            host: deploy@far:22, at the hop gate
            3 attempts
            tried id_a (SHA256:x): refused by the server
            help: check that an SSH server listens there: nc -zv far 22
    "#]],
    );
}

/// As `nexus exec` shows it.
fn exec(script: &Script, group: bool, quiet: bool, expected: Expect) {
    let names = [
        "web-1", "web-2", "web-3", "db-1", "db-2", "new-1", "new-2", "far", "late",
    ];
    let mut task = Task::new("exec");
    let target = |host| Target { host, steps: None };
    task.remote = Some(Box::new(Remote {
        targets: (0..names.len() as u32).map(target).collect(),
        ..Remote::default()
    }));
    let graph = TaskGraph {
        tasks: vec![task],
        inventory: Inventory {
            hosts: names
                .iter()
                .map(|name| Arc::new(Host::new(*name)))
                .collect(),
            ..Inventory::default()
        },
        ..TaskGraph::default()
    };
    let mut renderer = Exec::new(terminal(), group, quiet);
    super::super::Renderer::graph(&mut renderer, Arc::new(graph));
    expected.assert_eq(&script.render(renderer));
}

#[test]
fn one_command_on_many_hosts() {
    exec(
        &well(),
        false,
        false,
        expect![[r#"
        web-1 │ restarted
        ✔ 2 hosts · 300ms
    "#]],
    );
    exec(
        &well(),
        true,
        false,
        expect![[r#"
        ✔ web-1
          │  restarted
        ✔ web-2
        ✔ 2 hosts · 300ms
    "#]],
    );
    exec(
        &well(),
        false,
        true,
        expect![[r#"
        web-1 │ restarted
    "#]],
    );
    exec(
        &badly(),
        false,
        false,
        expect![[r#"
        web-2 │ Unit shop.service not found.
        web-2 │ exit 5
          ✘ web-3: the result is lost: the connection was lost while the command ran [NX0835]
            host: deploy@web-3:22
            the server closed the connection
            help: it goes on there
          ✘ db-1, db-2: the connection was refused [NX0802]
            hosts: deploy@db-1:22, deploy@db-2:22
            3 attempts
            help: check that an SSH server listens there: nc -zv db-1 22
          ✘ new-1, new-2: the server's key is not known [NX0808]
            new-1: deploy@new-1:22
              no key of `new-1` is known; it shows ssh-ed25519 SHA256:AAA
            new-2: deploy@new-2:22
              no key of `new-2` is known; it shows ssh-ed25519 SHA256:BBB
            help: record it: nexus hosts scan --add
          ✘ far: the connection was refused [NX0802]
            host: deploy@far:22, at the hop gate
            3 attempts
            tried id_a (SHA256:x): refused by the server
            help: check that an SSH server listens there: nc -zv far 22
        ✘ 1 ok, 1 failed, 5 unreachable, 1 lost, 1 not begun · 300ms
    "#]],
    );
    exec(
        &badly(),
        true,
        false,
        expect![[r#"
        ✔ web-1
        ✘ web-2  exit 5
          │  Unit shop.service not found.
        ⊘ late  not begun
          ✘ web-3: the result is lost: the connection was lost while the command ran [NX0835]
            host: deploy@web-3:22
            the server closed the connection
            help: it goes on there
          ✘ db-1, db-2: the connection was refused [NX0802]
            hosts: deploy@db-1:22, deploy@db-2:22
            3 attempts
            help: check that an SSH server listens there: nc -zv db-1 22
          ✘ new-1, new-2: the server's key is not known [NX0808]
            new-1: deploy@new-1:22
              no key of `new-1` is known; it shows ssh-ed25519 SHA256:AAA
            new-2: deploy@new-2:22
              no key of `new-2` is known; it shows ssh-ed25519 SHA256:BBB
            help: record it: nexus hosts scan --add
          ✘ far: the connection was refused [NX0802]
            host: deploy@far:22, at the hop gate
            3 attempts
            tried id_a (SHA256:x): refused by the server
            help: check that an SSH server listens there: nc -zv far 22
        ✘ 1 ok, 1 failed, 5 unreachable, 1 lost, 1 not begun · 300ms
    "#]],
    );
}

/// With many hosts, those that do well are counted, and what is the same for many is told once.
#[test]
fn many_hosts() {
    const NAMES: [&str; 12] = [
        "h01", "h02", "h03", "h04", "h05", "h06", "h07", "h08", "h09", "h10", "h11", "h12",
    ];
    let mut script = Script::new(&["up"], 1);
    script.start(0, "up");
    let mut ends = Vec::new();
    for (at, host) in NAMES.into_iter().enumerate() {
        let outcome = match at {
            0 | 1 => {
                on(&mut script, host).step(0, "uptime").end_step(0, 0, 1);
                OK
            }
            _ => HostOutcome::Unreachable {
                failure: unknown(host, &format!("KEY{at}")),
            },
        };
        on(&mut script, host).end(outcome.clone(), 10);
        ends.push(outcome);
    }
    done(&mut script, &ends);
    tree(
        &script,
        expect![[r#"
        ● up
          ├─ uptime
          ├─ ✔ h01  10ms
          ├─ ✔ h02  10ms
          ├─ ✘ h03  the server's key is not known · 10ms
          ├─ ✘ h04  the server's key is not known · 10ms
          ├─ ✘ h05  the server's key is not known · 10ms
          ├─ ✘ h06  the server's key is not known · 10ms
          ├─ ✘ h07  the server's key is not known · 10ms
          ├─ ✘ h08  the server's key is not known · 10ms
          ├─ ✘ h09  the server's key is not known · 10ms
          ├─ ✘ h10  the server's key is not known · 10ms
          ├─ ✘ h11  the server's key is not known · 10ms
          ├─ ✘ h12  the server's key is not known · 10ms
          └─ ✘ 2 ok, 10 unreachable · 1.5s

        error[NX0856]: task `up` failed: 2 ok, 10 unreachable of 12 hosts
          ✘ h03, h04, h05, h06, h07, h08, h09, h10 and 2 more: the server's key is not known [NX0808]
            h03: deploy@h03:22
              no key of `h03` is known; it shows ssh-ed25519 SHA256:KEY2
            h04: deploy@h04:22
              no key of `h04` is known; it shows ssh-ed25519 SHA256:KEY3
            h05: deploy@h05:22
              no key of `h05` is known; it shows ssh-ed25519 SHA256:KEY4
            h06: deploy@h06:22
              no key of `h06` is known; it shows ssh-ed25519 SHA256:KEY5
            h07: deploy@h07:22
              no key of `h07` is known; it shows ssh-ed25519 SHA256:KEY6
            h08: deploy@h08:22
              no key of `h08` is known; it shows ssh-ed25519 SHA256:KEY7
            h09: deploy@h09:22
              no key of `h09` is known; it shows ssh-ed25519 SHA256:KEY8
            h10: deploy@h10:22
              no key of `h10` is known; it shows ssh-ed25519 SHA256:KEY9
            and 2 more
            help: record it: nexus hosts scan --add

        ✘ 1 task · 1 failed · 2ms
    "#]],
    );
}
