#!/bin/sh
# Read through the layers, write to the upper one.
echo "before: $(ls /mnt | tr '\n' ' ')"
echo "  greeting says: $(cat /mnt/greeting)"
echo "changed inside the container" >/mnt/greeting
rm -f /mnt/old
echo "new" >/mnt/new
echo "after:  $(ls /mnt | tr '\n' ' ')"
echo "  greeting says: $(cat /mnt/greeting)"
echo "Now look at /run/tare-lesson on the host: lower is as it was, upper has the differences."
