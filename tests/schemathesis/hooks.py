"""Real conversations for schemathesis, and checks of our own.

Positive path parameters become ids of conversations that are there, most of the time, so that requests reach
what they are about. $SPARKBRIDGE_SCHEMATHESIS names the file that tells which there are.
"""

import itertools
import json
import os
import re

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CoveragePhaseData, CoverageScenario

with open(os.environ["SPARKBRIDGE_SCHEMATHESIS"], encoding="utf-8") as told:
    SCENE = json.load(told)

# Those that are read and answered; one that has left the bot makes room for another.
LIVE = list(SCENE["conversations"][:2])
# Those that are handed over or resolved, once each; after that, one of the others is.
UNTOUCHED = list(SCENE["conversations"][2:])
LEFT_THE_BOT = {"handing_over", "with_agent", "resolved"}
# Every eighth path stays as it was generated, and names nothing.
CALLS = itertools.count()

# What no schema can say: rules across fields, of texts' meaning, of settings, of other records.
BEYOND_THE_SCHEMA = [
    re.compile(pattern)
    for pattern in [
        r"^inReplyTo: the conversation has no turn of this id$",
        r"^quickReplies\[\d+\]\.label: another quick reply has this label",
        r"^(quickReplies|links)\[\d+\]\.label: must not be empty$",
        r"^quickReplies\[\d+\]\.payload: at most 1024 bytes are allowed$",
        r"^links\[\d+\]\.url: must be an https:// address",
        r"^attachment\.url: must be an https:// address",
        r"^attachment: the medium can't carry it",
        r"^text: .* messages",
        r"^and \d+ more$",
        r"^profile: the agent's settings have no routing profile of this name$",
        r"^access\.(teams|users) = name number \d+, sorted: must have 1 to 128 bytes",
        r"^(attachment|note|tags): not known to this agent's dialect, or not to the medium",
    ]
]


def generated_as_positive(case, location):
    component = case.meta.components.get(location) if case.meta else None
    return component is None or component.mode.is_positive


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.path_parameters and generated_as_positive(case, ParameterLocation.PATH):
        call = next(CALLS)
        if call % 8:
            name_what_is_there(case, call)
    if isinstance(case.body, dict) and generated_as_positive(case, ParameterLocation.BODY):
        answer_a_turn_that_is_there(case)
        fetch_nothing(case.body.get("attachment"))


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code != 409 or response.json()["code"] not in LEFT_THE_BOT:
        return
    for place, conversation in enumerate(LIVE):
        gone = conversation["id"] == case.path_parameters.get("id")
        if gone and UNTOUCHED and not case.operation.path.endswith(("/handover", "/resolve")):
            LIVE[place] = UNTOUCHED.pop()


def name_what_is_there(case, call):
    ends_it = case.operation.path.endswith(("/handover", "/resolve"))
    conversation = UNTOUCHED.pop() if ends_it and UNTOUCHED else LIVE[call % len(LIVE)]
    known = {
        "agent": SCENE["agent"],
        "channel": SCENE["channel"],
        "id": conversation["id"],
        "replyId": conversation["replyId"],
    }
    case.path_parameters.update((name, known[name]) for name in list(case.path_parameters))


def answer_a_turn_that_is_there(case):
    if isinstance(case.body.get("inReplyTo"), str) and case.path_parameters:
        conversation = case.path_parameters.get("id")
        turns = [known["turn"] for known in SCENE["conversations"] if known["id"] == conversation]
        case.body["inReplyTo"] = turns[0] if turns else case.body["inReplyTo"]


def fetch_nothing(attachment):
    """An address that is refused without a look-up: a test asks no one's name server."""
    if isinstance(attachment, dict) and isinstance(attachment.get("url"), str):
        attachment["url"] = "https://127.0.0.1/" + attachment["url"].removeprefix("https://")


@schemathesis.check
def a_refusal_is_a_problem_document(ctx, response, case):
    if response.status_code < 400:
        return
    kind = response.headers["content-type"][0].split(";")[0]
    told = response.json()
    if kind == "application/json":
        # API Gateway's own words.
        assert list(told) == ["message"], f"{response.status_code} is no problem document"
        return
    assert kind == "application/problem+json", kind
    assert told["status"] == response.status_code
    for field in ("title", "code", "detail"):
        assert told[field], f"{field} is missing"


@schemathesis.check
def nobody_is_told_why_a_token_is_refused(ctx, response, case):
    if response.status_code == 401:
        assert response.json() == SCENE["unauthorized"], "401 is not always the same"


@schemathesis.check
def only_rules_beyond_the_schema_refuse(ctx, response, case):
    positive = case.meta is not None and case.meta.generation.mode.is_positive
    if positive and response.status_code == 422:
        for error in response.json()["errors"]:
            known = any(pattern.search(error) for pattern in BEYOND_THE_SCHEMA)
            assert known, f"a body as the schema wants it is refused: {error}"


@schemathesis.check
def no_other_method_is_served(ctx, response, case):
    data = case.meta.phase.data if case.meta else None
    if isinstance(data, CoveragePhaseData) and data.scenario == CoverageScenario.UNSPECIFIED_HTTP_METHOD:
        # 403 is how the emulator's gateway tells that cross-origin requests have no rules.
        assert response.status_code in (403, 404, 405), f"{response.request.method} is answered"
