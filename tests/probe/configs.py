"""Random configs that are valid: as many properties as a machine without CAP_SYS_RESOURCE can have.

make(seed, machine) is a function of its arguments alone: a seed that has shown something shows it again.
"""
import random
import resource

# 24 is CAP_SYS_RESOURCE, which tare's caller may lack; a number is the bit in the sets of the kernel
CAPABILITIES = {
    "CAP_CHOWN": 0, "CAP_DAC_OVERRIDE": 1, "CAP_DAC_READ_SEARCH": 2, "CAP_FOWNER": 3, "CAP_FSETID": 4, "CAP_KILL": 5,
    "CAP_SETGID": 6, "CAP_SETUID": 7, "CAP_SETPCAP": 8, "CAP_NET_BIND_SERVICE": 10, "CAP_NET_ADMIN": 12,
    "CAP_NET_RAW": 13, "CAP_SYS_CHROOT": 18, "CAP_SYS_PTRACE": 19, "CAP_SYS_ADMIN": 21, "CAP_SYS_NICE": 23,
    "CAP_MKNOD": 27, "CAP_AUDIT_WRITE": 29, "CAP_SETFCAP": 31, "CAP_SYSLOG": 34, "CAP_BPF": 39,
}
RLIMITS = ["CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK", "AS", "LOCKS", "SIGPENDING",
           "MSGQUEUE", "NICE", "RTPRIO", "RTTIME"]  # by their numbers
# system calls that succeed without arguments, and that nothing needs
CALLS = {"sched_yield": 24, "getppid": 110, "getpgrp": 111, "getuid": 102, "getgid": 104, "geteuid": 107, "gettid": 186}
POLICIES = {"SCHED_OTHER": 0, "SCHED_BATCH": 3, "SCHED_IDLE": 5}
IO_CLASSES = {"IOPRIO_CLASS_RT": 1, "IOPRIO_CLASS_BE": 2, "IOPRIO_CLASS_IDLE": 3}
# key: (namespace it is of, values)
SYSCTLS = {
    "net.ipv4.ip_default_ttl": ("network", range(10, 200)), "net.ipv4.tcp_keepalive_time": ("network", range(100, 9000)),
    "net/ipv4/conf/lo/forwarding": ("network", range(0, 2)), "net.ipv4.ip_unprivileged_port_start": ("network", range(0, 1024)),
    "kernel.msgmax": ("ipc", range(8192, 65536)), "kernel.shmmni": ("ipc", range(64, 4096)), "fs.mqueue.msg_max": ("ipc", range(5, 100)),
}
LEVELS = {"io": "blkio"}


class Machine:
    """What of this machine a config depends on."""

    def __init__(self, mode, binds, host, controllers):
        self.mode = mode  # of cgroups: v1, hybrid, v2
        self.binds = binds  # a directory of the host with a filesystem mounted on its "sub"
        self.oom, self.nice = host["oom"], host["nice"]  # the caller's own
        self.controllers = controllers


def some(r, items, most=None):
    items = list(items)
    return r.sample(items, r.randint(0, min(len(items), most or len(items))))


def word(r, least=1, most=12):
    return "".join(r.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(r.randint(least, most)))


def odd_text(r):
    return "".join(r.choice(["a", "Z", " ", "=", "\"", "\\", "'", "$", "\t", "é", "%", "{", "/"]) for _ in range(r.randint(0, 20)))


def make_user(r, inside):
    ids = [0, 1, 5, 1000, 999] if inside else [0, 1, 5, 1000, 65534, 123456]
    user = {"uid": r.choice(ids), "gid": r.choice(ids), "additionalGids": sorted(set(r.choice(ids) for _ in range(r.randint(0, 4))))}
    if r.random() < 0.5:
        user["umask"] = r.choice([0, 0o22, 0o27, 0o77, 0o777])
    return user


def make_capabilities(r):
    bounding = some(r, CAPABILITIES)
    permitted = some(r, bounding)
    inheritable = some(r, bounding)
    return {"bounding": bounding, "permitted": permitted, "effective": some(r, permitted), "inheritable": inheritable,
            "ambient": some(r, set(permitted) & set(inheritable))}


def make_rlimits(r):
    made = []
    for name in some(r, ["FSIZE", "CORE", "NPROC", "NOFILE", "MEMLOCK", "LOCKS", "SIGPENDING", "MSGQUEUE", "RTTIME"]):
        most = resource.getrlimit(getattr(resource, "RLIMIT_" + name, RLIMITS.index(name)))[1]
        most = 2**40 if most == resource.RLIM_INFINITY else most
        hard = r.randint(min(64, most), min(most, 10**7))
        made.append({"type": "RLIMIT_" + name, "hard": hard, "soft": r.randint(min(32, hard), hard)})
    return made


def make_process(r, machine, inside):
    process = {
        "user": make_user(r, inside), "cwd": r.choice(["/", "/dir", "/dir/deep", "/proc"]), "args": ["/bin/see"] + [odd_text(r) for _ in range(r.randint(0, 5))],
        "env": ["PATH=/bin"] + [f"{word(r).upper()}{i}={odd_text(r)}" for i in range(r.randint(0, 6))],
        "capabilities": make_capabilities(r), "rlimits": make_rlimits(r), "noNewPrivileges": r.random() < 0.5,
    }
    if r.random() < 0.4:
        process["env"].append("HOME=/home/" + word(r))
    if r.random() < 0.5:
        process["oomScoreAdj"] = r.randint(machine.oom, 1000)
    if r.random() < 0.4:
        policy = r.choice(list(POLICIES))
        process["scheduler"] = {"policy": policy} | ({"nice": r.randint(machine.nice if inside else -20, 19)} if policy != "SCHED_IDLE" else {})
    if r.random() < 0.4:
        level = r.choice(list(IO_CLASSES)[1 if inside else 0:])  # in a user namespace the kernel allows neither
        process["ioPriority"] = {"class": level, "priority": 0 if level == "IOPRIO_CLASS_IDLE" else r.randint(0, 7)}
    return process


def split_range(r, host, size):
    """`size` ids from 0 on, in pieces."""
    pieces, at = [], 0
    while at < size:
        count = min(size - at, r.choice([1, 7, 1000, size]))
        pieces.append({"containerID": at, "hostID": host + at * 3 if len(pieces) else host, "size": count})
        at += count
        if len(pieces) == 4:
            pieces[-1]["size"] += size - at
            break
    # the pieces must not overlap on the host
    top = host
    for piece in pieces:
        piece["hostID"] = top
        top += piece["size"] + r.randint(0, 50)
    return pieces


ATIMES = ["noatime", "relatime", "strictatime"]


def mount_flags(r, recursive=False):
    flags = [r.choice(pair) for pair in (("ro", "rw"), ("nosuid", "suid"), ("nodev", "dev"), ("noexec", "exec"), ("nodiratime", "diratime"),
                                         ("nosymfollow", "symfollow")) if r.random() < 0.4]
    if r.random() < 0.4:
        flags.append(r.choice(ATIMES))
    if recursive:
        flags = ["r" + f if r.random() < 0.4 and f not in ("strictatime",) else f for f in flags]
    r.shuffle(flags)
    return flags


def make_tmpfs(r, index, inside):
    options = mount_flags(r) + [f"mode={r.choice(['755', '1777', '700'])}"]
    if r.random() < 0.5:
        options.append(f"size={r.randint(1, 64) * 16}k")
    if r.random() < 0.5:
        options.append(f"nr_inodes={r.randint(20, 500)}")
    if r.random() < 0.3 and not inside:
        options += [f"uid={r.randint(0, 2000)}", f"gid={r.randint(0, 2000)}"]
    if r.random() < 0.4:
        options.append(r.choice(["private", "slave", "shared", "unbindable", "rprivate", "rslave", "rshared"]))
    return {"destination": f"/tmpfs{index}" + r.choice(["", "/below"]), "type": "tmpfs", "source": r.choice(["tmpfs", word(r)]), "options": options}


def make_bind(r, machine, index):
    recursive = r.random() < 0.5
    options = ["rbind" if recursive else "bind"] + mount_flags(r, recursive)
    if r.random() < 0.4:
        options.append(r.choice(["private", "slave", "shared", "rprivate", "rslave", "rshared"]))
    return {"destination": f"/bind{index}", "type": r.choice(["bind", "none", ""]) or "bind", "source": machine.binds, "options": options}


def make_mounts(r, machine, namespaces, inside):
    mounts = [{"destination": "/proc", "type": "proc", "source": "proc"},
              {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
              {"destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]}]
    mounts.append({"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]})
    if "ipc" in namespaces or not inside:
        mounts.append({"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]})
    for i in range(r.randint(0, 3)):
        mounts.append(make_tmpfs(r, i, inside))
    for i in range(r.randint(0, 2) if not inside else 0):
        mounts.append(make_bind(r, machine, i))
    return mounts


def make_devices(r):
    made = []
    for i in range(r.randint(0, 3)):
        major, minor, kind = r.choice([(1, 3, "c"), (1, 5, "c"), (1, 9, "c"), (10, 229, "c"), (7, 0, "b"), (254, 3, "b")])
        made.append({"path": f"/dev/node{i}" if r.random() < 0.7 else f"/dev/sub/node{i}", "type": kind, "major": major, "minor": minor,
                     "fileMode": r.choice([0o666, 0o600, 0o640]), "uid": r.choice([0, 5, 1000]), "gid": r.choice([0, 5, 1000])})
    return made


def make_resources(r, machine):
    made = {"devices": [{"allow": False, "access": "rwm"}, {"allow": True, "access": "rwm", "type": "c", "major": 1}, {"allow": True, "access": "m"}]}
    if "pids" in machine.controllers and r.random() < 0.7:
        made["pids"] = {"limit": r.randint(10, 5000)}
    if "memory" in machine.controllers and r.random() < 0.7:
        made["memory"] = {"limit": r.randint(4096, 100000) * 4096}
    if "cpu" in machine.controllers and r.random() < 0.7:
        made["cpu"] = {"quota": r.randint(10, 200) * 1000, "period": r.choice([50000, 100000, 200000])}
    return made


def make_seccomp(r):
    names = some(r, CALLS)
    rules = [{"names": [n], "action": "SCMP_ACT_ERRNO", "errnoRet": r.randint(1, 130)} for n in names]
    if rules and r.random() < 0.5:
        rules[0].pop("errnoRet")  # then it is EPERM
    return {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], "syscalls": rules}


def make(seed, machine):
    r = random.Random(seed)
    namespaces = ["mount"] + some(r, ["pid", "network", "ipc", "uts", "cgroup", "time"])
    inside = r.random() < 0.3
    if inside:
        namespaces = sorted(set(namespaces) | {"user", "pid", "ipc", "network"})
    if machine.mode == "v2" and "cgroup" not in namespaces:
        namespaces.append("cgroup")
    config = {"ociVersion": "1.3.0", "process": make_process(r, machine, inside), "root": {"path": "rootfs", "readonly": r.random() < 0.5},
              "mounts": make_mounts(r, machine, namespaces, inside), "annotations": {"org.example." + word(r): odd_text(r)},
              "linux": {"namespaces": [{"type": t} for t in namespaces], "resources": make_resources(r, machine),
                        "maskedPaths": some(r, ["/proc/kcore", "/dir/secret", "/dir/file", "/nothing", "/proc/sysrq-trigger"]),
                        "readonlyPaths": some(r, ["/proc/sys", "/dir/fixed", "/dir/fixed-file", "/nothing"])}}
    linux = config["linux"]
    if "uts" in namespaces and r.random() < 0.8:
        config["hostname"] = word(r, 1, 40)
        config["domainname"] = word(r, 1, 40)
    if inside:
        linux["uidMappings"] = split_range(r, 200000, 70000)
        linux["gidMappings"] = split_range(r, 400000, 70000)
    else:
        linux["devices"] = make_devices(r)
    if "time" in namespaces:
        linux["timeOffsets"] = {"monotonic": {"secs": r.randint(0, 10**6), "nanosecs": r.randint(0, 999999999)}, "boottime": {"secs": r.randint(0, 10**6)}}
    linux["sysctl"] = {k: str(r.choice(values)) for k, (ns, values) in SYSCTLS.items()
                       if ns in namespaces and r.random() < 0.3 and (ns == "network" or not inside)}
    if r.random() < 0.6:
        linux["seccomp"] = make_seccomp(r)
    if r.random() < 0.5:
        linux["rootfsPropagation"] = r.choice(["private", "slave", "shared", "unbindable"])
    if r.random() < 0.2:
        linux["personality"] = {"domain": r.choice(["LINUX32", "LINUX"])}
    return config
