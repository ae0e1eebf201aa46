//! The editor's process: when it is gone, nobody can ask anything any more, even if something else
//! still holds the pipe open.

/// Calls `gone` when the process of that number has ended. A number that means nothing here, as
/// that of an editor in another container, is passed over. Returns when the process is known: one
/// that ends from then on is noticed.
pub(super) fn watch(process: u32, gone: impl FnOnce() + Send + 'static) {
    let Some(editor) = Editor::known(process) else {
        return;
    };
    let started = std::thread::Builder::new()
        .name("nexus-lsp-parent".into())
        .spawn(move || {
            if editor.ended() {
                gone();
            }
        });
    if let Err(error) = started {
        tracing::error!("the editor's process is not watched: {error}");
    }
}

/// A process that was there.
#[cfg(target_os = "linux")]
struct Editor(std::os::fd::OwnedFd);

#[cfg(target_os = "linux")]
impl Editor {
    fn known(process: u32) -> Option<Editor> {
        use rustix::process::{Pid, PidfdFlags, pidfd_open};
        let pid = Pid::from_raw(i32::try_from(process).ok()?)?;
        pidfd_open(pid, PidfdFlags::empty()).ok().map(Editor)
    }

    /// Waits for its end; `false` when that is not possible.
    fn ended(&self) -> bool {
        use rustix::event::{PollFd, PollFlags, poll};
        loop {
            let mut waiting = [PollFd::new(&self.0, PollFlags::IN)];
            match poll(&mut waiting, None) {
                Ok(_) => return true,
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return false,
            }
        }
    }
}

/// A process that was there.
#[cfg(not(target_os = "linux"))]
struct Editor(rustix::process::Pid);

#[cfg(not(target_os = "linux"))]
impl Editor {
    fn known(process: u32) -> Option<Editor> {
        use rustix::process::{Pid, test_kill_process};
        let pid = Pid::from_raw(i32::try_from(process).ok()?)?;
        test_kill_process(pid).ok().map(|()| Editor(pid))
    }

    /// Waits for its end.
    fn ended(&self) -> bool {
        while rustix::process::test_kill_process(self.0).is_ok() {
            std::thread::sleep(std::time::Duration::from_secs(2));
        }
        true
    }
}
