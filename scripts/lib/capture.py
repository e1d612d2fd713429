# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Frames as bytes, and capture files of them, quick enough for hundreds of
thousands. Used by bench/line-rate and by the system tests.

Formats: pcap-savefile(5) with link type Ethernet; RFC 791, 8200, 768, 1035, 6891.
"""
import random
import socket
import struct

PCAP_HEADER = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
UDP_PROTOCOL = 17
# Empty OPT RR, payload 1232: what a resolver of today attaches.
OPT = struct.pack("!BHHIH", 0, 41, 1232, 0, 0)


def checksum(data):
    """The Internet checksum (RFC 1071) of `data`."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def name_wire(name):
    labels = [label.encode() for label in name.strip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def query_wire(name, qtype=1, ident=0, flags=0, edns=False):
    """A DNS query message."""
    header = struct.pack("!HHHHHH", ident, flags, 1, 0, 0, 1 if edns else 0)
    return header + name_wire(name) + struct.pack("!HH", qtype, 1) + (OPT if edns else b"")


def _address(text):
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    return socket.inet_pton(family, text)


def udp_frame(payload, *, source, destination, source_port=40000, destination_port=53,
              source_mac=b"\x02\0\0\0\0\x02", destination_mac=b"\x02\0\0\0\0\x01",
              udp_length=None, ip_length=None):
    """An Ethernet frame with UDP over IPv4 or IPv6. The two lengths are those of
    the payload unless given: a frame may lie."""
    src, dst = _address(source), _address(destination)
    length = 8 + len(payload)
    said = length if udp_length is None else udp_length
    udp = struct.pack("!HHHH", source_port, destination_port, said, 0)
    # As IPv6 has it; IPv4's shorter form adds up to the same.
    pseudo = src + dst + struct.pack("!II", said, UDP_PROTOCOL)
    # Zero means "no checksum" (RFC 768), so a computed zero is sent as ones.
    udp = udp[:6] + struct.pack("!H", checksum(pseudo + udp + payload) or 0xffff)
    if len(src) == 4:
        total = 20 + length if ip_length is None else ip_length
        head = struct.pack("!BBHHHBBH", 0x45, 0, total, 0, 0, 64, UDP_PROTOCOL, 0) + src + dst
        head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
        ethertype = b"\x08\x00"
    else:
        total = length if ip_length is None else ip_length
        head = struct.pack("!IHBB", 6 << 28, total, UDP_PROTOCOL, 64) + src + dst
        ethertype = b"\x86\xdd"
    return destination_mac + source_mac + ethertype + head + udp + payload


def write_pcap(path, frames):
    with open(path, "wb") as file:
        file.write(PCAP_HEADER)
        for frame in frames:
            file.write(struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame)


def read_pcap(path):
    """The frames of a little-endian capture file, DPDK's own included."""
    with open(path, "rb") as file:
        data = file.read()
    frames, at = [], 24
    while at + 16 <= len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        frames.append(data[at + 16:at + 16 + length])
        at += 16 + length
    return frames


class QueryTemplate:
    """Frames that differ only in digits of the name, source port and DNS id:
    everything else, and its part of the checksum, is computed once."""

    DIGITS = 7

    def __init__(self, prefix, suffix, *, edns, source, destination):
        """The first label is `prefix` and seven digits."""
        message = query_wire(f"{prefix}{'0' * self.DIGITS}.{suffix}", edns=edns)
        self.frame = bytearray(udp_frame(message, source=source, destination=destination,
                                         source_port=0))
        self.digits_at = 14 + 20 + 8 + 12 + 1 + len(prefix)
        self.port_at = 14 + 20
        self.sum_at = self.port_at + 6
        self.id_at = self.port_at + 8
        self.base = ~struct.unpack_from("!H", self.frame, self.sum_at)[0] & 0xffff
        # The template's zeros are already in the base.
        self.zeros = self._digit_sum(b"0" * self.DIGITS)
        self.record = struct.pack("<IIII", 0, 0, len(self.frame), len(self.frame))

    def _digit_sum(self, digits):
        """The digits' part of the sum of 16-bit words, which depends on where
        the words begin."""
        if self.digits_at % 2:
            first, *rest = struct.unpack("!B3H", digits)
        else:
            *rest, last = struct.unpack("!3HB", digits)
            first = last << 8
        return first + sum(rest)

    def record_for(self, number, port, ident):
        """The capture record, header included, of the query for `number`."""
        digits = b"%07d" % number
        total = self.base + port + ident + self._digit_sum(digits) - self.zeros
        total = (total & 0xffff) + (total >> 16)
        total = (total & 0xffff) + (total >> 16)
        frame = self.frame
        frame[self.digits_at:self.digits_at + self.DIGITS] = digits
        struct.pack_into("!H", frame, self.port_at, port)
        struct.pack_into("!HH", frame, self.sum_at, ~total & 0xffff or 0xffff, ident)
        return self.record + frame


def write_query_capture(path, *, count, names, zones, prefix, edns_share, source, destination,
                        seed=1):
    """Writes `count` A queries for names drawn uniformly from `prefix`0000000 up
    to `names` - 1 spread over `zones` (a list of zone names)."""
    rng = random.Random(seed)
    templates = [[QueryTemplate(prefix, zone, edns=edns, source=source, destination=destination)
                  for edns in (False, True)] for zone in zones]
    with open(path, "wb") as file:
        file.write(PCAP_HEADER)
        for _ in range(count):
            number = rng.randrange(names)
            template = templates[number % len(zones)][rng.random() < edns_share]
            file.write(template.record_for(number, 1024 + rng.randrange(64512),
                                           rng.getrandbits(16)))
