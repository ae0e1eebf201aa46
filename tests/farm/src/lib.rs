//! Real SSH servers for tests and benchmarks, and a network in between that misbehaves on demand.
//!
//! Servers (OpenSSH, Dropbear) listen on free ports of the loopback interface. Each has a supervisor
//! whose standard input is a pipe from this process: however this process ends, the supervisor reads
//! the end of the pipe, ends the server and its sessions, and goes.
//!
//! Run by root, there are throwaway users beside the current one ([`User`]), with a password of chance;
//! they are removed when the last process that uses them has ended. Keys are made once for all processes
//! that run at the same time, because making RSA keys takes long.

mod agent;
mod ground;
mod process;
mod proxy;
mod server;

pub use agent::SshAgent;
pub use ground::{Ground, User};
pub use process::{command_line, descendants, is_alive, parent, wait_for};
pub use proxy::{Proxy, Toxins};
pub use server::{Server, Sshd};
