"""What the lint tests need to know of C: sources without comments, functions, exceptions.

No compiler front end: the project's own style (kernel style, no macros that open or close a brace
for somebody else) is simple enough to be read by a small tokenizer, and a lint that needs nothing
but python3 runs everywhere.
"""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)
WORD = re.compile(r"[A-Za-z_]\w*|[^\s\w]|\d\w*")


def sources(*folders, suffixes=(".c", ".h", ".def", ".S")):
    """The project's own source files, as paths relative to the root."""
    found = []
    for folder in folders or ("src", "include", "libocispec", "tests"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in suffixes and path.is_file():
                found.append(path.relative_to(ROOT))
    return sorted(found)


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def blank(text):
    """As many lines as before, and nothing else."""
    return re.sub(r"[^\n]", " ", text)


def code(text, strings=False):
    """The text without comments, and without what strings say unless they are wanted."""

    def replace(match):
        token = match[0]
        if token[0] == "/":
            return blank(token)
        return token if strings else token[0] + blank(token[1:-1]) + token[-1]

    return TOKEN.sub(replace, text)


def without_directives(text):
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: blank(m[0]), text, flags=re.M)


def strings_of(text):
    """(line, contents) of each string literal; neighbours that the compiler joins are joined."""
    bare = TOKEN.sub(lambda m: blank(m[0]) if m[0][0] == "/" else m[0], text)
    for match in re.finditer(r'"(?:\\.|[^"\\\n])*"(?:\s*"(?:\\.|[^"\\\n])*")*', bare):
        yield line_of(text, match.start()), re.sub(r'"\s*"', "", match[0])[1:-1]


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def closing(text, start):
    """The offset of the bracket that closes the one at `start`."""
    pairs = {"(": ")", "[": "]", "{": "}"}
    depth = 0
    for i in range(start, len(text)):
        if text[i] in pairs:
            depth += 1
        elif text[i] in pairs.values():
            depth -= 1
            if depth == 0:
                return i
    return len(text) - 1


class Function:
    """A function as it is defined: name, first and last line, parameters, body with its braces."""

    def __init__(self, text, start, brace):
        end = closing(text, brace)
        header = re.sub(r"__attribute__\s*\(\(.*?\)\)", lambda m: blank(m[0]), text[start:brace], flags=re.S)
        name = re.search(r"([A-Za-z_]\w*)\s*\(", header)
        self.name = name[1]
        self.parameters = self.count(header[name.end():closing(header, name.end() - 1)])
        self.offset = start + len(header) - len(header.lstrip())
        self.line = line_of(text, self.offset)
        self.last = line_of(text, end)
        self.body = text[brace:end + 1]
        self.end = end

    @staticmethod
    def count(text):
        depth, number = 0, 1
        if text.strip() in ("", "void"):
            return 0
        for char in text:
            depth += (char in "([{") - (char in ")]}")
            number += char == "," and depth == 0
        return number - text.rstrip().endswith("...")


def functions(text):
    """All functions of a file, whose text has been through code()."""
    text = without_directives(text)
    start = i = 0
    found = []
    while i < len(text):
        char = text[i]
        if char == ";":
            start = i + 1
        elif char == "(":
            i = closing(text, i)
        elif char == "{":
            header = text[start:i]
            if "(" in header and "=" not in re.sub(r"\(.*\)", "", header, flags=re.S):
                function = Function(text, start, i)
                found.append(function)
                i = function.end
                start = i + 1
            else:
                i = closing(text, i)
                if "=" not in header and "(" not in header and not re.match(r"\s*(static |const |typedef )*(struct|union|enum)", header):
                    start = i + 1
        elif char == "}":
            start = i + 1
        i += 1
    return found


class Nesting:
    """How deep the control statements of a body nest; `else if` does not count as deeper."""

    def __init__(self, body):
        self.words = WORD.findall(body)
        self.i = 0
        self.deepest = 0
        self.statement(0)

    def peek(self):
        return self.words[self.i] if self.i < len(self.words) else ""

    def take(self):
        self.i += 1
        return self.words[self.i - 1]

    def group(self):
        """Over a bracketed group."""
        depth = 0
        while self.i < len(self.words):
            word = self.take()
            depth += (word in "([{") - (word in ")]}")
            if depth == 0:
                return

    def inner(self, depth):
        self.deepest = max(self.deepest, depth)
        self.statement(depth)

    def statement(self, depth):
        word = self.peek()
        if word == "{":
            self.take()
            while self.peek() not in ("}", ""):
                self.statement(depth)
            self.i += 1
        elif word == "if":
            self.take()
            self.group()
            self.inner(depth + 1)
            if self.peek() == "else":
                self.take()
                if self.peek() == "if":
                    self.statement(depth)
                else:
                    self.inner(depth + 1)
        elif word in ("for", "while", "switch"):
            self.take()
            self.group()
            self.inner(depth + 1)
        elif word == "do":
            self.take()
            self.inner(depth + 1)
            self.simple()
        elif word in ("case", "default"):
            while self.peek() not in (":", ""):
                self.take()
            self.i += 1
        elif re.match(r"\w", word) and self.is_loop_macro():
            self.take()
            self.group()
            self.inner(depth + 1)
        else:
            self.simple()

    def is_loop_macro(self):
        """NAME(...) {"""
        saved = self.i
        self.take()
        found = self.peek() == "("
        if found:
            self.group()
            found = self.peek() == "{"
        self.i = saved
        return found

    def simple(self):
        while self.i < len(self.words):
            if self.peek() in "([{":
                self.group()
            elif self.take() == ";":
                return


class Findings:
    """Collects what a lint test found; knows the exceptions, and reports those nobody needs."""

    def __init__(self, check):
        self.check = check
        self.found = []
        self.exceptions = {}
        for number, line in enumerate(read("tests/lint/exceptions").splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            what, _, reason = line.partition(" -- ")
            rule, _, where = what.strip().partition(" ")
            if not where or not reason.strip():
                self.found.append(f"tests/lint/exceptions:{number}: expected: RULE PLACE -- REASON")
            elif rule.split("/")[0] == check:
                self.exceptions[rule, where.strip()] = [number, False]

    def add(self, rule, path, line, message, function=None):
        for where in (f"{path}:{function}", str(path)):
            exception = self.exceptions.get((f"{self.check}/{rule}", where))
            if exception:
                exception[1] = True
                return
        self.found.append(f"{path}:{line}: {message} [{self.check}/{rule}]")

    def finish(self):
        for (rule, where), (number, used) in self.exceptions.items():
            if not used:
                self.found.append(f"tests/lint/exceptions:{number}: {rule} {where} is not needed any more")
        for line in self.found:
            print(line)
        raise SystemExit(1 if self.found else 0)
