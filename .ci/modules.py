#!/usr/bin/env python3
"""Writes the tables of inputs and outputs in modules/*/README.md from their .tf files; with --check it only says if they differ.

What stands between the two comments `<!-- written by .ci/modules.py -->` and `<!-- end -->` is replaced.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- written by .ci/modules.py -->\n", "<!-- end -->"
BLOCK = re.compile(r'^(variable|output) "([^"]+)" \{\n(.*?)^\}', re.M | re.S)


def description(body):
    heredoc = re.search(r"^  description = <<-EOT\n(.*?)^  EOT", body, re.M | re.S)
    if heredoc:
        lines = [line.strip() for line in heredoc[1].splitlines()]
        return re.sub(r" ?- ", " · ", " ".join(lines)).strip()
    found = re.search(r'^  description = "((?:[^"\\]|\\.)*)"', body, re.M)
    return found[1].replace('\\"', '"') if found else ""


def default(body):
    found = re.search(r"^  default +?= (.*?)(?=^  \w|\Z)", body, re.M | re.S)
    if not found:
        return "required"
    text = found[1].strip()
    return f"`{text}`" if "\n" not in text else "see variables"


def tables(folder):
    rows = {"variable": [], "output": []}
    for file in sorted(folder.glob("*.tf")):
        for kind, name, body in BLOCK.findall(file.read_text()):
            cells = [f"`{name}`", description(body).replace("|", "\\|")]
            rows[kind].append(cells + ([default(body)] if kind == "variable" else []))
    inputs = ["## Inputs\n", "| name | what it is | default |", "|---|---|---|"] + [f"| {' | '.join(r)} |" for r in rows["variable"]]
    outputs = ["\n## Outputs\n", "| name | what it is |", "|---|---|"] + [f"| {' | '.join(r)} |" for r in rows["output"]]
    return "\n".join(inputs + outputs) + "\n"


def main():
    is_stale = False
    for readme in sorted(ROOT.glob("modules/*/README.md")):
        text = readme.read_text()
        before, rest = text.split(BEGIN, 1)
        wanted = before + BEGIN + tables(readme.parent) + END + rest.split(END, 1)[1]
        if wanted != text and "--check" in sys.argv:
            print(f"{readme.relative_to(ROOT)} is not up to date: run .ci/modules.py")
            is_stale = True
        elif wanted != text:
            readme.write_text(wanted)
    return int(is_stale)


if __name__ == "__main__":
    sys.exit(main())
