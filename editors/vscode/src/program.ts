// The nexus program: where it is, and asking it something.

import { execFile } from "node:child_process";
import * as vscode from "vscode";
import { Listed, parseListing } from "./listing";

/** The program as the settings name it. */
export function program(): string {
  return vscode.workspace.getConfiguration("nexus").get<string>("path") || "nexus";
}

/** Runs the program to its end; gives what it printed, or why it could not be run. */
export function ask(args: string[], cwd: string): Promise<{ stdout: string } | { error: string }> {
  return new Promise((resolve) => {
    const options = { cwd, timeout: 30_000, maxBuffer: 64 * 1024 * 1024 };
    execFile(program(), args, options, (error, stdout, stderr) => {
      resolve(error ? { error: stderr.trim() || error.message } : { stdout });
    });
  });
}

/** The tasks of the project file at `config`; none when it has mistakes, which the editor shows anyway. */
export async function tasksOf(config: vscode.Uri): Promise<Listed[]> {
  const folder = vscode.Uri.joinPath(config, "..").fsPath;
  const answer = await ask(["list", "--config", config.fsPath, "--format", "json"], folder);
  return "stdout" in answer ? parseListing(answer.stdout) : [];
}
