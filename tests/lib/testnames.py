"""The tests of the tree by name, and which of them name a property, a value, a message."""
import re

import csource

SHOWN = 2  # that many are named in a cell
PARTS = re.compile(r'(?:[\\\\"]|\d)+')  # messages are compared in parts: numbers and quotes differ
LATER = ("tests/integration/hints", "tests/security/", "tests/callers/", "tests/vm/")  # after integration and unit tests


class Test:
    """A test: what it is called, the file it is in, and its text (with the tables of a C file)."""

    def __init__(self, name, path, body):
        self.name, self.path, self.body = name, path, body
        self.lower = body.lower()  # a macro MEMORY stands for "memory"
        self.words = None

    @property
    def wanted(self):
        """Parts of messages that it may expect: its strings, and the cells of its tables."""
        if self.words is None:
            cells = re.findall(r'"((?:[^"\\]|\\.){6,})"', self.body) \
                + re.findall(r"\|([^|\n]{6,})\|", self.body)
            self.words = {part.strip() for cell in cells for part in PARTS.split(cell)}
            self.words = {part for part in self.words if len(part) > 7}
        return self.words

    def __str__(self):
        return f"{self.path.stem}: {self.name}"


class Tests:
    """All tests of tests/: @test blocks of bats, and functions of tests/unit that cmocka runs."""

    def __init__(self, root):
        self.all = []
        for path in sorted((root / "tests").rglob("*.bats")):
            self.all += self.of_bats(path, path.read_text())
        for path in sorted((root / "tests/unit").glob("test_*.c")):
            self.all += self.of_unit(path, path.read_text())
        self.all.sort(key=lambda test: any(part in str(test.path) for part in LATER))
        self.names = {test.name for test in self.all}
        self.shown = {str(test) for test in self.all}

    @staticmethod
    def of_bats(path, text):
        """Its @test blocks, each with the functions of the file that it calls."""
        helpers = {name: body for name, body in
                   re.findall(r"^([a-z_0-9]+)\(\) \{(.*?)(?:^\}| \}$)", text, re.M | re.S)}
        for match in re.finditer(r'^@test "([^"]*)" \{(.*?)(?:^\}| \}$)', text, re.M | re.S):
            body, queue = match[2], [match[2]]
            while queue:
                words = set(re.findall(r"[a-z_0-9]+", queue.pop()))
                for name in sorted(words & helpers.keys()):
                    if helpers[name] not in body:
                        body += helpers[name]
                        queue.append(helpers[name])
            yield Test(match[1], path, body)

    @staticmethod
    def of_unit(path, text):
        """Its functions; a table of cases counts as a test by the name of each case."""
        bare = csource.code(text)
        lines = csource.code(text, strings=True).split("\n")
        ran = set(re.findall(r"\b(?:cmocka_unit_test\w*|TEST)\((\w+)", text))
        for function in csource.functions(bare):
            if function.name in ran:
                yield Test(function.name, path, "\n".join(lines[function.line - 1:function.last]))
        for match in re.finditer(r'^\tCASE(?:_ON)?\(\s*(?:[A-Z_0-9]+,\s*)?"((?:[^"\\]|\\.)*)"'
                                 r'(.*?)(?=^\tCASE|^\};)', text, re.M | re.S):
            yield Test(match[1], path, match[2])
        tables = re.findall(r"^[^\n/]*?(\w+)\[[^]\n]*\] = \{\n(.*?)^\};", text, re.M | re.S)
        for function in csource.functions(bare):
            for name, body in tables:
                used = "\n".join(lines[function.line - 1:function.last])
                if function.name in ran and "CASE(" not in body and re.search(rf"\b{name}\b", used):
                    yield Test(function.name, path, body)

    def has(self, name):
        return name in self.names

    def is_shown(self, text):
        return text in self.shown or text in self.names

    def best(self, score):
        ranked = sorted(((score(test), index) for index, test in enumerate(self.all)),
                        key=lambda pair: (-pair[0], pair[1]))
        names = []
        for points, index in ranked:
            if points <= 0 or len(names) == SHOWN:
                break
            if str(self.all[index]) not in names:
                names.append(str(self.all[index]))
        return names

    def of_property(self, json, field, parents):
        """Named by a pointer or a path below its object, as a key of one, or as a field in C."""
        word = re.escape(json)
        above = "|".join(re.escape(parent) for parent in parents) or "no parent"
        near = re.compile(rf"\b(?:{above})\b[^|;\n]{{0,200}}?[\"'/.{{,\s]{word}\b", re.S)
        below = re.compile(rf"\b(?:{above})(?:/[\w%*]+)*(?:\[[^]]*\])?[/.]{word}\b")
        key = re.compile(rf"[./{{,\"']\s*{word}(?:\\?[\"'])?\s*[:=/|\"' ]")

        member = re.compile(rf"[.>]{field}\b")

        def score(test):
            if field != json and member.search(test.body):
                return 1
            if json not in test.body or not any(parent.lower() in test.lower for parent in parents or [""]):
                return 0
            if not key.search(test.body) and not below.search(test.body):
                return 0
            return 1 + 4 * bool(below.search(test.body)) + 2 * bool(near.search(test.body)) \
                + (json in test.name)

        return self.best(score)

    def of_word(self, word):
        whole = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])" if word[-1] != "."
                           else re.escape(word))
        return self.best(lambda test: 2 * (word in test.name) +
                         (word in test.body and bool(whole.search(test.body))))

    def of_messages(self, text):
        """Those that expect a part of one of the sentences in the C source `text`."""
        said = "\n".join(piece for _, sentence in csource.strings_of(text) if " " in sentence
                         for piece in PARTS.split(re.sub(r"%[-#0-9.*]*[a-z]+", '"', sentence)))

        at = [re.split("%|~", s)[0] for _, s in csource.strings_of(text) if re.match("/[a-z]", s)]
        pointers = re.compile(r"(?<![\w/])(?:" + "|".join(map(re.escape, sorted(set(at)))) + ")")

        def score(test):
            if not pointers.search(test.body):
                return 0
            judges = 100 * test.path.stem.startswith(("test_check", "refused"))
            return judges + max((len(piece) for piece in test.wanted if piece in said), default=0)

        return self.best(score)
