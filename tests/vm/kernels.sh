#!/bin/bash
# kernels.sh [--kernel VERSION]... [--shell COMMAND | FILE.bats...] - tare on kernels older than this machine's.
#
#   tests/vm/kernels.sh                     Linux 6.1 and 6.12: the unit tests that call the kernel, and
#                                           containers of every kind (see kernels_guest.sh)
#   tests/vm/kernels.sh --kernel 6.1 tests/integration/mounts.bats      only these tests of containers
#   tests/vm/kernels.sh --kernel 6.1 --shell 'COMMAND'                  its output, as it comes
#
# The newest kernel hides what older ones refuse, so the same binaries run here under Debian's cloud
# kernels, fetched by apt-get download and kept in TARE_VM_CACHE. The guest has no disk and no
# systemd: its initial ramdisk is this machine's bash, bats and what the tests call, with their
# libraries, and it is up in seconds even without KVM. One processor and 2 GB a kernel; the kernels
# run beside each other.
#
# Prints TAP on stdout, one plan for all; consoles stay in build/vm/kernels. Needs root (newuidmap
# has to stay setuid), the release preset built, and apt for the first run.
# TARE_VM_SECONDS: how long the guests may take (default 900).
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD
cache=${TARE_VM_CACHE:-/var/cache/tare-vm}
out=$here/build/vm/kernels
seconds=${TARE_VM_SECONDS:-900}

fail() {
	echo "tests/vm/kernels.sh: $*" >&2
	exit 1
}

# ---- kernels

kernel_package() { # VERSION: what its metapackage depends on; the name changes with each update
	local meta=linux-image-$1-cloud-amd64
	[ "$1" != 6.1 ] || meta=linux-image-cloud-amd64 # the one of Debian 12
	apt-cache depends "$meta" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p' | head -n 1
}

fetch_kernel() { # VERSION: vmlinuz and overlay.ko in $cache/linux-VERSION, which appears at once
	local package work
	[ ! -e "$cache/linux-$1/vmlinuz" ] || return 0
	package=$(kernel_package "$1")
	if [ -z "$package" ]; then # a machine without apt's lists
		apt-get -q update >"$out/apt" 2>&1 || { cat "$out/apt" >&2; fail "apt-get update failed"; }
		package=$(kernel_package "$1")
	fi
	[ -n "$package" ] || fail "apt knows no package of Linux $1: apt-get update, or another --kernel"
	echo "fetching $package (once)" >&2
	work=$(mktemp -d "$cache/fetching.XXXXXX")
	if ! (cd "$work" && apt-get -q download "$package") >"$work/log" 2>&1; then
		cat "$work/log" >&2
		rm -rf "$work"
		fail "$package could not be fetched"
	fi
	dpkg-deb -x "$work"/*.deb "$work/tree"
	mv "$work"/tree/boot/vmlinuz-* "$work/vmlinuz"
	find "$work/tree/lib/modules" -name overlay.ko.xz -exec xz -dc {} + >"$work/overlay.ko"
	[ -s "$work/overlay.ko" ] || find "$work/tree/lib/modules" -name overlay.ko -exec cp {} "$work/" ';'
	rm -rf "$work/tree" "$work"/*.deb
	mv -T "$work" "$cache/linux-$1" 2>/dev/null || rm -rf "$work" # somebody else was quicker
}

# ---- what is in the guest

programs="awk bash basename bats busybox cat chmod chown comm cp cut date dd diff dirname env expr find flock
	getcap grep head id ip jq kill ln ls mkdir mkfifo mknod mktemp mount mountpoint mv newgidmap newuidmap
	nl nproc nsenter od paste pgrep ps pwd readlink realpath rm rmdir sed seq setcap setpriv setsid sh sha256sum
	sleep sort stat strace stty sync tac tail tar tee test timeout touch tr truncate umount uname uniq unshare
	wc xargs yes"

files() { # the programs and the unit tests, and the libraries they load, one a line
	local name
	for name in $programs; do
		type -P "$name" || fail "$name is not installed"
	done >"$out/files"
	find "$here/build/release/tests/unit" -maxdepth 1 -type f -name 'test_*' -executable >>"$out/files"
	cat "$out/files"
	# ldd's status is that of a static program, too
	xargs ldd <"$out/files" 2>/dev/null | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p; s/^\t\(\/[^ ]*\) .*/\1/p' || :
}

assemble() {
	local system=$out/system
	rm -rf "$system"
	mkdir -p "$system"/{dev,proc,sys,run,root,etc,usr/{bin,sbin,lib,lib64,libexec,local/bin}}
	mkdir -m 1777 "$system"/tmp
	for name in bin sbin lib lib64; do ln -s "usr/$name" "$system/$name"; done
	files | sort -u >"$out/all"
	# Links are followed, so that what is in it is whole by itself.
	tar -chf - --files-from "$out/all" 2>"$out/tar" | tar -C "$system" -xpf -
	cp -a /usr/lib/bats-core "$system/usr/lib/"
	cp -a /usr/libexec/bats-core "$system/usr/libexec/"
	printf 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$system/etc/passwd"
	printf 'root:x:0:\ntty:x:5:\nnogroup:x:65534:\n' >"$system/etc/group"
	mkdir -p "$system$here/build/release"
	git ls-files -z --cached --others --exclude-standard tests bundles libocispec docs |
		tar -cf - --null -T - | tar -C "$system$here" -xf -
	cp build/release/tare build/release/tare-init "$system$here/build/release/"
	cp -a build/rootfs "$system$here/build/"
	printf '%s\n' "$here" >"$system/etc/tare-source"
	printf '%s\n' "$@" >"$system/etc/tare-suites"
	[ -z "$shell_command" ] || printf '%s\n' "$shell_command" >"$system/etc/tare-shell"
	rm -rf "$out/initial" && mkdir "$out/initial"
	mv "$system" "$out/initial/system"
	cp "$(type -P busybox)" "$out/initial/busybox"
	install -m 755 tests/vm/kernels_init.sh "$out/initial/init"
}

ramdisk() { # VERSION FILE
	cp "$cache/linux-$1/overlay.ko" "$out/initial/system/root/"
	(cd "$out/initial" && find . -print0 | cpio --quiet --null -o -H newc) | gzip -1 >"$2"
}

# ---- running

boot() { # VERSION: what it says on its second serial line is in $out/VERSION.tap
	local status=0
	rm -f "$out/$1.tap"
	timeout --kill-after=10 "$seconds" qemu-system-x86_64 "${accelerate[@]}" -machine q35 -smp 1 -m 2G \
		-nodefaults -no-reboot -display none -serial "file:$out/$1.console" -serial "file:$out/$1.tap" \
		-kernel "$cache/linux-$1/vmlinuz" -initrd "$out/$1.initrd" \
		-append "console=ttyS0 quiet panic=-1 $faster" >"$out/$1.qemu" 2>&1 </dev/null || status=$?
	rm -f "$out/$1.initrd"
	grep -q '^# the end$' "$out/$1.tap" && return
	echo "not ok 0 the guest came to no end (qemu: status $status, of $seconds s at most)" >>"$out/$1.tap"
	{ tail -n 20 "$out/$1.qemu" "$out/$1.console"; } >&2
}

# One TAP of all: "ok N VERSION: name". A plan of bats that was not kept is a failure, and so is a
# kernel under which no test ran.
merge() { # VERSION...
	local kernel taps=()
	for kernel in "$@"; do taps+=("kernel=$kernel" "$out/$kernel.tap"); done
	awk -v kernels="$*" '
		{ sub(/\r$/, "") }
		/^1\.\.[0-9]+$/ { planned[kernel] += substr($0, 4) }
		/^(not )?ok [0-9]+ / {
			seen[kernel]++
			good = /^ok/; failed += !good
			sub(/^(not )?ok [0-9]+ /, "")
			print (good ? "ok " : "not ok ") ++n " Linux " kernel ": " $0
			next
		}
		/^#/ { print }
		END {
			count = split(kernels, names, " ")
			for (i = 1; i <= count; i++) {
				kernel = names[i]
				missing = planned[kernel] - seen[kernel]
				if (seen[kernel] && missing <= 0) continue
				failed++
				print "not ok " ++n " Linux " kernel ": " (seen[kernel] ? missing " tests never ran" : "no test ran")
			}
			print "1.." n
			exit failed > 0
		}' "${taps[@]}" || {
		for kernel in "$@"; do # the last words of one that never came to a test
			grep -qE '^(not )?ok ' "$out/$kernel.tap" || tail -n 20 "$out/$kernel.tap" "$out/$kernel.console" >&2
		done
		return 1
	}
}

kernels=()
shell_command=
while [ $# -gt 0 ]; do
	case $1 in
	--kernel) kernels+=("${2:?--kernel needs a version}") && shift 2 ;;
	--shell) shell_command=${2:?--shell needs a command} && shift 2 ;;
	*) break ;;
	esac
done
[ ${#kernels[@]} -gt 0 ] || kernels=(6.1 6.12)
[ "$(id -u)" -eq 0 ] || fail "needs root"
[ -x build/release/tests/unit/test_init_run ] || fail "build the release preset first, with its tests"

mkdir -p "$out" "$cache"
exec 9>"$cache/kernels.lock" # one such pair at a time; they are small enough to run beside the guest of run.sh
flock 9
# shellcheck source=tests/vm/qemu.bash
. tests/vm/qemu.bash
bundles/lib/rootfs.sh build/rootfs
for kernel in "${kernels[@]}"; do fetch_kernel "$kernel"; done
assemble "$@"
for kernel in "${kernels[@]}"; do
	ramdisk "$kernel" "$out/$kernel.initrd"
done
rm -rf "$out/initial"
for kernel in "${kernels[@]}"; do boot "$kernel" & done
wait
if [ -n "$shell_command" ]; then
	for kernel in "${kernels[@]}"; do sed "s/^/$kernel: /" "$out/$kernel.tap"; done
	exit
fi
merge "${kernels[@]}"
