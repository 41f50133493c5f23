#!/bin/bash
# run.sh [--machine v2|v1|selinux] [--shell COMMAND | SUITE...] - a machine of our own: Debian 12 with systemd, cgroup v2 and
# AppArmor under qemu, in which tare runs as users have it.
#
#   tests/vm/run.sh                    all suites of tests/vm (*.bats)
#   tests/vm/run.sh --machine v1       the same with cgroup v1 alone (systemd's legacy hierarchy)
#   tests/vm/run.sh --machine selinux  its suite, with SELinux and Debian's policy in the place of AppArmor
#   tests/vm/run.sh tests/integration/userns.bats ...      these, there (an emulated processor is slow)
#   tests/vm/run.sh --shell 'systemctl status'      one command as root, its output here
#
# The image is assembled from Debian's packages by mmdebstrap, and kept in TARE_VM_CACHE (default
# /var/cache/tare-vm) under a name made of what is in it. Each run has a fresh overlay of it, this
# tree and the release build on a second disk, and brings the results back on a third. Without KVM
# qemu emulates the processor: a boot takes half a minute. One guest at a time.
#
# Prints TAP on stdout; what else happened is in build/vm: `progress` has the results as they come. TARE_VM_APPEND adds to the kernel's command line.
# TARE_VM_SECONDS: how long the guest may take (default 2700).
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
cd "$here"
# shellcheck source=bundles/lib/packages.sh
. bundles/lib/packages.sh

cache=${TARE_VM_CACHE:-/var/cache/tare-vm}
out=$here/build/vm
seconds=${TARE_VM_SECONDS:-2700}
packages=linux-image-cloud-amd64,systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,udev,kmod
packages+=,apparmor,procps,iproute2,util-linux,passwd,libcap2-bin,uidmap,strace,socat,expect,bats,jq,python3
packages+=,busybox-static,podman,conmon,crun,runc,catatonit,fuse-overlayfs,slirp4netns,criu,libsystemd0
packages+=,libyajl2,libseccomp2,libnl-3-200,bsdextrautils,libprotobuf-c1,iptables
packages+=,containerd,docker.io,buildah,containernetworking-plugins,python3-grpcio,python3-protobuf
version=2 # of what make_image does; raise it to have the image made anew
machine=v2
policy=
if [ "${1:-}" = --machine ]; then
	machine=${2:?--machine needs v2, v1 or selinux}
	shift 2
fi
append="apparmor=1 security=apparmor"
case $machine in
v2) suites=(tests/vm/{systemd,resources,apparmor,checkpoint,rootless,engines,hints}.bats tests/callers/cri.bats tests/integration/probe.bats) ;;
v1)
	suites=(tests/vm/systemd.bats tests/integration/{cgroups,update,events}.bats tests/callers/cri.bats)
	append+=" systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=1"
	;;
selinux)
	suites=(tests/vm/selinux.bats)
	packages+=,selinux-policy-default,policycoreutils,selinux-utils
	policy=$(<tests/vm/container.cil)
	# permissive: what Debian's policy does not allow a test of ours is only noted; labels are real
	append="security=selinux selinux=1 enforcing=0"
	;;
*) echo "tests/vm/run.sh: --machine is v2, v1 or selinux" >&2 && exit 2 ;;
esac
key=$(echo "$packages $version$policy" | sha256sum | cut -c1-16)
image=$cache/$key

fail() {
	echo "tests/vm/run.sh: $*" >&2
	exit 1
}

make_image() ( # the base disk, the kernel and the initial ramdisk, in a directory that appears at once
	mkdir -p "$cache"
	work=$(mktemp -d "$cache/making.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	echo "making the guest's image in $image (some minutes, once)" >&2
	mmdebstrap --quiet --variant=minbase --include="$packages" bookworm "$work/root.tar" \
		>"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; fail "mmdebstrap failed"; }
	mkdir "$work/root"
	tar -C "$work/root" -xf "$work/root.tar"
	rm "$work/root.tar"
	prepare_root "$work/root"
	[ "$machine" != selinux ] || label "$work/root"
	mv "$work"/root/boot/vmlinuz-* "$work/vmlinuz"
	mv "$work"/root/boot/initrd.img-* "$work/initrd"
	mke2fs -q -t ext4 -d "$work/root" -L tare "$work/disk" 4G
	rm -rf "$work/root"
	[ -d "$image" ] || mv "$work" "$image"
)

label() { # DIRECTORY: a policy that knows containers, and what the first boot would do, in half an hour without KVM
	sed -i 's/^SELINUX=.*/SELINUX=permissive/; s/^SELINUXTYPE=.*/SELINUXTYPE=default/' "$1/etc/selinux/config"
	cp tests/vm/container.cil "$1/root/"
	# setfiles reaches files by way of /proc
	unshare --mount sh -c 'mount -t proc proc "$1/proc" && chroot "$1" semodule -N -s default -i /root/container.cil &&
		chroot "$1" setfiles -F /etc/selinux/default/contexts/files/file_contexts /' sh "$1" >>"${1%/*}/log" 2>&1 ||
		{ tail -n 5 "${1%/*}/log" >&2; fail "the image could not be labelled"; }
}

prepare_root() { # DIRECTORY: a service that runs what is on the second disk, and users
	cat >"$1/etc/systemd/system/tare-guest.service" <<-'END'
		[Unit]
		After=multi-user.target
		[Service]
		Type=oneshot
		StandardOutput=file:/var/log/tare-guest
		StandardError=inherit
		ExecStart=/bin/sh -c 'mkdir -p /work && tar -C /work -xf /dev/vdb && exec /work/tare/tests/vm/guest.sh'
		ExecStopPost=/bin/sh -c 'cp /var/log/tare-guest /work/out/log 2>/dev/null; tar -C /work/out -cf /dev/vdc . ; sync; systemctl --no-block poweroff -f'
		TimeoutStartSec=infinity
		[Install]
		WantedBy=default.target
	END
	mkdir -p "$1/etc/systemd/system/default.target.wants"
	ln -s /etc/systemd/system/tare-guest.service "$1/etc/systemd/system/default.target.wants/"
	ln -sf /dev/null "$1/etc/systemd/system/getty@tty1.service"
	rm -f "$1"/etc/systemd/system/*.wants/{docker,containerd}.{service,socket} # started by tests, in their own way
	printf 'LABEL=tare / ext4 defaults 0 1\n' >"$1/etc/fstab"
	echo guest >"$1/etc/hostname"
	chroot "$1" useradd --create-home --shell /bin/bash --uid 1000 user
	mkdir -p "$1/var/lib/systemd/linger" "$1/etc/systemd/system/user@.service.d"
	touch "$1/var/lib/systemd/linger/user"
	printf '[Service]\nDelegate=cpu cpuset io memory pids\n' >"$1/etc/systemd/system/user@.service.d/delegate.conf"
}

pack() { # this tree and the build, for the second disk
	local stage=$out/stage source
	rm -rf "$stage"
	mkdir -p "$stage/tare/build/release"
	git ls-files -z --cached --others --exclude-standard | tar -cf - --null -T - | tar -C "$stage/tare" -xf -
	cp build/release/tare build/release/tare-init build/release/tare-systemd build/release/tare-criu "$stage/tare/build/release/"
	mkdir "$stage/tare/build/probe" # the guest has no compiler: see static_program()
	for source in tests/probe/*.c; do
		"${CC:-cc}" -O1 -static -o "$stage/tare/build/probe/$(basename "$source" .c)" "$source"
	done
	protoc --proto_path=tests/callers --python_out="$stage/tare/build/probe" cri.proto
	printf '%s\n' "$@" >"$stage/suites"
	rm -f "$stage/shell"
	[ -z "${shell_command:-}" ] || printf '%s\n' "$shell_command" >"$stage/shell"
	tar -C "$stage" -cf "$out/payload" .
	truncate -s %512 "$out/payload"
	rm -rf "$stage"
}

boot() {
	local accelerate faster
	# shellcheck source=tests/vm/qemu.bash
	. tests/vm/qemu.bash
	qemu-img create -q -f qcow2 -b "$image/disk" -F raw "$out/overlay"
	truncate -s 0 "$out/results" && truncate -s 64M "$out/results"
	timeout --kill-after=10 "$seconds" qemu-system-x86_64 "${accelerate[@]}" -machine q35 -smp 2 -m 3G \
		-nodefaults -no-reboot -display none -serial "file:$out/console" -serial "file:$out/progress" \
		-kernel "$image/vmlinuz" -initrd "$image/initrd" \
		-append "root=LABEL=tare console=ttyS0 quiet systemd.show_status=no $append $faster ${TARE_VM_APPEND:-}" \
		-drive "if=virtio,format=qcow2,cache=unsafe,file=$out/overlay" \
		-drive "if=virtio,format=raw,file=$out/payload" \
		-drive "if=virtio,format=raw,file=$out/results" >"$out/qemu" 2>&1 </dev/null ||
		{ tail -n 20 "$out/qemu" "$out/console" "$out/progress" >&2; fail "the guest did not end within $seconds s"; }
}

shell_command=
if [ "${1:-}" = --shell ]; then
	shell_command=${2:?--shell needs a command}
	shift 2
fi
for program in tare tare-init tare-systemd tare-criu; do
	[ -x "build/release/$program" ] || fail "build the release preset first: there is no $program"
done
mkdir -p "$out" "$cache"
exec 9>"$cache/lock"
flock 9
[ -d "$image" ] || make_image
[ $# -eq 0 ] || suites=("$@")
pack "${suites[@]}"
boot
rm -rf "$out/got" && mkdir "$out/got"
tar -C "$out/got" -xf "$out/results" 2>/dev/null || { tail -n 30 "$out/console" "$out/progress" >&2; fail "the guest brought nothing back"; }
[ -s "$out/got/tap" ] || { cat "$out/got/log" >&2; fail "no suite ran in the guest"; }
cat "$out/got/tap"
exit "$(cat "$out/got/status")"
