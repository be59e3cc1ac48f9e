#!/usr/bin/env python3
"""Counts the requests of a plan that has nothing to do: objects of a type are read together, where AWS has a request for that.

    tests/aws_calls.py --infra target/release/infra

Some of what reads many at once needs a permission of its own. Where that is missing, the plan has to come to the same, one by
one, and after one refusal.

The emulator is moto's server, installed from PyPI into .venv if it is missing.
"""

import shutil
import sys
import tempfile

from aws.emulator import ROOT, Emulator, Proxy, errors, infra_of_arguments, run

# How often each operation may be asked for. What a request for many answers takes one, or some more if a machine is so slow that
# not all are wanted at the same time.
MANY = 4
# The others have no request for many: of an instance AWS tells user data one by one (here one has some, and moto has them in no
# template), of a policy its tags, of a network each of three attributes.
ONE_BY_ONE = {
    "ec2:GetLaunchTemplateData": 4,
    "ec2:DescribeInstanceAttribute": 1,
    "ec2:DescribeVpcAttribute": 3,
    "iam:GetPolicy": 12,
    "iam:GetInstanceProfile": 4,
}
# What is not allowed, and what is asked for instead.
DENIED = {
    "ec2:GetLaunchTemplateData": {"ec2:GetLaunchTemplateData": 1, "ec2:DescribeInstanceAttribute": 16},
    "iam:GetAccountAuthorizationDetails": {
        "iam:GetPolicyVersion": 12,
        "iam:GetRole": 4,
        "iam:ListRolePolicies": 4,
        "iam:ListAttachedRolePolicies": 8,
        "iam:GetRolePolicy": 8,
    },
}


def main():
    infra = infra_of_arguments(__doc__)
    with Emulator() as emulator, tempfile.TemporaryDirectory(prefix="calls-") as folder:
        shutil.copytree(ROOT / "tests/aws/calls", folder, dirs_exist_ok=True)
        proxy = Proxy(emulator.url)
        status, output = run(infra, folder, proxy, "apply", "-auto-approve")
        if status != 0:
            print(f"The apply failed: {errors(output)}")
            return 1
        problems = planned(infra, folder, proxy, None, {})
        for operation, instead in DENIED.items():
            problems += planned(infra, folder, proxy, operation, instead)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def planned(infra, folder, proxy, denied, instead):
    """What is wrong with a plan."""
    proxy.clear()
    proxy.denied = [denied] if denied else []
    status, output = run(infra, folder, proxy, "plan", "-detailed-exitcode")
    total = sum(proxy.calls.values())
    print(f"A plan{f' without {denied}' if denied else ''}: {total} requests")
    problems = [] if status == 0 else [f"It is not empty (status {status}): {errors(output)}"]
    limits = {**ONE_BY_ONE, **instead}
    for operation, times in sorted(proxy.calls.items()):
        if times > limits.get(operation, MANY):
            problems.append(f"{operation} {times} times, not {limits.get(operation, MANY)}")
    return problems


if __name__ == "__main__":
    sys.exit(main())
