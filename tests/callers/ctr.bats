# containerd with tare in the place of its runtime, driven by ctr: the shim and go-runc call it, with
# a root filesystem of a directory and with an image.

load ../lib/common
load engines

setup_file() {
	engine_setup_file ctr containerd containerd-shim-runc-v2 python3
	export CONTAINERD_ADDRESS=$ENGINE_DIR/sock CONTAINERD_SNAPSHOTTER=native
	cat >"$ENGINE_DIR/config.toml" <<-END
		version = 2
		root = "$ENGINE_DIR/root"
		state = "/run/engine"
		disabled_plugins = ["io.containerd.grpc.v1.cri"]
		[grpc]
		address = "$CONTAINERD_ADDRESS"
	END
	containerd -c "$ENGINE_DIR/config.toml" >"$ENGINE_DIR/log" 2>&1 </dev/null 3>&- &
	echo $! >/run/engine.pid
	if ! wait_until ctr version; then
		tail -n 30 "$ENGINE_DIR/log" >&2
		return 1
	fi
	# What a program writes just before its end is lost when the shim ends before it has copied that.
	printf '#!/bin/sh\n"$@"\nstatus=$?\nsleep 0.5\nexit $status\n' >"$ENGINE_DIR/rootfs/bin/late"
	chmod 755 "$ENGINE_DIR/rootfs/bin/late"
	engine_archive
	ctr image import --snapshotter native "$ENGINE_DIR/image.tar" >/dev/null
}

teardown_file() {
	local pid
	if pid=$(cat /run/engine.pid 2>/dev/null); then
		kill "$pid"
		wait_gone kill -0 "$pid"
	fi
	engine_teardown_file
}

# engine_archive: the root filesystem as an image in the format of `docker save`.
engine_archive() {
	local dir=$ENGINE_DIR/image
	mkdir "$dir"
	cp "$ENGINE_DIR/bb.tar" "$dir/layer.tar"
	jq -n --arg layer "sha256:$(sha256sum <"$dir/layer.tar" | cut -d' ' -f1)" '{
		architecture: "amd64", os: "linux", config: {Cmd: ["/bin/sh"], Env: ["PATH=/bin"]},
		rootfs: {type: "layers", diff_ids: [$layer]}}' >"$dir/config.json"
	jq -n '[{Config: "config.json", RepoTags: ["localhost/bb:latest"], Layers: ["layer.tar"]}]' \
		>"$dir/manifest.json"
	tar -C "$dir" -cf "$ENGINE_DIR/image.tar" manifest.json config.json layer.tar
}

setup() {
	engine_setup
	STATE=/run/tare/default # containerd's namespace is a directory in the root that --runc-root names
	new_id
	OPTIONS=(--runc-binary "$TARE" --runc-root /run/tare --cgroup "/$ENGINE_GROUP/$ID")
}

teardown() {
	local id
	for id in $(do_ctr container ls --quiet); do
		do_ctr task rm --force "$id" || : # there may be none any more
		do_ctr container rm "$id"
	done >/dev/null 2>&1
	common_teardown
}

do_ctr() { timeout --foreground --kill-after=5 "$TARE_TIMEOUT" ctr "$@" </dev/null 3>&-; }

# ask WORD...: one ctr command; sets status, output and stderr.
ask() { capture do_ctr "$@"; }

# ask_logged WORD...: the same, with what the program writes (on both streams) in output. The shim
# itself writes it to a file: ctr, which reads pipes, can lose what comes just before the end.
ask_logged() {
	rm -f "$WORK/log"
	ask "$@"
	output=$(cat "$WORK/log" 2>/dev/null)
}

# assert_logged TEXT: the program wrote it. The shim may copy it when ctr is gone already.
assert_logged() { wait_until grep -qF -- "$1" "$WORK/log"; }

# run_once PROGRAM...: a container of the directory, removed at its end; its output as above, if the
# program does not end at once: begin it with `late`.
run_once() {
	ask_logged run --rm --log-uri "file://$WORK/log" "${OPTIONS[@]}" --rootfs "$ENGINE_DIR/rootfs" \
		"$ID" "$@"
}

# start_task PROGRAM...: one that stays, as $ID.
start_task() { do_ctr run --detach --null-io "${OPTIONS[@]}" --rootfs "$ENGINE_DIR/rootfs" "$ID" "$@"; }
start_sleeper() { start_task /bin/sleep 1000; }

# task_is ID STATUS, as `ctr task ls` has it
task_is() { do_ctr task ls | grep -qE "^$1 .* $2\$"; }

task_pid() { do_ctr task ls | awk -v id="$1" '$1 == id { print $2 }'; }

# ---- run

@test "ctr run --rootfs: output" {
	run_once /bin/late sh -c 'echo out; echo err >&2'
	assert_success
	assert_logged out
	assert_logged err
}

@test "ctr run: the exit code is the program's" {
	run_once /bin/sh -c 'exit 42'
	assert_status 42
}

@test "ctr run: a program that is not there" {
	run_once /bin/nosuch
	assert_status 1
	assert_stderr_contains 'exec: "/bin/nosuch"'
	assert_stderr_contains 'no such file or directory'
}

@test "ctr run: a file that is not executable" {
	run_once /etc/passwd
	assert_status 1
	assert_stderr_contains 'permission denied'
}

@test "ctr run of an imported image" {
	ask_logged run --rm --log-uri "file://$WORK/log" "${OPTIONS[@]}" localhost/bb:latest "$ID" \
		sh -c 'echo ok; sleep 0.5'
	assert_success
	assert_output ok
}

@test "ctr run --tty" {
	on_terminal ctr run --rm --tty "${OPTIONS[@]}" --rootfs "$ENGINE_DIR/rootfs" "$ID" late tty
	assert_success
	assert_line 'exit 0'
	assert_contains /dev/pts/0
}

@test "ctr run: --cwd, --env, --mount" {
	mkdir "$WORK/share"
	echo outside >"$WORK/share/file"
	OPTIONS+=(--cwd /srv --env WORD=word
		--mount "type=bind,src=$WORK/share,dst=/tmp,options=rbind:ro")
	# the shim may drop what it has not copied yet when the container ends and is removed at once
	run_once /bin/late sh -c 'pwd; echo $WORD; cat /tmp/file; echo x >/tmp/file'
	assert_status 1
	assert_logged /srv
	assert_logged word
	assert_logged outside
	assert_logged 'Read-only file system'
}

@test "ctr run --read-only" {
	OPTIONS+=(--read-only)
	run_once /bin/late touch /file
	assert_status 1
	assert_logged 'Read-only file system'
}

@test "ctr run --memory-limit: in the container's cgroup" {
	OPTIONS+=(--memory-limit 67108864)
	start_sleeper
	assert_equal "$(engine_cgroup_value memory "$(memory_limit_file)" "$ID")" 67108864
}

@test "ctr run --seccomp: containerd's profile, and no new privileges" {
	OPTIONS+=(--seccomp)
	run_once /bin/late grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status
	assert_success
	assert_output $'NoNewPrivs:\t1\nSeccomp:\t2'
}

@test "ctr run --with-ns: a namespace that is there" {
	start_sleeper
	pid=$(task_pid "$ID")
	first=$(readlink "/proc/$pid/ns/uts")
	new_id
	OPTIONS=(--runc-binary "$TARE" --runc-root /run/tare --cgroup "/$ENGINE_GROUP/$ID"
		--with-ns "uts:/proc/$pid/ns/uts")
	run_once /bin/late readlink /proc/self/ns/uts
	assert_success
	assert_output "$first"
}

# ---- tasks

@test "ctr task exec: output and exit code" {
	start_sleeper
	ask_logged task exec --log-uri "file://$WORK/log" --exec-id one "$ID" \
		/bin/late sh -c 'echo out; exit 7'
	assert_status 7
	assert_logged out
}

@test "ctr task exec: a program that is not there, and the task goes on" {
	start_sleeper
	ask task exec --exec-id one "$ID" /bin/nosuch
	assert_status 1
	assert_stderr_contains 'no such file or directory'
	task_is "$ID" RUNNING
}

@test "ctr task exec --tty" {
	start_sleeper
	on_terminal ctr task exec --exec-id one --tty "$ID" late tty
	assert_success
	assert_line 'exit 0'
	assert_contains /dev/pts/0
}

@test "ctr task ps" {
	start_sleeper
	pid=$(task_pid "$ID")
	ask task ps "$ID"
	assert_success
	assert_equal "$(awk 'NR > 1 { print $1 }' <<<"$output")" "$pid"
}

@test "ctr task pause and resume" {
	start_sleeper
	ask task pause "$ID"
	assert_success
	task_is "$ID" PAUSED
	ask task resume "$ID"
	assert_success
	task_is "$ID" RUNNING
	ask task exec --exec-id one "$ID" /bin/sh -c 'exit 9'
	assert_status 9
}

@test "ctr task kill: the signal that was asked for" {
	start_task /bin/sh -c 'trap "exit 6" USR1; : >/tmp/ready; while :; do sleep 0.1; done'
	wait_until test -e "$ENGINE_DIR/rootfs/tmp/ready"
	ask task kill --signal USR1 "$ID"
	assert_success
	wait_until task_is "$ID" STOPPED
	ask task rm "$ID"
	assert_stderr_contains 'exit code 6'
}

@test "ctr task kill --all: every process of the container" {
	start_sleeper
	ask task exec --detach --exec-id one "$ID" /bin/sleep 998
	assert_success
	ask task kill --all --signal KILL "$ID"
	assert_success
	wait_until task_is "$ID" STOPPED
	assert_equal "$(engine_cgroup_value pids cgroup.procs "$ID")" ""
}

@test "ctr task rm --force: nothing is left" {
	start_sleeper
	ask task rm --force "$ID"
	ask container rm "$ID"
	assert_success
	ask task ls --quiet
	assert_output ""
	assert_clean
}

@test "ctr task metrics" {
	start_sleeper
	ask task metrics "$ID"
	assert_success
	assert_matches 'pids.current +1'
	assert_matches 'memory.usage(_in_bytes)? +[1-9]'
}
