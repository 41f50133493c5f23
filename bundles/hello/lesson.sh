#!/bin/sh
# What a container can say about itself, in a dozen lines. Runs inside, by busybox alone.

row() { printf '  %-13s %s\n' "$1" "$2"; }

# The names of the bits of CapEff, in the order of the kernel's numbers.
names="chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable
net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot
sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease
audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read
perfmon bpf checkpoint_restore"
set=$((0x$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)))
bit=0
all=0
held=
for name in $names; do
	if [ $((set >> bit & 1)) -eq 1 ]; then
		held="$held $name"
		all=$((all + 1))
	fi
	bit=$((bit + 1))
done

# The limit that the cgroup file system shows: cgroup v2 first, then v1.
limit() {
	for file in "/sys/fs/cgroup/$1" "/sys/fs/cgroup/$2"; do
		[ -r "$file" ] && cat "$file" && return
	done
	echo "not shown"
}
memory=$(limit memory.max memory/memory.limit_in_bytes)
case $memory in *[!0-9]*) ;; *) memory="$((memory / 1048576)) MiB" ;; esac

links=$(ls /sys/class/net | tr '\n' ' ')
kinds=$(find /proc/self/ns -type l ! -name '*_for_children' -exec basename {} \; | sort | tr '\n' ' ')
targets=$(cut -d' ' -f5 /proc/self/mountinfo)

echo
echo "  Hello from inside a container."
echo
row "host name" "$(hostname)"
row "process" "PID $$, one of the $(ls -d /proc/[0-9]* | wc -l) that can be seen from here"
row "user" "$(id -un), uid $(id -u), gid $(id -g)"
row "capabilities" "$all of $bit:$held"
row "privileges" "no_new_privs $(sed -n 's/^NoNewPrivs:[[:space:]]*//p' /proc/self/status): a setuid program gains nothing"
row "root" "$(awk '$5 == "/" { print $6 }' /proc/self/mountinfo | cut -d, -f1 | sed 's/^ro$/read-only/; s/^rw$/writable/'), with $(ls / | wc -l) entries: $(ls / | tr '\n' ' ')"
row "mounts" "$(echo "$targets" | wc -l), among them $(echo "$targets" | grep -xE '/|/proc|/dev|/sys|/tmp|/lesson' | tr '\n' ' ')"
row "namespaces" "$kinds"
row "cgroup" "$(sed -n '$s/.*://p' /proc/self/cgroup), memory limit $memory, at most $(limit pids.max pids/pids.max) processes"
row "network" "${links:-no interface}"
row "kernel" "$(uname -sr) on $(uname -m), the same as the host's"
echo
