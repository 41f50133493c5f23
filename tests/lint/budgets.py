#!/usr/bin/env python3
"""The budgets of docs/design.md: small files, small functions, few parameters, flat code.

A file has 600 lines, a function 60 (with its head), 5 parameters and 3 levels of nesting; each file
opens with a comment that says what it is for.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import csource  # noqa: E402

FILE, FUNCTION, PARAMETERS, NESTING = 600, 60, 5, 3


def opens_with_comment(text):
    return text.lstrip().startswith(("/*", "//", "# ", "#!"))


def check_functions(findings, path, text):
    for function in csource.functions(csource.code(text)):
        size = function.last - function.line + 1
        depth = csource.Nesting(function.body).deepest

        def over(rule, what, have, budget):
            if have > budget:
                findings.add(rule, path, function.line,
                             f"{function.name} has {have} {what}, the budget is {budget}", function.name)

        over("function", "lines", size, FUNCTION)
        over("parameters", "parameters", function.parameters, PARAMETERS)
        over("nesting", "levels of nesting", depth, NESTING)


def main():
    findings = csource.Findings("budgets")
    for path in csource.sources():
        text = csource.read(path)
        lines = text.count("\n")
        if lines > FILE:
            findings.add("file", path, lines, f"the file has {lines} lines, the budget is {FILE}")
        if not opens_with_comment(text):
            findings.add("opening", path, 1, "the file does not open with a comment on what it is for")
        if path.suffix in (".c", ".h"):
            check_functions(findings, path, text)
    for path in csource.sources("tests", "bundles", suffixes=(".sh", ".bash", ".bats", ".py")):
        lines = csource.read(path).count("\n")
        if lines > FILE:
            findings.add("file", path, lines, f"the file has {lines} lines, the budget is {FILE}")
    findings.finish()


main()
