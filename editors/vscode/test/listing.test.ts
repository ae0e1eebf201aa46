import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { argumentsFor, groupOf, parseListing } from "../src/listing";

const nexus = process.env.NEXUS ?? "nexus";

test("the program's own listing is read", () => {
  const folder = mkdtempSync(join(tmpdir(), "nexus-"));
  writeFileSync(
    join(folder, "nexus.nx"),
    'tasks.build = { description = "The app"; outputs = [ "app" ]; run = "touch app"; };\ntasks.test.run = "true";\n',
  );
  const listed = parseListing(execFileSync(nexus, ["list", "--format", "json"], { cwd: folder, encoding: "utf8" }));
  const byName = new Map(listed.map((one) => [one.task, one]));
  assert.deepEqual([...byName.keys()].sort(), ["build", "test"]);
  assert.equal(byName.get("build")?.description, "The app");
  assert.equal(byName.get("build")?.line, 1);
  assert.equal(groupOf(byName.get("build")!), "build");
  assert.equal(groupOf(byName.get("test")!), "test");
  // What is run is what the program understands.
  const config = join(folder, "nexus.nx");
  execFileSync(nexus, argumentsFor(config, { task: "test" }), { cwd: tmpdir() });
});

test("what is no listing has no tasks", () => {
  for (const text of ["", "null", "{}", "[1, {}]", "not JSON"]) {
    assert.deepEqual(parseListing(text), []);
  }
});
