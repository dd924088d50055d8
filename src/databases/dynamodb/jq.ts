/** Programs for jq, which read what `aws … --output json` has said of a table. */

/**
 * From a table's description to the capacity and encryption that its restores are told: sources disagree about what comes back
 * by itself (restore.md §3.3). Input of `--cli-input-json`. Indexes can be kept, not renamed, and take no WarmThroughput. The
 * ARN of AWS's own key (KeyManager, which is no part of a description) is left out, as AWS wants it.
 */
export const OVERRIDES = `(.BillingModeSummary.BillingMode // "PROVISIONED") as $billing
| def units: {ProvisionedThroughput: (.ProvisionedThroughput | {ReadCapacityUnits, WriteCapacityUnits})};
  def limits: .OnDemandThroughput // {} | with_entries(select(.value > 0)) | if length > 0 then . else null end;
  {BillingModeOverride: $billing}
  + if $billing == "PROVISIONED" then {ProvisionedThroughputOverride: units.ProvisionedThroughput}
    elif limits then {OnDemandThroughputOverride: limits} else {} end
  + if .GlobalSecondaryIndexes then {GlobalSecondaryIndexOverride: [.GlobalSecondaryIndexes[] | {IndexName, KeySchema, Projection}
      + if $billing == "PROVISIONED" then units elif limits then {OnDemandThroughput: limits} else {} end]} else {} end
  + if .SSEDescription.SSEType == "KMS" then {SSESpecificationOverride: ({Enabled: true, SSEType: "KMS"}
      + if .KeyManager == "AWS" then {} else {KMSMasterKeyId: .SSEDescription.KMSMasterKeyArn} end)} else {} end`

/** An instant as either version of the AWS CLI prints it (seconds, or ISO 8601 with an offset) in whole seconds since 1970. */
export const INSTANT = `if type == "number" then floor
  else capture("^(?<at>[-0-9]+T[0-9:]+)(\\\\.[0-9]+)?(?<zone>Z|[-+][0-9]{2}:?[0-9]{2})$")
    | ((.at + "Z") | fromdateiso8601) - (if .zone == "Z" then 0 else (.zone | sub(":"; "")) as $z
      | (($z[1:3] | tonumber) * 3600 + ($z[3:5] | tonumber) * 60) * (if $z[0:1] == "-" then -1 else 1 end) end) end`
