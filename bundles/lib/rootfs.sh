#!/bin/sh
# rootfs.sh DIR - assemble a small root filesystem from busybox-static.
#
# The same busybox gives the same tree, down to modes and times. A tree that is up to date is left
# alone, and a new one is built beside DIR and renamed into place, so that an interruption never
# leaves half a tree. Needs no root; needs no network.
set -eu
umask 022

dir=${1:?usage: rootfs.sh DIR}
busybox=${BUSYBOX:-$(command -v busybox || true)}
if [ -z "$busybox" ]; then
	echo "rootfs.sh: busybox was not found: install busybox-static" >&2
	exit 1
fi
if ! LC_ALL=C ldd "$busybox" 2>&1 | grep -q 'not a dynamic executable'; then
	echo "rootfs.sh: $busybox is not static: install busybox-static" >&2
	exit 1
fi

# What the tree was made from: this script and this busybox.
stamp=$(cat "$0" "$busybox" | sha256sum | cut -d' ' -f1)
if [ "$(cat "$dir/etc/tare-rootfs" 2>/dev/null || true)" = "$stamp" ]; then
	exit 0
fi
if [ -e "$dir" ] && [ ! -e "$dir/etc/tare-rootfs" ]; then
	echo "rootfs.sh: $dir exists and was not made by this script: it is left alone" >&2
	exit 1
fi

new=$dir.new.$$
trap 'rm -rf "$new"' EXIT INT TERM
rm -rf "$new"
# /lesson is where each bundle shows itself to its container; the others are what mounts expect.
for d in bin dev etc home/user lesson lib mnt proc root run sys tmp usr var/log; do
	mkdir -p "$new/$d"
done
ln -s bin "$new/sbin"
ln -s ../bin "$new/usr/bin"
ln -s ../bin "$new/usr/sbin"
chmod 700 "$new/root"
chmod 1777 "$new/tmp"

cp "$busybox" "$new/bin/busybox"
chmod 755 "$new/bin/busybox"
"$busybox" --list | while read -r applet; do
	[ "$applet" = busybox ] || ln -s busybox "$new/bin/$applet"
done

cat >"$new/etc/passwd" <<'END'
root:x:0:0:root:/root:/bin/sh
user:x:1000:1000:a person:/home/user:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false
END
cat >"$new/etc/group" <<'END'
root:x:0:
tty:x:5:
user:x:1000:
nogroup:x:65534:
END
chown -R 1000:1000 "$new/home/user" 2>/dev/null || : # not root: the builder owns it all
echo "$stamp" >"$new/etc/tare-rootfs"
find "$new" -exec touch -h -d @0 {} +

rm -rf "$dir"
mkdir -p "$(dirname "$dir")"
mv -T "$new" "$dir"
trap - EXIT
