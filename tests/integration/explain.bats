# tare explain, and the codes of errors in all their forms: text, JSON, logs, tare check.

load ../lib/common
load container
load lifecycle

@test "explain: one code, the list, and JSON of both" {
	do_tare explain mount-type
	assert_success && assert_stderr ""
	[[ $output == "mount-type: "* && $output == *"What to do: "* ]] || fail "$output"
	[ "$(awk 'length > 80' <<<"$output")" = "" ] || fail "a line is longer than 80 columns" "$output"
	do_tare explain --format json mount-type
	assert_json '.code == "mount-type" and (.title, .text, .advice | type == "string")'
	do_tare explain
	assert_success && assert_contains "mount-type  "
	local listed=$output
	do_tare explain --format json
	[ "$(jq -r '.[].code' <<<"$output")" = "$(awk '{print $1}' <<<"$listed")" ] || fail "the lists differ"
}

@test "explain: an unknown code suggests the nearest" {
	do_tare explain mont-type
	assert_status 1 && assert_output ""
	assert_stderr_contains 'there is no error code "mont-type"'
	assert_stderr_contains "did you mean mount-type?"
	do_tare explain xyzzyxyzzy
	assert_status 1 && refute_stderr_contains "did you mean"
	do_tare explain a b
	assert_status 1 && assert_stderr_contains "tare explain usage"
}

@test "the code of an error: last in the text, a member of JSON, a pair of the log" {
	make_bundle '.mounts += [{destination: "/x"}]'
	run_bundle
	assert_status 1
	[[ ${stderr##*$'\n'} == "  see:    tare explain mount-type" ]] || fail "$(seen)"
	[[ ${stderr%%$'\n'*} != *explain* ]] || fail "the first line is for engines" "$(seen)"
	do_tare --log-format json run --bundle "$BUNDLE" "$ID"
	jq -e '.code == "mount-type" and .pointer == "/mounts/7/type" and .errno == "EINVAL"
		and (.hint | length > 0)' <<<"$stderr" || fail "$(seen)"
	do_tare --log "$WORK/log" run --bundle "$BUNDLE" "$ID"
	grep -q ' code="mount-type" ' "$WORK/log" || fail "$(<"$WORK/log")"
}

@test "a refusal by the kernel has code, errno and system call in JSON" {
	do_tare --log-format json run --bundle "$WORK/nowhere" c1
	assert_status 1
	jq -e '.code == "bundle" and .errno == "ENOENT" and .syscall == "realpath"' <<<"$stderr" || fail "$(seen)"
}

@test "several mistakes: each has its code" {
	make_bundle '.mounts += [{destination: "/x"}] | .process.cwd = "tmp"'
	run_bundle
	assert_stderr_contains "[mount-type]" && assert_stderr_contains "[cwd]"
	do_tare --log-format json run --bundle "$BUNDLE" "$ID"
	[ "$(jq -c '[.mistakes[].code]' <<<"$stderr")" = '["mount-type","cwd"]' ] || fail "$(seen)"
	do_tare check --format json "$BUNDLE"
	[ "$(jq -c '[.[] | select(.severity == "error") | .code]' <<<"$output")" = '["mount-type","cwd"]' ] || fail "$output"
	jq -e 'all(.[]; .code | length > 0)' <<<"$output" || fail "a finding has no code" "$output"
	do_tare check "$BUNDLE"
	assert_contains " [mount-type]"
}

@test "text that is not JSON, and JSON that is not by the schema" {
	make_bundle
	write_config '{"ociVersion": "1.0.2", }'
	run_bundle
	assert_stderr_contains "tare explain json"
	write_config '{"ociVersion": "1.0.2", "hostname": 3}'
	run_bundle
	assert_stderr_contains "tare explain schema"
}

# on_terminal COMMAND...: its standard error is a terminal; what it wrote is in $output
on_terminal() { run script -qec "$(printf '%q ' "$@")" /dev/null </dev/null; }

@test "colours on a terminal only, and not with NO_COLOR or TERM=dumb" {
	require_command script
	local red=$'\033[1;31mtare:\033[0m'
	TERM=xterm on_terminal "$TARE" --root "$STATE" state c1
	[[ $output == "$red state failed: "* && $output == *$'\033[1m  see:\033[0m'* ]] || fail "$output"
	NO_COLOR=1 TERM=xterm on_terminal "$TARE" --root "$STATE" state c1
	[[ $output == "tare: state failed: "* && $output != *$'\033'* ]] || fail "$output"
	TERM=dumb on_terminal "$TARE" --root "$STATE" state c1
	[[ $output != *$'\033'* ]] || fail "$output"
	TERM=xterm on_terminal "$TARE" --log-format json --root "$STATE" state c1
	[[ $output == '{"level"'* ]] || fail "$output"
	TERM=xterm do_tare state c1
	[[ $stderr == "tare: state failed: "* ]] || fail "$(seen)"
}
