#!/usr/bin/env python3
"""A small OTLP/HTTP collector for the demo and for tests: it keeps every body it accepts.

    otlp_receiver.py --out spans.jsonl                 listens on a free port and prints it
    otlp_receiver.py --out s.jsonl --script 503*2,ok   refuses twice, then accepts
    otlp_receiver.py --stats 43127                     asks a running receiver what it has

POST /v1/traces   one line per accepted body of JSON in --out, flushed before the 200
POST /v1/traces of protobuf, /v1/metrics, /v1/logs   the same in OUT.others, undecoded: base64
GET  /wait?spans=N[&others=M]  answers as /stats, but not before so many of them are here (or 30 s
                  are over)
GET  /stats       {"requests": 3, "bodies": 2, "spans": 1024, ...}, with the last one's headers
PUT  /mode        the body is a mode or a script; it holds from the next request on

Modes (the last one of a script stays; MODE*N holds for N requests):

    ok              200 and {}
    204             204, accepted
    garbage         200 and an answer that is not JSON, accepted
    partial:N       200, accepted, but N spans are said to be rejected
    NNN[:AFTER]     that status, nothing accepted; AFTER is the Retry-After (503:2, 503:date)
    slow:S          accepts and answers after S seconds
    late:S          accepts at once, and answers after S seconds
    hang            reads the request and never answers
    lost            accepts, then closes in the middle of the answer
    close           reads half the request, then closes
    poison:TEXT     400 for bodies that contain TEXT, else ok
    limit:BYTES     413 for longer bodies, else ok
    flood           accepts, and answers 200 with a gigabyte
    headers         answers 200 with headers that never end
    nonsense        answers something that is not HTTP
    refuse          the port is closed until the mode changes (see --control-port-file)
"""

import argparse
import base64
import email.utils
import gzip
import json
import os
import re
import signal
import socket
import ssl
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REQUEST_LIMIT = 64 << 20
PROTOBUF = "application/x-protobuf"
SERVICES = {"/v1/traces": "traces", "/v1/metrics": "metrics", "/v1/logs": "logs"}
PLAIN_MODES = (
    "ok 204 garbage hang lost close flood headers nonsense refuse".split()
)


class Modes:
    """What the next request meets."""

    def __init__(self, text):
        self.lock = threading.Lock()
        self.script = self.parse(text)

    @staticmethod
    def parse(text):
        script = []
        for part in text.strip().split(","):
            mode, _, times = part.strip().partition("*")
            name, _, argument = mode.partition(":")
            known = (
                name in PLAIN_MODES
                or (name in ("partial", "slow", "late", "limit") and is_number(argument))
                or (name == "poison" and argument)
                or (name.isdigit() and 200 <= int(name) <= 599)
            )
            if not known or (times and not times.isdigit()):
                raise ValueError(f"unknown mode {part!r}")
            script.append([mode, int(times) if times else 1])
        return script

    def replace(self, text):
        script = self.parse(text)
        with self.lock:
            self.script = script

    def take(self):
        with self.lock:
            mode, times = self.script[0]
            if len(self.script) > 1:
                if times <= 1:
                    self.script.pop(0)
                else:
                    self.script[0][1] = times - 1
            return mode

    def is_refusing(self):
        with self.lock:
            return self.script[0][0] == "refuse"


def is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


class Store:
    """The accepted bodies, one line each, and the counts."""

    def __init__(self, path):
        self.file = open(path, "ab") if path else None
        self.others = open(path + ".others", "ab") if path else None
        self.lock = threading.Condition()
        self.counts = {
            "requests": 0, "bodies": 0, "spans": 0, "rejected": 0, "undecodable": 0, "bytes": 0,
            "others": 0,
            "statuses": {}, "headers": {},
        }

    def accept(self, body, rejected=0):
        """Writes the body as one line; false when it is not JSON at all."""
        try:
            spans = count_spans(json.loads(body))
            # A line end inside JSON is white space, never part of a string.
            line = body.replace(b"\n", b" ").replace(b"\r", b" ")
        except (ValueError, AttributeError, TypeError):
            # Kept as well, in a form that no checker takes for spans.
            spans = None
            line = json.dumps({"undecodable": base64.b64encode(body).decode()}).encode()
        with self.lock:
            if self.file:
                self.file.write(line + b"\n")
                self.file.flush()
            if spans is None:
                self.counts["undecodable"] += 1
                return False
            self.counts["bodies"] += 1
            self.counts["spans"] += max(0, spans - rejected)
            self.counts["rejected"] += min(spans, rejected)
            self.lock.notify_all()
        return True

    def accept_other(self, signal, kind, body):
        """Keeps what is not a request of spans in JSON: undecoded, in a file beside the bodies."""
        line = {"signal": signal, "type": kind, "body": base64.b64encode(body).decode()}
        with self.lock:
            if self.others:
                self.others.write(json.dumps(line).encode() + b"\n")
                self.others.flush()
            self.counts["others"] += 1
            self.lock.notify_all()

    def requested(self, length, headers):
        with self.lock:
            self.counts["requests"] += 1
            self.counts["bytes"] += length
            self.counts["headers"] = {name.lower(): value for name, value in headers.items()}

    def answered(self, status):
        with self.lock:
            key = str(status)
            self.counts["statuses"][key] = self.counts["statuses"].get(key, 0) + 1

    def wait(self, spans, others, limit):
        with self.lock:
            counts = self.counts
            self.lock.wait_for(
                lambda: counts["spans"] >= spans and counts["others"] >= others, limit
            )

    def stats(self):
        with self.lock:
            return json.loads(json.dumps(self.counts))


def count_spans(request):
    return sum(
        len(scope.get("spans", []))
        for resource in request.get("resourceSpans", [])
        for scope in resource.get("scopeSpans", [])
    )


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 120
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    @property
    def modes(self):
        return self.server.receiver.modes

    @property
    def store(self):
        return self.server.receiver.store

    def do_GET(self):
        wait = re.fullmatch(r"/wait\?spans=(\d+)(?:&others=(\d+))?", self.path)
        if wait:
            self.store.wait(int(wait[1]), int(wait[2] or 0), 30)
            self.answer(200, json.dumps(self.store.stats()).encode())
        elif self.path == "/stats":
            self.answer(200, json.dumps(self.store.stats()).encode())
        elif self.path == "/":
            self.answer(200, (__doc__ or "").encode(), "text/plain; charset=utf-8")
        else:
            self.answer(404, b'{"message":"GET /stats or POST /v1/traces"}')

    def do_PUT(self):
        body = self.read_body()
        if body is None:
            return
        try:
            self.server.receiver.set_mode(body.decode())
        except ValueError as error:
            self.answer(400, json.dumps({"message": str(error)}).encode())
        else:
            self.answer(200, b"{}")

    def do_POST(self):
        # As a proxy is asked: the whole URL, of whatever host.
        self.path = re.sub(r"^http://[^/]*", "", self.path)
        if self.path not in SERVICES:
            self.read_body()
            self.answer(404, b'{"message":"taken are /v1/traces, /v1/metrics and /v1/logs"}')
            return
        mode = self.modes.take()
        if mode in ("close", "refuse"):
            self.store.requested(0, self.headers)
            self.rfile.read(min(16, int(self.headers.get("Content-Length") or 0)))
            self.hang_up()
            return
        body = self.read_body()
        if body is None:
            return
        self.store.requested(len(body), self.headers)
        self.kind = (self.headers.get("Content-Type") or "").split(";")[0].strip()
        if self.kind not in ("application/json", PROTOBUF):
            self.answer(415, b'{"message":"neither JSON nor protobuf"}')
            return
        self.meet(mode, body)

    def meet(self, mode, body):
        name, _, argument = mode.partition(":")
        if name == "poison":
            mode = "400" if argument.encode() in body else "ok"
        elif name == "limit":
            mode = "413" if len(body) > float(argument) else "ok"
        if name == "hang":
            self.server.receiver.ended.wait()
            self.hang_up()
        elif name == "headers":
            self.headers_without_end()
        elif name == "nonsense":
            self.nonsense()
        elif mode != "ok" and mode[:3].isdigit() and mode[:3] not in ("200", "204"):
            self.refuse(*mode.partition(":")[::2])
        else:
            self.accept(name, argument, body)

    def accept(self, name, argument, body):
        if name == "slow" and self.server.receiver.ended.wait(float(argument)):
            self.hang_up()
            return
        rejected = int(float(argument)) if name == "partial" else 0
        signal = SERVICES[self.path]
        if signal != "traces" or self.kind == PROTOBUF:
            self.store.accept_other(signal, self.kind, body)
        elif not self.store.accept(body, rejected):
            self.answer(400, b'{"code":3,"message":"the body is not JSON"}')
            return
        if name == "flood":
            self.flood()
        elif name == "late" and self.server.receiver.ended.wait(float(argument)):
            self.hang_up()
        elif name == "lost":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            self.store.answered("lost")
            self.hang_up()
        elif name == "204":
            self.answer(204, b"")
        elif name == "garbage":
            self.answer(200, b"<html>\xff\x00 thanks", "text/html")
        elif name == "partial":
            partial = {"rejectedSpans": str(rejected), "errorMessage": "too old"}
            self.answer(200, json.dumps({"partialSuccess": partial}).encode())
        elif self.kind == PROTOBUF:
            self.answer(200, b"", PROTOBUF)
        else:
            self.answer(200, b"{}")

    def refuse(self, status, after):
        headers = {}
        if after == "date":
            headers["Retry-After"] = email.utils.formatdate(time.time() + 3, usegmt=True)
        elif after:
            headers["Retry-After"] = after
        if status.startswith("3"):
            headers["Location"] = "/elsewhere"
        body = json.dumps({"code": 13, "message": f"told to answer {status}"}).encode()
        self.answer(int(status), body, headers=headers)

    def flood(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
        self.pour(b"x" * 65536, 16384)

    def headers_without_end(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        self.pour(b"X-Filler: " + b"y" * 1024 + b"\r\n", 1 << 20)

    def nonsense(self):
        self.wfile.write(b"\x00\x01 220 mail.example ESMTP ready\r\n\xff\xfe\r\n\r\n")
        self.hang_up()

    def pour(self, chunk, times):
        try:
            for _ in range(times):
                self.wfile.write(chunk)
        except OSError:
            pass
        self.hang_up()

    def read_body(self):
        """The whole body, or None when the connection is of no use any more."""
        try:
            if "chunked" in (self.headers.get("Transfer-Encoding") or "").lower():
                body = self.read_chunks()
            else:
                length = int(self.headers.get("Content-Length") or 0)
                if not 0 <= length <= REQUEST_LIMIT:
                    self.close_connection = True
                    self.answer(413, b'{"message":"too large"}')
                    return None
                body = self.rfile.read(length)
                if len(body) < length:
                    self.close_connection = True
                    return None
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            return body
        except (ValueError, OSError, EOFError):
            self.close_connection = True
            return None

    def read_chunks(self):
        body = b""
        while True:
            size = int(self.rfile.readline(64).split(b";")[0], 16)
            if size < 0 or len(body) + size > REQUEST_LIMIT:
                raise ValueError("too large")
            body += self.rfile.read(size)
            self.rfile.readline(8)
            if size == 0:
                return body

    def answer(self, status, body, kind="application/json", headers=None):
        self.store.answered(status)
        try:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status != 204:
                self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def hang_up(self):
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address, receiver, tls=None):
        self.receiver = receiver
        super().__init__(address, Handler)
        if tls:
            # The handshake is the handler's thread's: one that hangs holds nobody up.
            self.socket = tls.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

    def handle_error(self, request, client_address):
        """A client that goes away is the client's business."""


class Receiver:
    """The listener, which can be closed and opened again on the same port."""

    def __init__(self, options):
        self.modes = Modes(options.script)
        self.store = Store(options.out)
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.server = None
        self.port = options.port
        self.tls = tls_context(options)
        self.open()
        if self.modes.is_refusing():
            self.close()
        self.control = Server(("127.0.0.1", 0), self) if options.control_port_file else None
        if self.control:
            threading.Thread(target=self.control.serve_forever, args=(0.05,), daemon=True).start()

    def open(self):
        with self.lock:
            if self.server:
                return
            self.server = Server(("127.0.0.1", self.port), self, self.tls)
            self.port = self.server.server_address[1]
            server = self.server
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        with self.lock:
            server, self.server = self.server, None
        if server:
            server.shutdown()
            server.server_close()

    def set_mode(self, text):
        self.modes.replace(text)
        if self.modes.is_refusing():
            if not self.control:
                raise ValueError("refuse needs --control-port-file, or nobody could open it again")
            self.close()
        else:
            self.open()


def tls_context(options):
    """What the listener speaks TLS with; None: it does not."""
    if not options.tls_certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.tls_certificate, options.tls_key)
    if options.tls_client_authority:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(options.tls_client_authority)
    return context


def write_whole(path, text):
    """Nobody sees a file that is half written."""
    with open(path + ".new", "w") as file:
        file.write(text)
    os.replace(path + ".new", path)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", metavar="FILE", help="append accepted bodies here, one a line")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--port-file", metavar="FILE", help="write the port here once it is open")
    parser.add_argument(
        "--control-port-file", metavar="FILE",
        help="open a second port for /mode and /stats, which `refuse` leaves open",
    )
    parser.add_argument("--script", default="ok", metavar="MODES", help="default: ok")
    parser.add_argument(
        "--lifetime", type=float, default=3600, metavar="SECONDS",
        help="end after that long, whatever happens (default: an hour)",
    )
    parser.add_argument("--tls-certificate", metavar="PEM", help="speak TLS; needs --tls-key")
    parser.add_argument("--tls-key", metavar="PEM")
    parser.add_argument("--tls-client-authority", metavar="PEM", help="ask clients who they are")
    parser.add_argument("--quiet", action="store_true", help="print nothing")
    parser.add_argument(
        "--stats", type=int, metavar="PORT", help="print what the receiver at PORT has, and end"
    )
    return parser.parse_args()


def main():
    options = parse_arguments()
    if options.stats:
        with urllib.request.urlopen(f"http://127.0.0.1:{options.stats}/stats", timeout=5) as answer:
            print(answer.read().decode())
        return 0
    try:
        receiver = Receiver(options)
    except (OSError, ValueError) as error:
        print(f"otlp_receiver: {error}", file=sys.stderr)
        return 2
    ended = receiver.ended
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    if receiver.control and options.control_port_file:
        write_whole(options.control_port_file, f"{receiver.control.server_address[1]}\n")
    if options.port_file:
        write_whole(options.port_file, f"{receiver.port}\n")
    if not options.quiet:
        where = options.out or "nowhere"
        print(f"collector: http://127.0.0.1:{receiver.port}  bodies: {where}", flush=True)
    ended.wait(options.lifetime)
    ended.set()
    if not options.quiet:
        counts = receiver.store.stats()
        print(
            f"collector: {counts['spans']} spans in {counts['bodies']} bodies,"
            f" {counts['requests']} requests, {counts['rejected']} spans rejected",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
