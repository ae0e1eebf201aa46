#!/usr/bin/env python3
"""Times evaluators on the same computations, interleaved, as whole processes.

usage: compare.py [--rounds 7] [--workloads fib,list] [--tools nexus,nix,starlark]

Each round runs every tool once, in turn. Ratios are taken within a round, and their median is
printed: the machine's speed drifts, and other work on it slows all of them alike. Processor time,
not wall time, is compared. Every output is compared with what is expected before it counts.

Environment: NEXUS, NIX, STARLARK, JRSONNET name the programs when they are not on the path.
"""
import argparse
import hashlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = dict(
    nexus=("nx", [os.environ.get("NEXUS", "nexus"), "eval", "--json", "--expr"]),
    nix=("nix", [os.environ.get("NIX", "nix-instantiate"),
                 "--store", "dummy://", "--eval", "--strict", "--json"]),
    starlark=("star", [os.environ.get("STARLARK", "starlark")]),
    jrsonnet=("jsonnet", [os.environ.get("JRSONNET", "jrsonnet"), "-s", "100000"]),
)
WORKLOADS = ["startup", "fib", "list", "merge_fold", "merge_records", "strings", "sort",
             "config", "parse"]
# What Nexus must reach, as a part of each tool's processor time.
WANTED = dict(
    nix=dict(fib=0.5, list=0.4, merge_fold=0.1, merge_records=0.6, strings=0.6, sort=0.3,
             config=0.6, parse=0.8),
    starlark=dict(config=1.0),
)


def launcher(folder):
    """Compiles the launcher: small and static, so that its own memory is not the floor of a peak."""
    program = os.path.join(folder, "measure")
    source = os.path.join(HERE, "measure.c")
    subprocess.run(["gcc", "-O2", "-static", "-o", program, source], check=True)
    return program


def canonical(value):
    """`1.0` and `1` are the same number; some tools have no others."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: canonical(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [canonical(inner) for inner in value]
    return value


def is_expected(workload, text):
    value = canonical(json.loads(text))
    digest = os.path.join(HERE, "workloads", workload, "expected.sha256")
    if os.path.exists(digest):
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest() == open(digest).read().strip()
    return value == json.load(open(os.path.join(HERE, "workloads", workload, "expected.json")))


def run(measure, folder, tool, workload):
    """One run: processor seconds, wall seconds, peak MiB."""
    extension, command = TOOLS[tool]
    source = os.path.join(HERE, "workloads", workload, "main." + extension)
    out, err = os.path.join(folder, "out"), os.path.join(folder, "err")
    said = subprocess.run([measure, out, err, *command, source], capture_output=True, text=True)
    status, wall, cpu, peak = said.stdout.split()
    if status != "0":
        sys.exit(f"{tool} failed at {workload}: {open(err).read()[:500]}")
    return float(cpu), float(wall), int(peak) / 1024


def check(folder, tool, workload):
    text = open(os.path.join(folder, "out")).read()
    if tool == "starlark":
        # `print` goes to the other stream, with a summary.
        text += open(os.path.join(folder, "err")).read()
        text = "\n".join(l for l in text.splitlines() if not re.match(r"\d+ files, ", l))
    if not is_expected(workload, text.strip()):
        sys.exit(f"{tool} gives something else for {workload}: {text[:100]}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--workloads", default=",".join(WORKLOADS))
    parser.add_argument("--tools", default="nexus,nix,starlark")
    args = parser.parse_args()
    tools = args.tools.split(",")
    if not os.path.exists(os.path.join(HERE, "workloads", "parse", "main.nx")):
        subprocess.run([sys.executable, os.path.join(HERE, "generate.py")], check=True)
    print("| workload | tool | CPU s | Nexus ÷ tool | wanted | wall s | peak MiB | Nexus ÷ tool |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        measure = launcher(folder)
        for workload in args.workloads.split(","):
            rounds = []
            for number in range(args.rounds):
                rounds.append({})
                for tool in tools:
                    rounds[-1][tool] = run(measure, folder, tool, workload)
                    if number == 0:
                        check(folder, tool, workload)
            for tool in tools:
                middle = lambda of: statistics.median(of(r) for r in rounds)
                cpu, wall, peak = (middle(lambda r: r[tool][i]) for i in range(3))
                against = memory = wanted = ""
                if tool != "nexus" and "nexus" in tools:
                    ratio = middle(lambda r: r["nexus"][0] / max(r[tool][0], 1e-4))
                    against = f"{ratio:.2f}"
                    memory = f"{middle(lambda r: r['nexus'][2] / r[tool][2]):.2f}"
                    limit = WANTED.get(tool, {}).get(workload)
                    if limit is not None:
                        wanted = f"≤ {limit}" if ratio <= limit else f"≤ {limit}, **not reached**"
                print(f"| {workload} | {tool} | {cpu:.3f} | {against} | {wanted} "
                      f"| {wall:.3f} | {peak:.0f} | {memory} |", flush=True)


main()
