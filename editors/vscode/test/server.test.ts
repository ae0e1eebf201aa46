// The real language server, spoken to with the protocol library that the editor itself uses.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import * as lsp from "vscode-languageserver-protocol/node";

const nexus = process.env.NEXUS ?? "nexus";

test("the server answers as the editor asks", async () => {
  const folder = mkdtempSync(join(tmpdir(), "nexus-"));
  const file = join(folder, "nexus.nx");
  const text = 'tasks.build = { run = "true"; timout = 30s; };\ntasks.test = { deps = [ tasks.build ]; run = "true"; };\n';
  writeFileSync(file, text);
  const uri = pathToFileURL(file).href;
  const server = spawn(nexus, ["lsp"], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<number | null>((resolve) => server.on("exit", resolve));
  const connection = lsp.createProtocolConnection(
    new lsp.StreamMessageReader(server.stdout),
    new lsp.StreamMessageWriter(server.stdin),
  );
  let told: (found: lsp.PublishDiagnosticsParams) => void = () => {};
  connection.onNotification(lsp.PublishDiagnosticsNotification.type, (found) => told(found));
  connection.onRequest(lsp.RegistrationRequest.type, () => undefined);
  connection.listen();
  const next = () => new Promise<lsp.PublishDiagnosticsParams>((resolve) => (told = resolve));

  const answer = await connection.sendRequest(lsp.InitializeRequest.type, {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    capabilities: { textDocument: { publishDiagnostics: {} } },
    workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "project" }],
    initializationOptions: { commands: ["nexus.run", "nexus.build"] },
  });
  assert.ok(answer.capabilities.hoverProvider);
  await connection.sendNotification(lsp.InitializedNotification.type, {});

  let found = next();
  await connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, {
    textDocument: { uri, languageId: "nexus", version: 1, text },
  });
  const diagnostics = (await found).diagnostics;
  assert.equal(diagnostics.length, 1);
  assert.equal(diagnostics[0].range.start.character, 30);

  const offered = await connection.sendRequest(lsp.CompletionRequest.type, {
    textDocument: { uri },
    position: { line: 1, character: text.split("\n")[1].indexOf("build") },
  });
  const items = Array.isArray(offered) ? offered : (offered?.items ?? []);
  assert.ok(items.some((item) => item.label === "build"));

  found = next();
  await connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, {
    textDocument: { uri, version: 2 },
    contentChanges: [{ range: { start: { line: 0, character: 30 }, end: { line: 0, character: 36 } }, text: "timeout" }],
  });
  assert.deepEqual((await found).diagnostics, []);

  const lenses = await connection.sendRequest(lsp.CodeLensRequest.type, { textDocument: { uri } });
  const runs = (lenses ?? []).filter((lens) => lens.command?.command === "nexus.run");
  assert.deepEqual(runs.map((lens) => lens.command?.arguments), [[uri, "build"], [uri, "test"]]);

  await connection.sendRequest(lsp.ShutdownRequest.type);
  await connection.sendNotification(lsp.ExitNotification.type);
  assert.equal(await ended, 0);
  connection.dispose();
});
