//! AWS under the functions: DynamoDB store, secrets, queues, batches, configuration, telemetry.
