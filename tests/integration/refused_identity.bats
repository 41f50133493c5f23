#!/usr/bin/env bats
# Bad input, part 3: who the process is and what it may (SECURITY.md 4.3).
load ../lib/common
load refused_table

@test "28 ids that the user namespace does not map" {
	new_table '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] | .linux.gidMappings = .linux.uidMappings
		| del(.mounts[] | select(.destination == "/dev/pts"))'
	chown -R 100000:100000 "$ROOTFS"
	accepted <<-'END'
		| | .
		| | .process.user.uid = 999
	END
	refused <<-'END'
		/process/user/uid              | mapped are 0-999 | .process.user.uid = 1000
		/process/user/gid              | mapped are 0-999 | .process.user.gid = 100000
		/process/user/additionalGids/1 | mapped are 0-999 | .process.user.additionalGids = [5, 1000]
	END
}

@test "29 additional groups where setgroups is denied" {
	require_test_user
	make_rootless_bundle
	run_bundle_as_user
	assert_success
	edit_config '.process.user.additionalGids = [0] | .linux.gidMappings[0].size = 1'
	run_bundle_as_user
	assert_status 1
	names_pointer /process/user/additionalGids
	assert_stderr_contains "rootless"
}

@test "30 the id 4294967295, which means none" {
	new_table
	refused <<-'END'
		/process/user/uid              | 4294967295 is not an id | .process.user.uid = 4294967295
		/process/user/gid              | 4294967295 is not an id | .process.user.gid = 4294967295
		/process/user/additionalGids/0 | 4294967295 is not an id | .process.user.additionalGids = [4294967295]
	END
}

@test "30 the id before it is one like any other" {
	make_bundle '.process.user = {uid: 4294967294, gid: 4294967294}'
	inside 'grep -E "^(Uid|Gid)" /proc/self/status'
	run_bundle
	assert_success
	assert_line "Uid:	4294967294	4294967294	4294967294	4294967294"
	assert_line "Gid:	4294967294	4294967294	4294967294	4294967294"
}

@test "32 the umask" {
	new_table
	refused <<-'END'
		/process/user/umask | beyond 0777         | .process.user.umask = 512
		/process/user/umask | beyond 0777         | .process.user.umask = 4294967295
		/process/user/umask | not the string "022" | .process.user.umask = "022"
	END
	accepted <<-'END'
		| | .process.user.umask = 511
	END
}

@test "33, 34, 35 limits" {
	new_table
	refused <<-'END'
		/process/rlimits/0/type | RLIMIT_NOFILE      | .process.rlimits[0].type = "NOFILE"
		/process/rlimits/0/type | "rlimit_nofile"    | .process.rlimits[0].type = "rlimit_nofile"
		/process/rlimits/0/type | no limit called    | .process.rlimits[0].type = "RLIMIT_NOFILES"
		/process/rlimits/0/type | ""                 | .process.rlimits[0].type = ""
		/process/rlimits/0/type | is required        | del(.process.rlimits[0].type)
		/process/rlimits/0/hard | is required        | del(.process.rlimits[0].hard)
		/process/rlimits/0/soft | is required        | del(.process.rlimits[0].soft)
		/process/rlimits/0/soft | above the hard     | .process.rlimits[0].soft = 1025
		/process/rlimits/1/type | in the list already | .process.rlimits += [.process.rlimits[0]]
		/process/rlimits/0      | RLIMIT_NOFILE      | .process.rlimits[0].hard = 9007199254740991
	END
}

@test "34 a hard limit that only an administrator may raise" {
	require_test_user
	make_rootless_bundle '.process.rlimits = [{type: "RLIMIT_MSGQUEUE", soft: 1, hard: 1000}]'
	run_bundle_as_user
	assert_success
	edit_config '.process.rlimits[0].hard = 9007199254740991'
	run_bundle_as_user
	assert_status 1
	names_pointer /process/rlimits/0
	assert_stderr_contains RLIMIT_MSGQUEUE
}

@test "36 oomScoreAdj" {
	new_table
	refused <<-'END'
		/process/oomScoreAdj | out of range | .process.oomScoreAdj = 1001
		/process/oomScoreAdj | out of range | .process.oomScoreAdj = -1001
		/process/oomScoreAdj | out of range | .process.oomScoreAdj = 2147483647
	END
	accepted <<-'END'
		| | .process.oomScoreAdj = 1000
		| | .process.oomScoreAdj = 0
	END
}

@test "37 unknown capabilities are left out with a warning" {
	new_table
	accepted <<-'END'
		/process/capabilities/bounding/0  | is no capability | .process.capabilities.bounding = ["CAP_FOO"] + .process.capabilities.bounding
		/process/capabilities/bounding/0  | is no capability | .process.capabilities.bounding = ["cap_kill"] + .process.capabilities.bounding
		/process/capabilities/permitted/3 | is no capability | .process.capabilities.permitted += [""]
		/process/capabilities/permitted/3 | is no capability | .process.capabilities.permitted += ["KILL"]
		/process/capabilities/permitted/3 | is no capability | .process.capabilities.permitted += ["CAP_KILL "]
		/process/capabilities/permitted/3 | is no capability | .process.capabilities.permitted += ["CAP_63"]
	END
	refused <<-'END'
		/process/capabilities/bounding/0  | NUL | .process.capabilities.bounding[0] += "\u0000"
	END
}

@test "38 capabilities that do not fit together" {
	new_table
	refused <<-'END'
		/process/capabilities/effective/3 | permitted | .process.capabilities.effective += ["CAP_CHOWN"]
	END
	accepted <<-'END'
		/process/capabilities/ambient/0   | left out  | .process.capabilities.ambient = ["CAP_KILL"]
	END
	make_bundle '.process.capabilities.ambient = ["CAP_KILL"]'
	inside 'grep CapAmb /proc/self/status'
	run_bundle
	assert_line "CapAmb:	0000000000000000"
}

@test "39, 40, 41 scheduler, ioPriority, CPU affinity" {
	new_table
	refused <<-'END'
		/process/scheduler/policy   | is required          | .process.scheduler = {}
		/process/scheduler/policy   | "SCHED_FOO"          | .process.scheduler = {policy: "SCHED_FOO"}
		/process/scheduler          |                      | .process.scheduler = {policy: "SCHED_DEADLINE"}
		/process/scheduler/priority | 1 to 99              | .process.scheduler = {policy: "SCHED_FIFO", priority: 100}
		/process/scheduler/nice     | -20 and 19           | .process.scheduler = {policy: "SCHED_OTHER", nice: 21}
		/process/scheduler/nice     | -20 and 19           | .process.scheduler = {policy: "SCHED_OTHER", nice: -21}
		/process/ioPriority/class   | "IOPRIO_CLASS_FOO"   | .process.ioPriority = {class: "IOPRIO_CLASS_FOO", priority: 1}
		/process/ioPriority/priority | 0 (first) to 7      | .process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}
		/process/ioPriority/priority | 0 (first) to 7      | .process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: -1}
		/process/execCPUAffinity/initial | "a"             | .process.execCPUAffinity = {initial: "a"}
		/process/execCPUAffinity/initial | "3-1"           | .process.execCPUAffinity = {initial: "3-1"}
		/process/execCPUAffinity/final   | ","             | .process.execCPUAffinity = {final: ","}
		/process/execCPUAffinity/final   | "0-"            | .process.execCPUAffinity = {final: "0-"}
	END
}

@test "42, 43 personality and the size of the console" {
	new_table '.process.terminal = true'
	refused <<-'END'
		/linux/personality/domain   | "FOO"    | .linux.personality = {domain: "FOO"}
		/linux/personality          | no domain | .linux.personality = {}
		/linux/personality/flags    | defined  | .linux.personality = {domain: "LINUX", flags: ["x"]}
		/process/consoleSize/height | 65535    | .process.consoleSize = {height: 65536, width: 80}
		/process/consoleSize/width  | 65535    | .process.consoleSize = {height: 24, width: 4294967295}
	END
	accepted <<-'END'
		| | .process.terminal = false | .process.consoleSize = {height: 65536, width: 80}
	END
}

@test "45 noNewPrivileges and labels" {
	new_table
	refused <<-'END'
		/process/noNewPrivileges | not 1      | .process.noNewPrivileges = 1
		/process/apparmorProfile |            | .process.apparmorProfile = "tare-test-unknown"
		/process/selinuxLabel    |            | .process.selinuxLabel = "system_u:system_r:container_t:s0"
		/linux/mountLabel        |            | .linux.mountLabel = "system_u:object_r:container_file_t:s0"
	END
	accepted <<-'END'
		| | .process.apparmorProfile = "" | .process.selinuxLabel = "" | .linux.mountLabel = ""
	END
}
