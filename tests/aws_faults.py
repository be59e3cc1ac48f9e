#!/usr/bin/env python3
"""What goes wrong in AWS: each is waited out or a clear error, and the state stays true.

    tests/aws_faults.py --infra target/release/infra [--quick] [--stack small|crash] [--seeds N] [--only WORD] [-v]

Throttling, connections that are cut, internal errors, answers that take long, all of them at once; nobody who answers; credentials
that expire on the way, requests that are not allowed; objects that someone else deletes before a plan, between a plan and its apply,
and during an apply. After each, what the state has must be there, and an undisturbed apply has to end in the world and the state of
an undisturbed run, with an empty plan after it. What came out well at once has to be that already. Expired credentials are one
error, and nothing is made anew because of them.

--quick: the small stack only, each case once. --seeds: so many rounds of what is left to chance.

The emulator is moto's server, installed from PyPI into .venv if it is missing.
"""

import argparse
import os
import pathlib
import re
import shutil
import sys
import tempfile
import time

from aws.emulator import ROOT, Emulator, Proxy, errors, in_venv, run
from aws.world import Recorded, World, difference

# Part of the requests, by kind of fault.
NOISE = {
    "30 % throttled": {"throttled": 0.3},
    "5 % without an answer": {"reset": 0.05},
    "2 % internal errors": {"failing": 0.02},
    "5 % take 3 s longer": {"spikes": 0.05},
    "all of these at once": {"throttled": 0.3, "reset": 0.05, "failing": 0.02, "spikes": 0.05},
}

QUICK = {"all at once, but for latency": {"throttled": 0.3, "reset": 0.05, "failing": 0.02}}


def delete_rule(clients):
    rules = clients["ec2"].describe_security_group_rules()["SecurityGroupRules"]
    rule = next(r for r in rules if r.get("FromPort") == 22)
    clients["ec2"].revoke_security_group_ingress(GroupId=rule["GroupId"], SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])


def delete_volume(clients):
    """The volume that is apart, not that of the instance."""
    volumes = clients["ec2"].describe_volumes()["Volumes"]
    clients["ec2"].delete_volume(VolumeId=next(v["VolumeId"] for v in volumes if v["Size"] == 1))


def delete_route(clients):
    for table in clients["ec2"].describe_route_tables()["RouteTables"]:
        if any(r.get("NatGatewayId") for r in table["Routes"]):
            clients["ec2"].delete_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0")


def detach_policy(clients):
    policy = clients["iam"].list_policies(Scope="Local")["Policies"][0]["Arn"]
    clients["iam"].detach_role_policy(RoleName="crash", PolicyArn=policy)


def delete_log_group(clients):
    clients["logs"].delete_log_group(logGroupName="/crash")


def delete_database(clients):
    clients["rds"].delete_db_instance(DBInstanceIdentifier="crash", SkipFinalSnapshot=True)


def delete_subnet(clients):
    subnets = clients["ec2"].describe_subnets(Filters=[{"Name": "cidr-block", "Values": ["10.0.0.0/24"]}])["Subnets"]
    clients["ec2"].delete_subnet(SubnetId=subnets[0]["SubnetId"])


def delete_gateway(clients):
    for gateway in clients["ec2"].describe_internet_gateways()["InternetGateways"]:
        of = {"InternetGatewayId": gateway["InternetGatewayId"]}
        for attachment in gateway["Attachments"]:
            clients["ec2"].detach_internet_gateway(VpcId=attachment["VpcId"], **of)
        clients["ec2"].delete_internet_gateway(**of)


def delete_vpc(clients):
    """The VPC of the stack, which has nothing in it yet."""
    vpcs = clients["ec2"].describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.0.0.0/16"]}])["Vpcs"]
    clients["ec2"].delete_vpc(VpcId=vpcs[0]["VpcId"])


class Case:
    """What can go wrong with a stack.

    denied: operations that are not allowed, and what has to be said of it; nothing if the apply has to end well.
    deleted: objects, and how somebody deletes them.
    changed: an argument, another value, how somebody deletes its object, and what is said when it is changed.
    during: an object that somebody deletes when an operation is requested, and what is said; nothing if the apply ends well.
    """

    def __init__(self, denied, deleted, changed, during):
        self.denied, self.deleted, self.changed, self.during = denied, deleted, changed, during


def refused(operation, code, address):
    what_to_do = f"Let the credentials in use do {operation}, or use others."
    return [code, f"Operation: {operation}, request id: r-1", what_to_do, f"with {address}", re.compile(r"on \S+\.tf line \d+")]


DENIED_SUBNETS = refused("ec2:CreateSubnet", "UnauthorizedOperation", "aws_subnet.main[0]")
CASES = {
    "small": Case(
        denied={
            "ec2:*Subnet*": [*DENIED_SUBNETS, "may not do ec2:CreateSubnet on *: no policy allows it."],
            "ec2:*Subnet* sts:Decode*": [*DENIED_SUBNETS, "aws sts decode-authorization-message --encoded-message ec2"],
            "ec2:DescribeVpcs": refused("ec2:DescribeVpcs", "UnauthorizedOperation", "aws_vpc.main"),
            "ec2:ModifySubnetAttribute": refused("ec2:ModifySubnetAttribute", "UnauthorizedOperation", "aws_subnet.main[0]"),
            "ec2:DeleteTags": ["removing tags of this run: UnauthorizedOperation", "Apply complete!"],
        },
        deleted={"a subnet": delete_subnet, "a gateway": delete_gateway},
        changed=(
            "map_public_ip_on_launch = true", "map_public_ip_on_launch = false", delete_subnet,
            ["updating aws_subnet", "InvalidSubnetID.NotFound", "Operation: ec2:ModifySubnetAttribute"],
        ),
        during={
            "a VPC, as subnets are made in it": (
                "ec2:CreateSubnet", delete_vpc, ["aws_subnet.main", "InvalidVpcID.NotFound", "Operation: ec2:CreateSubnet"]
            ),
        },
    ),
    "crash": Case(
        denied={
            "ec2:*Subnet*": [*DENIED_SUBNETS, "may not do ec2:CreateSubnet on *: no policy allows it."],
            "ec2:AuthorizeSecurityGroupIngress": ["UnauthorizedOperation", "Operation: ec2:AuthorizeSecurityGroupIngress, request id: r-1"],
            "iam:CreateRole": refused("iam:CreateRole", "AccessDenied", "aws_iam_role.main"),
            "logs:PutRetentionPolicy": refused("logs:PutRetentionPolicy", "AccessDeniedException", "aws_cloudwatch_log_group.main"),
            "ec2:DescribeVpcs": refused("ec2:DescribeVpcs", "UnauthorizedOperation", "aws_vpc.main"),
            "rds:DescribeDBInstances": refused("rds:DescribeDBInstances", "AccessDenied", "aws_db_instance.main"),
            # Not needed for keys without tags.
            "kms:TagResource": [],
        },
        deleted={
            "a key pair": lambda clients: clients["ec2"].delete_key_pair(KeyName="crash"),
            "a rule of a security group": delete_rule,
            "a route": delete_route,
            "the attachment of a policy": detach_policy,
            "a log group": delete_log_group,
            "a database": delete_database,
        },
        changed=(
            "retention_in_days = 7", "retention_in_days = 14", delete_log_group,
            ["aws_cloudwatch_log_group", "ResourceNotFoundException", "Operation: logs:PutRetentionPolicy"],
        ),
        during={
            "a volume, as it is attached": (
                "ec2:AttachVolume", delete_volume, ["aws_volume_attachment", "InvalidVolume.NotFound"]
            ),
            "a log group, while others are made": ("rds:CreateDBInstance", delete_log_group, []),
        },
    ),
}


class Faults:
    """All cases of a stack."""

    def __init__(self, args, emulator, stack):
        self.args, self.emulator, self.proxy, self.stack = args, emulator, Proxy(emulator.url), stack
        self.world, self.passed, self.failed, self.problems = World(emulator.url), 0, 0, []
        self.folder, self.seed = None, 0

    def fresh(self):
        """An empty account, and a folder with the stack."""
        self.end()
        self.emulator.reset()
        self.proxy.clear()
        self.proxy.random.seed(self.seed)
        self.folder = tempfile.mkdtemp(prefix="aws-faults-")
        shutil.copytree(ROOT / "tests/aws" / self.stack, self.folder, dirs_exist_ok=True)

    def end(self):
        if self.folder:
            shutil.rmtree(self.folder)

    def infra(self, *command):
        status, output = run(self.args.infra, self.folder, self.proxy, *command)
        if "panicked" in output:
            self.problems.append(f"{command[0]} panicked:\n{errors(output)}")
        self.state_is_true(command[0])
        return status, output

    def state_is_true(self, when):
        """What the state has is there, unless somebody has deleted it, which nobody does unseen but in the cases for that."""
        there = self.world.text()
        gone = [f"{address} ({text})" for address, text in Recorded(self.folder).ids().items() if text not in there]
        self.expect(f"after {when}, the state has what is not there: {gone}", self.deletes or not gone)

    def expect(self, what, is_so, output=""):
        if not is_so:
            self.problems.append(f"{what}{': ' if output else ''}{errors(output) if output else ''}")

    def succeeds(self, *command):
        status, output = self.infra(*command)
        self.expect(f"{command[0]} fails", status == 0, output)
        return output

    def says(self, words, command, output):
        text = " ".join(output.replace("│", " ").split())
        missing = [w for w in words if not (w.search(text) if isinstance(w, re.Pattern) else w in text)]
        self.expect(f"{command} does not say {missing}", not missing, output)

    def fails(self, words, *command):
        """A command that has to fail, saying all of that."""
        status, output = self.infra(*command)
        self.says(words, command[0], output)
        self.expect(f"{command[0]} does not fail", status == 1, output)
        return output

    def like_undisturbed(self, wanted, when):
        different = difference(wanted, self.world.seen())
        self.expect(f"{when}, the world is another one:\n{different}", not different)

    def recorded(self):
        """The state, once everything was read again: what objects tell of others depends on which was made first."""
        self.succeeds("apply", "-refresh-only", "-auto-approve")
        return Recorded(self.folder).seen()

    def comes_right(self):
        """Undisturbed, everything ends as if nothing had happened. What the apply says."""
        self.proxy.calm()
        output = self.succeeds("apply", "-auto-approve")
        self.like_undisturbed(self.wanted, "after the next apply")
        status, planned = self.infra("plan", "-detailed-exitcode")
        self.expect("the plan after it is not empty", status == 0, planned)
        different = difference(self.wanted_state, self.recorded())
        self.expect(f"the state is another one:\n{different}", not different)
        return output

    def case(self, name, body, deletes=False):
        if self.args.only and self.args.only not in name:
            return
        self.problems, self.deletes, begin = [], deletes, time.monotonic()
        self.fresh()
        note = body() or ""
        took = f"({time.monotonic() - begin:.0f} s){note}"
        if self.problems:
            self.failed += 1
            print(f"FAIL {self.stack}: {name} {took}: " + "\n".join(self.problems)[:4000], flush=True)
        else:
            self.passed += 1
            if self.args.verbose:
                print(f"ok {self.stack}: {name} {took}", flush=True)

    def undisturbed(self):
        """The world and the state that everything has to end in, and those after a destroy; how many requests that takes."""
        self.deletes = False
        self.fresh()
        self.succeeds("apply", "-auto-approve")
        self.wanted, self.requests = self.world.seen(), sum(self.proxy.calls.values())
        self.wanted_state = self.recorded()
        self.succeeds("destroy", "-auto-approve")
        self.empty = self.world.seen()
        return not self.problems

    def noise(self, faults):
        vars(self.proxy).update(faults)
        self.succeeds("apply", "-auto-approve")
        self.like_undisturbed(self.wanted, "after the apply")
        note = f", {sum(self.proxy.calls.values())} requests instead of {self.requests}"
        self.comes_right()
        # Reading everything again under the same faults finds nothing to do.
        vars(self.proxy).update(faults)
        status, output = self.infra("plan", "-detailed-exitcode")
        self.expect("a plan under these faults is not empty", status == 0, output)
        self.succeeds("destroy", "-auto-approve")
        self.like_undisturbed(self.empty, "after the destroy")
        return note

    def is_busy(self):
        """Throttled for long: it is said meanwhile, and in the end."""
        self.proxy.busy = {"ec2:CreateVpc": 7}
        output = self.succeeds("apply", "-auto-approve")
        self.says(["AWS is throttling ec2:CreateVpc; waiting", "Warning: AWS throttled 7 requests"], "apply", output)
        self.like_undisturbed(self.wanted, "after the apply")
        self.comes_right()

    def is_silent(self):
        """Nobody answers for a while, in the middle of it."""
        todo = [True]

        def before(_):
            if todo and sum(self.proxy.calls.values()) > self.requests / 2:
                todo.clear()
                self.proxy.silent_until = time.monotonic() + 12

        self.proxy.before = before
        self.says(["No answer from AWS to "], "apply", self.succeeds("apply", "-auto-approve"))
        self.like_undisturbed(self.wanted, "after the apply")
        self.comes_right()

    def expires(self, part):
        self.proxy.expired_from = int(self.requests * part)
        output = self.fails(["AWS credentials have expired", "get new ones, and run the command again"], "apply", "-auto-approve")
        self.one_error(output)
        self.says([re.compile("Resources: .* 0 destroyed")], "the next apply", self.comes_right())

    def expires_planning(self):
        self.succeeds("apply", "-auto-approve")
        self.proxy.calls.clear()
        self.proxy.expired_from = 3
        self.one_error(self.fails(["AWS credentials have expired"], "plan"))
        self.comes_right()

    def expires_destroying(self, part):
        """Whether what was being destroyed is gone can't be seen any more: the next destroy sees it."""
        self.succeeds("apply", "-auto-approve")
        self.proxy.calls.clear()
        self.proxy.expired_from = int(self.requests * part)
        self.deletes = True
        self.one_error(self.fails(["AWS credentials have expired"], "destroy", "-auto-approve"))
        self.proxy.calm()
        self.succeeds("destroy", "-auto-approve")
        self.like_undisturbed(self.empty, "after the next destroy")

    def one_error(self, output):
        count = len(re.findall("^Error: ", output, re.M))
        self.expect(f"{count} errors instead of one", count == 1, output)

    def denies(self, operations, words):
        self.proxy.denied = operations.split()
        if words and "Apply complete!" not in words:
            self.fails(words, "apply", "-auto-approve")
        else:
            self.says(words, "apply", self.succeeds("apply", "-auto-approve"))
        self.comes_right()

    def deleted_before_plan(self, delete):
        self.succeeds("apply", "-auto-approve")
        delete(self.world.clients)
        status, output = self.infra("plan", "-detailed-exitcode")
        self.expect("the plan does not make it again", status == 2, output)
        self.comes_right()

    def deleted_before_change(self, value, other, delete, words):
        """A saved plan changes an object that is gone when it is applied."""
        file = next(f for f in pathlib.Path(self.folder).glob("*.tf") if value in f.read_text())
        text = file.read_text()
        file.write_text(text.replace(value, other))
        self.succeeds("apply", "-auto-approve")
        file.write_text(text)
        self.succeeds("plan", "-out=saved")
        delete(self.world.clients)
        begin = time.monotonic()
        self.fails(words, "apply", "saved")
        self.expect("what is gone is waited for", time.monotonic() - begin < 60)
        self.comes_right()

    def deleted_before_destroy(self, deleted):
        """A saved plan destroys objects that are gone when it is applied."""
        self.succeeds("apply", "-auto-approve")
        self.succeeds("plan", "-destroy", "-out=saved")
        for delete in deleted:
            delete(self.world.clients)
        self.succeeds("apply", "saved")
        self.like_undisturbed(self.empty, "after the destroy")
        self.emulator.reset()
        self.comes_right()

    def deleted_during_apply(self, api, delete, words):
        todo = [delete]

        def before(name):
            if name == api and todo:
                todo.pop()(self.world.clients)

        self.proxy.before = before
        if words:
            self.fails(words, "apply", "-auto-approve")
        else:
            self.succeeds("apply", "-auto-approve")
        self.expect(f"{api} was never requested", not todo)
        self.comes_right()

    def all(self):
        """Whether all went well."""
        if not self.undisturbed():
            print("\n".join(self.problems) + f"\n{self.stack}: the undisturbed run failed.")
            self.failed += 1
            return
        print(f"{self.stack}: an undisturbed apply sends {self.requests} requests.", flush=True)
        for self.seed in range(self.args.seed, self.args.seed + self.args.seeds):
            for name, noise in (NOISE if not self.args.quick else QUICK).items():
                self.case(f"{name}, seed {self.seed}", lambda: self.noise(noise))
        self.seed = self.args.seed
        self.case("AWS has too much to do for long", self.is_busy)
        if not self.args.quick:
            self.case("AWS does not answer for 12 s", self.is_silent)
        for part in (0.2, 0.5, 0.8) if self.args.quick else (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
            self.case(f"credentials expire after {part:.0%} of the requests", lambda: self.expires(part))
        self.case("credentials expire while planning", self.expires_planning)
        for part in (0.5,) if self.args.quick else (0.3, 0.4, 0.5, 0.6, 0.7):
            self.case(f"credentials expire while destroying, after {part:.0%} of the requests", lambda: self.expires_destroying(part))
        cases = CASES[self.stack]
        for operations, words in cases.denied.items():
            self.case(f"{operations} is denied", lambda: self.denies(operations, words))
        for what, delete in cases.deleted.items():
            self.case(f"{what} is deleted before a plan", lambda: self.deleted_before_plan(delete), deletes=True)
        self.case("what a saved plan changes is deleted", lambda: self.deleted_before_change(*cases.changed), deletes=True)
        deleted = cases.deleted.values()
        self.case("what a saved plan destroys is deleted", lambda: self.deleted_before_destroy(deleted), deletes=True)
        for what, during in cases.during.items():
            self.case(f"{what}, is deleted during an apply", lambda: self.deleted_during_apply(*during), deletes=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--infra", required=True)
    parser.add_argument("--stack", choices=CASES, help="only this one")
    parser.add_argument("--quick", action="store_true", help="the small stack, each case once")
    parser.add_argument("--seeds", type=int, default=3, help="rounds of what is left to chance")
    parser.add_argument("--seed", type=int, default=0, help="the first of them")
    parser.add_argument("--only", help="cases whose name has this")
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    args.infra = os.path.abspath(args.infra)
    if args.quick:
        args.stack, args.seeds = "small", 1
    in_venv()
    passed = failed = 0
    for stack in [args.stack] if args.stack else CASES:
        with Emulator() as emulator:
            faults = Faults(args, emulator, stack)
            faults.all()
            faults.end()
            passed, failed = passed + faults.passed, failed + faults.failed
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
