#!/usr/bin/env bats
# A hostile container and the processes that `tare exec` sends into it (KERNEL.md, sentence 13;
# SECURITY.md: CVE-2016-9962, CVE-2019-5736, CVE-2024-21626, CVE-2022-29162, CVE-2026-30892).
#
# EXEC_COUNT: how many come under the eyes of the spy at least (default 100). EXEC_SECONDS: and for how
# long at least (default 10).

# shellcheck disable=SC2030,SC2031,SC2154 # bats and common.bash set status, output, WORK ...
load hostile
load ../integration/container
load ../integration/lifecycle

EXEC_COUNT=${EXEC_COUNT:-100} EXEC_SECONDS=${EXEC_SECONDS:-10}

# leaky COMMAND...: run by a caller who leaks 60 descriptors of the host's root, and number 2000.
# exec_in ARG...: `tare exec` by such a caller.
leaky() { "$ATTACK" leak / 60 2000 "$@"; }
exec_in() { run --separate-stderr leaky "$TARE" --root "$STATE" exec "$@" </dev/null; }

# sleeping [FILTER]: a container that sleeps, with the probe inside.
sleeping() {
	make_bundle ".root.readonly = false | .process.args = [\"sleep\", \"1000\"] | ${1:-.}"
	with_probe
	run_detached
}

done_with_it() { succeed delete --force "$ID"; }

# ---- who watches the newcomers

# spying [FILTER]: a container that may trace what it sees, and is looking for something.
spying() {
	make_bundle '.root.readonly = false | .process.capabilities[] += ["CAP_SYS_PTRACE"]'
	[ $# -eq 0 ] || edit_config "$1"
	with_probe
	args /probe spy 1000 "$HOST/secret"
	run_detached
	until_true grep -qx watching "$WORK/container"
}

# spied: the spy's report is in $WORK/container. SEEN newcomers, SEIZED of them, and how often it HELD
# a program that is not the container's own file.
spied() {
	succeed kill "$ID" TERM
	until_true has_status stopped
	succeed delete "$ID"
	sed 's/caught [0-9]*/caught/' "$WORK/container" | sort | uniq -c >&2
	SEEN=$(sed -n 's/^seen //p' "$WORK/container")
	SEIZED=$(sed -n 's/^seized //p' "$WORK/container")
	HELD=$(sed -n 's/^held //p' "$WORK/container")
}

refute_caught() {
	! grep -q caught "$WORK/container" || fail "$(grep caught "$WORK/container" | sort | uniq -c)"
}

all_caught() {
	[ "$(grep -oE '^caught .*(with more capabilities|a program of the host|a way to the host)' "$WORK/container" |
		sed 's/caught [0-9]*//; s/ by .*//' | sort -u | wc -l)" -ge 4 ]
}

@test "the spy catches a process of the container, and a careless helper" {
	spying
	for _ in {1..10}; do tare exec "$ID" sleep 0.1 </dev/null; done
	spied
	[ "$SEIZED" -gt 0 ]
	refute_caught

	# One that joins the pid namespace with all its rights is what we must not be.
	spying
	cp "$TARE_ROOTFS/bin/busybox" "$WORK/busybox" # never a file of the machine
	for _ in {1..200}; do # each of the four is a matter of the right moment
		nsenter --target "$PID" --pid -- "$WORK/busybox" sleep 0.1
		! all_caught || break
	done
	spied
	grep -q '^caught .* seized a process with more capabilities' "$WORK/container"
	grep -q '^caught .* memory of a process with more capabilities' "$WORK/container"
	grep -q '^caught .* a program of the host' "$WORK/container"
	grep -q "^caught .* a way to the host" "$WORK/container"
}

# besieged [FILTER]: many execs while it watches; nothing of ours may get into its hands.
besieged() {
	local count=0 end=$((SECONDS + EXEC_SECONDS)) kind
	spying "$@"
	while [ $count -lt "$EXEC_COUNT" ] || [ "$SECONDS" -lt "$end" ]; do
		kind=$((count % 4))
		case $kind in
		0) set -- ;;
		1) set -- --user 1000:1000 ;;
		2) set -- --detach ;;
		3) set -- --cwd /etc --env A=B --no-new-privs ;;
		esac
		do_tare exec "$@" "$ID" true
		assert_success || return 1
		count=$((count + 1))
	done
	spied
	echo "# $count execs: $SEEN newcomers seen, $SEIZED seized, $HELD times tare-init held" >&3
	[ "$SEEN" -ge $((count / 10)) ] || fail "it was not awake" || return 1
	[ "$SEIZED" -gt 0 ] || fail "it got hold of nobody" || return 1
	refute_caught
}

@test "execs under the eyes of one who may trace: nothing to gain" { besieged; }
@test "execs under the eyes of one who may trace: no new privileges forbidden, and no filter" {
	EXEC_SECONDS=$((EXEC_SECONDS / 2)) besieged '.process.noNewPrivileges = false'
}
@test "execs under the eyes of one who may trace: a filter, loaded early" {
	EXEC_SECONDS=0 besieged '.process.noNewPrivileges = false
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
}

# ---- the program (CVE-2019-5736)

@test "what exec runs is never tare, whatever the image calls its program" {
	local name
	sleeping
	exec_in "$ID" /proc/self/exe
	[ "$status" -ne 0 ]
	assert_output ""
	for name in script bin/evil; do
		printf '#!/proc/self/exe\n' >"$ROOTFS/$name" && chmod 755 "$ROOTFS/$name"
		exec_in "$ID" "/$name"
		[ "$status" -ne 0 ] || fail "with /$name" "$(seen)"
		assert_output ""
		host_untouched
	done
	exec_in "$ID" readlink /proc/self/exe # it is the image's, and runs
	assert_success
	assert_output /bin/busybox
	done_with_it
}

# ---- descriptors (CVE-2016-9962, CVE-2024-21626)

@test "descriptors that the caller of exec leaks do not get in" {
	sleeping
	exec_in "$ID" /probe fds
	assert_success
	assert_output $'0\n1\n2'
	exec_in --preserve-fds 2 "$ID" /probe fds
	assert_success
	assert_output $'0\n1\n2\n3\n4'
	done_with_it
}

@test "a working directory of exec by way of a descriptor is refused" {
	local fd
	sleeping
	exec_in --cwd /etc "$ID" /probe cwd
	assert_output inside
	for fd in {3..20} 64 2000; do
		exec_in --cwd "/proc/self/fd/$fd" "$ID" /probe cwd
		assert_status 255 || fail "with $fd"
		assert_output ""
		jq --arg cwd "/proc/self/fd/$fd" '.process | .cwd = $cwd | .args = ["/probe", "cwd"]' \
			"$BUNDLE/config.json" >"$WORK/process.json"
		exec_in --process "$WORK/process.json" "$ID"
		assert_status 255 || fail "with $fd"
		assert_output ""
	done
	done_with_it
}

# stays_inside CWD: the program is in the root, or does not run.
stays_inside() {
	exec_in --cwd "$1" "$ID" /probe cwd
	case $status in
	0) [ "$output" = inside ] || fail "outside, with the directory $1" "$(seen)" ;;
	255) [ -z "$output" ] || fail "with the directory $1" "$(seen)" ;;
	*) fail "with the directory $1" "$(seen)" ;;
	esac
}

@test "links to descriptors, and tricks around them, do not lead exec outside" {
	local fd cwd
	sleeping
	for fd in 3 4 5 7 10 28 31 62; do
		image l w "/proc/self/fd/$fd"
		for cwd in /w /w/etc "/proc/self/fd/$fd/../.." "/proc/thread-self/fd/$fd" "/proc/1/fd/$fd"; do
			stays_inside "$cwd" || return 1
		done
	done
	for cwd in /proc/1/cwd /proc/1/root /proc/self/root/.. /proc/self/cwd /..; do
		stays_inside "$cwd" || return 1
	done
	done_with_it
}

# ---- identity and capabilities

# in_exec FIELD ARG...: the values of this field of /proc/self/status in what `exec ARG...` runs.
in_exec() {
	local field=$1
	shift
	exec_in "$@" "$ID" grep -E "^($field):" /proc/self/status
	assert_success || return 1
	output=$(cut -f2- <<<"$output" | tr '\n' ' ')
	output=${output% }
}

@test "inheritable and ambient capabilities stay empty, also with --cap (CVE-2022-29162)" {
	sleeping
	in_exec 'CapInh|CapAmb'
	assert_output "0000000000000000 0000000000000000"
	in_exec 'CapInh|CapAmb' --cap CAP_NET_RAW
	assert_output "0000000000000000 0000000000000000"
	in_exec 'CapPrm|CapEff|CapBnd' --cap CAP_NET_RAW # so the option does something
	assert_output "0000000020002420 0000000020002420 0000000020002420"
	in_exec 'CapInh|CapPrm|CapEff|CapAmb' --cap CAP_NET_RAW --user 1000
	assert_output "0000000000000000 0000000000000000 0000000000000000 0000000000000000"
	done_with_it
}

@test "a user is a number, and keeps the group of the config (CVE-2026-30892)" {
	local user
	sleeping '.process.user = {uid: 7, gid: 8, additionalGids: [9]}'
	# names in the image have no say
	printf '1:x:0:0::/:/bin/sh\nroot:x:0:0::/:/bin/sh\n' >"$ROOTFS/etc/passwd"
	printf '1:x:0:1\n8:x:0:1\n' >"$ROOTFS/etc/group"
	in_exec 'Uid|Gid'
	assert_output "7	7	7	7 8	8	8	8"
	in_exec 'Uid|Gid' --user 1
	assert_output "1	1	1	1 8	8	8	8"
	in_exec 'Uid|Gid' --user 0
	assert_output "0	0	0	0 8	8	8	8"
	in_exec 'Uid|Gid' --user 1:5
	assert_output "1	1	1	1 5	5	5	5"
	in_exec 'Uid|Gid' --user 4294967294:2147483648
	assert_output "4294967294	4294967294	4294967294	4294967294 2147483648	2147483648	2147483648	2147483648"
	for user in root 1x x1 -1 +1 ' 1' '1 ' 0x1 '' : 1: :1 1:x 1:-1 1:1:1 1.0 1e3 \
		4294967295 4294967296 18446744073709551617 1:4294967295 1:4294967296; do
		exec_in --user "$user" "$ID" id
		[ "$status" -ne 0 ] || fail "with the user \"$user\"" "$(seen)"
		assert_output "" || fail "with the user \"$user\""
	done
	done_with_it
}
