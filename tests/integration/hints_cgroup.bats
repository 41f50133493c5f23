# Hints to what the kernel refuses in the container's cgroup.

load ../lib/common
load container
load lifecycle
load hints

# In a mount namespace of its own: mounts of cgroups can be changed for one call of tare.
# after SCRIPT WORD...: run the script, then tare with these words.
after() {
	run --separate-stderr unshare --mount sh -c "$1"' || exit 99; shift; exec "$@"' sh "$1" \
		timeout 30 "$TARE" --root "$STATE" "${@:2}" </dev/null
	[ "$status" -ne 99 ] || fail "the script failed" "$(seen)"
}
run_after() { after "$1" run --bundle "$BUNDLE" "$ID"; }

# below CONTROLLER: a new cgroup in that hierarchy, as $PARENT, and the container's path below it.
below() {
	PARENT=$(cgroup_dir "$1")/$ID-parent
	mkdir "$PARENT"
	edit_config --arg path "/$ID-parent/c" '.linux.cgroupsPath = $path'
}
remove_parents() {
	find /sys/fs/cgroup/ -maxdepth 3 -depth -type d -path "*/$ID-parent*" -exec rmdir {} +
}

@test "hints: missing controllers" {
	require_root
	make_bundle '.linux.resources.memory = {limit: 67108864}'
	run_after 'umount -R /sys/fs/cgroup'
	assert_status 1 && says_hint "no cgroup filesystem is mounted: mount one on /sys/fs/cgroup" cgroup-controller
	require_cgroup hybrid v1
	run_bundle_with v2
	assert_status 1 && says_hint "the kernel lacks it, v1 has it, or it is not delegated to this user" cgroup-controller
	run_after "umount $(cgroup_dir memory)"
	assert_status 1 && says_hint "no cgroup v1 hierarchy with it is mounted" cgroup-controller
}

@test "hints: a cgroup filesystem that is read-only" {
	require_root
	make_bundle '.linux.cgroupsPath = "/tare-test"'
	run_after 'umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup && mount -o remount,ro,bind /sys/fs/cgroup'
	assert_status 1
	says_hint "is mounted read-only; remount it read-write" cgroup-read-only
}

@test "hints: the cgroup is in use" {
	require_root
	require_cgroup hybrid v2
	make_bundle
	below unified
	mkdir "$PARENT/c"
	sleep 100 &
	echo $! >"$PARENT/c/cgroup.procs"
	run_bundle
	assert_status 1 && says_hint "choose another linux.cgroupsPath, or end these processes" cgroup-in-use
	kill %1 && wait %1 || true
	until_true rmdir "$PARENT/c"
	remove_parents
}

@test "hints: limits of parents on cgroup v2" {
	require_root
	require_cgroup hybrid v2
	make_bundle
	below unified
	echo 0 >"$PARENT/cgroup.max.descendants"
	run_bundle
	assert_status 1 && says_hint "a limit in cgroup.max.descendants or cgroup.max.depth of a parent is reached" cgroup-limit
	echo max >"$PARENT/cgroup.max.descendants"
	echo 1 >"$PARENT/cgroup.freeze"
	run_bundle
	assert_status 1 && says_hint "thaw it (" cgroup-in-use
	assert_stderr_contains "), or choose another linux.cgroupsPath"
	echo 0 >"$PARENT/cgroup.freeze"
	echo threaded >"$PARENT/cgroup.type"
	run_bundle
	assert_status 1 && says_hint "a parent of the cgroup has processes of its own and hands controllers down, or is threaded (cgroup.type): choose another" cgroup
	remove_parents
}

@test "hints: limits of parents on cgroup v1" {
	require_root
	require_cgroup hybrid v1
	make_bundle '.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 3, access: "rwm"}]'
	below devices
	echo a >"$PARENT/devices.deny"
	run_bundle
	assert_status 1 && says_hint "a cgroup may allow only what its parent allows" cgroup-value
	remove_parents
	make_bundle '.linux.resources.cpu = {cpus: "1"}'
	below cpuset
	cat "$PARENT/../cpuset.mems" >"$PARENT/cpuset.mems"
	echo 0 >"$PARENT/cpuset.cpus"
	run_bundle
	assert_status 1 && says_hint "the file must be writable by this user and the value within what the parent" cgroup-value
	remove_parents
}

@test "hints: values" {
	require_root
	require_cgroup hybrid v1
	make_bundle '.linux.resources.cpu = {realtimeRuntime: 1000, realtimePeriod: 100000}'
	run_bundle
	assert_status 1 && says_hint "this kernel, or its configuration, has no cpu.rt" cgroup-value
	make_bundle '.linux.resources.hugepageLimits = [{pageSize: "3GB", limit: 1}] | .linux.resources.cpu = {cpus: "1000"}'
	edit_config 'del(.linux.resources.hugepageLimits)'
	run_bundle
	assert_status 1 && says_hint "the kernel does not take this value; limits of the parent cgroup count too" cgroup-value
	make_bundle '.linux.resources.unified = {"memory.high": "1"}'
	run_bundle
	assert_status 1 && says_hint "use /linux/resources/memory, cpu and so on" unified
}

@test "hints: a limit below what is in use" {
	require_root
	require_cgroup hybrid v1
	make_bundle
	inside 'head -c 20000000 /dev/zero >/dev/shm/x; echo; exec sleep 100'
	mkfifo "$WORK/said"
	tare run --detach --bundle "$BUNDLE" "$ID" >"$WORK/said" 2>/dev/null &
	read -r _ <"$WORK/said"
	wait $!
	do_tare update --memory 4m "$ID"
	assert_status 1 && says_hint "more than that is in use already" cgroup-value
	do_tare delete --force "$ID"
	assert_success
}

@test "hints: the device filter of cgroup v2" {
	require_root
	make_bundle
	run --separate-stderr with_cgroups v2 "$BATS_TEST_DIRNAME/filtered.py" bpf=EPERM \
		timeout 30 "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
	assert_status 1 && says_hint "tare needs CAP_SYS_ADMIN (or CAP_BPF and CAP_NET_ADMIN) here" device-filter
	run --separate-stderr with_cgroups v2 "$BATS_TEST_DIRNAME/filtered.py" bpf=E2BIG \
		timeout 30 "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
	assert_status 1 && says_hint "fewer device rules make a shorter program" device-filter
}

@test "hints: nothing to freeze a container by" {
	require_root
	require_cgroup hybrid v1
	make_bundle
	local script
	script="umount $(cgroup_dir freezer)"
	[ "$(cgroup_mode)" = v1 ] || script+=" && umount $(cgroup_dir unified)"
	# not by run: it would wait for the container, which holds its streams
	unshare --mount sh -c "$script"' && exec "$@"' sh "$TARE" --root "$STATE" create --bundle "$BUNDLE" "$ID" \
		</dev/null >"$WORK/out" 2>&1 3>&- || fail "$(<"$WORK/out")"
	after "$script" pause "$ID"
	assert_status 1 && says_hint "mount cgroup2, or the v1 freezer, before the container is created" cgroup-missing
	do_tare delete --force "$ID"
	assert_success
}

@test "hints: a memory limit that is too small for the start" {
	require_root
	require_cgroup hybrid v1
	make_bundle '.linux.resources.memory = {limit: 4000000} | .mounts += [{destination: "/etc", type: "tmpfs", source: "x", options: ["tmpcopyup"]}]'
	head -c 30000000 /dev/zero >"$ROOTFS/etc/large"
	run_bundle
	assert_status 1 && says_hint "raise the limit" oom-killed
}

@test "hints: an ordinary user who wants a cgroup" {
	require_test_user
	make_rootless_bundle '.linux.cgroupsPath = "/tare-nobody" | .linux.resources.pids = {limit: 7}'
	run_bundle_as_user
	assert_status 1 && says_hint "run as root, or have a cgroup delegated to this user" cgroup-permission
	make_rootless_bundle '.process.args = ["sleep", "100"]'
	mkdir -p "$STATE" && chown taretest "$STATE"
	as_user "$TARE" --root "$STATE" run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/log" 2>&1 3>&-
	run --separate-stderr as_user "$TARE" --root "$STATE" pause "$ID"
	assert_status 1 && says_hint "name one that this user may make in linux.cgroupsPath (systemd: Delegate=yes), or run as root" cgroup-missing
	as_user "$TARE" --root "$STATE" delete --force "$ID"
}

@test "hints: systemd" {
	require_root
	[ ! -d /run/systemd/system ] || skip "systemd runs here: tests/vm/systemd.bats has its errors"
	make_bundle
	do_tare --systemd-cgroup run --bundle "$BUNDLE" "$ID"
	assert_status 1 && says_hint "systemd does not run on this machine: use --cgroup-manager=cgroupfs" systemd
}
