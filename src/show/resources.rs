//! What a task says about when and how fast it runs, in few words.

use nexus_graph::Task;

/// `pool link, weight 3, nice 10`; nothing for a task that is like all others.
pub fn phrase(task: &Task) -> Option<String> {
    let parts = [
        task.pool.as_ref().map(|pool| format!("pool {pool}")),
        (task.weight > 1).then(|| format!("weight {}", task.weight)),
        (task.nice > 0).then(|| format!("nice {}", task.nice)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_special() {
        let mut task = Task::new("t");
        assert_eq!(phrase(&task), None);
        task.weight = 3;
        task.nice = 10;
        assert_eq!(phrase(&task).as_deref(), Some("weight 3, nice 10"));
        task.pool = Some("link".into());
        assert_eq!(
            phrase(&task).as_deref(),
            Some("pool link, weight 3, nice 10")
        );
    }
}
