#!/bin/bash
# musl.sh [DIRECTORY] - what tare stands on (yajl, libseccomp, libcap, libnl-3), built for musl from Debian's
# sources, into DIRECTORY (build/musl-libs), where the preset `musl` looks:
#
#   cmake/musl.sh && cmake --preset musl && cmake --build build/musl
#
# Debian has these libraries for glibc alone; a distribution on musl needs no script. Installs the packages
# that it builds with when they are missing. Sources come from Debian's mirror, by apt's signatures.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
to=${1:-$top/build/musl-libs}
# shellcheck source=bundles/lib/packages.sh
. "$top/bundles/lib/packages.sh"
need_packages <<-'END'
	musl-tools  command musl-gcc
	dpkg-dev    command dpkg-source
	libc6-dev   header  stdio.h c
	make        command make
	gperf       command gperf
	bison       command bison
	flex        command flex
END

exec 3>&2
work=$(mktemp -d)
log=$work/log
finish() {
	local status=$?
	[ "$status" = 0 ] || [ ! -s "$log" ] || { echo "musl.sh: failed; the end of its log:" && tail -n 30 "$log"; } >&3
	rm -rf "$work"
	exit "$status"
}
trap finish EXIT
: >"$log"

# apt with a list of sources and an index of its own: the machine's stay as they are
fetch() { # PACKAGE...: unpacked into $work/PACKAGE
	local release package
	# shellcheck disable=SC1091 # of the machine
	release=$(. /etc/os-release && echo "$VERSION_CODENAME")
	mkdir -p "$work/apt/lists/partial"
	echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $release main" >"$work/apt/sources.list"
	local apt=(apt-get -q -o "Dir::Etc::sourcelist=$work/apt/sources.list" -o Dir::Etc::sourceparts=-
		-o "Dir::State::lists=$work/apt/lists" -o APT::Sandbox::User=root)
	"${apt[@]}" update
	for package in "$@"; do
		(cd "$work" && "${apt[@]}" source --only-source "$package" && mv "$package"-*/ "$package")
	done
}

# The kernel's headers without those of glibc beside them.
kernel_headers() {
	mkdir -p "$to/kernel"
	ln -s /usr/include/linux /usr/include/asm-generic /usr/include/mtd \
		"/usr/include/$(gcc -print-multiarch)/asm" "$to/kernel/"
}

build_yajl() { # its own build makes a shared one, too
	cd "$work/yajl"
	mkdir "$to/include/yajl" objects
	cp src/api/*.h "$to/include/yajl/"
	sed "s/[$]{YAJL_MAJOR}/2/; s/[$]{YAJL_MINOR}/1/; s/[$]{YAJL_MICRO}/0/" src/api/yajl_version.h.cmake >"$to/include/yajl/yajl_version.h"
	# shellcheck disable=SC2086 # flags are words
	(cd objects && $CC $CFLAGS -I"$to/include" -c ../src/*.c && ar rcs "$to/lib/libyajl.a" ./*.o)
}

build_libcap() {
	cd "$work/libcap2/libcap"
	make CC="$CC" BUILD_CC=gcc CFLAGS="$CFLAGS -I$PWD/include" SHARED=no libcap.a
	cp libcap.a "$to/lib/"
	mkdir "$to/include/sys"
	cp include/sys/*.h "$to/include/sys/"
}

build_libseccomp() {
	cd "$work/libseccomp"
	./configure --host="$(uname -m)-linux-musl" --disable-shared --enable-static --disable-python
	make -C src libseccomp.la
	cp src/.libs/libseccomp.a "$to/lib/"
	cp include/seccomp.h include/seccomp-syscalls.h "$to/include/"
}

build_libnl() {
	cd "$work/libnl3"
	# Debian's patches make them look out of date; they are not, and autoconf need not be here
	touch aclocal.m4 configure
	touch include/config.h.in lib/defs.h.in
	find . -name Makefile.in -exec touch {} +
	./configure --host="$(uname -m)-linux-musl" --disable-shared --enable-static --disable-cli
	make lib/libnl-3.la
	cp lib/.libs/libnl-3.a "$to/lib/"
	cp -r include/netlink "$to/include/"
}

# Whole or not at all; and what somebody else has put there stays.
[ ! -e "$to" ] || [ -e "$to/lib/libnl-3.a" ] || { echo "musl.sh: $to is there already, and not of my making" >&3; exit 1; }
mkdir -p "$(dirname "$to")"
done_at=$(cd "$(dirname "$to")" && pwd)/${to##*/}
to=$work/libs
mkdir -p "$to/lib" "$to/include"
export CC=musl-gcc CFLAGS="-O2 -fstack-protector-strong -ffunction-sections -fdata-sections -idirafter $to/kernel"
{
	kernel_headers
	fetch yajl libcap2 libseccomp libnl3
	for library in yajl libcap libseccomp libnl; do (build_$library); done
	rm -rf "$done_at"
	mv "$to" "$done_at"
} >"$log" 2>&1
ls "$done_at"/lib/*.a
