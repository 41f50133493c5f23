#!/bin/bash
# update.sh [BUILD-DIRECTORY] - write tests/golden/plan/*.txt anew, after a change of the compiler
# that is meant. Then read what `git diff tests/golden` says: each line is a claim about what a
# container gets.
set -euo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)
build=${1:-$source/build/debug}

[ -f "$build/build.ninja" ] || {
	echo "$build is no build directory: configure one first, or name it" >&2
	exit 2
}
cmake --build "$build" --target test_compile
TARE_SOURCE_DIR=$source TARE_UPDATE_GOLDEN=1 "$build/tests/unit/test_compile" | tail -n 1
git -C "$source" status --short tests/golden
