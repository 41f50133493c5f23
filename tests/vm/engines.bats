# Engines of a whole machine: podman and docker with systemd's cgroups, buildah, pods of Kubernetes' YAML,
# health checks, user namespaces, volumes, devices. In the guest of run.sh, as root.

load ../lib/common
load ../integration/container

setup_file() {
	[ -d /run/systemd/system ] || return 0
	export FILES=$BATS_FILE_TMPDIR
	[ -e "$TARE_ROOTFS/etc/tare-rootfs" ] || "$TARE_SOURCE/bundles/lib/rootfs.sh" "$TARE_ROOTFS"
	tar -C "$TARE_ROOTFS" -cf "$FILES/image.tar" .
	mkdir -p /etc/containers/containers.conf.d # as a user has it: the timers of health checks see no environment of ours
	cat >/etc/containers/containers.conf.d/tare.conf <<-END
		[engine]
		runtime = "tare"
		cgroup_manager = "systemd"
		runtime_supports_json = ["tare"]
		[engine.runtimes]
		tare = ["$TARE"]
	END
	podman import --quiet "$FILES/image.tar" localhost/bb >/dev/null
	start_docker
}

start_docker() {
	export DOCKER_HOST=unix://$FILES/docker.sock DOCKER_CONFIG=$FILES/docker-client DOCKER_BUILDKIT=0
	mkdir "$DOCKER_CONFIG" && echo '{}' >"$DOCKER_CONFIG/config.json" # podman and buildah read it, too
	jq -n --arg tare "$TARE" --arg dir "$FILES" '{runtimes: {tare: {path: $tare}}, "default-runtime": "tare",
		hosts: ["unix://\($dir)/docker.sock"], "data-root": "\($dir)/docker", "exec-root": "/run/docker-exec", pidfile: "/run/dockerd-test.pid",
		"storage-driver": "overlay2", "exec-opts": ["native.cgroupdriver=systemd"], experimental: true,
		bridge: "none", iptables: false, ip6tables: false, "ip-forward": false}' >"$FILES/daemon.json"
	dockerd --config-file "$FILES/daemon.json" >"$FILES/dockerd.log" 2>&1 </dev/null 3>&- &
	until_docker
	docker import "$FILES/image.tar" bb >/dev/null
}

until_docker() {
	local tries
	for tries in {1..300}; do
		! docker info >/dev/null 2>&1 || return 0
		sleep 0.2
	done
	echo "dockerd did not answer in $tries looks" >&2
	tail -n 20 "$FILES/dockerd.log" >&2
	return 1
}

teardown_file() {
	[ -d /run/systemd/system ] || return 0
	podman system reset --force >/dev/null 2>&1
	rm /etc/containers/containers.conf.d/tare.conf
	kill "$(cat /run/dockerd-test.pid)"
	sleep 1
	awk '{ print $5 }' /proc/self/mountinfo | grep -F "$FILES" | sort -r | xargs -r umount --lazy
}

setup() {
	common_setup
	[ -d /run/systemd/system ] || skip "needs systemd as the first process: run by tests/vm/run.sh"
}

teardown() {
	podman pod rm --all --force --time 0 >/dev/null 2>&1 || :
	podman rm --all --force --time 0 >/dev/null 2>&1 || :
	docker ps --all --quiet 2>/dev/null | xargs -r docker rm --force >/dev/null 2>&1 || :
	common_teardown
}

# What engines keep is not ours to judge: no container, scope or state may stay.
assert_clean() {
	local left
	left=$(systemctl list-units --all --no-legend "libpod-*.scope" "docker-*.scope" "tare-test*"
		find /run/tare -mindepth 1 -maxdepth 1 ! -name .seccomp 2>/dev/null)
	[ -z "$left" ] || fail "left behind:" "$left"
}

has_line() { "${@:2}" 2>&1 | grep -qxF -- "$1"; }
scope_value() { # ID FILE: of the scope's cgroup
	cat "$(find /sys/fs/cgroup -type d -name "*$1*.scope")/$2"
}

# ---- docker

@test "docker with the systemd driver: limits are the scope's, update, exec, stop" {
	local id
	id=$(docker run -d --network none --memory 64m --pids-limit 50 --cpus 0.5 bb sh -c 'trap "exit 3" TERM; while :; do sleep 0.1; done')
	assert_equal "$(systemctl show --value -p MemoryMax,TasksMax "docker-$id.scope" | grep . | sort -n | paste -sd ' ')" "50 67108864"
	assert_equal "$(scope_value "$id" memory.max) $(scope_value "$id" cpu.max)" "67108864 50000 100000"
	docker update --memory 128m --memory-swap 128m "$id"
	assert_equal "$(scope_value "$id" memory.max)" 134217728
	systemctl daemon-reload
	assert_equal "$(scope_value "$id" memory.max)" 134217728
	assert_equal "$(docker exec "$id" cat /proc/1/comm)" sh
	docker stop --time 30 "$id"
	assert_equal "$(docker inspect --format '{{.State.ExitCode}}' "$id")" 3
	docker rm "$id"
}

@test "docker: privileged, a device, a health check, build" {
	# all that docker knows of, CAP_SYS_RESOURCE too: as with its own runtime
	run docker run --rm --network none --privileged bb grep CapEff /proc/self/status
	assert_success
	assert_output "$(docker run --runtime runc --rm --network none --privileged bb grep CapEff /proc/self/status)"
	run docker run --rm --network none --device /dev/vda:/dev/disk:r bb dd if=/dev/disk of=/dev/null bs=512 count=1
	assert_success
	run docker run --rm --network none bb sh -c 'mknod /dev/disk b 254 0; dd if=/dev/disk of=/dev/null bs=512 count=1'
	[ "$status" -ne 0 ] || fail "the disk could be read: $output"
	docker run -d --name healthy --network none --health-cmd "test -e /tmp/well" --health-interval 1s --health-start-period 0s bb sh -c 'touch /tmp/well; sleep 1000' >/dev/null
	until_true has_line healthy docker inspect --format '{{.State.Health.Status}}' healthy
	docker rm --force healthy
	printf 'FROM bb\nRUN mkdir /made && echo built >/made/file\nCMD cat /made/file\n' >"$WORK/Dockerfile"
	docker build --quiet --network none --tag built "$WORK" >/dev/null
	run docker run --rm --network none built
	assert_success
	assert_output built
}

# ---- buildah

@test "buildah: bud, run, with isolation oci" {
	mkdir "$WORK/context"
	printf 'FROM localhost/bb\nRUN mkdir /made && echo built >/made/file && chown 5:5 /made/file\n' >"$WORK/context/Containerfile"
	run buildah --runtime "$TARE" bud --isolation oci --network none --tag localhost/bud "$WORK/context"
	assert_success
	local container
	container=$(buildah from localhost/bud)
	run buildah --log-level error run --runtime "$TARE" --isolation oci --network none "$container" sh -c 'cat /made/file; stat -c %u:%g /made/file'
	assert_success
	assert_output $'built\n5:5'
	buildah rm "$container" >/dev/null
	buildah rmi localhost/bud >/dev/null
}

# ---- podman

@test "podman info names tare, and a pod runs under it" {
	run podman info --format '{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Path}}'
	assert_output "tare $TARE"
	local infra=(--infra-image localhost/bb --infra-command "sleep 1000")
	podman pod create --name pod --network none "${infra[@]}" >/dev/null
	podman run -d --pod pod --name one localhost/bb sleep 1000 >/dev/null
	podman run -d --pod pod --name two localhost/bb sleep 1000 >/dev/null
	assert_equal "$(podman exec one readlink /proc/self/ns/net)" "$(podman exec two readlink /proc/self/ns/net)"
	assert_equal "$(podman pod inspect pod --format '{{.State}}')" Running
	podman pod stop --time 0 pod >/dev/null
}

@test "podman kube play and down: two containers with volumes and limits" {
	cat >"$WORK/pod.yaml" <<-END
		apiVersion: v1
		kind: Pod
		metadata: {name: play}
		spec:
		  hostNetwork: true
		  volumes: [{name: shared, emptyDir: {}}]
		  containers:
		  - name: writer
		    image: localhost/bb
		    imagePullPolicy: Never
		    command: [sh, -c, "echo of-the-writer >/data/file; sleep 1000"]
		    volumeMounts: [{name: shared, mountPath: /data}]
		    resources: {limits: {memory: 64Mi}}
		  - name: reader
		    image: localhost/bb
		    imagePullPolicy: Never
		    command: [sh, -c, "while ! cat /data/file 2>/dev/null; do sleep 0.1; done; sleep 1000"]
		    securityContext: {readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
		    volumeMounts: [{name: shared, mountPath: /data}]
	END
	printf 'FROM localhost/bb\nCMD sleep 1000\n' >"$WORK/Pause"
	podman build --quiet --network none --tag "localhost/podman-pause:$(podman version --format '{{.Client.Version}}-{{.Client.Built}}')" --file "$WORK/Pause" "$WORK" >/dev/null
	podman kube play "$WORK/pod.yaml"
	until_true has_line of-the-writer podman logs play-reader
	assert_equal "$(scope_value "$(podman inspect --format '{{.Id}}' play-writer)" memory.max)" 67108864
	assert_equal "$(podman exec play-reader grep CapEff /proc/self/status | tr -d '\t')" CapEff:0000000000000000
	podman kube play --down "$WORK/pod.yaml"
}

@test "podman: a health check, by a timer of systemd" {
	podman run -d --name healthy --network none --health-cmd "test -e /tmp/well" --health-interval 1s localhost/bb \
		sh -c 'sleep 3; touch /tmp/well; sleep 1000' >/dev/null
	podman healthcheck run healthy || [ $? -eq 1 ]
	until_true has_line healthy podman inspect --format '{{.State.Health.Status}}' healthy
}

@test "podman --userns: auto, a range by hand, host" {
	grep -q ^containers: /etc/subuid || echo containers:2000000:1000000 | tee -a /etc/subuid >>/etc/subgid
	run podman run --rm --network none --userns auto localhost/bb sh -c 'cat /proc/self/uid_map; touch /made; stat -c %u /made'
	assert_success
	[[ $output =~ ^\ +0\ +2[0-9]{6}\ +[0-9]+$'\n'0$ ]] || fail "$output"
	run podman run --rm --network none --uidmap 0:3000000:2000 --gidmap 0:3000000:2000 --user 1005 localhost/bb \
		sh -c 'cat /proc/self/uid_map; id -u'
	assert_success
	assert_equal "$(tr -s ' ' <<<"$output")" $' 0 3000000 2000\n1005'
	run podman run --rm --network none --userns host localhost/bb cat /proc/self/uid_map
	assert_equal "$(tr -s ' ' <<<"$output")" " 0 0 4294967295"
}

@test "podman volumes: :z, :O, :U, :ro, :idmap" {
	mkdir "$WORK/data" && echo lower >"$WORK/data/file"
	run podman run --rm --network none -v "$WORK/data:/data:z" localhost/bb sh -c 'echo more >>/data/file; cat /data/file'
	assert_output $'lower\nmore'
	run podman run --rm --network none -v "$WORK/data:/data:O" localhost/bb sh -c 'echo over >/data/file; cat /data/file'
	assert_output over
	assert_equal "$(<"$WORK/data/file")" $'lower\nmore'
	run podman run --rm --network none -v "$WORK/data:/data:ro" localhost/bb sh -c 'echo x >/data/file'
	[ "$status" -ne 0 ] || fail "written"
	local maps=(--uidmap 0:3000000:1000 --gidmap 0:3000000:1000)
	run podman run --rm --network none "${maps[@]}" -v "$WORK/data:/data:idmap" localhost/bb stat -c %u:%g /data/file
	assert_success
	assert_output 0:0
	assert_equal "$(stat -c %u:%g "$WORK/data/file")" 0:0
	run podman run --rm --network none "${maps[@]}" -v "$WORK/data:/data:U" localhost/bb stat -c %u:%g /data/file
	assert_output 0:0
	assert_equal "$(stat -c %u:%g "$WORK/data/file")" 3000000:3000000
}

@test "podman: --device with its rules, --privileged, negative OOM score, higher limits" {
	run podman run --rm --network none --device /dev/vda:/dev/disk:r localhost/bb dd if=/dev/disk of=/dev/null bs=512 count=1
	assert_success
	run podman run --rm --network none --device /dev/vda:/dev/disk:r localhost/bb dd if=/dev/zero of=/dev/disk bs=512 count=1
	[ "$status" -ne 0 ] || fail "the disk was written"
	run podman run --rm --network none --privileged localhost/bb grep CapEff /proc/self/status
	assert_output "$(grep CapBnd /proc/self/status | sed s/Bnd/Eff/)"
	run podman run --rm --network none --oom-score-adj -500 --ulimit nofile=1000000:1000000 --ulimit nproc=500000:500000 localhost/bb \
		sh -c 'cat /proc/self/oom_score_adj; ulimit -n; ulimit -u'
	assert_success
	assert_output $'-500\n1000000\n500000'
}

@test "podman: systemd in the container has a cgroup that it may write" {
	run podman run --rm --network none --systemd always --cgroupns private localhost/bb \
		sh -c 'mkdir /sys/fs/cgroup/child && echo made; mount | grep -c "/sys/fs/cgroup .*rw"'
	assert_success
	assert_output $'made\n1'
}

# podman 4.3 does not tell an OOM kill on v2, whatever the runtime: what it tells is compared with runc.
@test "podman run --memory: what the OOM killer took is told as with runc" {
	local runtime
	for runtime in tare runc; do
		run podman --runtime "$runtime" run --name "hog-$runtime" --network none --memory 16m --memory-swap 16m localhost/bb \
			dd if=/dev/zero of=/dev/null bs=100M
		[ "$status" -eq 137 ] || fail "$runtime: $status: $output"
	done
	assert_equal "$(podman inspect --format '{{.State.OOMKilled}} {{.State.ExitCode}}' hog-tare)" \
		"$(podman inspect --format '{{.State.OOMKilled}} {{.State.ExitCode}}' hog-runc)"
}
