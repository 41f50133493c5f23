#!/usr/bin/env bats
# Devices that the image forges, and devices that it should not get (SECURITY.md: CVE-2025-31133,
# CVE-2025-52565, CVE-2026-88264, CVE-2026-88265, GHSA-g54h-m393-cpwq).
load hostile

bare_dev() { # an image that brings its own /dev
	make_bundle '.root.readonly = false'
	without_mount /dev /dev/pts /dev/shm /dev/mqueue
	with_probe
}

# forged NAME: the ways to forge a device, one a line, for `image`. Each name also exists on the host.
forged() {
	cat <<-END
		l $1 $HOST/target
		l $1 ../../../../../..$HOST/target
		l $1 /secret
		l $1 /proc/sys/kernel/core_pattern
		l $1 /proc/self/fd/1
		l $1 ${1#*/}
		f $1
		p $1
		d $1
		c $1 1 5
		b $1 1 3
	END
}

# ---- /dev/null

@test "a forged default device is refused, and stays as it is" {
	local row name
	bare_dev
	for name in dev/null dev/tty; do
		while read -r row; do
			echo inner >"$ROOTFS/secret"
			# shellcheck disable=SC2086 # words
			image $row
			refused_run "" "/$name" || fail "with: $row"
			[ "$(cat "$ROOTFS/secret")" = inner ]
			rm -r "${ROOTFS:?}/$name"
		done < <(forged "$name" | { [ $name = dev/null ] && cat || head -n 1; })
	done
}

@test "a true device of the image is used" {
	bare_dev
	image c dev/null 1 3
	args /probe write /dev/null
	run_bundle
	assert_success
	assert_output "/dev/null ok"
}

@test "the masks do not come from the image's /dev/null (CVE-2025-31133)" {
	local row kind
	make_bundle
	with_probe
	keep_config
	while read -r row; do
		restore_config
		mkdir "$WORK/dev"
		# shellcheck disable=SC2086 # words
		ROOTFS=$WORK image ${row:-f dev/other} # not in the image but in the volume that is its /dev
		edit_config --arg dev "$WORK/dev" '(.mounts[] | select(.destination == "/dev")) |= {destination, type: "bind", source: $dev, options: ["rbind", "rw"]}
			| .linux.maskedPaths += ["/proc/interrupts"]'
		inside 'stat -c "%n %F %t:%T" /proc/interrupts /proc/keys; ls -A /sys/firmware; /probe write /proc/sys/kernel/core_pattern'
		run_bundle
		assert_success || fail "with: $row"
		assert_output "/proc/interrupts character special file 1:3
/proc/keys character special file 1:3
/proc/sys/kernel/core_pattern EROFS" || fail "with: $row"
		rm -rf "${WORK:?}/dev"
	done < <(echo && forged dev/null)
}

@test "through a mask the host's null device cannot be changed" {
	local before
	make_bundle '.process.capabilities[] += ["CAP_FOWNER", "CAP_CHOWN", "CAP_DAC_OVERRIDE"] | .linux.maskedPaths += ["/proc/interrupts"]'
	before=$(stat -c '%a %u:%g' /dev/null)
	inside 'chmod 600 /proc/interrupts; chown 5:5 /proc/interrupts; stat -c %F /proc/interrupts'
	run_bundle
	assert_output "character special file"
	assert_equal "$before" "$(stat -c '%a %u:%g' /dev/null)"
}

@test "standard streams that are files or pipes are not taken for /dev/null (CVE-2026-88265)" {
	make_bundle
	inside 'for fd in 0 1 2; do readlink /proc/$$/fd/$fd; done'
	run --separate-stderr bash -c '"$@" 2>&1 </dev/zero | cat' _ "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	[[ $output == "/dev/zero"$'\n'"pipe:"*$'\n'"pipe:"* ]] || fail "$(seen)"
	"$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" <"$HOST/target" >"$WORK/out" 2>"$WORK/err"
	assert_equal "$HOST/target"$'\n'"$WORK/out"$'\n'"$WORK/err" "$(<"$WORK/out")"
}

# ---- /dev/ptmx, /dev/fd and the other links

@test "/dev/ptmx and the links of /dev are tare's, whatever the image has there" {
	local row name
	bare_dev
	for name in ptmx fd stdin; do
		while read -r row; do
			rm -rf "${ROOTFS:?}"/dev/*
			# shellcheck disable=SC2086 # words
			image $row
			inside 'readlink "/dev/$1"'
			edit_config --arg name "$name" '.process.args += ["sh", $name]'
			run_bundle
			assert_success || fail "with: $row"
			case $name in
			ptmx) assert_output pts/ptmx ;;
			fd) assert_output /proc/self/fd ;;
			stdin) assert_output /proc/self/fd/0 ;;
			esac || fail "with: $row"
		done < <(forged "dev/$name" | sed -n '1p;4p;7p;8p')
	done
}

# ---- /dev/console (CVE-2025-52565, CVE-2026-88264)

terminal_dev() { # as bare_dev, with the devpts that a terminal needs
	bare_dev
	edit_config '.process.terminal = true | .mounts += [{destination: "/dev/pts", type: "devpts",
		source: "devpts", options: ["newinstance", "ptmxmode=0666", "mode=0620"]}]'
}

@test "a forged /dev/console is refused or harmless, never followed" {
	local row
	require_command script
	terminal_dev
	while read -r row; do
		rm -rf "${ROOTFS:?}"/dev/*
		# shellcheck disable=SC2086 # words
		image $row
		inside 'stat -c %F /dev/console; tty <&1'
		on_terminal
		case $row in
		"f "* | "c "*) # a file to mount on is what it takes
			assert_success || fail "with: $row"
			assert_contains "character special file" || fail "with: $row"
			;;
		*)
			[ "$status" -eq 1 ] || fail "with: $row" "$(seen)"
			assert_contains "/process/terminal" || fail "with: $row"
			;;
		esac
		host_untouched || fail "with: $row"
	done < <(forged dev/console)
}

@test "the terminal comes from the container's own devpts, whatever /dev/ptmx and /dev/pts are" {
	local row
	require_command script
	terminal_dev
	while read -r row; do
		rm -rf "${ROOTFS:?}"/dev/*
		# shellcheck disable=SC2086 # words
		image $row
		inside 'tty; stat -f -c %t /dev/pts; stat -c %t:%T /dev/console'
		on_terminal
		assert_success || fail "with: $row"
		assert_output $'/dev/pts/0\n1cd1\n88:0' || fail "with: $row"
	done < <(forged dev/ptmx | sed -n '1p;4p;7p;8p;10p' && echo "f dev/pts/0" && echo "l dev/pts/0 $HOST/target")
}

# ---- the device cgroup (GHSA-g54h-m393-cpwq)

# Nodes are made by the host, so that only opening them is judged.
device_nodes() {
	image c nodes/null 1 3
	image c nodes/zero 1 5
	image c nodes/mem 1 1
	image c nodes/kmsg 1 11
	image b nodes/disk "$((0x$(stat -c %t "$1" 2>/dev/null || echo 7)))" "$((0x$(stat -c %T "$1" 2>/dev/null || echo 0)))"
	image c nodes/tun 10 200
	image c nodes/fuse 10 229
}

devices_are_denied() { # COMMAND...: what runs the runtime
	make_bundle '.root.readonly = false | .process.capabilities[] += ["CAP_MKNOD", "CAP_SYS_ADMIN", "CAP_SYS_RAWIO", "CAP_SYSLOG"]'
	with_probe
	device_nodes "$(findmnt -no SOURCE / | head -n 1)"
	args /probe read /nodes/{null,mem,kmsg,disk,fuse}
	# An empty list, one without a rule that denies everything, and none at all: deny by default.
	local filter
	for filter in '[{allow: true, type: "c", major: 1, minor: 3, access: "rwm"}]' '[]' null; do
		edit_config ".linux.resources.devices = $filter"
		run --separate-stderr "$@" run --bundle "$BUNDLE" "$ID"
		assert_success
		assert_output "/nodes/null ok
/nodes/mem EPERM
/nodes/kmsg EPERM
/nodes/disk EPERM
/nodes/fuse EPERM"
	done
	# What is allowed by name is allowed, so it is the rules that decide.
	edit_config '.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 11, access: "r"}]'
	run --separate-stderr "$@" run --bundle "$BUNDLE" "$ID"
	assert_line "/nodes/kmsg ok"
	assert_line "/nodes/mem EPERM"
	args /probe write /nodes/kmsg
	run --separate-stderr "$@" run --bundle "$BUNDLE" "$ID"
	assert_line "/nodes/kmsg EPERM"
}

@test "devices are denied by default, with the cgroups of this machine" {
	devices_are_denied tare
}

# on_v2 ARG...: tare on a machine that has nothing but cgroup2.
on_v2() {
	unshare --mount --propagation private -- sh -eu -c '
		umount -R /sys/fs/cgroup
		mount -t cgroup2 cgroup2 /sys/fs/cgroup
		exec "$@"' sh "$TARE" --root "$STATE" "$@" </dev/null
}

@test "devices are denied by default on cgroup v2" {
	unshare --mount mount -t cgroup2 cgroup2 /mnt 2>/dev/null || skip "cannot mount cgroup2 here"
	devices_are_denied on_v2
}

@test "without CAP_MKNOD nothing can be made, with it the cgroup still decides" {
	make_bundle '.root.readonly = false'
	with_probe
	inside 'mknod /tmp/mem c 1 1; /probe read /tmp/mem'
	run_bundle
	assert_output "/tmp/mem ENOENT"
	edit_config '.process.capabilities[] += ["CAP_MKNOD", "CAP_SYS_RAWIO"]'
	run_bundle
	assert_output "/tmp/mem EPERM"
}
