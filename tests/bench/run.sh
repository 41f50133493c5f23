#!/bin/bash
# run.sh [ROUNDS] - how long tare, runc and crun take, side by side, in one run.
#
# Each round runs every runtime once, one after the other, so that whatever else the machine does
# hits all of them. Debian 12's crun 1.8 refuses hybrid hosts and needs CAP_SYS_RESOURCE on v2, so
# it is compared on cgroup v1 alone; runc on a private cgroup2 mount. Prints medians, ratios and
# peak memory; touches nothing outside of private mount namespaces and a temporary directory.
set -euo pipefail
rounds=${1:-100}
here=$(cd "$(dirname "$0")" && pwd)
tare=${TARE:-$here/../../build/release/tare}
[ "$(id -u)" = 0 ] || { echo "run.sh: must be root" >&2; exit 1; }
[ -x "$tare" ] || { echo "run.sh: $tare is missing: build the release preset, or set TARE" >&2; exit 1; }

[ -x /usr/bin/time ] || { echo "run.sh: /usr/bin/time is missing (apt-get install time)" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bash "$here/../../bundles/lib/rootfs.sh" "$work/rootfs" >"$work/rootfs.log"
"$tare" spec --bundle "$work"
# the oldest version, since crun 1.8 knows no newer one
jq '.ociVersion = "1.0.2" | .process.terminal = false | .process.args = ["/bin/true"]' \
	"$work/config.json" >"$work/new" && mv "$work/new" "$work/config.json"

# in_cgroups v1|v2 COMMAND...: with that hierarchy alone, in a mount namespace of its own
in_cgroups()
{
	unshare --mount bash -euc '
		mount --make-rprivate /
		if [ "$0" = v2 ]; then
			umount --recursive /sys/fs/cgroup
			mount -t cgroup2 none /sys/fs/cgroup
		elif mountpoint --quiet /sys/fs/cgroup/unified; then
			umount /sys/fs/cgroup/unified
		fi
		exec "$@"' "$@"
}

for pair in "v2 runc" "v1 crun" "v1 runc"; do
	read -r version peer <<<"$pair"
	if ! path=$(command -v "$peer"); then
		echo "$peer is not installed: not compared"
		continue
	fi
	echo "== cgroup $version: tare and $peer, $rounds rounds"
	in_cgroups "$version" python3 "$here/compare.py" "$rounds" "$work" "$tare" "$path"
done
