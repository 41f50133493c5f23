#!/bin/bash
# run.sh [ENVIRONMENT...] - what tare, its peers and the bare kernel work cost, side by side in one run.
#
# Builds the release preset, timer.c, floor.c and floor_exec.c (the kernel work alone, the lower bound) and filter_of.c,
# then measures in each environment (default: v1 v2; also hybrid), a private mount namespace whose
# /sys/fs/cgroup is just that; nothing else of the machine is touched. Each round of a row runs every
# runtime once, so that whatever else the machine does hits all of them. Prints a table of medians with
# ratios and the targets; leaves it, the raw figures (JSON) and charts (SVG) in build/bench.
#
# Peers: runc and crun where installed, PEER=[NAME=]/path/to/another, and the tare of the preset musl, if it
# was built, as tare-musl. Debian 12's crun 1.8 refuses hybrid hosts,
# and on v2 needs CAP_SYS_RESOURCE, so without that it is measured on v1 only.
# ROUNDS (100): of each row. MANY (1000): containers beside which is measured. ONLY: a regular expression
# of measure.py's functions: run, lifecycle, throughput ... TARE: another binary than build/release/tare.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
# shellcheck source=bundles/lib/packages.sh
. "$top/bundles/lib/packages.sh"
[ "$(id -u)" = 0 ] || { echo "run.sh: must be root" >&2; exit 1; }

need_packages <<-'END'
	gcc           command cc gcc clang
	libc6-dev     header  stdio.h c
	cmake         command cmake
	ninja-build   command ninja
	jq            command jq
	time          file    /usr/bin/time
	strace        command strace
	valgrind      command valgrind
	gnuplot-nox   command gnuplot
END

tare=${TARE:-}
if [ -z "$tare" ]; then
	{ cmake -S "$top" --preset release && cmake --build "$top/build/release"; } >/dev/null
	tare=$top/build/release/tare
fi
mkdir -p "$top/build/bench/bin"
declare -A more=([floor]=$top/src/sys/vclone.c [floor_exec]=$top/src/sys/vclone.c)
for program in timer floor floor_exec filter_of; do
	cc -O2 -static -std=c17 -D_GNU_SOURCE -I"$top/src" -I"$top/include" -o "$top/build/bench/bin/$program" "$here/$program.c" ${more[$program]:-}
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bash "$top/bundles/lib/rootfs.sh" "$work/rootfs" >"$work/rootfs.log"
"$tare" spec --bundle "$work"
# the oldest version, since crun 1.8 knows no newer one
jq '.ociVersion = "1.0.2" | .process.terminal = false | .process.args = ["/bin/true"]' \
	"$work/config.json" >"$work/new" && mv "$work/new" "$work/config.json"

# in_cgroups ENVIRONMENT COMMAND...: with that hierarchy alone, in a mount namespace of its own. /run is a
# tmpfs, as on every host: here it may lie on a disk, where each file of state costs what the disk asks.
in_cgroups() {
	unshare --mount bash -euc '
		mount --make-rprivate /
		mount -t tmpfs -o mode=755 none /run
		if [ "$0" = v2 ]; then
			umount --recursive /sys/fs/cgroup
			mount -t cgroup2 none /sys/fs/cgroup
		elif [ "$0" = v1 ] && mountpoint --quiet /sys/fs/cgroup/unified; then
			umount /sys/fs/cgroup/unified
			mount -t tmpfs none /sys/fs/cgroup/unified # crun leaves directories there
		fi
		exec "$@"' "$@"
}

peers_in() { # ENVIRONMENT: the peers that work there
	local path
	! path=$(command -v runc) || echo "$path"
	if path=$(command -v crun); then
		case $1 in
		v1) echo "$path" ;;
		v2) ! capsh --has-p=cap_sys_resource 2>/dev/null || echo "$path" ;;
		hybrid) ;;
		esac
	fi
	[ ! -x "$top/build/musl/tare" ] || [ -n "${TARE:-}" ] || echo "tare-musl=$top/build/musl/tare"
	[ -z "${PEER:-}" ] || echo "$PEER"
}

rm -f "$top"/build/bench/*.*
[ $# -gt 0 ] || set -- v1 v2
for environment; do
	mapfile -t peers < <(peers_in "$environment")
	echo "== cgroup $environment: tare ${peers[*]}"
	in_cgroups "$environment" python3 "$here/measure.py" "$environment" "$work" \
		"$top/build/bench/results-$environment.json" "$tare" "${peers[@]}"
done
{
	echo "Linux $(uname -r), $(nproc) processors, $(date -I); tare $(git -C "$top" rev-parse --short HEAD)$(
		git -C "$top" diff --quiet || echo ' (changed)'), runc $(runc --version 2>/dev/null | awk 'NR == 1 { print $3 }'), crun $(
		crun --version 2>/dev/null | awk 'NR == 1 { print $3 }')"
	echo
	python3 "$here/report.py" "$top/build/bench"
} | tee "$top/build/bench/report.md"
