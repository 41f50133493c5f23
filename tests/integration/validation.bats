# What runtime-spec says of every operation, property and hook alike, tried for each of them: that a
# failed operation has no effect, that a config is read once, that what is not known is ignored, that
# the way in which a hook fails does not matter.

load ../lib/common
load container
load lifecycle

KINDS="prestart createRuntime createContainer startContainer poststart poststop"

setup() {
	common_setup
	require_root
	LOG=$WORK/log
	: >"$LOG"
}

teardown() { common_teardown; }

# give_log: $LOG is at the same path inside, for the hooks that run there.
give_log() {
	mkdir -p "$ROOTFS$WORK"
	chmod 666 "$LOG"
	add_mount "{\"destination\": \"$LOG\", \"type\": \"bind\", \"source\": \"$LOG\", \"options\": [\"bind\"]}"
}

# hooks_that_log: one of each kind, which writes its kind to $LOG.
hooks_that_log() {
	give_log
	edit_config --arg log "$LOG" --arg kinds "$KINDS" '.hooks = ($kinds | split(" ") | map({(.):
		[{path: "/bin/sh", args: ["sh", "-c", "echo \(.) >>\($log)"]}]}) | add)'
}

# ---- the config is read once

# changed_after_create COMMAND...: what the container is, does and leaves is what the config said when
# it was made, whatever COMMAND does to the bundle after that.
changed_after_create() {
	local before
	make_bundle '.annotations = {a: "first"} | .hostname = "first" | .root.readonly = false'
	edit_config --arg log "$LOG" '.hooks = {poststart: [{path: "/bin/sh", args: ["sh", "-c", "echo poststart >>\($log)"]}],
		poststop: [{path: "/bin/sh", args: ["sh", "-c", "echo poststop >>\($log)"]}]}'
	inside 'hostname >/said; exec sleep 1000'
	create_bundle
	assert_success
	before=$(tare state "$ID" </dev/null)
	"$@"
	assert_equal "$(tare state "$ID" </dev/null)" "$before"
	succeed start "$ID"
	assert_equal "$(<"$LOG")" poststart
	assert_equal "$(tare state "$ID" </dev/null | jq -r .annotations.a)" first
	until_true test -s "/proc/$PID/root/said"
	assert_equal "$(<"/proc/$PID/root/said")" first
	do_tare exec "$ID" hostname
	assert_success
	assert_output first
	succeed kill "$ID" KILL
	until_true has_status stopped
	succeed delete "$ID"
	assert_equal "$(<"$LOG")" $'poststart\npoststop'
}

altered() {
	edit_config '.annotations.a = "second" | .hostname = "second" | .process.args = ["false"]
		| .hooks |= map_values([{path: "/bin/false"}])'
}
spoilt() { write_config '{"ociVersion": '; }
removed() { rm "$BUNDLE/config.json"; }
moved() { mv "$BUNDLE" "$BUNDLE.moved"; }

@test "validation: a config that is altered after create" { changed_after_create altered; }
@test "validation: a config that is no JSON any more after create" { changed_after_create spoilt; }
@test "validation: a config that is removed after create" { changed_after_create removed; }
@test "validation: a bundle that is moved away after create" { changed_after_create moved; }

# ---- what hooks read

# state_of_hook FILE STATUS PID: the whole state of a container, and nothing after it.
state_of_hook() {
	jq -e --arg id "$ID" --arg status "$2" --argjson pid "$3" --arg bundle "$BUNDLE" '
		.ociVersion == "1.1.0" and .id == $id and .status == $status and .pid == $pid
		and .bundle == $bundle and .annotations == {"a.b/c": "d \"e\"\n", none: ""}' "$1" >"$WORK/jq" ||
		fail "$1 is not the state of a container that is $2 as $3:" "$(<"$1")"
	assert_equal "$(jq -s length "$1")" 1
}

@test "validation: each hook reads the whole state, to its end" {
	local kind
	make_bundle '.annotations = {"a.b/c": "d \"e\"\n", none: ""} | .ociVersion = "1.1.0"'
	mkdir -p "$WORK/states" "$ROOTFS$WORK/states"
	add_mount "{\"destination\": \"$WORK/states\", \"type\": \"bind\", \"source\": \"$WORK/states\", \"options\": [\"bind\"]}"
	edit_config --arg to "$WORK/states" --arg kinds "$KINDS" '.hooks = ($kinds | split(" ") | map(. as $k | {(.):
		[range(2) | {path: "/bin/sh", args: ["sh", "-c", "cat >\($to)/\($k).\(.)"]}]}) | add)'
	args sleep 1000
	create_bundle
	assert_success
	succeed start "$ID"
	succeed kill "$ID" KILL
	until_true has_status stopped
	succeed delete "$ID"
	assert_equal "$(find "$WORK/states" -type f | wc -l)" 12
	for kind in 0 1; do
		state_of_hook "$WORK/states/prestart.$kind" creating "$PID"
		state_of_hook "$WORK/states/createRuntime.$kind" creating "$PID"
		state_of_hook "$WORK/states/createContainer.$kind" creating "$PID"
		state_of_hook "$WORK/states/startContainer.$kind" created "$PID"
		state_of_hook "$WORK/states/poststart.$kind" running "$PID"
		state_of_hook "$WORK/states/poststop.$kind" stopped 0
	done
}

@test "validation: a state larger than a pipe, for hooks that read it, a part of it, or nothing" {
	local kind
	make_bundle '.annotations = {large: ("0123456789abcdef" * 16384)}'
	give_log
	edit_config --arg log "$LOG" --arg kinds "$KINDS" '.hooks = ($kinds | split(" ") | map(. as $k | {(.): (
		["true", "exec <&-", "head -c 3 >/dev/null", "echo \($k) $(wc -c) >>\($log)"]
		| map({path: "/bin/sh", args: ["sh", "-c", .], env: ["PATH=/bin:/usr/bin"]}))}) | add)'
	run_bundle
	assert_success
	assert_stderr ""
	for kind in $KINDS; do
		[ "$(sed -n "s/^$kind //p" "$LOG")" -gt 262144 ] || fail "$kind" "$(<"$LOG")"
	done
}

# ---- how hooks fail

# The ways in which a hook can fail: NAME | what the error says | the hook
ways_to_fail() {
	cat <<-'END'
		status   | status 7         | {path: "/bin/sh", args: ["sh", "-c", "exit 7"]}
		signal   | signal 9         | {path: "/bin/sh", args: ["sh", "-c", "kill -9 $$"]}
		missing  | ENOENT           | {path: "/etc/tare-test/hook"}
		mode     | EACCES           | {path: "/etc/passwd"}
		format   | ENOEXEC          | {path: "/bin/tare-test-text"}
		folder   | EACCES           | {path: "/etc"}
		timeout  | longer than 1 s  | {path: "/bin/sleep", args: ["sleep", "1000"], timeout: 1}
	END
}

# The file that is no program is at the same path inside and outside.
make_text() {
	echo 'just text' >"$ROOTFS/bin/tare-test-text"
	cp "$ROOTFS/bin/tare-test-text" "$WORK/text"
	chmod 755 "$ROOTFS/bin/tare-test-text" "$WORK/text"
}

# hook_that_fails KIND HOOK: a hook, written for jq, as the second of three of its kind.
hook_that_fails() {
	[ "$1" = startContainer ] || set -- "$1" "${2//\/bin\/tare-test-text/$WORK/text}"
	edit_config --argjson fails "$(jq -nc "$2")" --arg kind "$1" --arg log "$LOG" '
		.hooks[$kind] += [$fails, {path: "/bin/sh", args: ["sh", "-c", "echo after >>\($log)"]}]'
}

# names_hook KIND TEXT
names_hook() {
	names_pointer "/hooks/$1/1" && assert_stderr_contains "$2" && assert_no_engine_phrase
}

# logged KIND...: these hooks have run, in this order.
logged() {
	assert_equal "$(tr '\n' ' ' <"$LOG")" "$*${1:+ }"
	: >"$LOG"
}

# Before the container is created: create fails, the container is gone, its id is free.
failed_create() { # KIND TEXT RAN...
	create_bundle
	assert_status 1
	assert_output ""
	names_hook "$1" "$2"
	logged "${@:3}" poststop
	refuse "container does not exist" state "$ID"
	assert_clean
}

# In start: it fails, and the container has stopped. What delete does is left to do.
failed_start() { # KIND TEXT RAN...
	create_bundle
	assert_success
	assert_stderr ""
	logged prestart createRuntime createContainer
	do_tare start "$ID"
	assert_status 1
	names_hook "$1" "$2"
	logged "${@:3}"
	assert_container stopped
	until_true test ! -e "/proc/$PID"
	refuse "cannot start a container that has stopped" start "$ID"
	logged
	succeed delete "$ID"
	logged poststop
}

# In delete: a warning, and the container is gone.
failed_delete() { # KIND TEXT
	create_bundle
	assert_success
	succeed start "$ID"
	succeed kill "$ID" KILL
	until_true has_status stopped
	: >"$LOG"
	do_tare delete "$ID"
	assert_success
	assert_output ""
	names_hook "$1" "$2"
	logged poststop after
	assert_clean
}

# each_way FUNCTION KIND RAN...: the function is not called in a condition, which would go on after an
# assertion that fails.
each_way() {
	local name says hook
	make_bundle
	make_text
	args sleep 1000
	hooks_that_log
	cp "$BUNDLE/config.json" "$WORK/base.json"
	while IFS='|' read -r name says hook <&4; do
		echo "a $2 hook that fails: $name"
		cp "$WORK/base.json" "$BUNDLE/config.json"
		hook_that_fails "$2" "$hook"
		"$1" "$2" "$(xargs <<<"$says")" "${@:3}"
	done 4< <(ways_to_fail)
}

@test "validation: prestart hooks that fail, in each way" { each_way failed_create prestart prestart; }
@test "validation: createRuntime hooks that fail, in each way" {
	each_way failed_create createRuntime prestart createRuntime
}
@test "validation: createContainer hooks that fail, in each way" {
	each_way failed_create createContainer prestart createRuntime createContainer
}
@test "validation: startContainer hooks that fail, in each way" {
	each_way failed_start startContainer startContainer
}
@test "validation: poststart hooks that fail, in each way" {
	each_way failed_start poststart startContainer poststart
}
@test "validation: poststop hooks that fail, in each way" { each_way failed_delete poststop; }

# ---- operations that are refused have no effect

# without_effect TEXT ARG...: refused, and neither the state, the process nor the log of the hooks has
# changed.
without_effect() {
	local state processes
	state=$(tare state "$ID" </dev/null)
	processes=$(tare ps --format json "$ID" </dev/null)
	: >"$LOG"
	refuse "$@"
	assert_equal "$(tare state "$ID" </dev/null)" "$state"
	assert_equal "$(tare ps --format json "$ID" </dev/null)" "$processes"
	logged
}

refused_operations() {
	local text verb
	make_bundle
	hooks_that_log
	args sleep 1000
	create_bundle
	assert_success
	for verb in create run; do
		without_effect "container with given ID already exists" "$verb" --bundle "$BUNDLE" "$ID"
	done
	without_effect "FOO" kill "$ID" FOO
	succeed start "$ID"
	for verb in create run; do
		without_effect "container with given ID already exists" "$verb" --bundle "$BUNDLE" "$ID"
	done
	without_effect "already running" start "$ID"
	without_effect "not stopped: running" delete "$ID"
	without_effect "65" kill "$ID" 65
	succeed pause "$ID"
	without_effect "cannot start" start "$ID"
	without_effect "not stopped: paused" delete "$ID"
	succeed resume "$ID"
	succeed kill "$ID" KILL
	until_true has_status stopped
	for text in create run; do
		without_effect "container with given ID already exists" "$text" --bundle "$BUNDLE" "$ID"
	done
	without_effect "has stopped" start "$ID"
	without_effect "container not running" kill "$ID" KILL
	without_effect "unknown signal" kill "$ID" 0
	: >"$LOG"
	succeed delete "$ID"
	logged poststop
}

@test "validation: an operation that is refused has no effect" { refused_operations; }
@test "validation: an operation that is refused has no effect (v2)" { on_v2 refused_operations; }

# ---- kill

@test "validation: each signal that a program can have arrives, by its number" {
	local signal
	make_bundle
	inside 'i=1; while [ $i -le 64 ]; do
			case $i in 9|17|19|32|33) ;; *) trap "echo got $i" $i ;; esac
			i=$((i + 1))
		done
		echo ready
		while :; do sleep 0.02; done'
	run_detached
	until_true grep -qx ready "$WORK/container"
	for signal in {1..64}; do
		case $signal in 9 | 17 | 19 | 32 | 33) continue ;; esac
		succeed kill "$ID" "$signal"
		until_true grep -qx "got $signal" "$WORK/container"
	done
	assert_equal "$(grep -c got "$WORK/container")" 59
	succeed kill "$ID" KILL
	until_true has_status stopped
	succeed delete "$ID"
}
