# The life of a container, verb by verb: create, start, state, list, ps, kill, pause, resume, delete,
# and `run --detach`. What matters on both kinds of cgroups is tried on this machine and on v2 alone.

load ../lib/common
load container
load lifecycle

setup_file() { hold_cgroups v2; }
teardown_file() { let_cgroups_go; }

setup() {
	common_setup
	require_root
}

# ---- create, start, delete

whole_life() {
	make_bundle
	inside 'echo started; sleep 1000'
	create_bundle
	assert_success
	assert_stderr ""
	assert_container created
	assert_equal "$(cat "$WORK/out")" ""
	tare start "$ID" </dev/null
	assert_container running
	until_true grep -qx started "$WORK/out"
	succeed kill "$ID" KILL
	until_true has_status stopped
	succeed delete "$ID"
	refuse "container does not exist" state "$ID"
}

@test "created, running, stopped, gone" { whole_life; }
@test "created, running, stopped, gone (v2)" { on_v2 whole_life; }

@test "nothing of the program runs before start" {
	make_bundle '.root.readonly = false'
	inside 'touch /ran; sleep 1000; true'
	create_bundle
	assert_success
	assert_equal "$(tr '\0' ' ' <"/proc/$PID/cmdline" | cut -d' ' -f1)" tare-init
	[ ! -e "$ROOTFS/ran" ]
	succeed start "$ID"
	until_true test -e "$ROOTFS/ran"
	assert_equal "$(tr '\0' ' ' <"/proc/$PID/cmdline" | cut -c1-5)" "sh -c"
	succeed delete --force "$ID"
}

@test "tare itself is gone when create returns, and its process is left to whoever adopts it" {
	make_bundle
	args sleep 1000
	create_bundle
	assert_equal "$(pgrep -x tare)" ""
	assert_equal "$(awk '/^PPid/ { print $2 }' "/proc/$PID/status")" 1
	assert_equal "$(awk '/^NSpid/ { print $NF }' "/proc/$PID/status")" 1
	succeed delete "$ID"
}

@test "an id that is taken: refused, and the first container is unharmed" {
	local first
	make_bundle
	args sleep 1000
	create_bundle
	first=$PID
	refuse "container with given ID already exists" create --bundle "$BUNDLE" "$ID"
	assert_container created
	succeed start "$ID"
	refuse "container with given ID already exists" create --bundle "$BUNDLE" "$ID"
	refuse "container with given ID already exists" run --bundle "$BUNDLE" "$ID"
	assert_container running
	assert_equal "$(tare state "$ID" </dev/null | jq .pid)" "$first"
	[ -d "/proc/$first" ]
	succeed delete --force "$ID"
}

@test "twenty creates of one id at once: exactly one wins" {
	local i
	make_bundle
	args sleep 1000
	for i in {1..20}; do
		(
			code=0
			tare create --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out.$i" 2>"$WORK/err.$i" 3>&- || code=$?
			echo $code >"$WORK/code.$i"
		) 3>&- &
	done
	for i in {1..20}; do until_true test -s "$WORK/code.$i"; done
	assert_equal "$(cat "$WORK"/code.* | sort | uniq -c | tr -s ' ' | tr '\n' ';')" " 1 0; 19 1;"
	assert_equal "$(cat "$WORK"/err.* | grep -c "container with given ID already exists")" 19
	assert_container created
	succeed start "$ID"
	assert_container running
	succeed delete --force "$ID"
}

@test "start twice" {
	start_container
	refuse "cannot start an already running container" start "$ID"
	assert_container running
	tare kill "$ID" KILL </dev/null
	until_true has_status stopped
	refuse "cannot start a container that has stopped" start "$ID"
	succeed delete "$ID"
}

@test "two starts at once: exactly one wins" {
	local i
	make_bundle
	args sleep 1000
	create_bundle
	for i in 1 2; do
		(
			code=0
			tare start "$ID" </dev/null >"$WORK/out.$i" 2>&1 3>&- || code=$?
			echo $code >"$WORK/code.$i"
		) 3>&- &
	done
	for i in 1 2; do until_true test -s "$WORK/code.$i"; done
	assert_equal "$(cat "$WORK"/code.? | sort | tr '\n' ' ')" "0 1 "
	cat "$WORK"/out.? | grep -q "cannot start an already running container"
	assert_container running
	succeed delete --force "$ID"
}

@test "a program that is missing fails in create, in the words of engines, and leaves nothing" {
	make_bundle
	args no-such-program
	create_bundle
	assert_status 1
	assert_stderr_contains 'exec: "no-such-program": executable file not found in $PATH'
	[ ! -e "$WORK/pid" ]
	assert_clean
	args /etc/passwd
	create_bundle
	assert_status 1
	assert_stderr_contains 'exec: "/etc/passwd": permission denied'
	assert_clean
	args /etc
	create_bundle
	assert_status 1
	assert_stderr_contains 'exec: "/etc": is a directory'
	assert_clean
}

@test "a program that cannot be executed fails in start, and the container has stopped" {
	make_bundle
	echo 'just text' >"$ROOTFS/bin/text"
	chmod 755 "$ROOTFS/bin/text"
	args text
	create_bundle
	assert_success
	do_tare start "$ID"
	assert_status 1
	assert_stderr_contains "exec format error"
	until_true has_status stopped
	succeed delete "$ID"
}

@test "delete of a created container kills it" {
	make_bundle
	args sleep 1000
	create_bundle
	succeed delete "$ID"
	until_true test ! -e "/proc/$PID"
}

running_is_not_deleted() {
	start_container
	refuse "cannot delete container $ID that is not stopped: running" delete "$ID"
	assert_container running
	succeed pause "$ID"
	refuse "cannot delete container $ID that is not stopped: paused" delete "$ID"
	frozen
	succeed resume "$ID"
	assert_container running
	succeed delete --force "$ID"
}

@test "delete of a running and of a paused container needs --force" { running_is_not_deleted; }
@test "delete of a running and of a paused container needs --force (v2)" {
	on_v2 running_is_not_deleted
}

deleted_by_force() {
	make_bundle
	args sleep 1000
	create_bundle
	succeed delete --force "$ID"
	start_container
	succeed delete --force "$ID"
	start_container sh -c 'sleep 1000 & sleep 1000 & wait'
	succeed pause "$ID"
	succeed delete --force "$ID"
	start_container
	succeed kill "$ID" KILL
	until_true has_status stopped
	succeed delete --force "$ID"
	succeed delete --force "$ID"
	succeed delete --force "$ID"
	refuse "container does not exist" delete "$ID"
}

@test "delete --force of any state, and again" { deleted_by_force; }
@test "delete --force of any state, and again (v2)" { on_v2 deleted_by_force; }

@test "delete --force of what never was" {
	succeed delete --force never-was
	refuse "container does not exist" delete never-was
	[ ! -e "$STATE" ]
}

@test "an unknown container: every verb says so" {
	local verb
	for verb in start state pause resume delete kill ps; do
		refuse "container does not exist" "$verb" never-was
	done
}

@test "what shares the host's pid namespace is all killed by delete" {
	make_bundle
	drop_namespace pid
	inside '(setsid sleep 1000 &); sleep 1000 & exec sleep 1000'
	run_detached
	until_true eval '[ "$(tare ps --format json "$ID" </dev/null | jq length)" -eq 3 ]'
	succeed delete --force "$ID"
}

@test "without a pid namespace: the rest lives on after the first process, and goes by kill --all" {
	make_bundle
	drop_namespace pid
	inside '(setsid sleep 1000 &) ; exec sleep 1000'
	run_detached
	until_true eval '[ "$(tare ps --format json "$ID" </dev/null | jq length)" -eq 2 ]'
	kill -KILL "$PID"
	until_true has_status stopped
	succeed kill --all "$ID" 9
	until_true eval '[ "$(tare ps --format json "$ID" </dev/null | jq length)" -eq 0 ]'
	succeed delete "$ID"
}

# create_unguarded: no timeout between us and tare. It is our child, or that of the one who makes the machine;
# CREATE is who we wait for, VICTIM tare, which has just begun.
create_unguarded() {
	local machine=()
	[ -z "${CGROUPS:-}" ] || machine=(with_cgroups "$CGROUPS")
	"${machine[@]}" "$TARE" --root "$STATE" create --pid-file "$WORK/pid" --bundle "$BUNDLE" "$ID" \
		</dev/null >"$WORK/out" 2>&1 3>&- &
	CREATE=$! VICTIM=$!
	until [ "/proc/$VICTIM/exe" -ef "$TARE" ]; do
		[ -e "/proc/$CREATE/exe" ] || break # it has ended already
		[ -z "${CGROUPS:-}" ] || read -r VICTIM </proc/$CREATE/task/$CREATE/children || VICTIM=${VICTIM:-$CREATE} # no newline
	done 2>/dev/null
}

# killed_at_any_point: create takes some milliseconds; with each round it has more of them, 25 at last, and the machine
# adds its own chance. No program is started to wait or to kill: that would take as long.
killed_at_any_point() {
	local i code killed=0 clock delay
	make_bundle
	args sleep 1000
	mkfifo "$WORK/never" && exec {clock}<>"$WORK/never"
	for i in {0..29}; do
		create_unguarded
		printf -v delay %06d $((i * i * 30))
		read -r -t "0.$delay" -u $clock || :
		kill -KILL "$VICTIM" || :
		code=0
		wait $CREATE || code=$?
		[ $code -ne 137 ] || killed=$((killed + 1))
		do_tare delete --force "$ID"
		[ "$status" -eq 0 ] && assert_clean || fail "killed in round $i" "$(seen)"
		rm -f "$WORK/pid"
	done
	exec {clock}>&-
	echo "# killed in $killed of 30 rounds" >&3
	[ "$killed" -gt 0 ]
}

@test "tare killed at any point of create: delete --force leaves nothing" { killed_at_any_point; }
@test "tare killed at any point of create: delete --force leaves nothing (v2)" {
	on_v2 killed_at_any_point
}

# ---- state, list, ps

@test "the fields of the state" {
	make_bundle '.annotations = {"a.b/c": "d", "e": ""} | .ociVersion = "1.0.2"'
	args sleep 1000
	create_bundle
	do_tare state "$ID"
	assert_success
	assert_stderr ""
	assert_json '.ociVersion == "1.0.2" and .status == "created"'
	assert_equal "$(jq -r .id <<<"$output")" "$ID"
	assert_equal "$(jq -r .pid <<<"$output")" "$PID"
	assert_equal "$(jq -r .bundle <<<"$output")" "$BUNDLE"
	assert_equal "$(jq -r .rootfs <<<"$output")" "$ROOTFS"
	assert_json '.created | test("^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{1,9}Z$")'
	assert_json '.annotations == {"a.b/c": "d", "e": ""}'
	assert_json '.owner == "root"'
	assert_json 'keys - ["ociVersion","id","pid","status","bundle","rootfs","created","annotations","owner"] == []'
	succeed kill "$ID" KILL
	until_true has_status stopped
	do_tare state "$ID"
	assert_json '.pid == 0'
	succeed delete "$ID"
}

@test "a relative bundle is absolute in the state" {
	make_bundle
	args sleep 1000
	(cd "$WORK" && tare create --bundle "${BUNDLE##*/}" "$ID" </dev/null >"$WORK/out" 2>&1 3>&-)
	assert_equal "$(tare state "$ID" </dev/null | jq -r .bundle)" "$BUNDLE"
	succeed delete "$ID"
}

@test "a first process that nobody has reaped is stopped" {
	make_bundle
	args sleep 1000
	# A subreaper that does not reap, as a caller that is busy.
	cat >"$WORK/busy.py" <<-'END'
		import ctypes, subprocess, sys, time
		ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
		tare, pid_file, bundle, name = sys.argv[1:3], *sys.argv[3:]
		def call(*words):
		    return subprocess.run([tare[0], "--root", tare[1], *words], stdout=sys.stdout, check=True)
		call("create", "--pid-file", pid_file, "--bundle", bundle, name)
		call("start", name)
		call("kill", name, "KILL")
		pid = open(pid_file).read()
		for _ in range(200):
		    if open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] == "Z":
		        print("zombie", flush=True)
		        break
		    time.sleep(0.05)
		call("state", name)
		call("delete", name)
	END
	run python3 "$WORK/busy.py" "$TARE" "$STATE" "$WORK/pid" "$BUNDLE" "$ID"
	assert_success
	assert_equal "$(head -n 1 <<<"$output")" zombie
	assert_equal "$(tail -n +2 <<<"$output" | jq -r '.status, .pid')" $'stopped\n0'
}

@test "list: a table, JSON, ids" {
	local first
	do_tare list
	assert_success
	assert_output "ID          PID         STATUS      BUNDLE      CREATED     OWNER"
	do_tare list --format json
	assert_output "[]"
	start_container
	first=$ID
	make_bundle
	args sleep 1000
	create_bundle
	do_tare list
	assert_success
	assert_stderr ""
	assert_equal "${output%%$'\n'*}" "$(grep ^ID <<<"$output")"
	assert_matches "$first +[0-9]+ +running +/tmp/[^ ]+ +[0-9T:.-]+Z +root"
	assert_matches "$ID +$PID +created "
	do_tare list --format json
	assert_json 'map(.status) == ["running", "created"]'
	assert_equal "$(jq -r '.[].id' <<<"$output")" "$first"$'\n'"$ID"
	do_tare list --quiet
	assert_output "$first"$'\n'"$ID"
	succeed delete --force "$first"
	succeed delete "$ID"
}

processes_of_a_container() {
	start_container sh -c 'sleep 1000 & wait'
	until_true eval '[ "$(tare ps --format json "$ID" </dev/null | jq length)" -eq 2 ]'
	do_tare ps --format json "$ID"
	assert_stderr ""
	jq -e --argjson pid "$PID" 'index($pid) != null' <<<"$output"
	do_tare ps "$ID"
	assert_success
	assert_equal "$(wc -l <<<"$output")" 3
	assert_matches $'^UID +PID '
	assert_matches "$PID .*sh -c sleep 1000"
	do_tare ps "$ID" -o pid,comm
	assert_success
	assert_matches "^ *PID COMMAND"
	assert_matches " *$PID sh"
	succeed delete --force "$ID"
}

@test "ps: the processes of the container, and no other" { processes_of_a_container; }
@test "ps: the processes of the container, and no other (v2)" { on_v2 processes_of_a_container; }

# ---- kill

@test "kill: TERM without a signal, or one by number or name" {
	start_container sh -c 'trap "echo hup" HUP; trap "echo usr1" USR1; trap "echo term; exit 0" TERM; echo ready; while :; do sleep 0.05; done'
	until_true grep -qx ready "$WORK/container"
	succeed kill "$ID" 1
	until_true grep -qx hup "$WORK/container"
	succeed kill "$ID" sigusr1
	until_true grep -qx usr1 "$WORK/container"
	succeed kill "$ID"
	until_true has_status stopped
	grep -qx term "$WORK/container"
	refuse "container not running" kill "$ID"
	refuse "container not running" kill "$ID" KILL
	succeed delete "$ID"
}

@test "kill --all reaches every process" {
	start_container sh -c 'sh -c "trap \"echo child; exit\" USR2; echo up; while :; do sleep 0.05; done" & trap "echo parent" USR2; echo ready; while :; do sleep 0.05; done'
	until_true grep -qx ready "$WORK/container"
	until_true grep -qx up "$WORK/container"
	# The sleeps die of the signal, which their shells do not mind.
	succeed kill --all "$ID" USR2
	until_true grep -qx parent "$WORK/container"
	until_true grep -qx child "$WORK/container"
	succeed delete --force "$ID"
}

@test "kill of a created container: KILL ends it" {
	make_bundle
	args sleep 1000
	create_bundle
	succeed kill "$ID" KILL
	until_true has_status stopped
	succeed delete "$ID"
}

@test "a signal that is none is refused, and the container lives on" {
	start_container
	refuse 'unknown signal "NONSENSE"' kill "$ID" NONSENSE
	refuse 'unknown signal "0"' kill "$ID" 0
	refuse 'unknown signal "65"' kill "$ID" 65
	assert_container running
	succeed delete --force "$ID"
}

# ---- pause and resume

paused_and_resumed() {
	start_container
	succeed pause "$ID"
	assert_container paused
	frozen
	refuse "container not running" pause "$ID"
	succeed resume "$ID"
	assert_container running
	! frozen
	refuse "container not paused" resume "$ID"
	succeed delete --force "$ID"
}

@test "paused and resumed" { paused_and_resumed; }
@test "paused and resumed (v2)" { on_v2 paused_and_resumed; }

killed_while_paused() {
	start_container
	succeed pause "$ID"
	succeed kill "$ID" KILL
	until_true has_status stopped
	refuse "container not paused" resume "$ID"
	refuse "container not running" pause "$ID"
	succeed delete "$ID"
}

@test "KILL reaches a paused container, and resume afterwards does not hang" {
	killed_while_paused
}
@test "KILL reaches a paused container, and resume afterwards does not hang (v2)" {
	on_v2 killed_while_paused
}

# ---- run --detach

@test "run --detach leaves the program running, until its end" {
	make_bundle
	mkfifo "$WORK/in"
	inside 'read line; echo "got $line"; exit 3'
	exec 8<>"$WORK/in"
	tare run --detach --pid-file "$WORK/pid" --bundle "$BUNDLE" "$ID" \
		<"$WORK/in" >"$WORK/container" 2>&1 3>&- 8>&-
	PID=$(<"$WORK/pid")
	assert_container running
	assert_equal "$(pgrep -x tare)" ""
	echo hello >&8
	until_true has_status stopped
	exec 8>&-
	assert_equal "$(<"$WORK/container")" "got hello"
	[ -s "$WORK/pid" ]
	succeed delete "$ID"
}

@test "run --detach of a program that cannot be executed: 1, and nothing is left" {
	make_bundle
	echo 'just text' >"$ROOTFS/bin/text"
	chmod 755 "$ROOTFS/bin/text"
	args text
	do_tare run --detach --pid-file "$WORK/pid" --bundle "$BUNDLE" "$ID"
	assert_status 1
	assert_stderr_contains "exec format error"
	[ ! -e "$WORK/pid" ]
}

# ---- pid file, console socket, pidfd socket

@test "the pid file: digits alone, and one that exists is replaced" {
	make_bundle
	args sleep 1000
	echo "an older and longer content" >"$WORK/pid"
	create_bundle
	assert_equal "$(od -An -c "$WORK/pid" | tr -d ' \n' | tr -d 0-9)" ""
	assert_equal "$PID" "$(tare state "$ID" </dev/null | jq .pid)"
	assert_equal "$(find "$WORK" -maxdepth 1 -name '.*pid*')" ""
	succeed delete "$ID"
}

@test "the terminal goes to a console socket that accepts after create has returned" {
	make_bundle '.process.terminal = true'
	inside 'tty; stty size; echo end'
	edit_config '.process.consoleSize = {height: 12, width: 34}'
	receive "$WORK/console"
	create_bundle --console-socket "$WORK/console"
	assert_success
	succeed start "$ID"
	finish_receive
	assert_equal "$(sed -n 1p <<<"$output" | sed 's/bytes [1-9][0-9]*$/bytes/')" "descriptors 1, bytes"
	assert_equal "$(tail -n +2 <<<"$output")" $'end\ntty\n/dev/pts/0\n12 34\nend'
	until_true has_status stopped
	succeed delete "$ID"
}

@test "run --detach with a console socket" {
	make_bundle '.process.terminal = true'
	inside 'test -t 0 && test -t 1 && test -t 2 && echo all three'
	receive "$WORK/console"
	do_tare run --detach --console-socket "$WORK/console" --bundle "$BUNDLE" "$ID"
	assert_success
	finish_receive
	assert_line "all three"
	until_true has_status stopped
	succeed delete "$ID"
}

@test "a terminal without a console socket, and a console socket without a terminal" {
	make_bundle '.process.terminal = true'
	args true
	refuse "cannot allocate tty if tare will detach without setting console socket" \
		create --bundle "$BUNDLE" "$ID"
	refuse "cannot allocate tty if tare will detach without setting console socket" \
		run --detach --bundle "$BUNDLE" "$ID"
	edit_config '.process.terminal = false'
	refuse "console socket" create --console-socket "$WORK/console" --bundle "$BUNDLE" "$ID"
}

@test "nobody at the console socket: create fails and leaves nothing" {
	make_bundle '.process.terminal = true'
	args sleep 1000
	refuse "$WORK/console" create --pid-file "$WORK/pid" --console-socket "$WORK/console" \
		--bundle "$BUNDLE" "$ID"
	[ ! -e "$WORK/pid" ]
}

@test "the pidfd socket gets a pidfd of the container's process" {
	make_bundle
	args sleep 1000
	receive "$WORK/pidfd"
	create_bundle --pidfd-socket "$WORK/pidfd"
	assert_success
	finish_receive
	assert_matches '^descriptors 1, bytes [1-9]'
	assert_line "pidfd $PID"
	succeed delete "$ID"
}

# ---- namespaces of users

@test "a whole life in a user namespace" {
	make_bundle '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	set_namespace user
	chown -R 100000:100000 "$ROOTFS"
	inside 'cat /proc/self/uid_map; sleep 1000'
	create_bundle
	assert_success
	assert_container created
	tare start "$ID" </dev/null
	until_true grep -q 100000 "$WORK/out"
	assert_equal "$(awk '/^Uid/ { print $2 }' "/proc/$PID/status")" 100000
	succeed pause "$ID"
	assert_container paused
	succeed resume "$ID"
	refuse "that is not stopped" delete "$ID"
	succeed kill "$ID" KILL
	until_true has_status stopped
	succeed delete "$ID"
}
