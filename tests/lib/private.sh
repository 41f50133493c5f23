#!/bin/bash
# private.sh COMMAND... - run a command (bats, as a rule) in a pid and mount namespace of its own.
#
# Whatever a container leaves behind is then plain to see (every process and every mount is ours),
# dies with the command, and never touches the machine. The user `taretest`, with subordinate ids
# for rootless tests, exists only in here.
# TARE_TEST_CGROUPS: v1 or v2: the machine has cgroups of this kind alone (of a hybrid one).
set -eu

if [ "${TARE_TEST_PRIVATE:-}" != 1 ]; then
	TARE_TEST_PRIVATE=1 exec unshare --mount --pid --fork --mount-proc --kill-child -- "$0" "$@"
fi

case ${TARE_TEST_CGROUPS:-} in
v1) umount "$(awk '$9 == "cgroup2" { print $5 }' /proc/self/mountinfo)" ;;
v2) umount --recursive /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup ;;
esac

uid=64321
tables=$(mktemp -d)
mount -t tmpfs -o mode=755 tare-tables "$tables"
add_line() { # FILE LINE: FILE with one more line, for this mount namespace only
	cat "$1" >"$tables/${1##*/}" 2>/dev/null || :
	echo "$2" >>"$tables/${1##*/}"
	chmod 644 "$tables/${1##*/}"
	[ -e "$1" ] || touch "$1"
	mount --bind "$tables/${1##*/}" "$1"
}
add_line /etc/passwd "taretest:x:$uid:$uid:rootless tests:/tmp:/bin/sh"
add_line /etc/group "taretest:x:$uid:"
add_line /etc/subuid "taretest:700000:65536"
add_line /etc/subgid "taretest:700000:65536"

umount --lazy "$tables" # the four binds keep what they need
rmdir "$tables"
# Bundles and their root filesystems in memory: twice as fast as on a disk.
TARE_TEST_TMP=$(mktemp -d /tmp/tare-tests.XXXXXX)
export TARE_TEST_TMP
mount -t tmpfs -o mode=755 tare-tests "$TARE_TEST_TMP"
trap 'umount --lazy "$TARE_TEST_TMP"; rmdir "$TARE_TEST_TMP"' EXIT
# pid 1 of this namespace stays a shell that reaps what is orphaned.
"$@" || exit $?
