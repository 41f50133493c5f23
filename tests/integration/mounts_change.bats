# tare mounts: mounts of a container that has not ended come and go, all of them or none.

load ../lib/common
load container
load lifecycle

setup() {
	common_setup
	require_root
	make_bundle '.root.readonly = false | .process.args = ["sleep", "1000"]'
	mkdir "$WORK/data" && echo content >"$WORK/data/file"
	LIST=$WORK/mounts.json
	jq -n --arg data "$WORK/data" '[{destination: "/hot/fs", type: "tmpfs", source: "x", options: ["size=1m", "ro", "nosuid"]},
		{destination: "/hot/dir", type: "bind", source: $data, options: ["bind", "ro"]},
		{destination: "/hot/file", type: "bind", source: "\($data)/file", options: ["bind"]}]' >"$LIST"
}

# mounted_in: what the container has below /hot, as "DESTINATION FLAGS TYPE"
mounted_in() { sed -nE 's/^([^ ]+ ){4}(\/hot[^ ]*) ([^ ]*)( .*)? - ([a-z0-9]+) .*/\2 \3 \5/p' "/proc/$PID/mountinfo" | sed -E 's/,(relatime|noatime)//' | sort; }
all() { printf '%s\n' "/hot/dir ro $1" "/hot/file rw $1" "/hot/fs ro,nosuid tmpfs"; }

# refused STATUS-MESSAGE COMMAND...: nothing is mounted by it, and nothing is gone
refused() {
	local before message=$1
	before=$(mounted_in)
	shift
	do_tare mounts "$@"
	assert_status 1
	assert_output ""
	assert_stderr_contains "$message"
	assert_no_engine_phrase
	assert_equal "$(mounted_in)" "$before"
	! pgrep -x tare-init >/dev/null || [ "$(pgrep -x tare-init)" = "$PID" ] || fail "a helper is left: $(pgrep -lx tare-init)"
}

@test "a running container gets mounts and loses them" {
	run_detached
	do_tare mounts add "$ID" "$LIST"
	assert_success
	assert_output ""
	assert_equal "$(mounted_in)" "$(all "$(findmnt -no FSTYPE -T "$WORK/data")")"
	do_tare exec "$ID" sh -c 'cat /hot/dir/file /hot/file; touch /hot/fs/x 2>/dev/null || echo read-only'
	assert_output $'content\ncontent\nread-only'
	run --separate-stderr "$TARE" --root "$STATE" mounts remove "$ID" - <"$LIST"
	assert_success
	assert_equal "$(mounted_in)" ""
	succeed delete --force "$ID"
}

@test "one that is created, and one that is paused" {
	create_bundle
	PID=$(tare state "$ID" | jq .pid)
	do_tare mounts add "$ID" "$LIST"
	assert_success
	assert_equal "$(mounted_in | wc -l)" 3
	succeed start "$ID"
	succeed pause "$ID"
	do_tare mounts remove "$ID" "$LIST"
	assert_success
	assert_equal "$(mounted_in)" ""
	succeed resume "$ID"
	succeed delete --force "$ID"
}

@test "in a user namespace, with ids mapped" {
	require_command findmnt
	edit_config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}]
		| .linux.gidMappings = .linux.uidMappings'
	chown -R 100000:100000 "$ROOTFS"
	run_detached
	do_tare mounts add "$ID" "$LIST"
	assert_success
	do_tare exec "$ID" sh -c 'cat /hot/file; stat -c %u /hot/fs'
	assert_output $'content\n0'
	do_tare mounts remove "$ID" "$LIST"
	assert_success
	assert_equal "$(mounted_in)" ""
	succeed delete --force "$ID"
}

@test "all or none: what fails is named, what was made before it is gone again" {
	run_detached
	jq '. + [{destination: "/hot/last", type: "tmpfs", source: "x", options: ["nosuch"]}]' "$LIST" >"$WORK/bad.json"
	refused "cannot mount tmpfs on /hot/last: cannot set the filesystem option" add "$ID" "$WORK/bad.json"
	assert_stderr_contains "config: /mounts/3 ($WORK/bad.json:$(grep -n '/hot/last' "$WORK/bad.json" | cut -d: -f1 | awk '{ print $1 - 1 }'):"
	succeed mounts add "$ID" "$LIST"
	refused "cannot remove the mount on /hot/last: cannot resolve the path" remove "$ID" "$WORK/bad.json"
	jq '[.[0], {destination: "/bin"}]' "$LIST" >"$WORK/bad.json"
	refused "cannot remove the mount on /bin: cannot find a mount there" remove "$ID" "$WORK/bad.json"
	assert_stderr_contains "hint:   tare exec ID cat /proc/self/mountinfo lists what is mounted in the container"
	succeed mounts remove "$ID" "$LIST"
	succeed delete --force "$ID"
}

@test "a procfs shows the processes of the container, wherever it is" {
	edit_config '.process.args = ["sleep", "4711"]'
	run_detached
	echo '[{"destination": "/hot/proc", "type": "proc", "source": "proc"}]' >"$LIST"
	do_tare mounts add "$ID" "$LIST"
	assert_success
	do_tare exec "$ID" sh -c 'tr "\0" " " </hot/proc/1/cmdline; ls -d /hot/proc/[0-9]* | wc -l; ls -d /proc/[0-9]* | wc -l'
	assert_success
	[[ $output =~ ^sleep\ 4711\ ([0-9]+)$'\n'([0-9]+)$ ]] || fail "$output"
	[ "${BASH_REMATCH[1]}" -le 5 ] && [ "${BASH_REMATCH[2]}" -le 5 ] || fail "$output"
	do_tare mounts remove "$ID" "$LIST"
	assert_success
	succeed delete --force "$ID"
}

@test "without a mount namespace of its own, its mounts are the host's: refused" {
	edit_config '.linux.namespaces |= map(select(.type != "mount")) | .mounts = []
		| del(.linux.maskedPaths, .linux.readonlyPaths)'
	run_detached
	local host
	host=$(sort /proc/self/mountinfo)
	echo '[{"destination": "/mnt", "type": "tmpfs"}]' >"$LIST"
	do_tare mounts add "$ID" "$LIST"
	assert_status 1
	assert_stderr_contains "the container has no mount namespace of its own"
	do_tare mounts remove "$ID" "$LIST"
	assert_status 1
	assert_stderr_contains "the container has no mount namespace of its own"
	assert_equal "$(sort /proc/self/mountinfo)" "$host"
	succeed delete --force "$ID"
}

@test "rootless: filesystems can be added, binds are refused; cgroups by nobody" {
	require_test_user
	make_rootless_bundle
	edit_config '.root.readonly = false | .process.args = ["sleep", "1000"]'
	mkdir -p "$STATE" && chown taretest "$STATE" "$BUNDLE" "$WORK"
	as_user "$TARE" --root "$STATE" run --detach --pid-file "$BUNDLE/pid" --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>&1 3>&- || fail "$(<"$WORK/out")"
	PID=$(<"$BUNDLE/pid")
	echo '[{"destination": "/tmp", "type": "tmpfs", "source": "x", "options": ["size=1m"]}]' >"$LIST"
	run --separate-stderr as_user "$TARE" --root "$STATE" mounts add "$ID" "$LIST"
	assert_success
	grep -q ' /tmp .* - tmpfs' "/proc/$PID/mountinfo"
	run --separate-stderr as_user "$TARE" --root "$STATE" mounts remove "$ID" "$LIST"
	assert_success
	echo '[{"destination": "/tmp", "type": "bind", "source": "/etc", "options": ["bind"]}]' >"$LIST"
	run --separate-stderr as_user "$TARE" --root "$STATE" mounts add "$ID" "$LIST"
	assert_status 1
	assert_stderr_contains "without privileges no bind mount can be added"
	echo '[{"destination": "/tmp", "type": "cgroup", "source": "cgroup"}]' >"$LIST"
	run --separate-stderr as_user "$TARE" --root "$STATE" mounts add "$ID" "$LIST"
	assert_status 1
	assert_stderr_contains "a mount of type cgroup comes with the container, or not at all"
	assert_equal "$(grep -c ' /tmp ' "/proc/$PID/mountinfo")" 0
	run --separate-stderr as_user "$TARE" --root "$STATE" delete --force "$ID"
	assert_success
}

@test "what is not a list of mounts, or not for this container" {
	run_detached
	echo '[{"destination": 7}]' >"$WORK/bad.json"
	refused "must be a string, not 7" add "$ID" "$WORK/bad.json"
	assert_stderr_contains "$WORK/bad.json:1:18"
	echo '{"destination": "/x"}' >"$WORK/bad.json"
	refused "must be a list, not an object" add "$ID" "$WORK/bad.json"
	echo '[' >"$WORK/bad.json"
	refused "is not JSON" add "$ID" "$WORK/bad.json"
	refused "cannot read the mounts from $WORK/none: it does not exist" add "$ID" "$WORK/none"
	echo '[{"destination": "/hot/x", "type": "bind", "source": "/does/not/exist", "options": ["bind"]}]' >"$WORK/bad.json"
	refused "/does/not/exist" add "$ID" "$WORK/bad.json"
	refused 'mounts are added or removed, not "change"' change "$ID" "$LIST"
	refused "container does not exist" add no-such-container "$LIST"
	succeed kill "$ID" KILL
	until_true has_status stopped
	do_tare mounts add "$ID" "$LIST"
	assert_status 1
	assert_stderr_contains "cannot change the mounts of a stopped container"
	succeed delete "$ID"
}
has_status() { [ "$(tare state "$ID" | jq -r .status)" = "$1" ]; }

@test "links of the container lead nowhere else: into /proc, to its root, to what protects it" {
	inside 'mkdir /hot; ln -s /proc /hot/dir; ln -s / /hot/root; ln -s /proc/keys /hot/keys; ln -s ../../../../../.. /hot/up; sleep 1000'
	edit_config '.linux.maskedPaths = ["/proc/keys"]'
	run_detached
	until_true test -e "/proc/$PID/root/hot/up"
	local host before
	before=$(wc -l <"/proc/$PID/mountinfo")
	host=$(sort /proc/self/mountinfo)
	jq '[.[1]]' "$LIST" >"$WORK/one.json"
	refused "cannot use a link that leads into /proc" add "$ID" "$WORK/one.json"
	jq '[.[1] | .destination = "/hot/root"]' "$LIST" >"$WORK/one.json"
	refused "cannot use a path that leads to the root itself" add "$ID" "$WORK/one.json"
	jq '[.[1] | .destination = "/hot/up/home"]' "$LIST" >"$WORK/one.json"
	do_tare mounts add "$ID" "$WORK/one.json"
	assert_success # within its root, whatever the link says
	[ -e "/proc/$PID/root/home/file" ] || fail "not at /home"
	echo '[{"destination": "/home"}]' >"$WORK/one.json"
	succeed mounts remove "$ID" "$WORK/one.json"
	echo '[{"destination": "/hot/keys"}]' >"$WORK/one.json"
	refused "cannot remove the mount on /hot/keys: cannot find a mount there" remove "$ID" "$WORK/one.json"
	echo '[{"destination": "/hot/dir/keys"}]' >"$WORK/one.json"
	refused "cannot remove the mount on /hot/dir/keys: cannot resolve the path" remove "$ID" "$WORK/one.json"
	assert_stderr_contains "hint:   name the place itself: no link is followed to a mount that is to be removed"
	echo '[{"destination": "/"}]' >"$WORK/one.json"
	refused "cannot remove the mount on /" remove "$ID" "$WORK/one.json"
	assert_equal "$(wc -l <"/proc/$PID/mountinfo")" "$before"
	assert_equal "$(sort /proc/self/mountinfo)" "$host"
	succeed delete --force "$ID"
}
