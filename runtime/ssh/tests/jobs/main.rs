//! Jobs on real servers: what they see, how they end, and what survives.

mod damage;
mod ending;
mod limits;
mod shells;
mod sudo;
mod support;
mod survival;
mod transport;
