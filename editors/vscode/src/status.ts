// What the status bar says about the language server.

import * as vscode from "vscode";
import { LanguageClient, State } from "vscode-languageclient/node";

/** Shows the server's state in the status bar for as long as the client lives. */
export function showStatus(client: LanguageClient): vscode.Disposable {
  const item = vscode.languages.createLanguageStatusItem("nexus.server", { language: "nexus" });
  item.name = "Nexus";
  item.command = { command: "nexus.restartServer", title: "Restart" };
  const show = (state: State) => {
    item.busy = state === State.Starting;
    item.severity =
      state === State.Stopped ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
    item.text = state === State.Running ? "nexus" : state === State.Starting ? "nexus starts" : "nexus is not running";
  };
  show(client.state);
  const listener = client.onDidChangeState((change) => show(change.newState));
  return vscode.Disposable.from(item, listener);
}
