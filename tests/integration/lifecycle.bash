# shellcheck shell=bash disable=SC2034,SC2154 # bats and common.bash set status, output, WORK ...
# lifecycle.bash - containers that outlive the command that made them. Load it after common.bash
# and container.bash.
#
# CGROUPS  "v2": every command of tare sees a machine with cgroup2 alone; unset: this machine

tare() {
	local MACHINE=()
	[ -z "${CGROUPS:-}" ] || MACHINE=(with_cgroups "$CGROUPS")
	in_time "$TARE" --root "$STATE" "$@"
}

# on_v2 FUNCTION: the body of a test once more, on cgroup2 alone.
on_v2() {
	require_cgroup hybrid
	CGROUPS=v2
	"$@"
}

# do_tare ARG...: tare without stdin; sets status, output and stderr. What it leaves running keeps
# the files and not a pipe that `run` would wait for.
do_tare() {
	status=0
	tare "$@" </dev/null >"$WORK/out" 2>"$WORK/err" 3>&- || status=$?
	output=$(<"$WORK/out")
	stderr=$(<"$WORK/err")
}

# create_bundle [OPTION...]: `tare create`; PID is the container's process.
create_bundle() {
	do_tare create --pid-file "$WORK/pid" --bundle "$BUNDLE" "$@" "$ID"
	PID=$(cat "$WORK/pid" 2>/dev/null || :)
}

# start_container [ARG...]: a new container that is running; by default it sleeps.
start_container() {
	make_bundle
	[ $# -gt 0 ] || set -- sleep 1000
	args "$@"
	run_detached
}

# run_detached: $BUNDLE as a running container. Its output goes to $WORK/container.
run_detached() {
	tare run --detach --pid-file "$WORK/pid" --bundle "$BUNDLE" "$ID" \
		</dev/null >"$WORK/container" 2>&1 3>&-
	PID=$(<"$WORK/pid")
}

# succeed ARG...: tare, which says nothing and succeeds.
succeed() {
	do_tare "$@"
	assert_success && assert_output "" && assert_stderr ""
}

# refuse TEXT ARG...: tare fails with 1, and TEXT is in the error.
refuse() {
	do_tare "${@:2}"
	assert_status 1 && assert_output "" && assert_stderr_contains "$1" && assert_no_engine_phrase
}

# status_of [ID]; has_status STATUS [ID]; assert_container STATUS [ID]
status_of() { tare state "${1:-$ID}" </dev/null | said_of status; }
has_status() { [ "$(status_of "${2:-$ID}")" = "$1" ]; }
assert_container() { assert_equal "$(status_of "${2:-$ID}")" "$1"; }

# frozen: does the kernel say so of the container's process?
frozen() {
	local dir
	if [ "${CGROUPS:-$(cgroup_mode)}" = v2 ]; then
		dir=$(cgroup_dir unified)$(sed -n 's/^0:://p' "/proc/$PID/cgroup")
		grep -qx 'frozen 1' "$dir/cgroup.events"
	else
		dir=$(cgroup_dir freezer)$(sed -n 's/^[0-9]*:freezer://p' "/proc/$PID/cgroup")
		[ "$(<"$dir/freezer.state")" = FROZEN ]
	fi
}

# receive SOCKET: listen there, accept nothing before $WORK/go exists, and write what came to
# $WORK/received: see receive.py.
receive() {
	python3 "$TARE_SOURCE/tests/integration/receive.py" "$1" "$WORK/go" >"$WORK/received" 2>&1 3>&- &
	RECEIVER=$!
	until_true test -S "$1"
}

finish_receive() {
	touch "$WORK/go"
	wait "$RECEIVER"
	rm "$WORK/go"
	output=$(tr -d '\r' <"$WORK/received")
}

# wait_while COMMAND...: `tare wait` of the container, as by `run`; once it waits, the command ends it.
wait_while() {
	local waiter
	"$TARE" --root "$STATE" wait "$ID" >"$WORK/waited" 2>"$WORK/waited.errors" </dev/null 3>&- &
	waiter=$!
	# poll of one architecture or the other: it looks at the container itself now
	until_true grep -qE '^(7|73|271) ' "/proc/$waiter/syscall" || return 1
	"$@" || return 1
	status=0
	wait "$waiter" || status=$?
	output=$(<"$WORK/waited") stderr=$(<"$WORK/waited.errors")
}
