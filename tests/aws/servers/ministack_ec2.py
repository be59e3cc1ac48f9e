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
