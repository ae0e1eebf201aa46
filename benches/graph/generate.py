#!/usr/bin/env python3
"""Writes the same graph of N trivial tasks for several build tools.

usage: generate.py N FOLDER [--tools ninja,make,nexus]

Shape: groups of ten tasks. A group has three source files; each feeds a chain of three copies;
the tenth task joins the three ends. N tasks = 0.9 N copies + 0.1 N joins, depth 4, 0.3 N sources.
Every tool gets a folder and sources of its own. graph.json describes the graph neutrally.
"""
import argparse
import json
import os


def graph(n):
    tasks = []
    for g in range(n // 10):
        ends = []
        for c in range(3):
            previous = f"src/{g}_{c}.txt"
            for k in range(3):
                out = f"out/{g}_{c}_{k}"
                tasks.append(dict(id=f"t{g}_{c}_{k}", kind="cp", ins=[previous], out=out))
                previous = out
            ends.append(previous)
        tasks.append(dict(id=f"f{g}", kind="cat", ins=ends, out=f"out/{g}_all"))
    return tasks


def command(task):
    if task["kind"] == "cp":
        return f"cp {task['ins'][0]} {task['out']}"
    return f"cat {' '.join(task['ins'])} > {task['out']}"


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def sources(folder, n):
    os.makedirs(f"{folder}/out", exist_ok=True)
    for g in range(n // 10):
        for c in range(3):
            name = f"src/{g}_{c}.txt"
            write(f"{folder}/{name}", f"content of {name}\n" * 4)


def ninja(folder, tasks):
    lines = ["rule cp", "  command = cp $in $out", "rule cat", "  command = cat $in > $out", ""]
    lines += [f"build {t['out']}: {t['kind']} {' '.join(t['ins'])}" for t in tasks]
    joins = " ".join(t["out"] for t in tasks if t["kind"] == "cat")
    lines += [f"build all: phony {joins}", "default all"]
    write(f"{folder}/build.ninja", "\n".join(lines) + "\n")


def make(folder, tasks):
    joins = " ".join(t["out"] for t in tasks if t["kind"] == "cat")
    lines = [".PHONY: all", f"all: {joins}", ""]
    lines += [f"{t['out']}: {' '.join(t['ins'])}\n\t@{command(t)}" for t in tasks]
    write(f"{folder}/Makefile", "\n".join(lines) + "\n")


def nexus(folder, tasks):
    lines = ["tasks = {"]
    for t in tasks:
        ins = " ".join(f'"{i}"' for i in t["ins"])
        lines.append(
            f'  {t["id"]} = {{ inputs = [ {ins} ]; outputs = [ "{t["out"]}" ]; run = "{command(t)}"; }};'
        )
    lines.append("};")
    write(f"{folder}/nexus.nx", "\n".join(lines) + "\n")


BACK_ENDS = dict(ninja=ninja, make=make, nexus=nexus)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("n", type=int)
    parser.add_argument("folder")
    parser.add_argument("--tools", default="ninja,make,nexus")
    args = parser.parse_args()
    tasks = graph(args.n)
    write(f"{args.folder}/graph.json", json.dumps(tasks))
    for tool in args.tools.split(","):
        folder = f"{args.folder}/{tool}"
        sources(folder, args.n)
        BACK_ENDS[tool](folder, tasks)


main()
