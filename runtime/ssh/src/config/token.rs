//! `%` tokens and variables in values (ssh_config(5), "TOKENS" and "ENVIRONMENT VARIABLES").

use ring::digest;
use std::fmt::Write as _;

/// What the tokens stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tokens {
    /// `%d`: our home folder.
    pub home: String,
    /// `%u`: our user here.
    pub local_user: String,
    /// `%i`: our user's number here.
    pub uid: String,
    /// `%l`: our machine, with its domain.
    pub local_host: String,
    /// `%h`: what is connected to.
    pub host: String,
    /// `%n`: the name as it was given.
    pub original: String,
    /// `%k`: the name under which the key of the host is known.
    pub alias: String,
    /// `%p`: the port.
    pub port: u16,
    /// `%r`: the user there.
    pub user: String,
    /// `%j`: `ProxyJump`.
    pub jump: String,
}

impl Tokens {
    /// Replaces tokens. Those that mean nothing here are an error, as they are for OpenSSH.
    ///
    /// # Errors
    ///
    /// The token.
    pub fn expand(&self, text: &str) -> Result<String, String> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            match rest.next() {
                Some('%') => out.push('%'),
                Some('C') => out.push_str(&self.connection()),
                Some('d') => out.push_str(&self.home),
                Some('h') => out.push_str(&self.host),
                Some('i') => out.push_str(&self.uid),
                Some('j') => out.push_str(&self.jump),
                Some('k') => out.push_str(&self.alias),
                Some('L') => out.push_str(self.local_host.split('.').next().unwrap_or_default()),
                Some('l') => out.push_str(&self.local_host),
                Some('n') => out.push_str(&self.original),
                Some('p') => {
                    let _ = write!(out, "{}", self.port);
                }
                Some('r') => out.push_str(&self.user),
                Some('u') => out.push_str(&self.local_user),
                Some(other) => return Err(format!("%{other}")),
                None => return Err("%".to_owned()),
            }
        }
        Ok(out)
    }

    /// `%C`: a hash that tells connections apart.
    fn connection(&self) -> String {
        let whole = format!(
            "{}{}{}{}{}",
            self.local_host, self.host, self.port, self.user, self.jump
        );
        let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, whole.as_bytes());
        hash.as_ref().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// Replaces `${NAME}` by variables of the environment.
///
/// # Errors
///
/// The name of a variable that is not set.
pub(super) fn variables(
    text: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        out.push_str(&rest[..at]);
        let name = &rest[at + 2..];
        let end = name.find('}').ok_or_else(|| "${".to_owned())?;
        let name = &name[..end];
        out.push_str(&variable(name).ok_or_else(|| name.to_owned())?);
        rest = &rest[at + 2 + end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

/// Replaces a `~` at the beginning by our home folder. Homes of other users are not known here.
pub(super) fn tilde(text: &str, home: &str) -> String {
    match text.strip_prefix('~') {
        Some("") => home.to_owned(),
        Some(rest) if rest.starts_with('/') => format!("{home}{rest}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens() {
        let tokens = Tokens {
            home: "/home/me".to_owned(),
            local_user: "me".to_owned(),
            uid: "1000".to_owned(),
            local_host: "desk.example.com".to_owned(),
            host: "10.0.0.1".to_owned(),
            original: "web".to_owned(),
            alias: "web".to_owned(),
            port: 2222,
            user: "deploy".to_owned(),
            jump: String::new(),
        };
        let expanded = tokens.expand("%d/%h-%n-%p-%r-%u-%L-%l-%i-%%").unwrap();
        assert_eq!(
            expanded,
            "/home/me/10.0.0.1-web-2222-deploy-me-desk-desk.example.com-1000-%"
        );
        // `printf desk.example.com10.0.0.12222deploy | sha1sum`
        assert_eq!(tokens.expand("%C").unwrap().len(), 40);
        assert_eq!(tokens.expand("%Q"), Err("%Q".to_owned()));
        assert_eq!(tokens.expand("100%"), Err("%".to_owned()));
    }

    #[test]
    fn variables_and_tilde() {
        let variable = |name: &str| (name == "A").then(|| "1".to_owned());
        assert_eq!(variables("x${A}y${A}", variable).unwrap(), "x1y1");
        assert_eq!(variables("$A", variable).unwrap(), "$A");
        assert_eq!(variables("${B}", variable), Err("B".to_owned()));
        assert_eq!(tilde("~/x", "/h"), "/h/x");
        assert_eq!(tilde("~other/x", "/h"), "~other/x");
    }
}
