# Who may manage the container's cgroup: ownership in user namespaces, run.oci.delegate-cgroup, and
# where later processes of a container go that has cgroups of its own.

load ../lib/common
load container
load lifecycle

setup() {
	common_setup
	require_root
	require_cgroup hybrid v2
	[ "$(cgroup_mode)" = v2 ] || CGROUPS=v2
}

group() { echo "$(cgroup_dir unified)/tare-$ID"; }

mapped() { # a bundle in a user namespace, whose cgroup mount can be written
	make_bundle '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings
		| (.mounts[] | select(.destination == "/sys/fs/cgroup").options) -= ["ro"]'
	set_namespace user
	set_namespace cgroup
}

# owners DIRECTORY: "uid:gid file" of the directory and each file that is not root's, the child that the
# container made left out
owners() {
	(cd "$1" && find . -maxdepth 1 ! -uid 0 ! -name child -printf '%U:%G %f\n' | sort)
}

# What has been handed on by the list of the kernel, as far as it is there.
given() { # UID DIRECTORY
	(cd "$2" && echo "$1:0 ." && while read -r file; do
		[ ! -e "$file" ] || echo "$1:0 $file"
	done </sys/kernel/cgroup/delegate) | sort
}

@test "in a user and a cgroup namespace with a writable mount the cgroup is the container's" {
	mapped
	inside 'mkdir /sys/fs/cgroup/child && echo 0 >/sys/fs/cgroup/child/cgroup.procs && echo ready && cat /proc/self/cgroup; sleep 1000'
	run_detached
	until_true grep -qx ready "$WORK/container"
	assert_equal "$(owners "$(group)")" "$(given 100000 "$(group)")"
	grep -qx "0::/child" "$WORK/container"
	succeed delete --force "$ID"
}

@test "it belongs to the user of the process" {
	mapped
	edit_config '.process.user = {uid: 1000, gid: 1000}'
	args sleep 1000
	run_detached
	assert_equal "$(owners "$(group)")" "$(given 101000 "$(group)")"
	succeed delete --force "$ID"
}

@test "without a user namespace it is that user's, too" {
	make_bundle '(.mounts[] | select(.destination == "/sys/fs/cgroup").options) -= ["ro"] | .process.user = {uid: 1234, gid: 1}'
	set_namespace cgroup
	args sleep 1000
	run_detached
	assert_equal "$(owners "$(group)")" "$(given 1234 "$(group)")"
	succeed delete --force "$ID"
}

@test "it stays root's with a read-only mount, without a mount, and without a cgroup namespace" {
	local change
	for change in '(.mounts[] | select(.destination == "/sys/fs/cgroup").options) += ["ro"]' \
		'.mounts |= map(select(.destination != "/sys/fs/cgroup"))' \
		'.linux.namespaces |= map(select(.type != "cgroup"))'; do
		mapped
		edit_config "$change"
		args sleep 1000
		run_detached
		assert_equal "$(owners "$(group)")" ""
		succeed delete --force "$ID"
	done
}

@test "on v1, where that would not be safe, it stays root's" {
	require_cgroup hybrid
	CGROUPS=
	mapped
	args sleep 1000
	run_detached
	local dir
	while read -r dir; do assert_equal "$(owners "$dir")" ""; done < <(list_cgroups)
	succeed delete --force "$ID"
}

@test "one that existed before stays its owner's" {
	local dir
	dir=$(cgroup_dir unified)/$TARE_TAG-mine
	mkdir "$dir"
	mapped
	edit_config --arg path "/$TARE_TAG-mine" '.linux.cgroupsPath = $path'
	args sleep 1000
	run_detached
	assert_equal "$(owners "$dir")" ""
	succeed delete --force "$ID"
	rmdir "$dir"
}

# ---- run.oci.delegate-cgroup

delegated() {
	mapped
	edit_config --arg path "$1" '.annotations["run.oci.delegate-cgroup"] = $path'
}

@test "a delegated cgroup: the container is below its own, which keeps the limits" {
	local controllers
	delegated "inner/most"
	controllers=$(cat "$(cgroup_dir unified)/cgroup.controllers")
	edit_config '.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 4194304}]'
	inside 'cat /proc/self/cgroup; cat /sys/fs/cgroup/hugetlb.2MB.max; echo ready; sleep 1000'
	run_detached
	until_true grep -qx ready "$WORK/container"
	grep -qx "0::/inner/most" "$WORK/container"
	grep -qx 4194304 "$WORK/container"
	assert_equal "$(cat "$(group)/inner/most/cgroup.procs")" "$PID"
	assert_equal "$(cat "$(group)/cgroup.procs")" ""
	assert_equal "$(cat "$(group)/hugetlb.2MB.max")" 4194304
	assert_equal "$(cat "$(group)/inner/cgroup.controllers")" "$controllers" # handed on
	assert_equal "$(owners "$(group)/inner/most")" "$(given 100000 "$(group)/inner/most")"
	# what comes later goes there too, and all of it is the container
	do_tare exec "$ID" cat /proc/self/cgroup
	assert_success
	assert_line "0::/inner/most"
	do_tare ps --format json "$ID"
	assert_json "length == 1 and .[0] == $PID"
	succeed pause "$ID"
	assert_container paused
	succeed resume "$ID"
	succeed kill --all "$ID" KILL
	until_true has_status stopped
	succeed delete "$ID"
	assert_equal "$(list_cgroups)" ""
}

@test "a delegated cgroup without a cgroup namespace" {
	make_bundle
	drop_namespace cgroup
	edit_config '.annotations["run.oci.delegate-cgroup"] = "inner"'
	args cat /proc/self/cgroup
	run_bundle_with v2
	assert_success
	assert_line "0::/tare-$ID/inner"
	assert_equal "$(list_cgroups)" ""
}

@test "a delegated cgroup that cannot be: names, no cgroup" {
	local name
	for name in "" / /a ../b a/../b a//b . $'a\nb'; do
		delegated "$name"
		run_bundle_with v2
		assert_status 1
		names_pointer /annotations/run.oci.delegate-cgroup
		assert_stderr_contains "is not the name of a cgroup below the container's own"
		assert_clean
	done
	delegated inner
	refuse "must be below one of the container's own" --cgroup-manager disabled run --bundle "$BUNDLE" "$ID"
	names_pointer /annotations/run.oci.delegate-cgroup
	assert_clean
}

@test "a delegated cgroup on v1 is refused" {
	require_cgroup hybrid
	CGROUPS=
	delegated inner
	run_bundle
	assert_status 1
	names_pointer /annotations/run.oci.delegate-cgroup
	assert_stderr_contains "cgroup v2 alone"
	assert_clean
}

@test "exec follows a container that has handed its controllers on" {
	local controllers
	read -r controllers _ <"$(cgroup_dir unified)/cgroup.controllers"
	[ -n "$controllers" ] || skip "v2 has no controller here"
	mapped
	inside "cd /sys/fs/cgroup && mkdir init.scope && echo 0 >init.scope/cgroup.procs && echo +$controllers >cgroup.subtree_control && echo ready; sleep 1000"
	run_detached
	until_true grep -qx ready "$WORK/container"
	do_tare exec "$ID" cat /proc/self/cgroup
	assert_success
	assert_line "0::/init.scope"
	succeed delete --force "$ID"
	assert_equal "$(list_cgroups)" ""
}
