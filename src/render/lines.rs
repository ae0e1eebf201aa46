//! What a step printed, as far as it is kept to be shown later: the beginning and the end.

use nexus_graph::event::{LogLine, Stream};
use std::collections::VecDeque;

/// What a line costs besides its text.
const LINE_COST: usize = 64;

/// The lines of one step.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    head: Vec<LogLine>,
    /// Between the two, when something is missing.
    gap: Option<LogLine>,
    tail: VecDeque<LogLine>,
    bytes: (usize, usize),
    count: usize,
    dropped: usize,
}

impl Lines {
    /// Adds a line; `most` bytes are kept at each end.
    pub fn push(&mut self, line: &LogLine, most: usize) {
        self.count += 1;
        let cost = line.text.len() + LINE_COST;
        if self.tail.is_empty() && self.bytes.0 + cost <= most {
            self.bytes.0 += cost;
            self.head.push(line.clone());
            return;
        }
        self.bytes.1 += cost;
        self.tail.push_back(line.clone());
        while self.bytes.1 > most
            && let Some(old) = self.tail.pop_front()
        {
            self.bytes.1 -= old.text.len() + LINE_COST;
            self.dropped += 1;
            self.gap = Some(LogLine {
                stream: Stream::Stdout,
                text: format!("[… {} lines not shown …]", self.dropped),
            });
        }
    }

    /// How many there were.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Those that are kept.
    pub fn iter(&self) -> impl Iterator<Item = &LogLine> {
        self.head.iter().chain(&self.gap).chain(&self.tail)
    }

    /// The same.
    pub fn into_vec(self) -> Vec<LogLine> {
        let mut lines = self.head;
        lines.extend(self.gap);
        lines.extend(self.tail);
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 1 << 20;

    #[test]
    fn a_flood_keeps_its_beginning_and_its_end() {
        let mut lines = Lines::default();
        for i in 0..200_000 {
            let line = LogLine {
                stream: Stream::Stdout,
                text: format!("line {i}"),
            };
            lines.push(&line, MOST);
        }
        assert_eq!(lines.len(), 200_000);
        let kept = lines.into_vec();
        assert_eq!(kept.first().map(|l| l.text.as_str()), Some("line 0"));
        assert_eq!(kept.last().map(|l| l.text.as_str()), Some("line 199999"));
        assert!(kept.len() < 50_000);
        assert!(kept.iter().any(|line| line.text.contains("not shown")));
    }

    #[test]
    fn little_is_kept_as_it_is() {
        let mut lines = Lines::default();
        let line = |text: &str| LogLine {
            stream: Stream::Stderr,
            text: text.into(),
        };
        lines.push(&line("a"), MOST);
        lines.push(&line(&"b".repeat(3 * MOST)), MOST);
        assert_eq!(
            lines.iter().count(),
            2,
            "a line alone may be long, and the rest is told"
        );
        assert_eq!(
            lines.into_vec(),
            [
                line("a"),
                LogLine {
                    stream: Stream::Stdout,
                    text: "[… 1 lines not shown …]".into()
                }
            ]
        );
    }
}
