"""Writes what each function logged in the emulator to a file of its own: save_logs.py FOLDER"""

import pathlib
import sys

import boto3

FOLDER = pathlib.Path(sys.argv[1])
PREFIX = "/aws/lambda/"

logs = boto3.client("logs")
for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=PREFIX):
    for group in page["logGroups"]:
        name = group["logGroupName"]
        with open(FOLDER / f"{name.removeprefix(PREFIX)}.log", "w", encoding="utf-8") as file:
            for events in logs.get_paginator("filter_log_events").paginate(logGroupName=name):
                file.writelines(event["message"].rstrip("\n") + "\n" for event in events["events"])
