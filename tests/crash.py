#!/usr/bin/env python3
"""Cuts an apply off at every request that changes something, and looks whether the next apply ends as if nothing had happened.

    tests/crash.py --infra target/release/infra [--stack DIR] [--from N] [--to N]

For every mutating request of an undisturbed apply in turn: AWS (an emulator on this machine) carries it out, its answer is never
delivered, and `infra` is killed with SIGKILL at that moment. Then `infra apply` runs again, undisturbed. It has to end well, the
world has to be that of the undisturbed run (no orphan, no duplicate, nothing lost, no tag of ours left), and the plan after it
has to be empty. With --answer-only the process lives: the answer is cut, and it has to find out by itself.

The emulator is moto's server, installed from PyPI into .venv if it is missing.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from aws.emulator import ENVIRONMENT, ROOT, Emulator, Proxy, in_venv

ID = re.compile(
    r"\b(?:[a-z]+-)+[0-9a-f]{8,17}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|\b(?:AROA|AIDA|ANPA|AIPA|AGPA)[A-Z0-9]{12,}\b|\b20\d{6}[0-9a-f]{18}\b"
)
VOLATILE = {
    "CreateTime", "LaunchTime", "AttachTime", "CreateDate", "createdAt", "modifiedAt", "UpdateDate", "InstanceCreateTime",
    "LatestRestorableTime", "ClusterCreateTime", "CreationDate", "creationTime", "ExpirationTime", "ResponseMetadata",
    "PublicIp", "PrivateIpAddress", "PrivateIp", "PrivateDnsName", "PublicDnsName", "PrivateIpAddresses", "MacAddress",
    "KeyId", "certificateAuthority", "endpoint", "identity", "clientRequestToken", "EarliestRestorableTime", "RoleLastUsed",
    "PublicIpAddress", "ClientToken", "InstanceProfileId", "Ipv6CidrBlock", "DestinationIpv6CidrBlock",
}
LOOKS = {
    "ec2": [
        "describe_vpcs", "describe_subnets", "describe_internet_gateways", "describe_route_tables", "describe_addresses",
        "describe_nat_gateways", "describe_security_groups", "describe_security_group_rules", "describe_network_acls",
        "describe_vpc_peering_connections", "describe_vpc_endpoints", "describe_instances", "describe_volumes",
        "describe_launch_templates", "describe_key_pairs", "describe_network_interfaces", "describe_dhcp_options",
        "describe_egress_only_internet_gateways", "describe_flow_logs", "describe_tags",
    ],
    "iam": ["list_roles", "list_instance_profiles", "list_open_id_connect_providers", "get_account_authorization_details"],
    "rds": ["describe_db_instances", "describe_db_subnet_groups", "describe_db_clusters"],
    "eks": ["list_clusters"],
    "kms": ["list_keys", "list_aliases"],
    "logs": ["describe_log_groups"],
}
# AWS's own policies, more than a thousand, are left out: they are always the same.
ONLY = {"get_account_authorization_details": {"Filter": ["User", "Role", "Group", "LocalManagedPolicy"]}}


def normal(value):
    """A description without what differs from run to run."""
    if isinstance(value, dict):
        return {k: normal(v) for k, v in value.items() if k not in VOLATILE}
    if isinstance(value, list):
        return sorted((normal(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
    if isinstance(value, str):
        return ID.sub("<id>", value)
    return value if isinstance(value, (int, float, bool, type(None))) else str(type(value).__name__)


class World:
    def __init__(self, endpoint):
        import boto3

        keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
        self.clients = {name: boto3.client(name, endpoint_url=endpoint, **keys) for name in LOOKS}

    def seen(self):
        found = {}
        for service, calls in LOOKS.items():
            for call in calls:
                try:
                    found[f"{service}.{call}"] = normal(getattr(self.clients[service], call)(**ONLY.get(call, {})))
                except Exception as error:
                    found[f"{service}.{call}"] = type(error).__name__
        return found


def run(args, folder, proxy, *command, is_victim=False):
    process = subprocess.Popen(
        [args.infra, *command, "-no-color"],
        cwd=folder,
        env=dict(os.environ, AWS_ENDPOINT_URL=proxy.url, **ENVIRONMENT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if is_victim:
        proxy.victim = process
    output, _ = process.communicate(timeout=600)
    proxy.victim = None
    return process.returncode, output


def errors(output):
    """What an output says that went wrong; its end if it says nothing of the kind."""
    at = output.find("Error: ")
    return output[at : at + 1200] if at >= 0 else output[-600:]


def difference(a, b):
    lines = []
    for key in a:
        if a[key] != b[key]:
            x, y = (json.dumps(v, indent=1, sort_keys=True).splitlines() for v in (a[key], b[key]))
            only = [f"- {line}" for line in x if line not in y] + [f"+ {line}" for line in y if line not in x]
            lines.append(f"{key}: {len(x)} and {len(y)} lines\n" + "\n".join(only[:20]))
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--infra", required=True)
    parser.add_argument("--stack", default=str(ROOT / "tests/aws/crash"))
    parser.add_argument("--from", dest="first", type=int, default=1)
    parser.add_argument("--to", dest="last", type=int)
    parser.add_argument("--answer-only", action="store_true")
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    args.infra = os.path.abspath(args.infra)
    in_venv()
    with Emulator() as emulator:
        return tried(args, emulator, Proxy(emulator.url))


def fresh(args, emulator, proxy):
    """An empty account, and a folder with the stack."""
    emulator.reset()
    proxy.clear()
    folder = tempfile.mkdtemp(prefix="crash-")
    shutil.copytree(args.stack, folder, dirs_exist_ok=True)
    return folder


def tried(args, emulator, proxy):
    world = World(emulator.url)
    passed, failures = 0, []
    folder = fresh(args, emulator, proxy)
    status, output = run(args, folder, proxy, "apply", "-auto-approve")
    if status != 0:
        print(output + "The undisturbed apply failed.")
        return 1
    wanted, names = world.seen(), list(proxy.mutations)
    shutil.rmtree(folder)
    print(f"An undisturbed apply sends {len(names)} requests that change something.")
    for number in range(args.first, min(args.last or len(names), len(names)) + 1):
        folder = fresh(args, emulator, proxy)
        proxy.cut_at = number
        status, output = run(args, folder, proxy, "apply", "-auto-approve", is_victim=not args.answer_only)
        cut = proxy.mutations[number - 1] if len(proxy.mutations) >= number else "nothing"
        proxy.cut_at = None
        problems = []
        if args.answer_only and status != 0:
            problems.append("the apply whose answer was cut failed:\n" + errors(output))
        status, output = run(args, folder, proxy, "apply", "-auto-approve")
        if status != 0:
            problems.append("the next apply failed:\n" + errors(output))
        different = difference(wanted, world.seen())
        if different:
            problems.append("the world is another one:\n" + different)
        status, output = run(args, folder, proxy, "plan", "-detailed-exitcode")
        if status != 0:
            problems.append("the plan is not empty:\n" + errors(output))
        if problems:
            failures.append(number)
            print(f"FAIL {number} ({cut}): " + "\n".join(problems))
        else:
            passed += 1
            if args.verbose:
                print(f"ok {number} ({cut})")
        shutil.rmtree(folder)
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
