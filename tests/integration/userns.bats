# User namespaces: mappings written by root, by the user, and by newuidmap; what they mean for files.

load ../lib/common
load container

setup() {
	common_setup
	require_root
}

# map_to FIRST [SIZE]: a user namespace that maps 0.. to FIRST.., and a rootfs that belongs to it.
map_to() {
	set_namespace user
	edit_config --argjson first "$1" --argjson size "${2:-65536}" '
		.linux.uidMappings = [{containerID: 0, hostID: $first, size: $size}]
		| .linux.gidMappings = .linux.uidMappings'
	chown -R "$1:$1" "$BUNDLE"
}

@test "as root: the mappings are the config's, and root inside is not root outside" {
	make_bundle
	map_to 100000
	inside 'echo $(cat /proc/self/uid_map); echo $(cat /proc/self/gid_map); id -u; cat /proc/self/setgroups; echo ready; read line'
	start_bundle
	wait_for_line ready
	assert_equal "$(awk '/^[UG]id/ { print $2 }' "/proc/$PID/status")" $'100000\n100000'
	tell go
	finish_bundle
	assert_success
	assert_output $'0 100000 65536\n0 100000 65536\n0\nallow\nready'
}

@test "several ranges, users apart from groups" {
	make_bundle '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000},
		{containerID: 1000, hostID: 200000, size: 1}, {containerID: 1001, hostID: 300000, size: 5000}]
		| .linux.gidMappings = [{containerID: 0, hostID: 400000, size: 70000}]
		| .process.user = {uid: 1000, gid: 50, additionalGids: [7, 65000]}'
	set_namespace user
	inside 'cat /proc/self/uid_map /proc/self/gid_map | tr -s " "; grep -E "^(Uid|Gid|Groups)" /proc/self/status; echo ready; read line'
	start_bundle
	wait_for_line ready
	assert_equal "$(awk '/^[UG]id/ { print $2 } /^Groups/ { print $2, $3 }' "/proc/$PID/status")" \
		$'200000\n400050\n400007 465000'
	tell go
	finish_bundle
	assert_success
	assert_output $' 0 100000 1000\n 1000 200000 1\n 1001 300000 5000\n 0 400000 70000\nUid:\t1000\t1000\t1000\t1000\nGid:\t50\t50\t50\t50\nGroups:\t7 65000 \nready'
}

@test "two hundred ranges" {
	make_bundle '.linux.uidMappings = [range(200) | {containerID: (. * 2), hostID: (100000 + . * 3), size: 1}]
		| .linux.gidMappings = .linux.uidMappings
		| (.mounts[] | select(.destination == "/dev/pts").options) -= ["gid=5"]'
	set_namespace user
	inside 'wc -l </proc/self/uid_map; tail -n 1 /proc/self/gid_map | tr -s " "'
	run_bundle
	assert_success
	assert_output $'200\n 398 100597 1'
}

@test "files made inside belong to the mapped ids outside, and the other way round" {
	make_bundle '.root.readonly = false'
	map_to 100000
	edit_config '.process.capabilities[] += ["CAP_CHOWN"]'
	inside 'touch /tmp/made; touch /tmp/given; chown 1000:50 /tmp/given; stat -c "%u:%g %n" /home/user /etc/not-mapped'
	touch "$ROOTFS/etc/not-mapped" # root's, who is nobody inside
	chown 101000:100005 "$ROOTFS/home/user"
	run_bundle
	assert_success
	assert_output $'1000:5 /home/user\n65534:65534 /etc/not-mapped'
	assert_equal "$(stat -c %u:%g "$ROOTFS/tmp/made" "$ROOTFS/tmp/given")" $'100000:100000\n101000:100050'
}

@test "a rootfs that belongs to nobody inside is used as it is" {
	make_bundle
	map_to 100000
	chown -R 0:0 "$BUNDLE"
	inside 'stat -c %u /bin/busybox; touch /new'
	run_bundle
	assert_status 1
	assert_output 65534
	[ ! -e "$ROOTFS/new" ]
}

@test "default devices are the host's, bound, and work" {
	make_bundle
	map_to 100000
	inside 'for d in null zero full random urandom tty; do stat -c "%n %F %t:%T" /dev/$d; grep -c " /dev/$d " /proc/self/mountinfo; done
		echo gone >/dev/null && head -c 3 /dev/zero | od -An -tx1; head -c 8 /dev/urandom | wc -c'
	run_bundle
	assert_success
	assert_output "/dev/null character special file 1:3
1
/dev/zero character special file 1:5
1
/dev/full character special file 1:7
1
/dev/random character special file 1:8
1
/dev/urandom character special file 1:9
1
/dev/tty character special file 5:0
1
 00 00 00
8"
}

@test "all the default mounts are there, and belong to root inside" {
	make_bundle
	map_to 100000
	inside 'for p in /proc /dev /dev/pts /dev/shm /dev/mqueue /sys; do grep -q " $p " /proc/self/mountinfo || echo no $p; done
		stat -c %u /dev /dev/shm /dev/mqueue; touch /dev/shm/x /dev/mqueue/q && echo written; test -c /dev/ptmx && echo ptmx'
	run_bundle
	assert_success
	assert_output $'0\n0\n0\nwritten\nptmx'
}

@test "the namespaces belong to the user namespace" {
	make_bundle '.process.capabilities[] += ["CAP_SYS_ADMIN", "CAP_NET_ADMIN"]'
	map_to 100000
	inside 'hostname inside && hostname; ip link set lo down && ip link show lo | grep -c LOOPBACK,UP; mkdir -p /tmp/m; mount -t tmpfs t /tmp && echo mounted'
	run_bundle
	assert_success
	assert_output $'inside\n0\nmounted'
}

@test "where 0 is not mapped the container is its user's" {
	make_bundle '.linux.uidMappings = [{containerID: 1000, hostID: 101000, size: 1}]
		| .linux.gidMappings = [{containerID: 1000, hostID: 101000, size: 1}]
		| .process.user = {uid: 1000, gid: 1000}
		| (.mounts[] | select(.destination == "/dev/pts").options) -= ["gid=5"]
		| .process.cwd = "/dev/shm"'
	set_namespace user
	chown -R 101000:101000 "$BUNDLE"
	inside 'id -u; id -g; touch here && stat -c %u here; test -c /dev/null && echo null; awk "/CapEff/ { print \$2 }" /proc/self/status'
	run_bundle
	assert_success
	assert_output $'1000\n1000\n1000\nnull\n0000000000000000'
}

@test "an identity mapping of everything" {
	make_bundle
	map_to 0 4294967295
	inside 'echo $(cat /proc/self/uid_map); stat -c %u /bin/busybox; ls -d /proc/self/ns/user'
	run_bundle
	assert_success
	assert_output $'0 0 4294967295\n0\n/proc/self/ns/user'
}

@test "capabilities and seccomp in a user namespace" {
	make_bundle '.process.user = {uid: 5, gid: 5}
		| .process.capabilities.inheritable = ["CAP_KILL"] | .process.capabilities.ambient = ["CAP_KILL"]
		| .process.noNewPrivileges = false
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["sethostname"], action: "SCMP_ACT_ERRNO"}]}'
	map_to 100000
	inside 'grep -E "^(Cap|Seccomp:)" /proc/self/status'
	run_bundle
	assert_success
	assert_output "CapInh:	0000000000000020
CapPrm:	0000000000000020
CapEff:	0000000000000020
CapBnd:	0000000020000420
CapAmb:	0000000000000020
Seccomp:	2"
}

@test "rootless: a user maps himself to root" {
	require_test_user
	make_rootless_bundle '.root.readonly = false'
	inside 'id -u; id -g; echo $(cat /proc/self/uid_map); cat /proc/self/setgroups; hostname; touch /tmp/made; echo $$; test -w /dev/null && echo null'
	run_bundle_as_user
	assert_success
	assert_stderr ""
	assert_output $'0\n0\n0 64321 1\ndeny\ntare\n1\nnull'
	assert_equal "$(stat -c %u:%g "$ROOTFS/tmp/made")" 64321:64321
}

@test "rootless: the template as spec writes it for that user" {
	require_test_user
	make_rootless_bundle
	rm "$BUNDLE/config.json"
	as_user "$TARE" spec --rootless --bundle "$BUNDLE"
	edit_config '.process.terminal = false | .process.args = ["id", "-u"]'
	run_bundle_as_user
	assert_success
	assert_output 0
}

@test "rootless: exit status, a network namespace, limits that cannot be are named" {
	require_test_user
	make_rootless_bundle
	set_namespace network
	inside 'ls /sys/class/net /proc/net/dev; ip -o addr show dev lo | grep -c 127.0.0.1; exit 9'
	run_bundle_as_user
	assert_status 9
	assert_matches $'\n1$'
	edit_config '.linux.resources.memory.limit = 67108864'
	run_bundle_as_user
	assert_status 1
	names_pointer /linux/resources/memory/limit
	assert_no_engine_phrase
	assert_clean
}

@test "rootless: ranges of /etc/subuid by newuidmap and newgidmap" {
	require_test_user
	require_command newuidmap
	make_rootless_bundle '
		.linux.uidMappings += [{containerID: 1, hostID: 700000, size: 65536}]
		| .linux.gidMappings += [{containerID: 1, hostID: 700000, size: 65536}]
		| .process.user = {uid: 1000, gid: 1000, additionalGids: [5, 6]}'
	chmod 777 "$ROOTFS/tmp"
	edit_config '.root.readonly = false'
	inside 'id -u; grep Groups /proc/self/status; tail -n 1 /proc/self/uid_map | tr -s " "; cat /proc/self/setgroups; touch /tmp/made'
	run_bundle_as_user
	assert_success
	assert_output $'1000\nGroups:\t5 6 \n 1 700000 65536\nallow'
	assert_equal "$(stat -c %u:%g "$ROOTFS/tmp/made")" 700999:700999
}

@test "rootless: a range that was not granted is named, with what newuidmap said" {
	require_test_user
	require_command newuidmap
	make_rootless_bundle '.linux.uidMappings += [{containerID: 1, hostID: 1000, size: 10}]
		| .linux.gidMappings += [{containerID: 1, hostID: 700000, size: 10}]'
	run_bundle_as_user
	assert_status 1
	assert_stderr_contains "newuidmap"
	assert_stderr_contains "/etc/subuid"
	names_pointer /linux/uidMappings
	assert_no_engine_phrase
}

@test "rootless: binds of what the user may read, with all that lies below" {
	require_test_user
	make_rootless_bundle
	mkdir -p "$WORK/data/below"
	echo content >"$WORK/data/file"
	chown -R taretest "$WORK/data"
	add_mount '{"destination": "/mnt", "type": "bind", "source": "'"$WORK"'/data", "options": ["rbind", "ro", "nosuid"]}'
	inside 'cat /mnt/file; touch /mnt/no; grep -o " /mnt ro,nosuid" /proc/self/mountinfo'
	run_bundle_as_user
	assert_success
	assert_output $'content\n /mnt ro,nosuid'
}

@test "in a user namespace of the caller's, as podman of a user has it: devices are the host's" {
	make_bundle '(.mounts[] | select(.destination == "/dev/pts").options) -= ["gid=5"] | .linux.resources = {}'
	inside 'echo x >/dev/null && stat -c "%t:%T" /dev/null /dev/zero; id -u'
	run --separate-stderr unshare --user --map-root-user --mount \
		timeout 60 "$TARE" --root "$STATE" --cgroup-manager disabled run --bundle "$BUNDLE" "$ID" </dev/null
	assert_success
	assert_output $'1:3\n1:5\n0'
}

@test "rootless: devices are the host's, and sysfs cannot be written" {
	require_test_user
	make_rootless_bundle
	inside 'stat -c "%t:%T" /dev/null /dev/zero; awk "\$5 == \"/sys\" { print \$6 }" /proc/self/mountinfo; mkdir /sys/fs/cgroup/x'
	run_bundle_as_user
	assert_status 1
	assert_matches $'^1:3\n1:5\nro,'
}
