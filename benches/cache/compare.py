#!/usr/bin/env python3
"""A clean clone of the C example, built with a cold and with a warm shared cache.

Each round builds clones of examples/lua, every one with an empty cache of its own: with no shared
cache, with an empty one that is written to, and with a warm one, for each kind in turn. Compilers
are counted by a `cc` before all others in PATH. Prints medians, ratios within the rounds, and calls
of the compiler.

    NEXUS=target/release/nexus python3 benches/cache/compare.py --rounds 5 --kinds folder,http

`http` needs nginx. The processor time is that of nexus and all it started.
"""

import argparse
import os
import pathlib
import resource
import shutil
import socket
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
NEXUS = os.path.abspath(os.environ.get("NEXUS", ROOT / "target/release/nexus"))


class Folder:
    def __init__(self, folder):
        self.data = folder / "shared"
        self.clear()
        self.url = str(self.data)

    def clear(self):
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True)

    def stop(self):
        pass


class Http(Folder):
    """nginx with uploads."""

    def __init__(self, folder):
        super().__init__(folder)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        temporary = "".join(
            f"{kind}_temp_path {folder}/{kind};" for kind in ["proxy", "fastcgi", "uwsgi", "scgi"]
        )
        config = folder / "nginx.conf"
        config.write_text(
            f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors;\n"
            "events { worker_connections 200; }\n"
            f"http {{ access_log off; client_max_body_size 0; client_body_temp_path {folder}/body;\n"
            f"{temporary} server {{ listen 127.0.0.1:{port}; location / {{ root {self.data};\n"
            "dav_methods PUT; create_full_put_path on; } } }\n"
        )
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        self.process = subprocess.Popen([program, "-e", "stderr", "-c", str(config)])
        self.url = f"http://127.0.0.1:{port}"
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("nginx does not listen")

    def stop(self):
        self.process.kill()
        self.process.wait()


def compiler(folder):
    """A `cc` that notes each call; gives its folder and the file."""
    real = shutil.which("cc")
    calls = folder / "calls"
    cc = folder / "bin/cc"
    cc.parent.mkdir()
    cc.write_text(f'#!/bin/sh\necho >> {calls}\nexec {real} "$@"\n')
    cc.chmod(0o755)
    return cc.parent, calls


def build(folder, name, bin, calls, url, write):
    """Builds a clean clone; gives wall time, processor time and calls of the compiler."""
    clone = folder / name
    shutil.rmtree(clone, ignore_errors=True)
    # What the example's own tasks make may lie there.
    ignore = shutil.ignore_patterns("build", "lua")
    shutil.copytree(ROOT / "examples/lua", clone / "project", ignore=ignore)
    calls.write_text("")
    env = dict(os.environ)
    env.update(
        PATH=f"{bin}:{env['PATH']}",
        NEXUS_CACHE_DIR=str(clone / "cache"),
        NEXUS_STATE_DIR=str(clone / "state"),
        NEXUS_CACHE_URL=url,
        NEXUS_CACHE_UNSIGNED="1",
        NEXUS_CACHE_WRITE="1" if write else "0",
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    done = subprocess.run(
        [NEXUS, "run", "test"], cwd=clone / "project", env=env, capture_output=True, text=True
    )
    wall = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0 or "warning" in done.stderr:
        raise SystemExit(done.stdout + done.stderr)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    count = len(calls.read_text().splitlines())
    shutil.rmtree(clone)
    return wall, processor, count


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kinds", default="folder,http")
    options = parser.parse_args()
    kinds = {"folder": Folder, "http": Http}
    with tempfile.TemporaryDirectory(prefix="nexus-bench-cache-") as name:
        folder = pathlib.Path(name)
        bin, calls = compiler(folder)
        caches = {}
        for kind in options.kinds.split(","):
            (folder / kind).mkdir()
            caches[kind] = kinds[kind](folder / kind)
        found = {}
        try:
            for _ in range(options.rounds):
                note = lambda what, run: found.setdefault(what, []).append(run)
                note("none", build(folder, "clone", bin, calls, "", False))
                for kind, cache in caches.items():
                    cache.clear()
                    note(f"{kind}, cold", build(folder, "clone", bin, calls, cache.url, True))
                    note(f"{kind}, warm", build(folder, "clone", bin, calls, cache.url, False))
        finally:
            for cache in caches.values():
                cache.stop()
    median = lambda runs, at: statistics.median(run[at] for run in runs)
    print(f"{'shared cache':<14} {'wall':>8} {'processor':>10} {'to none':>8} {'cc calls':>9}")
    for what, runs in found.items():
        ratio = statistics.median(run[0] / none[0] for run, none in zip(runs, found["none"]))
        counts = sorted({run[2] for run in runs})
        wall, processor = median(runs, 0), median(runs, 1)
        print(f"{what:<14} {wall:>7.2f}s {processor:>9.2f}s {ratio:>8.2f} {str(counts):>9}")


main()
