# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Many queries to one server over one UDP socket, a window of them on the way."""
import select
import socket
import time

WINDOW = 200
# Seconds without any response after which what is outstanding counts as lost.
PATIENCE = 0.25
# A loss counts as the answer "none" only when it repeats.
ATTEMPTS = 3
MAX_QUERIES = 65535
# A query that every server answers: for ". SOA", refused.
PROBE_ID = b"\xff\xff"
PROBE = PROBE_ID + bytes.fromhex("0000000100000000000000 0006 0001")
PROBE_PATIENCE = 3.0


class Unresponsive(Exception):
    """A server that answered does not any more; `indices` are of the queries that
    it was given last."""

    def __init__(self, indices):
        super().__init__("stopped answering")
        self.indices = sorted(indices)


class Asker:
    """The socket is connected, so only the server asked can answer."""

    def __init__(self, host, address, port=53):
        self.socket = host.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.setblocking(False)
        self.socket.connect((address, port))
        self.poll = select.poll()
        self.poll.register(self.socket, select.POLLIN)

    def ask(self, wires):
        """The response to each query, None where there is none.

        The first two octets of each query are its index, which a response to it
        repeats: no two of them have the same ID."""
        assert len(wires) <= MAX_QUERIES
        responses = [None] * len(wires)
        left = list(range(len(wires)))
        for attempt in range(ATTEMPTS):
            self._round(wires, left, responses, WINDOW if attempt == 0 else WINDOW // 4)
            left = [index for index in left if responses[index] is None]
            if not left:
                break
        return responses

    def _round(self, wires, indices, responses, window):
        outstanding, todo = set(), iter(indices)
        more = True
        while more or outstanding:
            while more and len(outstanding) < window:
                index = next(todo, None)
                if index is None:
                    more = False
                    break
                self.socket.send(wires[index])
                outstanding.add(index)
            if not self.poll.poll(PATIENCE * 1000):
                self._probe(outstanding)
                outstanding.clear()   # the next round asks them again
                continue
            self._receive(responses, outstanding)

    def _probe(self, outstanding):
        """Raises when the server answers nothing at all."""
        self.socket.send(PROBE)
        deadline = time.monotonic() + PROBE_PATIENCE
        while (left := deadline - time.monotonic()) > 0:
            if self.poll.poll(left * 1000) and self.socket.recv(65535)[:2] == PROBE_ID:
                return
        raise Unresponsive(outstanding)

    def _receive(self, responses, outstanding):
        while True:
            try:
                wire = self.socket.recv(65535)
            except BlockingIOError:
                return
            index = int.from_bytes(wire[:2], "big")
            if len(wire) >= 2 and index < len(responses) and responses[index] is None:
                responses[index] = wire
            outstanding.discard(index)
