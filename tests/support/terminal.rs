//! A program at a terminal: what it shows, and answers typed to it.

use super::PATIENCE;
use nix::pty::openpty;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

/// A running program with a terminal.
pub struct Terminal {
    child: Child,
    master: File,
    pieces: Receiver<Vec<u8>>,
    shown: String,
}

impl Terminal {
    /// Starts it.
    pub fn start(command: &mut Command) -> Terminal {
        let pty = openpty(None, None).expect("a terminal");
        let end = || Stdio::from(pty.slave.try_clone().expect("a handle"));
        let child = command
            .env("TERM", "xterm")
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .expect("the program starts");
        // As long as somebody holds this end, the other one does not end.
        drop(pty.slave);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let master = File::from(pty.master);
        let mut output = master.try_clone().expect("a handle");
        let (send, pieces) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                if send.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Terminal {
            child,
            master,
            pieces,
            shown: String::new(),
        }
    }

    /// Starts it as the first program of a session of its own, whose terminal this is: what is asked on
    /// `/dev/tty` comes here, and Ctrl+C is heard.
    pub fn session(command: &Command) -> Terminal {
        let mut session = Command::new("setsid");
        session
            .arg("--ctty")
            .arg(command.get_program())
            .args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => session.env(name, value),
                None => session.env_remove(name),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            session.current_dir(folder);
        }
        Terminal::start(&mut session)
    }

    /// Everything it has shown so far.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Whether what is typed is shown.
    pub fn echoes(&self) -> bool {
        use nix::sys::termios::{LocalFlags, tcgetattr};
        let set = tcgetattr(&self.master).expect("a terminal");
        set.local_flags.contains(LocalFlags::ECHO)
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it shows a text.
    pub fn wait_for(&mut self, text: &str) -> &mut Self {
        let until = Instant::now() + PATIENCE;
        while !self.shown.contains(text) {
            let left = until.saturating_duration_since(Instant::now());
            match self.pieces.recv_timeout(left) {
                Ok(piece) => self.shown += &String::from_utf8_lossy(&piece),
                Err(_) => panic!("`{text}` is never shown:\n{}", self.shown),
            }
        }
        self
    }

    /// Takes what it has shown meanwhile.
    pub fn pump(&mut self) {
        while let Ok(piece) = self.pieces.try_recv() {
            self.shown += &String::from_utf8_lossy(&piece);
        }
    }

    /// Types.
    pub fn send(&mut self, text: &str) -> &mut Self {
        self.master.write_all(text.as_bytes()).expect("typed");
        self
    }

    /// Waits for its end; gives the exit code and everything it showed.
    pub fn end(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().expect("it ends").code();
        drop(self.master);
        while let Ok(piece) = self.pieces.recv_timeout(PATIENCE) {
            self.shown += &String::from_utf8_lossy(&piece);
        }
        (code, self.shown)
    }
}
