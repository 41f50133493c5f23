#!/bin/bash
# gcc -fanalyzer over every source that the asan preset compiles (without the sanitizers, whose checks
# hide paths from it). What is clean is remembered, as in tidy.sh.
#
# Off: malloc-leak and use-of-uninitialized-value know nothing of cleanup attributes and out parameters
# in gcc 12; LeakSanitizer and clang-tidy watch those.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=build/asan
cache=build/analyzer
mkdir -p "$cache"
command -v gcc >/dev/null || { echo "needs gcc" && exit 77; }
version=$(gcc -dumpversion)
[ "${version%%.*}" = 12 ] || { echo "the warnings are chosen for gcc 12, this is $version" && exit 77; }
[ -e "$build/compile_commands.json" ] || cmake --preset asan >/dev/null || exit 1

everything=$({
	cat "$0"
	find src include libocispec \( -name '*.h' -o -name '*.def' \) -exec cat {} +
} | sha256sum)

one() { # FILE COMMAND
	local key command
	key=$cache/$({ echo "$everything $2"; cat "$1"; } | sha256sum | cut -c1-40)
	[ ! -e "$key" ] || return 0
	command=$(sed -E 's/ -fsanitize[^ ]*//g; s/ -o [^ ]+//; s/ -c / -c -o \/dev\/null /; s/^[^ ]+/gcc/' <<<"$2")
	# shellcheck disable=SC2086 # a command of the database, as words
	(cd "$build" && eval "$command -fanalyzer -Werror -Wno-analyzer-malloc-leak \
		-Wno-analyzer-use-of-uninitialized-value") && : >"$key"
}
export -f one
export everything cache build
jq -r '.[] | select(.file | test("/tests/") | not) | select(.file | endswith(".c")) | .file, .command' \
	"$build/compile_commands.json" | tr '\n' '\0' | xargs -0 -P 2 -n 2 bash -c 'one "$1" "$2"' bash
