"""DynamoDB's backups and restores on top of moto, as the service documents them.

moto restores the current items whatever the time asked for, at once, with all settings. Here every table remembers its items
over time; restores, backups, deletions and updates take time and show their states; what the service refuses is refused, and
what it does not bring back is not brought back. Only the tables' own region is looked at, as moto does it.
"""
import copy
import re
import time
from datetime import datetime, timezone
from functools import wraps
from weakref import WeakKeyDictionary

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.models.table import Backup, Table
from moto.dynamodb.responses import DynamoHandler, DynamoResult
from moto.moto_api._internal import mock_random

NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")
DURATIONS = {"create": 0, "copy": 0, "restore": 0, "backup": 0, "delete": 0, "update": 0}

# How the service behaves; the control endpoint changes it. Durations in milliseconds, by table where they differ.
DEFAULTS = {"lagSeconds": 0, "clockOffsetSeconds": 0, "durationsMs": {}, "tables": {}, "settlingMs": 0, "restoreLimit": 50, "rates": {}}
settings = copy.deepcopy(DEFAULTS)
history = WeakKeyDictionary()  # table -> [(epoch seconds, items)]
rate_log = {}


class Refused(JsonRESTError):
    def __init__(self, kind, message):
        super().__init__("com.amazonaws.dynamodb.v20120810#" + kind, message)


def now():
    return time.time() + settings["clockOffsetSeconds"]


def instant(epoch):
    return datetime.fromtimestamp(epoch, timezone.utc).replace(tzinfo=None)


def duration(what, name):
    """Seconds; a copy takes as long as is said for its original, whose name its own ends with."""
    for table, own in settings["tables"].items():
        if what in own and (name == table or name.endswith("-" + table)):
            return own[what] / 1000
    return settings["durationsMs"].get(what, DURATIONS[what]) / 1000


def begin(thing, state, seconds):
    thing.state, thing.until = state, now() + seconds


def settle(backend):
    """Lets everything arrive whose time has come."""
    for name, table in list(backend.tables.items()):
        if table.state != "ACTIVE" and now() >= table.until:
            if table.state == "DELETING":
                bury(backend, table)
                continue
            if table.state == "CREATING":
                table.active_since = table.until
            table.state = "ACTIVE"
    for backup in backend.backups.values():
        if backup.state == "CREATING" and now() >= backup.until:
            backup.state = backup.status = "AVAILABLE"


def bury(backend, table):
    backend.tables.pop(table.name)
    backend.resource_policies.pop(table.table_arn, None)
    if pitr(table)["PointInTimeRecoveryStatus"] == "ENABLED":
        last = Backup(backend.account_id, backend.region_name, f"{table.name}$DeletedTableBackup", table, type_="SYSTEM")
        last.state = "AVAILABLE"
        backend.backups[last.arn] = last


def remember(table):
    history.setdefault(table, []).append((now(), copy.deepcopy(table.items)))


def items_at(table, epoch):
    seen = [items for at, items in history.get(table, []) if at <= epoch]
    return copy.deepcopy(seen[-1]) if seen else {}


def pitr(table):
    """The window moves: its end follows the clock at a distance, its beginning keeps to the retention."""
    described = table.continuous_backups["PointInTimeRecoveryDescription"]
    if described["PointInTimeRecoveryStatus"] != "ENABLED":
        return described
    kept = now() - described["RecoveryPeriodInDays"] * 86400
    earliest = max(table.pitr_since, kept)
    return {**described, "EarliestRestorableDateTime": earliest, "LatestRestorableDateTime": max(earliest, now() - settings["lagSeconds"])}


def table_init(original):
    @wraps(original)
    def init(self, *args, **kwargs):
        original(self, *args, **kwargs)
        self.id, self.table_class, self.on_demand, self.restored, self.replicas = str(mock_random.uuid4()), "STANDARD", None, None, []
        self.state, self.until, self.pitr_since = "ACTIVE", 0, 0
        self.kinesis, self.insights = set(), set()  # ARNs of streams; names of indexes, '' = the table
        self.created_at, self.active_since = instant(now()), now()
    return init


def describe(original):
    @wraps(original)
    def described(self, base_key="TableDescription"):
        result = original(self, base_key)
        table = result[base_key]
        table["TableStatus"] = self.state
        table["TableId"] = self.id
        if not self.billing_mode or self.billing_mode == "PROVISIONED":
            del table["BillingModeSummary"]
        for index in table["GlobalSecondaryIndexes"]:
            index.setdefault("IndexSizeBytes", 0)
            index.setdefault("ItemCount", 0)
        if self.table_class != "STANDARD":
            table["TableClassSummary"] = {"TableClass": self.table_class}
        if self.on_demand:
            table["OnDemandThroughput"] = self.on_demand
        if self.replicas:
            table["Replicas"] = [{"RegionName": region, "ReplicaStatus": "ACTIVE"} for region in self.replicas]
        if self.restored:
            table["RestoreSummary"] = {**self.restored, "RestoreInProgress": self.state == "CREATING"}
        # The service leaves out what is not there.
        for key in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
            if not table[key]:
                del table[key]
        return result
    return described


Table.__init__ = table_init(Table.__init__)
Table.describe = describe(Table.describe)

DATA = {"put_item", "get_item", "update_item", "delete_item", "query", "scan"}
WRITES = {"put_item", "update_item", "delete_item", "batch_write_item", "transact_write_items", "create_table"}
NEEDS_TABLE_AT_REST = {"update_table", "delete_table"}
NEEDS_TABLE = {"enable_kinesis_streaming_destination", "update_contributor_insights", "update_time_to_live", "tag_resource", "untag_resource", "put_resource_policy"}


def named(handler):
    """The table a call is about, if it is about one that exists."""
    name = handler.body.get("TableName") or handler.body.get("ResourceArn", "")
    name = name.split("/")[1] if name.startswith("arn:") else name
    return handler.dynamodb_backend.tables.get(name)


def existing(handler, kind="TableNotFoundException"):
    table = named(handler)
    if not table:
        raise Refused(kind, f"Table not found: {handler.body.get('TableName')}")
    return table


def within_rate(action):
    """Calls per second as the service allows them, where a test asks for it."""
    limit = settings["rates"].get(action)
    if not limit:
        return
    recent = rate_log[action] = [at for at in rate_log.get(action, []) if at > time.time() - 1]
    if len(recent) >= limit:
        raise Refused("ThrottlingException", "Rate exceeded")
    recent.append(time.time())


def guarded(action, original):
    @wraps(original)
    def call(self):
        backend = self.dynamodb_backend
        settle(backend)
        within_rate(action)
        table = named(self)
        if table and action in DATA and table.state == "CREATING":
            raise Refused("ResourceNotFoundException", "Requested resource not found")
        if table and (action in NEEDS_TABLE_AT_REST and table.state != "ACTIVE" or action in NEEDS_TABLE and table.state in ("CREATING", "DELETING")):
            raise Refused("ResourceInUseException", f"Attempt to change a resource which is still in use: Table is being changed: {table.name}")
        result = original(self)
        if action in WRITES:
            for each in [named(self)] if named(self) else backend.tables.values():
                remember(each)
        return result
    return call


def create_table(original):
    def create(self):
        original(self)
        table = named(self)
        table.table_class = self.body.get("TableClass", "STANDARD")
        table.on_demand = self.body.get("OnDemandThroughput")
        begin(table, "CREATING", duration("create", table.name))
        settle(self.dynamodb_backend)
        return DynamoResult(table.describe())
    return create


def update_table(original):
    def update(self):
        table = existing(self, "ResourceNotFoundException")
        wanted = self.body.get("ProvisionedThroughput")
        if wanted and all(table.throughput.get(key) == value for key, value in wanted.items()) and table.billing_mode != "PAY_PER_REQUEST":
            raise Refused("ValidationException", "The provisioned throughput for the table will not change. The requested value equals the current value.")
        original(self)
        table.table_class = self.body.get("TableClass", table.table_class)
        table.on_demand = self.body.get("OnDemandThroughput", table.on_demand)
        begin(table, "UPDATING", duration("update", table.name))
        return DynamoResult(table.describe())
    return update


def delete_table(original):
    def delete(self):
        table = existing(self, "ResourceNotFoundException")
        if table.deletion_protection_enabled:
            raise Refused("ValidationException", "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
        if any(backup.state == "CREATING" for backup in backups_of(self.dynamodb_backend, table.name)):
            raise Refused("ResourceInUseException", f"Attempt to change a resource which is still in use: Table is being backed up: {table.name}")
        begin(table, "DELETING", duration("delete", table.name))
        described = table.describe()
        settle(self.dynamodb_backend)
        return DynamoResult(described)
    return delete


def update_time_to_live(original):
    def update(self):
        table, wanted = existing(self, "ResourceNotFoundException"), self.body["TimeToLiveSpecification"]["Enabled"]
        if wanted == (table.ttl["TimeToLiveStatus"] == "ENABLED"):
            raise Refused("ValidationException", f"TimeToLive is already {'enabled' if wanted else 'disabled'}")
        return original(self)
    return update


def tag_resource(original):
    def tag(self):
        table = existing(self, "ResourceNotFoundException")
        given = {each["Key"] for each in self.body["Tags"]}
        table.tags = [each for each in table.tags if each["Key"] not in given]
        return original(self)
    return tag


for name, change in {"create_table": create_table, "update_table": update_table, "delete_table": delete_table,
                     "update_time_to_live": update_time_to_live, "tag_resource": tag_resource}.items():
    setattr(DynamoHandler, name, change(getattr(DynamoHandler, name)))


def backups_of(backend, name):
    return [backup for backup in backend.backups.values() if backup.table.name == name]


def settled(table):
    """A table that has only just become ACTIVE cannot be backed up for a moment."""
    if now() < table.active_since + settings["settlingMs"] / 1000:
        raise Refused("ContinuousBackupsUnavailableException", f"Backups are being enabled for the table: {table.name}. Please retry later")
