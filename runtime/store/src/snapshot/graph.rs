//! The task graph as a snapshot keeps it: each task on its own, so that a run that concerns few
//! tasks of a large project decodes only these.
//!
//! ```text
//! number of tasks n (4) length p of the rest (4)
//! n + 1 offsets into what follows (4 each)
//! the tasks (postcard), what is not a task (postcard, p bytes)
//! ```

use nexus_graph::{Task, TaskGraph};

const HEAD: usize = 8;

/// The bytes of a graph; `None` when it is larger than the format can say.
pub(super) fn encode(graph: &TaskGraph) -> Option<Vec<u8>> {
    let rest = postcard::to_allocvec(&(
        &graph.pass_env,
        &graph.pools,
        &graph.cache,
        &graph.inventory,
    ))
    .ok()?;
    let count = u32::try_from(graph.tasks.len()).ok()?;
    let mut bytes = Vec::with_capacity(HEAD + graph.tasks.len() * 128);
    bytes.extend(count.to_le_bytes());
    bytes.extend(u32::try_from(rest.len()).ok()?.to_le_bytes());
    bytes.resize(HEAD + (graph.tasks.len() + 1) * 4, 0);
    let base = bytes.len();
    for (i, task) in graph.tasks.iter().enumerate() {
        put(&mut bytes, i, base)?;
        bytes = postcard::to_extend(task, bytes).ok()?;
    }
    put(&mut bytes, graph.tasks.len(), base)?;
    bytes.extend(rest);
    Some(bytes)
}

/// Notes where task `i` begins: here.
fn put(bytes: &mut [u8], i: usize, base: usize) -> Option<()> {
    let offset = u32::try_from(bytes.len() - base).ok()?;
    bytes
        .get_mut(HEAD + i * 4..HEAD + i * 4 + 4)?
        .copy_from_slice(&offset.to_le_bytes());
    Some(())
}

/// An encoded graph.
#[derive(Clone, Copy)]
pub(super) struct Encoded<'a> {
    bytes: &'a [u8],
    count: usize,
    base: usize,
}

impl<'a> Encoded<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let count = number(bytes, 0)?;
        let base = HEAD.checked_add(count.checked_add(1)?.checked_mul(4)?)?;
        (base <= bytes.len()).then_some(Encoded { bytes, count, base })
    }

    /// One task.
    pub(super) fn task(&self, i: usize) -> Option<Task> {
        let start = self.base + number(self.bytes, HEAD + i * 4)?;
        let end = self.base + number(self.bytes, HEAD + i * 4 + 4)?;
        postcard::from_bytes(self.bytes.get(start..end)?).ok()
    }

    /// Everything but the tasks.
    pub(super) fn rest(&self) -> Option<TaskGraph> {
        let start = self.base + number(self.bytes, HEAD + self.count * 4)?;
        let length = number(self.bytes, 4)?;
        let rest = self.bytes.get(start..start.checked_add(length)?)?;
        let (pass_env, pools, cache, inventory) = postcard::from_bytes(rest).ok()?;
        Some(TaskGraph {
            tasks: Vec::new(),
            pass_env,
            pools,
            cache,
            inventory,
        })
    }

    /// Everything.
    pub(super) fn whole(&self) -> Option<TaskGraph> {
        Some(TaskGraph {
            tasks: (0..self.count)
                .map(|i| self.task(i))
                .collect::<Option<_>>()?,
            ..self.rest()?
        })
    }
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nexus_graph::{Dependency, TaskId, Used};

    fn graph() -> TaskGraph {
        let mut graph = TaskGraph {
            tasks: ["a", "b", "c"].map(Task::new).to_vec(),
            pass_env: vec!["CC".into()],
            pools: [("link".to_string(), 1)].into(),
            ..TaskGraph::default()
        };
        graph.tasks[2].deps.push(Dependency {
            task: TaskId(0),
            used: Used::All,
        });
        graph
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        let graph = graph();
        let bytes = encode(&graph).unwrap();
        let encoded = Encoded::new(&bytes).unwrap();
        assert_eq!(encoded.whole().unwrap(), graph);
        assert_eq!(encoded.task(2).unwrap(), graph.tasks[2]);
        let empty = TaskGraph::default();
        let bytes = encode(&empty).unwrap();
        assert_eq!(Encoded::new(&bytes).unwrap().whole().unwrap(), empty);
    }

    #[test]
    fn a_part_of_the_bytes_is_no_graph() {
        let bytes = encode(&graph()).unwrap();
        for end in 0..bytes.len() {
            let whole = Encoded::new(&bytes[..end]).and_then(|e| e.whole());
            assert_eq!(whole, None, "{end} bytes");
        }
    }
}
