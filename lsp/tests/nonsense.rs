//! What no client should send, and some do.

mod support;

use serde_json::{Value, json};
use support::{Client, Folder, capabilities, run, uri};

fn folder(files: &[(&str, &str)]) -> Folder {
    let files: Vec<_> = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    Folder::of(&files)
}

async fn started(folder: &Folder) -> Client {
    let mut client = Client::inside();
    client
        .start(&folder.path, capabilities(), Value::Null)
        .await;
    client
}

fn hover_at(path: &std::path::Path, line: u64, character: u64) -> Value {
    json!({
        "textDocument": { "uri": uri(path) },
        "position": { "line": line, "character": character }
    })
}

#[test]
fn nonsense_is_survived() {
    run(async {
        let folder = folder(&[("nexus.nx", "")]);
        let path = folder.path.join("nexus.nx");
        let mut client = started(&folder).await;
        client
            .notify(
                "textDocument/didChange",
                json!({
                    "textDocument": { "uri": uri(&path), "version": 7 },
                    "contentChanges": [{ "text": "x" }]
                }),
            )
            .await;
        client
            .notify(
                "textDocument/didClose",
                json!({ "textDocument": { "uri": uri(&path) } }),
            )
            .await;
        assert!(
            client
                .request("textDocument/nonsense", json!({}))
                .await
                .is_err()
        );
        assert!(
            client
                .request("textDocument/hover", json!({ "position": 3 }))
                .await
                .is_err()
        );
        client.open(&path, "tasks.a.run = \"x\";\n").await;
        for (line, character) in [(0, 999), (999, 0), (u32::MAX, u32::MAX)] {
            let at = hover_at(&path, line.into(), character.into());
            assert!(
                client
                    .request("textDocument/hover", at.clone())
                    .await
                    .is_ok()
            );
            assert!(client.request("textDocument/completion", at).await.is_ok());
        }
        // A document that is in no file.
        let params = json!({ "textDocument": {
            "uri": "untitled:Untitled-1", "languageId": "nexus", "version": 1, "text": "x = map;\n"
        }});
        client.notify("textDocument/didOpen", params).await;
        let hover = client
            .request(
                "textDocument/hover",
                json!({
                    "textDocument": { "uri": "untitled:Untitled-1" },
                    "position": { "line": 0, "character": 5 }
                }),
            )
            .await
            .unwrap();
        assert!(
            hover["contents"]["value"]
                .as_str()
                .unwrap()
                .contains("map :"),
            "{hover}"
        );
        // A path that is not known.
        let gone = folder.path.join("gone.nx");
        assert_eq!(
            client
                .request("textDocument/hover", hover_at(&gone, 0, 0))
                .await,
            Ok(Value::Null)
        );
        client.stop().await;
    });
}
