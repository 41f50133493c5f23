# The config's mounts: filesystems, binds, their flags, and how mount points come to be.

load ../lib/common
load container

setup() {
	common_setup
	require_root
}

# mount_at DESTINATION: the mountinfo lines in the output of what is mounted there, topmost last.
# (Without what distributions' kernels add to each tmpfs.)
mount_at() { awk -v at="$1" '$5 == at { sub(/,inode64/, ""); print }' <<<"$output"; }

# flags_at DESTINATION: its flags: "ro,nosuid,relatime".
flags_at() { mount_at "$1" | tail -n 1 | cut -d' ' -f6; }

# bind SOURCE DESTINATION [OPTION...]: one more bind mount.
bind() {
	edit_config '.mounts += [{source: $ARGS.positional[0], destination: $ARGS.positional[1],
		type: "bind", options: $ARGS.positional[2:]}]' --args -- "$@"
}

# mount_tmpfs DESTINATION [OPTION...]
mount_tmpfs() {
	edit_config '.mounts += [{source: "tmpfs", destination: $ARGS.positional[0],
		type: "tmpfs", options: $ARGS.positional[1:]}]' --args -- "$@"
}

# A host directory with content, in $WORK/data.
make_data() {
	mkdir -p "$WORK/data/sub"
	echo content >"$WORK/data/file"
}

@test "the default mounts, in their order, with their flags and options" {
	make_bundle
	args cat /proc/self/mountinfo
	run_bundle
	assert_success
	assert_equal "$(flags_at /)" ro,relatime
	assert_equal "$(flags_at /proc)" rw,relatime
	assert_equal "$(flags_at /dev)" rw,nosuid
	assert_equal "$(flags_at /dev/pts)" rw,nosuid,noexec,relatime
	assert_equal "$(flags_at /dev/shm)" rw,nosuid,nodev,noexec,relatime
	assert_equal "$(flags_at /dev/mqueue)" rw,nosuid,nodev,noexec,relatime
	assert_equal "$(flags_at /sys)" ro,nosuid,nodev,noexec,relatime
	[[ $(mount_at /proc) == *" - proc proc rw" ]]
	[[ $(mount_at /dev) == *" - tmpfs tmpfs rw,size=65536k,mode=755" ]]
	[[ $(mount_at /dev/pts) == *" - devpts devpts rw,gid=5,mode=620,ptmxmode=666" ]]
	[[ $(mount_at /dev/shm) == *" - tmpfs shm rw,size=65536k"* ]]
	[[ $(mount_at /dev/mqueue) == *" - mqueue mqueue rw" ]]
	[[ $(mount_at /sys) == *" - sysfs sysfs "* ]]
}

@test "nothing of the host is mounted in the container" {
	make_bundle
	args cat /proc/self/mountinfo
	run_bundle
	assert_success
	assert_equal "$(cut -d' ' -f5 <<<"$output" | grep -vE '^/$|^/(proc|dev|sys)(/|$)')" ""
	assert_equal "$(mount_at / | wc -l)" 1
}

@test "a bind of a directory and of a file, read and written" {
	make_bundle
	make_data
	bind "$WORK/data" /mnt bind
	bind "$WORK/data/file" /etc/file bind
	inside 'cat /mnt/file /etc/file; echo more >>/etc/file; touch /mnt/new'
	run_bundle
	assert_success
	assert_output $'content\ncontent'
	assert_equal "$(cat "$WORK/data/file")" $'content\nmore'
	[ -e "$WORK/data/new" ]
}

@test "a bind is told by its options as well as by its type" {
	make_bundle
	make_data
	edit_config --arg source "$WORK/data" '
		.mounts += [{source: $source, destination: "/mnt", type: "none", options: ["rbind"]},
			{source: $source, destination: "/opt", options: ["bind"]}]'
	inside 'cat /mnt/file /opt/file'
	run_bundle
	assert_success
	assert_output $'content\ncontent'
}

@test "a relative source is in the bundle" {
	make_bundle
	mkdir "$BUNDLE/data"
	echo relative >"$BUNDLE/data/file"
	bind data /mnt bind
	bind ./data/file /etc/file bind
	inside 'cat /mnt/file /etc/file'
	run --separate-stderr env -C / "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_output $'relative\nrelative'
}

@test "a source that is a link of the host is followed" {
	make_bundle
	make_data
	ln -s data "$WORK/link"
	bind "$WORK/link" /mnt bind
	args cat /mnt/file
	run_bundle
	assert_success
	assert_output content
}

@test "bind takes one mount, rbind what is mounted below as well" {
	make_bundle
	make_data
	mount -t tmpfs tmpfs "$WORK/data/sub"
	touch "$WORK/data/sub/below"
	bind "$WORK/data" /mnt/one bind
	bind "$WORK/data" /mnt/all rbind
	inside 'ls /mnt/one/sub; ls /mnt/all/sub; cat /proc/self/mountinfo'
	run_bundle
	umount "$WORK/data/sub"
	assert_success
	assert_equal "${lines[0]}" below
	assert_equal "$(mount_at /mnt/one/sub)" ""
	[[ $(mount_at /mnt/all/sub) == *" - tmpfs tmpfs "* ]]
}

@test "flags of a bind, each of them" {
	local flag
	make_bundle
	make_data
	for flag in ro nosuid nodev noexec noatime nodiratime nosymfollow; do
		bind "$WORK/data" "/mnt/$flag" bind $flag
	done
	bind "$WORK/data" /mnt/strictatime bind strictatime
	bind "$WORK/data" /mnt/many bind ro nosuid nodev noexec noatime
	args cat /proc/self/mountinfo
	run_bundle
	assert_success
	for flag in nosuid nodev noexec; do
		assert_equal "$flag: $(flags_at /mnt/$flag)" "$flag: rw,$flag,relatime"
	done
	assert_equal "$(flags_at /mnt/nosymfollow)" rw,relatime,nosymfollow
	assert_equal "$(flags_at /mnt/ro)" ro,relatime
	assert_equal "$(flags_at /mnt/noatime)" rw,noatime
	assert_equal "$(flags_at /mnt/nodiratime)" rw,nodiratime,relatime
	assert_equal "$(flags_at /mnt/strictatime)" rw
	assert_equal "$(flags_at /mnt/many)" ro,nosuid,nodev,noexec,noatime
}

@test "a bind keeps the flags of its source, but for those that are taken away" {
	make_bundle
	mkdir "$WORK/data"
	mount -t tmpfs -o nosuid,nodev,noexec,noatime tmpfs "$WORK/data"
	bind "$WORK/data" /mnt/kept bind
	bind "$WORK/data" /mnt/added bind ro
	bind "$WORK/data" /mnt/taken bind suid dev exec relatime
	args cat /proc/self/mountinfo
	run_bundle
	umount "$WORK/data"
	assert_success
	assert_equal "$(flags_at /mnt/kept)" rw,nosuid,nodev,noexec,noatime
	assert_equal "$(flags_at /mnt/added)" ro,nosuid,nodev,noexec,noatime
	assert_equal "$(flags_at /mnt/taken)" rw,relatime
}

@test "of contrary options the last one counts" {
	make_bundle
	make_data
	bind "$WORK/data" /mnt/ro bind rw ro
	bind "$WORK/data" /mnt/rw bind ro rw
	args cat /proc/self/mountinfo
	run_bundle
	assert_success
	assert_equal "$(flags_at /mnt/ro)" ro,relatime
	assert_equal "$(flags_at /mnt/rw)" rw,relatime
}

@test "ro is for the top, rro and its kin for all that lies below" {
	make_bundle
	make_data
	mount -t tmpfs tmpfs "$WORK/data/sub"
	bind "$WORK/data" /mnt/ro rbind ro
	bind "$WORK/data" /mnt/rro rbind rro rnosuid rnoexec rnodev rnoatime
	inside 'touch /mnt/ro/sub/x && echo written; touch /mnt/rro/sub/x; cat /proc/self/mountinfo'
	run_bundle
	umount "$WORK/data/sub"
	assert_success
	assert_equal "${lines[0]}" written
	assert_stderr_contains "Read-only file system"
	assert_equal "$(flags_at /mnt/ro)" ro,relatime
	assert_equal "$(flags_at /mnt/ro/sub)" rw,relatime
	assert_equal "$(flags_at /mnt/rro)" ro,nosuid,nodev,noexec,noatime
	assert_equal "$(flags_at /mnt/rro/sub)" ro,nosuid,nodev,noexec,noatime
}

@test "the flags do what they say" {
	make_bundle
	make_data
	cp "$ROOTFS/bin/busybox" "$WORK/data/busybox"
	ln -s file "$WORK/data/link"
	mknod "$WORK/data/null" c 1 3
	bind "$WORK/data" /mnt/plain bind
	bind "$WORK/data" /mnt/none bind ro noexec nodev nosymfollow
	inside 'cd /mnt/plain; ./busybox echo runs; cat link; echo x >null && echo device; touch new && echo new
		cd /mnt/none; ./busybox echo runs; cat link; echo x >null && echo device; touch new2 && echo new'
	run_bundle
	assert_output $'runs\ncontent\ndevice\nnew'
	[ ! -e "$WORK/data/new2" ]
}

@test "tmpfs: size, mode, owner, and its flags" {
	make_bundle
	mount_tmpfs /mnt size=1m mode=1737 uid=7 gid=8 nr_inodes=100 nosuid nodev noexec
	mount_tmpfs /opt
	inside 'stat -c "%a %u:%g" /mnt /opt; cat /proc/self/mountinfo; dd if=/dev/zero of=/opt/f bs=1k count=64 2>/dev/null && echo wrote
		dd if=/dev/zero of=/mnt/f bs=1k count=2048'
	run_bundle
	assert_status 1
	assert_stderr_contains "No space left"
	assert_equal "${lines[0]}" "1737 7:8"
	assert_equal "${lines[1]}" "1777 0:0"
	assert_equal "$(flags_at /mnt)" rw,nosuid,nodev,noexec,relatime
	[[ $(mount_at /mnt) == *" - tmpfs tmpfs rw,size=1024k,nr_inodes=100,mode=1737,uid=7,gid=8" ]]
	assert_line wrote
}

@test "a read-only tmpfs, with a mount point made in it" {
	make_bundle
	make_data
	mount_tmpfs /mnt ro
	bind "$WORK/data" /mnt/deep/er bind
	inside 'cat /mnt/deep/er/file; cat /proc/self/mountinfo; touch /mnt/x'
	run_bundle
	assert_status 1
	assert_stderr_contains "Read-only file system"
	assert_equal "${lines[0]}" content
	assert_equal "$(flags_at /mnt)" ro,relatime
}

@test "proc with options, and a second one elsewhere" {
	make_bundle '.mounts[0].options = ["hidepid=2", "nosuid"] | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	edit_config '.mounts += [{destination: "/mnt", type: "proc", source: "proc", options: ["subset=pid", "ro"]}]'
	inside 'cat /proc/self/mountinfo; ls /mnt/cpuinfo; grep -c ^Name /mnt/1/status'
	run_bundle
	assert_success
	[[ $(mount_at /proc) == *"rw,nosuid,relatime - proc proc rw,hidepid="* ]]
	[[ $(mount_at /mnt) == *"ro,relatime - proc proc "*subset=pid* ]]
	assert_line 1
	refute_contains cpuinfo
}

@test "mounts happen in the order of the list, and a later one hides an earlier" {
	make_bundle
	make_data
	mkdir "$WORK/other"
	echo other >"$WORK/other/file"
	bind "$WORK/data" /mnt bind
	bind "$WORK/other" /mnt bind
	bind "$WORK/data" /opt/inner bind
	mount_tmpfs /opt
	inside 'cat /mnt/file; ls /opt'
	run_bundle
	assert_success
	assert_output other
}

@test "missing mount points are made: directories, files, all their parents" {
	make_bundle
	make_data
	bind "$WORK/data" /made/of/parts bind
	bind "$WORK/data/file" /also/a/file bind
	mount_tmpfs /fresh/tmpfs
	inside 'cat /made/of/parts/file /also/a/file; stat -c "%a %u" /made /made/of /fresh'
	run_bundle
	assert_success
	assert_output $'content\ncontent\n755 0\n755 0\n755 0'
	[ -d "$ROOTFS/made/of/parts" ]
	[ -f "$ROOTFS/also/a/file" ]
	assert_equal "$(stat -c %s "$ROOTFS/also/a/file")" 0
}

@test "mount points through links of the image stay in the rootfs" {
	make_bundle
	make_data
	mkdir "$ROOTFS/real"
	ln -s /real "$ROOTFS/absolute"
	ln -s ../../../../real "$ROOTFS/climbing"
	ln -s /nowhere/yet "$ROOTFS/dangling"
	ln -s loose-end "$ROOTFS/real/relative"
	bind "$WORK/data" /absolute/a bind
	bind "$WORK/data" /climbing/b bind
	bind "$WORK/data" /dangling/c bind
	bind "$WORK/data" /real/relative bind
	bind "$WORK/data" /mnt/../real/d/. bind
	args cat /proc/self/mountinfo
	run_bundle
	assert_success
	for at in /real/a /real/b /nowhere/yet/c /real/loose-end /real/d; do
		assert_equal "$at: $(mount_at $at | wc -l)" "$at: 1"
	done
	[ ! -e /real ] && [ ! -e /nowhere ]
}

@test "a mount point on a file of the image, and a file over a link" {
	make_bundle
	make_data
	ln -s /etc/target "$ROOTFS/etc/link"
	echo old >"$ROOTFS/etc/target"
	bind "$WORK/data/file" /etc/passwd bind
	bind "$WORK/data/file" /etc/link bind
	inside 'cat /etc/passwd /etc/target; test -L /etc/link && echo link'
	run_bundle
	assert_success
	assert_output $'content\ncontent\nlink'
	assert_equal "$(cat "$ROOTFS/etc/target")" old
}

@test "a destination that is not absolute is below the root" {
	make_bundle
	make_data
	bind "$WORK/data" mnt/relative bind
	args cat /mnt/relative/file
	run_bundle
	assert_success
	assert_output content
}

@test "overlay: lower layers are read, changes go to the upper one" {
	make_bundle
	mkdir -p "$BUNDLE"/{low1,low2,upper,work}
	echo one >"$BUNDLE/low1/file"
	echo two >"$BUNDLE/low2/file"
	echo two >"$BUNDLE/low2/only"
	add_mount '{"destination": "/mnt", "type": "overlay", "source": "overlay", "options": ["nosuid",
		"lowerdir='"$BUNDLE/low1:$BUNDLE/low2"'", "upperdir='"$BUNDLE/upper"'", "workdir='"$BUNDLE/work"'"]}'
	inside 'cat /mnt/file /mnt/only; echo new >/mnt/file; rm /mnt/only; ls /mnt; cat /proc/self/mountinfo'
	run_bundle
	assert_success
	assert_equal "$(head -n 3 <<<"$output")" $'one\ntwo\nfile'
	[[ $(mount_at /mnt) == *"rw,nosuid,relatime - overlay overlay rw,"* ]]
	assert_equal "$(cat "$BUNDLE/upper/file" "$BUNDLE/low1/file" "$BUNDLE/low2/only")" $'new\none\ntwo'
	[ -c "$BUNDLE/upper/only" ]
}

@test "overlay: an option longer than the 255 bytes of fsconfig" {
	local name lower="" i
	name=$(printf 'layer-with-a-long-name-%080d' 0)
	make_bundle
	for i in {1..12}; do
		mkdir "$BUNDLE/$name$i"
		echo "$i" >"$BUNDLE/$name$i/file$i"
		lower=$lower:$BUNDLE/$name$i
	done
	mkdir "$BUNDLE/$name-upper" "$BUNDLE/$name-work"
	add_mount '{"destination": "/mnt", "type": "overlay", "source": "overlay", "options": ["noexec", "ro",
		"lowerdir='"${lower#:}"'", "upperdir='"$BUNDLE/$name-upper"'", "workdir='"$BUNDLE/$name-work"'"]}'
	inside 'cat /mnt/file1 /mnt/file12; ls /mnt | wc -l; cat /proc/self/mountinfo; touch /mnt/x'
	run_bundle
	assert_status 1
	assert_stderr_contains "Read-only file system"
	assert_equal "$(head -n 3 <<<"$output")" $'1\n12\n12'
	assert_equal "$(flags_at /mnt)" ro,noexec,relatime
}

# long_overlay OPTION...: an overlay on /mnt whose lowerdir is longer than fsconfig takes
long_overlay() {
	local name i lower=""
	name=$(printf 'layer-%0100d' 0)
	for i in 1 2 3; do
		mkdir -p "$BUNDLE/$name$i"
		touch "$BUNDLE/$name$i/file$i"
		lower=$lower:$BUNDLE/$name$i
	done
	add_mount "$(jq -n --arg lower "lowerdir=${lower#:}" '{destination: "/mnt", type: "overlay",
		source: "overlay", options: ([$lower] + $ARGS.positional)}' --args -- "$@")"
}

@test "overlay with a long option: each of the atime flags, and sync" {
	local flag
	for flag in noatime strictatime relatime nodiratime; do
		make_bundle
		long_overlay $flag nodev sync
		inside 'ls /mnt; cat /proc/self/mountinfo'
		run_bundle
		assert_success
		assert_equal "${lines[*]:0:3}" "file1 file2 file3"
		case $flag in
		noatime | relatime) assert_equal "$(flags_at /mnt)" "rw,nodev,$flag" ;;
		strictatime) assert_equal "$(flags_at /mnt)" rw,nodev ;;
		nodiratime) assert_equal "$(flags_at /mnt)" rw,nodev,nodiratime,relatime ;;
		esac
		[[ $(mount_at /mnt) == *" - overlay overlay rw,sync,"* || $(mount_at /mnt) == *" - overlay overlay ro,sync,"* ]]
	done
}

@test "overlay with a long option: mappings that cannot be are an error, and nothing is left" {
	make_bundle
	long_overlay
	edit_config '.mounts[-1] += {uidMappings: [{containerID: 0, hostID: 1, size: 1}],
		gidMappings: [{containerID: 0, hostID: 1, size: 1}]}'
	run_bundle
	assert_status 1
	assert_stderr_contains "cannot map the ids"
	names_pointer /mounts/7
	[ ! -e "$ROOTFS/mnt/mount" ]
}

@test "iversion, which only mount(2) takes, on a new filesystem" {
	make_bundle
	mount_tmpfs /mnt iversion lazytime ro size=1m noatime
	inside 'cat /proc/self/mountinfo'
	run_bundle
	assert_success
	assert_equal "$(flags_at /mnt)" ro,noatime
	[[ $(mount_at /mnt) == *" - tmpfs tmpfs rw,lazytime,size=1024k"* ]]
	plan_bundle --format json
	assert_success
	# MS_I_VERSION and MS_LAZYTIME
	assert_json 'any(.[]; .arguments.target == "/mnt" and .arguments.super == 41943040)'
}

@test "what is for a filesystem is an error on a bind, with the option named" {
	local option
	for option in sync dirsync lazytime iversion mand rsync nosuchword; do
		make_bundle
		make_data
		bind "$WORK/data" /mnt bind $option
		run_bundle
		assert_status 1 && assert_output "" || return 1
		assert_stderr_contains "\"$option\" is for a filesystem, but this is a bind mount" || return 1
		assert_stderr_contains /mounts/7 || return 1
	done
	make_bundle
	bind "$WORK/data" /mnt rbind rw async nolazytime noiversion nomand loud remount rprivate
	run_bundle
	assert_success
}

@test "what the kernel says of an option is one line, and the last of its errors" {
	make_bundle
	mkdir "$BUNDLE/low"
	add_mount '{"destination": "/mnt", "type": "overlay", "source": "overlay", "options": ["lowerdir='"$BUNDLE/none:$BUNDLE/low"'"]}'
	run_bundle
	assert_status 1
	names_pointer /mounts/7
	[[ $stderr != *'\n'* ]] || fail "a newline was escaped" "$stderr"
}

@test "a root that is itself an overlay mounted by the engine" {
	make_bundle
	mkdir "$BUNDLE/merged" "$BUNDLE/upper" "$BUNDLE/work"
	mount -t overlay -o "lowerdir=$ROOTFS,upperdir=$BUNDLE/upper,workdir=$BUNDLE/work" overlay "$BUNDLE/merged"
	edit_config '.root = {path: "merged"}'
	inside 'echo x >/written; cat /proc/self/mountinfo'
	run_bundle
	umount "$BUNDLE/merged"
	assert_success
	[[ $(mount_at /) == *" - overlay overlay "* ]]
	[ -e "$BUNDLE/upper/written" ]
}

@test "sysfs and proc cannot be where the image has put a link" {
	make_bundle
	mkdir "$ROOTFS/evil"
	rm -r "$ROOTFS/proc"
	ln -s /evil "$ROOTFS/proc"
	run_bundle
	assert_status 1
	names_pointer /mounts/0
	assert_clean
}

@test "a filesystem that the kernel does not have" {
	make_bundle
	add_mount '{"destination": "/mnt", "type": "no-such-fs", "source": "x"}'
	run_bundle
	assert_status 1
	assert_stderr_contains no-such-fs
	names_pointer /mounts/7
}

@test "an option that the filesystem does not know" {
	make_bundle
	mount_tmpfs /mnt colour=green
	run_bundle
	assert_status 1
	assert_stderr_contains colour
	names_pointer /mounts/7
}
