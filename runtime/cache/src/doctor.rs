//! Is a shared cache all right? Tries everything that a run does, one thing after the other.

use crate::backend::{Backend, Sink, Source};
use crate::entry::{seal, slot};
use crate::fault::Fault;
use crate::inner::connect;
use crate::name::Name;
use crate::settings::Settings;
use bytes::Bytes;
use nexus_graph::Digest;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub what: &'static str,
    /// How it went, or why it did not.
    pub result: Result<String, String>,
}

/// Tries. Blocks for as long as the cache takes to answer, within its timeout.
pub fn examine(settings: &Settings) -> Vec<Finding> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let findings = runtime.block_on(all(settings));
            runtime.shutdown_background();
            findings
        }
        Err(error) => vec![Finding {
            what: "reach",
            result: Err(error.to_string()),
        }],
    }
}

async fn all(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut note = |what, result: Result<String, Fault>| {
        let result = result.map_err(|fault| fault.to_string());
        let good = result.is_ok();
        findings.push(Finding { what, result });
        good
    };
    let begin = Instant::now();
    let backend = match connect(settings).await {
        Ok(backend) => backend,
        Err(fault) => {
            note("reach", Err(fault));
            return findings;
        }
    };
    // Nobody has ever asked for this key.
    let nonce = format!("{:?} {}", std::time::SystemTime::now(), std::process::id());
    let key = Digest::of(nonce.as_bytes());
    let read = backend.entry(slot(&key, &settings.trust.class)).await;
    let reached = read.map(|_| took(begin.elapsed()));
    if !note("reach", reached) {
        return findings;
    }
    note("read", Ok("allowed".into()));
    if settings.write {
        let begin = Instant::now();
        let written = write_and_read(settings, &backend, &key, nonce.as_bytes()).await;
        note("write", written.map(|()| took(begin.elapsed())));
    }
    for (what, fact) in backend.describe() {
        note(what, Ok(fact));
    }
    findings
}

fn took(time: Duration) -> String {
    format!("answers in {:.1} ms", time.as_secs_f64() * 1000.0)
}

async fn write_and_read(
    settings: &Settings,
    backend: &Arc<dyn Backend>,
    key: &Digest,
    content: &[u8],
) -> Result<(), Fault> {
    let name = Name::of(backend.hash(), content);
    let blob = Bytes::copy_from_slice(content);
    backend.write(name, Source::Bytes(blob)).await?;
    if !backend.missing(vec![name]).await?.is_empty() {
        return Err(Fault::Failed("what was written is not there".into()));
    }
    let mut back = Collected(Vec::new());
    let found = backend.read(name, &mut back).await?;
    if !found || back.0 != content {
        return Err(Fault::Lied(
            "what was written comes back as something else".into(),
        ));
    }
    let trust = &settings.trust;
    let entry = seal(trust, key, content.to_vec(), None).ok_or(Fault::Local)?;
    let (entry, place) = (Bytes::from(entry), slot(key, &trust.class));
    backend
        .put_entry(place, entry.clone(), vec![name], false)
        .await?;
    match backend.entry(place).await? {
        Some(found) if found == entry => Ok(()),
        Some(_) => Err(Fault::Lied("an entry comes back as another".into())),
        None => Err(Fault::Failed(
            "an entry that was written is not there".into(),
        )),
    }
}

struct Collected(Vec<u8>);

impl Sink for Collected {
    fn push(&mut self, piece: &[u8]) -> Result<(), Fault> {
        self.0.extend_from_slice(piece);
        match self.0.len() > 1 << 20 {
            true => Err(Fault::Lied("more came back than was written".into())),
            false => Ok(()),
        }
    }
}
