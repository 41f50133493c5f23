#!/bin/sh
# Fuzzes each target for a while: tests/fuzz/run.sh [SECONDS [TARGET ...]]
# First a build with a planted crash, which must be found within 50 million inputs: else the fuzzer is
# blind and its silence means nothing. It has always the same seed: chance would find the
# crash today and not tomorrow. Then the real build, which must not crash. What crashes is kept in
# build/fuzz/crashes. TARE_BUILD_DIR names another place than build/.
set -eu

seconds=${1:-60}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- config locate
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
build=${TARE_BUILD_DIR:-$source/build}
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT

if ! command -v clang >/dev/null; then
	echo "fuzz: clang was not found (apt-get install clang)" >&2
	exit 1
fi

# compile PROGRAMS ON|OFF TARGET ...: the programs, in the directory PROGRAMS. Both are built in one place: the
# crash is in the targets themselves, and the library need not be compiled twice.
compile() {
	programs=$1 planted=$2
	shift 2
	(cd "$source" && cmake --preset fuzz -B "$build/fuzz" -DTARE_PLANT_CRASH="$planted" &&
		cmake --build "$build/fuzz" -j 2 --target $(printf 'fuzz_%s ' "$@")) >"$log/build" 2>&1 || {
		cat "$log/build" >&2
		exit 1
	}
	mkdir "$programs"
	for target in "$@"; do cp "$build/fuzz/tests/fuzz/fuzz_$target" "$programs/"; done
}

# fuzz PROGRAMS TARGET LONGEST ARTIFACTS OPTION ...
# What the fuzzer adds to the corpus stays out of the tree.
fuzz() {
	program=$1/fuzz_$2 seeds=$here/corpus/$2 longest=$3 artifacts=$4
	shift 4
	rm -rf "$log/corpus" "$log/seeds"
	mkdir -p "$log/corpus" "$log/seeds" "$artifacts"
	find "$seeds" -type f -size "-${longest}c" -exec cp {} "$log/seeds" ';'
	"$program" "$@" -max_len="$longest" -timeout=10 -rss_limit_mb=1024 \
		-dict="$here/json.dict" -artifact_prefix="$artifacts/" -print_final_stats=1 \
		"$log/corpus" "$log/seeds" >"$log/output" 2>&1
}

compile "$log/planted" ON "$@"
compile "$log/real" OFF "$@"
for target in "$@"; do
	if fuzz "$log/planted" "$target" 64 "$log/canary" -seed=1 -runs=50000000; then
		echo "fuzz_$target: the planted crash was not found: the fuzzer is blind" >&2
		exit 1
	fi
	if ! grep -q 'deadly signal' "$log/output"; then
		tail -n 40 "$log/output" >&2
		echo "fuzz_$target: the canary did not run" >&2
		exit 1
	fi
	if ! fuzz "$log/real" "$target" 16384 "$build/fuzz/crashes" -max_total_time="$seconds"; then
		tail -n 60 "$log/output" >&2
		echo "fuzz_$target: failed; the input is in $build/fuzz/crashes" >&2
		exit 1
	fi
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log/output")
	echo "fuzz_$target: the canary died, the target survived $runs inputs in $seconds seconds"
done
