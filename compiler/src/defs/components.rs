//! Definitions that need each other, and an order in which what is needed comes first.

/// The strongly connected components of a graph given by its edges, as Tarjan finds them ("Depth-
/// first search and linear graph algorithms", 1972): a component comes after those it has edges
/// to. Nodes in a component are in ascending order. Does not recurse.
pub(crate) fn components(edges: &[Vec<u32>]) -> Vec<Vec<u32>> {
    const UNSEEN: u32 = u32::MAX;
    let mut order = vec![UNSEEN; edges.len()];
    let mut low = vec![0; edges.len()];
    let mut on_stack = vec![false; edges.len()];
    let mut stack = Vec::new();
    let mut found = Vec::new();
    let mut next = 0;
    // Nodes being visited, and how many of their edges have been followed.
    let mut visits: Vec<(u32, usize)> = Vec::new();
    for root in 0..edges.len() as u32 {
        if order[root as usize] != UNSEEN {
            continue;
        }
        visits.push((root, 0));
        while let Some((node, followed)) = visits.last_mut() {
            let at = *node as usize;
            if *followed == 0 {
                order[at] = next;
                low[at] = next;
                next += 1;
                stack.push(at as u32);
                on_stack[at] = true;
            }
            if let Some(&to) = edges[at].get(*followed) {
                *followed += 1;
                if order[to as usize] == UNSEEN {
                    visits.push((to, 0));
                } else if on_stack[to as usize] {
                    low[at] = low[at].min(order[to as usize]);
                }
                continue;
            }
            visits.pop();
            if let Some((parent, _)) = visits.last() {
                let parent = *parent as usize;
                low[parent] = low[parent].min(low[at]);
            }
            if low[at] == order[at] {
                let from = stack.iter().rposition(|node| *node as usize == at);
                let mut component = stack.split_off(from.unwrap_or(0));
                for node in &component {
                    on_stack[*node as usize] = false;
                }
                component.sort_unstable();
                found.push(component);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_together_and_needs_come_first() {
        let edges = [vec![1], vec![2, 3], vec![1], vec![], vec![4, 0]];
        assert_eq!(components(&edges), [vec![3], vec![1, 2], vec![0], vec![4]]);
    }

    #[test]
    fn a_node_without_edges_is_alone() {
        assert_eq!(components(&[vec![]]), [vec![0]]);
        assert_eq!(components(&[]), Vec::<Vec<u32>>::new());
    }

    #[test]
    fn long_chains_do_not_recurse() {
        let n = 1_000_000;
        let edges: Vec<Vec<u32>> = (0..n).map(|i| vec![(i + 1) % n]).collect();
        assert_eq!(components(&edges).len(), 1);
    }
}
