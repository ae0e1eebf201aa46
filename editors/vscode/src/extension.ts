// The extension: starts the language server, and offers the tasks of projects.

import * as vscode from "vscode";
import { LanguageClient, LanguageClientOptions, Location, Position, ServerOptions } from "vscode-languageclient/node";
import { ask, program } from "./program";
import { showStatus } from "./status";
import { TaskProvider, start } from "./tasks";

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  context.subscriptions.push(
    vscode.tasks.registerTaskProvider("nexus", new TaskProvider()),
    vscode.commands.registerCommand("nexus.run", (uri?: string, task?: string) => start("run", uri, task)),
    vscode.commands.registerCommand("nexus.build", (uri?: string, task?: string) => start("build", uri, task)),
    vscode.commands.registerCommand("nexus.showReferences", showReferences),
    vscode.commands.registerCommand("nexus.showGraph", showGraph),
    vscode.commands.registerCommand("nexus.restartServer", () => startServer(context)),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("nexus.path")) {
        void startServer(context);
      }
    }),
  );
  await startServer(context);
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

async function startServer(context: vscode.ExtensionContext): Promise<void> {
  await client?.stop();
  const server: ServerOptions = { command: program(), args: ["lsp"] };
  const options: LanguageClientOptions = {
    documentSelector: [{ language: "nexus" }],
    // What code lenses may ask for: the server offers only what its client has.
    initializationOptions: { commands: ["nexus.run", "nexus.build", "nexus.showGraph", "nexus.showReferences"] },
    synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher("**/*.nx") },
  };
  client = new LanguageClient("nexus", "Nexus", server, options);
  context.subscriptions.push(showStatus(client));
  try {
    await client.start();
  } catch (error) {
    const choice = await vscode.window.showErrorMessage(
      `Nexus: the language server \`${program()} lsp\` does not start: ${String(error)}`,
      "Open Settings",
    );
    if (choice) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "nexus.path");
    }
  }
}

/** Shows what a code lens counted; the server speaks the protocol's language, the editor its own. */
async function showReferences(uri: string, position: Position, locations: Location[]): Promise<void> {
  const convert = client?.protocol2CodeConverter;
  if (convert) {
    await vscode.commands.executeCommand(
      "editor.action.showReferences",
      convert.asUri(uri),
      convert.asPosition(position),
      locations.map(convert.asLocation),
    );
  }
}

/** Opens a task graph as a Mermaid diagram in Markdown: of a task, or of all of the active file's project. */
async function showGraph(uri?: string, task?: string): Promise<void> {
  const open = vscode.window.activeTextEditor?.document.uri ?? vscode.workspace.workspaceFolders?.[0]?.uri;
  const folder = typeof uri === "string" ? vscode.Uri.parse(uri) : open;
  if (!folder) {
    return;
  }
  const cwd = folder.fsPath.endsWith(".nx") ? vscode.Uri.joinPath(folder, "..").fsPath : folder.fsPath;
  const answer = await ask(["graph", "--format", "mermaid", ...(task ? [task] : [])], cwd);
  if ("error" in answer) {
    void vscode.window.showErrorMessage(`Nexus: ${answer.error}`);
    return;
  }
  const content = "```mermaid\n" + answer.stdout + "```\n";
  const document = await vscode.workspace.openTextDocument({ language: "markdown", content });
  await vscode.window.showTextDocument(document, { preview: true });
}
