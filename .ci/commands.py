#!/usr/bin/env python3
"""Writes docs/commands.md from what the program says with -help; with --check it only says if that is something else.

    .ci/commands.py --infra target/debug/infra [--check]
"""

import argparse
import pathlib
import re
import subprocess
import sys

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "commands.md"
HEAD = """<!-- Written by .ci/commands.py from the help texts; change those, not this. -->

# Commands

`infra <command> -help` says the same. Flags have one dash or two; a flag that is on or off takes `=true` or `=false`, too. `-chdir=DIR`
before the command runs it in another folder. In a project (a folder with `stacks/`) `plan`, `apply`, `destroy`, `show`, `output` and
`validate` work on all stacks or on those that are named; the other commands work on one (`-chdir=stacks/NAME`).
"""


def said(infra, *words):
    done = subprocess.run([infra, *words, "-help"], capture_output=True, text=True, check=False)
    return done.stdout


def inner(text):
    """The commands that a help text lists, with what they are for."""
    listed = re.search(r"^(?:Commands|Subcommands):\n((?:  .*\n?)+)", text, re.M)
    return re.findall(r"^  ([a-z-]+) {2,}(.*)$", listed[1], re.M) if listed else []


def sections(infra, path):
    text = said(infra, *path)
    subcommands = inner(text)
    if subcommands:
        for name, _ in subcommands:
            yield from sections(infra, [*path, name])
        return
    yield f"## {' '.join(path)}\n\n```text\n{text.strip()}\n```\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--infra", required=True)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    infra = str(pathlib.Path(args.infra).resolve())
    commands = inner(said(infra))
    rows = "\n".join(f"| {name} | {what} |" for name, what in commands)
    parts = [part for name, _ in commands for part in sections(infra, [name])]
    text = HEAD + f"\n| command | what it does |\n|---|---|\n{rows}\n\n" + "\n".join(parts)
    if not args.check:
        PAGE.write_text(text)
    elif not PAGE.exists() or PAGE.read_text() != text:
        print("docs/commands.md is not up to date: run .ci/commands.py --infra BINARY")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
