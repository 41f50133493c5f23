#!/bin/bash
# cppcheck over the sources. What is suppressed, and why:
#   missingInclude*       system headers are not followed
#   checkersReport etc.   say something about cppcheck, not about the code
#   unusedStructMember    tables are filled and read by generic code
#   constParameter*       callbacks and steps have the signature that their table asks for
#   comparePointers       helper.c: the two ends of the embedded image are one object to the linker
#   normalCheckLevel...   the quick level is what a lint has time for
set -u
cd "$(dirname "$0")/../.." || exit 1
# Each version finds other things; this one is Debian 12's.
version=$(cppcheck --version)
case $version in
*" 2.10"*) ;;
*) echo "the suppressions are chosen for cppcheck 2.10, this is $version" && exit 77 ;;
esac
mkdir -p build/cppcheck
mapfile -t folders < <(find src libocispec/src -maxdepth 0 -type d)
options=()
for id in missingInclude missingIncludeSystem checkersReport unusedStructMember constParameter \
	constParameterPointer constParameterCallback normalCheckLevelMaxBranches unmatchedSuppression; do
	options+=("--suppress=$id")
done
cppcheck --quiet --std=c11 --language=c --enable=warning,portability,performance --inline-suppr \
	--error-exitcode=1 --cppcheck-build-dir=build/cppcheck -j 2 "${options[@]}" \
	--suppress=comparePointers:src/sys/helper.c -D_GNU_SOURCE "-DTARE_VERSION=\"0\"" -DTARE_INIT_HOSTED -D__x86_64__ \
	-I src -I include -I libocispec/include -I libocispec "${folders[@]}"
