#!/usr/bin/env python3
"""Terraform and infra take turns on the same state.

    turns.py --infra PATH [--terraform PATH] [--rounds N]

One of them applies a configuration; then the other must find nothing to do, and applies the next one. A round is all
configurations, once beginning with Terraform and once with infra. At the end both destroy what the other has made, and
for configurations that both apply from nothing the state files are compared byte by byte, ids and lineage aside.
Standard library only. Exit status 1 if anything failed.
"""

import argparse
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

MODULE = """
variable "size" {}
variable "secret" {
  sensitive = true
  default   = "hush"
}
resource "terraform_data" "inner" {
  count = var.size
  input = { i = count.index, secret = var.secret }
}
output "ids" { value = terraform_data.inner[*].id }
"""

# Each configuration follows the one before it: what it adds, changes, moves and drops is said beside it.
CONFIGURATIONS = [
    ("objects of several kinds", """
resource "terraform_data" "base" { input = "base" }
resource "terraform_data" "many" {
  count = 3
  input = "${terraform_data.base.output}-${count.index}"
}
resource "terraform_data" "named" {
  for_each = { a = 1, b = [true, null, "x"], "c d" = { deep = { deeper = 1.5 } } }
  input    = each.value
}
module "m" {
  source = "./m"
  size   = 2
}
output "ids" { value = module.m.ids }
output "all" { value = { for k, v in terraform_data.named : k => v.output } }
"""),
    ("counts and keys that change", """
resource "terraform_data" "base" { input = "changed" }
resource "terraform_data" "many" {
  count = 2
  input = "${terraform_data.base.output}-${count.index}"
}
resource "terraform_data" "named" {
  for_each = { a = 2, "c d" = { deep = { deeper = 1.5 } }, e = [] }
  input    = each.value
}
module "m" {
  source = "./m"
  size   = 3
}
output "ids" { value = module.m.ids }
"""),
    ("secrets, and replacements in both orders", """
variable "secret" {
  default   = "hush"
  sensitive = true
}
resource "terraform_data" "base" {
  input            = "changed"
  triggers_replace = "now"
}
resource "terraform_data" "many" {
  count            = 2
  input            = "${terraform_data.base.output}-${count.index}"
  triggers_replace = terraform_data.base.id
  lifecycle { create_before_destroy = true }
}
resource "terraform_data" "named" {
  for_each = { a = 2, e = [] }
  input    = { value = each.value, secret = var.secret, list = [var.secret, "plain"] }
}
module "m" {
  source = "./m"
  size   = 1
}
output "secret" {
  value     = var.secret
  sensitive = true
}
"""),
    ("moves, and checks", """
resource "terraform_data" "foundation" {
  input            = "changed"
  triggers_replace = "now"
  lifecycle {
    precondition {
      condition     = length(terraform_data.foundation_check) == 1
      error_message = "no check"
    }
  }
}
resource "terraform_data" "foundation_check" { count = 1 }
moved {
  from = terraform_data.base
  to   = terraform_data.foundation
}
resource "terraform_data" "many" {
  for_each = toset(["0", "1"])
  input    = "${terraform_data.foundation.output}-${each.key}"
}
moved {
  from = terraform_data.many[0]
  to   = terraform_data.many["0"]
}
moved {
  from = terraform_data.many[1]
  to   = terraform_data.many["1"]
}
module "moved" {
  source = "./m"
  size   = 1
}
moved {
  from = module.m
  to   = module.moved
}
check "foundation" {
  assert {
    condition     = terraform_data.foundation.output == "changed"
    error_message = "It is ${terraform_data.foundation.output}."
  }
}
"""),
    ("a data source, and objects that are forgotten", """
resource "terraform_data" "foundation" { input = "changed" }
removed {
  from = module.moved
  lifecycle { destroy = false }
}
data "terraform_remote_state" "other" {
  backend = "local"
  config  = { path = "other.tfstate" }
}
resource "terraform_data" "many" {
  for_each = toset(["0", "1"])
  input    = data.terraform_remote_state.other.outputs.value[each.key]
}
output "numbers" { value = [1, 1.5, 12345678901234567890, -0.001] }
output "null" { value = null }
output "set" { value = toset(["b", "a"]) }
"""),
    ("an import", """
resource "terraform_data" "foundation" { input = "changed" }
resource "terraform_data" "found" { input = "é <&> \\u2028 \\" \\n end" }
import {
  to = terraform_data.found
  id = "from-elsewhere"
}
"""),
    ("nothing but outputs", """
output "only" { value = { a = tolist(["x"]), b = tomap({ k = true }) } }
"""),
]

OTHER = """{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"x","outputs":{"value":
{"value":{"0":"zero","1":["o","n","e"]},"type":["object",{"0":"string","1":["tuple",["string","string","string"]]}]}},
"resources":[],"check_results":null}"""

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Game:
    def __init__(self, programs):
        self.programs = programs
        self.passed = self.failed = 0

    def run(self, who, folder, *args):
        env = {"PATH": os.environ["PATH"], "HOME": folder, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull}
        command = [self.programs[who], *args]
        return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)

    def expect(self, what, good, output=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAIL {what}\n{output.strip()}\n")

    def folder(self):
        folder = tempfile.mkdtemp(prefix="turns-")
        os.mkdir(os.path.join(folder, "m"))
        write(folder, "m/main.tf", MODULE)
        write(folder, "other.tfstate", OTHER)
        return folder

    def round(self, first):
        folder = self.folder()
        try:
            turn = first
            for name, text in CONFIGURATIONS:
                write(folder, "main.tf", text)
                self.turn(turn, folder, name)
                turn = other(turn)
            done = self.run(turn, folder, "destroy", "-auto-approve", "-no-color")
            self.expect(f"{turn}: destroy", done.returncode == 0, done.stdout + done.stderr)
            self.look(other(turn), folder, "after destroy", "-destroy")
        finally:
            shutil.rmtree(folder)

    def turn(self, who, folder, name):
        self.run("terraform", folder, "init", "-no-color")
        applied = self.run(who, folder, "apply", "-auto-approve", "-no-color")
        self.expect(f"{who}: apply: {name}", applied.returncode == 0, applied.stdout + applied.stderr)
        for looks in (other(who), who):
            self.look(looks, folder, f"after {who} applied: {name}")

    def look(self, who, folder, what, *more):
        seen = self.run(who, folder, "plan", "-detailed-exitcode", "-no-color", *more)
        self.expect(f"{who}: no changes {what}", seen.returncode == 0, seen.stdout + seen.stderr)

    def same_bytes(self):
        for name, text in CONFIGURATIONS:
            states = {}
            for who in self.programs:
                folder = self.folder()
                write(folder, "main.tf", text)
                self.run("terraform", folder, "init", "-no-color")
                applied = self.run(who, folder, "apply", "-auto-approve", "-no-color")
                with open(os.path.join(folder, "terraform.tfstate"), encoding="utf-8") as f:
                    states[who] = normal(f.read()) if applied.returncode == 0 else applied.stderr
                shutil.rmtree(folder)
            a, b = states["terraform"], states["infra"]
            diff = "\n".join(difflib.unified_diff(a.splitlines(), b.splitlines(), "terraform", "infra", lineterm="", n=2))
            self.expect(f"the same state file: {name}", same(a, b), diff)


def other(who):
    return "infra" if who == "terraform" else "terraform"


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write(text)


def normal(state):
    """Random ids and the number of times that it was written aside."""
    state = re.sub(r'"serial": \d+', '"serial": 1', state)
    return UUID.sub("<uuid>", state)


def same(a, b):
    """The same text, but for the order of two lists that Terraform itself writes in any order."""
    if a == b:
        return True
    return sorted(a.splitlines()) == sorted(b.splitlines()) and in_order(a) == in_order(b)


def in_order(state):
    state = json.loads(state)
    state["check_results"] = sorted(state["check_results"] or [], key=json.dumps)
    for resource in state["resources"]:
        for instance in resource["instances"]:
            instance["sensitive_attributes"] = sorted(instance["sensitive_attributes"], key=json.dumps)
    return json.dumps(state)


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    ap.add_argument("--infra", required=True)
    ap.add_argument("--terraform", default=shutil.which("terraform"))
    ap.add_argument("--rounds", type=int, default=1)
    a = ap.parse_args()
    if not a.terraform:
        sys.exit("terraform is not installed")
    game = Game({"terraform": os.path.abspath(a.terraform), "infra": os.path.abspath(a.infra)})
    for _ in range(a.rounds):
        game.round("terraform")
        game.round("infra")
    game.same_bytes()
    print(f"{game.passed} passed, {game.failed} failed")
    sys.exit(1 if game.failed else 0)


if __name__ == "__main__":
    main()
