#!/usr/bin/env python3
"""Finds the functions that commands run, for the linker to put side by side: build/link_order.txt.

    build/link_order.py --infra target/release/infra [--check]

plays commands under valgrind. With --check it says instead how many of the names in the list the program has: another version of
Rust gives functions other names, and then the list is without effect, until it is made again.

Functions that more commands run come first, and those that the same commands run stand together.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from collections import defaultdict

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIST = ROOT / "build" / "link_order.txt"
sys.path.insert(0, str(ROOT / "tests"))
from aws.emulator import ENVIRONMENT, Emulator, in_venv  # noqa: E402

PAIRS = """
resource "terraform_data" "a" {
  count = 500
  input = "a-${count.index}"
}
resource "terraform_data" "b" {
  count = 500
  input = terraform_data.a[count.index].id
}
output "last" { value = terraform_data.b[499].output }
"""
LOCAL = [
    "version",
    "fmt -check",
    "validate",
    "plan",
    "plan -out=saved",
    "show saved",
    "show -json saved",
    "apply saved",
    "plan",
    "plan -json",
    "apply -auto-approve",
    "output",
    "state list",
    "destroy -auto-approve",
]


def functions(infra, folder, command, environment):
    """The names of the functions that a command runs."""
    with tempfile.NamedTemporaryFile(suffix=".callgrind") as out:
        tool = ["valgrind", "--quiet", "--tool=callgrind", "--demangle=no", f"--callgrind-out-file={out.name}"]
        run = subprocess.run(
            [*tool, infra, *command.split()], cwd=folder, env=dict(os.environ, **environment), capture_output=True, check=False
        )
        if run.returncode != 0:
            sys.exit(f"infra {command} in {folder} failed:\n{run.stderr.decode()[-2000:]}")
        text = pathlib.Path(out.name).read_text()
    # After a number stands the name where it comes first, and what follows "'" is the depth of recursion.
    return set(re.findall(r"^c?fn=\(\d+\) ([^'\n]+)", text, re.MULTILINE))


def played(infra):
    """The functions of each command."""
    with tempfile.TemporaryDirectory(prefix="link-order-") as folder:
        pathlib.Path(folder, "main.tf").write_text(PAIRS)
        for command in LOCAL:
            yield functions(infra, folder, command, {})
    with Emulator() as emulator, tempfile.TemporaryDirectory(prefix="link-order-") as folder:
        for stack in ("crash", "calls"):
            place = pathlib.Path(folder, stack)
            place.mkdir()
            for file in (ROOT / "tests/aws" / stack).glob("*.tf"):
                (place / file.name).write_text(file.read_text())
            environment = dict(ENVIRONMENT, AWS_ENDPOINT_URL=emulator.url)
            subprocess.run(
                [infra, "apply", "-auto-approve"], cwd=place, env=dict(os.environ, **environment), capture_output=True, check=True
            )
            yield functions(infra, place, "plan", environment)


def symbols(infra):
    """The names of all functions of the program."""
    listed = subprocess.run(["nm", "--defined-only", infra], capture_output=True, text=True, check=True).stdout
    return {line.split()[2] for line in listed.splitlines() if line.split()[1] in "tTwW"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--infra", required=True)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    args.infra = os.path.abspath(args.infra)
    in_venv()
    known = symbols(args.infra)
    if args.check:
        names = LIST.read_text().split()
        print(f"{len(known.intersection(names))} of {len(names)} names are in the program.")
        return
    runs = defaultdict(list)
    for number, names in enumerate(played(args.infra)):
        print(f"command {number}: {len(names)} functions", flush=True)
        for name in names & known:
            runs[name].append(number)
    ordered = sorted(runs, key=lambda name: (-len(runs[name]), runs[name], name))
    LIST.write_text("".join(f"{name}\n" for name in ordered))
    print(f"{len(ordered)} functions are in {LIST.relative_to(ROOT)}.")


main()
