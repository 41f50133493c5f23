# shellcheck shell=bash disable=SC2034,SC2154 # bats and common.bash set status, output, stderr ...
# refused_table.bash - tables of configs that `tare run` refuses, or takes, for refused_*.bats.
#
# A row is one change of the config that new_table wrote. All rows of a table are tried; those that
# went wrong are shown together, and fail the test. There are hundreds of rows, so what is left behind
# is looked for with builtins alone after each; teardown looks once more, with assert_clean.

# new_table [FILTER]: the config that the rows of the next tables change.
new_table() {
	make_bundle "${1:-.}"
	mkdir -p "$STATE"
	cp "$BUNDLE/config.json" "$WORK/base.json"
	remember
}

# each_row FUNCTION: calls it for each line of stdin that is not empty, with the three cells between
# the bars as $1 $2 $3. The last one may contain bars.
each_row() {
	local row first second rest failed=0
	while IFS= read -r row <&3; do
		[ -n "$row" ] || continue
		IFS='|' read -r first second rest <<<"$row"
		trim first second rest
		if ! "$1" "$first" "$second" "$rest" 2>"$WORK/row.log"; then
			printf '== row: %s\n%s\n' "$row" "$(<"$WORK/row.log")" >&2
			failed=$((failed + 1))
		fi
	done 3<&0 </dev/null
	[ $failed -eq 0 ] || fail "$failed rows of the table went wrong"
}

trim() { # VARIABLE...
	local name text
	for name; do
		text=${!name#"${!name%%[![:space:]]*}"}
		printf -v "$name" '%s' "${text%"${text##*[![:space:]]}"}"
	done
}

# change FILTER [POINTER]: the base config, changed. Sets value to how the value at POINTER begins in
# the file; empty when there is none (or null, which is the same to tare). One jq does both.
change() {
	local LC_ALL=C
	value=$(set -o pipefail && jq -r --arg pointer "${2-}" "$1"' | ., "", (
		($pointer | split("/")[1:] | map(gsub("~1"; "/") | gsub("~0"; "~"))) as $names
		| reduce $names[] as $name (.;
			if type == "object" then .[$name]
			elif type == "array" and ($name | test("^[0-9]+$")) then .[$name | tonumber]
			else null end)
		| if . == null or $pointer == "" then ""
			elif type == "object" then "{"
			elif type == "array" then "["
			else tojson end)' "$WORK/base.json" | tee "$BUNDLE/config.json" | tail -n 1) || return 1
	truncate -s -$((${#value} + 2)) "$BUNDLE/config.json"
}

# launch: run_bundle, only quicker.
launch() {
	status=0
	output=$(tare run --bundle "$BUNDLE" "$ID" 2>"$WORK/stderr") || status=$?
	stderr=$(<"$WORK/stderr")
}

# refused: rows of POINTER | TEXT | FILTER. The changed config is refused with an error that names
# POINTER and says TEXT, and the position that it gives is that of the value.
refused() { each_row refused_row; }
refused_row() {
	change "$3" "$1" || return 1
	launch
	is_refused "$1" "$2" && position_is_right "$1"
}

# is_refused POINTER TEXT: what expect_refused asserts, of a command that has been run.
is_refused() {
	assert_status 1 && assert_output "" || return 1
	[[ $stderr == "tare: "* ]] || fail 'the error does not begin with "tare: "' "$(seen)" || return 1
	[[ -z $1 || $stderr =~ (^|[[:space:]])"$1"([[:space:],:;()]|$) ]] ||
		fail "the error does not name the property $1" "$(seen)" || return 1
	assert_stderr_contains "$2" || return 1
	assert_no_engine_phrase || return 1
	nothing_left
}

# accepted: rows of POINTER | TEXT | FILTER. The changed config runs: its program (true) ends with 0.
# Where TEXT is not empty there is a warning that names POINTER and says TEXT, otherwise silence.
accepted() { each_row accepted_row; }
accepted_row() {
	change "$3" || return 1
	launch
	assert_success || return 1
	if [ -n "$2" ]; then
		names_pointer "$1" && assert_stderr_contains "$2" || return 1
	else
		assert_stderr "" || return 1
	fi
	nothing_left
}

# ---- where the error is

# position_is_right POINTER: "POINTER (config.json:LINE:COLUMN)" is where the value begins that change
# has found, or the NUL in it. jq wrote both the file and the value, so they are spelled the same.
position_is_right() {
	local line column text
	[ -n "$value" ] || return 0
	[[ $stderr =~ "$1 "\(config\.json:([0-9]+):([0-9]+)\) ]] || fail "no line and column" "$(seen)" || return 1
	line=${BASH_REMATCH[1]} column=${BASH_REMATCH[2]}
	text=$(sed -n "${line}p" "$BUNDLE/config.json" | LC_ALL=C cut -b "$column-")
	[[ $value == *'\u0000'* && $text == '\u0000'* || $text == "$value"* ]] ||
		fail "at $line:$column is not $value but: $text" "$(seen)"
}

# ---- nothing left behind, without a fork

remember() {
	local line fields
	mounts_before=$(</proc/self/mountinfo)
	processes_before=" $(echo /proc/[0-9]*) "
	cgroup_mounts=()
	while read -r -a fields; do
		[[ ${fields[*]} == *" - cgroup"* ]] && cgroup_mounts+=("${fields[4]}")
	done </proc/self/mountinfo
	return 0
}

nothing_left() {
	local point left
	for left in "$STATE"/* "$STATE"/.[!.]*; do
		[ ! -e "$left" ] || fail "left in the state root: $left" || return 1
	done
	for point in "${cgroup_mounts[@]}"; do
		[ ! -e "$point/tare-$ID" ] || fail "left the cgroup $point/tare-$ID" || return 1
	done
	[ "$(</proc/self/mountinfo)" = "$mounts_before" ] ||
		fail "mounts have changed:" "$(diff <(echo "$mounts_before") /proc/self/mountinfo)" || return 1
	[ "${TARE_TEST_PRIVATE:-}" != 1 ] || no_process_left
}

# In a private pid namespace whatever runs something, and is not this shell, came with the container.
no_process_left() {
	local tries process left
	for tries in {1..50}; do
		left=
		for process in /proc/[0-9]*; do
			[[ $processes_before == *" $process "* || ${process#/proc/} == "$BASHPID" ]] ||
				! [ -e "$process/exe" ] || left+="$process "
		done
		[ -n "$left" ] || return 0
		sleep 0.1
	done
	fail "left processes after $tries looks: $left"
}
