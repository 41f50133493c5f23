# docker with tare as its default runtime: dockerd, its own containerd and the shim, the client.

load ../lib/common
load engines

setup_file() {
	engine_setup_file docker dockerd containerd python3
	export DOCKER_HOST=unix://$ENGINE_DIR/sock DOCKER_CONFIG=$ENGINE_DIR/client DOCKER_BUILDKIT=0
	jq -n --arg tare "$TARE" --arg dir "$ENGINE_DIR" --arg group "/$ENGINE_GROUP" '{
		runtimes: {tare: {path: $tare}}, "default-runtime": "tare",
		hosts: ["unix://\($dir)/sock"], "data-root": "\($dir)/data", "exec-root": "/run/docker-exec",
		pidfile: "/run/dockerd.pid", "storage-driver": "vfs", "cgroup-parent": $group,
		"exec-opts": ["native.cgroupdriver=cgroupfs"],
		bridge: "none", iptables: false, ip6tables: false, "ip-forward": false
	}' >"$ENGINE_DIR/daemon.json"
	dockerd --config-file "$ENGINE_DIR/daemon.json" >"$ENGINE_DIR/dockerd.log" 2>&1 </dev/null 3>&- &
	if ! wait_until docker info; then
		tail -n 30 "$ENGINE_DIR/dockerd.log" >&2
		return 1
	fi
	docker import "$ENGINE_DIR/bb.tar" bb >/dev/null
	docker_run --rm bb true
}

teardown_file() {
	local pid
	if pid=$(cat /run/dockerd.pid 2>/dev/null); then
		kill "$pid"
		wait_gone kill -0 "$pid"
	fi
	engine_teardown_file
}

setup() {
	engine_setup
	NAME=c$BATS_TEST_NUMBER
}

teardown() {
	do_docker ps --all --quiet | xargs -r timeout 30 docker rm --force >/dev/null 2>&1
	common_teardown
}

do_docker() { timeout --foreground --kill-after=5 "$TARE_TIMEOUT" docker "$@" </dev/null 3>&-; }
docker_run() { do_docker run --network none "$@"; }

# ask WORD...: one docker command; sets status, output and stderr.
ask() { capture do_docker "$@"; }

# run_once [OPTION...] IMAGE PROGRAM...: a container that is removed at its end.
run_once() { capture docker_run --rm "$@"; }

# start_sleeper [OPTION...]: the container $NAME in the background, which only sleeps.
start_sleeper() { docker_run -d --name "$NAME" "$@" bb sleep 1000 >/dev/null; }

status_is() { [ "$(do_docker inspect --format '{{.State.Status}}' "$NAME")" = "$1" ]; }
log_has() { do_docker logs "$NAME" | grep -qxF "$1"; }

@test "docker info: tare is the default runtime" {
	ask info --format '{{.DefaultRuntime}}'
	assert_output tare
}

# ---- run

@test "docker run: both streams, and success" {
	run_once bb sh -c 'echo out; echo err >&2'
	assert_success
	assert_output out
	assert_stderr err
}

@test "docker run: the exit code is the program's" {
	run_once bb sh -c 'exit 42'
	assert_status 42
}

@test "docker run: 127 for a program that is not there" {
	run_once bb nosuch
	assert_status 127
}

@test "docker run: 126 for a file that is not executable" {
	run_once bb /etc/passwd
	assert_status 126
}

@test "docker run -i: stdin reaches the program" {
	with_stdin hello docker run --network none -i --rm bb cat
	assert_success
	assert_output hello
}

@test "docker run -it: on a terminal of a person" {
	on_terminal docker run --network none -it --rm bb \
		sh -c 'tty; test -t 0 && test -t 1 && echo interactive'
	assert_success
	assert_line 'exit 0'
	assert_contains /dev/pts/0
	assert_line interactive
}

@test "docker run -d, wait and logs" {
	docker_run -d --name "$NAME" bb sh -c 'echo first; echo second >&2; exit 3' >/dev/null
	ask wait "$NAME"
	assert_output 3
	ask logs "$NAME"
	assert_output first
	assert_stderr second
}

@test "docker run: --hostname, --workdir, --env" {
	run_once --hostname box --workdir /srv --env WORD=word bb sh -c 'hostname; pwd; echo $WORD'
	assert_success
	assert_output $'box\n/srv\nword'
}

@test "docker run --user" {
	run_once --user guest bb id
	assert_success
	assert_output 'uid=1000(guest) gid=1000(guest) groups=1000(guest)'
}

# machine_caps: ours, those that docker knows (this version: up to CAP_AUDIT_READ).
machine_caps() {
	printf '%016x\n' $((0x$(sed -n 's/^CapEff:\t*//p' /proc/self/status) & 0x3fffffffff))
}

# effective_caps [OPTION...]
effective_caps() {
	run_once "$@" bb sed -n 's/^CapEff:\t*//p' /proc/self/status
	assert_success
}

@test "docker run: --cap-add and --cap-drop" {
	effective_caps --cap-drop=ALL
	assert_output 0000000000000000
	effective_caps --cap-drop=ALL --cap-add=CHOWN --cap-add=SYS_TIME
	assert_output 0000000002000001
}

@test "docker run --privileged: all of the machine's capabilities" {
	effective_caps --privileged
	assert_output "$(machine_caps)"
}

@test "docker run --read-only and --tmpfs" {
	run_once --read-only --tmpfs /srv bb sh -c 'echo x >/srv/file && cat /srv/file; echo y >/etc/file'
	assert_status 1
	assert_output x
	assert_stderr_contains 'Read-only file system'
}

@test "docker run --sysctl" {
	run_once --sysctl kernel.msgmax=12345 bb cat /proc/sys/kernel/msgmax
	assert_success
	assert_output 12345
}

@test "docker run --ulimit" {
	run_once --ulimit nofile=100:200 bb sh -c 'ulimit -Sn; ulimit -Hn'
	assert_success
	assert_output $'100\n200'
}

@test "docker run: --memory and --pids-limit, in the container's cgroup" {
	start_sleeper --memory 64m --pids-limit 50
	id=$(do_docker ps --quiet)
	assert_equal "$(engine_cgroup_value memory "$(memory_limit_file)" "$id")" 67108864
	assert_equal "$(engine_cgroup_value pids pids.max "$id")" 50
}

@test "docker run: --volume, writable and read-only" {
	mkdir "$WORK/share"
	run_once --volume "$WORK/share:/mnt" bb sh -c 'echo inside >/mnt/file'
	assert_success
	assert_equal "$(cat "$WORK/share/file")" inside
	run_once --volume "$WORK/share:/mnt:ro" bb sh -c 'cat /mnt/file; echo x >/mnt/file'
	assert_status 1
	assert_output inside
	assert_stderr_contains 'Read-only file system'
}

@test "docker run --security-opt: no new privileges, no seccomp; the profile otherwise" {
	script='^(NoNewPrivs|Seccomp):'
	run_once --security-opt no-new-privileges --security-opt seccomp=unconfined bb \
		grep -E "$script" /proc/self/status
	assert_output $'NoNewPrivs:\t1\nSeccomp:\t0'
	run_once bb grep -E "$script" /proc/self/status
	assert_output $'NoNewPrivs:\t0\nSeccomp:\t2'
}

@test "docker run --network container: another one's network namespace" {
	start_sleeper
	ask exec "$NAME" readlink /proc/self/ns/net
	first=$output
	capture do_docker run --rm --network "container:$NAME" bb readlink /proc/self/ns/net
	assert_success
	assert_output "$first"
}

# ---- exec

@test "docker exec: output, both streams, exit code" {
	start_sleeper
	ask exec "$NAME" sh -c 'echo out; echo err >&2; exit 7'
	assert_status 7
	assert_output out
	assert_stderr err
}

# docker 20.10 ends with 126 for both, whatever the runtime; the words are tare's.
@test "docker exec: a program that is not there, and one that cannot be run" {
	start_sleeper
	ask exec "$NAME" nosuch
	assert_status 126
	assert_contains 'exec: "nosuch": executable file not found in $PATH'
	ask exec "$NAME" /etc/passwd
	assert_status 126
	assert_contains 'exec: "/etc/passwd": permission denied'
}

@test "docker exec -i: stdin" {
	start_sleeper
	with_stdin hello docker exec -i "$NAME" cat
	assert_success
	assert_output hello
}

@test "docker exec -it: a terminal" {
	start_sleeper
	on_terminal docker exec -it "$NAME" tty
	assert_success
	assert_line 'exit 0'
	assert_contains /dev/pts/0
}

@test "docker exec: --user, --workdir, --env, --privileged" {
	start_sleeper
	ask exec --user guest --workdir /srv --env WORD=word "$NAME" sh -c 'id -un; pwd; echo $WORD'
	assert_success
	assert_output $'guest\n/srv\nword'
	ask exec --privileged "$NAME" sed -n 's/^CapEff:\t*//p' /proc/self/status
	assert_output "$(machine_caps)"
}

# ---- the life of a container

@test "docker top" {
	start_sleeper
	ask top "$NAME"
	assert_success
	assert_contains 'sleep 1000'
}

@test "docker stats: what the container uses" {
	start_sleeper
	ask stats --no-stream --format '{{.PIDs}}' "$NAME"
	assert_success
	assert_output 1
}

@test "docker stop: SIGTERM first" {
	docker_run -d --name "$NAME" bb \
		sh -c 'trap "echo ending; exit 5" TERM; echo ready; while :; do sleep 0.1; done' >/dev/null
	wait_until log_has ready
	ask stop "$NAME"
	assert_success
	ask inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$NAME"
	assert_output 'exited 5'
	log_has ending
}

@test "docker stop: SIGKILL for who does not listen" {
	start_sleeper
	ask stop --time 1 "$NAME"
	assert_success
	ask inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$NAME"
	assert_output 'exited 137'
}

@test "docker kill --signal" {
	docker_run -d --name "$NAME" bb \
		sh -c 'trap "exit 6" USR1; echo ready; while :; do sleep 0.1; done' >/dev/null
	wait_until log_has ready
	ask kill --signal USR1 "$NAME"
	assert_success
	ask wait "$NAME"
	assert_output 6
}

@test "docker pause and unpause" {
	start_sleeper
	ask pause "$NAME"
	assert_success
	status_is paused
	ask exec "$NAME" true
	assert_status 1
	assert_stderr_contains 'is paused'
	ask unpause "$NAME"
	assert_success
	status_is running
	ask exec "$NAME" echo awake
	assert_output awake
}

@test "docker restart" {
	start_sleeper
	first=$(do_docker inspect --format '{{.State.Pid}}' "$NAME")
	ask restart --time 0 "$NAME"
	assert_success
	status_is running
	[ "$(do_docker inspect --format '{{.State.Pid}}' "$NAME")" != "$first" ]
}

@test "docker run with the OOM killer: the container says so" {
	docker_run --name "$NAME" --memory 16m --memory-swap 16m bb \
		sh -c 'dd if=/dev/zero of=/dev/null bs=200M count=1' >/dev/null 2>&1 || :
	ask inspect --format '{{.State.ExitCode}} {{.State.OOMKilled}}' "$NAME"
	assert_output '137 true'
}

@test "docker rm --force: nothing is left" {
	start_sleeper
	ask rm --force "$NAME"
	assert_success
	ask ps --all --quiet
	assert_output ""
	assert_clean
}

@test "docker build, the classic builder: a RUN line is a container" {
	mkdir "$WORK/context"
	printf '%s\n' 'FROM bb' 'RUN echo built >/made && id -u >>/made' >"$WORK/context/Dockerfile"
	ask build --network none --tag made "$WORK/context"
	assert_success
	run_once made cat /made
	assert_output $'built\n0'
}
