//! Where a shared cache is.

use hyper::Uri;
use std::path::{Path, PathBuf};

/// Where a shared cache is and what it speaks. Never holds credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A folder, perhaps on another machine.
    Folder(PathBuf),
    /// `GET`, `HEAD` and `PUT` of `BASE/ac/…` and `BASE/cas/…`.
    Http {
        /// Without a slash at its end.
        base: String,
    },
    /// The Remote Execution API over gRPC.
    Reapi {
        /// `http://HOST:PORT` or `https://HOST:PORT`.
        endpoint: String,
        /// The server's name for a part of itself; often empty.
        instance: String,
    },
    /// S3 or what speaks its protocol.
    S3 {
        /// The bucket.
        bucket: String,
        /// What all names in it begin with; empty or ending in a slash.
        prefix: String,
    },
}

impl Place {
    /// Reads a URL or a path; a relative path is one of the project `root`.
    ///
    /// # Errors
    /// What is wrong with it, and what can be done.
    pub fn parse(url: &str, root: &Path) -> Result<Place, (String, String)> {
        let kinds = "it is a folder, `file:///PATH`, `http://…`, `https://…`, `grpc://HOST:PORT`, `grpcs://HOST:PORT` or `s3://BUCKET/PREFIX`";
        let wrong = |what: &str| Err((what.to_string(), kinds.to_string()));
        if url.is_empty() {
            return wrong("it is empty");
        }
        let Some((scheme, rest)) = url.split_once("://") else {
            return Ok(Place::Folder(root.join(url)));
        };
        if scheme == "file" {
            let path = rest.strip_prefix("localhost").unwrap_or(rest);
            return match Path::new(path).is_absolute() {
                true => Ok(Place::Folder(path.into())),
                false => wrong("`file://` needs an absolute path"),
            };
        }
        if scheme == "s3" {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            let prefix = prefix.trim_matches('/');
            if bucket.is_empty() || bucket.contains(['@', '?', '#']) {
                return wrong("it names no bucket");
            }
            return Ok(Place::S3 {
                bucket: bucket.into(),
                prefix: match prefix {
                    "" => String::new(),
                    prefix => format!("{prefix}/"),
                },
            });
        }
        let web = match scheme {
            "http" | "grpc" => "http",
            "https" | "grpcs" => "https",
            _ => {
                return wrong(&format!(
                    "`{scheme}://` is no kind of cache that Nexus knows"
                ));
            }
        };
        let Ok(uri) = format!("{web}://{rest}").parse::<Uri>() else {
            return wrong("it is no URL");
        };
        let Some(authority) = uri.authority().filter(|a| !a.host().is_empty()) else {
            return wrong("it names no host");
        };
        if authority.as_str().contains('@') {
            let help = "set NEXUS_CACHE_TOKEN, or NEXUS_CACHE_USER and NEXUS_CACHE_PASSWORD";
            return Err(("it contains credentials".into(), help.into()));
        }
        if uri.query().is_some() || rest.contains('#') {
            return wrong("it has a query or a fragment");
        }
        let path = uri.path().trim_matches('/');
        if scheme.starts_with("grpc") {
            return Ok(Place::Reapi {
                endpoint: format!("{web}://{authority}"),
                instance: path.into(),
            });
        }
        let slash = if path.is_empty() { "" } else { "/" };
        Ok(Place::Http {
            base: format!("{web}://{authority}{slash}{path}"),
        })
    }

    /// What messages call it.
    pub fn name(&self) -> String {
        match self {
            Place::Folder(path) => path.display().to_string(),
            Place::Http { base } => base.clone(),
            Place::Reapi { endpoint, instance } => {
                let endpoint = endpoint.replacen("http", "grpc", 1);
                match instance.as_str() {
                    "" => endpoint,
                    instance => format!("{endpoint}/{instance}"),
                }
            }
            Place::S3 { bucket, prefix } => format!("s3://{bucket}/{prefix}")
                .trim_end_matches('/')
                .into(),
        }
    }

    /// The protocol, for people.
    pub fn kind(&self) -> &'static str {
        match self {
            Place::Folder(_) => "a folder",
            Place::Http { .. } => "HTTP",
            Place::Reapi { .. } => "the Remote Execution API",
            Place::S3 { .. } => "S3",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_say_what_they_are() {
        let name = |url: &str| Place::parse(url, Path::new("/p")).map(|place| place.name());
        for (url, is) in [
            ("shared", "/p/shared"),
            ("/mnt/cache", "/mnt/cache"),
            ("file:///mnt/cache", "/mnt/cache"),
            ("http://h:8080/", "http://h:8080"),
            ("https://h/a/b/", "https://h/a/b"),
            ("grpc://h:9092", "grpc://h:9092"),
            ("grpcs://h:9092/main", "grpcs://h:9092/main"),
            ("s3://bucket", "s3://bucket"),
            ("s3://bucket/a/b/", "s3://bucket/a/b"),
        ] {
            assert_eq!(name(url).as_deref(), Ok(is), "{url}");
        }
        for (url, says) in [
            ("", "empty"),
            ("ftp://h/", "no kind"),
            ("http://", "no"),
            ("http://me:secret@h/", "credentials"),
            ("https://h/?a=b", "query"),
            ("file://a/b", "absolute"),
            ("s3:///prefix", "bucket"),
        ] {
            let (error, _) = name(url).expect_err(url);
            assert!(error.contains(says), "{url}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
