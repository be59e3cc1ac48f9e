#!/usr/bin/env python3
"""Plays the stacks of this project, from nothing, on an emulator: two racks and their databases as one.

    tests/project.py --infra target/release/infra [--terraform PATH] [--latency SECONDS]

One plan of all, one apply of it, in which every operation begins when what it needs is there: it must not take much longer than the
longest chain of operations. Then plans that must be empty; a further rack, made from staging as stacks/README.md says, in one plan
and one apply; staging destroyed, while all else stays.

With --terraform, Terraform plans each stack after each step and has to find no changes. `--latency` is added to every request, as a
distance from AWS is.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from aws.emulator import ENVIRONMENT, ROOT, Emulator, Proxy, errors, in_venv, run

UNCHANGED, CHANGED = 0, 2
# What an apply may take longer than its longest chain: starting, planning, saving states, a slow machine.
PATIENCE = 1.5, 5.0


class Failed(Exception):
    """A step that did not end as it has to."""


class Project:
    def __init__(self, args, folder, proxy):
        self.args, self.folder, self.proxy = args, pathlib.Path(folder), proxy
        for name in ["stacks", "modules"]:
            ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars")
            shutil.copytree(ROOT / name, self.folder / name, ignore=ignored)
        (self.folder / "state").mkdir()

    def infra(self, *command, status=UNCHANGED):
        """What a command says, which must end with that status."""
        begin, calls = time.monotonic(), sum(self.proxy.calls.values())
        found, output = run(self.args.infra, self.folder, self.proxy, *command)
        calls = sum(self.proxy.calls.values()) - calls
        if found != status:
            raise Failed(f"infra {' '.join(command)}: exit status {found}, not {status}\n{errors(output)}")
        print(f"infra {' '.join(command)}: {time.monotonic() - begin:.1f} s, {calls} requests", flush=True)
        for line in output.splitlines():
            if re.match(r"(All of|Apply complete|Destroy complete|It took)", line):
                print(f"  {line}")
        return output

    def apply(self):
        """Applies the saved plan, which must not wait for more than it has to."""
        output = self.infra("apply", "all.plan")
        told = re.search(r"It took (?:(\d+)m)?([\d.]+)s\. The longest chain .* took (?:(\d+)m)?([\d.]+)s", output)
        if told is None:
            raise Failed(f"infra apply did not say how long it took:\n{output[-600:]}")
        took, chain = (60 * int(minutes or 0) + float(seconds) for minutes, seconds in (told.groups()[:2], told.groups()[2:]))
        if took > PATIENCE[0] * chain + PATIENCE[1]:
            raise Failed(f"The apply took {took} s, and its longest chain of operations only {chain} s.")

    def unchanged(self, *stacks):
        """Nobody finds anything to do."""
        self.infra("plan", "-detailed-exitcode", *stacks)
        for stack in stacks if self.args.terraform else []:
            self.terraform(stack, "init")
            self.terraform(stack, "plan", "-detailed-exitcode")
            print(f"  terraform plan in {stack}: no changes", flush=True)

    def terraform(self, stack, *command):
        done = subprocess.run(
            [self.args.terraform, *command, "-no-color"],
            cwd=self.folder / "stacks" / stack,
            env=dict(os.environ, AWS_ENDPOINT_URL=self.proxy.url, **ENVIRONMENT),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != UNCHANGED:
            raise Failed(f"{stack}: terraform {' '.join(command)}: exit status {done.returncode}\n{done.stdout[-3000:]}")

    def add_rack(self):
        """What stacks/README.md says: a copy with another name and other addresses."""
        rack = self.folder / "stacks" / "qa"
        shutil.copytree(self.folder / "stacks" / "staging", rack, ignore=shutil.ignore_patterns(".terraform*"))
        for file in rack.glob("*.tf"):
            file.write_text(file.read_text().replace("staging", "qa").replace("10.20.0.0/16", "10.40.0.0/16"))

    def play(self):
        self.infra("validate")
        self.infra("plan", "-out=all.plan", "-detailed-exitcode", status=CHANGED)
        self.apply()
        self.unchanged("data", "production", "staging")
        self.add_rack()
        output = self.infra("plan", "-out=all.plan", "-detailed-exitcode", status=CHANGED)
        if re.search(r" 0 to add|[1-9]\d* to (change|destroy)", output[output.rindex("All of"):]):
            raise Failed(f"A further rack changes what is there:\n{output[output.rindex('All of'):]}")
        self.apply()
        self.unchanged("data", "production", "qa", "staging")
        self.infra("destroy", "-auto-approve", "staging")
        self.unchanged("data", "production", "qa")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--infra", required=True)
    parser.add_argument("--terraform", help="have Terraform look, too")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that are added to every request")
    args = parser.parse_args()
    args.infra = os.path.abspath(args.infra)
    in_venv()
    with Emulator() as emulator, tempfile.TemporaryDirectory(prefix="project-") as folder:
        proxy = Proxy(emulator.url)
        proxy.latency = args.latency
        try:
            Project(args, folder, proxy).play()
        except Failed as problem:
            print(f"FAILED: {problem}")
            return 1
    print("The project's stacks: passed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
