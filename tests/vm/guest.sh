#!/bin/bash
# guest.sh - inside the guest, started by tare-guest.service as root: run what tests/vm/run.sh asked
# for. Leaves in /work/out: tap, status.
set -u
export HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
mkdir -p /work/out
cd /work/tare || exit 1
chmod 755 /work /work/tare
if [ -e /work/shell ]; then
	bash /work/shell >/work/out/tap 2>&1
	echo $? >/work/out/status
	exit
fi
mapfile -t suites < <(grep . /work/suites)
bundles/lib/rootfs.sh build/rootfs >/dev/null
# tests of our own machine: no namespaces around them, the slices and scopes are what is tested
status=0
for suite in "${suites[@]}"; do
	echo "# $suite, $(cut -d' ' -f1 /proc/uptime) s after the start"
	if [[ $suite == tests/vm/* || $suite == tests/callers/cri.bats ]]; then
		bats --formatter tap "$suite" || status=1
	else
		tests/lib/private.sh bats --formatter tap "$suite" || status=1
	fi
	echo $status >/work/out/status
done 2>&1 | tee /work/out/tap >/dev/ttyS1
