#!/usr/bin/env python3
"""The arrows of docs/design.md: which layer may include which, and no include cycle.

    cli -> container -> {check, compile, cgroup} -> host -> sys -> base; everyone may use libocispec;
    lib (libtare) stands beside cli, and it alone knows tare/tare.h;
    init includes only the contract (tare/program.h, tare/steps.def) and its own headers.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import csource  # noqa: E402

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)

BELOW = {"base": []}
BELOW["sys"] = ["base"]
BELOW["host"] = ["sys", "base"]
for middle in ("check", "compile", "cgroup"):
    BELOW[middle] = ["host", "sys", "base"]
BELOW["container"] = ["check", "compile", "cgroup", "host", "sys", "base"]
BELOW["cli"] = ["container"] + BELOW["container"]
BELOW["lib"] = ["container"] + BELOW["container"]  # libtare
BELOW["main"] = ["cli"]
BELOW["init"] = []
BELOW["systemd"] = ["base"]  # tare-systemd, a program of its own
BELOW["criu"] = ["base"]  # tare-criu, likewise
BELOW["libocispec"] = []
CONTRACT = ("tare/program.h", "tare/steps.def")

# Libraries from outside, and the layers that may know them.
LIBRARIES = {
    "yajl/": ["libocispec", "cli"],  # cli: traces, which are JSON of no specification
    "seccomp.h": ["check", "compile", "cli"],  # cli: for its version
    "sys/capability.h": ["host", "check", "compile"],
    "netlink/": ["sys"],
    "systemd/sd-bus.h": ["systemd"],
    "criu/rpc.pb-c.h": ["criu"],  # generated at build
}


def layer_of(path):
    parts = path.parts
    if parts[0] == "libocispec":
        return "libocispec"
    if parts[0] == "include":
        return "contract"
    return "main" if len(parts) == 2 else parts[1]


def resolve(path, name):
    """The project's file that an include names, or None for one from outside."""
    for folder in (path.parent, "src", "include", "libocispec/include", "libocispec"):
        candidate = csource.ROOT / folder / name
        if candidate.is_file():
            return candidate.resolve().relative_to(csource.ROOT)
    return None


def allowed(layer, path, target):
    other = layer_of(target)
    if layer == other:
        return True
    if other == "contract":
        if target.name == "tare.h":
            return layer == "lib"  # what others include
        return str(target.relative_to("include")) in CONTRACT and layer not in ("base", "libocispec")
    if other == "libocispec":
        # Its public headers; the tables are public too.
        return layer not in ("init", "contract") and target.parts[1] in ("include", "spec")
    return other in BELOW.get(layer, [])


def check_outside(findings, layer, path, line, name):
    for library, layers in LIBRARIES.items():
        if name.startswith(library) and layer not in layers:
            findings.add("library", path, line, f"the layer {layer} may not use <{name}>")
    if layer == "init" and not name.startswith(("linux/", "asm/")) and \
            name not in ("stddef.h", "stdint.h", "stdbool.h", "stdarg.h", "limits.h"):
        findings.add("library", path, line, f"tare-init is freestanding and may not use <{name}>")


def check_cycles(findings, graph):
    done, trail = set(), []

    def visit(path):
        if path in trail:
            cycle = " -> ".join(map(str, trail[trail.index(path):] + [path]))
            findings.add("cycle", path, 1, f"include cycle: {cycle}")
            return
        if path in done:
            return
        trail.append(path)
        for target in graph.get(path, []):
            visit(target)
        trail.pop()
        done.add(path)

    for path in graph:
        visit(path)


def main():
    findings = csource.Findings("layers")
    graph = {}
    for path in csource.sources("src", "include", "libocispec"):
        text = csource.code(csource.read(path), strings=True)
        layer = layer_of(path)
        if layer not in BELOW and layer != "contract":
            findings.add("layer", path, 1, f"src/{layer} is no layer of docs/design.md")
        for match in INCLUDE.finditer(text):
            line = csource.line_of(text, match.start(2))
            target = resolve(path, match[2])
            if target is None:
                if match[1] == '"':
                    findings.add("missing", path, line, f'"{match[2]}" is no file of the project')
                check_outside(findings, layer, path, line, match[2])
                continue
            graph.setdefault(path, []).append(target)
            if not allowed(layer, path, target):
                findings.add("arrow", path, line, f"the layer {layer} may not include {target}")
    check_cycles(findings, graph)
    findings.finish()


main()
