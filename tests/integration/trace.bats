# --trace FILE: how long each step took, on the host and inside, as a trace viewer reads it.

load ../lib/common
load container
load lifecycle

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

@test "every step of the plan is in the trace, with what it was done to and the property that asked for it" {
	make_bundle
	run_bundle --trace "$WORK/trace.json"
	assert_success
	output=$(jq -r '(if type == "array" then . else .traceEvents end)[] | select(.ph == "X") | .args // {} | .[] | strings' "$WORK/trace.json")
	assert_line /mounts/0
	assert_line "proc on /proc"
	assert_line /dev/null
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

# ---- commands on a container that exists

# traced_command ARG...: tare with a trace, which is read into $output.
traced_command() {
	do_tare --trace "$WORK/trace.json" "$@"
	output=$(<"$WORK/trace.json")
	# the form: a list of named tracks, then complete events with start, duration and result
	assert_json '(keys - ["displayTimeUnit", "traceEvents"]) == []
		and ([.traceEvents[] | select(.ph == "M") | .args.name] == ["tare", "tare-init"])
		and all(.traceEvents[]; .ph == "M" or .ph == "X")
		and all(.traceEvents[] | select(.ph == "X");
			(.name | length > 0) and .ts >= 0 and .dur >= 0
			and (.args.result | type == "string")
			and (.cat == if .tid == 1 then "host" else "inside" end))'
}

# steps TID NAME...: the trace has exactly these steps of one track, in the order of their starts.
steps() {
	assert_equal "$(jq -r --argjson tid "$1" '[.traceEvents[] | select(.ph == "X" and .tid == $tid)]
		| sort_by(.ts)[] | .name' <<<"$output")" "$(printf '%s\n' "${@:2}")"
}
all_ok() { assert_json 'all(.traceEvents[] | select(.ph == "X"); .args.result == "ok")'; }
# has_result NAME RESULT
has_result() {
	assert_equal "$(jq -r --arg name "$1" '.traceEvents[] | select(.name == $name) | .args.result' <<<"$output")" "$2"
}

# The steps of the plan that both have, host and inside, are those that are traced.
@test "create: every step of the plan is traced, but those behind the gate" {
	make_bundle '.hostname = "traced"'
	args sleep 1000
	plan_bundle --format json
	assert_success
	jq -c '[.[] | {where, title, origin: .origin.pointer}] | unique' <<<"$output" >"$WORK/plan.json"
	traced_command create --bundle "$BUNDLE" "$ID"
	assert_success
	all_ok
	# all that is planned and not traced is what run does and create does not
	output=$(jq -c --slurpfile plan "$WORK/plan.json" '
		[.traceEvents[] | select(.ph == "X") | {where: .cat, title: .name}] as $traced
		| [$plan[0][] | {where, title}] - $traced | [.[].title] | unique' <<<"$output")
	assert_output '["block signals","execute the program","say that the program comes next"]'
	succeed delete "$ID"
}

@test "start and delete: their steps in order, each with its result" {
	make_bundle
	args sleep 1000
	create_bundle
	traced_command start "$ID"
	assert_success
	all_ok
	steps 1 "find the container" "open the gate" "follow the helper" "run the poststart hooks" "wait until it is ready"
	steps 2 "close all other descriptors" "say that the program comes next" "execute the program"
	assert_json 'any(.traceEvents[]; .name == "execute the program" and .args.origin == "/process/args/0")'
	tare kill "$ID" KILL
	until_true has_status stopped
	traced_command delete "$ID"
	assert_success
	all_ok
	steps 1 "find the container" "kill the process" "remove the cgroup" "run the poststop hooks" "remove the state"
}

@test "start: hooks inside have their step, and one that fails its result" {
	make_bundle '.hooks.startContainer = [{path: "/bin/true"}, {path: "/bin/false"}]'
	args sleep 1000
	create_bundle
	assert_success
	traced_command start "$ID"
	assert_status 1
	assert_json '[.traceEvents[] | select(.name == "run a hook") | .args.origin] == ["/hooks/startContainer/0", "/hooks/startContainer/1"]'
	assert_json '[.traceEvents[] | select(.name == "run a hook") | .args.result] | .[0] == "ok" and .[1] != "ok"'
	tare delete --force "$ID" </dev/null
}

@test "exec: steps of the host and of the inside" {
	start_container
	traced_command exec "$ID" true
	assert_success
	all_ok
	assert_json '[.traceEvents[] | select(.cat == "host") | .name] | .[0] == "find the container" and .[-1] == "follow the helper"'
	assert_json '[.traceEvents[] | select(.cat == "inside") | .name] | index("enter the container") != null and .[-1] == "execute the program"'
	succeed delete --force "$ID"
}

@test "the step that failed has the errno" {
	make_bundle
	add_mount '{"destination": "/data", "type": "tmpfs", "source": "tmpfs", "options": ["size=nonsense"]}'
	traced_command create --bundle "$BUNDLE" "$ID"
	assert_status 1
	has_result "follow the helper" EINVAL
	# the last one: the others of that name went well
	assert_json '[.traceEvents[] | select(.cat == "inside")] | (.[-1] | .name == "mount a filesystem" and .args.result == "EINVAL")
		and all(.[:-1][]; .args.result == "ok")'
	traced_command start "$ID"
	assert_status 1
	steps 1 "find the container"
	has_result "find the container" ENOENT
	traced_command delete "$ID"
	assert_status 1
	has_result "find the container" ENOENT
}

# tare-init reads the clock between its steps, under the container's filter at the end.
@test "a filter that forbids to read the clock: the trace ends there, and the container does not" {
	local action
	for action in SCMP_ACT_KILL_PROCESS SCMP_ACT_TRAP SCMP_ACT_ERRNO; do
		make_bundle '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"}'
		edit_config --arg action "$action" '.linux.seccomp.syscalls = [{names: ["clock_gettime"], action: $action}]'
		args true
		do_tare --trace "$WORK/trace.json" run --bundle "$BUNDLE" "$ID"
		assert_success
		output=$(<"$WORK/trace.json")
		assert_json '[.traceEvents[] | select(.cat == "inside") | .name][-1] == "load the seccomp filter"'
	done
	make_bundle '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["ptrace"], action: "SCMP_ACT_KILL"}]}'
	args true
	do_tare --trace "$WORK/trace.json" run --bundle "$BUNDLE" "$ID"
	assert_success
	output=$(<"$WORK/trace.json")
	assert_json '[.traceEvents[] | select(.cat == "inside") | .name][-1] == "execute the program"'
}
