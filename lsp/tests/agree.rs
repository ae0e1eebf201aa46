//! Of every program there is, the server says what a new `nexus check` says: the same codes, places
//! and messages in every file, evaluation and graph included, and nothing else in between.

mod support;

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::json;
use std::collections::BTreeMap;
use std::process::ExitCode;
use support::anew::anew;
use support::beacon::Beacon;
use support::programs::{self, Program};
use support::{Client, Folder, capabilities, run};

/// How many programs there are at least.
const AT_LEAST: usize = 1_000;

/// What a program is to the editor.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// A project, all files of which are open.
    AllOpen,
    /// A project, of which one file is open.
    OneOpen(usize),
    /// Files that belong to no project, all open.
    NoProject,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let programs = programs::all();
    let count = programs.len();
    let mut trials: Vec<Trial> = programs
        .into_iter()
        .map(|program| Trial::test(program.0.clone(), move || every_way(&program)))
        .collect();
    trials.push(Trial::test("there are programs", move || {
        match count >= AT_LEAST {
            true => Ok(()),
            false => Err(format!("only {count}").into()),
        }
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn every_way((_, files): &Program) -> Result<(), Failed> {
    let mut ways = vec![Way::AllOpen, Way::NoProject];
    if files.len() > 1 {
        ways.extend((0..files.len()).map(Way::OneOpen));
    }
    for way in ways {
        run(opened(files, way)).map_err(|why| format!("{way:?}: {why}"))?;
    }
    Ok(())
}

async fn opened(files: &[(String, String)], way: Way) -> Result<(), String> {
    let mut files = files.to_vec();
    if let Way::NoProject = way {
        for (name, _) in files.iter_mut().filter(|file| file.0 == "nexus.nx") {
            *name = "alone.nx".into();
        }
    }
    let folder = Folder::of(&files);
    let mut client = Client::inside();
    // Other processes may take the time.
    let options = json!({ "evaluateAfter": 0, "evaluateFor": 600_000 });
    client.start(&folder.path, capabilities(), options).await;
    let mut open = BTreeMap::new();
    for (i, (name, text)) in files.iter().enumerate() {
        if !matches!(way, Way::OneOpen(only) if only != i) {
            let path = folder.path.join(name);
            client.open(&path, text).await;
            open.insert(path, text.clone());
        }
    }
    let wanted = anew(&folder.path, open);
    Beacon::new().compare(&mut client, &wanted).await?;
    client.stop().await;
    Ok(())
}
