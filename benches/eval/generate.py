#!/usr/bin/env python3
"""Writes workloads/parse: 50,000 lines of literal records, the same in each language."""
import os

RECORDS = 5000
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "workloads", "parse")

# How each language writes a record's field, its end, lists, and booleans.
NIX = dict(eq=" = ", end=";", item=" ", open="[ ", close=" ]", quote="", true="true", false="false")
STAR = dict(eq=": ", end=",", item=", ", open="[", close="]", quote='"', true="True", false="False")
NX, JSONNET = NIX, dict(NIX, eq=": ", end=",", item=", ", open="[", close="]")

LAST = RECORDS - 1
TARGETS = {
    "nx": (NX, "let r = {", "}; in std.record.size r + r.r%d.id" % LAST),
    "nix": (NIX, "let r = {", "}; in builtins.length (builtins.attrNames r) + r.r%d.id" % LAST),
    "jsonnet": (JSONNET, "local r = {", "}; std.length(std.objectFields(r)) + r.r%d.id" % LAST),
    "star": (STAR, "r = {", '}\nprint(len(r) + r["r%d"]["id"])' % LAST),
}


def lines(style, i):
    """The record number `i`, one field a line."""
    key = lambda name: style["quote"] + name + style["quote"]
    field = lambda name, value: key(name) + style["eq"] + value + style["end"]
    record = lambda *fields: "{ " + " ".join(field(*f) for f in fields) + " }"
    items = lambda *values: style["open"] + style["item"].join(values) + style["close"]
    yield "  " + key("r%d" % i) + style["eq"] + "{"
    fields = [
        ("name", f'"record-{i}"'),
        ("id", str(i)),
        ("enabled", style["true"] if i % 2 else style["false"]),
        ("ratio", f"{i % 100}.5"),
        ("tags", items(f'"a{i}"', f'"b{i % 7}"', '"common"')),
        ("path", f'"/srv/data/{i}/file.txt"'),
        ("nested", record(("x", str(i)), ("y", str(i + 1)), ("z", record(("deep", f'"v{i}"'))))),
        ("note", f'"a line with some text {i}"'),
    ]
    for name, value in fields:
        yield "    " + field(name, value)
    yield "  }" + style["end"]


os.makedirs(HERE, exist_ok=True)
for extension, (style, first, last) in TARGETS.items():
    body = [line for i in range(RECORDS) for line in lines(style, i)]
    with open(os.path.join(HERE, "main." + extension), "w") as out:
        out.write("\n".join([first, *body, last]) + "\n")
with open(os.path.join(HERE, "expected.json"), "w") as out:
    out.write(f"{RECORDS + LAST}\n")
