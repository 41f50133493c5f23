#!/bin/sh
# Root in here is an ordinary, powerless user out there.
echo "I am $(id -un), uid $(id -u)."
echo "The map (inside, outside, how many):"
sed 's/^/  /' /proc/self/uid_map
echo "A file of mine belongs to $(touch /tmp/mine && stat -c '%U (uid %u)' /tmp/mine);"
echo "/proc/1 belongs to $(stat -c '%U (uid %u)' /proc/1);"
echo "the host's root, who is not in the map, shows as $(stat -c '%U (uid %u)' /proc/sys/kernel/panic)."
mount -t tmpfs tmpfs /mnt && echo "I may mount, since the mount namespace is mine (CAP_SYS_ADMIN over it)."
if mknod /tmp/null c 1 3 2>/dev/null; then
	echo "I made a device: something is wrong."
else
	echo "I may not make a device: that is for the host's root."
fi
