#!/usr/bin/env python3
"""Kills applies at random instants and looks whether anything is lost or doubled.

    tests/kill9.py INFRA [--rounds 200] [--objects 2000] [--seed N]

Rounds alternate between making all objects and changing them: a quarter is changed in place, a quarter replaced, a quarter
destroyed, and as many are new. `INFRA apply` is killed with SIGKILL after a random time, from before it begins to plan
until after it is done. Then:

- the state can be read (by Terraform, too, where that is installed, every tenth round);
- the next apply ends well, and no journal is left;
- the objects are those that an undisturbed apply makes, with the same values;
- what the journal said had been done was not done again: objects have the ids that they had at that instant;
- the plan after that is empty.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# {n}: a quarter of the objects.
MADE = """
resource "terraform_data" "kept" {{
  count = {n}
  input = "kept ${{count.index}}"
}}
resource "terraform_data" "user" {{
  count            = {n}
  input            = terraform_data.kept[count.index].output
  triggers_replace = 1
}}
resource "terraform_data" "gone" {{
  count = {n}
  input = terraform_data.user[count.index].id
}}
resource "terraform_data" "other" {{
  for_each = toset([for i in range({n}) : "key ${{i}}"])
  input    = each.key
}}
"""
CHANGED = """
resource "terraform_data" "kept" {{
  count = {n}
  input = "changed ${{count.index}}"
}}
resource "terraform_data" "user" {{
  count            = {n}
  input            = terraform_data.kept[count.index].output
  triggers_replace = 2
  lifecycle {{ create_before_destroy = true }}
}}
resource "terraform_data" "new" {{
  count = {n}
  input = terraform_data.user[count.index].id
}}
resource "terraform_data" "other" {{
  for_each         = toset([for i in range({n}) : "key ${{i}}"])
  input            = each.key
  triggers_replace = "now"
}}
"""

STATE, JOURNAL = "terraform.tfstate", ".terraform.tfstate.journal"


def run(program, folder, *arguments):
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull}
    return subprocess.run(
        [program, *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )


def check(condition, message, result=None):
    if not condition:
        output = f"\n{result.stdout[-1500:]}{result.stderr[-3000:]}" if result else ""
        sys.exit(f"FAILED: {message}{output}")


def objects(folder):
    """Attributes by address; an empty file, which a locked state is at first, is no state."""
    path = folder / STATE
    text = path.read_text() if path.exists() else ""
    found = {}
    for resource in json.loads(text)["resources"] if text else []:
        for instance in resource["instances"]:
            key = (resource["name"], instance.get("index_key"), instance.get("deposed"))
            check(key not in found, f"{key} is in the state twice")
            found[key] = instance["attributes"]
    return found


def done(folder):
    """The ids that the journal says were made last, by address, up to a line that is torn."""
    path = folder / JOURNAL
    found = {}
    for line in path.read_bytes().split(b"\n")[:-1] if path.exists() else []:
        for slot in json.loads(line).get("result", {}).get("slots", []):
            if slot.get("deposed") is None:
                key = slot["key"]
                key = next(iter(key.values())) if isinstance(key, dict) else None
                address = (slot["resource"]["name"], key, None)
                found[address] = json.loads(slot["object"]["attributes"])["id"] if slot["object"] else None
    return found


def values(found):
    """What objects are, with ids replaced by whose they are."""
    whose = {attributes["id"]: str(address) for address, attributes in found.items()}

    def plain(value):
        if isinstance(value, dict):
            return {k: plain(v) for k, v in value.items()}
        return whose.get(value, value) if isinstance(value, str) else value

    return {address: plain(attributes) for address, attributes in found.items()}


class Harness:
    def __init__(self, program, count):
        self.program, self.n = program, count // 4
        self.terraform = shutil.which("terraform")
        self.base = Path(tempfile.mkdtemp(prefix="kill9-"))
        self.wanted, self.longest = [], []
        for text in (MADE, CHANGED):
            (self.base / "main.tf").write_text(text.format(n=self.n))
            begin = time.monotonic()
            whole = run(program, self.base, "apply", "-auto-approve")
            self.longest.append(time.monotonic() - begin)
            check(whole.returncode == 0, "an apply that nobody kills failed", whole)
            self.wanted.append(values(objects(self.base)))
            if text is MADE:
                self.made = (self.base / STATE).read_bytes()

    def round(self, number, folder):
        kind = number % 2
        if kind == 1:
            (folder / STATE).write_bytes(self.made)
        (folder / "main.tf").write_text((MADE, CHANGED)[kind].format(n=self.n))
        begun = done_at_kill = None
        process = subprocess.Popen(
            [self.program, "apply", "-auto-approve"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(random.uniform(0, self.longest[kind] * 1.05))
        killed = process.poll() is None
        if killed:
            process.send_signal(signal.SIGKILL)
        process.wait()
        begun, done_at_kill = (folder / JOURNAL).exists(), done(folder)
        for reader in [self.program] + ([self.terraform] if self.terraform and number % 10 == 0 else []):
            shown = run(reader, folder, "show", "-json")
            check(shown.returncode == 0, f"{reader} can't read the state after a kill", shown)
        again = run(self.program, folder, "apply", "-auto-approve")
        check(again.returncode == 0, "the apply after a kill failed", again)
        check(not (folder / JOURNAL).exists(), "the journal is still there", again)
        after = objects(folder)
        check(values(after) == self.wanted[kind], "the result is another one than without a kill", again)
        twice = [a for a, id in done_at_kill.items() if id is not None and after.get(a, {}).get("id") != id]
        # What was changed before its replacement came is replaced by rights.
        twice = [a for a in twice if kind == 0 or a[0] not in ("user", "other") or done_at_kill[a] not in self.old_ids()]
        check(not twice, f"{len(twice)} of {len(done_at_kill)} objects were lost or made twice: {twice[:5]}", again)
        plan = run(self.program, folder, "plan", "-detailed-exitcode")
        check(plan.returncode == 0, f"the plan after the apply isn't empty (exit status {plan.returncode})", plan)
        if not killed:
            return "after the end"
        return "while applying" if begun and done_at_kill else "before the first object"

    def old_ids(self):
        if not hasattr(self, "old"):
            state = json.loads(self.made)
            self.old = {i["attributes"]["id"] for r in state["resources"] for i in r["instances"]}
        return self.old


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("infra", help="the program")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--objects", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.randrange(1 << 32)
    random.seed(seed)
    harness = Harness(os.path.abspath(arguments.infra), arguments.objects)
    print(f"seed {seed}; making takes {harness.longest[0]:.2f} s, changing {harness.longest[1]:.2f} s")
    phases = {}
    for number in range(arguments.rounds):
        with tempfile.TemporaryDirectory() as folder:
            phase = harness.round(number, Path(folder))
        phases[phase] = phases.get(phase, 0) + 1
    shutil.rmtree(harness.base)
    print("killed " + ", ".join(f"{count} times {phase}" for phase, count in sorted(phases.items())))
    print(f"{arguments.rounds} passed, 0 failed")


if __name__ == "__main__":
    main()
