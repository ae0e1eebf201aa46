//! S3, and what speaks its protocol. Blobs are objects `cas/ab/abcd…` named by BLAKE3, entries
//! objects `results/12/1234…`, as in a folder. Requests are signed in their URLs (Signature
//! Version 4 of AWS) and travel over the client of the HTTP caches.

use crate::backend::{Backend, Job, Sink, Source};
use crate::entry;
use crate::fault::Fault;
use crate::http::absent;
use crate::http::client::{self, Answer, Client, bytes_body, fault_of, source_body};
use crate::name::{Hash, Name};
use crate::settings::Settings;
use bytes::Bytes;
use hyper::header::{HeaderValue, IF_NONE_MATCH};
use hyper::{Method, StatusCode};
use nexus_graph::Digest;
use rusty_s3::actions::{GetObject, HeadObject, PutObject};
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long a signature is good for; servers allow clocks to be apart by a quarter of an hour.
const SIGNED_FOR: Duration = Duration::from_secs(900);

pub(crate) struct S3 {
    bucket: Bucket,
    prefix: String,
    credentials: Option<Credentials>,
    client: Client,
    /// The server knows `If-None-Match: *`, as far as it has shown.
    conditions: AtomicBool,
    endpoint: String,
}

impl S3 {
    pub fn new(bucket: &str, prefix: &str, settings: &Settings) -> Result<Self, Fault> {
        let s3 = &settings.credentials.s3;
        let endpoint = match &s3.endpoint {
            Some(endpoint) if endpoint.contains("://") => endpoint.clone(),
            Some(host) => format!("https://{host}"),
            None => format!("https://s3.{}.amazonaws.com", s3.region),
        };
        let unusable = |why: &dyn std::fmt::Display| {
            Fault::Failed(format!("`{endpoint}` and `{bucket}` make no URL: {why}"))
        };
        // A certificate of Amazon's fits one label before its names, and a server elsewhere
        // seldom has a name for each bucket.
        let style = match s3.endpoint.is_some() || bucket.contains('.') {
            true => UrlStyle::Path,
            false => UrlStyle::VirtualHost,
        };
        let url = endpoint.parse().map_err(|error| unusable(&error))?;
        let made = Bucket::new(url, style, bucket.to_string(), s3.region.clone());
        let credentials = s3.key.clone().map(|(key, secret)| match &s3.session {
            Some(token) => Credentials::new_with_token(key, secret, token.clone()),
            None => Credentials::new(key, secret),
        });
        Ok(S3 {
            bucket: made.map_err(|error| unusable(&error))?,
            prefix: prefix.to_string(),
            credentials,
            client: Client::new(settings, endpoint.starts_with("https://"), None, meaning)?,
            conditions: AtomicBool::new(true),
            endpoint,
        })
    }

    fn object(&self, kind: &str, hex: &str) -> String {
        format!("{}{kind}/{}/{hex}", self.prefix, &hex[..2])
    }

    fn get_url(&self, object: &str) -> String {
        let action = GetObject::new(&self.bucket, self.credentials.as_ref(), object);
        action.sign(SIGNED_FOR).into()
    }

    fn head_url(&self, object: &str) -> String {
        let action = HeadObject::new(&self.bucket, self.credentials.as_ref(), object);
        action.sign(SIGNED_FOR).into()
    }

    fn put_url(&self, object: &str, condition: bool) -> String {
        let mut action = PutObject::new(&self.bucket, self.credentials.as_ref(), object);
        if condition {
            action.headers_mut().insert("if-none-match", "*");
        }
        action.sign(SIGNED_FOR).into()
    }

    /// Writes where nothing is; `false` when the server cannot tell.
    async fn put_if_absent(&self, object: &str, entry: Bytes) -> Result<bool, Fault> {
        let url = self.put_url(object, true);
        let headers = vec![(IF_NONE_MATCH, HeaderValue::from_static("*"))];
        let Some(answer) = self.client.put(&url, headers, bytes_body(entry)).await? else {
            return Ok(true);
        };
        match answer.status {
            // It is there, or somebody writes it at this moment.
            StatusCode::PRECONDITION_FAILED | StatusCode::CONFLICT => Ok(true),
            StatusCode::NOT_IMPLEMENTED => {
                self.conditions.store(false, Ordering::Relaxed);
                Ok(false)
            }
            _ => Err(fault(&Method::PUT, &answer)),
        }
    }

    async fn put(&self, object: &str, body: client::Sent) -> Result<(), Fault> {
        let url = self.put_url(object, false);
        match self.client.put(&url, Vec::new(), body).await? {
            None => Ok(()),
            Some(answer) => Err(fault(&Method::PUT, &answer)),
        }
    }
}

/// A bucket that is not there is more than an object that is not there.
fn meaning(method: &Method, answer: &Answer) -> Option<Fault> {
    let absent = answer.status == StatusCode::NOT_FOUND;
    match code(&answer.page) {
        None | Some("NoSuchKey") if absent => None,
        _ => Some(fault(method, answer)),
    }
}

fn fault(method: &Method, answer: &Answer) -> Fault {
    let code = code(&answer.page).unwrap_or_default();
    let busy = matches!(code, "SlowDown" | "RequestTimeout" | "InternalError");
    match fault_of(method, answer, code) {
        Fault::Failed(text) if busy => Fault::Busy(text, answer.after),
        fault => fault,
    }
}

/// The `<Code>` of an error page.
fn code(page: &[u8]) -> Option<&str> {
    let page = std::str::from_utf8(page).ok()?;
    let (_, rest) = page.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '.';
    (code.len() <= 60 && code.chars().all(plain)).then_some(code)
}

impl Backend for S3 {
    fn hash(&self) -> Hash {
        Hash::Blake3
    }

    fn entry(&self, slot: Digest) -> Job<'_, Option<Bytes>> {
        Box::pin(async move {
            let url = self.get_url(&self.object("results", &slot.hex()));
            self.client.get(&url, entry::MOST).await
        })
    }

    fn put_entry(
        &self,
        slot: Digest,
        entry: Bytes,
        _needs: Vec<Name>,
        replace: bool,
    ) -> Job<'_, ()> {
        Box::pin(async move {
            let object = self.object("results", &slot.hex());
            if !replace {
                if self.conditions.load(Ordering::Relaxed)
                    && self.put_if_absent(&object, entry.clone()).await?
                {
                    return Ok(());
                }
                if self.client.head(&self.head_url(&object)).await? {
                    return Ok(());
                }
            }
            self.put(&object, bytes_body(entry)).await
        })
    }

    fn missing(&self, names: Vec<Name>) -> Job<'_, Vec<Name>> {
        Box::pin(async move {
            let look = |name: Name| async move {
                let url = self.head_url(&self.object("cas", &name.hex()));
                self.client.head(&url).await
            };
            absent(names, look).await
        })
    }

    fn read<'a>(&'a self, name: Name, sink: &'a mut dyn Sink) -> Job<'a, bool> {
        Box::pin(async move {
            let url = self.get_url(&self.object("cas", &name.hex()));
            self.client.stream(&url, sink).await
        })
    }

    fn write(&self, name: Name, source: Source) -> Job<'_, ()> {
        Box::pin(async move {
            let object = self.object("cas", &name.hex());
            self.put(&object, source_body(source)?).await
        })
    }

    fn describe(&self) -> Vec<(&'static str, String)> {
        let who = match &self.credentials {
            Some(credentials) => format!("as {}", credentials.key()),
            None => "without credentials".to_string(),
        };
        let absent = match self.conditions.load(Ordering::Relaxed) {
            true => "written once, by If-None-Match",
            false => "written once, as far as looking before tells",
        };
        let mut facts = vec![
            ("server", format!("{}, {who}", self.endpoint)),
            ("names", "BLAKE3".to_string()),
            ("slots", absent.to_string()),
        ];
        if let Some(skew) = self.client.skew() {
            facts.push(("clock", client::skew_text(skew)));
        }
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_bucket_is_no_missing_object() {
        let answer = |status, page: &str| Answer {
            status,
            after: None,
            page: page.as_bytes().to_vec(),
        };
        let of = |answer: Answer| meaning(&Method::GET, &answer);
        let page = |code: &str| format!("<?xml?><Error><Code>{code}</Code></Error>");
        let gone = StatusCode::NOT_FOUND;
        assert_eq!(of(answer(gone, &page("NoSuchKey"))), None);
        assert_eq!(of(answer(gone, "")), None, "HEAD has no page");
        let no_bucket = of(answer(gone, &page("NoSuchBucket")));
        assert!(
            no_bucket.is_some_and(|fault| fault.to_string().contains("NoSuchBucket")),
            "said by name"
        );
        let slow = of(answer(StatusCode::SERVICE_UNAVAILABLE, &page("SlowDown")));
        assert!(matches!(slow, Some(Fault::Busy(..))));
        let evil = of(answer(StatusCode::BAD_REQUEST, &page("\u{1b}[31m")));
        assert!(evil.is_some_and(|fault| !fault.to_string().contains('\u{1b}')));
    }

    fn made(bucket: &str, env: &[(&str, &str)]) -> S3 {
        let variable = |name: &str| match name {
            "NEXUS_CACHE_URL" => Some(format!("s3://{bucket}/pre/fix")),
            "NEXUS_CACHE_UNSIGNED" => Some("1".to_string()),
            name => {
                let mut all = env.iter();
                all.find(|(n, _)| *n == name).map(|(_, v)| v.to_string())
            }
        };
        let none = crate::settings::Override::default();
        let settings = Settings::new(None, &variable, &none, "/".as_ref());
        let settings = settings.expect("right").expect("one");
        S3::new(bucket, "pre/fix/", &settings).expect("usable")
    }

    #[test]
    fn urls_name_the_bucket_and_say_who_asks() {
        let object = "pre/fix/cas/ab/abcd";
        let key = [
            ("AWS_ACCESS_KEY_ID", "AKIA"),
            ("AWS_SECRET_ACCESS_KEY", "hunter2"),
            ("AWS_SESSION_TOKEN", "for an hour"),
        ];
        let region = ("AWS_REGION", "eu-central-1");
        let endpoint = ("AWS_ENDPOINT_URL", "http://h:9000");
        for (bucket, at, begin) in [
            ("b", region, "https://b.s3.eu-central-1.amazonaws.com/"),
            ("b.c", region, "https://s3.eu-central-1.amazonaws.com/b.c/"),
            ("b", endpoint, "http://h:9000/b/"),
            ("b", ("AWS_ENDPOINT_URL_S3", "minio"), "https://minio/b/"),
        ] {
            let s3 = made(bucket, &[&key[..], &[at]].concat());
            assert_eq!(s3.object("cas", "abcd"), object);
            let put = s3.put_url(object, true);
            assert!(
                put.contains("X-Amz-SignedHeaders=host%3Bif-none-match"),
                "{put}"
            );
            for url in [s3.get_url(object), s3.head_url(object), put] {
                assert!(url.starts_with(&format!("{begin}{object}?")), "{url}");
                assert!(
                    url.contains("X-Amz-Security-Token=for%20an%20hour"),
                    "{url}"
                );
                assert!(!url.contains("hunter2"), "{url}");
            }
            let url = made(bucket, &[at]).get_url(object);
            assert_eq!(url, format!("{begin}{object}"), "nobody asks");
        }
    }
}
