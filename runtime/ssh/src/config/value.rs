//! Values of keywords.

/// `StrictHostKeyChecking`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StrictHostKeyChecking {
    /// Only known keys.
    Yes,
    /// Unknown ones are recorded.
    AcceptNew,
    /// Unknown ones are asked about.
    Ask,
    /// Unknown ones are recorded, changed ones let through.
    No,
}

impl StrictHostKeyChecking {
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text.to_ascii_lowercase().as_str() {
            "yes" | "true" => StrictHostKeyChecking::Yes,
            "accept-new" => StrictHostKeyChecking::AcceptNew,
            "ask" => StrictHostKeyChecking::Ask,
            "no" | "false" | "off" => StrictHostKeyChecking::No,
            _ => return None,
        })
    }
}

/// `AddressFamily`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AddressFamily {
    /// Both.
    #[default]
    Any,
    /// IPv4 alone.
    Inet,
    /// IPv6 alone.
    Inet6,
}

impl AddressFamily {
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text.to_ascii_lowercase().as_str() {
            "any" => AddressFamily::Any,
            "inet" => AddressFamily::Inet,
            "inet6" => AddressFamily::Inet6,
            _ => return None,
        })
    }
}

/// `yes` or `no`.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" => Some(true),
        "no" | "false" => Some(false),
        _ => None,
    }
}

/// What is wrong with a value, if anything is.
pub(super) fn problem(keyword: &str, value: &str) -> Option<String> {
    let good = match keyword {
        "batchmode"
        | "hashknownhosts"
        | "identitiesonly"
        | "kbdinteractiveauthentication"
        | "passwordauthentication"
        | "tcpkeepalive"
        | "canonicalizefallbacklocal"
        | "proxyusefdpass"
        | "checkhostip" => flag(value).is_some(),
        "port" => value.parse::<u16>().is_ok_and(|port| port > 0),
        "connecttimeout" | "serveraliveinterval" => {
            value.eq_ignore_ascii_case("none") || super::time::parse(value).is_some()
        }
        "connectionattempts"
        | "serveralivecountmax"
        | "numberofpasswordprompts"
        | "canonicalizemaxdots" => value.parse::<u32>().is_ok(),
        "stricthostkeychecking" => StrictHostKeyChecking::parse(value).is_some(),
        "addressfamily" => AddressFamily::parse(value).is_some(),
        _ => true,
    };
    (!good).then(|| format!("`{value}` is no value of {keyword}"))
}
