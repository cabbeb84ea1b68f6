"""The vendor's sample, from a clone in the working directory, with a bot that answers at once in place of Dialogflow.

What is measured is the sample's own side: Dialogflow's client would cost it milliseconds more.
"""

import os
import sys
from types import ModuleType, SimpleNamespace

ANSWER = SimpleNamespace(
    query_result=SimpleNamespace(
        fulfillment_text="We are open Monday to Friday from 9:00 to 17:00.",
        intent=SimpleNamespace(display_name="opening-hours"),
        output_contexts=[],
        action="opening-hours",
    )
)


class AtOnce:
    def __init__(self, project_id):
        pass

    def ask(self, conversation_id, question):
        return ANSWER


client = ModuleType("app.dialogflow_integration")
client.DialogflowClient = AtOnce
sys.modules[client.__name__] = client

# Needed to start, and never used by a webhook that is answered.
for name in ("SPARKCENTRAL_CLIENT_ID", "SPARKCENTRAL_CLIENT_SECRET", "DIALOGFLOW_PROJECT_ID"):
    os.environ[name] = "none"
os.environ["SPARKCENTRAL_BASE_URL"] = "http://127.0.0.1:9"
sys.path.insert(0, os.getcwd())

from app.main import app  # noqa: E402, F401
