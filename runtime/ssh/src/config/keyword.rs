//! The keywords that mean something here, and how their values are read.

/// How the values of a keyword are collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One word; the first line counts.
    First,
    /// Several words; the first line counts.
    FirstList,
    /// One word a line; every line counts, each value once.
    Add,
    /// Several words a line; every line counts.
    AddList,
    /// The rest of the line as it is; the first one counts.
    Rest,
}

/// How a keyword is read. `None`: it is passed over, because it is about something that is not done
/// here (windows, forwardings, control sockets), or is unknown.
pub(super) fn kind(keyword: &str) -> Option<Kind> {
    Some(match keyword {
        "addressfamily"
        | "batchmode"
        | "bindaddress"
        | "bindinterface"
        | "canonicaldomains"
        | "canonicalizefallbacklocal"
        | "canonicalizehostname"
        | "canonicalizemaxdots"
        | "checkhostip"
        | "connectionattempts"
        | "connecttimeout"
        | "forwardagent"
        | "hashknownhosts"
        | "hostkeyalias"
        | "hostname"
        | "identitiesonly"
        | "identityagent"
        | "kbdinteractiveauthentication"
        | "numberofpasswordprompts"
        | "passwordauthentication"
        | "port"
        | "preferredauthentications"
        | "proxyusefdpass"
        | "pubkeyauthentication"
        | "requesttty"
        | "serveralivecountmax"
        | "serveraliveinterval"
        | "stricthostkeychecking"
        | "tcpkeepalive"
        | "user" => Kind::First,
        "globalknownhostsfile" | "setenv" | "userknownhostsfile" => Kind::FirstList,
        "certificatefile" | "identityfile" => Kind::Add,
        "sendenv" => Kind::AddList,
        "proxycommand" | "proxyjump" => Kind::Rest,
        _ => return None,
    })
}

/// Keywords by another name.
pub(super) fn current(keyword: &str) -> &str {
    match keyword {
        "challengeresponseauthentication"
        | "keyboardinteractiveauthentication"
        | "skeyauthentication"
        | "tisauthentication" => "kbdinteractiveauthentication",
        "dsaauthentication" => "pubkeyauthentication",
        "keepalive" => "tcpkeepalive",
        "globalknownhostsfile2" | "userknownhostsfile2" => "",
        other => other,
    }
}
