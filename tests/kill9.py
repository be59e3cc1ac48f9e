#!/usr/bin/env python3
"""Kills applies at random instants and looks whether anything is lost or doubled.

    tests/kill9.py INFRA [--rounds 200] [--objects 2000]

Each round begins with an empty state, starts `INFRA apply` of so many objects (half of them wait for another),
kills it with SIGKILL after a random time, and looks:

- the state file, if there is one, is whole;
- every object that the journal or the state had at that instant is in the state after the next apply, with
  the id that it had: none was created a second time;
- the next apply ends well, its journal is gone, and the plan after it is empty.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CONFIGURATION = """
resource "terraform_data" "a" {
  count = %d
  input = "a${count.index}"
}

resource "terraform_data" "b" {
  count = %d
  input = terraform_data.a[count.index].id
}
"""


def infra(program, folder, *arguments):
    return subprocess.run(
        [program, *arguments], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300
    )


def ids_in_state(path):
    """The ids by address. Fails if the file is not whole."""
    if not path.exists():
        return {}
    found = {}
    for resource in json.loads(path.read_text())["resources"]:
        for instance in resource["instances"]:
            found[(resource["name"], instance.get("index_key"))] = instance["attributes"]["id"]
    return found


def ids_in_journal(path):
    """The ids by address, up to a line that is torn."""
    found = {}
    if not path.exists():
        return found
    for line in path.read_bytes().split(b"\n")[:-1]:
        for slot in json.loads(line).get("result", {}).get("slots", []):
            if slot["object"] is not None:
                key = slot["key"]["Index"] if isinstance(slot["key"], dict) else None
                found[(slot["resource"]["name"], key)] = json.loads(slot["object"]["attributes"])["id"]
    return found


def check(condition, message, result=None):
    if not condition:
        output = f"\n{result.stdout[-2000:]}{result.stderr[-2000:]}" if result else ""
        sys.exit(f"FAILED: {message}{output}")


def round_of(program, folder, objects, longest):
    half = objects // 2
    (folder / "main.tf").write_text(CONFIGURATION % (half, half))
    state, journal = folder / "terraform.tfstate", folder / ".terraform.tfstate.journal"
    process = subprocess.Popen(
        [program, "apply", "-auto-approve"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(random.uniform(0, longest))
    was_running = process.poll() is None
    if was_running:
        process.send_signal(signal.SIGKILL)
    process.wait()
    known = ids_in_state(state)
    known.update(ids_in_journal(journal))
    again = infra(program, folder, "apply", "-auto-approve")
    check(again.returncode == 0, "the apply after a kill failed", again)
    after = ids_in_state(state)
    check(len(after) == 2 * half, f"{len(after)} objects instead of {2 * half}", again)
    lost = [address for address, id in known.items() if after.get(address) != id]
    check(not lost, f"{len(lost)} of {len(known)} objects were lost or made twice: {lost[:5]}", again)
    check(not journal.exists(), "the journal is still there", again)
    plan = infra(program, folder, "plan", "-detailed-exitcode")
    check(plan.returncode == 0, f"the plan after the apply isn't empty (exit status {plan.returncode})", plan)
    return was_running, len(known)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("infra", help="the program")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--objects", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    program = os.path.abspath(arguments.infra)
    seed = arguments.seed if arguments.seed is not None else random.randrange(1 << 32)
    random.seed(seed)
    with tempfile.TemporaryDirectory() as folder:
        begin = time.monotonic()
        (Path(folder) / "main.tf").write_text(CONFIGURATION % (arguments.objects // 2, arguments.objects // 2))
        whole = infra(program, folder, "apply", "-auto-approve")
        check(whole.returncode == 0, "an apply that nobody kills failed", whole)
        longest = time.monotonic() - begin
    print(f"seed {seed}; an apply takes {longest:.2f} s")
    killed = between = 0
    for number in range(arguments.rounds):
        with tempfile.TemporaryDirectory() as folder:
            was_running, known = round_of(program, Path(folder), arguments.objects, longest)
        killed += was_running
        between += 0 < known < arguments.objects
        if sys.stdout.isatty():
            print(f"\r{number + 1} rounds", end="", flush=True)
    print(f"\n{arguments.rounds} rounds, {killed} killed, {between} of them between first and last object: nothing lost")


if __name__ == "__main__":
    main()
