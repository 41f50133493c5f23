# What runtime.md asks of the operations beyond a usual life, which is in lifecycle.bats.

load ../lib/common
load container
load lifecycle

setup() {
	common_setup
	require_root
}

@test "a config that is changed after create has no effect on start" {
	make_bundle '.root.readonly = false'
	inside 'echo first >/said'
	create_bundle
	assert_success
	inside 'echo second >/said'
	edit_config '.hooks.startContainer = [{path: "/bin/false"}]'
	succeed start "$ID"
	until_true has_status stopped
	assert_equal "$(<"$ROOTFS/said")" first
	succeed delete "$ID"
}

@test "start without a process is an error" {
	make_bundle 'del(.process)'
	create_bundle
	assert_success
	assert_container created
	refuse "the config has no process to start" start "$ID"
	assert_stderr_contains /process
	succeed delete --force "$ID"
}

@test "kill of a stopped container is an error" {
	make_bundle
	args true
	run_detached
	until_true has_status stopped
	refuse "container not running" kill "$ID" KILL
	assert_container stopped
	succeed delete "$ID"
}
