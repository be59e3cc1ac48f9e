"""What ministack's EKS lacks or does otherwise than AWS; imported by both servers, put right as it is imported."""

import base64
import ipaddress
import json
import re
import secrets
import time
import urllib.parse
import uuid

from ministack.core.responses import get_account_id, get_region
from ministack.services import eks

SUCCESS = 200
ROUTES = []
# What knows EC2 for an account and region: a class that the server sets.
neighbours = None
LOG_TYPES = ["api", "audit", "authenticator", "controllerManager", "scheduler"]


def route(method, path):
    """The function answers requests of this method and path; {…} in the path are its first arguments, then come `old`,
    which asks ministack itself, the body of the request and its query."""
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + "$")

    def put(function):
        ROUTES.append((method, pattern, function))
        return function

    return put


plain = eks._handle_request_sync


def corrected(method, path, headers, body, query):
    def old(changed=None):
        return plain(method, path, headers, body if changed is None else json.dumps(changed).encode(), query)

    for wanted, pattern, function in ROUTES:
        found = pattern.match(path)
        if wanted == method and found:
            names = [urllib.parse.unquote(part) for part in found.groups()]
            answer = function(*names, old, json.loads(body or b"{}"), query)
            break
    else:
        answer = old()
    return noted(answer)


eks._handle_request_sync = corrected


def ec2():
    return neighbours(get_account_id(), get_region())


def answer(**content):
    return eks._json_resp(SUCCESS, content)


def refusal(code, message, status=400):
    return eks._error(status, code, message)


def content(response):
    """What an answer says, or nothing if it is an error."""
    return json.loads(response[2]) if response[0] == SUCCESS else None


# Updates. ministack hands out updates and doesn't know them afterwards (DescribeUpdate, ListUpdates). All are over at once.
updates = eks.AccountRegionScopedDict()


def noted(response):
    if response[0] == SUCCESS and response[2].startswith(b'{"update":'):
        said = json.loads(response[2])
        made = said["update"]
        updates.setdefault(made["id"], {**made, "status": "Successful", "errors": []})
    return response


def update(kind, **params):
    made = {
        "id": str(uuid.uuid4()),
        "status": "InProgress",
        "type": kind,
        "params": [{"type": name, "value": json.dumps(value)} for name, value in params.items()],
        "createdAt": int(time.time()),
        "errors": [],
    }
    return answer(update=made)


@route("GET", "/clusters/{name}/updates/{update}")
def describe_update(_, wanted, *__):
    if wanted not in updates:
        return refusal("ResourceNotFoundException", f"No update found for ID: {wanted}", 404)
    return answer(update=updates[wanted])


# Clusters. ministack invents the VPC, the cluster's security group, and an issuer that isn't https; says nothing of the
# authentication mode that AWS assumes; and has neither UpdateClusterConfig nor UpdateClusterVersion.
@route("POST", "/clusters")
def create_cluster(old, body, _):
    found = {name: ec2().subnet(name) for name in body["resourcesVpcConfig"].get("subnetIds", [])}
    for name, subnet in found.items():
        if subnet is None:
            return refusal("InvalidParameterException", f"The subnet ID '{name}' does not exist")
    if len({zone for _, zone in found.values()}) < 2:
        return refusal("InvalidParameterException", "Subnets specified must be in at least two different AZs")
    vpc = next(iter(found.values()))[0]
    response = old()
    if content(response) is None:
        return response
    cluster = eks._clusters[body["name"]]
    network = cluster["resourcesVpcConfig"]
    network["vpcId"] = vpc
    network["clusterSecurityGroupId"] = ec2().make_group(
        f"eks-cluster-sg-{cluster['name']}-{secrets.randbelow(10**9)}",
        "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any "
        "managed workloads.",
        vpc,
        {"aws:eks:cluster-name": cluster["name"], f"kubernetes.io/cluster/{cluster['name']}": "owned"},
    )
    serial = secrets.token_hex(16).upper()
    cluster["identity"] = {"oidc": {"issuer": f"https://oidc.eks.{get_region()}.amazonaws.com/id/{serial}"}}
    cluster["endpoint"] = f"https://{serial}.gr7.{get_region()}.eks.amazonaws.com"
    cluster["certificateAuthority"] = {"data": base64.b64encode(secrets.token_bytes(1024)).decode()}
    cluster["platformVersion"] = "eks.1"
    given = body.get("accessConfig") or {}
    cluster["accessConfig"] = {
        "authenticationMode": given.get("authenticationMode", "CONFIG_MAP"),
        "bootstrapClusterCreatorAdminPermissions": given.get("bootstrapClusterCreatorAdminPermissions", True),
    }
    cluster["upgradePolicy"] = body.get("upgradePolicy") or {"supportType": "EXTENDED"}
    set_logging(cluster, body.get("logging") or {})
    if "serviceIpv4Cidr" not in (body.get("kubernetesNetworkConfig") or {}):
        # AWS takes the one of its two ranges that the VPC's does not meet.
        taken = ipaddress.ip_network(ec2().block(vpc)).overlaps(ipaddress.ip_network("10.0.0.0/8"))
        cluster["kubernetesNetworkConfig"]["serviceIpv4Cidr"] = "172.20.0.0/16" if taken else "10.100.0.0/16"
    if body.get("zonalShiftConfig"):
        cluster["zonalShiftConfig"] = body["zonalShiftConfig"]
    return answer(cluster=eks._sanitize(cluster))


def set_logging(cluster, wanted):
    """All types of logs are named, those that are on and those that aren't."""
    before = {t for part in cluster["logging"].get("clusterLogging", []) if part.get("enabled") for t in part["types"]}
    for part in wanted.get("clusterLogging", []):
        types = set(part.get("types", []))
        before = before | types if part.get("enabled") else before - types
    parts = [([t for t in LOG_TYPES if (t in before) == on], on) for on in (True, False)]
    cluster["logging"] = {"clusterLogging": [{"types": types, "enabled": on} for types, on in parts if types]}


@route("DELETE", "/clusters/{name}")
def delete_cluster(name, old, *_):
    """AWS refuses while node groups are there; add-ons and identity providers go with the cluster, its group too."""
    if any(group["clusterName"] == name for group in eks._nodegroups.values()):
        return refusal("ResourceInUseException", "Cluster has nodegroups attached", 409)
    group = eks._clusters.get(name, {}).get("resourcesVpcConfig", {}).get("clusterSecurityGroupId")
    response = old()
    if content(response) is not None:
        ec2().remove_group(group)
        for store, prefix in ((eks._addons, f"{name}/"), (eks._idp_configs, f"{name}\0")):
            for key in [k for k in store if k.startswith(prefix)]:
                store.pop(key, None)
    return response


@route("POST", "/clusters/{name}/update-config")
def update_cluster_config(name, _, body, __):
    cluster = eks._clusters.get(name)
    if cluster is None:
        return no_cluster(name)
    if body.get("logging"):
        set_logging(cluster, body["logging"])
        return update("LoggingUpdate", ClusterLogging=body["logging"])
    if body.get("accessConfig"):
        cluster["accessConfig"]["authenticationMode"] = body["accessConfig"]["authenticationMode"]
        return update("AccessConfigUpdate", AuthenticationMode=body["accessConfig"])
    if body.get("resourcesVpcConfig"):
        cluster["resourcesVpcConfig"].update(body["resourcesVpcConfig"])
        return update("EndpointAccessUpdate", **body["resourcesVpcConfig"])
    for key in ("upgradePolicy", "zonalShiftConfig", "computeConfig", "storageConfig", "kubernetesNetworkConfig"):
        if body.get(key):
            cluster[key] = {**cluster.get(key, {}), **body[key]}
    return update("ConfigUpdate")


@route("POST", "/clusters/{name}/updates")
def update_cluster_version(name, _, body, __):
    cluster = eks._clusters.get(name)
    if cluster is None:
        return no_cluster(name)
    cluster["version"] = body["version"]
    return update("VersionUpdate", Version=body["version"])


def no_template(body):
    wanted = body["launchTemplate"]
    return refusal("InvalidParameterException", f"Launch template {wanted.get('id') or wanted.get('name')} not found.")


def no_cluster(name):
    return refusal("ResourceNotFoundException", f"No cluster found for name: {name}.", 404)


# Node groups. ministack forgets the launch template, the update configuration and remote access, gives a disk size to
# groups whose launch template has it, and has neither UpdateNodegroupConfig nor UpdateNodegroupVersion.
@route("POST", "/clusters/{name}/node-groups")
def create_nodegroup(cluster_name, old, body, _):
    template = ec2().launch_template(body["launchTemplate"]) if body.get("launchTemplate") else ({}, {})
    if template is None:
        return no_template(body)
    response = old()
    if content(response) is None:
        return response
    group = eks._nodegroups[f"{cluster_name}/{body['nodegroupName']}"]
    group["releaseVersion"] = body.get("releaseVersion") or f"{group['version']}.0-20250101"
    group["amiType"] = body.get("amiType") or "AL2023_x86_64_STANDARD"
    group["updateConfig"] = body.get("updateConfig") or {"maxUnavailable": 1}
    for key in ("remoteAccess", "nodeRepairConfig"):
        if body.get(key):
            group[key] = body[key]
    if not body.get("remoteAccess"):
        del group["resources"]["remoteAccessSecurityGroup"]
    if body.get("launchTemplate"):
        group["launchTemplate"], data = template
        if not body.get("diskSize"):
            del group["diskSize"]
        if not body.get("instanceTypes") and data.get("InstanceType"):
            del group["instanceTypes"]
        if not body.get("amiType") and data.get("ImageId"):
            group["amiType"] = "CUSTOM"
    return answer(nodegroup=group)


@route("POST", "/clusters/{name}/node-groups/{group}/update-config")
def update_nodegroup_config(cluster_name, name, _, body, __):
    group = eks._nodegroups.get(f"{cluster_name}/{name}")
    if group is None:
        return refusal("ResourceNotFoundException", f"No node group found for name: {name}.", 404)
    labels = body.get("labels") or {}
    group["labels"] = {k: v for k, v in group["labels"].items() if k not in labels.get("removeLabels", [])}
    group["labels"].update(labels.get("addOrUpdateLabels") or {})
    taints = body.get("taints") or {}
    for taint in [*taints.get("removeTaints", []), *taints.get("addOrUpdateTaints", [])]:
        group["taints"] = [t for t in group["taints"] if (t["key"], t["effect"]) != (taint["key"], taint["effect"])]
    group["taints"] = [*group["taints"], *taints.get("addOrUpdateTaints", [])]
    for key in ("scalingConfig", "updateConfig", "nodeRepairConfig"):
        if body.get(key):
            group[key] = body[key] if key == "updateConfig" else {**group.get(key, {}), **body[key]}
    return update("ConfigUpdate")


@route("POST", "/clusters/{name}/node-groups/{group}/update-version")
def update_nodegroup_version(cluster_name, name, _, body, __):
    group = eks._nodegroups.get(f"{cluster_name}/{name}")
    if group is None:
        return refusal("ResourceNotFoundException", f"No node group found for name: {name}.", 404)
    if body.get("launchTemplate"):
        template = ec2().launch_template(body["launchTemplate"])
        if template is None:
            return no_template(body)
        group["launchTemplate"] = template[0]
    version = body.get("version") or eks._clusters[cluster_name]["version"]
    if not body.get("launchTemplate") or body.get("version"):
        group["version"] = version
        group["releaseVersion"] = f"{version}.0-20250101"
    if body.get("releaseVersion"):
        group["releaseVersion"] = body["releaseVersion"]
    return update("VersionUpdate", Version=group["version"])


# Fargate profiles, which ministack has not.
profiles = eks.AccountRegionScopedDict()


@route("POST", "/clusters/{name}/fargate-profiles")
def create_fargate_profile(cluster_name, _, body, __):
    if cluster_name not in eks._clusters:
        return no_cluster(cluster_name)
    name = body["fargateProfileName"]
    if (cluster_name, name) in profiles:
        return refusal("ResourceInUseException", "A Fargate Profile already exists with this name in this cluster.", 409)
    arn = f"arn:aws:eks:{get_region()}:{get_account_id()}:fargateprofile/{cluster_name}/{name}/{uuid.uuid4()}"
    given = {k: body[k] for k in ("podExecutionRoleArn", "subnets", "selectors", "tags") if body.get(k)}
    profile = {"fargateProfileName": name, "fargateProfileArn": arn, "clusterName": cluster_name, "status": "ACTIVE", **given}
    profiles[(cluster_name, name)] = {"createdAt": int(time.time()), "health": {"issues": []}, **profile}
    return answer(fargateProfile=profiles[(cluster_name, name)])


@route("GET", "/clusters/{name}/fargate-profiles")
def list_fargate_profiles(cluster_name, *_):
    return answer(fargateProfileNames=[name for cluster, name in profiles if cluster == cluster_name])


@route("GET", "/clusters/{name}/fargate-profiles/{profile}")
def describe_fargate_profile(*key_and_rest):
    key = key_and_rest[:2]
    if key not in profiles:
        return refusal("ResourceNotFoundException", f"No Fargate Profile found with name: {key[1]}.", 404)
    return answer(fargateProfile=profiles[key])


@route("DELETE", "/clusters/{name}/fargate-profiles/{profile}")
def delete_fargate_profile(*key_and_rest):
    response = describe_fargate_profile(*key_and_rest)
    profiles.pop(key_and_rest[:2], None)
    return response


# Add-ons. ministack has no DescribeAddonVersions, takes any name and version, gives none where none is asked for, and
# keeps what is asked of pod identity instead of making the associations.
ADDONS = {
    "vpc-cni": ("networking", "v1.19.0-eksbuild.1", "v1.20.1-eksbuild.3"),
    "coredns": ("networking", "v1.11.3-eksbuild.1", "v1.11.4-eksbuild.22"),
    "kube-proxy": ("networking", "v{}.3-eksbuild.2", "v{}.13-eksbuild.3"),
    "aws-ebs-csi-driver": ("storage", "v1.38.1-eksbuild.1", "v1.48.0-eksbuild.1"),
    "aws-efs-csi-driver": ("storage", "v2.1.4-eksbuild.1", "v2.1.11-eksbuild.1"),
    "snapshot-controller": ("storage", "v8.1.0-eksbuild.1", "v8.3.0-eksbuild.1"),
    "eks-pod-identity-agent": ("security", "v1.3.4-eksbuild.1", "v1.3.8-eksbuild.2"),
    "metrics-server": ("observability", "v0.7.2-eksbuild.1", "v0.8.0-eksbuild.2"),
    "amazon-cloudwatch-observability": ("observability", "v3.0.0-eksbuild.1", "v4.3.1-eksbuild.1"),
}
CLUSTER_VERSIONS = [f"1.{minor}" for minor in range(27, 35)]


def addon_versions(name, cluster_version):
    """The default version of an add-on, and the newest one."""
    return [version.format(cluster_version) for version in ADDONS[name][1:]]


@route("GET", "/addons/supported-versions")
def describe_addon_versions(_, __, query):
    def one(key):
        value = query.get(key)
        return value[0] if isinstance(value, list) else value

    names = [name for name in ADDONS if one("addonName") in (None, name)]
    clusters = [version for version in CLUSTER_VERSIONS if one("kubernetesVersion") in (None, version)]
    found = []
    for name in names:
        supported = {}
        for cluster in clusters:
            default, newest = addon_versions(name, cluster)
            for version in (newest, default):
                entry = {"clusterVersion": cluster, "platformVersions": ["*"], "defaultVersion": version == default}
                supported.setdefault(version, []).append(entry)
        versions = [
            {"addonVersion": v, "architecture": ["amd64", "arm64"], "compatibilities": c, "requiresConfiguration": False}
            for v, c in supported.items()
        ]
        found.append({"addonName": name, "type": ADDONS[name][0], "addonVersions": versions, "publisher": "eks", "owner": "aws"})
    return answer(addons=found)


def wrong_addon(cluster_name, name, version):
    cluster = eks._clusters.get(cluster_name)
    if cluster is None:
        return no_cluster(cluster_name)
    if name not in ADDONS:
        return refusal("InvalidParameterException", f"Addon {name} specified is not supported")
    if version and version not in addon_versions(name, cluster["version"]) and cluster["version"] not in CLUSTER_VERSIONS:
        return refusal("InvalidParameterException", "Addon version specified is not supported")
    return None


@route("POST", "/clusters/{name}/addons")
def create_addon(cluster_name, old, body, _):
    name = body["addonName"]
    wrong = wrong_addon(cluster_name, name, body.get("addonVersion"))
    if wrong:
        return wrong
    version = body.get("addonVersion") or addon_versions(name, eks._clusters[cluster_name]["version"])[0]
    response = old({**body, "addonVersion": version, "podIdentityAssociations": []})
    if content(response) is None:
        return response
    addon = eks._addons[f"{cluster_name}/{name}"]
    associate(cluster_name, addon, body.get("podIdentityAssociations") or [])
    return answer(addon=addon)


@route("POST", "/clusters/{name}/addons/{addon}/update")
def update_addon(cluster_name, name, old, body, _):
    wrong = wrong_addon(cluster_name, name, body.get("addonVersion"))
    if wrong:
        return wrong
    wanted = body.pop("podIdentityAssociations", None)
    response = old(body)
    addon = eks._addons.get(f"{cluster_name}/{name}")
    if addon and wanted is not None:
        associate(cluster_name, addon, wanted)
    return response


@route("DELETE", "/clusters/{name}/addons/{addon}")
def delete_addon(cluster_name, name, old, *_):
    addon = eks._addons.get(f"{cluster_name}/{name}")
    if addon:
        associate(cluster_name, addon, [])
    return old()


def associate(cluster_name, addon, wanted):
    """The pod identity associations that an add-on owns, of which it tells the ARNs."""
    for key, association in list(eks._pod_identity_associations.items()):
        if association.get("ownerArn") == addon["addonArn"]:
            eks._pod_identity_associations.pop(key, None)
    addon["podIdentityAssociations"] = []
    for each in wanted:
        made = eks._create_pod_identity_association(cluster_name, {**each, "namespace": "kube-system"})
        if content(made):
            key = eks._pia_key(cluster_name, content(made)["association"]["associationId"])
            eks._pod_identity_associations[key]["ownerArn"] = addon["addonArn"]
            addon["podIdentityAssociations"].append(content(made)["association"]["associationArn"])


# Access entries. ministack takes them whatever the authentication mode, and leaves the name empty that AWS gives.
@route("POST", "/clusters/{name}/access-entries")
def create_access_entry(cluster_name, old, body, _):
    cluster = eks._clusters.get(cluster_name)
    if cluster is None:
        return no_cluster(cluster_name)
    if cluster["accessConfig"]["authenticationMode"] == "CONFIG_MAP":
        needed = "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation."
        return refusal("InvalidRequestException", needed)
    kind, principal = body.get("type", "STANDARD"), body["principalArn"]
    if kind == "STANDARD" and not body.get("username"):
        body["username"] = principal
        role = re.fullmatch(r"arn:(aws[\w-]*):iam::(\d+):role/(?:.*/)?([^/]+)", principal)
        if role:
            partition, account, name = role.groups()
            body["username"] = f"arn:{partition}:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}"
    elif kind in ("EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX"):
        of = "SessionName" if kind == "FARGATE_LINUX" else "EC2PrivateDNSName"
        body["username"] = f"system:node:{{{{{of}}}}}"
        body["kubernetesGroups"] = ["system:nodes"] + (["eks:kube-proxy-windows"] if kind == "EC2_WINDOWS" else [])
    return old(body)


# Identity providers. Without Docker they would be CREATING for ever.
@route("POST", "/clusters/{name}/identity-provider-configs/associate")
def associate_identity_provider_config(cluster_name, old, *_):
    response = old()
    for key, config in eks._idp_configs.items():
        if key.startswith(f"{cluster_name}\0"):
            config["status"] = "ACTIVE"
    return response


# Tags. ministack keeps those that change apart from those that objects answer with, removes one key of several, and knows
# not every kind of object.
def tagged(arn):
    kinds = {
        "arn": (eks._clusters, eks._idp_configs),
        "nodegroupArn": (eks._nodegroups,),
        "addonArn": (eks._addons,),
        "accessEntryArn": (eks._access_entries,),
        "associationArn": (eks._pod_identity_associations,),
        "fargateProfileArn": (profiles,),
    }
    for key, stores in kinds.items():
        for store in stores:
            for found in store.values():
                if found.get(key) == arn:
                    found["tags"] = found.get("tags") or {}
                    return found
    return None


def tags_route(method):
    def put(function):
        @route(method, "/tags/(?P<arn>.+)")
        def of_object(arn, _, body, query):
            found = tagged(arn)
            if found is None:
                return refusal("NotFoundException", f"No resource found for ARN: {arn}.", 404)
            return function(found, body, query)

        return of_object

    return put


@tags_route("GET")
def list_tags(found, *_):
    return answer(tags=found["tags"])


@tags_route("POST")
def tag(found, body, _):
    found["tags"].update(body["tags"])
    return answer()


@tags_route("DELETE")
def untag(found, _, query):
    keys = query.get("tagKeys") or []
    for key in [keys] if isinstance(keys, str) else keys:
        found["tags"].pop(key, None)
    return answer()


plain_reset = eks.reset


def reset():
    plain_reset()
    for store in (updates, profiles):
        store.clear()


eks.reset = reset
