# libtare as others use it: installed, found by pkg-config, linked shared and static.

load ../lib/common
load package

setup_file() {
	export PREFIX=$BATS_FILE_TMPDIR/usr
	package_build "$PREFIX" && cmake --install "$PACKAGE" >/dev/null || return 1
	LIBDIR=$(dirname "$(find "$PREFIX" -name libtare.a)")
	export LIBDIR PKG_CONFIG_PATH=$LIBDIR/pkgconfig
}

setup() {
	common_setup
	require_root
	require_command pkg-config
}

# A program that lasts, and ends some time after it was told to: who waits for it has begun by then.
# shellcheck disable=SC2016
LASTS='trap "sleep 3; exit 5" TERM; sleep 1000 & wait'

# build NAME SOURCE [static]: $WORK/NAME, with the installed library.
build() {
	local flags
	if [ "${3:-}" = static ]; then
		flags=$(pkg-config --static --cflags --libs libtare)
		# shellcheck disable=SC2086
		cc -D_GNU_SOURCE -Wall -Wextra -Wno-unused-result -Werror -static -pthread "$2" -o "$WORK/$1" $flags 2>"$WORK/link" ||
			fail "$(<"$WORK/link")"
	else
		flags=$(pkg-config --cflags --libs libtare)
		# shellcheck disable=SC2086
		cc -D_GNU_SOURCE -Wall -Wextra -Wno-unused-result -Werror -pthread "$2" -o "$WORK/$1" $flags
	fi
}

# call MODE: of caller.c, with the shared library.
call() {
	build caller "$TARE_SOURCE/tests/install/caller.c" || return 1
	run --separate-stderr env LD_LIBRARY_PATH="$LIBDIR" timeout 120 "$WORK/caller" "$1" "$BUNDLE" "$ID" "$STATE" </dev/null
}

@test "only tare_* is visible, in the shared library and in the archive" {
	local names
	nm -D --defined-only "$LIBDIR/libtare.so.0" | awk '{ print $3 }' | sort >"$WORK/shared"
	nm -g --defined-only "$LIBDIR/libtare.a" | awk 'NF == 3 { print $3 }' | sort >"$WORK/static"
	names=$(sed -n 's/.*[ *]\(tare_[a-z_]*\)(.*/\1/p' <<<"$(sed -n '/^TARE_API/,/;/p' "$PREFIX/include/tare/tare.h" | grep -o '^TARE_API.*')" | sort)
	[ -n "$names" ]
	assert_equal "$(<"$WORK/shared")" "$names"
	assert_equal "$(<"$WORK/static")" "$names"
	readelf -d "$LIBDIR/libtare.so.0" | grep -q 'SONAME.*libtare.so.0]'
}

@test "the program needs no library" {
	readelf -d "$PREFIX/bin/tare" >"$WORK/needs"
	run grep NEEDED "$WORK/needs"
	assert_output ""
}

@test "the header is C99 and C++ by itself" {
	printf '#include <tare/tare.h>\nint main(void) { struct tare_create_options o = TARE_CREATE_OPTIONS_INIT; struct tare_exec_options e = TARE_EXEC_OPTIONS_INIT; return o.size == e.size; }\n' >"$WORK/a.c"
	# shellcheck disable=SC2046
	cc -std=c99 -pedantic -Wall -Wextra -Werror -c "$WORK/a.c" -o "$WORK/a.o" $(pkg-config --cflags libtare)
	require_command c++
	# shellcheck disable=SC2046
	c++ -x c++ -Wall -Wextra -Werror -c "$WORK/a.c" -o "$WORK/a.o" $(pkg-config --cflags libtare)
}

@test "the example lives a container's whole life, shared and static" {
	local kind expected
	for kind in shared static; do
		make_bundle
		inside "$LASTS"
		build "box-$kind" "$(find "$PREFIX" -name box.c)" "$kind"
		run --separate-stderr env LD_LIBRARY_PATH="$LIBDIR" timeout 60 "$WORK/box-$kind" "$BUNDLE" "$ID" "$STATE" </dev/null
		assert_success
		expected="$ID is created, its bundle $BUNDLE
$ID is running, its bundle $BUNDLE
hello from exec
exec ended with 7
the container ended with 5
$ID is stopped, its bundle $BUNDLE"
		assert_output "$expected"
		assert_stderr ""
	done
	readelf -d "$WORK/box-static" >"$WORK/needs"
	run grep NEEDED "$WORK/needs"
	assert_output ""
}

@test "the example tells why a bundle is refused, each mistake" {
	make_bundle '.hostname = 7 | .process.cwd = "relative"'
	build box "$(find "$PREFIX" -name box.c)"
	run --separate-stderr env LD_LIBRARY_PATH="$LIBDIR" "$WORK/box" "$BUNDLE" "$ID" "$STATE" </dev/null
	assert_status 1
	assert_output ""
	assert_stderr_contains "box: mistake: /hostname:"
	assert_stderr_contains "box: mistake: /process/cwd:"
	assert_stderr_contains "box: create: "
}

@test "the caller is as it was: descriptors, handlers, mask, umask, limits, children" {
	make_bundle
	inside "$LASTS"
	call self
	assert_success
	assert_output ""
	assert_stderr ""
}

@test "four threads live four lives" {
	make_bundle '.linux.cgroupsPath = null'
	inside "$LASTS"
	call threads
	assert_success
	assert_stderr ""
}

@test "a program that cannot be executed is told by start" {
	make_bundle
	printf '#!/bin/none\n' >"$ROOTFS/bin/script" && chmod 755 "$ROOTFS/bin/script"
	args /bin/script
	build box "$(find "$PREFIX" -name box.c)"
	run --separate-stderr env LD_LIBRARY_PATH="$LIBDIR" "$WORK/box" "$BUNDLE" "$ID" "$STATE" </dev/null
	assert_status 1
	assert_stderr_contains "box: start: "
	assert_stderr_contains "(program-interpreter)"
}

@test "bad arguments and a bad config are errors, not crashes" {
	make_bundle '.hostname = 7 | .process.cwd = "relative"'
	call refused
	assert_success
	assert_output ""
	assert_stderr ""
}

@test "streams and preserved descriptors reach the program, others do not" {
	make_bundle
	inside 'ls -1 /proc/self/fd | tr "\n" " "; echo; echo out; echo err >&2; cat <&3'
	call streams
	assert_success
	assert_line out
	assert_line err
	assert_line "$(cat /etc/hostname)"
	# 4 is the directory that ls reads
	assert_line "0 1 2 3 4 "
}

@test "kill and wait in one: the status of a container that ends at once is known" {
	make_bundle
	args /bin/sleep 1000
	require_command strace
	build caller "$TARE_SOURCE/tests/install/caller.c"
	# the signal is sent, and the caller goes on when the container has long ended
	run --separate-stderr env LD_LIBRARY_PATH="$LIBDIR" timeout 120 strace -o "$WORK/trace" \
		-e inject=pidfd_send_signal:delay_exit=300000 "$WORK/caller" killed "$BUNDLE" "$ID" "$STATE" </dev/null
	grep -q 'pidfd_send_signal(.*SIGKILL.*(DELAYED)' "$WORK/trace"
	assert_success
	assert_output ""
	assert_stderr ""
}
