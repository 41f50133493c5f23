# What a container costs in system calls, page faults and instructions: no more than tests/bench/counts
# says. Counts, not times, so that they are nearly the same on every machine.

load ../lib/common
load container
load lifecycle

setup() {
	common_setup
	require_root
	require_command strace
	! grep -q __asan_init "$TARE" || skip "counts are of the release build"
}

# on_v2 FUNCTION ARG...: with a fresh cgroup2 over /sys/fs/cgroup
on_v2() {
	export -f counted faults instructions
	unshare --mount --propagation private bash -euc '
		umount --recursive /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup
		"$@"' bash "$@"
}

# counted VERB ARG...: how many calls `tare VERB` makes, and all that it starts
counted() {
	strace -f -qq -o "$WORK/calls" "$TARE" --root "$STATE" "$@" </dev/null >/dev/null 2>"$WORK/errors" || return
	grep -cE '^[0-9]+ +[a-z_0-9]+\(' "$WORK/calls"
}

# faults COMMAND...: how many page faults it and all that it starts takes
faults() {
	/usr/bin/python3 -c 'import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(usage.ru_minflt)
sys.exit(status != 0)' "$@" </dev/null
}

# instructions COMMAND...: how many its user space executes
instructions() {
	valgrind --tool=callgrind --callgrind-out-file="$WORK/callgrind" "$@" </dev/null >/dev/null 2>"$WORK/errors" || return
	awk '/^totals:/ { print $2 }' "$WORK/callgrind"
}

at_most() { # WHAT VERB COUNT
	local limit
	limit=$(awk -v what="$1" -v verb="$2" '$1 == what && $2 == verb { print $3 }' "$TARE_SOURCE/tests/bench/counts")
	echo "# $2: $3 $1, $limit allowed" >&3
	[ "$3" -gt 0 ] && [ "$3" -le "$limit" ]
}

@test "run" {
	make_bundle
	args true
	export WORK STATE TARE
	at_most calls run "$(on_v2 counted run --bundle "$BUNDLE" "$ID")"
	at_most faults run "$(on_v2 faults "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID")"
}

@test "plan" {
	require_command valgrind
	grep -q GLIBC_ "$TARE" || skip "instructions are counted with glibc's functions for strings"
	make_bundle
	export WORK TARE
	at_most instructions plan "$(on_v2 instructions "$TARE" plan --bundle "$BUNDLE")"
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
	at_most calls state "$(<"$WORK/state-calls")"
	at_most calls exec "$(<"$WORK/exec-calls")"
}
