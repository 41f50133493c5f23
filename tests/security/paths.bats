#!/usr/bin/env bats
# Images that want mounts, devices and directories to come out somewhere else on the host, or over
# something else in the container (SECURITY.md: class R1, and R3 where a write would go astray).
load hostile

bind() { # DESTINATION [OPTION]: $WORK/source is bound there
	add_mount "$(jq -n --arg to "$1" --arg from "$WORK/source" --arg option "${2:-rw}" \
		'{destination: $to, type: "bind", source: $from, options: ["bind", $option]}')"
}

make_source() {
	mkdir -p "$WORK/source"
	echo "from the source" >"$WORK/source/marker"
}

# ---- /proc and /sys (CVE-2019-19921, CVE-2023-27561, CVE-2023-28642, CVE-2025-54867)

@test "/proc and /sys must be directories, not links or files" {
	local name
	for name in proc sys; do
		make_bundle
		with_probe
		args /probe read "/$name/."
		image d "$name" # the image is fine but for what comes now
		run_bundle
		assert_success
		assert_output "/$name/. ok"

		image l "$name" /scratch && image d scratch
		refused_run "" "must be a directory, not a symlink"
		image l "$name" "$HOST/dir"
		refused_run "" "must be a directory, not a symlink"
		image l "$name" "../../../../../../..$HOST/dir"
		refused_run "" "must be a directory, not a symlink"
		image l "$name" self && image l self "$name"
		refused_run "" "must be a directory, not a symlink"
		image l "$name" .
		refused_run "" "must be a directory, not a symlink"
		image f "$name"
		refused_run "" "must be a directory, not a symlink"
		image p "$name"
		refused_run "" "must be a directory, not a symlink"
	done
}

@test "nothing but proc is mounted on /proc, and nothing inside it" {
	local to
	make_source
	make_bundle
	keep_config
	for to in /proc /proc/ /proc/. //proc /dev/../proc /proc/self/attr /proc/sys /proc/sys/kernel; do
		restore_config
		bind "$to"
		refused_run /mounts/7/destination "/proc"
	done
	make_bundle 'del(.mounts[0])'
	add_mount '{"destination": "/proc", "type": "tmpfs", "source": "tmpfs"}'
	refused_run /mounts/6/destination "/proc"
}

@test "a link of the image does not lead a mount to /proc either" {
	local link
	make_source
	make_bundle
	keep_config
	for link in "/data /proc /data" "/data /proc /data/sys" "/data /proc/self /data/attr" \
		"/data ../proc/sys /data/kernel" "/etc/x /proc/thread-self /etc/x/attr"; do
		# shellcheck disable=SC2086 # three words
		set -- $link
		restore_config
		image l "$1" "$2"
		bind "$3"
		refused_run "" "/mounts/7" || fail "by the link $1 -> $2, mounted on $3"
	done
}

@test "an image's own /proc is not written to, nor believed (CVE-2019-16884, CVE-2026-115521)" {
	local fd
	make_bundle 'del(.mounts[] | select(.destination | startswith("/proc", "/sys")))
		| .linux.sysctl = {"net.ipv4.ip_forward": "1"} | .process.oomScoreAdj = 500'
	with_probe
	image f proc/sys/net/ipv4/ip_forward fake
	image f proc/self/oom_score_adj fake
	image f proc/self/attr/exec fake
	image l proc/thread-self self
	for fd in {0..64}; do image l "proc/self/fd/$fd" "$HOST"; done
	args /probe write /proc/sys/net/ipv4/ip_forward /etc/passwd / /new
	run_bundle
	assert_success
	assert_line "/proc/sys/net/ipv4/ip_forward EROFS" # the root is read-only though /proc lies
	assert_line "/etc/passwd EROFS"
	[ "$(cat "$ROOTFS"/proc/sys/net/ipv4/ip_forward "$ROOTFS"/proc/self/{oom_score_adj,attr/exec})" = fakefakefake ]

	# The values went where they belong: the kernel's own /proc shows them.
	edit_config '.mounts += [{destination: "/real", type: "proc", source: "proc"}] | .root.readonly = false'
	inside 'cat /real/sys/net/ipv4/ip_forward /real/self/oom_score_adj'
	run_bundle
	assert_success
	assert_output $'1\n500'
}

# ---- destinations (CVE-2015-3629, CVE-2019-18837, CVE-2024-45310)

# How a link looks from inside is how it is meant: from the root of the container.
lands() { # DESTINATION WHERE: a bind on it is seen at WHERE in the container
	bind "$1"
	wanted+=("$2/marker")
}

@test "destinations through links stay inside the root, wherever the links point" {
	local wanted=() i
	make_source
	make_bundle '.root.readonly = false'
	with_probe
	image l a1 "$HOST/dir" && lands /a1 "$HOST/dir"
	image l a2 "$HOST/dir2/" && lands /a2/ "$HOST/dir2"
	image l a3 "../../../../../../../..$HOST/dir3" && lands /a3/. "$HOST/dir3"
	image l a4 "$HOST" && lands /a4/sub "$HOST/sub"
	image l a5 a6 && image l a6 "//tmp/.././$WORK/a5" && lands //a5 "$WORK/a5"
	image l a7 . && lands "/a7/a7/a7$HOST/dir7" "$HOST/dir7"
	image l deep/er/a8 ../../../.. && lands "/deep/er/a8$HOST/dir8" "$HOST/dir8"
	lands "/a9/../../../..$HOST/dir9" "$HOST/dir9"
	lands "relative/a10" /relative/a10
	image d chain && ln -s "$HOST/chain" "$ROOTFS/chain/0"
	for i in {1..38}; do ln -s "$((i - 1))" "$ROOTFS/chain/$i"; done
	lands /chain/38 "$HOST/chain"
	args /probe read "${wanted[@]}"
	run_bundle
	assert_success
	for i in "${wanted[@]}"; do assert_line "$i ok"; done
	[ "${#wanted[@]}" -ge 10 ]
}

@test "destinations that lead nowhere are refused" {
	local to i
	make_source
	make_bundle '.root.readonly = false'
	keep_config
	image l loop loop2 && image l loop2 loop
	image f file text
	image d chain && ln -s "$HOST/dir" "$ROOTFS/chain/0"
	for i in {1..41}; do ln -s "$((i - 1))" "$ROOTFS/chain/$i"; done
	for to in /loop /loop/sub /chain/41 /file/sub; do
		restore_config
		bind "$to"
		refused_run "" "/mounts/7"
	done
}

@test "a destination that is the root itself is refused" {
	local to
	make_source
	make_bundle
	keep_config
	for to in / // /. /.. /tmp/.. ""; do
		restore_config
		bind "$to"
		refused_run /mounts/7/destination destination
	done
	restore_config
	image l here .
	bind /here
	refused_run "" "/mounts/7"
}

@test "a mount point is not made on what is mounted read-only" {
	make_source
	make_bundle '.root.readonly = false'
	bind /volume ro
	bind /volume/a/b
	refused_run "" "/mounts/8"
	assert_stderr_contains EROFS
	[ "$(ls "$WORK/source")" = marker ]
	make_bundle '.root.readonly = false'
	bind /volume ro
	add_mount '{"destination": "/volume/new", "type": "bind", "source": "/etc/passwd", "options": ["bind"]}'
	refused_run "" "/mounts/8"
	[ "$(ls "$WORK/source")" = marker ]
}

@test "on a volume, mount points are made in the volume, and links of it stay in the container" {
	make_source
	ln -s "$HOST" "$WORK/source/out"
	ln -s "$HOST/new" "$WORK/source/dangling"
	make_bundle '.root.readonly = false'
	bind /volume
	add_mount '{"destination": "/volume/out/made", "type": "tmpfs", "source": "tmpfs"}'
	add_mount '{"destination": "/volume/dangling", "type": "tmpfs", "source": "tmpfs"}'
	inside "mount | grep -c ' on $HOST/'"
	run_bundle
	assert_success
	assert_output 2
}

@test "a read-only bind is read-only" {
	make_source
	make_bundle
	with_probe
	bind /volume ro
	args /probe write /volume/marker
	run_bundle
	assert_output "/volume/marker EROFS"
	edit_config '.mounts[7].options[1] = "rw"'
	run_bundle
	assert_output "/volume/marker ok"
}

# ---- /dev (CVE-2026-41579, CVE-2026-47766)

@test "a /dev that is a link keeps devices and links inside the root" {
	local target
	for target in "$HOST/dir" "../../../../../..$HOST/dir" "./lib/../..$HOST/dir"; do
		make_bundle '.root.readonly = false'
		without_mount /dev /dev/pts /dev/shm /dev/mqueue
		image l dev "$target"
		inside '[ -c /dev/null ] && [ -L /dev/ptmx ] && [ -L /dev/stdin ] && echo complete'
		run_bundle
		assert_success
		assert_output complete
		[ -c "$ROOTFS$HOST/dir/null" ]
	done
}

@test "links below /dev, with and without a mount on /dev" {
	make_bundle '.root.readonly = false'
	image l dev "$HOST/dir"
	inside '[ -c /dev/null ] && ls -A "$1"'
	edit_config --arg dir "$HOST/dir" '.process.args += ["sh", $dir]'
	run_bundle
	assert_success
	assert_contains ptmx # the tmpfs lies over the link's target in the container
	make_bundle '.root.readonly = false'
	without_mount /dev
	for name in shm pts mqueue; do image l "dev/$name" "$HOST/empty"; done
	run_bundle
	assert_success
}

# ---- what tare makes by itself

@test "a missing working directory is made inside, through links as well" {
	make_bundle '.root.readonly = false'
	with_probe
	image l w "$HOST"
	edit_config '.process.cwd = "/w/new/dir"'
	args /probe cwd
	run_bundle
	assert_success
	assert_output inside
	[ -d "$ROOTFS$HOST/new/dir" ]
}

@test "an image of nothing but links" {
	local name
	make_bundle '.root.readonly = false'
	for name in etc dev run var mnt home root usr lib lesson .krun_config.json .dockerenv; do
		image l "$name" "$HOST/dir"
	done
	for name in console fd shm passwd hostname group; do # what /dev and /etc both lead to
		image l "$HOST/dir/$name" "$HOST/target"
	done
	args echo up
	run_bundle
	assert_success
	assert_output up
}

@test "the rootfs may not be a link, and links on the way to it are the owner's business" {
	make_bundle
	mv "$ROOTFS" "$BUNDLE/real"
	ln -s real "$ROOTFS"
	refused_run /root/path "symlink"
	ln -sfn "$HOST" "$ROOTFS"
	refused_run /root/path "symlink"
	rm "$ROOTFS"
	mkdir "$BUNDLE/real/inner" "$BUNDLE/far" && ln -s ../real "$BUNDLE/far/link"
	mv "$BUNDLE/real" "$BUNDLE/far/real" && ln -sfn real "$BUNDLE/far/link"
	edit_config '.root.path = "far/link/../real"'
	inside 'echo up'
	run_bundle
	assert_success
	assert_output up
}

@test "masked and read-only paths of the image's making do not reach the host" {
	make_bundle '.root.readonly = false | .linux.maskedPaths += ["/mask", "/maskdir"] | .linux.readonlyPaths += ["/ro"]'
	with_probe
	image l mask "$HOST/secret" && image l maskdir "$HOST/dir" && image l ro "$HOST/empty"
	image f "$HOST/secret" inner && image d "$HOST/dir" && image d "$HOST/empty"
	inside "stat -c '%F %t:%T' $HOST/secret; ls $HOST/dir
		for d in dir empty; do echo x >$HOST/\$d/new || echo \$d is read-only; done"
	run_bundle
	assert_success
	assert_output $'character special file 1:3\ndir is read-only\nempty is read-only'
	[ "$(cat "$ROOTFS$HOST/secret")" = inner ]
}

@test "without a mount namespace the host's mounts and their propagation stay as they are (runc 1.5.3)" {
	local before
	make_bundle 'del(.linux.rootfsPropagation) | .linux.namespaces |= map(select(.type != "mount"))'
	before=$(cut -d' ' -f4- /proc/self/mountinfo)
	inside 'echo up; cat /proc/mounts >/dev/null'
	run_bundle
	assert_success
	assert_output up
	assert_equal "$before" "$(cut -d' ' -f4- /proc/self/mountinfo)"
	edit_config '.linux.rootfsPropagation = "rprivate"'
	refused_run /linux/rootfsPropagation "mount namespace"
}

@test "without a mount namespace, among shared mounts, nothing is left either" {
	local before
	make_bundle '.linux.namespaces |= map(select(.type != "mount"))'
	before=$(cut -d' ' -f4- /proc/self/mountinfo)
	mount --make-rshared /
	run_bundle
	mount --make-rprivate /
	assert_success
	assert_equal "$before" "$(cut -d' ' -f4- /proc/self/mountinfo)"
}

# ---- /sys of a user's container (CVE-2023-25809)

@test "rootless, without a cgroup namespace, what is seen below /sys is as read-only as was asked for" {
	require_test_user
	make_rootless_bundle '.linux.namespaces |= map(select(.type != "cgroup"))'
	with_probe
	inside '/probe flags /sys $(awk "\$5 ~ \"^/sys/\" { print \$5 }" /proc/self/mountinfo)
		! mkdir /sys/fs/cgroup/new /sys/fs/cgroup/*/new 2>/dev/null || echo made a cgroup'
	run_bundle_as_user
	assert_success
	assert_line "/sys ro"
	assert_line "/sys/fs/cgroup ro"
	refute_contains rw
	refute_contains made
}
