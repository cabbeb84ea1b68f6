"""A bot for Sparkbridge: BOT_SIGNING_KEY=whsec_… python3 http_bot.py 8080 (0: any free port)"""
import base64, hmac, json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["BOT_SIGNING_KEY"].removeprefix("whsec_"))

def is_signed(headers, body):
    sent_at = headers.get("webhook-timestamp", "")
    mac = hmac.digest(KEY, f"{headers.get('webhook-id')}.{sent_at}.".encode() + body, "sha256")
    expected, given = b"v1," + base64.b64encode(mac), headers.get("webhook-signature", "").encode()
    return hmac.compare_digest(expected, given) and abs(time.time() - int(sent_at)) < 300

def answer(trigger, asked):
    if trigger["type"] != "message":
        return asked, {"type": "reply", "text": "Hello! What can I do for you?"}
    if "person" in trigger["text"]:
        return asked, {"type": "reply", "text": "A colleague takes over."}, {"type": "handover"}
    return asked + 1, {"type": "reply", "text": f"That was question {asked + 1}."}

class Bot(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not is_signed(self.headers, body):
            return self.send_error(401)
        turn = json.loads(body)
        asked, *actions = answer(turn["trigger"], (turn["session"] or {"asked": 0})["asked"])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"actions": actions, "session": {"asked": asked}}).encode())
server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Bot)
print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
server.serve_forever()
