//! Tells when a server has said all that it has to say.

use super::anew::{Anew, compared};
use super::{Client, DEADLINE, Folder, messages, uri};
use serde_json::Value;
use std::path::PathBuf;

/// A project beside the one that is looked at. Projects are evaluated together, so when the mistake
/// in it that only evaluation finds is told, the other has been evaluated, too.
pub struct Beacon {
    _folder: Folder,
    path: PathBuf,
    /// The version of its text.
    version: i64,
}

impl Beacon {
    /// Nothing is open yet.
    pub fn new() -> Beacon {
        let folder = Folder::with(&[]);
        Beacon {
            path: folder.path.join("nexus.nx"),
            _folder: folder,
            version: 0,
        }
    }

    /// Waits until evaluation has seen everything that was sent before.
    async fn wait(&mut self, client: &mut Client) -> Result<(), String> {
        self.version += 1;
        let version = self.version;
        let text = format!("tasks.beacon.run = throw \"beacon {version}\";\n");
        match version {
            1 => client.open(&self.path, &text).await,
            _ => client.replace(&self.path, version, &text).await,
        }
        let wanted = format!("beacon {version}");
        loop {
            let last = client.last(&self.path, version);
            if last.is_some_and(|found| messages(&found).iter().any(|text| text.contains(&wanted)))
            {
                return Ok(());
            }
            if !client.heard_within(DEADLINE).await {
                let told = client.diagnostics.get(&uri(&self.path));
                return Err(format!("evaluation does not end: {told:#?}"));
            }
        }
    }

    /// Waits until the server has said everything about what was sent before, and compares that with
    /// what a new process says.
    ///
    /// # Errors
    /// What is different.
    pub async fn compare(&mut self, client: &mut Client, wanted: &Anew) -> Result<(), String> {
        self.wait(client).await?;
        while let Some(different) = self.difference(client, wanted) {
            if !client.heard_within(DEADLINE).await {
                return Err(different);
            }
        }
        // Nothing that is neither the one nor the other was said of these texts.
        for (file, version, found) in std::mem::take(&mut client.told) {
            let is_current = client
                .versions
                .get(&file)
                .is_some_and(|at| Some(*at) == version);
            if !is_current || file == uri(&self.path) {
                continue;
            }
            let found = compared(&found);
            let is = |wanted: Option<&Value>| match wanted {
                Some(wanted) => found == *wanted,
                None => found.as_array().is_some_and(Vec::is_empty),
            };
            if !is(wanted.checked.get(&file)) && !is(wanted.planned.get(&file)) {
                return Err(format!("{file}: said for a while: {found:#}"));
            }
        }
        Ok(())
    }

    /// A file of which something else was said last.
    fn difference(&self, client: &Client, wanted: &Anew) -> Option<String> {
        let nothing = Value::Array(Vec::new());
        let files = client.diagnostics.keys().chain(wanted.planned.keys());
        files
            .filter(|file| **file != uri(&self.path))
            .find_map(|file| {
                let wanted = wanted.planned.get(file).unwrap_or(&nothing);
                let open = client.versions.get(file);
                let found = match client.diagnostics.get(file) {
                    // Said of an older text.
                    Some((version, _)) if open.is_some() && *version != open.copied() => {
                        Value::Null
                    }
                    Some((_, found)) => compared(found),
                    None if open.is_some() => Value::Null,
                    None => nothing.clone(),
                };
                (found != *wanted).then(|| format!("{file}: said: {found:#}\nwanted: {wanted:#}"))
            })
    }
}
