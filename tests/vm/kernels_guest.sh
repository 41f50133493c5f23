#!/bin/bash
# kernels_guest.sh - process 1 of the guests of kernels.sh: the tests, as TAP on the second serial line.
set -u
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8

# Those that say how a system call behaves; the others were run where they were built. (Not
# test_subprocess: its timeouts mean other things on an emulated processor.)
units="test_bpf test_cgroup_native test_fence test_foreground_console test_hooks test_host test_host_cgroups
	test_idmap test_init_* test_scm test_seccomp_load test_state test_statmount test_tty"
# One test of containers for each thing that kernels do in different ways, by its name in these files.
suites="tests/integration/mounts.bats tests/integration/userns.bats"
tests=(
	"the default mounts, in their order, with their flags and options"
	"a bind keeps the flags of its source, but for those that are taken away"
	"ro is for the top, rro and its kin for all that lies below"
	"a mount point on a file of the image, and a file over a link"
	"overlay: lower layers are read, changes go to the upper one"
	"as root: the mappings are the config's, and root inside is not root outside"
	"capabilities and seccomp in a user namespace"
	"rootless: a user maps himself to root"
	"rootless: ranges of /etc/subuid by newuidmap and newgidmap"
)

machine() { # what a system has when the first program starts
	mount -t proc proc /proc
	mount -t sysfs sys /sys
	mkdir -p /dev/pts /dev/shm /dev/mqueue
	mount -t devpts -o mode=620,ptmxmode=666,gid=5 devpts /dev/pts
	mount -t tmpfs -o mode=1777 shm /dev/shm
	mount -t mqueue mqueue /dev/mqueue
	mount -t cgroup2 -o nsdelegate cgroup2 /sys/fs/cgroup
	for link in fd:/proc/self/fd stdin:fd/0 stdout:fd/1 stderr:fd/2; do ln -sf "${link#*:}" "/dev/${link%%:*}"; done
	mount --make-rshared /
	mkdir /sys/fs/cgroup/machine # processes in the root would be in the way of nothing, but no system has them there
	echo $$ >/sys/fs/cgroup/machine/cgroup.procs
	echo "+cpu +cpuset +io +memory +pids" >/sys/fs/cgroup/cgroup.subtree_control
	ip link set lo up
	busybox insmod /root/overlay.ko
}

unit() { # PROGRAM: its cases as lines of TAP; one that dies, or has no case, is a failure
	local output status=0 line said='' name=${1##*/} failed=0 cases=0
	output=$(TARE_SOURCE_DIR=$PWD timeout 300 "$1" 2>&1 </dev/null) || status=$?
	while read -r line; do
		case $line in
		"[==========] Running "* | "[ RUN      ] "*) said='' && continue ;;
		"[==========] "*) break ;; # the summary
		"[       OK ] "*) echo "ok 0 $name: ${line#*] }" ;;
		"[  SKIPPED ] "*) echo "ok 0 $name: ${line#*] } # skip ${said:-and does not say why}" ;;
		"[  FAILED  ] "*) echo "not ok 0 $name: ${line#*] }" && failed=1 ;;
		*) said=${line#skipped: } && continue ;;
		esac
		cases=$((cases + 1))
	done <<<"$output"
	if [ $status -ne 0 ] && [ $failed -eq 0 ] || [ $cases -eq 0 ]; then
		echo "not ok 0 $name: ended with status $status after $cases cases" && failed=1
	fi
	[ $failed -eq 0 ] || sed 's/^/# /' <<<"$output"
}

containers() { # FILES: all tests of them; none: those named above
	local filter
	filter="^($(printf '%s\n' "${tests[@]}" | paste -sd '|'))\$"
	# shellcheck disable=SC2086 # one word a file
	if [ -n "$1" ]; then
		TARE_TIMEOUT=240 tests/lib/private.sh bats --formatter tap $1
	else
		TARE_TIMEOUT=240 tests/lib/private.sh bats --formatter tap --filter "$filter" $suites
	fi
}

main() {
	machine
	cd "$(cat /etc/tare-source)" || {
		echo "not ok 0 the tests are in the guest"
		return
	}
	echo "# $(uname -sr), $(cut -d' ' -f1 /proc/uptime) s after the start"
	if [ -e /etc/tare-shell ]; then
		bash /etc/tare-shell
		echo "# status $?"
		return
	fi
	local asked program
	asked=$(cat /etc/tare-suites)
	if [ -z "$asked" ]; then
		# shellcheck disable=SC2086 # patterns, to be expanded
		for program in $(cd build/release/tests/unit && ls $units); do unit "build/release/tests/unit/$program"; done
		echo "# unit tests done, $(cut -d' ' -f1 /proc/uptime) s after the start"
	fi
	containers "$asked" | tee /tmp/containers
	if [ -z "$asked" ] && [ "$(grep -cE '^(not )?ok ' /tmp/containers)" -ne ${#tests[@]} ]; then
		echo "not ok 0 each name in tests/vm/kernels_guest.sh is that of one test"
	fi
	echo "# tests of containers done, $(cut -d' ' -f1 /proc/uptime) s after the start"
}

if [ $$ -eq 1 ]; then
	# Process 1 must not end before the machine is off, whatever happens.
	mount -t devtmpfs dev /dev
	stty -F /dev/ttyS1 raw 115200
	/bin/bash "$0" child >/dev/ttyS1 2>&1 </dev/null
	echo "# the end" >/dev/ttyS1
	sync
	exec busybox poweroff -f
fi
main
