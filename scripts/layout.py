#!/usr/bin/env python3
"""Writes src/layout.ld: the functions that a start and an evaluation need, which the linker then
puts side by side.

The kernel maps a program in windows of 64 KiB around what is touched. A start touches one byte in
fifteen of the program, spread over nearly all of it: two thirds of the memory of a small run were
code that nobody executed.

usage: NEXUS_LAYOUT=none cargo build --release && layout.py target/release/nexus

Needs valgrind, which knows no program with several sections of code: hence the variable.

Functions are named twice. First by the hash at the end of their symbols: of the hundreds of ways a
generic function is compiled, that is the one which is executed. Hashes stay what they are as long as
the compiler and the versions of all crates do. What has other hashes is found by name: all of a
generic function's ways then stand together, which costs a third of what is won. Names that no longer
exist match nothing, so the list need not be kept up to date with every change: what is missing from
it stands elsewhere, that is all.
"""
import bisect
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
WORKLOADS = os.path.join(ROOT, "benches", "eval", "workloads")
PROJECT = """\
let
  objects = map (n: "${n}.o") [ "a" "b" "c" ];
in
config.parallel_limit = 2;
tasks.out = { run = "echo ${std.string.join "," objects} > out.txt"; outputs = [ "out.txt" ]; };
"""
EVALUATED = ["startup", "config", "parse", "merge_fold", "merge_records", "strings", "sort", "list"]
# In this order; what the first needs comes first.
COMMANDS = [["version"], ["run", "out"], ["eval", "-e", "1"], ["check"], ["list"]]
HASH = re.compile(r"17h[0-9a-f]{16}E$")
SUFFIX = re.compile(r"\.llvm\.\d+$")
CRATE = re.compile(r"Cs[0-9A-Za-z]+_")


def symbols(program):
    """Functions: address, size, symbols; by address. Equal functions have one address, and the
    section is called like one of them."""
    found = {}
    out = subprocess.run(["nm", "-S", "--defined-only", program], capture_output=True, text=True)
    for line in out.stdout.splitlines():
        parts = line.split(None, 3)
        if len(parts) == 4 and parts[2] in "tTwW":
            at = found.setdefault(int(parts[0], 16), [0, []])
            at[0] = max(at[0], int(parts[1], 16))
            at[1].append(parts[3])
    return sorted((address, *at) for address, at in found.items())


def executed(record, program):
    """The addresses of the program in a file of callgrind."""
    objects, inside, last, found = {}, None, 0, set()
    for line in open(record):
        if line.startswith(("ob=", "cob=")):
            which, name = re.match(r"c?ob=\((\d+)\)(?: (.*))?", line).groups()
            if name:
                objects[which] = name
            if line.startswith("ob="):
                inside = objects[which] == program
        elif line[0] in "0123456789+-*":
            word = line.split()[0]
            if word.startswith("0x"):
                last = int(word, 16)
            elif word[0] in "+-":
                last += int(word)
            elif word != "*":
                continue
            if inside:
                found.add(last)
    return found


def pattern(symbol):
    """What the function is called whatever the hashes are; odd characters match any."""
    name = CRATE.sub("C*_", HASH.sub("17h*", SUFFIX.sub("", symbol)))
    return re.sub(r"[^\w.*]", "?", name) + ("" if name.endswith("*") else "*")


def sections(name):
    """The sections of what is called so: what is seldom called has a prefix of its own."""
    return f"    *(.text.{name} .text.unlikely.{name})\n"


def exact(symbol):
    """The section of one function; a symbol without a hash has all types in its name."""
    name = SUFFIX.sub("*", symbol)
    found = HASH.search(name.rstrip("*"))
    if not found:
        return sections(pattern(symbol))
    # No wildcards in front: two thousand of these would take the linker half a minute.
    return f"    *(.text.{name} .text.unlikely.*{found.group()}*)\n"


def main():
    program = os.path.realpath(sys.argv[1])
    all_symbols = symbols(program)
    starts = [symbol[0] for symbol in all_symbols]
    exactly, alike = {}, {}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as empty:
        with open(os.path.join(folder, "nexus.nx"), "w") as file:
            file.write(PROJECT)
        run = lambda command, words=(): subprocess.run(
            [*words, program, *command], cwd=empty if command in evaluations else folder,
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        files = [os.path.join(WORKLOADS, name, "main.nx") for name in EVALUATED]
        # Outside of a project.
        evaluations = [["eval", "--json", "--expr", file] for file in files]
        run(["run", "out"])
        record = os.path.join(folder, "record")
        for command in COMMANDS + evaluations:
            run(command, ["valgrind", "--tool=callgrind", "--dump-instr=yes",
                          f"--callgrind-out-file={record}"])
            touched = {}
            for address in executed(record, program):
                at = bisect.bisect_right(starts, address) - 1
                if address < starts[at] + all_symbols[at][1]:
                    touched[starts[at]] = all_symbols[at][2]
            for symbol in (name for _, names in sorted(touched.items()) for name in names):
                exactly.setdefault(exact(symbol), None)
                alike.setdefault(sections(pattern(symbol)), None)
    text = "/* Made by scripts/layout.py; not to be edited. */\n"
    text += "SECTIONS\n{\n  .text.first :\n  {\n"
    text += "".join([*exactly, *(line for line in alike if line not in exactly)])
    text += "  }\n}\nINSERT BEFORE .text;\n"
    with open(os.path.join(ROOT, "src", "layout.ld"), "w") as file:
        file.write(text)
    print(f"{len(exactly)} functions, {len(alike)} names")


main()
