# The six kinds of hooks of the runtime-spec: when they run, where, what they are given, and what their
# failure means. Files for their output are in annotations.bats.

load ../lib/common
load container
load lifecycle

setup() {
	common_setup
	require_root
	make_bundle
	LOG=$WORK/log
	: >"$LOG"
	chmod 666 "$LOG"
	mkdir -p "$ROOTFS/mnt"
}

# The log is a file of the host for hooks of the host's namespaces, and mounted for those inside.
give_log() { add_mount "{\"destination\": \"/mnt/log\", \"type\": \"bind\", \"source\": \"$LOG\", \"options\": [\"bind\"]}"; }

# hooks FILTER: the hooks of the config. hook(NAME; SCRIPT; LOG) is one that runs a script with sh, with
# the word NAME as $1 and the log as $LOG.
hooks() {
	edit_config --arg log "$LOG" "
		def hook(\$n; \$s; \$l): {path: \"/bin/sh\", args: [\"sh\", \"-c\", \$s, \"sh\", \$n], env: [\"LOG=\" + \$l, \"PATH=/bin:/usr/bin\"]};
		def outside(\$n; \$s): hook(\$n; \$s; \$log);
		def inside(\$n; \$s): hook(\$n; \$s; \"/mnt/log\");
		.hooks = ({} | $1)"
}

# Which kind, the state that it read, whether the uts and mount namespaces are the host's, and whether the
# program has run.
say() {
	printf '%s' 'read -r state; s=${state#*\"status\":}; s=${s#*\"}; s=${s%%\"*}
		case $state in *"\"id\":"*"'"$ID"'"*) ;; *) s=no-id ;; esac
		uts=$(readlink /proc/self/ns/uts); [ "$uts" = "'"$(readlink /proc/self/ns/uts)"'" ] && uts=host || uts=container
		echo "$1 $s $uts" >>"$LOG"'
}

@test "hooks: the order of kinds and lists, the namespaces they run in, the state they read" {
	give_log
	SAY=$(say)
	export SAY
	hooks "(\$ENV.SAY) as \$say
		| .poststop = [outside(\"poststop-1\"; \$say), outside(\"poststop-2\"; \$say)]
		| .poststart = [outside(\"poststart-1\"; \$say), outside(\"poststart-2\"; \$say)]
		| .startContainer = [inside(\"startContainer-1\"; \$say), inside(\"startContainer-2\"; \$say)]
		| .createContainer = [outside(\"createContainer-1\"; \$say), outside(\"createContainer-2\"; \$say)]
		| .createRuntime = [outside(\"createRuntime-1\"; \$say), outside(\"createRuntime-2\"; \$say)]
		| .prestart = [outside(\"prestart-1\"; \$say), outside(\"prestart-2\"; \$say)]"
	inside 'echo program - container >>/mnt/log'
	create_bundle
	assert_success
	assert_equal "$(<"$LOG")" "prestart-1 creating host
prestart-2 creating host
createRuntime-1 creating host
createRuntime-2 creating host
createContainer-1 creating container
createContainer-2 creating container"
	: >"$LOG"
	do_tare start "$ID"
	assert_success
	until_true has_status stopped
	# the program and poststart are not ordered beyond that it was executed
	assert_equal "$(grep -v program "$LOG")" "startContainer-1 created container
startContainer-2 created container
poststart-1 running host
poststart-2 running host"
	assert_equal "$(grep -n program "$LOG" | cut -d : -f 2)" "program - container"
	[ "$(grep -n program "$LOG" | cut -d : -f 1)" -gt 2 ] || fail "$(<"$LOG")"
	: >"$LOG"
	do_tare delete "$ID"
	assert_success
	assert_equal "$(<"$LOG")" "poststop-1 stopped host
poststop-2 stopped host"
}

@test "hooks: createContainer runs before pivot_root, startContainer after it" {
	give_log
	hooks '.createContainer = [outside("createContainer"; "[ -e \"$LOG\" ] && echo host-files >>\"$LOG\"")]
		| .startContainer = [inside("startContainer"; "ls / | grep -c mnt >>\"$LOG\"; [ ! -e '"$WORK"' ] && echo root >>\"$LOG\"")]'
	args true
	run_bundle
	assert_success
	assert_equal "$(<"$LOG")" $'host-files\n1\nroot'
}

@test "hooks: path, args and env are given as they are, and nothing of the caller's" {
	cat >"$WORK/hook" <<-'END'
		#!/bin/bash
		{ tr '\0' ' ' </proc/$$/cmdline; tr '\0' ' ' </proc/$$/environ; } >"${0%/*}/log"
	END
	chmod 755 "$WORK/hook"
	edit_config --arg hook "$WORK/hook" '.hooks.createRuntime = [{path: $hook, args: ["called", "a b", ""], env: ["A=1", "B=two words"]}]'
	args true
	CALLERS=own run_bundle
	assert_success
	[[ $(<"$LOG") == *"$WORK/hook a b  A=1 B=two words "* && $(<"$LOG") != *CALLERS* ]] || fail "$(<"$LOG")"
}

# fails KIND STATUS CODE...: a hook of KIND that fails with 3; then a good one of the same kind.
@test "hooks: a failure stops the container, whatever the kind, but for poststop" {
	local kind
	give_log
	for kind in prestart createRuntime createContainer startContainer poststart; do
		: >"$LOG"
		hooks ".$kind = [$([ $kind = startContainer ] && echo inside || echo outside)(\"x\"; \"echo why >&2; exit 3\"),
				$([ $kind = startContainer ] && echo inside || echo outside)(\"second\"; \"echo second >>\\\"\$LOG\\\"\")]
			| .poststop = [outside(\"p\"; \"echo poststop >>\\\"\$LOG\\\"\")]"
		args sleep 1000
		run_bundle
		assert_status 1
		assert_stderr_contains "/hooks/$kind/0"
		assert_stderr_contains 3
		assert_equal "$(<"$LOG")" poststop
		assert_clean
	done
	: >"$LOG"
	hooks '.poststop = [outside("x"; "exit 3"), outside("second"; "echo second >>\"$LOG\"")]'
	args true
	run_bundle
	assert_success
	assert_stderr_contains /hooks/poststop/0
	assert_equal "$(<"$LOG")" second
}

@test "hooks: a failure of start leaves the container stopped, and delete goes on" {
	hooks '.startContainer = [inside("good"; "true"), inside("x"; "exit 3")]'
	args sleep 1000
	create_bundle
	assert_success
	do_tare start "$ID"
	assert_status 1
	assert_stderr_contains /hooks/startContainer/1
	assert_container stopped
	succeed delete "$ID"
}

@test "hooks: one that takes longer than its timeout is ended, with all that it has started" {
	hooks '.createRuntime = [outside("x"; "sleep 1000 & sleep 1000") + {timeout: 1}]'
	args true
	run_bundle
	assert_status 1
	assert_stderr_contains /hooks/createRuntime/0
	assert_stderr_contains "1 s"
	nobody_sleeps() { ! pgrep -x -f 'sleep 1000' >/dev/null; }
	until_true nobody_sleeps # killed, which takes the moment that it takes
}

@test "hooks: a program that is missing, for each kind, is named" {
	local kind
	for kind in prestart createRuntime createContainer startContainer poststart; do
		edit_config ".hooks = {$kind: [{path: \"/no/such/hook\"}]}"
		args sleep 1000
		run_bundle
		assert_status 1
		assert_stderr_contains "/hooks/$kind/0"
		assert_stderr_contains /no/such/hook
		assert_clean
	done
}
