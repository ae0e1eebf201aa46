//! A pipeline of everything, killed again and again: what was completed is not lost, what must not be
//! repeated is not, and its journals can be read.

use crate::support::{Project, Ran, processes_under, wait_until};
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

/// Rounds in all, and how many projects they are spread over: a round mostly waits.
const ROUNDS: usize = 200;
const PROJECTS: usize = 4;

/// A command that notes its beginning and its end, and does `work` in between.
fn command(name: &str, work: &str) -> String {
    format!("echo begun.{name} >> book{work}; echo done.{name} >> book")
}

fn commands(task: &str, count: usize, last: &str) -> String {
    let one = |i| {
        let work = if i + 1 == count { last } else { "" };
        format!("\"{}\"", command(&format!("{task}.{i}"), work))
    };
    (0..count).map(one).collect::<Vec<_>>().join(" ")
}

/// Cached tasks, tasks that may be repeated, and such that may not, one of them with a result.
fn pipeline() -> Project {
    let text = format!(
        r#"
tasks = {{
  fetch   = {{ inputs = [ "seed" ]; outputs = {{ out = "fetched"; }}; run = [ {fetch} ]; }};
  compile = {{ inputs = [ tasks.fetch.outputs.out ]; outputs = {{ out = "compiled"; }}; run = [ {compile} ]; }};
  check   = {{ deps = [ tasks.fetch ]; run = [ {check} ]; }};
  charge  = {{ idempotent = false; run = [ {charge} ]; }};
  migrate = {{ deps = [ tasks.check tasks.charge ]; idempotent = false; run = [ {migrate} ]; }};
  sign    = {{ inputs = [ tasks.compile.outputs.out ]; outputs = [ "signed" ]; idempotent = false; run = [ {sign} ]; }};
  deploy  = {{ deps = [ tasks.migrate tasks.sign ]; run = [ {deploy} ]; }};
}};
"#,
        fetch = commands("fetch", 1, "; cp seed fetched"),
        compile = commands("compile", 2, "; cat fetched fetched > compiled"),
        check = commands("check", 2, ""),
        charge = commands("charge", 3, ""),
        migrate = commands("migrate", 3, ""),
        sign = commands("sign", 2, "; cp compiled signed"),
        deploy = commands("deploy", 2, ""),
    );
    Project::new(&text).write("seed", "0\n").write("book", "")
}

const ONCE: [(&str, usize); 3] = [("charge", 3), ("migrate", 3), ("sign", 2)];
const REPEATABLE: [(&str, usize); 2] = [("check", 2), ("deploy", 2)];

/// A sequence of numbers that looks random (Knuth's constants); the same in every run of the test.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: Duration) -> Duration {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        limit.mul_f64((self.0 >> 40) as f64 / (1u64 << 24) as f64)
    }
}

/// Lets it run for a while, then kills it; whether it still ran.
fn killed_after(child: &mut Child, moment: Duration) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < moment {
        if child.try_wait().expect("its state").is_some() {
            return false;
        }
        std::thread::park_timeout(Duration::from_micros(300));
    }
    let running = child.try_wait().expect("its state").is_none();
    child.kill().expect("kill -9");
    child.wait().expect("it is gone");
    running
}

fn journals(project: &Project) -> Vec<PathBuf> {
    let runs = std::fs::read_dir(project.state().join("runs"));
    let folders = runs.into_iter().flatten().flatten();
    folders
        .flat_map(|folder| {
            std::fs::read_dir(folder.path())
                .into_iter()
                .flatten()
                .flatten()
        })
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "journal"))
        .collect()
}

/// What somebody would answer who looks at the book: is the last command that the task began done?
fn decisions(project: &Project, ran: &Ran) -> Vec<String> {
    let book = project.read("book");
    let mut options = Vec::new();
    for (task, count) in ONCE {
        if !ran
            .stderr
            .contains(&format!("of `{task}`, which is not idempotent"))
        {
            continue;
        }
        // The one that was begun is the one after the last that nobody asks about any more.
        let asked = (0..count).rfind(|i| ran.stderr.contains(&format!("begun.{task}.{i} ")));
        let asked = asked.unwrap_or_else(|| panic!("which command of {task}?\n{ran}"));
        let done = book.contains(&format!("done.{task}.{asked}\n"));
        options.push(if done { "--done" } else { "--repeat" }.to_string());
        options.push(task.to_string());
    }
    options
}

/// One round; gives how often it was killed in the middle.
fn round(project: &Project, number: usize, whole: &mut Duration, random: &mut Random) -> usize {
    project.edit("seed", &format!("{number}\n"));
    project.edit("book", "");
    let mut kills = 0;
    let begun = Instant::now();
    let mut child = project.start(&["run", "deploy", "--no-resume"]);
    // How long a run takes depends on what else the machine does: after a moment that was too late
    // they come earlier, else a little later.
    match killed_after(&mut child, random.below(*whole)) {
        true => {
            kills += 1;
            *whole = whole.mul_f64(1.1);
        }
        false => *whole = begun.elapsed(),
    }
    let mut args: Vec<String> = vec!["resume".into()];
    for attempt in 0.. {
        assert!(attempt < 30, "it never comes to its end");
        let words: Vec<&str> = args.iter().map(String::as_str).collect();
        if attempt == 0 && number.is_multiple_of(3) {
            // The one that goes on is killed as well.
            let mut child = project.start(&words);
            kills += usize::from(killed_after(&mut child, random.below(*whole)));
            continue;
        }
        let ran = project.nexus(&words);
        match ran.code {
            Some(0) => break,
            Some(2) if ran.stderr.contains("NX0530") => {
                args.truncate(1);
                args.extend(decisions(project, &ran));
            }
            // It was killed before its first task, or after its last.
            Some(2) if ran.stderr.contains("NX0533") => {
                if !project.read("book").contains("done.deploy.1\n") {
                    assert!(!project.read("book").contains("begun.charge"), "{ran}");
                    args = ["run", "deploy"].map(String::from).to_vec();
                    continue;
                }
                break;
            }
            _ => panic!("round {number}: {ran}\n{}", project.read("book")),
        }
    }
    kills
}

fn check(project: &Project, number: usize, kills: usize) {
    let book = project.read("book");
    let times = |line: &str| book.lines().filter(|l| *l == line).count();
    for (task, count) in ONCE {
        for i in 0..count {
            let done = times(&format!("done.{task}.{i}"));
            assert_eq!(
                done, 1,
                "round {number}: {task}.{i} was done {done} times\n{book}"
            );
        }
    }
    for (task, count) in REPEATABLE {
        for i in 0..count {
            let done = times(&format!("done.{task}.{i}"));
            assert!(
                (1..=1 + kills).contains(&done),
                "round {number}: {task}.{i}: {done}\n{book}"
            );
        }
    }
    let seed = format!("{number}\n");
    assert_eq!(project.read("signed"), seed.repeat(2), "round {number}");
    for journal in journals(project) {
        // Of a run that was killed before its first line was whole nothing is known, nor was anything done.
        let begun = std::fs::read(&journal).is_ok_and(|bytes| bytes.contains(&b'\n'));
        let read = nexus_journal::read(&journal);
        assert!(
            read.is_ok() || !begun,
            "{} cannot be read",
            journal.display()
        );
    }
}

fn story(which: u64) -> usize {
    let project = pipeline();
    let begun = Instant::now();
    project.ok(&["run", "deploy"]);
    let mut whole = begun.elapsed();
    let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ which);
    let mut killed = 0;
    for number in 1..=ROUNDS / PROJECTS {
        let kills = round(&project, number, &mut whole, &mut random);
        check(&project, number, kills);
        killed += usize::from(kills > 0);
    }
    let runs = project.ok(&["pipelines", "--interrupted"]);
    assert_eq!(runs.stdout, "", "nothing is left to go on with\n{runs}");
    wait_until("nothing of the killed runs is left", || {
        processes_under(&project.root()).is_empty()
    });
    killed
}

#[test]
fn killed_at_two_hundred_random_moments_and_gone_on_with() {
    let killed: usize = std::thread::scope(|scope| {
        let stories: Vec<_> = (0..PROJECTS as u64)
            .map(|which| scope.spawn(move || story(which)))
            .collect();
        let ends = stories.into_iter();
        ends.map(|story| story.join().expect("a story without a mistake"))
            .sum()
    });
    let least = ROUNDS * 2 / 5;
    assert!(
        killed >= least,
        "only {killed} of {ROUNDS} runs were caught running"
    );
}
