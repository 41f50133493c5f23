# process.scheduler, ioPriority, execCPUAffinity, linux.personality, linux.memoryPolicy, and labels.
# What the kernel says of the container's process, asked from outside.

load ../lib/common
load container
load lifecycle

setup() {
	common_setup
	require_root
}

finish_container() { succeed delete --force "$ID"; }

# start_with FILTER: a sleeping container from an edited config; PID is its process.
start_with() {
	make_bundle "$1"
	args sleep 1000
	run_detached
}

# field N: the Nth field of /proc/PID/stat, counted as in proc(5); the name has no blank here
field() { cut -d ' ' -f "$1" "/proc/$PID/stat"; }

refused_run() { # POINTER TEXT
	run_bundle
	assert_failed_clean "$1" "$2"
}

assert_failed_clean() {
	assert_status 1 && assert_output "" && assert_stderr_contains "$1" &&
		assert_stderr_contains "$2" && assert_no_engine_phrase
}

@test "SCHED_BATCH with a nice value" {
	start_with '.process.scheduler = {policy: "SCHED_BATCH", nice: 7}'
	[ "$(field 41)" = 3 ] || fail "policy $(field 41)"
	[ "$(field 19)" = 7 ] || fail "nice $(field 19)"
	finish_container
}

@test "SCHED_IDLE, and SCHED_OTHER with a nice value" {
	start_with '.process.scheduler = {policy: "SCHED_IDLE"}'
	[ "$(field 41)" = 5 ] || fail "policy $(field 41)"
	finish_container
	start_with '.process.scheduler = {policy: "SCHED_OTHER", nice: -3}'
	[ "$(field 41),$(field 19)" = 0,-3 ] || fail "$(field 41),$(field 19)"
	finish_container
}

# On v1 a new cgroup of the controller cpu has no real-time budget: here it stays in its parent's.
real_time_policies() {
	start_with '.process.scheduler = {policy: "SCHED_FIFO", priority: 20}'
	[ "$(field 41),$(field 40)" = 1,20 ] || fail "$(field 41),$(field 40)"
	finish_container
	start_with '.process.scheduler = {policy: "SCHED_RR", priority: 3, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
	[ "$(field 41),$(field 40)" = 2,3 ] || fail "$(field 41),$(field 40)"
	[[ $(chrt -p "$PID") == *SCHED_RESET_ON_FORK* ]] || fail "$(chrt -p "$PID")"
	finish_container
}

@test "SCHED_FIFO and SCHED_RR have a priority" { on_v2 real_time_policies; }

@test "SCHED_DEADLINE has its three times" {
	start_with '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 2000000, deadline: 30000000, period: 40000000}'
	[[ $(chrt -p "$PID") == *"2000000/30000000/40000000" ]] || fail "$(chrt -p "$PID")"
	finish_container
}

@test "a policy that this kernel does not have is an error that names it" {
	make_bundle '.process.scheduler = {policy: "SCHED_ISO"}'
	refused_run "/process/scheduler" "cannot set the scheduling policy"
}

@test "the I/O priority" {
	start_with '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
	[ "$(ionice -p "$PID")" = "best-effort: prio 6" ] || fail "$(ionice -p "$PID")"
	finish_container
	start_with '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}'
	[ "$(ionice -p "$PID")" = idle ] || fail "$(ionice -p "$PID")"
	finish_container
}

@test "a personality: the machine is another one" {
	make_bundle '.linux.personality = {domain: "LINUX32"}'
	inside 'uname -m'
	run_bundle
	assert_success
	assert_output i686
}

@test "exec has the personality of the container" {
	start_with '.linux.personality = {domain: "LINUX32"}'
	do_tare exec "$ID" uname -m
	assert_success && assert_output i686
	finish_container
}

@test "a memory policy binds all that the program allocates" {
	[ -e /proc/self/numa_maps ] || skip "this kernel is built without NUMA"
	start_with '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}'
	[[ $(head -n 1 "/proc/$PID/numa_maps") == *" bind=static:0 "* ]] || fail "$(head -n 1 "/proc/$PID/numa_maps")"
	finish_container
}

@test "a memory node that is not there is an error" {
	[ -e /proc/self/numa_maps ] || skip "this kernel is built without NUMA"
	make_bundle '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "900"}'
	refused_run "/linux/memoryPolicy" "cannot set the memory policy"
}

@test "exec runs on the final CPUs, or on all of them if only the first were chosen" {
	[ "$(nproc --all)" -ge 2 ] || skip "needs two CPUs"
	start_container
	local all base='{args: ["grep", "Cpus_allowed_list", "/proc/self/status"], cwd: "/", user: {}, env: ["PATH=/bin"]}'
	all=$(awk '/Cpus_allowed_list/ { print $2 }' /proc/self/status)
	jq -n "$base | .execCPUAffinity = {initial: \"0\", final: \"1\"}" >"$WORK/process.json"
	do_tare exec --process "$WORK/process.json" "$ID"
	assert_success && assert_output $'Cpus_allowed_list:\t1'
	jq -n "$base | .execCPUAffinity = {initial: \"0\"}" >"$WORK/process.json"
	do_tare exec --process "$WORK/process.json" "$ID"
	assert_success && assert_output $'Cpus_allowed_list:\t'"$all"
	finish_container
}

@test "the affinity of exec does not apply to the container's own process" {
	[ "$(nproc --all)" -ge 2 ] || skip "needs two CPUs"
	start_with '.process.execCPUAffinity = {initial: "0", final: "0"}'
	[ "$(grep Cpus_allowed_list "/proc/$PID/status")" = "$(grep Cpus_allowed_list /proc/self/status)" ] ||
		fail "$(grep Cpus_allowed_list "/proc/$PID/status")"
	do_tare exec "$ID" grep Cpus_allowed_list /proc/self/status
	assert_success && assert_output $'Cpus_allowed_list:\t0'
	finish_container
}

@test "CPUs that are not there are an error of exec" {
	start_container
	jq -n '{args: ["true"], cwd: "/", execCPUAffinity: {initial: "8000"}}' >"$WORK/process.json"
	do_tare exec --process "$WORK/process.json" "$ID"
	assert_status 255
	assert_stderr_contains "cannot run on the CPUs 8000"
	assert_stderr_contains "/process/execCPUAffinity/initial"
	finish_container
}

@test "labels of a security module that does not run are refused" {
	[ ! -e /sys/module/apparmor/parameters/enabled ] || skip "AppArmor runs here: see tests/vm"
	make_bundle '.process.apparmorProfile = "tare" | .process.selinuxLabel = "a:b:c" | .linux.mountLabel = "d:e:f"'
	refused_run "/process/apparmorProfile" 'the profile "tare" needs AppArmor'
	assert_stderr_contains 'the label "a:b:c" needs SELinux'
	assert_stderr_contains 'the label "d:e:f" needs SELinux'
	start_container
	do_tare exec --apparmor tare "$ID" true
	assert_status 255 && assert_stderr_contains "/process/apparmorProfile"
	do_tare exec --process-label a:b:c "$ID" true
	assert_status 255 && assert_stderr_contains "/process/selinuxLabel"
	finish_container
}

@test "unconfined is what a program is where AppArmor does not run" {
	[ ! -e /sys/module/apparmor/parameters/enabled ] || skip "AppArmor runs here: see tests/vm"
	make_bundle '.process.apparmorProfile = "unconfined"'
	run_bundle
	assert_success
}
