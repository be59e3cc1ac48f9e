#!/usr/bin/env python3
"""Whole commands of the engine, beside Terraform's: wall time and peak memory.

    benches/engine_beside_terraform.py --infra target/release/infra [--terraform PATH] [--limit SECONDS] [--runs N] [CASE…]

A CASE is a kind and a size, `pairs:1000`; without any, all that infra can do in a minute or two. The kinds:

- pairs: two resources of count n, the second referring to the first by index
- chain: n resources, each made from the one before it
- modules: n instances of a module with two resources, a variable and an output, all read by an output of the root
- all: count n, and a resource whose input is made of all of them, by way of a local value
- large: n objects with a string of 5 kB each

Of infra the best of the runs counts, of Terraform the first. A command of Terraform that takes longer than the limit is
ended, and so are those after it in the case.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time

PAIRS = """
resource "terraform_data" "a" {{
  count = {n}
  input = "x${{count.index}}"
}}
resource "terraform_data" "b" {{
  count = {n}
  input = terraform_data.a[count.index].output
}}
"""
ALL = """
resource "terraform_data" "a" {{
  count = {n}
  input = count.index
}}
locals {{ ids = {{ for i, a in terraform_data.a : "k${{i}}" => a.id }} }}
resource "terraform_data" "all" {{ input = [local.ids, terraform_data.a[*].output] }}
"""
MODULES = """
module "m" {{
  source   = "./m"
  for_each = toset(flatten([for i in range({n} / 100) : [for j in range(100) : "m${{i}}-${{j}}"]]))
  name     = each.key
}}
output "ids" {{ value = {{ for k, m in module.m : k => m.id }} }}
"""
MODULE = """
variable "name" { type = string }
resource "terraform_data" "first" { input = upper(var.name) }
resource "terraform_data" "second" { input = [terraform_data.first.output, var.name] }
output "id" { value = terraform_data.second.id }
"""
LARGE = """
locals {{ text = join("", [for i in range(500) : "0123456789"]) }}
resource "terraform_data" "a" {{
  count = {n}
  input = "${{count.index}} ${{local.text}}"
}}
"""


def chain(n):
    first = 'resource "terraform_data" "r0" { input = 0 }\n'
    link = 'resource "terraform_data" "r{}" {{ input = terraform_data.r{}.id }}\n'
    return first + "".join(link.format(i, i - 1) for i in range(1, n))


KINDS = {
    "pairs": lambda n: {"main.tf": PAIRS.format(n=n)},
    "chain": lambda n: {"main.tf": chain(n)},
    "modules": lambda n: {"main.tf": MODULES.format(n=n), "m/main.tf": MODULE},
    "all": lambda n: {"main.tf": ALL.format(n=n)},
    "large": lambda n: {"main.tf": LARGE.format(n=n)},
}
STEPS = [
    ("plan", ["plan"]),
    ("apply", ["apply", "-auto-approve"]),
    ("no-op plan", ["plan", "-detailed-exitcode"]),
    ("destroy", ["destroy", "-auto-approve"]),
]
CASES = ["pairs:1000", "pairs:5000", "pairs:10000", "pairs:100000", "chain:5000", "modules:2000", "all:100000", "large:20000"]


def measure(command, folder, limit):
    """Seconds and peak memory in MB; None if it takes too long."""
    environment = {"PATH": os.environ["PATH"], "HOME": folder, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull}
    with open(os.devnull, "w") as nowhere:
        begin = time.monotonic()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=nowhere)
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - begin > limit:
                process.kill()
                os.wait4(process.pid, 0)
                return None
            time.sleep(0.001)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(command)} failed in {folder}")
    return time.monotonic() - begin, usage.ru_maxrss / 1024


def play(program, files, runs, limit):
    results = {}
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                os.makedirs(os.path.join(folder, os.path.dirname(name)), exist_ok=True)
                with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                    f.write(text)
            if os.path.basename(program) == "terraform":
                measure([program, "init"], folder, 60)
            for step, arguments in STEPS:
                measured = measure([program, *arguments], folder, limit)
                if measured is None:
                    results[step] = None
                    break
                best = results.get(step)
                results[step] = min(best, measured) if best else measured
    return results


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--infra", required=True)
    ap.add_argument("--terraform")
    ap.add_argument("--limit", type=float, default=900)
    ap.add_argument("--runs", type=int, default=3)
    ap.add_argument("cases", nargs="*", metavar="CASE")
    a = ap.parse_args()
    print("| case | command | infra | | terraform | | ratio of time | of memory |\n| --- | --- | --- | --- | --- | --- | --- | --- |")
    for case in a.cases or CASES:
        kind, size = case.split(":")
        files = KINDS[kind](int(size))
        ours = play(os.path.abspath(a.infra), files, a.runs, a.limit)
        theirs = play(os.path.abspath(a.terraform), files, 1, a.limit) if a.terraform else {}
        for step, _ in STEPS:
            if step not in ours:
                continue
            seconds, megabytes = ours[step]
            row = f"| {case} | {step} | {seconds:.3f} s | {megabytes:.0f} MB |"
            if theirs.get(step):
                t, m = theirs[step]
                row += f" {t:.1f} s | {m:.0f} MB | {t / seconds:.0f} | {m / megabytes:.0f} |"
            elif step in theirs:
                row += f" more than {a.limit:.0f} s | | more than {a.limit / seconds:.0f} | |"
            else:
                row += " | | | |"
            print(row, flush=True)


if __name__ == "__main__":
    main()
