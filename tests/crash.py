#!/usr/bin/env python3
"""Cuts an apply off at every request that changes something, and looks whether the next apply ends as if nothing had happened.

    tests/crash.py --infra target/release/infra [--stack DIR] [--from N] [--to N]

For every mutating request of an undisturbed apply in turn: AWS (an emulator on this machine) carries it out, its answer is never
delivered, and `infra` is killed with SIGKILL at that moment. Then `infra apply` runs again, undisturbed. It has to end well, the
world has to be that of the undisturbed run (no orphan, no duplicate, nothing lost, no tag of ours left), and the plan after it
has to be empty. With --answer-only the process lives: the answer is cut, and it has to find out by itself. With --destroy it is a
destroy that is cut off, after an undisturbed apply, and nothing may be left in the end.

The emulator is moto's server, installed from PyPI into .venv if it is missing.
"""

import argparse
import os
import shutil
import sys
import tempfile

from aws.emulator import ROOT, Emulator, Proxy, errors, in_venv, run
from aws.world import World, difference


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--infra", required=True)
    parser.add_argument("--stack", default=str(ROOT / "tests/aws/crash"))
    parser.add_argument("--from", dest="first", type=int, default=1)
    parser.add_argument("--to", dest="last", type=int)
    parser.add_argument("--answer-only", action="store_true")
    parser.add_argument("--destroy", action="store_true")
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    args.infra = os.path.abspath(args.infra)
    in_venv()
    with Emulator() as emulator:
        return tried(args, emulator, Proxy(emulator.url))


def fresh(args, emulator, proxy):
    """An empty account, and a folder with the stack; with --destroy the stack is there already."""
    emulator.reset()
    proxy.clear()
    folder = tempfile.mkdtemp(prefix="crash-")
    shutil.copytree(args.stack, folder, dirs_exist_ok=True)
    if args.destroy:
        status, output = run(args.infra, folder, proxy, "apply", "-auto-approve")
        if status != 0:
            raise SystemExit(output + "The undisturbed apply failed.")
        proxy.clear()
    return folder


def tried(args, emulator, proxy):
    world = World(emulator.url)
    passed, failures = 0, []
    command = "destroy" if args.destroy else "apply"
    plan = ["plan", "-detailed-exitcode", *(["-destroy"] if args.destroy else [])]
    folder = fresh(args, emulator, proxy)
    status, output = run(args.infra, folder, proxy, command, "-auto-approve")
    if status != 0:
        print(f"{output}The undisturbed {command} failed.")
        return 1
    wanted, names = world.seen(), list(proxy.mutations)
    shutil.rmtree(folder)
    print(f"An undisturbed {command} sends {len(names)} requests that change something.", flush=True)
    for number in range(args.first, min(args.last or len(names), len(names)) + 1):
        folder = fresh(args, emulator, proxy)
        proxy.cut_at = number
        status, output = run(args.infra, folder, proxy, command, "-auto-approve", is_victim=not args.answer_only)
        cut = proxy.mutations[number - 1] if len(proxy.mutations) >= number else "nothing"
        proxy.cut_at = None
        problems = []
        if args.answer_only and status != 0:
            problems.append(f"the {command} whose answer was cut failed:\n" + errors(output))
        status, output = run(args.infra, folder, proxy, command, "-auto-approve")
        if status != 0:
            problems.append(f"the next {command} failed:\n" + errors(output))
        different = difference(wanted, world.seen())
        if different:
            problems.append("the world is another one:\n" + different)
        status, output = run(args.infra, folder, proxy, *plan)
        if status != 0:
            problems.append("the plan is not empty:\n" + errors(output))
        if problems:
            failures.append(number)
            print(f"FAIL {number} ({cut}): " + "\n".join(problems), flush=True)
        else:
            passed += 1
            if args.verbose:
                print(f"ok {number} ({cut})", flush=True)
        shutil.rmtree(folder)
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
