//! What a process prints, cut into lines, and the part of it that is kept.

use nexus_graph::event::{LogLine, Stream};
use std::collections::VecDeque;

/// A longer line is given out in pieces of this many bytes.
const LONGEST_LINE: usize = 64 * 1024;

/// Cuts a stream of bytes into lines. Holds at most one unfinished line of bounded length.
pub struct LineCutter {
    stream: Stream,
    pending: Vec<u8>,
}

impl LineCutter {
    /// For one stream of one process.
    pub fn new(stream: Stream) -> Self {
        LineCutter {
            stream,
            pending: Vec::new(),
        }
    }

    /// Takes what was read, gives out the lines it completes, without line ends (`\n` or `\r\n`).
    pub fn feed(&mut self, mut bytes: &[u8], lines: &mut Vec<LogLine>) {
        while let Some(end) = bytes.iter().position(|b| *b == b'\n') {
            self.add(&bytes[..end], lines);
            self.cut(lines);
            bytes = &bytes[end + 1..];
        }
        self.add(bytes, lines);
    }

    /// The last line when it had no line end.
    pub fn finish(&mut self, lines: &mut Vec<LogLine>) {
        if !self.pending.is_empty() {
            self.cut(lines);
        }
    }

    fn add(&mut self, mut bytes: &[u8], lines: &mut Vec<LogLine>) {
        while self.pending.len() + bytes.len() > LONGEST_LINE {
            let (now, later) = bytes.split_at(LONGEST_LINE - self.pending.len());
            self.pending.extend_from_slice(now);
            bytes = later;
            // Not in the middle of a character.
            let keep = incomplete_tail(&self.pending);
            let tail = self.pending.split_off(self.pending.len() - keep);
            self.cut(lines);
            self.pending = tail;
        }
        self.pending.extend_from_slice(bytes);
    }

    fn cut(&mut self, lines: &mut Vec<LogLine>) {
        let line = self.pending.strip_suffix(b"\r").unwrap_or(&self.pending);
        let text = String::from_utf8_lossy(line).into_owned();
        lines.push(LogLine {
            stream: self.stream,
            text,
        });
        self.pending.clear();
    }
}

/// Number of bytes at the end that begin a UTF-8 character without completing it.
fn incomplete_tail(bytes: &[u8]) -> usize {
    for back in 1..=3.min(bytes.len()) {
        let byte = bytes[bytes.len() - back];
        let length = match byte {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            0x80..=0xbf => continue,
            _ => return 0,
        };
        return if length > back { back } else { 0 };
    }
    0
}

/// What is kept of a log for replay: its beginning and its end, with a note between them.
pub struct KeptLog {
    head: Vec<LogLine>,
    head_bytes: usize,
    tail: VecDeque<LogLine>,
    tail_bytes: usize,
    dropped: u64,
}

/// Bytes of text kept at each end.
const KEPT: usize = 256 * 1024;

/// What a line costs besides its text.
const LINE_COST: usize = 16;

impl KeptLog {
    /// An empty log.
    pub fn new() -> Self {
        KeptLog {
            head: Vec::new(),
            head_bytes: 0,
            tail: VecDeque::new(),
            tail_bytes: 0,
            dropped: 0,
        }
    }

    /// Adds a line.
    pub fn push(&mut self, line: &LogLine) {
        let cost = line.text.len() + LINE_COST;
        if self.tail.is_empty() && self.head_bytes + cost <= KEPT {
            self.head_bytes += cost;
            self.head.push(line.clone());
            return;
        }
        self.tail_bytes += cost;
        self.tail.push_back(line.clone());
        while self.tail_bytes > KEPT {
            let Some(old) = self.tail.pop_front() else {
                break;
            };
            self.tail_bytes -= old.text.len() + LINE_COST;
            self.dropped += 1;
        }
    }

    /// The lines kept.
    pub fn finish(self) -> Vec<LogLine> {
        let mut lines = self.head;
        if self.dropped > 0 {
            let text = format!("[… {} lines not kept …]", self.dropped);
            lines.push(LogLine {
                stream: Stream::Stdout,
                text,
            });
        }
        lines.extend(self.tail);
        lines
    }
}

impl Default for KeptLog {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(bytes: &[u8], size: usize) -> Vec<String> {
        let mut cutter = LineCutter::new(Stream::Stdout);
        let mut lines = Vec::new();
        for piece in bytes.chunks(size) {
            cutter.feed(piece, &mut lines);
        }
        cutter.finish(&mut lines);
        lines.into_iter().map(|l| l.text).collect()
    }

    #[test]
    fn lines() {
        let table: &[(&[u8], &[&str])] = &[
            (b"", &[]),
            (b"a\nb\n", &["a", "b"]),
            (b"a\r\nno end", &["a", "no end"]),
            (b"\n\n", &["", ""]),
            (b"bad \xff byte\n", &["bad \u{fffd} byte"]),
        ];
        for (bytes, expected) in table {
            assert_eq!(cut(bytes, 3), *expected);
        }
    }

    #[test]
    fn a_line_without_end_is_given_out_in_pieces() {
        let text = "é".repeat(LONGEST_LINE);
        let pieces = cut(text.as_bytes(), 1001);
        assert!(pieces.len() > 1 && pieces.iter().all(|p| p.len() <= LONGEST_LINE));
        assert_eq!(pieces.concat(), text);
    }

    proptest! {
        #[test]
        fn cutting_does_not_depend_on_the_reads(text in "[a-bé\n\r]{0,60}", size in 1usize..9) {
            prop_assert_eq!(cut(text.as_bytes(), size), cut(text.as_bytes(), usize::MAX));
        }
    }

    #[test]
    fn a_huge_log_keeps_both_ends() {
        let mut log = KeptLog::new();
        for i in 0..200_000 {
            log.push(&LogLine {
                stream: Stream::Stdout,
                text: format!("line {i}"),
            });
        }
        let lines = log.finish();
        assert_eq!(lines[0].text, "line 0");
        assert_eq!(lines.last().unwrap().text, "line 199999");
        let bytes: usize = lines.iter().map(|l| l.text.len()).sum();
        assert!(bytes < 2 * KEPT);
        assert!(lines.iter().any(|l| l.text.contains("lines not kept")));
    }
}
