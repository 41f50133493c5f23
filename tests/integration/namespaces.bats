# linux.namespaces: the eight kinds, new, by path and absent; offsets of the clocks.

load ../lib/common
load container

# The kinds as the config names them and as /proc/PID/ns does.
KINDS="pid:pid network:net mount:mnt ipc:ipc uts:uts user:user cgroup:cgroup time:time"

setup_file() { build_probe; }

setup() {
	common_setup
	require_root
}

teardown() {
	[ -z "${HOLDER:-}" ] || kill -KILL "$HOLDER"
	common_teardown
}

# hold FLAG... [-- SCRIPT]: a process in new namespaces made by unshare(1); its pid in HOLDER.
hold() {
	local flags=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		flags+=("$1")
		shift
	done
	rm -f "$WORK/held"
	unshare "${flags[@]}" --kill-child=KILL --fork -- \
		sh -c "${2:-:}"'; : >"$0"; exec sleep 1000' "$WORK/held" 3>&- &
	until_true test -e "$WORK/held"
	HOLDER=$(pgrep -P $!)
}

# map_holder: ids for a holder with a user namespace; unshare(1) would have newuidmap refuse it.
map_holder() {
	echo '0 100000 65536' >"/proc/$HOLDER/uid_map"
	echo '0 100000 65536' >"/proc/$HOLDER/gid_map"
}

# namespace_of PID NAME
namespace_of() { readlink "/proc/$1/ns/$2"; }

# show_namespaces: for a container to print its own, as KIND LINK.
show_namespaces='for n in pid net mnt ipc uts user cgroup time; do echo $n $(readlink /proc/self/ns/$n); done'

@test "all eight kinds new: none of them is the host's" {
	local kind name
	make_bundle '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	for kind in $KINDS; do set_namespace "${kind%:*}"; done
	inside "$show_namespaces"
	run_bundle
	assert_success
	for kind in $KINDS; do
		name=${kind#*:}
		grep -q "^$name $name:\[[0-9]*\]$" <<<"$output" || fail "no $name" "$(seen)"
		refute_contains "$name $(namespace_of self "$name")"
	done
}

@test "all kinds absent but mount: they are the caller's" {
	local kind name
	make_bundle 'del(.hostname)'
	for kind in $KINDS; do [ "$kind" = mount:mnt ] || drop_namespace "${kind%:*}"; done
	inside "$show_namespaces"
	run_bundle
	assert_success
	for kind in $KINDS; do
		name=${kind#*:}
		if [ "$name" = mnt ]; then
			refute_contains "$(namespace_of self mnt)"
		else
			assert_line "$name $(namespace_of self "$name")"
		fi
	done
}

@test "an empty path is a new namespace, and the order of the list does not matter" {
	make_bundle '.linux.namespaces |= (map(. + {path: ""}) | reverse)'
	inside "$show_namespaces"
	run_bundle
	assert_success
	for name in pid net mnt ipc uts; do refute_contains "$name $(namespace_of self $name)"; done
}

@test "a new network namespace has lo, up, and nothing else" {
	make_bundle
	inside 'ls /sys/class/net; ip -o addr show dev lo; ip link show dev lo; nc -l -p 8080 -e echo pong & for i in $(seq 200); do cat /proc/net/tcp* | grep -q ":1F90 [0-9A-F:]* 0A " && break; sleep 0.05; done; nc 127.0.0.1 8080' # 0A: somebody listens on 8080
	run_bundle
	assert_success
	assert_equal "$(head -n 1 <<<"$output")" lo
	assert_matches 'inet 127.0.0.1/8'
	assert_matches '<LOOPBACK,UP'
	assert_line pong
	refute_contains eth0
}

@test "a new pid namespace: the program is 1 and sees itself alone" {
	make_bundle
	inside 'echo $$; echo /proc/[0-9]*'
	run_bundle
	assert_success
	assert_output $'1\n/proc/1'
}

@test "without a pid namespace it sees the host's processes" {
	make_bundle
	drop_namespace pid
	inside "tr '\\0' ' ' </proc/$$/cmdline"
	run_bundle
	assert_success
	assert_output "$(tr '\0' ' ' </proc/$$/cmdline)"
}

@test "a new ipc namespace: its message queues and limits are its own" {
	local host
	host=$(cat /proc/sys/kernel/msgmax)
	make_bundle '.linux.sysctl = {"kernel.msgmax": "4321"}'
	inside 'cat /proc/sys/kernel/msgmax; wc -l </proc/sysvipc/shm; ls /dev/mqueue'
	run_bundle
	assert_success
	assert_output $'4321\n1'
	assert_equal "$(cat /proc/sys/kernel/msgmax)" "$host"
}

@test "network, ipc and uts by path: those of another container" {
	local name
	make_bundle '.hostname = "the-first"'
	inside "$show_namespaces; echo ready; read line"
	start_bundle
	wait_for_line ready
	make_bundle 'del(.hostname)'
	set_namespace network "/proc/$PID/ns/net"
	set_namespace ipc "/proc/$PID/ns/ipc"
	set_namespace uts "/proc/$PID/ns/uts"
	inside "$show_namespaces; hostname"
	run_bundle
	assert_success
	for name in net ipc uts; do assert_line "$(grep "^$name " "$WORK/out")"; done
	for name in mnt pid; do refute_contains "$(grep "^$name " "$WORK/out")"; done
	assert_line the-first
	tell go
	finish_bundle
	assert_success
}

@test "a hostname set in a joined uts namespace" {
	hold --uts -- 'hostname before'
	make_bundle '.hostname = "after"'
	set_namespace uts "/proc/$HOLDER/ns/uts"
	args hostname
	run_bundle
	assert_success
	assert_output after
	assert_equal "$(nsenter --target "$HOLDER" --uts hostname)" after
}

@test "pid by path: the process is one of that namespace, and /proc shows it" {
	make_bundle
	inside 'trap "echo signalled" USR1; echo ready; until read line; do :; done; echo end'
	start_bundle
	wait_for_line ready
	make_bundle
	set_namespace pid "/proc/$PID/ns/pid"
	inside 'echo self $$; tr "\0" " " </proc/1/cmdline; echo; readlink /proc/self/ns/pid; kill -USR1 1; exit 6'
	run_bundle --pid-file "$WORK/second"
	assert_status 6
	assert_matches 'self [0-9]+'
	refute_contains "self 1 "
	assert_contains "sh -c trap"
	assert_line "$(readlink "/proc/$PID/ns/pid")"
	until_true grep -qx signalled "$WORK/out"
	tell go
	finish_bundle
	assert_line end
}

@test "pid by path: the status of a program killed by a signal" {
	hold --pid
	make_bundle
	set_namespace pid "/proc/$HOLDER/ns/pid"
	inside 'kill -TERM $$; sleep 10'
	run_bundle
	assert_status 143
	args no-such-program
	run_bundle
	assert_status 1
	assert_stderr_contains 'exec: "no-such-program": executable file not found in $PATH'
}

@test "pid by path: what the container left running in a joined pid namespace is killed" {
	hold --pid
	make_bundle
	set_namespace pid "/proc/$HOLDER/ns/pid"
	inside '(setsid sleep 1000 &); exit 0'
	run_bundle
	assert_success
	# the holder is left, which as a sleep reaps nobody
	assert_equal "$(ps -C sleep -o pid=,stat= | grep -v Z)" "$(ps -o pid=,stat= "$HOLDER")"
}

@test "mount by path: the program is in that namespace, with the bundle's root" {
	mkdir "$WORK/point"
	hold --mount -- "mount -t tmpfs held $WORK/point"
	make_bundle
	set_namespace mount "/proc/$HOLDER/ns/mnt"
	inside 'readlink /proc/self/ns/mnt; ls -d /bin/busybox'
	run_bundle
	assert_success
	assert_output "$(namespace_of "$HOLDER" mnt)"$'\n/bin/busybox'
}

@test "user by path: its mappings hold" {
	hold --user
	map_holder
	make_bundle
	set_namespace user "/proc/$HOLDER/ns/user"
	chown 100000:100000 "$BUNDLE" "$ROOTFS"
	inside 'readlink /proc/self/ns/user; echo $(cat /proc/self/uid_map); id -u'
	run_bundle
	assert_success
	assert_output "$(namespace_of "$HOLDER" user)"$'\n0 100000 65536\n0'
}

@test "user, network, ipc and uts by path together, as a pod has them" {
	local name
	hold --user --ipc --uts --net
	map_holder
	make_bundle 'del(.hostname)'
	for name in user:user network:net ipc:ipc uts:uts; do
		set_namespace "${name%:*}" "/proc/$HOLDER/ns/${name#*:}"
	done
	chown 100000:100000 "$BUNDLE" "$ROOTFS"
	inside "$show_namespaces"
	run_bundle
	assert_success
	for name in user net ipc uts; do assert_line "$name $(namespace_of "$HOLDER" $name)"; done
}

@test "cgroup by path" {
	hold --cgroup
	make_bundle
	set_namespace cgroup "/proc/$HOLDER/ns/cgroup"
	args readlink /proc/self/ns/cgroup
	run_bundle
	assert_success
	assert_output "$(namespace_of "$HOLDER" cgroup)"
}

@test "a new cgroup namespace: every path in it is /" {
	make_bundle
	set_namespace cgroup
	inside 'cut -d: -f3 /proc/self/cgroup | sort -u'
	run_bundle
	assert_success
	assert_output /
}

@test "a new cgroup namespace on v1 alone and on v2 alone" {
	require_cgroup hybrid
	make_bundle
	set_namespace cgroup
	inside 'grep ^0:: /proc/self/cgroup'
	run_bundle_with v2
	assert_output '0::/'
	inside 'grep -v ^0:: /proc/self/cgroup | cut -d: -f3 | sort -u'
	run_bundle_with v1
	assert_success
	assert_output /
}

@test "time by path" {
	hold --time --boottime 500000
	make_bundle
	set_namespace time "/proc/$HOLDER/ns/time"
	inside 'readlink /proc/self/ns/time; cat /proc/self/timens_offsets'
	run_bundle
	assert_success
	assert_line "$(namespace_of "$HOLDER" time)"
	assert_matches 'boottime +500000 +0'
}

@test "time: a new namespace, its offsets, and the clocks in it" {
	local before after inside
	make_bundle '.linux.timeOffsets = {monotonic: {secs: 100000, nanosecs: 5}, boottime: {secs: 200000, nanosecs: 7}}'
	set_namespace time
	make_probe
	inside 'probe clocks; cat /proc/self/timens_offsets; readlink /proc/self/ns/time; readlink /proc/self/ns/time_for_children'
	read -ra before < <("$BATS_FILE_TMPDIR/probe" clocks)
	run_bundle
	read -ra after < <("$BATS_FILE_TMPDIR/probe" clocks)
	assert_success
	assert_matches 'monotonic +100000 +5'
	assert_matches 'boottime +200000 +7'
	refute_contains "$(namespace_of self time)"
	read -ra inside <<<"${lines[0]}"
	((before[0] + 100000 <= inside[0] && inside[0] <= after[0] + 100001))
	((before[1] + 200000 <= inside[1] && inside[1] <= after[1] + 200001))
	assert_equal "$(tail -n 1 <<<"$output")" "$(tail -n 2 <<<"$output" | head -n 1)"
}

@test "time: negative offsets" {
	make_bundle '.linux.timeOffsets = {boottime: {secs: -1, nanosecs: 0}}'
	set_namespace time
	args cat /proc/self/timens_offsets
	run_bundle
	assert_success
	assert_matches 'boottime +-1 +0'
	assert_matches 'monotonic +0 +0'
}

@test "without a mount namespace: the root is the bundle's and the host's mounts stay as they were" {
	make_bundle
	drop_namespace mount
	edit_config '.mounts = [.mounts[] | select(.destination == "/proc" or .destination == "/dev")]
		| del(.linux.maskedPaths, .linux.readonlyPaths)'
	inside 'ls -d /bin/busybox; readlink /proc/self/ns/mnt; test -c /dev/null && echo null; ls /..'
	list_mounts >"$WORK/mounts"
	run_bundle
	assert_success
	assert_line /bin/busybox
	assert_line "$(namespace_of self mnt)"
	assert_line null
	list_mounts | diff "$WORK/mounts" -
	assert_clean
}

@test "without a mount namespace a failed start cleans up as well" {
	make_bundle
	drop_namespace mount
	args no-such-program
	run_bundle
	assert_status 1
	assert_clean
	edit_config '.mounts += [{destination: "/mnt", type: "no-such-filesystem", source: "x"}]'
	run_bundle
	assert_status 1
	assert_clean
}

@test "a path to a namespace of another kind is refused by name" {
	make_bundle
	drop_namespace cgroup # which spec writes on v2 alone
	set_namespace network "/proc/self/ns/uts"
	run_bundle
	assert_status 1
	names_pointer /linux/namespaces/4/path
}
