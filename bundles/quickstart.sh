#!/bin/bash
# quickstart.sh - from a fresh clone to a running container with one command:
#
#   sudo bundles/quickstart.sh
#
# Installs what the build needs (Debian 12 or 13; elsewhere it names what is missing), builds
# build/release/tare, makes a root filesystem from busybox, and runs bundles/hello. Run again, it
# does only what is left to do.
set -euo pipefail
umask 022
cd "$(dirname "$0")/.."
# shellcheck source=bundles/lib/packages.sh
. bundles/lib/packages.sh

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
[ -t 1 ] || say() { printf '==> %s\n' "$*"; }

if [ "$(id -u)" -ne 0 ]; then
	echo "This container needs root: sudo bundles/quickstart.sh" >&2
	exit 1
fi

need_packages <<'END'
gcc             command cc gcc clang
libc6-dev       header  stdio.h c
cmake           command cmake
ninja-build     command ninja
libyajl-dev     header  yajl/yajl_parse.h yajl
libseccomp-dev  header  seccomp.h seccomp
libcap-dev      header  sys/capability.h cap
libnl-3-dev     header  netlink/netlink.h nl-3
libsystemd-dev  file    /usr/include/systemd/sd-bus.h
busybox-static  static  busybox
END
command -v cc >/dev/null || export CC="${CC:-$(command -v gcc || command -v clang)}"

build() {
	if [ ! -e build/release/build.ninja ]; then
		if have_header cmocka.h c; then cmake --preset release; else cmake --preset release -DTARE_TESTS=OFF; fi
	fi
	cmake --build --preset release --target tare
}

say "Building build/release/tare"
mkdir -p build
if ! build >build/quickstart.log 2>&1; then
	tail -n 40 build/quickstart.log >&2
	echo "The build failed; all of its output is in build/quickstart.log." >&2
	exit 1
fi
# What sudo built belongs to the person who asked for it, who may go on without sudo.
[ -z "${SUDO_UID:-}" ] || chown -R "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" build/release build/quickstart.log

say "Making build/rootfs from busybox"
bundles/lib/rootfs.sh build/rootfs

say "build/release/tare run -b bundles/hello hello-$$"
build/release/tare run -b bundles/hello "hello-$$" </dev/null

cat <<'END'
Next:
  build/release/tare plan -b bundles/hello               what it did, step by step, without doing it
  sudo build/release/tare run -b bundles/limits lesson   run into a limit (bundles/README.md lists more)
  $EDITOR bundles/hello/config.json                      make a mistake, run it again, and read the error
END
