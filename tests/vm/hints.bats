# Hints that need a machine of our own: global sysctls, all controllers of cgroup v2, AppArmor, systemd, an older kernel.

load ../lib/common
load ../integration/container
load ../integration/lifecycle
load ../integration/hints

setup() {
	common_setup
	[ -d /run/systemd/system ] || skip "needs systemd as the first process: run by tests/vm/run.sh"
}

@test "hints: too many mounts" {
	local before used
	before=$(</proc/sys/fs/mount-max)
	make_bundle '.mounts += [range(0; 40) | {destination: "/m\(.)", type: "tmpfs", source: "x"}]'
	used=$(wc -l </proc/self/mountinfo)
	sysctl -qw fs.mount-max=$((used + 20))
	run_bundle
	sysctl -qw fs.mount-max="$before"
	assert_status 1
	says_hint "a mount namespace has at most fs.mount-max mounts, copies of the host's included" mount-limit
}

# below_processes FILTER: a container in a cgroup below one with a process
below_processes() {
	local parent=/sys/fs/cgroup/tare-parent holder type
	make_bundle '.linux.cgroupsPath = "/tare-parent/c"' && edit_config "$1"
	mkdir "$parent"
	sleep 100 3>&- &
	holder=$!
	echo "$holder" >"$parent/cgroup.procs"
	run_bundle
	type=$(<"$parent/cgroup.type")
	kill "$holder"
	wait "$holder" || [ $? -eq 143 ]
	rmdir "$parent"
	assert_equal "$type" domain # as it was
}

# That of pids counts threads, and could be handed down: to children that no process may be in.
@test "hints: controllers that cannot be handed down" {
	[ -e /sys/fs/cgroup/cgroup.controllers ] || skip "needs cgroup v2 alone"
	below_processes '.linux.resources.memory = {limit: 67108864}'
	assert_status 1
	says_hint "processes are in that cgroup itself, so it cannot hand controllers down" cgroup-value
	below_processes '.linux.resources.pids = {limit: 7}'
	assert_status 1
	says_hint "processes are in that cgroup itself, so it cannot hand controllers down" cgroup-value
	below_processes . # needs none
	assert_success
}

@test "hints: controllers that are not delegated" {
	[ -e /sys/fs/cgroup/cgroup.controllers ] || skip "needs cgroup v2 alone"
	local parent=/sys/fs/cgroup/tare-parent
	mkdir "$parent" "$parent/user"
	echo +pids >/sys/fs/cgroup/cgroup.subtree_control
	chown user "$parent/user" "$parent/user/cgroup.procs"
	make_bundle '.linux.cgroupsPath = "/tare-parent/user/c" | .linux.resources.pids = {limit: 7}
		| .linux.namespaces += [{type: "user"}] | del(.mounts[2].options[5])'
	edit_config --argjson uid "$(id -u user)" --argjson gid "$(id -g user)" '
		.linux.uidMappings = [{containerID: 0, hostID: $uid, size: 1}] | .linux.gidMappings = [{containerID: 0, hostID: $gid, size: 1}]'
	chown -R user "$BUNDLE" && mkdir -p "$STATE" && chown user "$STATE"
	run --separate-stderr runuser -u user -- "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
	rmdir "$parent/user" "$parent"
	assert_status 1
	says_hint "that cgroup is not delegated to this user (systemd: Delegate=yes)" cgroup-value
}

@test "hints: an AppArmor profile that is not loaded" {
	[ -d /sys/kernel/security/apparmor ] || skip "needs AppArmor"
	make_bundle '.process.apparmorProfile = "no-such-profile"'
	run_bundle
	assert_status 1
	says_hint "no profile of that name is loaded: aa-status lists them, apparmor_parser loads one" security-label
}

@test "hints: Debian's switch of user namespaces" {
	[ -e /proc/sys/kernel/unprivileged_userns_clone ] || skip "needs kernel.unprivileged_userns_clone"
	make_bundle '.linux.namespaces += [{type: "user"}] | del(.mounts[2].options[5]) | del(.linux.resources)'
	edit_config --argjson uid "$(id -u user)" --argjson gid "$(id -g user)" '
		.linux.uidMappings = [{containerID: 0, hostID: $uid, size: 1}] | .linux.gidMappings = [{containerID: 0, hostID: $gid, size: 1}]'
	chown -R user "$BUNDLE" && mkdir -p "$STATE" && chown user "$STATE"
	sysctl -qw kernel.unprivileged_userns_clone=0
	run --separate-stderr runuser -u user -- "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
	sysctl -qw kernel.unprivileged_userns_clone=1
	assert_status 1
	says_hint "the sysctl kernel.unprivileged_userns_clone is 0: only root makes user namespaces here" user-namespaces
}

@test "hints: systemd" {
	make_bundle '.linux.cgroupsPath = "/a/b"'
	do_tare --systemd-cgroup run --bundle "$BUNDLE" "$ID"
	assert_status 1
	says_hint "or leave --systemd-cgroup away: the path is then one of cgroupfs" cgroups-path
	make_bundle
	cp "$TARE" "$WORK/tare"
	run --separate-stderr "$WORK/tare" --root "$STATE" --systemd-cgroup run --bundle "$BUNDLE" "$ID" </dev/null
	assert_status 1
	says_hint ", or use --cgroup-manager=cgroupfs" systemd
	chown -R user "$BUNDLE" && mkdir -p "$STATE" && chown user "$STATE"
	run --separate-stderr runuser -u user -- "$TARE" --root "$STATE" --systemd-cgroup run --bundle "$BUNDLE" "$ID" </dev/null
	assert_status 1
	says_hint "start it by: systemd-run --user --scope tare ..." systemd
}

is_running() { [ "$(tare state "$ID" 2>/dev/null | jq -r .status)" = running ]; }

@test "hints: an exit status that nobody kept" {
	[ "$(printf '%s\n' 6.15 "$(uname -r)" | sort -V | head -n 1)" != 6.15 ] || skip "this kernel keeps it"
	make_bundle '.process.args = ["sleep", "1000"]'
	# whoever ignores SIGCHLD leaves no zombie to look at
	python3 -c 'import ctypes, signal, subprocess, sys, time
ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
subprocess.run(sys.argv[1:])
time.sleep(1000)' "$TARE" --root "$STATE" run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>&1 3>&- &
	local parent=$!
	until_true is_running
	wait_while tare kill "$ID" KILL
	kill "$parent"
	wait "$parent" || [ $? -eq 143 ]
	assert_status 1
	says_hint "Linux 6.15 and newer keep it; or stay with the container: tare run without --detach" wait
	do_tare delete --force "$ID"
}
