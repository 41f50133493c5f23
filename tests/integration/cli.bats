# The command line: help, version, options in all their spellings, errors and where they go.

load ../lib/common

@test "--version: the lines that engines read" {
	run --separate-stderr tare --version
	assert_success
	assert_stderr ""
	assert_matches $'^tare version [0-9]+\.[0-9]+\.[0-9]+[^\n]*\ncommit: [^\n]+\nspec: 1\.3\.0\nlibseccomp: [0-9.]+$'
	local long=$output
	run --separate-stderr tare -v
	assert_output "$long"
}

@test "--help, for the program and for each command" {
	local command
	run --separate-stderr tare --help
	assert_success
	for command in run plan spec; do assert_matches "  $command  +[a-z]"; done
	for command in run plan spec; do
		run --separate-stderr tare $command --help
		assert_success
		assert_matches "^tare $command: "
		assert_contains --bundle
		local long=$output
		run --separate-stderr tare help $command
		assert_output "$long"
	done
}

@test "-V, -? and --usage, as crun has them, with and behind a command" {
	local words program long
	for program in tare crun; do
		ln -sf "$TARE" "$WORK/$program"
		run --separate-stderr "$WORK/$program" --version
		long=$output
		assert_matches "^$program version "
		for words in -V "run -V" "-V kill" "-vV"; do
			run --separate-stderr "$WORK/$program" $words
			assert_success
			assert_stderr ""
			assert_output "$long"
		done
	done
	for words in "" run kill "mounts add"; do
		run --separate-stderr tare $words --help
		long=$output
		run --separate-stderr tare $words "-?"
		assert_success
		assert_output "$long"
		assert_contains "-h, -?, --help"
		assert_contains "-v, -V, --version"
	done
	run --separate-stderr tare --usage
	assert_success
	assert_stderr ""
	assert_output $'usage: tare [global options] COMMAND [options] [arguments]\ntare --help says more'
	run --separate-stderr tare exec --usage
	assert_success
	assert_output $'usage: tare exec [options] ID COMMAND [ARGUMENT...]\ntare exec --help says more'
	run --separate-stderr tare list --usage=false # a flag like all others
	assert_success
	assert_contains PID
	run --separate-stderr tare -W
	assert_status 1
	assert_stderr_contains "unknown option -W"
}

@test "man pages and completions have all spellings of an option" {
	run --separate-stderr tare help --man run
	assert_contains '\fB\-h\fR, \fB\-?\fR, \fB\-\-help\fR'
	assert_contains '\fB\-\-usage\fR'
	run --separate-stderr tare completion fish
	assert_line "complete -c tare -s 'v' -s 'V' -l version -d 'print the version'"
	assert_line "complete -c tare -s 'h' -s '?' -l help -d 'print this help'"
	run --separate-stderr tare completion bash
	assert_contains " --usage"
}

@test "without a command: the help" {
	run --separate-stderr tare
	assert_success
	assert_contains "Usage: tare"
	assert_stderr ""
}

@test "mistakes on the command line: status 1, and what was meant" {
	run --separate-stderr tare run --no-such-option x
	assert_status 1
	assert_stderr_contains "--no-such-option"
	run --separate-stderr tare rum x
	assert_status 1
	assert_stderr_contains run
	run --separate-stderr tare run
	assert_status 1
	assert_output ""
	run --separate-stderr tare run one two
	assert_status 1
	run --separate-stderr tare run --preserve-fds many x
	assert_status 1
	assert_stderr_contains "--preserve-fds"
	run --separate-stderr tare --log-format xml run x
	assert_status 1
	assert_stderr_contains "invalid log-format: xml"
}

@test "ids that are refused" {
	local id
	make_bundle
	for id in '' . .. a/b 'a b' '../x' $'a\nb' 'ä'; do
		run --separate-stderr tare run --bundle "$BUNDLE" "$id"
		assert_status 1
		assert_no_engine_phrase
	done
	[ ! -e "$STATE" ]
}

@test "options: --a b, --a=b, -a b, -long, before and after the command" {
	require_root
	make_bundle
	args echo ran
	local form
	for form in "run --bundle $BUNDLE $ID" "run --bundle=$BUNDLE $ID" "run -b $BUNDLE $ID" \
		"run -bundle $BUNDLE $ID" "run $ID -b $BUNDLE" "run --bundle /none --bundle $BUNDLE $ID"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr tare $form
		assert_success
		assert_output ran
	done
	run --separate-stderr "$TARE" run --root "$STATE" --bundle "$BUNDLE" "$ID"
	assert_output ran
	run --separate-stderr "$TARE" --root="$STATE" run --bundle "$BUNDLE" -- "$ID"
	assert_output ran
}

@test "--root says where the state is, and a relative one is from here" {
	require_root
	make_bundle
	run --separate-stderr env -C "$WORK" "$TARE" --root here run --keep --bundle "$BUNDLE" "$ID"
	assert_success
	[ -d "$WORK/here/$ID" ]
	assert_equal "$(stat -c %a "$WORK/here")" 700
	run --separate-stderr tare --root "$WORK/here" delete "$ID"
	assert_success
	[ ! -e "$WORK/here/$ID" ]
}

@test "a state root that others may write to is not trusted" {
	require_root
	make_bundle
	mkdir -m 777 "$STATE"
	run_bundle
	assert_status 1
	assert_stderr_contains "$STATE"
}

@test "an error: what failed, the property, the step" {
	require_root
	make_bundle
	add_mount '{"destination": "/mnt", "type": "bind", "source": "/no/such/dir", "options": ["bind"]}'
	run_bundle
	assert_status 1
	assert_output ""
	[[ ${stderr%%$'\n'*} == "tare: run failed: "*"/no/such/dir"* ]] || fail "the first line" "$(seen)"
	names_pointer /mounts/7
	assert_stderr_contains "(config.json:"
	assert_stderr_contains "hint:"
	assert_no_engine_phrase
}

@test "--log: the error is appended there as well, with level and time" {
	make_bundle '.process.cwd = "relative"'
	echo earlier >"$WORK/log"
	run --separate-stderr tare --log "$WORK/log" run --bundle "$BUNDLE" "$ID"
	assert_status 1
	names_pointer /process/cwd
	assert_equal "$(head -n 1 "$WORK/log")" earlier
	[ "$(grep -c 'level=error' "$WORK/log")" -eq 1 ] || fail "the log:" "$(<"$WORK/log")"
	grep -q /process/cwd "$WORK/log"
}

@test "--log-format json: exactly one object for a failure" {
	make_bundle '.process.cwd = "relative" | .process.args = []'
	run --separate-stderr tare --log "$WORK/log" --log-format json run --bundle "$BUNDLE" "$ID"
	assert_status 1
	assert_equal "$(wc -l <"$WORK/log")" 1
	output=$(<"$WORK/log")
	assert_json '.level == "error" and (.msg | type == "string") and (.pointer | startswith("/process/"))'
	assert_json '.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)$")'
}

@test "--log-format json without --log: the object is on stderr, alone" {
	make_bundle '.process.cwd = "relative"'
	run --separate-stderr tare --log-format json run --bundle "$BUNDLE" "$ID"
	assert_status 1
	assert_equal "$(jq -s 'length' <<<"$stderr")" 1
	assert_equal "$(jq -r '.level' <<<"$stderr")" error
}

@test "--log-format json of a program that is not found" {
	require_root
	make_bundle
	args no-such-program
	run --separate-stderr tare --log "$WORK/log" --log-format json run --bundle "$BUNDLE" "$ID"
	assert_status 1
	assert_equal "$(jq -rs 'length, .[0].level' "$WORK/log")" $'1\nerror'
	jq -e '.msg | contains("exec: \"no-such-program\": executable file not found in $PATH")' "$WORK/log"
}

@test "warnings: after a success, not with a failure unless --debug" {
	require_root
	make_bundle '.process.capabilities.bounding += ["CAP_TO_FLY"]'
	run_bundle
	assert_success
	assert_stderr_contains CAP_TO_FLY
	args no-such-program
	run_bundle
	assert_status 1
	refute_stderr_contains CAP_TO_FLY
	run_bundle --debug
	assert_status 1
	assert_stderr_contains CAP_TO_FLY
	assert_stderr_contains no-such-program
}

@test "called as runc, the version says so" {
	ln -s "$TARE" "$WORK/runc"
	run --separate-stderr "$WORK/runc" --version
	assert_success
	[[ ${lines[0]} == "runc version "* ]] || fail "the first line" "$(seen)"
}

@test "output that cannot be written is an error" {
	local status=0
	"$TARE" --version >/dev/full 2>"$WORK/err" || status=$?
	assert_equal "$status" 1
	[ -s "$WORK/err" ]
}
