#!/usr/bin/env python3
"""Others read the plans of infra as JSON.

    tests/plan_readers.py --infra PATH

Installs checkov and terraform-compliance into `.venv/`, makes a plan that creates, updates, replaces, deletes and keeps,
and lets both judge it, with rules that it follows and rules that it breaks. What people ask of plans with jq is
looked at directly.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

READERS = ["checkov", "terraform-compliance"]
VENV = Path(__file__).resolve().parent.parent / ".venv"

BEFORE = """
resource "terraform_data" "kept" {
  input = { owner = "ops" }
}
resource "terraform_data" "updated" {
  input = { owner = "dev" }
}
resource "terraform_data" "replaced" {
  input            = { owner = "dev" }
  triggers_replace = "1"
}
resource "terraform_data" "deleted" {
  input = { owner = "dev" }
}
module "m" {
  source = "./m"
}
"""

AFTER = """
resource "terraform_data" "kept" {
  input = { owner = "ops" }
}
resource "terraform_data" "updated" {
  input = { owner = "qa" }
}
resource "terraform_data" "replaced" {
  input            = { owner = "dev" }
  triggers_replace = "2"
}
resource "terraform_data" "created" {
  input = { nobody = terraform_data.replaced.id }
}
module "m" {
  source = "./m"
}
"""

MODULE = """
resource "terraform_data" "inner" {
  for_each = toset(["a", "b"])
  input    = { owner = each.key }
}
"""

ACTIONS = {
    "terraform_data.created": ["create"],
    "terraform_data.deleted": ["delete"],
    "terraform_data.kept": ["no-op"],
    "terraform_data.replaced": ["delete", "create"],
    "terraform_data.updated": ["update"],
    'module.m.terraform_data.inner["a"]': ["no-op"],
    'module.m.terraform_data.inner["b"]': ["no-op"],
}
OWNERLESS = {"terraform_data.created"}
STAYING = {address for address, actions in ACTIONS.items() if actions != ["delete"]}

RULE = """
metadata:
  id: CKV2_INFRA_1
  name: Everything has an owner
  category: GENERAL_SECURITY
definition:
  cond_type: attribute
  resource_types: [terraform_data]
  attribute: input.owner
  operator: exists
"""

FOLLOWED = """
Feature: Inputs
  Scenario: Everything has an input
    Given I have terraform_data defined
    Then it must have input
  Scenario: What is replaced says why
    Given I have terraform_data defined
    When its name is replaced
    Then it must have triggers_replace
    And its value must be 2
"""

BROKEN = """
Feature: Triggers
  Scenario: Nothing has the trigger 2
    Given I have terraform_data defined
    When its name is replaced
    Then it must have triggers_replace
    And its value must be 3
"""


class Readers:
    def __init__(self, infra, folder):
        self.infra = infra
        self.folder = folder
        self.passed = 0
        self.failed = 0

    def check(self, good, what, detail=""):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print(f"FAIL {what}\n  " + str(detail)[-2000:].replace("\n", "\n  "))

    def run(self, *command):
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "TMPDIR")}
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**keep, "HOME": str(self.folder)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def plan(self):
        """The plan as JSON, in `plan.json`, too."""
        (self.folder / "m").mkdir()
        (self.folder / "m" / "main.tf").write_text(MODULE)
        (self.folder / "main.tf").write_text(BEFORE)
        commands = [["init"], ["apply", "-auto-approve"], ["plan", "-out=plan"], ["show", "-json", "plan"]]
        for command in commands:
            if command[0] == "plan":
                (self.folder / "main.tf").write_text(AFTER)
            done = self.run(self.infra, *command)
            if done.returncode != 0:
                sys.exit(f"infra {' '.join(command)} failed:\n{done.stdout}{done.stderr}")
        (self.folder / "plan.json").write_text(done.stdout)
        return json.loads(done.stdout)

    def queries(self, plan):
        """What jq is asked for."""
        changes = {c["address"]: c["change"] for c in plan["resource_changes"]}
        actions = {address: change["actions"] for address, change in changes.items()}
        self.check(actions == ACTIONS, "every object is listed once with its actions, kept ones too", actions)
        for address, change in changes.items():
            missing = {"before", "after", "after_unknown", "before_sensitive", "after_sensitive"} - change.keys()
            self.check(not missing, f"the change of {address} has all members", missing)
            created, deleted = change["actions"] == ["create"], change["actions"] == ["delete"]
            self.check((change["before"] is None) == created, f"before of {address} is null if it is created", change)
            self.check((change["after"] is None) == deleted, f"after of {address} is null if it is deleted", change)
            same = change["before"] == change["after"]
            self.check(same == (change["actions"] == ["no-op"]), f"{address} has changed unless it is kept", change)
        reason = {c["address"]: c.get("action_reason") for c in plan["resource_changes"]}
        self.check(reason["terraform_data.replaced"] == "replace_because_cannot_update", "why it is replaced", reason)
        root = plan["planned_values"]["root_module"]
        modules = [root, *root.get("child_modules", [])]
        planned = {r["address"] for m in modules for r in m.get("resources", [])}
        self.check(planned == STAYING, "planned_values has what there will be", planned)

    def checkov(self):
        (self.folder / "rules").mkdir()
        (self.folder / "rules" / "owner.yaml").write_text(RULE)
        options = ["--framework", "terraform_plan", "--output", "json", "--skip-download", "--check", "CKV2_INFRA_1"]
        done = self.run(VENV / "bin" / "checkov", "-f", "plan.json", "--external-checks-dir", "rules", *options)
        try:
            report = json.loads(done.stdout)
            results = report["results"]
        except (ValueError, KeyError, TypeError):
            self.check(False, "checkov reports", done.stdout + done.stderr)
            return
        addresses = lambda checks: {c["resource"] for c in checks}
        self.check(not results["parsing_errors"], "checkov can read everything", results["parsing_errors"])
        self.check(report["summary"]["resource_count"] == len(STAYING), "checkov sees all objects", report["summary"])
        followed = addresses(results["passed_checks"])
        self.check(followed == STAYING - OWNERLESS, "checkov finds what follows the rule", followed)
        broken = addresses(results["failed_checks"])
        self.check(broken == OWNERLESS and done.returncode == 1, "checkov finds what breaks the rule", broken)

    def compliance(self, name, feature, status):
        folder = self.folder / name
        folder.mkdir()
        (folder / "rules.feature").write_text(feature)
        done = self.run(VENV / "bin" / "terraform-compliance", "-p", "plan.json", "-f", name, "--no-ansi")
        said = done.stdout + done.stderr
        self.check(done.returncode == status, f"terraform-compliance: {name}, exit {done.returncode}", said)
        self.check(("Failure" in said) == (status != 0), f"terraform-compliance: {name}, for its rule", said)
        self.check("skipped" not in said.lower(), f"terraform-compliance: {name}, nothing is skipped", said)


def install():
    if all((VENV / "bin" / reader).exists() for reader in READERS):
        return
    venv.create(VENV, with_pip=True)
    subprocess.run([VENV / "bin" / "python", "-m", "pip", "install", "--quiet", *READERS], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--infra", required=True, help="the program to test")
    arguments = parser.parse_args()
    infra = shutil.which(arguments.infra)
    if infra is None:
        parser.error(f"there is no program {arguments.infra}")
    install()
    with tempfile.TemporaryDirectory(prefix="plan-readers-") as folder:
        readers = Readers(os.path.abspath(infra), Path(folder))
        readers.queries(readers.plan())
        readers.checkov()
        readers.compliance("followed", FOLLOWED, 0)
        readers.compliance("broken", BROKEN, 1)
    print(f"{readers.passed} passed, {readers.failed} failed")
    return 1 if readers.failed or not readers.passed else 0


if __name__ == "__main__":
    sys.exit(main())
