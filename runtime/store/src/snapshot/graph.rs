//! The task graph inside a snapshot: in parts, so that a large one is decoded by all cores.
//!
//! ```text
//! number of parts (4), length of each part (4 each), parts
//! part 0: what belongs to the whole graph; the others: tasks, postcard
//! ```

use nexus_graph::{Digest, Task, TaskGraph};

/// Tasks in a part; decoding so many takes about half a millisecond.
const PART: usize = 1024;

/// The canonical encoding: equal graphs have equal bytes. `None` for a graph beyond 4 GiB.
pub(super) fn encode(graph: &TaskGraph) -> Option<Vec<u8>> {
    let TaskGraph { tasks, pass_env } = graph;
    let mut parts = vec![postcard::to_allocvec(pass_env).ok()?];
    for part in tasks.chunks(PART) {
        parts.push(postcard::to_allocvec(part).ok()?);
    }
    let mut bytes = u32::try_from(parts.len()).ok()?.to_le_bytes().to_vec();
    for part in &parts {
        bytes.extend(u32::try_from(part.len()).ok()?.to_le_bytes());
    }
    bytes.extend(parts.concat());
    Some(bytes)
}

/// Reads an encoding; `None` for anything else.
pub(super) fn decode(bytes: &[u8]) -> Option<TaskGraph> {
    let (count, rest) = bytes.split_first_chunk::<4>()?;
    let count = u32::from_le_bytes(*count) as usize;
    let (table, mut rest) = rest.split_at_checked(count.checked_mul(4)?)?;
    let mut parts = Vec::new();
    for length in table.chunks_exact(4) {
        let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
        let (part, after) = rest.split_at_checked(length)?;
        parts.push(part);
        rest = after;
    }
    let (common, parts) = parts.split_first()?;
    let pass_env = postcard::from_bytes(common).ok()?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = parts.len().div_ceil(cores).max(1);
    let mut tasks = Vec::with_capacity(parts.len() * PART);
    std::thread::scope(|scope| {
        let mut shares = parts.chunks(share);
        let first = shares.next().unwrap_or_default();
        let others: Vec<_> = shares
            .map(|parts| scope.spawn(move || decode_parts(parts)))
            .collect();
        tasks.extend(decode_parts(first)?);
        for other in others {
            tasks.extend(other.join().ok()??);
        }
        Some(())
    })?;
    Some(TaskGraph { tasks, pass_env })
}

fn decode_parts(parts: &[&[u8]]) -> Option<Vec<Task>> {
    let mut tasks = Vec::with_capacity(parts.len() * PART);
    for part in parts {
        let part: Vec<Task> = postcard::from_bytes(part).ok()?;
        tasks.extend(part);
    }
    Some(tasks)
}

/// What [`Snapshot::graph_digest`](super::Snapshot::graph_digest) would be for this graph.
pub fn graph_digest(graph: &TaskGraph) -> Option<Digest> {
    encode(graph).map(|bytes| Digest::of(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graphs_of_any_size_come_back() {
        for count in [0, 1, PART - 1, PART, PART + 1, 5 * PART] {
            let graph = TaskGraph {
                tasks: (0..count).map(|i| Task::new(format!("t{i:05}"))).collect(),
                pass_env: vec!["CC".into()],
            };
            let bytes = encode(&graph).expect("encodes");
            assert_eq!(decode(&bytes).as_ref(), Some(&graph), "{count}");
            assert_eq!(decode(&bytes[..bytes.len() - 1]), None, "{count}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>) {
            decode(&bytes);
        }
    }
}
