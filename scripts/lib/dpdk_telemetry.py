# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""A client of DPDK's telemetry socket, which every DPDK process has: the same
reading for apexd and for dpdk-testpmd."""
import json
import socket
import time
from dataclasses import dataclass


@dataclass
class PortStats:
    at: float  # time.monotonic() when they were read
    received: int
    sent: int


class Telemetry:
    def __init__(self, file_prefix):
        self.path = f"/var/run/dpdk/{file_prefix}/dpdk_telemetry.v2"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self.socket.settimeout(10)
            self.socket.connect(self.path)
            self.limit = json.loads(self.socket.recv(65536))["max_output_len"]
        except OSError:
            self.socket.close()
            raise

    def ask(self, command):
        self.socket.send(command.encode())
        return json.loads(self.socket.recv(self.limit))[command.split(",")[0]]

    def port_stats(self, port=0):
        before = time.monotonic()
        stats = self.ask(f"/ethdev/stats,{port}")
        return PortStats((before + time.monotonic()) / 2, stats["ipackets"], stats["opackets"])

    def close(self):
        self.socket.close()
