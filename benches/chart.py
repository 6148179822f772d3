"""chart.py JSON SVG: draws some telling rows of the JSON as bars, a ratio each, for pages that are light or dark."""

import json
import re
import sys

import matplotlib

matplotlib.use("svg")
# The same file for the same numbers: no random ids, and letters as outlines instead of fonts that differ.
matplotlib.rcParams.update({"svg.hashsalt": "wrt", "svg.fonttype": "path", "font.family": "DejaVu Sans"})

from matplotlib import pyplot  # noqa: E402

# What is drawn, from the fastest against its other side to the slowest: what Julia does, beside what; and the row where it is measured.
BARS = [
    ("Load a compiled module from a file", "compiling it", "A module of", "Julia, deserialize, a file", "Julia, WasmModule"),
    ("Load it from the cache", "compiling it", "A module of", "Julia, WasmModule(engine, bytes; cache = true)", "Julia, WasmModule"),
    ("exports.add(2, 3)", "wasmtime-py", "Calls of WebAssembly", "Julia, instance.exports.add(2, 3)", "wasmtime-py"),
    ("A call on each element of an array", "Rust, a loop of calls", "Broadcasts", "Julia, f.(xs, ys), i64", "Rust"),
    ("A prepared call", "the official C API", "Calls of WebAssembly", "Julia, TypedFunc", "Julia, official"),
    ("A program of WASI", "wasmtime-py", "A program", "Julia, read(mod, String), pooling", "wasmtime-py"),
    ("Compile a module of some MB", "Rust", "A module of", "Julia, WasmModule", "Rust"),
    ("Twelve kernels, geometric mean", "Rust", "Kernels, one call", "geometric mean", "Rust"),
    ("Copy 1 MiB out of a memory", "memmove", "Copies", "1 MiB, copyto!(vector, view)", "memmove"),
    ("Copy 1 MiB into a memory", "memmove", "Copies", "1 MiB, copyto!(view, vector)", "memmove"),
    ("A store and an instance", "Rust", "A store", "Julia, prelinked", "Rust InstancePre, on demand"),
    ("A prepared call", "Rust's TypedFunc", "Calls of WebAssembly", "Julia, TypedFunc", "Rust TypedFunc"),
    ("A host function that may wait", "Rust, async", "Calls of a host that", "Julia function that may wait", "Rust"),
]

TITLE = "What WebAssembly costs from Julia"

# Each colour on light pages and on dark ones.
COLOURS = {
    "ink": ("#24292f", "#e6edf3"),
    "muted": ("#6e7781", "#9198a1"),
    "faster": ("#1a7f4b", "#3fb27f"),
    "same": ("#4a78b0", "#6ea8e6"),
    "slower": ("#c4661f", "#e8935a"),
}
INK, MUTED, FASTER, SAME, SLOWER = (light for light, _ in COLOURS.values())
NAMES = {light: name for name, (light, _) in COLOURS.items()}


def find(rows, bar):
    group, name, base = bar[2:]
    fits = (r for r in rows if r["group"].startswith(group) and r["base"].startswith(base))
    exact = name if not name.startswith("geometric") else None
    return next((r for r in fits if (r["name"] == exact if exact else r["name"].startswith(name))), None)


def said(ratio):
    """How many times faster or slower."""
    if 0.95 <= ratio <= 1.05:
        return "the same"
    times = 1 / ratio if ratio < 1 else ratio
    text = f"{times:,.0f}" if times >= 10 else f"{times:.1f}"
    return f"{text}× {'faster' if ratio < 1 else 'slower'}"


def colour(ratio):
    return FASTER if ratio < 0.95 else SAME if ratio <= 1.05 else SLOWER


def beside(axes, x, y, dy, text, **style):
    """Text at a place of its own left or right of the bars, in the row y."""
    axes.annotate(text, (x, y), (0, dy), xycoords=("axes fraction", "data"), textcoords="offset points", va="center", **style)


def bar_of(axes, y, bar, ratio):
    # From 1, which is the other way: to the left is faster.
    if 0.95 <= ratio <= 1.05:
        axes.plot([1], [y], color=colour(ratio), marker="o", markersize=9, zorder=3)
    else:
        axes.plot([1, ratio], [y, y], color=colour(ratio), linewidth=12, solid_capstyle="butt", zorder=2)
    beside(axes, -0.03, y, 5.5, bar[0], ha="right", fontsize=10.5, color=INK)
    beside(axes, -0.03, y, -7, f"against {bar[1]}", ha="right", fontsize=8.5, color=MUTED)
    beside(axes, 1.03, y, 0, said(ratio), ha="left", fontsize=10.5, color=colour(ratio), fontweight="bold")


def draw(bars, note):
    row, above, below = 0.44, 1.15, 0.75
    height = row * len(bars) + above + below
    figure = pyplot.figure(figsize=(9.6, height))
    axes = figure.add_axes([0.335, below / height, 0.475, row * len(bars) / height])
    least, most = min(ratio for _, ratio in bars), max(ratio for _, ratio in bars)
    axes.set_xscale("log")
    axes.set_xlim(least / 1.5, max(10, most * 1.5))
    axes.set_ylim(len(bars) - 0.5, -0.5)
    for y, (bar, ratio) in enumerate(bars):
        bar_of(axes, y, bar, ratio)
    axes.axvline(1, color=MUTED, linewidth=1.4, zorder=1)
    for text, dx, ha in (("← faster", -8, "right"), ("slower →", 8, "left")):
        axes.annotate(text, (1, 1), (dx, 9), xycoords=("data", "axes fraction"), textcoords="offset points", ha=ha, fontsize=9, color=MUTED)
    ticks = [t for t in (0.0001, 0.001, 0.01, 0.1, 1, 10) if axes.get_xlim()[0] < t <= axes.get_xlim()[1]]
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks], fontsize=9, color=MUTED)
    axes.set_xticks([], minor=True)
    axes.set_yticks([])
    axes.tick_params(length=0, pad=6)
    axes.grid(axis="x", color=MUTED, alpha=0.25, linewidth=0.8)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xlabel("time from Julia ÷ time of the other way (a ratio, logarithmic)", fontsize=9.5, color=MUTED, labelpad=8)
    figure.text(0.02, 1 - 0.32 / height, TITLE, fontsize=15, fontweight="bold", color=INK, va="center")
    figure.text(0.02, 1 - 0.63 / height, note, fontsize=9.5, color=MUTED, va="center")
    return figure


def classed(match):
    """A style whose colours are classes instead."""
    parts = [part.strip() for part in match[1].split(";")]
    pairs = [(part, *part.split(": ", 1)) for part in parts if ": " in part]
    classes = [f"{key}-{NAMES[value]}" for _, key, value in pairs if value in NAMES]
    rest = [part for part, _, value in pairs if value not in NAMES]
    return f'class="{" ".join(classes)}" style="{"; ".join(rest)}"' if classes else match[0]


def adapted(svg):
    """The chart in the colours of the page, light or dark; the background is the page's own."""

    def rules(shade):
        return "".join(f".{key}-{name}{{{key}:{shades[shade]}}}" for name, shades in COLOURS.items() for key in ("fill", "stroke"))

    style = f"<style>{rules(0)}@media (prefers-color-scheme: dark){{{rules(1)}}}</style>"
    svg = re.sub(r'style="([^"]*)"', classed, svg)
    return re.sub(r"(<svg[^>]*>)", rf"\1\n <title>{TITLE}</title>\n {style}", svg, count=1)


def main(source, path):
    with open(source, encoding="utf-8") as file:
        measured = json.load(file)
    found = [(bar, find(measured["rows"], bar)) for bar in BARS]
    bars = sorted(((bar, row["ratio"]) for bar, row in found if row), key=lambda bar: bar[1])
    versions = ", ".join(f"{name} {measured[key]}" for name, key in (("libwrt", "library"), ("Wasmtime", "wasmtime"), ("Julia", "julia")))
    note = f"{versions}; medians of {measured['rounds']} rounds"
    draw(bars, note).savefig(path, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    with open(path, encoding="utf-8") as file:
        svg = adapted(file.read())
    with open(path, "w", encoding="utf-8") as file:
        file.write(svg)


main(*sys.argv[1:])
