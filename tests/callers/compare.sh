#!/bin/bash
# compare.sh [PEER] - the same podman commands with a peer (default runc) and with tare: what differs?
#
#   sudo tests/callers/compare.sh            a line per difference in exit code, stdout or stderr
#   sudo tests/callers/compare.sh /usr/bin/crun
#
# The commands are in compare.cases: options of `podman run` and what to run, a line each. Not a test,
# since a difference may be meant (the text of an error always is): a page to read before a release.
# What was seen stays in build/compare. TARE: another binary than build/release/tare.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
if [ "${TARE_TEST_PRIVATE:-}" != 1 ]; then
	exec "$top/tests/lib/private.sh" "$0" "$@"
fi
peer=$(command -v "${1:-runc}")
tare=$(readlink -f "${TARE:-$top/build/release/tare}")
seen=$top/build/compare

skip() { # what engines.bash calls when something is missing
	echo "compare.sh: $*" >&2
	exit 1
}
bats_require_minimum_version() { :; }
BATS_TEST_NUMBER=0
# shellcheck source=tests/lib/common.bash
. "$top/tests/lib/common.bash"
# shellcheck source=tests/callers/engines.bash
. "$here/engines.bash"

more_of_the_image() { # things that go wrong
	local root=$ENGINE_DIR/rootfs
	mkdir -p "$root/work/dir" "$ENGINE_DIR/volume"
	echo plain >"$root/work/plain"
	printf '#!/nonexistent\n' >"$root/work/interpreter"
	printf 'garbage' >"$root/work/garbage"
	chmod 755 "$root/work/interpreter" "$root/work/garbage"
	echo volume >"$ENGINE_DIR/volume/file"
	tar --numeric-owner --owner=0 --group=0 -C "$root" -cf "$ENGINE_DIR/bb.tar" .
}

podman_by() { # RUNTIME ARG...
	timeout --foreground --kill-after=5 60 podman --runtime "$1" --cgroup-manager=cgroupfs --events-backend=file \
		--storage-driver=vfs --root "$ENGINE_DIR/root" --runroot /run/engine --tmpdir /run/libpod "${@:2}" </dev/null
}

# run_case NUMBER LINE RUNTIME: what podman says, without what differs each time
run_case() {
	local to=$seen/$1.${3##*/} status=0 words
	mkdir -p "$seen"
	eval "words=(${2//@D@/$ENGINE_DIR})"
	podman_by "$3" run --rm --name "case$1" "${words[@]}" >"$to.out" 2>"$to.err" || status=$?
	podman_by "$3" rm --all --force --time 0 >/dev/null 2>&1 || :
	{ echo "status $status" && cat "$to.out" && echo "--" && cat "$to.err"; } |
		sed -E "s#$ENGINE_DIR#DIR#g; s#$3#RUNTIME#g; s/[0-9a-f]{64}/ID/g; s/time=\"[^\"]*\"/time/g" >"$to"
	rm "$to.out" "$to.err"
}

export CONTAINERS_CONF=/run/compare.conf
engine_setup_file podman conmon
trap engine_teardown_file EXIT
more_of_the_image
printf '%s\n' '[containers]' 'default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]' 'log_driver = "k8s-file"' \
	'netns = "none"' >"$CONTAINERS_CONF"
podman_by "$tare" import "$ENGINE_DIR/bb.tar" localhost/bb:latest >/dev/null 2>&1
rm -rf "$seen"
number=0 differ=0
while IFS= read -r line; do
	[[ $line == [^#]* ]] || continue
	number=$((number + 1))
	run_case "$number" "$line" "$peer"
	run_case "$number" "$line" "$tare"
	diff "$seen/$number.${peer##*/}" "$seen/$number.tare" >"$seen/$number.diff" || {
		differ=$((differ + 1))
		printf '=== %s: %s\n' "$number" "$line"
		cat "$seen/$number.diff"
	}
done <"$here/compare.cases"
echo "$number commands, $differ with a difference"
