# shellcheck shell=bash disable=SC2034,SC2154 # bats and common.bash set status, output, WORK ...
# hostile.bash - what the tests of attacks share: two small programs, and a tree of the host that no
# container may touch.
load ../lib/common

setup_file() { hostile_programs; }
setup() { hostile_setup; }
teardown() { hostile_teardown; }

hostile_programs() {
	local program
	for program in probe attack; do
		"${CC:-gcc}" -static -O1 -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror \
			-o "$BATS_FILE_TMPDIR/$program" "$BATS_TEST_DIRNAME/$program.c"
	done
}

hostile_setup() {
	require_root
	common_setup
	mkdir -p "$STATE"
	PROBE=$BATS_FILE_TMPDIR/probe ATTACK=$BATS_FILE_TMPDIR/attack
	HOST=$WORK/host # an image may know this name: it is a tree of the machine to it
	mkdir -p "$HOST/dir" "$HOST/empty"
	echo secret >"$HOST/secret" && chmod 600 "$HOST/secret"
	echo target >"$HOST/target"
	echo ptmx >"$HOST/dir/ptmx"
	install -m 755 /bin/true "$HOST/exec"
	ln -s secret "$HOST/link"
	host_state >"$WORK/host.before"
}

# An image on the attack may well make its test fail; the host has to be whole all the same.
hostile_teardown() {
	local result=0
	[ -n "${WORK:-}" ] || return 0
	host_untouched || result=1
	common_teardown || result=1
	return $result
}

# host_state: all there is to know about the canary tree and what an escape likes to write to.
host_state() {
	find "$HOST" -printf '%P %y %i %m %U:%G %s %T@ %C@ %l\n' | sort
	find "$HOST" -type f -exec sha256sum {} + | sort
	stat -c '%n %i %f %u:%g %t:%T' /dev/null /dev/zero /dev/ptmx
	stat -c '%n %i %f %u:%g %Y %Z' "$TARE" /etc/passwd
	sha256sum "$TARE"
	grep -s "" /proc/sys/kernel/{core_pattern,modprobe,hostname} /proc/sys/net/ipv4/ip_forward || :
	cat /proc/self/mountinfo
}

host_untouched() {
	local changes
	changes=$(diff "$WORK/host.before" <(host_state)) || fail "the host was changed:" "$changes"
}

# with_probe: the probe inside the image, as /probe.
with_probe() { install -m 755 "$PROBE" "$ROOTFS/probe"; }

# image KIND NAME [DETAIL...]: one thing in the image, whatever was there before.
#   l NAME TARGET    c|b NAME MAJOR MINOR    f NAME [TEXT]    p NAME    d NAME
image() {
	local kind=$1 path=$ROOTFS/${2#/}
	rm -rf "$path" && mkdir -p "${path%/*}"
	case $kind in
	l) ln -s "$3" "$path" ;;
	c | b) mknod -m 666 "$path" "$kind" "$3" "$4" ;;
	f) printf '%s' "${3-}" >"$path" ;;
	p) mkfifo "$path" ;;
	d) mkdir "$path" ;;
	esac
}

# keep_config, restore_config: for loops that change one bundle in many ways.
keep_config() { cp "$BUNDLE/config.json" "$WORK/kept.json"; }
restore_config() { cp "$WORK/kept.json" "$BUNDLE/config.json"; }

# without_mount DESTINATION...: those mounts are not in the config.
without_mount() { edit_config 'del(.mounts[] | select(.destination | IN($ARGS.positional[])))' --args -- "$@"; }

# refused_run POINTER TEXT: expect_refused of the bundle at hand.
refused_run() { expect_refused "$BUNDLE" "$1" "$2" || return 1; }

# on_terminal: run_bundle with a terminal around it. The output has the terminal's line ends; the input
# never ends, or script(1) would type a ^D.
on_terminal() {
	[ -p "$WORK/keyboard" ] || mkfifo "$WORK/keyboard"
	NO_COLOR=1 run --separate-stderr script --quiet --return --command \
		"'$TARE' --root '$STATE' run --bundle '$BUNDLE' $ID" /dev/null <>"$WORK/keyboard"
	output=${output//$'\r'/}
}
