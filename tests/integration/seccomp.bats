# linux.seccomp: filters, their actions, and system calls that the profile does not know.

load ../lib/common
load container

setup_file() { build_probe; }

setup() {
	common_setup
	require_root
	make_bundle
	make_probe
	case $(uname -m) in
	x86_64) GETPID=39 GETCWD=79 CHDIR=80 SETHOSTNAME=170 UMASK=95 ;;
	aarch64) GETPID=172 GETCWD=17 CHDIR=49 SETHOSTNAME=161 UMASK=166 ;;
	*) skip "knows no numbers of system calls on $(uname -m)" ;;
	esac
}

# profile FILTER: the profile, from one that allows everything.
profile() { edit_config '.linux.seccomp = ({defaultAction: "SCMP_ACT_ALLOW"} | '"$1)"; }

# rule ACTION NAME [MORE-JSON]: a rule of it.
rule() {
	edit_config --arg action "$1" --arg name "$2" --argjson more "${3:-{\}}" \
		'.linux.seccomp.syscalls += [{names: [$name], action: $action} + $more]'
}

# An allow-list that is enough for busybox and the probe.
enough='defaultAction = "SCMP_ACT_ERRNO" | .syscalls = [{action: "SCMP_ACT_ALLOW", names: [
	"access", "arch_prctl", "brk", "clone", "close", "dup2", "dup3", "execve", "exit", "exit_group", "faccessat",
	"fcntl", "fstat", "futex", "getcwd", "getdents64", "getegid", "geteuid", "getgid", "getpid", "getppid",
	"getrandom", "getuid", "ioctl", "lseek", "mmap", "mprotect", "munmap", "newfstatat", "open", "openat", "poll",
	"prctl", "prlimit64", "read", "readlink", "readlinkat", "rseq", "rt_sigaction", "rt_sigprocmask",
	"rt_sigreturn", "set_robust_list", "set_tid_address", "setgid", "setuid", "stat", "statx", "uname", "vfork", "wait4", "write"]}]'

@test "a filter is on, and no_new_privs with it" {
	profile .
	rule SCMP_ACT_ERRNO sethostname
	args grep -E '^(NoNewPrivs|Seccomp|Seccomp_filters):' /proc/self/status
	run_bundle
	assert_success
	assert_output $'NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1'
}

@test "errno: EPERM by default, the rule's own, and zero" {
	profile .
	rule SCMP_ACT_ERRNO umask
	rule SCMP_ACT_ERRNO getcwd '{"errnoRet": 77}'
	rule SCMP_ACT_ERRNO chdir '{"errnoRet": 0}'
	inside "probe call $UMASK; probe call $GETCWD; probe call $CHDIR; probe call $GETPID"
	run_bundle
	assert_success
	assert_equal "$(head -n 3 <<<"$output")" $'errno 1\nerrno 77\nok 0'
	assert_matches 'ok [0-9]+$'
}

@test "the default action errno, with its own number" {
	profile ".$enough | .defaultErrnoRet = 55"
	inside "probe call $UMASK 0; probe call $GETPID >/dev/null && echo allowed"
	run_bundle
	assert_success
	assert_output $'errno 55\nallowed'
}

@test "system calls newer than the profile say ENOSYS, older ones the profile's errno" {
	profile ".$enough | .defaultErrnoRet = 1"
	inside "probe call 9999; probe call $UMASK 0"
	run_bundle
	assert_success
	assert_output $'errno 38\nerrno 1'
}

@test "with an action of kill, newer system calls say ENOSYS too, and older ones kill" {
	profile ".$enough | .defaultAction = \"SCMP_ACT_KILL_PROCESS\""
	inside "probe call 9999; probe call $UMASK 0; echo \$?"
	run_bundle
	assert_success
	assert_output $'errno 38\n159'
}

@test "kill: the program dies of SIGSYS" {
	local action
	for action in SCMP_ACT_KILL SCMP_ACT_KILL_THREAD SCMP_ACT_KILL_PROCESS; do
		profile .
		rule $action umask
		args probe trap $UMASK 0 # a handler does not help
		run_bundle
		assert_status 159
		assert_output ""
	done
}

@test "trap: a signal that can be caught" {
	profile .
	rule SCMP_ACT_TRAP umask
	args probe trap $UMASK 0
	run_bundle
	assert_success
	assert_output "SIGSYS $UMASK"
	drop_namespace pid
	args probe call $UMASK 0
	run_bundle
	assert_status 159
}

@test "trace without a tracer is ENOSYS, log and allow go through" {
	profile .
	rule SCMP_ACT_TRACE umask
	rule SCMP_ACT_LOG getpid
	inside "probe call $UMASK 0; probe call $GETPID | cut -c1-2"
	run_bundle
	assert_success
	assert_output $'errno 38\nok'
	profile '.defaultAction = "SCMP_ACT_LOG"'
	inside "probe call $UMASK 0"
	run_bundle
	assert_success
	assert_matches '^ok '
}

# op OP VALUE [VALUE-TWO]: which of the masks 0..4 does a rule on umask(2) refuse? As digits.
op() {
	local two=${3:-0}
	profile .
	rule SCMP_ACT_ERRNO umask '{"args": [{"index": 0, "op": "'"$1"'", "value": '"$2"', "valueTwo": '"$two"'}]}'
	inside "for m in 0 1 2 3 4; do probe call $UMASK \$m | grep -q errno && echo -n \$m; done; echo"
	run_bundle
	assert_success
}

@test "arguments: all seven comparisons" {
	op SCMP_CMP_EQ 2 && assert_output 2
	op SCMP_CMP_NE 2 && assert_output 0134
	op SCMP_CMP_LT 2 && assert_output 01
	op SCMP_CMP_LE 2 && assert_output 012
	op SCMP_CMP_GT 2 && assert_output 34
	op SCMP_CMP_GE 2 && assert_output 234
	op SCMP_CMP_MASKED_EQ 1 1 && assert_output 13
}

@test "arguments: 64 bits, several of them, and the same one twice" {
	profile .
	rule SCMP_ACT_ERRNO umask '{"args": [{"index": 0, "op": "SCMP_CMP_EQ", "value": 4294967298}]}'
	inside "probe call $UMASK 4294967298; probe call $UMASK 2 | cut -c1-2"
	run_bundle
	assert_output $'errno 1\nok'
	# all arguments of a rule have to match
	profile .
	rule SCMP_ACT_ERRNO umask '{"args": [{"index": 0, "op": "SCMP_CMP_EQ", "value": 1}, {"index": 1, "op": "SCMP_CMP_EQ", "value": 5}]}'
	inside "probe call $UMASK 1 5; probe call $UMASK 1 6 | cut -c1-2; probe call $UMASK 2 5 | cut -c1-2"
	run_bundle
	assert_output $'errno 1\nok\nok'
	# conditions on the same argument are alternatives
	profile .
	rule SCMP_ACT_ERRNO umask '{"args": [{"index": 0, "op": "SCMP_CMP_EQ", "value": 1}, {"index": 0, "op": "SCMP_CMP_EQ", "value": 3}]}'
	inside "probe call $UMASK 1; probe call $UMASK 3; probe call $UMASK 2 | cut -c1-2"
	run_bundle
	assert_output $'errno 1\nerrno 1\nok'
}

@test "without no_new_privs, as root and as a user" {
	edit_config '.process.noNewPrivileges = false'
	profile .
	rule SCMP_ACT_ERRNO umask
	inside "grep -E '^(NoNewPrivs|Seccomp|CapPrm):' /proc/self/status; probe call $UMASK 0"
	run_bundle
	assert_success
	# CAP_SYS_ADMIN, needed to load the filter, is not left over
	assert_output $'CapPrm:\t0000000020000420\nNoNewPrivs:\t0\nSeccomp:\t2\nerrno 1'
	edit_config '.process.user = {uid: 1000, gid: 1000}'
	run_bundle
	assert_success
	assert_output $'CapPrm:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t2\nerrno 1'
}

@test "a profile that denies execve: the start fails and says so" {
	profile .
	rule SCMP_ACT_ERRNO execve
	args echo started
	run_bundle
	assert_status 1
	assert_output ""
	assert_stderr_contains 'exec: "echo": permission denied'
	assert_clean
}

@test "a profile that denies what tare-init itself uses does not disturb the start" {
	profile .
	local name
	for name in sendmsg sendto write close fcntl mount umask setuid setgid capset openat; do
		rule SCMP_ACT_ERRNO $name
	done
	args probe ids # prints nothing: it may not write
	run_bundle
	assert_success
	assert_output ""
}

@test "an unknown name is left out, a known architecture is added" {
	profile '.architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64"]'
	rule SCMP_ACT_ERRNO no_such_system_call
	rule SCMP_ACT_ERRNO umask
	inside "probe call $UMASK 0"
	run_bundle
	assert_success
	assert_output "errno 1"
}

@test "crun's annotation makes an unknown name an error; 0 does not" {
	profile .
	rule SCMP_ACT_ERRNO umask
	rule SCMP_ACT_ERRNO no_such_system_call
	args echo started
	edit_config '.annotations["run.oci.seccomp_fail_unknown_syscall"] = "0"'
	run_bundle
	assert_success
	assert_output started
	edit_config '.annotations["run.oci.seccomp_fail_unknown_syscall"] = "1"'
	expect_refused "$BUNDLE" /linux/seccomp/syscalls/1/names/0 'knows no system call "no_such_system_call"'
}

@test "flags" {
	profile '.flags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"]'
	rule SCMP_ACT_ERRNO umask
	inside "probe call $UMASK 0"
	run_bundle
	assert_success
	assert_output "errno 1"
}

@test "an empty profile that allows everything" {
	profile .
	args grep ^Seccomp: /proc/self/status
	run_bundle
	assert_success
	assert_output $'Seccomp:\t2'
}

# ---- compiled filters are kept in .seccomp of the state root

entries() { (cd "$STATE/.seccomp" && stat -c '%n %i %Z %a' -- *); }

@test "a profile is compiled once, and damage is mended" {
	local first
	profile .
	rule SCMP_ACT_ERRNO umask '{"errnoRet": 77}'
	inside "probe call $UMASK 0"
	run_bundle
	assert_output "errno 77"
	first=$(entries)
	[[ $first == *" 600" ]] || fail "$first"
	run_bundle
	assert_output "errno 77"
	assert_equal "$(entries)" "$first" # read, and not written again
	printf 'x' | dd of="$(echo "$STATE"/.seccomp/*)" bs=1 seek=100 conv=notrunc status=none
	run_bundle
	assert_output "errno 77"
	[ "$(entries)" != "$first" ] || fail "the damaged entry is still there"
}

@test "another profile is another filter" {
	profile .
	rule SCMP_ACT_ERRNO umask '{"errnoRet": 77}'
	inside "probe call $UMASK 0"
	run_bundle
	assert_output "errno 77"
	edit_config '.linux.seccomp.syscalls[0].errnoRet = 78'
	run_bundle
	assert_output "errno 78"
	assert_equal "$(entries | wc -l)" 2
}

@test "a cache that is not ours alone is not used, and hinders nobody" {
	profile .
	rule SCMP_ACT_ERRNO umask '{"errnoRet": 77}'
	inside "probe call $UMASK 0"
	mkdir -p "$STATE/.seccomp" && chmod 777 "$STATE/.seccomp"
	run_bundle
	assert_output "errno 77"
	assert_equal "$(ls -A "$STATE/.seccomp")" ""
	rmdir "$STATE/.seccomp" && ln -s "$WORK" "$STATE/.seccomp"
	run_bundle
	assert_output "errno 77"
	assert_equal "$(find "$WORK" -maxdepth 1 -type f -regex '.*/[0-9a-f]*')" ""
	rm "$STATE/.seccomp"
}
