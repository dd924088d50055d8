"""Settings of tables that moto does not have: Kinesis destinations, Contributor Insights, auto scaling of what is there alone."""
from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.responses import ActionResult, DynamoHandler

from service import Refused, existing


def describe_kinesis_streaming_destination(self):
    table = existing(self, "ResourceNotFoundException")
    return ActionResult({"TableName": table.name, "KinesisDataStreamDestinations": [
        {"StreamArn": arn, "DestinationStatus": "ACTIVE"} for arn in sorted(table.kinesis)]})


def enable_kinesis_streaming_destination(self):
    table, arn = existing(self, "ResourceNotFoundException"), self.body["StreamArn"]
    if arn in table.kinesis:
        raise Refused("ValidationException", "Table is not in a valid state to enable Kinesis Streaming Destination: "
                      "EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE operation.")
    table.kinesis.add(arn)
    return ActionResult({"TableName": table.name, "StreamArn": arn, "DestinationStatus": "ENABLING"})


def list_contributor_insights(self):
    table = existing(self, "ResourceNotFoundException")
    return ActionResult({"ContributorInsightsSummaries": [
        {"TableName": table.name, **({"IndexName": index} if index else {}), "ContributorInsightsStatus": "ENABLED"} for index in sorted(table.insights)]})


def update_contributor_insights(self):
    table, index = existing(self, "ResourceNotFoundException"), self.body.get("IndexName", "")
    if index and index not in {each.name for each in table.global_indexes}:
        raise Refused("ResourceNotFoundException", f"Requested resource not found: {index}")
    wanted = self.body["ContributorInsightsAction"] == "ENABLE"
    (table.insights.add if wanted else table.insights.discard)(index)
    return ActionResult({"TableName": table.name, "ContributorInsightsStatus": "ENABLING" if wanted else "DISABLING"})


for call in (describe_kinesis_streaming_destination, enable_kinesis_streaming_destination, list_contributor_insights, update_contributor_insights):
    setattr(DynamoHandler, call.__name__, call)


def register_scalable_target(original):
    def register(self, namespace, r_id, *args, **kwargs):
        _, name, *index = r_id.split("/")
        table = dynamodb_backends[self.account_id][self.region_name].tables.get(name)
        if not table or index and index[1] not in {each.name for each in table.global_indexes}:
            raise AWSValidationException(f"DynamoDB {'index' if index else 'table'} does not exist: {r_id}")
        return original(self, namespace, r_id, *args, **kwargs)
    return register


ApplicationAutoscalingBackend.register_scalable_target = register_scalable_target(ApplicationAutoscalingBackend.register_scalable_target)
