#!/usr/bin/env python3
"""What a container sees of itself against the config that it was made from, property by property.

    compare.py [--seed N] [--count N] [--jobs N]   run random configs (configs.py); each difference is a line
    compare.py --from FILE                         one that was written by hand; BINDS in it is a directory with mounts
    compare.py --prove                             each property is found when it differs

TARE, SEE: the runtime, and tests/probe/see.c as a static program. Needs root, and a mount namespace of its
own (tests/lib/private.sh). Ends with a line "N configs, N properties compared, N differences", status 1 if
there are any.
"""
import argparse
import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile

import configs

PROPERTIES = {}


def of(pointer):
    """A property: a function of (config, seen, host) that gives (asked, seen), or None where nothing is asked."""
    def keep(function):
        PROPERTIES[pointer] = function
        return function
    return keep


def has(config, kind):
    return any(n["type"] == kind for n in config["linux"]["namespaces"])


def numbers(names):
    return sorted(configs.CAPABILITIES[n] for n in names)


# ---- process

@of("/process/args")
def args(c, s, _):
    return c["process"]["args"], s["args"]


@of("/process/env")
def env(c, s, _):
    asked = list(c["process"]["env"])
    if not any(e.startswith("HOME=") for e in asked):
        asked.append("HOME=/")  # the image has no /etc/passwd
    return asked, s["env"]


@of("/process/cwd")
def cwd(c, s, _):
    return c["process"]["cwd"], s["cwd"]


@of("/process/user/uid")
def uid(c, s, _):
    return [c["process"]["user"]["uid"]] * 3, s["uids"]


@of("/process/user/gid")
def gid(c, s, _):
    return [c["process"]["user"]["gid"]] * 3, s["gids"]


@of("/process/user/additionalGids")
def groups(c, s, _):
    # the kernel sorts them, and counts the group itself only if it is named
    return c["process"]["user"]["additionalGids"], sorted(s["groups"])


@of("/process/user/umask")
def umask(c, s, _):
    return c["process"]["user"].get("umask", 0o22), s["umask"]


@of("/process/noNewPrivileges")
def no_new_privileges(c, s, _):
    return int(c["process"]["noNewPrivileges"]), s["noNewPrivileges"]


def after_exec(c):
    """capabilities(7), "Transformation of capabilities during execve()", of a file without capabilities."""
    sets = {k: set(numbers(v)) for k, v in c["process"]["capabilities"].items()}
    permitted, effective = sets["ambient"], sets["ambient"]
    ambient = sets["ambient"]
    if c["process"]["user"]["uid"] == 0:
        permitted = sets["inheritable"] | sets["bounding"]
        if c["process"]["noNewPrivileges"]:
            permitted = permitted & sets["permitted"]
        effective = permitted
    return {"bounding": sets["bounding"], "inheritable": sets["inheritable"], "permitted": permitted, "effective": effective, "ambient": ambient}


def capability_property(name):
    @of("/process/capabilities/" + name)
    def compare(c, s, _):
        return sorted(after_exec(c)[name]), s[name]


for each in ("bounding", "inheritable", "permitted", "effective", "ambient"):
    capability_property(each)


@of("/process/rlimits")
def rlimits(c, s, _):
    asked = {x["type"]: [x["soft"], x["hard"]] for x in c["process"]["rlimits"]}
    return asked, {k: s["rlimits"][configs.RLIMITS.index(k[len("RLIMIT_"):])] for k in asked}


@of("/process/oomScoreAdj")
def oom(c, s, host):
    return c["process"].get("oomScoreAdj", host["oom"]), int(s["oomScoreAdj"])


@of("/process/scheduler/policy")
def policy(c, s, _):
    return configs.POLICIES[c["process"].get("scheduler", {}).get("policy", "SCHED_OTHER")], s["policy"]


@of("/process/scheduler/nice")
def nice(c, s, host):
    scheduler = c["process"].get("scheduler", {})
    return None if scheduler.get("policy") == "SCHED_IDLE" else (scheduler.get("nice", host["nice"] if not scheduler else 0), s["nice"])


@of("/process/ioPriority")
def io_priority(c, s, host):
    asked = c["process"].get("ioPriority")
    return (configs.IO_CLASSES[asked["class"]] << 13 | asked["priority"] if asked else host["ioprio"]), s["ioprio"]


@of("descriptors")
def descriptors(c, s, _):
    return [0, 1, 2], sorted(s["descriptors"])


# ---- names and namespaces

@of("/hostname")
def hostname(c, s, host):
    return c.get("hostname", host["hostname"]), s["hostname"]


@of("/domainname")
def domainname(c, s, host):
    return c.get("domainname", host["domainname"]), s["domainname"]


@of("/linux/namespaces")
def namespaces(c, s, host):
    names = {"cgroup": "cgroup", "ipc": "ipc", "mnt": "mount", "net": "network", "pid": "pid", "time": "time", "user": "user", "uts": "uts"}
    return ({n: has(c, t) for n, t in names.items()}, {n: s["namespaces"][n] != host["namespaces"][n] for n in names})


def id_map(c, s, host, which):
    asked = c["linux"].get(which + "Mappings")
    lines = [[int(n) for n in line.split()] for line in s[which + "Map"].splitlines()]
    if not asked:
        return host[which + "Map"], s[which + "Map"]
    return sorted([m["containerID"], m["hostID"], m["size"]] for m in asked), sorted(lines)


@of("/linux/uidMappings")
def uid_mappings(c, s, host):
    return id_map(c, s, host, "uid")


@of("/linux/gidMappings")
def gid_mappings(c, s, host):
    return id_map(c, s, host, "gid")


@of("/linux/timeOffsets")
def time_offsets(c, s, host):
    asked = c["linux"].get("timeOffsets")
    if not asked:
        return host["timeOffsets"], s["timeOffsets"]
    seen = {line.split()[0]: [int(n) for n in line.split()[1:]] for line in s["timeOffsets"].splitlines()}
    return {k: [v.get("secs", 0), v.get("nanosecs", 0)] for k, v in asked.items()}, seen


@of("/linux/personality")
def personality(c, s, _):
    return 8 if c["linux"].get("personality", {}).get("domain") == "LINUX32" else 0, s["personality"]


# ---- mounts

def mountinfo(s):
    """Mount point: (flags, propagation, type, source, options of the filesystem), of the last mount there."""
    found = {}
    for line in s["mounts"].splitlines():
        left, _, right = line.partition(" - ")
        left, right = left.split(" "), right.split(" ")
        found[left[4]] = (set(left[5].split(",")), [f.split(":")[0] for f in left[6:]], right[0], right[1], set(right[2].split(",")))
    return found


NEGATIVE = {"rw": "ro", "suid": "nosuid", "dev": "nodev", "exec": "noexec", "diratime": "nodiratime", "symfollow": "nosymfollow"}


def flags_of(options, recursive_only=False, start=()):
    """The flags that the options lead to, in their order; a recursive one is also for the top."""
    flags = set(start)
    for o in options:
        recursive = o[:1] == "r" and o[1:] in set(NEGATIVE) | set(NEGATIVE.values()) | {"noatime", "relatime", "strictatime"}
        name = o[1:] if recursive else o
        if recursive_only and not recursive:
            continue
        if name in NEGATIVE:
            flags.discard(NEGATIVE[name])
        elif name in NEGATIVE.values():
            flags.add(name)
        elif name in configs.ATIMES:
            flags -= {"noatime", "relatime"}
            flags |= {name} & {"noatime", "relatime"}
    return flags


KNOWN = {"ro", "nosuid", "nodev", "noexec", "nodiratime", "nosymfollow", "noatime", "relatime"}


def of_kind(c, kind):
    return [m for m in c["mounts"] if m["destination"].startswith("/" + kind)]


def default_atime(flags, options):
    return flags | {"relatime"} if not any(o in configs.ATIMES for o in options) else flags


@of("/mounts/type and source")
def mount_types(c, s, _):
    table = mountinfo(s)
    asked = {m["destination"]: ("tmpfs", m["source"]) for m in of_kind(c, "tmpfs")}
    return asked, {d: table[d][2:4] if d in table else None for d in asked}


@of("/mounts/options of tmpfs")
def tmpfs_flags(c, s, _):
    table = mountinfo(s)
    asked = {m["destination"]: default_atime(flags_of(m["options"]), m["options"]) for m in of_kind(c, "tmpfs")}
    return asked, {d: table[d][0] & KNOWN if d in table else None for d in asked}


@of("/mounts/data of tmpfs")
def tmpfs_data(c, s, _):
    table, asked = mountinfo(s), {}
    for m in of_kind(c, "tmpfs"):
        data = {o for o in m["options"] if "=" in o}
        asked[m["destination"]] = {o for o in data if o not in ("mode=1777", "uid=0", "gid=0")}  # defaults are not shown
    return asked, {d: {o for o in table[d][4] if "=" in o and o.split("=")[0] in ("size", "nr_inodes", "mode", "uid", "gid")}
                   & (asked[d] | {o for o in table[d][4] if o.split("=")[0] in {a.split("=")[0] for a in asked[d]}}) for d in asked}


@of("/mounts/options of bind")
def bind_flags(c, s, host):
    table = mountinfo(s)
    asked = {m["destination"]: flags_of(m["options"], start=host["binds"]) for m in of_kind(c, "bind")}
    return asked, {d: table[d][0] & KNOWN if d in table else None for d in asked}


@of("/mounts/recursive options of bind")
def bind_recursive(c, s, host):
    table, asked = mountinfo(s), {}
    for m in of_kind(c, "bind"):
        if "rbind" in m["options"]:
            asked[m["destination"] + "/sub"] = flags_of(m["options"], True, host["sub"])
        else:
            asked[m["destination"] + "/sub"] = None
    return asked, {d: table[d][0] & KNOWN if d in table else None for d in asked}


def propagation_of(options):
    last = [o.lstrip("r") if o != "rslave" else "slave" for o in options if o.lstrip("r") in ("private", "slave", "shared", "unbindable")]
    return {"shared": ["shared"], "unbindable": ["unbindable"]}.get(last[-1] if last else "", [])


@of("/mounts/propagation")
def propagation(c, s, _):
    table = mountinfo(s)
    asked = {m["destination"]: propagation_of(m["options"]) for m in of_kind(c, "tmpfs")}
    return asked, {d: table[d][1] if d in table else None for d in asked}


@of("/root/readonly")
def root_readonly(c, s, _):
    return c["root"]["readonly"], "ro" in mountinfo(s)["/"][0]


@of("/linux/rootfsPropagation")
def root_propagation(c, s, _):
    return {"shared": ["shared"], "unbindable": ["unbindable"]}.get(c["linux"].get("rootfsPropagation"), []), mountinfo(s)["/"][1]


# ---- paths

CHARACTER, BLOCK = 0o020000, 0o060000
DEFAULTS = {"/dev/null": (1, 3), "/dev/zero": (1, 5), "/dev/full": (1, 7), "/dev/random": (1, 8), "/dev/urandom": (1, 9), "/dev/tty": (5, 0)}


@of("default devices")
def default_devices(c, s, _):
    return {p: [CHARACTER, a, b] for p, (a, b) in DEFAULTS.items()}, {p: [s["path"][p].get(k) for k in ("type", "major", "minor")] for p in DEFAULTS}


@of("/linux/devices")
def devices(c, s, _):
    asked = {d["path"]: [BLOCK if d["type"] == "b" else CHARACTER, d["major"], d["minor"], d["fileMode"], d["uid"], d["gid"]]
             for d in c["linux"].get("devices", [])}
    return asked, {p: [s["path"][p].get(k) for k in ("type", "major", "minor", "mode", "uid", "gid")] for p in asked}


@of("/linux/maskedPaths")
def masked(c, s, _):
    """A directory is empty then, a file has nothing in it."""
    paths = ["/dir/secret", "/dir/file"]
    return {p: p in c["linux"]["maskedPaths"] for p in paths}, {p: s["path"][p].get("read") == 0 for p in paths}


@of("/linux/readonlyPaths")
def readonly(c, s, _):
    paths = ["/dir/fixed", "/dir/fixed-file"]
    everything = c["root"]["readonly"]
    may = c["process"]["user"]["uid"] == 0 or 1 in after_exec(c)["effective"]
    if not may:
        return None  # refused by the mode of the file already
    return {p: everything or p in c["linux"]["readonlyPaths"] for p in paths}, {p: s["path"][p].get("write") == -30 for p in paths}


@of("/linux/sysctl")
def sysctl(c, s, _):
    asked = c["linux"]["sysctl"]
    return asked, {k: (s["read"].get(sysctl_file(k)) or "").strip() for k in asked}


def sysctl_file(key):
    return "/proc/sys/" + (key if "/" in key and "." not in key.split("/")[0] else key.replace(".", "/"))


@of("/linux/seccomp")
def seccomp(c, s, _):
    rules = c["linux"].get("seccomp", {}).get("syscalls", [])
    asked = dict.fromkeys(configs.CALLS.values(), 0)
    for rule in rules:
        asked[configs.CALLS[rule["names"][0]]] = rule.get("errnoRet", 1)
    return ({str(k): v for k, v in asked.items()} | {"mode": 2 if "seccomp" in c["linux"] else 0}), s["call"] | {"mode": s["seccomp"]}


# ---- control groups

FILES = {
    "pids": ("/pids/pids.max", "/pids.max"), "memory": ("/memory/memory.limit_in_bytes", "/memory.max"),
    "quota": ("/cpu/cpu.cfs_quota_us", "/cpu.max"),
}


def limit(name, asked_of):
    @of("/linux/resources/" + name)
    def compare(c, s, host):
        asked = asked_of(c["linux"]["resources"])
        if asked is None:
            return None
        path = "/sys/fs/cgroup" + FILES[name][host["v2"]]
        seen = (s["read"].get(path) or "").split()
        return str(asked), seen[0] if seen else None


limit("pids", lambda r: r.get("pids", {}).get("limit"))
limit("memory", lambda r: r.get("memory", {}).get("limit"))
limit("quota", lambda r: r.get("cpu", {}).get("quota"))


# ---- running

def asked_paths(config):
    paths = list(DEFAULTS) + ["/dir/secret", "/dir/file", "/dir/fixed", "/dir/fixed-file"]
    paths += [d["path"] for d in config["linux"].get("devices", [])]
    files = [sysctl_file(k) for k in config["linux"]["sysctl"]] + ["/sys/fs/cgroup" + f for pair in FILES.values() for f in pair]
    return "".join([f"path {p}\n" for p in paths] + [f"read {p}\n" for p in files] + [f"call {n}\n" for n in configs.CALLS.values()])


def make_root(directory, see, owner):
    root = os.path.join(directory, "rootfs")
    for name in ("bin", "dev", "proc", "sys", "dir/deep", "dir/secret", "dir/fixed"):
        os.makedirs(os.path.join(root, name))
    for name in ("dir/secret/inner", "dir/file", "dir/fixed-file"):
        with open(os.path.join(root, name), "w", encoding="utf-8") as f:
            f.write("content\n")
    shutil.copy(see, os.path.join(root, "bin/see"))
    if owner:
        for place, directories, files in os.walk(root):
            for name in [""] + directories + files:
                os.chown(os.path.join(place, name), *owner)
    return root


def run(tare, see, seed, config, work):
    """What the container printed, or a text that says why there is nothing."""
    directory = tempfile.mkdtemp(dir=work)
    linux = config["linux"]
    owner = (linux["uidMappings"][0]["hostID"], linux["gidMappings"][0]["hostID"]) if "uidMappings" in linux else None
    root = make_root(directory, see, owner)
    with open(os.path.join(root, "see"), "w", encoding="utf-8") as f:
        f.write(asked_paths(config))
    with open(os.path.join(directory, "config.json"), "w", encoding="utf-8") as f:
        json.dump(config, f)
    name = f"tare-test-{os.environ.get('TARE_TAG', 'probe')}-{seed}"
    got = subprocess.run([tare, "--root", os.path.join(work, "state"), "run", "--bundle", directory, name], stdin=subprocess.DEVNULL,
                         capture_output=True, timeout=120, check=False)
    subprocess.run(["rm", "-rf", "--one-file-system", directory], check=True)
    if got.returncode != 0:
        return f"status {got.returncode}: {got.stderr.decode(errors='replace').strip()}"
    return json.loads(got.stdout.decode(errors="surrogateescape"))


def differences(config, seen, host):
    compared = 0
    found = []
    for pointer, function in PROPERTIES.items():
        pair = function(config, seen, host)
        compared += pair is not None
        if pair is not None and pair[0] != pair[1]:
            found.append((pointer, pair[0], pair[1]))
    return compared, found


def look_at_host(see, binds, mode):
    """The same program outside of any container: what a container has in common with its caller."""
    seen = json.loads(subprocess.run([see], capture_output=True, check=True).stdout.decode(errors="surrogateescape"))
    table = mountinfo(seen)
    return seen | {"oom": int(seen["oomScoreAdj"]), "binds": table[binds][0] & KNOWN, "sub": table[binds + "/sub"][0] & KNOWN, "v2": mode == "v2"}


def look_for_cgroups():
    """(mode, controllers that can be read inside under their v1 names or at the top of v2)"""
    if os.path.exists("/sys/fs/cgroup/cgroup.controllers"):
        with open("/sys/fs/cgroup/cgroup.controllers", encoding="ascii") as f:
            return "v2", f.read().split()
    return "v1", [n for n in ("pids", "memory", "cpu") if os.path.isdir("/sys/fs/cgroup/" + n)]


def make_binds(work):
    """A filesystem with another one below it, each with flags of its own; private, as the default is."""
    binds = os.path.join(work, "binds")
    for place, options in ((binds, "nosuid,mode=755"), (binds + "/sub", "nodev,noexec,mode=755")):
        os.mkdir(place)
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "binds", place], check=True)
        subprocess.run(["mount", "--make-private", place], check=True)
    return binds


def read(path, machine):
    with open(path, encoding="utf-8") as f:
        config = json.loads(f.read().replace("BINDS", machine.binds))
    for name in ("pids", "memory", "cpu"):
        if name not in machine.controllers:
            config["linux"]["resources"].pop(name)
    return config


def prove(made, controllers):
    """Each property must be found to differ somewhere when configs and containers are mixed up."""
    missing = set(PROPERTIES) - {"descriptors", "default devices"}  # the same in all
    for name, controller in (("pids", "pids"), ("memory", "memory"), ("quota", "cpu")):
        if controller not in controllers:
            missing.discard("/linux/resources/" + name)
    for i, (config, _, host) in enumerate(made):
        for j, (_, seen, _) in enumerate(made):
            if i != j:
                for name, function in PROPERTIES.items():
                    try:
                        pair = function(config, seen, host)
                    except KeyError:  # a path that the other did not ask for
                        continue
                    if pair is not None and pair[0] != pair[1]:
                        missing.discard(name)
    for constant, key in (("descriptors", "descriptors"), ("default devices", "path")):
        config, seen, host = made[0]
        altered = copy.deepcopy(seen)
        altered[key] = altered[key] + [7] if key == "descriptors" else {p: {"type": 0} for p in altered[key]}
        if PROPERTIES[constant](config, altered, host)[0] == PROPERTIES[constant](config, altered, host)[1]:
            missing.add(constant)
    for name in sorted(missing):
        print(f"never found to differ: {name}")
    print(f"{len(PROPERTIES)} properties, each found to differ" if not missing else f"{len(missing)} of {len(PROPERTIES)} were never found")
    return 1 if missing else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--config", action="store_true", help="print the config of --seed")
    parser.add_argument("--prove", action="store_true")
    parser.add_argument("--from", dest="file")
    options = parser.parse_args()
    tare, see = os.environ["TARE"], os.environ["SEE"]
    os.umask(0o22)
    work = tempfile.mkdtemp(dir=os.environ.get("TARE_TEST_TMP", "/tmp"))
    os.chmod(work, 0o755)
    binds = make_binds(work)
    mode, controllers = look_for_cgroups()
    host = look_at_host(see, binds, mode)
    machine = configs.Machine(mode, binds, host, controllers)
    total, wrong, made = 0, 0, []
    try:
        for seed in range(options.seed, options.seed + (1 if options.file else options.count)):
            config = read(options.file, machine) if options.file else configs.make(seed, machine)
            if options.config:
                print(json.dumps(config, indent=1))
            seen = run(tare, see, seed, config, work)
            if isinstance(seen, str):
                wrong += 1
                print(f"seed {seed}: {seen}")
                continue
            compared, found = differences(config, seen, host)
            total += compared
            wrong += len(found)
            made.append((config, seen, host))
            for pointer, asked, got in found:
                print(f"seed {seed}: {pointer}: asked {asked}, seen {got}")
    finally:
        subprocess.run(["umount", binds + "/sub", binds], check=True)
        shutil.rmtree(work)
    if options.prove:
        return prove(made, controllers) or int(wrong > 0)
    print(f"{len(made)} configs, {total} properties compared, {wrong} differences")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
