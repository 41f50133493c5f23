# tare-init: executed from a sealed memfd, or from its installed copy where memfds may not be.

load ../lib/common
load container

setup() {
	common_setup
	require_root
}

# with_noexec VALUE COMMAND...: in a pid namespace where vm.memfd_noexec is VALUE.
with_noexec() {
	local value=$1
	shift
	# shellcheck disable=SC2016 # expanded inside
	unshare --mount --pid --fork --mount-proc --kill-child -- \
		sh -c 'echo "$0" >/proc/sys/vm/memfd_noexec && exec "$@"' "$value" "$@"
}

require_memfd_noexec() {
	[ -e /proc/sys/vm/memfd_noexec ] || skip "this kernel has no vm.memfd_noexec"
	with_noexec "$1" true 2>/dev/null || skip "vm.memfd_noexec cannot be set in a pid namespace here"
}

@test "vm.memfd_noexec=1: tare asks for an executable memfd and gets it" {
	require_memfd_noexec 1
	make_bundle
	args echo ran
	run --separate-stderr with_noexec 1 "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_output ran
}

@test "vm.memfd_noexec=2 without an installed helper: an error that names the sysctl" {
	local path
	require_memfd_noexec 2
	path=$(grep -aoE '/[^[:cntrl:]]*libexec/tare/tare-init' "$TARE" | head -n 1)
	[ -n "$path" ]
	[ ! -e "$path" ] || skip "tare-init is installed: $path"
	make_bundle
	run --separate-stderr with_noexec 2 "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_status 1
	assert_stderr_contains vm.memfd_noexec
	assert_stderr_contains "$path"
	assert_no_engine_phrase
	assert_clean
}

@test "vm.memfd_noexec=2 with the installed helper" {
	local path
	require_memfd_noexec 2
	path=$(grep -aoE '/[^[:cntrl:]]*libexec/tare/tare-init' "$TARE" | head -n 1)
	[ -x "$(dirname "$TARE")/tare-init" ] || skip "no tare-init beside $TARE"
	make_bundle
	args echo ran
	run --separate-stderr unshare --mount -- sh -c '
		mount -t tmpfs t /usr/local && mkdir -p "$(dirname "$1")" && cp "$2" "$1" && chmod 755 "$1" && shift 2 && exec "$@"' sh \
		"$path" "$(dirname "$TARE")/tare-init" unshare --pid --fork --mount-proc --kill-child -- \
		sh -c 'echo 2 >/proc/sys/vm/memfd_noexec && exec "$@"' sh "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_output ran
}

@test "the helper is a sealed memfd, executed as such" {
	require_command strace
	make_bundle
	run --separate-stderr traced -s 200 -e trace=execveat,execve,memfd_create,fcntl -o "$WORK/strace" \
		"$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_success
	grep -q 'memfd_create("tare-init"' "$WORK/strace"
	grep -qE 'F_ADD_SEALS, F_SEAL_SEAL\|F_SEAL_SHRINK\|F_SEAL_GROW\|F_SEAL_WRITE' "$WORK/strace"
	grep -qE 'execveat\([0-9]+, "", \["tare-init".*AT_EMPTY_PATH' "$WORK/strace"
	# tare itself is executed by strace, and never again
	assert_equal "$(grep -c "execve(\"$TARE\"" "$WORK/strace")" 1
}


helper_pid() { find /proc -maxdepth 2 -path '/proc/[0-9]*/exe' -lname '/memfd:tare-init*' 2>/dev/null | cut -d/ -f3; }
helper_is_there() { [ -n "$(helper_pid)" ]; }

@test "no file of the host is the executable of what is in the container" {
	local pid exe
	require_command strace
	make_bundle
	# held up just before the host's root goes
	traced -e trace=pivot_root -e inject=pivot_root:delay_enter=1500000 -o "$WORK/strace" \
		"$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null 3>&- &
	until_true helper_is_there
	pid=$(helper_pid)
	for exe in $(find /proc -maxdepth 2 -path '/proc/[0-9]*/exe' -lname "$TARE" 2>/dev/null | cut -d/ -f3); do
		[ "$(readlink "/proc/$exe/ns/pid")" != "$(readlink "/proc/$pid/ns/pid")" ]
	done
	# nothing can write to it
	! { : >>"/proc/$pid/exe"; } 2>/dev/null || fail "the helper's image could be opened for writing"
	wait $!
}

@test "what the caller has open does not reach the program" {
	make_bundle
	args ls /proc/self/fd
	run_bundle 7</dev/null 8</dev/null 200</dev/null
	assert_success
	assert_output $'0\n1\n2\n3'
}
