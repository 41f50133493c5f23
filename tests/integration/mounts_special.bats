# Mounts that do more than mount: tmpcopyup, the mode of a tmpfs, idmapped mounts, symbolic links.

load ../lib/common
load container

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
	assert_stderr_contains "give the tmpfs a larger size="
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
