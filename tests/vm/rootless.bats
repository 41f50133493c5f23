# Containers of an ordinary user whose systemd hands him cgroups. In the guest of run.sh.
#
# `user` has ranges in /etc/subuid; `plain`, made here, has none.

load ../lib/common
load ../integration/container

setup_file() {
	[ -d /run/systemd/system ] || return 0
	id plain >/dev/null 2>&1 || useradd --create-home --shell /bin/bash plain
	sed -i /^plain:/d /etc/subuid /etc/subgid
	loginctl enable-linger plain
}

setup() {
	common_setup
	[ -d /run/systemd/system ] || skip "needs systemd as the first process: run by tests/vm/run.sh"
	OWNER=user
	until_true test -S "/run/user/$(id -u user)/bus"
	until_true test -S "/run/user/$(id -u plain)/bus"
	user_bundle
}

# What a user's systemd and podman do meanwhile is not ours to judge: no scope, state or process may stay.
assert_clean() {
	local left
	left=$(find /sys/fs/cgroup -name "*$TARE_TAG*"; pgrep -fa "tare-init|$TARE_TAG" || :)
	[ -z "$left" ] || fail "left behind:" "$left"
	[ -z "$(ls -A "$STATE" 2>/dev/null)" ] || fail "left in the state root:" "$(ls -A "$STATE")"
}

as_owner() { # COMMAND...: by OWNER, in this test's own cgroup, which is root's
	local uid
	uid=$(id -u "$OWNER")
	runuser -u "$OWNER" -- env HOME="/home/$OWNER" XDG_RUNTIME_DIR="/run/user/$uid" \
		DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$uid/bus" PATH="$PATH" timeout --foreground 120 "$@" </dev/null
}
in_scope() { as_owner systemd-run --quiet --user --scope --property Delegate=yes "$@"; }

# user_bundle [FILTER...]: `spec --rootless` for OWNER; what he may map is one id.
user_bundle() {
	make_bundle
	rm "$BUNDLE/config.json"
	(cd "$BUNDLE" && "$TARE" spec --rootless)
	edit_config --argjson uid "$(id -u "$OWNER")" --argjson gid "$(id -g "$OWNER")" '
		.process.terminal = false | .process.args = ["true"]
		| .linux.uidMappings[0].hostID = $uid | .linux.gidMappings[0].hostID = $gid'
	[ $# -eq 0 ] || edit_config "$@"
	chown -R "$OWNER" "$BUNDLE"
	mkdir -p "$STATE" && chown "$OWNER" "$STATE"
}

tare_in_scope() { in_scope "$TARE" --root "$STATE" "$@"; }

@test "limits, set by tare in the cgroups of the user" {
	edit_config '.linux.resources = {pids: {limit: 30}, memory: {limit: 67108864}, cpu: {quota: 50000, period: 100000}}'
	inside 'cd /sys/fs/cgroup && cat pids.max memory.max cpu.max'
	run --separate-stderr tare_in_scope run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_output $'30\n67108864\n50000 100000'
}

@test "limits by the user's systemd, and all verbs" {
	edit_config --arg id "$ID" '.linux.resources = {pids: {limit: 30}, memory: {limit: 67108864}}
		| .linux.cgroupsPath = "user.slice:tare:" + $id'
	args sleep 1000
	tare_in_scope --systemd-cgroup create --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>&1 || fail "$(<"$WORK/out")"
	local dir=/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/user.slice/tare-$ID.scope
	assert_equal "$(<"$dir/pids.max") $(<"$dir/memory.max")" "30 67108864"
	tare_in_scope start "$ID"
	assert_equal "$(tare_in_scope exec "$ID" id -u)" 0
	tare_in_scope update --pids-limit 31 --memory 128m "$ID"
	assert_equal "$(<"$dir/pids.max") $(<"$dir/memory.max")" "31 134217728"
	tare_in_scope pause "$ID"
	assert_equal "$(tare_in_scope state "$ID" | jq -r .status)" paused
	tare_in_scope resume "$ID"
	assert_equal "$(tare_in_scope ps --format json "$ID" | jq length)" 1
	assert_equal "$(tare_in_scope events --stats "$ID" | jq -c '[.data.pids.current, .data.memory.usage.limit]')" "[1,134217728]"
	tare_in_scope list -q | grep -qx "$ID"
	tare_in_scope kill "$ID" KILL
	until_true has_stopped
	tare_in_scope delete "$ID"
	[ ! -e "$dir" ] || fail "$dir remains"
}

has_processes() { [ "$(<"$dir/pids.current")" -ge "$1" ]; } # in the cgroup $dir of a test

@test "a fork bomb of 2,000 processes is deleted" {
	local dir=/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/user.slice/tare-$ID.scope
	edit_config --arg id "$ID" '.linux.cgroupsPath = "user.slice:tare:" + $id | .linux.resources = {pids: {limit: 3000}}'
	static_program bomb "$ROOTFS/bin/bomb"
	args bomb 2000
	tare_in_scope --systemd-cgroup run --detach --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>&1 3>&- || fail "$(<"$WORK/out")"
	until_true grep -qx full "$WORK/out"
	until_true has_processes 2000
	deleted_in tare_in_scope delete --force "$ID"
	[ ! -e "$dir" ] || fail "$dir remains"
	until_true no_bombs
}

has_stopped() { [ "$(tare_in_scope state "$ID" | jq -r .status)" = stopped ]; }

@test "without cgroups of his own: limits are an error, none are none" {
	edit_config '.linux.resources = {pids: {limit: 30}}'
	run --separate-stderr as_owner "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_status 1
	assert_stderr_contains "cgroup"
	assert_no_engine_phrase
	assert_clean
	edit_config 'del(.linux.resources)'
	inside 'echo started'
	run --separate-stderr as_owner "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_output started
}

@test "ranges of /etc/subuid, by newuidmap" {
	edit_config '.linux.uidMappings += [{containerID: 1, hostID: 100000, size: 65536}] | .linux.gidMappings += [{containerID: 1, hostID: 100000, size: 65536}]
		| .process.user = {uid: 1000, gid: 1000, additionalGids: [7]}'
	inside 'id -u; id -g; id -G'
	run --separate-stderr in_scope "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_output $'1000\n1000\n1000 7'
}

@test "ranges that are not the user's are refused" {
	OWNER=plain
	user_bundle '.linux.uidMappings += [{containerID: 1, hostID: 100000, size: 65536}]'
	run --separate-stderr in_scope "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_status 1
	names_pointer /linux/uidMappings
	assert_no_engine_phrase
}

@test "a user without ranges runs as root of one id" {
	OWNER=plain
	user_bundle
	inside 'id -u; cat /proc/self/uid_map'
	run --separate-stderr in_scope "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_success
	[[ $output =~ ^0$'\n'\ +0\ +$(id -u plain)\ +1$ ]] || fail "$output"
}

# ---- podman

image() { # LOCAL-NAME: the test's root file system, for OWNER
	tar -C "$ROOTFS" -cf "$WORK/image.tar" .
	chmod 644 "$WORK/image.tar"
	podman_of_owner import --quiet "$WORK/image.tar" "$1"
}

podman_of_owner() {
	in_scope podman --runtime "$TARE" --cgroup-manager systemd "${STORAGE[@]}" \
		--root "/home/$OWNER/podman-$STORE" --runroot "/run/user/$(id -u "$OWNER")/podman-$STORE" "$@"
}

drop_store() {
	podman_of_owner rm --all --force --time 0 >/dev/null
	podman_of_owner rmi --all --force >/dev/null
	as_owner podman unshare rm -rf "/home/$OWNER/podman-$STORE" "/run/user/$(id -u "$OWNER")/podman-$STORE"
}

runs_and_builds() {
	image localhost/bb
	run --separate-stderr podman_of_owner run --rm --memory 64m --pids-limit 50 localhost/bb \
		sh -c 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max; id -u'
	assert_success
	assert_output $'67108864\n50\n0'
	podman_of_owner run --quiet --detach --name one localhost/bb sh -c 'trap "exit 3" TERM; while :; do sleep 0.1; done'
	assert_equal "$(podman_of_owner exec --user 1000:1000 one id -u)" 1000
	podman_of_owner stop --time 20 one
	assert_equal "$(podman_of_owner wait one)" 3
	mkdir -p "$WORK/context"
	printf 'FROM localhost/bb\nRUN mkdir /made && echo built >/made/file && chown 5:5 /made/file\nCMD cat /made/file\n' >"$WORK/context/Containerfile"
	chmod -R a+rX "$WORK/context"
	podman_of_owner build --quiet --network none --tag localhost/built "$WORK/context" >"$WORK/build" 2>&1 || fail "$(<"$WORK/build")"
	run --separate-stderr podman_of_owner run --rm --network none localhost/built
	assert_success
	assert_output built
	drop_store
}

@test "podman run, exec, stop and build as a user, on overlay" {
	STORE=overlay STORAGE=(--storage-driver overlay)
	runs_and_builds
}

@test "podman run, exec, stop and build as a user, on fuse-overlayfs" {
	STORE=fuse STORAGE=(--storage-driver overlay --storage-opt overlay.mount_program=/usr/bin/fuse-overlayfs)
	runs_and_builds
}

@test "podman run as a user without ranges" {
	OWNER=plain STORE=vfs STORAGE=(--storage-driver vfs --storage-opt vfs.ignore_chown_errors=true)
	as_owner podman --log-level error system migrate
	image localhost/bb
	run --separate-stderr podman_of_owner run --rm --network none localhost/bb id -u
	assert_success
	assert_output 0
	drop_store
}
