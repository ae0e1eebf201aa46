//! What can be wrong with a task although its types are right.

/// One problem of one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `NX04xx`
    pub code: &'static str,
    /// The task concerned.
    pub task: String,
    /// The field of the task to point at, if it is about one.
    pub field: Option<&'static str>,
    /// One sentence that stands alone.
    pub message: String,
    /// What can be done.
    pub help: Option<String>,
}

impl Problem {
    fn new(
        code: &'static str,
        task: &str,
        field: Option<&'static str>,
        message: String,
        help: Option<String>,
    ) -> Self {
        Problem {
            code,
            task: task.to_string(),
            field,
            message,
            help,
        }
    }

    pub(super) fn empty(task: &str) -> Self {
        Self::new(
            "NX0403",
            task,
            None,
            format!("task `{task}` does nothing: it has neither `run` nor `deps`"),
            Some("add `run = \"command\";`, or `deps = [ … ];` to make it a group".into()),
        )
    }

    pub(super) fn no_steps(task: &str) -> Self {
        Self::new(
            "NX0403",
            task,
            Some("run"),
            format!("task `{task}` does nothing: its `run` is empty"),
            Some("add a step, or remove `run` to make it a group of its `deps`".into()),
        )
    }

    pub(super) fn group_with_outputs(task: &str) -> Self {
        Self::new(
            "NX0406",
            task,
            Some("outputs"),
            format!("task `{task}` declares outputs but runs nothing that could make them"),
            Some("add `run`, or move `outputs` to the task that makes them".into()),
        )
    }

    pub(super) fn editable_without_outputs(task: &str) -> Self {
        Self::new(
            "NX0406",
            task,
            Some("editable"),
            format!("task `{task}` is `editable` but declares no outputs"),
            Some("`editable` is about outputs that people change by hand: declare them, or remove it".into()),
        )
    }

    pub(super) fn resource_of_group(task: &str, field: &'static str) -> Self {
        Self::new(
            "NX0406",
            task,
            Some(field),
            format!("task `{task}` has a `{field}` but runs nothing"),
            Some(format!("move `{field}` to the tasks it stands for")),
        )
    }

    pub(super) fn not_there(task: &str, field: &'static str, remote: bool) -> Self {
        let (message, help) = match (remote, field) {
            (true, "outputs") => (
                format!(
                    "task `{task}` runs on other machines, so it cannot make files here, but it declares `outputs`"
                ),
                "remove `outputs`, or leave the making of these files to a task that runs here",
            ),
            (true, _) => (
                format!("task `{task}` runs on other machines, where its `{field}` means nothing"),
                "remove it, or give it to a task that runs here",
            ),
            (false, _) => (
                format!("task `{task}` runs here, where its `{field}` means nothing"),
                "remove it, or say where the task runs: `on = hosts.web;`",
            ),
        };
        Self::new("NX0853", task, Some(field), message, Some(help.to_string()))
    }

    pub(super) fn bad_path(task: &str, field: &'static str, path: &str, why: &str) -> Self {
        Self::new(
            "NX0404",
            task,
            Some(field),
            format!("`{path}` in `{field}` of task `{task}` {why}"),
            Some("paths are relative to the project folder and stay inside it".into()),
        )
    }

    pub(super) fn unknown_task<'a>(
        task: &str,
        wanted: &str,
        known: impl Iterator<Item = &'a str>,
    ) -> Self {
        let best = known
            .map(|name| (strsim::damerau_levenshtein(name, wanted), name))
            .filter(|(distance, name)| *distance <= 1 + name.len().min(wanted.len()) / 3)
            .min();
        Self::new(
            "NX0405",
            task,
            Some("deps"),
            format!("task `{task}` depends on `{wanted}`, which is not a task of this project"),
            best.map(|(_, name)| format!("did you mean `{name}`?")),
        )
    }
}
