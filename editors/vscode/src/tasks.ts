// The tasks of every project in the workspace, as tasks of the editor.

import * as vscode from "vscode";
import { Listed, argumentsFor, groupOf } from "./listing";
import { program, tasksOf } from "./program";

interface Definition extends vscode.TaskDefinition {
  task: string;
  command?: string;
  args?: string[];
}

const PROJECTS = "**/nexus.nx";
const ELSEWHERE = "**/{node_modules,target,.git}/**";

/** The project files of the workspace. */
export function projects(): Thenable<vscode.Uri[]> {
  return vscode.workspace.findFiles(PROJECTS, ELSEWHERE, 100);
}

/** A task of the editor that runs a task of the project at `config`. */
export function taskFor(config: vscode.Uri, definition: Definition, listed?: Listed): vscode.Task {
  const folder = vscode.workspace.getWorkspaceFolder(config);
  const cwd = vscode.Uri.joinPath(config, "..").fsPath;
  const execution = new vscode.ProcessExecution(program(), argumentsFor(config.fsPath, definition), { cwd });
  const verb = definition.command ?? "run";
  const name = verb === "run" ? definition.task : `${verb} ${definition.task}`;
  const task = new vscode.Task(definition, folder ?? vscode.TaskScope.Workspace, name, "nexus", execution, "$nexus");
  task.detail = listed?.description ?? undefined;
  const group = listed && groupOf(listed);
  if (group) {
    task.group = group === "build" ? vscode.TaskGroup.Build : vscode.TaskGroup.Test;
  }
  return task;
}

/** Tells the editor which tasks there are. */
export class TaskProvider implements vscode.TaskProvider {
  async provideTasks(): Promise<vscode.Task[]> {
    const all = await Promise.all(
      (await projects()).map(async (config) =>
        (await tasksOf(config)).map((one) => taskFor(config, { type: "nexus", task: one.task }, one)),
      ),
    );
    return all.flat();
  }

  async resolveTask(task: vscode.Task): Promise<vscode.Task | undefined> {
    const definition = task.definition as Definition;
    const [config] = await projects();
    return config && definition.task ? taskFor(config, definition) : undefined;
  }
}

/** Runs a task: the one named, or one that is chosen from a list. */
export async function start(command: "run" | "build", uri?: string, path?: string): Promise<void> {
  const config = uri ? vscode.Uri.parse(uri) : await chosenProject();
  if (!config) {
    return;
  }
  const task = path ?? (await chosenTask(config));
  if (task) {
    await vscode.tasks.executeTask(taskFor(config, { type: "nexus", task, command }));
  }
}

async function chosenProject(): Promise<vscode.Uri | undefined> {
  const all = await projects();
  if (all.length < 2) {
    return all[0];
  }
  const items = all.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
  return (await vscode.window.showQuickPick(items, { placeHolder: "The project" }))?.uri;
}

async function chosenTask(config: vscode.Uri): Promise<string | undefined> {
  const items = (await tasksOf(config)).map((one) => ({ label: one.task, description: one.description ?? "" }));
  if (items.length === 0) {
    void vscode.window.showInformationMessage("Nexus: the project has no tasks, or its file has mistakes.");
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { placeHolder: "The task", matchOnDescription: true }))?.label;
}
