# shellcheck shell=bash disable=SC2034,SC2154 # bats and common.bash set status, output, stderr ...
# hints.bash - what hints*.bats share: tables of hints, each produced for real.
#
# A row is HINT | CODE | WHAT. tests/lint/errors.py wants every hint of src/ to be quoted by a test.

load ../integration/refused_table # tests/vm/hints.bats is beside it

# says_hint HINT CODE: the last command failed with this hint, and its last line names the code.
says_hint() {
	[[ $stderr == *$'\n'"  hint:   "*"$1"* ]] || fail "no hint: $1" "$(seen)" || return 1
	[[ $'\n'$stderr$'\n' == *$'\n'"  see:    tare explain $2"$'\n'* ]] || fail "not the code $2" "$(seen)" || return 1
	assert_no_engine_phrase
}

# tare_by COMMAND...: run the bundle, tare being started by this command (setpriv ..., filtered.py ...).
tare_by() { run --separate-stderr "$@" timeout 30 "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null; }

# refused_with: rows of HINT | CODE | FILTER. tare run of the changed config fails, and leaves nothing.
refused_with() { each_row refused_with_row; }
refused_with_row() {
	change "$3" && launch && assert_status 1 && assert_output "" && says_hint "$1" "$2" && nothing_left
}

# found_with: rows of HINT | CODE | FILTER. tare check of the changed config says so, error or warning.
found_with() { each_row found_with_row; }
found_with_row() {
	local found
	change "$3" || return 1
	found=$(tare check --format json "$BUNDLE" 2>"$WORK/stderr") || [ $? -eq 1 ] || return 1
	jq -e --arg hint "$1" --arg code "$2" 'any(.[]; .code == $code and (.hint // "" | contains($hint)))' \
		<<<"$found" >/dev/null || fail "not found: [$2] $1" "$found"
}

# misused: rows of HINT | CODE | WORDS of a command line of tare. It fails before it does anything.
misused() { each_row misused_row; }
misused_row() {
	local words
	eval "words=($3)"
	status=0
	output=$(tare "${words[@]}" 2>"$WORK/stderr") || status=$?
	stderr=$(<"$WORK/stderr")
	[ "$status" -eq 1 ] || [[ $status -eq 255 && ${words[0]} == exec ]] || fail "status $status" "$(seen)" || return 1
	says_hint "$1" "$2"
}
