# tare check: all that is wrong with a bundle, before it is run; kill and delete by pattern; logs.

load ../lib/common
load container
load lifecycle

# found JQ-FILTER: what `tare check` found, as JSON; sets status and output
check_json() {
	do_tare check --format json "$@" "$BUNDLE"
	assert_stderr ""
	jq empty <<<"$output" || fail "no JSON: $output"
}

@test "a config without mistakes: warnings only, exit 0; --strict counts them" {
	make_bundle
	check_json
	assert_status 0
	[ "$(jq -c '[.[].severity] | unique' <<<"$output")" = '["warning"]' ] || fail "$output"
	check_json --strict
	assert_status 1
}

@test "nothing to remark" {
	make_bundle '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"}
		| .linux.resources += {pids: {limit: 20}, memory: {limit: 67108864}}'
	check_json --strict
	assert_status 0 && assert_output "[]"
	do_tare check "$BUNDLE"
	assert_status 0 && assert_output "0 errors, 0 warnings"
}

@test "schema, rules, and files that are missing, all at once, each with its line" {
	make_bundle '.process.cwd = "tmp" | .process.user.uid = -1 | .root.path = "nowhere"
		| .mounts += [{destination: "/x", type: "bind", source: "/does/not/exist", options: ["bind"]}]
		| .hooks.prestart = [{path: "/no/hook"}]'
	check_json
	assert_status 1
	local pointers
	pointers=$(jq -r '.[] | select(.severity == "error") | .pointer' <<<"$output" | sort | tr '\n' ' ')
	[ "$pointers" = "/hooks/prestart/0/path /mounts/7/source /process/cwd /process/user/uid /root/path " ] ||
		fail "$pointers"
	jq -e 'all(.[] | select(.pointer != ""); .line > 0)' <<<"$output" >/dev/null || fail "$output"
	do_tare check "$BUNDLE"
	assert_status 1
	[[ $output == *"config.json:"*": error: /process/cwd: the working directory is \"tmp\""* ]] || fail "$output"
	[[ $output == *"5 errors, "* ]] || fail "$output"
}

@test "what only compiling finds out" {
	make_bundle '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mount", "opneat"], action: "SCMP_ACT_ERRNO"}]}
		| .annotations["run.oci.seccomp_fail_unknown_syscall"] = "1"'
	check_json
	assert_status 1
	jq -e '[.[] | select(.severity == "error")] | length == 1 and (.[0] | .pointer == "/linux/seccomp/syscalls/0/names/1"
		and .line > 0 and .code == "seccomp-filter" and .hint == "did you mean \"openat\"?")' <<<"$output" >/dev/null || fail "$output"
}

@test "what a reviewer would raise" {
	make_bundle '.process.capabilities.bounding += ["CAP_SYS_ADMIN"] | .process.noNewPrivileges = false
		| .linux.namespaces |= map(select(.type != "network" and .type != "pid"))
		| .linux.readonlyPaths = [] | .linux.maskedPaths = []'
	check_json
	local text
	text=$(jq -r '.[].message' <<<"$output")
	for word in CAP_SYS_ADMIN "set-user-ID" "host's network" "host's processes" /proc/sys /proc/kcore seccomp "fork bomb"; do
		[[ $text == *"$word"* ]] || fail "not remarked: $word" "$text"
	done
}

@test "nothing of it is made, and no privilege is needed" {
	require_test_user
	make_rootless_bundle
	run --separate-stderr as_user "$TARE" --root "$STATE" check "$BUNDLE"
	[ "$status" -eq 0 ] || fail "$(seen)"
	[ ! -e "$STATE" ] || fail "a state root was made"
}

@test "a bundle without a config is a failure" {
	do_tare check "$WORK"
	assert_status 1 && assert_output "" && assert_stderr_contains "config.json"
}

@test "--host: what the machine has, as text and as JSON; success where a container can start" {
	run --separate-stderr tare check --host
	assert_success && assert_stderr ""
	assert_matches 'Linux +'"$(uname -r)"
	assert_matches '[0-9]+ there, [0-9]+ lacking, 0 without which nothing starts'
	run --separate-stderr tare check --host --format json
	assert_success
	assert_json 'map(select(.area == "system calls" and .status == "has") | .name) | contains(["openat2", "clone3", "mount_setattr"])'
	assert_json 'map(select(.area == "namespaces" and .status == "has") | .name) | contains(["mnt", "pid", "user", "time"])'
	assert_json 'all(.status == "has" or (.effect | length) > 0)'
	assert_json '(map(select(.name == "SELinux")) | .[0].status) == "'"$([ -e /sys/fs/selinux/enforce ] && echo has || echo lacks)"'"'
	run --separate-stderr tare check --host --strict
	assert_status 1 # no machine has all of it: resctrl and SELinux and AppArmor
	run --separate-stderr tare check --host "$WORK"
	assert_status 1
	assert_stderr_contains "--host is about this machine, and takes no bundle"
}

@test "--host: as an ordinary user, with what he may" {
	require_test_user
	run --separate-stderr as_user "$TARE" check --host --format json
	assert_success
	assert_json 'map(select(.name == "CAP_SYS_ADMIN"))[0].status == "lacks"'
	assert_json 'map(select(.name == "/etc/subuid"))[0] | .status == "has" and .value == "700000:65536"'
	assert_json 'map(select(.name == "a cgroup can be made"))[0] | .status == "lacks" and (.remedy | contains("Delegate=yes"))'
}

@test "--host: limits of namespaces, and calls that are refused, are seen" {
	run --separate-stderr unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_net_namespaces && exec "$0" check --host --format json' "$TARE"
	assert_success
	assert_json 'map(select(.area == "namespaces" and .name == "net"))[0] | .status == "lacks" and .remedy == "sysctl user.max_net_namespaces=15000"'
	require_command strace
	run --separate-stderr traced -o "$WORK/trace" -e trace=openat2 -e inject=openat2:error=ENOSYS "$TARE" check --host
	assert_status 1
	assert_matches '! openat2 +no container can be started'
	assert_contains "1 without which nothing starts"
}

@test "kill and delete by a regular expression" {
	require_root
	local ids=() id
	for _ in 1 2; do
		start_container
		ids+=("$ID")
	done
	make_bundle && args sleep 1000 && run_detached
	do_tare kill --regex "^($(IFS='|' && echo "${ids[*]}"))\$" KILL
	assert_success
	for id in "${ids[@]}"; do until_true has_status stopped "$id"; done
	assert_container running
	do_tare delete -r '('
	assert_status 1 && assert_stderr_contains "invalid regular expression"
	do_tare delete --force --regex "^tare-test-$TARE_TAG-"
	assert_success
	[ -z "$(tare list -q </dev/null)" ] || fail "$(tare list </dev/null)"
	do_tare delete --regex nothing-has-this-name
	assert_success
}

@test "log levels" {
	require_root
	make_bundle '.process.capabilities.bounding += ["CAP_NONE"]'
	do_tare run --bundle "$BUNDLE" "$ID"
	assert_success && assert_stderr_contains "CAP_NONE"
	do_tare --log-level error run --bundle "$BUNDLE" "$ID"
	assert_success && assert_stderr ""
	do_tare --log-level loud run --bundle "$BUNDLE" "$ID"
	assert_status 1 && assert_stderr_contains "invalid log-level: loud"
}

@test "a log in syslog or the journal, and where nobody listens" {
	require_root
	[ ! -e /dev/log ] || skip "there is a syslog here"
	do_tare --log syslog:name state nobody
	assert_status 1 && assert_stderr_contains "/dev/log does not answer"
	mkdir "$WORK/dev"
	socat -u "UNIX-RECVFROM:$WORK/dev/log,fork" "OPEN:$WORK/logged,creat,append" 3>&- &
	until_true test -S "$WORK/dev/log"
	unshare --mount bash -c 'mount --bind "$0/dev/log" /dev/log 2>/dev/null || { touch /dev/log; mount --bind "$0/dev/log" /dev/log; }
		"$1" --root "$0/state" --log syslog:name state nobody; umount /dev/log; rm -f /dev/log' "$WORK" "$TARE" 2>/dev/null || :
	until_true test -s "$WORK/logged"
	[[ $(<"$WORK/logged") == "<27>name: "*"container does not exist"* ]] || fail "$(<"$WORK/logged")"
	kill %1
}
