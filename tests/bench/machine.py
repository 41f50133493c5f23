"""machine.py - what measure.py needs of this machine: commands, containers, bundles."""

import copy
import json
import os
import pathlib
import shutil
import subprocess


def call(*argv, **options):
    """Run to its end; anything but success ends the benchmark."""
    options.setdefault("stdout", subprocess.DEVNULL)
    subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL, check=True, **options)


def output(*argv):
    return subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True,
                          text=True).stdout


class Bundles:
    """Bundles that share one root filesystem, made from one config by changing it."""

    def __init__(self, work, config):
        self.work, self.config = pathlib.Path(work), config

    def make(self, name, change=None):
        directory = self.work / "bundles" / name
        directory.mkdir(parents=True, exist_ok=True)
        config = copy.deepcopy(self.config)
        if change:
            change(config)
        (directory / "config.json").write_text(json.dumps(config), encoding="utf-8")
        return directory


class Runtime:
    """tare, runc or crun, with a state directory of its own: [NAME=]PATH."""

    def __init__(self, given):
        name, _, path = given.rpartition("=")
        self.path = pathlib.Path(path).resolve()
        self.name = name or os.path.basename(path)
        self.root = pathlib.Path("/run/bench") / self.name  # run.sh made /run a tmpfs
        self.root.mkdir(parents=True, exist_ok=True)
        self.id = f"bench-{self.name}-{os.getpid()}"

    def argv(self, *arguments):
        return [self.path, "--root", self.root, *arguments]

    def run_argv(self, bundle, suffix=""):
        return self.argv("run", "--bundle", bundle, self.id + suffix)

    def begin(self, bundle, name):
        call(*self.argv("create", "--bundle", bundle, name))
        call(*self.argv("start", name))

    def end(self, name):
        call(*self.argv("delete", "--force", name))

    def pid(self, name):
        return json.loads(output(*self.argv("state", name)))["pid"]

    def caches(self):
        """Where compiled seccomp filters are kept."""
        return [self.root / ".seccomp", self.root / ".cache", pathlib.Path("/run/crun/.cache")]


def forget(paths):
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)
