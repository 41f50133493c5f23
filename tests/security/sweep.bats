#!/usr/bin/env bats
# Kill -9 of tare, and of the container's first process, before each of their system calls
# (SECURITY.md 5.1). Whatever was done by then: the state stays true, `delete --force` removes all of
# it, and the id can be used again. killat.c drives this; the binary is the one that is shipped.
#
# SWEEP_STRIDE: kill before every SWEEP_STRIDE-th call (1: all of them; takes minutes). By default as
#               many as make about SWEEP_KILLS kills in each sweep (default 16), but every 5th where
#               the command makes few.

# shellcheck disable=SC2154 # bats and common.bash set status, output, WORK ...
load ../lib/common
load ../integration/container
load ../integration/lifecycle

SWEEP_KILLS=${SWEEP_KILLS:-16}

setup_file() {
	"${CC:-gcc}" -static -O1 -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror \
		-o "$BATS_FILE_TMPDIR/killat" "$BATS_TEST_DIRNAME/killat.c" && hold_cgroups v2
}

teardown_file() { let_cgroups_go; }

setup() {
	require_root
	common_setup
	KILLAT=$BATS_FILE_TMPDIR/killat
	# A sanitizer that looks for leaks is a tracer itself.
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
}

# ---- killing

# killed_at TARGET N ARG...: tare ARG..., while TARGET is killed before its N-th call. Fails if it made
# fewer. Sets CALLS (where it was killed, or how many it made), CALL (the number of the call), and
# status, output and stderr of tare.
killed_at() {
	local target=$1 at=$2 result=0 what machine=()
	shift 2
	[ -z "${CGROUPS:-}" ] || machine=(with_cgroups "$CGROUPS")
	"${machine[@]}" timeout --foreground --kill-after=5 "$TARE_TIMEOUT" \
		"$KILLAT" "$WORK/report" "$target" "$at" "$TARE" --root "$STATE" "$@" \
		</dev/null >"$WORK/out" 2>"$WORK/err" 3>&- || result=$?
	[ $result -eq 0 ] || [ $result -eq 3 ] || fail "killat: $result" "$(<"$WORK/err")" || exit 1
	read -r what CALLS CALL status <"$WORK/report"
	output=$(<"$WORK/out")
	stderr=$(<"$WORK/err")
	[ "$what" = killed ]
}

# A program of the container, or tare-init: who is PID? Nothing, if it is dead.
program_of() {
	case $(readlink "/proc/$1/exe" 2>/dev/null) in
	*memfd:tare*) echo tare-init ;;
	*/busybox) echo program ;;
	esac
}

# settled PID: it is dead, or sleeps, as it has nothing more to do. What tare's end means to it, it
# knew as soon as tare was gone.
settled() {
	local stat
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
	stat=${stat##*) }
	[[ ${stat%% *} == [SZX] ]]
}

# read_state: sets SEEN and SEEN_PID (0: none) by what `state` said, a property a line. jq, twice in each of
# hundreds of kills, would take ten times as long.
read_state() {
	[[ $output =~ $'\n\t"status": "'([a-z]+)\" ]] || fail "a state without a status" "$(seen)" || return 1
	SEEN=${BASH_REMATCH[1]} SEEN_PID=0
	[[ ! $output =~ $'\n\t"pid": '([0-9]+) ]] || SEEN_PID=${BASH_REMATCH[1]}
}

# state_is_true: `state` says what /proc says, or that there is no such container. Sets SEEN.
state_is_true() {
	do_tare state "$ID"
	if [ "$status" -ne 0 ]; then
		SEEN=none
		assert_status 1
		# a record that was not written yet is no container either, but it can be deleted
		[ ! -s "$STATE/$ID/record.json" ] || fail "a record, but no state" "$(seen)"
		return
	fi
	read_state || return 1
	if [ "$SEEN_PID" -ne 0 ]; then
		until_true settled "$SEEN_PID"
		do_tare state "$ID"
		assert_success && read_state || return 1
	fi
	case $([ "$SEEN_PID" -eq 0 ] || program_of "$SEEN_PID") in
	program) assert_equal running "$SEEN" ;;
	tare-init) assert_equal created "$SEEN" ;;
	*) assert_equal stopped "$SEEN" ;;
	esac
}

# delete_all: twice, and nothing is left but what was there before.
delete_all() {
	do_tare delete --force "$ID"
	assert_success || return 1
	do_tare delete --force "$ID"
	assert_success || return 1
	assert_equal "" "$stderr" || return 1
	assert_clean
}

# sweep_calls TARGET PREPARE CHECK ARG...: kill TARGET in `tare ARG...` everywhere. PREPARE makes what
# the command needs, CHECK judges what it left. The word PID as the target is the container's process.
sweep_calls() {
	local target=$1 prepare=$2 check=$3 at stride total kills=0
	shift 3
	$prepare || return 1
	! killed_at "${target/PID/$PID}" 1000000000 "$@" || return 1
	[ "$status" -eq 0 ] || fail "it does not even work undisturbed" "$(seen)" || return 1
	total=$CALLS
	[ "$total" -ge "${LEAST:-20}" ] || fail "only $total system calls: it was not seen" || return 1
	delete_all || return 1
	stride=${SWEEP_STRIDE:-$((total > 5 * SWEEP_KILLS ? total / SWEEP_KILLS : 5))}
	for ((at = ${FIRST:-1}; at <= total - ${SPARE:-0}; at += stride)); do
		$prepare || fail "before call $at of $total" || return 1
		if ! killed_at "${target/PID/$PID}" "$at" "$@"; then # it may make a few calls less
			[ "$CALLS" -ge $((total * 9 / 10)) ] || fail "only $CALLS of $total calls" "$(seen)" || return 1
			break
		fi
		{ $check && delete_all; } || fail "$target killed before call $at of $total: number $CALL" || return 1
		kills=$((kills + 1))
	done
	if [ -e "$STATE/$ID" ]; then delete_all || return 1; fi
	[ "$kills" -ge $(((total - stride) * 9 / stride / 10)) ] || fail "only $kills kills at $total calls" || return 1
	echo "# tare $1, $target: $kills kills at $total system calls, survivors: none" >&3
}

# ---- what a command needs, and what it may leave

nothing() { :; }

created() {
	do_tare create --pid-file "$WORK/pid" --bundle "$BUNDLE" "$ID"
	assert_success || return 1
	PID=$(<"$WORK/pid")
}

running() {
	do_tare run --detach --pid-file "$WORK/pid" --bundle "$BUNDLE" "$ID"
	assert_success || return 1
	PID=$(<"$WORK/pid")
}

sleeper() {
	make_bundle '.process.args = ["sleep", "1000"]'
}

# A killed create leaves no container, a stopped one, or one that can be started.
create_was_killed() {
	rm -f "$WORK/pid"
	state_is_true || return 1
	case $SEEN in
	none | stopped) ;;
	created) do_tare start "$ID" && assert_success && assert_container running ;;
	*) fail "a create that was killed left it $SEEN" ;;
	esac
}

# The container's process was killed: create says so, and has cleaned up.
create_failed() {
	[ "$status" -ne 0 ] && [[ $stderr == "tare: "* ]] || fail "create, of a process that was killed" "$(seen)" || return 1
	assert_no_engine_phrase || return 1
	[ ! -e "$STATE/$ID" ] || fail "create left its state" || return 1
	assert_clean
}

# A killed start has started it, or not: then another start does.
start_was_killed() {
	state_is_true || return 1
	case $SEEN in
	created) do_tare start "$ID" && assert_success && assert_container running ;;
	running) kill -0 "$PID" ;;
	*) fail "a start that was killed left it $SEEN" ;;
	esac
}

# Killed as it executes its program, it is no failure of start any more.
start_failed() {
	if [ "$CALL" -eq 59 ]; then # execve
		assert_success && state_is_true && assert_equal stopped "$SEEN"
		return
	fi
	[ "$status" -ne 0 ] && [[ $stderr == "tare: "* ]] || fail "start, of a process that was killed" "$(seen)" || return 1
	assert_no_engine_phrase || return 1
	state_is_true && assert_equal stopped "$SEEN"
}

# no_helper: no process is tare-init any more.
no_helper() {
	local pid
	for pid in $(list_processes); do
		[ "$(program_of "$pid")" != tare-init ] || return 1
	done
}

# An exec that was killed does the container no harm, and leaves nobody halfway.
exec_was_killed() {
	until_true no_helper || return 1
	state_is_true && assert_equal running "$SEEN" || return 1
	do_tare exec "$ID" echo well
	assert_success && assert_output well
}

exec_failed() {
	[ "$status" -eq 255 ] && [[ $stderr == "tare: "* ]] || fail "exec, of a helper that was killed" "$(seen)" || return 1
	exec_was_killed
}

delete_was_killed() {
	state_is_true || return 1
	[[ $SEEN == @(none|stopped|running) ]] || fail "a delete that was killed left it $SEEN"
}

# ---- the sweeps, with the cgroups of this machine and with v2 alone

create_sweep() { # the one with the most steps
	SWEEP_KILLS=$((SWEEP_KILLS * 2))
	sleeper && sweep_calls self nothing create_was_killed create --pid-file "$WORK/pid" --bundle "$BUNDLE" "$ID"
}
start_sweep() { sleeper && sweep_calls self created start_was_killed start "$ID"; }
exec_sweep() { sleeper && sweep_calls self running exec_was_killed exec --detach "$ID" sleep 1000; }
delete_sweep() { sleeper && sweep_calls self running delete_was_killed delete --force "$ID"; }

@test "tare is killed while it creates" { create_sweep; }
@test "tare is killed while it starts" { start_sweep; }
@test "tare is killed while it executes" { exec_sweep; }
@test "tare is killed while it deletes" { delete_sweep; }

# Between the points of the others, so that twice as many are visited.
@test "tare is killed while it creates (v2)" { FIRST=3 on_v2 create_sweep; }
@test "tare is killed while it starts (v2)" { FIRST=3 on_v2 start_sweep; }
@test "tare is killed while it executes (v2)" { FIRST=3 on_v2 exec_sweep; }
@test "tare is killed while it deletes (v2)" { FIRST=3 on_v2 delete_sweep; }

# ---- the other side

@test "the container's process is killed while it is created" {
	sleeper
	# What it does once it has said that it is ready, create does not wait for: it reads the answer, closes
	# what it does not need at the gate, and accepts.
	SPARE=8 sweep_calls child nothing create_failed create --bundle "$BUNDLE" "$ID"
}

@test "the container's process is killed while it is started" {
	sleeper
	LEAST=5 sweep_calls PID created start_failed start "$ID"
}

@test "the helper of exec is killed" {
	sleeper
	# its last call is its own end: whoever is killed there has done all that it had to
	SPARE=1 sweep_calls child running exec_failed exec --detach "$ID" sleep 1000
}

@test "the container's process is killed while it waits for start" {
	sleeper
	created
	kill -KILL "$PID"
	until_true has_status stopped
	refuse "cannot start a container that has stopped" start "$ID"
	delete_all
	created # the id is free
	succeed start "$ID"
	assert_container running
	delete_all
}

# ---- two moments that a sweep meets by chance only

@test "a start that is killed when it has let the container go has started it" {
	sleeper
	created
	kill -STOP "$PID" # it shall not be quicker than the death of start
	killed_at self sent start "$ID"
	kill -CONT "$PID"
	until_true settled "$PID"
	until_true has_status running
	delete_all
}

@test "the helper of exec is killed when its successor is born, and has not told of it" {
	local total
	sleeper
	running
	killed_at child 1000000000 exec "$ID" true || total=$CALLS # the last two: telling, and the end
	killed_at child $((total - 1)) exec --pid-file "$WORK/exec" "$ID" sleep 1000
	exec_failed
	[ ! -e "$WORK/exec" ] || fail "it wrote the pid of the dead helper: $(<"$WORK/exec")"
	delete_all
}
