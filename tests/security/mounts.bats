#!/usr/bin/env bats
# tare mounts: the container runs while its mounts come and go, and does with its files what it likes.
# Nothing may be mounted, made or uncovered but what was asked for, and nothing outside of its root.
load hostile
load races
load ../integration/container
load ../integration/lifecycle

setup() { hostile_setup; }

teardown() {
	stop_swapping
	hostile_teardown
}

victim() { # [FILTER]: a running container that can write its image, with attack and probe in it
	make_bundle ".root.readonly = false | ${1:-.}"
	with_probe
	install -m 755 "$ATTACK" "$ROOTFS/attack"
	mkdir "$ROOTFS/hot"
	mkdir -p "$WORK/source" && echo "from the source" >"$WORK/source/marker"
}

mounts_of() { awk '{ print $5 }' "/proc/$PID/mountinfo" | sort; }

mounts_of_source() { awk '$4 ~ "/source$" { print $5 }' "/proc/$PID/mountinfo"; }

# change add|remove DESTINATION...: binds of $WORK/source there
change() {
	jq -n --arg from "$WORK/source" '[$ARGS.positional[] | {destination: ., type: "bind", source: $from, options: ["bind", "ro"]}]' \
		--args "${@:2}" >"$WORK/list.json"
	do_tare mounts "$1" "$ID" "$WORK/list.json"
}

refused_change() { # TEXT ARG...: nothing changes, neither in the container nor in its image
	local before
	before=$(mounts_of; find "$ROOTFS" -printf '%p %y %i %l\n' | sort)
	change "${@:2}"
	assert_status 1 || return 1
	assert_stderr_contains "$1" || return 1
	assert_no_engine_phrase || return 1
	assert_equal "$(mounts_of; find "$ROOTFS" -printf '%p %y %i %l\n' | sort)" "$before"
}

# ---- links and images

@test "links of a running container stay in its root, whoever they were made by" {
	victim
	inside "ln -s $HOST/dir /hot/a; ln -s ../../../../../..$HOST/empty /hot/b; ln -s $HOST/new /hot/c; ln -s / /hot/d; echo > /ready; exec sleep 1000"
	run_detached
	until_true test -e "$ROOTFS/ready"
	change add /hot/a /hot/b/x/y /hot/c "/hot/d/../..$HOST/e" "/../../..$HOST/f" "hot/../..$HOST/g"
	assert_success
	assert_equal "$(mounts_of | grep -F "$HOST")" "$(printf '%s\n' "$HOST"/{dir,e,empty/x/y,f,g,new})"
	do_tare exec "$ID" /probe read "$HOST"/{dir,e,empty/x/y,f,g,new}/marker "$HOST/secret"
	[ "$(grep -c " ok$" <<<"$output")" = 6 ] || fail "$(seen)"
	[ "$(cd "$HOST" && find . | wc -l)" = 8 ] # it is as it was: teardown has a closer look
	succeed delete --force "$ID"
}

@test "with the host's pid namespace, what /proc tells of other processes leads nowhere" {
	local link
	victim 'del(.linux.namespaces[] | select(.type == "pid"))'
	args sleep 1000
	run_detached
	[ "$(readlink /proc/1/root)" = / ] # the container sees it, too, and is root
	for link in /proc/1/root /proc/1/cwd /proc/self/root /proc/self/fd/3 /proc/self/fd/4 /proc/self/fd/5 /proc/self/cwd \
		/proc/thread-self/root "/proc/$PID/root" "/proc/$$/root" "/proc/$$/cwd" /proc/self/exe /proc/self/ns/mnt; do
		ln -sfn "$link" "$ROOTFS/hot/link"
		refused_change "config: /mounts/0" add /hot/link || fail "$link"
		refused_change "config: /mounts/0" add "/hot/link$HOST/dir" || fail "$link"
		refused_change "config: /mounts/0" add "/hot/link$HOST/made" || fail "$link"
		refused_change "config: /mounts/0" remove "/hot/link$HOST" || fail "$link"
		ln -sfn "$link$HOST/made" "$ROOTFS/hot/link"
		refused_change "config: /mounts/0" add /hot/link || fail "$link$HOST/made"
	done
	succeed delete --force "$ID"
}

@test "a procfs that the container has put over a destination is not mounted on" {
	local to
	victim '.process.capabilities[] += ["CAP_SYS_ADMIN"]'
	inside 'mkdir /hot/proc /hot/sys; mount -t proc proc /hot/proc && mount -o bind /proc/sys /hot/sys && echo > /ready; exec sleep 1000'
	run_detached
	until_true test -e "$ROOTFS/ready"
	for to in /hot/proc /hot/proc/sys /hot/proc/1 /hot/proc/1/attr /hot/sys /hot/sys/kernel; do
		refused_change "cannot use a link that leads into /proc" add "$to" || fail "$to"
	done
	change remove /hot/sys /hot/proc # its own, and nothing that protects it
	assert_success
	succeed delete --force "$ID"
}

# ---- races

# The host is as it was, but for what the swapper does.
nothing_outside() { [ "$(find "$HOST" | sort)" = "$tree" ] && [ "$(cut -d' ' -f5- /proc/self/mountinfo | sort)" = "$host" ]; }
look_around() {
	tree=$(find "$HOST" | sort)
	host=$(cut -d' ' -f5- /proc/self/mountinfo | sort)
}

# add_some DIRECTORY: four mounts in it; all of them are there, or none, and then no mount point either.
add_some() {
	local want=4 before places=("$1/a$round/b/c" "$1/f$round" "$1/a$round/z" "$1/e$round") more=()
	[ $((round % 2)) = 1 ] || more=(/probe) # every other time the last one fails: that is a file
	run_detached
	before=$(mounts_of | wc -l)
	change add "${places[@]}" "${more[@]}"
	[ "$status" -eq 0 ] || want=0
	added=$((added + want))
	[ $want = 0 ] || [ "${#more[@]}" = 0 ] || fail "$(seen)" || return 1
	assert_equal $(($(mounts_of | wc -l) - before)) $want || return 1
	if [ $want = 4 ]; then
		# With the race on, all four are found in one round of a hundred: it rests in some.
		[ $((round % 8)) != 1 ] || hold "${SWAPPER:-$PID}"
		change remove "${places[@]}"
		let_go "${SWAPPER:-$PID}"
		[ "$status" -ne 0 ] || { want=0 && removed=$((removed + 1)); }
		assert_equal $(($(mounts_of | wc -l) - before)) $want || return 1
	else
		hold "${SWAPPER:-$PID}"
		undone=$((undone + 1)) left=$(find "$ROOTFS" "$WORK/volume" -name "[aef]$round")
		let_go "${SWAPPER:-$PID}"
		[ -z "$left" ] || fail "left: $left" "$(seen)" || return 1
	fi
	nothing_outside || fail "something is outside" "$(seen)" || return 1
	succeed delete --force "$ID"
	new_id
}

@test "a volume whose directory becomes a link to the host and back" {
	local added=0 removed=0 undone=0 tree host left
	victim
	mkdir -p "$WORK/volume/d" && ln -s "$HOST" "$WORK/volume/l"
	add_mount "{\"destination\": \"/vol\", \"type\": \"bind\", \"source\": \"$WORK/volume\", \"options\": [\"rbind\"]}"
	args sleep 1000
	look_around
	swap "$WORK/volume/d" "$WORK/volume/l"
	in_volume() { add_some /vol/d; }
	rounds in_volume added removed undone
}

@test "parents that the container renames under way" {
	local added=0 removed=0 undone=0 tree host left
	victim
	mkdir -p "$WORK/volume" "$ROOTFS/hot/x/y" "$ROOTFS/hot/u/y"
	args /attack swap /hot/x /hot/u
	look_around
	in_image() { add_some /hot/x/y; }
	rounds in_image added removed undone
}

@test "a directory with a mask in it takes the name of one whose mount is to be removed" {
	local tree host kept=0 removed=0
	victim '.linux.maskedPaths += ["/data/secret"]'
	mkdir -p "$ROOTFS/data/secret" "$ROOTFS/hot/secret" && echo uncovered >"$ROOTFS/data/secret/file"
	args /attack swap /data /hot
	run_detached
	look_around
	swapped_mask() {
		change add /hot/secret
		assert_success || return 1
		change remove /hot/secret
		case "$status $stderr" in
		"0 "*) removed=$((removed + 1)) ;;
		"1 "*"cannot uncover what it hides"*) kept=$((kept + 1)) ;;
		"1 "*"cannot find a mount there"*) ;; # it lies in the other of the two
		*) fail "$(seen)" || return 1 ;;
		esac
		grep -qE ' (/data|/hot)/secret ro,nosuid,nodev,noexec[^-]* - tmpfs ' "/proc/$PID/mountinfo" || fail "the mask is gone" "$(seen)" || return 1
		[ ! -e "/proc/$PID/root/data/secret/file" ] && [ ! -e "/proc/$PID/root/hot/secret/file" ] || fail "uncovered" || return 1
		nothing_outside || fail "$(seen)" || return 1
		[ "$status" -eq 0 ] || without_it || return 1
	}
	# What a round has left may lie on the mask, and would keep the next ones from meeting it.
	without_it() {
		local root=/proc/$PID/root
		hold "$PID"
		# the config hides /data/secret: tare removes nothing by that name
		! mounts_of_source | grep -q ^/data || { mv "$root/data" "$root/third" && mv "$root/hot" "$root/data" && mv "$root/third" "$root/hot"; }
		change remove /hot/secret
		assert_success || return 1
		assert_equal "$(mounts_of_source)" "" || return 1
		let_go "$PID"
	}
	rounds swapped_mask removed kept
	succeed delete --force "$ID"
}

@test "a container that is killed while its mounts are changed" {
	local tree host killer
	victim
	args sleep 1000
	look_around
	killed() {
		run_detached
		(kill -KILL "$PID") &
		killer=$!
		change add /hot/a /hot/b /hot/c /hot/d/e/f
		[ "$status" -le 1 ] || fail "$(seen)" || return 1
		wait "$killer"
		nothing_outside || fail "$(seen)" || return 1
		! pgrep -x tare-init >/dev/null || fail "a helper is left" || return 1
		until_true has_status stopped
		succeed delete "$ID" || return 1
		new_id
	}
	rounds killed
}
