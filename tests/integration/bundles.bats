# The bundles of bundles/: each lesson runs, and says what its README claims.

load ../lib/common

setup() {
	common_setup
	require_root
}

# lesson NAME [FILTER]: run a bundle as it is, or a copy of it edited by a jq filter.
lesson() {
	new_id
	BUNDLE=$TARE_SOURCE/bundles/$1
	if [ $# -gt 1 ]; then
		cp -r "$BUNDLE" "$WORK/$1"
		BUNDLE=$WORK/$1
		edit_config --arg root "$TARE_SOURCE/build/rootfs" ".root.path = \$root | $2"
	fi
	"$TARE_SOURCE/bundles/lib/rootfs.sh" "$TARE_SOURCE/build/rootfs"
	run_bundle
}

@test "hello says who and where it is" {
	require_controller memory
	lesson hello
	assert_success
	assert_stderr ""
	assert_line "  host name     hello"
	assert_matches 'process +PID 1, '
	assert_line "  user          root, uid 0, gid 0"
	assert_matches 'capabilities +3 of [0-9]+: kill net_bind_service audit_write'
	assert_matches 'privileges +no_new_privs 1'
	assert_matches 'root +read-only'
	assert_matches 'cgroup +/, memory limit 64 MiB, at most 32 processes'
	assert_matches 'network +lo'
}

@test "hello without its uts namespace is refused by name" {
	lesson hello 'del(.linux.namespaces[] | select(.type == "uts"))'
	assert_status 1
	names_pointer /hostname
	assert_output ""
}

@test "namespaces hides what is the host's" {
	lesson namespaces
	assert_success
	assert_line "pid      I am PID 1; all processes here:"
	assert_line "uts      host name namespaces, domain tare.example"
	assert_matches 'default TTL 42:'
	assert_matches 'largest message 4096 bytes'
	assert_line "cgroup   my cgroup is called /, wherever it really is"
}

@test "namespaces sets the boot clock a year ahead" {
	lesson namespaces
	assert_success
	[[ $output =~ up\ for\ ([0-9]+)\ days ]]
	[ "${BASH_REMATCH[1]}" -ge 365 ]
}

@test "namespaces without a network namespace may not set the host's sysctl" {
	lesson namespaces 'del(.linux.namespaces[] | select(.type == "network"))'
	assert_status 1
	names_pointer /linux/sysctl/net.ipv4.ip_default_ttl
}

@test "limits stops memory, processes and open files" {
	require_controller memory
	lesson limits
	assert_success
	assert_matches 'memory +limit 33554432 bytes'
	assert_matches 'dd ended with status 137 '
	assert_matches 'cpu +quota 50000 '
	assert_matches 'pids +limit 16;'
	[[ $output =~ now\ there\ are\ ([0-9]+)\ in\ all ]]
	[ "${BASH_REMATCH[1]}" -le 16 ]
	assert_matches 'files +limit 64;'
	assert_matches 'status 1: the 65th'
}

@test "limits: a memory limit too small for the shell ends it by the OOM killer" {
	require_controller memory
	lesson limits '.linux.resources.memory = {"limit": 131072, "swap": 131072}'
	assert_status 137
}

@test "read-only protects what it names, and nothing else" {
	lesson read-only
	assert_success
	assert_matches 'write to /etc/passwd +Read-only file system'
	assert_matches 'write to /tmp, a tmpfs +works'
	assert_matches 'write to /lesson +Read-only file system'
	assert_matches 'set a sysctl +Read-only file system'
	assert_matches 'move the interrupts +Read-only file system'
	assert_line "  /proc/keys holds 0 bytes, /sys/firmware 0 entries"
}

@test "capabilities: one of them works, the others are refused" {
	lesson capabilities
	assert_success
	assert_matches 'CapEff is 0000000000000400\.'
	assert_matches 'CAP_NET_BIND_SERVICE +works'
	[ "$(grep -c 'refused$' <<<"$output")" -eq 6 ]
}

@test "capabilities: none of them, and port 80 is refused too" {
	lesson capabilities '.process.capabilities = {}'
	assert_success
	assert_matches 'CAP_NET_BIND_SERVICE +refused'
}

@test "capabilities: effective without permitted is refused by name" {
	lesson capabilities '.process.capabilities.effective += ["CAP_CHOWN"]'
	assert_status 1
	names_pointer /process/capabilities/effective/1
}

@test "seccomp answers, compares an argument, and kills" {
	lesson seccomp
	assert_success
	assert_matches 'seccomp mode 2 '
	assert_matches 'Operation not supported'
	assert_matches "can't kill pid [0-9]+: Operation not permitted"
	assert_contains "signal 15 was sent"
	assert_contains "ended with status 159 "
}

@test "user-namespace: root inside, nobody outside" {
	lesson user-namespace
	assert_success
	assert_line "I am root, uid 0."
	assert_matches '0 +100000 +65536'
	assert_contains "shows as nobody (uid 65534)"
	assert_contains "I may mount"
	assert_contains "I may not make a device"
}

@test "layers changes the upper directory alone" {
	mkdir "$WORK/lower" "$WORK/upper" "$WORK/work"
	echo "from the lower layer" >"$WORK/lower/greeting"
	echo "old" >"$WORK/lower/old"
	lesson layers "(.mounts[] | select(.type == \"overlay\") | .options) =
		[\"lowerdir=$WORK/lower\", \"upperdir=$WORK/upper\", \"workdir=$WORK/work\"]"
	assert_success
	assert_line "before: greeting old "
	assert_line "  greeting says: from the lower layer"
	assert_line "after:  greeting new "
	assert_equal "$(cat "$WORK/lower/greeting")" "from the lower layer"
	assert_equal "$(cat "$WORK/upper/greeting")" "changed inside the container"
	assert_equal "$(cat "$WORK/upper/new")" "new"
	[ -c "$WORK/upper/old" ] # a whiteout
}

@test "layers without its directories is refused by name" {
	lesson layers '(.mounts[] | select(.type == "overlay") | .options) =
		["lowerdir=/nonexistent/lower", "upperdir=/nonexistent/upper", "workdir=/nonexistent/work"]'
	assert_status 1
	names_pointer /mounts/3
	assert_stderr_contains lowerdir
}

@test "the root filesystem is made the same twice, and left alone when it is up to date" {
	"$TARE_SOURCE/bundles/lib/rootfs.sh" "$WORK/a"
	"$TARE_SOURCE/bundles/lib/rootfs.sh" "$WORK/b"
	diff <(cd "$WORK/a" && find . -printf '%p %y %m %U %T@ %l\n' | sort) \
		<(cd "$WORK/b" && find . -printf '%p %y %m %U %T@ %l\n' | sort)
	touch "$WORK/a/mine"
	"$TARE_SOURCE/bundles/lib/rootfs.sh" "$WORK/a"
	[ -e "$WORK/a/mine" ]
}

@test "the root filesystem never replaces a directory of somebody else" {
	mkdir "$WORK/c"
	touch "$WORK/c/mine"
	run "$TARE_SOURCE/bundles/lib/rootfs.sh" "$WORK/c"
	assert_status 1
	[ -e "$WORK/c/mine" ]
}
