"""A bot behind a URL, with nothing but Python: BOT_SIGNING_KEY=whsec_… python3 http_bot.py [PORT]"""
import base64, hashlib, hmac, json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["BOT_SIGNING_KEY"].removeprefix("whsec_"))


def is_genuine(headers, body):
    sent = headers.get("webhook-timestamp", "")
    if not sent.isdigit() or abs(time.time() - int(sent)) > 300:
        return False
    signed = f"{headers.get('webhook-id')}.{sent}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
    return any(hmac.compare_digest(expected, one) for one in headers.get("webhook-signature", "").split())


def answer(turn):
    if turn["trigger"]["type"] != "message":
        return [{"type": "reply", "text": "Hello! Write “human” to talk to a person."}]
    if "human" in turn["trigger"]["text"].lower():
        return [{"type": "reply", "text": "One moment."}, {"type": "handover", "reason": "contact_asked"}]
    return [{"type": "reply", "text": "You wrote: " + turn["trigger"]["text"]}]


class Turns(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        genuine = is_genuine(self.headers, body)
        said = json.dumps({"actions": answer(json.loads(body))} if genuine else {}).encode()
        self.send_response(200 if genuine else 401)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8900), Turns).serve_forever()
