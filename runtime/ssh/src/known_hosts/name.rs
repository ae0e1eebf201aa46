//! Names of hosts in lines of a `known_hosts` file: patterns, and hashes that hide them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

/// How a host is called in the files: with its port, unless it is the usual one.
pub(crate) fn canonical(host: &str, port: u16) -> String {
    let host = host.to_ascii_lowercase();
    if port == 22 {
        host
    } else {
        format!("[{host}]:{port}")
    }
}

/// The hosts that a line is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Names {
    /// Patterns, separated by commas.
    Plain(String),
    /// HMAC-SHA1 of one name.
    Hashed { salt: Vec<u8>, hash: Vec<u8> },
}

impl Names {
    /// Reads the first field of a line.
    pub fn parse(text: &str) -> Option<Names> {
        let Some(rest) = text.strip_prefix("|1|") else {
            return Some(Names::Plain(text.to_owned()));
        };
        let (salt, hash) = rest.split_once('|')?;
        Some(Names::Hashed {
            salt: STANDARD.decode(salt).ok()?,
            hash: STANDARD.decode(hash).ok()?,
        })
    }

    /// Whether the line is about a host, by its [canonical] name.
    pub fn contain(&self, name: &str) -> bool {
        match self {
            Names::Plain(patterns) => matches_list(patterns, name) == Some(true),
            Names::Hashed { salt, hash } => {
                let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, salt);
                hmac::verify(&key, name.as_bytes(), hash).is_ok()
            }
        }
    }
}

/// Hides a name, as `HashKnownHosts` does.
pub(crate) fn hashed(name: &str, salt: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, salt);
    let hash = hmac::sign(&key, name.as_bytes());
    format!("|1|{}|{}", STANDARD.encode(salt), STANDARD.encode(hash))
}

/// A list of patterns separated by commas: `Some(false)` when a negated one fits, `Some(true)` when
/// one fits and no negated one does, `None` when none fits.
pub(crate) fn matches_list(patterns: &str, name: &str) -> Option<bool> {
    let mut found = None;
    for pattern in patterns.split(',') {
        match pattern.strip_prefix('!') {
            Some(pattern) if Pattern(pattern).matches(name) => return Some(false),
            Some(_) => {}
            None if Pattern(pattern).matches(name) => found = Some(true),
            None => {}
        }
    }
    found
}

/// A pattern with `*` (any characters) and `?` (any one).
pub(crate) struct Pattern<'a>(pub &'a str);

impl Pattern<'_> {
    /// Whether a text fits, without regard to case.
    pub fn matches(&self, text: &str) -> bool {
        self.fits(text, u8::eq_ignore_ascii_case)
    }

    /// Whether a text fits, capitals being others than small letters.
    pub fn matches_exactly(&self, text: &str) -> bool {
        self.fits(text, u8::eq)
    }

    /// Linear in the text for each `*`: the last `*` alone is gone back to.
    fn fits(&self, text: &str, same: fn(&u8, &u8) -> bool) -> bool {
        let pattern = self.0.as_bytes();
        let text = text.as_bytes();
        let (mut p, mut t) = (0, 0);
        let mut back = None;
        while t < text.len() {
            match pattern.get(p) {
                Some(b'*') => {
                    back = Some((p + 1, t));
                    p += 1;
                }
                Some(b'?') => {
                    p += 1;
                    t += 1;
                }
                Some(c) if same(c, &text[t]) => {
                    p += 1;
                    t += 1;
                }
                _ => match back {
                    Some((after, from)) => {
                        back = Some((after, from + 1));
                        p = after;
                        t = from + 1;
                    }
                    None => return false,
                },
            }
        }
        pattern[p..].iter().all(|&c| c == b'*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let cases = [
            ("*", "", true),
            ("*", "anything", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*.Example.com", "WEB.example.COM", true),
            ("*.example.com", "example.com", false),
            ("web-*-*.x", "web-1-2.x", true),
            ("web-*-*.x", "web-1.x", false),
            ("*a*b", "xaxaxb", true),
            ("", "", true),
            ("", "x", false),
            ("a**", "a", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(Pattern(pattern).matches(text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn lists_and_negation() {
        assert_eq!(matches_list("*.x,!bad.x", "good.x"), Some(true));
        assert_eq!(matches_list("*.x,!bad.x", "bad.x"), Some(false));
        assert_eq!(matches_list("!bad.x,*.x", "bad.x"), Some(false));
        assert_eq!(matches_list("!bad.x", "good.x"), None);
        assert_eq!(matches_list("a,b,c", "b"), Some(true));
    }

    #[test]
    fn hashes_hide_one_name() {
        let text = hashed("[web-1]:2222", b"01234567890123456789");
        let names = Names::parse(&text).unwrap();
        assert!(names.contain("[web-1]:2222"));
        assert!(!names.contain("web-1"));
    }

    #[test]
    fn names_with_ports() {
        assert_eq!(canonical("Web-1", 22), "web-1");
        assert_eq!(canonical("::1", 2222), "[::1]:2222");
    }

    proptest::proptest! {
        /// The matcher is the textbook one, which tries everything.
        #[test]
        fn matches_like_the_definition(pattern in "[ab*?]{0,8}", text in "[ab]{0,10}") {
            fn definition(pattern: &[u8], text: &[u8]) -> bool {
                match pattern.split_first() {
                    None => text.is_empty(),
                    Some((b'*', rest)) => (0..=text.len()).any(|n| definition(rest, &text[n..])),
                    Some((c, rest)) => text.split_first().is_some_and(|(first, after)| {
                        (*c == b'?' || c == first) && definition(rest, after)
                    }),
                }
            }
            proptest::prop_assert_eq!(
                Pattern(&pattern).matches(&text),
                definition(pattern.as_bytes(), text.as_bytes())
            );
        }
    }
}
