# podman of ordinary users, with tare as its runtime: taretest has ranges of ids, tareplain has one id.
#
# (runtime_supports_nocgroup without an s is the key of podman 4.) There is no systemd here, and with cgroups of v1 none for users: podman is told so, or finds out by itself.

load ../lib/common
load engines

setup_file() {
	engine_setup_file podman conmon newuidmap setpriv
	getent passwd taretest >/dev/null || skip "needs the user taretest: run under tests/lib/private.sh"
	[ "$(cat /proc/sys/user/max_user_namespaces)" -gt 0 ] || skip "needs user namespaces, which user.max_user_namespaces forbids"
	export CONTAINERS_CONF=$ENGINE_DIR/containers.conf
	# The limits: where the hard ones cannot be raised, podman's own defaults cannot be set.
	cat >"$CONTAINERS_CONF" <<-END
		[containers]
		default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
		log_driver = "k8s-file"
		netns = "none"
		[engine]
		runtime_supports_nocgroup = ["tare"]
		runtime_supports_nocgroups = ["tare"]
		[engine.runtimes]
		tare = ["$TARE"]
	END
	chmod 644 "$CONTAINERS_CONF" "$ENGINE_DIR/bb.tar"
	cp /etc/passwd "$ENGINE_DIR/passwd" && echo 'tareplain:x:64322:64322::/:/bin/sh' >>"$ENGINE_DIR/passwd"
	mount --bind "$ENGINE_DIR/passwd" /etc/passwd
	# the machine's may be root's alone; without the module opening it fails, and the tests say so
	mknod -m 666 "$ENGINE_DIR/fuse" c 10 229 && { [ -e /dev/fuse ] || touch /dev/fuse; } && mount --bind "$ENGINE_DIR/fuse" /dev/fuse
	make_home taretest && make_home tareplain
}

teardown_file() {
	local uid
	[ -n "${ENGINE_DIR:-}" ] || return 0
	for uid in 64321 64322; do # the process that keeps podman's namespaces
		pkill -KILL -u "$uid" || : # none is left, or the last one just went
		wait_gone pgrep -u "$uid"  # one that dies still has /dev/fuse open
	done
	umount /dev/fuse /etc/passwd
	engine_teardown_file
}

make_home() { # USER
	mkdir -p "$ENGINE_DIR/home-$1" "/run/user-$1"
	chown "$1" "$ENGINE_DIR/home-$1" "/run/user-$1"
	chmod 700 "$ENGINE_DIR/home-$1" "/run/user-$1"
}

# setup_user USER STORE [STORAGE-OPTION...]: whose podman it is from now on, with the image
setup_user() {
	OWNER=$1 STORE=$1-$2
	STATE=/run/user-$OWNER/tare
	case $2 in
	overlay) STORAGE=(--storage-driver overlay) ;;
	fuse) STORAGE=(--storage-driver overlay --storage-opt overlay.mount_program=/usr/bin/fuse-overlayfs) ;;
	vfs) STORAGE=(--storage-driver vfs) ;;
	esac
	STORAGE+=("${@:3}")
	[ -e "$ENGINE_DIR/$STORE.made" ] || do_podman import --quiet "$ENGINE_DIR/bb.tar" localhost/bb >/dev/null
	touch "$ENGINE_DIR/$STORE.made"
	podman_run --rm localhost/bb true # what podman makes once, its process that keeps namespaces among it
	snapshot
}

setup() {
	engine_setup
	NAME=c$BATS_TEST_NUMBER
}

teardown() {
	[ -z "${OWNER:-}" ] || do_podman rm --all --force --time 0 >/dev/null 2>&1 || :
	common_teardown
}

as_owner() {
	(cd / && exec setpriv --reuid "$OWNER" --regid "$(id -g "$OWNER")" --clear-groups --inh-caps=-all -- env -i \
		HOME="$ENGINE_DIR/home-$OWNER" XDG_RUNTIME_DIR="/run/user-$OWNER" CONTAINERS_CONF="$CONTAINERS_CONF" \
		PATH="$PATH" ASAN_OPTIONS="${ASAN_OPTIONS-}" timeout --foreground --kill-after=5 "$TARE_TIMEOUT" "$@" </dev/null 3>&-)
}
do_podman() {
	as_owner podman --log-level error --runtime tare --cgroup-manager cgroupfs --events-backend file "${STORAGE[@]}" \
		--root "$ENGINE_DIR/home-$OWNER/$STORE" --runroot "/run/user-$OWNER/run-$STORE" --tmpdir "/run/user-$OWNER/tmp" "$@"
}
podman_run() { do_podman run "$@"; }
ask() { capture do_podman "$@"; }
run_once() { capture podman_run --rm "$@"; }

# root_is TYPE: what the container's root filesystem is
root_is() {
	run_once localhost/bb awk '$5 == "/" { for (i = 7; $i != "-"; i++); print $(i + 1) }' /proc/self/mountinfo
	assert_success
	assert_output "$1"
}

# works: run, exec, stop and build, as a person would
works() {
	run_once localhost/bb sh -c 'id -u; echo err >&2; exit 42'
	assert_status 42
	assert_output 0
	assert_stderr err
	run_once localhost/bb nosuch
	assert_status 127
	run_once -t --hostname box localhost/bb sh -c 'tty; hostname'
	assert_output $'/dev/pts/0\r\nbox\r'
	mkdir "$WORK/share" && chown "$OWNER" "$WORK/share"
	run_once --volume "$WORK/share:/mnt" localhost/bb sh -c 'echo inside >/mnt/file'
	assert_success
	assert_equal "$(stat -c %U "$WORK/share/file") $(<"$WORK/share/file")" "$OWNER inside"

	podman_run -d --name "$NAME" localhost/bb sh -c 'trap "exit 3" TERM; echo ready; while :; do sleep 0.1; done' >/dev/null
	ask exec --env WORD=word "$NAME" sh -c 'echo $WORD; ls -l /proc/1/exe >/dev/null && id -u'
	assert_success
	assert_output $'word\n0'
	wait_until log_has ready
	ask stop --time 20 "$NAME"
	assert_success
	ask inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$NAME"
	assert_output 'exited 3'

	mkdir "$WORK/context"
	printf '%s\n' 'FROM localhost/bb' "RUN mkdir /made && id -u >/made/file && ${1:-true}" 'CMD cat /made/file' >"$WORK/context/Containerfile"
	chmod -R a+rX "$WORK"
	ask build --quiet --isolation oci --network none --tag localhost/built "$WORK/context"
	assert_success
	run_once localhost/built
	assert_success
	assert_output 0
	do_podman rm "$NAME" >/dev/null && do_podman rmi localhost/built >/dev/null
}
log_has() { do_podman logs "$NAME" | grep -qxF "$1"; }

require_overlay() {
	require_kernel 5.13 # overlay in a user namespace, with xattrs of its own
}
require_fuse() {
	require_command fuse-overlayfs
	(exec 9<>/dev/fuse) 2>/dev/null || skip "needs /dev/fuse, which this kernel does not have"
}

@test "podman as a user, on the kernel's overlay" {
	require_overlay
	setup_user taretest overlay
	root_is overlay
	works "chown 5:5 /made"
}

@test "podman as a user, on fuse-overlayfs" {
	require_fuse
	setup_user taretest fuse
	root_is fuse.fuse-overlayfs
	works "chown 5:5 /made"
}

@test "podman as a user, on vfs" {
	setup_user taretest vfs
	works "chown 5:5 /made"
}

@test "podman as a user without ranges, on overlay: one id, and chown is not minded" {
	require_overlay
	setup_user tareplain overlay --storage-opt overlay.ignore_chown_errors=true
	run_once localhost/bb cat /proc/self/uid_map
	assert_matches '^ +0 +64322 +1$'
	root_is overlay
	works
}

@test "podman as a user without ranges, on fuse-overlayfs" {
	require_fuse
	setup_user tareplain fuse --storage-opt overlay.ignore_chown_errors=true
	root_is fuse.fuse-overlayfs
	works
}

@test "podman as a user without ranges, on vfs" {
	setup_user tareplain vfs --storage-opt vfs.ignore_chown_errors=true
	run_once localhost/bb sh -c 'cat /proc/self/uid_map; chown 1000 /etc/passwd || echo no such id'
	assert_success
	assert_matches '^ +0 +64322 +1'$'\n''no such id$'
	works
}

@test "podman as a user: --cgroups=disabled, and podman's own choice" {
	setup_user taretest vfs
	for choice in --cgroups=disabled --cgroups=enabled; do
		run_once "$choice" localhost/bb cat /proc/self/cgroup
		assert_success
		podman_run -d "$choice" --name "$NAME" localhost/bb sleep 1000 >/dev/null
		assert_equal "$(do_podman exec "$NAME" cat /proc/1/comm)" sleep
		do_podman rm --force --time 0 "$NAME" >/dev/null
	done
}

@test "podman as a user: --user, --userns=keep-id, --read-only, capabilities, seccomp" {
	setup_user taretest vfs
	run_once --user guest localhost/bb id
	assert_output 'uid=1000(guest) gid=1000(guest) groups=1000(guest)'
	run_once --userns keep-id localhost/bb sh -c 'id -u; id -g'
	assert_success
	assert_output $'64321\n64321'
	run_once --read-only --tmpfs /srv localhost/bb sh -c 'touch /file 2>/dev/null || echo read-only; touch /srv/file && echo written'
	assert_output $'read-only\nwritten'
	run_once --cap-drop=all --cap-add=chown localhost/bb grep -E '^(CapEff|Seccomp):' /proc/self/status
	assert_output $'CapEff:\t0000000000000001\nSeccomp:\t2'
	run_once --privileged localhost/bb sh -c 'mount -t tmpfs x /srv && echo mounted'
	assert_success
	assert_output mounted
}

@test "podman as a user: pods share namespaces" {
	setup_user taretest vfs
	do_podman pod create --name "pod$NAME" --share net,ipc,uts,pid --infra-image localhost/bb --infra-command 'sleep 1000' >/dev/null
	podman_run -d --pod "pod$NAME" --name "$NAME" localhost/bb sleep 999 >/dev/null
	capture podman_run --rm --pod "pod$NAME" localhost/bb ps -o args
	assert_line 'sleep 999'
	do_podman pod rm --force --time 0 "pod$NAME" >/dev/null
}

@test "podman as a user: tare mounts, in podman's own namespaces" {
	local id
	setup_user taretest vfs
	mkdir "$WORK/hot" && echo hot >"$WORK/hot/file" && chmod 755 "$WORK/hot"
	podman_run -d --name "$NAME" localhost/bb sleep 1000 >/dev/null
	id=$(do_podman inspect --format '{{.Id}}' "$NAME")
	echo '[{"destination": "/hot", "type": "bind", "source": "'"$WORK/hot"'", "options": ["bind", "ro"]}]' >"$WORK/list.json"
	ask unshare "$TARE" mounts add "$id" "$WORK/list.json"
	assert_success
	ask exec "$NAME" cat /hot/file
	assert_output hot
	ask unshare "$TARE" mounts remove "$id" "$WORK/list.json"
	assert_success
	ask exec "$NAME" ls /hot
	assert_output ""
}
