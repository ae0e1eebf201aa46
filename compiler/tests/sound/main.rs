//! What is checked does not go wrong. Random well-typed programs over the whole core of the
//! language are accepted, and none that is accepted stops with a type error; of the programs
//! broken at random that would, nearly all are reported.
//!
//! The suite runs 2,000 programs of a fixed seed and 500 of a new one, which is printed. More,
//! with the programs that fail made smaller:
//!
//! ```sh
//! NEXUS_SOUND=100000 cargo test --release -p nexus-compiler --test sound -- --nocapture
//! NEXUS_SOUND=100000 NEXUS_SEED=7 …     # other programs
//! ```

mod around;
mod choices;
mod generate;
mod made;
mod mutate;
mod term;
mod ty;
mod verdict;

use choices::{Choices, sequence};
use generate::program;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use term::Term;
use verdict::{Verdict, verdict};

/// The seed of the programs that are always the same.
const SEED: u64 = 20;

/// Failures that are shown.
const SHOWN: usize = 5;

/// The number of programs and their seed, when they are given.
fn asked() -> Option<(u64, u64)> {
    let number = |name| std::env::var(name).ok()?.parse().ok();
    Some((number("NEXUS_SOUND")?, number("NEXUS_SEED").unwrap_or(SEED)))
}

/// Does work for the numbers below `count`, on all processors.
fn in_parallel<X: Send>(count: u64, work: impl Fn(u64) -> Option<X> + Sync) -> Vec<X> {
    let next = AtomicU64::new(0);
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let mut found = Vec::new();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers)
            .map(|_| {
                let run = || {
                    let mut found = Vec::new();
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        if index >= count {
                            return found;
                        }
                        found.extend(work(index).map(|x| (index, x)));
                    }
                };
                let builder = std::thread::Builder::new().stack_size(64 << 20);
                builder.spawn_scoped(scope, run).expect("a thread")
            })
            .collect();
        for worker in workers {
            found.extend(worker.join().expect("no panic"));
        }
    });
    found.sort_by_key(|(index, _)| *index);
    found.into_iter().map(|(_, x)| x).collect()
}

/// A failing program, as small as it gets.
fn smaller(numbers: Vec<u32>, fails: impl Fn(&Verdict) -> bool) -> String {
    let numbers = choices::shrink(numbers, |numbers| {
        fails(&verdict(&program(numbers).to_string(), false))
    });
    let text = program(&numbers).to_string();
    let verdict = verdict(&text, true);
    format!("{text}\n    {:?} {:?}\n", verdict.errors, verdict.stopped)
}

fn well_typed(count: u64, seed: u64) {
    println!("seed {seed}");
    let bad = in_parallel(count, |index| {
        let numbers = sequence(seed, index);
        let verdict = verdict(&program(&numbers).to_string(), false);
        let wrong = verdict.is_accepted() && verdict.goes_wrong();
        (!verdict.is_accepted() || wrong).then_some((numbers, wrong))
    });
    let (wrong, rejected): (Vec<_>, Vec<_>) = bad.into_iter().partition(|(_, wrong)| *wrong);
    let mut report = String::new();
    for (numbers, _) in wrong.iter().take(SHOWN) {
        let text = smaller(numbers.clone(), |v| v.is_accepted() && v.goes_wrong());
        let _ = writeln!(report, "accepted, and goes wrong: {text}");
    }
    for (numbers, _) in rejected.iter().take(SHOWN) {
        let text = smaller(numbers.clone(), |v| !v.is_accepted());
        let _ = writeln!(report, "right, and rejected: {text}");
    }
    println!(
        "{count} programs: {} accepted and going wrong, {} rejected\n{report}",
        wrong.len(),
        rejected.len()
    );
    assert!(wrong.is_empty(), "{report}");
    // A false alarm is a mistake of the checker, and a rare one must not fail a run at random.
    assert!(rejected.len() as u64 * 100 <= count, "{report}");
}

/// A program broken in one to three places.
fn mutant(seed: u64, index: u64) -> Option<Term> {
    let original = program(&sequence(seed, index / 4));
    let numbers = sequence(seed ^ 0xB0B, index);
    let mut choices = Choices::new(&numbers);
    let mut broken = None;
    for _ in 0..1 + choices.below(2) {
        let from = broken.as_ref().unwrap_or(&original);
        broken = mutate::mutate(from, &mut choices).or(broken);
    }
    broken
}

fn broken(count: u64, seed: u64) {
    let wrong = in_parallel(count, |index| {
        let mutant = mutant(seed, index)?;
        let verdict = verdict(&mutant.to_string(), true);
        verdict
            .goes_wrong()
            .then(|| (mutant, verdict.is_accepted()))
    });
    let missed: Vec<_> = wrong.iter().filter(|(_, accepted)| *accepted).collect();
    let mut report = String::new();
    for (mutant, _) in missed.iter().take(SHOWN) {
        let mutant = mutate::shrink(mutant.clone(), |term| {
            let verdict = verdict(&term.to_string(), false);
            verdict.is_accepted() && verdict.goes_wrong()
        });
        let verdict = verdict(&mutant.to_string(), true);
        let _ = writeln!(report, "missed: {mutant}\n    {:?}", verdict.stopped);
    }
    let caught = wrong.len() - missed.len();
    println!(
        "{count} mutants: {} go wrong, {caught} of these are reported\n{report}",
        wrong.len()
    );
    assert!(
        wrong.len() as u64 > count / 20,
        "too few go wrong: {}",
        wrong.len()
    );
    assert!(caught * 100 >= wrong.len() * 99, "{report}");
}

#[test]
fn well_typed_programs_are_accepted_and_do_not_go_wrong() {
    let (count, seed) = asked().unwrap_or((2_000, SEED));
    well_typed(count, seed);
}

#[test]
fn other_programs_each_time() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    well_typed(500, now.map_or(0, |now| now.as_nanos() as u64));
}

#[test]
fn broken_programs_that_go_wrong_are_reported() {
    let (count, seed) = asked().unwrap_or((2_000, SEED));
    broken(count, seed);
}
