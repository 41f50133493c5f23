# Hints to what the machine, or the process that calls tare, does not allow.

load ../lib/common
load container
load lifecycle
load hints

# nested SCRIPT: run a rootless bundle as root of a user namespace, after the script.
nested() {
	make_bundle '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}]
		| .linux.gidMappings = .linux.uidMappings | del(.mounts[2].options[5]) | del(.linux.resources)'
	[ $# -lt 2 ] || edit_config "$2"
	run --separate-stderr unshare --user --map-root-user --mount sh -c "$1"' && shift && exec "$@"' sh x \
		timeout 30 "$TARE" --root "$STATE" --rootless=true run --bundle "$BUNDLE" "$ID" </dev/null
}

@test "hints: a seccomp filter around tare" {
	require_root
	make_bundle
	tare_by "$BATS_TEST_DIRNAME/filtered.py" clone3=EPERM
	assert_status 1 && says_hint "a seccomp filter is in force around tare (Seccomp: 2 in /proc/self/status)" privileges
	tare_by "$BATS_TEST_DIRNAME/filtered.py" open_tree=ENOSYS
	assert_status 1 && says_hint "a seccomp filter is in force around tare (Seccomp: 2 in /proc/self/status)" privileges
}

@test "hints: root without CAP_SYS_ADMIN, and no root at all" {
	require_root
	make_bundle
	tare_by setpriv --bounding-set -sys_admin
	assert_status 1 && says_hint "tare runs as root, but without CAP_SYS_ADMIN: give it to the outer container" privileges
	require_test_user
	chmod 755 "$BUNDLE"
	run_bundle_as_user
	assert_status 1 && says_hint "run as root, or add a user namespace (tare spec --rootless)" privileges
	run --separate-stderr as_user "$TARE" check --format json "$BUNDLE"
	assert_json 'any(.[]; (.hint // "") | contains("run tare as root, or start from the config that \"tare spec --rootless\" writes"))'
}

@test "hints: user namespaces that are switched off" {
	require_root
	nested 'echo 0 >/proc/sys/user/max_user_namespaces'
	assert_status 1 && says_hint "user.max_user_namespaces is 0: user namespaces are switched off here" user-namespaces
	nested 'echo 0 >/proc/sys/user/max_uts_namespaces'
	assert_status 1 && says_hint "a limit on namespaces is reached: see user.max_*_namespaces in /proc/sys/user" namespace-limit
}

@test "hints: user namespaces in a chroot" {
	! grep -q __asan_init "$TARE" || skip "the sanitized build is not static, and finds no libraries in a chroot"
	require_root
	make_bundle '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 70000}]
		| .linux.gidMappings = .linux.uidMappings'
	local root=$WORK/chroot
	mkdir -p "$root"/{proc,sys,dev,bundle,bin}
	cp "$TARE" "$root/bin/tare"
	cp -a "$BUNDLE/." "$root/bundle"
	mount -t proc proc "$root/proc"
	mount --rbind --make-rprivate /sys "$root/sys"
	mount --rbind --make-rprivate /dev "$root/dev"
	run --separate-stderr chroot "$root" /bin/tare --root /run run --bundle /bundle "$ID" </dev/null
	umount "$root/proc" && umount -R "$root/sys" && umount -R "$root/dev"
	assert_status 1 && says_hint "user namespaces are forbidden here: tare runs in a chroot, or a security module" user-namespaces
}

@test "hints: id maps" {
	require_root
	nested true '.linux.uidMappings[0].hostID = 1000'
	assert_status 1 && says_hint "ranges may not overlap, and every host id must be yours to give" mappings
	require_test_user
	make_rootless_bundle '.linux.uidMappings += [{containerID: 1, hostID: 1, size: 5}]'
	run_bundle_as_user
	assert_status 1 && says_hint "the ranges have to be granted to you in /etc/subuid" id-mapping
	mount --bind /dev/null /usr/bin/newuidmap
	run_bundle_as_user
	umount /usr/bin/newuidmap
	assert_status 1 && says_hint "install the package uidmap (shadow-utils), or map only your own id" id-mapping
	make_rootless_bundle '.process.user.additionalGids = [0]'
	run_bundle_as_user
	assert_status 1 && says_hint "remove additionalGids, or map a range of /etc/subgid in /linux/gidMappings" user-groups
	make_rootless_bundle '.mounts += [{destination: "/x", type: "bind", source: "/tmp", options: ["bind"],
		uidMappings: [{containerID: 0, hostID: 0, size: 1}], gidMappings: [{containerID: 0, hostID: 0, size: 1}]}]'
	run_bundle_as_user
	assert_status 1 && says_hint "run tare as root, or map the ids of the whole container" mount-idmap
}

@test "hints: an idmapped mount on a filesystem that has none" {
	require_root
	make_bundle '.mounts += [{destination: "/x", type: "bind", source: "/proc/fs", options: ["bind"],
		uidMappings: [{containerID: 0, hostID: 0, size: 1}], gidMappings: [{containerID: 0, hostID: 0, size: 1}]}]'
	run_bundle
	assert_status 1 && says_hint "does not support idmapped mounts" mount-idmap
	assert_stderr_contains "the filesystem it is on, or (ridmap) one below it"
	make_bundle '.mounts += [{destination: "/x", type: "sysfs", source: "x",
		uidMappings: [{containerID: 0, hostID: 0, size: 1}], gidMappings: [{containerID: 0, hostID: 0, size: 1}]}]'
	run_bundle
	assert_status 1 && says_hint "the filesystem does not support idmapped mounts, or belongs to" mount-idmap
}

@test "hints: limits of the caller" {
	require_root
	make_bundle
	run --separate-stderr sh -c 'ulimit -n 7; shift; exec "$@"' sh x timeout 30 "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
	assert_status 1 && says_hint "raise the limit of open files: ulimit -n" too-many-files
	require_test_user
	make_rootless_bundle
	mkdir -p "$STATE" && chown taretest "$STATE"
	run --separate-stderr as_user prlimit --nproc=1 "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
	assert_status 1 && says_hint "a limit on processes is reached: pids.max of the cgroup" process-limit
	run --separate-stderr sh -c '"$@" >/dev/full' sh "$TARE" features
	assert_status 1 && says_hint "standard output goes to a filesystem that is full" output
}

@test "hints: joining a namespace that somebody else owns" {
	require_root
	require_test_user
	mount --bind --make-private "$WORK" "$WORK"
	touch "$WORK/net"
	unshare --net="$WORK/net" true
	make_rootless_bundle ".linux.namespaces += [{type: \"network\", path: \"$WORK/net\"}]"
	run_bundle_as_user
	umount "$WORK/net" && umount "$WORK"
	assert_status 1 && says_hint "joining needs CAP_SYS_ADMIN in the user namespace that owns the namespace" namespace-join
}

@test "hints: memfds that may not be executed" {
	require_root
	[ -e /proc/sys/vm/memfd_noexec ] || skip "needs vm.memfd_noexec (Linux 6.3)"
	make_bundle
	run --separate-stderr unshare --pid --fork --mount-proc sh -c 'echo 2 >/proc/sys/vm/memfd_noexec && exec "$@"' sh \
		timeout 30 "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
	assert_status 1 && says_hint "install tare (cmake --install), or set the sysctl vm.memfd_noexec to 1 or 0" helper-file
}

@test "hints: NOTIFY_SOCKET, resctrl, criu" {
	require_root
	make_bundle
	NOTIFY_SOCKET=$WORK/nobody run_bundle
	assert_status 1 && says_hint "unset NOTIFY_SOCKET if nobody supervises the container" notify-socket
	make_bundle '.linux.intelRdt = {closID: "x", l3CacheSchema: "L3:0=f"}'
	run_bundle
	assert_status 1 && says_hint "mount -t resctrl resctrl /sys/fs/resctrl, if CPU and kernel have it" intel-rdt
	assert_stderr_contains ", if CPU and kernel have it (the flags rdt_a, mba ... in /proc/cpuinfo)"
	make_bundle '.process.args = ["sleep", "100"]'
	do_tare run --detach --bundle "$BUNDLE" "$ID"
	assert_success
	run --separate-stderr env PATH=/nowhere "$TARE" --root "$STATE" checkpoint --image-path "$WORK/images" "$ID"
	assert_status 1 && says_hint "apt-get install criu, or your system's word for it" criu
	do_tare delete --force "$ID"
}

@test "hints: two commands at once" {
	require_root
	make_bundle
	do_tare create --bundle "$BUNDLE" "$ID"
	assert_success
	exec 7<"$STATE/$ID"
	flock 7
	do_tare start "$ID"
	flock -u 7
	assert_status 1 && says_hint "try again when the other command has ended" container-busy
	do_tare delete --force "$ID"
	assert_success
}
