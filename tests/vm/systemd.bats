# The container's cgroup as a scope of systemd: as root, and for a user. In the guest of run.sh.

load ../lib/common
load ../integration/container

setup() {
	common_setup
	[ -d /run/systemd/system ] || skip "needs systemd as the first process: run by tests/vm/run.sh"
	bundle_in_scope
}

# In this machine's own slices other units come and go: what is ours must not stay.
assert_clean() {
	local left
	left=$(systemctl list-units --all --no-legend "tare-test-*" "libpod-*" && find /sys/fs/cgroup -name "*$TARE_TAG*")
	[ -z "$left" ] || fail "left behind:" "$left"
	[ -z "$(ls -A "$STATE" 2>/dev/null)" ] || fail "left in the state root:" "$(ls -A "$STATE")"
}

bundle_in_scope() {
	make_bundle
	SCOPE=tare-$ID.scope
	edit_config --arg path "machine.slice:tare:$ID" '.linux.cgroupsPath = $path'
}

tare() { timeout --foreground 60 "$TARE" --root "$STATE" "$@" </dev/null; }

start_scope() { # JQ-FILTER
	[ $# -eq 0 ] || edit_config "$1"
	args sleep 1000
	tare --systemd-cgroup run --detach --pid-file "$WORK/pid" --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>&1 ||
		fail "$(<"$WORK/out")"
	PID=$(<"$WORK/pid")
}

has_stopped() { [ "$(tare state "$ID" | jq -r .status)" = stopped ]; }
property() { systemctl show --value -p "$1" "$SCOPE"; }
assert_property() { [ "$(property "$1")" = "$2" ] || fail "$1 is $(property "$1"), not $2"; }
assert_file() { [ "$(<"$1")" = "$2" ] || fail "$1 is $(<"$1"), not $2"; }

# place: the one path in /proc/PID/cgroup: of cgroup2, or of every hierarchy of v1 that systemd has scopes in
place() { sed -nE 's/^[0-9]+:(|name=systemd|memory|pids|devices):(.*)/\2/p' | sort -u; }

@test "run: the program is in a scope of the slice, which is gone afterwards" {
	inside 'cat /proc/1/cgroup'
	edit_config '.linux.namespaces |= map(select(.type != "cgroup"))'
	run --separate-stderr tare --systemd-cgroup run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_equal "$(place <<<"$output")" "/machine.slice/$SCOPE"
	[ "$(property LoadState)" = not-found ] || fail "the scope is still there"
}

@test "v1: limits are set, and are systemd's properties, so that a reload keeps them" {
	require_cgroup v1
	start_scope '.linux.resources += {memory: {limit: 67108864}, cpu: {shares: 512}, pids: {limit: 40}}'
	assert_property MemoryLimit 67108864
	assert_property TasksMax 40
	assert_property CPUShares 512
	systemctl daemon-reload
	assert_file "/sys/fs/cgroup/memory/machine.slice/$SCOPE/memory.limit_in_bytes" 67108864
	assert_file "/sys/fs/cgroup/pids/machine.slice/$SCOPE/pids.max" 40
	assert_file "/sys/fs/cgroup/cpu/machine.slice/$SCOPE/cpu.shares" 512
	tare delete --force "$ID"
}

@test "limits are set, and are systemd's properties, so that a reload keeps them" {
	require_cgroup v2
	start_scope '.linux.resources += {memory: {limit: 67108864, reservation: 33554432, swap: 134217728},
		cpu: {shares: 512, quota: 50000, period: 100000, cpus: "0"}, pids: {limit: 40}}'
	local dir=/sys/fs/cgroup/machine.slice/$SCOPE
	assert_property MemoryMax 67108864
	assert_property MemoryLow 33554432
	assert_property MemorySwapMax 67108864
	assert_property TasksMax 40
	assert_property CPUQuotaPerSecUSec 500ms
	assert_property AllowedCPUs 0
	assert_property Delegate yes
	assert_property Slice machine.slice
	systemctl daemon-reload
	assert_file "$dir/memory.max" 67108864
	assert_file "$dir/pids.max" 40
	assert_file "$dir/cpu.max" "50000 100000"
	tare update --memory 96m --memory-swap 96m --pids-limit 41 "$ID"
	assert_property MemoryMax 100663296
	assert_property TasksMax 41
	systemctl daemon-reload
	assert_file "$dir/memory.max" 100663296
	tare delete --force "$ID"
}

@test "block devices and keys of v2 are systemd's properties too" {
	require_cgroup v2
	local disk
	disk=$(lsblk -no MAJ:MIN /dev/vda | head -n 1 | tr -d ' ')
	start_scope '.linux.resources += {unified: {"memory.high": "50000000", "memory.min": "4096", "cpu.weight": "77"},
		blockIO: {weight: 500, throttleReadBpsDevice: [{major: '"${disk%:*}, minor: ${disk#*:}"', rate: 1048576}]}}'
	assert_property MemoryHigh 50000000
	assert_property MemoryMin 4096
	assert_property CPUWeight 77
	assert_property IOWeight 4950
	assert_equal "$(property IOReadBandwidthMax)" "/dev/block/$disk 1048576"
	systemctl daemon-reload
	local dir=/sys/fs/cgroup/machine.slice/$SCOPE
	assert_file "$dir/memory.high" 49999872
	assert_file "$dir/cpu.weight" 77
	assert_file "$dir/io.max" "$disk rbps=1048576 wbps=max riops=max wiops=max"
	tare delete --force "$ID"
}

@test "devices stay guarded when systemd reloads" {
	start_scope
	systemctl daemon-reload
	run tare exec "$ID" sh -c 'mknod /dev/shm/mem c 1 1 2>/dev/null; cat /dev/shm/mem'
	[ "$status" -ne 0 ] || fail "the memory device could be read"
	tare delete --force "$ID"
}

@test "create, start, kill, delete: later verbs need no option" {
	args sleep 1000
	tare --systemd-cgroup create --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>&1
	[ "$(property ActiveState)" = active ] || fail "$(property ActiveState)"
	[ "$(tare state "$ID" | jq -r '."systemd-scope"')" = "$SCOPE" ] || fail "$(tare state "$ID")"
	tare start "$ID"
	tare pause "$ID"
	[ "$(tare state "$ID" | jq -r .status)" = paused ]
	tare resume "$ID"
	tare exec "$ID" true
	tare kill "$ID" KILL
	until_true has_stopped
	tare delete "$ID"
	[ "$(property LoadState)" = not-found ]
}

@test "properties by annotation, and those that are refused" {
	start_scope '.annotations = {"org.systemd.property.TimeoutStopSec": "uint64 7", "org.systemd.property.CollectMode": "'\''inactive'\''",
		"org.systemd.property.After": "['\''dbus.socket'\'']", "org.systemd.property.CPUWeight": "uint64 55"}'
	assert_property TimeoutStopUSec 7s
	assert_property CollectMode inactive
	assert_property CPUWeight 55
	[[ $(property After) == *dbus.socket* ]] || fail "$(property After)"
	tare delete --force "$ID"
	bundle_in_scope
	edit_config '.annotations = {"org.systemd.property.ExecStart": "x"}'
	run --separate-stderr tare --systemd-cgroup run --bundle "$BUNDLE" "$ID"
	assert_status 1 && assert_stderr_contains "ExecStart is no property that a container may set"
	bundle_in_scope
	edit_config '.annotations = {"org.systemd.property.MemoryMax": "nonsense"}'
	run --separate-stderr tare --systemd-cgroup run --bundle "$BUNDLE" "$ID"
	assert_status 1 && assert_stderr_contains "nonsense"
}

# below_scope NAME: what /sys/fs/cgroup and /proc say of a container in the cgroup NAME of its scope
below_scope() {
	local dir=/sys/fs/cgroup/machine.slice/$SCOPE
	start_scope '.annotations["run.oci.systemd.subgroup"] = "'"$1"'" | .linux.resources.pids.limit = 40'
	assert_property TasksMax 40
	assert_file "$dir/pids.max" 40
	assert_equal "$(<"$dir/cgroup.procs")" ""
	assert_equal "$(<"$dir/$1/cgroup.procs")" "$PID"
	grep -qw pids "$dir/cgroup.subtree_control" || fail "controllers were not handed on"
}

@test "run.oci.systemd.subgroup: the container is below its scope, and sees nothing above" {
	require_cgroup v2
	below_scope payload
	local dir=/sys/fs/cgroup/machine.slice/$SCOPE
	assert_equal "$(tare exec "$ID" cat /proc/1/cgroup /proc/self/cgroup)" $'0::/\n0::/'
	[ -z "$(tare exec "$ID" find /sys/fs/cgroup -name payload)" ] || fail "the scope is seen from within"
	assert_equal "$(tare ps --format json "$ID" | jq -c .)" "[$PID]"
	tare update --pids-limit 41 "$ID"
	assert_file "$dir/pids.max" 41
	tare pause "$ID"
	[ "$(tare state "$ID" | jq -r .status)" = paused ] || fail "$(tare state "$ID")"
	tare resume "$ID"
	tare delete --force "$ID"
	[ ! -e "$dir" ] || fail "$dir remains"
}

@test "run.oci.systemd.subgroup: empty is none, with a delegated one that is below, without systemd nothing" {
	require_cgroup v2
	start_scope '.annotations["run.oci.systemd.subgroup"] = ""'
	assert_equal "$(sed -n 's/^0:://p' "/proc/$PID/cgroup")" "/machine.slice/$SCOPE"
	tare delete --force "$ID"
	bundle_in_scope
	start_scope '.annotations += {"run.oci.systemd.subgroup": "a", "run.oci.delegate-cgroup": "b"}'
	assert_equal "$(sed -n 's/^0:://p' "/proc/$PID/cgroup")" "/machine.slice/$SCOPE/a/b"
	tare delete --force "$ID"
	bundle_in_scope
	edit_config 'del(.linux.cgroupsPath) | .annotations["run.oci.systemd.subgroup"] = "a"
		| .linux.namespaces |= map(select(.type != "cgroup"))'
	args cat /proc/self/cgroup
	run --separate-stderr tare run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_output "0::/tare-$ID"
}

@test "run.oci.systemd.subgroup: a name that leads elsewhere is refused" {
	local name
	for name in /a ../b a/../b .; do
		edit_config --arg name "$name" '.annotations["run.oci.systemd.subgroup"] = $name'
		run --separate-stderr tare --systemd-cgroup run --bundle "$BUNDLE" "$ID"
		assert_status 1
		names_pointer /annotations/run.oci.systemd.subgroup
		assert_stderr_contains "is not the name of a cgroup below the container's own"
		assert_clean
	done
}

@test "a failed unit of the same name is reset" {
	systemd-run --quiet --scope --unit "$SCOPE" --property CollectMode=inactive --slice machine.slice true
	run --separate-stderr tare --systemd-cgroup run --bundle "$BUNDLE" "$ID"
	assert_success
}

@test "a scope of that name that runs is an error, and is left alone" {
	systemd-run --quiet --scope --unit "$SCOPE" --slice other.slice sleep 1000 3>&- &
	until_true systemctl --quiet is-active "$SCOPE"
	run --separate-stderr tare --systemd-cgroup run --bundle "$BUNDLE" "$ID"
	local said=$stderr result=$status
	systemctl stop "$SCOPE"
	wait
	[ "$result" -eq 1 ] || fail "status $result"
	[[ $said == *"systemd does not start the scope"* ]] || fail "$said"
}

@test "nested slices" {
	edit_config --arg id "$ID" '.linux.cgroupsPath = "tare-test-deep.slice:x:" + $id'
	edit_config '.linux.namespaces |= map(select(.type != "cgroup"))'
	inside 'cat /proc/1/cgroup'
	run --separate-stderr tare --systemd-cgroup run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_equal "$(place <<<"$output")" "/tare.slice/tare-test.slice/tare-test-deep.slice/x-$ID.scope"
	systemctl stop tare.slice
}

@test "cgroupsPath of another form" {
	edit_config '.linux.cgroupsPath = "/a/b"'
	run --separate-stderr tare --systemd-cgroup run --bundle "$BUNDLE" "$ID"
	assert_status 1
	assert_stderr_contains 'expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups'
}

@test "D-Bus that is not there: an error within seconds, nothing left" {
	DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere run --separate-stderr tare --systemd-cgroup run --bundle "$BUNDLE" "$ID"
	assert_status 1
	assert_stderr_contains "cannot reach systemd of the system over D-Bus: nobody listens there"
	assert_no_engine_phrase
}

@test "a user's container is a scope of the user's systemd" {
	require_cgroup v2 # systemd hands no hierarchy of v1 to a user
	chown -R user:user "$BUNDLE"
	mkdir -p "$STATE" && chown user "$STATE"
	rm "$BUNDLE/config.json"
	(cd "$BUNDLE" && "$TARE" spec --rootless)
	edit_config --arg id "$ID" '.process.terminal = false | .process.args = ["cat", "/proc/self/cgroup"]
		| .linux.uidMappings[0].hostID = 1000 | .linux.gidMappings[0].hostID = 1000
		| .linux.cgroupsPath = "user.slice:tare:" + $id | .linux.resources = {pids: {limit: 30}}
		| .linux.namespaces |= map(select(.type != "cgroup"))'
	run --separate-stderr runuser -u user -- env XDG_RUNTIME_DIR=/run/user/1000 \
		systemd-run --quiet --user --scope "$TARE" --root "$STATE" --systemd-cgroup run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_output "0::/user.slice/user-1000.slice/user@1000.service/user.slice/tare-$ID.scope"
	run --separate-stderr runuser -u user -- env XDG_RUNTIME_DIR=/run/user/1000 \
		"$TARE" --root "$STATE" --systemd-cgroup run --bundle "$BUNDLE" "$ID"
	assert_status 1
	assert_stderr_contains "systemd-run --user --scope"
}

@test "a service of Type=notify is active when the container says so, and the container is its main process" {
	local unit=tare-test-$ID
	static_program probe "$ROOTFS/bin/probe"
	mkdir "$WORK/gate"
	add_mount "{\"destination\": \"/gate\", \"type\": \"bind\", \"source\": \"$WORK/gate\", \"options\": [\"bind\"]}"
	inside 'until [ -e /gate/open ]; do sleep 0.2; done; /bin/probe notify "READY=1
MAINPID=1"; sleep 1000'
	edit_config --arg path "/tare-$ID" '.linux.cgroupsPath = $path'
	systemd-run --quiet --no-block --unit "$unit" --service-type notify --property NotifyAccess=all \
		"$TARE" --root "$STATE" run --detach --pid-file "$WORK/pid" --bundle "$BUNDLE" "$ID"
	until_true is_running
	assert_equal "$(systemctl show --value -p ActiveState "$unit")" activating
	touch "$WORK/gate/open"
	until_true systemctl --quiet is-active "$unit"
	assert_equal "$(systemctl show --value -p MainPID "$unit")" "$(<"$WORK/pid")"
	systemctl stop "$unit"
	until_true has_stopped
	tare delete "$ID"
}
is_running() { [ "$(tare state "$ID" 2>/dev/null | jq -r .status)" = running ]; }

@test "podman with the systemd manager" {
	command -v podman >/dev/null
	local image="$WORK/image.tar" podman=(podman --runtime "$TARE" --cgroup-manager systemd --storage-driver vfs
		--root "$WORK/podman" --runroot "$WORK/podman-run")
	tar -C "$ROOTFS" -cf "$image" .
	"${podman[@]}" import --quiet "$image" localhost/bb
	run --separate-stderr "${podman[@]}" run --rm --network none --memory 64m --pids-limit 50 localhost/bb \
		sh -c 'cd /sys/fs/cgroup; cat memory.max pids.max 2>/dev/null || cat memory/memory.limit_in_bytes pids/pids.max'
	assert_success
	assert_output $'67108864\n50'
	"${podman[@]}" run --quiet --detach --network none --name one localhost/bb sleep 1000
	"${podman[@]}" exec one true
	systemctl list-units --no-legend "libpod-*.scope" | grep -q libpod- || fail "there is no scope"
	"${podman[@]}" stop --time 1 one
	"${podman[@]}" rm one
	"${podman[@]}" system reset --force >/dev/null 2>&1
	systemctl reset-failed
}
