"""report.py JSON PAGE: writes the tables of the JSON into the page, between its two marks."""

import json
import sys

BEGIN, END = "<!-- written by benches/publish -->", "<!-- end of what is written -->"

UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns"))


def number(x):
    return f"{x:.2f}" if abs(x) < 10 else f"{x:.1f}" if abs(x) < 100 else f"{x:.0f}"


def time(ns):
    size, unit = next((u for u in UNITS if abs(ns) >= u[0]), UNITS[-1])
    return f"{number(ns / size)} {unit}"


def ratio(x):
    return f"{x:.4f}" if x < 0.1 else f"{x:.3f}" if x < 1 else f"{x:.2f}"


def target(row):
    if row["target_ns"] is not None:
        return f"+{time(row['target_ns'])} (is {time(row['ns'] - row['base_ns'])})"
    return "" if row["target"] is None else ratio(row["target"])


def allocated(row):
    if row["bytes"] is None:
        return ""
    most = "" if row["target_allocations"] is None else f" (target {row['target_allocations']})"
    return f"{row['bytes']} B in {row['allocations']}{most}" if row["bytes"] else f"0{most}"


def cells(row):
    spread = f"{ratio(row['low'])} to {ratio(row['high'])}"
    return [row["name"], row["base"], time(row["ns"]), time(row["base_ns"]), ratio(row["ratio"]), spread, target(row), allocated(row)]


HEADINGS = ["row", "against", "time", "against, time", "ratio", "least to largest", "target", "allocates"]
RULES = ["---", "---", "---:", "---:", "---:", "---", "---", "---"]


def table(headings, rules, rows):
    # A column that no row uses is left out.
    used = [i for i in range(len(headings)) if any(row[i] for row in rows)]
    lines = [headings, rules, *rows]
    return "\n".join("| " + " | ".join(line[i] for i in used) + " |" for line in lines)


def groups(rows):
    found = {}
    for row in rows:
        found.setdefault(row["group"], []).append(cells(row))
    return found


def page(measured):
    about = (
        f"libwrt {measured['library']} on Wasmtime {measured['wasmtime']}, Julia {measured['julia']}, "
        f"{measured['processors']} processors, {measured['rounds']} rounds."
    )
    parts = [about]
    for group, rows in groups(measured["rows"]).items():
        parts += [f"### {group}", table(HEADINGS, RULES, rows)]
    if measured["facts"]:
        facts = [[fact["name"], f"{number(fact['value'])} {fact['unit']}"] for fact in measured["facts"]]
        parts += ["### Sizes and other numbers", table(["what", "how much"], ["---", "---:"], facts)]
    return "\n\n".join(parts)


def main(source, path):
    with open(source, encoding="utf-8") as file:
        measured = json.load(file)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before}{BEGIN}\n\n{page(measured)}\n\n{END}{after}")


main(*sys.argv[1:])
