#!/usr/bin/env python3
"""The error codes: docs/errors.md is what the table says, and every hint has a test.

    tests/lint/errors.py           check
    tests/lint/errors.py --write   write docs/errors.md anew

A hint is the text of a row of src/container/hints.c or of a call of error_add_hint() or problem_hint().
A test names it by quoting its longest piece between conversions such as %s, or the first 32 characters of
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


CALL = re.compile(r"\b(error_add_hint|problem_hint|remark|(?<=\t)explain)\(")
CONVERSION = re.compile(r"%[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh|h|ll|l|z|j)?[a-zA-Z]")
LITERALS = re.compile(STRINGS)


def hints(path):
    """(line, text) of each hint in a file: the last literal of a call, those of a table."""
    text = re.sub(r'"\s+(?:USUAL_PLACE|TARE_LIBEXEC_DIR)\b\s*(?:")?', "%s", csource.read(path))
    found = []
    for match in CALL.finditer(text):
        call = text[match.start():csource.closing(text, match.end() - 1)]
        strings = [s for s in LITERALS.finditer(call) if joined(s[0]) not in ("%s", "")]
        if strings and match[1] == "remark":
            strings = strings[-1:]
        elif match[1] == "problem_hint":  # its first argument may be a call with a sentence
            strings = strings[-1:]
        elif strings and "?" not in LITERALS.sub("", call):  # one of two, by a condition
            strings = strings[:1]
        found += [(csource.line_of(text, match.start() + s.start()), joined(s[0])) for s in strings]
    if path.name in ("hints.c", "hints_host.c"):
        for match in re.finditer(rf"\bCODE_\w+,\s*({STRINGS}) }}", text):
            found.append((csource.line_of(text, match.start(1)), joined(match[1])))
    return found


def spoken(text):
    """What a test has to quote of a hint: its longest piece, or the beginning of that."""
    return max((piece.strip() for piece in CONVERSION.split(text)), key=len)[:32].rstrip()


def untested(findings):
    tests = "\n".join(csource.read(path) for path in csource.sources("tests", suffixes=(".bats", ".c", ".bash")))
    tests = re.sub(r'"\s*\n\s*"', "", tests).replace('\\"', '"')
    for path in csource.sources("src"):
        for line, text in hints(path) if path.suffix == ".c" else ():
            if spoken(text) not in tests:
                findings.add("hint", path, line, f"no test quotes \"{spoken(text)}\" of the hint: {text}", spoken(text))


def main():
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(page(), encoding="utf-8")
        return
    findings = csource.Findings("errors")
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
        findings.add("page", PAGE.relative_to(csource.ROOT), 1,
                     "is not what the table says: tests/lint/errors.py --write")
    untested(findings)
    findings.finish()


main()
