//! The files that are edited.

/// A project file of so many lines, written as people do.
pub fn tasks(lines: usize) -> String {
    let mut text = String::from(
        "let app = \"shop\"; mk = name: deps: { inherit deps; run = \"build ${name}\"; timeout = 30s; }; in\n",
    );
    let mut i = 0;
    while text.matches('\n').count() < lines {
        for _ in 0..64 {
            text += &match i % 4 {
                0 => format!(
                    "tasks.t{i} = {{\n  inputs = [ \"src/{i}/**\" ];\n  outputs = {{ bin = \"out/{i}\"; }};\n  timeout = 5m;\n  run = [ \"make ${{app}} {i}\" {{ cmd = \"strip out/{i}\"; timeout = 5s; }} ];\n}};\n"
                ),
                1 => format!("tasks.t{i} = mk \"n{i}\" [ tasks.t{} ];\n", i - 1),
                2 => format!(
                    "tasks.t{i} = {{\n  deps = [ tasks.t{} ];\n  run = \"cp ${{tasks.t{}.outputs.bin}} .\";\n  timeout = 30s;\n  env.A = \"x\";\n}};\n",
                    i - 1,
                    i - 2
                ),
                _ => format!("tasks.t{i}.run = host: \"echo ${{host.name}} {i}\";\n"),
            };
            i += 1;
        }
    }
    text
}

/// The same data as [`tasks`], in the language of another server.
pub fn nickel(lines: usize) -> String {
    let mut text = String::from(
        "let app = \"shop\" in\nlet mk = fun name others => { deps = others, run = \"build %{name}\", timeout = \"30s\" } in\n{\n",
    );
    let mut i = 0;
    while text.matches('\n').count() < lines {
        for _ in 0..64 {
            text += &match i % 4 {
                0 => format!(
                    "t{i} = {{\n  inputs = [ \"src/{i}/**\" ],\n  outputs = {{ bin = \"out/{i}\" }},\n  timeout = \"5m\",\n  run = [ \"make %{{app}} {i}\", {{ cmd = \"strip out/{i}\", timeout = \"5s\" }} ],\n}},\n"
                ),
                1 => format!("t{i} = mk \"n{i}\" [ t{} ],\n", i - 1),
                2 => format!(
                    "t{i} = {{\n  deps = [ t{} ],\n  run = \"cp %{{t{}.outputs.bin}} .\",\n  timeout = \"30s\",\n  env.A = \"x\",\n}},\n",
                    i - 1,
                    i - 2
                ),
                _ => format!("t{i}.run = fun host => \"echo %{{host.name}} {i}\",\n"),
            };
            i += 1;
        }
    }
    text + "}\n"
}

/// A project of many files with 20 definitions each, every one of which imports two others, in
/// chains that are 50 files deep.
pub fn many(count: usize) -> Vec<(String, String)> {
    let mut files: Vec<_> = (0..count)
        .map(|i| (format!("lib/f{i}.nx"), library(i)))
        .collect();
    let ends: Vec<usize> = (0..count).filter(|i| i % 50 == 49).collect();
    let mut root = String::from("let\n");
    for i in &ends {
        root += &format!("  l{i} = import ./lib/f{i}.nx;\n");
    }
    root += "in\n";
    for i in &ends {
        root += &format!(
            "tasks.t{i} = {{ run = l{i}.command \"t{i}\"; env.LEVEL = l{i}.level; timeout = l{i}.timeout; }};\n"
        );
    }
    files.push(("nexus.nx".into(), root));
    files
}

fn library(i: usize) -> String {
    let below = |by: usize| match i % 50 >= by {
        true => format!("import ./f{}.nx", i - by),
        false => {
            "{ level = 0; flags = [ \"-O2\" ]; command = name: \"make ${name}\"; timeout = 1s; }"
                .into()
        }
    };
    format!(
        "# The part {i} of the project.\nlet\n  base = {};\n  other = {};\n  name = \"part{i}\";\n  prefix = \"out/${{name}}\";\n  join = words: std.string.join \" \" words;\n  object = source: \"${{prefix}}/${{std.path.stem source}}.o\";\n  sources = [ \"{i}/main.c\" \"{i}/util.c\" \"{i}/io.c\" ];\n  objects = map object sources;\n  is_small = xs: length xs < 10;\n  settings = {{ debug = false; jobs = {i}; target = \"linux\"; }};\n  override = settings // {{ debug = true; }};\nin\nlevel = base.level + 1;\nflags = base.flags ++ other.flags ++ [ \"-I{i}\" ];\ncommand = task: base.command \"make ${{prefix}}/${{task}}\";\ntimeout = if is_small objects then 10s else other.timeout;\nline = join ([ \"cc\" ] ++ flags ++ objects);\ncompile = source: {{ cmd = \"cc -c ${{source}} -o ${{object source}}\"; timeout = 30s; }};\nsteps = map compile sources;\njobs = override.jobs + length steps;\nlabel = \"${{name}} (${{override.target}}, ${{jobs}})\";\n",
        below(1),
        below(2),
    )
}
