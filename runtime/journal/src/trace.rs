//! A run as a trace for chrome://tracing, Perfetto and their like.
//!
//! Format: "Trace Event Format", complete events (`"ph": "X"`, times in microseconds).

use crate::report::{Report, TaskState};
use nexus_graph::event::Outcome;
use serde_json::{Value, json};

/// The trace as JSON: a lane for each task that ran at the same time as others.
pub fn chrome_trace(report: &Report) -> Value {
    let mut lanes: Vec<u64> = Vec::new();
    let mut events = vec![json!({
        "ph": "M", "name": "process_name", "pid": 1, "tid": 0,
        "args": { "name": format!("nexus {}", report.run) },
    })];
    let mut executed: Vec<_> = report.tasks.iter().filter(|t| t.executed()).collect();
    executed.sort_by_key(|task| task.started);
    for task in executed {
        let end = task.started + task.micros;
        let free = lanes.iter().position(|busy| *busy <= task.started);
        let lane = free.unwrap_or_else(|| {
            lanes.push(0);
            lanes.len() - 1
        });
        lanes[lane] = end;
        let outcome = match &task.state {
            TaskState::Ended(Outcome::Succeeded) => "succeeded",
            TaskState::Ended(Outcome::Cancelled) => "cancelled",
            TaskState::Ended(_) => "failed",
            TaskState::Running => "interrupted",
            TaskState::Cached | TaskState::Kept(_) => "cached",
        };
        events.push(json!({
            "ph": "X", "name": task.task, "cat": "task", "pid": 1, "tid": lane + 1,
            "ts": task.started - report.started.min(task.started), "dur": task.micros,
            "args": {
                "outcome": outcome, "reason": task.reason, "after": task.after,
                "retries": task.retries, "key": task.key,
            },
        }));
    }
    json!({ "traceEvents": events, "displayTimeUnit": "ms" })
}
