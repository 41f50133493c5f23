#!/bin/sh
# shellcheck shell=dash # busybox has ulimit -n too
# Run into each limit once. The limits are under linux.resources and process.rlimits.
show() {
	for file in "/sys/fs/cgroup/$1" "/sys/fs/cgroup/$2"; do
		[ -r "$file" ] && cat "$file" && return
	done
	echo "not shown"
}

echo "memory   limit $(show memory.max memory/memory.limit_in_bytes) bytes; asking for 64 MiB:"
{ dd if=/dev/zero of=/dev/null bs=64M count=1; } 2>/dev/null
echo "         dd ended with status $? (137 is 128 + SIGKILL: the OOM killer)"

echo "cpu      quota $(show cpu.max cpu/cpu.cfs_quota_us) (microseconds of each 100000)"

echo "files    limit $(ulimit -n); opening 80:"
(
	opened=3
	while [ $opened -lt 83 ] && eval "exec $opened</dev/null"; do opened=$((opened + 1)); done
) 2>/dev/null
echo "         status $?: the 65th was one too many"

# Last, because after it there is no process left to start: from here on only builtins.
echo "pids     limit $(show pids.max pids/pids.max); starting 30 processes:"
{ sh -c 'for i in $(seq 30); do sleep 60 & done'; } 2>/dev/null
for file in /sys/fs/cgroup/pids.current /sys/fs/cgroup/pids/pids.current; do
	[ -r $file ] && read -r alive <$file
done
echo "         now there are ${alive:-?} in all, this shell among them"
