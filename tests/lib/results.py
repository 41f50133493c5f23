#!/usr/bin/env python3
"""Turn what a test runner wrote into one line a test: pass|fail|skip TAB name TAB remark.

    results.py ctest FILE.xml    junit of ctest; programs of cmocka count by their cases
    results.py tap FILE          bats; a test that the plan promised and that never came is a failure

A program that died, or said nothing that can be understood, is a failure and never a nothing.
"""
import re
import sys
import xml.etree.ElementTree as ET

CASE = re.compile(r"^\[\s*(OK|FAILED|SKIPPED)\s*\] (\S+)\s*$", re.M)
KIND = {"OK": "pass", "FAILED": "fail", "SKIPPED": "skip"}


def one_line(text):
    return " ".join((text or "").split())


def ctest(path):
    for program in ET.parse(path).getroot().iter("testcase"):
        name = program.get("name")
        output = program.findtext("system-out") or ""
        status = program.get("status")  # run, fail, notrun, disabled
        cases = {case: KIND[word] for word, case in CASE.findall(output)}
        for case, kind in cases.items():
            yield kind, f"{name}: {case}", ""
        failed = status == "fail" or program.find("failure") is not None
        if failed and "fail" not in cases.values():
            yield "fail", name, "the program failed outside its test cases"
        elif not failed and "fail" in cases.values():
            yield "fail", name, "the program succeeded in spite of a failed test case"
        elif status in ("notrun", "disabled"):
            skipped = program.find("skipped")
            yield "skip", name, one_line(skipped.get("message") if skipped is not None else status)
        elif not cases and not failed:
            yield "pass", name, ""


def tap(path):
    text = open(path, encoding="utf-8", errors="replace").read()
    plans = re.findall(r"^1\.\.(\d+)", text, re.M)  # one a run of bats
    seen = 0
    for match in re.finditer(r"^(not ok|ok) \d+ (.*)$", text, re.M):
        seen += 1
        name, _, remark = match[2].partition(" # ")
        if match[1] == "not ok":
            yield "fail", name, remark
        elif remark.startswith("skip"):
            yield "skip", name, remark[len("skip"):].strip()
        else:
            yield "pass", name, ""
    if not plans:
        yield "fail", "bats", "no plan was printed"
    for _ in range(seen, sum(map(int, plans))):
        yield "fail", "a test that never ran", "bats ended before its plan did"


def main():
    for kind, name, remark in {"ctest": ctest, "tap": tap}[sys.argv[1]](sys.argv[2]):
        print(kind, one_line(name), one_line(remark), sep="\t")


if __name__ == "__main__":
    main()
