#!/usr/bin/env python3
"""Terraform and infra take turns on one state.

    tests/turns.py --infra PATH [--terraform PATH] [--rounds N] [--seed N]

A round is a dozen applies of a changing configuration. Before each, two folders have the same configuration and the
same state; Terraform applies in one, infra in the other. Then

- both have ended with the same exit status (a step or two are made to fail);
- the state files have the same bytes, but for serial, lineage, and what is made by chance: ids and deposed keys, and the
  order of results of checks and of sensitive attributes, which Terraform doesn't keep. Resources without instances,
  which Terraform leaves behind where an apply fails, don't count;
- each finds nothing to do where it has applied, and nothing where the other has.

The next step starts from the state of one of them, chosen at random.
"""

import argparse
import difflib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
EMPTY = re.compile(r'^    \{\n(      "\w+": .*\n)+      "instances": \[\]\n    \},?\n', re.M)
STATE = "terraform.tfstate"
LINES = 40
MODES = {"tainting", "failing replacement"}
# As they are written between quotes in the language.
WORDS = ["", "plain", "ünï ☃ 𝄞", "<&>", r"quote \" and \\ slash", r"two\nlines", "$${not}", "0012", "true", r"\u2028 x"]

INNER = """
variable "name" {}
resource "terraform_data" "inner" {
  input = { name = var.name, path = path.module }
}
output "name" {
  value = terraform_data.inner.output.name
}
"""

MODULE = """
variable "name" {}
variable "size" {
  type    = number
  default = 1
}
resource "terraform_data" "outer" {
  count = var.size
  input = "${var.name}-${count.index}"
}
module "inner" {
  source     = "../inner"
  name       = join("/", terraform_data.outer[*].output)
  depends_on = [terraform_data.outer]
}
output "name" {
  value = module.inner.name
}
output "ids" {
  value = { for i, o in terraform_data.outer : "n${i}" => o.id }
}
"""

# What never changes but in its values. `@x@` is the setting x.
ALWAYS = """
variable "secret" {
  type      = string
  default   = "@secret@"
  sensitive = true
  validation {
    condition     = length(var.secret) > 0
    error_message = "There must be a secret."
  }
}

locals {
  base = terraform_data.base.output
}

resource "terraform_data" "base" {
  input = { text = "@text@", number = @number@, list = [1, "two", null, @flag@], nothing = null, empty = {} }
  lifecycle {
    precondition {
      condition     = length("@text@${path.module}") > 0
      error_message = "Never."
    }
    postcondition {
      condition     = self.output.number == @number@
      error_message = "Never."
    }
  }
}

resource "terraform_data" "secret" {
  input            = { pass = var.secret, both = ["${var.secret}!", "plain"], plain = "@text@" }
  triggers_replace = sensitive("@trigger@")
}

resource "terraform_data" "first" {
  triggers_replace = ["@trigger@", { a = @number@ }]
  lifecycle {
    create_before_destroy = @before@
  }
}

resource "terraform_data" "second" {
  input = terraform_data.first.id
}

resource "terraform_data" "triggered" {
  input = "constant"
  lifecycle {
    replace_triggered_by = [terraform_data.base.output]
    ignore_changes       = [input]
  }
}

data "terraform_remote_state" "there" {
  backend = "local"
  config = {
    path = "../there.tfstate"
  }
}

resource "terraform_data" "follows" {
  input = [data.terraform_remote_state.there.outputs, local.base.list]
}

check "health" {
  assert {
    condition     = terraform_data.base.output.number >= 0
    error_message = "It is ${terraform_data.base.output.number}."
  }
}

output "types" {
  value = {
    big    = 123456789012345678901234567890
    small  = 0.1 + @number@
    list   = tolist(["@text@", "b"])
    set    = toset(["z", "a"])
    map    = tomap({ k = "@text@" })
    tuple  = [1, "x", null, true]
    absent = null
  }
}

output "secret" {
  value     = "${var.secret}-${terraform_data.first.id}"
  sensitive = true
}

output "nothing" {
  value = null
}

output "there" {
  value       = data.terraform_remote_state.there.outputs.greeting
  description = "From another state."
  precondition {
    condition     = terraform_data.follows.id != ""
    error_message = "Never."
  }
}
"""

PARTS = {
    "counted": """
resource "terraform_data" "counted" {
  count = @count@
  input = "${local.base.text}-${count.index}"
}
""",
    "many": """
resource "terraform_data" "many" {
  count = @count@
  input = "${local.base.text}-${count.index}"
}
moved {
  from = terraform_data.counted
  to   = terraform_data.many
}
""",
    "keyed": """
resource "terraform_data" "keyed" {
  for_each   = { for k in @keys@ : k => "${k}@number@" }
  input      = { key = each.key, value = each.value, base = terraform_data.base.id }
  depends_on = [terraform_data.second]
}
output "keyed" {
  value = { for k, v in terraform_data.keyed : k => v.output.value }
}
""",
    "keyed forgotten": """
removed {
  from = terraform_data.keyed
  lifecycle {
    destroy = false
  }
}
""",
    "module": """
module "net" {
  source   = "./module"
  for_each = toset(@keys@)
  name     = "${each.key}@text@"
  size     = @count@
}
output "nets" {
  value = [for k in sort(keys(module.net)) : module.net[k].name]
}
""",
    "module moved": """
module "web" {
  source   = "./module"
  for_each = toset(@keys@)
  name     = "${each.key}@text@"
  size     = @count@
}
moved {
  from = module.net
  to   = module.web
}
output "webs" {
  value = { for k, v in module.web : k => v.ids }
}
""",
    "single": """
resource "terraform_data" "single" {
  input = "@text@"
}
""",
    "single with count": """
resource "terraform_data" "single" {
  count = 1
  input = "@text@"
}
""",
    "tainting": """
resource "terraform_data" "fragile" {
  input = "@text@"
  provisioner "local-exec" {
    command = "exit 3"
  }
}
""",
    "mended": """
resource "terraform_data" "fragile" {
  input = "@text@"
  provisioner "local-exec" {
    command = "true"
  }
}
resource "terraform_data" "replaced" {
  triggers_replace = "one"
  lifecycle {
    create_before_destroy = true
  }
}
""",
    "failing replacement": """
resource "terraform_data" "replaced" {
  triggers_replace = "two"
  lifecycle {
    create_before_destroy = true
  }
  provisioner "local-exec" {
    command = "exit 3"
  }
}
""",
}

# The parts that the configuration has, step by step. Everything goes in the end.
STEPS = [
    ["single"],
    ["single", "counted", "keyed"],
    ["single", "counted", "keyed", "module"],
    ["single with count", "counted", "keyed", "module", "tainting"],
    ["single with count", "many", "keyed", "module", "mended"],
    ["single with count", "many", "keyed", "module", "failing replacement"],
    ["many", "keyed", "module moved", "mended"],
    ["many", "keyed forgotten", "module moved", "mended"],
    ["many", "keyed", "module moved", "single"],
    ["keyed", "module moved", "single"],
    ["single", "counted", "module"],
    ["keyed"],
    None,
]

THERE = {
    "version": 4,
    "terraform_version": "1.11.4",
    "serial": 1,
    "lineage": "8c0ab7b5-3d3e-4c39-a2a8-bd1be5a1d0f1",
    "outputs": {
        "greeting": {"value": "hello", "type": "string"},
        "list": {"value": [1, "x"], "type": ["tuple", ["number", "string"]]},
    },
    "resources": [],
    "check_results": None,
}


class Settings:
    """Values in the configuration, some of which change with each step."""

    def __init__(self, chance):
        self.chance = chance
        self.values = {}
        self.change(always=True)

    def change(self, always=False):
        chance = self.chance
        new = {
            "secret": chance.choice(["s3cret", "other <secret>", "x"]),
            "text": chance.choice(WORDS),
            "number": chance.choice([0, 1, 2.5, 1e21, 1234567]),
            "flag": chance.choice(["true", "false"]),
            "trigger": chance.choice(["a", "b", "c"]),
            "before": chance.choice(["true", "false"]),
            "count": chance.randrange(4),
            "keys": json.dumps(sorted(chance.sample(["a", "b.c", "d e", "ö", "x\"y", "$"], chance.randrange(1, 4)))),
        }
        for name, value in new.items():
            if always or chance.random() < 0.4:
                self.values[name] = value

    def fill(self, text):
        for name, value in self.values.items():
            text = text.replace(f"@{name}@", str(value))
        return text


def write_configuration(folder, settings, parts):
    for name, text in {"module": MODULE, "inner": INNER}.items():
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "main.tf").write_text(text)
    text = ALWAYS + "".join(PARTS[p] for p in parts)
    (folder / "main.tf").write_text(settings.fill(text))


class Normal:
    """A state without what is made by chance. What both states had before stays as it is."""

    def __init__(self, path, kept):
        self.text = path.read_text() if path.exists() else ""
        state = json.loads(self.text) if self.text else {}
        labels = {}
        for resource in state.get("resources", []):
            address = ".".join(filter(None, [resource.get("module"), resource["type"], resource["name"]]))
            for i in resource["instances"]:
                place = f"{address}[{i.get('index_key')!r}]{'deposed' if 'deposed' in i else ''}"
                identity = (i.get("attributes") or {}).get("id")
                if isinstance(identity, str) and UUID.fullmatch(identity) and identity not in kept:
                    labels.setdefault(identity, f"<id of {place}>")
                if "deposed" in i:
                    labels.setdefault(i["deposed"], "<deposed>")
        for chance, label in labels.items():
            self.text = self.text.replace(chance, re.sub(r'["\\]', "'", label))
        self.text = EMPTY.sub("", self.text).replace("    },\n  ]", "    }\n  ]")
        self.text = re.sub(r'^  "serial": \d+,$', '  "serial": 0,', self.text, flags=re.M)
        self.text = re.sub(r'^  "lineage": "[^"]*",$', '  "lineage": "",', self.text, flags=re.M)

    def says_the_same(self, other):
        if self.text == other.text:
            return True
        bag = lambda s: Counter(line.strip().rstrip(",") for line in s.text.splitlines())
        return bag(self) == bag(other) and self.sorted() == other.sorted()

    def lines(self):
        return json.dumps(self.sorted(), indent=1, ensure_ascii=False).splitlines()

    def sorted(self):
        """The state with lists in order whose order means nothing, and numbers as they are written."""
        state = json.loads(self.text, parse_float=str, parse_int=str) if self.text else {}
        in_order = lambda items: sorted(items, key=lambda i: json.dumps(i, sort_keys=True))
        state["check_results"] = in_order(state.get("check_results") or [])
        for resource in state.get("resources", []):
            for i in resource["instances"]:
                i["sensitive_attributes"] = in_order(i.get("sensitive_attributes") or [])
        return state


class Turns:
    def __init__(self, programs, root):
        self.programs = programs
        self.root = root
        self.passed = 0
        self.failed = 0
        configuration = root / "cli.tfrc"
        configuration.write_text("")
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "TMPDIR")}
        self.env = {
            **keep, "HOME": str(root), "TF_CLI_CONFIG_FILE": str(configuration), "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"
        }

    def run(self, who, folder, *arguments):
        command = [self.programs[who], *arguments]
        return subprocess.run(
            command, cwd=folder, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120
        )

    def check(self, good, where, detail):
        self.passed += good
        self.failed += not good
        if not good:
            print(f"FAIL {where}\n" + "".join(f"  {line}\n" for line in detail().splitlines()[:LINES]), flush=True)

    def round(self, number, chance):
        here = self.root / f"round{number}"
        here.mkdir()
        (here / "there.tfstate").write_text(json.dumps(THERE))
        folders = {who: here / who for who in self.programs}
        for folder in folders.values():
            folder.mkdir()
        settings = Settings(chance)
        for step, parts in enumerate(STEPS):
            where = f"round {number}, step {step + 1}"
            self.step(where, folders, settings, parts)
            winner = folders[chance.choice(sorted(folders))]
            for folder in folders.values():
                if folder != winner and (winner / STATE).exists():
                    shutil.copy(winner / STATE, folder / STATE)
            settings.change()
        if not self.failed:
            shutil.rmtree(here)

    def step(self, where, folders, settings, parts):
        kept = set()
        done = {}
        for who, folder in folders.items():
            state = folder / STATE
            kept |= set(UUID.findall(state.read_text())) if state.exists() else set()
        for who, folder in folders.items():
            if parts is not None:
                write_configuration(folder, settings, parts)
            init = self.run(who, folder, "init", "-input=false", "-no-color")
            self.check(init.returncode == 0, f"{where}: {who} init", lambda: init.stdout + init.stderr)
            destroy = [] if parts is not None else ["-destroy"]
            done[who] = self.run(who, folder, "apply", "-auto-approve", "-input=false", "-no-color", *destroy)
        fails = bool(MODES & set(parts or []))
        texts = lambda: "\n".join(f"{who}: exit {d.returncode}\n{d.stdout[-1500:]}{d.stderr}" for who, d in done.items())
        expected = all(d.returncode == int(fails) for d in done.values())
        self.check(expected, f"{where}: exit status of apply, {parts}", texts)
        self.compare_states(where, folders, kept)
        if parts is None:
            return
        for applied, folder in folders.items():
            for planning in folders:
                plan = self.run(planning, folder, "plan", "-detailed-exitcode", "-input=false", "-no-color")
                good = plan.returncode == (2 if fails else 0)
                self.check(
                    good, f"{where}: plan of {planning} after {applied}, exit {plan.returncode}", lambda: plan.stdout + plan.stderr
                )

    def compare_states(self, where, folders, kept):
        (one, first), (other, second) = ((who, Normal(folder / STATE, kept)) for who, folder in folders.items())
        difference = lambda: "\n".join(
            difflib.unified_diff(first.lines(), second.lines(), one, other, n=4, lineterm="")
        )
        self.check(first.says_the_same(second), f"{where}: states", difference)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--infra", required=True, help="the program to test")
    parser.add_argument("--terraform", default="terraform", help="Terraform 1.11")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    programs = {}
    for who in ("terraform", "infra"):
        found = shutil.which(getattr(arguments, who))
        if found is None:
            parser.error(f"there is no program {getattr(arguments, who)}")
        programs[who] = os.path.abspath(found)
    root = Path(tempfile.mkdtemp(prefix="turns-"))
    turns = Turns(programs, root)
    for number in range(1, arguments.rounds + 1):
        turns.round(number, random.Random(f"{arguments.seed} {number}"))
    if turns.failed:
        print(f"The folders are in {root}")
    else:
        shutil.rmtree(root)
    print(f"{turns.passed} passed, {turns.failed} failed")
    return 1 if turns.failed or not turns.passed else 0


if __name__ == "__main__":
    sys.exit(main())
