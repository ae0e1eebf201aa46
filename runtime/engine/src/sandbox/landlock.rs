//! The sandbox by Landlock, the kernel's own way for processes to give up rights for good: it needs
//! no privileges, and costs a third of what starting a process does.

use super::policy::Policy;
use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, make_bitflags,
};
use std::ffi::OsStr;
use std::io;

/// What is restricted where the kernel can. Version 2 brought links and renames between folders,
/// version 3 truncation; the first version, of Linux 5.13, is required.
const RIGHTS: ABI = ABI::V3;

/// Whether the kernel has Landlock and lets this process use it.
pub(super) fn is_there() -> bool {
    let asked = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1));
    asked.and_then(Ruleset::create).is_ok()
}

/// Takes from the calling thread, and whatever it starts, the right to reach anything else.
///
/// # Errors
/// The kernel refuses.
pub fn restrict(policy: &Policy) -> io::Result<()> {
    let failed = |error: landlock::RulesetError| io::Error::other(error);
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(RIGHTS))
        .and_then(Ruleset::create)
        .map_err(failed)?;
    let read = AccessFs::from_read(RIGHTS);
    let change = make_bitflags!(AccessFs::{ReadFile | WriteFile | Truncate});
    for (places, rights) in [
        (&policy.read, read),
        (&policy.list, AccessFs::ReadDir.into()),
        (&policy.change, change),
        (&policy.write, AccessFs::from_all(RIGHTS)),
    ] {
        for place in places {
            rules = allow(rules, place, rights).map_err(failed)?;
        }
    }
    if policy.read_all {
        rules = allow(rules, OsStr::new("/"), read).map_err(failed)?;
    }
    rules.restrict_self().map_err(failed)?;
    Ok(())
}

fn allow(
    rules: RulesetCreated,
    place: &OsStr,
    rights: BitFlags<AccessFs>,
) -> Result<RulesetCreated, landlock::RulesetError> {
    match PathFd::new(place) {
        Ok(place) => rules.add_rule(PathBeneath::new(place, rights)),
        // What is not there cannot be reached.
        Err(_) => Ok(rules),
    }
}
