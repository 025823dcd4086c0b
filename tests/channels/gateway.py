"""A gateway on loopback that keeps what it is sent and answers as it is told; a port of the system's choice."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Gateway:
    """`answers` are given one after the other, the last of them for ever: (status, body[, headers]); "hang up" closes
    the connection without an answer."""

    url: str = ""
    answers: list[Any] = field(default_factory=lambda: [(200, {"errcode": 0, "code": 0})])
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    delay: float = 0.0
    """Seconds between taking a letter and answering."""

    def json(self, number: int = -1) -> Any:
        return json.loads(self.bodies[number])


@contextmanager
def gateway(*answers: Any) -> Iterator[Gateway]:
    """A gateway that is gone at the end."""
    kept = Gateway()
    if answers:
        kept.answers = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.paths.append(self.path)
            kept.headers.append(dict(self.headers.items()))
            kept.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            time.sleep(kept.delay)
            answer = kept.answers.pop(0) if len(kept.answers) > 1 else kept.answers[0]
            if answer == "hang up":
                self.close_connection = True
                return
            status, body, *more = answer
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in (more[0] if more else {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            with suppress(OSError):  # whoever asked may be gone
                self.end_headers()
                self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
