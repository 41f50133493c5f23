# What a container sees of itself is what was asked for: tests/probe/see.c inside, tests/probe/compare.py
# outside, over configs that are written by hand and generated.
#
# PROBE_COUNT: how many are generated (default 150). PROBE_SEED: the first one (default 1).

load ../lib/common
load container

setup_file() { static_program see "$BATS_FILE_TMPDIR/see"; }

setup() {
	common_setup
	require_root
	[ "$(uname -m)" = x86_64 ] || skip "the numbers of system calls are those of x86_64"
	[ "${TARE_TEST_PRIVATE:-}" = 1 ] || skip "needs a mount namespace: run under tests/lib/private.sh"
}

compare() { SEE=$BATS_FILE_TMPDIR/see run python3 "$TARE_SOURCE/tests/probe/compare.py" "$@"; }

@test "a config with everything in it, property by property" {
	compare --from "$TARE_SOURCE/tests/probe/full.json"
	assert_success
	assert_matches '^1 configs, [34][0-9] properties compared, 0 differences$'
}

@test "generated configs, property by property" {
	compare --seed "${PROBE_SEED:-1}" --count "${PROBE_COUNT:-150}"
	echo "# ${lines[-1]}" >&3
	assert_success
	assert_matches ', 0 differences$'
}

@test "each property is found when it differs" {
	compare --prove --count 40
	assert_success
	assert_matches '^[0-9]+ properties, each found to differ$'
}

@test "a difference is told with its seed" {
	sed 's/"errnoRet": 77/"errnoRet": 78/' "$TARE_SOURCE/tests/probe/full.json" >"$WORK/altered.json"
	cat >"$WORK/tare" <<-END
		#!/bin/sh
		# runs another config than the one it is asked for
		for word; do case \$word in */tmp*) bundle=\$word ;; esac; done
		sed -i 's/"errnoRet": 78/"errnoRet": 77/' "\$bundle/config.json"
		exec "$TARE" "\$@"
	END
	chmod 755 "$WORK/tare"
	TARE=$WORK/tare compare --from "$WORK/altered.json"
	assert_status 1
	assert_matches "seed 1: /linux/seccomp: asked .*'186': 78.*seen .*'186': 77"
}
