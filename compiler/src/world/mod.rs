//! Implementations of [`Inputs`](crate::inputs::Inputs): the disk, a made-up one for tests, and
//! one that writes down what was asked.

mod disk;
mod memory;
pub mod paths;
mod pattern;
mod recorder;

pub use disk::Disk;
pub use memory::Memory;
pub use pattern::Pattern;
pub use recorder::{Recorder, glob_digest};
