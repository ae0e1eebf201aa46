//! From a name to a TCP connection: addresses of both families, tried side by side.

use crate::config::AddressFamily;
use crate::destination::Destination;
use crate::error::{Phase, Reason};
use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// The next address is tried after this time without an answer (RFC 8305, section 5).
const STAGGER: Duration = Duration::from_millis(250);

/// Finds the addresses of a name, those of the two families in turn.
pub(crate) async fn resolve(
    destination: &Destination,
    limit: Duration,
) -> Result<Vec<SocketAddr>, (Phase, Reason)> {
    let failed = |problem: String| {
        let host = destination.host.clone();
        (Phase::Resolve, Reason::UnknownHost { host, problem })
    };
    let bare = destination
        .host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(&destination.host);
    let lookup = tokio::net::lookup_host((bare, destination.port));
    let found = match timeout(limit, lookup).await {
        Ok(Ok(found)) => found.collect::<Vec<_>>(),
        Ok(Err(problem)) => return Err(failed(plain(&problem))),
        Err(_) => return Err((Phase::Resolve, Reason::Timeout(limit))),
    };
    let wanted = |address: &SocketAddr| match destination.family {
        AddressFamily::Any => true,
        AddressFamily::Inet => address.is_ipv4(),
        AddressFamily::Inet6 => address.is_ipv6(),
    };
    let found: Vec<_> = found.into_iter().filter(wanted).collect();
    if found.is_empty() {
        return Err(failed("it has no address of the wanted kind".to_owned()));
    }
    Ok(interleaved(found))
}

/// What the system says, without its preamble.
fn plain(problem: &io::Error) -> String {
    let text = problem.to_string();
    let known = "failed to lookup address information: ";
    text.strip_prefix(known).unwrap_or(&text).to_owned()
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
    bind: Option<IpAddr>,
    limit: Duration,
) -> Result<TcpStream, (Phase, Reason)> {
    match timeout(limit, race(addresses, bind)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(problem)) => Err((Phase::Connect, reason(&problem))),
        Err(_) => Err((Phase::Connect, Reason::Timeout(limit))),
    }
}

async fn one(address: SocketAddr, bind: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    if let Some(from) = bind {
        socket.bind(SocketAddr::new(from, 0))?;
    }
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Tries the addresses one after the other, without waiting long for any.
async fn race(addresses: &[SocketAddr], bind: Option<IpAddr>) -> io::Result<TcpStream> {
    let mut trying = JoinSet::new();
    let mut left = addresses.iter();
    let mut failure = None;
    loop {
        if let Some(address) = left.next().copied() {
            trying.spawn(one(address, bind));
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
