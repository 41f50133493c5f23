# Mounts that do more than mount: tmpcopyup, the mode of a tmpfs, idmapped mounts, symbolic links.

load ../lib/common
load container

setup_file() { build_probe; }

setup() {
	common_setup
	require_root
}

mount_tmpfs() { # DESTINATION OPTION...
	add_mount "$(jq -n '{destination: $ARGS.positional[0], type: "tmpfs", source: "tmpfs",
		options: $ARGS.positional[1:]}' --args -- "$@")"
}

mount_bind() { # SOURCE DESTINATION OPTION...
	add_mount "$(jq -n '{source: $ARGS.positional[0], destination: $ARGS.positional[1], type: "bind",
		options: $ARGS.positional[2:]}' --args -- "$@")"
}

# refused TEXT [POINTER]: run fails, says so, and leaves nothing (teardown looks)
refused() {
	run_bundle
	assert_status 1 && assert_output "" && assert_stderr_contains "$1" && assert_no_engine_phrase || return 1
	[ $# -lt 2 ] || assert_stderr_contains "$2"
}

# ---- tmpcopyup

@test "tmpcopyup: the tmpfs begins with what the image has there" {
	make_bundle
	mkdir -p "$ROOTFS/data/sub/deep" "$ROOTFS/data/closed"
	echo content >"$ROOTFS/data/file"
	head -c 300000 /dev/urandom >"$ROOTFS/data/sub/large"
	ln -s ../somewhere/else "$ROOTFS/data/link"
	mkfifo -m 640 "$ROOTFS/data/pipe"
	chown 5:6 "$ROOTFS/data/file" && chmod 6755 "$ROOTFS/data/file"
	chown -h 7:8 "$ROOTFS/data/link"
	chmod 700 "$ROOTFS/data/closed" && chown 0:10 "$ROOTFS/data/closed"
	chown 0:4 "$ROOTFS/data" && chmod 1770 "$ROOTFS/data"
	mount_tmpfs /data tmpcopyup
	inside 'cd /data && find . | sort | xargs stat -c "%n %f %u %g" && readlink link && cat file &&
		md5sum <sub/large && echo new >sub/new && stat -f -c %T .'
	local expected
	expected=$(cd "$ROOTFS/data" && find . | sort | xargs stat -c "%n %f %u %g" && readlink link &&
		cat file && md5sum <sub/large && echo tmpfs)
	run_bundle
	assert_success
	assert_output "$expected"
	[ ! -e "$ROOTFS/data/sub/new" ] || fail "the image was changed"
}

@test "tmpcopyup of a read-only tmpfs, and where the image has nothing" {
	make_bundle
	mkdir "$ROOTFS/data" && echo here >"$ROOTFS/data/file"
	mount_tmpfs /data tmpcopyup ro
	mount_tmpfs /fresh tmpcopyup
	inside 'cat /data/file; touch /data/new 2>/dev/null || echo read-only; ls -A /fresh'
	run_bundle
	assert_success
	assert_output $'here\nread-only'
}

@test "tmpcopyup does not follow what the image links to" {
	make_bundle
	mkdir "$ROOTFS/data" && echo secret >"$WORK/secret"
	ln -s "$WORK/secret" "$ROOTFS/data/absolute"
	ln -s ../../../../../../../../../../../../"$WORK/secret" "$ROOTFS/data/relative"
	ln -s / "$ROOTFS/data/root"
	mount_tmpfs /data tmpcopyup
	inside 'cd /data; for l in *; do [ -L $l ] || echo $l; done; cat absolute relative 2>/dev/null; echo end'
	run_bundle
	assert_success
	assert_output end
}

@test "tmpcopyup: more than the tmpfs holds is an error that names the file" {
	make_bundle
	mkdir "$ROOTFS/data" && head -c 200000 /dev/zero >"$ROOTFS/data/large"
	mount_tmpfs /data tmpcopyup size=64k
	refused "cannot mount tmpfs on /data: cannot copy what the image has there (large)" "/mounts/7"
	assert_stderr_contains "give the tmpfs a larger size= or nr_inodes="
}

@test "tmpcopyup: a tree that is too deep is an error" {
	make_bundle
	local i path=$ROOTFS/data
	for ((i = 0; i < 140; i++)); do path=$path/d; done
	mkdir -p "$path"
	mount_tmpfs /data tmpcopyup
	refused "cannot copy what the image has there (d)"
}

@test "tmpcopyup is for a tmpfs" {
	make_bundle
	mount_bind "$WORK" /data bind tmpcopyup
	refused "tmpcopyup is for a tmpfs" "/mounts/7/options/1"
}

@test "tmpcopyup: what the options say of the root counts, the rest is the image's" {
	make_bundle
	mkdir -m 2751 "$ROOTFS/data" && touch "$ROOTFS/data/file"
	chown 5:6 "$ROOTFS/data" && chmod 2751 "$ROOTFS/data"
	mount_tmpfs /data tmpcopyup
	edit_config '.process.capabilities[] += ["CAP_DAC_OVERRIDE"]'
	inside 'stat -c "%a %u:%g" /data && ls /data'
	local options
	for options in "= 2751 5:6" "mode=700= 700 5:6" "uid=7= 2751 7:6" "gid=8= 2751 5:8" \
		"uid=0,gid=0,mode=1777= 1777 0:0"; do
		edit_config --arg options "${options%%= *}" '.mounts[-1].options =
			["tmpcopyup"] + ($options | split(",") | map(select(. != "")))'
		run_bundle
		assert_success && assert_output "${options##*= }"$'\nfile' || return 1
	done
}

# set_attribute FILE NAME HEX: of the file itself, not of what a link leads to
set_attribute() {
	python3 -c 'import os, sys
os.setxattr(sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3]), follow_symlinks=False)' "$@"
}

@test "tmpcopyup: extended attributes, file capabilities and access lists too" {
	local name attributes
	make_bundle
	make_probe
	mkdir -p "$ROOTFS/data/dir" && ln -s x "$ROOTFS/data/link" && mkfifo "$ROOTFS/data/pipe"
	touch "$ROOTFS/data/file" && chown 5:6 "$ROOTFS/data/file"
	for name in . dir link pipe file; do
		set_attribute "$ROOTFS/data/$name" trusted.of "$(printf %s "$name" | xxd -p)"
	done
	set_attribute "$ROOTFS/data/file" trusted.large "$(head -c 3000 /dev/zero | xxd -p -c 0)"
	set_attribute "$ROOTFS/data/file" security.capability 0100000200200000000000000000000000000000
	# user::rwx, user:1000:r-x, group::r-x, mask::r-x, other::--x; and the same as a default
	acl=0200000001000700ffffffff02000500e803000004000500ffffffff10000500ffffffff20000100ffffffff
	set_attribute "$ROOTFS/data/dir" system.posix_acl_access $acl
	set_attribute "$ROOTFS/data/dir" system.posix_acl_default $acl
	touch "$ROOTFS/data/dir/inner" # has inherited an access list
	attributes=$("$BATS_FILE_TMPDIR/probe" attributes "$ROOTFS"/data{,/dir,/dir/inner,/file,/link,/pipe})
	[ "$(wc -l <<<"$attributes")" -eq 10 ] || fail "not all attributes were set: $attributes"
	mount_tmpfs /data tmpcopyup
	edit_config '.process.capabilities[] += ["CAP_SYS_ADMIN"]'
	args /bin/probe attributes /data{,/dir,/dir/inner,/file,/link,/pipe}
	run_bundle
	assert_success
	assert_output "${attributes//"$ROOTFS"/}"
}

@test "tmpcopyup: mode= counts where the directory has an access list, which stays within it" {
	make_bundle
	make_probe
	mkdir "$ROOTFS/data"
	# user::rwx, user:1000:r-x, group::r-x, mask::r-x, other::--x: mode 751
	set_attribute "$ROOTFS/data" system.posix_acl_access \
		0200000001000700ffffffff02000500e803000004000500ffffffff10000500ffffffff20000100ffffffff
	[ "$(stat -c %a "$ROOTFS/data")" = 751 ] || fail "$(stat -c %a "$ROOTFS/data")"
	inside 'stat -c %a /data; probe attributes /data | grep -c posix_acl_access'
	mount_tmpfs /data tmpcopyup
	run_bundle
	assert_success && assert_output $'751\n1'
	edit_config '.mounts[-1].options += ["mode=700"]'
	run_bundle
	assert_success && assert_output $'700\n1'
}

@test "tmpcopyup reads nothing where a link of the image leads into /proc" {
	local log=$WORK/strace
	make_bundle
	require_command strace
	rmdir "$ROOTFS/tmp" && ln -s proc/self/net "$ROOTFS/tmp"
	mount_tmpfs /tmp tmpcopyup
	run --separate-stderr traced -qq -e trace=getdents64,sendfile -o "$log" \
		"$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_status 1
	assert_stderr_contains "use a link that leads into /proc"
	assert_stderr_contains /mounts/7
	! grep -E 'getdents64|sendfile' "$log" || fail "read before it was refused"
}

# A device that is swapped in for a file between the look and the open is not opened: nodev forbids it.
@test "tmpcopyup reads the image where devices cannot be opened" {
	local log=$WORK/strace
	make_bundle
	require_command strace
	mkdir "$ROOTFS/data" && echo content >"$ROOTFS/data/file"
	mount_tmpfs /data tmpcopyup
	run --separate-stderr traced -qq -e trace=mount_setattr,sendfile -o "$log" \
		"$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_success
	grep -B1 sendfile "$log" | head -n 1 | grep -qE 'mount_setattr.*AT_RECURSIVE.*NODEV' || fail "$(cat "$log")"
}

# ---- options longer than fsconfig takes, which go by mount(2)

@test "a long option keeps what else is asked for: tmpcopyup, the mode, mappings" {
	local long
	long=size=$(printf %0300d 0)200000 # octal
	make_bundle '.process.capabilities[] += ["CAP_DAC_OVERRIDE"]'
	mkdir -m 2750 "$ROOTFS/one" "$ROOTFS/two" && touch "$ROOTFS/one/file"
	chown 5:6 "$ROOTFS/one"
	mount_tmpfs /one "$long" tmpcopyup
	mount_tmpfs /two "$long"
	inside 'stat -c "%a %u:%g" /one /two; ls /one; mount | grep -c size=64k'
	run_bundle
	assert_success
	assert_output $'2750 5:6\n2750 0:0\nfile\n2'

	make_bundle
	require_kernel 6.3
	mount_tmpfs /data "$long" uid=5 gid=6 mode=755
	edit_config '.mounts[-1] += {uidMappings: [{containerID: 5, hostID: 50, size: 1}],
		gidMappings: [{containerID: 6, hostID: 60, size: 1}]}'
	inside 'stat -c "%u %g" /data'
	run_bundle
	assert_success
	assert_output "50 60"
}

# ---- the mode of a tmpfs

@test "a tmpfs without a mode has that of its directory, or else the kernel's" {
	make_bundle
	mkdir -m 2750 "$ROOTFS/one" "$ROOTFS/two"
	mount_tmpfs /one size=1m
	mount_tmpfs /two mode=711
	mount_tmpfs /three size=1m
	inside 'stat -c %a /one /two /three'
	run_bundle
	assert_success
	assert_output $'2750\n711\n1777'
}

# ---- idmapped mounts

source_directory() {
	mkdir "$WORK/source"
	touch "$WORK/source/file"
	chown 1000:1001 "$WORK/source/file"
}

@test "idmap: uidMappings and gidMappings of a bind" {
	make_bundle
	source_directory
	mount_bind "$WORK/source" /data bind
	edit_config '.mounts[-1] += {uidMappings: [{containerID: 1000, hostID: 2000, size: 2}],
		gidMappings: [{containerID: 1001, hostID: 3001, size: 1}]}'
	inside 'stat -c "%u %g" /data/file'
	run_bundle
	assert_success
	assert_output "2000 3001"
	[ "$(stat -c "%u %g" "$WORK/source/file")" = "1000 1001" ] || fail "the source was changed"
}

@test "idmap: the mappings of the option, several of them" {
	make_bundle
	source_directory
	touch "$WORK/source/other" && chown 5:6 "$WORK/source/other"
	mount_bind "$WORK/source" /data rbind "idmap=uids=1000-7-1#0-100-10;gids=1001-8-1#0-200-10"
	inside 'stat -c "%u %g" /data/file /data/other'
	run_bundle
	assert_success
	assert_output $'7 8\n105 206'
}

@test "idmap: those of the container's user namespace, and relative to it" {
	make_bundle '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	chown -R 100000:100000 "$ROOTFS"
	source_directory
	mount_bind "$WORK/source" /plain bind
	mount_bind "$WORK/source" /mapped bind idmap
	mount_bind "$WORK/source" /relative bind "idmap=uids=@1000-3-1;gids=@1001-4-1"
	inside 'stat -c "%u %g" /plain/file /mapped/file /relative/file'
	run_bundle
	assert_success
	assert_output $'65534 65534\n1000 1001\n3 4'
}

@test "idmap: a relative range goes over several mappings of the container" {
	make_bundle '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10},
			{containerID: 10, hostID: 300000, size: 1000}, {containerID: 2000, hostID: 200000, size: 1}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	chown -R 100000:100000 "$ROOTFS"
	mkdir "$WORK/source"
	for i in 50 59 60 69; do touch "$WORK/source/$i" && chown "$i:0" "$WORK/source/$i"; done
	mount_bind "$WORK/source" /data bind "idmap=uids=@50-0-20;gids=@0-0-1"
	inside 'cd /data && stat -c "%n %u %g" *'
	run_bundle
	assert_success
	assert_output $'50 0 0\n59 9 0\n60 10 0\n69 19 0'
	edit_config '.mounts[-1].options[1] = "idmap=uids=@50-1000-20;gids=@0-0-1"'
	refused "name an id that the container's user namespace does not have" "/mounts/7"
}

@test "idmap of a tmpfs" {
	make_bundle
	mount_tmpfs /data "uid=5,gid=6"
	edit_config '.mounts[-1].options = ["uid=5", "gid=6", "mode=755"]
		| .mounts[-1] += {uidMappings: [{containerID: 5, hostID: 50, size: 1}],
			gidMappings: [{containerID: 6, hostID: 60, size: 1}]}'
	inside 'stat -c "%u %g" /data'
	require_kernel 6.3
	run_bundle
	assert_success
	assert_output "50 60"
}

@test "idmap: a filesystem that cannot be mapped is an error with a hint" {
	make_bundle
	mount_bind /proc/sys /data bind "idmap=uids=0-1-1;gids=0-1-1"
	refused "cannot map the ids of /proc/sys, mounted on /data" "/mounts/7"
	assert_stderr_contains "does not support idmapped mounts"
}

@test "idmap: mappings that are not understood, halves, and none at all" {
	local bad
	for bad in "idmap=" "idmap=uids=0-1-1" "idmap=uids=0-1;gids=0-1-1" "idmap=uids=0-1-0;gids=0-1-1" \
		"idmap=uids=-1-1-1;gids=0-1-1" "idmap=uids=0-1-1;uids=0-1-1" \
		"idmap=uids=0-4294967295-1;gids=0-1-1" "ridmap=x" "idmap=uids=@0-1-1;gids=@0-1-1"; do
		make_bundle
		mount_bind "$WORK" /data bind "$bad"
		run_bundle
		assert_status 1 && assert_no_engine_phrase && assert_stderr_contains "/mounts/7" || return 1
	done
	make_bundle
	mount_bind "$WORK" /data bind idmap
	refused "an idmapped mount needs mappings of its own or those of a user namespace"
}

@test "idmap is root's" {
	require_test_user
	make_rootless_bundle
	mount_bind /etc /data rbind "idmap=uids=0-1-1;gids=0-1-1"
	run_bundle_as_user
	assert_status 1
	assert_stderr_contains "an idmapped mount can only be made by root"
}

# ---- symbolic links

links() {
	echo content >"$WORK/file"
	ln -s file "$WORK/link"
}

@test "copy-symlink makes the link of the source anew" {
	make_bundle
	links
	mount_bind "$WORK/link" /data/link bind copy-symlink
	mount_bind "$WORK/file" /data/file bind copy-symlink
	inside 'readlink /data/link; cat /data/link'
	run_bundle
	assert_success
	assert_output $'file\ncontent'
}

@test "copy-symlink onto something else is an error" {
	make_bundle
	links
	mkdir "$ROOTFS/data" && echo other >"$ROOTFS/data/link"
	mount_bind "$WORK/link" /data/link bind copy-symlink
	refused "use the existing file: it is something else" "/mounts/7"
	[ "$(cat "$ROOTFS/data/link")" = other ] || fail "the file of the image was changed"
}

@test "src-nofollow mounts the link itself" {
	make_bundle
	links
	mount_bind "$WORK/link" /data bind src-nofollow
	inside 'readlink /data'
	run_bundle
	assert_success
	assert_output file
}

@test "dest-nofollow mounts on the link, not on what it leads to" {
	make_bundle
	links
	echo untouched >"$ROOTFS/target"
	ln -s target "$ROOTFS/place"
	mount_bind "$WORK/file" /place bind dest-nofollow
	inside 'cat /place /target'
	run_bundle
	assert_success
	assert_output $'content\nuntouched'
}

@test "the options for links are for binds" {
	make_bundle
	mount_tmpfs /data copy-symlink
	refused '"copy-symlink" is for bind mounts' "/mounts/7/options/0"
}
