# What `cmake --install` puts where, and the Debian package, in a clean Debian root that is entered with a mount
# namespace and pivot_root.

load ../lib/common
load package

setup_file() { package_build /usr; }

setup() {
	common_setup
	require_root
}

@test "cmake --install: programs, helpers, pages, completions, podman's configuration" {
	DESTDIR=$WORK/root cmake --install "$PACKAGE" >"$WORK/log"
	(cd "$WORK/root" && find . -type f | sort) >"$WORK/files"
	for file in usr/bin/tare usr/libexec/tare/tare-init usr/libexec/tare/tare-systemd usr/libexec/tare/tare-criu \
		usr/share/man/man1/tare.1 usr/share/man/man1/tare-run.1 usr/share/bash-completion/completions/tare \
		usr/share/zsh/site-functions/_tare usr/share/fish/vendor_completions.d/tare.fish \
		usr/share/containers/containers.conf.d/50-tare.conf usr/share/doc/tare/engines.md; do
		grep -qx "./$file" "$WORK/files" || fail "$file is not installed" "$(<"$WORK/files")"
	done
	[ -z "$(grep -v '^./usr/' "$WORK/files")" ] || fail "outside of the prefix:" "$(<"$WORK/files")"
	# it finds its helpers where they were put
	mkdir "$WORK/images"
	run --separate-stderr env PATH=/nowhere "$WORK/root/usr/bin/tare" restore --image-path "$WORK/images" none
	assert_stderr_contains "config.json"
	refute_contains "tare-criu is not installed"
}

@test "every command has its page, which man reads without a warning" {
	local command
	require_command man
	for command in $("$PACKAGE/tare" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
		[ "$(man -l --warnings -E UTF-8 -Tutf8 "$PACKAGE/pages/man1/tare-$command.1" 2>&1 >/dev/null)" = "" ] || fail "$command"
		man -l -Tascii "$PACKAGE/pages/man1/tare-$command.1" | col -b | grep -q "tare-$command - " || fail "$command"
	done
	man -l --warnings -E UTF-8 -Tutf8 "$PACKAGE/pages/man1/tare.1" >"$WORK/page" 2>"$WORK/warnings"
	[ ! -s "$WORK/warnings" ] || fail "$(<"$WORK/warnings")"
}

@test "the completion of bash completes commands, options and ids" {
	local COMP_WORDS COMP_CWORD COMPREPLY
	mkdir "$WORK/bin"
	printf '#!/bin/sh\necho box1; echo box2\n' >"$WORK/bin/tare" && chmod 755 "$WORK/bin/tare"
	PATH=$WORK/bin:$PATH
	# shellcheck disable=SC1091
	. "$PACKAGE/pages/bash/tare"
	COMP_WORDS=(tare ru) COMP_CWORD=1 && _tare
	assert_equal "${COMPREPLY[*]}" run
	COMP_WORDS=(tare --log x create --bund) COMP_CWORD=4 && COMP_WORDS=(tare create --bund) COMP_CWORD=2 && _tare
	assert_equal "${COMPREPLY[*]}" --bundle
	COMP_WORDS=(tare state box) COMP_CWORD=2 && _tare
	assert_equal "${COMPREPLY[*]}" "box1 box2"
}

@test "the completions of zsh and fish are read by their shells" {
	require_command zsh
	require_command fish
	zsh -n "$PACKAGE/pages/zsh/_tare"
	fish -n "$PACKAGE/pages/fish/tare.fish"
	assert_equal "$(fish -c "source $PACKAGE/pages/fish/tare.fish; complete -C 'tare checkp'" | cut -f 1)" checkpoint
}

# clean_root: a minimal Debian, kept between runs.
clean_root() {
	local cache=${TARE_VM_CACHE:-/var/cache/tare-vm}/minimal.tar
	require_command mmdebstrap
	mkdir -p "${cache%/*}"
	[ -e "$cache" ] || { mmdebstrap --quiet --variant=minbase bookworm "${cache%.tar}.new.tar" && mv "${cache%.tar}.new.tar" "$cache"; }
	mkdir "$WORK/clean"
	tar -C "$WORK/clean" -xf "$cache"
}

# inside_clean COMMAND: as its root. A chroot would not do: no user namespace can be made in one.
inside_clean() {
	unshare --mount --propagation private sh -euc '
		mount --bind "$0" "$0"
		mount --rbind /proc "$0/proc" && mount --rbind /sys "$0/sys" && mount --rbind /dev "$0/dev"
		cd "$0" && mkdir -p old && pivot_root . old && umount -l /old
		exec /bin/sh -euc "$1"' "$WORK/clean" "$1"
}

@test "the Debian package: installed in a clean root it runs a container, removed it leaves nothing" {
	(cd "$PACKAGE" && cpack -G DEB >"$WORK/cpack" 2>&1) || fail "$(tail "$WORK/cpack")"
	clean_root
	cp "$PACKAGE"/tare_*.deb "$WORK/clean/tare.deb"
	mkdir -p "$WORK/clean/box/rootfs/bin" "$WORK/clean"/box/rootfs/{proc,sys,dev}
	cp "$TARE_ROOTFS/bin/busybox" "$WORK/clean/box/rootfs/bin/" && ln -s busybox "$WORK/clean/box/rootfs/bin/sh"
	dpkg-deb --info "$WORK/clean/tare.deb" >"$WORK/info"
	(cd "$WORK/clean" && find . -xdev | sort) >"$WORK/before"
	run --separate-stderr inside_clean '
		export PATH=/usr/sbin:/usr/bin:/sbin:/bin
		dpkg --force-depends -i /tare.deb >/dev/null 2>&1
		cd /box && tare spec
		sed -i "s/\"terminal\": true/\"terminal\": false/; s/\"sh\"/\"sh\", \"-c\", \"echo hello from pid \$\$\"/" config.json
		tare run hello </dev/null
		rm config.json
		tare --version | head -n 1
		dpkg -r tare >/dev/null 2>&1'
	assert_success
	assert_equal "$(head -n 1 <<<"$output")" "hello from pid 1"
	assert_equal "$(sed -n '2s/ version.*//p' <<<"$output")" tare
	(cd "$WORK/clean" && find . -xdev | sort) >"$WORK/after"
	left=$(comm -13 "$WORK/before" "$WORK/after" | grep -vE '^\./(var/(lib/dpkg|log)|run|old)' || :)
	[ -z "$left" ] || fail "left behind:" "$left"
}
