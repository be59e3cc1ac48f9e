#!/usr/bin/env python3
"""Kills applies at random instants and looks whether anything is lost or doubled.

    tests/kill9.py INFRA [--rounds 200] [--objects 2000] [--seed N]

Every round starts from the same state, of a first configuration. A second one creates a fifth of the objects, changes a
fifth, replaces two fifths (in either order) and destroys the rest; forty objects have provisioners. `INFRA apply` of it
is killed with SIGKILL: in most rounds at an instant anywhere between its start and its end, in the others just when the
journal or a new state file appears, or in the last moments. In every third round the apply after that is killed as well.
Then:

- the state file is whole, for infra, and for `terraform show -json` if there is a Terraform;
- the next apply ends well, with the state that an undisturbed apply ends with but for ids that are made up;
- whatever the state or the journal had at the kill still has the id that it had: nothing was created twice, and nothing
  that was kept has another id than before;
- every object with provisioners has had them run to their end;
- the plan after it is empty, and there is no journal, lock or temporary file.

The last line is `N passed, M failed`.
"""

import argparse
import collections
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STATE, JOURNAL, LOCK = "terraform.tfstate", ".terraform.tfstate.journal", ".terraform.tfstate.lock.info"
EXPECTED_FILES = {"main.tf", "made.log", STATE, STATE + ".backup", ".terraform.tfstate.history"}
PROVISIONED = 40

# `generation` is 1, then 2.
CONFIGURATION = """
resource "terraform_data" "updated" {{
  count = {fifth}
  input = "{generation}-${{count.index}}"
}}

resource "terraform_data" "created_first" {{
  count            = {fifth}
  triggers_replace = {generation}
  input            = terraform_data.updated[count.index].output
  lifecycle {{
    create_before_destroy = true
  }}
}}

resource "terraform_data" "destroyed_first" {{
  count            = {fifth}
  triggers_replace = {generation}
  input            = terraform_data.created_first[count.index].id
}}

resource "terraform_data" "{comes_or_goes}" {{
  count = {fifth}
  input = terraform_data.destroyed_first[count.index].id
}}

resource "terraform_data" "provisioned" {{
  count            = {provisioned}
  triggers_replace = {generation}
  provisioner "local-exec" {{
    quiet   = true
    command = "sleep 0.03; echo ${{self.id}} >> made.log"
  }}
}}

output "all" {{
  value = [length(terraform_data.updated), terraform_data.destroyed_first[0].id]
}}
"""


class Failed(Exception):
    pass


def check(condition, message, result=None):
    if not condition:
        output = f"\n{result.stdout[-300:]}{result.stderr[-2000:]}" if result else ""
        raise Failed(message + output)


def configure(folder, objects, generation):
    text = CONFIGURATION.format(
        fifth=objects // 5,
        generation=generation,
        comes_or_goes="gone" if generation == 1 else "new",
        provisioned=PROVISIONED,
    )
    (folder / "main.tf").write_text(text)


def infra(program, folder, *arguments):
    return subprocess.run(
        [program, *arguments], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300
    )


def apply(program, folder):
    return infra(program, folder, "apply", "-auto-approve")


def ids_in_state(path):
    """The ids of current objects by address. Fails if the file is not whole."""
    if not path.exists() or path.stat().st_size == 0:
        return {}
    found = {}
    for resource in json.loads(path.read_text())["resources"]:
        for instance in resource["instances"]:
            if "deposed" not in instance:
                found[(resource["name"], instance.get("index_key"))] = instance["attributes"]["id"]
    return found


def ids_in_journal(path):
    """The ids by address, none for what is gone, up to a line that is torn."""
    found = {}
    if not path.exists():
        return found
    for line in path.read_bytes().split(b"\n")[:-1]:
        for slot in json.loads(line).get("result", {}).get("slots", []):
            if slot.get("deposed") is not None:
                continue
            key = slot["key"]["Index"] if isinstance(slot["key"], dict) else None
            address = (slot["resource"]["name"], key)
            found[address] = slot["object"] and json.loads(slot["object"]["attributes"])["id"]
    return found


def is_tainted_anywhere(folder, address):
    """Whether the journal's last word, or else the state, is that an object isn't finished."""
    name, key = address
    tainted = False
    path = folder / STATE
    for resource in json.loads(path.read_text())["resources"]:
        for instance in resource["instances"]:
            if (resource["name"], instance.get("index_key")) == address and "deposed" not in instance:
                tainted = instance.get("status") == "tainted"
    if (folder / JOURNAL).exists():
        for line in (folder / JOURNAL).read_bytes().split(b"\n")[:-1]:
            for slot in json.loads(line).get("result", {}).get("slots", []):
                if slot["resource"]["name"] == name and slot["key"] == {"Index": key} and slot["object"]:
                    tainted = slot["object"].get("tainted", False)
    return tainted


def normalised(path):
    """The state without what differs from run to run: made-up ids become their address."""
    state = json.loads(path.read_text())
    names = {}
    for resource in state["resources"]:
        for instance in resource["instances"]:
            check("deposed" not in instance, f"a deposed object is left of {resource['name']}")
            check("status" not in instance, f"a tainted object is left of {resource['name']}")
            names[instance["attributes"]["id"]] = f"id of {resource['name']}[{instance.get('index_key')}]"
    text = json.dumps({"resources": state["resources"], "outputs": state["outputs"]}, sort_keys=True)
    return re.sub(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", lambda m: names.get(m[0], "unknown id"), text)


def files(folder):
    return {entry.name for entry in os.scandir(folder)}


def temporary(names):
    return [name for name in names if name.endswith(".tmp") and not name.startswith(".terraform.tfstate.backup")]


def wait_for(instant, folder, process, longest):
    """Sleeps until the instant of a kill; `instant` says of which kind it is."""
    end = time.monotonic() + longest
    if instant == "anywhere":
        time.sleep(random.uniform(0, longest))
    elif instant == "last moments":
        time.sleep(random.uniform(0.85, 1.05) * longest)
    elif instant == "journal appears":
        while time.monotonic() < end and process.poll() is None and not (folder / JOURNAL).exists():
            pass
        time.sleep(random.choice([0, random.uniform(0, 0.005)]))
    else:
        while time.monotonic() < end and process.poll() is None and not temporary(files(folder)):
            pass
        time.sleep(random.choice([0, random.uniform(0, 0.002)]))


def phase(folder, was_running, before):
    """In which phase of the command it was killed, by what it has left behind."""
    if not was_running:
        return "was over"
    names = files(folder)
    is_unchanged = (folder / STATE).read_bytes() == before
    if JOURNAL in names:
        if temporary(names):
            return "writing the state"
        lines = (folder / JOURNAL).read_bytes().split(b"\n")[:-1]
        if len(lines) == 1:
            return "beginning the journal"
        return "between two operations" if b'"saving"' not in lines[-1] else "around a write"
    if LOCK in names:
        return "planning" if is_unchanged else "ending"
    return "before the lock" if is_unchanged else "ending"


def kill(program, folder, instant, longest):
    before = (folder / STATE).read_bytes()
    process = subprocess.Popen(
        [program, "apply", "-auto-approve"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(instant, folder, process, longest)
    was_running = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return phase(folder, was_running, before)


def round_of(program, terraform, folder, number, setup, phases):
    instant = ["anywhere", "anywhere", "journal appears", "anywhere", "state appears", "last moments"][number % 6]
    phases[kill(program, folder, instant, setup.longest)] += 1
    if number % 3 == 0:
        phases[kill(program, folder, "anywhere", setup.longest)] += 1
    state = folder / STATE
    known = ids_in_state(state)
    journaled = ids_in_journal(folder / JOURNAL)
    known.update(journaled)
    unfinished = {a for a in known if a[0] == "provisioned" and known[a] and is_tainted_anywhere(folder, a)}
    result = infra(program, folder, "state", "list")
    check(result.returncode == 0, "infra can't read the state after a kill", result)
    if terraform:
        result = infra(terraform, folder, "show", "-json", STATE)
        check(result.returncode == 0, "Terraform can't read the state after a kill", result)
    again = apply(program, folder)
    check(again.returncode == 0, "the apply after a kill failed", again)
    after = ids_in_state(state)
    twice = [
        address
        for address, id in known.items()
        if id and address in after and after[address] != id and id != setup.ids.get(address) and address not in unfinished
    ]
    check(not twice, f"{len(twice)} of {len(known)} objects were made twice: {twice[:5]}", again)
    changed = [a for a, id in setup.ids.items() if a[0] == "updated" and after.get(a) != id]
    check(not changed, f"{len(changed)} objects were lost and made again: {changed[:5]}", again)
    check(normalised(state) == setup.wanted, "the state is another one than that of an undisturbed apply", again)
    made = set((folder / "made.log").read_text().split())
    missing = [address for address, id in after.items() if address[0] == "provisioned" and id not in made]
    check(not missing, f"the provisioners of {len(missing)} objects did not run to their end: {missing[:5]}", again)
    plan = infra(program, folder, "plan", "-detailed-exitcode")
    check(plan.returncode == 0, f"the plan after the apply isn't empty (exit status {plan.returncode})", plan)
    left = files(folder) - EXPECTED_FILES
    check(not left, f"left over: {', '.join(sorted(left))}", again)


class Setup:
    """The state that rounds start from, and what they have to come to."""

    def __init__(self, program, folder, objects):
        configure(folder, objects, 1)
        first = apply(program, folder)
        check(first.returncode == 0, "the first apply failed", first)
        self.start = folder.with_name("start")
        shutil.copytree(folder, self.start)
        configure(self.start, objects, 2)
        self.ids = ids_in_state(self.start / STATE)
        lengths = []
        for number in range(3):
            trial = folder.with_name(f"trial{number}")
            shutil.copytree(self.start, trial)
            begin = time.monotonic()
            result = apply(program, trial)
            lengths.append(time.monotonic() - begin)
            check(result.returncode == 0, "an apply that nobody kills failed", result)
            self.wanted = normalised(trial / STATE)
            self.summary = re.search(r"Resources: .*", result.stdout)[0]
        self.longest = sorted(lengths)[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("infra", help="the program")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--objects", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    program, terraform = os.path.abspath(arguments.infra), shutil.which("terraform")
    seed = arguments.seed if arguments.seed is not None else random.randrange(1 << 32)
    random.seed(seed)
    phases, failed = collections.Counter(), 0
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "first").mkdir()
        setup = Setup(program, Path(place) / "first", arguments.objects)
        print(f"seed {seed}; undisturbed, an apply takes {setup.longest:.2f} s. {setup.summary}")
        if not terraform:
            print("there is no Terraform to read states with")
        for number in range(arguments.rounds):
            folder = Path(place) / f"round{number}"
            shutil.copytree(setup.start, folder)
            try:
                round_of(program, terraform, folder, number, setup, phases)
            except Failed as problem:
                failed += 1
                print(f"round {number}: {problem}", flush=True)
            shutil.rmtree(folder)
    for name, count in phases.most_common():
        print(f"{count:5} {name}")
    print(f"{arguments.rounds - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
