# What the callers of a runtime rely on, as 30 rules, tried with the command lines of go-runc (containerd, docker, buildkit), conmon (podman, CRI-O), conmon-rs and buildah.
# The number of the rule stands in front; 10, 11, 12 and 17 are in the conversations. Rule 3 with systemd is in
# tests/vm/systemd.bats, and rule 29's commands at work in tests/vm/checkpoint.bats.

load ../lib/common
load ../integration/container
load ../integration/lifecycle

setup() {
	common_setup
	require_root
}

sleeping_bundle() {
	make_bundle "$@"
	args sleep 1000
}

# combined ARG...: tare as go-runc's CombinedOutput sees it; sets status and output (both streams).
combined() {
	status=0
	tare "$@" </dev/null >"$WORK/combined" 2>&1 3>&- || status=$?
	output=$(<"$WORK/combined")
	stderr=
}

# shim ARG...: as the shim of containerd calls it.
shim() { combined --log "$BUNDLE/log.json" --log-format json "$@"; }

# The shim's look at the log: a stream of objects; the last error is the reason.
last_error() { jq -rs 'map(select(.level == "error")) | last | .msg' "$BUNDLE/log.json"; }

# podman's look: the file as a whole is one object with these members, and nothing else is in it.
assert_one_error() {
	assert_equal "$(jq -s 'length' "$1")" 1
	assert_equal "$(wc -l <"$1")" 1
	jq -e '.level == "error" and (.msg | type == "string" and length > 0)' "$1"
	jq -e '.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$")' "$1"
}

# digits_only FILE: what Go's Atoi takes, raw.
digits_only() { [ -s "$1" ] && [ -z "$(tr -d 0-9 <"$1" | od -An -c)" ]; }

# ---- whole conversations

@test "the containerd shim: create, start, exec, ps, pause, resume, kill, delete" {
	sleeping_bundle
	shim create --bundle "$BUNDLE" --pid-file "$BUNDLE/init.pid" "$ID"
	assert_success
	assert_output ""
	digits_only "$BUNDLE/init.pid"
	PID=$(<"$BUNDLE/init.pid")
	# The shim opens its cgroup now, for statistics.
	[ "$(cut -d: -f3 "/proc/$PID/cgroup" | grep -c "/tare-$ID\$")" -gt 0 ]
	shim start "$ID"
	assert_success
	assert_output ""
	jq '.process | .args = ["sleep", "999"] | .terminal = false' "$BUNDLE/config.json" >"$BUNDLE/process.json"
	shim exec --process "$BUNDLE/process.json" --detach --pid-file "$BUNDLE/one.pid" "$ID"
	assert_success
	assert_output ""
	digits_only "$BUNDLE/one.pid"
	shim ps --format json "$ID"
	assert_success
	assert_equal "$(jq -c sort <<<"$output")" \
		"$(printf '%s\n' "$PID" "$(<"$BUNDLE/one.pid")" | jq -cs sort)"
	shim pause "$ID"
	assert_output ""
	shim resume "$ID"
	assert_output ""
	shim kill "$ID" 9
	assert_success
	assert_output ""
	until_true has_status stopped
	shim kill --all "$ID" 9
	assert_success
	shim delete "$ID"
	assert_success
	assert_output ""
	shim delete "$ID"
	assert_status 1
	assert_contains "does not exist"
	shim delete --force "$ID"
	assert_success
	assert_output ""
}

@test "go-runc: every option of create and of run, in its order" {
	sleeping_bundle
	combined --debug --log "$WORK/log" --log-format text create --bundle "$BUNDLE" \
		--pid-file "$WORK/pid" --no-pivot --no-new-keyring --preserve-fds 0 "$ID"
	assert_success
	assert_output ""
	combined delete --force "$ID"
	args sh -c 'exit 5'
	combined run --bundle "$BUNDLE" --pid-file "$WORK/pid" --no-new-keyring -no-subreaper "$ID"
	assert_status 5
	assert_output ""
}

@test "conmon: create, exec with its order of options, and the logs it is given by podman" {
	local log=$WORK/oci-log
	sleeping_bundle
	combined --log-format=json --log "$log" create --bundle "$BUNDLE" --pid-file "$WORK/pid" \
		--no-new-keyring --preserve-fds 0 "$ID"
	assert_success
	combined start "$ID"
	assert_success
	jq '.process | .args = ["sh", "-c", "exit 3"] | .terminal = false' "$BUNDLE/config.json" >"$WORK/process"
	combined --log-format=json --log "$log" exec --pid-file "$WORK/exec" --process "$WORK/process" \
		--detach "$ID"
	assert_success
	digits_only "$WORK/exec"
	[ ! -s "$log" ] # a success leaves nothing in it
	combined kill "$ID" 15
	combined kill --all "$ID" 9
	until_true has_status stopped
	combined delete --force "$ID"
	assert_success
	assert_output ""
}

@test "conmon-rs: global options twice, a terminal, the program as arguments" {
	sleeping_bundle
	combined --root="$STATE" --root="$STATE" create --bundle "$BUNDLE" --pid-file "$WORK/pid" "$ID"
	assert_success
	combined start "$ID"
	receive "$WORK/console"
	combined --root="$STATE" exec -d --console-socket="$WORK/console" --tty --pid-file="$WORK/exec" \
		"$ID" echo "from exec"
	assert_success
	digits_only "$WORK/exec"
	finish_receive
	assert_line "from exec"
	combined delete --force "$ID"
}

@test "CRI-O: kill by name and with -a, and the pid file that is there already" {
	sleeping_bundle
	touch "$WORK/pid"
	combined create --bundle "$BUNDLE" --pid-file "$WORK/pid" "$ID"
	assert_success
	digits_only "$WORK/pid"
	combined start "$ID"
	jq '.process | .args = ["sh", "-c", "echo out; exit 7"] | .terminal = false' "$BUNDLE/config.json" >"$WORK/process"
	combined exec --process "$WORK/process" "$ID"
	assert_status 7
	assert_output out
	combined kill "$ID" KILL
	assert_success
	until_true has_status stopped
	combined kill "$ID" 15
	assert_status 1
	assert_contains "container not running"
	combined kill -a "$ID" 9
	assert_success
	combined delete --force "$ID"
	assert_output ""
}

@test "buildkit: run --keep with a log, state until it runs, kill 9, delete" {
	local log=$WORK/runc-log.json
	sleeping_bundle
	tare --log "$log" --log-format json run --bundle "$BUNDLE" --keep "$ID" </dev/null >"$WORK/out" 2>&1 3>&- &
	until_true eval '[ "$(tare state "$ID" </dev/null 2>/dev/null | jq -r .status)" = running ]'
	combined kill "$ID" 9
	assert_success
	status=0
	wait $! || status=$?
	[ "$status" -eq 137 ] || fail "run ended with $status:" "$(cat "$WORK/out" "$log")"
	assert_container stopped
	assert_equal "$(cat "$WORK/out" "$log" 2>/dev/null)" ""
	combined delete "$ID"
	assert_success
	assert_output ""
}

@test "buildah: create, start, state, kill without a signal, delete without force" {
	make_bundle
	inside 'trap "exit 0" TERM; echo ready; while :; do sleep 0.05; done'
	create_bundle --no-new-keyring
	assert_success
	tare start "$ID" </dev/null
	until_true grep -qx ready "$WORK/out"
	combined state "$ID"
	assert_equal "$(jq -r .status <<<"$output")" running
	combined kill "$ID"
	assert_success
	until_true has_status stopped
	combined delete "$ID"
	assert_success
}

# ---- the rules

@test "rule 1: behind the id of exec and ps nothing is an option of ours" {
	start_container
	combined exec "$ID" echo --root /none --help -t
	assert_output "--root /none --help -t"
	combined ps --format table "$ID" -o pid,args
	assert_success
	assert_matches '^ *PID COMMAND'
	combined delete --force "$ID"
}

@test "rule 1: long options with one dash" {
	sleeping_bundle
	combined -root "$STATE" create -bundle "$BUNDLE" -pid-file="$WORK/pid" "$ID"
	assert_success
	combined delete -force "$ID"
	assert_success
}

@test "rules 4, 5: a failure is one object in the log, and one text of less than 4 KiB on stderr" {
	make_bundle
	args no-such-program
	do_tare --log "$WORK/log" --log-format json create --bundle "$BUNDLE" "$ID"
	assert_status 1
	assert_output ""
	assert_one_error "$WORK/log"
	assert_equal "$(jq -r .msg "$WORK/log")" "$(head -n 1 "$WORK/err" | sed 's/^tare: //')"
	assert_equal "$(grep -c 'executable file not found' "$WORK/err")" 1
	[ "$(stat -c %s "$WORK/err")" -lt 4096 ]
}

@test "rules 4, 5: so it is with a hundred mistakes, long texts and strange characters" {
	make_bundle '.process.env = [range(100) | "bad \(.) \u0001\"\\" + "x" * 200]
		| .mounts += [range(100) | {destination: "relative/\(.)", type: "tmpfs"}]'
	do_tare --log "$WORK/log" --log-format json create --bundle "$BUNDLE" "$ID"
	assert_status 1
	assert_one_error "$WORK/log"
	[ -s "$WORK/err" ]
	[ "$(stat -c %s "$WORK/err")" -le 4096 ]
	[ "$(stat -c %s "$WORK/log")" -le 4096 ]
}

@test "rule 5: every failing command leaves exactly one object, and success leaves none" {
	local command
	sleeping_bundle '.process.capabilities.bounding += ["CAP_TO_FLY"]' # a warning
	for command in "create --bundle $BUNDLE a/b" "run --bundle /none $ID" "start none" "state none" \
		"kill none 9" "delete none" "pause none" "resume none" "ps none" "exec none true" \
		"exec --user x none true" "frobnicate" "create --frobnicate x"; do
		rm -f "$WORK/log"
		# shellcheck disable=SC2086 # words
		do_tare --log "$WORK/log" --log-format json $command
		[ "$status" -ne 0 ] || fail "succeeded: $command"
		assert_one_error "$WORK/log" || fail "after: $command"
		[ -s "$WORK/err" ]
	done
	rm -f "$WORK/log"
	for command in "create --bundle $BUNDLE $ID" "start $ID" "state $ID" "list" "ps $ID" \
		"delete --force $ID"; do
		# shellcheck disable=SC2086 # words
		do_tare --log "$WORK/log" --log-format json $command
		assert_success
		[ ! -s "$WORK/log" ] || ! grep -q '"error"' "$WORK/log"
	done
}

@test "rule 6: what engines parse is alone on both streams" {
	local command
	start_container
	combined state "$ID"
	assert_json '.status == "running"'
	combined ps --format json "$ID"
	assert_json 'length == 1'
	combined list --format=json
	assert_json 'length == 1'
	combined features
	assert_json '.ociVersionMin'
	for command in "state $ID" "ps --format json $ID" "list --format=json" features --version; do
		# shellcheck disable=SC2086 # words
		do_tare $command
		assert_success
		assert_stderr ""
	done
	combined delete --force "$ID"
}

@test "rule 7: the words that engines search for" {
	combined state none
	assert_contains "container does not exist"
	start_container
	combined create --bundle "$BUNDLE" "$ID"
	assert_contains "container with given ID already exists"
	combined delete "$ID"
	assert_contains "cannot delete container $ID that is not stopped: running"
	combined resume "$ID"
	assert_contains "container not paused"
	combined pause "$ID"
	combined exec "$ID" true
	assert_contains "cannot exec in a paused container (use --ignore-paused to override)"
	combined kill "$ID" KILL
	until_true has_status stopped
	combined kill "$ID" TERM
	assert_contains "container not running"
	combined exec "$ID" true
	assert_contains "cannot exec in a stopped container"
	combined delete "$ID"
	combined create --bundle "$BUNDLE" ../x
	assert_contains "invalid container ID format"
}

@test "rule 8: the words that mean 126 and 127 are said of a program alone" {
	sleeping_bundle
	add_mount '{"destination": "/mnt", "type": "bind", "source": "/no/such/dir", "options": ["bind"]}'
	refuse /no/such/dir create --bundle "$BUNDLE" "$ID"
	make_bundle '.root.path = "no-such-root"'
	refuse no-such-root create --bundle "$BUNDLE" "$ID"
	sleeping_bundle
	refuse /no/such/file create --bundle "$BUNDLE" --pid-file /no/such/file "$ID"
	refuse /no/such create --bundle /no/such "$ID"
	edit_config '.linux.namespaces += [{type: "cgroup", path: "/no/such/namespace"}]
		| .linux.namespaces |= (group_by(.type) | map(last))'
	refuse /no/such/namespace create --bundle "$BUNDLE" "$ID"
}

# docker adds a hint of its own to it.
@test "rule 7: a file bound on a directory is not a directory" {
	sleeping_bundle
	add_mount "$(jq -n --arg source "$BUNDLE/config.json" \
		'{destination: "/mnt", type: "bind", source: $source, options: ["bind"]}')"
	refuse "not a directory" create --bundle "$BUNDLE" "$ID"
}

@test "rule 9: what cannot be found or executed fails in create" {
	local program
	make_bundle
	for program in no-such /no/such /etc/passwd /etc; do
		args $program
		shim create --bundle "$BUNDLE" --pid-file "$BUNDLE/init.pid" "$ID"
		assert_status 1
		[ ! -e "$BUNDLE/init.pid" ]
		assert_clean
	done
	assert_equal "$(jq -r '.msg' "$BUNDLE/log.json" | grep -c 'exec: "')" 4
}

@test "rule 13: after create, the program alone holds the streams" {
	local holders
	sleeping_bundle
	mkfifo "$WORK/pipe"
	exec 7<>"$WORK/pipe"
	tare create --pid-file "$WORK/pid" --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/pipe" 2>&1 3>&- 7>&-
	exec 7>&-
	holders=$(find /proc/[0-9]*/fd -lname "$WORK/pipe" 2>/dev/null | cut -d/ -f3 | sort -u)
	assert_equal "$holders" "$(<"$WORK/pid")"
	combined delete --force "$ID"
}

@test "rule 14: a caller that dies with tare's children in its tree takes no container along" {
	sleeping_bundle
	cat >"$WORK/caller.py" <<-'END'
		import ctypes, signal, subprocess, sys
		libc = ctypes.CDLL(None)
		libc.prctl(36, 1, 0, 0, 0)
		def dies_with_us():
		    libc.prctl(1, signal.SIGKILL, 0, 0, 0)
		tare, root, bundle, name = sys.argv[1:]
		for words in (["create", "--bundle", bundle, name], ["start", name], ["exec", "--detach", name, "sleep", "999"]):
		    subprocess.run([tare, "--root", root, *words], preexec_fn=dies_with_us, check=True)
	END
	python3 "$WORK/caller.py" "$TARE" "$STATE" "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>&1 3>&-
	assert_container running
	combined ps --format json "$ID"
	assert_json 'length == 2'
	combined delete --force "$ID"
}

@test "rule 15: descriptors of the caller are not in the container" {
	local fd
	sleeping_bundle
	tare create --pid-file "$WORK/pid" --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>&1 3>&- \
		9<"$BUNDLE/config.json" 77</
	tare start "$ID" </dev/null
	PID=$(<"$WORK/pid")
	until_true eval '[ "$(tr "\0" " " <"/proc/$PID/cmdline")" = "sleep 1000 " ]'
	for fd in /proc/"$PID"/fd/*; do
		[ "${fd##*/}" -le 2 ] || fail "$fd is $(readlink "$fd")"
	done
	combined delete --force "$ID"
}

# The default root is in /run: a tmpfs of our own lies there.
@test "rule 16: an environment of XDG_RUNTIME_DIR= and nothing else, and the default root" {
	sleeping_bundle
	run --separate-stderr unshare --mount sh -ec '
		mount -t tmpfs tmpfs /run
		call() { env -i XDG_RUNTIME_DIR= "$0" "$@" </dev/null >"$out" 2>&1 3>&-; }
		out=$3/out
		call create --bundle "$1" "$2"
		call start "$2"
		call state "$2"
		jq -r .status "$out"
		stat -c %a /run/tare
		call exec "$2" true
		call kill "$2" 9
		call delete --force "$2"
		ls /run/tare
	' "$TARE" "$BUNDLE" "$ID" "$WORK" </dev/null
	assert_success
	assert_output $'running\n700'
}

@test "rule 18: delete of a created container kills and deletes" {
	sleeping_bundle
	create_bundle
	combined delete "$ID"
	assert_success
	assert_output ""
}

@test "rule 2: every global option, before the command and behind it, also twice" {
	start_container
	local options=(--root "$STATE" --log "$WORK/log" --log-format json --log-level=warning --debug
		--systemd-cgroup=false --cgroup-manager=cgroupfs --rootless=auto --criu /usr/sbin/criu)
	run --separate-stderr timeout 20 "$TARE" "${options[@]}" "${options[@]}" state "$ID" </dev/null
	assert_success && assert_stderr ""
	run --separate-stderr timeout 20 "$TARE" state "${options[@]}" "$ID" </dev/null
	assert_success && assert_stderr ""
	[ "$(jq -r .status <<<"$output")" = running ] || fail "$output"
	combined delete --force "$ID"
	assert_success
}

@test "rule 3: the cgroup manager is given to create alone" {
	sleeping_bundle
	combined --cgroup-manager disabled create --bundle "$BUNDLE" --pid-file "$WORK/pid" "$ID"
	assert_success
	PID=$(<"$WORK/pid")
	diff <(sort /proc/self/cgroup) <(sort "/proc/$PID/cgroup") || fail "it has a cgroup of its own"
	combined start "$ID"
	assert_success
	combined exec "$ID" true
	assert_success
	combined kill "$ID" 9
	until_true has_status stopped
	combined delete --force "$ID"
	assert_success && assert_output ""
}

@test "rule 19: delete --force of what does not exist" {
	combined delete --force never-was
	assert_success && assert_output ""
	combined delete never-was
	assert_status 1 && assert_contains "container does not exist"
}

@test "rule 21: kill of what has exited, and of what does not exist" {
	start_container
	kill -9 "$PID"
	until_true has_status stopped
	combined kill "$ID" 15
	assert_status 1 && assert_contains "container not running"
	combined kill never-was 15
	assert_status 1 && assert_contains "container does not exist"
	combined delete "$ID"
	assert_success
}

@test "rules 22, 23: SIGKILL ends what is paused; resume of what has ended does not hang" {
	start_container
	combined pause "$ID"
	assert_success
	combined kill "$ID" 9
	assert_success
	until_true has_status stopped
	combined resume "$ID"
	assert_status 1 && assert_contains "container not paused"
	combined delete "$ID"
	assert_success
	start_container
	combined pause "$ID"
	combined delete --force "$ID"
	assert_success && assert_output ""
}

@test "rule 24: update from a file and from standard input, and nothing else changes" {
	require_cgroup v1 hybrid
	start_container
	local devices form
	devices=$(cat "$(cgroup_dir devices)/tare-$ID/devices.list")
	echo '{"memory": {"limit": 67108864}, "devices": null, "x-unknown": {}}' >"$WORK/resources.json"
	combined update --resources="$WORK/resources.json" "$ID"
	assert_success && assert_output ""
	for form in --resources=- "--resources -" "-r -"; do
		# shellcheck disable=SC2086 # two words
		echo '{"pids": {"limit": 33}}' | timeout 20 "$TARE" --root "$STATE" update $form "$ID" || fail "$form"
	done
	[ "$(cat "$(cgroup_dir memory)/tare-$ID/memory.limit_in_bytes")" = 67108864 ]
	[ "$(cat "$(cgroup_dir pids)/tare-$ID/pids.max")" = 33 ]
	[ "$(cat "$(cgroup_dir devices)/tare-$ID/devices.list")" = "$devices" ] || fail "the devices changed"
	combined delete --force "$ID"
	assert_success
}

@test "rule 20: kill --all after the first process has gone ends the rest" {
	make_bundle
	drop_namespace pid
	inside '(setsid sleep 1000 &); exec sleep 1000'
	run_detached
	until_true eval '[ "$(tare ps --format json "$ID" </dev/null | jq length)" -eq 2 ]'
	kill -KILL "$PID"
	until_true has_status stopped
	shim kill --all "$ID" 9
	assert_success
	until_true eval '[ "$(tare ps --format json "$ID" </dev/null | jq length)" -eq 0 ]'
	shim delete "$ID"
	assert_success
}

@test "rule 25: state as Go reads it" {
	sleeping_bundle '.annotations = {"io.example": "x"}'
	create_bundle
	combined state "$ID"
	assert_json '(.id | type) == "string" and (.pid | type) == "number" and .pid > 0'
	assert_json '.status == "created" and .annotations == {"io.example": "x"} and .owner == "root"'
	assert_json '(.created | sub("\\.[0-9]+Z$"; "Z") | fromdateiso8601) > 1700000000'
	assert_json '(.bundle | startswith("/")) and (.rootfs | startswith("/"))'
	combined delete "$ID"
}

@test "rule 26: exec --process in the foreground: its exit code; 255 for a failure of ours" {
	start_container
	jq '.process | .args = ["sh", "-c", "cat; exit 12"] | .terminal = false' "$BUNDLE/config.json" >"$WORK/process"
	run --separate-stderr tare exec --process "$WORK/process" "$ID" <<<"through a pipe"
	assert_status 12
	assert_output "through a pipe"
	jq '.process | .args = ["no-such-program"] | .terminal = false' "$BUNDLE/config.json" >"$WORK/process"
	shim exec --process "$WORK/process" --pid-file "$WORK/exec" "$ID"
	assert_status 255
	assert_equal "$(last_error | grep -c 'exec: "no-such-program": executable file not found in $PATH')" 1
	[ ! -e "$WORK/exec" ]
	combined delete --force "$ID"
}

@test "rule 27: features tells what engines ask for" {
	combined features
	assert_json '.ociVersionMin == "1.0.0" and .ociVersionMax == "1.3.0"'
	assert_json '.linux.namespaces | index("user") != null and index("time") != null'
	assert_json '.mountOptions | index("rro") != null and index("rbind") != null'
	assert_json '.linux.mountExtensions.idmap | has("enabled")'
	assert_json '.linux.seccomp.enabled and (.linux.cgroup | has("v1") and has("v2") and has("systemd"))'
	assert_json '.linux | has("apparmor") and has("selinux")'
	assert_json '.annotations | type == "object"'
}

@test "rule 28: the version as docker reads it" {
	combined --version
	assert_success
	assert_matches '^[a-z]+ version [0-9]+\.[0-9]+\.[0-9]+'
	assert_matches $'\ncommit: [^\n]+\nspec: 1\\.[0-9]+\\.[0-9]+'
	assert_equal "$(grep -c version <<<"$output")" 1
}

@test "rule 30: a newer 1.x and properties that nobody knows" {
	make_bundle '.ociVersion = "1.99.0" | .future = {a: 1} | .linux.future = true | .process.future = []'
	args echo ran
	combined run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_output ran
}

@test "rule 29: what podman and containerd ask before they save or restore" {
	combined checkpoint --help
	assert_success
	combined restore --lsm-mount-context
	assert_status 1
	assert_contains "flag needs an argument"
	# containerd's line, where there is no CRIU: told as all failures are, and nothing is lost
	start_container
	status=0
	(export PATH=/nowhere && exec /usr/bin/timeout 20 "$TARE" --root "$STATE" --log "$WORK/log" --log-format json \
		checkpoint --image-path "$WORK/images" --work-path "$WORK/criu" --tcp-established --ext-unix-sk \
		--shell-job --file-locks --manage-cgroups-mode soft --empty-ns network --leave-running "$ID") \
		>"$WORK/combined" 2>&1 </dev/null || status=$?
	assert_status 1
	grep -q "checkpoint failed: criu is not installed" "$WORK/combined" || fail "$(<"$WORK/combined")"
	assert_equal "$(jq -r '.level + " " + .msg' "$WORK/log" | cut -c1-46)" "error checkpoint failed: criu is not installed"
	has_status running
	combined delete --force "$ID"
	assert_success
}
