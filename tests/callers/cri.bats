# Kubernetes' way to tare: containerd's CRI plugin, configured as docs/engines.md says, asked what a kubelet
# asks. With cgroupfs in a private /run, or, where systemd runs (the guest of tests/vm), with its cgroups.

load ../lib/common
load engines

has_systemd() { [ -d /run/systemd/system ]; }

setup_file() {
	local name
	/usr/bin/python3 -c "import grpc, google.protobuf" 2>/dev/null || skip "needs python3-grpcio and python3-protobuf"
	for name in containerd containerd-shim-runc-v2 ctr jq; do
		command -v "$name" >/dev/null || skip "needs $name"
	done
	[ -x /usr/lib/cni/ptp ] || skip "needs containernetworking-plugins"
	if has_systemd; then
		ENGINE_DIR=$(mktemp -d /tmp/engine-XXXXXX)
		RUN=/run/cri-$TARE_TAG
		export ENGINE_DIR
		engine_image
	else
		engine_setup_file
		RUN=/run/engine
	fi
	export RUN CRI_SOCKET=$RUN/sock CRI_PROTO=$ENGINE_DIR CONTAINERD_ADDRESS=$RUN/sock
	mkdir -p "$RUN"
	describe_protocol
	configure
	# tare under the name that the snippet has
	PATH="$ENGINE_DIR/bin:$PATH" containerd -c "$ENGINE_DIR/config.toml" >"$ENGINE_DIR/log" 2>&1 </dev/null 3>&- &
	echo $! >"$RUN/engine.pid"
	mkfifo "$RUN/requests" "$RUN/answers"
	/usr/bin/python3 "$TARE_SOURCE/tests/callers/cri.py" "$RUN/requests" "$RUN/answers" >>"$ENGINE_DIR/log" 2>&1 </dev/null 3>&- &
	echo $! >"$RUN/client.pid"
	wait_until cri Version || { tail -n 30 "$ENGINE_DIR/log" >&2; return 1; }
	make_image pause '["/bin/sleep", "100000"]'
	make_image bb '["/bin/sh"]'
}

describe_protocol() { # a guest is given it made
	if [ -e "$TARE_SOURCE/build/probe/cri_pb2.py" ]; then
		cp "$TARE_SOURCE/build/probe/cri_pb2.py" "$ENGINE_DIR/"
	else
		protoc --proto_path="$TARE_SOURCE/tests/callers" --python_out="$ENGINE_DIR" cri.proto
	fi
}

# The snippet of docs/engines.md, with this tare in the place of /usr/bin/tare; and a network for pods.
configure() {
	local systemd=false
	! has_systemd || systemd=true
	mkdir -p "$ENGINE_DIR/cni"
	cat >"$ENGINE_DIR/cni/10-pods.conflist" <<-END
		{"cniVersion": "0.4.0", "name": "pods", "plugins": [{"type": "ptp", "ipMasq": false,
			"ipam": {"type": "host-local", "dataDir": "$RUN/ipam", "ranges": [[{"subnet": "10.77.0.0/24"}]]}}]}
	END
	cat >"$ENGINE_DIR/config.toml" <<-END
		version = 2
		root = "$ENGINE_DIR/root"
		state = "$RUN/state"
		[grpc]
		address = "$CRI_SOCKET"
		[plugins."io.containerd.grpc.v1.cri"]
		sandbox_image = "localhost/pause:latest"
		disable_apparmor = true
		restrict_oom_score_adj = $(has_systemd && echo false || echo true) # -998 needs CAP_SYS_RESOURCE
		[plugins."io.containerd.grpc.v1.cri".cni]
		bin_dir = "/usr/lib/cni"
		conf_dir = "$ENGINE_DIR/cni"
		[plugins."io.containerd.grpc.v1.cri".containerd]
		snapshotter = "native"
		default_runtime_name = "tare"
	END
	# shellcheck disable=SC2016 # as the docs have it
	awk '/^version = 2$/ { show = 1; next } /^```$/ { show = 0 } show' "$TARE_SOURCE/docs/engines.md" |
		sed "s|/usr/bin/tare|$TARE|; s|SystemdCgroup = true|SystemdCgroup = $systemd|" >>"$ENGINE_DIR/config.toml"
	grep -q "BinaryName = \"$TARE\"" "$ENGINE_DIR/config.toml" || fail "docs/engines.md has no snippet for containerd"
}

make_image() { # NAME COMMAND: the root filesystem as localhost/NAME, in the format of `docker save`
	local dir=$ENGINE_DIR/image-$1
	mkdir "$dir"
	cp "$ENGINE_DIR/bb.tar" "$dir/layer.tar"
	jq -n --arg layer "sha256:$(sha256sum <"$dir/layer.tar" | cut -d' ' -f1)" --argjson command "$2" '{
		architecture: "amd64", os: "linux", config: {Cmd: $command, Env: ["PATH=/bin"]},
		rootfs: {type: "layers", diff_ids: [$layer]}}' >"$dir/config.json"
	jq -n --arg name "localhost/$1:latest" '[{Config: "config.json", RepoTags: [$name], Layers: ["layer.tar"]}]' >"$dir/manifest.json"
	tar -C "$dir" -cf "$dir.tar" manifest.json config.json layer.tar
	ctr --namespace k8s.io image import --snapshotter native "$dir.tar" >/dev/null
}

teardown_file() {
	local pid
	[ -n "${RUN:-}" ] || return 0
	if pid=$(cat "$RUN/client.pid" 2>/dev/null); then kill "$pid"; fi
	if pid=$(cat "$RUN/engine.pid" 2>/dev/null); then
		kill "$pid"
		wait_gone kill -0 "$pid"
	fi
	if has_systemd; then
		cut -d' ' -f5 /proc/self/mountinfo | grep -F -e "$ENGINE_DIR" -e "$RUN" | sort -r | xargs -r umount
		rm -rf "$ENGINE_DIR" "$RUN"
	else
		engine_teardown_file
	fi
}

# jq takes a third of a second to start in a guest: what is asked in every other line of a test goes without.

# cri METHOD [REQUEST]: the answer on stdout, or what went wrong on stderr. In JSON a line ends between words only.
cri() {
	local result answer request=${2:-"{}"}
	printf '%s\t%s\n' "$1" "${request//$'\n'/ }" >"$RUN/requests"
	# opened to be written, too: the end of the last answer must not be taken for that of this one
	IFS=$'\t' read -r -t 150 result answer <>"$RUN/answers" || result=none
	[ "$result" = 0 ] || { echo "$answer" >&2; return 1; }
	printf '%s\n' "$answer"
}
ask() { capture cri "$@"; } # sets status, output and stderr
# word_of NAME: the first string of that name in an answer on stdin
word_of() { grep -o "\"$1\": \"[^\"]*\"" | head -n 1 | cut -d'"' -f4; }

setup() {
	common_setup
	new_id
	POD=""
	CONTAINER=""
	if has_systemd; then PARENT=tare-test.slice; else PARENT=/$ENGINE_GROUP; fi
}

teardown() {
	[ -z "$CONTAINER" ] || cri RemoveContainer "$(one)" >/dev/null 2>&1 || :
	[ -z "$POD" ] || end_pod >/dev/null 2>&1 || :
	if has_systemd; then
		systemctl stop tare-test.slice 2>/dev/null || :
		sweep
	else
		common_teardown
	fi
}

pod_config() { # [FILTER]
	jq -n --arg id "$ID" --arg parent "$PARENT" --arg logs "$WORK" '{metadata: {name: "pod", uid: $id, namespace: "default"},
		hostname: "pod-of-tare", log_directory: $logs, labels: {app: "x"}, linux: {cgroup_parent: $parent,
		security_context: {seccomp: {profile_type: "RuntimeDefault"}}}} | '"${1:-.}"
}

start_pod() { # [FILTER]
	POD_CONFIG=$(pod_config "$@")
	POD=$(cri RunPodSandbox "$(jq -n --argjson config "$POD_CONFIG" '{config: $config, runtime_handler: "tare"}')" | word_of pod_sandbox_id)
	[ -n "$POD" ] || { tail -n 5 "$ENGINE_DIR/log" >&2; return 1; }
}

end_pod() {
	local request
	request="{\"pod_sandbox_id\": \"$POD\"}"
	cri StopPodSandbox "$request" >/dev/null
	cri RemovePodSandbox "$request" >/dev/null
	POD=
}

# start_container COMMAND-AS-JSON [FILTER]: in the pod; the filter edits its config.
start_container() {
	make_container "$@"
	cri StartContainer "$(one)" >/dev/null
}

make_container() {
	local request
	request=$(jq -n --arg pod "$POD" --argjson command "$1" --argjson sandbox "$POD_CONFIG" '{pod_sandbox_id: $pod, sandbox_config: $sandbox,
		config: {metadata: {name: "c"}, image: {image: "localhost/bb:latest"}, command: $command, log_path: "c.log",
			linux: {security_context: {seccomp: {profile_type: "RuntimeDefault"}, namespace_options: {pid: "CONTAINER"}}}}} | .config |= ('"${2:-.}"')')
	CONTAINER=$(cri CreateContainer "$request" | word_of container_id)
	[ -n "$CONTAINER" ]
}

# one [JQ-OPTION...]: a request about the container, with what the options name.
one() {
	if [ $# -eq 0 ]; then
		printf '{"container_id": "%s"}' "$CONTAINER"
	else
		jq -n --arg id "$CONTAINER" '{container_id: $id} + $ARGS.named | del(.id)' "$@"
	fi
}
state() { cri ContainerStatus "$(one)" | word_of state; }
is() { [ "$(state)" = "$1" ]; }
inside() { # WORD...: ExecSync; sets status, output (its exit code and what it wrote)
	ask ExecSync "{\"container_id\": \"$CONTAINER\", \"cmd\": [$(json_words "$@")], \"timeout\": 60}"
	assert_success
	output=$(jq -r '"\(.exit_code) \(.stdout | @base64d)\(.stderr | @base64d)"' <<<"$output")
}

remove_container() {
	cri RemoveContainer "$(one)" >/dev/null
	CONTAINER=
}

@test "the service is ready with the snippet of docs/engines.md, and its handler is tare" {
	ask Status '{"verbose": true}'
	assert_success
	assert_json '.status.conditions | map({(.type): .status}) | add == {RuntimeReady: true, NetworkReady: true}'
	assert_json ".info.config | fromjson | .containerd.runtimes.tare.options.BinaryName == \"$TARE\""
	assert_json ".info.config | fromjson | .containerd.runtimes.tare.options.SystemdCgroup == $(has_systemd && echo true || echo false)"
}

@test "a pod with a network, a container in it: start, exec, logs, stop, status, remove" {
	start_pod
	ask PodSandboxStatus "$(jq -n --arg id "$POD" '{pod_sandbox_id: $id}')"
	assert_json '.status | .state == "SANDBOX_READY" and .runtime_handler == "tare" and (.network.ip | startswith("10.77.0."))'
	local ip
	ip=$(jq -r .status.network.ip <<<"$output")
	start_container '["sh", "-c", "echo to the log; trap \"exit 7\" TERM; while :; do sleep 0.1; done"]'
	is CONTAINER_RUNNING
	inside sh -c 'hostname; ip -4 -o addr show eth0; echo oops >&2; exit 3'
	assert_contains "3 pod-of-tare"
	assert_contains "$ip/"
	assert_contains oops
	wait_until grep -q 'stdout F to the log' "$WORK/c.log"
	cri StopContainer "$(one --argjson timeout 20)" >/dev/null
	is CONTAINER_EXITED
	ask ContainerStatus "$(one)"
	assert_json '.status.exit_code == 7'
	remove_container
	end_pod
}

@test "limits: set, changed while it runs, counted" {
	local file
	start_pod
	start_container '["sleep", "1000"]' '.linux.resources = {memory_limit_in_bytes: 67108864, cpu_quota: 50000, cpu_period: 100000, oom_score_adj: 900}'
	file=$(find /sys/fs/cgroup -path "*$CONTAINER*" -name "$(memory_limit_file)" | head -n 1)
	assert_equal "$(<"$file")" 67108864
	inside cat /proc/self/oom_score_adj
	assert_output "0 900"
	ask UpdateContainerResources "$(one --argjson linux '{"memory_limit_in_bytes": 134217728}')"
	assert_success
	assert_equal "$(<"$file")" 134217728
	ask ContainerStats "$(one)"
	assert_success
	assert_json '(.stats.memory.working_set_bytes.value | tonumber) > 0 and (.stats.cpu.usage_core_nano_seconds.value | tonumber) > 0'
	cri StopContainer "$(one --argjson timeout 0)" >/dev/null
	remove_container
	end_pod
}

@test "user, capabilities, read-only root, mounts, environment, no new privileges, seccomp" {
	start_pod
	mkdir "$WORK/data" && echo of-the-host >"$WORK/data/file"
	start_container '["sleep", "1000"]' '.envs = [{key: "NAME", value: "value"}] | .working_dir = "/var"
		| .mounts = [{container_path: "/data", host_path: "'"$WORK"'/data", readonly: true}]
		| .linux.security_context += {run_as_user: {value: 1000}, run_as_group: {value: 1000}, readonly_rootfs: true, no_new_privs: true,
			capabilities: {drop_capabilities: ["ALL"]}}'
	# shellcheck disable=SC2016 # for the shell inside
	inside sh -c 'echo "$(id -u):$(id -g) $NAME $PWD"; cat /data/file; touch /x /data/y 2>&1 | wc -l; grep -E "^(CapEff|NoNewPrivs|Seccomp):" /proc/self/status | tr -d "\t\n"'
	assert_output $'0 1000:1000 value /var\nof-the-host\n2\nCapEff:0000000000000000NoNewPrivs:1Seccomp:2'
	cri StopContainer "$(one --argjson timeout 0)" >/dev/null
	remove_container
	end_pod
}

@test "a pod on the host's network, with shared pids, and sysctls of a pod" {
	start_pod '.linux.security_context.namespace_options = {network: "NODE", pid: "POD"} | del(.hostname)'
	start_container '["sleep", "1000"]' '.linux.security_context.namespace_options = {network: "NODE", pid: "POD"}'
	inside readlink /proc/self/ns/net
	assert_output "0 $(readlink /proc/self/ns/net)"
	inside sh -c 'tr "\0" " " </proc/1/cmdline'
	assert_output "0 /bin/sleep 100000 "
	cri StopContainer "$(one --argjson timeout 0)" >/dev/null
	remove_container
	end_pod
	new_id
	start_pod '.linux.sysctls = {"net.ipv4.ip_default_ttl": "77"}'
	start_container '["sleep", "1000"]'
	inside cat /proc/sys/net/ipv4/ip_default_ttl
	assert_output "0 77"
	cri StopContainer "$(one --argjson timeout 0)" >/dev/null
	remove_container
	end_pod
}

@test "a program that is missing is an error that names it, and leaves nothing" {
	start_pod
	make_container '["/bin/nothing-of-that-name"]'
	ask StartContainer "$(one)"
	assert_status 1
	assert_stderr_contains '/bin/nothing-of-that-name'
	assert_stderr_contains 'no such file or directory'
	ask ContainerStatus "$(one)"
	assert_json '.status | .state == "CONTAINER_EXITED" and .exit_code == 128'
	local gone=$CONTAINER
	remove_container
	end_pod
	assert_equal "$(find /sys/fs/cgroup /run/tare -name "*$gone*" 2>/dev/null)" ""
}

# The engine hears of the OOM kill and of the end by two ways, and either may be first: so the end waits for the kill.
@test "killed by its memory limit: the status says so" {
	start_pod
	start_container '["sh", "-c", "dd if=/dev/zero of=/dev/null bs=512M; echo dd ended with $?; until [ -e /heard ]; do sleep 0.1; done; exit 137"]' \
		'.linux.resources = {memory_limit_in_bytes: 16777216}'
	wait_until grep -q 'stdout F dd ended with 137' "$WORK/c.log"
	wait_until grep -q "TaskOOM.*$CONTAINER" "$ENGINE_DIR/log"
	inside touch /heard
	assert_equal "$output" "0 "
	wait_until is CONTAINER_EXITED
	ask ContainerStatus "$(one)"
	assert_json '.status | .exit_code == 137 and .reason == "OOMKilled"'
	remove_container
	end_pod
}
