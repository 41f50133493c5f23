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

# The first runtime of a row is tare. name: (row, environment or None for any, peer, at most)
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
    return sorted(names, key=lambda n: (n != "floor", n != "tare", n))


def shown(value):
    return f"{value:.2f}" if value < 1000 else f"{value:,.0f}"


def table(environment, results):
    names = names_of(results)
    peers = [n for n in names if n != "tare"]
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


def judge(every):
    lines = ["### Targets", "", "| row | cgroup | against | target | measured | |", "|---|---|---|---:|---:|---|"]

    def line(row, environment, against, target, value, met):
        lines.append(f"| {row} | {environment} | {against} | {target} | {value} | {'met' if met else '**missed**'} |")

    for environment, results in every.items():
        for row, peer, most in TARGETS:
            figures = results.get(row, {})
            if peer in figures and "tare" in figures:
                ratio = median(figures["tare"]) / median(figures[peer])
                line(row, environment, peer, f"<= {most}", f"{ratio:.2f}", ratio <= most)
        for row, most in LIMITS:
            if "tare" in results.get(row, {}):
                value = median(results[row]["tare"])
                line(row, environment, "", f"<= {most}", shown(value), value <= most)
        for workers in (1, 2, 4, 8):
            figures = results.get(f"throughput, {workers} workers", {})
            if "crun" in figures:
                ratio = median(figures["tare"]) / median(figures["crun"])
                line(f"throughput, {workers} workers", environment, "crun", ">= 2.5", f"{ratio:.2f}", ratio >= 2.5)
        few = results.get("run with 10 binds", {})
        last = max((n for n in (100, 1000) if "crun" in results.get(f"run with {n} binds", {})), default=0)
        much = results.get(f"run with {last} binds", {})
        if "crun" in few and "crun" in much:
            cost = {n: (median(much[n]) - median(few[n])) / (last - 10) * 1000 for n in ("tare", "crun")}
            line("cost of a mount, us", environment, "crun", f"<= {cost['crun']:.1f}", f"{cost['tare']:.1f}",
                 cost["tare"] <= cost["crun"])
        alone = results.get("run beside 0 containers", {}).get("tare")
        for row, figures in results.items():
            if alone and row.startswith("run beside ") and row != "run beside 0 containers" and "tare" in figures:
                count = int(row.split()[2])
                each = (median(figures["tare"]) - median(alone)) / count * 1000
                line(f"cost of one of {count} running containers, us", environment, "", "0", f"{each:.2f}", each < 0.5)
    return lines + [""]


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
