#!/usr/bin/env python3
"""Makes, on an emulator, what somebody once made by hand in the console, and writes its ids where `infra` reads them.

    make.py --endpoint http://127.0.0.1:5000

A VPC with two subnets, an internet gateway and a route table, a security group, a role, and an address. Needs boto3. For a
real account write ids.auto.tfvars.json yourself: its keys are the variables of imports.tf.
"""

import argparse
import json
import pathlib

import boto3

REGION = "us-east-1"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def tagged(kind, name):
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def make(ec2, iam):
    """Makes everything; its ids, by the names of the variables."""
    vpc = ec2.create_vpc(CidrBlock="10.25.0.0/16", TagSpecifications=tagged("vpc", "old-vpc"))["Vpc"]["VpcId"]
    subnets = {
        zone: ec2.create_subnet(
            VpcId=vpc,
            CidrBlock=f"10.25.{number}.0/24",
            AvailabilityZone=f"{REGION}{zone}",
            TagSpecifications=tagged("subnet", f"old-{zone}"),
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab", 1)
    }
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    for subnet in subnets.values():
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    group = ec2.create_security_group(GroupName="launch-wizard-3", Description="launch-wizard-3 created 2019-04-02", VpcId=vpc)["GroupId"]
    for port in (22, 443):
        permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip", "old-api"))["AllocationId"]
    iam.create_role(RoleName="old-api", AssumeRolePolicyDocument=json.dumps(TRUST), Description="made by hand")
    iam.attach_role_policy(RoleName="old-api", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    return {
        "vpc": vpc,
        "subnets": subnets,
        "gateway": gateway,
        "route_table": table,
        "security_group": group,
        "address": address,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--endpoint", required=True, help="the address of the emulator")
    endpoint = parser.parse_args().endpoint
    # Whatever credentials there are stay out of this: an emulator takes any.
    session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name=REGION)
    ids = make(session.client("ec2", endpoint_url=endpoint), session.client("iam", endpoint_url=endpoint))
    path = pathlib.Path(__file__).parent / "ids.auto.tfvars.json"
    path.write_text(json.dumps(ids, indent=2) + "\n")
    print(f"Made by hand: {ids['vpc']} and what is in it. The ids are in {path}.")


if __name__ == "__main__":
    main()
