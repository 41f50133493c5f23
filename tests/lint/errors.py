#!/usr/bin/env python3
"""The error codes: docs/errors.md is what the table says, and every hint has a test.

    tests/lint/errors.py           check
    tests/lint/errors.py --write   write docs/errors.md anew

A hint is the text of a row of src/container/hints.c or of a call of error_add_hint() or problem_hint().
A test names it by quoting its longest piece between conversions such as %s, or the first 24 characters of
that. What cannot be produced here is in tests/lint/exceptions with the reason.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import csource  # noqa: E402

STRINGS = r'"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*'
ROW = re.compile(rf'^CODE\((\w+),\s*({STRINGS}),\s*({STRINGS}),\s*({STRINGS}),\s*({STRINGS})\)', re.M)
TABLES = (("Mistakes in config.json", "src/base/codes_config.def"),
          ("Everything else", "src/base/codes_run.def"))
PAGE = csource.ROOT / "docs/errors.md"


def joined(strings):
    text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', strings))
    return text.replace('\\"', '"').replace("\\\\", "\\")


def codes(path):
    text = csource.read(path)
    rows = [tuple(joined(cell) for cell in match.groups()[1:]) for match in ROW.finditer(text)]
    if len(rows) != len(re.findall(r"^CODE\(", text, re.M)):
        sys.exit(f"{path}: a row is not understood")
    return rows


def escaped(text):
    return re.sub(r"([\\`*_<>\[\]|])", r"\\\1", text)


def page():
    out = ["# Error codes", "",
           "<!-- Written by tests/lint/errors.py --write from src/base/codes_*.def: change it there. -->", "",
           "Every error of tare has a code. Text ends with it (`see: tare explain CODE`), JSON has it as",
           "`code`. A code keeps its name and meaning from release to release; messages may change.",
           "`tare explain CODE` prints what stands here."]
    for title, path in TABLES:
        rows = codes(path)
        out += ["", f"## {title}", ""]
        out += [f"- [{name}](#{name}): {escaped(head)}" for name, head, _, _ in rows]
        for name, head, text, advice in rows:
            out += ["", f"### {name}", "", escaped(head[:1].upper() + head[1:]) + ".", "", escaped(text), "",
                    "**What to do:** " + escaped(advice)]
    return "\n".join(out) + "\n"


def main():
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(page(), encoding="utf-8")
        return
    findings = csource.Findings("errors")
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
        findings.add("page", PAGE.relative_to(csource.ROOT), 1,
                     "is not what the table says: tests/lint/errors.py --write")
    findings.finish()


main()
