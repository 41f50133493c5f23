# tare plan: the program of a bundle, without running it or being root.

load ../lib/common

@test "plan shows the steps of the host and of the inside, and makes nothing" {
	make_bundle
	plan_bundle
	assert_success
	assert_stderr ""
	assert_matches 'clone the helper'
	assert_matches 'exec +argv=\["true"\]'
	[ ! -e "$STATE" ]
}

@test "each step names the property that asked for it" {
	make_bundle '.hostname = "planned" | .linux.sysctl = {"net.ipv4.ip_forward": "1"}
		| .process.rlimits = [{type: "RLIMIT_CORE", soft: 1, hard: 2}]
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"}'
	plan_bundle
	assert_success
	assert_matches 'hostname="planned" +<- /hostname'
	assert_matches 'type="proc" target="/proc".* <- /mounts/0'
	assert_matches 'path="kcore".* <- /linux/maskedPaths/2'
	assert_matches ' <- /linux/sysctl/net.ipv4.ip_forward'
	assert_matches 'soft=1 hard=2 +<- /process/rlimits/0'
	assert_matches ' <- /linux/seccomp'
	assert_matches ' <- /root/readonly'
	assert_matches ' <- /process/args/0'
	assert_contains "/tare-ID"
}

@test "with an id the plan is that container's" {
	make_bundle
	run --separate-stderr tare plan --bundle "$BUNDLE" my-box
	assert_success
	assert_contains /tare-my-box
	refute_contains /tare-ID
}

@test "what the config does not ask for is not in the plan" {
	make_bundle 'del(.hostname, .linux.maskedPaths, .linux.readonlyPaths) | .mounts = [] | .root.readonly = false'
	plan_bundle
	assert_success
	refute_contains "/mounts/"
	refute_contains "/hostname"
	refute_contains "Paths"
	refute_contains "/root/readonly"
}

@test "a user without privileges can plan a root container and a rootless one" {
	require_root
	require_test_user
	make_bundle
	chmod -R go+rX "$BUNDLE"
	run --separate-stderr as_user "$TARE" --root "$STATE" plan --bundle "$BUNDLE"
	assert_success
	assert_matches 'type="proc" target="/proc".* <- /mounts/0'
	[ ! -e "$STATE" ]
	make_rootless_bundle
	run --separate-stderr as_user "$TARE" --root "$STATE" plan --bundle "$BUNDLE"
	assert_success
	assert_contains "write the id maps"
	assert_contains user
}

@test "a plan is the same every time" {
	make_bundle
	plan_bundle
	local first=$output
	plan_bundle
	assert_equal "$output" "$first"
}

@test "a mistake in the config is told, and the exit status is 1" {
	make_bundle '.process.cwd = "relative"'
	plan_bundle
	assert_status 1
	assert_output ""
	names_pointer /process/cwd
}

@test "a bundle that is not there, and one without a config" {
	run --separate-stderr tare plan --bundle "$WORK/none"
	assert_status 1
	assert_stderr_contains "$WORK/none"
	mkdir "$WORK/empty"
	run --separate-stderr tare plan --bundle "$WORK/empty"
	assert_status 1
	assert_stderr_contains config.json
	assert_no_engine_phrase
}
