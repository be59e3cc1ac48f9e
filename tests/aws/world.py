"""What there is in an account, and in a state, so that two of them can be compared."""

import json
import pathlib
import re

ID = re.compile(
    r"\br-rtb-[0-9a-f]+\b|\bvpce-[0-9a-f]{17}-[0-9a-f]{8}\b|\b(?:nacl|sgrule|vai)-\d+\b|\bcluster-(?:ro-)?[0-9a-z]{12}(?=\.)"
    r"|\b[0-9A-F]{32}\b|\b(?:[a-z]+-)+[0-9a-f]{8,17}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|\beks-cluster-sg-[a-z]+-\d+\b|\b(?:AROA|AIDA|ANPA|AIPA|AGPA)[A-Z0-9]{12,}\b|\b(?:db|cluster)-[A-Z0-9]{26}\b|\b20\d{6}[0-9a-f]{18}\b"
)
VOLATILE = {
    "CreateTime", "LaunchTime", "AttachTime", "CreateDate", "createdAt", "modifiedAt", "UpdateDate", "InstanceCreateTime",
    "LatestRestorableTime", "ClusterCreateTime", "CreationDate", "creationTime", "ExpirationTime", "ResponseMetadata",
    "PublicIp", "PrivateIpAddress", "PrivateIp", "PrivateDnsName", "PublicDnsName", "PrivateIpAddresses", "MacAddress",
    "KeyId", "certificateAuthority", "endpoint", "identity", "clientRequestToken", "EarliestRestorableTime", "RoleLastUsed",
    "PublicIpAddress", "ClientToken", "StateTransitionReason", "InstanceProfileId", "Ipv6CidrBlock", "DestinationIpv6CidrBlock",
    "HostedZoneId", "IsClusterWriter",
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
OF_STATE = {
    "arn", "certificate_authority", "created_at", "create_date", "create_time", "endpoint", "identity", "ipv6_cidr_block",
    "key_id", "latest_restorable_time", "mac_address", "policy_id", "primary_network_interface_id", "private_dns", "private_dns_name",
    "private_ip", "private_ip_list", "private_ips", "public_dns", "public_ip", "unique_id", "vpc_ipv6_cidr_block", "address",
    "hosted_zone_id", "url", "user_data_base64", "instance_state", "writer",
}
# AWS's own policies, more than a thousand, are left out: they are always the same.
ONLY = {"get_account_authorization_details": {"Filter": ["User", "Role", "Group", "LocalManagedPolicy"]}}


def normal(value, volatile=VOLATILE):
    """A description without what differs from run to run."""
    if isinstance(value, dict):
        return {ID.sub("<id>", k): normal(v, volatile) for k, v in value.items() if k not in volatile}
    if isinstance(value, list):
        return sorted((normal(v, volatile) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
    if isinstance(value, str):
        return ID.sub("<id>", value)
    return value if isinstance(value, (int, float, bool, type(None))) else str(type(value).__name__)


class World:
    """The account behind an endpoint."""

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

    def text(self):
        """All that there is, with ids."""
        return json.dumps([getattr(self.clients["ec2"], call)() for call in LOOKS["ec2"]], default=str)


class Recorded:
    """The state in a folder."""

    def __init__(self, folder):
        file = pathlib.Path(folder, "terraform.tfstate")
        self.objects = {}
        for resource in json.loads(file.read_text())["resources"] if file.exists() else []:
            module = f"{resource['module']}." if "module" in resource else ""
            for instance in resource["instances"]:
                key = f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""
                deposed = f" ({instance['deposed']})" if "deposed" in instance else ""
                self.objects[f"{module}{resource['type']}.{resource['name']}{key}{deposed}"] = instance

    def seen(self):
        """All objects, by address, without what differs from run to run, and without what isn't set: whether that is null or empty
        depends on how often it was read."""
        set_ones = lambda attributes: {k: v for k, v in attributes.items() if v not in (None, "", [], {})}
        return {
            address: [instance.get("status"), normal(set_ones(instance["attributes"]), OF_STATE)]
            for address, instance in sorted(self.objects.items())
        }

    def ids(self):
        """AWS's own ids of objects, by address."""
        ids = {address: instance["attributes"].get("id") or "" for address, instance in self.objects.items()}
        return {address: text for address, text in ids.items() if re.fullmatch(r"[a-z]+-[0-9a-f]{17}", text)}


def difference(a, b):
    """What two accounts, or states, differ in, empty if in nothing."""
    lines = []
    for key in sorted({*a, *b}):
        if a.get(key) != b.get(key):
            x, y = (json.dumps(v.get(key), indent=1, sort_keys=True).splitlines() for v in (a, b))
            only = [f"- {line}" for line in x if line not in y] + [f"+ {line}" for line in y if line not in x]
            lines.append(f"{key}: {len(x)} and {len(y)} lines\n" + "\n".join(only[:20]))
    return "\n".join(lines)
