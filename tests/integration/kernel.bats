# What this kernel cannot do, and how tare says so: the rows of tests/lint/coverage/kernel.txt, which are
# a table of docs/spec-coverage.md.

load ../lib/common
load container
load lifecycle
load refused_table

setup() {
	common_setup
	require_root
	make_bundle
	args true
	cp "$BUNDLE/config.json" "$WORK/base.json"
}

# row POINTER WHERE FILTER MESSAGE
row() {
	local first
	jq "$3" "$WORK/base.json" >"$BUNDLE/config.json" || return 1
	case $2 in
	native) run_bundle ;;
	v2) run_bundle_with v2 ;;
	esac
	first=${stderr%%$'\n'*}
	# shellcheck disable=SC2053 # the message is a pattern
	[[ $first == ${4//\[/\\[} ]] || fail "expected: $4" "$(seen)" || return 1
	names_pointer "$1" || return 1
	if [[ $4 == "tare: warning: "* ]]; then assert_success; else assert_status 1 && assert_clean; fi
}

@test "what this kernel cannot do is said by name, and undone" {
	local pointer where can filter message rows=0
	while IFS='|' read -r pointer where filter message; do
		[[ -n $filter && $pointer != "#"* ]] || continue
		read -r where can <<<"$where"
		trim pointer filter message
		[ -z "$can" ] || [ ! -e "$can" ] || continue
		row "$pointer" "$where" "$filter" "$message" || return 1
		rows=$((rows + 1))
	done <"$TARE_SOURCE/tests/lint/coverage/kernel.txt"
	[ "$rows" -ge 10 ] || fail "only $rows rows apply here"
}
