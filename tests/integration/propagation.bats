# What passes between the mounts of the host and those of a container, once it runs.

load ../lib/common
load container

setup() {
	common_setup
	require_root
	# A shared mount of the host, with all that is shared in it.
	SHARE=$WORK/share
	mkdir "$SHARE"
	mount -t tmpfs shared "$SHARE"
	mount --make-shared "$SHARE"
	snapshot
}

teardown() {
	umount -R "$SHARE"
	MOUNTS_BEFORE=$(grep -vF " $SHARE " <<<"$MOUNTS_BEFORE") || fail "the shared mount is gone"
	common_teardown
}

# bind_share OPTION...: $SHARE on /mnt.
bind_share() {
	mkdir -p "$SHARE/late"
	edit_config '.mounts += [{source: $ARGS.positional[0], destination: "/mnt", type: "bind",
		options: $ARGS.positional[1:]}]' --args -- "$SHARE" "$@"
}

# late_mount: with the container of the bundle running, mount on $SHARE/late and look from inside.
late_mount() {
	inside "grep ' /mnt ' /proc/self/mountinfo; echo ready; read line; ls /mnt/late; echo end"
	start_bundle
	wait_for_line ready
	mount -t tmpfs late "$SHARE/late"
	touch "$SHARE/late/arrived"
	tell go
	finish_bundle
	umount "$SHARE/late"
	assert_success
}

@test "below a shared mount: private and unbindable are what was asked, and shared otherwise" {
	make_bundle
	add_mount '{"destination": "/top", "type": "tmpfs", "source": "t", "options": ["shared"]}'
	add_mount '{"destination": "/top/private", "type": "tmpfs", "source": "t", "options": ["private"]}'
	add_mount '{"destination": "/top/unbindable", "type": "tmpfs", "source": "t", "options": ["unbindable"]}'
	add_mount '{"destination": "/top/as-it-comes", "type": "tmpfs", "source": "t"}'
	mkdir "$WORK/source"
	add_mount "{\"destination\": \"/top/bind\", \"type\": \"bind\", \"source\": \"$WORK/source\", \"options\": [\"rbind\", \"rprivate\"]}"
	inside 'awk "\$5 ~ /^.top./ { print \$5, \$7 }" /proc/self/mountinfo | sed "s/:.*//" | sort'
	run_bundle
	assert_success
	assert_output $'/top/as-it-comes shared\n/top/bind -\n/top/private -\n/top/unbindable unbindable'
}

@test "a private bind does not see what the host mounts later" {
	make_bundle
	bind_share rbind rprivate
	late_mount
	refute_contains arrived
	refute_contains shared:
	refute_contains master:
}

@test "a slave bind sees it" {
	make_bundle
	bind_share rbind rslave
	late_mount
	assert_line arrived
	assert_contains master:
	refute_contains shared:
}

@test "a shared bind sees it, and what the container mounts shows on the host" {
	make_bundle '.process.capabilities[] += ["CAP_SYS_ADMIN"] | .linux.rootfsPropagation = "shared"'
	bind_share rbind rshared
	mkdir "$SHARE/from-inside"
	inside "grep ' /mnt ' /proc/self/mountinfo; mount -t tmpfs inside /mnt/from-inside && echo ready; read line; ls /mnt/late"
	start_bundle
	wait_for_line ready
	grep -qF " $SHARE/from-inside " /proc/self/mountinfo
	mount -t tmpfs late "$SHARE/late"
	touch "$SHARE/late/arrived"
	tell go
	finish_bundle
	assert_success
	assert_contains shared:
	assert_line arrived
	umount "$SHARE/late" "$SHARE/from-inside"
}

@test "nothing that a container mounts in a slave bind shows on the host" {
	make_bundle '.process.capabilities[] += ["CAP_SYS_ADMIN"]'
	bind_share rbind rslave
	inside "mount -t tmpfs inside /mnt/late && echo ready; read line"
	start_bundle
	wait_for_line ready
	refute_mounted "$SHARE/late"
	tell go
	finish_bundle
	assert_success
}

refute_mounted() {
	if grep -qF " $1 " /proc/self/mountinfo; then fail "mounted: $1"; fi
}

@test "an unbindable mount, and the non-recursive names" {
	make_bundle
	mkdir "$SHARE/below"
	mount -t tmpfs below "$SHARE/below"
	edit_config --arg source "$SHARE" '.mounts += (["unbindable", "runbindable", "private", "slave"]
		| map({source: $source, destination: "/mnt/\(.)", type: "bind", options: ["rbind", .]}))'
	args awk '$5 ~ "^/mnt" { for (i = 7; $i != "-"; i++) { sub(":.*", "", $i); printf "%s ", $i } print $5 }' /proc/self/mountinfo
	run_bundle
	umount "$SHARE/below"
	assert_success
	assert_line "unbindable /mnt/unbindable"
	assert_line "unbindable /mnt/runbindable"
	assert_line "unbindable /mnt/runbindable/below"
	assert_line "/mnt/private"
	assert_line "master /mnt/slave"
}

# The bundle itself on the shared mount, so that the root's own propagation can be seen.
bundle_on_share() {
	make_bundle "$1"
	cp -a "$BUNDLE" "$SHARE/bundle"
	BUNDLE=$SHARE/bundle
	mkdir -p "$BUNDLE/rootfs/mnt/late"
}

# late_in_root: what the host mounts in the rootfs while the container runs, as seen from inside.
late_in_root() {
	inside "awk '\$5 == \"/\" { print \$7 == \"-\" ? \"none\" : \$7 }' /proc/self/mountinfo; echo ready; read line; ls /mnt/late; echo end"
	start_bundle
	wait_for_line ready
	mount -t tmpfs late "$BUNDLE/rootfs/mnt/late"
	touch "$BUNDLE/rootfs/mnt/late/arrived"
	tell go
	finish_bundle
	umount "$BUNDLE/rootfs/mnt/late"
	assert_success
}

@test "rootfsPropagation private: the root is on its own" {
	bundle_on_share '.linux.rootfsPropagation = "rprivate"'
	late_in_root
	assert_output $'none\nready\nend'
}

@test "rootfsPropagation slave: the root follows the host" {
	bundle_on_share '.linux.rootfsPropagation = "rslave"'
	late_in_root
	assert_matches '^master:[0-9]+'
	assert_line arrived
}

@test "rootfsPropagation shared: the root is, for what is nested in the container" {
	bundle_on_share '.linux.rootfsPropagation = "shared"'
	args awk '$5 == "/" { print $7 }' /proc/self/mountinfo
	run_bundle
	assert_success
	assert_matches '^shared:[0-9]+$'
}

@test "rootfsPropagation unbindable" {
	bundle_on_share '.linux.rootfsPropagation = "unbindable"'
	args awk '$5 == "/" { print $7 }' /proc/self/mountinfo
	run_bundle
	assert_success
	assert_output unbindable
}

@test "rootfsPropagation shared: the host's mounts stay, and none of the start is added" {
	mkdir "$SHARE/below"
	mount -t tmpfs below "$SHARE/below"
	bundle_on_share '.linux.rootfsPropagation = "rshared"'
	inside 'echo ready; read line'
	list_mounts >"$WORK/mounts"
	start_bundle
	wait_for_line ready
	list_mounts | diff "$WORK/mounts" -
	tell go
	finish_bundle
	assert_success
	list_mounts | diff "$WORK/mounts" -
}
