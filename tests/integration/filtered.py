#!/usr/bin/env python3
"""filtered.py CALL=ERRNO... COMMAND...: run COMMAND under a seccomp filter, as an outer container would.

CALL is the number of a system call, or a name of the few that the tests need; ERRNO is a name.
"""
import ctypes
import errno
import os
import platform
import struct
import sys

X86 = {"clone3": 435, "keyctl": 250, "add_key": 248, "open_tree": 428, "mount_setattr": 442, "fsopen": 430, "bpf": 321,
       "unshare": 272, "setns": 308}
ARM = {"clone3": 435, "keyctl": 219, "add_key": 217, "open_tree": 428, "mount_setattr": 442, "fsopen": 430, "bpf": 280,
       "unshare": 97, "setns": 268}
NUMBERS = X86 if platform.machine() == "x86_64" else ARM
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, MODE_FILTER = 38, 22, 2


def instruction(code, jump_true, jump_false, value):
    return struct.pack("HBBI", code, jump_true, jump_false, value)


def main():
    words = sys.argv[1:]
    program = instruction(0x20, 0, 0, 0)  # the number of the call
    while "=" in words[0]:
        name, _, error = words.pop(0).partition("=")
        program += instruction(0x15, 0, 1, NUMBERS.get(name) or int(name))
        program += instruction(0x06, 0, 0, 0x00050000 | getattr(errno, error))
    program += instruction(0x06, 0, 0, 0x7FFF0000)
    text = ctypes.create_string_buffer(program, len(program))
    filter_ = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(text))
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0:
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.create_string_buffer(filter_, len(filter_)), 0, 0) != 0:
        sys.exit("filtered.py: " + os.strerror(ctypes.get_errno()))
    os.execvp(words[0], words)


main()
