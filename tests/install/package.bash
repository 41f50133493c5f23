# shellcheck shell=bash
# package.bash - what a packager builds: everything but the tests, once for all files of a run of bats.

# package_build PREFIX: for setup_file; sets PACKAGE. With another prefix than the last, only what has
# it inside is compiled again.
package_build() {
	export PACKAGE=$BATS_RUN_TMPDIR/package
	cmake --preset release -S "$TARE_SOURCE" -B "$PACKAGE" -DCMAKE_INSTALL_PREFIX="$1" -DTARE_TESTS=OFF >"$PACKAGE.log" 2>&1 &&
		cmake --build "$PACKAGE" >>"$PACKAGE.log" 2>&1 || {
		tail -n 30 "$PACKAGE.log" >&2
		return 1
	}
}
