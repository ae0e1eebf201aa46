//! Checking the whole store: every content against its name, every result against its contents.

use crate::action::ActionResult;
use crate::digests::hash_file;
use crate::stat::files_below;
use crate::store::Store;
use crate::writer::Write;
use nexus_graph::Digest;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Contents looked at.
    pub blobs: u64,
    /// Results looked at.
    pub actions: u64,
    /// Contents that are not what their name says.
    pub damaged_blobs: Vec<String>,
    /// Keys whose result cannot be read or whose contents are gone.
    pub broken_actions: Vec<String>,
    /// What SQLite says about its own file.
    pub database: Vec<String>,
    /// Files that interrupted processes left behind; harmless.
    pub leftovers: u64,
}

impl Verification {
    /// Whether everything is as it should be.
    pub fn is_clean(&self) -> bool {
        self.damaged_blobs.is_empty() && self.broken_actions.is_empty() && self.database.is_empty()
    }
}

impl Store {
    /// Reads and checks everything. With `repair`, what is damaged is removed: it will be made
    /// again when it is needed.
    pub fn verify(&self, repair: bool) -> Verification {
        let mut report = Verification::default();
        let integrity = self.try_read(|db| {
            db.prepare("PRAGMA integrity_check")?
                .query_map([], |row| row.get::<_, String>(0))?
                .collect::<rusqlite::Result<Vec<_>>>()
        });
        report.database = match integrity {
            Some(Ok(lines)) => lines.into_iter().filter(|line| line != "ok").collect(),
            Some(Err(error)) => vec![error.to_string()],
            None => vec!["the database cannot be opened".into()],
        };
        if repair && !report.database.is_empty() {
            self.replace_database(&report.database[0]);
        }
        self.verify_blobs(repair, &mut report);
        self.verify_actions(repair, &mut report);
        report.leftovers = files_below(&self.root.join("tmp")).len() as u64;
        if repair {
            self.flush();
        }
        report
    }

    fn verify_blobs(&self, repair: bool, report: &mut Verification) {
        let inline: Vec<(Vec<u8>, Vec<u8>)> = self
            .try_read(|db| {
                db.prepare("SELECT digest, data FROM blob")?
                    .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                    .collect()
            })
            .and_then(Result::ok)
            .unwrap_or_default();
        for (name, data) in inline {
            report.blobs += 1;
            let digest = Digest::of(&data);
            if digest.0.as_slice() != name {
                let name: [u8; 32] = name.try_into().unwrap_or([0; 32]);
                self.report_blob(Digest(name), repair, report);
            }
        }
        for (path, size) in files_below(&self.root.join("cas")) {
            report.blobs += 1;
            let name = path
                .file_name()
                .map(|n| n.to_string_lossy().into_owned())
                .unwrap_or_default();
            let named = Digest::from_hex(&name);
            if named.is_none() || hash_file(&path, size).ok() != named {
                match named {
                    Some(digest) => self.report_blob(digest, repair, report),
                    None => report.damaged_blobs.push(name),
                }
            }
        }
    }

    fn report_blob(&self, digest: Digest, repair: bool, report: &mut Verification) {
        report.damaged_blobs.push(digest.hex());
        if repair {
            self.evict(&digest);
        }
    }

    fn verify_actions(&self, repair: bool, report: &mut Verification) {
        let actions: Vec<(Vec<u8>, Vec<u8>)> = self
            .try_read(|db| {
                db.prepare("SELECT key, result FROM action")?
                    .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                    .collect()
            })
            .and_then(Result::ok)
            .unwrap_or_default();
        for (key, result) in actions {
            report.actions += 1;
            let key = Digest(key.try_into().unwrap_or([0; 32]));
            let whole = postcard::from_bytes::<ActionResult>(&result)
                .is_ok_and(|result| result.outputs.iter().all(|o| self.can_restore(&o.content)));
            if !whole {
                report.broken_actions.push(key.hex());
                if repair {
                    self.write(Write::ForgetAction { key: key.0 });
                }
            }
        }
    }
}
