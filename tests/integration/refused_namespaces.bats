#!/usr/bin/env bats
# Bad input, part 4: namespaces, mappings, sysctls, paths (SECURITY.md 4.4).
load ../lib/common
load refused_table

@test "46, 47, 49 duplicate, unknown and too many namespaces" {
	new_table 'del(.linux.namespaces[] | select(.type == "cgroup"))' # which spec writes on v2 alone
	refused <<-'END'
		/linux/namespaces/5/type | a second "pid"          | .linux.namespaces += [{type: "pid"}]
		/linux/namespaces/5/type | a second "mount"        | .linux.namespaces += [{type: "mount", path: "/proc/self/ns/mnt"}]
		/linux/namespaces/0/type | "foo"                   | .linux.namespaces[0].type = "foo"
		/linux/namespaces/0/type | "PID"                   | .linux.namespaces[0].type = "PID"
		/linux/namespaces/0/type | "mnt"                   | .linux.namespaces[0].type = "mnt"
		/linux/namespaces/0/type | ""                      | .linux.namespaces[0].type = ""
		/linux/namespaces/0/type | is required             | .linux.namespaces[0] = {}
		/linux/namespaces/0/type | is required             | .linux.namespaces[0].type = null
		/linux/namespaces/1/type | a second "ipc"          | .linux.namespaces = [range(12) | {type: "ipc"}]
	END
}

@test "48 a namespace to join that is none" {
	new_table 'del(.hostname)'
	mkfifo "$BUNDLE/fifo"
	ln -s loop "$BUNDLE/loop"
	echo text >"$BUNDLE/file"
	refused <<-END
		/linux/namespaces/2/path | not an absolute path    | .linux.namespaces[2] = {type: "ipc", path: "proc/self/ns/ipc"}
		/linux/namespaces/2/path | not an absolute path    | .linux.namespaces[2] = {type: "ipc", path: "ns"}
		/linux/namespaces/2/path | ENOENT                  | .linux.namespaces[2] = {type: "ipc", path: "$BUNDLE/missing"}
		/linux/namespaces/2/path | $BUNDLE/file            | .linux.namespaces[2] = {type: "ipc", path: "$BUNDLE/file"}
		/linux/namespaces/2/path | $BUNDLE/fifo            | .linux.namespaces[2] = {type: "ipc", path: "$BUNDLE/fifo"}
		/linux/namespaces/2/path | $BUNDLE                 | .linux.namespaces[2] = {type: "ipc", path: "$BUNDLE"}
		/linux/namespaces/2/path | ELOOP                   | .linux.namespaces[2] = {type: "ipc", path: "$BUNDLE/loop"}
		/linux/namespaces/2/path | /proc/self/ns/net       | .linux.namespaces[2] = {type: "ipc", path: "/proc/self/ns/net"}
		/linux/namespaces/1/path | /proc/self/ns/uts       | .linux.namespaces[1] = {type: "network", path: "/proc/self/ns/uts"}
		/linux/namespaces/0/path | /proc/self/ns/ipc       | .linux.namespaces[0] = {type: "pid", path: "/proc/self/ns/ipc"}
		/linux/namespaces/4/path | /proc/self/ns/ipc       | .linux.namespaces[4] = {type: "mount", path: "/proc/self/ns/ipc"}
		/linux/namespaces/2/path | /dev/zero               | .linux.namespaces[2] = {type: "ipc", path: "/dev/zero"}
		/linux/namespaces/2/path | ENAMETOOLONG            | .linux.namespaces[2] = {type: "ipc", path: ("/a" * 4096)}
	END
	accepted <<-'END'
		| | .linux.namespaces[2].path = null
	END
}

@test "50, 51 id mappings" {
	new_table
	local user='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}] | .linux.gidMappings = .linux.uidMappings'
	refused <<-END
		/linux/uidMappings               | no uid mappings    | $user | del(.linux.uidMappings)
		/linux/gidMappings               | no gid mappings    | $user | .linux.gidMappings = []
		/linux/uidMappings               | no user namespace  | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}]
		/linux/gidMappings               | no user namespace  | .linux.gidMappings = [{containerID: 0, hostID: 0, size: 1}]
		/linux/uidMappings/0/size        | empty              | $user | .linux.uidMappings[0].size = 0
		/linux/uidMappings/0/size        | is required        | $user | del(.linux.uidMappings[0].size)
		/linux/uidMappings/0/hostID      | is required        | $user | del(.linux.uidMappings[0].hostID)
		/linux/uidMappings/0/containerID | is required        | $user | del(.linux.uidMappings[0].containerID)
		/linux/uidMappings/0/size        | beyond the last    | $user | .linux.uidMappings[0].containerID = 4294967290
		/linux/gidMappings/0/size        | beyond the last    | $user | .linux.gidMappings[0].hostID = 4294967290
		/linux/uidMappings/0/size        | beyond the last    | $user | .linux.uidMappings[0] = {containerID: 0, hostID: 0, size: 4294967295} | .linux.uidMappings[0].hostID = 1
		/linux/uidMappings/1/containerID | overlap            | $user | .linux.uidMappings += [{containerID: 9, hostID: 200000, size: 1}]
		/linux/uidMappings/1/hostID      | overlap            | $user | .linux.uidMappings += [{containerID: 10, hostID: 100009, size: 5}]
		/linux/gidMappings/1/containerID | overlap            | $user | .linux.gidMappings += [{containerID: 5, hostID: 200000, size: 100}]
		/linux/uidMappings               | 341 lines          | $user | .linux.uidMappings = [range(341) | {containerID: ., hostID: (100000 + .), size: 1}]
	END
}

@test "52 time offsets" {
	new_table
	refused <<-'END'
		/linux/timeOffsets                    | none              | .linux.timeOffsets = {boottime: {secs: 10}}
		/linux/timeOffsets/monotonic/nanosecs | a second or more  | .linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {monotonic: {nanosecs: 1000000000}}
		/linux/timeOffsets/monotonic/secs     |                   | .linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {monotonic: {secs: 1.5}}
		/linux/timeOffsets                    |                   | .linux.namespaces += [{type: "time", path: "/proc/self/ns/time"}] | .linux.timeOffsets = {boottime: {secs: 10}}
		/linux/timeOffsets                    | ERANGE            | .linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: -9000000000}}
	END
	accepted <<-'END'
		| | .linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {realtime: {secs: 1}}
	END
}

@test "53 sysctls" {
	new_table
	refused <<-'END'
		/linux/sysctl/kernel.core_pattern     | no namespace         | .linux.sysctl = {"kernel.core_pattern": "x"}
		/linux/sysctl/vm.swappiness           | no namespace         | .linux.sysctl = {"vm.swappiness": "1"}
		/linux/sysctl/kernel.hostname         | a property of its own | .linux.sysctl = {"kernel.hostname": "x"}
		/linux/sysctl/kernel.domainname       | /domainname says     | .domainname = "a" | .linux.sysctl = {"kernel.domainname": "b"}
		/linux/sysctl/kernel.shm_rmid_forced  | ipc                  | .linux.namespaces |= map(select(.type != "ipc")) | .linux.sysctl = {"kernel.shm_rmid_forced": "1"}
		/linux/sysctl/net.ipv4.ip_forward     | network              | .linux.namespaces |= map(select(.type != "network")) | .linux.sysctl = {"net.ipv4.ip_forward": "1"}
		/linux/sysctl/user.max_user_namespaces | user                | .linux.sysctl = {"user.max_user_namespaces": "1"}
		/linux/sysctl/net.ipv4.unknown        | ENOENT               | .linux.sysctl = {"net.ipv4.unknown": "1"}
		/linux/sysctl/net.ipv4                |                      | .linux.sysctl = {"net.ipv4": "1"}
		/linux/sysctl/net.ipv4.ip_forward     | EINVAL               | .linux.sysctl = {"net.ipv4.ip_forward": "yes"}
		/linux/sysctl/net.ipv4.ip_forward     | newline              | .linux.sysctl = {"net.ipv4.ip_forward": "1\n2"}
		/linux/sysctl/net.ipv4.ip_forward     | a string             | .linux.sysctl = {"net.ipv4.ip_forward": 1}
		/linux/sysctl/                        | not the name         | .linux.sysctl = {"": "1"}
		/linux/sysctl/net.                    | not the name         | .linux.sysctl = {"net.": "1"}
		/linux/sysctl/.net                    | not the name         | .linux.sysctl = {".net": "1"}
		/linux/sysctl/net                     |                      | .linux.sysctl = {"net": "1"}
		/linux/sysctl/~1net~1ipv4~1ip_forward | not the name         | .linux.sysctl = {"/net/ipv4/ip_forward": "1"}
		/linux/sysctl/net~1..~1kernel~1core_pattern | not the name   | .linux.sysctl = {"net/../kernel/core_pattern": "x"}
		/linux/sysctl/kernel~1..~1kernel~1core_pattern | not the name | .linux.sysctl = {"kernel/../kernel/core_pattern": "x"}
		/linux/sysctl/net.ipv4.~1~1.kernel    |                      | .linux.sysctl = {"net.ipv4.//.kernel": "x"}
		/linux/sysctl/net.~1~1.kernel.core_pattern |                 | .linux.sysctl = {"net.//.kernel.core_pattern": "x"}
		/linux/sysctl/net.ipv4.ip forward     | not the name         | .linux.sysctl = {"net.ipv4.ip forward": "1"}
	END
	accepted <<-'END'
		| | .linux.sysctl = {"net.ipv4.ip_forward": "1", "net/ipv4/conf/all/forwarding": "1", "kernel.shmmni": "100"}
		| | .domainname = "a" | .linux.sysctl = {"kernel.domainname": "a"}
	END
}

@test "53 sysctls of a namespace that is joined and the host's" {
	local forward
	forward=$(</proc/sys/net/ipv4/ip_forward) # should tare write it after all, nothing changes
	new_table
	refused <<-END
		/linux/sysctl/net.ipv4.ip_forward     | /proc/self/ns/net    | .linux.namespaces[1].path = "/proc/self/ns/net" | .linux.sysctl = {"net.ipv4.ip_forward": "$forward"}
		/linux/sysctl/kernel.msgmax           | /proc/self/ns/ipc    | .linux.namespaces[2].path = "/proc/self/ns/ipc" | .linux.sysctl = {"kernel.msgmax": "$(</proc/sys/kernel/msgmax)"}
	END
}

@test "54 network devices" {
	new_table
	refused <<-'END'
		/linux/netDevices                  | network        | .linux.namespaces |= map(select(.type != "network")) | .linux.netDevices = {eth7: {}}
		/linux/netDevices/a~1b             | name           | .linux.netDevices = {"a/b": {}}
		/linux/netDevices/a b              | name           | .linux.netDevices = {"a b": {}}
		/linux/netDevices/.                | name           | .linux.netDevices = {".": {}}
		/linux/netDevices/                 | name           | .linux.netDevices = {"": {}}
		/linux/netDevices/a1234567890abcde |                | .linux.netDevices = {"a1234567890abcde": {}}
		/linux/netDevices/eth7/name        | name           | .linux.netDevices = {eth7: {name: "a1234567890abcde"}}
		/linux/netDevices/eth7/name        | name           | .linux.netDevices = {eth7: {name: "a:b"}}
		/linux/netDevices/eth8             | would be called | .linux.netDevices = {eth7: {name: "a"}, eth8: {name: "a"}}
		/linux/netDevices/missing0         | missing0       | .linux.netDevices = {"missing0": {}}
		/linux/netDevices/eth7             | an object      | .linux.netDevices = {eth7: "a"}
	END
}

@test "55 masked and read-only paths" {
	new_table
	refused <<-'END'
		/linux/maskedPaths/0   | not an absolute path  | .linux.maskedPaths[0] = "proc/kcore"
		/linux/maskedPaths/0   | not an absolute path  | .linux.maskedPaths[0] = ""
		/linux/readonlyPaths/1 | not an absolute path  | .linux.readonlyPaths[1] = "./proc/sys"
		/linux/readonlyPaths/1 | not an absolute path  | .linux.readonlyPaths[1] = ""
		/linux/maskedPaths/0   | NUL                   | .linux.maskedPaths[0] = "/proc/kcore\u0000"
	END
	accepted <<-'END'
		                     |      | .linux.namespaces |= map(select(.type != "mount"))
		                     |      | .linux.maskedPaths = ["/missing/in/the/image"] | .linux.readonlyPaths = ["/missing"]
		/linux/maskedPaths/0 | ".." | .linux.maskedPaths = ["/proc/../proc/keys"]
	END
}

@test "56 propagation of the root" {
	new_table
	refused <<-'END'
		/linux/rootfsPropagation | "foo"              | .linux.rootfsPropagation = "foo"
		/linux/rootfsPropagation | "PRIVATE"          | .linux.rootfsPropagation = "PRIVATE"
		/linux/rootfsPropagation | "shared,slave"     | .linux.rootfsPropagation = "shared,slave"
		/linux/rootfsPropagation | no mount namespace | .linux.namespaces |= map(select(.type != "mount")) | .linux.rootfsPropagation = "shared"
	END
	accepted <<-'END'
		| | .linux.rootfsPropagation = ""
		| | .linux.rootfsPropagation = "rslave"
		| | .linux.rootfsPropagation = "unbindable"
	END
}
