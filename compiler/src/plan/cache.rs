//! `config.cache`: read as it is written. What it means together with the environment and the
//! command line is decided where it is used.

use super::read::{Owner, Reader};
use crate::diagnostic::registry::project as codes;
use crate::value::Value;
use nexus_graph::CacheConfig;

impl Reader<'_, '_> {
    /// What `config` says about a shared cache. What is wrong has been noted.
    pub(super) fn cache(&mut self, config: Owner) -> Option<CacheConfig> {
        let record = self.field(config.record, "cache").ok()??.record()?;
        let owner = Owner {
            record,
            task: "config.cache",
        };
        let text = |reader: &mut Self, name| {
            let text = reader.string(owner, name).ok().flatten();
            text.map(|text| text.text)
        };
        let flag = |reader: &mut Self, name| reader.boolean(owner, name).ok().flatten();
        let millis = |reader: &mut Self, name| {
            let nanos = reader.duration(owner, name).ok().flatten();
            nanos.map(|nanos| (nanos / 1_000_000).max(1))
        };
        let mut cache = CacheConfig {
            url: text(self, "url"),
            write: flag(self, "write"),
            class: text(self, "class"),
            unsigned: flag(self, "unsigned"),
            timeout: millis(self, "timeout"),
            budget: millis(self, "budget"),
            compress: flag(self, "compress"),
            instance: text(self, "instance"),
            region: text(self, "region"),
            endpoint: text(self, "endpoint"),
            ..CacheConfig::default()
        };
        if let Ok(Some(_)) = self.field(record, "accept") {
            let classes = self.strings(owner, "accept").unwrap_or_default();
            cache.accept = Some(classes.into_iter().map(|class| class.text).collect());
        }
        if let Ok(Some(size)) = self.field(record, "max_size") {
            cache.max_size = match size {
                Value::Size(bytes) => u64::try_from(bytes).ok(),
                _ => None,
            };
            if cache.max_size.is_none() {
                let message = "`config.cache.max_size` must be a size such as 4GiB".to_string();
                self.wrong(owner, "max_size", codes::WRONG_VALUE, message);
            }
        }
        self.cache_keys(owner, &mut cache);
        Some(cache)
    }

    fn cache_keys(&mut self, owner: Owner, cache: &mut CacheConfig) {
        let Ok(Some(keys)) = self.field(owner.record, "keys") else {
            return;
        };
        let Some(record) = keys.record() else {
            return;
        };
        let keys = Owner {
            record,
            task: "config.cache.keys",
        };
        for (class, _) in self.vm.heap.entries_by_name(record) {
            let class = class.as_str();
            let one = match self.field(record, class) {
                Ok(Some(value)) => !matches!(value, Value::List(_)),
                _ => continue,
            };
            let texts = match one {
                true => self
                    .string(keys, class)
                    .map(|text| text.into_iter().collect()),
                false => self.strings(keys, class),
            };
            let texts: Vec<_> = texts.unwrap_or_default();
            let texts = texts.into_iter().map(|text| text.text).collect();
            cache.keys.insert(class.to_string(), texts);
        }
    }
}
