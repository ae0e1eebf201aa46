#!/usr/bin/env python3
"""What running costs beyond what is run, as whole processes.

usage: measure.py WHAT [--rounds K]
WHAT: step     an executed trivial step against posix_spawn and wait of the same program
      journal  1,000 tasks with and without the journal, and with every event printed as JSON
      sandbox  a step in a sandbox against the same step without
      watch    from the end of a save to the start of the task's process
      grow     memory of `nexus watch` over 3,600 changes

What is compared runs in turn within each round. NEXUS names the program.
"""
import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

NEXUS = os.path.abspath(os.environ.get("NEXUS", "target/release/nexus"))
HERE = os.path.dirname(os.path.abspath(__file__))
SPAWN_MEMORY = "16"  # MiB, about what nexus has during these runs
TASKS = 1000


class Project:
    """A project in a temporary folder, with a store and a history of its own."""

    def __init__(self, text):
        self.top = tempfile.mkdtemp(prefix="nexus-bench-")
        self.root = f"{self.top}/project"
        os.mkdir(self.root)
        self.write("nexus.nx", text)
        self.env = {
            "PATH": os.environ["PATH"],
            "NEXUS_CACHE_DIR": f"{self.top}/cache",
            "NEXUS_STATE_DIR": f"{self.top}/state",
        }

    def write(self, name, text):
        path = f"{self.root}/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def run(self, *args, **env):
        """Wall and processor seconds, the latter with those of everything it started."""
        env = {k: v for k, v in dict(self.env, **env).items() if v is not None}
        start = time.perf_counter()
        process = subprocess.Popen(
            [NEXUS, *args], cwd=self.root, env=env, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )
        error = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"nexus {args} failed: {error[-800:].decode(errors='replace')}")
        return wall, usage.ru_utime + usage.ru_stime

    def remove(self):
        shutil.rmtree(self.top)


def built(name):
    program = f"{tempfile.gettempdir()}/nexus-bench-{name}-{os.getpid()}"
    subprocess.run(["cc", "-O2", "-o", program, f"{HERE}/{name}.c"], check=True)
    return program


def rounds(count, measures):
    """Each measure once in each round; the results by name."""
    results = {name: [] for name in measures}
    for _ in range(count):
        for name, measure in measures.items():
            results[name].append(measure())
    return results


def median(values, at=0):
    return statistics.median(value[at] for value in values)


def many(count, task):
    tasks = "".join(f"  t{i} = {task(i)};\n" for i in range(count))
    return f"tasks = {{\n{tasks}  all.deps = [ tasks ];\n}};\n".replace("[ tasks ]", names(count))


def names(count):
    return "[ " + " ".join(f"tasks.t{i}" for i in range(count)) + " ]"


def step(count):
    spawn = built("spawn")
    project = Project(many(TASKS, lambda i: '{ run = [ "/bin/true" ]; }'))

    def bare():
        start = os.times()
        begin = time.perf_counter()
        subprocess.run([spawn, str(TASKS), SPAWN_MEMORY, "/bin/true"], check=True)
        wall = time.perf_counter() - begin
        end = os.times()
        return wall, end.children_user + end.children_system - start.children_user - start.children_system

    found = rounds(count, {
        "bare": bare,
        "all": lambda: project.run("run", "all", "-q", "-p", "1"),
        "one": lambda: project.run("run", "t0", "-q", "-p", "1"),
    })
    for at, kind in enumerate(["wall", "processor"]):
        pairs = zip(found["bare"], found["all"], found["one"])
        ratios = [(a[at] - o[at]) / (TASKS - 1) / (b[at] / TASKS) for b, a, o in pairs]
        bare_step = median(found["bare"], at) / TASKS * 1e6
        own = (median(found["all"], at) - median(found["one"], at)) / (TASKS - 1) * 1e6
        print(
            f"step, {kind}: {own:.0f} us against {bare_step:.0f} us of posix_spawn and wait,"
            f" x{statistics.median(ratios):.2f} (from {min(ratios):.2f} to {max(ratios):.2f})"
        )
    project.remove()
    os.remove(spawn)


def journal(count):
    project = Project(many(TASKS, lambda i: '{ run = [ "/bin/true" ]; }'))
    # Without a folder for it there is no history.
    nowhere = dict(NEXUS_STATE_DIR=None, HOME=None, XDG_STATE_HOME=None)
    found = rounds(count, {
        "without": lambda: project.run("run", "all", "-q", "-p", "2", **nowhere),
        "journal": lambda: project.run("run", "all", "-q", "-p", "2"),
        "journal and json": lambda: project.run("run", "all", "--format", "json", "-p", "2"),
    })
    for name in ["journal", "journal and json"]:
        for at, kind in enumerate(["wall", "processor"]):
            pairs = zip(found[name], found["without"])
            ratios = [(a[at] / b[at] - 1) * 100 for a, b in pairs]
            print(
                f"{name}, {kind}: {statistics.median(ratios):+.1f} % of {TASKS} tasks"
                f" (from {min(ratios):+.1f} to {max(ratios):+.1f};"
                f" {median(found['without'], at) * 1e3:.0f} ms without)"
            )
    project.remove()


def sandbox(count):
    steps = 200

    def task(i, more):
        return f'{{ outputs = [ "out/{i}/o" ]; {more} run = "/bin/touch out/{i}/o"; }}'

    projects = {
        "without": Project(many(steps, lambda i: task(i, ""))),
        "sandbox": Project(many(steps, lambda i: task(i, "sandbox = true;"))),
    }
    run = lambda name: lambda: projects[name].run("run", "all", "-q", "-p", "1", "--force")
    found = rounds(count, {name: run(name) for name in projects})
    for at, kind in enumerate(["wall", "processor"]):
        pairs = zip(found["sandbox"], found["without"])
        more = [(a[at] - b[at]) / steps * 1e3 for a, b in pairs]
        print(
            f"sandbox, {kind}: {statistics.median(more):+.2f} ms a step"
            f" (from {min(more):+.2f} to {max(more):+.2f};"
            f" {median(found['without'], at) / steps * 1e3:.2f} ms without)"
        )
    for project in projects.values():
        project.remove()


class Watched:
    """`nexus watch` on a task that stamps each version of a file."""

    def __init__(self):
        self.stamp = built("stamp")
        self.project = Project(
            f'tasks.t = {{ inputs = [ "source" ]; outputs = [ "out/done" ];'
            f' run = [ "{self.stamp} source stamps" "cp source out/done" ]; }};\n'
        )
        self.project.write("source", "0")
        self.process = subprocess.Popen(
            [NEXUS, "watch", "t"], cwd=self.project.root, env=self.project.env,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )

    def save(self, version):
        with open(f"{self.project.root}/source", "w") as file:
            file.write(str(version))
        return time.time_ns()

    def wait_for(self, version):
        """Until the task has made it."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with open(f"{self.project.root}/out/done") as file:
                    if file.read() == str(version):
                        return
            except FileNotFoundError:
                pass
            time.sleep(0.001)
        raise SystemExit(f"version {version} was never made")

    def stamps(self):
        with open(f"{self.project.root}/stamps") as file:
            lines = (line.split() for line in file)
            found = {}
            for version, at in lines:
                found.setdefault(int(version), int(at))
            return found

    def memory(self):
        """KiB that are resident."""
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        self.project.remove()
        os.remove(self.stamp)


def watch(count):
    watched = Watched()
    watched.wait_for(0)
    saved = {}
    for version in range(1, count + 1):
        # Somebody who thinks between two saves.
        time.sleep(0.3)
        saved[version] = watched.save(version)
        watched.wait_for(version)
    stamps = watched.stamps()
    took = sorted((stamps[version] - at) / 1e6 for version, at in saved.items())
    nine = took[int(len(took) * 0.9)]
    print(
        f"watch: {statistics.median(took):.1f} ms from save to process start"
        f" (nine of ten within {nine:.1f}, from {took[0]:.1f} to {took[-1]:.1f}; {count} saves)"
    )
    watched.end()


def grow(count):
    watched = Watched()
    watched.wait_for(0)
    memory = []
    begin = time.monotonic()
    for version in range(1, count + 1):
        watched.save(version)
        watched.wait_for(version)
        memory.append(watched.memory() / 1024)
        if version % max(1, count // 10) == 0:
            took = time.monotonic() - begin
            print(f"  {version} changes, {took:.0f} s: {memory[-1]:.1f} MiB", flush=True)
    tenth = memory[count // 10 - 1]
    print(f"grow: {tenth:.1f} MiB after a tenth of {count} changes, {memory[-1]:.1f} MiB after all")
    watched.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    kinds = dict(step=(step, 9), journal=(journal, 15), sandbox=(sandbox, 7), watch=(watch, 50), grow=(grow, 3600))
    parser.add_argument("what", choices=list(kinds))
    parser.add_argument("--rounds", type=int, help="rounds, saves or changes")
    args = parser.parse_args()
    if not os.access(NEXUS, os.X_OK):
        sys.exit(f"{NEXUS} is no program: build it, or name it in NEXUS")
    measure, usual = kinds[args.what]
    measure(args.rounds or usual)


main()
