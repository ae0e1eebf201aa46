//! Workflow commands of GitHub Actions:
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>

use nexus_graph::task::Place;

/// A task with what it printed: folded, or open.
pub(super) fn block(head: &str, body: &str, open: bool, out: &mut String) {
    if open || body.is_empty() {
        *out += &format!("{head}\n");
        guarded(body, out);
    } else {
        *out += &format!("::group::{head}\n");
        guarded(body, out);
        *out += "::endgroup::\n";
    }
}

/// What a task prints must not be taken for commands of ours: they are switched off around it, until
/// a word that the text does not contain.
fn guarded(body: &str, out: &mut String) {
    if !body.contains("::") && !body.contains("##[") {
        *out += body;
        return;
    }
    let digest = nexus_graph::Digest::of(body.as_bytes()).hex();
    *out += &format!("::stop-commands::{digest}\n{body}::{digest}::\n");
}

/// A message at a line of the project.
pub(super) fn annotate(
    kind: &str,
    place: Option<&Place>,
    title: &str,
    text: &str,
    out: &mut String,
) {
    let place = place.map_or_else(String::new, |place| {
        format!("file={},line={},", property(&place.file), place.line)
    });
    let (title, text) = (property(title), data(text.trim_end()));
    *out += &format!("::{kind} {place}title={title}::{text}\n");
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
