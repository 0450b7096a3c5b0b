#!/usr/bin/env python3
"""A collector that speaks HTTP/2 over TLS and nothing else: it says 200 to whatever is posted.

    h2_receiver.py CERTIFICATE KEY

Prints its port, then one line for each request: METHOD PATH CONTENT-TYPE BYTES STREAM-ID. Ends
after five minutes, whatever happens.
"""

import select
import socket
import ssl
import sys
import time

import h2.config
import h2.connection
import h2.events


def serve(stream):
    """One connection, until the client closes it."""
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    connection.initiate_connection()
    stream.sendall(connection.data_to_send())
    requests = {}
    while data := stream.recv(65536):
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                requests[event.stream_id] = [dict(event.headers), 0]
            elif isinstance(event, h2.events.DataReceived):
                requests[event.stream_id][1] += len(event.data)
                connection.acknowledge_received_data(
                    event.flow_controlled_length, event.stream_id
                )
            elif isinstance(event, h2.events.StreamEnded):
                tell(event.stream_id, *requests.pop(event.stream_id))
                connection.send_headers(
                    event.stream_id, [(":status", "200"), ("content-type", "application/json")]
                )
                connection.send_data(event.stream_id, b"{}", end_stream=True)
        stream.sendall(connection.data_to_send())


def tell(number, headers, count):
    words = [headers.get(key, b"-").decode() for key in (b":method", b":path", b"content-type")]
    print(*words, count, number, flush=True)


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    context.set_alpn_protocols(["h2"])
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    end = time.monotonic() + 300
    while time.monotonic() < end:
        if not select.select([listener], [], [], 1)[0]:
            continue
        client, _ = listener.accept()
        try:
            with context.wrap_socket(client, server_side=True) as stream:
                if stream.selected_alpn_protocol() == "h2":
                    serve(stream)
        except OSError:
            pass  # A client that goes away is the client's business.


if __name__ == "__main__":
    main()
