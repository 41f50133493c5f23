# tare run: from config.json to a process and back.

load ../lib/common
load container

setup() {
	common_setup
	require_root
}

@test "the exit status is the program's" {
	local code
	make_bundle
	for code in 0 1 42 255; do
		inside "exit $code"
		run_bundle
		assert_status "$code"
		assert_output ""
		assert_stderr ""
	done
}

@test "death by a signal is 128 and its number" {
	local signal
	make_bundle
	drop_namespace pid # the first process of a pid namespace ignores signals from inside
	for signal in 6 9 15; do
		inside "kill -$signal \$\$; sleep 10"
		run_bundle
		assert_status $((128 + signal))
		assert_stderr ""
	done
}

@test "killed from outside: 137, and nothing is left" {
	make_bundle
	inside 'echo ready; sleep 60'
	start_bundle
	wait_for_line ready
	kill -KILL "$PID"
	finish_bundle
	assert_status 137
}

@test "a signal to tare reaches the program" {
	make_bundle
	inside 'trap "echo caught; exit 9" TERM; trap "echo hup" HUP; echo ready; while :; do sleep 0.1; done'
	start_bundle
	wait_for_line ready
	kill -HUP "$TARE_PID"
	until_true grep -qx hup "$WORK/out"
	kill -TERM "$TARE_PID"
	finish_bundle
	assert_status 9
	assert_line caught
}

@test "arguments arrive byte for byte" {
	make_bundle
	args sh -c 'printf "[%s]" "$@"' name 'a b' '' "it's" $'x\ny\tz' 'ü€😀' '$HOME' '\'
	run_bundle
	assert_success
	assert_output $'[a b][][it\'s][x\ny\tz][ü€😀][$HOME][\\]'
}

@test "a hundred arguments of 100 KiB in all" {
	make_bundle
	edit_config '.process.args = ["sh", "-c", "echo $#; echo ${#100}", "sh"] + [range(100) | "x" * 1000]'
	run_bundle
	assert_success
	assert_output $'100\n1000'
}

@test "the environment is the config's, and of duplicates the last" {
	make_bundle '.process.env = ["PATH=/bin", "A=1", "B=two words", "A=3", "EMPTY=", "EQ=a=b=c"]'
	args env
	TARE_LEAK=x run_bundle
	assert_success
	assert_equal "$(sort <<<"$output")" $'A=3\nB=two words\nEMPTY=\nEQ=a=b=c\nHOME=/root\nPATH=/bin'
}

@test "HOME comes from the container's passwd, and is / for a stranger" {
	make_bundle
	inside 'echo $HOME'
	run_bundle
	assert_output /root
	edit_config '.process.user = {uid: 1000, gid: 1000}'
	run_bundle
	assert_output /home/user
	edit_config '.process.user = {uid: 4711, gid: 1000}'
	run_bundle
	assert_output /
	edit_config '.process.env += ["HOME=/mine"]'
	run_bundle
	assert_output /mine
}

@test "HOME is / when passwd is missing, and a name that is a number is no id" {
	make_bundle '.process.user = {uid: 1000, gid: 1000}'
	inside 'echo $HOME; id -u'
	echo '1000:x:0:0::/evil:/bin/sh' >"$ROOTFS/etc/passwd"
	run_bundle
	assert_output $'/\n1000'
	rm "$ROOTFS/etc/passwd"
	run_bundle
	assert_success
	assert_output $'/\n1000'
}

@test "the working directory" {
	make_bundle '.process.cwd = "/home/user" | .process.env += ["PWD=/wrong"]'
	args busybox pwd -P
	run_bundle
	assert_success
	assert_output /home/user
}

@test "a missing working directory is made, on a read-only root too" {
	make_bundle '.process.cwd = "/made/of/parts"'
	args busybox pwd -P
	run_bundle
	assert_success
	assert_output /made/of/parts
	[ -d "$ROOTFS/made/of/parts" ]
}

@test "a working directory that is a link stays inside" {
	make_bundle '.process.cwd = "/away/deeper"'
	ln -s ../../../../../../srv/elsewhere "$ROOTFS/away"
	args busybox pwd -P
	run_bundle
	assert_success
	assert_output /srv/elsewhere/deeper
	[ -d "$ROOTFS/srv/elsewhere/deeper" ]
	[ ! -e /srv/elsewhere ]
}

@test "a working directory that only root may enter serves another user" {
	make_bundle '.process.cwd = "/root" | .process.user = {uid: 1000, gid: 1000}'
	args readlink /proc/self/cwd
	run_bundle
	assert_success
	assert_output /root
}

@test "the program is found in the config's PATH, in its order" {
	make_bundle '.process.env = ["PATH=/first:/second:/bin"]'
	mkdir "$ROOTFS/first" "$ROOTFS/second"
	printf '#!/bin/sh\necho first\n' >"$ROOTFS/first/prog"
	printf '#!/bin/sh\necho second "$0" "$1"\n' >"$ROOTFS/second/prog"
	chmod 644 "$ROOTFS/first/prog" # not executable: passed over
	chmod 755 "$ROOTFS/second/prog"
	args prog x
	run_bundle
	assert_success
	assert_output "second /second/prog x"
	chmod 755 "$ROOTFS/first/prog"
	run_bundle
	assert_output first
}

@test "without PATH the usual directories are searched" {
	make_bundle '.process.env = []'
	args echo hi
	run_bundle
	assert_success
	assert_output hi
}

@test "a program by absolute and by relative path" {
	make_bundle '.process.cwd = "/bin"'
	args /bin/echo one
	run_bundle
	assert_output one
	args ./echo two
	run_bundle
	assert_output two
	edit_config '.process.cwd = "/"'
	args bin/echo three
	run_bundle
	assert_output three
}

@test "a program that is not in PATH: the words that engines look for" {
	make_bundle
	args no-such-program
	run_bundle
	assert_status 1
	assert_output ""
	assert_stderr_contains 'exec: "no-such-program": executable file not found in $PATH'
	names_pointer /process/args/0
}

@test "a program that is missing at its path" {
	make_bundle
	args /bin/no-such-program
	run_bundle
	assert_status 1
	assert_stderr_contains 'exec: "/bin/no-such-program": stat /bin/no-such-program: no such file or directory'
	names_pointer /process/args/0
}

@test "a program that may not be executed" {
	make_bundle
	args /etc/passwd
	run_bundle
	assert_status 1
	assert_stderr_contains 'exec: "/etc/passwd": permission denied'
	names_pointer /process/args/0
}

@test "a directory as program" {
	make_bundle
	args /etc
	run_bundle
	assert_status 1
	assert_stderr_contains 'exec: "/etc": is a directory'
}

@test "a program on a mount without exec" {
	make_bundle
	cp "$ROOTFS/bin/busybox" "$ROOTFS/mnt/busybox"
	add_mount '{"destination": "/mnt", "type": "bind", "source": "rootfs/mnt", "options": ["bind", "noexec"]}'
	args /mnt/busybox true
	run_bundle
	assert_status 1
	assert_stderr_contains 'exec: "/mnt/busybox": permission denied'
}

@test "a file that is no program" {
	make_bundle
	echo 'just text' >"$ROOTFS/bin/text"
	chmod 755 "$ROOTFS/bin/text"
	args text
	run_bundle
	assert_status 1
	assert_stderr_contains 'exec format error'
}

@test "a script whose interpreter is missing" {
	make_bundle
	printf '#!/bin/no-such-shell\n' >"$ROOTFS/bin/script"
	chmod 755 "$ROOTFS/bin/script"
	args /bin/script
	run_bundle
	assert_status 1
	assert_stderr_contains 'no such file or directory'
	assert_stderr_contains 'interpreter'
}

@test "umask: the config's, or the caller's" {
	make_bundle '.process.user.umask = 63'
	inside umask
	run_bundle
	assert_output 0077
	edit_config 'del(.process.user.umask)'
	umask 0027
	run_bundle
	umask 0022
	assert_output 0027
}

@test "hostname and domainname, and the host keeps its own" {
	local host
	host=$(uname -n; cat /proc/sys/kernel/domainname)
	make_bundle '.hostname = "a-box" | .domainname = "tare.example"'
	inside 'hostname; cat /proc/sys/kernel/domainname'
	run_bundle
	assert_success
	assert_output $'a-box\ntare.example'
	assert_equal "$(uname -n; cat /proc/sys/kernel/domainname)" "$host"
}

@test "a hostname of 64 bytes" {
	make_bundle '.hostname = "h" * 64'
	inside 'hostname | wc -c'
	run_bundle
	assert_success
	assert_output 65
}

@test "stdin, stdout and stderr are the caller's" {
	make_bundle
	inside 'cat; echo to stderr >&2'
	run --separate-stderr "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" <<<"from stdin"
	assert_success
	assert_output "from stdin"
	assert_stderr "to stderr"
}

@test "eight mebibytes through stdin and stdout" {
	make_bundle
	args cat
	head -c 8388608 /dev/urandom >"$WORK/data"
	"$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" <"$WORK/data" | cmp - "$WORK/data"
}

@test "with stdin, stdout and stderr closed" {
	local status=0
	make_bundle
	inside 'exit 5'
	"$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" <&- >&- 2>&- || status=$?
	assert_equal "$status" 5
}

@test "no descriptor of the caller reaches the program" {
	make_bundle
	# shellcheck disable=SC2016 # expanded inside
	inside 'for fd in /proc/self/fd/*; do echo "${fd##*/}"; done' # the shell's own glob: 3 is its directory
	echo secret >"$WORK/secret"
	run_bundle 5<"$WORK/secret" 99<"$WORK/secret"
	assert_success
	assert_output $'0\n1\n2\n3'
}

@test "--preserve-fds passes that many, from 3 on" {
	make_bundle
	echo three >"$WORK/three"
	echo four >"$WORK/four"
	echo five >"$WORK/five"
	inside 'cat <&3; cat <&4; test -e /proc/self/fd/5 || echo no five'
	run_bundle --preserve-fds 2 3<"$WORK/three" 4<"$WORK/four" 5<"$WORK/five"
	assert_success
	assert_output $'three\nfour\nno five'
}

@test "--preserve-fds of one that is not open" {
	make_bundle
	run_bundle --preserve-fds 2 3</dev/null 4<&-
	assert_status 1
	assert_stderr_contains preserve
}

@test "--pid-file holds the number alone, and the file stays" {
	make_bundle
	inside 'echo ready; read line; grep NSpid /proc/self/status'
	start_bundle
	wait_for_line ready
	[ -z "$(tr -d 0-9 <"$WORK/pid")" ] || fail "not only digits: $(od -c "$WORK/pid")"
	[ "$(wc -l <"$WORK/pid")" -eq 0 ]
	assert_equal "$(tr '\0' ' ' <"/proc/$PID/cmdline" | cut -c1-5)" "sh -c"
	assert_equal "$(awk '/^NSpid/ { print $NF }' "/proc/$PID/status")" 1
	assert_equal "$(stat -c %a "$WORK/pid")" 644
	tell go
	until_true test ! -e "/proc/$PID"
	[ -s "$WORK/pid" ]
	finish_bundle
	assert_success
}

@test "--pid-file that exists is replaced, and one that cannot be written is an error" {
	make_bundle
	echo old >"$WORK/pid-file"
	run_bundle --pid-file "$WORK/pid-file"
	assert_success
	[[ $(<"$WORK/pid-file") =~ ^[0-9]+$ ]]
	run_bundle --pid-file "$WORK/none/pid-file"
	assert_status 1
	assert_stderr_contains "$WORK/none/pid-file"
	assert_no_engine_phrase
	assert_clean
}

@test "no pid file after a start that failed" {
	make_bundle
	args no-such-program
	run_bundle --pid-file "$WORK/pid-file"
	assert_status 1
	[ ! -e "$WORK/pid-file" ]
	[ -z "$(find "$WORK" -maxdepth 1 -name '.pid-file*')" ]
}

@test "--keep leaves the state and the cgroup until delete; without it they go" {
	make_bundle
	inside 'exit 3'
	run_bundle --keep
	assert_status 3
	[ -d "$STATE/$ID" ]
	[ -n "$(list_cgroups | grep "/tare-$ID\$")" ]
	run --separate-stderr tare state "$ID"
	assert_success
	assert_json '.status == "stopped"'
	run_bundle # the id is taken
	assert_status 1
	assert_stderr_contains "container with given ID already exists"
	run --separate-stderr tare delete "$ID"
	assert_success
	assert_clean
	run_bundle
	assert_status 3
}

@test "a second container of the same id is refused, and the first lives on" {
	make_bundle
	inside 'echo ready; read line; echo "got $line"; exit 7'
	start_bundle
	wait_for_line ready
	run_bundle
	assert_status 1
	assert_output ""
	assert_stderr_contains "container with given ID already exists"
	[ -d "$STATE/$ID" ]
	[ -n "$(list_cgroups | grep "/tare-$ID\$")" ]
	tell hello
	finish_bundle
	assert_status 7
	assert_line "got hello"
}

@test "two containers at once do not see each other" {
	local first
	make_bundle '.hostname = "one"'
	inside 'echo ready; read line; hostname; set -- /proc/[0-9]*; echo $#'
	start_bundle
	wait_for_line ready
	first=$ID
	make_bundle '.hostname = "two"'
	inside 'hostname; set -- /proc/[0-9]*; echo $#'
	run_bundle
	assert_output $'two\n1'
	[ -d "$STATE/$first" ]
	tell go
	finish_bundle
	assert_output $'ready\none\n1'
}

@test "what the program leaves running dies with it, with a pid namespace or without" {
	make_bundle
	inside 'sleep 1000 & (setsid sleep 1000 &) ; exit 4'
	run_bundle
	assert_status 4
	assert_clean
	drop_namespace pid
	run_bundle
	assert_status 4
	assert_clean
}

# The program alone: an orphan that ended was adopted and reaped, none is left as a zombie.
tare_has_one_child() { [ "$(ps -o pid= --ppid "$TARE_PID" | wc -l)" -eq 1 ]; }

@test "tare adopts orphans without a pid namespace, and reaps them" {
	make_bundle
	drop_namespace pid
	inside 'parent() { cut -d" " -f4 /proc/$child/stat; }
		(sh -c "echo \$\$ >/dev/shm/child; exec sleep 1" &)
		until [ -s /dev/shm/child ]; do sleep 0.05; done; read child </dev/shm/child
		while [ "$(cat /proc/$(parent)/comm)" = sh ]; do sleep 0.05; done
		echo its parent is $(parent); echo ready; read line'
	start_bundle
	wait_for_line ready
	grep -qx "its parent is $TARE_PID" "$WORK/out"
	until_true tare_has_one_child
	tell go
	finish_bundle
	assert_success
}

@test "--config names another file, and --bundle is here by default" {
	make_bundle '.process.args = ["echo", "from config.json"]'
	jq '.process.args = ["echo", "from other.json"]' "$BUNDLE/config.json" >"$BUNDLE/other.json"
	run_bundle --config other.json
	assert_output "from other.json"
	run --separate-stderr env -C "$BUNDLE" "$TARE" --root "$STATE" run "$ID"
	assert_output "from config.json"
}

@test "a root by absolute path" {
	make_bundle
	edit_config --arg root "$ROOTFS" '.root.path = $root'
	inside 'ls -d /bin; ls /config.json'
	run_bundle
	assert_output /bin
	assert_status 1
}

@test "--no-pivot: the container works and its root is the rootfs" {
	make_bundle
	inside 'ls / | head -n 1; cd ..; pwd; cut -d" " -f4,5 /proc/self/mountinfo | grep " /$"'
	run_bundle --no-pivot
	assert_success
	assert_equal "$(head -n 2 <<<"$output")" $'bin\n/'
	assert_matches "/bundle-1/rootfs /\$" # "/" is the mount of the rootfs
}

# Keyrings of ended processes are collected late, so each container here has a fresh id.
@test "the session keyring is new, and the caller's with --no-new-keyring" {
	make_bundle '.linux.maskedPaths = []'
	args grep -c "_ses.$ID" /proc/keys
	run_bundle
	assert_success
	assert_output 1
	make_bundle '.linux.maskedPaths = []'
	args grep -c "_ses.$ID" /proc/keys
	run_bundle --no-new-keyring
	assert_status 1
	assert_output 0
}
