# The release tarball: the same bytes each time, and the program that a clone of its commit builds.

load ../lib/common

setup() {
	common_setup
	require_command git
	require_command xz
	[ -e "$TARE_SOURCE/.git" ] || skip "this tree is no clone"
	# What is committed, whatever else lies about here.
	git -c safe.directory='*' clone -q --no-hardlinks "$TARE_SOURCE" "$WORK/clone"
	tarball=$WORK/clone/cmake/tarball.sh
	version=$(sed -n 's/^project(tare VERSION \([0-9.]*\).*/\1/p' "$WORK/clone/CMakeLists.txt")
	commit=$(git -C "$WORK/clone" rev-parse HEAD)
	mkdir "$WORK/one" "$WORK/two"
}

@test "twice the same bytes, whatever the umask, the zone, the day, the user's git and xz" {
	(cd "$WORK/one" && umask 022 && "$tarball") >"$WORK/said"
	assert_equal "$(<"$WORK/said")" "./tare-$version.tar.xz"
	printf '[core]\n\tautocrlf = true\n\tattributesFile = %s\n[tar]\n\tumask = 0077\n' "$WORK/attributes" >"$WORK/gitconfig"
	echo '*.md export-ignore' >"$WORK/attributes"
	touch "$WORK"/clone/src/*/*.c && echo mine >"$WORK/clone/new" && echo mine >>"$WORK/clone/README.md"
	(umask 077 && TZ=Asia/Tokyo GIT_CONFIG_GLOBAL=$WORK/gitconfig XZ_DEFAULTS=-0 XZ_OPT=--block-size=65536 "$tarball" "$commit" "$WORK/two")
	cmp "$WORK/one/tare-$version.tar.xz" "$WORK/two/tare-$version.tar.xz"
	assert_equal "$(ls -A "$WORK/two")" "tare-$version.tar.xz"
	assert_equal "$(stat -c %a "$WORK/two/tare-$version.tar.xz")" 644

	# all of the commit and nothing else, root's, as old as the commit
	tar -tJf "$WORK/one/tare-$version.tar.xz" | grep -v '/$' | sed "s|^tare-$version/||" | sort >"$WORK/in"
	git -C "$WORK/clone" ls-tree -r --name-only HEAD | sort | diff - "$WORK/in"
	tar --full-time --utc --numeric-owner -tvJf "$WORK/one/tare-$version.tar.xz" | awk '{ print $2, $4, $5 }' | sort -u >"$WORK/whose"
	assert_equal "$(<"$WORK/whose")" "0/0 $(TZ=UTC git -C "$WORK/clone" log -1 --date=format-local:'%Y-%m-%d %H:%M:%S' --format=%cd)"
}

# build DIRECTORY: the program and tare-init, as a release.
build() {
	{
		cmake --preset release -S "$1" -B "$1/build" -DCMAKE_INSTALL_PREFIX=/usr -DTARE_TESTS=OFF -DTARE_LIBRARY=OFF &&
			cmake --build "$1/build" --target tare tare-init
	} >"$WORK/log" 2>&1 || fail "$(tail -n 30 "$WORK/log")"
}

# Two builds, of two trees, in two directories: this is the test that a build is the same each time, too.
@test "without git it builds the program of the clone, bit by bit, also within another repository" {
	"$tarball" HEAD "$WORK/one"
	git init -q "$WORK/two"
	git -C "$WORK/two" -c user.name=a -c user.email=a@example.org commit -q --allow-empty -m other
	tar -C "$WORK/two" -xJf "$WORK/one/tare-$version.tar.xz"
	mkdir "$WORK/bin"
	printf '#!/bin/sh\necho "$@" >>"%s/asked"\nexit 127\n' "$WORK" >"$WORK/bin/git" && chmod 755 "$WORK/bin/git"
	PATH=$WORK/bin:$PATH build "$WORK/two/tare-$version"
	[ ! -e "$WORK/asked" ] || fail "git was asked:" "$(<"$WORK/asked")"
	build "$WORK/clone"
	cmp "$WORK/clone/build/tare" "$WORK/two/tare-$version/build/tare"
	cmp "$WORK/clone/build/tare-init" "$WORK/two/tare-$version/build/tare-init"
	run "$WORK/two/tare-$version/build/tare" --version
	assert_success
	assert_line "commit: ${commit:0:12}"
}

@test "a commit that there is not: an error, and no file" {
	run --separate-stderr "$tarball" no-such-commit "$WORK/one"
	assert_status 1
	assert_output ""
	assert_stderr "tarball.sh: there is no commit no-such-commit in $WORK/clone"
	# and one that has no version
	git -C "$WORK/clone" rm -q CMakeLists.txt
	git -C "$WORK/clone" -c user.name=a -c user.email=a@example.org commit -q -m less
	run --separate-stderr "$tarball" HEAD "$WORK/one"
	assert_status 1
	assert_output ""
	assert_stderr_contains "has no version"
	assert_equal "$(ls -A "$WORK/one")" ""
}
