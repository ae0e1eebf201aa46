//! Warnings: they go to standard error in every mode but JSON, where they are events like others.

use super::look::{Look, Role};
use nexus_graph::event::EventKind;

/// The text of a warning; nothing for any other event.
pub fn render(kind: &EventKind, look: &Look) -> Option<String> {
    let EventKind::Warning {
        task,
        code,
        message,
        help,
    } = kind
    else {
        return None;
    };
    let head = look.paint(Role::Warn, &format!("warning[{code}]"));
    let about = task
        .as_ref()
        .map_or_else(String::new, |task| format!("task `{task}`: "));
    let mut text = format!("{head}: {about}{message}\n");
    if let Some(help) = help {
        super::failure::help_line(help, look, &mut text);
    }
    Some(text)
}
