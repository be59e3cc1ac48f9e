#!/usr/bin/env python3
"""Compares the schemas that infra has for AWS with recorded ones of Terraform's provider: every attribute and block, no more, no less.

    .ci/check_schemas.py INFRA REFERENCE
"""

import json
import os
import subprocess
import sys
import tempfile

KEYS = ("type", "required", "optional", "computed", "sensitive", "write_only", "nesting_mode", "min_items", "max_items", "version")


def differences(path, ours, theirs):
    if not isinstance(ours, dict) or not isinstance(theirs, dict):
        return [] if ours == theirs else [f"{path}: {ours} instead of {theirs}"]
    found = [f"{path}.{key}: {ours.get(key)} instead of {theirs.get(key)}" for key in KEYS if ours.get(key) != theirs.get(key)]
    for group in ("attributes", "block_types"):
        a, b = ours.get(group, {}), theirs.get(group, {})
        found += [f"{path}: {group} {name} is missing" for name in b if name not in a]
        found += [f"{path}: {group} {name} is not in the provider" for name in a if name not in b]
        for name in a:
            if name in b:
                found += differences(f"{path}.{name}", a[name], b[name])
    if "block" in ours or "block" in theirs:
        found += differences(path, ours.get("block", {}), theirs.get("block", {}))
    return found


def main():
    infra, reference = os.path.abspath(sys.argv[1]), json.load(open(sys.argv[2]))
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "main.tf"), "w") as file:
            file.write('terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n')
        output = subprocess.run([infra, "providers", "schema", "-json"], cwd=folder, check=True, capture_output=True).stdout
    ours = json.loads(output)["provider_schemas"]["registry.terraform.io/hashicorp/aws"]
    found, passed = differences("provider", ours["provider"], reference["provider_config"]), 0
    for group in ("resource_schemas", "data_source_schemas"):
        for name, schema in ours[group].items():
            if name not in reference[group]:
                print(f"{name}: no reference")
                continue
            wrong = differences(name, schema, reference[group][name])
            found += wrong
            passed += not wrong
    missing = [n for g in ("resource_schemas", "data_source_schemas") for n in reference[g] if n not in ours[g]]
    print("\n".join(found))
    print(f"not supported: {', '.join(missing) or 'nothing'}")
    print(f"{passed} schemas are the provider's, {len(found)} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
