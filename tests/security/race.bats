#!/usr/bin/env bats
# Races: somebody shares a volume with the container that is being made, and renames what the runtime
# is about to use (CVE-2021-30465, CVE-2024-45310, CVE-2025-31133, CVE-2025-52565).
load hostile
load races

teardown() {
	stop_swapping
	hostile_teardown
}

# launched FUNCTION: run the bundle, and see.
launched() {
	new_id
	"$1"
	ran_or_refused
}
launch() { launched run_bundle; }
launch_on_terminal() { launched on_terminal; }

# It ran, or it was refused because of the mount: nothing in between, and nobody hung.
ran_or_refused() {
	if [ "$status" -eq 0 ]; then
		succeeded=$((succeeded + 1))
	else
		refused=$((refused + 1))
		[[ $status -eq 1 && $stderr$output == *"config: /"[mp]* ]] || fail "$(seen)" || return 1
	fi
	refute_contains escaped || return 1
	nothing_outside || fail "$(seen)"
}

# The victim is the canary tree: nothing new in it, and nothing mounted on it.
nothing_outside() {
	[ "$(find "$HOST" | sort)" = "$tree" ] && ! grep -qF " $HOST" /proc/self/mountinfo
}

@test "the race is one that a careless runtime loses" {
	mkdir "$WORK/volume" "$WORK/volume/d"
	ln -s "$HOST/empty" "$WORK/volume/l"
	swap "$WORK/volume/d" "$WORK/volume/l"
	run unshare --mount --propagation private "$ATTACK" naive "$HOST/empty" "$WORK/volume/d" 20
	[ "$output" -gt 0 ] || fail "no hit: the race proves nothing here" "$(seen)"
}

@test "mount destinations that are swapped for a link to the host do not lead there" {
	local succeeded=0 refused=0 tree i
	tree=$(find "$HOST" | sort)
	make_bundle
	with_probe
	mkdir -p "$WORK/volume/d/dir"
	ln -s "$HOST" "$WORK/volume/l"
	add_mount "{\"destination\": \"/vol\", \"type\": \"bind\", \"source\": \"$WORK/volume\", \"options\": [\"rbind\"]}"
	for i in {1..15}; do
		add_mount "{\"destination\": \"/vol/d/t$i\", \"type\": \"tmpfs\", \"source\": \"tmpfs\"}"
		add_mount "{\"destination\": \"/vol/d/f$i/sub/dir\", \"type\": \"bind\", \"source\": \"/etc\", \"options\": [\"bind\", \"ro\"]}"
	done
	edit_config '.mounts[-1].destination = "/vol/d/dir"' # this one exists on both sides
	# A mount that came out on the host would be lost to the container: all 31 have to be in it.
	inside "[ \$(grep -cE ' (/vol|$HOST)' /proc/self/mountinfo) = 31 ] || echo escaped; cat /proc/self/mountinfo"
	swap "$WORK/volume/d" "$WORK/volume/l"
	rounds launch succeeded # it must get past the mounts now and then
}

@test "a null device that is swapped does not uncover what is masked" {
	local succeeded=0 refused=0 tree
	tree=$(find "$HOST" | sort)
	make_bundle
	with_probe
	mkdir "$WORK/dev"
	mknod -m 666 "$WORK/dev/null" c 1 3
	ln -s /proc/sys/kernel/core_pattern "$WORK/dev/other"
	edit_config --arg dev "$WORK/dev" '(.mounts[] | select(.destination == "/dev")) |= {destination, type: "bind", source: $dev, options: ["rbind", "rw"]}
		| .linux.maskedPaths += ["/proc/interrupts"]'
	inside 'for f in /proc/interrupts /proc/keys; do [ "$(stat -c %t:%T $f)" = 1:3 ] || echo escaped $f; done
		/probe write /proc/sys/kernel/core_pattern | grep -q EROFS || echo escaped'
	swap "$WORK/dev/null" "$WORK/dev/other"
	rounds launch succeeded
}

@test "a /dev/console that is swapped for a link to a sysctl does not lead there" {
	local succeeded=0 refused=0 tree
	require_command script
	tree=$(find "$HOST" | sort)
	make_bundle '.process.terminal = true'
	with_probe
	mkdir -p "$WORK/dev/pts" "$WORK/dev/shm" "$WORK/dev/mqueue"
	touch "$WORK/dev/console"
	ln -s /proc/sys/kernel/core_pattern "$WORK/dev/other"
	edit_config --arg dev "$WORK/dev" '(.mounts[] | select(.destination == "/dev")) |= {destination, type: "bind", source: $dev, options: ["rbind", "rw"]}'
	inside '/probe write /proc/sys/kernel/core_pattern | grep -q EROFS || echo escaped
		! grep " /proc/.* devpts" /proc/self/mountinfo || echo escaped'
	swap "$WORK/dev/console" "$WORK/dev/other"
	rounds launch_on_terminal succeeded refused # as it finds the file, or the link
}
