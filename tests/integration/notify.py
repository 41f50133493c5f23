"""A supervisor's NOTIFY_SOCKET: python3 notify.py ADDRESS LOG [HOLD]

Each datagram becomes a line of LOG, as Python writes it, with the number of descriptors that came.
These are closed at once; with HOLD when that file exists. Ends after the first with descriptors.
"""
import array, os, socket, sys, time

address, log = sys.argv[1:3]
sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sock.bind("\0" + address[1:] if address.startswith("@") else address)
with open(log, "w") as out:
    print("listening", file=out, flush=True)
    fds = array.array("i")
    while not fds:
        message, control, _, _ = sock.recvmsg(4096, socket.CMSG_SPACE(16 * fds.itemsize))
        for level, kind, data in control:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
        print(message.decode().rstrip("\n").split("\n"), len(fds), file=out, flush=True)
    while len(sys.argv) > 3 and not os.path.exists(sys.argv[3]):
        time.sleep(0.02)
