#!/usr/bin/env python3
"""receive.py SOCKET GO - the other end of --console-socket and --pidfd-socket.

Listens, but accepts only once the file GO exists, as containerd does: after the runtime is gone.
Then prints
    descriptors N, bytes N     of the one message
    end                        nothing follows it
and what the descriptor is: "pidfd PID", or "tty" and what is written to it until it hangs up.
"""
import array
import os
import socket
import sys
import time

listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(sys.argv[1])
listener.listen(1)
while not os.path.exists(sys.argv[2]):
    time.sleep(0.02)
listener.settimeout(10)
peer, _ = listener.accept()
peer.settimeout(10)
data, ancillary, _, _ = peer.recvmsg(8192, socket.CMSG_SPACE(16 * 4))
fds = array.array("i")
for _, _, payload in ancillary:
    fds.frombytes(payload[: len(payload) - len(payload) % fds.itemsize])
print(f"descriptors {len(fds)}, bytes {len(data)}")
print("end" if peer.recv(1) == b"" else "more")
if os.isatty(fds[0]):
    print("tty", flush=True)
    try:
        while chunk := os.read(fds[0], 4096):
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
    except OSError:  # EIO: the last slave is closed
        pass
else:
    for line in open(f"/proc/self/fdinfo/{fds[0]}", encoding="ascii"):
        if line.startswith("Pid:"):
            print("pidfd", line.split()[1])
