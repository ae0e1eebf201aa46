#!/usr/bin/env python3
"""Times build tools on the generated graph, interleaved, as whole processes.

usage: compare.py FOLDER MODE [--rounds K] [--tools ninja,nexus] [--quiet]
MODE: full   remove outputs and the tool's state, run everything
      noop   run again, nothing changed
      touch  touch one source (same content), run
      edit   change one source, run
      outdel delete one intermediate output, run

--quiet waits for idle processors before each run, and takes a run again when other processes
used more than a tenth of the machine during it (at most 200 times).

Each round runs every tool once, in turn, so that all of them share whatever else the machine is
doing. Prints minimum and median wall time, minimum CPU time of the whole process tree, peak
memory of the largest process, and ratios to ninja.
"""
import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time

COMMANDS = dict(
    ninja=["ninja", "-j2", "--quiet"],
    make=["make", "-j2", "-s"],
    nexus=[os.environ.get("NEXUS", "nexus"), "build", "-q", "-p", "2"],
)
STATE = dict(ninja=[".ninja_log", ".ninja_deps"], make=[], nexus=[".cache"])


def clean(folder, tool):
    """Moves outputs and state away; they are deleted when everything is measured. ext4 searches a
    long way for an inode that was not freed in the last minute, so that a run after `rm -r` would
    measure the deletion."""
    away = tempfile.mkdtemp(dir=f"{folder}/trash")
    for name in STATE[tool] + ["out"]:
        path = f"{folder}/{tool}/{name}"
        if os.path.exists(path):
            os.rename(path, f"{away}/{name}")
    os.makedirs(f"{folder}/{tool}/out", exist_ok=True)


def run(folder, tool):
    cwd = f"{folder}/{tool}"
    cache = os.path.abspath(f"{cwd}/.cache")
    env = dict(os.environ, CI="", NEXUS_CACHE_DIR=cache, NEXUS_STATE_DIR=f"{cache}/state")
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


def busy():
    """Processor seconds used on the whole machine since it started."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, softirq, *_ = map(int, file.readline().split()[1:])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def wait_for_quiet(limit):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        before = busy()
        time.sleep(0.3)
        if busy() - before <= 0.03:
            return


def measured(folder, tool, mode, tasks, round_number, quiet):
    for attempt in range(200):
        prepare(folder, tool, mode, tasks, round_number)
        if quiet:
            wait_for_quiet(120)
        before = busy()
        result = run(folder, tool)
        foreign = busy() - before - result[1]
        if not quiet or foreign <= max(0.02, 0.1 * result[0] * os.cpu_count()):
            return result
    raise SystemExit("the machine is never quiet: run without --quiet")


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
    parser.add_argument("--quiet", action="store_true")
    args = parser.parse_args()
    tools = args.tools.split(",")
    with open(f"{args.folder}/graph.json") as file:
        tasks = len(json.load(file))
    if args.mode != "full":
        for tool in tools:
            run(args.folder, tool)
            run(args.folder, tool)
    os.makedirs(f"{args.folder}/trash", exist_ok=True)
    results = {tool: [] for tool in tools}
    for round_number in range(args.rounds):
        for tool in tools:
            results[tool].append(
                measured(args.folder, tool, args.mode, tasks, round_number, args.quiet)
            )
    shutil.rmtree(f"{args.folder}/trash")
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
