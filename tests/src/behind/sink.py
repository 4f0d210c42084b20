"""A server that takes and gives what it is asked to, and says what it heard: sink.py PORT|SOCKET LOG

PUT takes a body and answers with its length and SHA-256. GET .../N.bytes gives N bytes, GET .../N.closed the same until it
closes. GET .../401 asks for a password. Anything else gives what was heard of it, as JSON. LOG gets a line when a body begins,
and one when it has ended or broken.
"""
import hashlib
import http.server
import json
import os
import socket
import socketserver
import sys

PIECE = bytes(range(256)) * 256


class Request(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def note(self, what, count):
        with open(sys.argv[2], "a", encoding="utf-8") as log:
            log.write(f"{what} {self.command} {self.path} {count}\n")

    def address_string(self):
        return "somebody"

    def log_message(self, *_):
        pass

    def answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def pieces(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            while True:
                length = int(self.rfile.readline().strip() or b"-1", 16)
                if length < 0:
                    raise ConnectionError
                piece = self.rfile.read(length + 2)
                if length == 0:
                    return
                yield piece[:-2]
        else:
            left = int(self.headers.get("Content-Length") or 0)
            while left:
                piece = self.rfile.read1(min(left, 1 << 16))
                if not piece:
                    raise ConnectionError
                left -= len(piece)
                yield piece

    def do_PUT(self):
        digest, count = hashlib.sha256(), 0
        self.note("begins", 0)
        try:
            for piece in self.pieces():
                digest.update(piece)
                count += len(piece)
        except OSError:
            self.close_connection = True
            return self.note("breaks", count)
        self.note("ends", count)
        how = "chunked" if self.headers.get("Transfer-Encoding") else "sized"
        self.answer(201, f"{count} {digest.hexdigest()} {how}\n".encode())

    def do_GET(self):
        name = self.path.rsplit("/", 1)[-1]
        if name == "401":
            return self.answer(401, b"", WWW_Authenticate='Basic realm="behind"')
        if name.endswith((".bytes", ".closed")):
            return self.give(int(name.split(".")[0]), name.endswith(".bytes"))
        self.heard()

    def give(self, count, sized):
        self.send_response(200)
        self.send_header("Set-Cookie", "who=ada")
        if sized:
            self.send_header("Content-Length", str(count))
        else:
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        self.note("begins", 0)
        sent = 0
        try:
            while sent < count:
                piece = PIECE[: count - sent]
                self.wfile.write(piece)
                sent += len(piece)
        except OSError:
            self.close_connection = True
            return self.note("breaks", sent)
        self.note("ends", sent)

    def heard(self):
        body = b"".join(self.pieces())
        said = {"method": self.command, "path": self.path, "headers": self.headers.items(), "body": len(body)}
        self.answer(200, json.dumps(said).encode(), Content_Type="application/json")

    do_POST = do_COPY = do_MOVE = do_PROPFIND = do_REPORT = do_LOCK = do_OPTIONS = do_DELETE = heard


class Tcp(http.server.ThreadingHTTPServer):
    request_queue_size = 128


class Unix(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def get_request(self):
        connection, _ = super().get_request()
        return connection, ("", 0)


where = sys.argv[1]
if where.startswith("/"):
    if os.path.exists(where):
        os.unlink(where)
    Unix(where, Request).serve_forever()
else:
    Tcp(("127.0.0.1", int(where)), Request).serve_forever()
