# tare update: other limits for a container, kept in its state, or none of them at all.

load ../lib/common
load container
load lifecycle

setup() {
	common_setup
	require_root
	require_cgroup v1 hybrid
}

finish_container() { succeed delete --force "$ID"; }

# value CONTROLLER FILE: of the container's cgroup
value() { cat "$(cgroup_dir "$1")/tare-$ID/$2"; }

assert_value() { # CONTROLLER FILE VALUE
	local is
	is=$(value "$1" "$2") || return 1
	[ "$is" = "$3" ] || fail "$2 is $is, not $3"
}

stored() { jq -c ".linux.resources$1" "$STATE/$ID/config.json"; }

@test "options: each sets its limit, with units, and leaves the others" {
	start_container
	local devices
	devices=$(value devices devices.list)
	succeed update --memory 128m --memory-reservation 0.5g --pids-limit 77 "$ID"
	assert_value memory memory.limit_in_bytes $((128 << 20))
	assert_value memory memory.soft_limit_in_bytes $((512 << 20))
	assert_value pids pids.max 77
	succeed update --cpu-share=512 --cpu-period 200000 --cpu-quota 50000 "$ID"
	assert_value cpu cpu.shares 512
	assert_value cpu cpu.cfs_period_us 200000
	assert_value cpu cpu.cfs_quota_us 50000
	succeed update --cpuset-cpus 0 --cpuset-mems 0 "$ID"
	assert_value cpuset cpuset.cpus 0
	assert_value memory memory.limit_in_bytes $((128 << 20))
	assert_value pids pids.max 77
	succeed update --pids-limit -1 --cpu-quota=-1 "$ID"
	assert_value pids pids.max max
	assert_value cpu cpu.cfs_quota_us -1
	[ "$(value devices devices.list)" = "$devices" ] || fail "the devices changed"
	finish_container
}

@test "memory and swap, up and down" {
	start_container
	# without a limit of memory there is nothing that swap could come on top of
	refuse "swap" update --memory-swap 1g "$ID"
	assert_equal "$(stored .memory)" null
	local pair
	for pair in "64m 128m" "256m 256m" "32m 32m" "100m 1g" "-1 -1"; do
		# shellcheck disable=SC2086 # two words
		set -- $pair
		succeed update --memory "$1" --memory-swap "$2" "$ID"
	done
	succeed update --memory 64m --memory-swap 100m "$ID"
	assert_value memory memory.limit_in_bytes $((64 << 20))
	[ ! -e "$(cgroup_dir memory)/tare-$ID/memory.memsw.limit_in_bytes" ] ||
		assert_value memory memory.memsw.limit_in_bytes $((100 << 20))
	refuse "is less than the memory limit" update --memory 512m "$ID"
	assert_value memory memory.limit_in_bytes $((64 << 20))
	finish_container
}

@test "resources as JSON, from a file and from standard input" {
	start_container
	echo '{"memory": {"limit": 67108864}, "cpu": {"shares": 300}, "unknown": 1}' >"$WORK/new.json"
	succeed update --resources="$WORK/new.json" "$ID"
	assert_value memory memory.limit_in_bytes 67108864
	assert_value cpu cpu.shares 300
	local form
	for form in "-r -" "--resources -" "--resources=-"; do
		# shellcheck disable=SC2086 # two words
		echo '{"pids": {"limit": 5}}' | tare update $form "$ID" || fail "$form"
		assert_value pids pids.max 5
		succeed update --pids-limit 6 "$ID"
	done
	# beside JSON, options for single limits count as nothing
	succeed update -r "$WORK/new.json" --pids-limit 9 "$ID"
	assert_value pids pids.max 6
	finish_container
}

@test "what was updated is kept, merged with what there was" {
	make_bundle '.linux.resources += {memory: {limit: 33554432}, cpu: {quota: 40000}}'
	args sleep 1000
	run_detached
	succeed update --cpu-period 50000 --pids-limit 12 "$ID"
	assert_value cpu cpu.cfs_quota_us 40000
	assert_value cpu cpu.cfs_period_us 50000
	[ "$(stored .memory)" = '{"limit":33554432}' ] || fail "$(stored .memory)"
	[ "$(stored .cpu)" = '{"quota":40000,"period":50000}' ] || fail "$(stored .cpu)"
	[ "$(stored .pids)" = '{"limit":12}' ] || fail "$(stored .pids)"
	[ "$(stored '.devices | length')" -ge 1 ] || fail "the rules of devices have gone"
	do_tare exec "$ID" true
	assert_success
	finish_container
}

@test "0 asks for nothing, but for burst and idle, which it takes back" {
	local before
	start_container
	succeed update --memory 64m --memory-reservation 32m --pids-limit 30 --cpu-share 300 --cpu-quota 50000 \
		--cpu-period 90000 --cpu-burst 20000 "$ID"
	assert_value cpu cpu.cfs_burst_us 20000
	before=$(stored "")
	succeed update --memory 0 --memory-reservation 0 --memory-swap 0 --pids-limit 0 --cpu-share 0 --cpu-quota 0 \
		--cpu-period 0 --cpu-rt-period 0 --cpu-rt-runtime 0 --cpuset-cpus "" "$ID"
	assert_equal "$(stored "")" "$before"
	assert_value memory memory.limit_in_bytes $((64 << 20))
	assert_value memory memory.soft_limit_in_bytes $((32 << 20))
	assert_value pids pids.max 30
	assert_value cpu cpu.shares 300
	assert_value cpu cpu.cfs_quota_us 50000
	assert_value cpu cpu.cfs_burst_us 20000
	succeed update --cpu-burst 0 "$ID"
	assert_value cpu cpu.cfs_burst_us 0
	assert_equal "$(stored .cpu.burst)" 0
	succeed update --cpu-burst 20000 "$ID"
	succeed update --cpu-quota 10000 --cpu-burst 0 "$ID" # not below the burst
	assert_value cpu cpu.cfs_burst_us 0
	assert_value cpu cpu.cfs_quota_us 10000
	finish_container
	start_container # shares and idle exclude each other
	succeed update --cpu-idle 1 "$ID"
	assert_value cpu cpu.idle 1
	succeed update --cpu-idle 0 "$ID"
	assert_value cpu cpu.idle 0
	assert_equal "$(stored .cpu.idle)" 0
	echo '{"memory": {"disableOOMKiller": true}}' | tare update -r - "$ID"
	grep -qx "oom_kill_disable 1" <(value memory memory.oom_control)
	echo '{"memory": {"disableOOMKiller": false}}' | tare update -r - "$ID"
	grep -qx "oom_kill_disable 0" <(value memory memory.oom_control)
	finish_container
}

@test "a created and a paused container can be updated, a stopped one cannot" {
	make_bundle
	args sleep 1000
	create_bundle
	succeed update --pids-limit 20 "$ID"
	assert_value pids pids.max 20
	succeed start "$ID"
	succeed pause "$ID"
	succeed update --pids-limit 21 "$ID"
	assert_value pids pids.max 21
	succeed resume "$ID"
	kill -9 "$PID"
	until_true has_status stopped
	refuse "container not running" update --pids-limit 22 "$ID"
	finish_container
	refuse "container does not exist" update --pids-limit 22 "$ID"
}

@test "a value that the kernel refuses: nothing has changed" {
	start_container
	succeed update --memory 64m --pids-limit 30 --cpu-share 100 "$ID"
	refuse "cannot set cpuset.cpus" update --memory 32m --cpu-share 200 --cpuset-cpus 4000 "$ID"
	assert_value memory memory.limit_in_bytes $((64 << 20))
	assert_value cpu cpu.shares 100
	[ "$(stored .memory.limit)" = $((64 << 20)) ] || fail "$(stored .memory)"
	finish_container
}

@test "values that are not understood" {
	start_container
	local bad
	for bad in memory=x memory=1q memory=1.m memory= memory=-2 cpu-share=-1 cpu-quota=1.5 pids-limit=many \
		blkio-weight=5 blkio-weight=1001 cpu-period=99999999999999999999; do
		[ "$bad" != memory= ] || continue # an empty value is none
		refuse 'invalid value "' update "--$bad" "$ID"
	done
	echo '{"memory": {"limit": "1g"}}' >"$WORK/bad.json"
	refuse "/memory/limit" update -r "$WORK/bad.json" "$ID"
	echo '{' >"$WORK/bad.json"
	refuse "the resources cannot be used" update -r "$WORK/bad.json" "$ID"
	refuse "cannot read the resources from $WORK/none" update -r "$WORK/none" "$ID"
	finish_container
}

# update_devices [RULE]: the rules that a container has by itself, and one more.
update_devices() {
	printf '{"devices": [{"allow": false, "access": "rwm"}%s]}' "${1:+, $1}" | tare update -r - "$ID"
}

reads() { do_tare exec "$ID" head -c 1 "$1"; }

devices_replaced() {
	local urandom='"type": "c", "major": 1, "minor": 9, "access": "r"'
	start_container
	reads /dev/urandom
	assert_success
	update_devices "{\"allow\": false, $urandom}"
	reads /dev/urandom
	assert_status 1
	assert_stderr_contains "Operation not permitted"
	succeed update --cpuset-cpus "" "$ID" # asks for nothing, and says nothing of devices
	reads /dev/urandom
	assert_status 1
	update_devices "{\"allow\": true, $urandom}" # and back: none of the former rules is left
	reads /dev/urandom
	assert_success
	update_devices
	reads /dev/urandom
	assert_success
	finish_container
}

@test "rules of devices are replaced if they are given" {
	devices_replaced
	start_container
	update_devices '{"allow": true, "type": "c", "major": 10, "minor": 229, "access": "r"}'
	value devices devices.list | grep -q "^c 10:229 r$" || fail "$(value devices devices.list)"
	finish_container
}

@test "rules of devices are replaced on v2" { on_v2 devices_replaced; }

# What somebody has set in a cgroup before a container came, which knows nothing of it.
@test "after a failure the limits are those of before, whoever had set them" {
	local group=$TARE_TAG-mine dir
	start_in_prepared "$group"
	refuse "cannot set cpuset.cpus" update --memory 32m --memory-reservation 16m --cpu-share 200 \
		--cpu-quota 10000 --cpuset-cpus 4000 "$ID"
	assert_prepared
	echo '{"pids": {"limit": 9}, "memory": {"limit": 20971520}, "blockIO": {"throttleReadBpsDevice": [{"major": 255, "minor": 7, "rate": 5}]}}' >"$WORK/new.json"
	refuse "blkio.throttle.read_bps_device" update -r "$WORK/new.json" "$ID"
	assert_prepared
	finish_container
	for dir in memory cpu pids cpuset; do assert_equal "$(ls -d "$(cgroup_dir $dir)/$group")" "$(cgroup_dir $dir)/$group"; done
	remove_prepared
}

prepared() { # CONTROLLER FILE VALUE lines
	cat <<-END
		memory memory.limit_in_bytes 104857600
		memory memory.soft_limit_in_bytes 52428800
		cpu cpu.shares 333
		cpu cpu.cfs_quota_us 70000
		pids pids.max 44
		cpuset cpuset.cpus 0
	END
}

start_in_prepared() { # NAME
	local controller file value point
	PREPARED=$1
	mapfile -t POINTS < <(awk '{ for (i = 7; $i != "-"; i++); if ($(i + 1) ~ /^cgroup2?$/) print $5 }' /proc/self/mountinfo)
	for point in "${POINTS[@]}"; do mkdir "$point/$PREPARED"; done
	while read -r controller file value; do
		echo "$value" >"$(cgroup_dir "$controller")/$PREPARED/$file"
	done < <(prepared)
	make_bundle 'del(.linux.resources)'
	edit_config --arg path "/$PREPARED" '.linux.cgroupsPath = $path'
	args sleep 1000
	run_detached
}

assert_prepared() {
	local controller file value
	while read -r controller file value; do
		assert_equal "$file $(cat "$(cgroup_dir "$controller")/$PREPARED/$file")" "$file $value"
	done < <(prepared)
}

remove_prepared() {
	local point
	for point in "${POINTS[@]}"; do rmdir "$point/$PREPARED"; done
}

@test "if the state cannot be written, nothing has changed" {
	mkdir -p "$STATE"
	mount -t tmpfs -o size=64k,mode=700 tare-state "$STATE"
	start_container
	succeed update --memory 64m --pids-limit 30 "$ID"
	! cat /dev/zero >"$STATE/filler" 2>"$WORK/full" || fail "the filesystem is not full"
	refuse "cannot write" update --memory 32m --pids-limit 31 "$ID"
	assert_value memory memory.limit_in_bytes $((64 << 20))
	assert_value pids pids.max 30
	rm "$STATE/filler"
	[ "$(stored .memory.limit)" = $((64 << 20)) ] || fail "$(stored .memory)"
	finish_container
	umount "$STATE"
}

unified_limit() {
	start_container
	local size
	size=$(basename "$(find /sys/kernel/mm/hugepages -name 'hugepages-2048kB')")
	[ -n "$size" ] || skip "this kernel has no huge pages of 2 MB"
	echo '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}' | tare update -r - "$ID" || return 1
	with_cgroups v2 cat "/sys/fs/cgroup/tare-$ID/hugetlb.2MB.max" >"$WORK/max"
	[ "$(<"$WORK/max")" = 4194304 ] || fail "$(<"$WORK/max")"
	refuse "the memory controller" update --memory 64m "$ID"
	finish_container
}

@test "huge pages, and a controller that is not there (v2)" { on_v2 unified_limit; }
