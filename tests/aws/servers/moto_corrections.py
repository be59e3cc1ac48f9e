"""What moto does otherwise than AWS in what networks, machines and databases need; put right as it is imported."""

import copy

from correction import correction
from moto.core.responses import EmptyResult
from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.instances import Instance
from moto.ec2.models.launch_templates import LaunchTemplate
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.responses import subnets
from moto.iam.exceptions import NotFoundException
from moto.iam.models import IAMBackend, ManagedPolicy
from moto.iam.responses import IamResponse
from moto.rds.models import DBCluster, DBParameterGroup


class Neighbours:
    """What EKS has to do with EC2, which is moto's."""

    def __init__(self, account, region):
        self.ec2 = ec2_backends[account][region]

    def subnet(self, wanted):
        """The VPC and the zone of a subnet, None if there is no such subnet."""
        for of_zone in self.ec2.subnets.values():
            if wanted in of_zone:
                return of_zone[wanted].vpc_id, of_zone[wanted].availability_zone
        return None

    def block(self, vpc):
        return self.ec2.get_vpc(vpc).cidr_block

    def make_group(self, name, description, vpc, tags):
        """A security group whose members may speak with one another."""
        group = self.ec2.create_security_group(name, description, vpc, tags)
        among = [{"GroupId": group.id, "OwnerId": self.ec2.account_id}]
        self.ec2.authorize_security_group_ingress(group.id, "-1", None, None, [], source_groups=among)
        return group.id

    def remove_group(self, group):
        for of_vpc in self.ec2.groups.values():
            of_vpc.pop(group, None)

    def launch_template(self, wanted):
        """Id, name and version of a launch template, and the data of that version; None if there is none."""
        for found in self.ec2.launch_templates.values():
            if found.id == wanted.get("id") or found.name == wanted.get("name"):
                version = found.get_version(wanted.get("version") or "$Default")
                return {"id": found.id, "name": found.name, "version": str(version.number)}, version.data
        return None


# A subnet without a zone: AWS chooses one, and so does moto, by chance. Here it is the first, so that runs are alike.
class First:
    @staticmethod
    def choice(zones):
        return zones[0]


subnets.random = First


# An instance's groups are those of its first interface; moto forgets them where they were given with the interface.
@correction(Instance)
def prep_nics(old, self, *args, **kwargs):
    old(self, *args, **kwargs)
    if not self.security_groups:
        self.security_groups = list(self.nics[0].group_set)


# Dependencies. moto deletes subnets and security groups that are in use; AWS refuses. And moto leaves what goes with what is deleted:
# the tags and network ACLs of a VPC, and what a subnet has to do with network ACLs.
GONE = ("terminated", "shutting-down")


def instances(ec2):
    return [i for reservation in ec2.reservations.values() for i in reservation.instances if i.state not in GONE]


@correction(EC2Backend)
def delete_subnet(old, self, subnet_id):
    gateways = [g for g in self.nat_gateways.values() if g.state != "deleted" and g.subnet_id == subnet_id]
    endpoints = [e for e in self.vpc_end_points.values() if e.state != "deleted" and subnet_id in (e.subnet_ids or [])]
    if gateways or endpoints or any(i.subnet_id == subnet_id for i in instances(self)):
        raise DependencyViolationError(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
    deleted = old(self, subnet_id)
    for acl in self.network_acls.values():
        acl._associations = {k: each for k, each in acl._associations.items() if each.subnet_id != subnet_id}
    return deleted


@correction(EC2Backend)
def delete_vpc(old, self, vpc_id):
    deleted = old(self, vpc_id)
    for acl in [each for each in self.network_acls.values() if each.vpc_id == vpc_id]:
        self.tags.pop(acl.id, None)
        del self.network_acls[acl.id]
    self.tags.pop(vpc_id, None)
    return deleted


@correction(EC2Backend)
def delete_security_group(old, self, name=None, group_id=None):
    rules = [
        rule
        for of_vpc in self.groups.values()
        for group in of_vpc.values()
        if group.id != group_id
        for rule in [*group.ingress_rules, *group.egress_rules]
    ]
    referred = any(rule.source_group.get("GroupId") == group_id for rule in rules)
    if group_id and (referred or any(g.id == group_id for i in instances(self) for g in i.security_groups)):
        raise DependencyViolationError(f"resource {group_id} has a dependent object")
    return old(self, name, group_id)


# The address of a deleted NAT gateway: AWS sets it free, moto doesn't, nor does it take the gateway's interface away.
@correction(EC2Backend)
def delete_nat_gateway(old, self, nat_gateway_id):
    gateway = old(self, nat_gateway_id)
    for address in self.addresses:
        if address.eni is gateway._eni:
            self.disassociate_address(association_id=address.association_id)
    self.enis.pop(gateway._eni.id, None)
    return gateway


# Tags of a peering connection between regions: in AWS each side has its own, in moto both have the requester's.
@correction(EC2Backend)
def describe_vpc_peering_connections(old, self, vpc_peering_ids=None):
    found = [copy.copy(connection) for connection in old(self, vpc_peering_ids)]
    for connection in found:
        connection.ec2_backend = self
    return found


# Rules of security groups: of those that refer to a group moto doesn't tell the description, and doesn't find them if another
# one is given. Of those that change it forgets the group or the IPv6 range that they are to refer to from now on, and wants
# ports even for all protocols.
SecurityGroupRule.description = property(
    lambda self: self.ip_range.get("Description") or self.source_group.get("Description")
)


@correction(SecurityGroupRule, "__eq__")
def is_same(old, self, other):
    one, two = copy.copy(self), copy.copy(other)
    for rule in (one, two):
        rule.source_group = rule.source_group.get("GroupId")
    return old(one, two)


@correction(EC2Backend)
def modify_security_group_rules(old, self, group_id, rules):
    for rule in rules.values():
        if rule.get("IpProtocol") == "-1":
            rule.setdefault("FromPort", -1)
            rule.setdefault("ToPort", -1)
    old(self, group_id, rules)
    group = self.get_security_group_by_name_or_id(group_id)
    for rule_id, rule in rules.items():
        changed = group.get_rule(rule_id)
        if rule.get("IpProtocol") == "-1":
            changed.from_port = changed.to_port = None
        if rule.get("CidrIpv6"):
            changed.ip_range["CidrIpv6"] = rule["CidrIpv6"]
        if rule.get("ReferencedGroupId"):
            changed.source_group = {**changed.source_group, "GroupId": rule["ReferencedGroupId"]}
            changed.source_group["Description"] = changed.ip_range.pop("Description", None)


# The description of a rule that refers to a group: moto keeps it with the group and looks for it elsewhere.
SecurityGroupRule.description = property(lambda self: self.ip_range.get("Description") or self.source_group.get("Description"))


# The tags that a launch template itself is made with: AWS keeps them out of the template's data, moto adds them.
@correction(LaunchTemplate, "__init__")
def launch_template(old, self, backend, name, template_data, version_description, tag_spec):
    given = template_data.get("TagSpecifications")
    if given is not None:
        template_data["TagSpecifications"] = [each for each in given if each["ResourceType"] != "launch-template"]
        if not template_data["TagSpecifications"]:
            del template_data["TagSpecifications"]
    old(self, backend, name, template_data, version_description, tag_spec)


# Parameters of a database's parameter group that were set: AWS says that their source is the user, moto says nothing.
@correction(DBParameterGroup)
def update_parameters(old, self, new_parameters):
    new_parameters = list(new_parameters)
    old(self, new_parameters)
    for parameter in new_parameters:
        self.parameters[parameter["ParameterName"]]["Source"] = "user"


# A cluster of databases that is not serverless has no scaling configuration; moto answers with an empty one.
DBCluster.scaling_configuration_info = property(
    lambda self, old=DBCluster.scaling_configuration_info: old.fget(self) if self.scaling_configuration else None
)


# A policy that is attached already: moto counts it once more.
@correction(ManagedPolicy)
def attach_to(old, self, who):
    if self.arn not in who.managed_policies:
        old(self, who)


# A role that is in no instance profile can't be removed from it; moto fails where AWS says so.
@correction(IAMBackend)
def remove_role_from_instance_profile(old, self, profile_name, role_name):
    if self.get_role(role_name) not in self.get_instance_profile(profile_name).roles:
        raise NotFoundException(f"Cannot remove role {role_name} from the instance profile {profile_name}: it is not in it.")
    old(self, profile_name, role_name)


# Clients of OpenID Connect providers can't be changed in moto.
def add_client_id_to_open_id_connect_provider(self):
    provider = self.backend.get_open_id_connect_provider(self._get_param("OpenIDConnectProviderArn"))
    provider.client_id_list = [*provider.client_id_list, self._get_param("ClientID")]
    return EmptyResult()


def remove_client_id_from_open_id_connect_provider(self):
    provider = self.backend.get_open_id_connect_provider(self._get_param("OpenIDConnectProviderArn"))
    provider.client_id_list = [each for each in provider.client_id_list if each != self._get_param("ClientID")]
    return EmptyResult()


IamResponse.add_client_id_to_open_id_connect_provider = add_client_id_to_open_id_connect_provider
IamResponse.remove_client_id_from_open_id_connect_provider = remove_client_id_from_open_id_connect_provider
