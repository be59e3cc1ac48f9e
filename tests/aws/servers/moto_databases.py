"""What moto's RDS does otherwise than AWS; put right as it is imported."""

import secrets
import string

from correction import correction
from moto.core.utils import utcnow
from moto.rds.models import DBCluster, DBInstance

LETTERS = string.ascii_uppercase + string.digits


# Instances. Resource ids are all the same in moto, so that databases can't be told apart by them; and it forgets Performance
# Insights.
@correction(DBInstance, "__init__")
def instance(old, self, *args, **given):
    old(self, *args, **given)
    self.dbi_resource_id = "db-" + "".join(secrets.choice(LETTERS) for _ in range(26))
    watched(self, given)


@correction(DBInstance)
def update(old, self, **given):
    old(self, **given)
    watched(self, given)


def watched(self, given):
    if given.get("enable_performance_insights") is not None:
        self.performance_insights_enabled = given["enable_performance_insights"]
    if getattr(self, "performance_insights_enabled", False):
        for name, usual in {"kms_key_id": None, "retention_period": 7}.items():
            name = f"performance_insights_{name}"
            setattr(self, name, given.get(name) or getattr(self, name, usual))


# Aurora's storage of the kind aurora-iopt1, which moto doesn't know, has no size beforehand either.
def size_of(old, engine, storage_type):
    return old(engine, "standard" if storage_type in ("aurora", "aurora-iopt1") else storage_type)


for kind in (DBCluster, DBInstance):
    correction(kind, "default_allocated_storage")(size_of)
    kind.default_allocated_storage = staticmethod(kind.default_allocated_storage)


# How recent a moment can be restored: AWS moves it on every five minutes, moto with the clock, so that no two looks are the same.
def restorable(_):
    now = utcnow()
    return now.replace(minute=now.minute - now.minute % 5, second=0, microsecond=0)


for kind in (DBCluster, DBInstance):
    kind.latest_restorable_time = property(restorable)
