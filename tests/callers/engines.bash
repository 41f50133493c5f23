# shellcheck shell=bash disable=SC2034,SC2154 # bats sets status and output; common.bash reads STATE
# engines.bash - what the tests of podman, docker and ctr share: an image of busybox, a private place
# for an engine's files, a control group of its own, and an end that leaves none of it.
#
# An engine keeps things in /run whatever its options say, and tare's default state root is there
# too. So the tests want the mount namespace of tests/lib/private.sh, and put a new /run into it.
#
# ENGINE_DIR    the engine's directory, with the image as bb.tar and its root filesystem as rootfs/
# ENGINE_GROUP  the parent of all cgroups that it makes, at the top of every hierarchy

# engine_setup_file COMMAND...: the programs that must be installed; in setup_file.
engine_setup_file() {
	local name
	for name in busybox tar "$@"; do
		command -v "$name" >/dev/null || skip "needs $name"
	done
	require_root
	[ "${TARE_TEST_PRIVATE:-}" = 1 ] || skip "needs a mount namespace: run under tests/lib/private.sh"
	mount -t tmpfs -o mode=755 tare-engine /run
	ENGINE_DIR=$(mktemp -d "${TARE_TEST_TMP:-/tmp}/engine-$TARE_TAG.XXXXXX")
	ENGINE_GROUP=tare-test-$TARE_TAG-engine
	export ENGINE_DIR ENGINE_GROUP
	chmod 755 "$ENGINE_DIR"
	engine_image
}

# The root filesystem: busybox, links for its applets, two files that are not for running.
engine_image() {
	local root=$ENGINE_DIR/rootfs name
	mkdir -p "$root"/{bin,dev,etc,proc,root,run,srv,sys,tmp,var}
	cp "$(command -v busybox)" "$root/bin/busybox"
	while read -r name; do
		[ "$name" = busybox ] || ln -s busybox "$root/bin/$name"
	done < <("$root/bin/busybox" --list)
	printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'guest:x:1000:1000::/:/bin/sh' >"$root/etc/passwd"
	printf '%s\n' 'root:x:0:' 'guest:x:1000:' >"$root/etc/group"
	tar --numeric-owner --owner=0 --group=0 -C "$root" -cf "$ENGINE_DIR/bb.tar" .
}

# engine_setup, engine_teardown: around each test. The state root is the default one, since not all
# engines can name another; afterwards nothing of the test may be in it.
engine_setup() {
	common_setup
	STATE=/run/tare
}

# engine_teardown_file: daemons have been told to end; what did not is killed here.
engine_teardown_file() {
	[ -n "${ENGINE_DIR:-}" ] || return 0
	local group point
	engine_groups | while read -r group; do xargs -r kill -KILL <"$group/cgroup.procs"; done 2>/dev/null
	wait_until engine_groups_gone || :
	awk '{ print $5 }' /proc/self/mountinfo | grep -F "$ENGINE_DIR" | sort -r |
		while read -r point; do umount --lazy "$point"; done
	rm -rf --one-file-system "$ENGINE_DIR"
	umount --lazy /run
	! engine_groups | grep .
}

# The cgroups under ENGINE_GROUP in every hierarchy, the inner ones first.
engine_groups() { list_cgroups | grep -F "/$ENGINE_GROUP" | sort -r; }

engine_groups_gone() {
	local group
	engine_groups | while read -r group; do rmdir "$group"; done 2>/dev/null
	! engine_groups | grep -q .
}

# wait_until COMMAND...: until it succeeds, at most 20 seconds.
wait_until() {
	local tries
	for tries in {1..200}; do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	fail "still not so after $tries looks: $*"
}

# wait_gone COMMAND...: until it fails.
wait_gone() { wait_until engine_not "$@"; }
engine_not() { ! "$@"; }

# engine_cgroup_value CONTROLLER FILE ID: what the file of the container's cgroup says, from outside.
engine_cgroup_value() {
	find "$(cgroup_dir "$1")/$ENGINE_GROUP" -path "*$3*" -name "$2" -exec cat {} + | head -n 1
}

# engine_command NAME WORD...: these words as the program $ENGINE_DIR/NAME, which takes more of them.
engine_command() {
	printf '#!/bin/sh\nexec %s "$@"\n' "${*:2}" >"$ENGINE_DIR/$1"
	chmod 755 "$ENGINE_DIR/$1"
}

# capture COMMAND...: sets status, output and stderr, and does not wait for what stays in the
# background with its descriptors (`run` would).
capture() {
	status=0
	"$@" >"$WORK/stdout" 2>"$WORK/stderr" 3>&- || status=$?
	output=$(<"$WORK/stdout")
	stderr=$(<"$WORK/stderr")
}

# with_stdin TEXT COMMAND...: the same, with a line of stdin.
with_stdin() { capture timeout --foreground --kill-after=5 "$TARE_TIMEOUT" "${@:2}" <<<"$1"; }

# on_terminal COMMAND...: a program on a terminal, as a person would have it, who types nothing. (Not
# script(1): the end of its stdin becomes a character that is typed.) Its exit status is a line of output.
on_terminal() {
	capture python3 "$TARE_SOURCE/tests/lib/pty.py" 24x80 \
		timeout --foreground --kill-after=5 "$TARE_TIMEOUT" "$@" </dev/null
}

# memory_limit_file: the name of the limit in the container's cgroup.
memory_limit_file() { [ "$(cgroup_mode)" = v2 ] && echo memory.max || echo memory.limit_in_bytes; }
