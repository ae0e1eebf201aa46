import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const nexus = process.env.NEXUS ?? "nexus";
const manifest = JSON.parse(readFileSync(join(__dirname, "../../package.json"), "utf8"));

for (const args of [["check"], ["check", "--plain"]]) {
  test(`the problem matcher understands nexus ${args.join(" ")}`, () => {
    const folder = mkdtempSync(join(tmpdir(), "nexus-"));
    writeFileSync(join(folder, "nexus.nx"), 'tasks.a = { run = "true"; timout = 30s; };\n');
    const ran = spawnSync(nexus, args, { cwd: folder, encoding: "utf8", env: { ...process.env, LANG: "C.UTF-8" } });
    const lines = `${ran.stdout}${ran.stderr}`.split("\n");
    const [first, second] = manifest.contributes.problemMatchers[0].pattern.map((p: { regexp: string }) => new RegExp(p.regexp));
    const at = lines.findIndex((line) => first.test(line));
    assert.ok(at >= 0, lines.join("\n"));
    assert.match(lines[at], /timout/);
    const place = second.exec(lines[at + 1]);
    assert.deepEqual(place?.slice(1), ["nexus.nx", "1", "27"], lines[at + 1]);
  });
}
