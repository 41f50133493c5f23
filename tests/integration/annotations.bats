# Annotations that change what tare does; all others are only passed on.

load ../lib/common
load container
load lifecycle

setup() {
	common_setup
	require_root
}

# hooks_of_all_kinds: each says which one it is, on both streams.
hooks_of_all_kinds() {
	edit_config '
		def hook($n): [{path: "/bin/sh", args: ["sh", "-c", "echo out \($n); echo err \($n) >&2"]}];
		.hooks = ({} | .prestart = hook("prestart") | .createRuntime = hook("createRuntime")
			| .createContainer = hook("createContainer") | .startContainer = hook("startContainer")
			| .poststart = hook("poststart") | .poststop = hook("poststop"))'
}

said() { printf "$1 %s\n" prestart createRuntime createContainer startContainer poststart poststop; }

@test "run.oci.hooks.stdout and stderr: files that get what hooks of all kinds say" {
	make_bundle '.annotations = {"run.oci.hooks.stdout": $out, "run.oci.hooks.stderr": "said.err"}' \
		--arg out "$WORK/said.out"
	hooks_of_all_kinds
	echo before >"$WORK/said.out"
	create_bundle
	assert_success
	succeed start "$ID"
	until_true test ! -e "/proc/$PID"
	succeed delete "$ID"
	assert_equal "$(<"$WORK/said.out")" "before
$(said out)"
	assert_equal "$(<"$BUNDLE/said.err")" "$(said err)"
	assert_equal "$(stat -c %a "$BUNDLE/said.err")" 600
}

@test "run.oci.hooks.stdout with run, and in a user namespace" {
	make_bundle '.annotations = {"run.oci.hooks.stdout": $out}
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings' --arg out "$WORK/said.out"
	set_namespace user
	chown -R 100000:100000 "$ROOTFS"
	hooks_of_all_kinds
	run_bundle
	assert_success
	assert_equal "$(<"$WORK/said.out")" "$(said out)"
}

@test "a hook that fails is named though its output went to a file" {
	make_bundle '.annotations = {"run.oci.hooks.stderr": $out}
		| .hooks.createContainer = [{path: "/bin/sh", args: ["sh", "-c", "echo why >&2; exit 3"]}]' \
		--arg out "$WORK/said.err"
	run_bundle
	assert_status 1
	assert_stderr_contains "/hooks/createContainer/0"
	assert_equal "$(<"$WORK/said.err")" why
}

@test "no descriptor of the hooks' files reaches the program" {
	make_bundle '.annotations = {"run.oci.hooks.stdout": $out, "run.oci.hooks.stderr": $out}' \
		--arg out "$WORK/said.out"
	hooks_of_all_kinds
	# shellcheck disable=SC2016 # expanded inside
	inside 'for fd in /proc/self/fd/*; do echo "${fd##*/}"; done'
	run_bundle
	assert_success
	assert_output $'0\n1\n2\n3' # 3 is that of the listing itself
}

@test "a file for the hooks that cannot be opened stops the container, and poststop runs all the same" {
	make_bundle '.annotations = {"run.oci.hooks.stdout": "/nowhere/said"}'
	hooks_of_all_kinds
	run_bundle
	assert_status 1
	assert_stderr_contains "cannot open /nowhere/said for the output of the hooks"
	assert_stderr_contains "/annotations/run.oci.hooks.stdout"
	assert_no_engine_phrase
	edit_config --arg file "$WORK/done" '.hooks = {poststop: [{path: "/bin/touch", args: ["touch", $file]}]}'
	run_bundle
	assert_success
	assert_stderr_contains "cannot open /nowhere/said for the output of the hooks"
	[ -e "$WORK/done" ]
}

@test "empty paths in annotations are refused" {
	local key
	for key in hooks.stdout hooks.stderr pidfd_receiver; do
		make_bundle '.annotations = {("run.oci." + $key): ""}' --arg key "$key"
		run_bundle
		assert_status 1
		assert_stderr_contains "/annotations/run.oci.$key"
		assert_stderr_contains "the path is empty"
	done
}

@test "run.oci.keep_original_groups keeps the caller's groups, of exec too" {
	make_bundle '.annotations = {"run.oci.keep_original_groups": "1"}
		| .process.user.additionalGids = [7]'
	inside 'grep ^Groups: /proc/self/status'
	run --separate-stderr setpriv --groups 11,12 \
		timeout --kill-after=5 "$TARE_TIMEOUT" "$TARE" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
	assert_success
	assert_matches '^Groups:	11 12 $'
	args sleep 1000
	run_detached
	run --separate-stderr setpriv --groups 13 "$TARE" --root "$STATE" exec "$ID" grep ^Groups: /proc/self/status </dev/null
	assert_success
	assert_matches '^Groups:	13 $'
	succeed delete --force "$ID"
}

@test "run.oci.pidfd_receiver gets a pidfd of the container's process, once" {
	make_bundle '.annotations = {"run.oci.pidfd_receiver": $path}' --arg path "$WORK/pidfd"
	args sleep 1000
	receive "$WORK/pidfd"
	create_bundle
	assert_success
	finish_receive
	assert_line "pidfd $PID"
	succeed start "$ID"
	rm -f "$WORK/pidfd"
	succeed exec "$ID" true
	succeed delete --force "$ID"
}

@test "run.oci.pidfd_receiver that nobody listens at" {
	make_bundle '.annotations = {"run.oci.pidfd_receiver": "/nowhere/socket"}'
	run_bundle
	assert_status 1
	assert_stderr_contains "cannot hand the pidfd to the socket /nowhere/socket"
	assert_stderr_contains "/annotations/run.oci.pidfd_receiver"
	assert_no_engine_phrase
}

@test "annotations that mean nothing to tare are only passed on" {
	make_bundle '.annotations = {"run.oci.handler": "krun", "org.example.x": "y"}'
	args sleep 1000
	create_bundle
	assert_success
	do_tare state "$ID"
	assert_success
	assert_equal "$(jq -c .annotations "$WORK/out")" '{"run.oci.handler":"krun","org.example.x":"y"}'
	succeed delete "$ID"
}
