# run.oci.seccomp_bpf_data: a compiled filter in the place of the profile.

load ../lib/common
load container
load lifecycle

setup_file() { build_probe; }

setup() {
	common_setup
	require_root
	make_bundle
	make_probe
	case $(uname -m) in
	x86_64) GETPID=39 UMASK=95 ;;
	aarch64) GETPID=172 UMASK=166 ;;
	*) skip "knows no numbers of system calls on $(uname -m)" ;;
	esac
}

# insn CODE JT JF K: one instruction, little-endian
insn() {
	local k=$4
	printf '%b' "$(printf '\\x%02x' $(($1 & 255)) $(($1 >> 8)) "$2" "$3" $((k & 255)) $((k >> 8 & 255)) $((k >> 16 & 255)) $((k >> 24)))"
}

# errno_for NUMBER ERRNO: a filter that answers one system call, and allows all others
errno_for() { { insn 0x20 0 0 0 && insn 0x15 0 1 "$1" && insn 6 0 0 $((0x50000 | $2)) && insn 6 0 0 $((0x7fff0000)); } | base64 -w 0; }

given() { edit_config --arg data "$1" '.annotations["run.oci.seccomp_bpf_data"] = $data'; }

@test "run.oci.seccomp_bpf_data is loaded, without a profile" {
	given "$(errno_for "$UMASK" 77)"
	inside "probe call $UMASK; probe call $GETPID >/dev/null && echo allowed; grep ^Seccomp: /proc/self/status"
	run_bundle
	assert_success
	assert_stderr ""
	assert_output $'errno 77\nallowed\nSeccomp:\t2'
}

@test "run.oci.seccomp_bpf_data takes the place of a profile, and says so; its flags stay" {
	edit_config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", flags: ["SECCOMP_FILTER_FLAG_LOG"],
		syscalls: [{names: ["umask"], action: "SCMP_ACT_NOTIFY"}]}'
	given "$(errno_for "$UMASK" 77)"
	inside "probe call $UMASK"
	run_bundle
	assert_success
	assert_output "errno 77"
	names_pointer /linux/seccomp
	assert_stderr_contains "the profile is not used"
	plan_bundle
	assert_matches 'seccomp .*flags=.*/annotations/run.oci.seccomp_bpf_data'
}

@test "run.oci.seccomp_bpf_data applies to exec too, as a user and without no_new_privs" {
	given "$(errno_for "$UMASK" 77)"
	edit_config '.process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000} | del(.process.capabilities)'
	args sleep 1000
	run_detached
	do_tare exec "$ID" probe call "$UMASK"
	assert_success
	assert_output "errno 77"
	succeed delete --force "$ID"
}

@test "run.oci.seccomp_bpf_data that the kernel would refuse is an error before anything is made" {
	local data text
	args true
	while read -r data text; do
		given "$data"
		run_bundle
		assert_status 1
		names_pointer /annotations/run.oci.seccomp_bpf_data
		assert_stderr_contains "$text"
		assert_clean
	done <<-END
		nonsense! is not base64
		BgAAAAAA has 6 bytes, which are no whole instructions of 8
		$({ insn 0x15 0 1 7 && insn 6 0 0 0; } | base64 -w 0) cannot be loaded: instruction 0 (code 0x15) jumps out of the filter
		$(insn 0x20 0 0 0 | base64 -w 0) does not end with a return
		$(insn 6 0 0 $((0x7fc00000)) | base64 -w 0) asks a listener
	END
	given ""
	run_bundle
	assert_status 1 && assert_stderr_contains "has 0 bytes" &&
		assert_stderr_contains "the value is base64 of the instructions that seccomp(2) takes"
	assert_stderr_contains "the value is base64 of the instructions that seccomp(2) takes"
}
