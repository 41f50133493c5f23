#!/bin/bash
# clang-tidy over every source that the asan preset compiles, by .clang-tidy. A file that has not
# changed since it was found clean (nor its headers, nor the checks) is not looked at again.
#
# TIDY_NODES: after how many states clang-analyzer leaves a function that has still more paths. Nearly all
# the time goes there. 75000, clang's own number for its quick mode, takes half as long as the 225000 of its
# deep mode and still reaches 99 of 100 blocks of the code; tests/run.sh --long has the latter.
set -u
cd "$(dirname "$0")/../.." || exit 1
# Newer versions bring newer checks, which a change of the code should not have to answer for.
version=$(clang-tidy --version | sed -n 's/.*version \([0-9]*\).*/\1/p')
[ "$version" = 14 ] || { echo "the checks are chosen for clang-tidy 14, this is $version" && exit 77; }

nodes=${TIDY_NODES:-75000}
build=build/asan
cache=build/tidy
mkdir -p "$cache"

[ -e "$build/compile_commands.json" ] || cmake --preset asan >/dev/null || exit 1

# tare-init's freestanding objects and the hosted ones are one source: the database has both.
mapfile -t files < <(jq -r '.[].file' "$build/compile_commands.json" | grep '\.c$' |
	grep -v /tests/ | sort -u) # the tests may use what makes a test short

# gcc's warnings and flags are not clang's to judge.
tidy() {
	clang-tidy --quiet -p "$build" --extra-arg=-Wno-unknown-warning-option \
		--extra-arg=-Wno-unused-command-line-argument --extra-arg=-Xclang --extra-arg=-analyzer-config \
		--extra-arg=-Xclang --extra-arg=max-nodes="$nodes" "$1" 2>/dev/null
}
everything=$({
	cat .clang-tidy src/*/.clang-tidy "$0"
	echo "$nodes"
	find src include libocispec \( -name '*.h' -o -name '*.def' \) -exec cat {} +
} | sha256sum)
one() {
	local key
	key=$cache/$({ echo "$everything"; echo "$1"; cat "$1"; } | sha256sum | cut -c1-40)
	[ ! -e "$key" ] || return 0
	tidy "$1" && : >"$key"
}
export -f tidy one
export build cache everything nodes
printf '%s\n' "${files[@]}" | xargs -P 2 -I{} bash -c 'one "$1"' bash {}
