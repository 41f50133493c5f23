# Hints to what the kernel refuses tare-init inside the container.

load ../lib/common
load container
load lifecycle
load hints

# advised HINT CODE FILTER: a new bundle, changed by FILTER, fails with this hint.
advised() { make_bundle "${3:-.}" && run_bundle && assert_status 1 && says_hint "$1" "$2"; }
advised_as_user() { make_rootless_bundle "${3:-.}" && run_bundle_as_user && assert_status 1 && says_hint "$1" "$2"; }

# holder allow|deny: a process in a new user namespace where only 0 is mapped; its pid is $HOLDER.
holder() {
	coproc UNSHARED { exec unshare --user sh -c 'echo ready; read -r _'; }
	HOLDER=$UNSHARED_PID
	read -r _ <&"${UNSHARED[0]}"
	echo "$1" >"/proc/$HOLDER/setgroups"
	echo "0 0 1" >"/proc/$HOLDER/uid_map"
	echo "0 0 1" >"/proc/$HOLDER/gid_map"
}
let_go() { kill "$HOLDER" && wait "$HOLDER" || true; }

@test "hints: filesystems" {
	require_root
	advised "see /proc/filesystems for the types that this kernel has" filesystem-unknown \
		'.mounts += [{destination: "/x", type: "nosuchfs", source: "x"}]'
	advised "the filesystem does not know this option, or not this value" mount-option-refused \
		'.mounts += [{destination: "/x", type: "tmpfs", source: "x", options: ["nosuchoption=1"]}]'
	advised "a file can be bound on a file only, a directory on a directory" mount-point \
		'.mounts += [{destination: "/etc/passwd", type: "bind", source: "/tmp", options: ["bind"]}]'
	make_bundle && rmdir "$ROOTFS/proc" && ln -s tmp "$ROOTFS/proc"
	run_bundle
	assert_status 1 && says_hint "the image has a symlink or a file there" path-unsafe
}

@test "hints: overlays" {
	require_root
	local dir
	make_bundle
	mkdir "$WORK/disk" "$WORK/outer"
	mount -t tmpfs tare "$WORK/disk"
	mkdir "$WORK"/disk/{lower,upper,work}
	mount -t overlay -o "lowerdir=$WORK/disk/lower,upperdir=$WORK/disk/upper,workdir=$WORK/disk/work" tare "$WORK/outer"
	mkdir "$WORK"/outer/{lower,upper,work}
	edit_config --arg dir "$WORK/outer" '.mounts += [{destination: "/x", type: "overlay", source: "o",
		options: ["lowerdir=\($dir)/lower", "upperdir=\($dir)/upper", "workdir=\($dir)/work"]}]'
	run_bundle
	assert_status 1
	says_hint "upperdir and workdir have to be on one filesystem that supports it" overlay
	edit_config --arg dir "$WORK/disk" '.mounts[-1].options = ["lowerdir=\($dir)/lower",
		"upperdir=\($dir)/upper", "workdir=\($dir)/work", "index=on"]'
	run_bundle
	assert_status 1
	says_hint "another overlay uses this upperdir or workdir: each container needs its own" overlay
	umount "$WORK/outer"
	umount "$WORK/disk"
}

@test "hints: mount points on a read-only root filesystem" {
	require_root
	local filter
	for filter in '.mounts += [{destination: "/no/such", type: "tmpfs", source: "x"}]' \
		'.mounts += [{destination: "/nosuch", type: "bind", source: "/etc/passwd", options: ["bind"]}]'; do
		make_bundle "$filter"
		mount --bind "$ROOTFS" "$ROOTFS"
		mount -o remount,ro,bind "$ROOTFS"
		run_bundle
		assert_status 1
		says_hint "the mount point is missing on a read-only filesystem: create it in the image" mount-point
		umount "$ROOTFS"
	done
}

@test "hints: what a user namespace may not mount" {
	require_test_user
	advised_as_user "in a user namespace proc and sysfs can be mounted only with a pid or network namespace" mount-forbidden \
		'.linux.namespaces |= map(select(.type != "pid"))'
	advised_as_user "in a user namespace the flags of the host's mount (ro, nosuid, nodev, noexec) cannot be taken away" mount \
		'.mounts += [{destination: "/x", type: "bind", source: "/proc", options: ["rbind", "exec", "suid", "dev"]}]'
	mkdir -m 700 "$WORK/private" && mkdir "$WORK/private/x"
	advised_as_user "this user may not enter a directory on the way to the source" mount-source \
		".mounts += [{destination: \"/x\", type: \"bind\", source: \"$WORK/private/x\", options: [\"bind\"]}]"
}

@test "hints: ids that a joined user namespace does not have" {
	require_root
	holder allow
	local join="(.linux.namespaces += [{type: \"user\", path: \"/proc/$HOLDER/ns/user\"}]) | del(.mounts[2].options[5])"
	advised "an id in the options (uid=, gid=) may not be mapped in the user namespace" mount-owner \
		"$join"' | .mounts += [{destination: "/x", type: "tmpfs", source: "x", options: ["uid=7"]}]'
	advised "the id is not mapped in the user namespace" user-ids "$join | .process.user.uid = 7"
	advised "a group is not mapped in the user namespace" user-groups "$join | .process.user.additionalGids = [7]"
	let_go
	holder deny
	join="(.linux.namespaces += [{type: \"user\", path: \"/proc/$HOLDER/ns/user\"}]) | del(.mounts[2].options[5])"
	advised "setgroups is denied in this user namespace" user-groups "$join | .process.user.additionalGids = [0, 1]"
	let_go
}

@test "hints: devices without the right to make them" {
	require_root
	make_bundle '.linux.devices = [{path: "/dev/x", type: "c", major: 1, minor: 3}]'
	tare_by setpriv --bounding-set -mknod
	assert_status 1
	says_hint "mknod needs CAP_MKNOD, and the device rules of the cgroup" device
}

@test "hints: keyrings" {
	require_root
	make_bundle
	tare_by "$BATS_TEST_DIRNAME/filtered.py" keyctl=EPERM
	assert_status 1
	says_hint "a seccomp filter around tare forbids keyctl: --no-new-keyring goes without" keyring
}

@test "hints: the quota of keys" {
	require_test_user
	make_rootless_bundle
	mkdir -p "$STATE" && chown taretest "$STATE"
	run --separate-stderr as_user python3 - "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" <<'END'
import ctypes, os, sys
libc = ctypes.CDLL(None)
libc.syscall(250 if os.uname().machine == "x86_64" else 219, 1, b"tare-test")  # a session keyring of our own
number = 248 if os.uname().machine == "x86_64" else 217
for i in range(1000):
    if libc.syscall(number, b"user", b"tare%d" % i, b"x", 1, -3) < 0:
        break
os.execv(sys.argv[1], sys.argv[1:])
END
	assert_status 1
	says_hint "the quota of keys is used up: see kernel.keys.maxkeys" keyring
}

@test "hints: resource limits" {
	require_root
	make_bundle '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 1024, hard: 1073741825}]'
	run_bundle
	assert_status 1
	says_hint "raising a hard limit needs CAP_SYS_RESOURCE, and nobody gets more open files than fs.nr_open" rlimits
	make_bundle '.process.rlimits = [{type: "RLIMIT_CORE", soft: 0, hard: 4096}]'
	tare_by setpriv --bounding-set -sys_resource prlimit --core=0
	assert_status 1
	says_hint "raising a hard limit needs CAP_SYS_RESOURCE; lower the value or raise the caller's limit" rlimits
	make_bundle '.process.oomScoreAdj = -1000'
	tare_by setpriv --bounding-set -sys_resource
	assert_status 1
	says_hint "going below one's own value needs CAP_SYS_RESOURCE" oom-score
}

@test "hints: scheduling" {
	require_root
	advised "this kernel does not know the policy or its values" scheduler '.process.scheduler = {policy: "SCHED_ISO"}'
	make_bundle '.process.args = ["sleep", "100"] | .process.execCPUAffinity = {final: "1000"}'
	do_tare run --detach --bundle "$BUNDLE" "$ID"
	assert_success
	do_tare exec "$ID" true
	assert_status 255 && says_hint "none of these CPUs is there, or in the container's cpuset" exec-affinity
	do_tare delete --force "$ID"
	advised "none of these memory nodes is there or in the container's cpuset" memory-policy \
		'.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "63"}'
	make_bundle '.process.scheduler = {policy: "SCHED_FIFO", priority: 1}'
	tare_by setpriv --bounding-set -sys_nice
	assert_status 1
	says_hint "real-time and deadline policies need CAP_SYS_NICE" scheduler
}

@test "hints: an I/O priority that an ordinary user may not have" {
	require_test_user
	advised_as_user "IOPRIO_CLASS_RT needs CAP_SYS_ADMIN or CAP_SYS_NICE" io-priority \
		'.process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 0}'
}

@test "hints: seccomp" {
	require_root
	advised "without noNewPrivileges the profile has to allow capset" capabilities '.process.noNewPrivileges = false
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["capset"], action: "SCMP_ACT_ERRNO"}]}'
	advised "use fewer conditions on arguments or fewer architectures" seccomp-filter '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [range(0; 3000) | {names: ["getpid"], action: "SCMP_ACT_ERRNO", errnoRet: 1, args: [{index: 0, value: ., op: "SCMP_CMP_EQ"}]}]}'
	advised "the agent has to listen there before the container is made" seccomp-listener \
		'.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/no/such/socket",
			syscalls: [{names: ["getpid"], action: "SCMP_ACT_NOTIFY"}]}'
}

@test "hints: a seccomp listener that is no stream, or has gone" {
	require_root
	make_bundle
	edit_config --arg path "$WORK/agent" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $path,
		syscalls: [{names: ["getpid"], action: "SCMP_ACT_NOTIFY"}]}'
	coproc AGENT { exec python3 -c 'import socket, sys; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1]); print(1, flush=True); input()' "$WORK/agent"; }
	read -r _ <&"${AGENT[0]}"
	run_bundle
	kill "$AGENT_PID" && wait "$AGENT_PID" || true
	assert_status 1 && says_hint "the specification wants AF_UNIX and SOCK_STREAM" seccomp-listener
	run_bundle
	assert_status 1 && says_hint "nobody listens on this socket any more: start the agent again" seccomp-listener
}

@test "hints: a pid namespace whose first process has ended" {
	require_root
	touch "$WORK/pidns"
	mount --bind --make-private "$WORK" "$WORK"
	unshare --pid="$WORK/pidns" --fork true
	advised "the first process of that pid namespace has ended" process \
		"(.linux.namespaces[] | select(.type == \"pid\")) += {path: \"$WORK/pidns\"}"
	umount "$WORK/pidns"
	umount "$WORK"
}

@test "hints: tmpcopyup, terminal" {
	require_root
	make_bundle '.mounts += [{destination: "/deep", type: "tmpfs", source: "x", options: ["tmpcopyup"]}]'
	mkdir -p "$ROOTFS/deep/$(printf 'd/%.0s' {1..140})"
	run_bundle
	assert_status 1 && says_hint "directories are copied 128 deep" copy-up
	make_bundle '.process.terminal = true | .mounts |= map(select(.type != "devpts"))'
	run python3 "$TARE_SOURCE/tests/lib/pty.py" 24x80 "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
	stderr=$output
	[[ $stderr == *"a terminal needs a devpts at /dev/pts"* ]] || fail "$(seen)"
}
