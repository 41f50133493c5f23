# shellcheck shell=bash disable=SC2120,SC2154 # bats sets status and output; options are optional
# common.bash - what every bats suite stands on: a bundle to edit, a way to run it, assertions, and
# the proof that nothing was left behind.
#
#   load ../lib/common
#   @test "the hostname is set" {
#   	make_bundle '.hostname = "box"'
#   	inside 'hostname'
#   	run_bundle
#   	assert_success
#   	assert_output "box"
#   }
#
# Every test ends with assert_clean, in teardown: state, cgroups, mounts and processes are as they
# were before it. Give each container the id $ID (or new_id), and each explicit cgroupsPath that id.
# Run suites through tests/run.sh, or one: tests/lib/private.sh bats tests/integration/x.bats
#
# TARE        the runtime under test (default build/release/tare)
# TARE_ROOTFS the root filesystem that bundles copy (default build/rootfs, made when missing)

bats_require_minimum_version 1.5.0

TARE_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
TARE=${TARE:-$TARE_SOURCE/build/release/tare}
TARE_ROOTFS=${TARE_ROOTFS:-$TARE_SOURCE/build/rootfs}
TARE_TIMEOUT=${TARE_TIMEOUT:-60}             # seconds after which a command counts as hung
TARE_TAG=${TARE_TAG:-$(od -An -N4 -tx1 /dev/urandom | tr -d ' \n')}
export TARE TARE_ROOTFS TARE_TAG

# ---- set-up and tear-down. A file with its own setup() calls common_setup first, and so on.

setup() { common_setup; }
teardown() { common_teardown; }

common_setup() {
	# bats traces each command of each function, which took longer than the commands. From here on only
	# those of the test itself, which is what the message of a failure names.
	set +T
	# Not BATS_TEST_TMPDIR: a rootless user and a user namespace must be able to walk into it.
	WORK=${TARE_TEST_TMP:-/tmp}/tare-test-$TARE_TAG.${BATS_SUITE_TEST_NUMBER:-0}.$$
	mkdir -m 755 "$WORK"
	STATE=$WORK/state # the state root
	ID_COUNT=0
	BUNDLE=
	[ -e "$TARE_ROOTFS/etc/tare-rootfs" ] || "$TARE_SOURCE/bundles/lib/rootfs.sh" "$TARE_ROOTFS"
	snapshot
}

common_teardown() {
	local result=0
	if [ -n "${WORK:-}" ]; then
		assert_clean || { result=1 && sweep; }
		rm -rf --one-file-system "$WORK"
		WORK=
	fi
	return $result
}

# traced: strace, under which the sanitizer's look for leaks does not work.
traced() { ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 strace -f "$@"; }

# ---- containers and bundles

# new_id: a fresh container id in $ID. The tag tells this run's leavings from another's.
new_id() {
	ID_COUNT=$((ID_COUNT + 1))
	ID=tare-test-$TARE_TAG-$BATS_TEST_NUMBER-$ID_COUNT
}

# make_bundle [FILTER [JQ-OPTION...]]: a new bundle in $BUNDLE from the `spec` template, with a copy
# of the root filesystem of its own in $ROOTFS, no terminal, args ["true"], edited by the jq FILTER;
# a fresh $ID.
make_bundle() {
	new_id
	BUNDLE=$WORK/bundle-$ID_COUNT
	ROOTFS=$BUNDLE/rootfs
	mkdir -m 755 "$BUNDLE"
	cp -a "$TARE_ROOTFS" "$ROOTFS"
	rm -f "$ROOTFS/etc/tare-rootfs"
	config_template || return 1
	cp "$BATS_RUN_TMPDIR/tare-spec/edited.json" "$BUNDLE/config.json"
	[ $# -eq 0 ] || edit_config "$@"
}

# config_template: the `spec` template, and as make_bundle edits it: made once in a run of bats.
config_template() {
	local made=$BATS_RUN_TMPDIR/tare-spec
	[ ! -e "$made/edited.json" ] || return 0
	mkdir "$made" && "$TARE" spec --bundle "$made" || return 1
	jq '.process.terminal = false | .process.args = ["true"]' <"$made/config.json" >"$made/edited.json"
}

# make_rootless_bundle [FILTER...]: the same from `spec --rootless`, owned by the user `taretest`
# and mapped from that user to root. Run it with run_bundle_as_user.
make_rootless_bundle() {
	make_bundle
	rm "$BUNDLE/config.json"
	(cd "$BUNDLE" && "$TARE" spec --rootless) || return 1
	edit_config --argjson uid "$(id -u taretest)" '
		.process.terminal = false | .process.args = ["true"]
		| .linux.uidMappings[0].hostID = $uid | .linux.gidMappings[0].hostID = $uid' || return 1
	chown -R taretest:taretest "$BUNDLE"
	[ $# -eq 0 ] || edit_config "$@"
}

# edit_config FILTER [JQ-OPTION...]: rewrite $BUNDLE/config.json by a jq filter.
edit_config() {
	jq "$@" <"$BUNDLE/config.json" >"$WORK/config.new" || return 1
	cat "$WORK/config.new" >"$BUNDLE/config.json"
}

# write_config TEXT: the config as given, byte for byte (for what jq would not write).
write_config() { printf '%s' "$1" >"$BUNDLE/config.json"; }

# args WORD...: what the container runs. inside SCRIPT: the same, for sh -c. The lines of the config are
# replaced where they are as jq writes them: jq takes 30 ms to start, and most tests come here.
args() {
	local lines begin end words
	mapfile -t lines <"$BUNDLE/config.json"
	for ((begin = 0; begin < ${#lines[@]}; begin++)); do [ "${lines[begin]}" != '    "args": [' ] || break; done
	for ((end = begin; end < ${#lines[@]}; end++)); do [[ ${lines[end]} != '    ]'* ]] || break; done
	if [ "$end" -eq ${#lines[@]} ] || ! words=$(json_words "$@"); then
		edit_config '.process.args = $ARGS.positional' --args -- "$@"
		return
	fi
	printf '%s\n' "${lines[@]:0:begin+1}" "$words" "${lines[@]:end}" >"$BUNDLE/config.json"
}
inside() { args sh -c "$1"; }

# json_words WORD...: as elements of an array, a line each. Fails when only jq can say how one is written.
json_words() {
	local word between=
	[ $# -gt 0 ] || return 1
	for word; do
		word=${word//\\/\\\\} word=${word//\"/\\\"}
		word=${word//$'\n'/\\n} word=${word//$'\t'/\\t}
		[[ $word != *[[:cntrl:]]* && $word != *[![:ascii:]]* ]] || return 1
		printf '%s      "%s"' "$between" "$word"
		between=$',\n'
	done
}

# add_mount JSON: one more mount, at the end of the list.
add_mount() { edit_config --argjson mount "$1" '.mounts += [$mount]'; }

# tare ARG...: the runtime with this test's state root; ended if it hangs (status 124).
tare() { in_time "$TARE" --root "$STATE" "$@" </dev/null; }

# in_time COMMAND...: ended if it hangs; and then its containers, which would keep the pipe that `run` reads.
# MACHINE: words of the caller's before it (with_cgroups).
in_time() {
	local begun=$SECONDS status=0
	"${MACHINE[@]}" timeout --foreground --kill-after=5 "$TARE_TIMEOUT" "$@" || status=$?
	[ $((SECONDS - begun)) -lt "$TARE_TIMEOUT" ] || end_containers
	return "$status"
}

end_containers() {
	local id
	for id in $("$TARE" --root "$STATE" list --quiet); do
		timeout --kill-after=5 20 "$TARE" --root "$STATE" delete --force "$id"
	done >&2
}

# run_bundle [OPTION...]: `tare run` of $BUNDLE as $ID; sets status, output (stdout), stderr, lines.
run_bundle() { run --separate-stderr tare run "$@" --bundle "$BUNDLE" "$ID"; }

# plan_bundle [OPTION...]: `tare plan` of $BUNDLE; sets the same.
plan_bundle() { run --separate-stderr tare plan "$@" --bundle "$BUNDLE"; }

# run_bundle_as_user: run_bundle by the user taretest, with no privilege and a state root of its own.
run_bundle_as_user() {
	mkdir -p "$STATE" && chown taretest "$STATE"
	run --separate-stderr as_user timeout --foreground --kill-after=5 "$TARE_TIMEOUT" \
		"$TARE" --root "$STATE" run "$@" --bundle "$BUNDLE" "$ID" </dev/null
}

# as_user COMMAND...: as taretest (made by tests/lib/private.sh), without groups or capabilities.
as_user() {
	setpriv --reuid taretest --regid taretest --clear-groups --inh-caps=-all -- \
		env HOME=/tmp XDG_RUNTIME_DIR="$STATE" "$@"
}

# ---- what a test needs of the machine. A skip always says why.

require_command() { command -v "$1" >/dev/null || skip "needs $1"; }
require_root() { [ "$(id -u)" -eq 0 ] || skip "needs root"; }
require_test_user() {
	id taretest >/dev/null 2>&1 || skip "needs the user taretest: run under tests/lib/private.sh"
}

# require_kernel MAJOR.MINOR
require_kernel() {
	[ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n1)" = "$1" ] ||
		skip "needs Linux $1, this is $(uname -r)"
}

# cgroup_mode: "v2", "v1" or "hybrid" (v1 with a cgroup2 hierarchy beside it)
cgroup_mode() {
	local v1 v2
	v1=$(awk '{ for (i = 7; $i != "-"; i++); if ($(i + 1) == "cgroup") n++ } END { print n + 0 }' \
		/proc/self/mountinfo)
	v2=$(awk '{ for (i = 7; $i != "-"; i++); if ($(i + 1) == "cgroup2") n++ } END { print n + 0 }' \
		/proc/self/mountinfo)
	case $v1,$v2 in
	0,*) echo v2 ;;
	*,0) echo v1 ;;
	*) echo hybrid ;;
	esac
}

# require_cgroup MODE...: one of v1, v2, hybrid
require_cgroup() {
	[[ " $* " == *" $(cgroup_mode) "* ]] || skip "needs cgroups $*, this machine has $(cgroup_mode)"
}

# require_controller NAME: v1 or v2 has it, where a container of this user would be
require_controller() {
	[[ "$(cgroup_dir "$1")" != "$(cgroup_dir unified)" ]] || grep -qw "$1" "$(cgroup_dir unified)/cgroup.controllers" 2>/dev/null ||
		skip "needs the controller $1, which no hierarchy here has"
}

# cgroup_dir CONTROLLER: where the hierarchy with this controller is mounted ("unified": cgroup2;
# on v2 every controller is there). Empty when there is none.
cgroup_dir() {
	awk -v want="$1" '{
		for (i = 7; $i != "-"; i++);
		if ($(i + 1) == "cgroup2") unified = $5
		if ($(i + 1) == "cgroup" && "," $(i + 3) "," ~ "[,=]" want ",") found = $5
	} END { print found ? found : unified }' /proc/self/mountinfo
}

# ---- assertions. Each prints what it saw and fails the test.

fail() {
	printf '%s\n' "$@" >&2
	return 1
}

# What the last command did, for the message of a failed assertion.
seen() {
	printf -- '-- status: %s\n-- stdout:\n%s\n-- stderr:\n%s\n' "$status" "$output" "${stderr-}"
}

assert_status() { [ "$status" -eq "$1" ] || fail "expected status $1" "$(seen)"; }
assert_success() { assert_status 0; }
assert_output() { [ "$output" = "$1" ] || fail "expected the output: $1" "$(seen)"; }
assert_stderr() { [ "$stderr" = "$1" ] || fail "expected on stderr: $1" "$(seen)"; }
assert_contains() { [[ $output == *"$1"* ]] || fail "expected in the output: $1" "$(seen)"; }
refute_contains() { [[ $output != *"$1"* ]] || fail "not expected in the output: $1" "$(seen)"; }
assert_stderr_contains() { [[ $stderr == *"$1"* ]] || fail "expected on stderr: $1" "$(seen)"; }
refute_stderr_contains() { [[ $stderr != *"$1"* ]] || fail "not expected on stderr: $1" "$(seen)"; }
assert_equal() { [ "$1" = "$2" ] || fail "expected: $2" "     got: $1"; }

# assert_line LINE: one line of stdout is exactly that.
assert_line() { grep -qxF -- "$1" <<<"$output" || fail "expected the line: $1" "$(seen)"; }

# assert_matches REGEX: stdout matches the extended regular expression.
assert_matches() { [[ $output =~ $1 ]] || fail "expected a match of: $1" "$(seen)"; }

# assert_json FILTER: stdout is JSON for which the jq filter is true.
assert_json() { [ -n "$output" ] && jq -e "$1" <<<"$output" >/dev/null || fail "not true of the output: $1" "$(seen)"; }

# names_pointer POINTER: stderr names this JSON pointer as a word of its own.
names_pointer() {
	local word
	word=$(sed 's/[][\.*^$+?(){}|]/\\&/g' <<<"$1")
	grep -qE "(^|[[:space:]])$word([[:space:],:;()]|\$)" <<<"$stderr" ||
		fail "the error does not name the property $1" "$(seen)"
}

# assert_no_engine_phrase: engines turn these into exit codes, so tare says them only of a program.
assert_no_engine_phrase() {
	! grep -qiE 'no such file or directory|permission denied|operation not permitted' <<<"$stderr" ||
		fail "a phrase that engines parse is in the error" "$(seen)"
}

# expect_refused BUNDLE POINTER TEXT: `tare run` of the bundle exits with 1, prints nothing on stdout
# and an error on stderr that names the property and says TEXT, and leaves nothing behind. An empty
# POINTER: the error is about the file, not about a property.
expect_refused() {
	BUNDLE=$1
	[ -n "${ID:-}" ] || new_id
	run_bundle
	assert_status 1 || return 1
	assert_output "" || return 1
	[[ $stderr == "tare: "* ]] || fail 'the error does not begin with "tare: "' "$(seen)" || return 1
	[ -z "$2" ] || names_pointer "$2" || return 1
	assert_stderr_contains "$3" || return 1
	assert_no_engine_phrase || return 1
	assert_clean "$ID"
}

# said_of NAME: the property of that name in what `state` says on stdin, where each has a line. As jq would,
# which takes ten times as long: in a guest a third of a second.
said_of() { sed -n 's/^\t"'"$1"'": "\{0,1\}\([^",]*\)"\{0,1\},\{0,1\}$/\1/p'; }

# ---- nothing left behind

# These looks are taken twice in each test, and in every refusal: they start few programs. (read takes
# a file of /proc byte by byte, mapfile by the page.)

# Directories of all cgroup hierarchies that this run can be blamed for: those with its tag in their
# path. (The default parent, /tare, is shared by all containers of the machine.)
list_cgroups() {
	local lines line points=() found
	mapfile -t lines </proc/self/mountinfo
	for line in "${lines[@]}"; do
		[[ $line == *" - cgroup "* || $line == *" - cgroup2 "* ]] || continue
		line=${line#* * * * } # the fifth word
		points+=("${line%% *}")
	done
	[ ${#points[@]} -gt 0 ] || return 0
	found=$(find "${points[@]}" -mindepth 1 -type d -path "*$TARE_TAG*" 2>/dev/null) || : # one may just go
	[[ $found != *$'\n'* ]] || found=$(sort <<<"$found")
	[ -z "$found" ] || printf '%s\n' "$found"
}

# Mounts without their ids, which differ on every look.
list_mounts() {
	local lines
	mapfile -t lines </proc/self/mountinfo
	printf '%s\n' "${lines[@]#* * }"
}

# The namespaces of a process, as one line of links.
namespaces_of() { find "/proc/$1/ns" -type l ! -name '*_for_children' -printf '%f=%l ' 2>/dev/null; }

# The ids of all processes that run something (kernel threads and zombies have no exe).
list_processes() {
	local exe
	for exe in /proc/[0-9]*/exe; do
		[ ! -e "$exe" ] || printf '%s\n' "${exe:6:-4}"
	done
}

# left_by_container PID: in a private pid namespace everything new is; otherwise what runs tare or
# tare-init, or lives in a namespace that is not ours.
left_by_container() {
	local exe
	[ -e "/proc/$1/exe" ] || [ -L "/proc/$1/exe" ] || return 1
	[ "$1" != "$BASHPID" ] && [ "$1" != $$ ] || return 1
	[ "${TARE_TEST_PRIVATE:-}" != 1 ] || return 0
	exe=$(readlink "/proc/$1/exe") || return 1
	[[ $exe != "$TARE" && $exe != *memfd:tare* ]] || return 0
	[ "$(namespaces_of "$1")" != "$(namespaces_of self)" ]
}

# snapshot: remember how things are.
snapshot() {
	CGROUPS_BEFORE=$(list_cgroups)
	MOUNTS_BEFORE=$(list_mounts)
	PROCESSES_BEFORE=$'\n'$(list_processes)$'\n'
}

# leftover_processes: id and program of each. There may be thousands: nothing is started for one.
leftover_processes() {
	local exe pid program
	for exe in /proc/[0-9]*/exe; do
		pid=${exe:6:-4}
		[[ $PROCESSES_BEFORE != *$'\n'$pid$'\n'* ]] && [ -e "$exe" ] && left_by_container "$pid" || continue
		program=
		{ IFS= read -r -d '' program <"/proc/$pid/cmdline"; } 2>/dev/null || : # it may just go
		printf '%s %s\n' "$pid" "$program"
	done
}

# same_lines BEFORE AFTER: in whatever order; otherwise what differs is printed.
same_lines() { [ "$1" = "$2" ] || diff <(sort <<<"$1") <(sort <<<"$2"); }

# assert_clean [ID]: no state directory, cgroup, mount or process more (or fewer mounts) than before
# the test. What was killed may take a moment to go: the look at processes is repeated for 5 seconds.
assert_clean() {
	local left tries
	left=$(find "$STATE" -mindepth 1 ! -path "$STATE/.seccomp*" 2>/dev/null || :) # a cache stays
	[ -z "$left" ] || fail "left in the state root:" "$left" || return 1
	for tries in {1..50}; do
		left=$(leftover_processes)
		[ -n "$left" ] || break
		sleep 0.1
	done
	[ -z "$left" ] || fail "processes left behind (looked $tries times):" "$left" || return 1
	left=$(same_lines "$CGROUPS_BEFORE" "$(list_cgroups)") || fail "cgroups differ from before the test:" "$left" || return 1
	left=$(same_lines "$MOUNTS_BEFORE" "$(list_mounts)") || fail "mounts differ from before the test:" "$left"
}

# sweep: remove what a failed test left, so that the next one starts clean.
sweep() {
	local pid group point
	while read -r pid _; do kill -KILL "$pid" 2>/dev/null || :; done < <(leftover_processes)
	list_cgroups | sort -r | comm -23 - <(sort -r <<<"$CGROUPS_BEFORE") 2>/dev/null |
		while read -r group; do
			# 0 is a process outside of our pid namespace, and for kill(1) our own group.
			[ ! -e "$group/cgroup.kill" ] || echo 1 >"$group/cgroup.kill"
			while read -r pid; do [ "$pid" -eq 0 ] || kill -KILL "$pid"; done <"$group/cgroup.procs"
			for pid in {1..50}; do # what was killed takes a moment to leave
				! rmdir "$group" && [ -e "$group" ] || break
				sleep 0.1
			done
		done 2>/dev/null
	cut -d' ' -f5 /proc/self/mountinfo | grep -F "$WORK" | sort -r |
		while read -r point; do umount --lazy "$point"; done
}
