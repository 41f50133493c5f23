# tare exec: a further program in a container, with all that confines the first one.

load ../lib/common
load container
load lifecycle

setup() {
	common_setup
	require_root
}

# exec_in ARG...: `tare exec`, without stdin; sets status, output and stderr.
exec_in() { run --separate-stderr tare exec "$@" </dev/null; }

finish_container() { succeed delete --force "$ID"; }

# in_status FIELD...: these lines of /proc/PID/status of the container's process.
in_status() { grep -E "^($(IFS='|' && echo "$*")):" "/proc/$PID/status"; }

# refuse_exec TEXT ARG...: exec fails with 255, and TEXT is in the error.
refuse_exec() {
	exec_in "${@:2}"
	assert_status 255 && assert_output "" && assert_stderr_contains "$1" || return 1
	[[ $stderr == "tare: exec failed: "* ]] || fail "how the error begins" "$(seen)"
}

# ---- what it runs, and how that ends

streams_and_statuses() {
	local code
	start_container
	run --separate-stderr tare exec "$ID" sh -c 'cat; echo to stderr >&2; exit 3' <<<"from stdin"
	assert_status 3
	assert_output "from stdin"
	assert_stderr "to stderr"
	for code in 0 1 42 254 255; do
		exec_in "$ID" sh -c "exit $code"
		assert_status "$code"
		assert_stderr ""
	done
	for code in 1 9 15; do
		exec_in "$ID" sh -c "kill -$code \$\$; sleep 10"
		assert_status $((128 + code))
		assert_stderr ""
	done
	assert_container running
	finish_container
}

@test "stdin, stdout, stderr and the exit status" { streams_and_statuses; }
@test "stdin, stdout, stderr and the exit status (v2)" { on_v2 streams_and_statuses; }

@test "eight mebibytes through exec" {
	start_container
	head -c 8388608 /dev/urandom >"$WORK/data"
	tare exec "$ID" cat <"$WORK/data" | cmp - "$WORK/data"
	finish_container
}

@test "arguments arrive byte for byte, also what looks like an option" {
	start_container
	exec_in "$ID" sh -c 'printf "[%s]" "$@"' name -d --root 'a b' '' -- $'x\ny' '$HOME'
	assert_success
	assert_output $'[-d][--root][a b][][--][x\ny][$HOME]'
	finish_container
}

@test "it is in the namespaces, the root and the cgroups of the container" {
	local container
	start_container
	container=$(namespaces_of "$PID")
	exec_in "$ID" sh -c 'for n in /proc/self/ns/*; do case $n in *_for_children) ;; *) echo "${n##*/}=$(readlink "$n")" ;; esac; done; cat /proc/self/cgroup; ls -d /bin'
	assert_success
	assert_equal "$(grep '=' <<<"$output" | grep -v : | sort)" "" # all of them have a colon
	assert_equal "$(grep -F ':[' <<<"$output" | sort)" "$(tr ' ' '\n' <<<"$container" | grep . | sort)"
	assert_line /bin
	tare exec --detach --pid-file "$WORK/exec" "$ID" sleep 1000 </dev/null >"$WORK/out" 2>&1 3>&-
	assert_equal "$(cat "/proc/$(<"$WORK/exec")/cgroup")" "$(cat "/proc/$PID/cgroup")"
	finish_container
}

@test "as many programs at once as one likes" {
	local i
	start_container
	for i in {1..10}; do
		tare exec "$ID" sh -c "echo $i; exit $i" </dev/null >"$WORK/out.$i" 2>&1 3>&- || echo $? >"$WORK/code.$i" &
	done
	for i in {1..10}; do
		until_true test -s "$WORK/code.$i"
		assert_equal "$(cat "$WORK/out.$i" "$WORK/code.$i")" "$i"$'\n'"$i"
	done
	finish_container
}

@test "the end of the container ends what exec started, which says 137" {
	start_container
	tare exec "$ID" sh -c 'echo up; sleep 1000' </dev/null >"$WORK/out" 2>"$WORK/err" 3>&- &
	until_true grep -qx up "$WORK/out"
	succeed kill "$ID" KILL
	status=0
	wait $! || status=$?
	assert_equal "$status" 137
	until_true has_status stopped
	succeed delete "$ID"
}

@test "a signal to tare reaches the program" {
	start_container
	timeout --foreground "$TARE_TIMEOUT" "$TARE" --root "$STATE" exec "$ID" \
		sh -c 'trap "echo caught; exit 9" TERM; echo up; while :; do sleep 0.05; done' \
		</dev/null >"$WORK/out" 2>&1 3>&- &
	until_true grep -qx up "$WORK/out"
	pkill -TERM -x tare -P $!
	status=0
	wait $! || status=$?
	assert_equal "$status" 9
	grep -qx caught "$WORK/out"
	finish_container
}

@test "no descriptor of the caller reaches the program, but those it preserves" {
	start_container
	echo three >"$WORK/three"
	echo four >"$WORK/four"
	# shellcheck disable=SC2016 # expanded inside
	exec_in "$ID" sh -c 'for fd in /proc/self/fd/*; do echo "${fd##*/}"; done' 5<"$WORK/three" 99<"$WORK/three"
	assert_output $'0\n1\n2\n3'
	exec_in --preserve-fds 1 "$ID" sh -c 'cat <&3; test -e /proc/self/fd/4 || echo no four' \
		3<"$WORK/three" 4<"$WORK/four"
	assert_output $'three\nno four'
	exec_in --preserve-fds 2 "$ID" true 3</dev/null 4<&-
	assert_status 1
	assert_stderr_contains preserve
	finish_container
}

# ---- with what

@test "the environment: the config's, and what is added; of duplicates the last" {
	make_bundle '.process.env = ["PATH=/bin", "A=1", "B=2"]'
	args sleep 1000
	run_detached
	TARE_LEAK=x exec_in -e B=3 --env C= --env=D=a=b "$ID" env
	assert_success
	assert_equal "$(sort <<<"$output")" $'A=1\nB=3\nC=\nD=a=b\nHOME=/root\nPATH=/bin'
	finish_container
}

@test "the working directory: the config's, or --cwd" {
	make_bundle '.process.cwd = "/home/user"'
	args sleep 1000
	run_detached
	exec_in "$ID" busybox pwd -P
	assert_output /home/user
	exec_in --cwd /tmp "$ID" busybox pwd -P
	assert_output /tmp
	refuse_exec /process/cwd --cwd relative "$ID" true
	finish_container
}

@test "the user: the config's, or --user; and further groups" {
	make_bundle '.process.user = {uid: 1000, gid: 1001, additionalGids: [5]}'
	args sleep 1000
	run_detached
	exec_in "$ID" sh -c 'grep -E "^(Uid|Gid|Groups)" /proc/self/status | tr -s "\t " " "; echo $HOME'
	assert_output $'Uid: 1000 1000 1000 1000\nGid: 1001 1001 1001 1001\nGroups: 5 \n/home/user'
	exec_in --user 4711 "$ID" sh -c 'grep -E "^(Uid|Gid)" /proc/self/status | tr -s "\t " " "; echo $HOME'
	assert_output $'Uid: 4711 4711 4711 4711\nGid: 1001 1001 1001 1001\n/'
	exec_in -u 0:7 -g 8 --additional-gids 9 "$ID" sh -c 'grep -E "^(Uid|Gid|Groups)" /proc/self/status | tr -s "\t " " "'
	assert_output $'Uid: 0 0 0 0\nGid: 7 7 7 7\nGroups: 8 9 '
	finish_container
}

@test "a user that is none is refused, and nothing is run" {
	local user
	start_container
	for user in '' 1: :1 -1 4294967295 4294967296 1000x ' 1' +1 0x1 01 root 1:2:3; do
		exec_in --user "$user" "$ID" echo ran
		assert_status 1
		assert_output ""
		assert_stderr_contains "invalid value \"$user\" for --user"
	done
	finish_container
}

@test "capabilities: the config's, and what is added, never inheritable or ambient" {
	start_container
	# kill 5, net_bind_service 10, audit_write 29; sys_time 25
	exec_in "$ID" sh -c 'grep ^Cap /proc/self/status | tr "\t" " "'
	assert_output "$(in_status 'Cap[A-Za-z]*' | tr '\t' ' ')"
	assert_line "CapEff: 0000000020000420"
	exec_in --cap CAP_SYS_TIME "$ID" sh -c 'grep ^Cap /proc/self/status | tr "\t" " "'
	assert_output $'CapInh: 0000000000000000\nCapPrm: 0000000022000420\nCapEff: 0000000022000420\nCapBnd: 0000000022000420\nCapAmb: 0000000000000000'
	finish_container
}

@test "no_new_privs: the config's, or the option's" {
	local value
	for value in true false; do
		make_bundle
		edit_config --argjson value $value '.process.noNewPrivileges = $value'
		args sleep 1000
		run_detached
		exec_in "$ID" grep NoNewPrivs /proc/self/status
		assert_output "$(in_status NoNewPrivs)"
		exec_in --no-new-privs "$ID" grep NoNewPrivs /proc/self/status
		assert_output $'NoNewPrivs:\t1'
		exec_in --no-new-privs=false "$ID" grep NoNewPrivs /proc/self/status
		assert_output $'NoNewPrivs:\t0'
		finish_container
	done
}

@test "limits, umask and the OOM score are the config's" {
	make_bundle '.process.rlimits += [{type: "RLIMIT_CORE", hard: 8192, soft: 4096}]
		| .process.user.umask = 63 | .process.oomScoreAdj = 321'
	args sleep 1000
	run_detached
	exec_in "$ID" sh -c 'ulimit -n; umask; cat /proc/self/oom_score_adj; grep core /proc/self/limits | tr -s " "'
	assert_success
	assert_output $'1024\n0077\n321\nMax core file size 4096 8192 bytes '
	finish_container
}

@test "the container's seccomp filter applies" {
	make_bundle '.root.readonly = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 28}]}'
	args sleep 1000
	run_detached
	exec_in "$ID" sh -c 'grep ^Seccomp: /proc/self/status; mkdir /tmp/x'
	assert_status 1
	assert_output $'Seccomp:\t2'
	assert_stderr_contains "No space left on device"
	finish_container
}

@test "in a user namespace" {
	make_bundle '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	set_namespace user
	chown -R 100000:100000 "$ROOTFS"
	args sleep 1000
	run_detached
	exec_in --user 1000:1000 "$ID" sh -c 'id -u; id -g; cat /proc/self/uid_map | tr -s " "'
	assert_success
	assert_output $'1000\n1000\n 0 100000 65536'
	tare exec --detach --pid-file "$WORK/exec" "$ID" sleep 1000 </dev/null >"$WORK/out" 2>&1 3>&-
	assert_equal "$(awk '/^Uid/ { print $2 }' "/proc/$(<"$WORK/exec")/status")" 100000
	assert_equal "$(namespaces_of "$(<"$WORK/exec")")" "$(namespaces_of "$PID")"
	finish_container
}

@test "without a pid namespace of its own" {
	make_bundle
	drop_namespace pid
	args sleep 1000
	run_detached
	exec_in "$ID" sh -c 'echo in; exit 4'
	assert_status 4
	assert_output in
	tare exec --detach "$ID" sleep 1000 </dev/null >"$WORK/out" 2>&1 3>&-
	assert_equal "$(tare ps --format json "$ID" </dev/null | jq length)" 2
	finish_container
}

@test "with no namespace but that of mounts" {
	make_bundle 'del(.hostname) | .linux.namespaces = [{type: "mount"}]'
	args sleep 1000
	run_detached
	exec_in "$ID" sh -c 'ls -d /bin; exit 4'
	assert_status 4
	assert_output /bin
	finish_container
}

# ---- --process

@test "--process: the file alone describes the process" {
	make_bundle '.process.env = ["PATH=/bin", "A=1"] | .process.cwd = "/tmp"'
	args sleep 1000
	run_detached
	jq -n '{args: ["sh", "-c", "env | sort; id -u; pwd; exit 6"], cwd: "/home", env: ["PATH=/bin", "B=2"],
		user: {uid: 1000, gid: 1000}}' >"$WORK/process.json"
	exec_in --process "$WORK/process.json" --env C=3 "$ID"
	assert_status 6
	assert_output $'B=2\nHOME=/home/user\nPATH=/bin\nPWD=/home\nSHLVL=1\n1000\n/home'
	finish_container
}

@test "--process: its mistakes are named, by the place in the file" {
	start_container
	refuse_exec "$WORK/none.json" --process "$WORK/none.json" "$ID"
	assert_no_engine_phrase
	echo '{"args": ["true"], "cwd": "relative", "user": {"uid": 0, "gid": 0}}' >"$WORK/process.json"
	refuse_exec /process/cwd -p "$WORK/process.json" "$ID"
	echo '{"args": [], "cwd": "/", "user": {"uid": 0, "gid": 0}}' >"$WORK/process.json"
	refuse_exec args -p "$WORK/process.json" "$ID"
	echo '{"args": ["true"], "cwd": "/", "user": {"uid": -1, "gid": 0}}' >"$WORK/process.json"
	refuse_exec uid -p "$WORK/process.json" "$ID"
	echo '{"args": ["true"' >"$WORK/process.json"
	refuse_exec process.json -p "$WORK/process.json" "$ID"
	mkfifo "$WORK/fifo"
	refuse_exec "$WORK/fifo" -p "$WORK/fifo" "$ID"
	finish_container
}

# ---- --detach and --pid-file

detached() {
	local pid
	start_container
	do_tare exec --detach --pid-file "$WORK/exec" "$ID" sh -c 'echo $$; exec sleep 1000'
	assert_success
	assert_stderr ""
	until_true test -s "$WORK/out"
	assert_equal "$(od -An -c "$WORK/exec" | tr -d ' \n' | tr -d 0-9)" ""
	pid=$(<"$WORK/exec")
	assert_equal "$(awk '/^NSpid/ { print $NF }' "/proc/$pid/status")" "$(<"$WORK/out")"
	assert_equal "$(awk '/^PPid/ { print $2 }' "/proc/$pid/status")" 1
	assert_equal "$(pgrep -x tare)" ""
	tare ps --format json "$ID" </dev/null | jq -e --argjson pid "$pid" 'index($pid) != null'
	finish_container
}

@test "--detach: tare goes, the program stays" { detached; }
@test "--detach: tare goes, the program stays (v2)" { on_v2 detached; }

@test "--pid-file is there while the program runs in the foreground" {
	start_container
	tare exec --pid-file "$WORK/exec" "$ID" sh -c 'echo up; sleep 1000' </dev/null >"$WORK/out" 2>&1 3>&- &
	until_true grep -qx up "$WORK/out"
	until_true test -s "$WORK/exec"
	kill -TERM "$(<"$WORK/exec")"
	status=0
	wait $! || status=$?
	assert_equal "$status" 143
	finish_container
}

@test "no pid file, nor part of one, after a failure; an old one is replaced" {
	start_container
	refuse_exec 'exec: "no-such-program": executable file not found in $PATH' \
		--pid-file "$WORK/exec" "$ID" no-such-program
	[ ! -e "$WORK/exec" ]
	refuse_exec 'exec: "no-such-program"' --detach --pid-file "$WORK/exec" "$ID" no-such-program
	[ ! -e "$WORK/exec" ]
	[ -z "$(find "$WORK" -maxdepth 1 -name '.*exec*')" ]
	touch "$WORK/exec"
	tare exec --detach --pid-file "$WORK/exec" "$ID" sleep 1000 </dev/null >"$WORK/out" 2>&1 3>&-
	[ -d "/proc/$(<"$WORK/exec")" ]
	refuse_exec "$WORK/none/exec" --detach --pid-file "$WORK/none/exec" "$ID" sleep 1000
	assert_no_engine_phrase
	finish_container
}

@test "the pidfd socket gets a pidfd of the new process" {
	start_container
	receive "$WORK/pidfd"
	do_tare exec --detach --pid-file "$WORK/exec" --pidfd-socket "$WORK/pidfd" "$ID" sleep 1000
	assert_success
	finish_receive
	assert_line "pidfd $(<"$WORK/exec")"
	finish_container
}

# ---- terminals

# on_terminal SIZE ARG...: `tare exec` on a terminal, driven by the script on stdin.
on_terminal() {
	run --separate-stderr python3 "$TARE_SOURCE/tests/lib/pty.py" "$1" \
		timeout --foreground --kill-after=5 "$TARE_TIMEOUT" \
		"$TARE" --root "$STATE" exec "${@:2}"
	output=${output//$'\r'/}
}

@test "--tty: a terminal of its own, of the caller's size, that it leads" {
	start_container
	on_terminal 33x101 -t "$ID" sh -c 'tty; stty size; stat -c %u $(tty); cut -d" " -f6 /proc/self/stat; echo $$; exit 6' </dev/null
	assert_success
	assert_line /dev/pts/0
	assert_line "33 101"
	assert_line 0
	assert_line "exit 6"
	assert_line "modes same"
	finish_container
}

@test "--tty without a terminal of the caller's: output and exit status all the same" {
	start_container
	exec_in --tty "$ID" sh -c 'test -t 0 && test -t 1 && test -t 2 && echo all three; exit 5'
	assert_status 5
	assert_output $'all three\r'
	finish_container
}

@test "--tty: what is typed arrives, and ^C is a signal" {
	start_container
	on_terminal 24x80 --tty "$ID" sh -c 'trap "echo interrupted; exit 7" INT; echo ready; read line; echo "got $line"; while :; do sleep 0.05; done' <<-'END'
		expect ready
		send hello\r
		expect got hello
		send \x03
	END
	assert_contains interrupted
	assert_line "exit 7"
	finish_container
}

@test "--tty --detach: the terminal goes to the console socket" {
	start_container
	receive "$WORK/console"
	do_tare exec --tty --detach --console-socket "$WORK/console" --pid-file "$WORK/exec" "$ID" \
		sh -c 'test -t 0 && test -t 1 && test -t 2 && echo all three'
	assert_success
	assert_stderr ""
	finish_receive
	assert_matches '^descriptors 1, bytes [1-9]'
	assert_line "all three"
	finish_container
}

@test "--tty --detach without a console socket, and a console socket without --tty" {
	start_container
	refuse_exec "cannot allocate tty if tare will detach without setting console socket" \
		--tty --detach "$ID" true
	refuse_exec "console socket" --detach --console-socket "$WORK/console" "$ID" true
	finish_container
}

# ---- when it cannot be

not_where_it_cannot_be() {
	refuse_exec "container does not exist" never-was true
	start_container
	succeed pause "$ID"
	refuse_exec "cannot exec in a paused container (use --ignore-paused to override)" "$ID" true
	succeed resume "$ID"
	succeed kill "$ID" KILL
	until_true has_status stopped
	refuse_exec "cannot exec in a stopped container" "$ID" true
	succeed delete "$ID"
	refuse_exec "container does not exist" "$ID" true
}

@test "a container that is unknown, paused or stopped" { not_where_it_cannot_be; }
@test "a container that is unknown, paused or stopped (v2)" { on_v2 not_where_it_cannot_be; }

# Its first process is frozen from birth, so tare waits for it.
ignoring_the_pause() {
	start_container
	succeed pause "$ID"
	tare exec --ignore-paused "$ID" sh -c 'echo ran; exit 5' </dev/null >"$WORK/exec.out" 2>&1 3>&- &
	until_true eval '[ "$(tare ps --format json "$ID" </dev/null | jq length)" -eq 2 ]'
	[ ! -s "$WORK/exec.out" ]
	succeed resume "$ID"
	status=0
	wait $! || status=$?
	assert_equal "$status" 5
	assert_equal "$(<"$WORK/exec.out")" ran
	finish_container
}

@test "--ignore-paused: it runs when the container is resumed" { ignoring_the_pause; }
@test "--ignore-paused: it runs when the container is resumed (v2)" { on_v2 ignoring_the_pause; }

@test "in a container that is created and not started" {
	make_bundle
	args sleep 1000
	create_bundle
	exec_in "$ID" sh -c 'hostname; exit 4'
	assert_status 4
	assert_output tare
	assert_container created
	succeed start "$ID"
	finish_container
}

@test "a program that cannot be executed: 255, in the words of engines" {
	start_container sh -c 'echo text >/tmp/text; sleep 1000'
	refuse_exec 'exec: "no-such-program": executable file not found in $PATH' "$ID" no-such-program
	refuse_exec 'exec: "/no/such": stat /no/such: no such file or directory' "$ID" /no/such
	refuse_exec 'exec: "/etc/passwd": permission denied' "$ID" /etc/passwd
	refuse_exec 'exec: "/etc": is a directory' "$ID" /etc
	echo 'just text' >"$ROOTFS/bin/text"
	chmod 755 "$ROOTFS/bin/text"
	refuse_exec "exec format error" "$ID" text
	assert_container running
	finish_container
}

@test "a capability that does not exist is no reason to give more than was asked for" {
	start_container
	exec_in --cap CAP_TO_FLY "$ID" grep CapEff /proc/self/status
	assert_success
	assert_output $'CapEff:\t0000000020000420'
	refute_stderr_contains CAP_TO_FLY # it is the container's own
	exec_in --debug --cap CAP_TO_FLY "$ID" grep CapEff /proc/self/status
	assert_success
	assert_stderr_contains CAP_TO_FLY
	finish_container
}

@test "--cgroup: below the container's own, which it cannot leave" {
	local name path file
	make_bundle
	args sleep 1000
	run_detached
	while IFS=: read -r _ name path; do
		path=$(cgroup_dir "${name:-unified}")$path
		mkdir -p "$path/sub/deep"
		[ "$name" != cpuset ] || for file in cpuset.cpus cpuset.mems; do # a new one of v1 has neither
			cat "$path/$file" >"$path/sub/$file" && cat "$path/$file" >"$path/sub/deep/$file"
		done
	done < <(grep "$ID" "/proc/$PID/cgroup")
	run --separate-stderr tare exec --cgroup sub/deep "$ID" cat /proc/self/cgroup
	assert_success
	[ "$(grep -c 'sub/deep$' <<<"$output")" -gt 0 ] || fail "$output"
	run --separate-stderr tare exec --cgroup none "$ID" true
	assert_status 255
	assert_stderr_contains "cannot use the cgroup none below the container's"
	run --separate-stderr tare exec --cgroup ../.. "$ID" true
	assert_status 255
	run --separate-stderr tare exec --cgroup nosuch:sub "$ID" true
	assert_status 255
	assert_stderr_contains 'no cgroup of the controllers in "nosuch:sub"'
	tare delete --force "$ID"
}

# shares_keyring FILTER
shares_keyring() {
	make_bundle "$1"
	static_program keyring "$ROOTFS/bin/keyring"
	inside 'keyring; sleep 1000'
	run_detached
	until_true test -s "$WORK/container"
	do_tare exec "$ID" keyring
	assert_success && assert_output "$(<"$WORK/container")"
	succeed delete --force "$ID"
}

@test "exec is in the session keyring of the container, also in a user namespace" {
	shares_keyring .
	shares_keyring '.linux.namespaces += [{type: "user"}] | del(.linux.resources) | .process.user = {uid: 7, gid: 7}
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
}
