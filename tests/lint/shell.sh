#!/bin/bash
# Every shell script passes shellcheck from the level of warnings up, and has its run bit.
set -u
cd "$(dirname "$0")/../.." || exit 1
mapfile -t scripts < <(find bundles cmake tests .ci -type f \( -name '*.sh' -o -name '*.bash' -o -path .ci/run \) | sort)
failed=0
# SC2046: where a list of words is not quoted, it is meant to be split.
shellcheck --external-sources --severity=warning --exclude=SC2046 "${scripts[@]}" || failed=1
mapfile -t suites < <(find tests -name '*.bats' | sort)
if [ "${#suites[@]}" -gt 0 ]; then
	# SC2030, SC2031: every test is a subshell, and that is the point.
	shellcheck --shell=bats --severity=warning --exclude=SC2030,SC2031,SC2034,SC2154 "${suites[@]}" || failed=1
fi
for script in "${scripts[@]}"; do
	case $script in *.bash | */packages.sh | */lesson.sh) continue ;; esac
	[ -x "$script" ] || { echo "$script has no run bit" && failed=1; }
done
exit $failed
