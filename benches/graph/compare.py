#!/usr/bin/env python3
"""Times build tools on the generated graph, interleaved, as whole processes.

usage: compare.py FOLDER MODE [--rounds K] [--tools ninja,nexus]
MODE: full   remove outputs and the tool's state, run everything
      noop   run again, nothing changed
      touch  touch one source (same content), run
      edit   change one source, run
      outdel delete one intermediate output, run

Each round runs every tool once, in turn, so that all of them share whatever else the machine is
doing. Prints minimum and median wall time, minimum CPU time of the whole process tree, peak
memory of the largest process, and ratios to ninja.
"""
import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import time

COMMANDS = dict(
    ninja=["ninja", "-j2", "--quiet"],
    make=["make", "-j2", "-s"],
    nexus=[os.environ.get("NEXUS", "nexus"), "build", "-q", "-p", "2"],
)
STATE = dict(ninja=[".ninja_log", ".ninja_deps"], make=[], nexus=[".cache"])


def clean(folder, tool):
    for name in STATE[tool] + ["out"]:
        path = f"{folder}/{tool}/{name}"
        if os.path.isdir(path):
            subprocess.run(["rm", "-rf", path], check=True)
        elif os.path.exists(path):
            os.remove(path)
    os.makedirs(f"{folder}/{tool}/out", exist_ok=True)


def run(folder, tool):
    cwd = f"{folder}/{tool}"
    env = dict(os.environ, CI="", NEXUS_CACHE_DIR=os.path.abspath(f"{cwd}/.cache"))
    start = time.perf_counter()
    process = subprocess.Popen(
        COMMANDS[tool], cwd=cwd, env=env, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{tool} failed with {process.returncode}: {error[-400:].decode(errors='replace')}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def prepare(folder, tool, mode, tasks, round_number):
    group = random.Random(round_number).randrange(tasks // 10)
    source = f"{folder}/{tool}/src/{group}_1.txt"
    if mode == "full":
        clean(folder, tool)
    elif mode == "touch":
        os.utime(source)
    elif mode == "edit":
        with open(source, "a") as file:
            file.write(f"edit {round_number} {time.time()}\n")
    elif mode == "outdel":
        os.remove(f"{folder}/{tool}/out/{group}_1_1")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("mode", choices=["full", "noop", "touch", "edit", "outdel"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tools", default="ninja,nexus")
    args = parser.parse_args()
    tools = args.tools.split(",")
    with open(f"{args.folder}/graph.json") as file:
        tasks = len(json.load(file))
    if args.mode != "full":
        for tool in tools:
            run(args.folder, tool)
            run(args.folder, tool)
    results = {tool: [] for tool in tools}
    for round_number in range(args.rounds):
        for tool in tools:
            prepare(args.folder, tool, args.mode, tasks, round_number)
            results[tool].append(run(args.folder, tool))
    base = statistics.median(r[0] for r in results[tools[0]])
    print(f"{args.mode}: {tasks} tasks, {args.rounds} rounds, load {os.getloadavg()[0]:.1f}")
    for tool in tools:
        wall = [r[0] * 1e3 for r in results[tool]]
        cpu = min(r[1] for r in results[tool]) * 1e3
        memory = max(r[2] for r in results[tool])
        ratio = statistics.median(wall) / (base * 1e3)
        print(
            f"  {tool:6} wall min {min(wall):8.1f} ms  median {statistics.median(wall):8.1f} ms"
            f"  cpu min {cpu:8.1f} ms  peak {memory:6.1f} MB  x{ratio:.2f} of {tools[0]}"
        )


main()
