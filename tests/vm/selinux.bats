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

# label_of PID: the label of a process
label_of() { tr -d '\0' <"/proc/$1/attr/current"; }

@test "process.selinuxLabel: the program's, and exec's after it; exec's own" {
	edit_config --arg label "$PROCESS" '.process.selinuxLabel = $label'
	args sleep 1000
	run_detached
	assert_equal "$(label_of "$PID")" "$PROCESS"
	do_tare exec "$ID" cat /proc/self/attr/current
	assert_success
	assert_equal "$(tr -d '\0' <<<"$output")" "$PROCESS"
	do_tare exec --process-label "${PROCESS%c2}c3" "$ID" cat /proc/self/attr/current
	assert_success
	assert_equal "$(tr -d '\0' <<<"$output")" "${PROCESS%c2}c3"
	succeed delete --force "$ID"
}

@test "linux.mountLabel: files of the container's own filesystems have it" {
	edit_config --arg label "$FILES" '.linux.mountLabel = $label'
	add_mount '{"destination": "/scratch", "type": "tmpfs", "source": "tmpfs"}'
	inside 'touch /scratch/file /dev/shm/file; echo ready; sleep 1000'
	run_detached
	until_true grep -qx ready "$WORK/container"
	local file
	for file in scratch scratch/file dev/shm/file dev/null; do
		assert_equal "$file $(stat -c %C "/proc/$PID/root/$file")" "$file $FILES"
	done
	assert_equal "$(awk '$5 ~ /^\/(scratch|dev|dev\/shm|dev\/mqueue)$/' "/proc/$PID/mountinfo" | grep -c 'context=')" 4
	succeed delete --force "$ID"
}

@test "run.oci.mount_context_type: the root alone is labelled" {
	edit_config --arg label "$FILES" '.linux.mountLabel = $label | .annotations["run.oci.mount_context_type"] = "rootcontext"'
	add_mount '{"destination": "/scratch", "type": "tmpfs", "source": "tmpfs"}'
	args sleep 1000
	run_detached
	assert_equal "$(stat -c %C "/proc/$PID/root/scratch")" "$FILES"
	grep ' /scratch ' "/proc/$PID/mountinfo" | grep -q 'rootcontext=' || fail "$(<"/proc/$PID/mountinfo")"
	succeed delete --force "$ID"
}

@test "labels that the policy does not know are errors, and leave nothing" {
	edit_config '.process.selinuxLabel = "no:such:label"'
	run_bundle
	assert_status 1
	names_pointer /process/selinuxLabel
	assert_stderr_contains "the policy does not know this label"
	assert_clean
	edit_config 'del(.process.selinuxLabel) | .linux.mountLabel = "no:such:label"'
	run_bundle
	assert_status 1
	assert_stderr_contains no:such:label
	assert_no_engine_phrase
}

@test "features and check know that it is there" {
	run tare features
	assert_json '.linux.selinux.enabled == true'
	edit_config '.process.apparmorProfile = "tare"'
	run_bundle
	assert_status 1
	names_pointer /process/apparmorProfile
}

@test "podman: a container has a label of its own, a volume with :Z its files'" {
	local podman=(podman --runtime "$TARE" --storage-driver vfs --root "$WORK/podman" --runroot "$WORK/podman-run")
	tar -C "$ROOTFS" -cf "$WORK/image.tar" .
	"${podman[@]}" import --quiet "$WORK/image.tar" localhost/bb
	mkdir "$WORK/data" && touch "$WORK/data/file"
	run --separate-stderr "${podman[@]}" run --rm --network none --security-opt label=type:container_t --security-opt label=level:s0:c5,c6 \
		-v "$WORK/data:/data:Z" localhost/bb cat /proc/self/attr/current
	assert_success
	[[ $(tr -d '\0' <<<"$output") == *:container_t:s0:c5,c6 ]] || fail "$output"
	[[ $(stat -c %C "$WORK/data/file") == *:s0:c5,c6 ]] || fail "$(stat -c %C "$WORK/data/file")"
	"${podman[@]}" system reset --force >/dev/null 2>&1
}
