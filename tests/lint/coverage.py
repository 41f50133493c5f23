#!/usr/bin/env python3
"""docs/spec-coverage.md is what this makes of the tables of the tree, and nothing in it is empty.

Each property of libocispec/spec/*.def needs a row in coverage/properties.txt and a test that names
it; each semantic rule of src/check/rules.def, mount option and seccomp value a test as well. Steps,
host steps, files of cgroups, rules and tests that a row names have to exist. The messages of what
this kernel cannot do come from coverage/kernel.txt, which tests/integration/kernel.bats compares with
what tare prints.

Usage: tests/lint/coverage.py [--write]
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import csource  # noqa: E402
import testnames  # noqa: E402

ROOT, HERE = csource.ROOT, pathlib.Path(__file__).resolve().parent / "coverage"
PAGE = ROOT / "docs/spec-coverage.md"
STRING = r'"((?:[^"\\]|\\.)*)"'
SKIPPED_OBJECTS = r"record|container_process_state"  # tare's own journal; no config has them
MARK = "\1"
problems = []


def table(name):
    """Rows of cells of a .txt file here; a line [x] y opens a section that each row then has."""
    section = None
    for line in (HERE / name).read_text().splitlines():
        opening = re.fullmatch(r"\[(\w+)\] (\S+)", line)
        if opening:
            section = opening.groups()
        elif line and not line.startswith("#"):
            yield section, [cell.strip() for cell in line.split(" | ")]


def spec_objects():
    """{object: [(shape, kind, of, field, json name, presence)]} of the .def files."""
    found = {}
    for path in sorted((ROOT / "libocispec/spec").glob("*.def")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        for name, body in re.findall(r"^OBJECT\((\w+)\)\n(.*?)\nEND\(\1\)", text, re.S | re.M):
            found[name] = re.findall(r"(PROPERTY|LIST|MAP)\((\w+),\s*(\w+),\s*(\w+),\s*"
                                     + STRING + r",\s*(\w+)\)", body)
    return {name: rows for name, rows in found.items() if not re.match(SKIPPED_OBJECTS, name)}


def spec_enums():
    text = re.sub(r"/\*.*?\*/", "", (ROOT / "libocispec/spec/enums.def").read_text(), flags=re.S)
    return {name: re.findall(r"VALUE\(\w+,\s*" + STRING + r"\)", body)
            for name, body in re.findall(r"ENUM\((\w+).*?\)\n(.*?)\nEND\(\1\)", text, re.S)}


def type_of(shape, kind, of, presence):
    """What the reader of libocispec demands, in words."""
    said = {"STRING": "string" if of == "any" else f"string, {of}", "BOOL": "boolean",
            "NUMBER": of, "ENUM": f"one of {of}", "OBJECT": f"object {of}"}[kind]
    said = {"PROPERTY": said, "LIST": f"list: {said}", "MAP": f"map: {said}"}[shape]
    return said + {"OPTIONAL": "", "REQUIRED": ", required",
                   "REQUIRED_NONEMPTY": ", required, not empty"}[presence]


def rules():
    text = (ROOT / "src/check/rules.def").read_text()
    return [(name, section, function, what.replace('\\"', '"')) for name, section, function, what in
            re.findall(r"^RULE\(" + STRING + r",\s*" + STRING + r",\s*\w+,\s*(\w+),\s*" + STRING
                       + r"\)", text, re.M)]


def rule_texts():
    """{function: all that the strings of it, and of what it calls in its file, say}"""
    found = {}
    for path in sorted((ROOT / "src/check").glob("*.c")):
        text = path.read_text()
        bare = csource.code(text)
        bodies = {f.name: csource.code(text, strings=True).split("\n")[f.line - 1:f.last]
                  for f in csource.functions(bare)}
        bodies = {name: "\n".join(lines) for name, lines in bodies.items()}
        file_strings = " ".join(s for _, s in csource.strings_of(text))
        for name in bodies:
            seen, queue = set(), [name]
            while queue:
                current = queue.pop()
                seen.add(current)
                queue += [other for other in bodies
                          if other not in seen and re.search(rf"\b{other}\(", bodies[current])]
            found[name] = "\n".join(bodies[one] for one in seen) if len(seen) < 9 else file_strings
    return found


class Tree:
    """What a cell may refer to."""

    def __init__(self):
        read = lambda pattern: "\n".join(path.read_text() for path in sorted(ROOT.glob(pattern)))
        self.steps = set(re.findall(r"^STEP\(\w+, (\w+),", read("include/tare/steps.def"), re.M))
        self.host = set(re.findall(r"\{\s*" + STRING + r",\s*\w+,", read("src/container/*.c")))
        self.files = read("src/cgroup/*.c")
        self.functions = read("src/**/*.h")
        self.rules = {name for name, *_ in rules()}
        self.tests = testnames.Tests(ROOT)

    def verify(self, where, cell):
        for word in re.findall(r"step `(\w+)`", cell):
            self.need(word in self.steps, where, f"there is no step {word}")
        for words in re.findall(r"host step \"([^\"]+)\"", cell):
            self.need(words in self.host, where, f'there is no host step "{words}"')
        for word in re.findall(r"file `([^`]+)`", cell):
            self.need(word in self.files, where, f"src/cgroup writes no file {word}")
        for word in re.findall(r"function `(\w+)`", cell):
            self.need(f"{word}(" in self.functions or f"struct {word} " in self.functions, where,
                      f"no header has the function {word}")
        for word in re.findall(r"rule ([\w-]+)", cell):
            self.need(word in self.rules, where, f"there is no rule {word}")
        for word in re.findall(r"test (\"[^\"]+\"|\w+)", cell):
            self.need(self.tests.has(word.strip('"')), where, f"there is no test {word}")

    @staticmethod
    def need(holds, where, message):
        if not holds:
            problems.append(f"{where}: {message}")


def row(*cells):
    where = cells[0]
    for cell in cells:
        if not cell:
            problems.append(f"{where}: an empty cell")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def named(tests):
    """A cell of tests: marked, as others may be the best when somebody adds one."""
    return MARK + "<br>".join(tests) + MARK if tests else ""


def heads(*names):
    return ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]


def property_rows(tree):
    objects, texts, listed = spec_objects(), rule_texts(), {}
    parents = {}
    for name, rows in objects.items():
        for _, kind, of, _, json, _ in rows:
            if kind == "OBJECT":
                parents.setdefault(of, []).append(json)
    for section, cells in table("properties.txt"):
        key = (section[0], cells[0])
        tree.need(key not in listed and len(cells) == 3, f"{key}", "is there twice, or not three cells")
        listed[key] = (section[1], *cells[1:])
    for name, rows in objects.items():
        yield from ["", f"### {name}", "", *heads("property", "section", "type", "what tare does",
                                                  "rules", "tests", "how to see it")]
        for shape, kind, of, field, json, presence in rows:
            if (name, json) not in listed:
                problems.append(f"{name}.{json}: has no row in properties.txt")
                continue
            section, does, see = listed.pop((name, json))
            tree.verify(f"{name}.{json}", does)
            applied = [rule for rule, where, function, _ in rules()
                       if re.search(rf"[/\"]{re.escape(json)}\b", texts.get(function, ""))
                       and (where == section or name in ("config", "linux", "process", "resources"))]
            tests = tree.tests.of_property(json, field, parents.get(name, []))
            if not tests:
                problems.append(f"{name}.{json}: no test names it")
            yield row(f"`{json}`", f"{section}", type_of(shape, kind, of, presence), does,
                      ", ".join(applied) or "reader", named(tests), see)
    for name, json in listed:
        problems.append(f"{name}.{json}: is in properties.txt, and not in the tables")


def value_rows(tree):
    """Enumerations, and mount options: each value with a test that names it."""
    text = (ROOT / "src/compile/mount_options.c").read_text()
    values = {name: words for name, words in spec_enums().items() if name != "status"}
    values["mount option"] = re.findall(r"^\t\{ " + STRING + r", [A-Z_]+, [\w| ]+\},", text, re.M)
    for name, words in values.items():
        yield from ["", f"### {name.replace('_', ' ')}", "", *heads("value", "tests")]
        for word in words:
            tests = tree.tests.of_word(word) if word else ["mount_options_are_those_that_work"]
            if not tests:
                problems.append(f"{name} {word}: no test names it")
            yield row(f"`{word or '(empty)'}`", named(tests))


def annotations_of_sources():
    """The names that tare looks for: of annotations and of environment variables."""
    text = "\n".join(csource.code(path.read_text(), strings=True)
                     for path in sorted((ROOT / "src").rglob("*.c")))
    return set(re.findall(r'"(run\.oci\.[\w.-]+|org\.(?:criu|systemd)\.[\w.]+)"', text)) \
        | set(re.findall(r'getenv\("(\w+)"\)', text))


def annotation_rows(tree):
    yield from heads("name", "what it does", "where", "tests")
    listed = {cells[0] for _, cells in table("annotations.txt")}
    for name in sorted(annotations_of_sources() - listed):
        problems.append(f"{name}: has no row in annotations.txt")
    for _, (name, does, where) in table("annotations.txt"):
        tree.verify(name, does)
        tree.need((ROOT / where).exists() and name in csource.read(where), name, f"{where} does not name it")
        tests = tree.tests.of_word(name)
        tree.need(tests, name, "no test names it")
        yield row(f"`{name}`", does, f"`{where}`", named(tests))


def rule_rows(tree):
    yield from heads("rule", "section", "what holds of a right config", "tests")
    texts = rule_texts()
    for name, section, function, what in rules():
        tests = tree.tests.of_messages(texts.get(function, ""))
        tree.need(tests, f"rule {name}", "no test expects one of its messages")
        yield row(name, section, what, named(tests))


def must_rows(tree):
    yield from heads("section", "what is demanded", "what holds it")
    for _, cells in table("musts.txt"):
        tree.need(len(cells) == 3, cells[0], f"not three cells: {cells}")
        tree.verify(f"{cells[0]}, {cells[1]}", cells[2])
        tree.need(re.match(r"rule |reader|test |deviation: ", cells[2]), cells[0],
                  f"what is {cells[2]}?")
        yield row(*cells)


def kernel_rows(tree):
    yield from heads("property", "what this kernel cannot do, as tare says it")
    for _, (pointer, _, _, message) in table("kernel.txt"):
        yield row(f"`{pointer}`", f"`{message}`")


def page(tree):
    text = (HERE / "intro.md").read_text()
    for name, rows in (("properties", property_rows), ("annotations", annotation_rows),
                       ("values", value_rows), ("rules", rule_rows), ("musts", must_rows),
                       ("kernel", kernel_rows)):
        text = text.replace(f"@{name}@", "\n".join(rows(tree)).strip("\n"))
    return text


def is_current(tree, made, there):
    """The page is what was made, but for which tests are named: those have only to exist."""
    if len(made) != len(there):
        return False
    for ours, theirs in zip(made, there):
        pattern = re.sub(f"{MARK}[^{MARK}]*{MARK}", r"([^|]+)", re.escape(ours))
        match = re.fullmatch(pattern, theirs)
        if not match or not all(tree.tests.is_shown(name) for cell in match.groups()
                                for name in cell.split("<br>")):
            print(f"coverage: is: {theirs}\ncoverage: should be: {ours.replace(MARK, '')}")
            return False
    return True


def main():
    tree = Tree()
    text = page(tree)
    for problem in problems:
        print(f"coverage: {problem}")
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(text.replace(MARK, ""))
    elif not PAGE.exists() or not is_current(tree, text.split("\n"), PAGE.read_text().split("\n")):
        problems.append("stale")
        print("coverage: docs/spec-coverage.md is not what tests/lint/coverage.py --write makes")
    return 1 if problems else 0


sys.exit(main())
