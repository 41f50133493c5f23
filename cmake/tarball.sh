#!/bin/sh
# tarball.sh [COMMIT [DIRECTORY]] - the release of COMMIT (HEAD) as DIRECTORY/tare-VERSION.tar.xz.
# The same commit gives the same bytes: git archive sorts, owns by root and dates by the commit, and
# what a user's configuration could change is set here. cmake/commit tells the build whose commit it is.
set -eu
commit=${1:-HEAD} out=${2:-.}
source=$(dirname "$0")/..

commit=$(git -C "$source" rev-parse --verify --quiet "$commit^{commit}") || {
	echo "tarball.sh: there is no commit ${1:-HEAD} in $(cd "$source" && pwd)" >&2
	exit 1
}
version=$(git -C "$source" show "$commit:CMakeLists.txt" | sed -n 's/^project(tare VERSION \([0-9.]*\).*/\1/p')
[ -n "$version" ] || {
	echo "tarball.sh: CMakeLists.txt of $commit has no version" >&2
	exit 1
}

name=tare-$version.tar.xz
work=$(mktemp -d "$out/.tarball.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
unset XZ_DEFAULTS XZ_OPT
# From the top: in a directory below, git would archive that alone. A file between, as a pipe hides a failure.
git -C "$source" -c tar.umask=0022 -c core.attributesFile=/dev/null -c core.autocrlf=false -c core.eol=lf \
	archive --format=tar --prefix="tare-$version/" "$commit" >"$work/tar"
xz -9 --threads=1 --check=crc64 --stdout "$work/tar" >"$work/xz"
chmod 644 "$work/xz"
mv -f "$work/xz" "$out/$name"
echo "$out/$name"
