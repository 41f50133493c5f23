# tare checkpoint and restore, as far as no CRIU is needed: what is refused, before anything is made. That
# processes are saved and restored is tested where CRIU works, in tests/vm/checkpoint.bats.

load ../lib/common
load container
load lifecycle

setup() {
	common_setup
	require_root
	make_bundle
	args sleep 1000
}

refused() { # STATUS TEXT ARG...: without a CRIU that could do it
	local wanted=$1 text=$2
	shift 2
	run --separate-stderr env PATH="$WORK/bin" /usr/bin/timeout 20 "$TARE" --root "$STATE" "$@" </dev/null
	assert_status "$wanted"
	assert_stderr_contains "$text"
	assert_no_engine_phrase
}

fake_criu() { # one that is found, and never asked
	mkdir -p "$WORK/bin"
	printf '#!/bin/sh\n: >%s/asked\nexit 1\n' "$WORK" >"$WORK/bin/criu"
	chmod 755 "$WORK/bin/criu"
}

@test "without criu both say so" {
	run_detached
	refused 1 "checkpoint failed: criu is not installed" checkpoint "$ID"
	assert_equal "$(tare state "$ID" | jq -r .status)" running
	tare delete --force "$ID"
	mkdir "$WORK/images"
	refused 1 "restore failed: criu is not installed" restore --image-path "$WORK/images" --bundle "$BUNDLE" "$ID"
}

@test "an option that says nothing sensible is refused, and criu is not asked" {
	fake_criu
	run_detached
	refused 1 'invalid value "loose" for --manage-cgroups-mode' checkpoint --manage-cgroups-mode loose "$ID"
	refused 1 'invalid value "iptable" for --network-lock' checkpoint --network-lock iptable "$ID"
	refused 1 'invalid value "ipc" for --empty-ns' checkpoint --empty-ns ipc "$ID"
	refused 1 '--parent-path must be relative' checkpoint --parent-path /images "$ID"
	refused 1 'invalid value "77" for --status-fd: it is not open' checkpoint --image-path "$WORK/i" --status-fd 77 "$ID"
	[ ! -e "$WORK/asked" ]
	assert_equal "$(tare state "$ID" | jq -r .status)" running
	tare delete --force "$ID"
}

@test "only what runs can be saved" {
	fake_criu
	tare create --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/created" 2>&1
	refused 1 "cannot be checkpointed in the created state" checkpoint "$ID"
	tare delete "$ID"
	refused 1 "container does not exist" checkpoint "$ID"
	[ ! -e "$WORK/asked" ]
}

@test "images that are not there, or are a file; and a config with a mistake" {
	fake_criu
	refused 1 "cannot use the directory of images $WORK/none" restore --image-path "$WORK/none" --bundle "$BUNDLE" "$ID"
	touch "$WORK/file"
	refused 1 "cannot use the directory of images $WORK/file" restore --image-path "$WORK/file" --bundle "$BUNDLE" "$ID"
	mkdir "$WORK/images"
	edit_config '.process.cwd = "relative"'
	refused 1 "config.json" restore --image-path "$WORK/images" --bundle "$BUNDLE" "$ID"
	[ ! -e "$WORK/asked" ]
}

@test "a criu that fails: its status, its log, and nothing is left" {
	fake_criu
	mkdir "$WORK/images"
	refused 1 "restore failed: criu failed" restore --image-path "$WORK/images" --bundle "$BUNDLE" "$ID"
	assert_stderr_contains "  hint:   criu said: " && assert_stderr_contains " (all of it is in $WORK/images/restore.log)"
	[ -e "$WORK/asked" ]
	refused 1 "container does not exist" state "$ID"
}

@test "as an ordinary user: not possible, and told" {
	mkdir "$WORK/images" && chmod 755 "$WORK/images"
	run --separate-stderr as_user "$TARE" --root "$WORK/user" restore --image-path "$WORK/images" --bundle "$BUNDLE" "$ID"
	assert_status 1
	assert_stderr_contains "CRIU needs root"
}

# A criu that keeps what it is asked, and ends without an answer.
listening_criu() {
	mkdir -p "$WORK/bin"
	printf '#!/bin/bash\nexec >/dev/null 2>&1\nexec /usr/bin/dd bs=65536 count=1 of=%s/request <&"$2"\n' "$WORK" >"$WORK/bin/criu"
	chmod 755 "$WORK/bin/criu"
}

@test "org.criu.config names CRIU's file of options" {
	[ -x "${TARE%/*}/tare-criu" ] || skip "built without tare-criu"
	listening_criu
	edit_config '.annotations = {"org.criu.config": "/etc/criu/of-the-annotation"}'
	run_detached
	refused 1 "checkpoint failed" checkpoint --image-path "$WORK/images" "$ID"
	grep -qa /etc/criu/of-the-annotation "$WORK/request" || fail "CRIU was not told" "$(strings "$WORK/request")"
	tare delete --force "$ID"
}
