# What a container costs in system calls: no more than tests/bench/counts says. Counts, not times, so that
# they are the same on every machine.

load ../lib/common
load container
load lifecycle

setup() {
	common_setup
	require_root
	require_command strace
	! grep -q __asan_init "$TARE" || skip "counts are of the release build"
}

# on_v2 FUNCTION: with a fresh cgroup2 over /sys/fs/cgroup
on_v2() {
	export -f counted
	unshare --mount --propagation private bash -euc '
		umount --recursive /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup
		counted "$@"' bash "$@"
}

# counted VERB ARG...: how many calls `tare VERB` makes, and all that it starts
counted() {
	strace -f -qq -o "$WORK/calls" "$TARE" --root "$STATE" "$@" </dev/null >/dev/null 2>"$WORK/errors" || return
	grep -cE '^[0-9]+ +[a-z_0-9]+\(' "$WORK/calls"
}

at_most() { # VERB COUNT
	local limit
	limit=$(awk -v verb="$1" '$1 == verb { print $2 }' "$TARE_SOURCE/tests/bench/counts")
	echo "# $1: $2 system calls, $limit allowed" >&3
	[ "$2" -gt 0 ] && [ "$2" -le "$limit" ]
}

@test "run" {
	make_bundle
	args true
	export WORK STATE TARE
	at_most run "$(on_v2 run --bundle "$BUNDLE" "$ID")"
}

@test "state, exec" {
	make_bundle
	args sleep 1000
	export WORK STATE TARE BUNDLE ID
	unshare --mount --propagation private bash -euc '
		umount --recursive /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup
		eval "$1"
		"$TARE" --root "$STATE" run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
		counted state "$ID" >"$WORK/state-calls"
		counted exec "$ID" true >"$WORK/exec-calls"
		"$TARE" --root "$STATE" delete --force "$ID"' bash "$(declare -f counted)" 3>&-
	at_most state "$(<"$WORK/state-calls")"
	at_most exec "$(<"$WORK/exec-calls")"
}
