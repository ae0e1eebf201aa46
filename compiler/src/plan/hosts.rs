//! `hosts` and `config.ssh`: the machines of a project, and how they are connected to.

use super::Elsewhere;
use super::read::{Owner, Reader, Stop};
use crate::diagnostic::registry::{hosts as codes, project};
use crate::diagnostic::suggest::nearest;
use crate::diagnostic::{Diagnostic, Fix};
use crate::symbol::Symbol;
use crate::value::{RecordView, Value};
use nexus_graph::{ConfigFile, Host, HostGroup, HostKeyPolicy, Inventory, SshSettings, Transport};
use std::collections::HashMap;
use std::sync::Arc;

/// The machines read so far.
#[derive(Default)]
pub(super) struct Hosts {
    pub(super) inventory: Inventory,
    /// What functions given as `run` are called with, by position of the host.
    targets: Vec<Value>,
    by_name: HashMap<String, u32>,
    /// `user`, `port` and the rest of `config.ssh`.
    defaults: Host,
    /// Where tasks run instead of where they say, when that was asked for; `Err` when nothing is known
    /// by such a name.
    instead: Option<Result<Vec<u32>, ()>>,
}

impl Hosts {
    /// Whether tasks are to run where nothing is.
    pub(super) fn is_nowhere(&self) -> bool {
        matches!(self.instead, Some(Err(())))
    }
}

impl Reader<'_, '_> {
    /// Reads `config.ssh` and `hosts`. What is wrong has been noted.
    pub(super) fn hosts(&mut self, project: RecordView) {
        if let Ok(Some(config)) = self.field(project, "config")
            && let Some(config) = config.record()
            && let Ok(Some(ssh)) = self.field(config, "ssh")
            && let Some(record) = ssh.record()
        {
            let owner = Owner {
                record,
                task: "config.ssh",
            };
            let defaults = self.settings_of(owner, SshSettings::default());
            if let Ok(settings) = defaults {
                self.hosts.defaults.ssh = settings;
            }
            self.hosts.defaults.user = self.name_of(owner, "user").ok().flatten();
            self.hosts.defaults.port = self.port(owner).ok().flatten();
            self.hosts.inventory.parallel = match self.count(owner, "parallel") {
                Ok(Some(0)) => {
                    let message = "`config.ssh.parallel` must be at least 1".to_string();
                    self.wrong(owner, "parallel", project::WRONG_VALUE, message);
                    None
                }
                other => other.ok().flatten(),
            };
        }
        let Ok(Some(groups)) = self.field(project, "hosts") else {
            return;
        };
        let Some(record) = groups.record() else {
            return;
        };
        let owner = Owner {
            record,
            task: "hosts",
        };
        for (name, value) in self.vm.heap.entries_by_name(record) {
            let mut hosts = Vec::new();
            // What is wrong with one has been noted and does not keep the others from being read.
            let _ = self.group(owner, name.as_str(), value, &mut hosts);
            self.hosts.inventory.groups.push(HostGroup {
                name: name.as_str().to_string(),
                hosts,
            });
        }
        self.hosts
            .inventory
            .groups
            .sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// Has all tasks with `on` run on other hosts. When something is wrong with the project's own, that
    /// is told first.
    pub(super) fn move_to(&mut self, elsewhere: &Elsewhere<'_>) {
        if self.diagnostics.iter().any(Diagnostic::is_error) {
            return;
        }
        let known = self.hosts.inventory.hosts.len();
        let chosen = elsewhere(&mut self.hosts.inventory);
        for mut host in self.hosts.inventory.hosts.split_off(known) {
            let defaults = &self.hosts.defaults;
            let own = Arc::make_mut(&mut host);
            own.user = own.user.take().or_else(|| defaults.user.clone());
            own.port = own.port.or(defaults.port);
            own.ssh = defaults.ssh.clone();
            self.enter(host, None);
        }
        self.hosts.instead = Some(chosen.ok_or(()));
    }

    /// The hosts that a task runs on; `None` when it does not say, and so runs here.
    pub(super) fn on(&mut self, owner: Owner) -> Result<Option<Vec<u32>>, Stop> {
        let Some(value) = self.field(owner.record, "on")? else {
            return Ok(None);
        };
        let mut hosts = Vec::new();
        self.group(owner, "on", value, &mut hosts)?;
        match &self.hosts.instead {
            Some(Ok(instead)) => Ok(Some(instead.clone())),
            _ => Ok(Some(hosts)),
        }
    }

    /// The hosts that a value stands for, each once: a host, or lists of hosts of any depth.
    fn group(
        &mut self,
        owner: Owner,
        field: &str,
        value: Value,
        hosts: &mut Vec<u32>,
    ) -> Result<(), Stop> {
        let mut pending = vec![value];
        let mut failed = None;
        while let Some(value) = pending.pop() {
            let value = self.force(value)?;
            if let Value::List(list) = value {
                pending.extend(self.vm.heap.items(list).iter().rev());
                continue;
            }
            match self.host(owner, field, value) {
                Ok(host) if !hosts.contains(&host) => hosts.push(host),
                Ok(_) => {}
                Err(stop) => failed = Some(stop),
            }
        }
        failed.map_or(Ok(()), Err)
    }

    fn host(&mut self, owner: Owner, field: &str, value: Value) -> Result<u32, Stop> {
        let (mut host, vars) = match value {
            Value::Str(text) => {
                let text = self.vm.heap.str(text).to_string();
                if owner.task != "hosts" {
                    self.not_a_group(owner, field, &text)?;
                }
                (self.parse(owner, field, &text)?, None)
            }
            _ => match value.record() {
                Some(record) => self.described(owner, field, record)?,
                None => {
                    let message = format!(
                        "{} holds {}, which is no host",
                        subject(owner, field),
                        value.kind()
                    );
                    return Err(self.wrong(owner, field, codes::BAD_HOST, message));
                }
            },
        };
        let defaults = &self.hosts.defaults;
        host.user = host.user.or_else(|| defaults.user.clone());
        host.port = host.port.or(defaults.port);
        if vars.is_none() {
            host.ssh = defaults.ssh.clone();
        }
        let vars = vars.flatten();
        self.add(owner, field, host, vars)
    }

    /// Enters a host. One written in the same way twice is one host; two that differ only in the
    /// user or the port are told apart by them.
    fn add(
        &mut self,
        owner: Owner,
        field: &str,
        mut host: Host,
        vars: Option<Value>,
    ) -> Result<u32, Stop> {
        for full in [false, true] {
            if full {
                host.name = host.to_string();
            }
            let Some(at) = self.hosts.by_name.get(&host.name) else {
                break;
            };
            let known = &self.hosts.inventory.hosts[*at as usize];
            if **known == host {
                return Ok(*at);
            }
            // A name that was given is not changed.
            if full || known.address != host.address {
                let message = format!(
                    "two different hosts are called `{}`: {known} and {host}",
                    host.name
                );
                let at = self.at(owner.record, Some(field));
                let wrong = Diagnostic::error(codes::HOST_TWICE, at.file, at.span, message).help(
                    "give each a `name` of its own: `{ name = \"web-1\"; address = \"…\"; }`",
                );
                self.diagnostics.push(wrong);
                return Err(Stop);
            }
        }
        Ok(self.enter(Arc::new(host), vars))
    }

    /// Adds a host that is known by no name yet; its position.
    fn enter(&mut self, host: Arc<Host>, vars: Option<Value>) -> u32 {
        let at = self.hosts.inventory.hosts.len() as u32;
        let target = self.target_of(&host, vars);
        self.hosts.targets.push(target);
        self.hosts.by_name.insert(host.name.clone(), at);
        self.hosts.inventory.hosts.push(host);
        at
    }

    fn parse(&mut self, owner: Owner, field: &str, text: &str) -> Result<Host, Stop> {
        Host::parse(text).map_err(|why| {
            let message = format!("`{text}` in {} {why}", subject(owner, field));
            let at = self.at(owner.record, Some(field));
            let wrong = Diagnostic::error(codes::BAD_HOST, at.file, at.span, message).help(
                "write `host`, `user@host`, `user@host:2222`, or an IPv6 address as `[::1]:22`",
            );
            self.diagnostics.push(wrong);
            Stop
        })
    }

    /// `on = "web"` where `hosts.web` is a group.
    fn not_a_group(&mut self, owner: Owner, field: &str, text: &str) -> Result<(), Stop> {
        let groups = &self.hosts.inventory.groups;
        if self.hosts.by_name.contains_key(text) || !groups.iter().any(|g| g.name == text) {
            return Ok(());
        }
        let (at, literal) = self.at_value(owner.record, field);
        let message = format!(
            "`on` of task `{}` is the text \"{text}\", which would be a host of that name; the group is `hosts.{text}`",
            owner.task
        );
        let mut wrong = Diagnostic::error(codes::GROUP_AS_TEXT, at.file.clone(), at.span, message)
            .help(format!("write `on = hosts.{text};`"));
        if literal {
            wrong.fix = Some(Fix {
                title: format!("Replace with `hosts.{text}`"),
                file: at.file,
                edits: vec![(at.span, format!("hosts.{text}"))],
                certain: true,
            });
        }
        self.diagnostics.push(wrong);
        Err(Stop)
    }

    /// A record that describes a host, and its `vars`.
    fn described(
        &mut self,
        outer: Owner,
        field: &str,
        record: RecordView,
    ) -> Result<(Host, Option<Option<Value>>), Stop> {
        let owner = Owner {
            record,
            task: "hosts",
        };
        let name = self.string(owner, "name")?.map(|text| text.text);
        let address = self.string(owner, "address")?.map(|text| text.text);
        let Some(written) = address.as_ref().or(name.as_ref()) else {
            let message = format!(
                "a host in {} has neither `address` nor `name`",
                subject(outer, field)
            );
            return Err(self.wrong(owner, "address", codes::BAD_HOST, message));
        };
        let mut host = self.parse(owner, "address", written)?;
        if let Some(name) = name {
            let strange = |c: char| c.is_control() || c.is_whitespace() || c == ',';
            if name.is_empty() || name.contains(strange) || name.starts_with('-') {
                let message = format!("`{name}` cannot be the name of a host");
                return Err(self.wrong(owner, "name", codes::BAD_HOST, message));
            }
            host.name = name;
        }
        if let Some(user) = self.name_of(owner, "user")? {
            host.user = Some(user);
        }
        if let Some(port) = self.port(owner)? {
            host.port = Some(port);
        }
        let tags = self.strings(owner, "tags")?;
        host.tags = tags.into_iter().map(|text| text.text).collect();
        host.tags.sort();
        host.tags.dedup();
        host.ssh = self.hosts.defaults.ssh.clone();
        if let Some(ssh) = self.field(record, "ssh")?
            && let Some(record) = ssh.record()
        {
            let owner = Owner {
                record,
                task: "hosts.….ssh",
            };
            host.ssh = self.settings_of(owner, host.ssh)?;
        }
        Ok((host, Some(self.field(record, "vars")?)))
    }

    fn name_of(&mut self, owner: Owner, field: &str) -> Result<Option<String>, Stop> {
        let Some(text) = self.string(owner, field)? else {
            return Ok(None);
        };
        match Host::parse(&format!("{}@host", text.text)) {
            Ok(host) => Ok(host.user),
            Err(why) => {
                let message = format!("`{field}` in `{}` {why}", owner.task);
                Err(self.wrong(owner, field, codes::BAD_HOST, message))
            }
        }
    }

    pub(super) fn port(&mut self, owner: Owner) -> Result<Option<u16>, Stop> {
        match self.count(owner, "port")? {
            None => Ok(None),
            Some(port) => match u16::try_from(port) {
                Ok(port) if port > 0 => Ok(Some(port)),
                _ => {
                    let message = format!("a port is a number from 1 to 65535, not {port}");
                    Err(self.wrong(owner, "port", codes::BAD_HOST, message))
                }
            },
        }
    }

    /// A field that is a text or a list of texts.
    fn one_or_more(&mut self, owner: Owner, field: &str) -> Result<Option<Vec<String>>, Stop> {
        match self.field(owner.record, field)? {
            None => Ok(None),
            Some(Value::List(_)) => {
                let texts = self.strings(owner, field)?;
                Ok(Some(texts.into_iter().map(|text| text.text).collect()))
            }
            Some(_) => {
                let text = self.string(owner, field)?;
                Ok(Some(text.into_iter().map(|text| text.text).collect()))
            }
        }
    }

    /// What a record says about connecting, on top of `base`.
    fn settings_of(&mut self, owner: Owner, base: SshSettings) -> Result<SshSettings, Stop> {
        let mut ssh = base;
        if let Some(identity) = self.one_or_more(owner, "identity")? {
            ssh.identity = identity;
        }
        if let Some(only) = self.boolean(owner, "identities_only")? {
            ssh.identities_only = Some(only);
        }
        if let Some(jump) = self.one_or_more(owner, "jump")? {
            for hop in &jump {
                self.parse(owner, "jump", hop)?;
            }
            ssh.jump = Some(jump);
        }
        if let Some(policy) = self.choice(owner, "host_key", &HostKeyPolicy::NAMES)? {
            ssh.host_key = Some(policy);
        }
        if let Some(files) = self.one_or_more(owner, "known_hosts")? {
            ssh.known_hosts = files;
        }
        if let Some(transport) = self.choice(owner, "transport", &Transport::NAMES)? {
            ssh.transport = transport;
        }
        if let Some(limit) = self.duration(owner, "connect_timeout")? {
            ssh.connect_timeout = Some(limit);
        }
        if let Some(attempts) = self.count(owner, "connect_attempts")? {
            ssh.connect_attempts = Some(attempts.max(1));
        }
        if let Some(forward) = self.boolean(owner, "agent_forward")? {
            ssh.agent_forward = Some(forward);
        }
        match self.field(owner.record, "config")? {
            None | Some(Value::Bool(true)) => {}
            Some(Value::Bool(false)) => ssh.config = ConfigFile::None,
            Some(_) => {
                let file = self.string(owner, "config")?;
                ssh.config = ConfigFile::File(file.unwrap_or_default().text);
            }
        }
        Ok(ssh)
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(
        &mut self,
        owner: Owner,
        field: &str,
        names: &[(&'static str, T)],
    ) -> Result<Option<T>, Stop> {
        let Some(text) = self.string(owner, field)? else {
            return Ok(None);
        };
        if let Some((_, value)) = names.iter().find(|(name, _)| *name == text.text) {
            return Ok(Some(*value));
        }
        let known: Vec<String> = names
            .iter()
            .map(|(name, _)| format!("\"{name}\""))
            .collect();
        let message = format!(
            "`{field}` of `{}` must be one of {}, but it is \"{}\"",
            owner.task,
            known.join(", "),
            text.text
        );
        let at = self.at(owner.record, Some(field));
        let mut wrong = Diagnostic::error(project::WRONG_VALUE, at.file, at.span, message);
        if let Some(near) = nearest(&text.text, names.iter().map(|(name, _)| *name)) {
            wrong = wrong.help(format!("did you mean \"{}\"?", near.name));
        }
        self.diagnostics.push(wrong);
        Err(Stop)
    }

    /// What a function given as `run` is called with for a host.
    fn target_of(&mut self, host: &Host, vars: Option<Value>) -> Value {
        let user = match &host.user {
            Some(user) => user.clone(),
            None => self.vm.world.inputs.env("USER").unwrap_or_default(),
        };
        let heap = &mut self.vm.heap;
        let tags: Vec<Value> = host
            .tags
            .iter()
            .map(|tag| Value::Str(heap.new_str(tag)))
            .collect();
        let fields = [
            ("name", Value::Str(heap.new_str(&host.name))),
            ("address", Value::Str(heap.new_str(&host.address))),
            ("user", Value::Str(heap.new_str(&user))),
            ("port", Value::Int(i64::from(host.port.unwrap_or(22)))),
            ("tags", Value::List(heap.list(&tags))),
            (
                "vars",
                vars.unwrap_or_else(|| heap.record_from(Vec::new(), Default::default()).value()),
            ),
        ];
        let mut entries = fields
            .map(|(name, value)| (Symbol::new(name), value))
            .to_vec();
        let inner = heap.record_from(entries.clone(), Default::default());
        entries.push((Symbol::new("host"), inner.value()));
        heap.record_from(entries, Default::default()).value()
    }

    /// The argument for a host by its position.
    pub(super) fn target_at(&self, host: u32) -> Value {
        self.hosts
            .targets
            .get(host as usize)
            .copied()
            .unwrap_or(Value::Null)
    }

    /// This machine, for tasks that run here.
    pub(super) fn target_here(&mut self) -> Value {
        if let Some(target) = self.target {
            return target;
        }
        let target = self.target_of(&Host::new("localhost"), None);
        self.target = Some(target);
        target
    }
}

fn subject(owner: Owner, field: &str) -> String {
    match owner.task {
        "hosts" => format!("`hosts.{field}`"),
        "config.ssh" | "hosts.….ssh" => format!("`{}.{field}`", owner.task),
        task => format!("`{field}` of task `{task}`"),
    }
}
