#!/usr/bin/env python3
"""Imports what another state has made: into an empty state, by import blocks, all that `tests/aws/crash` makes.

    tests/aws_import.py --infra target/release/infra

Nothing may be made, replaced or destroyed. After the apply the plan has to be empty, and the state that of who made it.

The emulator is moto's server, installed from PyPI into .venv if it is missing.
"""

import json
import pathlib
import shutil
import sys
import tempfile

from aws.emulator import ROOT, Emulator, Proxy, errors, infra_of_arguments, run
from aws.world import Recorded, World, difference

# What an object is imported by, of the types whose id isn't it.
NAMES = {
    "aws_db_instance": "{identifier}",
    "aws_iam_role_policy_attachment": "{role}/{policy_arn}",
    "aws_network_acl_rule": "{network_acl_id}:{rule_number}:{protocol}:{egress}",
    "aws_route": "{route_table_id}_{destination_cidr_block}",
    "aws_route_table_association": "{subnet_id}/{route_table_id}",
    "aws_security_group_rule": "{security_group_id}_{type}_{protocol}_{from_port}_{to_port}_{source_security_group_id}",
    "aws_volume_attachment": "{device_name}:{volume_id}:{instance_id}",
}
# These stay in the state: the first can't be imported; of the others AWS doesn't tell what replaces them if it isn't known (the key,
# and whether a cluster began with add-ons), for Terraform neither.
NOT_IMPORTED = ["aws_main_route_table_association", "aws_key_pair", "aws_eks_cluster"]


def main():
    infra = infra_of_arguments(__doc__)
    with Emulator() as emulator, tempfile.TemporaryDirectory(prefix="import-") as folder:
        shutil.copytree(ROOT / "tests/aws/crash", folder, dirs_exist_ok=True)
        problems = imported(infra, pathlib.Path(folder), Proxy(emulator.url), World(emulator.url))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def imported(infra, folder, proxy, world):
    """What is wrong after everything was imported."""

    def done(*command):
        status, output = run(infra, folder, proxy, *command)
        if status != 0:
            raise SystemExit(f"`infra {' '.join(command)}` ended with {status}: {errors(output)}")
        return output

    done("apply", "-auto-approve")
    done("apply", "-refresh-only", "-auto-approve")
    made, wanted = told_by_aws(folder), world.seen()
    blocks = import_blocks(folder / "terraform.tfstate")
    done("state", "rm", *blocks)
    (folder / "imports.tf").write_text("".join(blocks.values()))
    done("plan", "-out", "plan")
    plan = json.loads(done("show", "-json", "plan"))
    problems = []
    for change in plan["resource_changes"]:
        actions, is_imported = change["change"]["actions"], "importing" in change["change"]
        if actions not in (["no-op"], ["update"], ["read"]) or is_imported != (change["address"] in blocks):
            imported = "imported" if is_imported else "not imported"
            problems.append(f"{change['address']}: {actions}, {imported}, for {change['change'].get('replace_paths')}")
    if problems:
        return problems
    done("apply", "plan")
    done("plan", "-detailed-exitcode")
    print(f"{len(blocks)} objects are imported.")
    for what, a, b in [("state", made, told_by_aws(folder)), ("world", wanted, world.seen())]:
        if different := difference(a, b):
            problems.append(f"The {what} is another one:\n{different}")
    return problems


def told_by_aws(folder):
    """The objects of a state, without what AWS doesn't tell: options of the provider's own, which are all false here, and the random
    part that an attachment's id has if it was made."""
    seen = Recorded(folder).seen()
    for address, (_, attributes) in seen.items():
        for name in [name for name, value in attributes.items() if value is False]:
            del attributes[name]
        if address.startswith("aws_iam_role_policy_attachment."):
            del attributes["id"]
    return seen


def import_blocks(state):
    """An import block for each object of a state, by address."""
    blocks = {}
    for resource in json.loads(state.read_text())["resources"]:
        if resource["mode"] != "managed" or resource["type"] in NOT_IMPORTED:
            continue
        for instance in resource["instances"]:
            key = f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""
            address = f"{resource['type']}.{resource['name']}{key}"
            attributes = {k: str(v).lower() if isinstance(v, bool) else v for k, v in instance["attributes"].items()}
            name = NAMES.get(resource["type"], "{id}").format(**attributes)
            blocks[address] = f"import {{\n  to = {address}\n  id = {json.dumps(name)}\n}}\n"
    return blocks


if __name__ == "__main__":
    sys.exit(main())
