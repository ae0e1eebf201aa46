//! What the project, the environment and the command line say, put together.

use crate::keys::{PublicKey, SecretKey};
use crate::place::Place;
use crate::trust::{Trust, is_class};
use nexus_graph::CacheConfig;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One request may take so long unless the project says otherwise.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A run waits in vain for so long at most unless the project says otherwise.
const BUDGET: Duration = Duration::from_secs(60);

/// Bytes that a result may have unless the project says otherwise.
const MOST: u64 = 4 << 30;

/// A shared cache and how it is used.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it is.
    pub place: Place,
    /// Whether results are written to it.
    pub write: bool,
    /// Whose results count.
    pub trust: Trust,
    /// How long one request may take, beside the time its content needs.
    pub timeout: Duration,
    /// How long a run may wait in vain, and at its end for what is being written.
    pub budget: Duration,
    /// Whether what is written is compressed.
    pub compress: bool,
    /// Bytes that a result may have.
    pub max_size: u64,
    /// Who we are.
    pub credentials: Credentials,
}

/// Credentials, from the environment alone.
#[derive(Clone, Default)]
pub struct Credentials {
    /// `Authorization: Bearer …`
    pub token: Option<String>,
    /// `Authorization: Basic …`
    pub user: Option<(String, String)>,
    /// A file of certificates to trust besides those of the system.
    pub authority: Option<PathBuf>,
    /// Of S3.
    pub s3: S3,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}

/// What S3 needs to know besides the bucket.
#[derive(Clone, Default)]
pub struct S3 {
    /// `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.
    pub key: Option<(String, String)>,
    /// `AWS_SESSION_TOKEN`.
    pub session: Option<String>,
    /// The region.
    pub region: String,
    /// The server, when it is not Amazon's.
    pub endpoint: Option<String>,
}

/// What the command line says.
#[derive(Clone, Debug, Default)]
pub struct Override {
    /// `--shared-cache URL`
    pub url: Option<String>,
    /// `--write-shared-cache`
    pub write: bool,
}

/// A setting that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    /// `NX0630`, `NX0631` or `NX0636`.
    pub code: &'static str,
    /// One sentence.
    pub message: String,
    /// What can be done.
    pub help: String,
}

fn wrong(message: impl Into<String>, help: impl Into<String>) -> SettingsError {
    SettingsError {
        code: "NX0630",
        message: message.into(),
        help: help.into(),
    }
}

/// Gives the value of a variable.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Settings {
    /// Puts together what is said. `None` when there is no shared cache. What the command line says
    /// counts before the environment, and that before the project.
    ///
    /// # Errors
    /// What is wrong.
    pub fn new(
        project: Option<&CacheConfig>,
        env: Variables,
        given: &Override,
        root: &Path,
    ) -> Result<Option<Settings>, SettingsError> {
        let none = CacheConfig::default();
        let config = project.unwrap_or(&none);
        let var = |name: &str| env(name).filter(|value| !value.is_empty());
        let flag = |name: &str| match var(name).as_deref() {
            None => Ok(None),
            Some("1" | "true" | "yes") => Ok(Some(true)),
            Some("0" | "false" | "no") => Ok(Some(false)),
            Some(_) => Err(wrong(
                format!("{name} is neither `true` nor `false`"),
                "write 1 or 0",
            )),
        };
        // Set but empty: none.
        let url = given.url.clone().or_else(|| env("NEXUS_CACHE_URL"));
        let Some(url) = url.or_else(|| config.url.clone()).filter(|u| !u.is_empty()) else {
            return Ok(None);
        };
        let mut place = Place::parse(&url, root).map_err(|(what, help)| {
            wrong(format!("the shared cache's URL is wrong: {what}"), help)
        })?;
        if let (Place::Reapi { instance, .. }, Some(name)) = (&mut place, &config.instance) {
            instance.clone_from(name);
        }
        built_in(&place)?;
        if matches!(place, Place::S3 { .. }) {
            whole_key(&var)?;
        }
        let write = match given.write {
            true => true,
            false => flag("NEXUS_CACHE_WRITE")?.or(config.write).unwrap_or(false),
        };
        let unsigned = flag("NEXUS_CACHE_UNSIGNED")?
            .or(config.unsigned)
            .unwrap_or(false);
        let trust = trust(config, &var, unsigned)?;
        if write && trust.secret.is_none() && !unsigned {
            return Err(SettingsError {
                code: "NX0631",
                message: "results are to be written to the shared cache, and nothing signs them".into(),
                help: "set NEXUS_CACHE_KEY or NEXUS_CACHE_KEY_FILE to a secret of `nexus cache keygen`, or `unsigned = true` where everybody may be trusted".into(),
            });
        }
        let duration = |name: &str, value: Option<u64>, default: Duration| match var(name) {
            None => Ok(value.map_or(default, Duration::from_millis)),
            Some(text) => match text.trim_end_matches('s').parse::<f64>() {
                Ok(seconds) if (0.001..1e9).contains(&seconds) => {
                    Ok(Duration::from_secs_f64(seconds))
                }
                _ => Err(wrong(
                    format!("{name} is no time"),
                    "write seconds, as in 10 or 0.5",
                )),
            },
        };
        Ok(Some(Settings {
            write,
            timeout: duration("NEXUS_CACHE_TIMEOUT", config.timeout, TIMEOUT)?,
            budget: duration("NEXUS_CACHE_BUDGET", config.budget, BUDGET)?,
            compress: config
                .compress
                .unwrap_or(!matches!(place, Place::Folder(_))),
            max_size: config.max_size.unwrap_or(MOST),
            credentials: credentials(config, &var),
            place,
            trust,
        }))
    }

    /// Where it is, for people.
    pub fn name(&self) -> String {
        self.place.name()
    }
}

fn built_in(place: &Place) -> Result<(), SettingsError> {
    let missing = match place {
        Place::Reapi { .. } => !cfg!(feature = "reapi"),
        Place::S3 { .. } => !cfg!(feature = "s3"),
        _ => false,
    };
    match missing {
        true => Err(wrong(
            format!("this Nexus was built without {}", place.kind()),
            "use a cache of another kind, or build Nexus with its default features",
        )),
        false => Ok(()),
    }
}

/// Half of a key is a mistake: requests would not be signed.
fn whole_key(var: &dyn Fn(&str) -> Option<String>) -> Result<(), SettingsError> {
    let both = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    match both.map(|name| var(name).is_some()) {
        [true, false] | [false, true] => Err(wrong(
            format!(
                "of {} and {} one is set and the other is not",
                both[0], both[1]
            ),
            "set both, or neither for a bucket that everybody may read",
        )),
        _ => Ok(()),
    }
}

fn trust(
    config: &CacheConfig,
    var: &dyn Fn(&str) -> Option<String>,
    unsigned: bool,
) -> Result<Trust, SettingsError> {
    let class = var("NEXUS_CACHE_CLASS").or_else(|| config.class.clone());
    let class = class.unwrap_or_else(|| "developer".into());
    let accept = match var("NEXUS_CACHE_ACCEPT") {
        Some(list) => Some(list.split(',').map(|c| c.trim().to_string()).collect()),
        None => config.accept.clone(),
    };
    // Main's results serve everybody; what is made here serves others of the same class.
    let accept: Vec<String> = accept.unwrap_or_else(|| match class.as_str() {
        "main" => vec!["main".into()],
        own => vec!["main".into(), own.into()],
    });
    let keys = keys(config, var)?;
    for name in std::iter::once(&class).chain(&accept).chain(keys.keys()) {
        if !is_class(name) {
            return Err(wrong(
                format!("`{name}` is no name of a class of writers"),
                "use small letters, digits, `_` and `-`, as in `main` or `pull_request`",
            ));
        }
    }
    if keys.values().all(Vec::is_empty) && !unsigned {
        return Err(SettingsError {
            code: "NX0631",
            message: "the shared cache has no keys, so nothing in it could be trusted".into(),
            help: "name the public keys of those who write: `keys = { main = \"ed25519:…\"; }`; `nexus cache keygen` makes a pair".into(),
        });
    }
    Ok(Trust {
        accept: accept
            .into_iter()
            .filter(|class| unsigned || keys.contains_key(class))
            .collect(),
        keys,
        unsigned,
        class,
        secret: secret(var)?,
    })
}

fn keys(
    config: &CacheConfig,
    var: &dyn Fn(&str) -> Option<String>,
) -> Result<BTreeMap<String, Vec<PublicKey>>, SettingsError> {
    let mut texts: Vec<(String, String)> = Vec::new();
    match var("NEXUS_CACHE_KEYS") {
        Some(list) => {
            for item in list.split(',').map(str::trim).filter(|i| !i.is_empty()) {
                let Some((class, key)) = item.split_once('=') else {
                    return Err(wrong(
                        "NEXUS_CACHE_KEYS is no list of keys",
                        "write CLASS=KEY,CLASS=KEY, as in main=ed25519:…",
                    ));
                };
                texts.push((class.into(), key.into()));
            }
        }
        None => {
            for (class, keys) in &config.keys {
                texts.extend(keys.iter().map(|key| (class.clone(), key.clone())));
            }
        }
    }
    let mut keys: BTreeMap<String, Vec<PublicKey>> = BTreeMap::new();
    for (class, text) in texts {
        let key = PublicKey::parse(&text).map_err(|why| {
            wrong(
                format!("a key of the class `{class}` cannot be used: {why}"),
                "a public key is `ed25519:` and 44 characters; `nexus cache keygen` shows it",
            )
        })?;
        keys.entry(class).or_default().push(key);
    }
    Ok(keys)
}

fn secret(var: &dyn Fn(&str) -> Option<String>) -> Result<Option<SecretKey>, SettingsError> {
    let (text, from) = match (var("NEXUS_CACHE_KEY"), var("NEXUS_CACHE_KEY_FILE")) {
        (Some(text), _) => (text, "NEXUS_CACHE_KEY".to_string()),
        (None, Some(path)) => match std::fs::read_to_string(&path) {
            Ok(text) => (text, path),
            Err(error) => {
                return Err(SettingsError {
                    code: "NX0636",
                    message: format!("the key in `{path}` cannot be read: {error}"),
                    help: "NEXUS_CACHE_KEY_FILE names it; `nexus cache keygen` makes one".into(),
                });
            }
        },
        (None, None) => return Ok(None),
    };
    match SecretKey::parse(&text) {
        Ok(key) => Ok(Some(key)),
        Err(why) => Err(SettingsError {
            code: "NX0636",
            message: format!("the key in `{from}` cannot be used: {why}"),
            help: "`nexus cache keygen` makes a new one".into(),
        }),
    }
}

fn credentials(config: &CacheConfig, var: &dyn Fn(&str) -> Option<String>) -> Credentials {
    let pair = |a: &str, b: &str| Some((var(a)?, var(b)?));
    Credentials {
        token: var("NEXUS_CACHE_TOKEN"),
        user: var("NEXUS_CACHE_USER")
            .map(|user| (user, var("NEXUS_CACHE_PASSWORD").unwrap_or_default())),
        authority: var("NEXUS_CACHE_CA").map(PathBuf::from),
        s3: S3 {
            key: pair("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
            session: var("AWS_SESSION_TOKEN"),
            region: config
                .region
                .clone()
                .or_else(|| var("AWS_REGION"))
                .or_else(|| var("AWS_DEFAULT_REGION"))
                .unwrap_or_else(|| "us-east-1".into()),
            endpoint: config
                .endpoint
                .clone()
                .or_else(|| var("AWS_ENDPOINT_URL_S3"))
                .or_else(|| var("AWS_ENDPOINT_URL")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(
        config: &CacheConfig,
        env: &[(&str, &str)],
    ) -> Result<Option<Settings>, SettingsError> {
        let var = |name: &str| {
            let mut all = env.iter();
            all.find(|(n, _)| *n == name).map(|(_, v)| v.to_string())
        };
        Settings::new(Some(config), &var, &Override::default(), Path::new("/p"))
    }

    fn config(unsigned: bool) -> CacheConfig {
        CacheConfig {
            url: Some("http://h/".into()),
            unsigned: Some(unsigned),
            ..CacheConfig::default()
        }
    }

    #[test]
    fn nothing_is_trusted_unless_somebody_says_so() {
        let error = settings(&config(false), &[]).expect_err("no keys");
        assert_eq!(error.code, "NX0631");
        let found = settings(&config(true), &[])
            .expect("deliberate")
            .expect("one");
        assert!(!found.write, "read only by default");
        assert_eq!(found.trust.accept, ["main", "developer"]);
    }

    #[test]
    fn the_environment_counts_before_the_project() {
        let secret = SecretKey::generate().expect("random");
        let keys = format!("main={}", secret.public());
        let env = [
            ("NEXUS_CACHE_URL", "/mnt/cache"),
            ("NEXUS_CACHE_KEYS", keys.as_str()),
            ("NEXUS_CACHE_CLASS", "main"),
            ("NEXUS_CACHE_WRITE", "1"),
            ("NEXUS_CACHE_TIMEOUT", "0.5"),
        ];
        let error = settings(&config(false), &env).expect_err("nothing signs");
        assert_eq!(error.code, "NX0631");
        let reveal = secret.reveal();
        let env = [&env[..], &[("NEXUS_CACHE_KEY", reveal.as_str())]].concat();
        let found = settings(&config(false), &env).expect("right").expect("one");
        assert_eq!(found.name(), "/mnt/cache");
        assert!(found.write);
        assert_eq!(found.trust.accept, ["main"]);
        assert_eq!(found.timeout, Duration::from_millis(500));
        assert!(!format!("{found:?}").contains(&reveal));
        let off = settings(&config(true), &[("NEXUS_CACHE_URL", "")]).expect("fine");
        assert!(
            off.is_none(),
            "an empty variable turns the project's cache off"
        );
    }

    #[test]
    fn classes_without_keys_are_not_asked_for() {
        let secret = SecretKey::generate().expect("random");
        let mut config = config(false);
        config
            .keys
            .insert("main".into(), vec![secret.public().to_string()]);
        config.class = Some("pull_request".into());
        let found = settings(&config, &[]).expect("right").expect("one");
        assert_eq!(found.trust.accept, ["main"]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let mut secret_key = config(false);
        let secret = SecretKey::generate().expect("random");
        secret_key.keys.insert("main".into(), vec![secret.reveal()]);
        for (config, env, code) in [
            (&secret_key, vec![], "NX0630"),
            (
                &config(true),
                vec![("NEXUS_CACHE_WRITE", "perhaps")],
                "NX0630",
            ),
            (
                &config(true),
                vec![("NEXUS_CACHE_CLASS", "Main Branch")],
                "NX0630",
            ),
            (
                &config(true),
                vec![("NEXUS_CACHE_BUDGET", "soon")],
                "NX0630",
            ),
            (
                &config(true),
                vec![("NEXUS_CACHE_URL", "ftp://h/")],
                "NX0630",
            ),
            (
                &config(true),
                vec![
                    ("NEXUS_CACHE_URL", "s3://b"),
                    ("AWS_SECRET_ACCESS_KEY", "hunter2"),
                ],
                "NX0630",
            ),
            (
                &config(true),
                vec![("NEXUS_CACHE_KEY", "hunter2")],
                "NX0636",
            ),
            (
                &config(true),
                vec![("NEXUS_CACHE_KEY_FILE", "/nowhere/key")],
                "NX0636",
            ),
        ] {
            let error = settings(config, &env).expect_err(code);
            assert_eq!(error.code, code, "{error:?}");
            assert!(!format!("{error:?}").contains("hunter2"));
            assert!(!format!("{error:?}").contains(&secret.reveal()));
        }
    }
}
