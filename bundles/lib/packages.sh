# shellcheck shell=bash
# packages.sh - sourced by quickstart.sh and tests/run.sh: find what is missing, and install it where
# that can be done (Debian and its children, as root); elsewhere name it and stop.
#
# A table of needs, one a line on stdin of need_packages: PACKAGE KIND THING [THING...], where KIND is
#   command  any of these is in PATH
#   file     any of these exists (globs allowed)
#   static   it is in PATH, as a static executable
#   header   the C compiler finds it, and the static library lib<second THING>.a or its _s form
# Lines that begin with # are comments.

have_header() { # HEADER LIBRARY
	local cc
	cc=$(command -v cc || command -v gcc || command -v clang) || return 1
	echo "#include <$1>" | "$cc" -I/usr/include/libnl3 -E - >/dev/null 2>&1 || return 1
	[ -e "$("$cc" -print-file-name="lib$2.a")" ] || [ -e "$("$cc" -print-file-name="lib${2}_s.a")" ]
}

is_static() { # COMMAND
	local said
	said=$(LC_ALL=C ldd "$(command -v "$1")" 2>&1) || : # its status says no more than its words
	[[ $said == *"not a dynamic executable"* ]]
}

is_met() { # KIND THING...
	local kind=$1 thing
	shift
	if [ "$kind" = header ]; then
		have_header "$@"
		return
	fi
	for thing in "$@"; do
		case $kind in
		command) ! command -v "$thing" >/dev/null 2>&1 || return 0 ;;
		static) ! is_static "$thing" || return 0 ;;
		file) ! compgen -G "$thing" >/dev/null || return 0 ;;
		esac
	done
	return 1
}

missing_packages() { # table on stdin; prints the packages of the needs that are not met
	local package kind things
	while read -r package kind things; do
		case $package in "" | \#*) continue ;; esac
		# shellcheck disable=SC2086 # several things are several words; globs expand in is_met
		(set -f && is_met "$kind" $things) || echo "$package"
	done
}

need_packages() { # table on stdin
	local table missing
	table=$(cat)
	missing=$(missing_packages <<<"$table" | sort -u | tr '\n' ' ')
	[ -n "$missing" ] || return 0
	if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
		echo "Missing here, by their names in Debian: $missing" >&2
		echo "Please install them with this system's package manager and run the command again." >&2
		return 1
	fi
	if [ "$(id -u)" -ne 0 ]; then
		echo "Missing: $missing" >&2
		echo "Please run this as root, or: sudo apt-get install $missing" >&2
		return 1
	fi
	echo "Installing: $missing"
	apt_quietly update || return 1
	# shellcheck disable=SC2086 # one word a package
	apt_quietly install --no-install-recommends $missing || return 1
	hash -r # what was installed is found where it is now
	missing=$(missing_packages <<<"$table" | sort -u | tr '\n' ' ')
	[ -z "$missing" ] || { echo "Installed, but still not found: $missing" >&2 && return 1; }
}

apt_quietly() {
	local log
	log=$(mktemp)
	if ! DEBIAN_FRONTEND=noninteractive apt-get -y -q "$@" </dev/null >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		echo "apt-get $1 failed" >&2
		return 1
	fi
	rm -f "$log"
}
