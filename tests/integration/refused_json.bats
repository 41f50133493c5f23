#!/usr/bin/env bats
# Bad input, part 1: config.json as a file and as JSON (SECURITY.md 4.1).
load ../lib/common
load refused_table

# A config that is small enough to be cut at every byte.
small='{"ociVersion":"1.0.2","process":{"cwd":"/","args":["true"]},"root":{"path":"rootfs"},"linux":{"namespaces":[{"type":"mount"},{"type":"uts"}]}}'

# raw: rows of POINTER | TEXT | printf FORMAT of the whole file. With a position in TEXT where that
# is worth checking.
raw() { each_row raw_row; }
raw_row() {
	printf "$3" >"$BUNDLE/config.json"
	launch
	is_refused "$1" "$2"
}

# in_small: the same for what is written for the value of hostname in a small config.
in_small() { each_row in_small_row; }
in_small_row() {
	printf "{\"hostname\":$3,${small#?}" >"$BUNDLE/config.json"
	launch
	is_refused "$1" "$2"
}

@test "1 the file is missing" {
	new_table
	rm "$BUNDLE/config.json"
	launch
	is_refused "" "config.json"
	assert_stderr_contains ENOENT
	run --separate-stderr tare run --bundle "$WORK/nowhere" "$ID"
	is_refused "" "$WORK/nowhere"
	run --separate-stderr tare run --bundle "$BUNDLE" --config other.json "$ID"
	is_refused "" other.json
}

@test "2, 4, 5 the file is no single JSON object" {
	new_table
	raw <<-'END'
		| config.json |
		| config.json | \n \t\r\n
		| 1:1         | null
		| 1:1         | []
		| 1:1         | 1
		| 1:1         | "x"
		| 1:1         | true
		| 1:1         | nonsense
		| 1:3         | {}{}
		| 1:4         | {} x
		| 2:1         | {}\n}
		| 1:3         | {}\000
	END
	write_config "$small"
	launch
	assert_success
	write_config "$small{}"
	launch
	is_refused "" "config.json:1:$((${#small} + 1))"
	write_config "$small
$small"
	launch
	is_refused "" "config.json:2:1"
}

@test "3 the file is cut off, at every byte of it" {
	local length
	new_table
	for ((length = 0; length < ${#small}; length++)); do
		write_config "${small:0:length}"
		launch
		is_refused "" "config.json" || fail "cut after $length bytes"
	done
	write_config "${small:0:length}"
	launch
	assert_success
}

@test "6 a key is there twice" {
	new_table
	raw <<-'END'
		/process           | 1:45  | {"ociVersion":"1.0.0","process":{"cwd":"/"},"process":{}}
		/process/cwd       | twice | {"ociVersion":"1.0.0","process":{"cwd":"/","cwd":"/"}}
		/annotations/a     | twice | {"ociVersion":"1.0.0","annotations":{"a":"1","a":"1"}}
		/linux/sysctl/a    | twice | {"ociVersion":"1.0.0","linux":{"sysctl":{"a":"1","\\u0061":"1"}}}
		/unknown/b         | twice | {"ociVersion":"1.0.0","unknown":{"b":1,"b":2}}
		/mounts/0/type     | twice | {"ociVersion":"1.0.0","mounts":[{"destination":"/a","type":null,"type":"tmpfs"}]}
	END
}

@test "7, 17 other spellings and unknown properties are ignored" {
	new_table
	accepted <<-'END'
		| | .Linux = 1 | .PROCESS = [] | .process.Args = {} | .linux.Namespaces = "x"
		| | .unknown = {deep: [{a: [1, 2.5e3, null, true, "x"]}]} | .process.unknown = "x"
	END
	refused <<-'END'
		/root | | .Root = .root | del(.root)
		/process/args | | .process.Args = .process.args | del(.process.args)
	END
}

@test "8 a value of the wrong type" {
	new_table
	refused <<-'END'
		/process                    | an object            | .process = []
		/process                    | an object            | .process = "x"
		/process/terminal           | true or false        | .process.terminal = "false"
		/process/terminal           | true or false        | .process.terminal = 0
		/process/user               | an object            | .process.user = 0
		/process/user/uid           | a number             | .process.user.uid = "0"
		/process/user/uid           | a number             | .process.user.uid = true
		/process/user/uid           | a number             | .process.user.uid = []
		/process/user/additionalGids | a list              | .process.user.additionalGids = 5
		/process/user/additionalGids/1 | a number          | .process.user.additionalGids = [1, "2"]
		/process/args               | a list               | .process.args = {}
		/process/capabilities       | an object            | .process.capabilities = []
		/process/capabilities/bounding | a list            | .process.capabilities.bounding = "CAP_KILL"
		/process/noNewPrivileges    | true or false        | .process.noNewPrivileges = "true"
		/mounts                     | a list               | .mounts = {}
		/mounts/1                   | an object            | .mounts[1] = "tmpfs"
		/mounts/1/options           | a list               | .mounts[1].options = "ro"
		/mounts/1/options/2         | a string             | .mounts[1].options[2] = 1
		/linux                      | an object            | .linux = false
		/linux/namespaces           | a list               | .linux.namespaces = {}
		/linux/namespaces/0         | an object            | .linux.namespaces[0] = "pid"
		/linux/sysctl               | an object            | .linux.sysctl = []
		/linux/sysctl/net.a         | a string             | .linux.sysctl = {"net.a": 1}
		/linux/resources/memory/limit | a number           | .linux.resources.memory = {limit: "1G"}
		/linux/seccomp              | an object            | .linux.seccomp = []
		/linux/maskedPaths/0        | a string             | .linux.maskedPaths[0] = {}
		/hostname                   | a string             | .hostname = false
	END
	raw <<-'END'
		/process/user/uid | 1:49 | {"ociVersion":"1.0.0","process":{"user":{"uid": 1.5}}}
		/process/user/uid | 1e3  | {"ociVersion":"1.0.0","process":{"user":{"uid":1e3}}}
		/process/user/uid | 1.0  | {"ociVersion":"1.0.0","process":{"user":{"uid":1.0}}}
		/process/user/uid | -0.5 | {"ociVersion":"1.0.0","process":{"user":{"uid":-0.5}}}
	END
}

@test "9, 10 a number out of range" {
	new_table
	raw <<-'END'
		/process/user/uid             | 4294967296          | {"process":{"user":{"uid":4294967296}}}
		/process/user/uid             | -1                  | {"process":{"user":{"uid":-1}}}
		/process/user/gid             | -5                  | {"process":{"user":{"gid":-5}}}
		/process/user/gid             | 18446744073709551616 | {"process":{"user":{"gid":18446744073709551616}}}
		/process/user/additionalGids/0 | -1                 | {"process":{"user":{"additionalGids":[-1]}}}
		/process/user/umask           | 4294967296          | {"process":{"user":{"umask":4294967296}}}
		/process/oomScoreAdj          | 2147483648          | {"process":{"oomScoreAdj":2147483648}}
		/process/rlimits/0/hard       | -1                  | {"process":{"rlimits":[{"hard":-1}]}}
		/process/rlimits/0/soft       | 18446744073709551616 | {"process":{"rlimits":[{"soft":18446744073709551616}]}}
		/process/consoleSize/height   | -1                  | {"process":{"consoleSize":{"height":-1,"width":1}}}
		/linux/resources/pids/limit   | 9223372036854775808 | {"linux":{"resources":{"pids":{"limit":9223372036854775808}}}}
		/linux/resources/memory/limit | 18446744073709551616 | {"linux":{"resources":{"memory":{"limit":18446744073709551616}}}}
		/linux/resources/cpu/shares   | -1                  | {"linux":{"resources":{"cpu":{"shares":-1}}}}
		/linux/uidMappings/0/size     | 4294967296          | {"linux":{"uidMappings":[{"size":4294967296}]}}
		/linux/timeOffsets/boottime/nanosecs | -1           | {"linux":{"timeOffsets":{"boottime":{"nanosecs":-1}}}}
	END
}

# deep N: a config with an unknown property that is N levels deep.
deep() {
	printf '{"x":%s%s,%s' "$(printf '[%.0s' $(seq $(($1 - 1))))" "$(printf ']%.0s' $(seq $(($1 - 1))))" "${small#?}"
}

@test "11 nesting beyond 64 levels" {
	local count
	new_table
	deep 64 >"$BUNDLE/config.json"
	launch
	assert_success
	deep 65 >"$BUNDLE/config.json"
	launch
	is_refused "" 64
	for count in 10000 1000000; do
		head -c "$count" /dev/zero | tr '\0' '[' >"$BUNDLE/config.json"
		launch
		is_refused "" config.json
		{ printf '{"x":' && head -c "$count" /dev/zero | tr '\0' '['; } >"$BUNDLE/config.json"
		launch
		is_refused "" 64
		yes '{"a":' | head -n "$count" | tr -d '\n' >"$BUNDLE/config.json"
		launch
		is_refused "" 64
	done
}

@test "12 a file beyond 16 MiB, and what just fits" {
	local padding
	new_table
	truncate -s 1G "$BUNDLE/config.json"
	launch
	is_refused "" "16 MiB"
	padding=$((16 * 1024 * 1024 - ${#small}))
	{ echo "$small" && head -c "$padding" /dev/zero | tr '\0' ' '; } >"$BUNDLE/config.json"
	launch
	is_refused "" "16 MiB"
	{ printf '%s' "$small" && head -c "$padding" /dev/zero | tr '\0' ' '; } >"$BUNDLE/config.json"
	launch
	assert_success
	# One string of 15 MiB in an annotation is as legal as it is silly.
	{ printf '{"annotations":{"a":"' && head -c 15000000 /dev/zero | tr '\0' a && printf '"},%s' "${small#?}"; } \
		>"$BUNDLE/config.json"
	launch
	assert_success
}

@test "12 a hundred thousand of everything" {
	new_table
	refused <<-'END'
		/process/env/99999           | NAME=value    | .process.env = [range(99999) | "A\(.)="] + ["x"]
		/linux/sysctl/a.0            | no namespace  | .linux.sysctl = ([range(100000) | {key: "a.\(.)", value: "1"}] | from_entries)
		/linux/maskedPaths/99999     | not an absolute path | .linux.maskedPaths = [range(99999) | "/no/\(.)"] + ["x"]
	END
}

@test "13 the file is not a regular file" {
	local config=$WORK/config.json
	new_table
	config=$BUNDLE/config.json
	rm "$config" && mkfifo "$config"
	launch
	is_refused "" "not a regular file"
	rm "$config" && mkdir "$config"
	launch
	is_refused "" "not a regular file"
	rmdir "$config" && ln -s /dev/zero "$config"
	launch
	is_refused "" "not a regular file"
	ln -sfn nowhere "$config"
	launch
	is_refused "" ENOENT
	ln -sfn config.json "$config"
	launch
	is_refused "" ELOOP
	rm "$config" && python3 -c 'import socket, os, sys
os.chdir(sys.argv[1]); socket.socket(socket.AF_UNIX).bind("config.json")' "$BUNDLE"
	launch
	is_refused "" "config.json"
	# A link to a good file is fine.
	ln -sfn ../base.json "$config"
	launch
	assert_success
}

@test "14 a NUL in a string, in one string of six" {
	new_table '.annotations = {a: "b"} | .domainname = "d" | .linux.sysctl = {"net.ipv4.ip_forward": "1"}
		| .linux.rootfsPropagation = "private" | .linux.cgroupsPath = "/tare/x"
		| .linux.devices = [{type: "c", path: "/dev/x", major: 1, minor: 3}]
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
			syscalls: [{names: ["write"], action: "SCMP_ACT_ALLOW"}]}
		| .linux.namespaces[0].path = "/proc/1/ns/pid"'
	jq -r 'paths(type == "string") as $path | ($path | map(tostring | gsub("~"; "~0") | gsub("/"; "~1")) | map("/" + .) | add)
		+ " | NUL | setpath(\($path); getpath(\($path)) + \"\\u0000x\")"' "$WORK/base.json" >"$WORK/rows"
	[ "$(wc -l <"$WORK/rows")" -gt 80 ]
	sed -n '1~6p' "$WORK/rows" | refused
	refused <<-'END'
		/annotations/a | NUL | .annotations = {"a\u0000b": "c"}
		/linux/sysctl/net.a | NUL | .linux.sysctl = {"net.a\u0000b": "c"}
		               | NUL | .["unknown\u0000"] = 1
		/unknown       | NUL | .unknown = "\u0000"
	END
}

@test "15 what is not UTF-8" {
	new_table
	in_small <<-'END'
		/hostname | UTF-8     | "\xff"
		/hostname | UTF-8     | "a\xc0\xaf"
		/hostname | UTF-8     | "\xc0\x80"
		/hostname | UTF-8     | "\xe0\x80\xaf"
		/hostname | UTF-8     | "\xed\xa0\x80"
		/hostname | UTF-8     | "\xf4\x90\x80\x80"
		/hostname | UTF-8     | "\xe2\x82"
		/hostname | UTF-8     | "\x80"
		/hostname | surrogate | "\\ud800"
		/hostname | surrogate | "\\udc00\\ud800"
		/hostname | surrogate | "\\ud83d x"
	END
	write_config $'\xef\xbb\xbf'"$small"
	launch
	is_refused "" "1:1"
	write_config $'\xff\xfe{\x00}\x00'
	launch
	is_refused "" "1:1"
	printf '{"\\ud83d\\ude00":"\\u00e9 \xe2\x82\xac",%s' "${small#?}" >"$BUNDLE/config.json"
	launch
	assert_success
}

@test "16 what JSON does not allow" {
	new_table
	printf '{"hostname":"a"%s' ",${small#?}" >"$BUNDLE/config.json" # it is the values that are wrong
	launch
	assert_success
	in_small <<-'END'
		| config.json:1:15 | "a\tb"
		| config.json:1:15 | "a\nb"
		| config.json:1:14 | "\001"
		| config.json:1:13 | 'a'
		| config.json:1:13 | name
		| config.json:1    | "a" // comment\n
		| config.json:1    | "a" /* comment */
		| config.json:1    | "a",
		| config.json:1    | ["a",]
		| config.json:1:13 | NaN
		| config.json:1:13 | Infinity
		| config.json:1:13 | -Infinity
		| config.json:1    | 01
		| config.json:1    | +1
		| config.json:1    | .5
		| config.json:1    | 0x10
		| config.json:1    | "\\x41"
		| config.json:1    | "\\u12G4"
		| config.json:1    | TRUE
		| config.json:1    |
	END
}

@test "18 the version of the spec" {
	new_table
	refused <<-'END'
		/ociVersion | is required, but missing   | del(.ociVersion)
		/ociVersion | is required, but missing   | .ociVersion = null
		/ociVersion | not a version number       | .ociVersion = ""
		/ociVersion | not a version number       | .ociVersion = "abc"
		/ociVersion | not a version number       | .ociVersion = "1"
		/ociVersion | knows 1.x                  | .ociVersion = "2.0.0"
		/ociVersion | knows 1.x                  | .ociVersion = "0.9.0"
		/ociVersion | knows 1.x                  | .ociVersion = "10.0.0"
		/ociVersion | a string                   | .ociVersion = 1
	END
	accepted <<-'END'
		| | .ociVersion = "1.0.0"
		| | .ociVersion = "1.2.0-rc.1+dev"
		| | .ociVersion = "1.99.0"
	END
}
