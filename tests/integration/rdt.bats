# linux.intelRdt: classes of service and monitoring groups of resctrl, on a directory that behaves
# like it (resctrl.c, a tracer: no look for leaks under it), bound on /sys/fs/resctrl in a mount namespace of its own.

load ../lib/common
load container

setup_file() {
	"${CC:-cc}" -O1 -o "$BATS_FILE_TMPDIR/resctrl" "$TARE_SOURCE/tests/integration/resctrl.c"
}

setup() {
	common_setup
	require_root
	RESCTRL=$WORK/resctrl
	mkdir -p "$RESCTRL/info" "$RESCTRL/mon_groups" "$WORK/cgroup"
	touch "$RESCTRL/tasks"
	echo "invalid mask for domain 0" >"$RESCTRL/info/last_cmd_status"
	echo "    L3:0=fffff;1=fffff" >"$RESCTRL/schemata"
}

# /sys/fs is covered: sysfs takes no directory. The cgroups are bound to where they were.
with_resctrl() {
	unshare --mount --propagation private -- sh -ec '
		mount --rbind /sys/fs/cgroup "$1/cgroup"
		mount -t tmpfs tmpfs /sys/fs
		mkdir /sys/fs/cgroup /sys/fs/resctrl
		mount --rbind "$1/cgroup" /sys/fs/cgroup
		umount --recursive "$1/cgroup"
		mount --bind "$1/resctrl" /sys/fs/resctrl
		shift
		exec "$@"' sh "$WORK" env ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" timeout --foreground --kill-after=5 "$TARE_TIMEOUT" "$BATS_FILE_TMPDIR/resctrl" /sys/fs/resctrl "$@"
}

# tare_rdt ARG...: tare with resctrl. What it leaves running keeps the files and not a pipe.
tare_rdt() {
	status=0
	with_resctrl "$TARE" --root "$STATE" "$@" </dev/null >"$WORK/out" 2>"$WORK/err" 3>&- || status=$?
	output=$(<"$WORK/out")
	stderr=$(<"$WORK/err")
}

create_rdt() {
	edit_config '.process.args = ["sleep", "1000"]'
	tare_rdt create --pid-file "$WORK/pid" --bundle "$BUNDLE" "$ID"
}
delete_rdt() { tare_rdt delete --force "$ID" && assert_success; }

# refused TEXT POINTER: create fails, says so, and leaves no group
refused() {
	create_rdt
	assert_status 1 && assert_stderr_contains "$1" && names_pointer "$2" && assert_no_engine_phrase || return 1
	assert_equal "$(groups)" "${3-}" && assert_clean
}

groups() { (cd "$RESCTRL" && find . -mindepth 1 -type d ! -path ./info ! -name mon_groups | sort | tr '\n' ' '); }

@test "a group of its own, named like the container, with all schemata in one write" {
	make_bundle '.linux.intelRdt = {l3CacheSchema: "L3:0=f0;1=0f\nMB:0=10", memBwSchema: "MB:0=50;1=70"}'
	create_rdt
	assert_success
	assert_equal "$(cat "$RESCTRL/$ID/schemata")" $'MB:0=50;1=70\nL3:0=f0;1=0f'
	assert_equal "$(cat "$RESCTRL/$ID/tasks")" "$(cat "$WORK/pid")"
	assert_equal "$(groups)" "./$ID "
	delete_rdt
	assert_equal "$(groups)" ""
}

@test "schemata come before l3CacheSchema and memBwSchema of the same resource" {
	make_bundle '.linux.intelRdt = {schemata: ["L2:0=ff", "MB:0=30"], l3CacheSchema: "L3:0=f", memBwSchema: "MB:0=50"}'
	create_rdt
	assert_success
	assert_equal "$(cat "$RESCTRL/$ID/schemata")" $'L2:0=ff\nMB:0=30\nL3:0=f'
	delete_rdt
}

@test "without schemata none are written, also for an empty object" {
	make_bundle '.linux.intelRdt = {}'
	create_rdt
	assert_success
	[ ! -s "$RESCTRL/$ID/schemata" ]
	assert_equal "$(cat "$RESCTRL/$ID/tasks")" "$(cat "$WORK/pid")"
	delete_rdt
	assert_equal "$(groups)" ""
}

@test "a class of service that is missing is made, and stays after delete" {
	make_bundle '.linux.intelRdt = {closID: "gold", schemata: ["L3:0=ff"]}'
	create_rdt
	assert_success
	assert_equal "$(cat "$RESCTRL/gold/schemata" "$RESCTRL/gold/tasks")" $'L3:0=ff\n'"$(cat "$WORK/pid")"
	delete_rdt
	assert_equal "$(groups)" "./gold "
	inside true
	tare_rdt run --bundle "$BUNDLE" "$ID" # the class is one that exists now
	assert_success
	assert_equal "$(groups)" "./gold "
}

@test "a class of service that exists is joined, and stays" {
	mkdir -p "$RESCTRL/gold/mon_groups" && touch "$RESCTRL/gold/tasks"
	printf '    MB:0=100;1=100\n    L3:0=000ff;1=FFFFF\n' >"$RESCTRL/gold/schemata"
	make_bundle '.linux.intelRdt = {closID: "gold"}'
	create_rdt
	assert_success
	assert_equal "$(cat "$RESCTRL/gold/tasks")" "$(cat "$WORK/pid")"
	delete_rdt
	# The same values, otherwise written; and only part of them.
	edit_config '.linux.intelRdt = {closID: "gold", l3CacheSchema: "L3:1=fffff;0=ff", memBwSchema: "MB:1=100"}'
	create_rdt
	assert_success
	delete_rdt
	assert_equal "$(groups)" "./gold "
	assert_equal "$(head -n 1 "$RESCTRL/gold/schemata")" "    MB:0=100;1=100"
	# Others are an error, and the class is as it was.
	edit_config '.linux.intelRdt = {closID: "gold", schemata: ["MB:0=100", "L3:0=fe"]}'
	refused 'exists and does not have "L3:0=fe"' /linux/intelRdt/schemata/1 "./gold "
	assert_stderr_contains "/schemata; leave the schemata away to use it as it is"
	edit_config '.linux.intelRdt = {closID: "gold", schemata: ["L2:0=1"]}'
	refused 'does not have "L2:0=1"' /linux/intelRdt/schemata/0 "./gold "
}

@test "the class of all others is /" {
	make_bundle '.linux.intelRdt = {closID: "/", enableMonitoring: true}'
	create_rdt
	assert_success
	assert_equal "$(cat "$RESCTRL/tasks" "$RESCTRL/mon_groups/$ID/tasks")" "$(cat "$WORK/pid" <(echo) "$WORK/pid")"
	delete_rdt
	assert_equal "$(groups)" ""
}

@test "a monitoring group of the container's own, in a class that others have too" {
	mkdir -p "$RESCTRL/gold/mon_groups/other" && touch "$RESCTRL/gold/tasks"
	make_bundle '.linux.intelRdt = {closID: "gold", enableMonitoring: true}'
	create_rdt
	assert_success
	assert_equal "$(cat "$RESCTRL/gold/mon_groups/$ID/tasks")" "$(cat "$WORK/pid")"
	assert_equal "$(cat "$RESCTRL/gold/tasks")" "$(cat "$WORK/pid")"
	delete_rdt
	assert_equal "$(groups)" "./gold ./gold/mon_groups/other "
}

@test "exec joins the groups, and a class made for us stays while others are in it" {
	make_bundle '.linux.intelRdt = {schemata: ["L3:0=ff"], enableMonitoring: true}'
	create_rdt
	assert_success
	tare start "$ID"
	tare_rdt exec --detach --pid-file "$WORK/exec" "$ID" sleep 1000
	assert_success
	# The helper, whose child the program is: the kernel puts it where its parent is.
	[[ $(cat "$RESCTRL/$ID/tasks") != "$(cat "$WORK/pid")" && -s $RESCTRL/$ID/tasks ]]
	cmp "$RESCTRL/$ID/tasks" "$RESCTRL/$ID/mon_groups/$ID/tasks"
	echo $$ >"$RESCTRL/$ID/tasks"
	delete_rdt
	assert_equal "$(groups)" "./$ID "
	assert_stderr_contains "stays: others are in it"
}

@test "run: the group is gone with the container" {
	make_bundle '.linux.intelRdt = {schemata: ["L3:0=ff"], enableMonitoring: true}'
	inside 'echo up'
	tare_rdt run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_output up
	assert_equal "$(groups)" ""
}

@test "what fails says which property, and leaves no group" {
	make_bundle '.linux.intelRdt = {closID: "gold"}'
	refused "there is no class of service" /linux/intelRdt/closID
	assert_stderr_contains "make the directory beforehand, or write schemata"
	edit_config '.linux.intelRdt = {closID: "a/b", schemata: ["x"]}'
	refused "cannot be the name of a directory in resctrl" /linux/intelRdt/closID
	edit_config '.linux.intelRdt = {memBwSchema: "L3:0=f"}'
	refused "" /linux/intelRdt/memBwSchema
	# A failure after the group was made, also if it is one that would outlive the container.
	edit_config '.linux.intelRdt = {closID: "gold", schemata: ["L3:0=f"]} | .mounts += [{destination: "/x", type: "no-such-fs"}]'
	refused "no-such-fs" /mounts/7
	edit_config 'del(.mounts[7])'
	edit_config '.linux.intelRdt = {schemata: ["L3:0=f"], enableMonitoring: true} | .mounts += [{destination: "/x", type: "no-such-fs"}]'
	refused "no-such-fs" /mounts/7
	mkdir "$RESCTRL/$ID"
	edit_config '.linux.intelRdt = {} | del(.mounts[7])'
	refused "exists already" /linux/intelRdt "./$ID "
	assert_stderr_contains "remove it if nobody uses it, or name a class of service in closID"
	rmdir "$RESCTRL/$ID"
	rmdir "$RESCTRL/mon_groups"
	edit_config '.linux.intelRdt = {closID: "/", enableMonitoring: true}'
	refused "has no monitoring" /linux/intelRdt/enableMonitoring
}

@test "without resctrl it is an error, before anything is made; without intelRdt nobody asks" {
	[ ! -e /sys/fs/resctrl/schemata ] || skip "this machine has resctrl"
	make_bundle '.linux.intelRdt = {closID: "gold"}'
	run_bundle
	assert_status 1
	assert_stderr_contains "no resctrl filesystem is mounted"
	names_pointer /linux/intelRdt
	require_command strace
	edit_config 'del(.linux.intelRdt)'
	run --separate-stderr traced -e trace=file "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_success
	[[ $stderr != *resctrl* ]] || fail "resctrl was looked for" "$stderr"
}

@test "update changes the class, keeps it in the state, and needs one" {
	make_bundle '.linux.intelRdt = {l3CacheSchema: "L3:0=f0;1=0f", memBwSchema: "MB:0=50;1=70"}'
	create_rdt
	assert_success
	tare_rdt update --l3-cache-schema "L3:0=ff;1=ff" --mem-bw-schema "MB:0=20;1=30" "$ID"
	assert_success
	assert_equal "$(cat "$RESCTRL/$ID/schemata")" $'MB:0=20;1=30\nL3:0=ff;1=ff'
	jq -e '.linux.intelRdt == {l3CacheSchema: "L3:0=ff;1=ff", memBwSchema: "MB:0=20;1=30"}' "$STATE/$ID/config.json" >/dev/null
	delete_rdt

	make_bundle
	create_rdt
	tare_rdt update --l3-cache-schema "L3:0=ff" "$ID"
	assert_status 1
	assert_stderr_contains "the container has no class of service: its config has no intelRdt"
	delete_rdt
}
