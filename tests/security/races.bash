# shellcheck shell=bash disable=SC2154 # hostile.bash sets ATTACK
# races.bash - somebody exchanges two names, all the time, while the runtime works: what race tests share.
#
# RACE_SECONDS: how long each race lasts (default 4), but never fewer than 20 rounds.
RACE_SECONDS=${RACE_SECONDS:-4}

swap() { # A B
	"$ATTACK" swap "$1" "$2" &
	SWAPPER=$!
}

stop_swapping() {
	[ -n "${SWAPPER:-}" ] || return 0
	kill "$SWAPPER" && wait "$SWAPPER" || :
	SWAPPER=
}

# hold PID: it is stopped when this returns, and not a system call later. let_go PID.
hold() {
	kill -STOP "$1"
	until_true grep -q '^State:.T' "/proc/$1/status"
}
let_go() { kill -CONT "$1"; }

# rounds FUNCTION [COUNTER...]: $round counts up, and each counter has to move. A race that is not lost
# and won in its time goes on until it is: chance decides how long it lasts, not how it ends.
rounds() {
	local end=$((SECONDS + RACE_SECONDS)) late=$((SECONDS + RACE_SECONDS + 120)) round=0 counter
	while [ "$SECONDS" -lt "$end" ] || [ $round -lt 20 ] || ! all_moved "${@:2}"; do
		round=$((round + 1))
		"$1" || return 1
		[ -z "${SWAPPER:-}" ] || kill -0 "$SWAPPER" || return 1 # it must have been at it until now
		[ "$SECONDS" -lt "$late" ] || fail "the race is never lost, or never won" || return 1
	done
	echo "# $round rounds;$(for counter in "${@:2}"; do printf ' %s %s' "$counter" "${!counter}"; done)" >&3
}
all_moved() {
	local counter
	for counter; do [ "${!counter}" -gt 0 ] || return 1; done
}
