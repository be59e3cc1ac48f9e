#!/usr/bin/env python3
"""The modules make what they promise.

    tests/modules.py --infra target/debug/infra [--ministack] [--only WORD] [-v]

A case is a folder modules/NAME/tests/CASE: a root module that uses the module, and expected.json, which says

- `plans`: what is planned from nothing with these `variables`: how many objects of which types (`counts`), what they are
  (`values`: address, path, value), or which `errors` there are instead;
- `apply`: whether it is also built, with its `variables`: what comes out (`outputs`: path, value), that the next plan is empty, and
  that nothing is left when it is destroyed.

`(unknown)` is a value that is known after the apply only. --infra may also be Terraform. AWS is the emulator of tests/aws,
installed from PyPI into .venv if it is missing; nothing reaches another machine.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter

from aws.emulator import ENVIRONMENT, ROOT, Emulator, Ministack

UNKNOWN, ABSENT = "(unknown)", "(absent)"
STEP = re.compile(r'\.?([^.\[\]"]+)|\[(\d+)\]|\["([^"]+)"\]')


class Wrong(Exception):
    """Something isn't as expected."""


def at(value, unknown, path):
    """The value at a path such as `vpc_config[0].subnet_ids` or `tags["kubernetes.io/role/elb"]`."""
    for name, index, key in STEP.findall(path):
        step = int(index) if index else name or key
        if unknown is True:
            return UNKNOWN
        unknown = part(unknown, step, None)
        value = part(value, step, ABSENT)
    return UNKNOWN if unknown is True else value


def part(value, step, otherwise):
    try:
        return value[step]
    except (KeyError, IndexError, TypeError):
        return otherwise


def alike(value, wanted):
    """Whether a value is the wanted one, or part of it where that is an object. Lists may be sets, so their order doesn't count."""
    if isinstance(wanted, dict):
        return isinstance(value, dict) and all(alike(value.get(k, ABSENT), v) for k, v in wanted.items())
    if isinstance(wanted, list) and isinstance(value, list):
        rest = list(value)
        for each in wanted:
            found = next((i for i, v in enumerate(rest) if alike(v, each)), None)
            if found is None:
                return False
            rest.pop(found)
        return not rest
    return value == wanted


def flat(text):
    """A message without the frame and the line breaks that a terminal gives it."""
    return " ".join(re.sub(r"[│╷╵]", " ", text).split())


class Case:
    def __init__(self, folder, args, endpoint):
        self.args = args
        self.name = f"{folder.parent.parent.name}/{folder.name}"
        self.expected = json.loads((folder / "expected.json").read_text())
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="modules-"))
        # Modules refer to each other by relative paths; nothing is written beside the originals.
        shutil.copytree(ROOT / "modules", self.scratch / "modules", ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
        self.folder = self.scratch / folder.relative_to(ROOT)
        self.environment = os.environ | ENVIRONMENT | {"AWS_ENDPOINT_URL": endpoint, "TF_IN_AUTOMATION": "1"}

    def run(self, *command, may_fail=False, variables=None):
        flags = [f"-var={name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in (variables or {}).items()]
        done = subprocess.run(
            [self.args.infra, *command, *flags],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=900,
        )
        output = done.stdout + done.stderr
        if self.args.verbose:
            print(f"$ {' '.join(command)} {' '.join(flags)}\n{output}")
        if "panicked" in output:
            raise Wrong(output)
        if done.returncode != 0 and not may_fail:
            raise Wrong(f"{' '.join(command)} ended with {done.returncode}:\n{output[-3000:]}")
        return done.returncode, done.stdout if not may_fail else output

    def play(self):
        try:
            self.run("init", "-no-color", "-input=false")
            for plan in self.expected.get("plans", []):
                self.plan(plan)
            if "apply" in self.expected:
                self.apply(self.expected["apply"])
        finally:
            shutil.rmtree(self.scratch)

    def plan(self, wanted):
        about, variables = wanted.get("about", "the plan"), wanted.get("variables")
        status, output = self.run("plan", "-no-color", "-input=false", "-out=plan", variables=variables, may_fail=True)
        if "errors" in wanted:
            missing = [e for e in wanted["errors"] if e not in flat(output)]
            if status == 0:
                raise Wrong(f"{about}: nothing is wrong with it, but this was expected: {wanted['errors']}")
            if missing:
                raise Wrong(f"{about}: the errors don't say {missing}:\n{output[-3000:]}")
            return
        if status != 0:
            raise Wrong(f"{about}: the plan fails:\n{output[-3000:]}")
        changes = json.loads(self.run("show", "-json", "plan")[1]).get("resource_changes", [])
        created = {c["address"]: c["change"] for c in changes if c["mode"] == "managed" and c["change"]["actions"] == ["create"]}
        counts = Counter(c["type"] for c in changes if c["address"] in created)
        self.compare(about, ((kind, counts[kind], n) for kind, n in wanted.get("counts", {}).items()))
        for address, values in wanted.get("values", {}).items():
            if address not in created:
                raise Wrong(f"{about}: {address} is not created; these are: {sorted(created)}")
            change = created[address]
            self.compare(
                f"{about}: {address}",
                ((path, at(change["after"], change["after_unknown"], path), value) for path, value in values.items()),
            )

    @staticmethod
    def compare(about, rows):
        wrong = [f"  {what} is {json.dumps(value)}, expected: {json.dumps(wanted)}" for what, value, wanted in rows if not alike(value, wanted)]
        if wrong:
            raise Wrong("\n".join([about, *wrong]))

    def apply(self, wanted):
        variables = wanted.get("variables")
        self.run("apply", "-no-color", "-input=false", "-auto-approve", variables=variables)
        status, output = self.run("plan", "-no-color", "-input=false", "-detailed-exitcode", variables=variables, may_fail=True)
        if status != 0:
            raise Wrong(f"the plan after the apply isn't empty:\n{output[-6000:]}")
        outputs = {k: v["value"] for k, v in json.loads(self.run("output", "-json", "-no-color")[1]).items()}
        self.compare("outputs", ((path, at(outputs, None, path), value) for path, value in wanted.get("outputs", {}).items()))
        self.run("destroy", "-no-color", "-input=false", "-auto-approve", variables=variables)
        left = json.loads((self.folder / "terraform.tfstate").read_text())["resources"]
        if left:
            raise Wrong(f"after destroy there are still {len(left)} resources")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--infra", required=True, help="the binary")
    parser.add_argument("--ministack", action="store_true", help="on the second emulator")
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    parser.add_argument("-v", "--verbose", action="store_true", help="print commands and what they say")
    args = parser.parse_args()
    args.infra = shutil.which(args.infra) and os.path.abspath(shutil.which(args.infra)) or sys.exit(f"no such program: {args.infra}")
    folders = [e.parent for e in sorted(ROOT.glob("modules/*/tests/*/expected.json"))]
    folders = [f for f in folders if args.only in f"{f.parent.parent.name}/{f.name}"]
    if not folders:
        sys.exit(f"no case has {args.only!r} in its name")
    failed = []
    with (Ministack if args.ministack else Emulator)() as emulator:
        for folder in folders:
            case, start = Case(folder, args, emulator.url), time.monotonic()
            emulator.reset()
            try:
                case.play()
                print(f"passed  {case.name}  ({time.monotonic() - start:.1f} s)")
            except (Wrong, subprocess.TimeoutExpired) as wrong:
                failed.append(case.name)
                print(f"FAILED  {case.name}\n{wrong}\n")
    print(f"{len(folders) - len(failed)} passed, {len(failed)} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
