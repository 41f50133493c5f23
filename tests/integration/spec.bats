# tare spec: a config to start from, which runs as it is.

load ../lib/common

setup() {
	common_setup
	mkdir "$WORK/bundle"
	BUNDLE=$WORK/bundle
	new_id
}

# spec OPTION...: write it into the bundle, which gets a rootfs.
spec() {
	run --separate-stderr env -C "$BUNDLE" "$TARE" spec "$@"
	assert_success
	assert_output ""
	assert_stderr ""
	cp -a "$TARE_ROOTFS" "$BUNDLE/rootfs"
}

@test "the default config runs as it is" {
	require_root
	spec
	run --separate-stderr bash -c 'echo "id -u; hostname; exit 3" | "$@"' bash \
		"$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" # terminal: true
	assert_status 3
	assert_matches $'0\r?\n'
	assert_contains tare
}

@test "the default config, with other arguments only" {
	require_root
	spec
	jq '.process.args = ["sh", "-c", "test -t 1 && echo terminal"]' "$BUNDLE/config.json" >"$WORK/new"
	cp "$WORK/new" "$BUNDLE/config.json"
	run_bundle
	assert_success
	assert_output $'terminal\r'
}

@test "the rootless config runs as it is for the user who wrote it" {
	require_root
	require_test_user
	chown taretest "$BUNDLE"
	run --separate-stderr as_user env -C "$BUNDLE" "$TARE" spec --rootless
	assert_success
	cp -a "$TARE_ROOTFS" "$BUNDLE/rootfs"
	chown -R taretest "$BUNDLE"
	jq '.process.args = ["sh", "-c", "id -u; exit 4"]' "$BUNDLE/config.json" >"$WORK/new"
	cat "$WORK/new" >"$BUNDLE/config.json"
	run_bundle_as_user
	assert_status 4
	assert_output $'0\r'
}

@test "the rootless config runs for root as well" {
	require_root
	spec --rootless
	jq '.process.args = ["id", "-u"]' "$BUNDLE/config.json" >"$WORK/new"
	cp "$WORK/new" "$BUNDLE/config.json"
	run_bundle
	assert_success
	assert_output $'0\r'
}

@test "what the template asks for" {
	spec
	output=$(<"$BUNDLE/config.json")
	assert_json '.ociVersion == "1.3.0" and .process.args == ["sh"] and .process.terminal and .process.cwd == "/"'
	assert_json '.process.noNewPrivileges and .root == {path: "rootfs", readonly: true}'
	assert_json '.process.capabilities | (.bounding == ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"])
		and ((.inheritable // []) == []) and ((.ambient // []) == [])'
	assert_json '[.linux.namespaces[].type] | contains(["pid", "network", "ipc", "uts", "mount"])'
	assert_json '[.mounts[].destination] == ["/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys", "/sys/fs/cgroup"]'
	assert_json '.linux.resources.devices == [{allow: false, access: "rwm"}]'
}

@test "what the rootless template has more and less" {
	spec --rootless
	output=$(<"$BUNDLE/config.json")
	assert_json "(.linux.uidMappings == [{containerID: 0, hostID: $(id -u), size: 1}])
		and (.linux.gidMappings == [{containerID: 0, hostID: $(id -g), size: 1}])"
	assert_json '[.linux.namespaces[].type] | contains(["user"]) and (index("network") == null)'
	assert_json '.linux.resources == null'
	assert_json '[.mounts[].options // [] | .[] | select(test("^[ug]id="))] == []'
}

@test "an existing config is left alone; --file overwrites; --bundle names the directory" {
	spec
	echo mine >"$BUNDLE/config.json"
	run --separate-stderr tare spec --bundle "$BUNDLE"
	assert_status 1
	assert_stderr_contains config.json
	assert_equal "$(<"$BUNDLE/config.json")" mine
	run --separate-stderr tare spec --bundle "$BUNDLE" --file config.json
	assert_success
	jq -e .ociVersion "$BUNDLE/config.json"
	run --separate-stderr tare spec --bundle "$BUNDLE" --file other.json
	assert_success
	cmp "$BUNDLE/config.json" "$BUNDLE/other.json"
	run --separate-stderr tare spec --bundle "$WORK/none"
	assert_status 1
	assert_no_engine_phrase
}

@test "the template is what runc's spec writes, but for the name" {
	require_command runc
	spec
	mkdir "$WORK/theirs"
	(cd "$WORK/theirs" && runc spec)
	output=$(jq -S 'del(.ociVersion, .hostname) | del(.process.capabilities.ambient, .process.capabilities.inheritable)' "$BUNDLE/config.json")
	assert_equal "$(jq -S 'del(.ociVersion, .hostname) | del(.process.capabilities.ambient, .process.capabilities.inheritable)' "$WORK/theirs/config.json")" "$output"
}
