# Socket activation (sd_listen_fds(3)): descriptors that come with LISTEN_FDS reach the program.

load ../lib/common
load container
load lifecycle

# What a program that is activated looks at. The shell is the program itself: no fork, no other pid.
# shellcheck disable=SC2016 # expanded inside
LOOK='echo "$LISTEN_FDS $((LISTEN_PID == $$)) ${LISTEN_FDNAMES-none}"; cat <&3'

setup() {
	common_setup
	require_root
	echo three >"$WORK/three"
	echo four >"$WORK/four"
}

# activated VARIABLE... -- COMMAND...: the command with these in its environment, and "three" and
# "four" at descriptors 3 and 4. PID stands for the command's own pid. Sets status, output, stderr.
activated() {
	status=0
	# shellcheck disable=SC2016 # expanded by that shell
	timeout --foreground --kill-after=5 "$TARE_TIMEOUT" sh -c '
		while [ "$1" != -- ]; do
			case $1 in *=PID) export "${1%PID}$$" ;; *) export "$1" ;; esac
			shift
		done
		shift
		exec "$@"' sh "$@" \
		3<"$WORK/three" 4<"$WORK/four" </dev/null >"$WORK/out" 2>"$WORK/err" || status=$?
	output=$(<"$WORK/out")
	stderr=$(<"$WORK/err")
}
run_activated() { activated "$@" -- "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"; }

@test "sockets of our own activation are passed on, with names and the program's pid" {
	make_bundle
	inside "$LOOK; cat <&4"
	run_activated LISTEN_FDS=2 LISTEN_PID=PID LISTEN_FDNAMES=web:api
	assert_success
	assert_output $'2 1 web:api\nthree\nfour'
}

@test "without names there are none, and what is not passed stays outside" {
	make_bundle
	inside "$LOOK; test -e /proc/self/fd/4 || echo no four"
	run_activated LISTEN_FDS=1 LISTEN_PID=PID
	assert_success
	assert_output $'1 1 none\nthree\nno four'
}

@test "without LISTEN_PID they are ours" {
	make_bundle
	inside "$LOOK"
	run_activated LISTEN_FDS=1
	assert_success
	assert_output $'1 1 none\nthree'
}

@test "those of another process are not passed on" {
	make_bundle
	# shellcheck disable=SC2016 # expanded inside
	inside 'echo "${LISTEN_FDS-none} ${LISTEN_PID-none}"; test -e /proc/self/fd/3 || echo no three'
	run_activated LISTEN_FDS=1 LISTEN_PID=1 LISTEN_FDNAMES=web
	assert_success
	assert_output $'none none\nno three'
}

@test "they come before those of --preserve-fds, and win over the config's variables" {
	make_bundle '.process.env = ["PATH=/bin", "LISTEN_PID=77", "LISTEN_FDS=9", "HOME=/"]'
	inside "$LOOK; cat <&4; env | grep -c LISTEN_"
	activated LISTEN_FDS=1 LISTEN_PID=PID -- \
		"$TARE" --root "$STATE" run --preserve-fds 1 --bundle "$BUNDLE" "$ID"
	assert_success
	assert_output $'1 1 none\nthree\nfour\n2'
}

@test "the pid is right in a pid namespace of others as well" {
	make_bundle
	drop_namespace pid
	inside "$LOOK"
	run_activated LISTEN_FDS=1 LISTEN_PID=PID
	assert_success
	assert_output $'1 1 none\nthree'
}

@test "create passes them on to the program that start executes" {
	make_bundle
	inside "$LOOK"
	activated LISTEN_FDS=1 LISTEN_PID=PID LISTEN_FDNAMES=web -- \
		"$TARE" --root "$STATE" create --bundle "$BUNDLE" "$ID"
	assert_success
	"$TARE" --root "$STATE" start "$ID" 3>&-
	until_true grep -qx three "$WORK/out"
	assert_equal "$(<"$WORK/out")" $'1 1 web\nthree'
	succeed delete --force "$ID"
}

@test "exec passes them on, too" {
	start_container
	activated LISTEN_FDS=1 LISTEN_PID=PID LISTEN_FDNAMES=web -- \
		"$TARE" --root "$STATE" exec "$ID" sh -c "$LOOK"
	assert_success
	assert_output $'1 1 web\nthree'
	succeed delete --force "$ID"
}

@test "values that are no numbers, and descriptors that are not open" {
	make_bundle
	inside true
	run_activated LISTEN_FDS=many
	assert_status 1
	assert_stderr_contains "LISTEN_FDS is not a number of descriptors"
	run_activated LISTEN_FDS=-1
	assert_status 1
	run_activated LISTEN_FDS=1 LISTEN_PID=me
	assert_status 1
	assert_stderr_contains "LISTEN_PID is not a pid"
	run_activated LISTEN_FDS=4294967296
	assert_status 1
	run_activated LISTEN_FDS=3 LISTEN_PID=PID
	assert_status 1
	assert_stderr_contains "file descriptor 5 is to be preserved but is not open"
}

@test "commands that pass nothing on do not look at them" {
	activated LISTEN_FDS=many LISTEN_PID=PID -- "$TARE" --root "$STATE" list
	assert_success
}
