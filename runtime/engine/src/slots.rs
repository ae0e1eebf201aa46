//! Waiting for one's turn to execute, on the dispatcher's thread. The order is the [`Queue`]'s.

use crate::queue::{Need, Queue, Ticket};
use nexus_graph::{TaskGraph, TaskId};
use std::cell::RefCell;
use std::collections::HashMap;
use tokio::sync::oneshot;

/// The slots of a run and the places of its pools.
pub(crate) struct Slots {
    state: RefCell<State>,
    /// The number of each pool that has a size.
    pools: HashMap<String, usize>,
    /// Whether tasks on hosts take slots.
    hosts: bool,
}

struct State {
    queue: Queue,
    asleep: HashMap<Ticket, oneshot::Sender<()>>,
}

/// The right to execute; given back when dropped.
pub(crate) struct Slot<'a> {
    slots: &'a Slots,
    need: Need,
}

/// A request that may still be given up.
struct Asked<'a> {
    slots: &'a Slots,
    ticket: Ticket,
    /// Taken when the request became a [`Slot`].
    need: Option<Need>,
}

impl Slots {
    /// For a run of `graph` with so many slots; with `hosts`, tasks on hosts take some, too.
    pub fn new(slots: usize, graph: &TaskGraph, hosts: bool) -> Slots {
        let names = graph.pools.keys().cloned();
        let slots = u32::try_from(slots).unwrap_or(u32::MAX);
        Slots {
            state: RefCell::new(State {
                queue: Queue::new(slots, graph.pools.values().copied()),
                asleep: HashMap::new(),
            }),
            pools: names.enumerate().map(|(i, name)| (name, i)).collect(),
            hosts,
        }
    }

    /// Waits for a task's turn.
    pub async fn take(&self, graph: &TaskGraph, id: TaskId) -> Slot<'_> {
        let task = graph.task(id);
        let pool = task.pool.as_ref().and_then(|name| self.pools.get(name));
        let (mut asked, turn) = {
            let mut state = self.state.borrow_mut();
            let mut need = state.queue.need(task.weight, pool.copied());
            if task.remote.is_some() && !self.hosts {
                need.weight = 0;
            }
            let ticket = state.queue.ask(need.clone());
            let (wake, turn) = oneshot::channel();
            state.asleep.insert(ticket, wake);
            state.serve();
            let need = Some(need);
            let asked = Asked {
                slots: self,
                ticket,
                need,
            };
            (asked, turn)
        };
        // The sender is dropped only when it has been used.
        let _ = turn.await;
        Slot {
            slots: self,
            need: asked.need.take().unwrap_or_default(),
        }
    }
}

impl State {
    fn serve(&mut self) {
        for ticket in self.queue.grant() {
            if let Some(wake) = self.asleep.remove(&ticket) {
                // Whoever gave up has withdrawn its request.
                let _ = wake.send(());
            }
        }
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut state = self.slots.state.borrow_mut();
        state.queue.release(&self.need);
        state.serve();
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let Some(need) = self.need.take() else { return };
        let mut state = self.slots.state.borrow_mut();
        state.asleep.remove(&self.ticket);
        // What was granted before anybody looked goes to the next one.
        if !state.queue.withdraw(self.ticket) {
            state.queue.release(&need);
        }
        state.serve();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nexus_graph::Task;

    fn graph(weights: &[u32]) -> TaskGraph {
        let task = |(i, weight): (usize, &u32)| {
            let mut task = Task::new(format!("t{i}"));
            task.weight = *weight;
            task
        };
        TaskGraph {
            tasks: weights.iter().enumerate().map(task).collect(),
            ..TaskGraph::default()
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn what_was_granted_to_somebody_who_left_is_given_on() {
        let graph = graph(&[2, 1, 1]);
        let slots = Slots::new(2, &graph, false);
        let first = slots.take(&graph, TaskId(0)).await;
        let mut leaving = Box::pin(slots.take(&graph, TaskId(1)));
        let mut staying = Box::pin(slots.take(&graph, TaskId(0)));
        assert!(futures_poll(leaving.as_mut()).await.is_none());
        assert!(futures_poll(staying.as_mut()).await.is_none());
        // Granted, but never looked at again.
        drop(first);
        drop(leaving);
        let second = staying.await;
        assert_eq!(second.need.weight, 2);
    }

    /// One poll.
    async fn futures_poll<T>(mut future: std::pin::Pin<&mut impl Future<Output = T>>) -> Option<T> {
        tokio::select! {
            biased;
            value = &mut future => Some(value),
            () = std::future::ready(()) => None,
        }
    }
}
