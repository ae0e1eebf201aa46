//! Tasks that can only reach what they declare.
//!
//! A sandboxed task reads its inputs, what it uses of its dependencies, the tools and the system; it
//! writes where its outputs are. [`Policy`] says so in data, made by [`declared`]; the kernel keeps
//! it ([`Mechanism`]). A step that fails is run once more under the [tracer](crate::tracer), and
//! then the paths it lacked are known by name ([`execute`]).
//!
//! The system's rules are about folders with everything inside, so where outputs lie beside other
//! files, these could be written as well: they are compared before and after ([`region`]).

mod aside;
mod declared;
mod execute;
mod finding;
mod landlock;
mod mechanism;
mod policy;
mod private;
mod region;
mod system;
mod watch;

pub(crate) use execute::{Confined, execute};
pub use landlock::restrict;
pub use mechanism::Mechanism;
pub use policy::{Policy, Reach};
pub(crate) use watch::{Watched, holds_outputs, is_made_by, watch};
