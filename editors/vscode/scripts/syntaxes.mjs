// Takes the grammar and the licence from where all editors share them.
import { copyFileSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
mkdirSync(at("../syntaxes"), { recursive: true });
copyFileSync(at("../../../grammar/textmate/nexus.tmLanguage.json"), at("../syntaxes/nexus.tmLanguage.json"));
copyFileSync(at("../../../LICENSE-MIT"), at("../LICENSE"));
