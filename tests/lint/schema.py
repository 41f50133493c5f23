#!/usr/bin/env python3
"""Compares the tables of libocispec (spec/*.def) with the schemas of the specification, both ways.

Each property of a schema must be in the tables with the same type, range, pattern, values and
presence, and each property of the tables in a schema. What differs on purpose is in EXCEPTIONS,
with its reason; an exception that no longer applies is a mistake too. To prove that it can fail,
every line of the tables is then left out in turn, which must be noticed.

Usage: tests/lint/schema.py [DIRECTORY WITH THE TABLES [DIRECTORY WITH THE SCHEMAS]]
"""

import json
import pathlib
import re
import sys

ROOTS = {"config": "config-schema.json", "state": "state-schema.json",
         "features": "features-schema.json"}

WINDOWS = "another platform's part; tare is for Linux and ignores it as unknown"
PEERS = "runc and crun accept it, so tare does (DESIGN.md, section 8)"
LAG = "in the text of runtime-spec 1.3 (features-linux.md), which the schema lags behind"
RUNC_STATE = "what runc adds to the state, read by engines"

EXCEPTIONS = {
    "config/solaris: not in the tables": WINDOWS,
    "config/windows: not in the tables": WINDOWS,
    "config/vm: not in the tables": WINDOWS,
    "config/zos: not in the tables": WINDOWS,
    "config/freebsd: not in the tables": WINDOWS,
    "config/process/commandLine: not in the tables": WINDOWS,
    "config/process/user/username: not in the tables": WINDOWS,
    "config/process/oomScoreAdj: from -2147483648 to 2147483647, schema: from None to None":
        "the schema sets no bounds; the kernel's own are -1000 to 1000",
    "config/linux/rootfsPropagation: also  rprivate rshared rslave runbindable":
        "and the empty string, for absent; " + PEERS,
    "config/linux/devices/[]/fileMode: from 0 to 65535, schema: from 0 to 511":
        "podman writes the type of the file as well, others set-user-ID bits: " + PEERS,
    "state/pid: from 0 to 2147483647, schema: from 0 to None": "a pid_t ends there",
    "state/status: also paused":
        "the specification lets runtimes add values; runc and crun add this one",
    "state/rootfs: not in the schema": RUNC_STATE,
    "state/created: not in the schema": RUNC_STATE,
    "state/owner: not in the schema": RUNC_STATE,
    "state/systemd-scope: not in the schema": "crun's state has it",
    "state/systemd-scope: its field is systemd_scope, not systemd-scope": "no name in C has a hyphen",
    "features/linux/intelRdt/schemata: not in the schema": LAG,
    "features/linux/intelRdt/monitoring: not in the schema": LAG,
    "features/linux/memoryPolicy: not in the schema": LAG,
    "features/linux/memoryPolicy/modes: not in the schema": LAG,
    "features/linux/memoryPolicy/flags: not in the schema": LAG,
}
for hook in ("prestart", "createRuntime", "createContainer", "startContainer", "poststart",
             "poststop"):
    EXCEPTIONS[f"config/hooks/{hook}/[]/timeout: from 1 to 2147483647, schema: from 1 to None"] = \
        "68 years; beyond, seconds no longer count in milliseconds"

LIMITS = {f"{sign}INT{bits}_{end}": value for bits in (16, 32, 64) for sign, end, value in (
    ("", "MIN", -2**(bits - 1)), ("", "MAX", 2**(bits - 1) - 1), ("U", "MAX", 2**bits - 1))}
STRING = r'"((?:[^"\\]|\\.)*)"'


class Tables:
    """The .def files as Python objects."""

    def __init__(self, directory):
        text = {path.name: re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
                for path in directory.glob("*.def")
                if path.name != "record.def"}  # tare's own journal: no schema knows it
        self.enums, self.objects, self.ranges, self.patterns = {}, {}, {}, {}
        for name, body in self.blocks(text.pop("enums.def"), "ENUM"):
            self.enums[name] = re.findall(r"VALUE\(\w+,\s*" + STRING + r"\)", body)
        rules = text.pop("rules.def")
        for name, low, high in re.findall(r"RANGE\((\w+),\s*\w+,\s*(\w+),\s*(\w+)\)", rules):
            self.ranges[name] = (self.number(low), self.number(high))
        for name, _, pattern in re.findall(
                r"PATTERN\((\w+),\s*" + STRING + r",\s*" + STRING + r"\)", rules):
            self.patterns[name] = pattern.replace("\\\\", "\\")
        for body in text.values():
            for name, lines in self.blocks(body, "OBJECT"):
                self.objects[name] = [
                    dict(zip(("shape", "kind", "of", "field", "json", "presence"), row))
                    for row in re.findall(r"(PROPERTY|LIST|MAP)\((\w+),\s*(\w+),\s*(\w+),\s*"
                                          + STRING + r",\s*(\w+)\)", lines)]

    @staticmethod
    def blocks(text, opening):
        return re.findall(opening + r"\((\w+).*?\)\n(.*?)\nEND\(\1\)", text, flags=re.S)

    @staticmethod
    def number(text):
        return LIMITS[text] if text in LIMITS else int(text, 8 if text.startswith("0") else 10)


class Schemas:
    """The JSON schemas, with references followed."""

    def __init__(self, directory):
        self.files = {path.name: json.loads(path.read_text()) for path in directory.glob("*.json")}

    def resolve(self, node, file):
        """The node with its $ref, allOf and single anyOf merged in, and the file it is from."""
        if "$ref" in node:
            target, pointer = node["$ref"].split("#")
            file = target or file
            if file not in self.files:
                return {"type": "elsewhere"}, file
            found = self.files[file]
            for part in pointer.strip("/").split("/"):
                found = found[part]
            rest = {key: value for key, value in node.items() if key != "$ref"}
            found, file = self.resolve(found, file)
            return {**found, **rest}, file
        if "anyOf" in node and len(node["anyOf"]) == 1:
            return self.resolve(node["anyOf"][0], file)
        if "allOf" in node:
            merged = {"type": "object", "properties": {}, "required": []}
            for part in node["allOf"]:
                part, file = self.resolve(part, file)
                merged["properties"].update(part["properties"])
                merged["required"] += part.get("required", [])
            return merged, file
        return node, file


class Comparison:
    """Walks a table and a schema side by side and collects what differs."""

    def __init__(self, tables, schemas):
        self.tables, self.schemas = tables, schemas
        self.differences, self.used, self.count = [], set(), 0

    def differ(self, path, what):
        self.differences.append(f"{path}: {what}")

    def run(self):
        for name, file in ROOTS.items():
            node, file = self.schemas.resolve(self.schemas.files[file], file)
            self.compare_object(name, name, node, file)
        for name in [*self.tables.objects, *self.tables.enums, *self.tables.patterns]:
            if name not in self.used:
                self.differ(name, "is not used by any property that a schema has")
        return self.differences

    def compare_object(self, path, name, node, file):
        self.used.add(name)
        rows = {row["json"]: row for row in self.tables.objects.get(name, [])}
        properties = node.get("properties", {})
        for key in properties:
            if key not in rows:
                self.differ(f"{path}/{key}", "not in the tables")
        for key, row in rows.items():
            where = f"{path}/{key}"
            self.count += 1
            if row["field"] != snake_case(key):
                self.differ(where, f"its field is {row['field']}, not {snake_case(key)}")
            if key not in properties:
                self.differ(where, "not in the schema")
                self.used.add(row["of"])
                if row["kind"] == "OBJECT":
                    self.compare_object(where, row["of"], {}, file)
                continue
            required = key in node.get("required", [])
            if required != (row["presence"] != "OPTIONAL"):
                self.differ(where, f"{'' if required else 'not '}required in the schema")
            self.compare_value(where, row, *self.schemas.resolve(properties[key], file))

    def compare_value(self, where, row, node, file):
        kind = {"array": "LIST", "object": "MAP" if is_map(node) else "PROPERTY"}
        shape = kind.get(node.get("type"), "PROPERTY")
        if row["shape"] != shape:
            self.differ(where, f"{row['shape']} in the tables, {shape} in the schema")
            return
        if (row["presence"] == "REQUIRED_NONEMPTY") != (node.get("minItems", 0) > 0):
            self.differ(where, "minItems differs")
        if shape == "LIST":
            where, (node, file) = f"{where}/[]", self.schemas.resolve(node["items"], file)
        elif shape == "MAP":
            values = node.get("additionalProperties") or node["patternProperties"][".{1,}"]
            where, (node, file) = f"{where}/*", self.schemas.resolve(values, file)
        self.compare_single(where, row, node, file)

    def compare_single(self, where, row, node, file):
        kinds = {"boolean": "BOOL", "integer": "NUMBER", "object": "OBJECT",
                 "string": "ENUM" if "enum" in node else "STRING"}
        kind = kinds.get(node.get("type"))
        self.used.add(row["of"])
        if row["kind"] != kind:
            self.differ(where, f"{row['kind']} in the tables, {kind} in the schema")
        elif kind == "OBJECT":
            self.compare_object(where, row["of"], node, file)
        elif kind == "NUMBER":
            self.compare_range(where, self.tables.ranges[row["of"]], node)
        elif kind == "ENUM":
            self.compare_values(where, self.tables.enums[row["of"]], node["enum"])
        elif kind == "STRING" and self.tables.patterns[row["of"]] != node.get("pattern", ""):
            self.differ(where, f"pattern {self.tables.patterns[row['of']]}, "
                               f"schema: {node.get('pattern', 'none')}")

    def compare_range(self, where, bounds, node):
        wanted = (node.get("minimum"), node.get("maximum"))
        if bounds != wanted:
            self.differ(where, "from {} to {}, schema: from {} to {}".format(*bounds, *wanted))

    def compare_values(self, where, values, wanted):
        extra = sorted(set(values) - set(wanted))
        missing = sorted(set(wanted) - set(values))
        if extra:
            self.differ(where, "also " + " ".join(extra))
        if missing:
            self.differ(where, "lacks " + " ".join(missing))
        if len(values) != len(set(values)):
            self.differ(where, "has a value twice")


def is_map(node):
    return "additionalProperties" in node or "patternProperties" in node


def snake_case(name):
    """closID -> clos_id, throttleReadIOPSDevice -> throttle_read_iops_device"""
    name = name.replace("closID", "clos_ID")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def verdict(tables, schemas):
    """What differs without an exception, and exceptions without a difference."""
    comparison = Comparison(tables, schemas)
    differences = comparison.run()
    wrong = [text for text in differences if text not in EXCEPTIONS]
    wrong += [f"{text} (an exception that no longer applies)"
              for text in EXCEPTIONS if text not in differences]
    return wrong, comparison.count


def unnoticed(tables, schemas):
    """The table lines that could be left out without a difference: there must be none."""
    missed = []
    for name, rows in [*tables.objects.items(), *tables.enums.items()]:
        for index in range(len(rows)):
            removed = rows.pop(index)
            if not verdict(tables, schemas)[0]:
                missed.append(f"{name}: leaving out {removed} is not noticed")
            rows.insert(index, removed)
    return missed


def main(arguments):
    spec = pathlib.Path(__file__).resolve().parents[2] / "libocispec" / "spec"
    directory = pathlib.Path(arguments[0]) if arguments else spec
    tables = Tables(directory)
    schemas = Schemas(pathlib.Path(arguments[1]) if len(arguments) > 1 else spec / "schema")
    wrong, count = verdict(tables, schemas)
    wrong += [] if wrong else unnoticed(tables, schemas)
    for text in wrong:
        print(f"schema: {text}", file=sys.stderr)
    print(f"schema: {count} properties compared, {len(EXCEPTIONS)} exceptions with reasons, "
          f"{len(wrong)} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
