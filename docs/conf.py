# Makes a site of docs/src with Sphinx: tools/site.sh, which puts the references beside the pages first.

import json
from pathlib import Path

HERE = Path(__file__).resolve().parent

project = "WasmtimeRuntime"
version = json.loads((HERE.parent / "include" / "wrt.api.json").read_text())["version"]
language = "en"
extensions = ["myst_parser"]
myst_heading_anchors = 4
nitpicky = True

html_theme = "furo"
html_title = f"WasmtimeRuntime {version}"
html_static_path = [str(HERE / "site.css")]
html_css_files = ["site.css"]
html_show_sphinx = False
html_show_copyright = False
html_show_sourcelink = False
html_copy_source = False
pygments_style = "default"
pygments_dark_style = "github-dark"


# What tools/site.sh puts beside the pages.
BESIDE = [
    ("Reference", ["reference/julia/index", "reference/c/index"]),
    ("Project", ["project/README", "project/SECURITY", "project/CONTRIBUTING", "project/CHANGELOG"]),
]


def parts():
    """The parts of pages.txt, each with its pages."""
    found = []
    for line in (HERE / "pages.txt").read_text().splitlines():
        if line.endswith(":"):
            found.append((line[:-1], []))
        elif line and not line.startswith("#"):
            found[-1][1].append(line)
    return found


def add_contents(app, docname, source):
    """The first page has the list of all."""
    if docname == "index":
        for title, pages in [*parts(), *BESIDE]:
            source[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {title}\n\n" + "\n".join(pages) + "\n```\n"
    elif docname in ("reference/julia/index", "reference/c/index"):
        source[0] += "\n```{toctree}\n:hidden:\n:glob:\n\n*\n```\n"


def setup(app):
    app.connect("source-read", add_contents)
