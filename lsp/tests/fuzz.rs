//! Random edits of the language's test programs, with requests in between: nothing panics, nothing
//! hangs, and after each burst the server says what a new `nexus check` says, evaluation included.
//!
//! `NEXUS_LSP_FUZZ_EDITS=100000` makes it long; `NEXUS_LSP_FUZZ_SEED` another one.

mod support;

use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::anew::anew;
use support::beacon::Beacon;
use support::{Client, Folder, capabilities, position, run, uri};

/// Edits in the suite.
const EDITS: u64 = 1_500;

/// Edits between two comparisons, at most.
const BURST: u64 = 20;

/// Bursts of one program.
const BURSTS: u64 = 6;

/// What is typed.
const TYPED: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "''",
    "${",
    ";",
    "=",
    ".",
    ":",
    "\n",
    " ",
    "# ",
    "/*",
    "in",
    "let ",
    "rec ",
    "with ",
    "inherit ",
    "if x then y else z",
    "tasks.",
    "tasks.a.run = \"x\";\n",
    "import ./lib.nx",
    "x",
    "timeout = 30s;",
    "é",
    "😀",
    "\r\n",
    "@",
    "|>",
    "//",
    "..",
    "1h30m",
    "type T = { a : Int };",
];

/// Numbers that look random (SplitMix64, Steele, Lea and Flood 2014).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end.max(1) as u64) as usize
    }
}

/// What came up.
#[derive(Debug, Default)]
struct Counts {
    requests: u64,
    /// Bursts after which the checker had something to say.
    wrong: u64,
    /// Bursts after which evaluation had.
    evaluated: u64,
}

fn number(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn the_server_says_what_a_fresh_check_says() {
    let edits = number("NEXUS_LSP_FUZZ_EDITS", EDITS);
    let seed = number("NEXUS_LSP_FUZZ_SEED", 1);
    run(async move {
        let all = support::programs::all();
        let evaluated = support::programs::evaluated();
        let mut dice = Dice(seed);
        let mut done = 0;
        let mut counts = Counts::default();
        while done < edits {
            let programs = match dice.below(4) {
                0 => &evaluated,
                _ => &all,
            };
            let (name, files) = &programs[dice.below(programs.len())];
            done += one_program(&mut dice, name, files, &mut counts).await;
        }
        println!("{done} edits, {counts:?}");
        assert!(counts.wrong > 0 && counts.evaluated > 0, "{counts:?}");
    });
}

/// A random place between characters.
fn place(dice: &mut Dice, text: &str) -> usize {
    settled(text, dice.below(text.len() + 1))
}

/// The last place up to an offset that the protocol has a position for: between characters, and not
/// inside of `\r\n`.
fn settled(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) || (text[at..].starts_with('\n') && text[..at].ends_with('\r'))
    {
        at -= 1;
    }
    at
}

/// Edits a program for a while. Gives the number of edits.
async fn one_program(
    dice: &mut Dice,
    name: &str,
    files: &[(String, String)],
    counts: &mut Counts,
) -> u64 {
    let folder = Folder::of(files);
    let mut client = Client::inside();
    // Other processes may take the time.
    let options = json!({ "evaluateAfter": 0, "evaluateFor": 600_000 });
    client.start(&folder.path, capabilities(), options).await;
    let mut beacon = Beacon::new();
    // One file is being edited, the others are on disk.
    let (file, original) = &files[dice.below(files.len())];
    let path = folder.path.join(file);
    let mut text = original.clone();
    let mut version = 1;
    client.open(&path, &text).await;
    let mut history: Vec<String> = Vec::new();
    let mut edits = 0;
    for _ in 0..BURSTS {
        let mut pending = Vec::new();
        // After many edits the grammar is broken as a rule, and nothing is evaluated.
        let longest = match dice.below(2) {
            0 => 1,
            _ => BURST as usize,
        };
        for _ in 0..=dice.below(longest) {
            let before = text.clone();
            let mut changes = Vec::new();
            for _ in 0..=dice.below(2) {
                changes.push(change(dice, &mut text, &history, original));
            }
            history.push(before);
            // Versions only have to be different.
            version += 1 + dice.below(3) as i64;
            let document = json!({ "uri": uri(&path), "version": version });
            client
                .notify(
                    "textDocument/didChange",
                    json!({ "textDocument": document, "contentChanges": changes }),
                )
                .await;
            edits += 1;
            for _ in 0..dice.below(3) {
                pending.push(ask(dice, &mut client, &path, &text).await);
            }
        }
        let cancelled = dice.below(4);
        for id in pending.iter().take(cancelled) {
            client.notify("$/cancelRequest", json!({ "id": id })).await;
        }
        for id in pending {
            counts.requests += 1;
            if let Err(error) = client.answer(id).await {
                // Changed meanwhile, cancelled, or not possible; a bug is none of these.
                let code = error["code"].as_i64().unwrap_or_default();
                let fine = [-32801, -32800, -32803].contains(&code);
                assert!(fine, "{name}: {error}\n{text}");
            }
        }
        let wanted = anew(&folder.path, BTreeMap::from([(path.clone(), text.clone())]));
        counts.wrong += u64::from(!wanted.checked.is_empty());
        counts.evaluated += u64::from(wanted.planned != wanted.checked);
        if let Err(why) = beacon.compare(&mut client, &wanted).await {
            panic!("{name}: {file}\n{text}\n{why}");
        }
    }
    client.stop().await;
    edits
}

/// A random change, as the protocol has it.
fn change(dice: &mut Dice, text: &mut String, history: &[String], original: &str) -> Value {
    match dice.below(20) {
        0 => {
            *text = original.to_owned();
            json!({ "text": text })
        }
        // Undo, as an editor sends it: everything.
        1 if !history.is_empty() => {
            text.clone_from(&history[dice.below(history.len())]);
            json!({ "text": text })
        }
        2..=8 => {
            let start = place(dice, text);
            let end = settled(text, start + dice.below(12)).max(start);
            let range = range(text, start, end);
            text.replace_range(start..end, "");
            json!({ "range": range, "text": "" })
        }
        _ => {
            let at = place(dice, text);
            let new = match dice.below(4) {
                // A piece of the text itself.
                0 => {
                    let start = place(dice, text);
                    let end = settled(text, start + dice.below(30)).max(start);
                    text[start..end].to_owned()
                }
                _ => TYPED[dice.below(TYPED.len())].to_owned(),
            };
            let range = range(text, at, at);
            text.insert_str(at, &new);
            json!({ "range": range, "text": new })
        }
    }
}

/// Positions count lines as the protocol does, where `\r\n` is one end.
fn range(text: &str, start: usize, end: usize) -> Value {
    json!({ "start": lsp_position(text, start), "end": lsp_position(text, end) })
}

fn lsp_position(text: &str, offset: usize) -> Value {
    if !text.contains('\r') {
        return position(text, offset);
    }
    let index = nexus_lsp::server::LineIndex::new(text);
    let at = index.position(text, offset as u32, nexus_lsp::server::Encoding::Utf8);
    json!({ "line": at.line, "character": at.character })
}

/// A random request.
async fn ask(dice: &mut Dice, client: &mut Client, path: &std::path::Path, text: &str) -> i64 {
    let at = lsp_position(text, place(dice, text));
    let end = lsp_position(text, text.len());
    let document = json!({ "uri": uri(path) });
    let whole = json!({ "start": { "line": 0, "character": 0 }, "end": end });
    let rest = json!({ "start": at, "end": end });
    let options = json!({ "tabSize": 2, "insertSpaces": true });
    let renamed = path.with_file_name("renamed.nx");
    let (method, extra) = match dice.below(32) {
        0..=4 => ("completion", json!({})),
        5..=7 => ("hover", json!({})),
        8 => ("definition", json!({})),
        9 => (
            "references",
            json!({ "context": { "includeDeclaration": true } }),
        ),
        10 => ("documentSymbol", json!({})),
        11 => ("semanticTokens/full", json!({})),
        12 => ("foldingRange", json!({})),
        13 => ("selectionRange", json!({ "positions": [at] })),
        14 => ("inlayHint", json!({ "range": whole })),
        15 => ("codeLens", json!({})),
        16 => ("signatureHelp", json!({})),
        17 => ("rename", json!({ "newName": "fresh" })),
        18 => (
            "codeAction",
            json!({ "range": { "start": at, "end": at }, "context": { "diagnostics": [] } }),
        ),
        19 => ("formatting", json!({ "options": options })),
        20 => (
            "onTypeFormatting",
            json!({ "options": options, "ch": "\n" }),
        ),
        21 => ("prepareCallHierarchy", json!({})),
        22 => ("typeDefinition", json!({})),
        23 => ("declaration", json!({})),
        24 => (
            "rangeFormatting",
            json!({ "options": options, "range": rest }),
        ),
        25 => ("semanticTokens/range", json!({ "range": rest })),
        26 => (
            "semanticTokens/full/delta",
            json!({ "previousResultId": "1" }),
        ),
        27 => ("documentLink", json!({})),
        28 => ("linkedEditingRange", json!({})),
        29 => (
            "codeAction",
            json!({ "range": rest, "context": {
                "diagnostics": [], "only": ["source.fixAll", "source.organizeImports"]
            }}),
        ),
        30 => {
            let files = json!([{ "oldUri": uri(path), "newUri": uri(&renamed) }]);
            let params = json!({ "files": files });
            return client.ask("workspace/willRenameFiles", params).await;
        }
        _ => ("documentHighlight", json!({})),
    };
    let mut params = json!({ "textDocument": document, "position": at });
    for (key, value) in extra.as_object().into_iter().flatten() {
        params[key] = value.clone();
    }
    client.ask(&format!("textDocument/{method}"), params).await
}
