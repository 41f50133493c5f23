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
	refused "cannot mount tmpfs on /hot/last: cannot set the filesystem option (tmpfs: Unknown parameter 'nosuch'): Invalid argument (EINVAL)" add "$ID" "$WORK/bad.json"
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

# as_taretest ARG...: do_tare by an ordinary user
as_taretest() { run --separate-stderr as_user "$TARE" --root "$STATE" "$@"; }
run_rootless() {
	require_test_user
	make_rootless_bundle '.root.readonly = false | .process.args = ["sleep", "1000"]'
	mkdir -p "$STATE" && chown taretest "$STATE" "$BUNDLE" "$WORK"
	as_user "$TARE" --root "$STATE" run --detach --pid-file "$BUNDLE/pid" --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>&1 3>&- || fail "$(<"$WORK/out")"
	PID=$(<"$BUNDLE/pid")
}

@test "rootless: filesystems and binds, whose sources are the caller's; cgroups by nobody" {
	local host from=/tmp/tare-hot-$TARE_TAG
	run_rootless
	mkdir "$from" && echo hers >"$from/file" && chown -R taretest "$from" && mkdir "$from/sub" && echo "roots's" >"$from/sub/secret" && chmod 700 "$from/sub"
	jq --arg from "$from" '.[1:][].source |= sub("^.*/data"; $from)' "$LIST" >"$WORK/hers.json"
	host=$(sort /proc/self/mountinfo)
	as_taretest mounts add "$ID" "$WORK/hers.json"
	assert_success
	assert_equal "$stderr$output" ""
	assert_equal "$(mounted_in | cut -d" " -f1)" $'/hot/dir\n/hot/file\n/hot/fs'
	as_taretest exec "$ID" sh -c 'cat /hot/dir/file /hot/file; touch /hot/dir/x 2>/dev/null || echo read-only; echo more >>/hot/file; cat /hot/dir/sub/secret 2>/dev/null || echo closed'
	assert_output $'hers\nhers\nread-only\nclosed'
	assert_equal "$(<"$from/file")" $'hers\nmore'
	assert_equal "$(sort /proc/self/mountinfo)" "$host"
	as_taretest mounts remove "$ID" "$WORK/hers.json"
	assert_success
	assert_equal "$(mounted_in)" ""

	# what fails takes the others along, and what the caller may not reach stays out of reach
	jq --arg from "$from" '. + [{destination: "/hot/sub", type: "bind", source: "\($from)/sub/secret", options: ["bind"]}]' "$WORK/hers.json" >"$WORK/bad.json"
	as_taretest mounts add "$ID" "$WORK/bad.json"
	assert_status 1
	assert_stderr_contains "cannot bind $from/sub/secret on /hot/sub: the source cannot be opened"
	assert_stderr_contains "see:    tare explain mount-source"
	jq '. + [{destination: "/proc", type: "tmpfs"}]' "$WORK/hers.json" >"$WORK/bad.json"
	as_taretest mounts add "$ID" "$WORK/bad.json"
	assert_status 1
	echo '[{"destination": "/tmp", "type": "cgroup", "source": "cgroup"}]' >"$WORK/bad.json"
	as_taretest mounts add "$ID" "$WORK/bad.json"
	assert_status 1
	assert_stderr_contains "a mount of type cgroup comes with the container, or not at all"
	assert_equal "$(mounted_in)" ""
	rm -r "$from"
	as_taretest delete --force "$ID"
	assert_success
}

@test "rootless, in a container that waits for start" {
	run_rootless
	as_taretest delete --force "$ID"
	as_user "$TARE" --root "$STATE" create --pid-file "$BUNDLE/pid2" --bundle "$BUNDLE" "$ID" </dev/null >"$BUNDLE/out" 2>&1 3>&- || fail "$(<"$BUNDLE/out")"
	PID=$(<"$BUNDLE/pid2")
	echo '[{"destination": "/hot/etc", "type": "bind", "source": "/etc/passwd", "options": ["bind", "ro"]}]' >"$LIST"
	as_taretest mounts add "$ID" "$LIST"
	assert_success
	assert_equal "$(mounted_in | cut -d" " -f1)" /hot/etc
	as_taretest mounts remove "$ID" "$LIST"
	assert_success
	assert_equal "$(mounted_in)" ""
	as_taretest delete --force "$ID"
	assert_success
}

@test "an add that fails removes the mount points that it made, and no others" {
	make_bundle '.root.readonly = false | .process.args = ["sleep", "1000"]'
	mkdir -p "$WORK/volume" "$ROOTFS/there/empty" && touch "$ROOTFS/there/file" && ln -s /there/by/a/link "$ROOTFS/dangling"
	add_mount "{\"destination\": \"/vol\", \"type\": \"bind\", \"source\": \"$WORK/volume\", \"options\": [\"bind\"]}"
	run_detached
	local before
	before=$(find "$ROOTFS" "$WORK/volume" "$WORK/data" -printf '%p %y %i %l\n' | sort)
	jq -n --arg data "$WORK/data" '[
		{destination: "/new/a/b/c", type: "tmpfs", source: "x"},
		{destination: "/new/a/b/c/inside", type: "tmpfs", source: "x"},
		{destination: "/new/file", type: "bind", source: "\($data)/file", options: ["bind"]},
		{destination: "/there/file", type: "bind", source: "\($data)/file", options: ["bind"]},
		{destination: "/there/empty", type: "tmpfs", source: "x"},
		{destination: "/vol/dir/x", type: "bind", source: $data, options: ["bind"]},
		{destination: "/vol/dir/x/in/source", type: "bind", source: $data, options: ["bind", "ro"]},
		{destination: "/dangling", type: "tmpfs", source: "x"},
		{destination: "/new/link", type: "bind", source: "/proc/self", options: ["bind", "copy-symlink"]},
		{destination: "/last/one", type: "tmpfs", source: "x", options: ["nosuch"]}]' >"$WORK/bad.json"
	refused "cannot mount tmpfs on /last/one" add "$ID" "$WORK/bad.json"
	assert_equal "$(find "$ROOTFS" "$WORK/volume" "$WORK/data" -printf '%p %y %i %l\n' | sort)" "$before"
	jq '.[:-1]' "$WORK/bad.json" >"$WORK/good.json"
	succeed mounts add "$ID" "$WORK/good.json" # all of it is fine but for the last
	[ -d "$ROOTFS/new/a/b/c" ] && [ -f "$ROOTFS/new/file" ] && [ -d "$WORK/data/in/source" ] && [ -L "$ROOTFS/new/link" ]
	succeed delete --force "$ID"
}

@test "mounts that lie on one another go in whatever order they are listed" {
	run_detached
	echo '[{"destination": "/hot", "type": "tmpfs"}, {"destination": "/hot/in/a", "type": "tmpfs"}, {"destination": "/hot/in", "type": "tmpfs"}]' >"$LIST"
	local order
	for order in '[.[0], .[2], .[1]]' '[.[1], .[0], .[2]]' '.'; do
		jq '[.[0], .[2], .[1]]' "$LIST" >"$WORK/add.json"
		succeed mounts add "$ID" "$WORK/add.json"
		assert_equal "$(mounted_in | cut -d" " -f1)" $'/hot\n/hot/in\n/hot/in/a'
		jq "$order" "$LIST" >"$WORK/remove.json"
		succeed mounts remove "$ID" "$WORK/remove.json"
		assert_equal "$(mounted_in)" ""
	done
	succeed mounts add "$ID" "$WORK/add.json"
	jq '. + [.[0] | .destination = "/hot/."]' "$LIST" >"$WORK/bad.json"
	refused "cannot remove the mount on /hot: it is listed twice" remove "$ID" "$WORK/bad.json"
	succeed delete --force "$ID"
}

@test "one that is locked to what it lies on is refused before any goes" {
	local from=/tmp/tare-hot-$TARE_TAG
	run_rootless
	mkdir -p "$from/sub" && mount -t tmpfs sub "$from/sub"
	jq -n --arg from "$from" '[{destination: "/hot/fs", type: "tmpfs"}, {destination: "/hot/dir", type: "bind", source: $from, options: ["rbind"]}]' >"$LIST"
	as_taretest mounts add "$ID" "$LIST"
	assert_success
	jq '. + [{destination: "/hot/dir/sub"}]' "$LIST" >"$WORK/bad.json"
	as_taretest mounts remove "$ID" "$WORK/bad.json"
	assert_status 1
	assert_stderr_contains "cannot remove the mount on /hot/dir/sub"
	assert_stderr_contains "hint:   the kernel holds it where it is: it came with the mount that it lies in, from outside of the container's user namespace; remove that one"
	assert_equal "$(mounted_in | cut -d" " -f1)" $'/hot/dir\n/hot/dir/sub\n/hot/fs'
	as_taretest mounts remove "$ID" "$LIST"
	assert_success
	assert_equal "$(mounted_in)" ""
	umount "$from/sub" && rm -r "$from"
	as_taretest delete --force "$ID"
	assert_success
}

# protected ADD-OR-REMOVE DESTINATION SAYS
protected() {
	jq -n --arg to "$2" '[{destination: $to, type: "tmpfs", source: "x"}]' >"$WORK/one.json"
	refused "cannot $1 the mount on $2: $3" "$1" "$ID" "$WORK/one.json" || return 1
	[[ $stderr == *"see:    tare explain mount-protected"* ]] || fail "$(seen)"
	names_pointer /mounts/0/destination
}

@test "what the config hides or makes read-only stays so" {
	mkdir -p "$ROOTFS/data/secret" "$ROOTFS/data/fixed/sub" "$ROOTFS/data/other" && echo secret >"$ROOTFS/data/file" && touch "$ROOTFS/data/fixed-file" && ln -s data "$ROOTFS/link"
	inside 'while ! [ -e /moved ]; do sleep 0.05; done; mv /data /elsewhere; sleep 1000'
	edit_config '.linux.maskedPaths += ["/data/secret", "/data/file", "/link/other"] | .linux.readonlyPaths += ["/data/fixed", "/data/fixed-file"]'
	run_detached
	protected add /data/secret "the config hides /data/secret"
	protected add /data "the config hides /data/secret"
	protected add /sys "the config hides /sys/firmware"
	protected add /data/fixed "the config makes read-only /data/fixed"
	protected add /data/fixed/sub "the config makes read-only /data/fixed"
	protected remove /data/secret "the config hides /data/secret"
	protected remove /data/file "the config hides /data/file"
	protected remove /data/fixed "the config makes read-only /data/fixed"
	protected remove /sys "the config hides /sys/firmware"
	protected remove /sys/firmware "the config hides /sys/firmware"
	# by a name that the config does not have: the image's link, and what the container made of it
	protected remove /data/other "cannot uncover what it hides"
	touch "/proc/$PID/root/moved"
	until_true test -e "/proc/$PID/root/elsewhere"
	protected remove /elsewhere/secret "cannot uncover what it hides"
	protected remove /elsewhere/file "cannot uncover what it hides"
	assert_stderr_contains "hint:   this mount hides a path of the container: was a directory of that name moved here?"
	protected remove /elsewhere/fixed "cannot take away what makes it read-only"
	assert_stderr_contains "hint:   this mount makes a path of the container read-only: was a directory of that name moved here?"
	protected remove /elsewhere/fixed-file "cannot take away what makes it read-only"
	echo '[{"destination": "/database", "type": "tmpfs"}]' >"$WORK/one.json" # only its name begins like one
	succeed mounts add "$ID" "$WORK/one.json"
	succeed mounts remove "$ID" "$WORK/one.json"
	echo '[{"destination": "/hot/null", "type": "bind", "source": "/dev/null", "options": ["bind"]}]' >"$WORK/one.json"
	succeed mounts add "$ID" "$WORK/one.json" # not one of tare's masks: it goes as it came
	succeed mounts remove "$ID" "$WORK/one.json"
	succeed delete --force "$ID"
}

@test "an option for mount(2): nothing is mounted over the container's root meanwhile" {
	require_command strace
	edit_config '.linux.rootfsPropagation = "shared"'
	mount --bind "$ROOTFS" "$ROOTFS" && mount --make-shared "$ROOTFS"
	run_detached
	local host
	host=$(sort /proc/self/mountinfo)
	echo '[{"destination": "/hot/old", "type": "tmpfs", "source": "x", "options": ["iversion", "size=1m", "ro"]}]' >"$LIST"
	status=0
	traced -o "$WORK/trace" -e trace=unshare,setns,mount,move_mount,umount2 "$TARE" --root "$STATE" mounts add "$ID" "$LIST" </dev/null >"$WORK/out" 2>"$WORK/err" 3>&- || status=$?
	output=$(<"$WORK/out") stderr=$(<"$WORK/err")
	assert_success
	# into the container, into a copy of its mounts, the scratch place there, back, and the mount itself
	assert_equal "$(sed -nE 's/^[0-9]+ +(unshare|setns|mount|move_mount|umount2)\(.*/\1/p' "$WORK/trace" | tr '\n' ' ')" "setns unshare move_mount mount umount2 setns move_mount "
	assert_equal "$(mounted_in)" "/hot/old ro tmpfs"
	grep -q ' /hot/old .* rw,.*size=1024k' "/proc/$PID/mountinfo" || grep ' /hot/old ' "/proc/$PID/mountinfo" >&2
	succeed mounts remove "$ID" "$LIST"
	assert_equal "$(mounted_in)" ""
	jq '.[0].options += ["nosuch"]' "$LIST" >"$WORK/bad.json"
	refused "cannot mount tmpfs on /hot/old: cannot create the filesystem" add "$ID" "$WORK/bad.json"
	assert_equal "$(sort /proc/self/mountinfo)" "$host"
	succeed delete --force "$ID"
	umount "$ROOTFS"
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
	assert_stderr_contains "see:    tare explain mounts-file"
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
