# shellcheck shell=bash disable=SC2034,SC2154 # bats and common.bash set status, output, WORK ...
# container.bash - containers that stay for a while, and machines with other cgroups than this one.
#
# A suite that loads this after common.bash can talk to a running container:
#
#   inside 'echo ready; read line; echo "got $line"'
#   start_bundle
#   wait_for_line ready
#   tell hello
#   finish_bundle
#   assert_line "got hello"

# start_bundle [OPTION...]: `tare run` of $BUNDLE in the background. TARE_PID is tare's pid.
start_bundle() {
	mkfifo "$WORK/in"
	timeout --foreground --kill-after=5 "$TARE_TIMEOUT" "$TARE" --root "$STATE" run \
		--pid-file "$WORK/pid" "$@" --bundle "$BUNDLE" "$ID" \
		<"$WORK/in" >"$WORK/out" 2>"$WORK/err" 3>&- &
	TIMEOUT_PID=$!
	exec 8>"$WORK/in" # returns when the reader is there
}

# until_true COMMAND...: wait for it, 10 seconds at most.
until_true() {
	local tries
	for tries in {1..200}; do
		! "$@" || return 0
		sleep 0.05
	done
	fail "waited in vain ($tries times) for: $*" \
		"-- stdout:" "$(cat "$WORK/out" 2>/dev/null)" "-- stderr:" "$(cat "$WORK/err" 2>/dev/null)"
}

# wait_for_line LINE: until the container has printed it. PID is the container's process then, and
# TARE_PID tare's own.
wait_for_line() {
	until_true grep -qxF -- "$1" "$WORK/out"
	until_true test -s "$WORK/pid"
	PID=$(<"$WORK/pid")
	TARE_PID=$(pgrep -P "$TIMEOUT_PID" -x tare)
}

# tell LINE: a line on the container's stdin.
tell() { echo "$1" >&8; }

# finish_bundle: close its stdin and wait; sets status, output and stderr as run_bundle does.
finish_bundle() {
	exec 8>&-
	status=0
	wait "$TIMEOUT_PID" || status=$?
	output=$(<"$WORK/out")
	stderr=$(<"$WORK/err")
	rm -f "$WORK/in" "$WORK/out" "$WORK/err" "$WORK/pid"
}

# with_cgroups MODE COMMAND...: the command in a mount namespace where the cgroups of this machine
# are v2 alone, or v1 alone.
with_cgroups() {
	local mode=$1 script
	shift
	if [ "$mode" = "${HELD_MODE:-}" ]; then
		nsenter --mount="/proc/$HELD_PID/ns/mnt" -- "$@"
		return
	fi
	if [ "$mode" = "$(cgroup_mode)" ]; then # a machine of that kind already
		"$@"
		return
	fi
	case $mode in
	v1) script='umount "$1"' ;;
	v2) script='umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup' ;;
	esac
	unshare --mount -- sh -c "$script"' && shift && exec "$@"' sh "$(cgroup_dir unified)" "$@"
}

# hold_cgroups MODE: for setup_file, of tests that go there often: such a namespace for all tests of the file,
# in which what they mount is not seen. It is entered in a tenth of the time that it takes to make one.
# let_cgroups_go: for teardown_file.
hold_cgroups() {
	[ "$(cgroup_mode)" = hybrid ] || return 0
	with_cgroups "$1" sh -c 'echo $$ >"$0.new" && mv "$0.new" "$0" && exec sleep infinity' \
		"$BATS_FILE_TMPDIR/held" </dev/null >/dev/null 2>&1 3>&- &
	until_true test -e "$BATS_FILE_TMPDIR/held" || return 1
	HELD_PID=$(<"$BATS_FILE_TMPDIR/held") HELD_MODE=$1
	export HELD_PID HELD_MODE
}
let_cgroups_go() { [ -z "${HELD_PID:-}" ] || kill "$HELD_PID"; }

# run_bundle_with MODE [OPTION...]: run_bundle on a machine with such cgroups.
run_bundle_with() {
	local mode=$1
	shift
	run --separate-stderr with_cgroups "$mode" \
		timeout --foreground --kill-after=5 "$TARE_TIMEOUT" \
		"$TARE" --root "$STATE" run "$@" --bundle "$BUNDLE" "$ID" </dev/null
}

# drop_namespace TYPE... / set_namespace TYPE [PATH]: edit linux.namespaces.
drop_namespace() {
	edit_config 'del(.linux.namespaces[] | select(IN(.type; $ARGS.positional[])))' --args -- "$@"
}
set_namespace() {
	drop_namespace "$1"
	edit_config --arg type "$1" --arg path "${2-}" \
		'.linux.namespaces += [{type: $type} + if $path == "" then {} else {path: $path} end]'
}

# static_program NAME FILE: tests/probe/NAME.c as a static program. A guest, which has no compiler,
# was given them.
static_program() {
	if [ -e "$TARE_SOURCE/build/probe/$1" ]; then
		cp "$TARE_SOURCE/build/probe/$1" "$2"
	else
		"${CC:-cc}" -O1 -static -o "$2" "$TARE_SOURCE/tests/probe/$1.c"
	fi
}

# deleted_in COMMAND...: run it, and remark how long it took.
deleted_in() {
	local before
	before=$(date +%s%N)
	"$@"
	echo "# deleted in $((($(date +%s%N) - before) / 1000000)) ms" >&3
}

# Of probe/bomb.c. One that has ended may wait a while for whoever reaps it.
no_bombs() { [ "$(pgrep --count --runstates R,S,D,T,t -x bomb)" = 0 ]; }

# build_probe: for setup_file. make_probe puts it into the bundle as /bin/probe.
build_probe() { static_program probe "$BATS_FILE_TMPDIR/probe"; }
make_probe() { cp "$BATS_FILE_TMPDIR/probe" "$ROOTFS/bin/probe"; }
