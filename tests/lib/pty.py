#!/usr/bin/env python3
"""pty.py ROWSxCOLUMNS COMMAND... - run a command on a terminal of its own, by a script on stdin.

Each line of the script is one of
    expect REGEX      wait until the output since the last match has one
    send TEXT         type it (\\n, \\r, \\x03 and so on are understood)
    resize 40x120     as when somebody pulls at the window
    eof               close the terminal, as when the window goes
After the script the command is waited for. What it wrote is printed, then one line each:
    exit STATUS       128+n for a signal
    modes same        or "modes changed": the terminal's settings, compared with those before
"""
import codecs
import fcntl
import os
import re
import select
import struct
import sys
import termios
import time

DEADLINE = 60


def size(text):
    rows, columns = text.split("x")
    return struct.pack("HHHH", int(rows), int(columns), 0, 0)


class Session:
    def __init__(self, geometry, command):
        self.master, slave = os.openpty()
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, size(geometry))
        self.output = b""
        self.seen = 0
        self.slave = slave
        self.before = termios.tcgetattr(slave)
        self.status = None
        self.pid = os.fork()
        if self.pid == 0:
            self.become(slave, command)

    def become(self, slave, command):
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for fd in range(3):
            os.dup2(slave, fd)
        os.closerange(3, 256)
        os.execvp(command[0], command)

    def read(self, seconds):
        """More output, if there is some in time; False at the end of it."""
        ready, _, _ = select.select([self.master], [], [], max(seconds, 0))
        if ready:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return False
            self.output += data
            return data != b""
        return True

    def expect(self, pattern):
        end = time.monotonic() + DEADLINE
        while True:
            match = re.compile(pattern.encode()).search(self.output, self.seen)
            if match:
                self.seen = match.end()
                return
            if time.monotonic() > end or not self.read(end - time.monotonic()):
                self.give_up(f"never came: {pattern}")

    def run(self, line):
        word, _, rest = line.rstrip("\n").partition(" ")
        if word == "expect":
            self.expect(rest)
        elif word == "send":
            os.write(self.master, codecs.decode(rest, "unicode_escape").encode("latin-1"))
        elif word == "resize":
            fcntl.ioctl(self.master, termios.TIOCSWINSZ, size(rest))
        elif word == "eof":
            os.close(self.slave)
            os.close(self.master)
            self.master = None
        else:
            self.give_up(f"unknown word in the script: {line}")

    def give_up(self, why):
        sys.stdout.write(self.output.decode(errors="replace"))
        print(f"\npty.py: {why}")
        os.kill(self.pid, 9)
        sys.exit(2)

    def finish(self):
        end = time.monotonic() + DEADLINE
        while self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = status
            elif time.monotonic() > end:
                self.give_up("it does not end")
            elif self.master is None:
                time.sleep(0.02)
            else:
                self.read(0.02)
        while self.master is not None and select.select([self.master], [], [], 0)[0]:
            if not self.read(0):
                break
        code = os.waitstatus_to_exitcode(self.status)
        sys.stdout.write(self.output.decode(errors="replace").replace("\r\n", "\n"))
        print(f"\nexit {code if code >= 0 else 128 - code}")
        if self.master is not None:
            after = termios.tcgetattr(self.slave)
            print("modes " + ("same" if after == self.before else "changed"))


def main():
    script = sys.stdin.readlines()
    session = Session(sys.argv[1], sys.argv[2:])
    for line in script:
        if line.strip():
            session.run(line)
    session.finish()


main()
