//! From a name to a TCP connection: addresses of both families, tried side by side.

use crate::destination::Settings;
use crate::error::{Phase, Reason};
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// The next address is tried after this time without an answer (RFC 8305, section 5).
const STAGGER: Duration = Duration::from_millis(250);

/// Finds the addresses of a name, those of the two families in turn.
pub(crate) async fn resolve(
    host: &str,
    port: u16,
    settings: &Settings,
) -> Result<Vec<SocketAddr>, (Phase, Reason)> {
    let limit = settings.timeouts.resolve;
    let failed = |problem: String| {
        let host = host.to_owned();
        (Phase::Resolve, Reason::UnknownHost { host, problem })
    };
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let found = match timeout(limit, tokio::net::lookup_host((bare, port))).await {
        Ok(Ok(found)) => found.collect::<Vec<_>>(),
        Ok(Err(problem)) => return Err(failed(problem.to_string())),
        Err(_) => return Err((Phase::Resolve, Reason::Timeout(limit))),
    };
    if found.is_empty() {
        return Err(failed("the name has no address".to_owned()));
    }
    Ok(interleaved(found))
}

/// The addresses with the families in turn, the family of the first one first.
fn interleaved(found: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = found.first().is_some_and(SocketAddr::is_ipv6);
    let (mut same, mut other): (VecDeque<_>, VecDeque<_>) = found
        .into_iter()
        .partition(|address| address.is_ipv6() == first_is_v6);
    let mut ordered = Vec::with_capacity(same.len() + other.len());
    while !same.is_empty() || !other.is_empty() {
        ordered.extend(same.pop_front());
        ordered.extend(other.pop_front());
    }
    ordered
}

/// Connects to the first address that answers.
pub(crate) async fn connect(
    addresses: &[SocketAddr],
    settings: &Settings,
) -> Result<TcpStream, (Phase, Reason)> {
    let limit = settings.timeouts.connect;
    match timeout(limit, race(addresses)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(problem)) => Err((Phase::Connect, reason(&problem))),
        Err(_) => Err((Phase::Connect, Reason::Timeout(limit))),
    }
}

/// Tries the addresses one after the other, without waiting long for any.
async fn race(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut trying = JoinSet::new();
    let mut left = addresses.iter();
    let mut failure = None;
    loop {
        if let Some(address) = left.next().copied() {
            trying.spawn(async move {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                Ok::<_, io::Error>(stream)
            });
        } else if trying.is_empty() {
            return Err(failure.unwrap_or_else(|| io::ErrorKind::NotFound.into()));
        }
        let more = left.len() > 0;
        tokio::select! {
            Some(tried) = trying.join_next() => match tried {
                Ok(Ok(stream)) => return Ok(stream),
                // The first address is the preferred one: its failure is reported.
                Ok(Err(problem)) => {
                    failure.get_or_insert(problem);
                }
                Err(_) => {}
            },
            () = sleep(STAGGER), if more => {}
        }
    }
}

/// What an error of the network means.
pub(crate) fn reason(problem: &io::Error) -> Reason {
    match problem.kind() {
        io::ErrorKind::ConnectionRefused => Reason::Refused,
        io::ErrorKind::HostUnreachable => Reason::Unreachable("no route to host".to_owned()),
        io::ErrorKind::NetworkUnreachable => {
            Reason::Unreachable("the network is unreachable".to_owned())
        }
        io::ErrorKind::TimedOut => Reason::Unreachable("no answer".to_owned()),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Reason::Closed(String::new()),
        _ => Reason::Network(problem.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns() {
        let parse = |texts: &[&str]| -> Vec<SocketAddr> {
            texts.iter().map(|text| text.parse().unwrap()).collect()
        };
        let found = parse(&["[::1]:1", "[::2]:1", "1.1.1.1:1", "2.2.2.2:1", "3.3.3.3:1"]);
        let expected = parse(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "3.3.3.3:1"]);
        assert_eq!(interleaved(found), expected);
    }
}
