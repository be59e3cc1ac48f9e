"""moto's server, with corrections where it differs from AWS in what stacks of clusters and databases need.

    python tests/aws/moto_server.py -H 127.0.0.1 -p PORT

Runs in the venv that has moto. Each correction says what moto does and what AWS does.
"""

import io
import re
import sys
import uuid

import moto.ec2.responses.subnets
import moto.eks.models
import moto.eks.urls
import moto.iam.models
import moto.rds.models
from moto.ec2.models import EC2Backend
from moto.eks.responses import ActionResult, EKSResponse
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.server import main

EKSBackend = moto.eks.models.EKSBackend


def correction(target, name=None):
    """Puts a function in the place of the one of that name; it gets the old one before its other arguments."""

    def put(function):
        old = getattr(target, name or function.__name__, None)

        def corrected(*args, **kwargs):
            return function(old, *args, **kwargs)

        setattr(target, name or function.__name__, corrected)
        return function

    return put


def route(path):
    """Makes requests for a path of EKS reach the operation that its method and path have in the API's description."""
    moto.eks.urls.url_paths["{0}/clusters/(?P<name>[^/]+)/" + path + "$"] = moto.eks.urls.response.dispatch


# A node group whose creation names no remote access: moto invents a key pair, AWS has none.
moto.eks.models.DEFAULT_REMOTE_ACCESS = None

# Updates of EKS: moto carries out some, but answers UpdateClusterConfig with a cluster, and knows neither the version
# updates nor DescribeUpdate. AWS answers with an update, which is asked for until it is over; here it is over at once.
updates = {}


def update(kind):
    made = {"id": str(uuid.uuid4()), "status": "Successful", "type": kind, "params": [], "errors": []}
    updates[made["id"]] = made
    return ActionResult({"update": made})


@correction(EKSResponse)
def update_cluster_config(old, self):
    old(self)
    return update("ConfigUpdate")


@correction(EKSResponse)
def update_cluster_version(_, self):
    cluster = self.eks_backend.describe_cluster(name=self._get_param("name"))
    cluster.version = self._get_param("version")
    return update("VersionUpdate")


@correction(EKSResponse)
def update_nodegroup_version(_, self):
    group = self.eks_backend.describe_nodegroup(
        cluster_name=self._get_param("name"), nodegroup_name=self._get_param("nodegroupName")
    )
    group.version = self._get_param("version") or group.version
    group.release_version = self._get_param("releaseVersion") or group.release_version
    if self._get_param("launchTemplate"):
        group.launch_template = {**(group.launch_template or {}), **self._get_param("launchTemplate")}
    return update("VersionUpdate")


@correction(EKSResponse)
def describe_update(_, self):
    wanted = self.path.split("?")[0].rstrip("/").split("/")[-1]
    found = updates.get(wanted, {"id": wanted, "status": "Successful", "type": "ConfigUpdate", "params": [], "errors": []})
    return ActionResult({"update": found})


route("updates")  # UpdateClusterVersion
route("updates/(?P<updateId>[^/]+)")
route("node-groups/(?P<nodegroupName>[^/]+)/update-version")


# Tags: moto changes those of clusters only, AWS those of node groups and Fargate profiles, too.
def tagged(backend, arn):
    for cluster in backend.clusters.values():
        for group in cluster.nodegroups.values():
            if group.arn == arn:
                return group
        for profile in cluster.fargate_profiles.values():
            if profile.fargate_profile_arn == arn:
                return profile
    return None


@correction(EKSBackend)
def tag_resource(old, self, resource_arn, tags):
    found = tagged(self, resource_arn)
    if found is None:
        return old(self, resource_arn, tags)
    found.tags = {**(found.tags or {}), **tags}
    return None


@correction(EKSBackend)
def untag_resource(old, self, resource_arn, tag_keys):
    found = tagged(self, resource_arn)
    if found is None:
        return old(self, resource_arn, tag_keys)
    gone = [tag_keys] if isinstance(tag_keys, str) else tag_keys
    found.tags = {key: value for key, value in (found.tags or {}).items() if key not in gone}
    return None


# Parameters of a database's parameter group that were set: AWS says that their source is the user, moto says nothing.
@correction(moto.rds.models.DBParameterGroup)
def update_parameters(old, self, new_parameters):
    new_parameters = list(new_parameters)
    old(self, new_parameters)
    for parameter in new_parameters:
        self.parameters[parameter["ParameterName"]]["Source"] = "user"


# A subnet without a zone: AWS chooses one, and so does moto, by chance. Here it is the first, so that runs are alike.
class First:
    @staticmethod
    def choice(zones):
        return zones[0]


moto.ec2.responses.subnets.random = First


# What goes with something that is deleted: moto leaves the default ACL of a VPC, and what a subnet has to do with ACLs.
@correction(EC2Backend)
def delete_vpc(old, self, vpc_id):
    vpc = old(self, vpc_id)
    for acl in [acl for acl in self.network_acls.values() if acl.vpc_id == vpc_id]:
        self.tags.pop(acl.id, None)
        del self.network_acls[acl.id]
    return vpc


@correction(EC2Backend)
def delete_subnet(old, self, subnet_id):
    subnet = old(self, subnet_id)
    for acl in self.network_acls.values():
        for key in [key for key, made in acl._associations.items() if made.subnet_id == subnet_id]:
            del acl._associations[key]
    return subnet


# A policy that is attached already: moto counts it once more.
@correction(moto.iam.models.ManagedPolicy)
def attach_to(old, self, who):
    if self.arn not in who.managed_policies:
        old(self, who)


class Tokens:
    """A request with a client token that has succeeded: AWS answers a repetition with what the first one made. moto makes it
    again, or refuses it because of its name."""

    token = re.compile(rb'(?:^|&)ClientToken=([^&]+)|"clientRequestToken": *"([^"]+)"')

    def __init__(self, handle):
        self.handle, self.answers = handle, {}

    def __call__(self, application, environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        found = self.token.search(body)
        if not found:
            return self.handle(application, environ, start_response)
        key = environ["REQUEST_METHOD"], environ["PATH_INFO"], found.group(1) or found.group(2)
        if key not in self.answers:
            told = []
            content = b"".join(self.handle(application, environ, lambda *head: told.extend(head[:2])))
            if not told[0].startswith("2"):
                start_response(*told)
                return [content]
            self.answers[key] = (*told, content)
        status, headers, content = self.answers[key]
        start_response(status, headers)
        return [content]


tokens = Tokens(DomainDispatcherApplication.__call__)
DomainDispatcherApplication.__call__ = lambda *args: tokens(*args)

if __name__ == "__main__":
    main(sys.argv[1:])
