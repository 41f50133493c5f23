#!/bin/bash
# run.sh - all tests with one command:
#
#   sudo tests/run.sh                      everything but what needs a guest
#   sudo tests/run.sh --vm                 that too: Debian with systemd under qemu (tests/vm/run.sh), and
#                                          Linux 6.1 and 6.12 (tests/vm/kernels.sh)
#   sudo tests/run.sh --long               races for five minutes each, the defences taken out one by one
#                                          (tests/security/mutants.py), guests with cgroup v1 alone and
#                                          with SELinux, and integration with a tare built for musl: two hours
#   sudo tests/run.sh lint unit ...        some suites: lint unit init integration security callers install fuzz,
#                                          in guests: vm kernels v1 selinux, and musl
#
# Installs what the tests need when it is missing, builds the presets asan and release, runs three
# suites at a time and the lint beside them, shows failures and the reason of each skip, and closes with one line:
# N passed, N failed, N skipped. Logs stay in build/test-results.
#
# integration and security run twice: with the release binary, and with the sanitized one. callers:
# tare under podman, docker and containerd, from Debian's packages, and their contracts without them.
# FUZZ_SECONDS: how long the fuzz smoke lasts (default 20).
set -euo pipefail
umask 022
cd "$(dirname "$0")/.."
# shellcheck source=bundles/lib/packages.sh
. bundles/lib/packages.sh

all_suites="lint unit init integration security callers install fuzz"
vm='' long=''
while :; do
	case ${1:-} in
	--vm) vm="vm kernels" ;;
	--long) long="long v1 selinux musl" ;;
	*) break ;;
	esac
	shift
done
# Of each race of tests/security: with the release binary; the sanitized one is slower, and has less.
race_seconds=${RACE_SECONDS:-20}
[ -z "$long" ] || race_seconds=300
[ -z "$long" ] || export TIDY_NODES=225000 # the lint with clang's own patience
suites="${*:-$all_suites} $vm $long"
results=$PWD/build/test-results
lanes=3 # of tests, on two processors: tests wait for much, and the lint beside them takes what they leave
beside=none # the process of a suite that takes no lane

wants_guest() { wants vm || wants kernels || wants v1 || wants selinux || wants long; }
wants() { [[ " $suites " == *" $1 "* ]]; }

usage() {
	echo "usage: tests/run.sh [--vm] [--long] [SUITE...]   suites: $all_suites vm kernels v1 selinux musl" >&2
	exit 2
}
for suite in $suites; do
	[[ " $all_suites vm kernels v1 selinux musl long " == *" $suite "* ]] || usage
done

if { wants integration || wants security || wants callers || wants install || wants kernels || wants musl; } && [ "$(id -u)" -ne 0 ]; then
	echo "The suites integration, security, callers, install, kernels and musl make containers and need root: sudo tests/run.sh" >&2
	echo "(lint, unit, init and fuzz run without: tests/run.sh lint unit init fuzz)" >&2
	exit 1
fi

# ---- what must be installed

install_dependencies() {
	need_packages <<-'END'
		gcc             command cc gcc clang
		libc6-dev       header  stdio.h c
		cmake           command cmake
		ninja-build     command ninja
		binutils        command readelf
		libyajl-dev     header  yajl/yajl_parse.h yajl
		libseccomp-dev  header  seccomp.h seccomp
		libcap-dev      header  sys/capability.h cap
		libnl-3-dev     header  netlink/netlink.h nl-3
		libsystemd-dev  file    /usr/include/systemd/sd-bus.h
		libprotobuf-c-dev    file    /usr/include/protobuf-c/protobuf-c.h
		protobuf-c-compiler  command protoc-c
		criu            file    /usr/include/criu/rpc.proto
		busybox-static  static  busybox
		libcmocka-dev   file    /usr/include/cmocka.h
		python3         command python3
		bats            command bats
		jq              command jq
		expect          command expect
		strace          command strace
		valgrind        command valgrind
		git             command git
		xz-utils        command xz
		uidmap          command newuidmap
		util-linux      command setpriv
		libcap2-bin     command setcap
		clang           command clang
		clang-format    command clang-format
		clang-tidy      command clang-tidy
		cppcheck        command cppcheck
		shellcheck      command shellcheck
		gcc-aarch64-linux-gnu  command aarch64-linux-gnu-gcc
		libc6-dev-arm64-cross  file    /usr/aarch64-linux-gnu/include/stdio.h
	END
	! wants callers || need_packages <<-'END'
		podman          command podman
		conmon          command conmon
		containerd      command containerd
		docker.io       command dockerd
		socat           command socat
		fuse-overlayfs  command fuse-overlayfs
		protobuf-compiler         command protoc
		python3-protobuf          file /usr/lib/python3/dist-packages/google/protobuf/__init__.py
		python3-grpcio            file /usr/lib/python3/dist-packages/grpc/__init__.py
		containernetworking-plugins  file /usr/lib/cni/ptp
	END
	! wants install || need_packages <<-'END'
		mmdebstrap  command mmdebstrap
		man-db      command man
		groff-base  command groff
		bsdextrautils  command col
		zsh         command zsh
		fish        command fish
		dpkg-dev    command dpkg-shlibdeps
	END
	! wants_guest || need_packages <<-'END'
		mmdebstrap       command mmdebstrap
		cpio             command cpio
		protobuf-compiler  command protoc
		qemu-system-x86  command qemu-system-x86_64
		qemu-utils       command qemu-img
		e2fsprogs        command mke2fs
	END
	need_packages <<-END
		libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev file /usr/lib/llvm-*/lib/clang/*/lib/*/libclang_rt.fuzzer*.a
	END
}

# ---- building

built() { # PRESET TARGET...: configure once, build; show the log only when it goes wrong
	local preset=$1 log=$results/build-$1.log
	shift
	echo "==> building $preset"
	if ! { { [ -e "build/$preset/build.ninja" ] || cmake --preset "$preset"; } &&
		cmake --build "build/$preset" ${1:+--target "$@"}; } >"$log" 2>&1; then
		tail -n 60 "$log"
		printf 'fail\tthe build of the preset %s\tsee %s\n' "$preset" "$log" >>"$results/build.tsv"
		return 1
	fi
}

# ---- suites. Each writes its results, one a line, to $results/NAME.tsv, and its story to stdout.

report() { printf '%s\t%s\t%s\n' "$1" "$2" "${3-}"; } # pass|fail|skip NAME [REMARK]

# check NAME COMMAND...: one test. Exit status 77 is a skip: the last line of output says why.
check() {
	local name=$1 output status=0
	shift
	output=$("$@" 2>&1 </dev/null) || status=$?
	case $status in
	0) report pass "$name" ;;
	77) report skip "$name" "$(tail -n 1 <<<"$output")" ;;
	*)
		report fail "$name" "exit status $status"
		printf -- '--- %s\n%s\n' "$name" "$output" >&2
		;;
	esac
}

suite_lint() {
	local script
	renice -n 10 "$BASHPID" >/dev/null # the tests first
	for script in tests/lint/*.sh; do check "$script" "$script"; done
	for script in tests/lint/*.py; do check "$script" python3 "$script"; done
}

suite_unit() {
	local xml=$results/unit.xml
	rm -f "$xml"
	# Its exit status is not needed: results.py reads every failure from the file, or misses the file.
	ctest --test-dir build/asan --parallel 2 --timeout 120 --output-on-failure --no-tests=error \
		--test-output-size-passed 10000000 --test-output-size-failed 10000000 \
		--output-junit "$xml" </dev/null >"$results/ctest.log" 2>&1 || tail -n 200 "$results/ctest.log" >&2
	python3 tests/lib/results.py ctest "$xml"
}

suite_init() {
	check "tare-init for this machine" tests/lib/check_init.sh build/release/tare-init
	check "tare-init for aarch64" cross_compiled
}

cross_compiled() {
	cmake --preset aarch64 >/dev/null && cmake --build build/aarch64 --target tare-init &&
		tests/lib/check_init.sh build/aarch64/tare-init
}

bats_suite() { # DIRECTORY PRESET
	local tap=$results/${1##*/}-$2.tap files
	files=$(compgen -G "$1/*.bats" || true)
	[ -n "$files" ] || return 0
	# A sanitizer's finding must not look like tare's own exit status 1. A suite that hangs is ended, with
	# its pid namespace: tests that never ran are failures. (BATS_TEST_TIMEOUT has processes of its own.)
	# shellcheck disable=SC2086 # one word a file
	TARE=$PWD/build/$2/tare TARE_TAG=$(od -An -N4 -tx1 /dev/urandom | tr -d ' \n') \
		ASAN_OPTIONS=exitcode=99:detect_leaks=1 UBSAN_OPTIONS=exitcode=99:print_stacktrace=1 \
		timeout --kill-after=30 3600 tests/lib/private.sh bats --formatter tap $files </dev/null >"$tap" 2>&1 ||
		awk '/^(not )?ok /{ show = /^not ok/ } show' "$tap" >&2
	python3 tests/lib/results.py tap "$tap"
}

suite_vm() { # MACHINE
	local tap=$results/vm-$1.tap
	# Its exit status is not needed: results.py counts what is in the file, and that the plan was kept.
	tests/vm/run.sh --machine "$1" >"$tap" || awk '/^(not )?ok /{ show = /^not ok/ } show' "$tap" >&2
	python3 tests/lib/results.py tap "$tap"
}

# The unit tests of the preset release run there only: they are built when the suites of this machine are done.
suite_kernels() {
	local tap=$results/kernels.tap
	cmake --build build/release >"$results/build-units.log" 2>&1 || { tail -n 60 "$results/build-units.log" >&2; return 1; }
	# As above: a plan that no kernel kept, or none, is a failure to results.py.
	tests/vm/kernels.sh >"$tap" || awk '/^(not )?ok /{ show = /^not ok/ } show' "$tap" >&2
	python3 tests/lib/results.py tap "$tap"
}

# Each mutant is one test: it has to be found out.
suite_long() {
	{ python3 tests/security/mutants.py && python3 tests/security/mutants.py --guest; } | tee /dev/stderr |
		awk '{ verdict = /(^| )red / ? "pass" : "fail"; print verdict "\t" $0 "\t" }'
}

# tare built for musl, with the helper programs of the other build.
suite_musl() {
	{ cmake/musl.sh && cmake --preset musl && cmake --build --preset musl; } >&2 || return
	ln -sf ../release/tare-systemd ../release/tare-criu build/musl/
	bats_suite tests/integration musl
}

suite_fuzz() { check "fuzz smoke" tests/fuzz/run.sh "${FUZZ_SECONDS:-20}"; }

# suite NAME COMMAND...: run it and keep what it reported; one that reports nothing has failed.
suite() {
	local name=$1 begun=$SECONDS
	shift
	if ! "$@" >"$results/$name.tsv" 2>"$results/$name.log"; then
		report fail "$name" "the suite ended early" >>"$results/$name.tsv"
	elif [ ! -s "$results/$name.tsv" ]; then
		case $name in security*) return ;; esac # may have no test of its own yet
		report fail "$name" "no test ran" >>"$results/$name.tsv"
	fi
	echo $((SECONDS - begun)) >"$results/$name.seconds"
}

# queued NAME COMMAND...: the suite, beside others, as soon as there is a lane for it.
queued() {
	while [ "$(jobs -pr | grep -cvx "$beside")" -ge $lanes ]; do wait -n || :; done
	suite "$@" &
}

# The longest first, so that none runs on alone. Tests do not meet: each has ids, and so cgroups, of its own.
# The lint has no lane: all it does is to compute, and at its priority it slows no test down.
suites_here() {
	if wants lint; then
		suite lint suite_lint &
		beside=$!
	fi
	! wants integration || queued integration-asan bats_suite tests/integration asan
	! wants security || RACE_SECONDS=$race_seconds EXEC_SECONDS=$race_seconds \
		queued security-release bats_suite tests/security release
	! wants integration || queued integration-release bats_suite tests/integration release
	! wants security || queued security-asan bats_suite tests/security asan
	! wants install || queued install bats_suite tests/install release
	! wants callers || queued callers bats_suite tests/callers release
	! wants fuzz || queued fuzz suite_fuzz
	! wants unit || queued unit suite_unit
	! wants init || queued init suite_init
	wait
}

guests() {
	! wants kernels || suite kernels suite_kernels & # small guests, beside the first large one
	! wants vm || suite vm suite_vm v2
	wait
	! wants v1 || suite v1 suite_vm v1
	! wants selinux || suite selinux suite_vm selinux
}

show() { # NAME: what a suite found
	local tsv=$results/$1.tsv
	[ -s "$tsv" ] || return 0
	printf '==> %s: %s passed, %s failed, %s skipped (%s s)\n' "$1" "$(grep -c ^pass "$tsv")" \
		"$(grep -c ^fail "$tsv")" "$(grep -c ^skip "$tsv")" "$(cat "$results/$1.seconds" 2>/dev/null)"
	[ ! -s "$results/$1.log" ] || cat "$results/$1.log"
	awk -F'\t' '/^skip/ { print "    skipped: " $2 ": " $3 } /^fail/ { print "    FAILED:  " $2 ": " $3 }' "$tsv"
}

main() {
	rm -rf "$results"
	mkdir -p "$results"
	install_dependencies
	if built asan && built release tare tare-init tare-systemd tare-criu; then
		bundles/lib/rootfs.sh build/rootfs
		suites_here
		guests
		! wants musl || suite musl suite_musl
		! wants long || suite long suite_long
	fi
	for suite in build lint unit init integration-release integration-asan security-release \
		security-asan callers install fuzz vm v1 selinux kernels musl long; do
		show "$suite" || : # grep -c of nothing is a status of 1
	done
	[ -z "${SUDO_UID:-}" ] || chown -R "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" build/asan build/release "$results"

	cat "$results"/*.tsv >"$results/all"
	passed=$(grep -c ^pass "$results/all" || :)
	failed=$(grep -c ^fail "$results/all" || :)
	skipped=$(grep -c ^skip "$results/all" || :)
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

main
