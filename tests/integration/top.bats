# tare top: what containers use. tare trace: what --trace wrote.

load ../lib/common
load container
load lifecycle

setup() {
	common_setup
	require_root
}

busy() { # a container that keeps a processor busy, with limits
	make_bundle '.linux.resources += {pids: {limit: 77}, memory: {limit: 33554432}}'
	inside 'while :; do :; done'
	run_detached
}

@test "--once: a row for each container, with its limits and the use of the processor" {
	require_cgroup v1 hybrid
	busy
	local one=$ID
	make_bundle
	args sleep 1000
	run_detached
	do_tare top --once
	assert_success && assert_stderr ""
	[ "$(wc -l <<<"$output")" -eq 3 ] || fail "$output"
	assert_matches "(^|"$'\n'")ID +STATUS +CPU% +MEMORY +LIMIT"
	assert_matches "${one:0:24} +running +[0-9]+\.[0-9] +[0-9.]+[KM] +32\.0M +[0-9.]+ +1 +77 "
	assert_matches "${ID:0:24} +running +[0-9]+\.[0-9] +[0-9.]+[KM]? +- +- +1 +- "
	do_tare top --once --format json "$one"
	assert_json 'length == 1 and (.[0] | .id == "'"$one"'" and .status == "running" and .cpuPercent > 0 and .cpuTime > 0
		and .memory.limit == 33554432 and .memory.usage > 0 and .pids == {current: 1, limit: 77} and .io.read >= 0)'
	succeed pause "$one"
	do_tare top --once --format json "$one"
	assert_json '.[0].status == "paused" and .[0].cpuPercent == 0'
	succeed delete --force "$one"
	succeed delete --force "$ID"
}

@test "--once on v2" {
	on_v2 start_container
	do_tare top --once --format json
	assert_success
	assert_json 'length == 1 and .[0].status == "running"'
	succeed delete --force "$ID"
}

@test "elsewhere than on a terminal one table follows the other; a container that ends leaves it" {
	start_container
	"$TARE" --root "$STATE" top --interval 100ms --format json >"$WORK/tables" </dev/null 3>&- &
	local top=$!
	until_true grep -q "\"$ID\"" "$WORK/tables"
	succeed delete --force "$ID"
	until_true grep -qx '\[\]' "$WORK/tables"
	kill -TERM "$top"
	wait "$top"
}

@test "on a terminal it is redrawn until q, which leaves the terminal as it was" {
	start_container
	cat >"$WORK/look" <<-END
		before=\$(stty -g)
		"$TARE" --root "$STATE" top --interval 100ms
		echo "status \$?"
		[ "\$before" = "\$(stty -g)" ] && echo restored
	END
	run expect -c "set timeout 30; spawn -noecho sh $WORK/look
		expect -re {q: quit} {} timeout {exit 9}
		expect -re {q: quit} {} timeout {exit 9}
		send q
		expect eof {} timeout {exit 8}"
	assert_success
	assert_contains "status 0"
	assert_contains restored
	assert_contains "${ID:0:24}"
	succeed delete --force "$ID"
}

@test "a container that is not there, and a name that is none" {
	refuse "does not exist" top --once nothing-of-that-name
	refuse "invalid container ID format" top --once a/b
	do_tare top --once
	assert_success
	[ "$(wc -l <<<"$output")" -eq 1 ] || fail "$output"
}

# ---- tare trace

traced_run() {
	make_bundle
	do_tare run --trace "$WORK/trace.json" --bundle "$BUNDLE" "$ID"
	assert_success
}

@test "trace: each step of both programs, with bars that follow each other" {
	traced_run
	do_tare trace "$WORK/trace.json"
	assert_success && assert_stderr ""
	assert_matches "(^|"$'\n'")tare +[0-9.]+ us  [0-9]+ steps"$'\n'
	assert_matches $'\n'"tare-init +[0-9.]+ us  [0-9]+ steps"$'\n'
	assert_matches $'\n'"make a device /dev/null +[0-9.]+ us +=+"$'\n'
	assert_equal "$(grep -c 'us  ' <<<"$output")" "$(($(jq '[.traceEvents[] | select(.ph == "X")] | length' "$WORK/trace.json") + 2))"
	[ "$(awk 'length > 80' <<<"$output" | wc -l)" -eq 0 ] || fail "lines are longer than 80: $output"
	[[ $output != *$'\e'* ]] || fail "colours on no terminal"
	# the first step begins at the left, the last of tare-init after it
	assert_matches "(^|"$'\n'")read the config +[0-9.]+ us  ="
	assert_matches $'\n'"execute the program[^"$'\n'"]* +[0-9.]+ us   +="
}

@test "trace: a step that failed says how" {
	make_bundle
	add_mount '{"destination": "/data", "type": "bind", "source": "'"$WORK"'/nothing", "options": ["bind"]}'
	do_tare run --trace "$WORK/trace.json" --bundle "$BUNDLE" "$ID"
	assert_status 1
	do_tare trace "$WORK/trace.json"
	assert_success
	assert_matches '!+ ENOENT'
}

@test "trace: files that are none" {
	local file=$WORK/file
	refuse "cannot read the trace $file: it does not exist (ENOENT)" trace "$file"
	: >"$file"
	refuse "$file is not a trace of tare" trace "$file"
	assert_stderr_contains "tare --trace FILE run ... writes one"
	echo '{"traceEvents": [' >"$file"
	refuse "$file is not a trace of tare" trace "$file"
	echo '[]' >"$file"
	refuse "it has no list traceEvents" trace "$file"
	echo '{"traceEvents": [{"ph": "X"}, 7, {"ph": "X", "name": "a", "ts": -1, "dur": 1}]}' >"$file"
	refuse "no step is in it" trace "$file"
	refuse "cannot read the trace /dev" trace /dev
	printf '{"traceEvents": [{"ph": "X", "name": "a\\u001b[31m", "ts": 0, "dur": 1}]}' >"$file"
	do_tare trace "$file"
	assert_success
	[[ $output != *$'\e'* ]] || fail "a foreign file steers the terminal"
}
