#!/usr/bin/env python3
"""console.py SOCKET KEYBOARD SCREEN - whoever is behind --console-socket: takes a terminal there, types what comes
by the fifo KEYBOARD and adds what it shows to the file SCREEN, until it hangs up."""
import array
import os
import select
import socket
import sys

listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(sys.argv[1])
listener.listen(1)
keyboard = os.open(sys.argv[2], os.O_RDWR)
peer, _ = listener.accept()
_, ancillary, _, _ = peer.recvmsg(8192, socket.CMSG_SPACE(4))
master = array.array("i", ancillary[0][2])[0]
with open(sys.argv[3], "ab", buffering=0) as screen:
    try:
        while True:
            ready, _, _ = select.select([master, keyboard], [], [])
            if master in ready:
                screen.write(os.read(master, 4096))
            if keyboard in ready:
                os.write(master, os.read(keyboard, 4096))
    except OSError:  # EIO: nobody has the terminal any more
        pass
