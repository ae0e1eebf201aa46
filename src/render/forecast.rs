//! What `--dry-run` says: what a run would do and why, without doing it.

use super::look::{Look, Role};
use super::text::{count, fit_command, one_line};
use super::why::{mark, state, state_json};
use crate::show::resources;
use nexus_engine::Now;
use nexus_graph::{Strategy, TaskGraph, TaskId};
use serde_json::Value;

/// The tasks in the order of a run; what is up to date is only counted.
pub fn text(graph: &TaskGraph, forecast: &[(TaskId, Now)], look: &Look) -> String {
    let mut out = String::new();
    for (id, now) in forecast.iter().filter(|(_, now)| *now != Now::UpToDate) {
        let task = graph.task(*id);
        let name = look.paint(Role::Strong, &task.path);
        let special = resources::phrase(task).map(|phrase| format!(" ({phrase})"));
        let special = look.paint(Role::Dim, &special.unwrap_or_default());
        let state = state(graph, now, look);
        out += &format!("{} {name}{special} {state}\n", mark(now, look));
        if !matches!(now, Now::WouldRun(_) | Now::Waits(_)) {
            continue;
        }
        if let Some(remote) = &task.remote {
            let hosts = remote.targets.iter();
            let hosts = hosts.filter_map(|target| graph.inventory.host(target));
            let names: Vec<String> = hosts.map(|host| host.name.clone()).collect();
            let order = match remote.strategy {
                Strategy::Serial => ", one after the other",
                Strategy::Parallel => "",
            };
            let text = match names.is_empty() {
                true => "on no host".to_string(),
                false => format!("on {}{order}", super::hosts::names(&names)),
            };
            out += &format!("  {}{}\n", look.tee(), look.paint(Role::Literal, &text));
        }
        for (i, step) in task.steps.iter().enumerate() {
            let command = step.label();
            let command = one_line(&command, look);
            let room = look
                .width
                .map_or(usize::MAX, |w| w.saturating_sub(5).max(8));
            let branch = if i + 1 == task.steps.len() {
                look.corner()
            } else {
                look.tee()
            };
            let command = look.paint(Role::Dim, &fit_command(&command, room, look));
            out += &format!("  {branch}{command}\n");
        }
    }
    out + &last_line(forecast, look)
}

fn last_line(forecast: &[(TaskId, Now)], look: &Look) -> String {
    let number = |wanted: fn(&Now) -> bool| forecast.iter().filter(|(_, n)| wanted(n)).count();
    let mut parts: Vec<String> = [
        (number(|n| matches!(n, Now::WouldRun(_))), "would run"),
        (number(|n| matches!(n, Now::Waits(_))), "may follow"),
        (
            number(|n| matches!(n, Now::WouldRestore(_))),
            "would be restored",
        ),
        (number(|n| matches!(n, Now::Broken(_))), "cannot run"),
        (number(|n| matches!(n, Now::UpToDate)), "up to date"),
    ]
    .into_iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, what)| format!("{n} {what}"))
    .collect();
    if parts.is_empty() {
        parts.push("nothing to do".to_string());
    }
    let dot = look.dot();
    format!(
        "{} dry run{dot}{}{dot}{}{dot}nothing was executed\n",
        look.ok(),
        count(forecast.len(), "task"),
        parts.join(", ")
    )
}

/// One JSON object for each task, in the order of a run.
pub fn json(graph: &TaskGraph, forecast: &[(TaskId, Now)]) -> Value {
    forecast
        .iter()
        .map(|(id, now)| {
            let task = graph.task(*id);
            let mut value = state_json(graph, now);
            value["task"] = task.path.as_str().into();
            let steps: Vec<String> = task.steps.iter().map(|s| s.label()).collect();
            value["steps"] = steps.into();
            if let Some(remote) = &task.remote {
                let hosts = remote.targets.iter();
                let hosts = hosts.filter_map(|target| graph.inventory.host(target));
                value["hosts"] = hosts.map(|host| host.name.as_str()).collect();
            }
            value["pool"] = task.pool.as_deref().into();
            value["weight"] = task.weight.into();
            value["nice"] = task.nice.into();
            value
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::look::Glyphs;
    use super::*;
    use crate::show::sample;
    use expect_test::expect;
    use nexus_graph::event::Reason;

    #[test]
    fn a_forecast() {
        let graph = sample::graph();
        let forecast = [
            (TaskId(2), Now::UpToDate),
            (TaskId(3), Now::WouldRun(Reason::FirstRun)),
            (TaskId(1), Now::Waits(vec![TaskId(3)])),
            (TaskId(4), Now::WouldRestore(vec!["report.txt".into()])),
        ];
        let show = |width| text(&graph, &forecast, &Look::test(Glyphs::Unicode, width));
        expect![[r#"
            ● obj.b would run because no earlier run is known
              └─ cc -c src/b.c -o build/b.o
            ● link depends on what comes out of obj.b
              └─ cc -o app build/a.o build/b.o
            ✔ test would be restored from the cache: report.txt
            ✔ dry run · 4 tasks · 1 would run, 1 may follow, 1 would be restored, 1 up to date · nothing was executed
        "#]].assert_eq(&show(None));
        expect![[r#"
            ● obj.b would run because no earlier run is known
              └─ cc … build/b.o
            ● link depends on what comes out of obj.b
              └─ cc … build/b.o
            ✔ test would be restored from the cache: report.txt
            ✔ dry run · 4 tasks · 1 would run, 1 may follow, 1 would be restored, 1 up to date · nothing was executed
        "#]].assert_eq(&show(Some(20)));
        expect![[r#"
            ok dry run, 0 tasks, nothing to do, nothing was executed
        "#]]
        .assert_eq(&text(&graph, &[], &Look::plain()));
        let value = json(&graph, &forecast);
        assert_eq!(value[1]["state"], "would_run");
        assert_eq!(value[1]["steps"][0], "cc -c src/b.c -o build/b.o");
    }
}
