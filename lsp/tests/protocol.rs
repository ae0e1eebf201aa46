//! What the protocol demands besides answers: order, cancellation, versions, encodings.

mod support;

use serde_json::{Value, json};
use support::{Client, Folder, at, capabilities, messages, run, uri};

/// A request sees exactly the changes that were sent before it, however fast they come.
#[test]
fn everything_is_seen_in_order() {
    run(async {
        let folder = Folder::with(&[("nexus.nx", "")]);
        let path = folder.path.join("nexus.nx");
        let mut client = Client::of(&folder).await;
        client
            .open(&path, "let x = 0; in\ntasks.a.run = \"${x}\";\n")
            .await;
        let mut asked = Vec::new();
        for i in 1..=300i64 {
            let text = format!("let x = {i}; in\ntasks.a.run = \"${{x}}\";\n");
            client.replace(&path, i + 1, &text).await;
            asked.push((i, client.ask("textDocument/hover", at(&path, 0, 4)).await));
        }
        let mut answered = 0;
        for (i, id) in asked {
            match client.answer(id).await {
                Ok(hover) => {
                    let text = hover["contents"]["value"].as_str().unwrap();
                    assert!(text.contains(&format!("x : Int = {i}\n")), "{i}: {text}");
                    answered += 1;
                }
                // The text was changed while the answer was being computed.
                Err(error) => assert_eq!(error["code"], -32801, "{error}"),
            }
        }
        assert!(answered >= 1);
        let found = client.diagnostics_of(&path, 301).await;
        assert_eq!(found, json!([]));
        client.stop().await;
    });
}

/// What is about a whole file is computed anew instead of being refused.
#[test]
fn answers_about_whole_files_come() {
    run(async {
        let folder = Folder::with(&[("nexus.nx", "")]);
        let path = folder.path.join("nexus.nx");
        let mut client = Client::of(&folder).await;
        client.open(&path, "tasks.a.run = \"x\";\n").await;
        let mut last = None;
        for i in 2..=200i64 {
            client
                .replace(&path, i, &format!("tasks.t{i}.run = \"x\";\n"))
                .await;
            let params = json!({ "textDocument": { "uri": uri(&path) } });
            last = Some(client.ask("textDocument/documentSymbol", params).await);
        }
        let found = client.answer(last.unwrap()).await.expect("symbols");
        assert_eq!(found[0]["name"], "tasks.t200.run");
        client.stop().await;
    });
}

#[test]
fn requests_can_be_cancelled() {
    run(async {
        let folder = Folder::with(&[("nexus.nx", "")]);
        let path = folder.path.join("nexus.nx");
        let mut text = String::new();
        for i in 0..3_000 {
            text += &format!(
                "tasks.t{i} = {{ run = \"x\"; deps = [ tasks.t{} ]; }};\n",
                (i + 1) % 3_000
            );
        }
        let mut client = Client::of(&folder).await;
        client.open(&path, &text).await;
        let params = json!({ "textDocument": { "uri": uri(&path) } });
        let mut cancelled = 0;
        let mut ids = Vec::new();
        for _ in 0..40 {
            let id = client.ask("textDocument/codeLens", params.clone()).await;
            client.notify("$/cancelRequest", json!({ "id": id })).await;
            ids.push(id);
        }
        for id in ids {
            match client.answer(id).await {
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(error["code"], -32800, "{error}");
                    cancelled += 1;
                }
            }
        }
        assert!(cancelled > 0);
        // And the server goes on.
        assert!(
            client
                .request("textDocument/codeLens", params)
                .await
                .is_ok()
        );
        client.stop().await;
    });
}

#[test]
fn positions_are_in_the_encoding_that_was_agreed_on() {
    for (encoding, column) in [("utf-8", 29), ("utf-16", 26), ("utf-32", 25)] {
        run(async {
            let folder = Folder::with(&[("nexus.nx", "")]);
            let path = folder.path.join("nexus.nx");
            let mut client = Client::inside();
            let capabilities = json!({ "general": { "positionEncodings": [encoding] } });
            let hello = client.start(&folder.path, capabilities, Value::Null).await;
            assert_eq!(hello["capabilities"]["positionEncoding"], encoding);
            client
                .open(
                    &path,
                    "tasks.a = { name = \"é😀\"; timout = 3s; run = \"x\"; };\n",
                )
                .await;
            let found = client.diagnostics_of(&path, 1).await;
            let slip = found
                .as_array()
                .unwrap()
                .iter()
                .find(|d| d["message"].as_str().unwrap().contains("timout"));
            let start = &slip.unwrap()["range"]["start"];
            assert_eq!(
                *start,
                json!({ "line": 0, "character": column }),
                "{encoding}"
            );
            let hover = client
                .request("textDocument/hover", at(&path, 0, column + 16))
                .await
                .unwrap();
            assert!(
                hover["contents"]["value"]
                    .as_str()
                    .unwrap()
                    .contains("run ?")
            );
            client.stop().await;
        });
    }
}

#[test]
fn mistakes_are_asked_for_by_clients_that_can() {
    run(async {
        let folder = Folder::with(&[
            (
                "nexus.nx",
                "let lib = import ./lib.nx; in\ntasks.a.run = lib.x;\n",
            ),
            ("lib.nx", "x = 1 + \"a\";\n"),
        ]);
        let path = folder.path.join("nexus.nx");
        let mut client = Client::inside();
        let mut capabilities = capabilities();
        capabilities["textDocument"]["diagnostic"] = json!({});
        let hello = client.start(&folder.path, capabilities, Value::Null).await;
        assert_eq!(
            hello["capabilities"]["diagnosticProvider"]["workspaceDiagnostics"],
            true
        );
        client
            .open(&path, "tasks.a = { run = \"x\"; timout = 3s; };\n")
            .await;
        let params = json!({ "textDocument": { "uri": uri(&path) } });
        let report = client
            .request("textDocument/diagnostic", params.clone())
            .await
            .unwrap();
        assert_eq!(report["kind"], "full");
        assert_eq!(messages(&report["items"]), ["a task has no field `timout`"]);
        let mut again = params;
        again["previousResultId"] = report["resultId"].clone();
        let report = client
            .request("textDocument/diagnostic", again)
            .await
            .unwrap();
        assert_eq!(report["kind"], "unchanged");
        // The file that is not open counts once it is imported.
        client
            .replace(&path, 2, "tasks.a.run = (import ./lib.nx).x;\n")
            .await;
        let all = client
            .request("workspace/diagnostic", json!({ "previousResultIds": [] }))
            .await
            .unwrap();
        let mut wrong: Vec<_> = all["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| {
                (
                    item["uri"].as_str().unwrap().to_owned(),
                    messages(&item["items"]).len(),
                )
            })
            .collect();
        wrong.sort();
        let lib = uri(&folder.path.join("lib.nx"));
        assert!(
            wrong
                .iter()
                .any(|(name, count)| *name == lib && *count == 1),
            "{wrong:?}"
        );
        // Nobody was told unasked.
        assert!(client.diagnostics.is_empty());
        client.stop().await;
    });
}

/// A client that gave nothing but the least.
#[test]
fn the_plainest_client_is_served() {
    run(async {
        let folder = Folder::with(&[("nexus.nx", "tasks.a.run = \"x\";\n")]);
        let path = folder.path.join("nexus.nx");
        let mut client = Client::inside();
        let hello = client
            .request(
                "initialize",
                json!({ "processId": null, "rootUri": null, "capabilities": {} }),
            )
            .await
            .unwrap();
        assert_eq!(hello["capabilities"]["positionEncoding"], "utf-16");
        client.notify("initialized", json!({})).await;
        client
            .open(&path, "tasks.build = {\n  run = \"x\";\n  ti\n};\n")
            .await;
        let symbols = client
            .request(
                "textDocument/documentSymbol",
                json!({ "textDocument": { "uri": uri(&path) } }),
            )
            .await
            .unwrap();
        assert!(symbols[0]["location"].is_object(), "{symbols}");
        let items = client
            .request("textDocument/completion", at(&path, 2, 4))
            .await
            .unwrap();
        let timeout = items
            .as_array()
            .unwrap()
            .iter()
            .find(|i| i["label"] == "timeout")
            .unwrap();
        assert_eq!(timeout["textEdit"]["newText"], "timeout = ");
        client.stop().await;
    });
}

#[test]
fn tokens_are_told_by_what_changed() {
    run(async {
        let folder = Folder::with(&[("nexus.nx", "")]);
        let path = folder.path.join("nexus.nx");
        let mut client = Client::of(&folder).await;
        client
            .open(&path, "tasks.a.run = \"x\";\ntasks.b.run = \"y\";\n")
            .await;
        let document = json!({ "textDocument": { "uri": uri(&path) } });
        let full = client
            .request("textDocument/semanticTokens/full", document.clone())
            .await
            .unwrap();
        client
            .replace(&path, 2, "tasks.a.run = 30s;\ntasks.b.run = \"y\";\n")
            .await;
        let mut params = document.clone();
        params["previousResultId"] = full["resultId"].clone();
        let delta = client
            .request("textDocument/semanticTokens/full/delta", params)
            .await
            .unwrap();
        let mut numbers = full["data"].as_array().unwrap().clone();
        for edit in delta["edits"].as_array().unwrap() {
            let start = edit["start"].as_u64().unwrap() as usize;
            let count = edit["deleteCount"].as_u64().unwrap() as usize;
            let data = edit["data"].as_array().unwrap().clone();
            numbers.splice(start..start + count, data);
        }
        let now = client
            .request("textDocument/semanticTokens/full", document)
            .await
            .unwrap();
        assert_eq!(json!(numbers), now["data"]);
        assert!(delta["edits"][0]["deleteCount"].as_u64().unwrap() < 40);
        client.stop().await;
    });
}

/// What is said to be possible is answered, and what is not built is not said.
#[test]
fn what_is_advertised_is_there() {
    run(async {
        let folder = Folder::with(&[("nexus.nx", "")]);
        let path = folder.path.join("nexus.nx");
        let mut client = Client::inside();
        let hello = client
            .start(&folder.path, capabilities(), Value::Null)
            .await;
        client.open(&path, "tasks.a.run = \"x\";\n").await;
        let document = json!({ "uri": uri(&path) });
        let range =
            json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 5 } });
        let params = json!({
            "textDocument": document,
            "position": { "line": 0, "character": 2 },
            "positions": [{ "line": 0, "character": 2 }],
            "range": range,
            "context": { "diagnostics": [], "includeDeclaration": true },
            "options": { "tabSize": 2, "insertSpaces": true },
            "query": "a",
            "newName": "b",
            "ch": ";",
            "files": [],
            "previousResultId": "0",
        });
        let known = [
            ("hoverProvider", "textDocument/hover"),
            ("completionProvider", "textDocument/completion"),
            ("signatureHelpProvider", "textDocument/signatureHelp"),
            ("definitionProvider", "textDocument/definition"),
            ("declarationProvider", "textDocument/declaration"),
            ("typeDefinitionProvider", "textDocument/typeDefinition"),
            ("referencesProvider", "textDocument/references"),
            (
                "documentHighlightProvider",
                "textDocument/documentHighlight",
            ),
            ("documentSymbolProvider", "textDocument/documentSymbol"),
            ("workspaceSymbolProvider", "workspace/symbol"),
            ("codeActionProvider", "textDocument/codeAction"),
            ("codeLensProvider", "textDocument/codeLens"),
            ("documentLinkProvider", "textDocument/documentLink"),
            ("documentFormattingProvider", "textDocument/formatting"),
            (
                "documentRangeFormattingProvider",
                "textDocument/rangeFormatting",
            ),
            (
                "documentOnTypeFormattingProvider",
                "textDocument/onTypeFormatting",
            ),
            ("foldingRangeProvider", "textDocument/foldingRange"),
            ("selectionRangeProvider", "textDocument/selectionRange"),
            ("semanticTokensProvider", "textDocument/semanticTokens/full"),
            ("inlayHintProvider", "textDocument/inlayHint"),
            ("callHierarchyProvider", "textDocument/prepareCallHierarchy"),
            (
                "linkedEditingRangeProvider",
                "textDocument/linkedEditingRange",
            ),
            ("renameProvider", "textDocument/rename"),
        ];
        let said = hello["capabilities"].as_object().unwrap();
        for (name, method) in known {
            assert!(said.contains_key(name), "{name}");
            let mut params = params.clone();
            if method.contains("completion") || method.contains("signature") {
                params.as_object_mut().unwrap().remove("context");
            }
            match client.request(method, params).await {
                Ok(_) => {}
                // `tasks` is declared by the schema.
                Err(error) => assert_eq!(
                    (method, &error["code"]),
                    ("textDocument/rename", &json!(-32803))
                ),
            }
        }
        let others = ["positionEncoding", "textDocumentSync", "workspace"];
        for name in said.keys() {
            let listed = known.iter().any(|(known, _)| known == name);
            assert!(listed || others.contains(&name.as_str()), "{name}");
        }
        client.stop().await;
    });
}
