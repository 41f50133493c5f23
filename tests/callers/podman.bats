# podman with tare as its runtime: conmon creates, podman starts, execs, kills and deletes.
#

load ../lib/common
load engines

setup_file() {
	engine_setup_file podman conmon python3
	export CONTAINERS_CONF=$ENGINE_DIR/containers.conf
	# The limits: where the hard ones cannot be raised, podman's own defaults cannot be set.
	cat >"$CONTAINERS_CONF" <<-'END'
		[containers]
		default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
		log_driver = "k8s-file"
		netns = "none"
	END
	engine_command podman podman --runtime "$TARE" --cgroup-manager=cgroupfs --events-backend=file \
		--storage-driver=vfs --root "$ENGINE_DIR/root" --runroot /run/engine --tmpdir /run/libpod
	do_podman import "$ENGINE_DIR/bb.tar" localhost/bb:latest >/dev/null
	# The first container leaves what podman makes once, so that the tests see only their own.
	podman_run --rm localhost/bb true
}

teardown_file() { engine_teardown_file; }

setup() {
	engine_setup
	NAME=c$BATS_TEST_NUMBER
}

teardown() {
	do_podman pod rm --all --force --time 0 >/dev/null 2>&1 || :
	do_podman rm --all --force --time 0 >/dev/null 2>&1 || :
	common_teardown
}

# conmon outlives the command, so bats' own descriptor must not reach it.
do_podman() { timeout --foreground --kill-after=5 "$TARE_TIMEOUT" "$ENGINE_DIR/podman" "$@" </dev/null 3>&-; }
podman_run() { do_podman run --cgroup-parent "/$ENGINE_GROUP" "$@"; }

# ask WORD...: one podman command; sets status, output and stderr.
ask() { capture do_podman "$@"; }

# run_once [OPTION...] IMAGE PROGRAM...: a container that is removed at its end.
run_once() { capture podman_run --rm "$@"; }

# start_sleeper [OPTION...]: the container $NAME in the background, which only sleeps.
start_sleeper() { podman_run -d --name "$NAME" "$@" localhost/bb sleep 1000 >/dev/null; }

# status_is STATUS: what podman says of $NAME
status_is() { [ "$(do_podman inspect --format '{{.State.Status}}' "$NAME")" = "$1" ]; }

# ---- run

@test "podman run: both streams, and success" {
	run_once localhost/bb sh -c 'echo out; echo err >&2'
	assert_success
	assert_output out
	assert_stderr err
}

@test "podman run: the exit code is the program's" {
	run_once localhost/bb sh -c 'exit 42'
	assert_status 42
}

@test "podman run: 127 for a program that is not there" {
	run_once localhost/bb nosuch
	assert_status 127
}

@test "podman run: 127 for a program without a name" {
	run_once localhost/bb ""
	assert_status 127
	assert_stderr_contains 'exec: "": executable file not found in $PATH'
}

@test "podman run: 126 for a file that is not executable" {
	run_once localhost/bb /etc/passwd
	assert_status 126
}

@test "podman run: 126 for a directory" {
	run_once localhost/bb /etc
	assert_status 126
}

@test "podman run -i: stdin reaches the program" {
	with_stdin hello "$ENGINE_DIR/podman" run --cgroup-parent "/$ENGINE_GROUP" -i --rm localhost/bb cat
	assert_success
	assert_output hello
}

@test "podman run -t: a terminal" {
	run_once -t localhost/bb tty
	assert_success
	assert_output $'/dev/pts/0\r'
}

@test "podman run -it: typed lines, on a terminal of a person" {
	on_terminal "$ENGINE_DIR/podman" run --cgroup-parent "/$ENGINE_GROUP" -it --rm localhost/bb \
		sh -c 'test -t 0 && test -t 1 && echo interactive'
	assert_success
	assert_line 'exit 0'
	assert_line interactive
}

@test "podman run -d and logs" {
	podman_run -d --name "$NAME" localhost/bb sh -c 'echo first; echo second >&2' >/dev/null
	ask wait "$NAME"
	assert_output 0
	ask logs "$NAME"
	assert_output first
	assert_stderr second
}

@test "podman run: --hostname, --workdir, --env" {
	run_once --hostname box --workdir /srv --env WORD=word localhost/bb \
		sh -c 'hostname; pwd; echo $WORD'
	assert_success
	assert_output $'box\n/srv\nword'
}

@test "podman run --user" {
	run_once --user guest localhost/bb id
	assert_success
	assert_output 'uid=1000(guest) gid=1000(guest) groups=1000(guest)'
}

@test "podman run: a new process has a pid namespace of its own" {
	run_once localhost/bb sh -c 'echo $$'
	assert_output 1
}

# effective_caps [OPTION...]
effective_caps() {
	run_once "$@" localhost/bb sed -n 's/^CapEff:\t*//p' /proc/self/status
	assert_success
}

@test "podman run: --cap-add and --cap-drop" {
	effective_caps --cap-drop=all
	assert_output 0000000000000000
	effective_caps --cap-drop=all --cap-add=chown --cap-add=sys_time
	assert_output 0000000002000001
}

@test "podman run --privileged: all of the machine's capabilities" {
	effective_caps --privileged
	assert_output "$(sed -n 's/^CapEff:\t*//p' /proc/self/status)"
}

@test "podman run --sysctl" {
	run_once --sysctl kernel.msgmax=12345 localhost/bb cat /proc/sys/kernel/msgmax
	assert_success
	assert_output 12345
}

@test "podman run --ulimit" {
	run_once --ulimit nofile=100:200 --ulimit nproc=4096:4096 localhost/bb sh -c 'ulimit -Sn; ulimit -Hn'
	assert_success
	assert_output $'100\n200'
}

@test "podman run --memory: in the container's cgroup" {
	start_sleeper --memory 64m
	assert_equal "$(engine_cgroup_value memory "$(memory_limit_file)" "$(do_podman ps -q)")" 67108864
}

@test "podman run --pids-limit: in the container's cgroup" {
	start_sleeper --pids-limit 50
	assert_equal "$(engine_cgroup_value pids pids.max "$(do_podman ps -q)")" 50
}

@test "podman run --volume: shared with the host" {
	mkdir "$WORK/share"
	run_once --volume "$WORK/share:/mnt" localhost/bb sh -c 'echo inside >/mnt/file'
	assert_success
	assert_equal "$(cat "$WORK/share/file")" inside
}

@test "podman run --read-only: only its tmpfs mounts can be written, and have what the image has" {
	run_once --read-only --tmpfs /etc:size=1m localhost/bb sh -c \
		'touch /file 2>/dev/null || echo read-only; touch /tmp/file /run/file /etc/file && head -n 1 /etc/passwd'
	assert_success
	assert_output $'read-only\nroot:x:0:0:root:/root:/bin/sh'
}

@test "podman run --volume with ro: read-only" {
	mkdir "$WORK/share"
	echo outside >"$WORK/share/file"
	run_once --volume "$WORK/share:/mnt:ro" localhost/bb sh -c 'cat /mnt/file; echo x >/mnt/file'
	assert_status 1
	assert_output outside
	assert_stderr_contains "Read-only file system"
	assert_equal "$(cat "$WORK/share/file")" outside
}

@test "podman run --init: a reaper as the first process" {
	command -v catatonit >/dev/null || skip "needs catatonit"
	run_once --init --init-path "$(command -v catatonit)" localhost/bb cat /proc/1/comm
	assert_success
	assert_matches '^(catatonit|podman-init)$'
}

@test "podman run --network host, --pid host, --ipc host: the machine's namespaces" {
	run_once --network host --pid host --ipc host localhost/bb \
		sh -c 'for n in net pid ipc; do readlink /proc/self/ns/$n; done'
	assert_success
	assert_output "$(for n in net pid ipc; do readlink "/proc/self/ns/$n"; done)"
}

@test "podman run --security-opt: no new privileges, no seccomp" {
	run_once --security-opt no-new-privileges --security-opt seccomp=unconfined localhost/bb \
		grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status
	assert_success
	assert_output $'NoNewPrivs:\t1\nSeccomp:\t0'
}

@test "podman run: podman's seccomp profile is on" {
	run_once localhost/bb grep -E '^Seccomp:' /proc/self/status
	assert_success
	assert_output $'Seccomp:\t2'
}

# ---- exec

@test "podman exec: output, both streams, exit code" {
	start_sleeper
	ask exec "$NAME" sh -c 'echo out; echo err >&2; exit 7'
	assert_status 7
	assert_output out
	assert_stderr err
}

@test "podman exec: 127 for a program that is not there" {
	start_sleeper
	ask exec "$NAME" nosuch
	assert_status 127
}

@test "podman exec: 126 for a file that is not executable" {
	start_sleeper
	ask exec "$NAME" /etc/passwd
	assert_status 126
}

@test "podman exec -t: a terminal" {
	start_sleeper
	ask exec -t "$NAME" tty
	assert_success
	assert_output $'/dev/pts/0\r'
}

@test "podman exec -i: stdin" {
	start_sleeper
	with_stdin hello "$ENGINE_DIR/podman" exec -i "$NAME" cat
	assert_success
	assert_output hello
}

@test "podman exec -d: in the background" {
	start_sleeper
	ask exec -d "$NAME" sleep 998
	assert_success
	wait_until in_container sleep 998
}

# in_container WORD...: its process list has this command.
in_container() { do_podman exec "$NAME" ps -o args | grep -qxF "$*"; }

@test "podman exec: --user, --workdir, --env, --privileged" {
	start_sleeper
	ask exec --user guest --workdir /srv --env WORD=word "$NAME" sh -c 'id -un; pwd; echo $WORD'
	assert_success
	assert_output $'guest\n/srv\nword'
	ask exec --privileged "$NAME" sed -n 's/^CapEff:\t*//p' /proc/self/status
	assert_output "$(sed -n 's/^CapEff:\t*//p' /proc/self/status)"
}

@test "podman exec: in the container's namespaces and cgroup" {
	start_sleeper
	ask exec "$NAME" sh -c 'readlink /proc/1/ns/mnt; cat /proc/1/cgroup'
	assert_success
	inside=$output
	ask exec "$NAME" sh -c 'readlink /proc/self/ns/mnt; cat /proc/self/cgroup'
	assert_output "$inside"
}

# ---- the life of a container

@test "podman create, start, start again" {
	do_podman create --cgroup-parent "/$ENGINE_GROUP" --name "$NAME" localhost/bb echo again >/dev/null
	ask start --attach "$NAME"
	assert_success
	assert_output again
	ask start --attach "$NAME"
	assert_success
	assert_output again
}

@test "podman stop: SIGTERM first" {
	podman_run -d --name "$NAME" localhost/bb \
		sh -c 'trap "echo ending; exit 5" TERM; echo ready; while :; do sleep 0.1; done' >/dev/null
	wait_until log_has ready
	ask stop "$NAME"
	assert_success
	ask inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$NAME"
	assert_output 'exited 5'
	log_has ending
}

log_has() { do_podman logs "$NAME" | grep -qxF "$1"; }

@test "podman stop: SIGKILL for who does not listen" {
	start_sleeper
	ask stop --time 1 "$NAME"
	assert_success
	ask inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$NAME"
	assert_output 'exited 137'
}

@test "podman kill --signal" {
	podman_run -d --name "$NAME" localhost/bb \
		sh -c 'trap "exit 6" USR1; echo ready; while :; do sleep 0.1; done' >/dev/null
	wait_until log_has ready
	ask kill --signal USR1 "$NAME"
	assert_success
	ask wait "$NAME"
	assert_output 6
}

@test "podman restart" {
	start_sleeper
	first=$(do_podman inspect --format '{{.State.Pid}}' "$NAME")
	ask restart --time 0 "$NAME"
	assert_success
	status_is running
	[ "$(do_podman inspect --format '{{.State.Pid}}' "$NAME")" != "$first" ]
}

@test "podman pause and unpause" {
	start_sleeper
	ask pause "$NAME"
	assert_success
	status_is paused
	ask exec "$NAME" true
	[ "$status" -ne 0 ]
	ask unpause "$NAME"
	assert_success
	status_is running
	ask exec "$NAME" echo awake
	assert_output awake
}

@test "podman rm: refused while it runs, forced by --force" {
	start_sleeper
	ask rm "$NAME"
	[ "$status" -ne 0 ]
	status_is running
	ask rm --force --time 0 "$NAME"
	assert_success
	ask ps --all --quiet
	assert_output ""
	assert_clean
}

@test "podman top" {
	start_sleeper
	ask top "$NAME" args
	assert_success
	assert_contains 'sleep 1000'
}

@test "podman cp, into and out of a running container" {
	start_sleeper
	echo text >"$WORK/file"
	do_podman cp "$WORK/file" "$NAME:/srv/file"
	ask exec "$NAME" cat /srv/file
	assert_output text
	do_podman cp "$NAME:/srv/file" "$WORK/back"
	assert_equal "$(cat "$WORK/back")" text
}

# ---- pods and images

@test "podman pod: containers share the pod's namespaces" {
	do_podman pod create --name "pod$NAME" --cgroup-parent "/$ENGINE_GROUP" --share net,ipc,uts,pid \
		--hostname podhost --infra-image localhost/bb --infra-command 'sleep 1000' >/dev/null
	do_podman run -d --pod "pod$NAME" --name "$NAME" localhost/bb sleep 999 >/dev/null
	run_in_pod() { do_podman run --rm --pod "pod$NAME" localhost/bb "$@"; }
	script='hostname; for n in net ipc uts pid; do readlink /proc/self/ns/$n; done'
	ask exec "$NAME" sh -c "$script"
	assert_success
	first=$output
	capture run_in_pod sh -c "$script"
	assert_output "$first"
	assert_matches '^podhost'
	capture run_in_pod sh -c 'ps -o args'
	assert_line 'sleep 999'
}

@test "podman build: a RUN line is a container" {
	mkdir "$WORK/context"
	printf '%s\n' 'FROM localhost/bb' 'RUN echo built >/made && id -u >>/made' >"$WORK/context/Containerfile"
	ask build --isolation oci --network none --cgroup-parent "/$ENGINE_GROUP/build" -t localhost/made \
		"$WORK/context"
	assert_success
	run_once localhost/made cat /made
	assert_output $'built\n0'
	do_podman rmi localhost/made >/dev/null
}
