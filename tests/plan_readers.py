#!/usr/bin/env python3
"""Programs that read plans read ours: checkov and terraform-compliance.

    plan_readers.py --infra PATH [--venv DIR]

Makes a plan with creates, updates, replacements, deletes and no-ops, and lets both read it: checkov has to find all resources
without parsing errors, terraform-compliance has to pass a feature that holds and to fail one that doesn't. Both are
installed from PyPI into the folder `.venv` of the project, if they aren't there yet. Exit status 1 if anything failed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

VERSIONS = ["checkov==3.3.30", "terraform-compliance==1.16.0"]

BEFORE = """
resource "terraform_data" "same" { input = { name = "same", tags = ["a"] } }
resource "terraform_data" "changed" { input = "old" }
resource "terraform_data" "replaced" { triggers_replace = 1 }
resource "terraform_data" "gone" { count = 2 }
module "m" {
  source = "./m"
  names  = ["x", "y"]
}
"""
AFTER = """
variable "secret" {
  default   = "hush"
  sensitive = true
}
resource "terraform_data" "same" { input = { name = "same", tags = ["a"] } }
resource "terraform_data" "changed" { input = "new" }
resource "terraform_data" "replaced" { triggers_replace = 2 }
resource "terraform_data" "made" {
  for_each = { a = 1, b = 2 }
  input    = { value = each.value, id = terraform_data.changed.id, secret = var.secret }
}
module "m" {
  source = "./m"
  names  = ["y", "z"]
}
output "made" { value = [for m in terraform_data.made : m.id] }
"""
MODULE = """
variable "names" {}
resource "terraform_data" "inner" {
  for_each = toset(var.names)
  input    = each.key
}
"""
# checkov counts resources that it has rules for.
POLICY = """
metadata:
  id: CKV2_INFRA_1
  name: Objects say what they are made of
  category: GENERAL_SECURITY
definition:
  cond_type: attribute
  resource_types: [terraform_data]
  attribute: input
  operator: exists
"""
FEATURES = {
    "holds": """Feature: what holds
  Scenario: every object says what it is made of
    Given I have terraform_data defined
    When its address is terraform_data.changed
    Then it must have input
    And its value must be "new"
""",
    "fails": """Feature: what does not hold
  Scenario: every object has another value
    Given I have terraform_data defined
    When its address is terraform_data.changed
    Then it must have input
    And its value must be "something else"
""",
}


def run(command, folder, **more):
    environment = {**os.environ, "LOG_LEVEL": "WARNING", "BC_SKIP_MAPPING": "TRUE", **more}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def installed(folder):
    """The programs' folder; they are installed if they aren't there in these versions."""
    marker = folder / "plan-readers"
    if not marker.exists() or marker.read_text() != "\n".join(VERSIONS):
        venv.create(folder, with_pip=True)
        done = run([folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check", *VERSIONS], ".")
        if done.returncode != 0:
            sys.exit(f"can't install {' and '.join(VERSIONS)}:\n{done.stderr[-2000:]}")
        marker.write_text("\n".join(VERSIONS))
    return folder / "bin"


def plan(infra, folder):
    (folder / "m").mkdir()
    (folder / "m/main.tf").write_text(MODULE)
    (folder / "main.tf").write_text(BEFORE)
    commands = [["apply", "-auto-approve"], ["plan", "-out=plan"], ["show", "-json", "plan"]]
    for i, command in enumerate(commands):
        done = run([infra, *command], folder)
        if done.returncode != 0:
            sys.exit(f"infra {' '.join(command)}: {done.stderr}")
        if i == 0:
            (folder / "main.tf").write_text(AFTER)
    (folder / "plan.json").write_text(done.stdout)
    return json.loads(done.stdout)


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    ap.add_argument("--infra", required=True)
    ap.add_argument("--venv", type=Path, default=Path(__file__).resolve().parent.parent / ".venv")
    a = ap.parse_args()
    infra, programs = os.path.abspath(a.infra), installed(a.venv)
    counts = {True: 0, False: 0}

    def expect(what, good, output=""):
        counts[bool(good)] += 1
        if not good:
            print(f"FAIL {what}\n{output[-3000:]}\n")

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        document = plan(infra, folder)
        actions = {tuple(c["change"]["actions"]) for c in document["resource_changes"]}
        wanted = {("create",), ("update",), ("delete", "create"), ("delete",), ("no-op",)}
        expect(f"the plan has {sorted(wanted)}", wanted <= actions, str(sorted(actions)))
        expect(
            "every change has an explicit before and after",
            all("before" in c["change"] and "after" in c["change"] for c in document["resource_changes"]),
        )
        (folder / "policies").mkdir()
        (folder / "policies/policy.yaml").write_text(POLICY)
        options = ["--framework", "terraform_plan", "--external-checks-dir", "policies", "--soft-fail", "-o", "json"]
        done = run([programs / "checkov", "-f", "plan.json", *options], folder)
        try:
            report = json.loads(done.stdout)
            reports = report if isinstance(report, list) else [report]
            summaries = [r.get("summary", r) for r in reports]
        except ValueError:
            summaries = []
        expect("checkov reads the plan", done.returncode == 0 and summaries, done.stdout + done.stderr)
        expect("checkov has no parsing errors", all(s.get("parsing_errors", 0) == 0 for s in summaries), done.stdout)
        passed, failed = (sum(s.get(k, 0) for s in summaries) for k in ("passed", "failed"))
        expect("checkov looked at what will be there, and nothing else", (passed, failed) == (6, 1), done.stdout)
        for feature, text in FEATURES.items():
            features = folder / feature
            features.mkdir()
            (features / "a.feature").write_text(text)
            command = [programs / "terraform-compliance", "-p", "plan.json", "-f", features, "--no-ansi"]
            done = run(command, folder, PATH=f"{programs}:{os.environ['PATH']}")
            good = done.returncode == (0 if feature == "holds" else 1)
            expect(f"terraform-compliance: a feature that {feature}", good, done.stdout + done.stderr)
    print(f"{counts[True]} passed, {counts[False]} failed")
    sys.exit(1 if counts[False] else 0)


if __name__ == "__main__":
    main()
