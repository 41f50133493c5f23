# tare wait: the end of a container whose parent somebody else is.

load ../lib/common
load container
load lifecycle

setup() {
	common_setup
	require_root
	make_bundle
}

# waited SIGNAL: of a container that ends with 7 at TERM
waited() {
	inside 'trap "exit 7" TERM; trap "exit 0" HUP; echo ready; while :; do sleep 0.1; done'
	tare run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/container" 2>&1
	until_true grep -qx ready "$WORK/container"
	wait_while tare kill "$ID" "$1"
	tare delete "$ID"
}

@test "the program's own status, or 128 and the signal" {
	waited TERM
	assert_success
	assert_output 7
	waited HUP
	assert_output 0
	waited KILL
	assert_output 137
}

@test "--timeout: an error, and the container runs on" {
	args sleep 1000
	tare run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
	run --separate-stderr tare wait --timeout 100ms "$ID"
	assert_status 1
	assert_output ""
	assert_stderr_contains "the container runs on"
	has_status running
	tare delete --force "$ID"
}

@test "what there is no status of is an error, never a number" {
	run --separate-stderr tare wait "$ID"
	assert_status 1
	assert_stderr_contains "container does not exist"
	args true
	tare run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
	until_true has_status stopped
	run --separate-stderr tare wait "$ID"
	assert_status 1
	assert_output ""
	assert_stderr_contains "has ended already"
	tare delete "$ID"
	run --separate-stderr tare wait --timeout soon "$ID"
	assert_stderr_contains 'invalid value "soon" for --timeout'
}
