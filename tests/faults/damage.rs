//! Damage to what is kept between runs.

use crate::support::Project;

/// All files of the cache, with their contents.
fn state_files(project: &Project) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![project.cache()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)
            .expect("a folder of the cache")
            .flatten()
        {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let content = std::fs::read(&path).expect("a file of the cache");
                files.push((path, content));
            }
        }
    }
    files
}

#[test]
fn state_files_cut_anywhere_are_survived() {
    let big = "0123456789".repeat(2000);
    let project = Project::new(
        r#"
tasks = {
  a = { inputs = [ "seed" ]; outputs = [ "a.out" ]; run = "cat seed seed > a.out"; };
  b = { inputs = [ "a.out" ]; outputs = [ "b.out" ]; run = "cp a.out b.out"; };
};
"#,
    )
    .write("seed", &big);
    project.ok(&["build"]);
    project.ok(&["build"]);
    let right = project.read("b.out");
    let files = state_files(&project);
    assert!(
        files.iter().any(|(path, _)| path.ends_with("snapshot")),
        "there is a snapshot"
    );
    for (path, content) in &files {
        let step = (content.len() / 6).max(1);
        for cut in (0..content.len())
            .step_by(step)
            .chain([content.len().saturating_sub(3)])
        {
            // Put everything back as it was, then cut this one file.
            for (path, content) in &files {
                std::fs::remove_file(path).ok();
                std::fs::write(path, content).expect("the cache is put back");
            }
            std::fs::remove_file(path).ok();
            std::fs::write(path, &content[..cut]).expect("the file is cut");
            std::fs::remove_file(project.path("b.out")).ok();
            let ran = project.nexus(&["build"]);
            let place = format!("{} cut at {cut} of {}", path.display(), content.len());
            assert_eq!(ran.code, Some(0), "{place}\n{ran}");
            assert_eq!(project.read("b.out"), right, "{place}");
            assert!(
                ran.stderr.lines().filter(|l| l.contains("warning")).count() <= 1,
                "{place}\n{ran}"
            );
        }
    }
}

/// One bit in each file of the cache, in several places.
#[test]
fn flipped_bits_in_the_cache_give_no_wrong_output() {
    let project = Project::new(
        r#"
tasks = {
  large = { inputs = [ "seed" ]; outputs = { out = "large"; }; run = "cat seed seed seed > large"; };
  small = { inputs = [ tasks.large.outputs.out ]; outputs = [ "small" ]; run = "cksum < large > small"; };
};
"#,
    )
    .write("seed", &"0123456789abcdef".repeat(40_000));
    project.ok(&["build"]);
    project.ok(&["build"]);
    let right = ["large", "small"].map(|name| project.read(name));
    let files = state_files(&project);
    assert!(
        files.iter().any(|(_, content)| content.len() > 1_000_000),
        "a content of its own file"
    );
    for (path, content) in files.iter().filter(|(_, content)| !content.is_empty()) {
        for part in [0, 1, 3, 6] {
            for (path, content) in &files {
                std::fs::remove_file(path).ok();
                std::fs::write(path, content).expect("the cache is put back");
            }
            let at = (content.len() - 1) * part / 6;
            let mut damaged = content.clone();
            damaged[at] ^= 0x04;
            std::fs::remove_file(path).ok();
            std::fs::write(path, damaged).expect("damaged");
            for name in ["large", "small"] {
                std::fs::remove_file(project.path(name)).ok();
            }
            let ran = project.nexus(&["build"]);
            let place = format!("{} at {at} of {}", path.display(), content.len());
            assert_eq!(ran.code, Some(0), "{place}\n{ran}");
            assert_eq!(
                ["large", "small"].map(|name| project.read(name)),
                right,
                "{place}\n{ran}"
            );
        }
    }
}
