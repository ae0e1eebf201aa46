//! What `/proc` tells about processes: children, groups, states, command lines.

use std::collections::HashMap;
use std::fs;

/// The fields of `/proc/PID/stat` the guard needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    /// `Z` for a zombie.
    pub state: u8,
    /// Parent.
    pub parent: i32,
    /// Process group.
    pub group: i32,
    /// Session.
    pub session: i32,
}

impl Stat {
    /// Reads it; `None` when the process is gone.
    pub fn of(pid: i32) -> Option<Stat> {
        Stat::parse(&fs::read(format!("/proc/{pid}/stat")).ok()?)
    }

    /// The name in parentheses may hold anything, so the fields are counted from the last one.
    fn parse(text: &[u8]) -> Option<Stat> {
        let close = text.iter().rposition(|b| *b == b')')?;
        let rest = std::str::from_utf8(text.get(close + 1..)?).ok()?;
        let mut fields = rest.split_ascii_whitespace();
        Some(Stat {
            state: *fields.next()?.as_bytes().first()?,
            parent: fields.next()?.parse().ok()?,
            group: fields.next()?.parse().ok()?,
            session: fields.next()?.parse().ok()?,
        })
    }

    /// Stopped by a signal or by who traces it.
    pub fn is_stopped(&self) -> bool {
        matches!(self.state, b'T' | b't')
    }

    /// Waits for something in the kernel and takes no signals meanwhile.
    pub fn waits(&self) -> bool {
        self.state == b'D'
    }

    /// Ended and only waiting to be collected.
    pub fn is_dead(&self) -> bool {
        matches!(self.state, b'Z' | b'X')
    }
}

/// Children of a process, over all its threads. The list in `/proc` is complete as long as
/// nobody collects a child meanwhile; for the guard's own children only the guard does that.
pub(super) fn children(pid: i32) -> Vec<i32> {
    let mut found = Vec::new();
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return found;
    };
    for thread in threads.flatten() {
        match fs::read_to_string(thread.path().join("children")) {
            Ok(list) => found.extend(
                list.split_ascii_whitespace()
                    .filter_map(|p| p.parse::<i32>().ok()),
            ),
            Err(_) if !kernel_lists_children() => return children_by_scan(pid),
            Err(_) => {}
        }
    }
    found
}

/// Children of this single-threaded process.
pub(super) fn own_children() -> Vec<i32> {
    let own = std::process::id();
    match fs::read_to_string(format!("/proc/{own}/task/{own}/children")) {
        Ok(list) => list
            .split_ascii_whitespace()
            .filter_map(|p| p.parse().ok())
            .collect(),
        Err(_) => children_by_scan(own as i32),
    }
}

fn kernel_lists_children() -> bool {
    fs::metadata("/proc/thread-self/children").is_ok()
}

/// The way for kernels built without `CONFIG_PROC_CHILDREN`.
fn children_by_scan(parent: i32) -> Vec<i32> {
    all_with(|stat| stat.parent == parent)
}

/// All living processes of a session.
pub(super) fn in_session(session: i32) -> Vec<i32> {
    all_with(|stat| stat.session == session && !stat.is_dead())
}

fn all_with(wanted: impl Fn(&Stat) -> bool) -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| Stat::of(*pid).is_some_and(|stat| wanted(&stat)))
        .collect()
}

/// All living processes below `root`, `root` first if it lives.
pub(super) fn tree(root: i32) -> Vec<i32> {
    let mut seen: HashMap<i32, ()> = HashMap::new();
    let mut found = Vec::new();
    let mut stack = vec![root];
    while let Some(pid) = stack.pop() {
        if seen.insert(pid, ()).is_some() {
            continue;
        }
        if Stat::of(pid).is_some_and(|s| !s.is_dead()) {
            found.push(pid);
        }
        stack.extend(children(pid));
    }
    found
}

/// Value of a variable in the environment a process was started with; `None` also when we may not
/// look.
pub(super) fn variable(pid: i32, name: &str) -> Option<Vec<u8>> {
    let all = filled(pid, "environ")?;
    all.split(|b| *b == 0)
        .find_map(|entry| entry.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
        .map(<[u8]>::to_vec)
}

/// A file of a process that is empty for an instant while the process executes a new program, so
/// an empty one is read again a few times.
fn filled(pid: i32, file: &str) -> Option<Vec<u8>> {
    let path = format!("/proc/{pid}/{file}");
    let mut content = fs::read(&path).ok()?;
    for _ in 0..10 {
        if !content.is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_micros(100));
        content = fs::read(&path).ok()?;
    }
    Some(content)
}

/// The command line for people; the short name in brackets when there is none.
pub(super) fn command_line(pid: i32) -> String {
    let text = filled(pid, "cmdline").unwrap_or_default();
    let words: Vec<_> = text
        .split(|b| *b == 0)
        .filter(|w| !w.is_empty())
        .map(String::from_utf8_lossy)
        .collect();
    let mut line = words.join(" ");
    if line.is_empty() {
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        line = format!("[{}]", name.trim_end());
    }
    if let Some((end, _)) = line.char_indices().nth(200) {
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_full_of_parentheses_does_not_confuse() {
        assert_eq!(
            Stat::parse(b"7 (a) Z 1 (x) S 3 4 5 0 -1"),
            Some(Stat {
                state: b'S',
                parent: 3,
                group: 4,
                session: 5
            })
        );
        assert_eq!(Stat::parse(b""), None);
        assert_eq!(Stat::parse(b"1 (x)"), None);
    }

    #[test]
    fn scan_and_list_agree() {
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let own = std::process::id() as i32;
        let pid = child.id() as i32;
        assert!(children(own).contains(&pid));
        assert!(children_by_scan(own).contains(&pid));
        assert!(tree(own).contains(&pid));
        assert_eq!(command_line(pid), "sleep 60");
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!tree(own).contains(&pid));
    }
}
