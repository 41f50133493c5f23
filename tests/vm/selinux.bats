# Labels of SELinux, with Debian's policy, permissive. In the guest of run.sh --machine selinux.

load ../lib/common
load ../integration/container
load ../integration/lifecycle

PROCESS=system_u:system_r:container_t:s0:c1,c2
FILES=system_u:object_r:container_file_t:s0:c1,c2

setup() {
	common_setup
	[ -e /sys/fs/selinux/enforce ] || skip "needs SELinux: run by tests/vm/run.sh --machine selinux"
	make_bundle
}

# label_of PID: the label of a process. text_of: what /proc/PID/attr says, without the NUL at its end.
label_of() { tr -d '\0' <"/proc/$1/attr/current"; }
own_label() { assert_success && tr -d '\0' <"$WORK/out"; }

# has_label FILE LABEL: of the running container
has_label() { assert_equal "$1 $(stat -c %C "/proc/$PID/root/$1")" "$1 $2"; }

@test "process.selinuxLabel: the program's, and exec's after it; exec's own" {
	edit_config --arg text "$PROCESS" '.process.selinuxLabel = $text'
	args sleep 1000
	run_detached
	assert_equal "$(label_of "$PID")" "$PROCESS"
	do_tare exec "$ID" cat /proc/self/attr/current
	assert_equal "$(own_label)" "$PROCESS"
	do_tare exec --process-label "${PROCESS%c2}c3" "$ID" cat /proc/self/attr/current
	assert_equal "$(own_label)" "${PROCESS%c2}c3"
	jq -n --arg text "${PROCESS%c2}c4" '{args: ["cat", "/proc/self/attr/current"], cwd: "/", user: {uid: 0, gid: 0}, selinuxLabel: $text}' >"$WORK/process"
	do_tare exec --process "$WORK/process" "$ID"
	assert_equal "$(own_label)" "${PROCESS%c2}c4"
	succeed delete --force "$ID"
}

@test "the label outlasts the wait between create and start; hooks and the helper do not have it" {
	edit_config --arg text "$PROCESS" '.process.selinuxLabel = $text | .hooks.startContainer = [{path: "/bin/sh",
		args: ["sh", "-c", "cat /proc/self/attr/current >/dev/shm/seen"]}]'
	args sleep 1000
	create_bundle
	assert_equal "$(label_of "$PID")" "$(label_of self)"
	succeed start "$ID"
	assert_equal "$(label_of "$PID")" "$PROCESS"
	assert_equal "$(tr -d '\0' <"/proc/$PID/root/dev/shm/seen")" "$(label_of self)"
	succeed delete --force "$ID"
}

@test "with privileges to gain as well, and in a user namespace" {
	edit_config --arg text "$PROCESS" '.process.selinuxLabel = $text | .process.noNewPrivileges = false'
	args cat /proc/self/attr/current
	do_tare run --bundle "$BUNDLE" "$ID"
	assert_equal "$(own_label)" "$PROCESS"
	edit_config --arg text "$FILES" '.linux.namespaces += [{type: "user"}] | .linux.mountLabel = $text
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	chown -R 100000:100000 "$ROOTFS"
	args sleep 1000
	run_detached
	assert_equal "$(label_of "$PID")" "$PROCESS"
	has_label dev/shm "$FILES"
	has_label dev/mqueue "$FILES"
	succeed delete --force "$ID"
}

@test "the session keyring has the program's label; without one, tare's" {
	static_program keyring "$ROOTFS/bin/keyring"
	args keyring
	run_bundle
	assert_success && assert_equal "${lines[1]}" "$(label_of self)"
	edit_config --arg text "$PROCESS" '.process.selinuxLabel = $text'
	new_id # keyrings of ended processes are collected late
	args sleep 1000
	run_detached
	do_tare exec "$ID" keyring
	assert_success && assert_equal "${output#*$'\n'}" "$PROCESS"
	succeed delete --force "$ID"
}

@test "linux.mountLabel: files of the container's own filesystems have it" {
	edit_config --arg text "$FILES" '.linux.mountLabel = $text'
	add_mount '{"destination": "/scratch", "type": "tmpfs", "source": "tmpfs"}'
	inside 'touch /scratch/file /dev/shm/file; echo ready; sleep 1000'
	run_detached
	until_true grep -qx ready "$WORK/container"
	local file
	for file in scratch scratch/file dev/shm/file dev/null dev/pts dev/pts/ptmx dev/mqueue; do
		has_label "$file" "$FILES"
	done
	assert_equal "$(awk '/context=/ { print $5 }' "/proc/$PID/mountinfo" | sort | paste -sd ' ')" "/dev /dev/pts /dev/shm /scratch"
	# what the kernel's policy labels, and files of the host, stay as they are
	assert_equal "$(stat -c %C "/proc/$PID/root/proc/1" "/proc/$PID/root/sys")" "$(stat -c %C "/proc/$PID" /sys)"
	assert_equal "$(stat -c %C "/proc/$PID/root/")" "$(stat -c %C "$ROOTFS")"
	succeed delete --force "$ID"
}

@test "linux.mountLabel: message queues of the host, and of a container that is joined, keep theirs" {
	local host
	host=$(stat -c %C /dev/mqueue)
	edit_config --arg text "$FILES" '.linux.mountLabel = $text'
	drop_namespace ipc
	args sleep 1000
	run_detached
	has_label dev/mqueue "$host"
	assert_equal "$(stat -c %C /dev/mqueue)" "$host"
	succeed delete --force "$ID"
}

@test "a terminal has the label of the mounts" {
	edit_config --arg text "$FILES" '.linux.mountLabel = $text'
	args sleep 1000
	edit_config '.process.terminal = true'
	receive "$WORK/socket"
	create_bundle --console-socket "$WORK/socket"
	assert_success
	has_label dev/console "$FILES"
	has_label dev/pts/0 "$FILES"
	succeed delete --force "$ID"
	finish_receive
}

@test "run.oci.mount_context_type: the root alone is labelled" {
	edit_config --arg text "$FILES" '.linux.mountLabel = $text | .annotations["run.oci.mount_context_type"] = "rootcontext"'
	add_mount '{"destination": "/scratch", "type": "tmpfs", "source": "tmpfs"}'
	args sleep 1000
	run_detached
	has_label scratch "$FILES"
	grep ' /scratch ' "/proc/$PID/mountinfo" | grep -q 'rootcontext=' || fail "$(<"/proc/$PID/mountinfo")"
	succeed delete --force "$ID"
}

@test "labels that the policy does not know are errors, and leave nothing" {
	edit_config '.process.selinuxLabel = "no:such:label"'
	run_bundle
	assert_status 1
	assert_output ""
	names_pointer /process/selinuxLabel
	assert_stderr_contains "the policy does not know this label"
	assert_no_engine_phrase
	assert_clean
	edit_config 'del(.process.selinuxLabel) | .linux.mountLabel = "no:such:label"'
	run_bundle
	assert_status 1
	assert_output ""
	assert_stderr_contains context=no:such:label
	assert_stderr_contains "the policy does not know this label"
	assert_no_engine_phrase
	assert_clean
}

@test "start: a label that the policy does not know is an error, which says which" {
	edit_config '.process.selinuxLabel = "no:such:label"'
	create_bundle --no-new-keyring
	assert_success
	refuse '`/proc/self/attr/exec` for no:such:label' start "$ID"
	names_pointer /process/selinuxLabel
	assert_stderr_contains "the policy does not know this label"
	succeed delete --force "$ID"
}

@test "exec: a label that the policy does not know is an error, and the container runs on" {
	args sleep 1000
	run_detached
	do_tare exec --process-label no:such:label "$ID" true
	assert_status 255
	assert_stderr_contains "the policy does not know this label"
	assert_no_engine_phrase
	assert_container running
	assert_equal "$(tare ps --format json "$ID" | jq -c .)" "[$PID]"
	succeed delete --force "$ID"
}

@test "features and check know that it is there" {
	run tare features
	assert_json '.linux.selinux.enabled == true'
	output=$(tare check --host --format json) || [ $? -eq 1 ]
	assert_json 'map(select(.name == "SELinux"))[0].status == "has"'
	assert_json 'map(select(.name == "AppArmor"))[0].status == "lacks"'
	edit_config '.process.apparmorProfile = "tare"'
	run_bundle
	assert_status 1
	names_pointer /process/apparmorProfile
}

# ---- podman

podman_here() { podman --runtime "$TARE" --storage-driver vfs --root "$WORK/podman" --runroot "$WORK/podman-run" "$@"; }

image() {
	tar -C "$ROOTFS" -cf "$WORK/image.tar" .
	podman_here import --quiet "$WORK/image.tar" localhost/bb
	mkdir "$WORK/data" && touch "$WORK/data/file"
}

# podman_run OPTION... WORD...: sets output, without the NUL of /proc/PID/attr
podman_run() {
	podman_here run --rm --network none "$@" >"$WORK/out" 2>"$WORK/err" || fail "$(<"$WORK/err")"
	output=$(tr -d '\0' <"$WORK/out")
}

# range_of LABEL, type_of LABEL
range_of() { cut -d: -f4- <<<"$1"; }
type_of() { cut -d: -f3 <<<"$1"; }

@test "podman: a container has a label of its own, a volume with :Z its files', one with :z none's" {
	local first
	image
	podman_run -v "$WORK/data:/data:Z" localhost/bb cat /proc/self/attr/current
	first=$output
	assert_equal "$(type_of "$first")" container_t
	[[ $(range_of "$first") == s0:c*,c* ]] || fail "$first"
	assert_equal "$(stat -c %C "$WORK/data/file" | cut -d: -f3-)" "container_file_t:$(range_of "$first")"
	podman_run -v "$WORK/data:/data:z" --tmpfs /scratch localhost/bb sh -c 'cat /proc/self/attr/current /proc/mounts'
	[ "$(head -n 1 <<<"$output" | cut -d/ -f1)" != "$first" ] || fail "two containers have one label"
	assert_equal "$(stat -c %C "$WORK/data/file" | cut -d: -f3-)" container_file_t:s0
	podman_here system reset --force >/dev/null 2>&1
}

@test "podman --security-opt label: type and level, none" {
	image
	podman_run --security-opt label=type:container_init_t --security-opt label=level:s0:c5,c6 \
		-v "$WORK/data:/data:Z" localhost/bb cat /proc/self/attr/current
	assert_equal "$(type_of "$output") $(range_of "$output")" "container_init_t s0:c5,c6"
	assert_equal "$(range_of "$(stat -c %C "$WORK/data/file")")" s0:c5,c6
	podman_run --security-opt label=disable localhost/bb cat /proc/self/attr/current
	[[ $output != *container_t* ]] || fail "$output"
	podman_here run --detach --network none --name one localhost/bb sleep 1000
	assert_equal "$(podman_here exec one cat /proc/self/attr/current | tr -d '\0')" \
		"$(podman_here inspect --format '{{.ProcessLabel}}' one)"
	podman_here rm --force --time 0 one
	podman_here system reset --force >/dev/null 2>&1
}
