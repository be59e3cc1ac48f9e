#!/usr/bin/env python3
"""What goes wrong in AWS: each is waited out or a clear error, and the state stays true.

    tests/aws_faults.py --infra target/release/infra [--stack DIR] [--only WORD] [--seed N] [-v]

Throttling, connections that are cut, internal errors, answers that take long, all of them at once; credentials that expire on the
way, requests that are not allowed; objects that someone else deletes before a plan, between a plan and its apply, and during an
apply. After each, an undisturbed apply has to end in the world of an undisturbed run, with an empty plan after it. What came out
well at once has to be that world already.

The emulator is moto's server, installed from PyPI into .venv if it is missing.
"""

import argparse
import os
import pathlib
import shutil
import sys
import tempfile
import time

from aws.emulator import ROOT, Emulator, Proxy, errors, in_venv, run
from aws.world import World, difference

# Part of the requests, by kind of fault.
NOISE = {
    "30 % throttled": {"throttled": 0.3},
    "5 % without an answer": {"reset": 0.05},
    "2 % internal errors": {"failing": 0.02},
    "5 % take 3 s longer": {"spikes": 0.05},
    "all of these at once": {"throttled": 0.3, "reset": 0.05, "failing": 0.02, "spikes": 0.05},
}
DENIED = {
    "ec2:CreateSubnet": "UnauthorizedOperation",
    "ec2:AuthorizeSecurityGroupIngress": "UnauthorizedOperation",
    "iam:CreateRole": "AccessDenied",
    "kms:TagResource": None,  # Not needed for keys without tags, but for taking the tag of the operation off.
    "ec2:DescribeVpcs": "UnauthorizedOperation",
}
RETENTION = "retention_in_days = 7"


class Faults:
    def __init__(self, args, emulator):
        self.args, self.emulator, self.proxy = args, emulator, Proxy(emulator.url, args.seed)
        self.world, self.passed, self.failed, self.problems = World(emulator.url), 0, 0, []
        self.folder = None

    def fresh(self):
        """An empty account, and a folder with the stack."""
        if self.folder:
            shutil.rmtree(self.folder)
        self.emulator.reset()
        self.proxy.clear()
        self.folder = tempfile.mkdtemp(prefix="aws-faults-")
        shutil.copytree(self.args.stack, self.folder, dirs_exist_ok=True)

    def infra(self, *command):
        status, output = run(self.args.infra, self.folder, self.proxy, *command)
        if "panicked" in output:
            self.problems.append(f"{command[0]} panicked:\n{errors(output)}")
        return status, output

    def expect(self, what, is_so, output=""):
        if not is_so:
            self.problems.append(f"{what}{': ' if output else ''}{errors(output) if output else ''}")

    def succeeds(self, *command):
        status, output = self.infra(*command)
        self.expect(f"{command[0]} fails", status == 0, output)
        return output

    def fails(self, words, *command):
        """A command that has to fail, saying all of that."""
        status, output = self.infra(*command)
        text = " ".join(output.replace("│", " ").split())
        missing = [word for word in words if word not in text]
        self.expect(f"{command[0]} does not fail", status == 1, output)
        self.expect(f"{command[0]} does not say {missing}", not missing, output)

    def like_undisturbed(self, wanted, when):
        different = difference(wanted, self.world.seen())
        self.expect(f"{when}, the world is another one:\n{different}", not different)

    def comes_right(self):
        """Undisturbed, everything ends as if nothing had happened."""
        self.proxy.calm()
        self.succeeds("apply", "-auto-approve")
        self.like_undisturbed(self.wanted, "after the next apply")
        status, output = self.infra("plan", "-detailed-exitcode")
        self.expect("the plan after it is not empty", status == 0, output)

    def case(self, name, body):
        if self.args.only and self.args.only not in name:
            return
        self.problems, begin = [], time.monotonic()
        self.fresh()
        note = body() or ""
        if self.problems:
            self.failed += 1
            print(f"FAIL {name}: " + "\n".join(self.problems)[:4000])
        else:
            self.passed += 1
            if self.args.verbose:
                print(f"ok {name} ({time.monotonic() - begin:.0f} s){note}", flush=True)

    def undisturbed(self):
        """The world that everything has to end in, and the one after a destroy; how many requests that takes."""
        self.fresh()
        self.succeeds("apply", "-auto-approve")
        self.wanted, self.requests = self.world.seen(), sum(self.proxy.calls.values())
        self.succeeds("destroy", "-auto-approve")
        self.empty = self.world.seen()
        return not self.problems

    def noise(self, faults):
        vars(self.proxy).update(faults)
        output = self.succeeds("apply", "-auto-approve")
        if faults.get("throttled"):
            self.expect("apply does not say that it was throttled", "AWS throttled" in " ".join(output.split()), output)
        self.like_undisturbed(self.wanted, "after the apply")
        note = f", {sum(self.proxy.calls.values())} requests instead of {self.requests}"
        self.comes_right()
        # Reading everything again under the same faults finds nothing to do.
        vars(self.proxy).update(faults)
        status, output = self.infra("plan", "-detailed-exitcode")
        self.expect("a plan under these faults is not empty", status == 0, output)
        vars(self.proxy).update(faults)
        self.succeeds("destroy", "-auto-approve")
        self.like_undisturbed(self.empty, "after the destroy")
        return note

    def expires(self, part):
        self.proxy.expired_from = int(self.requests * part)
        self.fails(["Expired", "get new ones, and run the command again"], "apply", "-auto-approve")
        self.comes_right()

    def denies(self, api, code):
        self.proxy.denied = api
        if code:
            self.fails([code, f"Operation: {api}", f"Let the credentials in use do {api}"], "apply", "-auto-approve")
        else:
            self.succeeds("apply", "-auto-approve")
        self.comes_right()

    def deleted_before_plan(self, delete):
        self.succeeds("apply", "-auto-approve")
        delete(self.world.clients)
        status, output = self.infra("plan", "-detailed-exitcode")
        self.expect("the plan does not make it again", status == 2, output)
        self.comes_right()

    def deleted_before_change(self):
        """A saved plan changes an object that is gone when it is applied."""
        file = next(f for f in pathlib.Path(self.folder).glob("*.tf") if RETENTION in f.read_text())
        text = file.read_text()
        file.write_text(text.replace(RETENTION, "retention_in_days = 14"))
        self.succeeds("apply", "-auto-approve")
        file.write_text(text)
        self.succeeds("plan", "-out=saved")
        self.world.clients["logs"].delete_log_group(logGroupName="/crash")
        self.fails(["aws_cloudwatch_log_group", "ResourceNotFoundException", "Operation: logs:PutRetentionPolicy"], "apply", "saved")
        self.comes_right()

    def deleted_before_destroy(self):
        """A saved plan destroys objects that are gone when it is applied."""
        self.succeeds("apply", "-auto-approve")
        self.succeeds("plan", "-destroy", "-out=saved")
        for delete in DELETED.values():
            delete(self.world.clients)
        self.succeeds("apply", "saved")
        self.like_undisturbed(self.empty, "after the destroy")
        self.comes_right_from_nothing()

    def comes_right_from_nothing(self):
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


DELETED = {
    "a key pair": lambda clients: clients["ec2"].delete_key_pair(KeyName="crash"),
    "a rule of a security group": delete_rule,
    "a route": delete_route,
    "the attachment of a policy": detach_policy,
    "a log group": lambda clients: clients["logs"].delete_log_group(logGroupName="/crash"),
    "a database": lambda clients: clients["rds"].delete_db_instance(DBInstanceIdentifier="crash", SkipFinalSnapshot=True),
}
DURING = {
    "a volume, as it is attached": ("ec2:AttachVolume", delete_volume, ["aws_volume_attachment", "InvalidVolume.NotFound"]),
    "a log group, while others are made": ("rds:CreateDBInstance", DELETED["a log group"], []),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--infra", required=True)
    parser.add_argument("--stack", default=str(ROOT / "tests/aws/crash"))
    parser.add_argument("--only", help="cases whose name has this")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    args.infra = os.path.abspath(args.infra)
    in_venv()
    with Emulator() as emulator:
        faults = Faults(args, emulator)
        if not faults.undisturbed():
            print("\n".join(faults.problems) + "\nThe undisturbed run failed.")
            return 1
        for name, noise in NOISE.items():
            faults.case(name, lambda: faults.noise(noise))
        for part in (0.1, 0.5, 0.9):
            faults.case(f"credentials expire after {part:.0%} of the requests", lambda: faults.expires(part))
        for api, code in DENIED.items():
            faults.case(f"{api} is denied", lambda: faults.denies(api, code))
        for what, delete in DELETED.items():
            faults.case(f"{what} is deleted before a plan", lambda: faults.deleted_before_plan(delete))
        faults.case("what a saved plan changes is deleted", faults.deleted_before_change)
        faults.case("what a saved plan destroys is deleted", faults.deleted_before_destroy)
        for what, during in DURING.items():
            faults.case(f"{what}, is deleted during an apply", lambda: faults.deleted_during_apply(*during))
        print(f"{faults.passed} passed, {faults.failed} failed")
        return 1 if faults.failed else 0


if __name__ == "__main__":
    sys.exit(main())
