#!/usr/bin/env python3
"""mutants.py [--guest] [NAME...] - each defence is taken out of a copy of the source, and its tests must fail.

A mutant is a few replacements; a text that is not there any more, or not once, is an error. The copy
is built in build/mutants (release preset), its tests run against that binary, and a mutant that
passes them all is a failure: then nothing shows that the defence is there. Prints a table; exit
status 1 if any survived. Takes some minutes; needs root. Not part of tests/run.sh.

Without the defences of paths (destinations, /dev and /dev/console that are links) the hostile images of
the tests write to the machine that runs them. Those mutants are another list: with --guest they are built
here, and all of them tried in one guest of tests/vm.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = ROOT / "build/mutants/source"

# name, what is taken out, [(file, old, new)], suite, filter of bats; or "unit", "PROGRAM: TEST"
MUTANTS = [
    ("CVE-2019-5736", "the helper is executed from a memfd, not from a file of the host",
     [("src/sys/helper.c", '(int)syscall(SYS_memfd_create, "tare-init", flags | MFD_EXEC);',
       '(int)(flags * 0) + open("/tmp/tare-mutant", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);'),
      ("src/sys/helper.c", "if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)",
       "if (fd < 0)"),
      ("src/sys/helper.c", "return rc < 0 ? rc : take_fd(&fd);",
       'close_fd(&fd);\n\treturn rc < 0 ? rc : open("/tmp/tare-mutant", O_RDONLY | O_CLOEXEC);')],
     "exec", "execs under the eyes of one who may trace"),
    ("CVE-2019-19921", "/proc must be a real directory",
     [("src/compile/mounts.c", "step->flags |= MOUNT_TOP_DIRECTORY | MOUNT_KEEP | MOUNT_IS_PROC;",
       "step->flags |= MOUNT_KEEP | MOUNT_IS_PROC;")],
     "paths", "/proc and /sys must be directories"),
    ("CVE-2022-29162", "exec --cap leaves the inheritable set alone",
     [("src/container/process_file.c", "return append(arena, &sets->bounding, caps) &&",
       "return append(arena, &sets->inheritable, caps) && append(arena, &sets->bounding, caps) &&")],
     "exec", "CVE-2022-29162"),
    ("CVE-2024-21626 (descriptors)", "what leaked in is closed",
     [("src/init/user.c", "\tif (!step->now)\n", "\tif (1)\n\t\treturn 0;\n\tif (!step->now)\n"),
      ("src/sys/fence.c", "CLOSE_RANGE_CLOEXEC", "0u * CLOSE_RANGE_CLOEXEC")],
     "process", "descriptors that the caller leaks"),
    ("CVE-2025-31133", "masks come from the host's null device",
     [("src/init/files.c", ": (int)step->null, rc;",
       ": mount_clone(path_open_in_root(init->root, \"/dev/null\", 0), 0), rc;"),
      ("src/init/files.c", "if (rc < 0 || S_TYPE(stat.mode) != S_CHR || stat.major != NULL_MAJOR ||",
       "if (rc < 0 || (0 && stat.major != NULL_MAJOR) || 0 *"),
      ("src/init/files.c", "stat.minor != NULL_MINOR)", "(int)NULL_MINOR)")],
     "devices", "CVE-2025-31133"),
    ("CVE-2026-30892", "exec --user keeps the group of the config",
     [("src/container/process_file.c", "\tif (request->has_gid) {", "\tif (request->has_uid) {")],
     "exec", "CVE-2026-30892"),
    ("GHSA-g54h-m393-cpwq", "devices are denied by default",
     [("src/cgroup/cgroup.c", ": apply_devices(cgroup, resources ? &resources->devices : &no_rules, log, err);",
       ": 0 * (int)(no_rules.count + (log == NULL));")],
     "devices", "devices are denied by default, with the cgroups of this machine"),
    ("CVE-2025-52881 (labels)", "what is written to /proc/self/attr goes to procfs and nowhere else",
     [("src/init/label.c", "RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS", "0")],
     "unit", "test_init_label: nothing_else_is_opened"),
    ("CVE-2025-52881 (sysctls)", "what is written to /proc/sys goes to procfs and nowhere else",
     [("src/init/files.c", "RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS", "0")],
     "unit", "test_init_files: refuses_parameters_that_are_none"),
    ("CVE-2016-9962", "the helper hides, and is born with its final privileges",
     [("src/init/namespaces.c", "return sys_prctl(PR_SET_DUMPABLE, 0, 0);", "return 0;"),
      ("src/compile/process.c", "\tuser_emit_caps(c, &held);\n", "\tfence = emit_enter_pid(c);\n\tuser_emit_caps(c, &held);\n"),
      ("src/compile/process.c", "\tfence = emit_enter_pid(c);\n\tenvironment_emit_listen", "\tenvironment_emit_listen")],
     "exec", "execs under the eyes of one who may trace: nothing to gain"),
    ("KERNEL.md 13", "who joins a pid namespace is born with its final privileges",
     [("src/compile/process.c", "\tuser_emit_caps(c, &held);\n", "\tfence = emit_enter_pid(c);\n\tuser_emit_caps(c, &held);\n"),
      ("src/compile/process.c", "\tfence = emit_enter_pid(c);\n\tenvironment_emit_listen", "\tenvironment_emit_listen")],
     "exec", "execs under the eyes of one who may trace: nothing to gain"),
    ("tare mounts (magic links)", "no descriptor or root of another process is followed in /proc",
     [("src/init/path.c", "fd = path_open_in_root(root, m.path, 0);",
       "fd = init->together ? path_open_how(root, m.path, O_PATH, 0) : path_open_in_root(root, m.path, 0);"),
      ("src/init/path.c", "fd = path_open_in_root(root, m->path, O_DIRECTORY);", "fd = path_open_how(root, m->path, O_PATH | O_DIRECTORY, 0);")],
     "mounts", "host's pid namespace"),
    ("tare mounts (procfs)", "nothing is mounted into a procfs that the container has mounted",
     [("src/init/mount.c", "if (fs.f_type == PROC_SUPER_MAGIC && !(flags & MOUNT_NAMES_PROC))",
       "if (fs.f_type == 0 && !(flags & MOUNT_NAMES_PROC))")],
     "mounts", "a procfs that the container has put over"),
    ("tare mounts (masks)", "a mask is known by what it is, not by where it was",
     [("src/init/protection.c", "if (is_mask(mount, &fs))", "if (0 && is_mask(mount, &fs))")],
     "mounts", "a directory with a mask in it"),
    ("tare mounts (undo)", "an add that fails takes its mounts away again",
     [("src/init/run.c", "\t\t\tif (init->together)\n", "\t\t\tif (init->together && rc == 1)\n")],
     "mounts", "a volume whose directory becomes a link"),
    ("tare mounts (mount points)", "and the mount points that were made for them",
     [("src/init/unmount.c", "\tmade_undo(init);\n", "")],
     "mounts", "parents that the container renames"),
]

CWD = [("src/init/user.c", "\tif (!step->now)\n", "\tif (1)\n\t\treturn 0;\n\tif (!step->now)\n"),
       ("src/sys/fence.c", "CLOSE_RANGE_CLOEXEC", "0u * CLOSE_RANGE_CLOEXEC"),
       ("src/init/exec.c", "if (n < 0 || cwd[0] != '/')", "if (n == -12345)"),
       ("src/init/path.c", "RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS", "0")]
IN_ROOT = [("src/init/path.c", "RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS", "RESOLVE_NO_MAGICLINKS")]

GUEST_MUTANTS = [
    ("CVE-2019-16884", "a link of the image leads no mount into /proc",
     [("src/init/mount.c", "if (fs.f_type == PROC_SUPER_MAGIC && !(flags & MOUNT_NAMES_PROC))",
       "if (fs.f_type == 0 && !(flags & MOUNT_NAMES_PROC))")],
     "paths", "does not lead a mount to /proc"),
    ("CVE-2021-30465", "destinations are resolved inside the root", IN_ROOT, "paths", "destinations through links stay inside"),
    ("CVE-2026-41579", "so is /dev, when it is a link", IN_ROOT, "paths", "a /dev that is a link"),
    ("CVE-2024-21626 (directory)", "no descriptor leaks in, links to them are not followed, the directory is inside", CWD,
     "process", "a working directory by way of a descriptor is refused"),
    ("CVE-2025-52565", "/dev/console is not followed when it is a link",
     [("src/init/console.c", "fd = sys_openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);",
       "fd = sys_openat(dir, name, O_PATH | O_CLOEXEC, 0);")],
     "devices", "forged /dev/console"),
]
PARCEL = ROOT / "tests/vm/mutants.d"  # packed with the tree, as it is not ignored; removed afterwards
GUEST_CC = """#!/bin/sh
# the guest has no compiler: the programs of the tests come along
while [ $# -gt 1 ]; do [ "$1" = -o ] && out=$2; shift; done
cp "$(dirname "$0")/$(basename "$1" .c)" "$out"
"""


def copy_source():
    COPY.mkdir(parents=True, exist_ok=True)
    files = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                           check=True, capture_output=True).stdout.split(b"\0")
    for name in filter(None, files):
        source, target = ROOT / os.fsdecode(name), COPY / os.fsdecode(name)
        if not source.is_file():
            continue
        data = source.read_bytes()
        if not target.is_file() or target.read_bytes() != data:  # what is the same is not built again
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            target.chmod(source.stat().st_mode)


def mutate(edits):
    for name, old, new in edits:
        path = COPY / name
        text = path.read_text(encoding="utf-8")
        if text.count(old) != 1:
            return f"{name} has the text to replace {text.count(old)} times: {old.strip()}"
        path.write_text(text.replace(old, new), encoding="utf-8")
    return ""


def build(mutant):
    _, _, _, suite, pattern = mutant
    if not (COPY / "build/release/build.ninja").exists():
        subprocess.run(["cmake", "--preset", "release"], cwd=COPY, check=True, capture_output=True)
    target = pattern.split(":")[0] if suite == "unit" else "tare"
    done = subprocess.run(["cmake", "--build", "build/release", "--target", target], cwd=COPY, capture_output=True,
                          text=True, check=False)
    return "" if done.returncode == 0 else "it does not build: " + done.stdout[-600:]


def run_unit_test(program, test):
    environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP")
    done = subprocess.run([COPY / "build/release/tests/unit" / program], env=environment, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False)
    verdicts = re.findall(rf"^(ok|not ok) .*\b{test}\b", done.stdout + done.stderr, re.M)
    return verdicts.count("not ok"), "" if verdicts else f"no test of {program} is called {test}"


def run_tests(suite, pattern):
    """How many of the chosen tests failed; an error if none was chosen."""
    if suite == "unit":
        return run_unit_test(*pattern.split(": "))
    environment = dict(os.environ, TARE=str(COPY / "build/release/tare"), TARE_ROOTFS=str(ROOT / "build/rootfs"))
    done = subprocess.run(["tests/lib/private.sh", "bats", "--formatter", "tap", "-f", re.escape(pattern).replace(r"\ ", " "),
                           f"tests/security/{suite}.bats"], cwd=ROOT, env=environment, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False)
    passed, failed = (len(re.findall(rf"^{word} ", done.stdout, re.M)) for word in ("ok", "not ok"))
    return failed, "" if passed + failed else f"no test of {suite}.bats is called {pattern!r}"


def judge(mutant):
    _, _, edits, suite, pattern = mutant
    copy_source()
    fault = build(mutant)
    if not fault:
        failed, fault = run_tests(suite, pattern)
        if not fault and failed:
            fault = "its test fails without the mutation"
    fault = fault or mutate(edits) or build(mutant)
    if fault:
        return "ERROR", fault
    failed, _ = run_tests(suite, pattern)
    return ("red", f"{failed} failed") if failed else ("SURVIVED", f"{suite}: {pattern}")


def parcel(mutants):
    """The mutated binaries, what the tests need, and a script that tries them all."""
    shutil.rmtree(PARCEL, ignore_errors=True)
    PARCEL.mkdir()
    for program in ("probe", "attack"):
        subprocess.run(["cc", "-static", "-O1", "-std=c17", "-D_GNU_SOURCE", "-o", PARCEL / program,
                        ROOT / f"tests/security/{program}.c"], check=True)
    (PARCEL / "cc").write_text(GUEST_CC)
    (PARCEL / "cc").chmod(0o755)
    lines = []
    for number, mutant in enumerate(mutants):
        _, _, edits, suite, pattern = mutant
        copy_source()
        fault = mutate(edits) or build(mutant)
        if fault:
            return fault
        (PARCEL / str(number)).mkdir()
        shutil.copy2(COPY / "build/release/tare", PARCEL / str(number) / "tare")
        lines.append(f'TARE=$PWD/tests/vm/mutants.d/{number}/tare CC=$PWD/tests/vm/mutants.d/cc '
                     f'tests/lib/private.sh bats --formatter tap -f "{pattern}" tests/security/{suite}.bats '
                     f'>/tmp/out 2>&1; echo "mutant {number} $(grep -c "^not ok" /tmp/out) $(grep -c "^ok" /tmp/out)"')
    (PARCEL / "run").write_text("\n".join(lines) + "\n")
    return ""


def judge_in_guest(mutants):
    fault = parcel(mutants)
    if fault:
        print("ERROR", fault)
        return len(mutants)
    done = subprocess.run(["tests/vm/run.sh", "--shell", "bash tests/vm/mutants.d/run"], cwd=ROOT, capture_output=True,
                          text=True, check=False, stdin=subprocess.DEVNULL)
    shutil.rmtree(PARCEL)
    bad = 0
    for number, mutant in enumerate(mutants):
        found = re.search(rf"^mutant {number} (\d+) (\d+)$", done.stdout, re.M)
        failed = int(found.group(1)) if found else 0
        bad += failed == 0
        verdict = "red" if failed else "SURVIVED" if found else "ERROR"
        print(f"{mutant[0]:<30} {verdict:<9} without: {mutant[1]} ({failed} failed, in the guest)", flush=True)
    return bad


def main():
    wanted = sys.argv[1:]
    if "--guest" in wanted:
        wanted.remove("--guest")
        return 1 if judge_in_guest([m for m in GUEST_MUTANTS if not wanted or any(w in m[0] for w in wanted)]) else 0
    bad = 0
    for mutant in MUTANTS:
        if wanted and not any(word in mutant[0] for word in wanted):
            continue
        verdict, remark = judge(mutant)
        bad += verdict != "red"
        print(f"{mutant[0]:<30} {verdict:<9} without: {mutant[1]} ({remark})", flush=True)
    pathlib.Path("/tmp/tare-mutant").unlink(missing_ok=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
