# Hints to programs that cannot be executed: their file is looked at in the root filesystem.

load ../lib/common
load container
load lifecycle
load hints

# program NAME TEXT: an executable file in the image. elf NAME MACHINE: the header of an ELF file.
program() { printf '%b' "$2" >"$ROOTFS/$1" && chmod +x "$ROOTFS/$1"; }
elf() { python3 - "$ROOTFS/$1" "$2" <<'E2'; }
import struct, sys
header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, int(sys.argv[2]), 1, 0x400000, 64, 0, 0, 64, 56, 1, 64, 0, 0)
segment = struct.pack("<IIQQQQQQ", 3, 4, 120, 0, 0, 24, 24, 1)  # PT_INTERP
open(sys.argv[1], "wb").write(header + segment + b"/lib/no-such-loader.so.1\0".ljust(64, b"\0"))
E2

# fails_by HINT CODE WORD...: the program of these words is not executed, because of that.
fails_by() {
	args "${@:3}" && launch
	assert_status 1 && says_hint_of_program "$1" "$2"
}
# The engines' phrases belong into these errors.
says_hint_of_program() {
	[[ $stderr == *$'\n'"  hint:   "*"$1"* ]] || fail "no hint: $1" "$(seen)" || return 1
	[[ $stderr == *"  see:    tare explain $2" ]] || fail "not the code $2" "$(seen)"
}

@test "hints: interpreter and loader" {
	make_bundle
	program bin/crlf '#!/bin/sh\r\necho\n'
	fails_by "ends with a carriage return, which the kernel takes for a part of the interpreter's name" program-interpreter crlf
	program bin/perl '#!/usr/bin/no-such-perl -w\n'
	fails_by "asks for the interpreter /usr/bin/no-such-perl, which the image does not have" program-interpreter /bin/perl
	elf bin/dynamic 62 && chmod +x "$ROOTFS/bin/dynamic"
	[ "$(uname -m)" = x86_64 ] || skip "the header made here is that of x86-64"
	fails_by "needs the loader /lib/no-such-loader.so.1, which the image does not have: it may be for another C library" program-interpreter dynamic
}

@test "hints: an interpreter that exists, but lacks its own" {
	make_bundle
	program bin/a '#!/bin/b\n'
	program bin/b '#!/bin/no-such\n'
	fails_by "the interpreter named in its first line, or its dynamic loader, is missing" program-interpreter a
}

@test "hints: format" {
	make_bundle
	elf bin/arm 183 && chmod +x "$ROOTFS/bin/arm"
	[ "$(uname -m)" != aarch64 ] || skip "on arm64 this is no other architecture"
	fails_by "/arm is a program for arm64, this machine is " program-format arm
	program bin/empty ''
	fails_by "/empty is empty" program-format empty
	program bin/text 'echo hello\n'
	fails_by "it is for another architecture, or a script without #!" program-format text
}

@test "hints: not executable" {
	require_root
	make_bundle
	program bin/plain 'x'
	chmod 640 "$ROOTFS/bin/plain"
	fails_by "/bin/plain has no x bit (its mode is 0640): chmod +x" program-not-executable /bin/plain
	mount -t tmpfs -o noexec tare "$ROOTFS"
	cp -a "$TARE_ROOTFS/." "$ROOTFS"
	fails_by "the filesystem of the root directory is mounted noexec" program-not-executable /bin/true
	umount "$ROOTFS"
}

@test "hints: not found" {
	make_bundle '.process.env = ["PATH=/opt"]'
	fails_by '/true, but PATH in process.env is "/opt"' program-not-found true
	fails_by 'args is a list of words, no command line: write ["sh", "-c", "..."]' program-not-found "true --now"
	args no-such-program && launch
	refute_stderr_contains "hint:" && [[ $stderr == *"tare explain program-not-found" ]]
}

@test "hints: arguments that are too long together" {
	make_bundle
	edit_config '.process.args = ["true"] + [range(0; 40) | "x" * 100000]'
	launch
	assert_status 1 && says_hint "arguments and environment are too long together" args-too-long
}

@test "hints: in a created container, at start" {
	require_root
	make_bundle
	program bin/perl '#!/usr/bin/no-such-perl\n'
	args /bin/perl
	do_tare create --bundle "$BUNDLE" "$ID"
	assert_success
	do_tare start "$ID"
	assert_status 1
	says_hint_of_program "asks for the interpreter /usr/bin/no-such-perl" program-interpreter
	do_tare delete --force "$ID"
}
