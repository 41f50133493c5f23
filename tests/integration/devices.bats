# The devices: the default devices and links, the config's devices, and what rules allow.

load ../lib/common
load container

setup() {
	common_setup
	require_root
}

# device JSON: one more entry of linux.devices.
device() { edit_config --argjson device "$1" '.linux.devices += [$device]'; }

@test "the default devices: numbers, modes and owners" {
	make_bundle
	args stat -c '%n %F %t:%T %a %u:%g' /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty
	run_bundle
	assert_success
	assert_output "/dev/null character special file 1:3 666 0:0
/dev/zero character special file 1:5 666 0:0
/dev/full character special file 1:7 666 0:0
/dev/random character special file 1:8 666 0:0
/dev/urandom character special file 1:9 666 0:0
/dev/tty character special file 5:0 666 0:0"
}

@test "the default devices work under the default rules" {
	make_bundle
	inside 'echo x >/dev/null && head -c 2 /dev/zero | od -An -tx1; head -c 5 /dev/urandom | wc -c; head -c 5 /dev/random | wc -c; echo x >/dev/full'
	run_bundle
	assert_status 1
	assert_output $' 00 00\n5\n5'
	assert_stderr_contains "No space left"
}

@test "modes do not depend on the caller's umask" {
	make_bundle
	device '{"type": "c", "path": "/dev/more", "major": 1, "minor": 3, "fileMode": 438}'
	args stat -c '%n %a' /dev/null /dev/more /dev/shm /dev/pts
	umask 0077
	run_bundle
	umask 0022
	assert_success
	assert_output $'/dev/null 666\n/dev/more 666\n/dev/shm 1777\n/dev/pts 755'
}

@test "the links of /dev" {
	make_bundle
	inside 'for l in fd stdin stdout stderr ptmx; do echo $l $(readlink /dev/$l); done; echo through >/dev/stdout; cat /dev/stdin </etc/group | head -n 1'
	run_bundle
	assert_success
	assert_output $'fd /proc/self/fd\nstdin /proc/self/fd/0\nstdout /proc/self/fd/1\nstderr /proc/self/fd/2\nptmx pts/ptmx\nthrough\nroot:x:0:'
}

@test "nothing else is in /dev" {
	make_bundle
	args ls /dev
	run_bundle
	assert_success
	assert_output "fd
full
mqueue
null
ptmx
pts
random
shm
stderr
stdin
stdout
tty
urandom
zero"
}

@test "devices of the config: type, mode, owner, in directories that are made" {
	make_bundle
	device '{"type": "c", "path": "/dev/char", "major": 1, "minor": 5, "fileMode": 416, "uid": 7, "gid": 8}'
	device '{"type": "b", "path": "/dev/block/one", "major": 7, "minor": 3}'
	device '{"type": "u", "path": "/dev/raw", "major": 1, "minor": 8, "fileMode": 384}'
	device '{"type": "p", "path": "/dev/made/of/fifo", "fileMode": 400, "uid": 9, "gid": 10}'
	args stat -c '%n %F %t:%T %a %u:%g' /dev/char /dev/block/one /dev/raw /dev/made/of/fifo
	run_bundle
	assert_success
	assert_output "/dev/char character special file 1:5 640 7:8
/dev/block/one block special file 7:3 666 0:0
/dev/raw character special file 1:8 600 0:0
/dev/made/of/fifo fifo 0:0 620 9:10"
}

@test "a device outside of /dev, on a read-only root" {
	make_bundle
	device '{"type": "c", "path": "/opt/null", "major": 1, "minor": 3, "fileMode": 438}'
	inside 'stat -c %t:%T /opt/null; echo x >/opt/null'
	run_bundle
	assert_success
	assert_output 1:3
	[ -c "$ROOTFS/opt/null" ]
}

@test "a default device that the config lists has the config's mode" {
	make_bundle
	device '{"type": "c", "path": "/dev/null", "major": 1, "minor": 3, "fileMode": 384, "uid": 5, "gid": 6}'
	args stat -c '%t:%T %a %u:%g' /dev/null
	run_bundle
	assert_success
	assert_output "1:3 600 5:6"
}

@test "a node that exists already and is the same serves" {
	make_bundle
	mknod -m 600 "$ROOTFS/opt-null" c 1 3
	device '{"type": "c", "path": "/opt-null", "major": 1, "minor": 3, "fileMode": 438}'
	args stat -c '%t:%T' /opt-null
	run_bundle
	assert_success
	assert_output 1:3
}

@test "a file in the place of a device is an error, and stays as it is" {
	make_bundle
	echo precious >"$ROOTFS/opt-null"
	device '{"type": "c", "path": "/opt-null", "major": 1, "minor": 3}'
	run_bundle
	assert_status 1
	names_pointer /linux/devices/0
	assert_stderr_contains /opt-null
	assert_equal "$(cat "$ROOTFS/opt-null")" precious
}

@test "another device in the place of one is an error" {
	make_bundle
	mknod -m 600 "$ROOTFS/opt-null" c 1 5
	device '{"type": "c", "path": "/opt-null", "major": 1, "minor": 3}'
	run_bundle
	assert_status 1
	names_pointer /linux/devices/0
}

@test "a device through a link of the image stays inside" {
	make_bundle
	ln -s /somewhere/else "$ROOTFS/away"
	device '{"type": "c", "path": "/away/null", "major": 1, "minor": 3}'
	args stat -c %t:%T /somewhere/else/null
	run_bundle
	assert_success
	assert_output 1:3
	[ ! -e /somewhere ]
}

@test "a bound /dev is the engine's: no device is made in it" {
	make_bundle
	mkdir "$WORK/dev"
	mknod -m 666 "$WORK/dev/null" c 1 3
	edit_config --arg source "$WORK/dev" '.mounts = [.mounts[] | select(.destination | startswith("/dev") | not)]
		| .mounts += [{destination: "/dev", type: "bind", source: $source, options: ["rbind", "ro"]}]'
	inside 'ls /dev; awk "\$5 == \"/dev\" { print \$6 }" /proc/self/mountinfo'
	run_bundle
	assert_success
	assert_output $'null\nro,relatime'
	assert_equal "$(ls "$WORK/dev")" null
}

@test "a read-only /dev has its devices all the same" {
	make_bundle '(.mounts[] | select(.destination == "/dev").options) += ["ro"]'
	inside 'echo x >/dev/null && test -L /dev/fd && echo ok; touch /dev/new'
	run_bundle
	assert_status 1
	assert_output ok
	assert_stderr_contains "Read-only file system"
}

@test "without a mount of /dev the devices are in the image's directory" {
	make_bundle '.mounts = [.mounts[] | select(.destination | startswith("/dev") | not)]'
	args stat -c %t:%T /dev/zero
	run_bundle
	assert_success
	assert_output 1:5
	[ -c "$ROOTFS/dev/zero" ]
}

# ---- linux.resources.devices: what may be used

# No driver answers to 240:7, so a device that may be opened says ENXIO, and one that may not EPERM.
try_devices='cd /dev/shm; mknod other c 240 7 && echo made; mknod zero c 1 5; mknod block b 240 7
	try() { echo "$1: $(head -c 0 "$1" 2>&1 | sed "s/.*: //")"; }
	for d in other zero block; do try $d; done'

# can_mknod FILTER: a bundle that may make nodes and open them.
can_mknod() {
	make_bundle '.process.capabilities[] += ["CAP_MKNOD"]
		| (.mounts[] | select(.destination == "/dev/shm").options) -= ["nodev"]'
	edit_config "$1"
	inside "$try_devices"
}

rules_hold() { # COMMAND...: runs the bundle
	can_mknod .
	"$@"
	assert_output $'made\nother: Operation not permitted\nzero: \nblock: Operation not permitted'

	# what is allowed after the denial may be used
	edit_config '.linux.resources.devices += [{allow: true, type: "c", major: 240, minor: 7, access: "r"}]'
	"$@"
	assert_output $'made\nother: No such device or address\nzero: \nblock: Operation not permitted'

	# a whole type, and reading is not writing
	edit_config '.linux.resources.devices += [{allow: true, type: "b", access: "r"}]'
	inside "$try_devices; echo x >other; echo x >block"
	"$@"
	assert_output $'made\nother: No such device or address\nzero: \nblock: No such device or address'
	assert_equal "$(grep -c "Operation not permitted" <<<"$stderr")" 2
}

@test "rules on v1: denied unless allowed" {
	require_cgroup v1 hybrid
	rules_hold run_bundle
}

@test "rules on v2, by a BPF program: denied unless allowed" {
	require_cgroup v2 hybrid
	rules_hold run_bundle_with v2
}

@test "rules: everything allowed, and exceptions from it" {
	can_mknod '.linux.resources.devices = [{allow: true, access: "rwm"}]'
	run_bundle
	assert_output $'made\nother: No such device or address\nzero: \nblock: No such device or address'
	edit_config '.linux.resources.devices += [{allow: false, type: "c", major: 240, access: "r"}]'
	run_bundle
	assert_output $'made\nother: Operation not permitted\nzero: \nblock: No such device or address'
	edit_config '.linux.resources.devices += [{allow: false, type: "b", access: "m"}]'
	run_bundle
	assert_contains $'other: Operation not permitted\nzero: \nblock: No such file or directory'
}

@test "without rules everything outside of the defaults is denied" {
	can_mknod 'del(.linux.resources)'
	run_bundle
	assert_output $'made\nother: Operation not permitted\nzero: \nblock: Operation not permitted'
}
