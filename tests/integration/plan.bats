# tare plan: the program of a bundle, without running it or being root.

load ../lib/common
load container

# acts host|inside STEP FILTER: the acts of this step in the plan as JSON, through a filter of jq.
acts() { jq -c --arg where "$1" --arg step "$2" "[.[] | select(.where == \$where and .step == \$step)] | $3" <<<"$output"; }
json_plan() {
	plan_bundle --format json
	assert_success
}

@test "plan shows the steps of the host and of the inside, and makes nothing" {
	make_bundle
	plan_bundle
	assert_success
	assert_stderr ""
	assert_matches 'clone the helper'
	assert_matches 'exec +argv=\["true"\]'
	[ ! -e "$STATE" ]
}

@test "each step names the property that asked for it" {
	make_bundle '.hostname = "planned" | .linux.sysctl = {"net.ipv4.ip_forward": "1"}
		| .process.rlimits = [{type: "RLIMIT_CORE", soft: 1, hard: 2}]
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"}'
	plan_bundle
	assert_success
	assert_matches 'hostname="planned" +<- /hostname'
	assert_matches 'type="proc" target="/proc".* <- /mounts/0'
	assert_matches 'path="kcore".* <- /linux/maskedPaths/2'
	assert_matches ' <- /linux/sysctl/net.ipv4.ip_forward'
	assert_matches 'soft=1 hard=2 +<- /process/rlimits/0'
	assert_matches ' <- /linux/seccomp'
	assert_matches ' <- /root/readonly'
	assert_matches ' <- /process/args/0'
	assert_contains "/tare-ID"
}

@test "with an id the plan is that container's" {
	make_bundle
	run --separate-stderr tare plan --bundle "$BUNDLE" my-box
	assert_success
	assert_contains /tare-my-box
	refute_contains /tare-ID
}

@test "what the config does not ask for is not in the plan" {
	make_bundle 'del(.hostname, .linux.maskedPaths, .linux.readonlyPaths) | .mounts = [] | .root.readonly = false'
	plan_bundle
	assert_success
	refute_contains "/mounts/"
	refute_contains "/hostname"
	refute_contains "Paths"
	refute_contains "/root/readonly"
}

@test "a user without privileges can plan a root container and a rootless one" {
	require_root
	require_test_user
	make_bundle
	chmod -R go+rX "$BUNDLE"
	run --separate-stderr as_user "$TARE" --root "$STATE" plan --bundle "$BUNDLE"
	assert_success
	assert_matches 'type="proc" target="/proc".* <- /mounts/0'
	[ ! -e "$STATE" ]
	make_rootless_bundle
	run --separate-stderr as_user "$TARE" --root "$STATE" plan --bundle "$BUNDLE"
	assert_success
	assert_contains "write the id maps"
	assert_contains user
}

@test "a plan is the same every time" {
	make_bundle
	plan_bundle
	local first=$output
	plan_bundle
	assert_equal "$output" "$first"
}

@test "a mistake in the config is told, and the exit status is 1" {
	make_bundle '.process.cwd = "relative"'
	plan_bundle
	assert_status 1
	assert_output ""
	names_pointer /process/cwd
}

@test "a bundle that is not there, and one without a config" {
	run --separate-stderr tare plan --bundle "$WORK/none"
	assert_status 1
	assert_stderr_contains "$WORK/none"
	mkdir "$WORK/empty"
	run --separate-stderr tare plan --bundle "$WORK/empty"
	assert_status 1
	assert_stderr_contains config.json
	assert_no_engine_phrase
}

# ---- what the host does

@test "each limit is in the plan: file, value, property and its place" {
	require_root
	require_controller memory
	make_bundle '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 32}, cpu: {shares: 512}}'
	json_plan
	# the container does what was planned: each file has the value
	local file value
	acts host "limit the cgroup" '.[] | select(.arguments.file | test("devices") | not) | .arguments | "\(.file)=\(.value)"' |
		tr -d '"' >"$WORK/limits"
	assert_equal "$(wc -l <"$WORK/limits")" 3
	assert_equal "$(acts host "limit the cgroup" '[.[].origin.pointer | strings | select(test("memory|pids"))]')" \
		'["/linux/resources/memory/limit","/linux/resources/pids/limit"]'
	acts host "limit the cgroup" '.[] | select(.origin.pointer == "/linux/resources/pids/limit") | .origin | [.file, .line]' >"$WORK/place"
	assert_equal "$(<"$WORK/place")" "[\"config.json\",$(grep -n '"limit": 32' "$BUNDLE/config.json" | cut -d: -f1)]"
	args sleep 1000
	tare create --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>&1 3>&-
	while IFS='=' read -r file value; do
		assert_equal "$(cat "${file/tare-ID/tare-$ID}")" "$value"
	done <"$WORK/limits"
	tare delete --force "$ID"
}

@test "each limit is in the plan (v2): files of v2, and the device program" {
	require_cgroup hybrid
	# of the core, as all controllers may be v1's here
	make_bundle '.linux.resources = {unified: {"cgroup.max.depth": "7"},
		devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, minor: 229, access: "rw"}]}'
	run --separate-stderr with_cgroups v2 "$TARE" --root "$STATE" plan --format json --bundle "$BUNDLE"
	assert_success
	assert_equal "$(acts host "limit the cgroup" '[.[] | select(.arguments.file) | [.arguments.file, .arguments.value, .origin.pointer]]')" \
		'[["/sys/fs/cgroup/tare-ID/cgroup.max.depth","7","/linux/resources/unified/cgroup.max.depth"]]'
	assert_equal "$(acts host "limit the cgroup" '[.[] | select(.arguments.program)] | .[0].arguments.rule | test("^[0-9]+ instructions, deny what no rule is about$")')" true
	assert_equal "$(acts host "limit the cgroup" '[.[] | select(.arguments.program)] | .[-1] | [.arguments.rule, .origin.pointer]')" \
		'["allow c 10:229 rw","/linux/resources/devices/1"]'
}

@test "with systemd: the unit, its slice, and what it is told" {
	require_root
	make_bundle '.linux.cgroupsPath = "machine.slice:box:one" | .linux.resources = {pids: {limit: 5}}
		| .annotations = {"org.systemd.property.Description": "\u0027a box\u0027"}'
	# only whether it runs is looked at
	run --separate-stderr unshare --mount -- sh -c 'mount -t tmpfs none /run && mkdir -p /run/systemd/system && exec "$@"' sh \
		"$TARE" --root "$STATE" --systemd-cgroup plan --format json --bundle "$BUNDLE"
	assert_success
	assert_equal "$(acts host "start the scope" '.[0] | [.arguments, .origin.pointer]')" \
		'[{"unit":"box-one.scope","slice":"machine.slice"},"/linux/cgroupsPath"]'
	assert_equal "$(acts host "start the scope" '[.[].arguments.property | strings] | index("TasksMax=t:5") != null')" true
	assert_equal "$(acts host "start the scope" '[.[].arguments.property | strings] | .[-1]')" "\"Description=v:'a box'\""
	assert_equal "$(acts host "make the cgroup" 'all(.arguments.directory | endswith("/machine.slice/box-one.scope"))')" true
}

@test "without a cgroup there is none, and no limits" {
	make_bundle '.linux.resources = {pids: {limit: 5}}'
	run --separate-stderr tare --cgroup-manager disabled plan --bundle "$BUNDLE"
	assert_success
	assert_stderr_contains "run would fail"
	names_pointer /linux/resources/pids/limit
	refute_contains "the cgroup  "
	refute_contains pids.max
}

@test "limits that run would fail to set are a warning, and the rest is planned" {
	require_root
	make_bundle '.linux.resources = {pids: {limit: 3}}'
	# a machine without cgroups
	run --separate-stderr unshare --mount -- sh -c 'umount -R /sys/fs/cgroup && exec "$@"' sh \
		"$TARE" --root "$STATE" plan --bundle "$BUNDLE"
	assert_success
	assert_stderr_contains "run would fail"
	names_pointer /linux/resources/pids/limit
	assert_matches 'exec +argv'
}

@test "hooks stand where they run" {
	make_bundle '.hooks = {
		prestart: [{path: "/bin/one"}], createRuntime: [{path: "/bin/two", args: ["two", "x"], timeout: 5}],
		createContainer: [{path: "/bin/three"}], startContainer: [{path: "/bin/four"}],
		poststart: [{path: "/bin/five", env: ["A=b"]}], poststop: [{path: "/bin/six"}]}'
	json_plan
	output=$(jq -c '[.[] | select(.arguments.path | strings | startswith("/bin/")) | [.where, .step, .arguments.path, .origin.pointer]]' <<<"$output")
	assert_output '[["host","remember the poststop hooks","/bin/six","/hooks/poststop/0"],["host","follow the helper","/bin/one","/hooks/prestart/0"],["host","follow the helper","/bin/two","/hooks/createRuntime/0"],["host","run the poststart hooks","/bin/five","/hooks/poststart/0"],["inside","hook","/bin/three","/hooks/createContainer/0"],["inside","hook","/bin/four","/hooks/startContainer/0"]]'
}

@test "id maps, network devices, OOM score and seccomp filter" {
	make_rootless_bundle '.linux.namespaces += [{type: "network"}] | .linux.netDevices = {eth7: {name: "inner"}} | .process.oomScoreAdj = 500
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["ptrace"], action: "SCMP_ACT_ERRNO"}]}'
	json_plan
	assert_equal "$(acts host "write the id maps" '.[0] | [.arguments.map, .arguments.container, .origin.pointer]')" '["uid",0,"/linux/uidMappings/0"]'
	assert_equal "$(acts host "move the network devices" '.[0] | [.arguments, .origin.pointer]')" '[{"device":"eth7","name":"inner"},"/linux/netDevices/eth7"]'
	assert_equal "$(acts host "set the OOM score" '.[0].arguments')" '{"value":500}'
	assert_equal "$(acts inside seccomp '.[0] | (.arguments.instructions > 3) and .origin.pointer == "/linux/seccomp"')" true
}

# ---- JSON

@test "the plan as JSON: numbers, sides, steps and origins are those of the text" {
	make_bundle '.hostname = "planned"'
	json_plan
	assert_json 'all(.[]; (keys == ["arguments", "number", "origin", "step", "title", "where"])
		and (.where == "host" or .where == "inside") and (.arguments | type == "object")
		and (.origin == null or (.origin | .pointer[0:1] == "/" and .file == "config.json")))'
	assert_json '[.[] | select(.where == "inside") | .number] == [range(1; 1 + ([.[] | select(.where == "inside")] | length))]'
	jq -r '.[] | "\(.number) \(.step)"' <<<"$output" | uniq >"$WORK/json"
	plan_bundle
	assert_success
	sed -nE 's/^ +([0-9]+)  (.*)$/\1 \2/p' <<<"$output" | sed -E 's/ +[a-z_]+=.*| +<- .*//' >"$WORK/text"
	diff "$WORK/json" "$WORK/text"
}

@test "text of the config steers no terminal, and is whole in JSON" {
	make_bundle
	edit_config '.process.env += ["X=\u001b[2J\u009b1m\"\\" + ("y" * 3000)] | .annotations = {"a/b~\u001b": "v"}'
	plan_bundle
	assert_success
	refute_contains $'\e'
	refute_contains $'\u009b'
	json_plan
	assert_equal "$(acts inside exec '.[0].arguments.env[] | strings | select(startswith("X=")) | length')" 3011
	assert_equal "$(acts host "write the record" '.[-1] | [.arguments.annotation, .origin.pointer]')" '["a/b~\u001b","/annotations/a~1b~0\u001b"]'
}

@test "a format that there is not" {
	make_bundle
	plan_bundle --format yaml
	assert_status 1
	assert_stderr_contains yaml
}

# ---- what another config changes

# diff_with FILTER [OPTION...]: the plan against that of a config that the filter of jq makes.
diff_with() {
	jq "$1" "$BUNDLE/config.json" >"$WORK/other.json"
	plan_bundle --diff "$WORK/other.json" "${@:2}"
}

@test "what has no effect is no difference: blanks, the order of keys and of maps" {
	make_bundle '.annotations = {a: "1", b: "2"} | .linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "100"}
		| .hostname = "same"'
	diff_with .
	assert_success
	assert_output "no difference in effect"
	# every object backwards, on one line
	jq -c 'def turn: if type == "object" then to_entries | reverse | map({key, value: (.value | turn)}) | from_entries
		elif type == "array" then map(turn) else . end; turn' "$BUNDLE/config.json" >"$WORK/other.json"
	plan_bundle --diff "$WORK/other.json"
	assert_success
	assert_output "no difference in effect"
	plan_bundle --diff "$WORK/other.json" --format json
	assert_success
	assert_output "[]"
	# another order of namespaces: they are made at once
	diff_with '.linux.namespaces |= reverse'
	assert_success
	[ ! -e "$STATE" ]
}

@test "removed, added and changed steps, with their places in both files" {
	require_controller pids
	make_bundle '.hostname = "before" | .linux.resources = {pids: {limit: 10}}'
	diff_with '.hostname = "after" | .linux.resources.pids.limit = 20 | del(.linux.readonlyPaths)
		| .mounts += [{destination: "/new", type: "tmpfs", source: "tmpfs"}]'
	assert_status 1
	assert_stderr ""
	assert_contains "--- config.json
+++ $WORK/other.json"
	assert_matches '~ inside +hostname'
	assert_contains 'hostname: "before" -> "after"'
	assert_matches "<- /hostname \\(config.json:[0-9]+:[0-9]+\\) -> /hostname \\($WORK/other.json:[0-9]+:[0-9]+\\)"
	assert_contains 'value: "10" -> "20"'
	assert_matches '[+] inside +mount type="tmpfs" target="/new".* <- /mounts/[0-9]+ \('
	assert_matches '- inside +readonly path="bus".* <- /linux/readonlyPaths/0 \(config.json:'
	refute_contains "read the config"
	refute_contains "compile the program"
	assert_matches '[0-9]+ removed, 1 added, 2 changed$'
}

@test "the difference as JSON" {
	make_bundle '.hostname = "before"'
	diff_with '.hostname = "after" | .mounts += [{destination: "/new", type: "tmpfs", source: "tmpfs"}]' --format json
	assert_status 1
	assert_json 'length == 2 and .[0].change == "changed" and .[0].before.arguments.hostname == "before"
		and .[0].after.arguments.hostname == "after" and .[0].after.origin.pointer == "/hostname"
		and .[1].change == "added" and .[1].before == null and .[1].after.arguments.target == "/new"'
}

@test "a mount that moves is a difference, as one may cover another" {
	make_bundle '.mounts += [{destination: "/a", type: "tmpfs", source: "tmpfs"}, {destination: "/b", type: "tmpfs", source: "tmpfs"}]'
	diff_with '.mounts[-2:] |= reverse'
	assert_status 1
	assert_contains "1 removed, 1 added, 0 changed"
}

@test "a filter of the same length that does something else is a difference" {
	make_bundle '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["ptrace"], action: "SCMP_ACT_ERRNO"}]}'
	diff_with '.linux.seccomp.syscalls[0].names = ["mount"]'
	assert_status 1
	assert_contains "0 removed, 0 added, 1 changed"
	assert_matches '~ inside +seccomp instructions='
}

@test "another config that is missing, broken or wrong: told with its place, and the exit status is 2" {
	make_bundle
	plan_bundle --diff "$WORK/none.json"
	assert_status 2
	assert_output ""
	assert_stderr_contains "cannot read $WORK/none.json: it does not exist"
	assert_no_engine_phrase
	printf '{\n  "root": {\n' >"$WORK/broken.json"
	plan_bundle --diff "$WORK/broken.json"
	assert_status 2
	assert_output ""
	assert_stderr_contains "$WORK/broken.json:3"
	diff_with '.process.cwd = "relative"'
	assert_status 2
	assert_output ""
	names_pointer /process/cwd
	assert_stderr_contains "($WORK/other.json:$(grep -n '"cwd"' "$WORK/other.json" | cut -d: -f1):"
	plan_bundle --diff "$WORK"
	assert_status 2
	assert_stderr_contains "$WORK is not a regular file"
	# the bundle's own
	edit_config '.process.cwd = "relative"'
	plan_bundle --diff "$WORK/other.json"
	assert_status 2
	assert_stderr_contains "(config.json:"
	plan_bundle --diff "$WORK/other.json" --no-such-option
	assert_status 2
}
