//! `nexus hosts`: the machines of the project, and their keys.

mod keys;

use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::render::look::Role;
use crate::render::text::{columns, count};
use crate::session::planned;
use nexus_graph::Inventory;
use serde_json::{Value, json};

/// Arguments of `nexus hosts`.
#[derive(Debug, clap::Args)]
pub struct HostsArgs {
    /// What to do; without it, the hosts are listed
    #[command(subcommand)]
    pub action: Option<HostsAction>,
}

/// What can be done about hosts.
#[derive(Debug, clap::Subcommand)]
pub enum HostsAction {
    /// Show the hosts of the project and their groups
    List,
    /// Show the keys of hosts, and write down those that are not known yet
    Scan(keys::ScanArgs),
    /// Compare the keys of hosts with those that are on record
    Verify(keys::VerifyArgs),
}

/// Does what is asked.
///
/// # Errors
/// What is wrong with the project or the names.
pub fn run(context: &Context, args: &HostsArgs) -> Result<Exit, CliError> {
    match &args.action {
        None | Some(HostsAction::List) => list(context),
        Some(HostsAction::Scan(args)) => keys::scan(context, args),
        Some(HostsAction::Verify(args)) => keys::verify(context, args),
    }
}

fn list(context: &Context) -> Result<Exit, CliError> {
    let planned = planned(context)?;
    let inventory = &planned.graph.inventory;
    if context.json() {
        context.print_json(&json(inventory))?;
        return Ok(Exit::Done);
    }
    if inventory.hosts.is_empty() {
        context.note(
            "the project has no hosts; groups of them are written `hosts.web = [ \"web-1\" ];`\n",
        );
        return Ok(Exit::Done);
    }
    let look = &context.out;
    let mut out = String::new();
    let width = inventory.hosts.iter().map(|host| columns(&host.name)).max();
    let line = |at: u32| {
        let Some(host) = inventory.hosts.get(at as usize) else {
            return String::new();
        };
        let pad = " ".repeat(width.unwrap_or(0) - columns(&host.name));
        let tags: Vec<String> = host.tags.iter().map(|tag| format!("tag:{tag}")).collect();
        let peer = match host.to_string() {
            peer if peer == host.name => String::new(),
            peer => peer,
        };
        let more = look.paint(Role::Dim, format!("{peer}  {}", tags.join(" ")).trim());
        format!("  {}{pad}  {more}", host.name)
            .trim_end()
            .to_string()
            + "\n"
    };
    for group in &inventory.groups {
        let number = look.paint(Role::Dim, &count(group.hosts.len(), "host"));
        out += &format!("{}  {number}\n", look.paint(Role::Strong, &group.name));
        group.hosts.iter().for_each(|at| out += &line(*at));
    }
    let grouped = |at: &u32| {
        inventory
            .groups
            .iter()
            .any(|group| group.hosts.contains(at))
    };
    let others: Vec<u32> = (0..inventory.hosts.len() as u32)
        .filter(|at| !grouped(at))
        .collect();
    if !others.is_empty() {
        out += &format!("{}\n", look.paint(Role::Dim, "in no group"));
        others.iter().for_each(|at| out += &line(*at));
    }
    context.print(&out)?;
    Ok(Exit::Done)
}

fn json(inventory: &Inventory) -> Value {
    let groups_of = |at: u32| -> Vec<&str> {
        let groups = inventory.groups.iter();
        let some = groups.filter(|group| group.hosts.contains(&at));
        some.map(|group| group.name.as_str()).collect()
    };
    let hosts = inventory.hosts.iter().zip(0..);
    hosts
        .map(|(host, at)| {
            json!({
                "name": host.name, "address": host.address, "user": host.user, "port": host.port,
                "tags": host.tags, "groups": groups_of(at),
            })
        })
        .collect()
}
