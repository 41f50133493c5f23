# Masked and read-only paths, and the read-only root.

load ../lib/common
load container

setup() {
	common_setup
	require_root
}

@test "a masked file is empty, a masked directory too, and neither can be written" {
	make_bundle '.root.readonly = false | .linux.maskedPaths = ["/etc/secret", "/etc/secrets"]
		| .process.capabilities[] += ["CAP_DAC_OVERRIDE"]'
	echo secret >"$ROOTFS/etc/secret"
	mkdir "$ROOTFS/etc/secrets"
	echo secret >"$ROOTFS/etc/secrets/one"
	inside 'cat /etc/secret; ls -A /etc/secrets; stat -c %F /etc/secret /etc/secrets; echo x >/etc/secret && echo swallowed; touch /etc/secrets/new'
	run_bundle
	assert_status 1
	assert_output $'character special file\ndirectory\nswallowed'
	assert_stderr_contains "Read-only file system"
	assert_equal "$(cat "$ROOTFS/etc/secret")" secret
	assert_equal "$(ls "$ROOTFS/etc/secrets")" one
}

@test "many masks: each directory and each file of them" {
	make_bundle '.linux.maskedPaths = [range(20) | "/opt/dir\(.)", "/opt/file\(.)"]'
	for i in {0..19}; do
		mkdir -p "$ROOTFS/opt/dir$i"
		touch "$ROOTFS/opt/dir$i/hidden"
		echo hidden >"$ROOTFS/opt/file$i"
	done
	inside 'ls /opt | wc -l; ls /opt/dir* | grep -c hidden; cat /opt/file* | wc -c
		stat -c %d /opt/dir* /sys/firmware | sort | uniq -c | wc -l; grep -c " /opt/dir[0-9]* ro,.* - tmpfs " /proc/self/mountinfo'
	edit_config '.linux.maskedPaths += ["/sys/firmware"]'
	run_bundle
	assert_success
	# One superblock, mounted read-only in each place: 20 of them would be 20 filesystems to make.
	assert_output $'40\n0\n0\n1\n20'
}

@test "the default masks: what is there of them is empty" {
	make_bundle
	inside 'for p in /proc/acpi /proc/asound /proc/scsi /sys/firmware; do ls -A $p; done 2>/dev/null
		for p in /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list /proc/sched_debug; do head -c 10 $p; done 2>/dev/null; echo end'
	run_bundle
	assert_success
	assert_output end
}

@test "masked and read-only paths that are missing are skipped" {
	make_bundle '.linux.maskedPaths = ["/proc/no-such", "/no/such/path", "/proc/no/such/path"]
		| .linux.readonlyPaths = ["/proc/no-such", "/no/such/path"]'
	args echo ok
	run_bundle
	assert_success
	assert_output ok
	assert_stderr ""
	[ ! -e "$ROOTFS/no" ]
}

@test "a mask through a link of the image hides what the link means inside" {
	make_bundle '.linux.maskedPaths = ["/etc/alias"]'
	echo secret >"$ROOTFS/etc/secret"
	ln -s /etc/secret "$ROOTFS/etc/alias"
	inside 'cat /etc/secret /etc/alias; echo end'
	run_bundle
	assert_success
	assert_output end
}

@test "masked paths in a mount of the config" {
	make_bundle '.linux.maskedPaths = ["/mnt/hidden"]'
	mkdir -p "$WORK/data/hidden"
	touch "$WORK/data/hidden/one" "$WORK/data/shown"
	add_mount '{"destination": "/mnt", "type": "bind", "source": "'"$WORK"'/data", "options": ["bind"]}'
	inside 'ls /mnt /mnt/hidden'
	run_bundle
	assert_success
	assert_output $'/mnt:\nhidden\nshown\n\n/mnt/hidden:'
	assert_equal "$(ls "$WORK/data/hidden")" one
}

@test "read-only paths: the default ones, for one who could write them" {
	make_bundle '.process.capabilities[] += ["CAP_DAC_OVERRIDE", "CAP_SYS_ADMIN", "CAP_NET_ADMIN"]'
	inside 'echo 1 >/proc/sys/net/ipv4/ip_forward
		awk "\$5 ~ \"^/proc/\" && \$6 ~ \"^ro\" { print \$5 }" /proc/self/mountinfo | grep -E "sys|bus|irq|fs" | sort'
	run_bundle
	assert_success
	assert_stderr_contains "Read-only file system"
	assert_output "$(ls -d /proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger 2>/dev/null)"
}

@test "a read-only path can be written without the property" {
	make_bundle '.linux.readonlyPaths = [] | .process.capabilities[] += ["CAP_NET_ADMIN"]'
	inside 'echo 1 >/proc/sys/net/ipv4/ip_forward && cat /proc/sys/net/ipv4/ip_forward'
	run_bundle
	assert_success
	assert_output 1
}

@test "a read-only file and a read-only directory keep their other flags and what is mounted below" {
	make_bundle '.root.readonly = false | .linux.readonlyPaths = ["/etc/passwd", "/mnt"]'
	mkdir -p "$WORK/data/sub"
	mount -t tmpfs -o nosuid,noexec tmpfs "$WORK/data"
	mkdir "$WORK/data/sub"
	mount -t tmpfs tmpfs "$WORK/data/sub"
	touch "$WORK/data/sub/below"
	add_mount '{"destination": "/mnt", "type": "bind", "source": "'"$WORK"'/data", "options": ["rbind"]}'
	inside 'ls /mnt/sub; awk "\$5 == \"/mnt\" { f = \$6 } END { print f }" /proc/self/mountinfo; touch /etc/fine && echo fine; touch /mnt/x; echo x >>/etc/passwd'
	run_bundle
	umount -R "$WORK/data"
	assert_equal "$(grep -c "Read-only file system" <<<"$stderr")" 2
	assert_output $'below\nro,nosuid,noexec,relatime\nfine'
}

@test "a read-only root: mounts in it can be written, it cannot" {
	make_bundle
	add_mount '{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"}'
	inside 'touch /tmp/x /dev/shm/x && echo written; touch /new; echo x >/etc/passwd'
	run_bundle
	assert_status 1
	assert_output written
	assert_equal "$(grep -c "Read-only file system" <<<"$stderr")" 2
	[ ! -e "$ROOTFS/new" ]
}

@test "a root that is not read-only" {
	make_bundle '.root.readonly = false'
	inside 'echo kept >/new'
	run_bundle
	assert_success
	assert_equal "$(cat "$ROOTFS/new")" kept
	edit_config 'del(.root.readonly)'
	inside 'cat /new; echo again >/new'
	run_bundle
	assert_success
	assert_output kept
}

@test "read-only for the container is not read-only for the host" {
	make_bundle
	inside 'echo ready; read line; cat /etc/from-host'
	start_bundle
	wait_for_line ready
	echo "from the host" >"$ROOTFS/etc/from-host"
	tell go
	finish_bundle
	assert_line "from the host"
}
