"""A service with the official SDK, between two of ours: what comes by HTTP goes on by NATS, and the other way round.

It prints the port on which it listens, and ends when its standard input does.
"""

import asyncio
import contextlib
import os
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import nats
from opentelemetry import baggage, context, propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider(resource=Resource.create({"service.name": "python"}))
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
tracer = provider.get_tracer("service")
loop = asyncio.new_event_loop()


def headers_of_current_span():
    headers = {}
    propagate.inject(headers)
    return headers


@contextlib.contextmanager
def span(name, kind, headers):
    """A span in the context that came with headers, which says what else came with them."""
    token = context.attach(propagate.extract(headers))
    try:
        state = trace.get_current_span().get_span_context().trace_state.to_header()
        attributes = {"tenant": str(baggage.get_baggage("tenant")), "state": state}
        with tracer.start_as_current_span(name, kind=kind, attributes=attributes):
            yield
    finally:
        context.detach(token)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        # Names of HTTP's headers have no case.
        headers = {name.lower(): value for name, value in self.headers.items()}
        with span("GET /forward", trace.SpanKind.SERVER, headers):
            with tracer.start_as_current_span("publish", kind=trace.SpanKind.PRODUCER):
                publishing = publish(headers_of_current_span())
                asyncio.run_coroutine_threadsafe(publishing, loop).result(10)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


async def publish(headers):
    await connection.publish(os.environ["TO_RUST"], b"7", headers=headers)
    await connection.flush()


async def handle(message):
    with span("process", trace.SpanKind.CONSUMER, message.headers or {}):
        with tracer.start_as_current_span("GET", kind=trace.SpanKind.CLIENT):
            request = urllib.request.Request(os.environ["RUST"] + "/backend", headers=headers_of_current_span())
            await asyncio.to_thread(lambda: urllib.request.urlopen(request, timeout=10).read())


async def main():
    global connection
    connection = await nats.connect(os.environ["NATS_URL"])
    await connection.subscribe(os.environ["TO_PYTHON"], cb=handle)
    await connection.flush()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await connection.drain()
    provider.shutdown()


loop.run_until_complete(main())
