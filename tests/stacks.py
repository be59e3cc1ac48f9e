#!/usr/bin/env python3
"""Stacks applied together must come out as stacks applied one after the other.

Makes random projects of stacks that read each other's outputs, and changes them over several generations. Of each project there
are two copies: one is applied as a whole, the other stack by stack. After every generation both must have the same objects and
outputs, and every plan must be empty, of all stacks together and of each by itself. In some generations a command of the first copy
fails, or the process is killed at a random moment: the next apply has to make up for it.

    tests/stacks.py --infra target/release/infra --rounds 20
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


class Project:
    """A random project. `stacks` has, by name, resources (name: what it is made from) and outputs (name: resource)."""

    def __init__(self, rng):
        self.rng = rng
        self.stacks = {f"s{i}": {"resources": {}, "outputs": {}} for i in range(rng.randint(2, 5))}
        self.counter = 0
        for name in self.stacks:
            for _ in range(rng.randint(1, 6)):
                self.add(name)

    def earlier(self, name):
        return [other for other in self.stacks if other < name]

    def add(self, name):
        """A resource, made from others of its stack or from outputs of earlier ones."""
        stack, rng = self.stacks[name], self.rng
        sources = [f"terraform_data.{r}.output" for r in stack["resources"]]
        for other in self.earlier(name):
            sources += [f"data.terraform_remote_state.{other}.outputs.{o}" for o in self.stacks[other]["outputs"]]
        self.counter += 1
        resource = f"r{self.counter}"
        stack["resources"][resource] = {
            "value": rng.randint(0, 9),
            "from": rng.sample(sources, min(len(sources), rng.randint(0, 3))),
            "trigger": None if rng.random() < 0.6 else rng.randint(0, 3),
            "first": rng.random() < 0.3,
            "sleep": rng.random() < 0.2,
        }
        if rng.random() < 0.6:
            stack["outputs"][f"o{self.counter}"] = resource

    def change(self):
        """What a team does between two applies."""
        rng = self.rng
        for name, stack in self.stacks.items():
            for resource in list(stack["resources"]):
                body, chance = stack["resources"][resource], rng.random()
                if chance < 0.25:
                    body["value"] = rng.randint(0, 9)
                elif chance < 0.4:
                    body["trigger"] = rng.randint(0, 3)
                elif chance < 0.5 and not self.is_used(name, resource):
                    del stack["resources"][resource]
                    stack["outputs"] = {o: r for o, r in stack["outputs"].items() if r != resource}
            if rng.random() < 0.4:
                self.add(name)

    def is_used(self, name, resource):
        """Whether anything is made from a resource. Names are unique over all stacks."""
        outputs = [o for o, r in self.stacks[name]["outputs"].items() if r == resource]
        wanted = {f"data.terraform_remote_state.{name}.outputs.{o}" for o in outputs} | {f"terraform_data.{resource}.output"}
        bodies = [body for stack in self.stacks.values() for body in stack["resources"].values()]
        return any(wanted & set(body["from"]) for body in bodies)

    def write(self, folder, failing=None):
        for name, stack in self.stacks.items():
            lines = []
            for other in self.earlier(name):
                lines.append(
                    f'data "terraform_remote_state" "{other}" {{\n  backend = "local"\n'
                    f'  config  = {{ path = "../../state/{other}.tfstate" }}\n}}\n'
                )
            for resource, body in stack["resources"].items():
                parts = "-".join([str(body["value"])] + ["${%s}" % source for source in body["from"]])
                # Values would grow without end.
                lines.append(f'resource "terraform_data" "{resource}" {{\n  input = substr(sha1("{parts}"), 0, 8)')
                if body["trigger"] is not None:
                    lines.append(f'  triggers_replace = {body["trigger"]}')
                if body["first"]:
                    lines.append("  lifecycle {\n    create_before_destroy = true\n  }")
                command = "exit 1" if failing == resource else "sleep 0.05" if body["sleep"] else None
                if command:
                    lines.append(f'  provisioner "local-exec" {{\n    command = "{command}"\n  }}')
                lines.append("}\n")
            for output, resource in stack["outputs"].items():
                lines.append(f'output "{output}" {{\n  value = terraform_data.{resource}.output\n}}\n')
            path = os.path.join(folder, "stacks", name)
            os.makedirs(path, exist_ok=True)
            with open(os.path.join(path, "main.tf"), "w") as file:
                file.write("\n".join(lines))


def run(infra, folder, *words):
    done = subprocess.run([infra, *words, "-no-color"], cwd=folder, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def killed(infra, folder, after):
    """An apply that is killed after so many seconds."""
    process = subprocess.Popen(
        [infra, "apply", "-auto-approve"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.wait()


def world(folder):
    """What states say, without ids."""
    found = {}
    for name in sorted(os.listdir(os.path.join(folder, "state"))):
        if not name.endswith(".tfstate") or name.startswith("."):
            continue
        with open(os.path.join(folder, "state", name)) as file:
            state = json.load(file)
        objects = {
            r["name"]: [(i["attributes"]["output"], i.get("status"), i.get("deposed")) for i in r["instances"]]
            for r in state["resources"]
            if r["mode"] == "managed"
        }
        found[name] = (objects, {o: v["value"] for o, v in state.get("outputs", {}).items()})
    return found


class Failure(Exception):
    pass


def expect(condition, what, *details):
    if not condition:
        raise Failure("\n".join([what, *map(str, details)]))


def settle(infra, folder, what):
    status, output = run(infra, folder, "apply", "-auto-approve")
    expect(status == 0, f"{what}: apply ended with {status}", output[-3000:])
    status, output = run(infra, folder, "plan", "-detailed-exitcode")
    expect(status == 0, f"{what}: the plan after it ended with {status}", output[-3000:])


def play(infra, folder, rng):
    together, apart = os.path.join(folder, "together"), os.path.join(folder, "apart")
    project = Project(rng)
    for generation in range(4):
        disturbed = rng.choice(["", "", "failing", "killed"])
        names = [r for stack in project.stacks.values() for r in stack["resources"]]
        if disturbed == "failing" and names:
            project.write(together, failing=rng.choice(names))
            run(infra, together, "apply", "-auto-approve")
        project.write(together)
        project.write(apart)
        if disturbed == "killed":
            killed(infra, together, rng.uniform(0.005, 0.15))
        settle(infra, together, f"generation {generation} {disturbed}")
        for name in project.stacks:
            status, output = run(infra, apart, f"-chdir=stacks/{name}", "apply", "-auto-approve")
            expect(status == 0, f"generation {generation}: {name} by itself ended with {status}", output[-3000:])
        for name in project.stacks:
            status, output = run(infra, together, f"-chdir=stacks/{name}", "plan", "-detailed-exitcode")
            expect(status == 0, f"generation {generation}: the plan of {name} by itself ended with {status}", output[-3000:])
        one, other = world(together), world(apart)
        expect(one == other, f"generation {generation} {disturbed}: not the same", one, other)
        project.change()
    status, output = run(infra, together, "destroy", "-auto-approve")
    expect(status == 0, "destroy", output[-3000:])
    left = {name: objects for name, (objects, _) in world(together).items() if objects}
    expect(not left, "destroy left something", left)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--infra", default="target/debug/infra", help="the program")
    parser.add_argument("--rounds", type=int, default=10, help="how many projects")
    parser.add_argument("--seed", type=int, help="of the first project; the others follow")
    args = parser.parse_args()
    infra = os.path.abspath(args.infra)
    seed = args.seed if args.seed is not None else random.randrange(1 << 30)
    for at in range(args.rounds):
        folder = tempfile.mkdtemp(prefix="infra-stacks-")
        try:
            play(infra, folder, random.Random(seed + at))
        except Failure as failure:
            print(f"FAILED: seed {seed + at}, in {folder}\n{failure}")
            return 1
        shutil.rmtree(folder)
    print(f"{args.rounds} passed (seed {seed})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
