#!/usr/bin/env python3
"""Takes Valetkey's sign-outs: receiver.py PORT SECRET-FILE. Prints each one once."""
import hashlib, hmac, http.server, json, sys, time

SECRET = open(sys.argv[2], "rb").read().rstrip(b"\r\n")
seen = set()  # keep it where it survives a restart, if being told twice does harm


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(max(0, min(int(self.headers.get("Content-Length", 0)), 65536)))
        moment = self.headers.get("Valetkey-Time", "")
        right = "sha256=" + hmac.new(SECRET, moment.encode() + b"." + body, hashlib.sha256).hexdigest()
        forged = not hmac.compare_digest(right.encode(), self.headers.get("Valetkey-Signature", "").encode())
        if forged or abs(time.time() - int(moment)) > 300:
            return self.send_error(403)
        event = json.loads(body)
        if (event["id"], event["final"]) not in seen:
            print(json.dumps(event), flush=True)  # here somebody is signed out
            seen.add((event["id"], event["final"]))
        self.send_response(204)
        self.end_headers()


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
