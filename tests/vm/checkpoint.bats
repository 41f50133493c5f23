# tare checkpoint and restore, by CRIU: by hand and under podman. In the guest of run.sh, as CRIU does not
# work on every kernel.

load ../lib/common
load ../integration/container

setup() {
	common_setup
	command -v criu >/dev/null || skip "needs criu: run by tests/vm/run.sh"
	criu check >/dev/null 2>&1 || skip "criu does not work on this kernel: $(criu check 2>&1 | grep -m 1 Error)"
	IMAGES=$WORK/images
	make_bundle
}

teardown() {
	timeout 20 "$TARE" --root "$STATE" delete --force "$ID" >/dev/null 2>&1 || :
	common_teardown
}

# In this machine's own slices other units come and go: what is ours must not stay.
assert_clean() {
	local left
	left=$(find /sys/fs/cgroup -name "*$TARE_TAG*")
	[ -z "$left" ] || fail "left behind:" "$left"
	left=$(find "$STATE" -mindepth 1 ! -path "$STATE/.seccomp*" 2>/dev/null || :)
	[ -z "$left" ] || fail "left in the state root:" "$left"
}

tare() { timeout --foreground 60 "$TARE" --root "$STATE" "$@" </dev/null; }

# counting [FILTER]: a container that counts in a file of a volume, five times a second.
counting() {
	mkdir -p "$WORK/volume"
	edit_config --arg source "$WORK/volume" \
		'.mounts += [{destination: "/volume", type: "bind", source: $source, options: ["bind"]}] | '"${1:-.}"
	inside 'i=0; while :; do i=$((i + 1)); echo $i >/volume/count; sleep 0.2; done'
	tare --log "$WORK/log" run --detach --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 || fail "$(<"$WORK/log")"
	until_true counted 3
}

count() { # it may be read in the moment of writing
	local text=
	for _ in {1..50}; do
		text=$(cat "$WORK/volume/count" 2>/dev/null || :)
		[ -z "$text" ] || break
		sleep 0.02
	done
	echo "${text:-0}"
}
counted() { [ "$(count)" -ge "$1" ]; }
status_of() { tare state "$ID" | jq -r .status; }
pid_of() { tare state "$ID" | jq -r .pid; }

checkpoint() { tare checkpoint --image-path "$IMAGES" "$@" "$ID" >"$WORK/out" 2>&1 || fail "$(<"$WORK/out")" "$(grep Error "$IMAGES/dump.log")"; }
restore() {
	tare restore --detach --image-path "$IMAGES" --bundle "$BUNDLE" "$@" "$ID" >"$WORK/out" 2>&1 ||
		fail "$(<"$WORK/out")" "$(grep Error "$IMAGES/restore.log")"
}

@test "a counter goes on counting" {
	local before
	counting
	checkpoint
	before=$(count)
	[ "$before" -ge 3 ]
	run -1 --separate-stderr tare state "$ID"
	assert_stderr_contains "container does not exist"
	[ -z "$(find /sys/fs/cgroup -name "*$ID*")" ]
	restore --pid-file "$WORK/pid"
	assert_equal "$(status_of)" running
	assert_equal "$(pid_of)" "$(<"$WORK/pid")"
	until_true counted $((before + 3))
	[ "$(count)" -lt 1000 ]
	# it is in its cgroup, and every verb works on it
	grep -q "$ID" "/proc/$(pid_of)/cgroup"
	tare exec "$ID" sh -c 'cat /volume/count' | grep -qE '^[0-9]+$'
	tare pause "$ID"
	assert_equal "$(status_of)" paused
	tare resume "$ID"
	tare delete --force "$ID"
}

@test "--leave-running, and the images of then" {
	local noted
	counting
	checkpoint --leave-running
	assert_equal "$(status_of)" running
	noted=$(count)
	until_true counted $((noted + 20))
	tare delete --force "$ID"
	restore
	sleep 0.5
	[ "$(count)" -lt $((noted + 20)) ]
	tare delete --force "$ID"
}

@test "limits are there again, and a paused container can be saved" {
	counting '.linux.resources += {pids: {limit: 40}, memory: {limit: 67108864}}'
	tare pause "$ID"
	checkpoint
	restore
	assert_equal "$(cat /sys/fs/cgroup/tare-"$ID"/pids.max)" 40
	assert_equal "$(cat /sys/fs/cgroup/tare-"$ID"/memory.max)" 67108864
	tare delete --force "$ID"
}

@test "a pre-dump, and a dump on top of it" {
	counting
	tare checkpoint --pre-dump --image-path "$WORK/parent" "$ID" || fail "$(grep Error "$WORK/parent/dump.log")"
	assert_equal "$(status_of)" running
	checkpoint --parent-path ../parent
	restore
	assert_equal "$(status_of)" running
	tare delete --force "$ID"
}

@test "masked and read-only paths, and a read-only volume, are so again" {
	mkdir "$WORK/ro" && echo content >"$WORK/ro/file"
	counting ".mounts += [{destination: \"/ro\", type: \"bind\", source: \"$WORK/ro\", options: [\"bind\", \"ro\"]}]"
	checkpoint
	restore
	run -0 --separate-stderr tare exec "$ID" sh -c 'cat /ro/file; echo x >/ro/file || echo refused; wc -c </proc/keys; echo x >/proc/sys/kernel/shmmni || echo closed'
	assert_equal "$output" $'content\nrefused\n0\nclosed'
	tare delete --force "$ID"
}

@test "in the foreground the exit status is that of the program" {
	inside 'trap "exit 7" TERM; while :; do sleep 0.1; done'
	tare run --detach --bundle "$BUNDLE" "$ID" >/dev/null 2>&1
	sleep 1
	checkpoint
	(until [ "$(status_of 2>/dev/null)" = running ]; do sleep 0.1; done; tare kill "$ID" TERM) &
	run tare restore --image-path "$IMAGES" --bundle "$BUNDLE" "$ID"
	assert_status 7
	wait
}

@test "a mount point that CRIU could misread is refused, and the container runs on (CVE-2026-119101)" {
	mkdir -p "$WORK/volume" "$ROOTFS/a]:b"
	edit_config --arg source "$WORK/volume" \
		'.mounts += [{destination: "/link", type: "bind", source: $source, options: ["bind"]}]'
	ln -s 'a]:b' "$ROOTFS/link"
	args sleep 1000
	tare run --detach --bundle "$BUNDLE" "$ID" >/dev/null 2>&1
	run -1 --separate-stderr tare checkpoint --image-path "$IMAGES" "$ID"
	assert_stderr_contains "CRIU could take a part of its name for something else"
	assert_equal "$(status_of)" running
	tare delete --force "$ID"
}

@test "what CRIU cannot do is told with its own words, and leaves nothing" {
	counting
	checkpoint
	: >"$IMAGES/inventory.img"
	run -1 --separate-stderr tare restore --detach --image-path "$IMAGES" --bundle "$BUNDLE" "$ID"
	assert_stderr_contains "restore failed: criu failed: it could not restore the processes"
	assert_stderr_contains "criu said:"
	assert_stderr_contains "restore.log"
	run -1 --separate-stderr tare state "$ID"
	assert_stderr_contains "container does not exist"
}

@test "under podman: checkpoint, restore, and export to another container" {
	local podman="podman --runtime $TARE --storage-driver vfs --root $WORK/storage --runroot $WORK/run --cgroup-manager cgroupfs"
	tar -C "$TARE_ROOTFS" -c . | $podman import - localhost/box >/dev/null
	$podman run --detach --network none --name one localhost/box sh -c 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.2; done'
	sleep 2
	$podman container checkpoint one
	assert_equal "$($podman inspect --format '{{.State.Status}}' one)" exited
	before=$($podman logs one | tail -n 1)
	$podman container restore one
	sleep 2
	after=$($podman logs one | tail -n 1)
	[ "$after" -gt "$before" ] || fail "$before $after"
	$podman container checkpoint --export "$WORK/archive.tar.gz" one
	$podman rm one
	$podman container restore --import "$WORK/archive.tar.gz" --name two
	sleep 1
	[ "$($podman logs two | tail -n 1)" -gt "$after" ]
	$podman rm --force --time 0 two
	umount -l "$WORK"/storage/* 2>/dev/null || :
}
