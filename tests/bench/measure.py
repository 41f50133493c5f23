#!/usr/bin/env python3
"""measure.py ENVIRONMENT WORK RESULTS RUNTIME... - all rows of the benchmark in one environment.

Called by run.sh in a mount namespace whose /sys/fs/cgroup is that ENVIRONMENT (v1, v2, hybrid).
Rows of time are measured by timer.c, every runtime once in each round; a row is a list of figures
for each runtime. RESULTS is a JSON file: {row: {"unit": ..., runtime: [figure, ...]}}.
ROUNDS (100), MANY (1000), ONLY (a regular expression of rows) come from the environment.
"""

import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

from machine import Bundles, Runtime, call, forget, output

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = HERE.parents[1] / "build" / "bench" / "bin"
ROUNDS = int(os.environ.get("ROUNDS", "100"))
MANY = int(os.environ.get("MANY", "1000"))
ONLY = re.compile(os.environ.get("ONLY", ""))
WARM_UP = 5


class Bench:
    def __init__(self, environment, work, runtimes):
        self.environment, self.work = environment, pathlib.Path(work)
        self.version = "v2" if environment == "v2" else "v1"
        self.runtimes = [Runtime(path) for path in runtimes]
        config = json.loads((self.work / "config.json").read_text(encoding="utf-8"))
        config["root"]["path"] = str(self.work / "rootfs")
        self.bundles = Bundles(work, config)
        self.plain = self.bundles.make("plain")
        self.waiting = self.bundles.make("waiting", lambda c: c["process"].update(args=["/bin/sleep", "100000"]))
        self.results = {}

    def keep(self, row, unit, name, figures):
        self.results.setdefault(row, {"unit": unit})[name] = figures
        shown = statistics.median(figures)
        print(f"  {row:<46} {name:<10} {shown:12.3f} {unit}", flush=True)

    def timed(self, entries, rounds=None):
        """entries: {name: [argv, ...]}; returns {name: [[ms of a command, ...], ...]}, a list a command."""
        argv = [str(TOOLS / "timer"), str(rounds or ROUNDS), str(WARM_UP)]
        for chain in entries.values():
            for i, command in enumerate(chain):
                argv += ["+" if i else "--", *map(str, command)]
        figures = [[[] for _ in chain] for chain in entries.values()]
        for line in output(*argv).splitlines():
            entry, command, nanoseconds = map(int, line.split())
            figures[entry][command].append(nanoseconds / 1e6)
        return dict(zip(entries, figures))

    def floor(self, filter_file="-"):
        return [TOOLS / "floor", self.work / "rootfs", self.version, filter_file, "/bin/true"]

    # ---- rows of time

    def run(self):
        entries = {"floor": [self.floor()]}
        entries |= {r.name: [r.run_argv(self.plain)] for r in self.runtimes}
        for name, (times,) in self.timed(entries, ROUNDS * 2).items():
            self.keep("run", "ms", name, times)

    def run_with_filter(self):
        profile = json.loads((HERE.parent / "unit" / "seccomp_typical.json").read_text(encoding="utf-8"))
        filtered = self.bundles.make("filtered", lambda c: c["linux"].update(seccomp=profile))
        sleeping = self.bundles.make("sleeping", lambda c: (c["linux"].update(seccomp=profile),
                                                            c["process"].update(args=["/bin/sleep", "100000"])))
        tare = self.runtimes[0]
        tare.begin(sleeping, tare.id)
        filter_file = self.work / "filter"
        with open(filter_file, "wb") as file:
            call(TOOLS / "filter_of", tare.pid(tare.id), stdout=file)
        tare.end(tare.id)
        entries = {"floor": [self.floor(filter_file)]}
        entries |= {r.name: [r.run_argv(filtered)] for r in self.runtimes}
        for name, (times,) in self.timed(entries).items():
            self.keep("run, default seccomp profile, warm", "ms", name, times)
        entries = {r.name: [["/bin/rm", "-rf", *r.caches()], r.run_argv(filtered)] for r in self.runtimes}
        for name, (_, times) in self.timed(entries, max(ROUNDS // 2, 1)).items():
            self.keep("run, default seccomp profile, cold", "ms", name, times)

    def lifecycle(self):
        entries = {r.name: [r.argv("create", "--bundle", self.waiting, r.id), r.argv("start", r.id),
                            r.argv("kill", r.id, "KILL"), r.argv("delete", "--force", r.id)] for r in self.runtimes}
        for name, times in self.timed(entries).items():
            for row, figures in zip(("create", "start", "kill", "delete"), times):
                self.keep(row, "ms", name, figures)
            self.keep("create + start + kill + delete", "ms", name, [sum(four) for four in zip(*times)])

    def exec_and_state(self):
        for r in self.runtimes:
            r.begin(self.waiting, r.id)
        tare = self.runtimes[0]
        for row, command in (("exec", ("exec", "{}", "/bin/true")), ("state", ("state", "{}"))):
            entries = {r.name: [r.argv(*(c.format(r.id) for c in command))] for r in self.runtimes}
            if row == "exec":
                entries["floor"] = [[TOOLS / "floor_exec", tare.pid(tare.id), self.version, "/bin/true"]]
            for name, (times,) in self.timed(entries).items():
                self.keep(row, "ms", name, times)
        for r in self.runtimes:
            r.end(r.id)

    def many(self):
        """list, and run, with so many containers that run already."""
        running = 0
        for goal in sorted({0, 1, min(100, MANY), MANY}):
            for number in range(running, goal):
                for r in self.runtimes:
                    r.begin(self.waiting, f"{r.id}-{number}")
            running = goal
            rounds = max(ROUNDS // 4, 5)
            if goal:
                for name, (times,) in self.timed({r.name: [r.argv("list")] for r in self.runtimes}, rounds).items():
                    self.keep(f"list, {goal} containers", "ms", name, times)
            if goal != 1:
                entries = {r.name: [r.run_argv(self.plain)] for r in self.runtimes}
                for name, (times,) in self.timed(entries, rounds).items():
                    self.keep(f"run beside {goal} containers", "ms", name, times)
        for number in range(running):
            for r in self.runtimes:
                r.end(f"{r.id}-{number}")

    def mounts(self):
        source = self.work / "source"
        source.mkdir(exist_ok=True)
        for count in (10, 100, 1000):
            more = [{"destination": f"/m/{i}", "type": "bind", "source": str(source), "options": ["bind", "ro"]}
                    for i in range(count)]
            for i in range(count):
                (self.work / "rootfs" / "m" / str(i)).mkdir(parents=True, exist_ok=True)
            bundle = self.bundles.make(f"mounts-{count}", lambda c, more=more: c["mounts"].extend(more))
            entries = {r.name: [r.run_argv(bundle)] for r in self.runtimes if self.able(r, bundle)}
            for name, (times,) in self.timed(entries, max(ROUNDS // (1 + count // 100), 5)).items():
                self.keep(f"run with {count} binds", "ms", name, times)

    def able(self, runtime, bundle):
        """A peer may be unable (crun 1.8 needs a descriptor a bind): said, and left out of the row."""
        done = subprocess.run([str(a) for a in runtime.run_argv(bundle)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, text=True)
        if done.returncode != 0:
            print(f"  {bundle.name}: {runtime.name} cannot: {done.stderr.strip()}", flush=True)
            call(*runtime.argv("delete", "--force", runtime.id))
        return done.returncode == 0

    def configs(self):
        for label, size in (("1 KB", 1 << 10), ("64 KB", 1 << 16), ("1 MB", 1 << 20)):
            notes = {f"org.example.note{i}": "x" * 1000 for i in range(size // 1024)}
            bundle = self.bundles.make(f"config-{size}", lambda c, notes=notes: c.update(annotations=notes))
            entries = {r.name: [r.run_argv(bundle)] for r in self.runtimes}
            for name, (times,) in self.timed(entries, max(ROUNDS // 2, 5)).items():
                self.keep(f"run with {label} more of config", "ms", name, times)

    # ---- throughput

    def throughput(self):
        total = max(ROUNDS * 2, 8)
        for workers in (1, 2, 4, 8):
            commands = {"floor": lambda w: self.floor()}
            commands |= {r.name: lambda w, r=r: r.run_argv(self.plain, f"-{w}") for r in self.runtimes}
            for name, argv in commands.items():
                self.keep(f"throughput, {workers} workers", "1/s", name,
                          [self.together(argv, workers, total) for _ in range(3)])

    def together(self, argv, workers, total):
        begun = time.perf_counter()
        running = [subprocess.Popen([str(TOOLS / "timer"), str(total // workers), "0", "--",
                                     *map(str, argv(w))], stdout=subprocess.DEVNULL) for w in range(workers)]
        if any(process.wait() for process in running):
            raise SystemExit("measure.py: a worker failed")
        return total // workers * workers / (time.perf_counter() - begun)

    # ---- memory, and what can be counted

    def memory(self):
        for r in self.runtimes:
            peaks = [int(self.by_time("%M", r.run_argv(self.plain))) for _ in range(5)]
            self.keep("peak memory of run", "KiB", r.name, peaks)
            self.keep("page faults of run", "", r.name,
                      [int(self.by_time("%R", r.run_argv(self.plain))) for _ in range(5)])
            call(*r.argv("create", "--bundle", self.waiting, r.id))
            rollup = pathlib.Path(f"/proc/{r.pid(r.id)}/smaps_rollup").read_text(encoding="utf-8")
            sizes = {k: int(v) for k, v in re.findall(r"^(\w+): +(\d+) kB", rollup, re.M)}
            self.keep("container that waits for start, PSS", "KiB", r.name, [sizes["Pss"]])
            self.keep("container that waits for start, private", "KiB", r.name,
                      [sizes["Private_Clean"] + sizes["Private_Dirty"]])
            r.end(r.id)

    @staticmethod
    def by_time(what, argv):
        """By GNU time, a small parent: a child of ours would begin with our memory, and so would its peak."""
        done = subprocess.run(["/usr/bin/time", "-f", what, *map(str, argv)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True, text=True)
        return done.stderr.split()[-1]

    def smallest_limit(self):
        if "memory" not in self.controllers():
            print(f"  smallest memory limit: no memory controller in {self.environment}", flush=True)
            return
        for r in self.runtimes:
            low, high = 0, 64 * 1024  # KiB: fails, works
            while high - low > 4:
                middle = (low + high) // 8 * 4
                if self.starts_with(r, middle):
                    high = middle
                else:
                    low = middle
            self.keep("smallest memory limit that starts /bin/true", "KiB", r.name, [high])

    def controllers(self):
        if self.environment == "v2":
            return pathlib.Path("/sys/fs/cgroup/cgroup.controllers").read_text(encoding="utf-8").split()
        return [line.split()[0] for line in pathlib.Path("/proc/cgroups").read_text(encoding="utf-8").splitlines()
                if not line.startswith("#") and line.split()[3] == "1"]

    def starts_with(self, runtime, kib):
        bundle = self.bundles.make("limited", lambda c: c["linux"].setdefault("resources", {}).update(
            memory={"limit": kib * 1024}))
        for _ in range(3):  # by luck does not count
            done = subprocess.run([str(a) for a in runtime.run_argv(bundle)], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            subprocess.run([str(a) for a in runtime.argv("delete", "--force", runtime.id)], check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if done.returncode != 0:
                return False
        return True

    def counts(self):
        for r in self.runtimes:
            trace = self.work / "strace"
            call("strace", "-f", "-qq", "-o", trace, *r.run_argv(self.plain))
            calls = [line for line in trace.read_text(errors="replace").splitlines()
                     if re.match(r"\d+ +\w+\(", line)]
            self.keep("system calls of run", "", r.name, [len(calls)])
            call(*r.argv("create", "--bundle", self.waiting, r.id))
            call("strace", "-f", "-qq", "-o", trace, *r.argv("state", r.id))
            self.keep("system calls of state", "", r.name, [sum(
                1 for line in trace.read_text(errors="replace").splitlines() if re.match(r"\d+ +\w+\(", line))])
            r.end(r.id)
            libraries = re.findall(r"(/\S+) \(0x", subprocess.run(
                ["ldd", str(r.path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, text=True).stdout)
            self.keep("size of the binary with all that it loads", "KiB", r.name,
                      [sum(os.stat(p).st_size for p in [r.path, *libraries]) // 1024])
        profile = self.work / "callgrind"
        call("valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}", self.runtimes[0].path, "plan",
             "--bundle", self.plain, stderr=subprocess.DEVNULL)
        instructions = int(re.search(r"^(?:summary|totals): (\d+)", profile.read_text(), re.M).group(1))
        self.keep("instructions of plan", "", self.runtimes[0].name, [instructions])

    def everything(self):
        for row in (self.run, self.run_with_filter, self.lifecycle, self.exec_and_state, self.mounts, self.configs,
                    self.throughput, self.memory, self.smallest_limit, self.counts, self.many):
            if ONLY.search(row.__name__):
                row()


def main():
    environment, work, results = sys.argv[1:4]
    bench = Bench(environment, work, sys.argv[4:])
    forget(path for r in bench.runtimes for path in r.caches())
    bench.everything()
    pathlib.Path(results).write_text(json.dumps(bench.results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
