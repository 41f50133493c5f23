#!/bin/bash
# broken.sh [--write FILE] - bundles that are broken, each in one place, run by tare, runc and crun: the first three lines that each
# of them writes, side by side as a table of Markdown. --write puts it between the marks <!-- broken --> of FILE.
#
# Run as root, in namespaces of its own: tests/lib/private.sh tests/bench/broken.sh. It judges nothing and is no test; what tare
# says is tested in tests/integration/hints*.bats. TARE, RUNC and CRUN name other programs than those of the build and of PATH.
set -euo pipefail
if [ "${1:-}" != --inside ]; then
	exec unshare --mount "$0" --inside "$@"
fi
shift
here=$(cd "$(dirname "$0")/../.." && pwd)
tare=${TARE:-$here/build/release/tare} runc=${RUNC:-runc} crun=${CRUN:-crun}
rootfs=$here/build/rootfs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# TITLE | FILTER of jq that breaks the config | command that breaks the bundle (in its directory)
cases() {
	cat <<'END'
a comma too much | . | sed -i '1s/$/,/' config.json
ociVersion 2.0.0 | .ociVersion = "2.0.0" |
no such rootfs | .root.path = "root" |
a program that the image lacks | .process.args = ["/usr/bin/python3"] |
a script with lines of Windows | .process.args = ["/bin/job"] | printf '#!/bin/sh\r\ntrue\r\n' >rootfs/bin/job; chmod +x rootfs/bin/job
a script whose interpreter is missing | .process.args = ["/bin/job"] | printf '#!/usr/bin/perl\n' >rootfs/bin/job; chmod +x rootfs/bin/job
a program without x | .process.args = ["/bin/job"] | echo true >rootfs/bin/job
a user by name | .process.user.uid = "root" |
a relative working directory | .process.cwd = "tmp" |
an environment variable without = | .process.env += ["DEBUG"] |
a soft limit above the hard one | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 4096, hard: 1024}] |
a capability misspelt | .process.capabilities.effective += ["CAP_NET_BIND"] |
a source that does not exist | .mounts += [{destination: "/data", type: "bind", source: "/srv/data", options: ["rbind"]}] |
an option misspelt | .mounts += [{destination: "/scratch", type: "tmpfs", source: "tmpfs", options: ["sise=10m"]}] |
a mount without type | .mounts += [{destination: "/scratch", source: "tmpfs"}] |
/proc is a symlink in the image | . | rmdir rootfs/proc; ln -s tmp rootfs/proc
a file bound on a directory | .mounts += [{destination: "/tmp", type: "bind", source: "/etc/hostname", options: ["bind"]}] |
a namespace twice | .linux.namespaces += [{type: "network"}] |
a namespace of another type | (.linux.namespaces[] | select(.type == "ipc")).path = "/proc/self/ns/net" |
a user namespace without mappings | .linux.namespaces += [{type: "user"}] |
hostname without a uts namespace | .linux.namespaces |= map(select(.type != "uts")) |
a kernel parameter of the whole host | .linux.sysctl = {"vm.swappiness": "10"} |
a CPU quota in milliseconds | .linux.resources.cpu = {quota: 50, period: 100} |
a device without numbers | .linux.devices = [{path: "/dev/x", type: "c"}] |
an action of seccomp misspelt | .linux.seccomp = {defaultAction: "SCMP_ACT_ALOW"} |
a hook that fails | .hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo no route to the registry >&2; exit 3"]}] |
END
}

# make FILTER COMMAND: the bundle
make() {
	rm -rf "$work/bundle" && mkdir "$work/bundle" && cp -a "$rootfs" "$work/bundle/rootfs"
	"$tare" spec --bundle "$work/bundle"
	jq ".ociVersion = \"1.0.2\" | .process.terminal = false | .process.args = [\"true\"] | $1" "$work/bundle/config.json" >"$work/config"
	cp "$work/config" "$work/bundle/config.json"
	(cd "$work/bundle" && eval "$2")
}

# said NAME PROGRAM: a cell of the table
said() {
	local status=0 text
	text=$(timeout 20 "$2" --root "$work/$1" run --bundle "$work/bundle" "broken-$1" 2>&1 </dev/null) || status=$?
	"$2" --root "$work/$1" delete --force "broken-$1" >/dev/null 2>&1 || true
	[ -n "$text" ] || text="(says nothing)"
	[ $status -ne 0 ] || text+=$'\n'"(and runs it)"
	text=$(head -n 3 <<<"$text" | sed "s|$work/||g; s|time=\"[^\"]*\" ||; s/^[[:blank:]]*//; s/[[:blank:]]*$//; s/|/\\\\|/g; s/\`//g")
	echo "\`${text//$'\n'/\`<br>\`}\`"
}

table() {
	local title filter command
	echo "| broken | tare | runc $("$runc" --version | awk 'NR == 1 {print $3}') | crun $("$crun" --version | awk 'NR == 1 {print $3}') |"
	echo "|---|---|---|---|"
	# The filters have bars: the title ends at the first one, the command begins behind the last.
	while IFS= read -r row; do
		title=${row%% | *} filter=${row#* | } command=${filter##* |} filter=${filter% |*}
		make "$filter" "$command"
		echo "| $title | $(said tare "$tare") | $(said runc "$runc") | $(said crun "$crun") |"
	done < <(cases)
}

umount /sys/fs/cgroup/unified 2>/dev/null || true # crun 1.8 refuses cgroups v1 and v2 side by side
if [ "${1:-}" = --write ]; then
	table >"$work/table"
	awk -v table="$work/table" '
		/^<!-- broken -->$/ { print; if (++marks == 1) { while ((getline line <table) > 0) print line } next }
		marks != 1' "$2" >"$work/page"
	cat "$work/page" >"$2"
else
	table
fi
