# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Clients of the control socket that misbehave hurt only themselves: dnsperf
runs throughout and loses nothing, and apexctl is served meanwhile."""
import contextlib
import json
import os
import socket
import time

import pytest
from lab import wait_for
from story import SERVER4
from traffic import Dnsperf

HELLO = b'{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":1}}\n'


@pytest.fixture(autouse=True)
def load_goes_on(story):
    load = Dnsperf(story.client, SERVER4, ["example.com A", "www.example.com A"], 2,
                   rate=20000)
    yield
    report = load.finish()
    assert report.lost == 0
    assert report.rcodes == {"NOERROR": report.completed}
    assert story.apexd.ctl("status")["pid"] == story.apexd.process.pid


def connect(story):
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(10)
    client.connect(str(story.apexd.socket))
    return client


def read_lines(client, count):
    """The next messages, without the greeting's notification being one of them."""
    data = b""
    lines = []
    while len(lines) < count:
        chunk = client.recv(65536)
        assert chunk, f"closed after {lines}"
        data += chunk
        *whole, data = data.split(b"\n")
        lines += [message for message in map(json.loads, whole) if "id" in message]
    return lines


GARBAGE = [
    os.urandom(1000) + b"\n", b"\0" * 100 + b"\n", b"GET / HTTP/1.1\r\n\r\n", b"[" * 5000 + b"\n",
    b"[]\n", b"null\n", b'{"jsonrpc":"2.0"\n', b"\xff\xfe{}\n",
]


def test_garbage_is_an_error_or_the_end_of_that_client(story):
    for garbage in GARBAGE:
        with connect(story) as client:
            client.sendall(garbage)
            with contextlib.suppress(ConnectionResetError):
                for message in read_lines(client, 1):
                    assert message["error"]["code"] in (-32700, -32600), garbage
            story.apexd.ctl("status")


def test_a_client_can_go_on_after_its_mistake(story):
    with connect(story) as client:
        client.sendall(HELLO + b"not json\n" + b'{"jsonrpc":"2.0","id":2,"method":"nonsense"}\n' +
                       b'{"jsonrpc":"2.0","id":3,"method":"status"}\n')
        replies = read_lines(client, 4)
    by_id = {message["id"]: message for message in replies}
    assert by_id[None]["error"]["code"] == -32700
    assert by_id[2]["error"]["code"] == -32601
    assert by_id[3]["result"]["pid"] == story.apexd.process.pid


def test_half_a_line_is_waited_for_and_forgotten(story):
    with connect(story) as client:
        client.sendall(HELLO[:20])
        time.sleep(0.2)
        story.apexd.ctl("status")
        client.sendall(HELLO[20:])
        assert read_lines(client, 1)[0]["result"]["protocol"] == 1
    with connect(story) as client:
        client.sendall(HELLO + b'{"jsonrpc":"2.0","id":2,"meth')
    story.apexd.ctl("status")


def test_a_line_of_10_mib_ends_that_client(story):
    with connect(story) as client:
        client.sendall(HELLO)
        read_lines(client, 1)
        start = time.monotonic()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            client.sendall(b'{"jsonrpc":"2.0","id":2,"method":"' + b"x" * (10 << 20) + b'"}\n')
        rest = b""
        with contextlib.suppress(ConnectionResetError):
            while chunk := client.recv(65536):
                rest += chunk
        assert time.monotonic() - start < 5
        if rest:
            assert json.loads(rest)["error"]["code"] == -32600
    story.apexd.ctl("status")


def test_a_client_that_never_reads_delays_nobody(story):
    request = b'{"jsonrpc":"2.0","id":2,"method":"stats"}\n'
    with connect(story) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        client.sendall(HELLO)
        client.settimeout(0.5)
        with contextlib.suppress(TimeoutError, BrokenPipeError, ConnectionResetError):
            for _ in range(20000):
                client.sendall(request)
        start = time.monotonic()
        story.apexd.ctl("status")
        assert time.monotonic() - start < 1
        pages = int(open(f"/proc/{story.apexd.process.pid}/statm").read().split()[1])
        assert pages * os.sysconf("SC_PAGESIZE") < 1 << 30


def test_too_many_clients_are_turned_away_and_leave_room_again(story):
    clients = []
    try:
        for _ in range(80):
            clients.append(connect(story))
        # Whoever came first is still served.
        clients[0].sendall(HELLO)
        assert read_lines(clients[0], 1)[0]["result"]["server"] == "apexd"
        last = clients[-1].recv(65536)
        assert b"-32001" in last
    finally:
        for client in clients:
            client.close()
    wait_for(lambda: story.apexd.ctl_run("status").returncode == 0, "room for a client")
