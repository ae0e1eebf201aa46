//! A network that misbehaves: a proxy for TCP with delays, limits, cuts and silence.

use nix::sys::socket::{setsockopt, sockopt};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// What is wrong with the network. Counts of bytes are those from the server to the client, of each
/// connection by itself.
#[derive(Debug, Clone, Default)]
pub struct Toxins {
    /// Everything arrives this much later, in both directions.
    pub delay: Duration,
    /// A connection is passed on this much after it was accepted.
    pub accept_delay: Duration,
    /// Bytes a second, in each direction.
    pub rate: Option<u64>,
    /// Everything arrives byte by byte.
    pub trickle: bool,
    /// Silence on a connection after so many bytes, in both directions.
    pub hole_after: Option<u64>,
    /// Reset after so many bytes.
    pub reset_after: Option<u64>,
    /// One byte of what comes after so many bytes is changed.
    pub corrupt_after: Option<u64>,
}

/// A proxy in front of a server, on a port of its own, until it is dropped.
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    target: SocketAddr,
    toxins: Toxins,
    over: AtomicBool,
    silent: Mutex<bool>,
    heard: Condvar,
    live: Mutex<Vec<(TcpStream, TcpStream)>>,
    accepted: AtomicU64,
}

impl Proxy {
    /// Starts a proxy in front of a port of 127.0.0.1.
    ///
    /// # Panics
    ///
    /// No port is free.
    pub fn start(target: u16, toxins: Toxins) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared {
            target: SocketAddr::from(([127, 0, 0, 1], target)),
            toxins,
            over: AtomicBool::new(false),
            silent: Mutex::new(false),
            heard: Condvar::new(),
            live: Mutex::default(),
            accepted: AtomicU64::new(0),
        });
        let accepting = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.over.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                accepting.accepted.fetch_add(1, Ordering::SeqCst);
                let shared = accepting.clone();
                thread::spawn(move || shared.serve(stream));
            }
        });
        Proxy { port, shared }
    }

    /// The port to connect to, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How many connections were accepted until now.
    pub fn accepted(&self) -> u64 {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// Lets nothing through any more, until [`heal`](Proxy::heal): both sides hear nothing at all.
    pub fn cut(&self) {
        *self.shared.silent() = true;
    }

    /// Lets everything through again, with what was held back.
    pub fn heal(&self) {
        *self.shared.silent() = false;
        self.shared.heard.notify_all();
    }

    /// Resets all connections there are.
    pub fn reset(&self) {
        let live = std::mem::take(&mut *lock(&self.shared.live));
        for (client, server) in live {
            abort(&client);
            abort(&server);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        self.heal();
        self.reset();
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends a connection with a reset in place of a farewell.
fn abort(stream: &TcpStream) {
    let linger = nix::libc::linger {
        l_onoff: 1,
        l_linger: 0,
    };
    let _ = setsockopt(stream, sockopt::Linger, &linger);
    // Only the last handle's end closes a socket; shutting down would say good-bye. Connecting a
    // socket to nowhere resets it at once.
    let _ = nix::sys::socket::shutdown(
        std::os::fd::AsRawFd::as_raw_fd(stream),
        nix::sys::socket::Shutdown::Both,
    );
}

impl Shared {
    fn silent(&self) -> std::sync::MutexGuard<'_, bool> {
        lock(&self.silent)
    }

    fn serve(self: Arc<Self>, client: TcpStream) {
        thread::sleep(self.toxins.accept_delay);
        let Ok(server) = TcpStream::connect(self.target) else {
            return;
        };
        let (Ok(client2), Ok(server2)) = (client.try_clone(), server.try_clone()) else {
            return;
        };
        let _ = client.set_nodelay(true);
        let _ = server.set_nodelay(true);
        if let (Ok(a), Ok(b)) = (client.try_clone(), server.try_clone()) {
            lock(&self.live).push((a, b));
        }
        let (up, hole) = (self.clone(), Arc::new(AtomicBool::new(false)));
        let same = hole.clone();
        thread::spawn(move || up.pump(client2, server2, false, &same));
        self.pump(server, client, true, &hole);
    }

    /// Passes on one direction: this thread reads, another one writes when it is time.
    fn pump(
        self: Arc<Self>,
        mut from: TcpStream,
        to: TcpStream,
        down: bool,
        hole: &Arc<AtomicBool>,
    ) {
        let (sender, receiver) = mpsc::sync_channel::<(Instant, Vec<u8>)>(256);
        let writing = self.clone();
        let target = to.try_clone();
        let silent = hole.clone();
        let writer = thread::spawn(move || writing.write(to, &receiver, &silent));
        let mut count = 0u64;
        let mut buffer = vec![0; 65536];
        while let Ok(read) = from.read(&mut buffer) {
            let due = Instant::now() + self.toxins.delay;
            let mut data = buffer[..read].to_vec();
            if down && read > 0 {
                count += read as u64;
                let past = |limit: Option<u64>| limit.is_some_and(|limit| count > limit);
                if past(self.toxins.corrupt_after) {
                    let middle = data.len() / 2;
                    data[middle] ^= 0xff;
                }
                if past(self.toxins.reset_after) {
                    abort(&from);
                    if let Ok(target) = &target {
                        abort(target);
                    }
                    break;
                }
                if past(self.toxins.hole_after) {
                    hole.store(true, Ordering::SeqCst);
                }
            }
            if sender.send((due, data)).is_err() || read == 0 {
                break;
            }
        }
        drop(sender);
        let _ = writer.join();
    }

    fn write(
        &self,
        mut to: TcpStream,
        receiver: &mpsc::Receiver<(Instant, Vec<u8>)>,
        hole: &AtomicBool,
    ) {
        while let Ok((due, data)) = receiver.recv() {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            let mut silent = self.silent();
            while (*silent || hole.load(Ordering::SeqCst)) && !self.over.load(Ordering::SeqCst) {
                silent = self
                    .heard
                    .wait(silent)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            drop(silent);
            if data.is_empty() {
                let _ = to.shutdown(Shutdown::Write);
                return;
            }
            if let Some(rate) = self.toxins.rate {
                thread::sleep(Duration::from_secs_f64(data.len() as f64 / rate as f64));
            }
            let piece = if self.toxins.trickle { 1 } else { data.len() };
            for piece in data.chunks(piece) {
                if to.write_all(piece).is_err() {
                    return;
                }
            }
        }
    }
}
