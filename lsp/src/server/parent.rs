//! The editor's process: when it is gone, nobody can ask anything any more, even if something else
//! still holds the pipe open.

/// Calls `gone` when the process of that number has ended. A number that means nothing here, as
/// that of an editor in another container, is passed over.
pub(super) fn watch(process: u32, gone: impl FnOnce() + Send + 'static) {
    let started = std::thread::Builder::new()
        .name("nexus-lsp-parent".into())
        .spawn(move || {
            if wait(process) {
                gone();
            }
        });
    if let Err(error) = started {
        tracing::error!("the editor's process is not watched: {error}");
    }
}

#[cfg(target_os = "linux")]
fn wait(process: u32) -> bool {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::process::{Pid, PidfdFlags, pidfd_open};
    let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) else {
        return false;
    };
    let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else {
        return false;
    };
    loop {
        let mut waiting = [PollFd::new(&handle, PollFlags::IN)];
        match poll(&mut waiting, None) {
            Ok(_) => return true,
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn wait(process: u32) -> bool {
    use rustix::process::{Pid, test_kill_process};
    let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) else {
        return false;
    };
    if test_kill_process(pid).is_err() {
        return false;
    }
    while test_kill_process(pid).is_ok() {
        std::thread::sleep(std::time::Duration::from_secs(2));
    }
    true
}
