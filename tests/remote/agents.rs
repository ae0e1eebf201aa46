//! Agents: keys that are not ours to read, and an agent lent to the hosts.

use crate::fleet::{Fleet, settings};
use crate::support::{Project, Ran};
use nexus_farm::{Ground, SshAgent, Sshd, User};

fn with_agent(project: &Project, agent: &SshAgent, args: &[&str]) -> Ran {
    let mut command = project.command(args);
    command
        .env("SSH_AUTH_SOCK", agent.socket())
        .env("HOME", project.root());
    Ran::from(command.output().expect("nexus starts"))
}

#[test]
fn keys_of_an_agent_log_in() {
    let ground = Ground::get();
    let agent = SshAgent::with(&[ground.key("id_ecdsa")]);
    let server = Sshd::new().everywhere().start();
    let identity = format!("identity = \"{}\"; ", ground.key("id_ed25519").display());
    let text = settings(&server, User::Plain).replace(&identity, "");
    let project = Project::new(&format!(
        "{text} hosts.all = [ \"127.0.0.1\" ]; tasks.up = {{ on = hosts.all; run = \"true\"; }};"
    ));
    let ran = with_agent(&project, &agent, &["run", "up"]);
    assert_eq!(ran.code, Some(0), "{ran}");
}

/// With `agent_forward`, commands there can use the agent here; without it, they cannot.
#[test]
fn an_agent_is_lent_where_the_project_says_so() {
    let ground = Ground::get();
    let agent = SshAgent::with(&[ground.key("id_ecdsa")]);
    for fleet in Fleet::all(
        2,
        r#"tasks.keys = { on = hosts.all; run = "ssh-add -l"; };"#,
    ) {
        let ran = with_agent(&fleet.project, &agent, &["run", "keys"]);
        assert_eq!(ran.code, Some(1), "{ran}");
        let text = fleet.project.read("nexus.nx");
        let lent = text.replace("config.ssh = {", "config.ssh = { agent_forward = true;");
        for transport in ["russh", "openssh"] {
            let lent = lent.replace(
                "config.ssh = {",
                &format!("config.ssh = {{ transport = \"{transport}\";"),
            );
            fleet.project.edit("nexus.nx", &lent);
            let ran = with_agent(&fleet.project, &agent, &["run", "keys"]);
            assert_eq!(ran.code, Some(0), "{transport}: {ran}");
            assert_eq!(
                ran.stdout.matches("farm-id_ecdsa").count(),
                2,
                "{transport}: {ran}"
            );
        }
    }
}
