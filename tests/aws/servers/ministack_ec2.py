"""What ministack's EC2 lacks or does otherwise than AWS; imported by ministack_server.py, put right as it is imported."""

import copy
import re

from correction import correction
from ministack.core.responses import get_account_id
from ministack.services import ec2


class Neighbours:
    """What EKS has to do with EC2."""

    def __init__(self, *_):
        """ministack itself knows which account and region a request is for."""

    def subnet(self, wanted):
        found = ec2._subnets.get(wanted)
        return found and (found["VpcId"], found["AvailabilityZone"])

    def block(self, vpc):
        return ec2._vpcs[vpc]["CidrBlock"]

    def make_group(self, name, description, vpc, tags):
        group = ec2._new_sg_id()
        everything = {"IpProtocol": "-1", "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}
        ec2._security_groups[group] = {
            "GroupId": group,
            "GroupName": name,
            "Description": description,
            "VpcId": vpc,
            "OwnerId": get_account_id(),
            "IpPermissions": [{**everything, "UserIdGroupPairs": [{"GroupId": group, "UserId": get_account_id()}]}],
            "IpPermissionsEgress": [{**everything, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
        }
        ec2._tags[group] = [{"Key": key, "Value": value} for key, value in tags.items()]
        return group

    def remove_group(self, group):
        ec2._security_groups.pop(group, None)
        ec2._tags.pop(group, None)

    def launch_template(self, wanted):
        for found in ec2._launch_templates.values():
            if wanted.get("id") == found["LaunchTemplateId"] or wanted.get("name") == found["LaunchTemplateName"]:
                numbers = {"$Default": found["DefaultVersionNumber"], "$Latest": found["LatestVersionNumber"]}
                version = wanted.get("version") or "$Default"
                number = str(numbers.get(version, version))
                data = next((v for v in found["Versions"] if str(v["VersionNumber"]) == number), {})
                named = {"id": found["LaunchTemplateId"], "name": found["LaunchTemplateName"], "version": number}
                return named, data.get("LaunchTemplateData", {})
        return None


def operation(function):
    """An operation of EC2 that ministack lacks, by its name in words: modify_vpc_peering_connection_options."""
    name = "".join(word.capitalize() for word in function.__name__.split("_"))
    ec2._ACTION_MAP[name] = function
    return function


def replaced(function):
    """The same for one that it has; the function gets the old one first."""
    name = "".join(word.capitalize() for word in function.__name__.split("_"))
    old = ec2._ACTION_MAP[name]
    ec2._ACTION_MAP[name] = lambda params: function(old, params)
    return function


# Launch templates. AWS tells the latest and default versions of all templates if none is named.
@replaced
def describe_launch_template_versions(old, params):
    if ec2._p(params, "LaunchTemplateId") or ec2._p(params, "LaunchTemplateName"):
        return old(params)
    items = ""
    for template in list(ec2._launch_templates):
        status, _, body = old({**params, "LaunchTemplateId": [template]})
        text = body.decode() if isinstance(body, bytes) else body
        items += re.search("<launchTemplateVersionSet>(.*)</launchTemplateVersionSet>", text, re.S).group(1)
    return ec2._xml(
        200, "DescribeLaunchTemplateVersionsResponse", f"<launchTemplateVersionSet>{items}</launchTemplateVersionSet>"
    )


# Rules of security groups. What is allowed for several sources in one request is one rule for each in AWS, one rule
# altogether in ministack, whose id stands for all. Of all protocols there are no ports, whatever the request says.
@correction(ec2)
def _parse_ip_permissions(old, params, prefix):
    sources = ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")
    parts = []
    for rule in old(params, prefix):
        if rule["IpProtocol"] == "-1":
            rule = {key: value for key, value in rule.items() if key not in ("FromPort", "ToPort")}
        alone = {**rule, **dict.fromkeys(sources, [])}
        split = [{**alone, kind: [source]} for kind in sources for source in rule[kind]]
        parts.extend(copy.deepcopy(split or [rule]))
    return parts


# Two rules are the same whatever their descriptions; ministack forgets that of a group.
@correction(ec2)
def _strip_descriptions(old, rule):
    pairs = [{k: v for k, v in pair.items() if k != "Description"} for pair in rule.get("UserIdGroupPairs", [])]
    return {**old(rule), "UserIdGroupPairs": pairs}


def describe_rules(params, direction, kind):
    group = ec2._security_groups.get(ec2._p(params, "GroupId"))
    if group is None:
        return ec2._error("InvalidGroup.NotFound", f"Security group {ec2._p(params, 'GroupId')} not found", 400)
    for wanted in ec2._parse_ip_permissions(params, "IpPermissions"):
        for rule in group[kind]:
            if ec2._rules_match(wanted, rule):
                for sources in ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs"):
                    rule[sources] = wanted[sources]
    return ec2._xml(200, f"UpdateSecurityGroupRuleDescriptions{direction}Response", "<return>true</return>")


@operation
def update_security_group_rule_descriptions_ingress(params):
    return describe_rules(params, "Ingress", "IpPermissions")


@operation
def update_security_group_rule_descriptions_egress(params):
    return describe_rules(params, "Egress", "IpPermissionsEgress")


# Peering connections. ministack tells neither the address ranges of the two VPCs nor their options, which it hasn't.
OPTIONS = {
    "AllowDnsResolutionFromRemoteVpc": "allowDnsResolutionFromRemoteVpc",
    "AllowEgressFromLocalClassicLinkToRemoteVpc": "allowEgressFromLocalClassicLinkToRemoteVpc",
    "AllowEgressFromLocalVpcToRemoteClassicLink": "allowEgressFromLocalVpcToRemoteClassicLink",
}
SIDES = {"requester": "RequesterPeeringConnectionOptions", "accepter": "AccepterPeeringConnectionOptions"}


@replaced
def describe_vpc_peering_connections(old, params):
    status, headers, body = old(params)
    text = body.decode()

    def side(found):
        name, start, vpc, rest = found.group(1), found.group(0), found.group(2), found.group(3)
        connection = re.findall("<vpcPeeringConnectionId>([^<]+)<", text[: found.start()])[-1]
        record = ec2._vpc_peering[connection]
        region = re.search("<region>([^<]*)<", rest).group(1)
        owner = re.search("<ownerId>([^<]*)<", rest).group(1)
        network = ec2._vpcs.get_scoped(owner, region, vpc)
        block = f"<cidrBlock>{network['CidrBlock']}</cidrBlock>" if network else ""
        options = "".join(
            f"<{tag}>{record.get(SIDES[name], {}).get(option, 'false')}</{tag}>" for option, tag in OPTIONS.items()
        )
        if record["Status"]["Code"] == "active":
            block += f"<peeringOptions>{options}</peeringOptions>"
        return start.replace(f"</{name}VpcInfo>", f"{block}</{name}VpcInfo>")

    text = re.sub(r"<(requester|accepter)VpcInfo><vpcId>([^<]+)</vpcId>(.*?)</\1VpcInfo>", side, text, flags=re.S)
    return status, headers, text.encode()


@operation
def modify_vpc_peering_connection_options(params):
    wanted = ec2._p(params, "VpcPeeringConnectionId")
    record = ec2._vpc_peering.get(wanted)
    if record is None:
        return ec2._error("InvalidVpcPeeringConnectionID.NotFound", f"The vpcPeeringConnection ID '{wanted}' does not exist", 400)
    if record["Status"]["Code"] != "active":
        return ec2._error("OperationNotPermitted", f"Peering options can be added only to active peerings. ({wanted})", 400)
    for side in SIDES.values():
        given = {option: ec2._p(params, f"{side}.{option}") for option in OPTIONS}
        record[side] = {**record.get(side, {}), **{option: value for option, value in given.items() if value}}
    return ec2._xml(200, "ModifyVpcPeeringConnectionOptionsResponse", "")


# Interface endpoints. ministack forgets their security groups, private DNS, and what AWS tells of their names.
@replaced
def create_vpc_endpoint(old, params):
    status, headers, body = old(params)
    found = re.search("<vpcEndpointId>([^<]+)<", body.decode())
    if not found:
        return status, headers, body
    endpoint = ec2._vpc_endpoints[found.group(1)]
    if endpoint["VpcEndpointType"] == "Interface":
        groups = ec2._parse_member_list(params, "SecurityGroupId") or [ec2._vpcs[endpoint["VpcId"]]["DefaultSecurityGroupId"]]
        endpoint.update(Groups=groups, PrivateDns=ec2._p(params, "PrivateDnsEnabled") != "false")
    if ec2._p(params, "PolicyDocument"):
        endpoint["PolicyDocument"] = ec2._p(params, "PolicyDocument")
    return ec2._xml(200, "CreateVpcEndpointResponse", ec2._vpce_fields_xml(endpoint, tag="vpcEndpoint"))


@replaced
def modify_vpc_endpoint(old, params):
    answered = old(params)
    endpoint = ec2._vpc_endpoints.get(ec2._p(params, "VpcEndpointId"))
    if endpoint and "Groups" in endpoint:
        removed = ec2._parse_member_list(params, "RemoveSecurityGroupId")
        added = ec2._parse_member_list(params, "AddSecurityGroupId")
        endpoint["Groups"] = [g for g in endpoint["Groups"] if g not in removed] + added
        endpoint["PrivateDns"] = ec2._p(params, "PrivateDnsEnabled", str(endpoint["PrivateDns"]).lower()) == "true"
    return answered


EVERYTHING = '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}'


@correction(ec2)
def _vpce_fields_xml(old, endpoint, tag="item"):
    text = old(endpoint, tag).rsplit("</", 1)[0]
    policy = ec2._esc(endpoint.get("PolicyDocument", EVERYTHING))
    text += f"<policyDocument>{policy}</policyDocument><requesterManaged>false</requesterManaged>"
    if "Groups" in endpoint:
        groups = "".join(f"<item><groupId>{group}</groupId></item>" for group in endpoint["Groups"])
        text += f"<groupSet>{groups}</groupSet><privateDnsEnabled>{str(endpoint['PrivateDns']).lower()}</privateDnsEnabled>"
        text += "<ipAddressType>ipv4</ipAddressType><dnsOptions><dnsRecordIpType>ipv4</dnsRecordIpType></dnsOptions>"
    return f"{text}</{tag}>"
