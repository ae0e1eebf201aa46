//! `ProxyJump`.

/// A host to go through, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jump {
    /// The host.
    pub host: String,
    /// The user there, when one is named.
    pub user: Option<String>,
    /// The port, when one is named.
    pub port: Option<u16>,
}

/// Reads a list of hosts to go through, the one next to us first. Empty for `none`.
///
/// # Errors
///
/// What cannot be read.
pub(super) fn parse(text: &str) -> Result<Vec<Jump>, String> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("none") {
        return Ok(Vec::new());
    }
    text.split(',').map(|hop| one(hop.trim())).collect()
}

fn one(text: &str) -> Result<Jump, String> {
    let wrong = || format!("`{text}` is not a host to go through");
    let bare = text.strip_prefix("ssh://").unwrap_or(text);
    let bare = bare.strip_suffix('/').unwrap_or(bare);
    let (user, place) = match bare.rsplit_once('@') {
        Some((user, place)) => (Some(user.to_owned()), place),
        None => (None, bare),
    };
    let (host, port) = if let Some(rest) = place.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or_else(wrong)?;
        (host, rest.strip_prefix(':'))
    } else {
        match place.split_once(':') {
            // More than one colon: an IPv6 address without brackets.
            Some((_, port)) if port.contains(':') => (place, None),
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        }
    };
    let port = match port {
        Some(port) => Some(port.parse().map_err(|_| wrong())?),
        None => None,
    };
    if host.is_empty() || user.as_ref().is_some_and(String::is_empty) {
        return Err(wrong());
    }
    Ok(Jump {
        host: host.to_owned(),
        user,
        port,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hops() {
        let jump = |host: &str, user: Option<&str>, port| Jump {
            host: host.to_owned(),
            user: user.map(str::to_owned),
            port,
        };
        let cases = [
            ("none", vec![]),
            ("b", vec![jump("b", None, None)]),
            ("u@b:22", vec![jump("b", Some("u"), Some(22))]),
            (
                "a, c@d@b:1",
                vec![jump("a", None, None), jump("b", Some("c@d"), Some(1))],
            ),
            ("ssh://u@b:22/", vec![jump("b", Some("u"), Some(22))]),
            ("[::1]:22", vec![jump("::1", None, Some(22))]),
            ("::1", vec![jump("::1", None, None)]),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).unwrap(), expected, "{text}");
        }
        for text in ["", "a,,b", "@b", "b:x", "[::1"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
