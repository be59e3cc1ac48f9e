#!/usr/bin/env python3
"""Two racks with their databases, from nothing to nothing, on the second emulator.

    tests/racks.py --infra target/release/infra [--terraform PATH] [--first] [-v]

The stack is tests/aws/racks: networks, NAT, endpoints, peerings, databases, and every kind of EKS object. It is applied, planned
(nothing to do), grown (whatever can change in place, versions of Kubernetes among it), planned again, and destroyed; nothing may
be left then. The emulator is ministack, with --first the one that the other tests use.

With --terraform, both programs do all this, each alone in an empty account. At each stage each plans on the other's state and has
to find nothing to do, and the two states are compared attribute by attribute. What the emulator refused is listed.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from aws.emulator import ENVIRONMENT, ROOT, Emulator, Ministack, Proxy, errors, in_venv
from aws.world import World

STAGES = {"applied": [], "grown": ["-var", "grown=true"]}
GONE = {"deleted", "deleting", "terminated", "rejected", "failed"}
# A key of KMS stays for days after its destruction, and tags of what is gone for a while.
LEFT_BEHIND = ("kms.list_keys", "ec2.describe_tags")
TOKEN = re.compile(
    r"\b(?:[a-z]+-)+[0-9a-f]{8,17}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b20\d{6,}[0-9a-f]{8,}\b"
    r"|\b(?:AROA|AIDA|ANPA|AIPA|AGPA)[A-Z0-9]{12,}\b|\b[0-9A-F]{32}\b|\b[0-9a-f]{32}\b|\br?tb[a-z]*-[0-9a-f]+\b|\b\d{8,11}\b"
    r"|\b[0-9a-f]{8}(?=\.us-east-1)|\ba-[0-9a-z]{15,17}\b|\bvpce-[0-9a-f-]+[0-9a-z]*\b"
    r"|\b(?:db|cluster)-[0-9A-F]{20}\b|(?<=/)[0-9a-f]{8}$"
)
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d| \+0000 UTC)?")
ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}$|(?<=ip-)\d{1,3}(?:-\d{1,3}){3}|(?<=ec2-)\d{1,3}(?:-\d{1,3}){3}")


class Watching(Proxy):
    """Notes what the emulator refuses."""

    def __init__(self, upstream):
        self.refused = {}
        super().__init__(upstream)

    def forward(self, h, body):
        content, status, headers = super().forward(h, body)
        if status >= 400:
            said = re.search(rb"<Code>([^<]+)</Code>|\"__type\": ?\"([^\"]+)\"", content)
            if said and b"NotFound" in said.group(0):
                return content, status, headers  # the answer that a deletion waits for
            code = (said.group(1) or said.group(2)).decode() if said else f"status {status}"
            what = re.search(rb"Action=(\w+)", body or b"")
            name = what.group(1).decode() if what else f"{h.command} {h.path.split('?')[0]}"
            self.refused[(name, code)] = self.refused.get((name, code), 0) + 1
        return content, status, headers


class Program:
    """infra or terraform, with a folder that has the stack."""

    def __init__(self, name, path, proxy, timeout):
        self.name, self.path, self.proxy, self.timeout = name, os.path.abspath(path), proxy, timeout
        self.folder = tempfile.mkdtemp(prefix=f"racks-{name}-")
        shutil.copytree(ROOT / "tests/aws/racks", self.folder, dirs_exist_ok=True)
        self.state = os.path.join(self.folder, "terraform.tfstate")
        status, output = self.run("init")
        if status != 0:
            sys.exit(f"{name} init failed:\n{output}")

    def run(self, *command):
        process = subprocess.Popen(
            [self.path, *command, "-no-color"],
            cwd=self.folder,
            env=dict(os.environ, AWS_ENDPOINT_URL=self.proxy.url, TF_IN_AUTOMATION="1", **ENVIRONMENT),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            output, _ = process.communicate(timeout=self.timeout)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # both programs end well then
            output = process.communicate()[0] + f"\nError: not done after {self.timeout} s\n"
        return process.returncode, output


class Racks:
    def __init__(self, args, emulator):
        self.args, self.emulator, self.proxy = args, emulator, Watching(emulator.url)
        self.world, self.problems, self.states = World(emulator.url), [], {}
        paths = {"infra": args.infra, "terraform": args.terraform}
        self.programs = [Program(name, path, self.proxy, args.timeout) for name, path in paths.items() if path]

    def step(self, name, program, *command):
        """Runs a command that has to end with 0, and says how long it took and how many requests it made."""
        self.proxy.clear()
        began = time.monotonic()
        status, output = program.run(*command)
        took, calls = time.monotonic() - began, sum(self.proxy.calls.values())
        said = next((line for line in output.splitlines() if re.match("Plan:|No changes|Apply complete|Destroy complete", line)), "")
        print(f"{program.name:9} {name:28} {took:6.1f} s {calls:5} requests  {'ok' if status == 0 else 'FAILED'}  {said}", flush=True)
        if status != 0:
            self.problems.append(f"{program.name} {name}: {output if self.args.verbose else errors(output)}")

    def play(self, program):
        self.emulator.reset()
        before = left(self.world.seen())
        for stage, variables in STAGES.items():
            self.step(f"apply ({stage})", program, "apply", "-auto-approve", *variables)
            self.step("plan", program, "plan", "-detailed-exitcode", *variables)
            with open(program.state) as file:
                self.states[program.name, stage] = json.load(file)
            for other in self.programs:
                if other is not program:
                    shutil.copy(program.state, other.state)
                    self.step(f"plan on {program.name}'s state", other, "plan", "-detailed-exitcode", *variables)
                    os.remove(other.state)
        self.step("destroy", program, "destroy", "-auto-approve", *STAGES["grown"])
        after = left(self.world.seen())
        for call, found in after.items():
            if found != before[call]:
                more = [each for each in everything(found) if each not in everything(before[call])]
                self.problems.append(f"{program.name} left something behind: {call} {json.dumps(more)[:1000]}")

    def compare(self):
        for stage in STAGES:
            one, two = (flat(self.states[program.name, stage]) for program in self.programs)
            different = sorted(key for key in {*one, *two} if one.get(key) != two.get(key))
            same = len({*one, *two}) - len(different)
            objects = len({key.split(" ")[0] for key in one})
            print(f"states {stage}: {objects} objects, {same} attributes are the same, {len(different)} differ")
            for key in different[:40]:
                values = [json.dumps(found.get(key, "not there"))[:200] for found in (one, two)]
                self.problems.append(f"{stage} {key}: {values[0]} and {values[1]}")


def left(seen):
    """What a world has, call by call, without what is gone and only still told of."""
    return {call: alive(found) for call, found in seen.items() if call not in LEFT_BEHIND}


def everything(found):
    """The objects in an answer."""
    return [each for value in found.values() if isinstance(value, list) for each in value]


def alive(found):
    if isinstance(found, dict):
        return {key: alive(value) for key, value in found.items()}
    if isinstance(found, list):
        return [alive(each) for each in found if not (isinstance(each, dict) and is_gone(each))]
    return found


def is_gone(found):
    status = found.get("State", found.get("Status"))
    return (status.get("Code") if isinstance(status, dict) else status) in GONE


def flat(state):
    """The attributes of a state by address and name. What differs from run to run gets the name of where it is first seen."""
    found = {}
    for resource in state["resources"]:
        if resource["mode"] == "managed":
            for instance in resource["instances"]:
                key = json.dumps(instance["index_key"]) if "index_key" in instance else ""
                address = f"{resource.get('module', '')}.{resource['type']}.{resource['name']}[{key}]".replace(" ", "_")
                found[address] = instance
    names = {}
    for address in sorted(found):
        name_tokens(found[address]["attributes"], address, names)
    result = {}
    for address, instance in found.items():
        # Which of a cluster's instances writes is chance: the one that was there first.
        instance["attributes"].pop("writer", None)
        for part, value in {**instance["attributes"], **{f"({k})": v for k, v in instance.items() if k != "attributes"}}.items():
            result[f"{address} {part}"] = renamed(value, names)
    return result


def name_tokens(value, where, names):
    if isinstance(value, dict):
        for key in sorted(value, key=lambda key: (key != "id", key)):
            name_tokens(value[key], f"{where}.{key}", names)
    elif isinstance(value, list):
        for each in sorted(value, key=lambda each: TOKEN.sub("", json.dumps(each, sort_keys=True))):
            name_tokens(each, where, names)
    elif isinstance(value, str):
        tokens = [found.group(0) for found in TOKEN.finditer(value)]
        if {"ip", "dns"} & set(where.rsplit(".", 1)[-1].split("_")):
            tokens += [found.group(0) for found in ADDRESS.finditer(value)]
        for token in tokens:
            names.setdefault(token, f"<{where}>")


def renamed(value, names):
    if isinstance(value, dict):
        return {key: renamed(each, names) for key, each in value.items()}
    if isinstance(value, list):
        return sorted((renamed(each, names) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
    if isinstance(value, str):
        if len(value) > 1200:
            return "<certificate>"
        value = TIME.sub("<time>", value)
        value = TOKEN.sub(lambda found: names.get(found.group(0), found.group(0)), value)
        return ADDRESS.sub(lambda found: names.get(found.group(0), found.group(0)), value)
    return value


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--infra", required=True)
    parser.add_argument("--terraform")
    parser.add_argument("--first", action="store_true", help="the emulator that the other tests use instead")
    parser.add_argument("--timeout", type=int, default=600, help="seconds that a command may take")
    parser.add_argument("-v", "--verbose", action="store_true", help="all that a failed command says")
    args = parser.parse_args()
    in_venv()
    with (Emulator if args.first else Ministack)() as emulator:
        racks = Racks(args, emulator)
        for program in racks.programs:
            racks.play(program)
        if len(racks.programs) == 2:
            racks.compare()
        for (name, code), times in sorted(racks.proxy.refused.items()):
            print(f"the emulator refused {name} {times} times: {code}")
        for program in racks.programs:
            shutil.rmtree(program.folder)
    for problem in racks.problems:
        print(f"FAIL {problem}")
    print("passed" if not racks.problems else f"{len(racks.problems)} problems")
    return 1 if racks.problems else 0


if __name__ == "__main__":
    sys.exit(main())
