#!/busybox sh
# shellcheck shell=dash
# kernels_init.sh - /init of the guests of kernels.sh: a root file system that can be pivoted away
# from (the first one cannot), and in it the tests.
b=/busybox
$b mkdir /new
$b mount -t tmpfs -o size=80%,mode=755 system /new
$b mv /system/* /new/
source=$($b cat /new/etc/tare-source)
exec $b switch_root /new /bin/bash "$source/tests/vm/kernels_guest.sh"
