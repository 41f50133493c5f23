#!/bin/sh
# Try to write to, or read from, what config.json protects.
try() { # WHAT COMMAND: say how the command ends
	if message=$(sh -c "$2" 2>&1); then
		printf '%-36s works\n' "$1"
	else
		printf '%-36s %s\n' "$1" "${message##*: }"
	fi
}

echo "root.readonly:"
try "  write to /etc/passwd" 'echo x >>/etc/passwd'
try "  write to /tmp, a tmpfs" 'echo x >/tmp/file'
echo "mounts, option ro:"
try "  write to /lesson" 'echo x >/lesson/file'
echo "linux.readonlyPaths:"
try "  set a sysctl" 'echo 1 >/proc/sys/kernel/panic'
try "  move the interrupts" 'echo 1 >/proc/irq/default_smp_affinity'
echo "linux.maskedPaths:"
echo "  /proc/keys holds $(wc -c </proc/keys 2>/dev/null || echo 0) bytes, /sys/firmware $(ls /sys/firmware | wc -l) entries"
