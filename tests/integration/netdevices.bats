# linux.netDevices: devices of our network namespace that the container gets, and keeps.

load ../lib/common
load container
load lifecycle

# is_apart PID: it has a network namespace of its own.
is_apart() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

setup() {
	common_setup
	require_root
	unshare -n sleep 1000 3>&- &
	HOST=$!
	until_true is_apart "$HOST"
	on_host ip link add veth-a address 02:00:00:00:00:0a mtu 1400 type veth peer name veth-b
	on_host ip addr add 10.7.0.1/24 brd + dev veth-a
	on_host ip addr add 10.7.1.1 peer 10.7.1.2/32 dev veth-a
	on_host ip -6 addr add fd00:7::1/64 nodad dev veth-a
	on_host ip link set veth-a up
	on_host ip link set veth-b up
}

teardown() {
	kill "$HOST"
	wait "$HOST" || :
	common_teardown
}

on_host() { nsenter --net="/proc/$HOST/ns/net" -- "$@"; }
in_container() { nsenter --net="/proc/$PID/ns/net" -- "$@"; }

# host_tare ARG...: tare in that network namespace; sets status, output and stderr.
host_tare() {
	status=0
	on_host timeout --kill-after=5 "$TARE_TIMEOUT" "$TARE" --root "$STATE" "$@" \
		</dev/null >"$WORK/out" 2>"$WORK/err" 3>&- || status=$?
	output=$(<"$WORK/out")
	stderr=$(<"$WORK/err")
}
host_run() { host_tare run --bundle "$BUNDLE" "$@" "$ID"; }
host_run_detached() {
	host_run --detach --pid-file "$WORK/pid"
	assert_success
	PID=$(<"$WORK/pid")
}

# Of a device: name, MTU, hardware address, whether it is up; then its permanent global addresses.
seen_of() {
	"$1" ip -j addr show dev "$2" | jq -c '.[0]
		| [.ifname, .mtu, .address, (.flags | index("UP") != null)],
		  (.addr_info | map(select(.scope == "global")) | sort_by(.local)[]
			| [.local, .prefixlen, .broadcast // "", .address // ""])'
}

with_devices() {
	make_bundle ".linux.netDevices = $1"
	args sleep 1000
}

is_as_before() { assert_equal "$(seen_of on_host veth-a)" "$BEFORE"; }

@test "a device goes with its addresses, MTU and hardware address, is renamed and up" {
	BEFORE=$(seen_of on_host veth-a)
	with_devices '{"veth-a": {name: "eth0"}}'
	host_run_detached
	run on_host ip link show veth-a
	assert_status 1
	assert_equal "$(seen_of in_container eth0)" "${BEFORE/veth-a/eth0}"
	host_tare delete --force "$ID"
	assert_success
}

@test "without a name it keeps its own, and one that was down is up" {
	on_host ip link set veth-b down
	with_devices '{"veth-a": {}, "veth-b": {}}'
	host_run_detached
	in_container ip link show veth-a
	assert_equal "$(in_container ip -j link show veth-b | jq -c '.[0].flags | index("UP") != null')" true
	host_tare delete --force "$ID"
}

@test "the container sees it as soon as it runs, in a user namespace too" {
	make_bundle '.linux.netDevices = {"veth-a": {name: "eth0"}} | .linux.sysctl = {"net.ipv4.conf.eth0.forwarding": "1"}
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	set_namespace user
	chown -R 100000:100000 "$ROOTFS"
	inside 'ls /sys/class/net; cat /proc/sys/net/ipv4/conf/eth0/forwarding; cat /proc/net/if_inet6 | grep -c fd000007'
	host_run
	assert_success
	assert_output $'eth0\nlo\n1\n1'
}

@test "into a namespace that is joined by path, where it stays" {
	local net
	unshare -n sleep 1000 3>&- &
	net=$!
	until_true is_apart "$net"
	with_devices '{"veth-a": {name: "eth0"}}'
	set_namespace network "/proc/$net/ns/net"
	args true
	BEFORE=$(seen_of on_host veth-a)
	host_run
	assert_success
	PID=$net
	assert_equal "$(seen_of in_container eth0)" "${BEFORE/veth-a/eth0}"
	kill "$net"
	wait "$net" || :
}

@test "a device that is not there" {
	BEFORE=$(seen_of on_host veth-a)
	with_devices '{"veth-a": {name: "eth0"}, "no~ne0": {}}'
	host_run
	assert_status 1
	assert_stderr_contains "cannot find the network device no~ne0"
	assert_stderr_contains "/linux/netDevices/no~0ne0"
	is_as_before
}

@test "a name that is taken in the container: all are brought back" {
	BEFORE=$(seen_of on_host veth-a)
	with_devices '{"veth-a": {name: "eth0"}, "veth-b": {name: "lo"}}'
	host_run
	assert_status 1
	assert_stderr_contains "cannot move the network device veth-b"
	assert_stderr_contains "/linux/netDevices/veth-b"
	assert_stderr_contains "the container has a device lo"
	is_as_before
	on_host ip link show veth-b
}

@test "what fails later brings them back, too" {
	BEFORE=$(seen_of on_host veth-a)
	with_devices '{"veth-a": {name: "eth0"}}'
	args /no/such/program
	host_run
	assert_status 1
	is_as_before
	host_tare create --bundle "$BUNDLE" "$ID"
	assert_status 1
	is_as_before
}

@test "a pattern as name: the kernel finds a number" {
	with_devices '{"veth-a": {name: "eth%d"}, "veth-b": {name: "net%d"}}'
	host_run_detached
	assert_equal "$(in_container ip -j link show | jq -c '[.[].ifname] | sort')" '["eth0","lo","net0"]'
	host_tare delete --force "$ID"
}
