//! A network that fails: a TCP proxy in front of a server.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What happens to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is passed on.
    Pass,
    /// It is accepted, and nothing is ever answered.
    Hang,
    /// It is passed on, a byte a second each way.
    Drip,
    /// It is closed at once.
    Close,
}

pub struct Proxy {
    pub address: SocketAddr,
    mode: Arc<Mutex<Mode>>,
    accepted: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    /// Connections that are never answered.
    held: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    pub fn new(to: SocketAddr, mode: Mode) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let proxy = Proxy {
            address: listener.local_addr().expect("bound"),
            mode: Arc::new(Mutex::new(mode)),
            accepted: Arc::default(),
            over: Arc::default(),
            held: Arc::default(),
        };
        let (mode, accepted) = (proxy.mode.clone(), proxy.accepted.clone());
        let (over, held) = (proxy.over.clone(), proxy.held.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if over.load(Ordering::Acquire) {
                    return;
                }
                accepted.fetch_add(1, Ordering::AcqRel);
                match *mode.lock().expect("whole") {
                    Mode::Close => drop(client),
                    Mode::Hang => held.lock().expect("whole").push(client),
                    Mode::Pass => both_ways(client, to, false),
                    Mode::Drip => both_ways(client, to, true),
                }
            }
        });
        proxy
    }

    /// From the next connection on.
    pub fn set(&self, mode: Mode) {
        *self.mode.lock().expect("whole") = mode;
    }

    /// Ends the connections that were not answered.
    pub fn close_held(&self) {
        self.held.lock().expect("whole").clear();
    }

    /// Connections so far.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Acquire)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        // Wakes the listener, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

fn both_ways(client: TcpStream, to: SocketAddr, drip: bool) {
    let Ok(server) = TcpStream::connect(to) else {
        return;
    };
    let clone = |stream: &TcpStream| stream.try_clone().expect("a descriptor");
    let ways = [(clone(&client), clone(&server)), (server, client)];
    for (from, to) in ways {
        std::thread::spawn(move || pass(from, to, drip));
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, drip: bool) {
    let mut buffer = vec![0; if drip { 1 } else { 64 << 10 }];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if drip {
            std::thread::sleep(Duration::from_secs(1));
        }
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    // Both may be closed already.
    let _ = (from.shutdown(Shutdown::Read), to.shutdown(Shutdown::Write));
}
