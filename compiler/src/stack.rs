//! The native stack the compiler runs on.
//!
//! Source text decides how deeply expressions nest, and salsa recurses along dependencies, so
//! the compiler runs on a thread with a stack of its own. Only touched pages cost memory.

use std::cell::Cell;
use std::io;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// Reserved sizes to try, largest first: an address-space limit may forbid the first.
const SIZES: [usize; 3] = [1 << 30, 256 << 20, 64 << 20];

/// What one level of nesting may use in the worst of our recursive walks (unoptimised builds
/// included), times two.
const BYTES_PER_LEVEL: usize = 20 << 10;

thread_local! {
    static RESERVED: Cell<usize> = const { Cell::new(0) };
}

/// How deeply expressions and types may nest on this thread: 50,000 levels with the full stack.
pub fn nesting_limit() -> usize {
    // Not on a thread of ours: assume the customary 2 MiB, half of it used.
    let reserved = RESERVED.get().max(1 << 20);
    (reserved / BYTES_PER_LEVEL).min(50_000)
}

/// Runs `work` on a thread with a big stack, and waits for it. Inside such a thread it is a
/// plain call. A panic in `work` continues here.
pub fn on_big_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    if RESERVED.get() > 0 {
        return work();
    }
    let mut work = Some(work);
    for size in SIZES {
        let slot = &mut work;
        let outcome = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new()
                .name("nexus-compiler".into())
                .stack_size(size)
                .spawn_scoped(scope, move || {
                    RESERVED.set(size);
                    slot.take().map(|work| work())
                });
            thread.ok().map(|thread| thread.join())
        });
        match outcome {
            Some(Ok(Some(value))) => return value,
            Some(Ok(None)) => break,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => continue,
        }
    }
    match work.take() {
        // No thread to be had at all: with the small limit of a small stack.
        Some(work) => work(),
        None => unreachable!("the work ran and gave its value"),
    }
}

/// [`on_big_stack`] of work that has questions for this thread, which knows what may not be known
/// to another.
pub fn on_big_stack_asking<T: Send, Q: Send, A: Send>(
    mut answer: impl FnMut(Q) -> A,
    work: impl FnOnce(&mut dyn FnMut(Q) -> A) -> T + Send,
) -> T {
    if RESERVED.get() > 0 {
        return work(&mut answer);
    }
    let mut work = Some(work);
    let slot = &mut work;
    let done = std::thread::scope(|scope| {
        let (questions, asked) = channel::<Q>();
        let (answers, answered) = channel::<A>();
        // It only waits for the one with the big stack, while this one answers.
        let waiting = std::thread::Builder::new().spawn_scoped(scope, move || {
            let work = slot.take()?;
            Some(on_big_stack(move || {
                work(&mut |question| {
                    // The other end answers as long as this one asks.
                    _ = questions.send(question);
                    match answered.recv() {
                        Ok(answer) => answer,
                        Err(_) => unreachable!("whoever is asked waits for questions"),
                    }
                })
            }))
        });
        let waiting = waiting.ok()?;
        while let Ok(question) = asked.recv() {
            if answers.send(answer(question)).is_err() {
                break;
            }
        }
        match waiting.join() {
            Ok(value) => value,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    });
    match (done, work.take()) {
        (Some(value), _) => value,
        // No thread to be had at all: with the small limit of a small stack.
        (None, Some(work)) => work(&mut answer),
        (None, None) => unreachable!("the work ran and gave its value"),
    }
}

/// Starts a thread with a big stack, on which [`on_big_stack`] is a plain call.
///
/// # Errors
/// When the system has no room for another thread.
pub fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    let work = Arc::new(Mutex::new(Some(work)));
    let mut failure = None;
    for size in SIZES {
        let work = work.clone();
        let thread = std::thread::Builder::new().name(name.to_owned());
        let started = thread.stack_size(size).spawn(move || {
            RESERVED.set(size);
            let work = work.lock().unwrap_or_else(|e| e.into_inner()).take();
            match work {
                Some(work) => work(),
                None => unreachable!("only one thread was started"),
            }
        });
        match started {
            Ok(thread) => return Ok(thread),
            Err(error) => failure = Some(error),
        }
    }
    Err(failure.unwrap_or_else(|| io::ErrorKind::OutOfMemory.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_calls_stay_on_the_same_thread() {
        let (outer, inner) = on_big_stack(|| {
            let outer = std::thread::current().id();
            (outer, on_big_stack(|| std::thread::current().id()))
        });
        assert_eq!(outer, inner);
        assert_ne!(outer, std::thread::current().id());
    }

    #[test]
    fn questions_are_answered_where_they_come_from() {
        let here = std::thread::current().id();
        let mut asked = 0;
        let answer = |n: u32| {
            assert_eq!(std::thread::current().id(), here);
            asked += 1;
            n + 1
        };
        let sum = on_big_stack_asking(answer, |ask| {
            assert_ne!(std::thread::current().id(), here);
            ask(1) + ask(2)
        });
        assert_eq!((sum, asked), (5, 2));
    }

    #[test]
    fn limits_follow_the_stack() {
        assert!(nesting_limit() < 1000);
        assert!(on_big_stack(nesting_limit) > 3000);
    }
}
