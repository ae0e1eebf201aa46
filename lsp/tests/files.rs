//! Files and folders that come and go while they are open or not.

mod support;

use serde_json::json;
use support::{Client, Folder, messages, run, uri};

#[test]
fn files_come_and_go() {
    run(async {
        let folder = Folder::with(&[("nexus.nx", "tasks.a.run = (import ./lib.nx).x;\n")]);
        let path = folder.path.join("nexus.nx");
        let lib = folder.path.join("lib.nx");
        let mut client = Client::of(&folder).await;
        client
            .open(&path, "tasks.a.run = (import ./lib.nx).x;\n")
            .await;
        let found = client.diagnostics_of(&path, 1).await;
        assert_eq!(messages(&found), ["there is no file `./lib.nx`"]);
        let changed = |kind: u64| json!({ "changes": [{ "uri": uri(&lib), "type": kind }] });
        std::fs::write(&lib, "x = \"y\";\n").unwrap();
        client
            .notify("workspace/didChangeWatchedFiles", changed(1))
            .await;
        until(&mut client, &path, &[]).await;
        std::fs::write(&lib, "z = \"y\";\n").unwrap();
        client
            .notify("workspace/didChangeWatchedFiles", changed(2))
            .await;
        until(&mut client, &path, &["this record has no field `x`"]).await;
        // What is open counts, whatever is on disk.
        client.open(&lib, "x = \"y\";\n").await;
        until(&mut client, &path, &[]).await;
        client
            .notify(
                "textDocument/didClose",
                json!({ "textDocument": { "uri": uri(&lib) } }),
            )
            .await;
        until(&mut client, &path, &["this record has no field `x`"]).await;
        std::fs::remove_file(&lib).unwrap();
        client
            .notify("workspace/didChangeWatchedFiles", changed(3))
            .await;
        until(&mut client, &path, &["there is no file `./lib.nx`"]).await;
        client.stop().await;
    });
}

/// Waits until a file is said to have these mistakes.
async fn until(client: &mut Client, path: &std::path::Path, wanted: &[&str]) {
    loop {
        if let Some((_, found)) = client.diagnostics.get(&uri(path))
            && messages(found) == wanted
        {
            return;
        }
        client.receive().await.expect("diagnostics");
    }
}

#[test]
fn several_folders_are_several_projects() {
    run(async {
        let first = Folder::with(&[("nexus.nx", "tasks.a.run = lib;\n")]);
        let second = Folder::with(&[("nexus.nx", "tasks.b.run = other;\n")]);
        let mut client = Client::of(&first).await;
        until(
            &mut client,
            &first.path.join("nexus.nx"),
            &["`lib` is not defined"],
        )
        .await;
        let event = json!({ "event": {
            "added": [{ "uri": uri(&second.path), "name": "second" }],
            "removed": []
        }});
        client
            .notify("workspace/didChangeWorkspaceFolders", event)
            .await;
        until(
            &mut client,
            &second.path.join("nexus.nx"),
            &["`other` is not defined"],
        )
        .await;
        let event = json!({ "event": {
            "added": [],
            "removed": [{ "uri": uri(&second.path), "name": "second" }]
        }});
        client
            .notify("workspace/didChangeWorkspaceFolders", event)
            .await;
        until(&mut client, &second.path.join("nexus.nx"), &[]).await;
        client.stop().await;
    });
}

/// What an editor has open counts for evaluation, too, where nobody names the file.
#[test]
fn open_files_are_evaluated_as_they_are_open() {
    run(async {
        let text = "let name = \"lib\"; in\ntasks.a.run = (import \"./${name}.nx\").x;\n";
        let folder = Folder::with(&[("nexus.nx", text), ("lib.nx", "x = throw \"old\";\n")]);
        let lib = folder.path.join("lib.nx");
        let mut client = Client::of(&folder).await;
        until(&mut client, &lib, &["old"]).await;
        client.open(&lib, "x = throw \"new\";\n").await;
        until(&mut client, &lib, &["new"]).await;
        client.stop().await;
    });
}
