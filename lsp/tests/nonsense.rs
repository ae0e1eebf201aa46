//! What no client should send, and some do.

mod support;

use serde_json::{Value, json};
use support::{Client, Folder, at, run, uri};

#[test]
fn nonsense_is_survived() {
    run(async {
        let folder = Folder::with(&[("nexus.nx", "")]);
        let path = folder.path.join("nexus.nx");
        let mut client = Client::of(&folder).await;
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
            let place = at(&path, line.into(), character.into());
            assert!(
                client
                    .request("textDocument/hover", place.clone())
                    .await
                    .is_ok()
            );
            assert!(
                client
                    .request("textDocument/completion", place)
                    .await
                    .is_ok()
            );
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
            client.request("textDocument/hover", at(&gone, 0, 0)).await,
            Ok(Value::Null)
        );
        client.stop().await;
    });
}
