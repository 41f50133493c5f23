#!/bin/sh
# root is a name; what it may do is a set of capabilities, and this container has one of them.
try() { # WHAT CAPABILITY COMMAND
	if sh -c "$3" >/dev/null 2>&1; then
		printf '%-28s %-24s works\n' "$1" "$2"
	else
		printf '%-28s %-24s refused\n' "$1" "$2"
	fi
}

echo "I am $(id -un), uid $(id -u). CapEff is $(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)."
touch /tmp/file
try "listen on port 80" "CAP_NET_BIND_SERVICE" 'ip -4 addr show lo >/dev/null; nc -l -p 80 & sleep 0.2; kill $!'
try "give a file away" "CAP_CHOWN" 'chown 1000 /tmp/file'
try "make a device" "CAP_MKNOD" 'mknod /tmp/null c 1 3'
try "mount a tmpfs" "CAP_SYS_ADMIN" 'mount -t tmpfs tmpfs /tmp'
try "rename the host" "CAP_SYS_ADMIN" 'hostname other'
try "become another user" "CAP_SETUID" 'su -s /bin/true user'
try "run ahead of the others" "CAP_SYS_NICE" 'nice -n -5 true'
