#!/usr/bin/env python3
"""draw.py [BUNDLE [RUNS]] - the pictures of docs/guide/plan-and-trace.md, from a real plan and a real run.

As root, with build/release/tare built and the root filesystem of the bundles made. plan.svg shows what `tare plan
--format json` says of the bundle (default: bundles/hello); trace.svg the fastest of RUNS (20) runs with --trace.
"""

import html
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
TARE = TOP / "build/release/tare"

FONT = "font-family='sans-serif' font-size='12'"
ROW = 17
# Of the property that asked for a step; what no property asked for is grey.
COLOURS = {"root": "#8c6bb1", "mounts": "#41ab5d", "process": "#4292c6", "linux": "#fd8d3c", "hooks": "#d9534f",
           "hostname": "#c9a227", "": "#bbbbbb"}
WAITING = {"wait for the host", "follow the helper"}


def text(x, y, words, extra=""):
    return f"<text x='{x:.1f}' y='{y:.1f}' {extra}>{html.escape(words)}</text>"


def box(x, y, width, height, colour, extra=""):
    return f"<rect x='{x:.1f}' y='{y:.1f}' width='{width:.1f}' height='{height:.1f}' fill='{colour}' {extra}/>"


def section(pointer):
    first = pointer.split("/")[1] if pointer else ""
    return first if first in COLOURS else ""


def write(name, width, height, parts):
    svg = [f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' {FONT}>",
           box(0, 0, width, height, "#ffffff")] + parts + ["</svg>"]
    (HERE / name).write_text("\n".join(svg) + "\n", encoding="utf-8")


def legend(x, y):
    parts = []
    for name, colour in COLOURS.items():
        parts += [box(x, y - 10, 11, 11, colour), text(x + 15, y, name or "tare itself")]
        x += 30 + 7 * len(name or "tare itself")
    return parts


# ---- the plan


def about(step):
    """The few words behind the name of a step."""
    arguments = step["arguments"]
    for name in ("target", "path", "file", "directory", "hostname", "key", "name", "new", "property"):
        if name in arguments:
            return str(arguments[name]).replace(f"{TOP}/", "")
    return ""


def shorten(words, most):
    return words if len(words) <= most else words[: most - 1] + "…"


def gather(plan, where):
    """Acts of one side, those that follow each other under one name together."""
    groups = []
    for step in plan:
        if step["where"] != where:
            continue
        if groups and groups[-1][0]["step"] == step["step"]:
            groups[-1].append(step)
        else:
            groups.append([step])
    return groups


def column(groups, x, y, width):
    """The boxes, and for each number of a step the middle of its box."""
    parts, places = [], {}
    for group in groups:
        first, last = group[0], group[-1]
        numbers = f"{first['number']}" if first["number"] == last["number"] else f"{first['number']}–{last['number']}"
        pointers = [step["origin"]["pointer"] for step in group if step["origin"]]
        words = first["title"] if where_is_inside(first) else first["step"]
        count = f" ×{len(group)}" if len(group) > 1 else ""
        rest = shorten(": " + ", ".join(dict.fromkeys(filter(None, map(about, group)))), 72 - len(words))
        rest = "" if rest == ": " else rest
        parts += [box(x, y, width, ROW - 2, COLOURS[section(pointers[0] if pointers else "")], "rx='3' opacity='0.45'"),
                  text(x + 44, y + 12, numbers, "text-anchor='end' fill='#555'"),
                  text(x + 52, y + 12, words + count + rest)]
        for step in group:
            places[step["number"]] = y + ROW / 2 - 1
        y += ROW
    return parts, places, y


def where_is_inside(step):
    return step["where"] == "inside"


def arrow(x1, y1, x2, y2, words):
    sign = 1 if x2 > x1 else -1
    return [f"<line x1='{x1}' y1='{y1}' x2='{x2}' y2='{y2}' stroke='#333'/>",
            f"<path d='M{x2},{y2} l{-7 * sign},-4 v8 z' fill='#333'/>",
            text((x1 + x2) / 2, (y1 + y2) / 2 - 5, words, "text-anchor='middle' font-size='11'")]


def number_of(plan, step, **arguments):
    for act in plan:
        if act["step"] == step and all(act["arguments"].get(k) == v for k, v in arguments.items()):
            return act["number"]
    return None


def draw_plan(plan):
    left, right, width, top = 10, 700, 570, 46
    host, inside = gather(plan, "host"), gather(plan, "inside")
    parts, host_places, host_end = column(host, left, top, width)
    start = host_places[number_of(plan, "clone the helper")] - ROW / 2 + 1
    more, inside_places, inside_end = column(inside, right, start, width)
    parts += more + [text(left, 36, "tare, on the host", "font-weight='bold'"),
                     text(right, start - 10, "tare-init, inside", "font-weight='bold'")] + legend(left, 16)
    joints = [("clone the helper", inside[0][0]["number"], "clone"),
              ("let the helper go", number_of(plan, "await", milestone=1), "go"),
              ("let it go on", number_of(plan, "await", milestone=3), "limits are set")]
    for name, target, words in joints:
        source = number_of(plan, name)
        if source and target:
            parts += arrow(left + width, host_places[source], right, inside_places[target], words)
    parts += arrow(right, inside_places[inside[-1][-1]["number"]], left + width,
                   host_places[number_of(plan, "follow the helper")], "end of file: it runs")
    write("plan.svg", right + width + 10, int(max(host_end, inside_end)) + 10, parts)


# ---- the trace


def run_traced(bundle, runs):
    best = None
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory) / "trace.json"
        for _ in range(runs):
            subprocess.run([TARE, "--trace", file, "run", "--bundle", bundle, "picture"], check=True,
                           stdout=subprocess.DEVNULL)
            events = [e for e in json.loads(file.read_text())["traceEvents"] if e["ph"] == "X"]
            end = max(e["ts"] + e["dur"] for e in events)
            if best is None or end < best[0]:
                best = end, events
    return best


def draw_trace(end, events):
    label, width, top = 330, 760, 64
    scale = width / end
    parts, y = legend(10, 16), top
    step = next(s for s in (100, 200, 250, 500, 1000, 2000, 5000, 10000, 50000) if end / s <= 12)
    lanes = [("tare, on the host", "host"), ("tare-init, inside", "inside")]
    for title, lane in lanes:
        rows = sorted((e for e in events if e["cat"] == lane), key=lambda e: e["ts"])
        y += 8
        parts.append(text(10, y + 8, f"{title}: {len(rows)} steps", "font-weight='bold'"))
        y += 14
        for event in rows:
            origin = event["args"].get("origin", "")
            colour = "#eeeeee" if event["name"] in WAITING else COLOURS[section(origin)]
            parts += [text(10, y + 10, shorten(f"{event['name']} {event['args'].get('object', origin)}", 52), "font-size='11'"),
                      box(label + event["ts"] * scale, y + 1, max(event["dur"] * scale, 1), 11, colour,
                          "stroke='#777' stroke-width='0.4'"),
                      text(label + (event["ts"] + event["dur"]) * scale + 4, y + 10, f"{event['dur']:.0f}",
                           "font-size='9' fill='#777'")]
            y += 14
    grid = []
    at = 0
    while at <= end:
        x = label + at * scale
        grid += [f"<line x1='{x:.1f}' y1='{top - 8}' x2='{x:.1f}' y2='{y}' stroke='#dddddd'/>",
                 text(x, top - 14, f"{at} µs", "text-anchor='middle' font-size='10' fill='#555'")]
        at += step
    write("trace.svg", label + width + 50, int(y) + 10, grid + parts)


def main():
    bundle = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else TOP / "bundles/hello"
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    plan = subprocess.run([TARE, "plan", "--format", "json", "--bundle", bundle], check=True, stdout=subprocess.PIPE)
    draw_plan(json.loads(plan.stdout))
    draw_trace(*run_traced(bundle, runs))


if __name__ == "__main__":
    main()
