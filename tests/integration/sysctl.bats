# linux.sysctl: parameters of the container's own namespaces.

load ../lib/common
load container

setup() {
	common_setup
	require_root
}

# read_sysctls PATH...: what the container's own are, and the host's before and after.
run_with_host() {
	local before
	before=$(cd /proc/sys && cat "$@")
	args cat "${@/#//proc/sys/}"
	run_bundle
	assert_equal "$(cd /proc/sys && cat "$@")" "$before"
}

@test "ipc, with dots and with slashes" {
	make_bundle '.linux.sysctl = {"kernel.msgmax": "4711", "kernel/msgmnb": "5811", "kernel.sem": "100 200 300 400",
		"fs.mqueue.msg_max": "17", "kernel.shm_rmid_forced": "1"}'
	run_with_host kernel/msgmax kernel/msgmnb kernel/sem fs/mqueue/msg_max kernel/shm_rmid_forced
	assert_success
	assert_output $'4711\n5811\n100\t200\t300\t400\n17\n1'
}

@test "net, with dots and with slashes" {
	make_bundle '.linux.sysctl = {"net.core.somaxconn": "1011", "net/ipv4/ip_forward": "1", "net.ipv4.ip_local_port_range": "40000 50000"}'
	run_with_host net/core/somaxconn net/ipv4/ip_forward net/ipv4/ip_local_port_range
	assert_success
	assert_output $'1011\n1\n40000\t50000'
}

@test "of one network interface" {
	make_bundle '.linux.sysctl = {"net.ipv4.conf.lo.forwarding": "1", "net/ipv4/conf/lo/rp_filter": "2"}'
	run_with_host net/ipv4/conf/lo/forwarding net/ipv4/conf/lo/rp_filter
	assert_success
	assert_output $'1\n2'
}

@test "uts: the domain name" {
	make_bundle '.linux.sysctl = {"kernel.domainname": "tare.example"}'
	run_with_host kernel/domainname
	assert_success
	assert_output tare.example
}

@test "with the container's procfs read-only, elsewhere, or missing" {
	make_bundle '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .mounts[0].options = ["ro"]'
	args cat /proc/sys/net/ipv4/ip_forward
	run_bundle
	assert_success
	assert_output 1
	edit_config '.mounts[0] = {destination: "/mnt", type: "proc", source: "proc"}'
	args cat /mnt/sys/net/ipv4/ip_forward
	run_bundle
	assert_success
	assert_output 1
	edit_config '.mounts |= .[1:]'
	args true
	run_bundle
	assert_success
}

@test "in a user namespace" {
	make_bundle '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings
		| .linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "4711"}'
	set_namespace user
	args cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax
	run_bundle
	assert_success
	assert_output $'1\n4711'
}

@test "of a joined network namespace" {
	make_bundle
	inside 'echo ready; read line; cat /proc/sys/net/ipv4/ip_forward'
	start_bundle
	wait_for_line ready
	make_bundle '.linux.sysctl = {"net.ipv4.ip_forward": "1"}'
	set_namespace network "/proc/$PID/ns/net"
	run_bundle
	assert_success
	tell go
	finish_bundle
	assert_output $'ready\n1'
}

@test "one that the kernel does not have, and a value that it does not take" {
	make_bundle '.linux.sysctl = {"net.no.such.parameter": "1"}'
	run_bundle
	assert_status 1
	names_pointer /linux/sysctl/net.no.such.parameter
	assert_no_engine_phrase
	edit_config '.linux.sysctl = {"net.ipv4.ip_forward": "many"}'
	run_bundle
	assert_status 1
	names_pointer /linux/sysctl/net.ipv4.ip_forward
	edit_config '.linux.sysctl = {"net/core/somaxconn": "many"}'
	run_bundle
	assert_status 1
	names_pointer '/linux/sysctl/net~1core~1somaxconn'
}
