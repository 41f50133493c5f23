# AppArmor profiles, in the guest, whose kernel enforces them.

load ../lib/common

setup() {
	common_setup
	[ -d /sys/kernel/security/apparmor ] || skip "needs AppArmor: run by tests/vm/run.sh"
	cat >"$WORK/profile" <<-'END'
		profile tare-test flags=(attach_disconnected,mediate_deleted) {
		  file,
		  signal,
		  capability,
		  deny /etc/passwd r,
		}
	END
	apparmor_parser --replace --skip-cache "$WORK/profile"
}

teardown() {
	apparmor_parser --remove "$WORK/profile"
	common_teardown
}

inside_profile() { # PROFILE SCRIPT
	make_bundle
	edit_config --arg profile "$1" '.process.apparmorProfile = $profile'
	inside "$2"
	run_bundle
}

@test "the program has the profile, and is confined by it" {
	inside_profile tare-test 'cat /proc/self/attr/apparmor/current; cat /etc/passwd 2>/dev/null || echo refused'
	assert_success
	assert_output $'tare-test (enforce)\nrefused'
}

@test "without no_new_privs as well" {
	make_bundle '.process.noNewPrivileges = false | .process.apparmorProfile = "tare-test"'
	inside 'cat /proc/self/attr/apparmor/current'
	run_bundle
	assert_success
	assert_output "tare-test (enforce)"
}

@test "create and start: the profile outlasts the wait" {
	make_bundle '.process.apparmorProfile = "tare-test"'
	args sleep 1000
	tare create --bundle "$BUNDLE" --pid-file "$WORK/pid" "$ID" >"$WORK/out" 2>&1
	tare start "$ID"
	[ "$(cat "/proc/$(<"$WORK/pid")/attr/apparmor/current")" = "tare-test (enforce)" ]
	tare delete --force "$ID"
}

@test "exec has the profile of the config, or one of its own" {
	make_bundle '.process.apparmorProfile = "tare-test"'
	args sleep 1000
	tare run --detach --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>&1
	run --separate-stderr tare exec "$ID" cat /proc/self/attr/apparmor/current
	assert_success && assert_output "tare-test (enforce)"
	run --separate-stderr tare exec --apparmor unconfined "$ID" cat /proc/self/attr/apparmor/current
	assert_success && assert_output "unconfined"
	tare delete --force "$ID"
}

@test "a profile that is not loaded is an error that says what to do" {
	inside_profile tare-test-none true
	assert_status 1
	assert_stderr_contains '`/proc/self/attr/exec`'
	assert_stderr_contains "tare-test-none"
	assert_stderr_contains "apparmor_parser loads one"
	assert_stderr_contains "/process/apparmorProfile"
}

@test "start: a profile that is not loaded is an error, which says which" {
	make_bundle '.process.apparmorProfile = "tare-test-none"'
	tare create --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>&1
	run --separate-stderr tare start "$ID"
	assert_status 1
	assert_stderr_contains '`/proc/self/attr/exec` for tare-test-none'
	assert_stderr_contains "/process/apparmorProfile"
	assert_stderr_contains "apparmor_parser loads one"
	assert_no_engine_phrase
	tare delete --force "$ID"
}

@test "unconfined" {
	inside_profile unconfined 'cat /proc/self/attr/apparmor/current'
	assert_success
	assert_output "unconfined"
}

@test "a hook is not confined by the profile of the program" {
	make_bundle '.process.apparmorProfile = "tare-test" | .hooks.startContainer = [{path: "/bin/sh",
		args: ["sh", "-c", "cat /proc/self/attr/apparmor/current >/dev/shm/seen"]}]'
	inside 'cat /dev/shm/seen'
	run_bundle
	assert_success
	assert_output "unconfined"
}
