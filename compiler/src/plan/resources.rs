//! What decides when and how fast a task runs, never what comes of it: pools, weights, niceness.

use super::raw::{At, RawTask};
use super::read::{Owner, Reader, Stop};
use crate::diagnostic::suggest::nearest;
use crate::diagnostic::{Diagnostic, Fix, registry::project as codes};
use crate::symbol::Symbol;
use crate::value::{RecordView, Value};
use std::collections::BTreeMap;

/// The nicest a process can be.
const NICEST: i64 = 19;

/// What `config` says about resources.
#[derive(Debug, Default)]
pub(super) struct Resources {
    /// `pools`
    pub(super) pools: BTreeMap<String, u32>,
    /// `nice`
    pub(super) nice: Option<u8>,
}

impl RawTask {
    /// The field of a task without steps that could only concern steps.
    pub(super) fn useless_resource(&self) -> Option<&'static str> {
        let fields = [
            ("pool", self.pool.is_some()),
            ("weight", self.weight.is_some()),
            ("nice", self.nice.is_some()),
        ];
        let useless = fields.into_iter().find(|(_, given)| *given);
        useless
            .filter(|_| self.steps.is_empty())
            .map(|(name, _)| name)
    }
}

impl Reader<'_, '_> {
    /// `pool`, `weight` and `nice` of a task.
    pub(super) fn resources(&mut self, owner: Owner, task: &mut RawTask) -> Result<(), Stop> {
        if let Some(pool) = self.string(owner, "pool")? {
            task.pool = Some(pool.text);
            task.pool_at = Some(self.at_value(owner.record, "pool"));
        }
        task.weight = self.at_least_one(owner, "weight")?;
        task.nice = self.nice(owner)?;
        Ok(())
    }

    /// What `config` says. What is wrong has been noted.
    pub(super) fn pools(&mut self, config: Owner) -> Resources {
        let mut resources = Resources {
            nice: self.nice(config).ok().flatten(),
            ..Resources::default()
        };
        let pools = self.field(config.record, "pools");
        if let Ok(Some(pools)) = pools.map(|value| value.and_then(Value::record)) {
            let owner = Owner {
                record: pools,
                task: "config.pools",
            };
            for (name, _) in self.vm.heap.entries_by_name(pools) {
                let size = self.at_least_one(owner, name.as_str());
                // So that tasks in a pool whose size is wrong are not wrong as well.
                let size = size.ok().flatten().unwrap_or(1);
                resources.pools.insert(name.as_str().to_string(), size);
            }
        }
        resources
    }

    /// Gives every task the project's niceness, unless it has its own, and reports pools that do
    /// not exist.
    pub(super) fn apply(&mut self, resources: &Resources) {
        for task in &mut self.tasks {
            if task.nice.is_none() && !task.steps.is_empty() {
                task.nice = resources.nice;
            }
            let (Some(pool), Some((at, literal))) = (&task.pool, &task.pool_at) else {
                continue;
            };
            if !resources.pools.contains_key(pool) {
                let diagnostic = unknown(&task.path, pool, at, *literal, &resources.pools);
                self.diagnostics.push(diagnostic);
            }
        }
    }

    fn at_least_one(&mut self, owner: Owner, field: &str) -> Result<Option<u32>, Stop> {
        match self.count(owner, field)? {
            Some(0) => {
                let what = what(owner, field);
                let message = format!("{what} must be at least 1");
                Err(self.wrong(owner, field, codes::WRONG_VALUE, message))
            }
            count => Ok(count),
        }
    }

    fn nice(&mut self, owner: Owner) -> Result<Option<u8>, Stop> {
        match self.field(owner.record, "nice")? {
            None => Ok(None),
            Some(Value::Int(n @ 0..=NICEST)) => Ok(Some(n as u8)),
            Some(found) => {
                let found = match found {
                    Value::Int(n) => n.to_string(),
                    other => other.kind().to_string(),
                };
                let what = what(owner, "nice");
                let message = format!(
                    "{what} must be from 0, as usual, to {NICEST}, the nicest to others, but it is {found}"
                );
                Err(self.wrong(owner, "nice", codes::WRONG_VALUE, message))
            }
        }
    }

    /// Where the value of a field is written.
    pub(super) fn at_value(&self, record: RecordView, field: &str) -> (At, bool) {
        let place = self.vm.place_of_value(record.value(), Symbol::new(field));
        match place {
            Some((file, span, literal)) => (At { file, span }, literal),
            None => (self.at(record, Some(field)), false),
        }
    }
}

fn what(owner: Owner, field: &str) -> String {
    match owner.task {
        "config" | "config.pools" => format!("`{}.{field}`", owner.task),
        task => format!("`{field}` of task `{task}`"),
    }
}

fn unknown(
    task: &str,
    pool: &str,
    at: &At,
    literal: bool,
    pools: &BTreeMap<String, u32>,
) -> Diagnostic {
    let message =
        format!("task `{task}` is in the pool `{pool}`, which `config.pools` does not name");
    let mut found = Diagnostic::error(codes::UNKNOWN_POOL, at.file.clone(), at.span, message);
    if pools.is_empty() {
        return found.help(format!("add `config.pools.{pool} = 1;`"));
    }
    let names: Vec<String> = pools.keys().map(|name| format!("`{name}`")).collect();
    found = found.note(format!("the pools are {}", names.join(", ")));
    let Some(near) = nearest(pool, pools.keys().map(String::as_str)) else {
        return found.help(format!("add `{pool}` to `config.pools`, with its size"));
    };
    if literal {
        found.fix = Some(Fix {
            title: format!("Replace with `{near}`"),
            file: at.file.clone(),
            edits: vec![(at.span, format!("\"{near}\""))],
            certain: near.clear,
        });
    }
    found.help(format!("did you mean `{near}`?"))
}
