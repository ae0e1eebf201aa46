//! Small pieces of text: durations, counts, cutting to a width, taming what programs print.

use super::look::Look;
use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A duration as people say it: `350ms`, `1.2s`, `2m03s`, `1h05m`.
pub fn duration(micros: u64) -> String {
    let millis = (micros + 500) / 1000;
    let tenths = (micros + 50_000) / 100_000;
    let seconds = (micros + 500_000) / 1_000_000;
    if micros < 1000 {
        "<1ms".to_string()
    } else if millis < 1000 {
        format!("{millis}ms")
    } else if tenths < 600 {
        format!("{}.{}s", tenths / 10, tenths % 10)
    } else if seconds < 3600 {
        format!("{}m{:02}s", seconds / 60, seconds % 60)
    } else {
        let minutes = (seconds + 30) / 60;
        format!("{}h{:02}m", minutes / 60, minutes % 60)
    }
}

/// A limit as the project file has it: `200ms`, `30s`, `1h30m`.
pub fn limit(nanos: u64) -> String {
    let seconds = nanos / 1_000_000_000;
    if seconds == 0 || !nanos.is_multiple_of(1_000_000_000) {
        return duration(nanos / 1000);
    }
    let parts = [
        (seconds / 3600, "h"),
        (seconds / 60 % 60, "m"),
        (seconds % 60, "s"),
    ];
    parts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, unit)| format!("{n}{unit}"))
        .collect()
}

/// How long something lies back, roughly: `12s`, `3m`, `5h`, `12d`.
pub fn ago(micros: u64) -> String {
    let seconds = micros / 1_000_000;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// A number of bytes: `812 B`, `4.5 MB`, `12 GB`.
pub fn bytes(n: u64) -> String {
    let mut value = n as f64;
    let mut unit = "B";
    for larger in ["kB", "MB", "GB", "TB"] {
        // 999.95 would be rounded to 1000.0.
        if value < 999.95 {
            break;
        }
        value /= 1000.0;
        unit = larger;
    }
    if unit == "B" || value >= 99.95 {
        format!("{value:.0} {unit}")
    } else {
        format!("{value:.1} {unit}")
    }
}

/// `1 task`, `2 tasks`.
pub fn count(n: usize, noun: &str) -> String {
    if n == 1 {
        format!("1 {noun}")
    } else {
        format!("{n} {noun}s")
    }
}

/// The columns `text` takes; colours take none.
pub fn columns(text: &str) -> usize {
    tame(text, false).width()
}

/// `text` cut to `width` columns, with an ellipsis when something is missing.
pub fn fit<'a>(text: &'a str, width: usize, look: &Look) -> Cow<'a, str> {
    if columns(text) <= width {
        return Cow::Borrowed(text);
    }
    let mark = look.ellipsis();
    let start = prefix(text, width.saturating_sub(columns(mark)));
    Cow::Owned(format!("{}{mark}", start.trim_end()))
}

/// A command cut to `width` columns in its middle, between words where there are some: what it is
/// stands at its beginning, what it is about at its end.
pub fn fit_command<'a>(command: &'a str, width: usize, look: &Look) -> Cow<'a, str> {
    if columns(command) <= width {
        return Cow::Borrowed(command);
    }
    let mark = format!(" {} ", look.ellipsis());
    let room = width.saturating_sub(columns(&mark));
    let head = prefix(command, room / 3);
    let head = head.rsplit_once(' ').map_or(head, |(words, _)| words);
    let tail = suffix(command, room - columns(head));
    let tail = tail.split_once(' ').map_or(tail, |(_, words)| words);
    let cut = format!("{}{mark}{tail}", head.trim_end());
    // Hardly any room.
    if columns(tail) <= room / 3 || columns(&cut) > width {
        return fit(command, width, look);
    }
    Cow::Owned(cut)
}

/// The longest beginning that takes at most `room` columns.
fn prefix(text: &str, room: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > room {
            return &text[..at];
        }
    }
    text
}

/// The longest end that takes at most `room` columns.
fn suffix(text: &str, room: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices().rev() {
        used += c.width().unwrap_or(0);
        if used > room {
            return &text[at + c.len_utf8()..];
        }
    }
    text
}

/// A command on one line: the first line of it, with an ellipsis when more follow.
pub fn one_line<'a>(command: &'a str, look: &Look) -> Cow<'a, str> {
    let trimmed = command.trim();
    let text = match trimmed.split_once('\n') {
        None => Cow::Borrowed(trimmed),
        Some((first, _)) => Cow::Owned(format!("{} {}", first.trim_end(), look.ellipsis())),
    };
    match tame(&text, false) {
        Cow::Borrowed(_) => text,
        Cow::Owned(tamed) => Cow::Owned(tamed),
    }
}

/// What a program printed, made safe to show: colours stay when `color` is set, every other
/// control sequence goes, and of text that was overwritten after a carriage return the last
/// version stays.
pub fn tame(line: &str, color: bool) -> Cow<'_, str> {
    let harmless = |c: char| c == '\t' || !c.is_control();
    if line.chars().all(harmless) {
        return Cow::Borrowed(line);
    }
    let line = line.trim_end_matches('\r');
    let line = line.rsplit('\r').next().unwrap_or(line);
    let mut out = String::with_capacity(line.len());
    let mut colored = false;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => {
                let sequence = escape(&mut chars);
                if color && is_color(&sequence) {
                    out.push('\u{1b}');
                    out.push_str(&sequence);
                    colored = true;
                }
            }
            '\u{9b}' => {
                until_final(&mut chars);
            }
            c if harmless(c) => out.push(c),
            _ => {}
        }
    }
    if colored && !out.ends_with("\u{1b}[0m") {
        out.push_str("\u{1b}[0m");
    }
    Cow::Owned(out)
}

/// Reads one escape sequence after its ESC (ECMA-48): CSI, string sequences, or two characters.
fn escape(chars: &mut std::str::Chars<'_>) -> String {
    match chars.next() {
        Some('[') => format!("[{}", until_final(chars)),
        Some(']' | 'P' | 'X' | '^' | '_') => {
            while let Some(c) = chars.next() {
                if c == '\u{7}' || c == '\u{9c}' {
                    break;
                }
                if c == '\u{1b}' {
                    chars.next();
                    break;
                }
            }
            String::new()
        }
        _ => String::new(),
    }
}

fn until_final(chars: &mut std::str::Chars<'_>) -> String {
    let mut body = String::new();
    for c in chars.by_ref() {
        body.push(c);
        if ('\u{40}'..='\u{7e}').contains(&c) {
            break;
        }
    }
    body
}

fn is_color(sequence: &str) -> bool {
    sequence
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix('m'))
        .is_some_and(|body| {
            body.bytes()
                .all(|b| b.is_ascii_digit() || b == b';' || b == b':')
        })
}

#[cfg(test)]
mod tests {
    use super::super::look::Glyphs;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations() {
        for (micros, text) in [
            (0, "<1ms"),
            (999, "<1ms"),
            (1_000, "1ms"),
            (350_400, "350ms"),
            (999_400, "999ms"),
            (999_600, "1.0s"),
            (1_240_000, "1.2s"),
            (59_940_000, "59.9s"),
            (59_960_000, "1m00s"),
            (123_000_000, "2m03s"),
            (3_599_600_000, "1h00m"),
            (3_900_000_000, "1h05m"),
        ] {
            assert_eq!(duration(micros), text, "{micros}");
        }
    }

    #[test]
    fn rough_measures() {
        assert_eq!(limit(200_000_000), "200ms");
        assert_eq!(limit(30_000_000_000), "30s");
        assert_eq!(limit(5_400_000_000_000), "1h30m");
        assert_eq!(ago(59_000_000), "59s");
        assert_eq!(ago(180_000_000), "3m");
        assert_eq!(ago(90_000_000_000), "25h");
        assert_eq!(ago(864_000_000_000), "10d");
        assert_eq!(bytes(812), "812 B");
        assert_eq!(bytes(999_960), "1.0 MB");
        assert_eq!(bytes(4_500_000), "4.5 MB");
        assert_eq!(bytes(123_456_789_012), "123 GB");
    }

    #[test]
    fn cutting() {
        let look = Look::test(Glyphs::Unicode, None);
        assert_eq!(fit("abcdef", 6, &look), "abcdef");
        assert_eq!(fit("abcdef", 4, &look), "abc…");
        assert_eq!(fit("日本語", 4, &look), "日…");
        assert_eq!(fit("ab cdef", 4, &look), "ab…");
        assert_eq!(one_line("set -e\nmake\n", &look), "set -e …");
        assert_eq!(one_line("make\n", &look), "make");
    }

    #[test]
    fn commands_are_cut_in_the_middle() {
        let look = Look::test(Glyphs::Unicode, None);
        let compile = "cc -O2 -std=gnu99 -Wall -Ilua -c lua/lvm.c -o build/obj/lvm.o";
        for (command, width, expected) in [
            (compile, 70, compile),
            (
                compile,
                50,
                "cc -O2 … -Ilua -c lua/lvm.c -o build/obj/lvm.o",
            ),
            (compile, 30, "cc -O2 … -o build/obj/lvm.o"),
            (compile, 12, "cc … j/lvm.o"),
            ("endless/word/without/any/blank", 12, "end … /blank"),
            ("日本語 日本語 日本語 日本語", 16, "日本 … 日本語"),
        ] {
            assert_eq!(fit_command(command, width, &look), expected, "{width}");
        }
    }

    #[test]
    fn taming() {
        for (raw, color, expected) in [
            ("plain\ttext", false, "plain\ttext"),
            ("\u{1b}[31mred\u{1b}[0m", true, "\u{1b}[31mred\u{1b}[0m"),
            ("\u{1b}[31mred", true, "\u{1b}[31mred\u{1b}[0m"),
            ("\u{1b}[31mred\u{1b}[0m", false, "red"),
            ("\u{1b}[2Jx\u{1b}[1;1H", true, "x"),
            ("\u{1b}]0;title\u{7}x", true, "x"),
            ("\u{1b}]8;;http://x\u{1b}\\link", true, "link"),
            ("10%\r50%\r100%\r", false, "100%"),
            ("a\u{8}\u{7}b", false, "ab"),
            ("\u{1b}", true, ""),
            ("\u{1b}[", true, ""),
        ] {
            assert_eq!(tame(raw, color), expected, "{raw:?}");
        }
    }

    proptest! {
        #[test]
        fn tamed_text_has_no_control_characters(raw in "[\\x00-\\x7f\u{9b}é]{0,40}") {
            let out = tame(&raw, false);
            prop_assert!(out.chars().all(|c| c == '\t' || !c.is_control()), "{:?}", out);
        }

        #[test]
        fn what_fits_is_never_wider(text in "\\PC{0,60}", width in 3usize..40) {
            let look = Look::test(Glyphs::Ascii, None);
            prop_assert!(columns(&fit(&text, width, &look)) <= width);
            prop_assert!(columns(&fit_command(&text, width, &look)) <= width);
        }
    }
}
