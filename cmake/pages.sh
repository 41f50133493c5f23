#!/bin/sh
# pages.sh TARE DIRECTORY - manual pages, completions and podman's configuration, as TARE prints them.
set -eu
tare=$1 out=$2
rm -rf "$out"
mkdir -p "$out/man1" "$out/bash" "$out/zsh" "$out/fish"
"$tare" help --man >"$out/man1/tare.1"
for command in $("$tare" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
	"$tare" help --man "$command" >"$out/man1/tare-$command.1"
done
"$tare" completion bash >"$out/bash/tare"
"$tare" completion zsh >"$out/zsh/_tare"
"$tare" completion fish >"$out/fish/tare.fish"
cat >"$out/50-tare.conf" <<'END'
# podman knows tare by its name: podman --runtime tare. To make it the default: runtime = "tare"
# (podman 4 spells the key for --cgroups=disabled without an s.)
[engine]
runtime_supports_json = ["tare", "crun", "runc", "kata", "runsc", "youki", "krun"]
runtime_supports_nocgroups = ["tare", "crun", "krun"]
runtime_supports_nocgroup = ["tare", "crun", "krun"]
[engine.runtimes]
tare = ["/usr/bin/tare", "/usr/local/bin/tare"]
END
touch "$out/done"
