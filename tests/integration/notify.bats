# NOTIFY_SOCKET (sd_notify(3)): the container says that it is ready, the supervisor hears of it.

load ../lib/common
load container
load lifecycle

setup_file() { build_probe; }

setup() {
	common_setup
	require_root
	make_bundle
	make_probe
}

# supervise [ADDRESS [HOLD]]: listen there; NOTIFY_SOCKET is set from now on
supervise() {
	export NOTIFY_SOCKET=${1:-$WORK/host.sock}
	rm -f "$WORK/heard"
	python3 "$TARE_SOURCE/tests/integration/notify.py" "$NOTIFY_SOCKET" "$WORK/heard" ${2:+"$2"} 3>&- &
	SUPERVISOR=$!
	until_true grep -qs listening "$WORK/heard"
}
heard() { sed 1d "$WORK/heard"; }
unsupervise() {
	kill "$SUPERVISOR" 2>/dev/null || :
	wait "$SUPERVISOR" || :
	unset NOTIFY_SOCKET
}

ready='sleep 0.3; /bin/probe notify STATUS=warming RELOADING=1; /bin/probe notify "STATUS=up
READY=1
MAINPID=1"; sleep 1000'

@test "run --detach returns when the container is ready, and hands its pid to the supervisor" {
	supervise
	inside "$ready"
	run_detached
	assert_equal "$(heard)" "['READY=1', 'MAINPID=$PID'] 0"$'\n'"['BARRIER=1'] 1"
	unsupervise
	succeed delete --force "$ID"
}

@test "create prepares, start waits until the container is ready; an abstract socket" {
	supervise "@tare-notify-$ID"
	inside "$ready"
	create_bundle
	assert_success
	assert_equal "$(heard)" ""
	succeed start "$ID"
	assert_equal "$(heard)" "['READY=1', 'MAINPID=$PID'] 0"$'\n'"['BARRIER=1'] 1"
	unsupervise
	succeed delete --force "$ID"
}

@test "start does not return before the supervisor has taken note" {
	supervise "$WORK/host.sock" "$WORK/hold"
	inside "$ready"
	create_bundle
	assert_success
	tare start "$ID" </dev/null >"$WORK/out" 2>&1 3>&- &
	until_true grep -q BARRIER "$WORK/heard"
	has_status running # others may ask meanwhile: nothing is locked
	kill -0 $! || fail "start has returned"
	touch "$WORK/hold"
	wait $!
	unsupervise
	succeed delete --force "$ID"
}

@test "in the foreground tare stays the supervised process" {
	supervise
	inside "/bin/probe notify READY=0 READY=11; /bin/probe notify READY=1; echo \$NOTIFY_SOCKET; cat"
	start_bundle
	wait_for_line /run/notify/notify.sock
	until_true grep -q READY "$WORK/heard"
	assert_equal "$(heard)" "['READY=1', 'MAINPID=$TARE_PID'] 0"
	finish_bundle
	assert_success
	unsupervise
}

@test "a container that ends without a word: run and start return" {
	supervise
	inside 'true'
	do_tare run --detach --bundle "$BUNDLE" "$ID"
	assert_success
	until_true has_status stopped
	succeed delete "$ID"
	create_bundle
	succeed start "$ID"
	succeed delete --force "$ID"
	assert_equal "$(heard)" ""
	unsupervise
}

@test "the container's socket is its own: read-only, in a user namespace too, not for exec" {
	supervise
	edit_config '.linux.namespaces += [{type: "user"}] | .process.env += ["NOTIFY_SOCKET=/mine"]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .process.user = {uid: 5, gid: 5}'
	chown -R 100000:100000 "$ROOTFS"
	inside 'rm /run/notify/notify.sock 2>&1; touch /run/notify/x 2>&1; ls /run/notify; /bin/probe notify READY=1; cat'
	start_bundle
	wait_for_line notify.sock
	until_true grep -q READY "$WORK/heard"
	grep -c "Read-only file system" "$WORK/out" | grep -qx 2
	unsupervise
	do_tare exec "$ID" sh -c 'echo ${NOTIFY_SOCKET-none}'
	assert_output /mine
	exec 8>&-
	wait "$TIMEOUT_PID"
}

@test "without a supervisor there is no socket, and start asks for none" {
	inside '/bin/probe notify READY=1; ls /run'
	run_bundle
	assert_success
	assert_output "no NOTIFY_SOCKET"
	args sleep 1000
	create_bundle
	supervise
	succeed start "$ID"
	unsupervise
	succeed delete --force "$ID"
}

@test "a supervisor that cannot be reached is an error, before the program runs" {
	export NOTIFY_SOCKET=$WORK/nobody
	refuse "cannot reach the NOTIFY_SOCKET" run --bundle "$BUNDLE" "$ID"
	assert_clean
	NOTIFY_SOCKET=vsock:1:2
	refuse "is no path and no abstract socket" run --detach --bundle "$BUNDLE" "$ID"
	assert_clean
	NOTIFY_SOCKET=@$(printf %0200d 0)
	refuse "is no path and no abstract socket" run --bundle "$BUNDLE" "$ID"
	NOTIFY_SOCKET=$WORK/nobody
	create_bundle
	assert_success
	refuse "cannot reach the NOTIFY_SOCKET" start "$ID"
	assert_container created
	unset NOTIFY_SOCKET
	succeed start "$ID"
	succeed delete --force "$ID"
}
