//! Hosts as the command line names them.

use crate::error::CliError;
use crate::suggest::close_to;
use nexus_graph::{Host, Inventory, TaskGraph};
use std::sync::Arc;

/// The positions of the hosts that `words` stand for, each once, in their order. A word that begins
/// with `!` takes away.
///
/// # Errors
/// NX0855 when nothing of the project is called so.
pub fn chosen(inventory: &Inventory, words: &[String]) -> Result<Vec<u32>, CliError> {
    let all = || (0..inventory.hosts.len() as u32).collect();
    let named = |word: &str| match inventory.named(word) {
        Some(hosts) => Ok(hosts),
        None if word == "all" => Ok(all()),
        None => Err(unknown(inventory, word)),
    };
    let only_less = words.iter().all(|word| word.starts_with('!'));
    let mut chosen: Vec<u32> = if only_less { all() } else { Vec::new() };
    for word in words.iter().filter(|word| !word.starts_with('!')) {
        for host in named(word)? {
            if !chosen.contains(&host) {
                chosen.push(host);
            }
        }
    }
    for word in words.iter().filter_map(|word| word.strip_prefix('!')) {
        let less = named(word)?;
        chosen.retain(|host| !less.contains(host));
    }
    Ok(chosen)
}

fn unknown(inventory: &Inventory, word: &str) -> CliError {
    let words = inventory.words();
    let names: Vec<&str> = words.iter().map(String::as_str).collect();
    let near = close_to(word, names.iter().copied());
    let message = format!("`{word}` is neither a host nor a group nor a tag of this project");
    let error = CliError::new("NX0855", message).did_you_mean(&near);
    match (near.is_empty(), names.len()) {
        (false, _) => error,
        (true, 0) => error.help("the project has no hosts: `hosts.web = [ \"web-1\" ];`"),
        (true, _) => {
            let shown: Vec<String> = names.iter().take(12).map(|n| format!("`{n}`")).collect();
            let more = names.len().saturating_sub(shown.len());
            let more = match more {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            error.help(format!("there are {}{more}", shown.join(", ")))
        }
    }
}

/// The graph with every task limited to the hosts that `words` stand for.
///
/// # Errors
/// As [`chosen`].
pub fn limited(graph: &Arc<TaskGraph>, words: &[String]) -> Result<Arc<TaskGraph>, CliError> {
    if words.is_empty() {
        return Ok(graph.clone());
    }
    let chosen = chosen(&graph.inventory, words)?;
    let mut graph = TaskGraph::clone(graph);
    for task in &mut graph.tasks {
        if let Some(remote) = &mut task.remote {
            remote
                .targets
                .retain(|target| chosen.contains(&target.host));
        }
    }
    Ok(Arc::new(graph))
}

/// Like [`chosen`] for a command that may name hosts which the project does not know: these are added
/// to the inventory as they are written.
///
/// # Errors
/// NX0855 when a word is none of these.
pub fn chosen_or_written(
    inventory: &mut Inventory,
    words: &[String],
) -> Result<Vec<u32>, CliError> {
    for word in words {
        let looks_written = word.contains(['@', ':', '.']) && !word.starts_with("tag:");
        let alone = inventory.hosts.is_empty();
        if word.starts_with('!') || inventory.named(word).is_some() || !(looks_written || alone) {
            continue;
        }
        let host =
            Host::parse(word).map_err(|why| CliError::new("NX0855", format!("`{word}` {why}")))?;
        inventory.hosts.push(Arc::new(host));
    }
    chosen(inventory, words)
}
