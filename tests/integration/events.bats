# tare events: statistics as JSON, and notices of the OOM killer.

load ../lib/common
load container
load lifecycle

setup() {
	common_setup
	require_root
	require_cgroup v1 hybrid v2
}

finish_container() { succeed delete --force "$ID"; }

@test "--stats: one object with what the kernel counts" {
	require_controller memory
	make_bundle '.linux.resources += {memory: {limit: 67108864}, pids: {limit: 30}}'
	args sleep 1000
	run_detached
	do_tare events --stats "$ID"
	assert_success && assert_stderr ""
	[ "$(jq -c '[.type, .id]' <<<"$output")" = "[\"stats\",\"$ID\"]" ] || fail "$output"
	[ "$(jq -c '[.data.pids.current, .data.pids.limit, .data.memory.usage.limit]' <<<"$output")" = "[1,30,67108864]" ] ||
		fail "$output"
	jq -e '.data | .cpu.usage.total > 0 and .memory.usage.usage > 0 and (.memory.raw | length) > 5
		and (.cpuset.cpus | length) >= 1 and has("blkio") and has("hugetlb")
		and .cpu.throttling.periods >= 0' <<<"$output" >/dev/null || fail "$output"
	finish_container
}

# The keys of each object, in order.
assert_keys() { # FILTER KEY...
	local expected
	expected=$(printf '%s\n' "${@:2}" | sort | paste -sd ' ')
	assert_equal "$1: $(jq -r "$1 | keys[]" <<<"$output" | sort | paste -sd ' ')" "$1: $expected"
}

IO_KEYS="ioServiceBytesRecursive ioServicedRecursive ioQueueRecursive ioServiceTimeRecursive ioWaitTimeRecursive
	ioMergedRecursive ioTimeRecursive sectorsRecursive psi"
CPUSET_KEYS="cpus cpu_exclusive mems mem_hardwall mem_exclusive memory_migrate memory_spread_page memory_spread_slab
	memory_pressure sched_load_balance sched_relax_domain_level"

# shellcheck disable=SC2086 # lists of keys
@test "--stats: all keys that runc has" {
	require_cgroup hybrid
	make_bundle
	# as the container may name it
	inside 'ip link set lo name "a\"b\\c" && ip link set "a\"b\\c" up && ping -c 2 127.0.0.1 >/dev/null && dd if=/dev/zero of=/dev/null bs=1M count=6000 2>/dev/null && echo ready; sleep 1000'
	edit_config '.process.capabilities[] += ["CAP_NET_ADMIN", "CAP_NET_RAW"]'
	run_detached
	until_true grep -qx ready "$WORK/container"
	do_tare events --stats "$ID"
	assert_success
	assert_keys . type id data
	assert_keys .data cpu cpuset memory pids blkio hugetlb intel_rdt network_interfaces
	assert_keys .data.cpu usage throttling psi
	assert_keys .data.cpu.usage total percpu percpu_kernel percpu_user kernel user
	assert_keys .data.cpu.throttling periods throttledPeriods throttledTime
	assert_keys .data.cpuset $CPUSET_KEYS
	assert_keys .data.blkio $IO_KEYS
	assert_keys .data.memory cache usage swap kernel kernelTCP raw psi
	assert_json ".data.cpu.usage | (.percpu | length) == $(nproc --all) and (.percpu_user | add) + (.percpu_kernel | add) > 0"
	assert_json ".data.cpuset.sched_load_balance == $(<"$(cgroup_dir cpuset)/tare-$ID/cpuset.sched_load_balance")"
	assert_json ".data.cpuset.sched_relax_domain_level == $(<"$(cgroup_dir cpuset)/tare-$ID/cpuset.sched_relax_domain_level")"
	assert_json '.data.network_interfaces | length == 1 and (.[0] | .Name == "a\"b\\c" and .RxPackets >= 4 and .TxPackets == .RxPackets and .RxBytes == .TxBytes)'
	finish_container
}

@test "--stats: the interfaces of the host are not the container's" {
	make_bundle
	drop_namespace network
	args sleep 1000
	run_detached
	do_tare events --stats "$ID"
	assert_success
	assert_json '.data.network_interfaces == null'
	finish_container
}

on_v2_alone() {
	start_container
	do_tare events --stats "$ID"
	assert_success
	jq -e '.data.cpu.usage.total > 0 and (.data.hugetlb | type) == "object"' <<<"$output" >/dev/null || fail "$output"
	finish_container
}

@test "--stats on cgroup v2" { on_v2 on_v2_alone; }

@test "a line each interval, until the container ends" {
	make_bundle
	args sleep 1.2
	run_detached
	do_tare events --interval 200ms "$ID"
	assert_success
	local lines
	lines=$(jq -r .type <<<"$output" | sort | uniq -c)
	[[ $lines =~ ^\ *([0-9]+)\ stats$ ]] || fail "$lines"
	[ "${BASH_REMATCH[1]}" -ge 2 ] || fail "$lines"
	finish_container
}

# Somebody in our pid namespace has an eventfd.
watches() { find /proc/[0-9]*/fd -lname "*eventfd*" 2>/dev/null | grep -q .; }

@test "the OOM killer is told of" {
	require_cgroup v1 hybrid
	make_bundle '.linux.resources += {memory: {limit: 20971520, swap: 20971520}}'
	inside 'read line </start; tail /dev/zero; exit 0'
	mkfifo "$ROOTFS/start"
	run_detached
	tare events --interval 1h "$ID" >"$WORK/events" 2>"$WORK/events.err" 3>&- &
	local watcher=$!
	until_true watches
	echo go >"$ROOTFS/start"
	wait "$watcher"
	[ "$(jq -c '[.type, .id]' "$WORK/events")" = "[\"oom\",\"$ID\"]" ] || fail "$(cat "$WORK/events"*)"
	finish_container
}

@test "a container that does not run, and intervals that are none" {
	start_container
	kill -9 "$PID"
	until_true has_status stopped
	refuse "container not running" events --stats "$ID"
	local bad
	for bad in 0 5 5x -1s 1.5 s ""; do
		[ -n "$bad" ] || continue # an empty value is none
		refuse 'for --interval' events --interval="$bad" "$ID"
	done
	finish_container
	refuse "container does not exist" events "$ID"
}
