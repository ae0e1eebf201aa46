#!/usr/bin/env python3
"""The memory that nexus itself takes with many tasks running at once.

    benches/memory/many_tasks.py NEXUS [TASKS]

Runs a project of TASKS (1,000) tasks that all wait, all at the same time, and adds up what nexus and
its guard hold: Pss (a page shared by several processes counts as a share for each) from
/proc/PID/smaps_rollup, when all run, and the peak of the
resident memory (VmHWM) of each. The tasks' own processes are not counted.
"""

import os
import subprocess
import sys
import tempfile
import time


def field(pid, file, name):
    with open(f"/proc/{pid}/{file}") as text:
        for line in text:
            if line.startswith(name + ":"):
                return int(line.split()[1]) / 1024
    return 0.0


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as text:
        return [int(child) for child in text.read().split()]


def main():
    nexus = os.path.abspath(sys.argv[1])
    tasks = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    with tempfile.TemporaryDirectory() as folder:
        step = '"echo started; touch here/%d; cat gate > /dev/null"'
        lines = [f"  t{i}.run = [ {step % i} ];\n" for i in range(tasks)]
        with open(f"{folder}/nexus.nx", "w") as file:
            file.write("tasks = {\n" + "".join(lines) + "  all.deps = [ "
                       + " ".join(f"tasks.t{i}" for i in range(tasks)) + " ];\n};\n")
        os.mkdir(f"{folder}/here")
        os.mkfifo(f"{folder}/gate")
        env = dict(os.environ, NEXUS_CACHE_DIR=f"{folder}/cache", NEXUS_STATE_DIR=f"{folder}/state")
        run = subprocess.Popen([nexus, "run", "all", "-p", str(tasks)], cwd=folder, env=env,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.time() + 600
        while len(os.listdir(f"{folder}/here")) < tasks:
            if run.poll() is not None or time.time() > until:
                sys.exit(f"not all tasks run: exit code {run.poll()}")
            time.sleep(0.2)
        guard = children(run.pid)[0]
        pids = {"nexus": run.pid, "guard": guard}
        total = 0.0
        for name, pid in pids.items():
            pss, peak = field(pid, "smaps_rollup", "Pss"), field(pid, "status", "VmHWM")
            threads = len(os.listdir(f"/proc/{pid}/task"))
            total += pss
            print(f"{name}: {pss:.1f} MiB, at most {peak:.1f} MiB resident, {threads} threads")
        print(f"{tasks} tasks at once: {total:.1f} MiB in all")
        # Whoever waits at the gate reads its end.
        open(f"{folder}/gate", "w").close()
        code = run.wait()
        if code != 0:
            sys.exit(f"exit code {code}")


main()
