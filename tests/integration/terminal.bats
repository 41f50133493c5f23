# process.terminal: the program's terminal, and how tare passes it through to the caller's.

load ../lib/common
load container

setup() {
	common_setup
	require_root
	require_command python3
}

# on_terminal SIZE <<SCRIPT: `tare run` of the bundle on a terminal, driven by pty.py's script.
on_terminal() {
	run --separate-stderr python3 "$TARE_SOURCE/tests/lib/pty.py" "$1" \
		timeout --foreground --kill-after=5 "$TARE_TIMEOUT" \
		"$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	output=${output//$'\r'/}
}

terminal_bundle() {
	make_bundle '.process.terminal = true'
	inside "$1"
}

@test "the program has a terminal: tty, /dev/console, a session it leads" {
	terminal_bundle 'tty; test -t 0 && test -t 1 && test -t 2 && echo all three; ls -l /dev/console | cut -c1; ps -o pid,sid,tty 2>/dev/null | head -n 2; cat /proc/self/stat | cut -d" " -f6,8; exit 6'
	on_terminal 24x80 </dev/null
	assert_success
	assert_matches '/dev/(pts/0|console)'
	assert_line "all three"
	assert_line c
	assert_line "exit 6"
	assert_line "modes same"
}

@test "it is owned by the user, and belongs to the container's own devpts" {
	terminal_bundle 'stat -c "%u %a" $(tty); echo still here >$(tty); ls /dev/pts'
	edit_config '.process.user = {uid: 1000, gid: 1000}'
	on_terminal 24x80 </dev/null
	assert_line "1000 620"
	assert_line "still here"
	assert_line "exit 0"
}

@test "its size is the caller's" {
	terminal_bundle 'stty size'
	on_terminal 33x101 </dev/null
	assert_line "33 101"
}

@test "consoleSize is for a caller without a terminal, or with one" {
	terminal_bundle 'stty size'
	edit_config '.process.consoleSize = {height: 12, width: 34}'
	run_bundle
	assert_success
	assert_output "12 34"$'\r'
}

@test "a resized window: the program is told" {
	terminal_bundle 'trap "stty size" WINCH; stty size; echo ready; while :; do read line && [ "$line" = end ] && exit 3; done'
	on_terminal 24x80 <<-'END'
		expect ready
		resize 40x132
		expect 40 132
		send end\n
	END
	assert_line "24 80"
	assert_line "40 132"
	assert_line "exit 3"
	assert_line "modes same"
}

@test "what is typed arrives, and is echoed once" {
	terminal_bundle 'echo ready; read a; echo "[$a]"; stty -echo; echo off; read b; echo "[$b]"'
	on_terminal 24x80 <<-'END'
		expect ready
		send hello\n
		expect \[hello\]
		expect off
		send hidden\n
		expect \[hidden\]
	END
	assert_equal "$(grep -c '^hello$' <<<"$output")" 1
	assert_equal "$(grep -c '^hidden$' <<<"$output")" 0
	assert_line "exit 0"
	assert_line "modes same"
}

@test "^C is the program's, not tare's" {
	terminal_bundle 'trap "echo interrupted; exit 7" INT; echo ready; while :; do sleep 0.1; done'
	on_terminal 24x80 <<-'END'
		expect ready
		send \x03
		expect interrupted
	END
	assert_line "exit 7"
	assert_line "modes same"
}

@test "^D ends a shell, and ^Z and ^\\ are not tare's either" {
	# who reads knows nothing of ^\: some shells end a read that a signal interrupts
	terminal_bundle 'trap "echo quit" QUIT
		(trap "" QUIT; echo ready; while read l; do echo "got $l"; done); echo at the end'
	on_terminal 24x80 <<-'END'
		expect ready
		send \x1c
		send a\n
		expect got a
		send \x04
		expect quit
		expect at the end
	END
	assert_line "exit 0"
	assert_line "modes same"
}

@test "an interactive shell with job control" {
	terminal_bundle 'exec sh -i'
	edit_config '.process.env += ["PS1=ask: "]'
	on_terminal 24x80 <<-'END'
		expect ask: 
		send sh -c 'echo sta""rted; exec sleep 1000'\n
		expect started
		send \x1a
		expect Stopped
		expect ask: 
		send exit 4\n
		expect stopped jobs
		send exit 4\n
	END
	refute_contains "can't access tty"
	refute_contains "job control turned off"
	assert_line "exit 4"
}

@test "a large output arrives whole" {
	terminal_bundle 'i=0; while [ $i -lt 20000 ]; do echo "line $i of a long text"; i=$((i+1)); done'
	on_terminal 24x80 </dev/null
	assert_equal "$(grep -c '^line [0-9]* of a long text$' <<<"$output")" 20000
	assert_line "exit 0"
}

@test "killed by a signal: the status, and the terminal as it was" {
	terminal_bundle 'stty raw -echo; kill -9 $$'
	drop_namespace pid
	on_terminal 24x80 </dev/null
	assert_line "exit 137"
	assert_line "modes same"
}

@test "a start that fails leaves the terminal as it was" {
	make_bundle '.process.terminal = true'
	args no-such-program
	on_terminal 24x80 </dev/null
	assert_contains 'exec: "no-such-program": executable file not found in $PATH'
	assert_line "exit 1"
	assert_line "modes same"
}

@test "the window is closed: the program gets SIGHUP and nothing stays" {
	terminal_bundle 'trap "exit 5" HUP; echo ready; while :; do sleep 0.1; done'
	run --separate-stderr python3 "$TARE_SOURCE/tests/lib/pty.py" 24x80 \
		"$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" <<-'END'
		expect ready
		eof
	END
	assert_success
	assert_line "exit 5"
	assert_clean
}

@test "without a terminal of the caller's: through pipes" {
	terminal_bundle 'tty | cut -c1-5; read line; echo "got $line"; exit 8'
	run --separate-stderr bash -c 'echo typed | "$@"' bash "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	assert_status 8
	output=${output//$'\r'/}
	assert_line /dev/
	assert_line typed # the echo
	assert_line "got typed"
}

@test "in a user namespace" {
	terminal_bundle 'stat -c %u $(tty); echo ready; read line; exit 2'
	edit_config '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	set_namespace user
	on_terminal 24x80 <<-'END'
		expect ready
		send x\n
	END
	assert_line 0
	assert_line "exit 2"
}

@test "rootless" {
	require_test_user
	make_rootless_bundle '.process.terminal = true'
	inside 'test -t 1 && stty size; exit 2'
	mkdir -p "$STATE" && chown taretest "$STATE"
	run --separate-stderr python3 "$TARE_SOURCE/tests/lib/pty.py" 30x90 \
		setpriv --reuid taretest --regid taretest --clear-groups -- \
		"$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
	output=${output//$'\r'/}
	assert_line "30 90"
	assert_line "exit 2"
}

@test "without a devpts it is an error that says so" {
	make_bundle '.process.terminal = true | .mounts = [.mounts[] | select(.destination != "/dev/pts")]'
	run_bundle
	assert_status 1
	names_pointer /process/terminal
	assert_no_engine_phrase
}
