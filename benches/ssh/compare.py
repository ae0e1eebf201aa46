#!/usr/bin/env python3
"""Times tools that run commands on other machines, in turn within each round, as whole processes.

usage: compare.py [--rounds 5] [--shapes 1x100,100x1,20x10] [--tools nexus,ansible,...]

A shape is COMMANDSxHOSTS: so many commands (`true`), one after the other, on each of so many hosts at the
same time. The hosts are addresses of the loopback interface, behind real OpenSSH servers that
`cargo bench -p nexus-ssh --bench ssh -- serve` starts. The floor is a program with the same SSH library
that does nothing but log in and run the commands.

Each round runs every tool once, in turn, when the servers have nothing to do any more. Ratios are taken
within a round, and their median is printed.
Processor time is that of the tool and of what it waits for, without the servers. Memory is the highest
sum of what it and its descendants hold (PSS), from one more run that is not timed.

Everything connects anew in each run. Ansible: its `command` module, pipelining, 50 forks, multiplexing,
no facts. pyinfra and fabric: 50 threads, or one for each host. clush: `-f 50`, once for each command.
ssh: 50 at the same time, multiplexed (`ControlMaster`). Tools that are not installed are left out.

Environment: NEXUS names the program (target/release/nexus), BENCH the bench (the newest one in
target/release/deps), TOOLS a folder with programs of other tools (`venv/bin`).
"""
import argparse
import glob
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

TARGET = os.environ.get("CARGO_TARGET_DIR", "target")
NEXUS = os.path.abspath(os.environ.get("NEXUS", f"{TARGET}/release/nexus"))
SSH = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
       "-o", "IdentitiesOnly=yes", "-F", "none"]
TOOLS = ["floor", "nexus", "exec", "ansible", "pyinfra", "fabric", "clush", "ssh"]
# What Nexus must reach: at most so many times the floor, at least so many times as fast as the others.
FLOOR, ANSIBLE, OTHERS = 1.3, 10, 1
PERIOD = 0.01


def bench():
    named = os.environ.get("BENCH")
    found = [path for path in glob.glob(f"{TARGET}/release/deps/ssh-*") if "." not in path.rsplit("/", 1)[1]]
    if not named and not found:
        sys.exit("no bench: cargo bench -p nexus-ssh --bench ssh --no-run")
    return os.path.abspath(named or max(found, key=os.path.getmtime))


class Farm:
    """Servers, and how to log in to them."""

    def __init__(self, program):
        self.process = subprocess.Popen([program, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.__dict__.update(json.loads(self.process.stdout.readline()))
        self.hosts = lambda count: [f"127.0.0.{n}" for n in range(1, count + 1)]
        self.idle = self.servers()

    @staticmethod
    def servers():
        """How many processes of servers there are."""
        count = 0
        for path in glob.glob("/proc/[0-9]*/comm"):
            try:
                with open(path) as file:
                    count += file.read().startswith("sshd")
            except OSError:
                pass  # It has just ended.
        return count

    def settle(self):
        """Waits for what the servers still do for the tool before: nobody is to pay for another."""
        limit = time.monotonic() + 120
        while self.servers() > self.idle and time.monotonic() < limit:
            time.sleep(0.05)
        time.sleep(0.5)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def commands(farm, folder, commands, hosts):
    """What each tool runs, as words, after its files are written."""
    names = farm.hosts(hosts)
    user, port, key = farm.user, farm.port, farm.key
    login = [*SSH, "-i", key, "-p", str(port), "-l", user]
    found = {
        "floor": [bench(), "floor", str(port), user, key, str(hosts), str(commands), "true"],
        "nexus": [NEXUS, "-c", f"{folder}/nexus.nx", "run", "all"],
    }
    quoted = " ".join(f'"{name}"' for name in names)
    write(f"{folder}/nexus.nx", f"""
config.ssh = {{ user = "{user}"; port = {port}; identity = "{key}"; identities_only = true; host_key = "off"; }};
hosts.farm = [ {quoted} ];
tasks.all = {{ on = hosts.farm; run = [ {'"true" ' * commands}]; }};
""")
    if commands == 1:
        found["exec"] = [NEXUS, "-c", f"{folder}/nexus.nx", "exec", "farm", "--", "true"]
    write(f"{folder}/ansible.cfg", f"""
[defaults]
inventory = {folder}/hosts.ini
host_key_checking = False
forks = 50
gathering = explicit
interpreter_python = /usr/bin/python3
remote_user = {user}
private_key_file = {key}
[ssh_connection]
pipelining = True
control_path_dir = {folder}/cp
ssh_args = -o ControlMaster=auto -o ControlPersist=2s -F none
""")
    write(f"{folder}/hosts.ini", "[all]\n" + "".join(f"{name} ansible_port={port}\n" for name in names))
    tasks = "".join("    - ansible.builtin.command: 'true'\n" for _ in range(commands))
    write(f"{folder}/play.yml", f"- hosts: all\n  gather_facts: false\n  tasks:\n{tasks}")
    if program := tool("ansible-playbook"):
        found["ansible"] = [program, f"{folder}/play.yml"]
    data = dict(ssh_user=user, ssh_port=port, ssh_key=key, ssh_strict_host_key_checking="no",
                ssh_known_hosts_file="/dev/null")
    write(f"{folder}/inventory.py", f"farm = {[(name, data) for name in names]!r}\n")
    write(f"{folder}/deploy.py", "from pyinfra.operations import server\n"
          + "".join(f'server.shell(name="step {n}", commands=["true"])\n' for n in range(commands)))
    if program := tool("pyinfra"):
        found["pyinfra"] = [program, "-y", "--parallel", "50", f"{folder}/inventory.py", f"{folder}/deploy.py"]
    write(f"{folder}/fabfile.py", f"""
from fabric import Config, ThreadingGroup
config = Config(overrides=dict(load_ssh_configs=False))
group = ThreadingGroup(*{names!r}, user={user!r}, port={port}, config=config,
                       connect_kwargs=dict(key_filename={key!r}, allow_agent=False, look_for_keys=False))
for _ in range({commands}):
    group.run("true", hide=True)
group.close()
""")
    if program := tool("fab"):
        found["fabric"] = [os.path.join(os.path.dirname(program), "python"), f"{folder}/fabfile.py"]
    if program := tool("clush"):
        options = " ".join(word for word in login)
        once = f"{program} -q -f 50 -o '{options}' -w {','.join(names)} true"
        found["clush"] = ["sh", "-ec", f"for n in $(seq {commands}); do {once}; done"]
    if program := tool("ssh"):
        shared = f"{program} {' '.join(login)} -o ControlMaster=auto -o ControlPersist=2s -o ControlPath={folder}/cm/%h"
        loop = f"for n in $(seq {commands}); do {shared} $0 true </dev/null || exit 255; done; {shared} -O exit $0 2>/dev/null"
        found["ssh"] = ["sh", "-ec", f"rm -rf {folder}/cm; mkdir {folder}/cm; "
                        f"printf '%s\\n' {' '.join(names)} | xargs -P 50 -n 1 sh -c '{loop}'"]
    return found


def tool(name):
    folder = os.environ.get("TOOLS")
    path = (folder + os.pathsep if folder else "") + os.environ["PATH"]
    return shutil.which(name, path=path)


class Memory(threading.Thread):
    """The highest sum of what a process and its descendants hold, in MiB."""

    def __init__(self, root):
        super().__init__(daemon=True)
        self.root, self.peak, self.over = root, 0, False

    def tree(self):
        children = {}
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/stat") as file:
                    parent = int(file.read().rsplit(") ", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(name))
        found = [self.root]
        for process in found:
            found.extend(children.get(process, []))
        return found

    def run(self):
        while not self.over:
            total = 0
            for process in self.tree():
                try:
                    with open(f"/proc/{process}/smaps_rollup") as file:
                        total += next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
                except (OSError, StopIteration):
                    continue
            self.peak = max(self.peak, total / 1024)
            time.sleep(PERIOD)


def run(folder, name, words, memory=False):
    """One run: wall seconds, processor seconds, MiB if they are asked for."""
    env = dict(os.environ, HOME=folder, ANSIBLE_CONFIG=f"{folder}/ansible.cfg", NEXUS_CACHE_DIR=f"{folder}/cache",
               NEXUS_STATE_DIR=f"{folder}/state", ANSIBLE_LOCAL_TEMP=f"{folder}/tmp")
    env.pop("SSH_AUTH_SOCK", None)
    with open(f"{folder}/out", "w") as out:
        start = time.perf_counter()
        process = subprocess.Popen(words, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        watch = Memory(process.pid)
        if memory:
            watch.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.over = True
    if process.returncode != 0:
        sys.exit(f"{name} failed: {open(f'{folder}/out').read()[-2000:]}")
    return wall, used.ru_utime + used.ru_stime, watch.peak


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--shapes", default="1x100,100x1,20x10")
    parser.add_argument("--tools", default=",".join(TOOLS))
    args = parser.parse_args()
    farm = Farm(bench())
    try:
        print("| commands × hosts | tool | wall s | to the floor | to Nexus | CPU s | peak MiB | wanted |")
        print("|---|---|---|---|---|---|---|---|")
        for shape in args.shapes.split(","):
            with tempfile.TemporaryDirectory(prefix="nexus-ssh-") as folder:
                compare(farm, folder, shape, args)
    finally:
        farm.close()


def compare(farm, folder, shape, args):
    count, hosts = map(int, shape.split("x"))
    found = commands(farm, folder, count, hosts)
    tools = [name for name in args.tools.split(",") if name in found]

    def settled(name, **how):
        farm.settle()
        return run(folder, name, found[name], **how)

    rounds = [{name: settled(name) for name in tools} for _ in range(args.rounds)]
    for name in tools:
        peak = settled(name, memory=True)[2]
        middle = lambda of: statistics.median(of(one) for one in rounds)
        wall, cpu = (middle(lambda one: one[name][i]) for i in range(2))
        ratio = lambda other: middle(lambda one: one[name][0] / one[other][0]) if other in tools else None
        floor, nexus = ratio("floor"), ratio("nexus")
        wanted = ""
        if name in ("nexus", "exec") and floor is not None:
            wanted = reached(f"≤ {FLOOR} × floor", floor <= FLOOR)
        elif name != "floor" and nexus is not None:
            least = ANSIBLE if name == "ansible" else OTHERS
            wanted = reached(f"≥ {least} × Nexus", nexus >= least)
        show = lambda value: "" if value is None else f"{value:.2f}"
        print(f"| {count} × {hosts} | {name} | {wall:.2f} | {show(floor)} | {show(nexus)} | {cpu:.2f} | {peak:.0f} | {wanted} |",
              flush=True)


def reached(what, is_reached):
    return what if is_reached else f"{what}, **not reached**"


main()
