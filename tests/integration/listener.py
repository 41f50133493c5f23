#!/usr/bin/env python3
"""An agent behind a seccomp listener: takes the descriptor with its message, and answers calls.

Usage: listener.py SOCKET MESSAGE-FILE continue|die|ERRNO

The message (JSON) is written to MESSAGE-FILE for every listener that arrives. Each call is let
through (continue), fails with ERRNO, or meets nobody, as the descriptor is closed at once (die).
Prints "ready" when it listens, and goes on until it is killed.
"""

import array
import fcntl
import os
import select
import socket
import struct
import sys
import threading

RECEIVE, SEND, CONTINUE = 0xC0502100, 0xC0182101, 1


def answer(listener, how):
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    while poll.poll()[0][1] & select.POLLIN:  # else everybody under the filter has gone
        request = bytearray(80)
        try:
            fcntl.ioctl(listener, RECEIVE, request)
            (number,) = struct.unpack_from("Q", request)
            if how == "continue":
                reply = struct.pack("QqiI", number, 0, 0, CONTINUE)
            else:
                reply = struct.pack("QqiI", number, 0, -int(how), 0)
            fcntl.ioctl(listener, SEND, bytearray(reply))
        except FileNotFoundError:  # the caller was killed meanwhile
            continue
    os.close(listener)


def main():
    path, message_file, how = sys.argv[1:]
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(path)
        sock.listen(8)
        print("ready", flush=True)
        while True:
            connection, _ = sock.accept()
            message, control, _, _ = connection.recvmsg(65536, socket.CMSG_LEN(16))
            fds = array.array("i")
            for _, _, data in control:
                fds.frombytes(data[:len(data) - len(data) % 4])
            with open(message_file + ".new", "wb") as file:
                file.write(message)
            os.rename(message_file + ".new", message_file)
            connection.close()
            for fd in fds:
                if how == "die":
                    os.close(fd)
                else:
                    threading.Thread(target=answer, args=(fd, how), daemon=True).start()


main()
