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
	jobs -p | xargs -r kill 2>/dev/null || : # of a test that failed: bats would wait for them
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
status_of() { tare state "$ID" | said_of status; }
pid_of() { tare state "$ID" | said_of pid; }

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

# ---- what CRIU saves only if it is asked to

# patiently COMMAND...: Python, CRIU and a terminal take their time where the processor is emulated
patiently() { until_true "$@" 2>/dev/null || until_true "$@" 2>/dev/null || until_true "$@"; }

# runs_python SCRIPT: it calls told(NUMBER) as it goes; the volume is there, and Python.
runs_python() {
	mkdir -p "$WORK/volume" "$ROOTFS/usr"
	rmdir "$ROOTFS/lib"
	ln -s usr/lib usr/lib64 "$ROOTFS"
	{
		echo 'import fcntl, socket, time'
		echo 'def told(i): open("/volume/count", "w").write(str(i)); time.sleep(0.2)'
		cat
	} >"$WORK/volume/run.py"
	edit_config --arg source "$WORK/volume" '.mounts += [{destination: "/usr", type: "bind", source: "/usr", options: ["rbind", "ro"]},
		{destination: "/volume", type: "bind", source: $source, options: ["bind"]}]'
	args /usr/bin/python3 /volume/run.py
	tare --log "$WORK/log" run --detach --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 || fail "$(<"$WORK/log")"
	patiently counted 3
}

# needs_option OPTION TEXT: without it checkpoint says TEXT and the container runs on; with it all goes well.
needs_option() {
	local before
	run -1 --separate-stderr tare checkpoint --image-path "$WORK/refused" "$ID"
	assert_stderr_contains "criu failed: it could not save the processes"
	assert_stderr_contains "$2"
	assert_equal "$(status_of)" running
	before=$(count)
	patiently counted $((before + 2))
	checkpoint "$1"
	before=$(count)
	restore "$1"
	patiently counted $((before + 2))
}

@test "an established connection: with --tcp-established alone" {
	runs_python <<-'END'
		listener = socket.create_server(("127.0.0.1", 7000))
		client = socket.create_connection(("127.0.0.1", 7000))
		server, _ = listener.accept()
		i = 0
		while True:
		    i += 1
		    client.sendall(b"%d" % i)
		    told(int(server.recv(64)))
	END
	needs_option --tcp-established "Connected TCP socket, consider using --tcp-established option"
	tare exec "$ID" cat /proc/net/tcp | grep -q ' 0100007F:1B58 [0-9A-F:]* 01 '
	checkpoint --tcp-established
	run -1 --separate-stderr tare restore --detach --image-path "$IMAGES" --bundle "$BUNDLE" "$ID"
	assert_stderr_contains "Connected TCP socket in image"
	run -1 --separate-stderr tare state "$ID"
	assert_stderr_contains "container does not exist"
}

@test "a file lock: with --file-locks alone, and it is held again" {
	runs_python <<-'END'
		lock = open("/volume/lock", "w")
		fcntl.flock(lock, fcntl.LOCK_EX)
		i = 0
		while True:
		    i += 1
		    told(i)
	END
	run -1 flock --nonblock "$WORK/volume/lock" true
	needs_option --file-locks "--file-locks"
	run -1 flock --nonblock "$WORK/volume/lock" true
	tare delete --force "$ID"
	flock --nonblock "$WORK/volume/lock" true
}

@test "a unix socket to the host: with --ext-unix-sk alone" {
	local listener
	# CRIU looks for the other end in the container's network namespace, and by the name that it was bound to
	edit_config --arg volume "$WORK/volume" '.linux.namespaces |= map(select(.type != "network"))
		| .mounts += [{destination: $volume, type: "bind", source: $volume, options: ["bind"]}]'
	mkdir -p "$WORK/volume"
	socat -u UNIX-RECV:"$WORK/volume/log" CREATE:"$WORK/received" 3>&- &
	listener=$!
	patiently test -S "$WORK/volume/log"
	runs_python <<-END
		log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		log.connect("$WORK/volume/log")
		i = 0
		while True:
		    i += 1
		    log.send(b"line %d\\n" % i)
		    told(i)
	END
	needs_option --ext-unix-sk "--ext-unix-sk"
	tare kill "$ID" KILL
	kill "$listener" && wait "$listener" || :
	grep -qx "line $(count)" "$WORK/received"
	tare delete --force "$ID"
}

# ---- terminals

on_console() { # NAME: somebody behind the console socket $WORK/NAME
	mkfifo "$WORK/$1.keys"
	python3 tests/vm/console.py "$WORK/$1" "$WORK/$1.keys" "$WORK/$1.screen" 3>&- &
	patiently test -S "$WORK/$1"
}
screen_has() { tr -d '\r' <"$WORK/$1.screen" | grep -qx "$2"; }
echoing='echo ready; while read -r line; do echo "got $line"; done'

@test "a terminal: it is handed over anew, and typed on" {
	edit_config '.process.terminal = true'
	inside "$echoing"
	on_console first
	tare run --detach --console-socket "$WORK/first" --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>&1 || fail "$(<"$WORK/out")"
	patiently screen_has first ready
	echo one >"$WORK/first.keys"
	patiently screen_has first "got one"
	checkpoint
	run -1 --separate-stderr tare restore --detach --image-path "$IMAGES" --bundle "$BUNDLE" "$ID"
	assert_stderr_contains "console socket"
	on_console second
	restore --console-socket "$WORK/second"
	echo two >"$WORK/second.keys"
	patiently screen_has second "got two"
	tare exec "$ID" sh -c 'readlink /proc/1/fd/0' | grep -qx /dev/pts/0
	tare delete --force "$ID"
	wait # both of them: no terminal is left open
}

@test "a terminal in the foreground, with --shell-job as for runc" {
	mkdir "$WORK/volume"
	edit_config --arg source "$WORK/volume" '.process.terminal = true | .mounts += [{destination: "/volume", type: "bind", source: $source, options: ["bind"]}]'
	inside 'echo ready; while read -r line; do echo "got $line"; echo "$line" >/volume/line; done'
	python3 tests/lib/pty.py 24x80 "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" >"$WORK/before" 2>&1 3>&- <<-'END' &
		expect ready
		send one\r
		expect got one
	END
	patiently test -s "$WORK/volume/line"
	checkpoint --shell-job
	wait
	grep -q 'exit 137' "$WORK/before" || fail "$(<"$WORK/before")"
	run python3 tests/lib/pty.py 24x80 "$TARE" --root "$STATE" restore --shell-job --image-path "$IMAGES" --bundle "$BUNDLE" "$ID" <<-'END'
		send two\r
		expect got two
		send \x04
	END
	assert_line "exit 0"
	assert_line "modes same"
}

# ---- memory that goes another way

@test "--page-server: the memory goes to another process" {
	local server before
	counting
	mkdir "$WORK/pages"
	criu page-server --images-dir "$WORK/pages" --address 127.0.0.1 --port 7777 3>&- &
	server=$!
	patiently listens 7777
	checkpoint --page-server 127.0.0.1:7777
	before=$(count)
	wait "$server"
	[ -z "$(find "$IMAGES" -name 'pages-*.img')" ] || fail "the memory is here: $(ls "$IMAGES")"
	cp "$WORK"/pages/*.img "$IMAGES"
	restore
	patiently counted $((before + 3))
	tare delete --force "$ID"
	counting_stays
}
listens() { grep -q " 0100007F:$(printf '%04X' "$1") 00000000:0000 0A " /proc/net/tcp; }
counting_stays() { # nobody counts any more
	local now
	now=$(count)
	sleep 1
	assert_equal "$(count)" "$now"
}

@test "--page-server: nobody is there" {
	counting
	run -1 --separate-stderr tare checkpoint --image-path "$IMAGES" --page-server 127.0.0.1:7778 "$ID"
	assert_stderr_contains "criu failed: it could not save the processes"
	assert_stderr_contains "Can't connect to server 127.0.0.1:7778"
	assert_equal "$(status_of)" running
	tare delete --force "$ID"
}

@test "--lazy-pages: the container is restored elsewhere, and its memory follows" {
	local saving lazy before
	counting
	mkdir "$WORK/elsewhere"
	mkfifo "$WORK/ready"
	exec 7<>"$WORK/ready"
	tare checkpoint --lazy-pages --page-server 127.0.0.1:7779 --status-fd 7 --image-path "$IMAGES" "$ID" >"$WORK/out" 2>&1 3>&- &
	saving=$!
	read -r -d '' -t 60 -u 7 || fail "the dump never was ready" "$(<"$WORK/out")" "$(tail "$IMAGES/dump.log")"
	before=$(count)
	criu lazy-pages --page-server --address 127.0.0.1 --port 7779 --images-dir "$IMAGES" --work-dir "$WORK/elsewhere" \
		--log-file lazy.log 3>&- 7>&- &
	lazy=$!
	patiently test -S "$WORK/elsewhere/lazy-pages.socket"
	timeout --foreground 60 "$TARE" --root "$WORK/elsewhere/state" restore --detach --lazy-pages --image-path "$IMAGES" \
		--work-path "$WORK/elsewhere" --bundle "$BUNDLE" "$ID-2" >"$WORK/out2" 2>&1 7>&- </dev/null ||
		fail "$(<"$WORK/out2")" "$(grep Error "$WORK/elsewhere/restore.log")"
	wait "$lazy" || fail "$(tail "$WORK/elsewhere/lazy.log")"
	wait "$saving" || fail "$(<"$WORK/out")"
	exec 7>&-
	patiently counted $((before + 3))
	run -1 --separate-stderr tare state "$ID" # it has gone from here
	timeout 20 "$TARE" --root "$WORK/elsewhere/state" delete --force "$ID-2"
	counting_stays
}

@test "under podman: checkpoint, restore, and export to another container" {
	logged() { # NAME NUMBER: it has counted on, beyond that
		local last
		last=$($podman logs "$1" | tail -n 1)
		[ "${last:-0}" -gt "$2" ]
	}
	local podman="podman --runtime $TARE --storage-driver vfs --root $WORK/storage --runroot $WORK/run --cgroup-manager cgroupfs"
	tar -C "$TARE_ROOTFS" -c . | $podman import - localhost/box >/dev/null
	$podman run --detach --network none --name one localhost/box sh -c 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.2; done'
	until_true logged one 0
	$podman container checkpoint one
	assert_equal "$($podman inspect --format '{{.State.Status}}' one)" exited
	before=$($podman logs one | tail -n 1)
	$podman container restore one
	until_true logged one "$before"
	after=$($podman logs one | tail -n 1)
	$podman container checkpoint --export "$WORK/archive.tar.gz" one
	$podman rm one
	$podman container restore --import "$WORK/archive.tar.gz" --name two
	until_true logged two "$after"
	$podman rm --force --time 0 two
	umount -l "$WORK"/storage/* 2>/dev/null || :
}
