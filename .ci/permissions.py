#!/usr/bin/env python3
"""Writes docs/permissions.md: which permissions each resource type of AWS takes, by the requests that its code sends.

    .ci/permissions.py [--check]

Every request has its name in the code, `"ec2:CreateVpc"`, and a file each has a type. From what registry.rs names, this follows
the names of functions, statics and types through the code, whatever calls what, to the names of requests. A request that no type
comes to is an error, and so is a data source that changes something: the scan has lost its way then. With --check nothing is
written; a file that is not up to date is an error.
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
AWS = ROOT / "src/providers/aws"
PAGE = ROOT / "docs/permissions.md"

ITEM = re.compile(r"^(?:pub(?:\([^)]*\))? )?(?:async |const |unsafe )*(fn|static|const|struct|enum|trait|type|impl|use|macro_rules!)(?!\w)(.*)")
IMPL = re.compile(r"(?:<[^>]*>)? (?:.* for )?(\w+)")
REQUEST = re.compile(r'"((?:ec2|eks|iam|kms|logs|rds|ssm|sts):[A-Z]\w+)"')
NAMES = re.compile(r"\b[A-Za-z_]\w*(?:::[A-Za-z_]\w*)*")
ENTRY = re.compile(r'"(aws_\w+)" => &([\w:]+)')
READS = ("Describe", "List", "Get")

# What AWS checks beside the request itself: the "dependent actions" of its Service Authorization Reference.
BESIDE = {
    "ec2:AssociateIamInstanceProfile": ["iam:PassRole"],
    "ec2:CreateFlowLogs": ["iam:PassRole", "logs:CreateLogDelivery"],
    "ec2:CreateVpcEndpoint": ["route53:AssociateVPCWithHostedZone"],
    "ec2:ReplaceIamInstanceProfileAssociation": ["iam:PassRole"],
    "ec2:RunInstances": ["iam:PassRole"],
    "eks:CreateAddon": ["iam:PassRole"],
    "eks:CreateCluster": ["iam:PassRole", "iam:CreateServiceLinkedRole"],
    "eks:CreateFargateProfile": ["iam:PassRole", "iam:CreateServiceLinkedRole"],
    "eks:CreateNodegroup": ["iam:PassRole", "iam:CreateServiceLinkedRole"],
    "eks:CreatePodIdentityAssociation": ["iam:PassRole"],
    "eks:UpdateAddon": ["iam:PassRole"],
    "eks:UpdatePodIdentityAssociation": ["iam:PassRole"],
    "iam:AddRoleToInstanceProfile": ["iam:PassRole"],
    "rds:AddRoleToDBCluster": ["iam:PassRole"],
    "rds:CreateDBCluster": ["iam:PassRole", "iam:CreateServiceLinkedRole"],
    "rds:CreateDBInstance": ["iam:PassRole", "iam:CreateServiceLinkedRole"],
    "rds:ModifyDBInstance": ["iam:PassRole"],
}
# Whatever the types are: whose credentials these are, and the tags by which an interrupted creation is found again.
CORE = ["sts:GetCallerIdentity", "ec2:DescribeTags", "ec2:DeleteTags"]
# Only where the provider's configuration, or the profile, asks for another role.
ROLES = ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"]
# Nice to have: what AWS has refused is said in clear words then.
REFUSALS = ["sts:DecodeAuthorizationMessage"]


def imports(text, outer=()):
    """`a::{b, c as d}` as pairs: the name here, and the path that it stands for."""
    depth, parts = 0, [""]
    for char in text:
        depth += (char == "{") - (char == "}")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    for part in filter(None, map(str.strip, parts)):
        head, brace, inner = part.partition("{")
        name, _, other = head.partition(" as ")
        path = (*outer, *(p.strip() for p in name.split("::") if p.strip()))
        if brace:
            yield from imports(inner.rsplit("}", 1)[0], path)
        else:
            path = path[:-1] if path[-1] == "self" else path
            yield other.strip() or path[-1], path


class Module:
    """A file: its items' texts by name, and what it imports."""

    def __init__(self, file):
        self.items, self.imports = {}, {}
        code = re.sub(r"(?m)^\s*//.*\n", "", file.read_text().split("#[cfg(test)]")[0])
        starts = [m.start() for m in re.finditer("(?m)" + ITEM.pattern, code)] + [len(code)]
        for text in (code[a:b] for a, b in zip(starts, starts[1:])):
            kind, rest = ITEM.match(text).groups()
            if kind == "use":
                self.imports.update(imports(text.split("use ", 1)[1].split(";")[0]))
            else:
                name = IMPL.match(rest) if kind == "impl" else re.match(r"\W*(\w+)", rest)
                self.items.setdefault(name[1], []).append(text)


class Code:
    def __init__(self):
        self.modules = {}
        for file in sorted(AWS.rglob("*.rs")):
            path = file.relative_to(AWS).with_suffix("").parts
            self.modules[path[:-1] if path[-1] == "mod" else path] = Module(file)

    def find(self, module, path):
        """The module and name of the item that a path in a module stands for, if it is one of ours."""
        if path[0] == "crate":
            return self.find((), path[3:]) if path[1:3] == ("providers", "aws") and path[3:] else None
        if path[0] in ("super", "self"):
            up = module[:-1] if path[0] == "super" else module
            return self.find(up, path[1:]) if path[1:] else None
        here = self.modules[module]
        if path[0] in here.items:
            return module, path[0]
        if path[0] in here.imports and here.imports[path[0]] != path:
            return self.find(module, here.imports[path[0]] + path[1:])
        inner = (*module, path[0])
        return self.find(inner, path[1:]) if inner in self.modules and path[1:] else None

    def requests(self, start):
        """The names of all requests that an item comes to. What all types share, in the folder itself, is not followed."""
        todo, seen, found = [start], set(), set()
        while todo:
            at = todo.pop()
            if at is None or at in seen or not (at[0] and (AWS / at[0][0]).is_dir()):
                continue
            seen.add(at)
            for text in self.modules[at[0]].items[at[1]]:
                found.update(REQUEST.findall(text))
                todo += [self.find(at[0], tuple(name.split("::"))) for name in NAMES.findall(text)]
        # One function tags whatever IAM can tag: of what is tagged there, only what the type makes is its own.
        makes = {name.split(":Create", 1)[1] for name in found if name.startswith("iam:Create")}
        tags = {name for name in found if re.match("iam:(Tag|Untag)", name) and re.sub("iam:(Tag|Untag)", "", name) not in makes}
        return found - tags


def document(code):
    registry = (AWS / "registry.rs").read_text().split("by_name!(data_source")
    every = {name for file in AWS.rglob("*.rs") for name in REQUEST.findall(file.read_text().split("#[cfg(test)]")[0])}
    reached, problems, tables = set(CORE + ROLES + REFUSALS), [], []
    for section, text in zip(("Resource types", "Data sources"), registry):
        rows = []
        for name, path in ENTRY.findall(text):
            start = code.find((), tuple(path.split("::")))
            if start is None:
                problems.append(f"{name}: {path} is not found")
                continue
            own = code.requests(start)
            reached |= own
            own |= {beside for request in own for beside in BESIDE.get(request, [])}
            reached |= own
            own -= set(CORE)
            reads = {n for n in own if n.split(":")[1].startswith(READS)}
            if section == "Data sources" and own - reads:
                problems.append(f"data source {name} changes something: {', '.join(sorted(own - reads))}")
            cells = [" ".join(f"`{n}`" for n in sorted(part)) or "none" for part in (reads, own - reads)]
            rows.append(f"| `{name}` | " + " | ".join(cells[: 1 if section == "Data sources" else 2]) + " |")
        head = "| Type | To read | To change |\n|---|---|---|" if section == "Resource types" else "| Type | To read |\n|---|---|"
        tables.append(f"## {section}\n\n{head}\n" + "\n".join(rows))
    problems += [f"{name} is requested by no type" for name in sorted(every - reached)]
    services = {}
    for name in sorted(reached - set(ROLES)):
        services.setdefault(name.split(":")[0], []).append(name)
    statements = [
        {"Sid": service.capitalize(), "Effect": "Allow", "Action": names, "Resource": "*"} for service, names in services.items()
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)
    core, roles, refusals = (", ".join(f"`{n}`" for n in names) for names in (CORE, ROLES, REFUSALS))
    return problems, INTRODUCTION.format(core=core, roles=roles, refusals=refusals) + "\n\n".join(tables) + POLICY + f"```json\n{policy}\n```\n"


INTRODUCTION = """\
<!-- Written by .ci/permissions.py; change that, not this. -->

# Permissions in AWS

What credentials have to be allowed, by what the configuration has. It comes from the code, in which every request has the name
of its permission; what AWS refuses is named the same in errors (`Operation: ec2:CreateVpc`). A plan takes what is under "to read" of
the types that are in the configuration or in the state. An apply takes both. Not every object takes all of it: what sets an attribute
that isn't configured is never requested.

Whatever the types are: {core}. The first says whose credentials these
are (`skip_credentials_validation` and `skip_requesting_account_id` together do without); the others are for the tag by which an
interrupted creation is found again, and only an apply needs them. {roles}
are for `assume_role`, `assume_role_with_web_identity` and profiles that have the like; they are not in the policy below. With {refusals}
an error says why AWS has refused a request, where AWS itself only gives an encoded text.

Some requests make AWS look for permissions beside their own:

- `iam:PassRole`, for whoever gives a service a role: clusters, node groups, Fargate profiles, add-ons and pod identities of EKS,
  instance profiles and instances that have one, flow logs, monitoring of databases. Restrict it to those roles.
- `iam:CreateServiceLinkedRole`, for the first cluster, node group, Fargate profile or database of an account.
- `route53:AssociateVPCWithHostedZone`, for interface endpoints with private DNS; `logs:CreateLogDelivery`, for flow logs.
- Objects that are encrypted with a key of one's own take the use of that key (`kms:CreateGrant`, `kms:DescribeKey`,
  `kms:GenerateDataKeyWithoutPlaintext` and the like): let the key's policy say so. That is not in the tables.
- A node group with a launch template, and an instance, take permissions for what the template names.

"""
POLICY = """

## All of it as one policy

More than any one configuration takes. Leave out what yours doesn't have, and say which objects it is for where it has `*`.

"""


def main():
    problems, text = document(Code())
    if problems:
        print("\n".join(problems))
    elif "--check" not in sys.argv:
        PAGE.write_text(text)
    elif not PAGE.exists() or PAGE.read_text() != text:
        problems = ["docs/permissions.md is not up to date: run .ci/permissions.py"]
        print(*problems)
    else:
        print("docs/permissions.md is up to date.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
