# --trace FILE: how long each step took, on the host and inside, as a trace viewer reads it.

load ../lib/common

setup() {
	common_setup
	require_root
}

@test "the trace is JSON, with a track for tare and one for tare-init" {
	make_bundle
	run_bundle --trace "$WORK/trace.json"
	assert_success
	output=$(<"$WORK/trace.json")
	assert_json 'if type == "array" then . else .traceEvents end | length > 20'
	jq -c 'if type == "array" then . else .traceEvents end' "$WORK/trace.json" >"$WORK/events"
	output=$(<"$WORK/events")
	# complete events: a name, a start and a length in microseconds
	assert_json '[.[] | select(.ph == "X")] | length > 20 and all(.[];
		(.name | type == "string") and .ts >= 0 and .dur >= 0 and (.pid | type == "number"))'
	# both tracks are named
	assert_json '[.[] | select(.ph == "M") | .args.name] | (index("tare") != null) and (index("tare-init") != null)'
	assert_json '[.[] | select(.ph == "X") | .name] | index("clone the helper") != null'
}

@test "every step of the plan is in the trace, with the property that asked for it" {
	make_bundle
	run_bundle --trace "$WORK/trace.json"
	assert_success
	output=$(jq -r '(if type == "array" then . else .traceEvents end)[] | select(.ph == "X") | .args // {} | .[] | strings' "$WORK/trace.json")
	assert_line /mounts/0
	assert_line /linux/maskedPaths/2
	assert_line /process/args/0
}

@test "a start that failed has a trace too" {
	make_bundle
	args no-such-program
	run_bundle --trace "$WORK/trace.json"
	assert_status 1
	output=$(jq -c 'if type == "array" then . else .traceEvents end' "$WORK/trace.json")
	assert_json '[.[] | select(.ph == "X") | .name] | index("clone the helper") != null'
}

@test "a trace file that cannot be written is an error before anything is done" {
	make_bundle
	args touch /dev/shm/x
	run_bundle --trace "$WORK/none/trace.json"
	assert_status 1
	assert_stderr_contains "$WORK/none/trace.json"
	assert_no_engine_phrase
}
