//! A cache that is down, hangs, is slow or full: the build succeeds, is right, takes a bounded time,
//! and says so once.

use crate::machine::{Machine, assert_told_once, project};
use crate::proxy::{Mode, Proxy};
use crate::servers::{Kind, LITTLE, Server, with_little_room};
use std::path::PathBuf;

const ALL: [&str; 3] = ["one", "two", "three"];

/// A server that has every result.
fn warm(kind: Kind) -> Server {
    let server = Server::start(kind);
    let ran = Machine::new(&server).writing().build();
    assert!(ran.stdout.contains("3 results written"), "{ran}");
    server
}

/// A machine that reads and one that writes find nothing but trouble.
fn both_find_trouble(machine: impl Fn() -> Machine + Sync) {
    let finds_trouble = |machine: Machine| {
        let ran = machine.build();
        assert_eq!(machine.executed(), ALL, "{ran}");
        assert_told_once(&ran, &["NX0632"]);
        machine.assert_right();
    };
    // Both wait more than they work.
    std::thread::scope(|scope| {
        scope.spawn(|| finds_trouble(machine()));
        finds_trouble(machine().writing());
    });
}

pub fn gone_before(kind: Kind) {
    let mut server = warm(kind);
    server.kill();
    both_find_trouble(|| Machine::new(&server));
}

/// The server dies while a task runs: what was there before is used, the rest is executed.
pub fn killed_meanwhile(kind: Kind) {
    let server = warm(kind);
    let text = project(&format!("\"kill -9 {}\"", server.pid()));
    let machine = Machine::with(&text, server.variables(None)).writing();
    let ran = machine.build();
    assert_eq!(machine.executed(), ["two", "three"], "{ran}");
    assert_told_once(&ran, &["NX0632", "NX0635"]);
    machine.assert_right();
}

pub fn hanging(kind: Kind) {
    let server = warm(kind);
    match server.address {
        Some(address) => {
            let proxy = Proxy::new(address, Mode::Hang);
            both_find_trouble(|| Machine::through(&server, proxy.address).impatient());
        }
        None => {
            let _silent = Silent::over(server.data());
            both_find_trouble(|| Machine::new(&server).impatient());
        }
    }
}

/// A file system whose server never answers: one in user space, and nobody reads its requests.
struct Silent {
    folder: PathBuf,
    _device: std::fs::File,
}

impl Silent {
    fn over(folder: PathBuf) -> Silent {
        use std::os::fd::AsRawFd;
        let device = std::fs::File::options()
            .read(true)
            .write(true)
            .open("/dev/fuse");
        let device = device.expect("/dev/fuse can be opened");
        let options = format!(
            "fd={},rootmode=40000,user_id=0,group_id=0",
            device.as_raw_fd()
        );
        let flags = nix::mount::MsFlags::MS_NOSUID | nix::mount::MsFlags::MS_NODEV;
        let mounted = nix::mount::mount(
            Some("silent"),
            &folder,
            Some("fuse"),
            flags,
            Some(options.as_str()),
        );
        mounted.expect("a file system can be mounted: this needs root");
        Silent {
            folder,
            _device: device,
        }
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        let detached = nix::mount::umount2(&self.folder, nix::mount::MntFlags::MNT_DETACH);
        detached.expect("unmounted");
    }
}

pub fn slow(kind: Kind) {
    let server = warm(kind);
    let proxy = Proxy::new(server.address.expect("it listens"), Mode::Drip);
    both_find_trouble(|| Machine::through(&server, proxy.address).impatient());
}

/// The disk of the cache is full while results are written.
pub fn full(kind: Kind) {
    let server = Server::small(kind);
    let machine = Machine::new(&server).writing();
    let machine = match kind {
        Kind::Folder => machine.under(&with_little_room(&server.data(), LITTLE)),
        _ => machine,
    };
    let ran = machine.build();
    assert_eq!(machine.executed(), ALL, "{ran}");
    assert_told_once(&ran, &["NX0635"]);
    machine.assert_right();
    if kind != Kind::Folder {
        // Whatever half of a result is there, nobody is misled.
        let reader = Machine::new(&server);
        reader.build();
        reader.assert_right();
    }
}
