"""What a test may know that no client can: everything there is, and whether the data was whole at every moment."""
import json

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from service import items_at, pitr, settings

watched = {}  # table name -> (the original table, its items at the restore point)
violations = []
region = "us-east-1"


def backend():
    return dynamodb_backends[DEFAULT_ACCOUNT_ID][region]


def watch(where, names, at):
    """From now on the data of these tables as of `at` must exist whole at every moment."""
    global region
    region = where
    violations.clear()
    watched.clear()
    watched.update({name: (backend().tables[name], plain(items_at(backend().tables[name], at))) for name in names})


def check(call):
    """After every call: the original is untouched, or an AVAILABLE backup holds its data of the restore point and another its last."""
    for name, (original, expected) in watched.items():
        if backend().tables.get(name) is original and original.state != "DELETING":
            continue
        held = [plain(each.table.items) for each in backend().backups.values() if each.type == "USER" and each.state == "AVAILABLE"]
        for what, items in (("the restore point", expected), ("the moment before", plain(original.items))):
            if items not in held:
                violations.append(f"after call {call}: no available backup has the items of {name} as of {what}")


def plain(items):
    """Items as JSON, in an order of their own: `{hash: item}` or `{hash: {range: item}}`."""
    rows = [item for value in items.values() for item in (value.values() if isinstance(value, dict) else [value])]
    return sorted((row.to_json()["Attributes"] for row in rows), key=lambda row: json.dumps(row, sort_keys=True))


def truth(where):
    of = dynamodb_backends[DEFAULT_ACCOUNT_ID][where]
    return {
        "tables": {name: table_of(of, table) for name, table in sorted(of.tables.items())},
        "backups": [{"name": each.name, "table": each.table.name, "type": each.type, "status": each.state, "items": plain(each.table.items)}
                    for each in of.backups.values()],
        "scaling": scaling(where),
        "violations": violations,
    }


def table_of(of, table):
    policy = of.resource_policies.get(table.table_arn)
    window = pitr(table)
    return {
        "status": table.state, "items": plain(table.items), "original": any(table is original for original, _ in watched.values()),
        "billing": table.billing_mode or "PROVISIONED", "throughput": [table.throughput[f"{kind}CapacityUnits"] for kind in ("Read", "Write")],
        "indexes": {index.name: [index.throughput[f"{kind}CapacityUnits"] for kind in ("Read", "Write")] for index in table.global_indexes},
        "pitr": window.get("RecoveryPeriodInDays") if window["PointInTimeRecoveryStatus"] == "ENABLED" else None,
        "ttl": table.ttl.get("AttributeName") if table.ttl["TimeToLiveStatus"] == "ENABLED" else None,
        "tags": {tag["Key"]: tag["Value"] for tag in table.tags},
        "stream": (table.stream_specification or {}).get("StreamViewType") if (table.stream_specification or {}).get("StreamEnabled") else None,
        "protected": bool(table.deletion_protection_enabled), "kinesis": sorted(table.kinesis), "insights": sorted(table.insights), "class": table.table_class, "onDemand": table.on_demand,
        "sse": (table.sse_specification or {}).get("KMSMasterKeyId"), "policy": policy.policy_doc if policy else None,
        "restored": {key: str(value) for key, value in table.restored.items()} if table.restored else None,
    }


def scaling(where):
    of = applicationautoscaling_backends[DEFAULT_ACCOUNT_ID][where]
    targets = [target for by_dimension in of.targets.values() for target in by_dimension.values()]
    return {
        "targets": sorted([each.resource_id, each.scalable_dimension, each.min_capacity, each.max_capacity] for each in targets),
        "policies": sorted([each.resource_id, each.scalable_dimension, each.policy_name, each.target_tracking_scaling_policy_configuration]
                           for each in of.policies.values()),
    }
