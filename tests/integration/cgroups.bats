# Cgroups: where the container's is, what limits it, what is seen of it inside, and that it goes.

load ../lib/common
load container
load lifecycle

setup() {
	common_setup
	require_root
}

# group_file CONTROLLER FILE [PATH]: read a file of the container's cgroup, as the host sees it.
group_file() { cat "$(cgroup_dir "$1")/${3:-tare-$ID}/$2"; }

# start_ready: a container that waits, in the background.
start_ready() {
	inside 'echo ready; read line'
	start_bundle
	wait_for_line ready
}

end_ready() {
	tell go
	finish_bundle
	assert_success
}

# places PID: its line of each hierarchy that is mounted; the kernel lists the others all the same
places() {
	case $(cgroup_mode) in
	v1) grep -v ^0:: "/proc/$1/cgroup" ;;
	v2) grep ^0:: "/proc/$1/cgroup" ;;
	hybrid) cat "/proc/$1/cgroup" ;;
	esac
}

@test "without cgroupsPath it is /tare-ID in every hierarchy" {
	make_bundle
	start_ready
	assert_equal "$(places "$PID" | cut -d: -f3 | sort -u)" "/tare-$ID"
	end_ready
	assert_equal "$(list_cgroups)" ""
}

@test "a real-time caller is told why the container cannot enter the cgroup" {
	require_cgroup hybrid v1
	[ -e "$(cgroup_dir cpu)/cpu.rt_runtime_us" ] || skip "this kernel has no budgets of real time (CONFIG_RT_GROUP_SCHED)"
	make_bundle
	run --separate-stderr chrt --fifo 1 "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_status 1
	assert_stderr_contains "cannot move the container into the cgroup $(cgroup_dir cpu)/tare-$ID: Invalid argument (EINVAL)"
	assert_stderr_contains "the caller's real-time policy needs a budget in cpu.rt_runtime_us: begin with another (chrt --other 0 ...)"
	assert_clean "$ID"
}

# moved_itself TRACES: into all hierarchies of $output, each with the container's path, and into none by its
# number. A file for each process: in one together a call may be in two parts.
moved_itself() {
	[ "$(wc -l <<<"$output")" -gt 4 ]
	! grep -v "/tare-$ID\$" <<<"$output" || fail "it is elsewhere" "$(seen)"
	assert_equal "$(cat "$1".* | grep -c '/tasks>, "0", 1) *= 1$')" "$(wc -l <<<"$output")"
	! grep -F '"cgroup.procs", {flags=O_WR' "$1".* || fail "it was moved by its number"
}

@test "on v1 a process moves itself into its cgroups, which costs less than to be moved by its number" {
	require_cgroup hybrid v1
	make_bundle 'del(.linux.namespaces[] | select(.type == "cgroup"))'
	args grep -v '^0:' /proc/self/cgroup
	run traced -ff -y -o "$WORK/run" -e trace=openat2,write "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_success
	moved_itself "$WORK/run"

	make_bundle 'del(.linux.namespaces[] | select(.type == "cgroup"))'
	args sleep 1000
	tare run --detach --bundle "$BUNDLE" "$ID"
	run traced -ff -y -o "$WORK/exec" -e trace=openat2,write "$TARE" --root "$STATE" exec "$ID" grep -v '^0:' /proc/self/cgroup
	assert_success
	moved_itself "$WORK/exec"
	tare delete --force "$ID"
}

@test "an absolute cgroupsPath, with parents that are made and go" {
	make_bundle
	edit_config --arg path "/$ID/of/parts" '.linux.cgroupsPath = $path'
	start_ready
	assert_equal "$(places "$PID" | cut -d: -f3 | sort -u)" "/$ID/of/parts"
	end_ready
	assert_equal "$(list_cgroups)" ""
}

@test "a relative cgroupsPath is beside the caller's own cgroup" {
	make_bundle
	edit_config --arg path "$ID/relative" '.linux.cgroupsPath = $path'
	start_ready
	# "4:memory:/user/me" becomes "4:memory:/user/ID/relative"
	assert_equal "$(places "$PID")" "$(places self | sed "s|/[^/]*\$|/$ID/relative|")"
	end_ready
}

@test "the cgroup is there on v1 alone and on v2 alone, and goes" {
	require_cgroup hybrid
	make_bundle
	args cat /proc/self/cgroup
	run_bundle_with v1
	assert_success
	assert_line "0::/"
	assert_equal "$(grep -v ^0:: <<<"$output" | cut -d: -f3 | sort -u)" "/tare-$ID"
	assert_equal "$(list_cgroups)" ""
	run_bundle_with v2
	assert_success
	assert_line "0::/tare-$ID"
	assert_equal "$(grep -v ^0:: <<<"$output")" "$(grep -v ^0:: /proc/self/cgroup)"
	assert_equal "$(list_cgroups)" ""
}

@test "an existing cgroup that is empty is used; one with processes is refused and left alone" {
	local dir
	require_cgroup v1 hybrid
	dir=$(cgroup_dir pids)/$TARE_TAG-mine
	make_bundle
	edit_config --arg path "/$TARE_TAG-mine" '.linux.cgroupsPath = $path'
	mkdir "$dir"
	sleep 1000 3>&- &
	echo $! >"$dir/cgroup.procs"
	run_bundle
	assert_status 1
	names_pointer /linux/cgroupsPath
	assert_equal "$(cat "$dir/cgroup.procs")" $!
	kill -KILL $!
	wait $! || status=$?
	assert_equal "$(cat "$dir/cgroup.procs")" ""
	run_bundle
	assert_success
	rmdir "$dir" # it was there before, so it is not tare's to remove
}

# taken_over: a container that has ended, and whose cgroup somebody else has made anew and uses.
taken_over() {
	local dirs dir
	inside 'echo ready; sleep 1000'
	run_detached
	mapfile -t dirs < <(list_cgroups)
	[ ${#dirs[@]} -gt 0 ]
	kill -KILL "$PID"
	until_true has_status stopped
	sleep 1000 3>&- &
	STRANGER=$!
	for dir in "${dirs[@]}"; do
		[ "$dir" != "$(cgroup_dir cpuset)/${dir##*/cpuset/}" ] || continue
		until_true rmdir "$dir"
		mkdir "$dir"
		echo $STRANGER >"$dir/cgroup.procs"
	done
	do_tare kill --all "$ID" KILL
	assert_success
	refuse "container not running" kill "$ID" KILL
	succeed delete "$ID"
	kill -0 $STRANGER || fail "the stranger's process was killed"
	for dir in "${dirs[@]}"; do
		[ "$dir" = "$(cgroup_dir cpuset)/${dir##*/cpuset/}" ] || grep -qx $STRANGER "$dir/cgroup.procs"
	done
	kill -KILL $STRANGER
	wait $STRANGER || status=$?
	assert_equal "$status" 137
	for dir in "${dirs[@]}"; do
		[ ! -e "$dir" ] || until_true rmdir "$dir"
	done
}

@test "a cgroup that others made in the place of the container's is neither killed nor removed" {
	make_bundle
	taken_over
}

@test "the same on v2 alone" {
	make_bundle
	on_v2 taken_over
}

@test "what others have below a cgroup that is shared with the container stays" {
	local dir
	require_cgroup hybrid v2
	dir=$(cgroup_dir unified)/$TARE_TAG-mine
	make_bundle
	edit_config --arg path "/$TARE_TAG-mine" '.linux.cgroupsPath = $path'
	mkdir "$dir" "$dir/theirs"
	run_bundle
	assert_success
	rmdir "$dir/theirs" "$dir"
}

# without_cgroup: the verbs on a container that was created so.
without_cgroup() {
	local verb
	args sleep 1000
	do_tare --cgroup-manager disabled run --detach --pid-file "$WORK/pid" --bundle "$BUNDLE" "$ID"
	assert_success
	PID=$(<"$WORK/pid")
	for verb in "update --pids-limit 5" pause "events --stats" "ps --format json"; do
		# shellcheck disable=SC2086 # two words
		refuse 'it was created with the cgroup manager "disabled"' $verb "$ID"
		assert_stderr_contains "hint:   create it with --cgroup-manager=cgroupfs or systemd"
		refute_stderr_contains "mount"
	done
	succeed kill --all "$ID" KILL
	until_true has_status stopped
}

@test "without a cgroup: what needs one says why there is none, and kill --all is for the first process" {
	make_bundle
	without_cgroup
	succeed kill --all "$ID" KILL # nobody is left in its pid namespace
	do_tare ps --format json "$ID"
	assert_success
	assert_json '. == [] or . == null'
	succeed delete "$ID"
}

@test "without a cgroup and a pid namespace: after its end kill --all cannot know who is left" {
	make_bundle
	drop_namespace pid
	without_cgroup
	refuse "container not running" kill --all "$ID" KILL
	succeed delete "$ID"
}

@test "a cgroup goes when the start fails" {
	make_bundle '.linux.resources.pids.limit = 50'
	args no-such-program
	run_bundle
	assert_status 1
	assert_equal "$(list_cgroups)" ""
}

@test "cgroups that the program made go as well" {
	require_cgroup v1 hybrid
	make_bundle '(.mounts[] | select(.destination == "/sys/fs/cgroup").options) -= ["ro"]'
	set_namespace cgroup
	inside 'mkdir -p /sys/fs/cgroup/pids/a/b/c /sys/fs/cgroup/memory/x; sleep 1000 & echo $! >/sys/fs/cgroup/pids/a/b/cgroup.procs
		cat /proc/self/cgroup | grep pids'
	run_bundle
	assert_success
	assert_matches ':pids:/$'
	assert_equal "$(list_cgroups)" ""
}

# ---- limits, as the kernel's files show them

@test "memory on v1" {
	require_cgroup v1 hybrid
	make_bundle '.linux.resources.memory = {limit: 67108864, reservation: 33554432, swappiness: 10}'
	start_ready
	assert_equal "$(group_file memory memory.limit_in_bytes)" 67108864
	assert_equal "$(group_file memory memory.soft_limit_in_bytes)" 33554432
	assert_equal "$(group_file memory memory.swappiness)" 10
	assert_equal "$(cut -d: -f3 <(grep :memory: "/proc/$PID/cgroup"))" "/tare-$ID"
	end_ready
}

@test "memory and swap on v1" {
	require_cgroup v1 hybrid
	[ -e "$(cgroup_dir memory)/memory.memsw.limit_in_bytes" ] || skip "this kernel does not account swap"
	make_bundle '.linux.resources.memory = {limit: 67108864, swap: 134217728}'
	start_ready
	assert_equal "$(group_file memory memory.memsw.limit_in_bytes)" 134217728
	end_ready
}

@test "cpu and cpuset on v1" {
	require_cgroup v1 hybrid
	make_bundle '.linux.resources.cpu = {shares: 512, quota: 25000, period: 50000, cpus: "0", mems: "0"}'
	inside 'grep Cpus_allowed_list /proc/self/status; echo ready; read line'
	start_bundle
	wait_for_line ready
	assert_equal "$(group_file cpu cpu.shares)" 512
	assert_equal "$(group_file cpu cpu.cfs_quota_us)" 25000
	assert_equal "$(group_file cpu cpu.cfs_period_us)" 50000
	assert_equal "$(group_file cpuset cpuset.cpus)" 0
	end_ready
	assert_line $'Cpus_allowed_list:\t0'
}

@test "pids on v1: a limit, none, and zero that asks for nothing" {
	require_cgroup v1 hybrid
	local pair
	for pair in 7:7 -1:max 0:max; do
		make_bundle
		edit_config --argjson limit "${pair%:*}" '.linux.resources.pids.limit = $limit'
		start_ready
		assert_equal "$(group_file pids pids.max)" "${pair#*:}"
		end_ready
	done
}

@test "huge pages and unified on v2" {
	local size
	require_cgroup hybrid v2
	grep -qw hugetlb "$(cgroup_dir unified)/cgroup.controllers" || skip "v2 has no hugetlb controller here"
	size=$(basename "$(ls -d /sys/kernel/mm/hugepages/hugepages-2048kB)")
	[ "$size" = hugepages-2048kB ]
	make_bundle '.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 4194304}]
		| .linux.resources.unified = {"hugetlb.2MB.rsvd.max": "6291456"}'
	set_namespace cgroup
	inside 'cat /sys/fs/cgroup/hugetlb.2MB.max /sys/fs/cgroup/hugetlb.2MB.rsvd.max'
	run_bundle_with v2
	assert_success
	assert_output $'4194304\n6291456'
}

@test "a limit that no controller here can set is named" {
	require_cgroup hybrid
	make_bundle '.linux.resources.memory.limit = 67108864'
	run_bundle_with v2
	assert_status 1
	names_pointer /linux/resources/memory/limit
	assert_no_engine_phrase
	assert_clean
}

@test "a fork bomb stays within the limit of pids" {
	require_cgroup v1 hybrid
	make_bundle '.linux.resources.pids.limit = 20'
	inside 'i=0; while [ $i -lt 100 ]; do sleep 1000 & i=$((i + 1)); done; echo not reached'
	run_bundle
	assert_status 2
	assert_output ""
	assert_stderr_contains "can't fork"
}

has_processes() { [ "$(tare ps --format json "$ID" </dev/null | jq length)" -eq "$1" ]; }

# bomb [NAMESPACE]: two thousand processes that fork for each that dies, deleted; not in a namespace
# of their own if it is named.
bomb() {
	make_bundle
	static_program bomb "$ROOTFS/bin/bomb"
	[ -z "${1:-}" ] || drop_namespace "$1"
	args bomb 2000
	run_detached
	until_true grep -qx full "$WORK/container"
	until_true has_processes 2000
	deleted_in succeed delete --force "$ID"
	assert_equal "$(list_cgroups)" ""
	until_true no_bombs
}

@test "a fork bomb of 2,000 processes is deleted" { bomb; }
@test "a fork bomb of 2,000 processes without a pid namespace is deleted" { bomb pid; }
@test "a fork bomb of 2,000 processes is deleted on v2" { on_v2 bomb; }
@test "a fork bomb of 2,000 processes without a pid namespace is deleted on v2" { on_v2 bomb pid; }

@test "a fork bomb of 2,000 processes is deleted on v1 alone" {
	require_cgroup hybrid
	CGROUPS=v1
	bomb
}

@test "a fork bomb of 2,000 processes without a pid namespace is deleted on v1 alone" {
	require_cgroup hybrid
	CGROUPS=v1
	bomb pid
}

# A hundredth of a processor: it takes them some hundreds of milliseconds to stop, more than v1 has at the first try.
@test "many processes with little of the processor are paused on v1" {
	require_cgroup v1 hybrid
	! grep -q "QEMU TCG" /proc/cpuinfo || skip "a hundredth of an emulated processor is too little"
	make_bundle '.linux.resources.cpu = {quota: 100000, period: 100000}'
	static_program bomb "$ROOTFS/bin/bomb"
	args bomb 250
	run_detached
	until_true grep -qx full "$WORK/container"
	succeed update --cpu-quota 1000 "$ID"
	succeed pause "$ID"
	assert_equal "$(group_file freezer freezer.state)" FROZEN
	succeed update --cpu-quota -1 "$ID"
	succeed delete --force "$ID"
}

@test "a pids limit of 1 is enough to start" {
	require_cgroup v1 hybrid
	make_bundle '.linux.resources.pids.limit = 1'
	args cat /proc/self/comm
	run_bundle
	assert_success
	assert_output cat
}

@test "the program over its memory limit is killed, and that is its status" {
	require_cgroup v1 hybrid
	make_bundle '.linux.resources.memory.limit = 16777216'
	args dd if=/dev/zero of=/dev/null bs=200M count=1
	run_bundle
	assert_status 137
	assert_output ""
}

# The kernel refuses it when more is in use by then, and calls the OOM killer when it is used later.
@test "a memory limit of a page: it is named" {
	require_cgroup v1 hybrid
	make_bundle '.linux.resources.memory.limit = 4096'
	run_bundle
	assert_status 1
	assert_stderr_contains 4096
	names_pointer /linux/resources/memory/limit
	assert_clean
}

@test "a memory limit too small to start: tare says so" {
	require_cgroup v1 hybrid
	make_bundle '.linux.resources.memory.limit = 2097152
		| .mounts += [{destination: "/etc", type: "tmpfs", source: "x", options: ["tmpcopyup"]}]'
	head -c 30000000 /dev/zero >"$ROOTFS/etc/large"
	run_bundle
	assert_status 1
	assert_stderr_contains "OOM killer"
	assert_stderr_contains "2097152 bytes"
	names_pointer /linux/resources/memory/limit
	assert_clean
}

@test "a memory limit of two mebibytes is enough" {
	require_cgroup v1 hybrid
	make_bundle '.linux.resources.memory.limit = 2097152'
	args echo started
	run_bundle
	assert_success
	assert_output started
}

# ---- what the container sees: mounts of type cgroup

@test "mount on v1: the container's own part of each hierarchy, read-only" {
	local name dir
	require_cgroup v1 hybrid
	make_bundle '.linux.resources.pids.limit = 33'
	inside 'ls /sys/fs/cgroup; grep " /sys/fs/cgroup" /proc/self/mountinfo; cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/memory/cgroup.procs | head -n 2; mkdir /sys/fs/cgroup/pids/x; mkdir /sys/fs/cgroup/x'
	run_bundle
	assert_status 1
	for name in pids memory cpu devices freezer systemd; do
		assert_line $name # a link where the hierarchy has other controllers too (cpu,cpuacct)
		dir=$(basename "$(cgroup_dir $name)")
		grep -qE "/tare-$ID /sys/fs/cgroup/$dir ro,nosuid,nodev,noexec,relatime " <<<"$output" || fail "$name" "$(seen)"
	done
	assert_matches ' / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - tmpfs '
	assert_matches $'\n33\n1$'
	assert_equal "$(grep -c "Read-only file system" <<<"$stderr")" 2
}

@test "mount on v1 in a cgroup namespace: the hierarchy as it is seen from there" {
	require_cgroup v1 hybrid
	make_bundle '.linux.resources.pids.limit = 33'
	set_namespace cgroup
	inside 'cat /sys/fs/cgroup/pids/pids.max; grep -E " / /sys/fs/cgroup/pids " /proc/self/mountinfo'
	run_bundle
	assert_success
	assert_equal "${lines[0]}" 33
	assert_matches ' / /sys/fs/cgroup/pids ro,.* - cgroup cgroup rw,pids'
}

@test "mount on v2, with a cgroup namespace and without" {
	require_cgroup v2 hybrid
	make_bundle
	drop_namespace cgroup
	inside 'grep " /sys/fs/cgroup " /proc/self/mountinfo; cat "/sys/fs/cgroup/$(cut -d: -f3 /proc/self/cgroup | tail -n 1)/cgroup.procs" | head -n 1'
	run_bundle_with v2
	assert_success
	assert_matches ' / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup'
	assert_line 1
	set_namespace cgroup
	inside 'grep " /sys/fs/cgroup " /proc/self/mountinfo; head -n 1 /sys/fs/cgroup/cgroup.procs; mkdir /sys/fs/cgroup/x'
	run_bundle_with v2
	assert_status 1
	assert_stderr_contains "Read-only file system"
	assert_matches ' / /sys/fs/cgroup ro,'
	assert_line 1
}

host_options() { awk '$5 == "/sys/fs/cgroup" { print $NF }' /proc/self/mountinfo; }

# As systemd mounts it; a mount of it by the machine's own cgroup namespace changes the options of all.
@test "mount on v2 without a cgroup namespace leaves the machine's options alone" {
	local before
	require_cgroup v2
	before=$(host_options)
	[[ $before == *nsdelegate* ]] || skip "needs cgroup2 mounted with nsdelegate, as systemd does"
	make_bundle
	drop_namespace cgroup
	args true
	run_bundle
	assert_success
	assert_equal "$(host_options)" "$before"
}

@test "mount on v2 in a user namespace without a cgroup namespace: its own part alone, read-only" {
	require_cgroup v2 hybrid
	make_bundle '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	set_namespace user
	drop_namespace cgroup
	inside 'awk "\$5 == \"/sys/fs/cgroup\" { print \$4, \$6 }" /proc/self/mountinfo; head -n 1 /sys/fs/cgroup/cgroup.procs; mkdir /sys/fs/cgroup/x'
	run_bundle_with v2
	assert_status 1
	assert_output "/tare-$ID ro,nosuid,nodev,noexec,relatime"$'\n1'
}

@test "mount that is not read-only" {
	require_cgroup v1 hybrid
	make_bundle '(.mounts[] | select(.destination == "/sys/fs/cgroup").options) -= ["ro"]'
	inside 'echo 44 >/sys/fs/cgroup/pids/pids.max && cat /sys/fs/cgroup/pids/pids.max'
	run_bundle
	assert_success
	assert_output 44
}
