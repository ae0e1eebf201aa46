// What `nexus list --format json` says about the tasks of a project. Knows no editor, so that it is
// tested without one.

/** A task as the program lists it. */
export interface Listed {
  task: string;
  description: string | null;
  kind: "group" | "work";
  cached: boolean;
  outputs: { name: string | null; path: string }[];
  file: string | null;
  line: number | null;
}

/** Reads the program's answer; what is not a task is left out. */
export function parseListing(text: string): Listed[] {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return [];
  }
  if (!Array.isArray(answer)) {
    return [];
  }
  return answer.filter(
    (one): one is Listed => typeof one === "object" && one !== null && typeof (one as Listed).task === "string",
  );
}

/** The kind of task an editor puts it among: what is built, what is tested, or neither. */
export function groupOf(task: Listed): "build" | "test" | undefined {
  const last = task.task.split(".").pop() ?? task.task;
  if (/^(test|tests|check|lint)$/.test(last)) {
    return "test";
  }
  return task.outputs?.length > 0 || last === "build" ? "build" : undefined;
}

/** The arguments that run a task in the project at `config`. */
export function argumentsFor(config: string, definition: { task: string; command?: string; args?: string[] }): string[] {
  return [definition.command ?? "run", "--config", config, ...(definition.args ?? []), definition.task];
}
