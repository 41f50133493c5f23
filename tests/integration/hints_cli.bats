# Hints to mistakes of the command line, and to files that are given there.

load ../lib/common
load container
load lifecycle
load hints

@test "hints: the command line" {
	misused <<'END'
did you mean --keep? | unknown-option | run --kepe c1
--pid-file goes behind the command | unknown-option | --pid-file x run c1
did you mean resume? | unknown-command | resum c1
use letters, digits and _ + . - (no . in front), at most 200 bytes | container-id | state a/b
use letters, digits and _ + . - (no . in front), at most 200 bytes | container-id | state $(printf 'x%.0s' {1..201})
a number from 1 to 64, a name such as TERM or SIGTERM | signal | kill c1 FOO
the levels are error, warning and debug | option-value | --log-level loud list
the formats are text and json | option-value | --log-format xml list
the formats are table and json | option-value | list --format xml
the managers are cgroupfs, systemd and disabled | option-value | --cgroup-manager none list
write a time such as 5s, 100ms or 1m30s | option-value | wait --timeout soon c1
write a time such as 5s, 100ms or 1m30s | option-value | events --interval soon c1
both are numbers from 0 to 4294967294, in decimal digits | option-value | exec --user root c1 true
the shells are bash, zsh and fish | option-value | completion csh
did you mean mount-type? | unknown-code | explain mount-typ
choose another directory with --root | state-root | --root /etc/passwd state c1
tare list shows what there is; each --root has containers of its own | container-missing | state c1
make the directory of the log beforehand | log-file | --log /no/such/log state c1
log to a file: --log=FILE | log-file | --log syslog:x state c1
END
}

@test "hints: bundle and config" {
	make_bundle
	misused <<'END'
a bundle is a directory with a config.json; name it with --bundle | bundle | run --bundle /no/such c1
write one with: tare spec --bundle / | bundle | run --bundle / c1
END
}

@test "hints: files for a new container" {
	require_root
	make_bundle
	misused <<'END'
make the directory of the pid file beforehand | pid-file | run --bundle "$BUNDLE" --pid-file /no/such/pid "$ID"
whoever takes the pidfd has to listen there before the container is created | pidfd-socket | run --bundle "$BUNDLE" --pidfd-socket "$WORK/nobody" "$ID"
END
	edit_config '.process.terminal = true'
	touch "$WORK/file"
	misused <<'END'
whoever takes the terminal has to listen there before the container is created | console-socket | create --bundle "$BUNDLE" --console-socket "$WORK/nobody" "$ID"
whoever takes the terminal has to listen there before the container is created | console-socket | create --bundle "$BUNDLE" --console-socket "$WORK/file" "$ID"
the path of a unix socket has at most 107 bytes | console-socket | create --bundle "$BUNDLE" --console-socket "/tmp/$(printf 'x%.0s' {1..120})" "$ID"
END
}

@test "hints: containers that exist, or are busy" {
	require_root
	make_bundle
	do_tare create --bundle "$BUNDLE" "$ID"
	assert_success
	misused <<'END'
tare list shows it; tare delete removes it when it has ended | container-exists | create --bundle "$BUNDLE" "$ID"
END
	do_tare delete --force "$ID"
	assert_success
}

@test "hints: ps of the host" {
	require_root
	make_bundle
	args sleep 100
	do_tare run --detach --bundle "$BUNDLE" "$ID"
	assert_success
	misused <<'END'
add pid to the columns that you ask ps for | ps | ps "$ID" -o comm
let the columns begin with pid | ps | ps "$ID" -eo args,pid
END
	do_tare delete --force "$ID"
}

@test "hints: a damaged state" {
	require_root
	make_bundle
	do_tare run --keep --bundle "$BUNDLE" "$ID"
	assert_success
	local record
	record=$(find "$STATE/$ID" -name 'state*.json' -o -name 'record*' | head -n 1)
	[ -n "$record" ] || fail "no record in $(ls "$STATE/$ID")"
	cp "$record" "$WORK/record"
	echo '{"ociVersion": 3}' >"$record"
	do_tare state "$ID"
	assert_status 1 && says_hint "delete --force cleans up what is left of it" state-damaged
	cp "$WORK/record" "$record"
	do_tare delete --force "$ID"
	assert_success
}

@test "hints: a full state root" {
	require_root
	make_bundle
	mkdir -p "$STATE"
	mount -t tmpfs -o size=4k,nr_inodes=40 tare "$STATE"
	run_bundle
	assert_status 1
	says_hint "the filesystem of the state root is full" no-space
	umount "$STATE"
}

@test "hints: a state root of somebody else" {
	require_root
	make_bundle
	mkdir -p "$STATE" && chmod 777 "$STATE"
	run_bundle
	chmod 700 "$STATE"
	assert_status 1
	says_hint "only root or the caller may own it and write to it" state-root
}

@test "hints: a state root on a read-only filesystem" {
	require_root
	mkdir "$WORK/ro"
	mount -t tmpfs -o ro tare "$WORK/ro"
	STATE=$WORK/ro/state
	make_bundle
	run_bundle
	assert_status 1
	says_hint "choose a directory on a writable filesystem with --root" state-root
	umount "$WORK/ro"
}
