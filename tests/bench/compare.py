#!/usr/bin/env python3
"""compare.py ROUNDS BUNDLE TARE PEER - time both, interleaved; print medians, ratios, peak memory.

Rows: run of /bin/true; create + start + kill + delete; exec of /bin/true; state.
"""

import json
import os
import statistics
import subprocess
import sys
import time

WARM_UP = 3


def call(*argv, **options):
    """Run to its end; anything but success ends the comparison."""
    subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True, **options)


def timed(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return (time.perf_counter() - start) * 1000


def peak_kib(*argv):
    """Peak memory of the runtime and those it waited for. By GNU time, a small parent: a child of
    ours would begin with our own memory, and so would its peak (busybox's time is off by 4)."""
    done = subprocess.run(("/usr/bin/time", "-f", "%M") + argv, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True, text=True)
    return int(done.stderr.split()[-1])


class Runtime:
    def __init__(self, path, bundle):
        self.path, self.bundle = path, bundle
        self.id = f"bench-{os.path.basename(path)}-{os.getpid()}"

    def run(self):
        call(self.path, "run", "--bundle", self.bundle, self.id)

    def cycle(self, waiting):
        call(self.path, "create", "--bundle", waiting, self.id)
        call(self.path, "start", self.id)
        call(self.path, "kill", self.id, "KILL")
        call(self.path, "delete", "--force", self.id)

    def begin(self, waiting):
        call(self.path, "create", "--bundle", waiting, self.id)
        call(self.path, "start", self.id)

    def exec(self):
        call(self.path, "exec", self.id, "/bin/true")

    def state(self):
        call(self.path, "state", self.id)

    def end(self):
        call(self.path, "delete", "--force", self.id)


def waiting_bundle(bundle):
    """The same bundle with a program that stays."""
    directory = os.path.join(bundle, "waiting")
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(bundle, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    config["process"]["args"] = ["sleep", "1000"]
    config["root"]["path"] = os.path.join(bundle, "rootfs")
    with open(os.path.join(directory, "config.json"), "w", encoding="utf-8") as file:
        json.dump(config, file)
    return directory


def report(row, names, times):
    medians = [statistics.median(t) for t in times]
    print(f"{row:<28} {names[0]} {medians[0]:7.2f} ms (min {min(times[0]):.2f})   "
          f"{names[1]} {medians[1]:7.2f} ms (min {min(times[1]):.2f})   "
          f"ratio {medians[0] / medians[1]:.2f}")


def main():
    rounds, bundle = int(sys.argv[1]), sys.argv[2]
    runtimes = [Runtime(path, bundle) for path in sys.argv[3:5]]
    names = [os.path.basename(r.path) for r in runtimes]
    waiting = waiting_bundle(bundle)

    def measure(row, function):
        times = [[], []]
        for i in range(rounds + WARM_UP):
            for k, runtime in enumerate(runtimes):
                took = timed(function, runtime)
                if i >= WARM_UP:
                    times[k].append(took)
        report(row, names, times)

    measure("run /bin/true", Runtime.run)
    measure("create start kill delete", lambda r: r.cycle(waiting))
    for runtime in runtimes:
        runtime.begin(waiting)
    measure("exec /bin/true", Runtime.exec)
    measure("state", Runtime.state)
    for runtime in runtimes:
        runtime.end()
    peaks = [peak_kib(r.path, "run", "--bundle", bundle, r.id) for r in runtimes]
    print(f"{'peak memory of run':<28} {names[0]} {peaks[0]:7d} KiB   {names[1]} {peaks[1]:7d} KiB   "
          f"ratio {peaks[0] / peaks[1]:.2f}")


if __name__ == "__main__":
    main()
