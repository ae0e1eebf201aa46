//! Everything about connections, on real servers. One program, so that keys and users are made once.

mod auth;
mod basics;
mod dropbear;
mod faults;
mod host_identity;
mod host_keys;
mod lost;
mod pool;
mod resolve;
mod scene;
mod support;
mod way;
