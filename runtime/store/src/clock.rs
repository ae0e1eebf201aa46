//! How exactly file systems stamp changes.
//!
//! A file written twice within one tick of the file system's clock carries the same change time
//! both times. Linux 6.13 and newer give every change that was looked at a time of its own on the
//! usual local file systems (multigrain timestamps, Documentation/filesystems/multigrain-ts.rst);
//! elsewhere the tick is the kernel's timer (at most 10 ms) or the file system's own (up to two
//! seconds on FAT; what a server does is unknown).

use std::collections::HashMap;
use std::sync::OnceLock;

/// Nanoseconds; longer than any tick of a clock that shows less than whole seconds.
const COARSE: i64 = 2_000_000_000;
/// Nanoseconds; longer than a tick of the kernel's timer.
const TIMER: i64 = 20_000_000;

/// Local file systems whose times come from the kernel's clock.
const LOCAL: [&str; 7] = ["ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "overlay"];
/// Those of them with multigrain timestamps; overlayfs passes on what lies below.
const MULTIGRAIN: [&str; 5] = ["ext4", "xfs", "btrfs", "tmpfs", "overlay"];

/// For how long after a change a further one may leave the same change time, in nanoseconds.
/// `None` when that cannot happen. `ctime` is the change time of a file on `device`.
pub(crate) fn tick(device: u64, ctime: i64) -> Option<i64> {
    // Whole seconds betray a coarse clock whatever the device (ext4 with small inodes, HFS+).
    if ctime % 1_000_000_000 == 0 {
        return Some(COARSE);
    }
    static CLOCKS: OnceLock<Clocks> = OnceLock::new();
    CLOCKS
        .get_or_init(|| {
            let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
            Clocks::new(
                &read("/proc/sys/kernel/osrelease"),
                &read("/proc/self/mountinfo"),
            )
        })
        .tick(device)
}

struct Clocks {
    multigrain: bool,
    types: HashMap<u64, String>,
}

impl Clocks {
    fn new(release: &str, mounts: &str) -> Self {
        let mut numbers = release
            .split(|c: char| !c.is_ascii_digit())
            .map(|n| n.parse::<u32>().unwrap_or(0));
        let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        Clocks {
            multigrain: version >= (6, 13),
            types: mounts.lines().filter_map(mount).collect(),
        }
    }

    fn tick(&self, device: u64) -> Option<i64> {
        // Btrfs subvolumes and layers of overlayfs have device numbers of their own that the list
        // of mounts does not know; both have major number 0.
        let unlisted = if device >> 32 == 0 { "overlay" } else { "" };
        let kind = self.types.get(&device).map_or(unlisted, String::as_str);
        match (LOCAL.contains(&kind), MULTIGRAIN.contains(&kind)) {
            (_, true) if self.multigrain => None,
            (true, _) => Some(TIMER),
            _ => Some(COARSE),
        }
    }
}

/// Device and type from a line of `/proc/self/mountinfo`:
/// `36 35 98:0 /root /mount options … - ext4 /dev/sda1 options`.
fn mount(line: &str) -> Option<(u64, String)> {
    let (major, minor) = line.split(' ').nth(2)?.split_once(':')?;
    let kind = line.split_once(" - ")?.1.split(' ').next()?;
    let device = (major.parse::<u64>().ok()? << 32) | minor.parse::<u64>().ok()?;
    Some((device, kind.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:41 / /home/u rw - nfs4 server:/home rw,vers=4.2
31 22 8:17 / /media/stick rw - vfat /dev/sdb1 rw
32 22 0:25 / /dev/shm rw - tmpfs tmpfs rw
not a mount
";

    #[test]
    fn clocks_by_kernel_and_file_system() {
        let device = |major: u64, minor: u64| (major << 32) | minor;
        let new = Clocks::new("6.18.44-arch1\n", MOUNTS);
        assert_eq!(new.tick(device(254, 0)), None);
        assert_eq!(new.tick(device(0, 25)), None);
        assert_eq!(new.tick(device(0, 99)), None, "a subvolume");
        assert_eq!(new.tick(device(0, 41)), Some(COARSE));
        assert_eq!(new.tick(device(8, 17)), Some(COARSE));
        assert_eq!(new.tick(device(8, 99)), Some(COARSE), "unknown");
        let old = Clocks::new("5.15", MOUNTS);
        assert_eq!(old.tick(device(254, 0)), Some(TIMER));
        assert_eq!(old.tick(device(0, 41)), Some(COARSE));
        assert!(!Clocks::new("", "").multigrain);
    }

    #[test]
    fn whole_seconds_are_coarse_everywhere() {
        assert_eq!(tick(0, 7_000_000_000), Some(COARSE));
    }
}
