# Hints to mistakes in config.json: what tare run and tare check advise, each with its code.

load ../lib/common
load container
load hints

@test "hints: root, version, hooks, names" {
	new_table
	refused_with <<'END'
tare implements version 1.3.0 and reads every 1.x | version | .ociVersion = "2.0.0"
add "root": {"path": "rootfs"} for the directory | root | del(.root)
name a directory, absolute or relative to the bundle | root | .root.path = ""
unpack the image there, or correct the path | rootfs | .root.path = "nowhere"
name the directory itself, not a link to it | rootfs | .root.path = "/proc/self/root"
add {"type": "uts"} to /linux/namespaces, or remove the hostname | hostname | .linux.namespaces |= map(select(.type != "uts"))
add {"type": "uts"} to /linux/namespaces, or remove the domainname | domainname | .linux.namespaces |= map(select(.type != "uts")) | del(.hostname) | .domainname = "x"
hooks are programs of the host; PATH is not searched | hooks | .hooks.prestart = [{path: "true"}]
END
}

@test "hints: process" {
	new_table
	refused_with <<'END'
add "args": ["sh"], for instance | args | .process.args = []
write "/" for the root of the container | cwd | .process.cwd = "tmp"
write NAME= for an empty value | env | .process.env = ["A"]
JSON has no octal numbers: 022 is written 18 | umask | .process.user.umask = 1022
did you mean "RLIMIT_NOFILE"? | rlimits | .process.rlimits = [{type: "RLIMIT_NOFILES", soft: 1, hard: 1}]
END
	found_with <<'END'
did you mean "CAP_SYS_ADMIN"? | capability-names | .process.capabilities.bounding += ["CAP_SYS_ADMN"]
did you mean "CAP_KILL"? | capability-names | .process.capabilities.bounding += ["KILL"]
END
}

@test "hints: mounts" {
	new_table
	refused_with <<'END'
name a filesystem such as "tmpfs", or add "bind" to the options | mount-type | .mounts += [{destination: "/x"}]
name a file or directory of the host | mount-bind | .mounts += [{destination: "/x", type: "bind", options: ["bind"]}]
what is written below /proc would not reach the kernel | mount-proc | .mounts += [{destination: "/proc", type: "tmpfs", source: "t"}]
allowed are the files that lxcfs provides, such as /proc/meminfo | mount-proc | .mounts += [{destination: "/proc/sys", type: "bind", source: "/tmp", options: ["bind"]}]
write uids=FROM-TO-LENGTH[#FROM-TO-LENGTH...];gids=... | mount-options | .mounts += [{destination: "/x", type: "bind", source: "/tmp", options: ["bind", "idmap=uids=x"]}]
create /no/such/source on the host, or remove the mount | mount-source | .mounts += [{destination: "/x", type: "bind", source: "/no/such/source", options: ["bind"]}]
a part of the source's path is a file, not a directory | mount-source | .mounts += [{destination: "/x", type: "bind", source: "/etc/passwd/x", options: ["bind"]}]
END
	found_with <<'END'
create it on the host, or correct the path | file-missing | .mounts += [{destination: "/x", type: "bind", source: "/no/such/source", options: ["bind"]}]
END
}

@test "hints: namespaces and mappings" {
	new_table
	refused_with <<'END'
did you mean "network"? | schema | .linux.namespaces += [{type: "netwrok"}]
leave the path out for a new namespace | namespace-path | .linux.namespaces |= map(if .type == "ipc" then .path = "ns" else . end)
the process that it belonged to has ended, or the path is not right | namespace-join | .linux.namespaces |= map(if .type == "ipc" then .path = "/proc/0/ns/ipc" else . end)
is it a namespace of the type that is named? | namespace-join | .linux.namespaces |= map(if .type == "ipc" then .path = "/proc/self/ns/net" else . end)
add {"type": "mount"} to /linux/namespaces | namespace-mount | .linux.namespaces |= map(select(.type != "mount")) | .linux.rootfsPropagation = "private"
put whole seconds into secs | time-offsets | .linux.namespaces += [{type: "time"}] | .linux.timeOffsets.monotonic = {secs: 1, nanosecs: 1000000000}
add {"type": "time"} to /linux/namespaces | time-offsets | .linux.timeOffsets.monotonic.secs = 1
add {"type": "network"} to /linux/namespaces | net-devices | .linux.namespaces |= map(select(.type != "network")) | .linux.netDevices.eth7 = {}
add [{"containerID": 0, "hostID": | user-namespace | .linux.namespaces += [{type: "user"}]
add {"type": "user"} to /linux/namespaces, or remove the mappings | user-namespace | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}]
add a line with "containerID": 7 to | user-mapped | .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .linux.gidMappings = [{containerID: 0, hostID: 0, size: 6}] | .process.user.uid = 7
END
}

@test "hints: devices, limits, kernel parameters" {
	new_table
	refused_with <<'END'
device files usually are below /dev | device-path | .linux.devices = [{path: "null", type: "c", major: 1, minor: 3}]
write the path without detours | cgroups-path | .linux.cgroupsPath = "/a/../b"
write "rwm" for reading, writing and mknod | device-rules | .linux.resources.devices = [{allow: false, access: ""}]
set /linux/resources/memory/limit too | memory | .linux.resources.memory = {swap: 4096}
the value is the sum of memory and swap | memory | .linux.resources.memory = {limit: 8192000, swap: 4096000}
half a CPU is a quota of 50000 in a period of 100000 | cpu-bandwidth | .linux.resources.cpu = {quota: 7}
the key is a plain name such as "memory.high" | unified | .linux.resources.unified = {"a/b": "1"}
the key is a file of cgroup v2 such as "memory.high" | unified | .linux.resources.unified = {"memory": "1"}
give "rate"; 0 takes a limit away | block-io-devices | .linux.resources.blockIO = {throttleReadBpsDevice: [{major: 8, minor: 0}]}
give "mode", such as "MPOL_BIND" | memory-policy | .linux.memoryPolicy = {nodes: "0"}
give "domain": "LINUX" or "LINUX32" | personality | .linux.personality = {}
names look like "net.ipv4.ip_forward" | sysctl-keys | .linux.sysctl = {"no..thing": "1"}
set it on the host, outside of the container | sysctl-keys | .linux.sysctl = {"vm.swappiness": "1"}
write "hostname" at the top of the config | sysctl-keys | .linux.sysctl = {"kernel.hostname": "x"}
add {"type": "ipc"} to /linux/namespaces | sysctl-keys | .linux.namespaces |= map(select(.type != "ipc")) | .linux.sysctl = {"kernel.shmmax": "1"}
this kernel has no such parameter | sysctl-values | .linux.sysctl = {"net.nothing.of.this": "1"}
the kernel does not take this value | sysctl-values | .linux.sysctl = {"net.ipv4.ip_forward": "x"}
END
	refused_with <<'END'
start the agent that answers, and name its socket in listenerPath | seccomp-listener | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getpid"], action: "SCMP_ACT_NOTIFY"}]}
the value is base64 of the instructions that seccomp(2) takes | seccomp-given | .annotations["run.oci.seccomp_bpf_data"] = "x"
END
	found_with <<'END'
write -1 | pids | .linux.resources.pids.limit = -7
END
}

@test "hints: what a reviewer would raise" {
	new_table
	found_with <<'END'
add a user namespace, or leave the capability out | review | .process.capabilities.bounding += ["CAP_SYS_ADMIN"]
set noNewPrivileges to true | review | .process.noNewPrivileges = false
add a profile to /linux/seccomp | review | .
add the namespace, unless that is meant | review | .linux.namespaces |= map(select(.type != "pid"))
set pids.limit | review | .
set memory.limit | review | .
add "/proc/sys" | review | .linux.readonlyPaths = []
take the list that tare spec writes | review | .linux.maskedPaths = []
END
}

@test "hints: the root filesystem is mounted noexec or nosuid" {
	require_root
	new_table
	mount -t tmpfs -o noexec tare "$ROOTFS"
	remember
	found_with <<<"remount it with exec, or unpack the image elsewhere | review | ."
	mount -o remount,exec,nosuid "$ROOTFS"
	found_with <<<"remount it with suid, unless that is meant | review | ."
	umount "$ROOTFS"
}
