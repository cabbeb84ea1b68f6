"""A webhook of the least effort, for comparison: checks the signature, reads the event, answers. Nothing is stored.

Run as the vendor's sample is: gunicorn --workers 2 stand_in:app, with the webhook's secret in WEBHOOK_SECRET.
"""

import hashlib
import hmac
import os

from flask import Flask, abort, jsonify, request

app = Flask(__name__)
SECRET = bytes.fromhex(os.environ["WEBHOOK_SECRET"])
ANSWERS = {
    "open": "We are open Monday to Friday from 9:00 to 17:00.",
    "return": "You can return an article within 30 days of delivery.",
    "exchange": "You can return an article within 30 days of delivery.",
}


@app.post("/webhooks/<agent>")
def webhook(agent):
    signature = request.headers.get("X-Sparkcentral-Signature", "")
    expected = hmac.new(SECRET, request.get_data(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(signature, expected):
        abort(401)
    event = request.get_json()
    if event["type"] != "INBOUND_MESSAGE_RECEIVED":
        return jsonify({})
    text = event["data"]["message"].get("text", "").lower()
    answer = next((said for word, said in ANSWERS.items() if word in text), "What is the order number?")
    return jsonify({"sendMessage": {"text": answer}})
