//! Who may execute next: tasks take slots of the run, as many as they weigh, and a place in their
//! pool.
//!
//! Those that ask are served in the order they asked. One that waits for a place in its pool is
//! passed over, because nobody behind it can take that place first. One that waits for slots is
//! not: the slots that get free are kept for it, so that a heavy task never waits for longer than
//! what runs when its turn comes. Those that need no slot wait only for their pool.

use std::collections::BTreeMap;

/// What a task needs to execute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Need {
    /// Slots; none for what is done elsewhere.
    pub weight: u32,
    /// The number of its pool.
    pub pool: Option<usize>,
}

/// Stands for one request.
pub(crate) type Ticket = u64;

/// The slots of a run, the places of its pools, and those who wait for them.
#[derive(Debug)]
pub(crate) struct Queue {
    slots: u32,
    free: u32,
    /// Free places of each pool.
    pools: Vec<u32>,
    waiting: BTreeMap<Ticket, Need>,
    next: Ticket,
}

impl Queue {
    /// With so many slots, and pools of these sizes; everything has at least one.
    pub fn new(slots: u32, pools: impl IntoIterator<Item = u32>) -> Queue {
        Queue {
            slots: slots.max(1),
            free: slots.max(1),
            pools: pools.into_iter().map(|size| size.max(1)).collect(),
            waiting: BTreeMap::new(),
            next: 0,
        }
    }

    /// What `weight` and `pool` mean here: a task heavier than all slots takes all of them.
    pub fn need(&self, weight: u32, pool: Option<usize>) -> Need {
        Need {
            weight: weight.clamp(1, self.slots),
            pool,
        }
    }

    /// Asks; the answer comes from [`grant`](Self::grant), now or later.
    pub fn ask(&mut self, need: Need) -> Ticket {
        let ticket = self.next;
        self.next += 1;
        self.waiting.insert(ticket, need);
        ticket
    }

    /// Gives a request up. `false` when it was granted already.
    pub fn withdraw(&mut self, ticket: Ticket) -> bool {
        self.waiting.remove(&ticket).is_some()
    }

    /// Gives back what was granted.
    pub fn release(&mut self, need: &Need) {
        self.free += need.weight;
        if let Some(pool) = need.pool {
            self.pools[pool] += 1;
        }
    }

    /// Those that may execute from now on.
    pub fn grant(&mut self) -> Vec<Ticket> {
        let mut granted = Vec::new();
        let mut kept = false;
        for (ticket, need) in &self.waiting {
            let place = need.pool.is_none_or(|pool| self.pools[pool] > 0);
            if !place {
                continue;
            }
            if need.weight > 0 && (kept || self.free < need.weight) {
                kept = true;
                continue;
            }
            self.free -= need.weight;
            if let Some(pool) = need.pool {
                self.pools[pool] -= 1;
            }
            granted.push(*ticket);
        }
        for ticket in &granted {
            self.waiting.remove(ticket);
        }
        granted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Clone, Debug)]
    enum Act {
        Ask(u32, Option<usize>),
        /// One of those that run ends.
        End(prop::sample::Index),
        /// One of those that wait gives up.
        Withdraw(prop::sample::Index),
    }

    fn act() -> impl Strategy<Value = Act> {
        let pool = prop::option::of(0usize..3);
        prop_oneof![
            4 => (1u32..7, pool).prop_map(|(weight, pool)| Act::Ask(weight, pool)),
            3 => any::<prop::sample::Index>().prop_map(Act::End),
            1 => any::<prop::sample::Index>().prop_map(Act::Withdraw),
        ]
    }

    proptest! {
        #[test]
        fn limits_hold_and_nobody_is_passed_over_without_a_reason(
            slots in 1u32..6,
            sizes in prop::collection::vec(1u32..4, 3),
            acts in prop::collection::vec(act(), 1..120),
        ) {
            let mut queue = Queue::new(slots, sizes.clone());
            let mut waiting: BTreeMap<Ticket, Need> = BTreeMap::new();
            let mut running: BTreeMap<Ticket, Need> = BTreeMap::new();
            let used = |running: &BTreeMap<Ticket, Need>| {
                running.values().map(|need| need.weight).sum::<u32>()
            };
            let inside = |running: &BTreeMap<Ticket, Need>, pool| {
                running.values().filter(|need| need.pool == Some(pool)).count() as u32
            };
            for act in acts {
                match act {
                    Act::Ask(weight, pool) => {
                        let need = queue.need(weight, pool);
                        waiting.insert(queue.ask(need.clone()), need);
                    }
                    Act::End(which) if !running.is_empty() => {
                        let ticket = *which.get(&running.keys().copied().collect::<Vec<_>>());
                        queue.release(&running.remove(&ticket).expect("it runs"));
                    }
                    Act::Withdraw(which) if !waiting.is_empty() => {
                        let ticket = *which.get(&waiting.keys().copied().collect::<Vec<_>>());
                        waiting.remove(&ticket);
                        prop_assert!(queue.withdraw(ticket));
                    }
                    _ => {}
                }
                for ticket in queue.grant() {
                    let need = waiting.remove(&ticket).expect("only who waits is served");
                    // Whoever asked earlier and is not served waits for its pool.
                    for (_, earlier) in waiting.range(..ticket) {
                        let full = earlier.pool.is_some_and(|p| inside(&running, p) == sizes[p]);
                        prop_assert!(full, "{earlier:?} was passed over by {need:?}");
                    }
                    running.insert(ticket, need);
                    prop_assert!(!queue.withdraw(ticket));
                }
                prop_assert!(used(&running) <= slots);
                for (pool, size) in sizes.iter().enumerate() {
                    prop_assert!(inside(&running, pool) <= *size);
                }
                prop_assert!(waiting.is_empty() || !running.is_empty(), "nothing goes on");
            }
            // Everybody is served in the end.
            while let Some((ticket, need)) = running.pop_first() {
                prop_assert!(ticket < queue.next);
                queue.release(&need);
                for ticket in queue.grant() {
                    running.insert(ticket, waiting.remove(&ticket).expect("it waits"));
                }
            }
            prop_assert!(waiting.is_empty());
            prop_assert_eq!(queue.free, queue.slots);
            prop_assert_eq!(queue.pools, sizes);
        }
    }

    #[test]
    fn a_heavy_task_is_not_kept_waiting_by_an_endless_stream_of_light_ones() {
        let mut queue = Queue::new(4, []);
        let light = queue.need(1, None);
        for _ in 0..4 {
            queue.ask(light.clone());
        }
        assert_eq!(queue.grant(), [0, 1, 2, 3]);
        let heavy = queue.need(100, None);
        assert_eq!(queue.ask(heavy), 4);
        for ended in 1..=4 {
            queue.ask(light.clone());
            queue.release(&light);
            assert_eq!(queue.grant(), if ended == 4 { vec![4] } else { vec![] });
        }
    }

    #[test]
    fn who_waits_for_a_pool_is_in_nobodys_way() {
        let mut queue = Queue::new(2, [1]);
        let (link, other) = (queue.need(1, Some(0)), queue.need(1, None));
        for need in [&link, &link, &other] {
            queue.ask(need.clone());
        }
        assert_eq!(queue.grant(), [0, 2]);
        queue.release(&link);
        assert_eq!(queue.grant(), [1]);
    }

    #[test]
    fn who_needs_no_slot_overtakes_those_who_do() {
        let mut queue = Queue::new(2, [1]);
        let here = queue.need(1, None);
        let heavy = queue.need(2, None);
        queue.ask(here.clone());
        assert_eq!(queue.grant().len(), 1);
        let heavy = queue.ask(heavy);
        let elsewhere = Need {
            weight: 0,
            pool: Some(0),
        };
        let first = queue.ask(elsewhere.clone());
        let second = queue.ask(elsewhere.clone());
        assert_eq!(queue.grant(), [first]);
        queue.release(&elsewhere);
        assert_eq!(queue.grant(), [second]);
        queue.release(&here);
        assert_eq!(queue.grant(), [heavy]);
    }
}
