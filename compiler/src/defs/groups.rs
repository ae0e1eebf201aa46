//! Units by name, in groups: whoever wants one depends on its group alone.
//!
//! An edit changes one unit as a rule. If each unit were asked for in the list of all, each would be
//! looked for and compared after every edit; so only those of one group are.

use super::{Body, Name, Unit};
use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Units in a group, on average; the number of groups is a power of two.
const SIZE: usize = 32;

/// Units by name.
pub type Group = Arc<[(Name, Arc<Body>)]>;

/// All groups of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups(Box<[Group]>);

impl Groups {
    pub(super) fn of(units: &[Arc<Unit>]) -> Self {
        let count = (units.len() / SIZE).max(1).next_power_of_two();
        let mut groups = vec![Vec::new(); count];
        for unit in units {
            let group = Groups::number(&unit.name, count as u32);
            groups[group as usize].push((unit.name.clone(), unit.body.clone()));
        }
        Groups(groups.into_iter().map(Arc::from).collect())
    }

    /// The same, but for what one unit says.
    pub(super) fn with(&self, unit: &Unit) -> Self {
        let mut groups = self.clone();
        let group = &mut groups.0[Groups::number(&unit.name, self.count()) as usize];
        let units = group.iter().map(|(name, body)| match *name == unit.name {
            true => (name.clone(), unit.body.clone()),
            false => (name.clone(), body.clone()),
        });
        *group = units.collect();
        groups
    }

    /// How many there are. Changes rarely.
    pub fn count(&self) -> u32 {
        self.0.len() as u32
    }

    /// The group of that number, of so many as there were.
    pub fn get(&self, number: u32) -> Group {
        self.0.get(number as usize).cloned().unwrap_or_default()
    }

    /// The number of the group a unit is in.
    pub fn number(name: &Name, count: u32) -> u32 {
        let mut hasher = FxHasher::default();
        name.hash(&mut hasher);
        // The upper bits depend on everything.
        (hasher.finish() >> 32) as u32 & (count - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::defs::Origin;
    use crate::symbol::Symbol;

    #[test]
    fn each_unit_is_in_its_group() {
        for count in [0, 1, 31, 64, 3_000] {
            let body = Arc::new(Body::whole(&Arc::default()));
            let name = |i: u32| Name::Field(Symbol::new(&format!("f{i}")));
            let unit = |i| Unit {
                name: name(i),
                body: body.clone(),
                origin: Origin::default(),
            };
            let units: Vec<Arc<Unit>> = (0..count).map(|i| Arc::new(unit(i))).collect();
            let groups = Groups::of(&units);
            for i in 0..count {
                let group = groups.get(Groups::number(&name(i), groups.count()));
                assert!(group.iter().any(|(known, _)| *known == name(i)));
                assert!(group.len() < 20 * SIZE, "{}", group.len());
            }
        }
    }
}
