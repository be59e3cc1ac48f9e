"""What ministack's RDS does otherwise than AWS; imported by ministack_server.py, put right as it is imported."""

from correction import correction
from ministack.core.responses import get_region
from ministack.services import rds

# Names of databases. ministack tells where a container would listen (localhost and a port of its own), and gives a cluster that
# name once it has an instance; in AWS names are in the zone of the region, and stay.
rds._sync_cluster_endpoints = lambda cluster: None


@correction(rds)
def _instance_xml(old, instance):
    address = f"{instance['DBInstanceIdentifier']}.c0ffee123456.{get_region()}.rds.amazonaws.com"
    port = rds._default_port(instance["Engine"])
    endpoint = {**instance.get("Endpoint", {}), "Address": address, "Port": port}
    return old({**instance, "Endpoint": endpoint})
