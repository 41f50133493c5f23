#!/usr/bin/env bats
# What the process gets: descriptors, directory, identity, capabilities (SECURITY.md: classes R2, R4).
load hostile

# ---- descriptors (CVE-2016-9962, CVE-2024-21626)

# leaky COMMAND...: run by a caller who leaks 60 descriptors of the host's root, and number 2000.
leaky() { "$ATTACK" leak / 60 2000 "$@"; }

@test "descriptors that the caller leaks do not get in" {
	make_bundle
	with_probe
	run leaky "$PROBE" fds
	[ "${#lines[@]}" -ge 64 ] # the leak is real
	assert_line 2000
	args /probe fds
	run --separate-stderr leaky "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
	assert_success
	assert_output $'0\n1\n2'
}

@test "--preserve-fds passes on what it says, and no more" {
	make_bundle
	with_probe
	args /probe fds
	run --separate-stderr leaky "$TARE" --root "$STATE" run --preserve-fds 2 --bundle "$BUNDLE" "$ID" </dev/null
	assert_success
	assert_output $'0\n1\n2\n3\n4'
}

@test "closed standard streams are not filled with something else" {
	make_bundle
	with_probe
	inside '/probe fds >&2'
	run --separate-stderr bash -c 'exec "$@" <&- >&-' _ "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_stderr $'0\n1\n2'
	inside 'readlink /proc/self/fd/0 >&2'
	run --separate-stderr bash -c 'exec "$@" <&-' _ "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_stderr /dev/null
}

@test "standard streams keep their owner and mode (CVE-2026-88265)" {
	local before
	make_bundle '.process.user = {uid: 1000, gid: 1000}'
	touch "$WORK/log" && chmod 600 "$WORK/log"
	before=$(stat -c '%u:%g %a' "$WORK/log")
	args echo written
	tare run --bundle "$BUNDLE" "$ID" >"$WORK/log"
	assert_equal "$before" "$(stat -c '%u:%g %a' "$WORK/log")"
	assert_equal written "$(<"$WORK/log")"
	assert_clean
}

# ---- the working directory (CVE-2024-21626)

# stays_inside: with the leaks about, the program is in the root or does not run at all.
stays_inside() {
	run --separate-stderr leaky "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
	case $status in
	0) [ "$output" = inside ] || fail "outside, with the directory $1" "$(seen)" ;;
	1) [ -z "$output" ] && names_pointer /process/cwd ;;
	*) fail "with the directory $1" "$(seen)" ;;
	esac
}

@test "a working directory by way of a descriptor is refused" {
	local fd
	make_bundle '.root.readonly = false'
	with_probe
	args /probe cwd
	for fd in {3..20} 64 2000; do
		edit_config --arg cwd "/proc/self/fd/$fd" '.process.cwd = $cwd'
		run --separate-stderr leaky "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
		assert_status 1
		assert_output ""
		names_pointer /process/cwd
	done
}

@test "links to descriptors, and tricks around them, do not lead outside" {
	local fd cwd
	make_bundle '.root.readonly = false'
	with_probe
	args /probe cwd
	for fd in 3 4 5 7 10 62; do
		image l w "/proc/self/fd/$fd"
		for cwd in /w /w/etc "/proc/self/fd/$fd/../.." "/proc/thread-self/fd/$fd" "/proc/1/fd/$fd"; do
			edit_config --arg cwd "$cwd" '.process.cwd = $cwd'
			stays_inside "$cwd" || return 1
		done
	done
	for cwd in /proc/1/cwd /proc/1/root /proc/self/root/.. /proc/self/cwd /proc/self/task/1/cwd /..; do
		edit_config --arg cwd "$cwd" '.process.cwd = $cwd'
		stays_inside "$cwd" || return 1
	done
}

@test "the same where /proc is the image's, or the directory is left by a rename" {
	make_bundle '.root.readonly = false | del(.mounts[0]) | del(.linux.maskedPaths, .linux.readonlyPaths)'
	with_probe
	image l proc/self/fd/7 "$HOST"
	args /probe cwd
	edit_config '.process.cwd = "/proc/self/fd/7"'
	run_bundle
	assert_success
	assert_output inside
}

# ---- the program (CVE-2019-5736)

@test "/proc/self/exe as the program reaches no file of the host" {
	local before
	before=$(stat -c '%i %s %Y %Z %a' "$TARE" && sha256sum "$TARE")
	make_bundle
	args /proc/self/exe
	run_bundle
	[ "$status" -ne 0 ]
	assert_output ""
	printf '#!/proc/self/exe\n' >"$ROOTFS/script" && chmod 755 "$ROOTFS/script"
	args /script
	run_bundle
	[ "$status" -ne 0 ]
	assert_output ""
	assert_equal "$before" "$(stat -c '%i %s %Y %Z %a' "$TARE" && sha256sum "$TARE")"
}

@test "who shares the pid namespace and may trace still gets no hold of the helper (CVE-2016-9962)" {
	local holder pid
	make_bundle '.root.readonly = false | .process.capabilities[] += ["CAP_SYS_PTRACE"]'
	with_probe
	args /probe spy 1000 "$HOST/secret"
	holder=$ID
	tare run --pid-file "$WORK/pid" --bundle "$BUNDLE" "$ID" >"$WORK/spy" &
	pid=$!
	for _ in {1..300}; do grep -q watching "$WORK/spy" && break || sleep 0.1; done
	make_bundle
	edit_config --arg path "/proc/$(<"$WORK/pid")/ns/pid" \
		'(.linux.namespaces[] | select(.type == "pid")).path = $path'
	for _ in {1..60}; do
		new_id
		tare run --bundle "$BUNDLE" "$ID"
	done
	tare kill "$holder" TERM
	wait "$pid"
	sed 's/caught [0-9]*/caught/' "$WORK/spy" | sort | uniq -c >&2
	[ "$(sed -n 's/^seen //p' "$WORK/spy")" -gt 10 ] # it had something to look at
	! grep -q caught "$WORK/spy"
}

# ---- identity (CVE-2016-3697, CVE-2026-30892; moby CVE-2026-61801)

whoami_is() { # UID GID
	assert_line "Uid:	$1	$1	$1	$1"
	assert_line "Gid:	$2	$2	$2	$2"
}

@test "names in the image's passwd and group have no say in who the process is" {
	make_bundle '.process.user = {uid: 1000, gid: 1000, username: "root", additionalGids: [5]}'
	printf '1000:x:0:0::/evil:/bin/sh\nroot:x:0:0::/root:/bin/sh\n' >"$ROOTFS/etc/passwd"
	printf '1000:x:0:1000\nroot:x:0:1000,root\n5:x:0:\n' >"$ROOTFS/etc/group"
	inside 'grep -E "^(Uid|Gid|Groups)" /proc/self/status; echo "HOME=$HOME"'
	run_bundle
	assert_success
	whoami_is 1000 1000
	assert_line "Groups:	5 "
	assert_line HOME=/
}

@test "HOME comes from the line of the uid, and not from a strange one" {
	local entry
	make_bundle '.process.user = {uid: 1000, gid: 1000}'
	inside 'echo "$HOME"'
	printf 'root:x:0:0::/root:/bin/sh\nuser:x:1000:7::/home/user:/bin/sh\nother:x:1000:7::/second:/bin/sh\n' >"$ROOTFS/etc/passwd"
	run_bundle
	assert_output /home/user
	for entry in x:x:1000 'x:x: 1000:0::/evil:' 'x:x:+1000:0::/evil:' x:x:1000x:0::/evil: \
		x:x:4294968296:0::/evil: x:x:18446744073709552616:0::/evil: '#x:x:1001:0::/evil:' :::: ''; do
		printf '%s\n' "$entry" >"$ROOTFS/etc/passwd"
		run_bundle
		assert_success
		assert_output / || fail "with the line: $entry"
	done
}

@test "a passwd that is endless, or no file, costs nothing and gives no HOME" {
	local kind
	make_bundle '.process.user = {uid: 1000, gid: 1000}'
	inside 'echo "$HOME"'
	rm "$ROOTFS/etc/passwd" && truncate -s 4G "$ROOTFS/etc/passwd"
	TARE_TIMEOUT=10 run_bundle
	assert_success
	assert_output /
	head -c 100000000 /dev/zero | tr '\0' x >"$ROOTFS/etc/passwd"
	TARE_TIMEOUT=10 run_bundle
	assert_success
	assert_output /
	for kind in "p etc/passwd" "d etc/passwd" "c etc/passwd 1 5" "l etc/passwd /dev/zero" "l etc/passwd passwd" \
		"l etc/passwd /proc/kmsg" "l etc/passwd $HOST/secret" "l etc nowhere"; do
		# shellcheck disable=SC2086 # words
		image $kind
		TARE_TIMEOUT=10 run_bundle
		assert_success || fail "with $kind"
		assert_output /
	done
}

@test "ids are the numbers of the config, in all four kinds of them" {
	local pair
	make_bundle
	for pair in "0 0" "0 5" "1 0" "65534 65534" "2147483648 4294967294"; do
		edit_config --argjson uid "${pair% *}" --argjson gid "${pair#* }" '.process.user = {uid: $uid, gid: $gid}'
		inside 'grep -E "^(Uid|Gid)" /proc/self/status'
		run_bundle
		assert_success
		# shellcheck disable=SC2086 # two words
		whoami_is $pair
	done
}

@test "helpers of the host are not looked up where the config's PATH leads (CVE-2026-84042)" {
	local name
	require_test_user
	mkdir "$WORK/trojans" && chown taretest "$WORK/trojans"
	for name in newuidmap newgidmap sh busybox; do
		printf '#!/bin/sh\ntouch "%s/ran-$0"\nexit 1\n' "$WORK/trojans" >"$WORK/trojans/$name"
		chmod 755 "$WORK/trojans/$name"
	done
	make_rootless_bundle
	cp "$WORK/trojans/newuidmap" "$WORK/trojans/newgidmap" "$ROOTFS/bin/"
	edit_config --arg path "PATH=$WORK/trojans" '.process.env = [$path] | .process.args = ["/bin/cat", "/proc/self/uid_map"]
		| .linux.uidMappings += [{containerID: 1, hostID: 700000, size: 65536}]
		| .linux.gidMappings += [{containerID: 1, hostID: 700000, size: 65536}]'
	run_bundle_as_user
	assert_success
	assert_contains 65536 # it was a helper that wrote this map
	[ -z "$(find "$WORK/trojans" -name 'ran-*')" ]
}

# ---- size (CVE-2021-43784)

@test "a config that is very large arrives whole: mappings, mounts, environment" {
	make_bundle '.linux.namespaces += [{type: "user"}] | .annotations = {big: ("a" * 1048576)}
		| .linux.uidMappings = [range(340) | {containerID: ., hostID: (. + 1), size: 1}]
		| .linux.gidMappings = .linux.uidMappings
		| .process.env += [range(500) | "VARIABLE_\(.)=\("x" * 200)"]
		| .mounts += [range(300) | {destination: "/tmp/\(.)", type: "bind", source: "/etc", options: ["bind", "ro"]}]'
	edit_config '.root.readonly = false'
	chown -R 1:1 "$ROOTFS"
	inside 'wc -l </proc/self/uid_map; grep -c " /tmp/[0-9]* ro" /proc/self/mountinfo; env | grep -c ^VARIABLE_
		[ "$(readlink /proc/self/ns/user)" != "$1" ] && [ "$(readlink /proc/self/ns/mnt)" != "$2" ] && echo own namespaces; ulimit -Sn'
	edit_config --arg user "$(readlink /proc/self/ns/user)" --arg mnt "$(readlink /proc/self/ns/mnt)" '.process.args += ["sh", $user, $mnt]'
	run --separate-stderr bash -c 'ulimit -Sn 64; exec "$@"' _ "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
	assert_success
	assert_output $'340\n300\n500\nown namespaces\n1024'
}

# ---- privileges (CVE-2022-24769, CVE-2022-29162; youki's noNewPrivileges)

@test "noNewPrivileges is applied by value: true, false, absent, null" {
	local row
	make_bundle
	keep_config
	for row in "true 1" "false 0" "null 0" "absent 0"; do
		restore_config
		if [ "${row% *}" = absent ]; then
			edit_config 'del(.process.noNewPrivileges)'
		else
			edit_config --argjson value "${row% *}" '.process.noNewPrivileges = $value'
		fi
		inside 'grep NoNewPrivs /proc/self/status'
		run_bundle
		assert_success
		assert_output "NoNewPrivs:	${row#* }"
	done
}

caps() { # prints the five sets, without names
	inside 'grep ^Cap /proc/self/status | cut -f2 | tr "\n" " "'
	run_bundle
	assert_success
}

@test "capabilities are those of the config, set by set, and no inheritable ones by default" {
	make_bundle
	jq -e '.process.capabilities | (.inheritable // []) == [] and (.ambient // []) == []' "$BUNDLE/config.json"
	caps
	assert_output "0000000000000000 0000000020000420 0000000020000420 0000000020000420 0000000000000000 "
	# A user other than root holds what the kernel keeps across execve: nothing of it.
	make_bundle '.process.user = {uid: 1000, gid: 1000}'
	caps
	assert_output "0000000000000000 0000000000000000 0000000000000000 0000000020000420 0000000000000000 "
	make_bundle 'del(.process.capabilities)'
	caps
	assert_output "0000000000000000 0000000000000000 0000000000000000 0000000000000000 0000000000000000 "
	make_bundle '.process.user.uid = 1000 | .process.capabilities = ({bounding: ["CAP_KILL", "CAP_CHOWN"]}
		| .permitted = ["CAP_KILL"] | .effective = ["CAP_KILL"] | .inheritable = ["CAP_KILL"] | .ambient = ["CAP_KILL"])'
	caps
	assert_output "0000000000000020 0000000000000020 0000000000000020 0000000000000021 0000000000000020 "
}

@test "a file with an inheritable capability does not give it to a user" {
	require_command setcap
	make_bundle '.process.user = {uid: 1000, gid: 1000} | .process.noNewPrivileges = false
		| .process.capabilities = ({bounding: ["CAP_NET_RAW"]} | .permitted = .bounding | .effective = .bounding)'
	with_probe
	cp "$ROOTFS/bin/busybox" "$ROOTFS/grep"
	setcap cap_net_raw+ei "$ROOTFS/grep" || skip "this filesystem takes no file capabilities"
	inside 'exec /grep CapPrm /proc/self/status' # busybox takes its name from argv[0]
	run_bundle
	assert_output "CapPrm:	0000000000000000"
	setcap cap_net_raw+ep "$ROOTFS/grep" # a permitted one does, so the file is effective at all
	run_bundle
	assert_output "CapPrm:	0000000000002000"
}

# ---- sysctl (CVE-2022-0811)

@test "sysctls that try to get elsewhere change nothing on the host" {
	local key
	make_bundle
	keep_config
	for key in kernel/../kernel/core_pattern net.ipv4/../../kernel/core_pattern net/../kernel/core_pattern net/./ipv4/ip_forward \
		/kernel/core_pattern net.ipv4.//.//.kernel.core_pattern net. .net "" kernel.core_pattern 'net.ipv4.ip_forward ' net..ipv4; do
		restore_config
		edit_config --arg key "$key" '.linux.sysctl = {($key): "|/evil"}'
		refused_run "" "/linux/sysctl/" || fail "with the key $key"
	done
	restore_config
	edit_config '.linux.sysctl = {"kernel.shm_rmid_forced": "1+kernel.core_pattern=|/evil"}'
	refused_run /linux/sysctl/kernel.shm_rmid_forced ""
}

# ---- masks (CVE-2015-3630, CVE-2019-16884, CVE-2025-31133)

# masked_paths: what of the template's lists this kernel has, as "PATH TYPE"
@test "all masked paths are masked, all read-only paths read-only, and cannot be undone" {
	local path masked frozen
	make_bundle '.linux.maskedPaths += ["/proc/interrupts", "/proc/1/task", "/etc/secret"]'
	with_probe
	echo secret >"$ROOTFS/etc/secret"
	mapfile -t masked < <(jq -r '.linux.maskedPaths[]' "$BUNDLE/config.json")
	mapfile -t frozen < <(jq -r '.linux.readonlyPaths[]' "$BUNDLE/config.json")
	inside 'for p; do [ ! -e "$p" ] || stat -c "%n %F %t:%T" "$p"; [ ! -d "$p" ] || ls -A "$p"; done'
	edit_config '.process.args += ["sh"] + .linux.maskedPaths'
	run_bundle
	assert_success
	assert_line "/proc/interrupts character special file 1:3"
	assert_line "/etc/secret character special file 1:3"
	assert_line "/proc/1/task directory 0:0"
	[ "${#lines[@]}" -ge 5 ]
	for path in "${lines[@]}"; do # nothing is listed below a directory, and nothing else is there
		[[ $path == "/"*" character special file 1:3" || $path == "/"*" directory 0:0" ]] || fail "not masked: $path"
	done

	args /probe undo "${masked[@]}" "${frozen[@]}"
	run_bundle
	assert_success
	refute_contains " ok"
	args sh -c 'for p; do [ ! -d "$p" ] || ! touch "$p/new" || echo "wrote $p"; done 2>/dev/null; /probe write "$@"' sh \
		"${frozen[@]}" /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname
	run_bundle
	refute_contains wrote
	refute_contains " ok"
	assert_line "/proc/sys/kernel/core_pattern EROFS"
}

@test "the probe does see what is not masked (the test above can fail)" {
	make_bundle 'del(.linux.maskedPaths, .linux.readonlyPaths) | .process.capabilities[] += ["CAP_SYS_ADMIN"] | .root.readonly = false'
	with_probe
	inside 'stat -c "%n %F" /proc/interrupts; /probe undo /tmp; /probe write /proc/sys/kernel/hostname'
	run_bundle
	assert_line "/proc/interrupts regular empty file"
	assert_line "/tmp tmpfs ok"
	assert_line "/proc/sys/kernel/hostname ok"
}
