# SCMP_ACT_NOTIFY: the listener of the filter reaches the agent, whatever the filter traps.

load ../lib/common
load container
load lifecycle

setup_file() { build_probe; }

setup() {
	common_setup
	require_root
	make_bundle
	make_probe
	case $(uname -m) in
	x86_64) UMASK=95 ;;
	aarch64) UMASK=166 ;;
	*) skip "knows no numbers of system calls on $(uname -m)" ;;
	esac
	SOCKET=$WORK/agent.sock MESSAGE=$WORK/message
	AGENT=
}

teardown() {
	stop_agent
	common_teardown
}

# start_agent HOW: continue, die, or the errno that every call gets.
start_agent() {
	stop_agent
	rm -f "$SOCKET" "$MESSAGE" "$WORK/agent" # or the last one says that this one is ready
	"$BATS_TEST_DIRNAME/listener.py" "$SOCKET" "$MESSAGE" "$1" >"$WORK/agent" 3>&- &
	AGENT=$!
	until_true grep -qx ready "$WORK/agent"
}

stop_agent() {
	[ -n "$AGENT" ] || return 0
	kill "$AGENT"
	wait "$AGENT" || [ $? -eq 143 ]
	AGENT=
}

# notify NAME...: these calls are the agent's.
notify() {
	edit_config --arg socket "$SOCKET" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $socket,
		listenerMetadata: "of the test", syscalls: [{action: "SCMP_ACT_NOTIFY", names: $ARGS.positional}]}' --args "$@"
}

# What a runtime itself may need between the filter and the program, but write.
everything=(sendmsg sendto close futex nanosleep clock_nanosleep mmap munmap exit execve openat read fcntl umask)

message() { jq -c "$1" "$MESSAGE"; }

@test "run: the agent gets the descriptor and the state, and answers" {
	start_agent 77
	notify umask
	inside "probe call $UMASK 0; probe call $UMASK 0; ls /proc/1/fd | wc -l; ls -d /proc/1/task/* | wc -l"
	run_bundle
	assert_success
	assert_equal "$(head -n 2 <<<"$output")" $'errno 77\nerrno 77'
	assert_equal "$(tail -n 1 <<<"$output")" 1 # no second thread is left
	assert_equal "$(message '[.ociVersion, .fds, .metadata, .state.id, .state.status, .state.bundle, .pid == .state.pid]')" \
		'["'"$(jq -r .ociVersion "$BUNDLE/config.json")"'",["seccompFd"],"of the test","'"$ID"'","creating","'"$BUNDLE"'",true]'
}

@test "run: calls that handing over the listener takes may be the agent's too" {
	start_agent continue
	notify "${everything[@]}"
	inside 'echo works'
	run_bundle
	assert_success
	assert_output works
}

@test "run: as a user, and without no_new_privs" {
	start_agent 77
	notify umask capset
	edit_config '.process.user = {uid: 1000, gid: 1000}'
	args probe call "$UMASK" 0
	run_bundle
	assert_success
	assert_output "errno 77"
	start_agent continue
	edit_config '.process.noNewPrivileges = false'
	run_bundle
	assert_success
	assert_matches '^ok '
}

@test "an agent that dies: calls say ENOSYS, nobody waits" {
	start_agent die
	notify umask
	args probe call "$UMASK" 0
	run_bundle
	assert_success
	assert_output "errno 38"
}

@test "create and start: the filter is loaded, and its listener handed over, at start" {
	start_agent 77
	notify umask
	args sleep 100
	create_bundle
	[ ! -e "$MESSAGE" ] || fail "the agent was told at create"
	succeed start "$ID"
	until_true test -e "$MESSAGE"
	assert_equal "$(message '[.state.status, .pid == .state.pid]')" '["created",true]'
	succeed delete --force "$ID"
}

@test "no agent: run and start fail, say why, and the container is gone or stopped" {
	notify umask
	args echo started
	run_bundle
	assert_status 1
	assert_output ""
	assert_stderr_contains "cannot hand the notifications of the seccomp filter to $SOCKET"
	assert_clean
	create_bundle
	run --separate-stderr tare start "$ID"
	assert_status 1
	assert_stderr_contains "cannot hand the notifications of the seccomp filter to $SOCKET"
	until_true has_status stopped
	succeed delete "$ID"
}

@test "crun's annotation and variable name the agent as well" {
	start_agent 77
	notify umask
	edit_config --arg s "$SOCKET" 'del(.linux.seccomp.listenerPath) | .annotations["run.oci.seccomp.receiver"] = $s'
	args probe call "$UMASK" 0
	run_bundle
	assert_success
	assert_output "errno 77"
	edit_config 'del(.annotations)'
	RUN_OCI_SECCOMP_RECEIVER=$SOCKET run_bundle
	assert_success
	assert_output "errno 77"
	edit_config 'del(.linux.seccomp.listenerMetadata)'
	stop_agent
	expect_refused "$BUNDLE" /linux/seccomp/listenerPath "SCMP_ACT_NOTIFY needs a listener to notify"
	edit_config '.annotations["run.oci.seccomp.receiver"] = "agent.sock"'
	expect_refused "$BUNDLE" /annotations/run.oci.seccomp.receiver "not an absolute path"
}

@test "write, and everything by default, cannot be the agent's" {
	notify write
	expect_refused "$BUNDLE" /linux/seccomp/syscalls/0/names/0 "SCMP_ACT_NOTIFY cannot be used for write"
	notify umask
	edit_config '.linux.seccomp.defaultAction = "SCMP_ACT_NOTIFY"'
	expect_refused "$BUNDLE" /linux/seccomp/defaultAction "nothing could start"
}

@test "exec: its own filter and listener, with and without no_new_privs" {
	start_agent 77
	notify umask
	args sleep 100
	run_detached
	rm "$MESSAGE"
	run --separate-stderr tare exec "$ID" probe call "$UMASK" 0
	assert_success
	assert_output "errno 77"
	assert_equal "$(message '[.state.status, .pid != .state.pid]')" '["running",true]'
	succeed delete --force "$ID"

	edit_config '.process.noNewPrivileges = false'
	run_detached
	rm "$MESSAGE"
	run --separate-stderr tare exec "$ID" probe call "$UMASK" 0
	assert_success
	assert_output "errno 77"
	assert_equal "$(message '[.state.status, .pid != .state.pid]')" '["running",true]'
	succeed delete --force "$ID"
}

@test "exec without no_new_privs: what tare itself must call there cannot be the agent's" {
	start_agent continue
	notify capset
	edit_config '.process.noNewPrivileges = false'
	args sleep 100
	run_detached
	run --separate-stderr tare exec "$ID" true
	assert_status 255
	assert_stderr_contains "SCMP_ACT_NOTIFY cannot be used for capset where a pid namespace is joined"
	succeed delete --force "$ID"
}

@test "exec -d and exec -t" {
	start_agent 77
	notify umask
	edit_config '.process.noNewPrivileges = false'
	args sleep 100
	run_detached
	rm "$MESSAGE"
	succeed exec --detach --pid-file "$WORK/exec.pid" "$ID" sleep 100
	assert_equal "$(message .pid)" "$(<"$WORK/exec.pid")"
	run "$TARE_SOURCE/tests/lib/pty.py" 24x80 "$TARE" --root "$STATE" exec --tty "$ID" probe call "$UMASK" 0 </dev/null
	assert_contains "errno 77"
	succeed delete --force "$ID"
}

@test "in a new user namespace, and in a pid namespace that is joined" {
	start_agent 77
	notify umask
	edit_config '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	args probe call "$UMASK" 0
	run_bundle
	assert_success
	assert_output "errno 77"
	edit_config '.process.noNewPrivileges = false | .linux.namespaces |= map(select(.type != "user")) |
		del(.linux.uidMappings, .linux.gidMappings)'
	set_namespace pid "/proc/$$/ns/pid"
	run_bundle
	assert_success
	assert_output "errno 77"
	assert_equal "$(message '.pid == .state.pid')" true
}

@test "SCHED_DEADLINE beside a listener, a hook or a joined pid namespace needs RESET_ON_FORK" {
	local deadline='.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 2000000, deadline: 30000000, period: 40000000}'
	start_agent 77
	notify umask
	edit_config "$deadline"
	args probe call "$UMASK" 0
	run_bundle
	assert_status 1
	names_pointer /process/scheduler/flags
	assert_stderr_contains "SCHED_DEADLINE, which SCMP_ACT_NOTIFY takes"
	assert_stderr_contains "add SCHED_FLAG_RESET_ON_FORK: then new ones have the usual policy"
	assert_stderr_contains "add SCHED_FLAG_RESET_ON_FORK"
	edit_config '.process.scheduler.flags = ["SCHED_FLAG_RESET_ON_FORK"]'
	run_bundle
	assert_success
	assert_output "errno 77"
	edit_config 'del(.linux.seccomp) | .hooks.startContainer = [{path: "/bin/true"}]'
	args true
	run_bundle
	assert_success
	edit_config 'del(.process.scheduler.flags)'
	run_bundle
	assert_status 1 && assert_stderr_contains "which a startContainer hook takes"
}

@test "listeners that do not answer: each says what is the matter" {
	notify umask
	args true
	# one that is gone
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$SOCKET"
	run_bundle
	assert_status 1 && assert_stderr_contains "nobody listens on this socket any more" || return 1
	rm "$SOCKET"
	run_bundle
	assert_status 1 && assert_stderr_contains "the agent has to listen there before the container is made" || return 1
	# one of datagrams
	socat -u "UNIX-RECVFROM:$SOCKET,fork" OPEN:/dev/null 3>&- &
	until_true test -S "$SOCKET"
	run_bundle
	kill $! && wait $! || [ $? -ge 128 ]
	assert_status 1 && assert_stderr_contains "is no stream socket" || return 1
	rm -f "$SOCKET"
	# one whose queue is full: nobody accepts
	python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(0)
c = socket.socket(socket.AF_UNIX); c.connect(sys.argv[1]); print("full", flush=True); time.sleep(60)' "$SOCKET" >"$WORK/full" 3>&- &
	until_true grep -q full "$WORK/full"
	run_bundle
	kill $! && wait $! || [ $? -ge 128 ]
	assert_status 1 && assert_stderr_contains "did not take the connection within 10 seconds" &&
		assert_stderr_contains "it listens, but does not accept: is the agent stuck or overloaded?"
	edit_config 'del(.linux.seccomp.listenerPath, .linux.seccomp.listenerMetadata)'
	run_bundle
	assert_status 1 && assert_stderr_contains "name its socket in listenerPath"
}
