#!/usr/bin/env python3
"""report.py DIRECTORY - the table, the targets and the charts of what measure.py wrote.

DIRECTORY holds results-ENVIRONMENT.json. Prints Markdown; writes table.md and charts (SVG, by
gnuplot) beside the results. p50 and p99 of run are rows of their own.
"""

import json
import pathlib
import statistics
import subprocess
import sys

OURS = ("tare", "tare-musl")  # builds of this tree
# (row, peer, at most)
TARGETS = [
    ("run", "floor", 1.25), ("run", "crun", 0.35), ("run", "runc", 0.12),
    ("run, default seccomp profile, warm", "floor", 1.3), ("run, default seccomp profile, warm", "runc", 0.10),
    ("create + start + kill + delete", "crun", 0.4), ("exec", "crun", 0.35), ("state", "crun", 0.35),
]
# rows of which a whole figure of tare is the target: (row, at most)
LIMITS = [
    ("peak memory of run", 1536), ("container that waits for start, private", 100),
    ("smallest memory limit that starts /bin/true", 128), ("system calls of run", 199),
]
CHARTS = [
    ("run", ["run", "run, default seccomp profile, warm", "exec", "state", "create + start + kill + delete"], "ms"),
    ("throughput", [f"throughput, {n} workers" for n in (1, 2, 4, 8)], "containers per second"),
    ("mounts", [f"run with {n} binds" for n in (10, 100, 1000)], "ms"),
    ("memory", ["peak memory of run", "container that waits for start, PSS"], "KiB"),
]


def median(figures):
    return statistics.median(figures)


def percentile(figures, share):
    return sorted(figures)[min(len(figures) - 1, int(len(figures) * share))]


def names_of(results):
    names = []
    for row in results.values():
        names += [n for n in row if n != "unit" and n not in names]
    return sorted(names, key=lambda n: (n != "floor", n not in OURS, n))


def shown(value):
    return f"{value:.2f}" if value < 1000 else f"{value:,.0f}"


def table(environment, results):
    names = names_of(results)
    peers = [n for n in names if n not in OURS]
    lines = [f"### cgroup {environment}", "",
             "| row | unit | " + " | ".join(names) + " | " + " | ".join(f"tare : {p}" for p in peers) + " |",
             "|---|---|" + "---:|" * (len(names) + len(peers))]
    rows = dict(results)
    if "run" in results:
        for share, label in ((0.5, "p50"), (0.99, "p99")):
            rows[f"run, {label}"] = {n: f if n == "unit" else [percentile(f, share)]
                                     for n, f in results["run"].items()}
    for row, figures in rows.items():
        cells = [shown(median(figures[n])) if n in figures else "" for n in names]
        for peer in peers:
            both = "tare" in figures and peer in figures and median(figures[peer])
            cells.append(f"{median(figures['tare']) / median(figures[peer]):.2f}" if both else "")
        lines.append(f"| {row} | {figures['unit']} | " + " | ".join(cells) + " |")
    return lines + [""]


def ratio(row, peer):
    """Of medians in one row: a function of whose."""
    return lambda name: median(row[name]) / median(row[peer]) if name in row and peer in row else None


def cost_each(few, many, count):
    """What each of count more costs, in us: a function of whose."""
    return lambda name: (median(many[name]) - median(few[name])) / count * 1000 if name in few and name in many else None


def judge(every):
    """The targets, with the figure of each build of ours that was measured."""
    ours = [n for n in OURS if any(n in names_of(results) for results in every.values())]
    lines = ["### Targets", "", "| row | cgroup | against | target | " + " | ".join(ours) + " |",
             "|---|---|---|---:|" + "---:|" * len(ours)]

    def line(row, environment, against, target, figure, met):
        figures = [figure(name) for name in ours]
        if any(f is not None for f in figures):
            cells = ["" if f is None else shown(f) if met(f) else f"**{shown(f)}**" for f in figures]
            lines.append(f"| {row} | {environment} | {against} | {target} | " + " | ".join(cells) + " |")

    for environment, results in every.items():
        for row, peer, most in TARGETS:
            line(row, environment, peer, f"<= {most}", ratio(results.get(row, {}), peer), lambda f, m=most: f <= m)
        for row, most in LIMITS:
            figures = results.get(row, {})
            line(row, environment, "", f"<= {most}", lambda n, r=figures: median(r[n]) if n in r else None,
                 lambda f, m=most: f <= m)
        for workers in (1, 2, 4, 8):
            row = f"throughput, {workers} workers"
            line(row, environment, "crun", ">= 2.5", ratio(results.get(row, {}), "crun"), lambda f: f >= 2.5)
        few = results.get("run with 10 binds", {})
        last = max((n for n in (100, 1000) if "crun" in results.get(f"run with {n} binds", {})), default=0)
        if last and "crun" in few:
            each = cost_each(few, results[f"run with {last} binds"], last - 10)
            line("cost of a mount, us", environment, "crun", f"<= {each('crun'):.1f}", each,
                 lambda f, m=each("crun"): f <= m)
        alone = results.get("run beside 0 containers", {})
        for row, figures in results.items():
            if row.startswith("run beside ") and row != "run beside 0 containers":
                count = int(row.split()[2])
                line(f"cost of one of {count} running containers, us", environment, "", "0",
                     cost_each(alone, figures, count), lambda f: f < 0.5)
    return lines + ["", "Bold: missed.", ""]


def chart(directory, environment, chart_name, rows, unit, results):
    rows = [r for r in rows if r in results]
    if not rows:
        return
    names = [n for n in names_of(results) if any(n in results[r] for r in rows)]
    data = directory / "chart.dat"
    with open(data, "w", encoding="utf-8") as file:
        file.write('"" ' + " ".join(f'"{n}"' for n in names) + "\n")
        for row in rows:
            cells = [f"{median(results[row][n]):.4f}" if n in results[row] else "NaN" for n in names]
            file.write(f'"{row.replace(", ", chr(92) + "n", 1)}" ' + " ".join(cells) + "\n")
    plot = ", ".join(f"'{data}' using {i + 2}{':xtic(1)' if i == 0 else ''} title columnheader"
                     for i in range(len(names)))
    script = f"""set terminal svg size 900,420 background '#ffffff' font 'sans,12'
set output '{directory}/{chart_name}-{environment}.svg'
set title '{chart_name}, cgroup {environment} (median)'
set style data histogram
set style histogram cluster gap 1
set style fill solid 0.85 noborder
set boxwidth 0.9
set grid ytics
set ylabel '{unit}'
set yrange [0:*]
set key outside top horizontal
plot {plot}
"""
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
    data.unlink()


def main():
    directory = pathlib.Path(sys.argv[1])
    every = {p.stem.removeprefix("results-"): json.loads(p.read_text(encoding="utf-8"))
             for p in sorted(directory.glob("results-*.json"))}
    lines = []
    for environment, results in every.items():
        lines += table(environment, results)
        for name, rows, unit in CHARTS:
            chart(directory, environment, name, rows, unit, results)
    text = "\n".join(lines + judge(every))
    (directory / "table.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
