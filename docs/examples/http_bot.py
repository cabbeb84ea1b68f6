#!/usr/bin/env python3
"""A bot for Sparkbridge in Python's standard library.

BOT_SIGNING_KEY=whsec_… python3 http_bot.py 8080     (port 0: any free one, printed at the start)
"""
import base64, hashlib, hmac, json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["BOT_SIGNING_KEY"].removeprefix("whsec_"))


def is_signed(headers, body):
    turn_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not sent_at.isdecimal() or abs(time.time() - int(sent_at)) > 300:
        return False
    mac = hmac.new(KEY, f"{turn_id}.{sent_at}.".encode() + body, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(mac)
    signatures = headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(expected, signature) for signature in signatures)


def answer(turn):
    """Actions for one turn, and what to find in the next turn's session."""
    if turn["trigger"]["type"] != "message":
        return [{"type": "reply", "text": "Hello! What can I do for you?"}], {"asked": 0}
    asked = ((turn["session"] or {}).get("asked") or 0) + 1
    text = turn["trigger"]["text"].lower()
    if "person" in text:
        return [{"type": "reply", "text": "A colleague takes over."},
                {"type": "handover", "reason": "contact_asked"}], None
    if "thanks" in text:
        return [{"type": "reply", "text": "Goodbye!"}, {"type": "resolve"}], None
    return [{"type": "reply", "text": f"That was question {asked}."}], {"asked": asked}


class Bot(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not is_signed(self.headers, body):
            return self.send_error(401)
        actions, session = answer(json.loads(body))
        reply = {"actions": actions} if session is None else {"actions": actions, "session": session}
        content = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Bot)
    print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
