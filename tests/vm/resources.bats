# What needs all controllers of cgroup v2, a disk, and the capability CAP_SYS_RESOURCE: in the guest of run.sh.

load ../lib/common
load ../integration/container
load ../integration/lifecycle

setup() {
	common_setup
	[ -d /run/systemd/system ] || skip "needs systemd as the first process: run by tests/vm/run.sh"
}

group() { echo "/sys/fs/cgroup/tare-$ID"; }
assert_file() { assert_equal "$1: $(<"$(group)/$1")" "$1: $2"; }

@test "each controller has what the config asks" {
	local disk
	disk=$(lsblk -no MAJ:MIN /dev/vda | head -n 1 | tr -d ' ')
	make_bundle
	edit_config --argjson major "${disk%:*}" --argjson minor "${disk#*:}" '.linux.resources += {
		memory: {limit: 67108864, reservation: 33554432, swap: 134217728},
		cpu: {shares: 512, quota: 50000, period: 100000, burst: 10000, cpus: "0", mems: "0"},
		pids: {limit: 40},
		blockIO: {weight: 100, throttleReadBpsDevice: [{major: $major, minor: $minor, rate: 1048576}],
			throttleWriteIOPSDevice: [{major: $major, minor: $minor, rate: 99}]},
		hugepageLimits: [{pageSize: "2MB", limit: 4194304}],
		unified: {"memory.high": "60000000", "cpu.idle": "0"}}'
	args sleep 1000
	run_detached
	assert_file memory.max 67108864
	assert_file memory.low 33554432
	assert_file memory.swap.max 67108864
	assert_file memory.high 59998208
	assert_file cpu.max "50000 100000"
	assert_file cpu.max.burst 10000
	assert_file cpuset.cpus 0
	assert_file cpuset.mems 0
	assert_file pids.max 40
	assert_file io.max "$disk rbps=1048576 wbps=max riops=max wiops=99"
	assert_file hugetlb.2MB.max 4194304
	succeed update --memory 96m --memory-swap 96m --pids-limit 41 --cpu-quota 25000 --blkio-weight 200 "$ID"
	assert_file memory.max 100663296
	assert_file memory.swap.max 0
	assert_file pids.max 41
	assert_file cpu.max "25000 100000"
	succeed delete --force "$ID"
}

@test "a hog of memory is killed by its limit, and events says so" {
	make_bundle '.linux.resources.memory = {limit: 33554432, swap: 33554432}'
	inside 'until [ -e /go ]; do sleep 0.1; done; sh -c "dd if=/dev/zero of=/dev/null bs=200M"; echo $?; sleep 1000'
	run_detached
	tare events --interval 1s "$ID" >"$WORK/events" </dev/null 3>&- &
	until_true grep -q '"type":"stats"' "$WORK/events" # it watches
	touch "$ROOTFS/go"
	until_true grep -qx 137 "$WORK/container"
	until_true grep -q '"type":"oom"' "$WORK/events"
	do_tare events --stats "$ID"
	assert_json '.data.memory.usage.limit == 33554432 and .data.memory.usage.failcnt > 0'
	succeed delete --force "$ID"
	wait
}

@test "CAP_SYS_RESOURCE: a lower OOM score, higher limits, all capabilities" {
	make_bundle
	edit_config --argjson all "$("$TARE" features | jq -c .linux.capabilities)" '.process.oomScoreAdj = -500
		| .process.rlimits = [{type: "RLIMIT_NPROC", soft: 4294967296, hard: 4294967296}, {type: "RLIMIT_CORE", soft: 1099511627776, hard: 1099511627776}]
		| .process.capabilities = {bounding: $all, effective: $all, permitted: $all}'
	inside 'cat /proc/self/oom_score_adj; ulimit -u; grep CapEff /proc/self/status'
	ulimit -S -u 1000
	ulimit -H -u 1000
	run_bundle
	assert_success
	assert_output $'-500\n4294967296\n'"$(grep CapBnd /proc/self/status | sed s/Bnd/Eff/)"
}

@test "real-time scheduling and a deadline" {
	make_bundle '.process.scheduler = {policy: "SCHED_FIFO", priority: 7} | .process.capabilities[] += ["CAP_SYS_NICE"]'
	inside 'sed -n "s/^policy *: *//p; s/^prio *: *//p" /proc/self/sched'
	run_bundle
	assert_success
	assert_output $'1\n92'
}

@test "statistics: memory, pids, cpu, io, pressure" {
	make_bundle '.linux.resources += {memory: {limit: 67108864}, pids: {limit: 40}}'
	inside 'dd if=/dev/zero of=/file bs=1M count=8 conv=fsync 2>/dev/null; echo ready; sleep 1000'
	run_detached
	until_true grep -qx ready "$WORK/container"
	do_tare events --stats "$ID"
	assert_success
	assert_json '.data | .memory.usage.limit == 67108864 and .memory.usage.usage > 0 and .pids.limit == 40 and .pids.current >= 1
		and .cpu.usage.total > 0 and (.memory.psi | type) == "object" and (.cpu.psi | type) == "object"'
	succeed delete --force "$ID"
}
