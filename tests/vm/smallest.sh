#!/bin/bash
# smallest.sh - the smallest memory limit under which each runtime starts /bin/true, on this machine's
# cgroups; by hand:
#
#   tests/vm/run.sh --shell 'bash tests/vm/smallest.sh'
#
# A limit counts when ten starts of ten succeed. KIB: the limits to try, ascending. RUNTIMES: whose.
# FILTER: a change of the config by jq, to see what a part of it costs.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bundles/lib/rootfs.sh build/rootfs >/dev/null
cp -a build/rootfs "$work/rootfs"
# nothing but an exit: what is measured is the runtime, not a C library
cp build/probe/nothing "$work/rootfs/bin/true"
build/release/tare spec --bundle "$work"
for runtime in ${RUNTIMES:-"$PWD/build/release/tare" crun runc}; do
	for kib in ${KIB:-32 48 64 96 128 160 192 256 320 384 512 640 768 1024 1536 2048 3072 4096 6144 8192 12288 16384}; do
		jq --argjson limit $((kib * 1024)) '.ociVersion = "1.0.2" | .process.terminal = false | .process.args = ["/bin/true"]
			| .linux.resources.memory = {limit: $limit, swap: $limit} | .root.path = "rootfs" | '"${FILTER:-.}" "$work/config.json" >"$work/new"
		cp "$work/new" "$work/config.json"
		for i in 1 2 3 4 5 6 7 8 9 10; do
			timeout 60 "$runtime" --root "$work/state" run --bundle "$work" "smallest-$i" >"$work/out" 2>&1 </dev/null || continue 2
		done
		echo "$(basename "$runtime") $kib KiB"
		continue 2
	done
	echo "$(basename "$runtime") none of these: $(tail -n 1 "$work/out")"
done
