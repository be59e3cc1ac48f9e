#!/usr/bin/env python3
"""Plays what the engine scenarios say of validation.

    validate_scenarios.py INFRA SCENARIOS

Every `validate -json` of a scenario must give the errors that are recorded for it. And a configuration
that was planned or applied without errors must be valid.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile


def errors(diagnostics):
    places = [
        (d["summary"], d.get("range", {}).get("filename"), d.get("range", {}).get("start", {}).get("line"))
        for d in diagnostics
        if d["severity"] == "error"
    ]
    return sorted(places, key=str)


def recorded(command):
    return sorted(((e["summary"], e.get("filename"), e.get("line")) for e in command.get("errors", [])), key=str)


def same(found, wanted):
    """Members of cycles come in any order."""
    def plain(items):
        return [(", ".join(sorted(s.removeprefix("Cycle: ").split(", "))), f, n) for s, f, n in items]
    return plain(found) == plain(wanted)


def validate(infra, folder, env):
    result = subprocess.run([infra, "validate", "-json"], cwd=folder, capture_output=True, text=True, env=env)
    return errors(json.loads(result.stdout)["diagnostics"]), result.returncode


def put(config, folder):
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
    shutil.copytree(config, folder, dirs_exist_ok=True)


def play(infra, scenario):
    """Gives how many validations were compared, and a line for each that came out wrong."""
    compared, wrong = 0, []
    with open(os.path.join(scenario, "scenario.json"), encoding="utf-8") as f:
        steps = json.load(f)["steps"]
    with open(os.path.join(scenario, "expected.json"), encoding="utf-8") as f:
        expected = json.load(f)["steps"]
    with tempfile.TemporaryDirectory() as top:
        for step, want in zip(steps, expected):
            folder = os.path.join(top, step.get("workdir", "work"))
            os.makedirs(folder, exist_ok=True)
            if step.get("config"):
                put(os.path.join(scenario, step["config"]), folder)
            for command, outcome in zip(step["commands"], want["commands"]):
                args = command["args"]
                env = {"PATH": os.environ["PATH"], "HOME": top, **step.get("env", {}), **command.get("env", {})}
                if args[0] == "validate" and "-json" in args:
                    good, code = recorded(outcome), outcome.get("exit", 0)
                elif args[0] in ("plan", "apply") and outcome.get("exit", 0) in (0, 2) and not outcome.get("errors"):
                    good, code = [], 0
                else:
                    continue
                if any(a.startswith(("-chdir", "-target")) for a in args):
                    continue
                compared += 1
                found, status = validate(infra, folder, env)
                if not same(found, good) or status != code:
                    wrong.append(f"{os.path.basename(scenario)} {step['name']} {args[0]}: want {good}, found {found}")
    return compared, wrong


def main():
    infra, scenarios = os.path.abspath(sys.argv[1]), sys.argv[2]
    passed = failed = 0
    for name in sorted(os.listdir(scenarios)):
        scenario = os.path.join(scenarios, name)
        if os.path.isfile(os.path.join(scenario, "scenario.json")):
            compared, wrong = play(infra, scenario)
            for line in wrong:
                print(line)
            failed += len(wrong)
            passed += compared - len(wrong)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


main()
