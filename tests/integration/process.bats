# config.json's /process: who the program is, what it may do, and within which limits.

load ../lib/common
load container

setup_file() { build_probe; }

setup() {
	common_setup
	require_root
}

# status_field NAME: a line of /proc/self/status in the output.
status_field() { awk -v name="$1:" '$1 == name { $1 = ""; print substr($0, 2) }' <<<"$output"; }

# capability_set NAME...: as /proc/self/status shows it.
capability_set() {
	local name set=0
	for name; do
		case $name in
		CHOWN) set=$((set | 1 << 0)) ;;
		KILL) set=$((set | 1 << 5)) ;;
		SETPCAP) set=$((set | 1 << 8)) ;;
		NET_BIND_SERVICE) set=$((set | 1 << 10)) ;;
		AUDIT_WRITE) set=$((set | 1 << 29)) ;;
		CHECKPOINT_RESTORE) set=$((set | 1 << 40)) ;;
		esac
	done
	printf '%016x' "$set"
}

@test "uid and gid, all four kinds of them" {
	make_bundle '.process.user = {uid: 1234, gid: 5678}'
	args cat /proc/self/status
	run_bundle
	assert_success
	assert_equal "$(status_field Uid)" "1234 1234 1234 1234"
	assert_equal "$(status_field Gid)" "5678 5678 5678 5678"
	assert_equal "$(status_field Groups)" ""
}

@test "the largest uid and gid" {
	make_bundle '.process.user = {uid: 4294967294, gid: 4294967294}'
	inside 'id -u; id -g'
	run_bundle
	assert_success
	assert_output $'4294967294\n4294967294'
}

@test "additional gids, and none of the caller's" {
	make_bundle '.process.user.additionalGids = [7, 100, 4294967294]'
	args cat /proc/self/status
	run --separate-stderr setpriv --groups 55,56 -- "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_equal "$(status_field Groups)" "7 100 4294967294"
	edit_config 'del(.process.user.additionalGids)'
	run --separate-stderr setpriv --groups 55,56 -- "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_equal "$(status_field Groups)" ""
}

@test "the capabilities of the default config" {
	make_bundle
	args cat /proc/self/status
	run_bundle
	local three
	three=$(capability_set KILL NET_BIND_SERVICE AUDIT_WRITE)
	assert_equal "$(status_field CapInh)" 0000000000000000
	assert_equal "$(status_field CapPrm)" "$three"
	assert_equal "$(status_field CapEff)" "$three"
	assert_equal "$(status_field CapBnd)" "$three"
	assert_equal "$(status_field CapAmb)" 0000000000000000
}

@test "five different capability sets of a user who is not root" {
	make_bundle '.process.user = {uid: 1000, gid: 1000} | .process.capabilities = {
		bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETPCAP"],
		permitted: ["CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
		effective: ["CAP_CHOWN"],
		inheritable: ["CAP_KILL", "CAP_NET_BIND_SERVICE"],
		ambient: ["CAP_KILL"]}'
	args cat /proc/self/status
	run_bundle
	assert_success
	assert_stderr ""
	# capabilities(7): without file capabilities an exec leaves a user the ambient ones
	assert_equal "$(status_field CapBnd)" "$(capability_set CHOWN KILL NET_BIND_SERVICE SETPCAP)"
	assert_equal "$(status_field CapInh)" "$(capability_set KILL NET_BIND_SERVICE)"
	assert_equal "$(status_field CapAmb)" "$(capability_set KILL)"
	assert_equal "$(status_field CapPrm)" "$(capability_set KILL)"
	assert_equal "$(status_field CapEff)" "$(capability_set KILL)"
}

@test "root without no_new_privs gains the bounding set by exec, with it the permitted set" {
	make_bundle '.process.capabilities = {bounding: ["CAP_CHOWN", "CAP_KILL"],
		permitted: ["CAP_KILL"], effective: []}'
	args cat /proc/self/status
	run_bundle
	assert_equal "$(status_field CapPrm)" "$(capability_set KILL)"
	assert_equal "$(status_field CapBnd)" "$(capability_set CHOWN KILL)"
	edit_config '.process.noNewPrivileges = false'
	run_bundle
	assert_equal "$(status_field CapPrm)" "$(capability_set CHOWN KILL)"
}

@test "no capabilities at all" {
	local set
	make_bundle 'del(.process.capabilities)'
	args cat /proc/self/status
	run_bundle
	assert_success
	for set in Inh Prm Eff Bnd Amb; do
		assert_equal "$(status_field Cap$set)" 0000000000000000
	done
}

@test "every capability that the kernel has" {
	make_bundle
	edit_config --argjson all "$(own_capabilities)" '
		.process.capabilities = {bounding: $all, permitted: $all, effective: $all}'
	args cat /proc/self/status
	run_bundle
	assert_success
	assert_stderr ""
	assert_equal "$(status_field CapEff)" "$(awk '/^CapEff/ { print $2 }' /proc/self/status)"
}

# The names of all that we have ourselves and could give, as a JSON list.
own_capabilities() {
	local names=(CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP
		LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER
		SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE
		SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP
		MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF
		CHECKPOINT_RESTORE)
	local own=() number set
	set=0x$(awk '/^CapEff/ { print $2 }' /proc/self/status)
	for number in "${!names[@]}"; do
		(((set >> number & 1) == 0)) || own+=("CAP_${names[number]}")
	done
	jq -cn '$ARGS.positional' --args "${own[@]}"
}

# may_raise: have we CAP_SYS_RESOURCE, which raises hard limits and lowers OOM scores?
may_raise() { own_capabilities | grep -q '"CAP_SYS_RESOURCE"'; }

@test "an unknown capability is a warning, and the others are given" {
	make_bundle '.process.capabilities.permitted += ["CAP_TO_FLY"]'
	args cat /proc/self/status
	run_bundle
	assert_success
	assert_stderr_contains CAP_TO_FLY
	assert_equal "$(status_field CapPrm)" "$(capability_set KILL NET_BIND_SERVICE AUDIT_WRITE)"
}

@test "capabilities do what they say" {
	make_bundle '.root.readonly = false'
	inside 'touch /tmp/f; chown 1 /tmp/f && echo changed'
	run_bundle
	refute_contains changed
	edit_config '.process.capabilities[] += ["CAP_CHOWN"]'
	run_bundle
	assert_success
	assert_output changed
}

@test "no_new_privs: a set-user-ID program gains nothing, without it it gains root" {
	make_bundle '.process.user = {uid: 1000, gid: 1000}'
	make_probe
	chmod 4755 "$ROOTFS/bin/probe"
	inside 'probe ids; grep NoNewPrivs /proc/self/status'
	run_bundle
	assert_success
	assert_output $'1000 1000 1000\nNoNewPrivs:\t1'
	edit_config '.process.noNewPrivileges = false'
	run_bundle
	assert_success
	assert_output $'1000 0 0\nNoNewPrivs:\t0'
	edit_config 'del(.process.noNewPrivileges)'
	run_bundle
	assert_output $'1000 0 0\nNoNewPrivs:\t0'
}

@test "all sixteen rlimits" {
	local nice=0
	! may_raise || nice=13 # 0 is the usual hard limit
	make_bundle
	edit_config --argjson nice $nice '.process.rlimits = [
		["CPU", 1000], ["FSIZE", 2000000], ["DATA", 300000000], ["STACK", 4000000], ["CORE", 0],
		["RSS", 50000000], ["NPROC", 600], ["NOFILE", 70], ["MEMLOCK", 80000], ["AS", 900000000],
		["LOCKS", 10], ["SIGPENDING", 110], ["MSGQUEUE", 12000], ["NICE", $nice], ["RTPRIO", $nice],
		["RTTIME", 150000]] | .process.rlimits |= map({type: "RLIMIT_\(.[0])", soft: .[1],
			hard: (if .[1] == 0 then 0 else .[1] + 1 end)})'
	args cat /proc/self/limits
	run_bundle
	assert_success
	assert_equal "$(awk -F '  +' 'NR > 1 { print $1 "|" $2 "|" $3 }' <<<"$output")" \
		"Max cpu time|1000|1001
Max file size|2000000|2000001
Max data size|300000000|300000001
Max stack size|4000000|4000001
Max core file size|0|0
Max resident set|50000000|50000001
Max processes|600|601
Max open files|70|71
Max locked memory|80000|80001
Max address space|900000000|900000001
Max file locks|10|11
Max pending signals|110|111
Max msgqueue size|12000|12001
Max nice priority|$nice|$((nice ? nice + 1 : 0))
Max realtime priority|$nice|$((nice ? nice + 1 : 0))
Max realtime timeout|150000|150001"
}

@test "an unlimited rlimit" {
	make_bundle '.process.rlimits = [{type: "RLIMIT_STACK", soft: 4711, hard: 4711}]'
	inside 'ulimit -s'
	sed -i 's/4711/18446744073709551615/' "$BUNDLE/config.json" # jq cannot write it
	ulimit -Ss 4096
	run_bundle
	assert_success
	assert_output unlimited
}

@test "without rlimits the program has the caller's" {
	make_bundle '.process.rlimits = []'
	inside 'ulimit -Sn; ulimit -Hn; ulimit -Sc'
	ulimit -Sn 777
	ulimit -Hn 1888
	ulimit -Sc 0
	run_bundle
	assert_success
	assert_output $'777\n1888\n0'
}

@test "limits are for the program, not for what it takes to start it" {
	make_bundle '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 3, hard: 3},
		{type: "RLIMIT_FSIZE", soft: 0, hard: 0}, {type: "RLIMIT_NPROC", soft: 1, hard: 1}]'
	args echo started
	run_bundle
	assert_success
	assert_output started
}

@test "many bind mounts under a small limit of descriptors" {
	make_bundle '.mounts += [range(200) | {destination: "/mnt/\(.)", type: "bind", source: "/etc", options: ["bind"]}]'
	inside 'grep -c " /mnt/" /proc/self/mountinfo'
	ulimit -Sn 32
	run_bundle
	assert_success
	assert_output 200
}

@test "oomScoreAdj, and the caller's without it" {
	make_bundle '.process.oomScoreAdj = 123'
	args cat /proc/self/oom_score_adj
	run_bundle
	assert_success
	assert_output 123
	edit_config 'del(.process.oomScoreAdj)'
	run --separate-stderr choom -n 77 -- "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_output 77
}

@test "a negative oomScoreAdj" {
	may_raise || skip "needs CAP_SYS_RESOURCE"
	make_bundle '.process.oomScoreAdj = -456'
	args cat /proc/self/oom_score_adj
	run_bundle
	assert_output -456
}

@test "signals that the caller ignores or blocks are as usual for the program" {
	make_bundle
	args grep -E "^Sig(Blk|Ign)" /proc/self/status
	run --separate-stderr bash -c 'trap "" USR1 PIPE; exec "$@"' bash \
		"$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_output "$(printf 'SigBlk:\t%016d\nSigIgn:\t%016d' 0 0)"
}

@test "the program leads a session of its own, and has no parent inside" {
	make_bundle
	inside 'echo $$ $PPID; cut -d" " -f5,6 /proc/self/stat' # process group and session
	run_bundle
	assert_success
	assert_output $'1 0\n1 1'
}

# CRIU can only save what lies on a mount of the container's own.
@test "a stream that is /dev/null is the container's own /dev/null, and another stays" {
	make_bundle
	inside 'stat -c %d /dev/null; for i in 0 2; do stat -L -c %d /proc/self/fd/$i; done; cat /proc/self/fd/1 </dev/null >/dev/null && echo open'
	"$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>/dev/null
	[ "$(sort -u "$WORK/out" | grep -c '^[0-9]')" = 1 ] || fail "$(cat "$WORK/out")"
	[ "$(head -n 1 "$WORK/out")" != "$(stat -c %d /dev/null)" ]
	grep -qx open "$WORK/out"

	inside 'test -f /proc/self/fd/0 && cat'
	echo content >"$WORK/in"
	run --separate-stderr "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" <"$WORK/in"
	assert_success
	assert_output content
}
