//! What the difference between two files probably is, from the bytes around it.

use nexus_graph::event::Hint;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// What it is, in words.
pub(super) fn words(hint: Hint) -> &'static str {
    match hint {
        Hint::Time => "a time",
        Hint::Path => "the path of a temporary folder",
        Hint::Random => "an identifier made up anew, or an address in memory",
        Hint::Order => "the same lines in another order",
        Hint::Gzip => "the time in the header of gzip",
        Hint::Tar => "the time of a file in the archive",
        Hint::Zip => "the time of a file in the archive",
        Hint::Archive => "the time of a member of the library",
        Hint::Mode => "one may be executed, the other not",
        Hint::Kind => "a file, a folder or a link in place of another",
    }
}

/// What can be done about it.
pub(super) fn advice(hint: Hint) -> Option<&'static str> {
    Some(match hint {
        Hint::Time => {
            "leave the time out, or take it from SOURCE_DATE_EPOCH, which many tools know, set in `env`"
        }
        Hint::Path => {
            "work in a folder of the project, or have paths left out (`-ffile-prefix-map` of compilers)"
        }
        Hint::Random => "derive the identifier from the content, or give the tool a seed",
        Hint::Order => "sort: folders are listed, and hash tables walked, in any order",
        Hint::Gzip => "`gzip -n` leaves the time out",
        Hint::Tar => {
            "`tar --mtime=@0 --sort=name --owner=0 --group=0` makes the same archive again"
        }
        Hint::Zip => "`zip -X` after `touch -d @0` on the files makes the same archive again",
        Hint::Archive => "`ar` leaves times out with the modifier `D`: `ar rcsD`",
        Hint::Mode | Hint::Kind => return None,
    })
}

/// Bytes looked at on each side of the first difference.
const AROUND: u64 = 48;

/// Files up to this size are compared line by line.
const LINES: u64 = 1 << 20;

/// Looks at two files that differ from byte `at` on.
pub(super) fn of(old: &Path, new: &Path, at: u64) -> Option<Hint> {
    let head = read(old, 0, 512)?;
    if let Some(hint) = by_format(&head, old, at) {
        return Some(hint);
    }
    let start = at.saturating_sub(AROUND);
    let (a, b) = (read(old, start, 2 * AROUND)?, read(new, start, 2 * AROUND)?);
    let at = (at - start) as usize;
    let (a, b) = (word(&a, at), word(&b, at));
    if is_time(&a) && is_time(&b) {
        return Some(Hint::Time);
    }
    if is_temporary(&a) || is_temporary(&b) {
        return Some(Hint::Path);
    }
    if is_random(&a) && is_random(&b) {
        return Some(Hint::Random);
    }
    same_lines(old, new).then_some(Hint::Order)
}

fn read(file: &Path, from: u64, length: u64) -> Option<Vec<u8>> {
    let mut file = File::open(file).ok()?;
    file.seek(SeekFrom::Start(from)).ok()?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Formats that hold times at fixed places: gzip (RFC 1952, `MTIME`), tar (POSIX ustar, `mtime`),
/// zip (APPNOTE 4.4, local file header), ar (`ar_date`).
fn by_format(head: &[u8], file: &Path, at: u64) -> Option<Hint> {
    if head.starts_with(&[0x1f, 0x8b]) && (4..8).contains(&at) {
        return Some(Hint::Gzip);
    }
    if head.starts_with(b"PK\x03\x04") && (10..14).contains(&at) {
        return Some(Hint::Zip);
    }
    if head.get(257..262) == Some(b"ustar") {
        let block = read(file, at / 512 * 512, 512)?;
        // The check sum stands behind the time and differs with it.
        let is_head = block.get(257..262) == Some(b"ustar");
        return (is_head && (136..156).contains(&(at % 512))).then_some(Hint::Tar);
    }
    if head.starts_with(b"!<arch>\n") {
        // Sixty bytes a member, which end with "`\n"; the date is in bytes 16 to 27.
        let begins = (16..28).filter_map(|back| at.checked_sub(back));
        let mut begins = begins.filter(|begin| *begin >= 8);
        let ends = |begin: u64| read(file, begin + 58, 2).as_deref() == Some(b"`\n");
        return begins.any(ends).then_some(Hint::Archive);
    }
    None
}

/// The printable text around a place.
fn word(bytes: &[u8], at: usize) -> String {
    let at = at.min(bytes.len());
    let printable = |b: &u8| (b' '..=b'~').contains(b);
    let begin = bytes[..at].iter().rposition(|b| !printable(b));
    let end = bytes[at..].iter().position(|b| !printable(b));
    let text = &bytes[begin.map_or(0, |b| b + 1)..end.map_or(bytes.len(), |e| at + e)];
    String::from_utf8_lossy(text).into_owned()
}

/// `2026-11-30`, `12:34:56`, `Nov 30`, `1732970000`.
fn is_time(text: &str) -> bool {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let bytes = text.as_bytes();
    let shaped = |shape: &str| {
        let fits = |part: &[u8]| {
            let mut pairs = part.iter().zip(shape.bytes());
            pairs.all(|(b, s)| {
                if s == b'0' {
                    b.is_ascii_digit()
                } else {
                    *b == s
                }
            })
        };
        bytes.windows(shape.len()).any(fits)
    };
    let month = MONTHS.iter().any(|month| text.contains(month));
    let seconds = || {
        let numbers = text.split(|c: char| !c.is_ascii_digit());
        let mut numbers = numbers.filter(|n| (10..=19).contains(&n.len()));
        // Since 2001, until 2033; with any number of digits behind seconds.
        numbers.any(|n| n.starts_with('1'))
    };
    shaped("00:00:00")
        || shaped("0000-00-00")
        || shaped("00000000T000000")
        || (month && bytes.iter().any(u8::is_ascii_digit))
        || seconds()
}

fn is_temporary(text: &str) -> bool {
    ["/tmp/", "/var/tmp/", "nexus-sandbox-"]
        .iter()
        .any(|part| text.contains(part))
}

/// Long enough to be an identifier that somebody made up, or an address in memory.
fn is_random(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_ascii_hexdigit() && c != '-');
    let mut words = words.map(|word| word.replace('-', ""));
    text.contains("0x") || words.any(|w| w.len() >= 16 && w.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Whether two texts have the same lines in another order.
fn same_lines(old: &Path, new: &Path) -> bool {
    let lines = |file: &Path| {
        let small = file.metadata().is_ok_and(|found| found.len() <= LINES);
        let text = small
            .then(|| std::fs::read_to_string(file).ok())
            .flatten()?;
        let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
        lines.sort_unstable();
        Some(lines)
    };
    lines(old).is_some_and(|a| a.len() > 1 && lines(new) == Some(a))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(old: &[u8], new: &[u8]) -> Option<Hint> {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&a, old).unwrap();
        std::fs::write(&b, new).unwrap();
        let at = old.iter().zip(new).position(|(a, b)| a != b);
        of(&a, &b, at.unwrap_or(old.len().min(new.len())) as u64)
    }

    #[test]
    fn what_is_recognised() {
        let text = |old: &str, new: &str| between(old.as_bytes(), new.as_bytes());
        for (old, new, expected) in [
            ("built 12:30:01\n", "built 12:30:59\n", Some(Hint::Time)),
            ("on Nov  3 2026", "on Nov  4 2026", Some(Hint::Time)),
            ("t=1732970000;", "t=1732970031;", Some(Hint::Time)),
            ("t=1732970000.25", "t=1732970000.31", Some(Hint::Time)),
            (
                "in /tmp/tmp.aX1/x.c",
                "in /tmp/tmp.bY2/x.c",
                Some(Hint::Path),
            ),
            ("at 0x7f11", "at 0x7f22", Some(Hint::Random)),
            (
                "id 0b1e7a2c-90ad-4a5e-8d43-1f2e3d4c5b6a",
                "id 7c1e7a2c-90ad-4a5e-8d43-1f2e3d4c5b6a",
                Some(Hint::Random),
            ),
            ("b\na\nc\n", "a\nb\nc\n", Some(Hint::Order)),
            ("size 12", "size 13", None),
            ("", "x", None),
        ] {
            assert_eq!(text(old, new), expected, "{old:?} {new:?}");
        }
    }

    #[test]
    fn times_in_archives() {
        let gzip = |time: u8| [0x1f, 0x8b, 8, 0, time, 0, 0, 0, 0, 3];
        assert_eq!(between(&gzip(1), &gzip(2)), Some(Hint::Gzip));
        let tar = |time: u8| {
            let mut block = vec![0; 1024];
            block[257..262].copy_from_slice(b"ustar");
            block[140] = time;
            block
        };
        assert_eq!(between(&tar(b'1'), &tar(b'2')), Some(Hint::Tar));
        let ar = |time: &str| format!("!<arch>\n{:16}{time:12}{:30}`\nbody", "a.o/", "0");
        let found = between(ar("1732970000").as_bytes(), ar("1732970001").as_bytes());
        assert_eq!(found, Some(Hint::Archive));
        let zip = |time: u8| {
            [
                b"PK\x03\x04".as_slice(),
                &[20, 0, 0, 0, 8, 0, time, 1, 1, 1],
            ]
            .concat()
        };
        assert_eq!(between(&zip(1), &zip(2)), Some(Hint::Zip));
    }
}
