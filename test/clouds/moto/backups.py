"""The calls around backups and restores, in the place of moto's own."""
import copy
from datetime import datetime, timezone

from moto.dynamodb.models.table import Backup, Table
from moto.dynamodb.responses import ActionResult, DynamoHandler, DynamoResult

import extras  # noqa: F401  before all calls are guarded below
from service import NAME, Refused, backups_of, begin, duration, existing, guarded, instant, items_at, now, pitr, remember, settings, settle, settled

PAGE = 100


def describe_continuous_backups(self):
    table = existing(self)
    return ActionResult({"ContinuousBackupsDescription": {**table.continuous_backups, "PointInTimeRecoveryDescription": pitr(table)}})


def update_continuous_backups(self):
    table, wanted = existing(self), self.body["PointInTimeRecoverySpecification"]
    if table.state in ("CREATING", "DELETING"):
        raise Refused("ContinuousBackupsUnavailableException", f"Table is {table.state}: {table.name}")
    settled(table)
    was = table.continuous_backups["PointInTimeRecoveryDescription"]
    if not wanted["PointInTimeRecoveryEnabled"]:
        described = {"PointInTimeRecoveryStatus": "DISABLED"}
    else:
        if was["PointInTimeRecoveryStatus"] == "DISABLED":
            table.pitr_since = now()
        days = wanted.get("RecoveryPeriodInDays") or was.get("RecoveryPeriodInDays", 35)
        if not 1 <= days <= 35:
            raise Refused("ValidationException", f"RecoveryPeriodInDays must be between 1 and 35: {days}")
        described = {"PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": days}
    table.continuous_backups["PointInTimeRecoveryDescription"] = described
    return describe_continuous_backups(self)


def create_backup(self):
    table, name = existing(self), self.body["BackupName"]
    if not NAME.fullmatch(name):
        raise Refused("ValidationException", f"Value '{name}' at 'backupName' failed to satisfy constraint")
    if table.state in ("CREATING", "DELETING"):
        raise Refused("TableInUseException", f"Table is {table.state}: {table.name}")
    settled(table)
    if any(backup.state == "CREATING" for backup in backups_of(self.dynamodb_backend, table.name)):
        raise Refused("BackupInUseException", f"There is another ongoing conflicting backup control plane operation on the table: {table.name}")
    backup = Backup(table.account_id, table.region_name, name, table, status="CREATING")
    backup.creation_date_time = instant(now())
    begin(backup, "CREATING", duration("backup", table.name))
    self.dynamodb_backend.backups[backup.arn] = backup
    return DynamoResult({"BackupDetails": backup.details})


def found(self):
    backup = self.dynamodb_backend.backups.get(self.body["BackupArn"])
    if not backup:
        raise Refused("BackupNotFoundException", f"Backup not found: {self.body['BackupArn']}")
    return backup


def describe_backup(self):
    return DynamoResult({"BackupDescription": found(self).description})


def delete_backup(self):
    backup = found(self)
    if backup.state == "CREATING":
        raise Refused("BackupInUseException", f"Backup is being created: {backup.arn}")
    self.dynamodb_backend.backups.pop(backup.arn)
    backup.state = backup.status = "DELETED"
    return DynamoResult({"BackupDescription": backup.description})


def list_backups(self):
    name, kind = self.body.get("TableName", ""), self.body.get("BackupType", "USER")
    name = name.split("/")[1] if name.startswith("arn:") else name
    since, until = epoch(self.body.get("TimeRangeLowerBound") or 0), epoch(self.body.get("TimeRangeUpperBound") or 2**40)
    chosen = [backup for backup in self.dynamodb_backend.backups.values()
              if name in ("", backup.table.name) and kind in ("ALL", backup.type) and since <= epoch(backup.creation_date_time) < until]
    arns = [backup.arn for backup in chosen]
    start = arns.index(self.body["ExclusiveStartBackupArn"]) + 1 if self.body.get("ExclusiveStartBackupArn") else 0
    page = chosen[start:start + min(self.body.get("Limit", PAGE), PAGE)]
    more = {"LastEvaluatedBackupArn": page[-1].arn} if page and page[-1] is not chosen[-1] else {}
    return DynamoResult({"BackupSummaries": [{**backup.summary, "TableId": backup.table.id} for backup in page], **more})


def target(self):
    """Refuses what stands against a new table of this name."""
    backend, name = self.dynamodb_backend, self.body["TargetTableName"]
    if not NAME.fullmatch(name):
        raise Refused("ValidationException", f"Value '{name}' at 'targetTableName' failed to satisfy constraint: [a-zA-Z0-9_.-]{{3,255}}")
    there = backend.tables.get(name)
    if there:
        busy = there.state in ("CREATING", "DELETING")
        raise Refused("TableInUseException" if busy else "TableAlreadyExistsException", f"Table already exists: {name} ({there.state})")
    if sum(1 for table in backend.tables.values() if table.restored and table.state == "CREATING") >= settings["restoreLimit"]:
        raise Refused("LimitExceededException", f"Subscriber limit exceeded: at most {settings['restoreLimit']} restores at a time")
    return name


def restored_table(self, name, source, items, summary, seconds):
    """
    Only keys, indexes and data come back, and the capacity that the call names. Sources disagree about the capacity without it,
    so here it is a small one that no test takes for the original's.
    """
    body = self.body
    indexes = body.get("GlobalSecondaryIndexOverride")
    if indexes and any("WarmThroughput" in index for index in indexes):
        raise Refused("ValidationException", "WarmThroughput is not supported in GlobalSecondaryIndexOverride")
    unknown = {index["IndexName"] for index in indexes or []} - {index.name for index in source.global_indexes}
    if unknown:
        raise Refused("ValidationException", f"GlobalSecondaryIndexOverride names unknown indexes: {', '.join(unknown)}")
    mode = body.get("BillingModeOverride", "PROVISIONED")
    provisioned = mode == "PROVISIONED"
    throughput = body.get("ProvisionedThroughputOverride")
    if throughput and not provisioned:
        raise Refused("ValidationException", "ProvisionedThroughputOverride needs the billing mode PROVISIONED")
    sse = body.get("SSESpecificationOverride")
    table = Table(name, source.account_id, source.region_name, copy.deepcopy(source.schema), copy.deepcopy(source.attr),
                  throughput=copy.deepcopy(throughput) or ({"ReadCapacityUnits": 5, "WriteCapacityUnits": 5} if provisioned else None),
                  billing_mode=mode, sse_specification=copy.deepcopy(sse))
    table.on_demand = body.get("OnDemandThroughputOverride")
    local = body.get("LocalSecondaryIndexOverride")
    table.indexes = [copy.deepcopy(index) for index in source.indexes if local is None or index.name in {each["IndexName"] for each in local}]
    for index in source.global_indexes:
        override = next((each for each in indexes or [] if each["IndexName"] == index.name), None)
        if indexes is None or override:
            kept = copy.deepcopy(index)
            small = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5} if provisioned else {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
            kept.throughput = (override or {}).get("ProvisionedThroughput", small)
            table.global_indexes.append(kept)
    table.items, table.restored = copy.deepcopy(items), summary
    begin(table, "CREATING", seconds)
    remember(table)
    self.dynamodb_backend.tables[name] = table
    return DynamoResult(table.describe())


def restore_table_from_backup(self):
    backup, name = found(self), target(self)
    if backup.state != "AVAILABLE":
        raise Refused("BackupInUseException", f"Backup is {backup.state}: {backup.arn}")
    summary = {"SourceBackupArn": backup.arn, "SourceTableArn": backup.table.table_arn, "RestoreDateTime": backup.creation_date_time}
    return restored_table(self, name, backup.table, backup.table.items, summary, duration("restore", name))


def restore_table_to_point_in_time(self):
    backend, body = self.dynamodb_backend, self.body
    source_name = body.get("SourceTableName") or body.get("SourceTableArn", "").split("/")[-1]
    source = backend.tables.get(source_name)
    if not source or source.state == "DELETING":
        raise Refused("TableNotFoundException", f"Table not found: {source_name}")
    name, window = target(self), pitr(source)
    if window["PointInTimeRecoveryStatus"] != "ENABLED":
        raise Refused("PointInTimeRecoveryUnavailableException", f"Point in time recovery is not enabled for table '{source_name}'")
    asked = body.get("RestoreDateTime")
    if bool(asked) == bool(body.get("UseLatestRestorableTime")):
        raise Refused("ValidationException", "Give either RestoreDateTime or UseLatestRestorableTime")
    at = epoch(asked) if asked else window["LatestRestorableDateTime"]
    if not int(window["EarliestRestorableDateTime"]) <= at <= window["LatestRestorableDateTime"]:
        raise Refused("InvalidRestoreTimeException", f"RestoreDateTime {instant(at)}Z is outside {window}")
    summary = {"SourceTableArn": source.table_arn, "RestoreDateTime": instant(at)}
    return restored_table(self, name, source, items_at(source, at), summary, duration("copy", name))


def epoch(value):
    """Whole seconds, as the service takes no less."""
    if isinstance(value, datetime):
        return int((value if value.tzinfo else value.replace(tzinfo=timezone.utc)).timestamp())
    return int(float(value))


for call in (describe_continuous_backups, update_continuous_backups, create_backup, describe_backup, delete_backup, list_backups,
             restore_table_from_backup, restore_table_to_point_in_time):
    setattr(DynamoHandler, call.__name__, call)

ACTIONS = [name for name in vars(DynamoHandler) if name.split("_")[0] in
           ("list", "create", "describe", "delete", "update", "put", "get", "batch", "query", "scan", "tag", "untag", "transact", "restore", "enable")]
for action in ACTIONS:
    setattr(DynamoHandler, action, guarded(action, getattr(DynamoHandler, action)))
