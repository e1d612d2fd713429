# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Reads the response of a server into what is compared: a small parser of our
own, because dnspython takes ten times as long and forgives too much."""
import struct
from dataclasses import dataclass

import dns.exception
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype

OPT = 41


def _naptr_layout(rdata):
    before = 4
    for _ in range(3):   # FLAGS, SERVICES, REGEXP
        before += 1 + (rdata[before] if before < len(rdata) else 0)
    return before, 1, 0


def _svcb_layout(rdata):
    end = 2
    while end < len(rdata) and rdata[end]:
        end += 1 + rdata[end]
    return 2, 1, max(0, len(rdata) - end - 1)


# Where names stand in RDATA that may be compressed, or whose case the servers do
# not agree to keep: (octets before the first name, names, octets after).
NAMES_IN_RDATA = {2: (0, 1, 0), 5: (0, 1, 0), 6: (0, 2, 20), 12: (0, 1, 0), 15: (2, 1, 0),
                  17: (0, 2, 0), 18: (2, 1, 0), 21: (2, 1, 0), 33: (6, 1, 0), 36: (2, 1, 0),
                  35: _naptr_layout, 39: (0, 1, 0), 64: _svcb_layout, 65: _svcb_layout}
FLAGS = {"QR": 0x8000, "AA": 0x0400, "TC": 0x0200, "RD": 0x0100, "RA": 0x0080, "Z": 0x0040,
         "AD": 0x0020, "CD": 0x0010}
# RR is (owner, type, class, TTL, RDATA), its names uncompressed and in lower case.


class Malformed(Exception):
    """The response is not a DNS message."""


@dataclass
class Response:
    """A parsed response. `sections` are answer, authority and additional, as lists
    of RRs without the OPT record."""
    wire: bytes
    flags: int = 0
    question: bytes = b""
    sections: tuple = ((), (), ())
    opt: tuple | None = None       # (payload, version, flags, options)
    rcode: int = 0
    malformed: str = ""

    def flag(self, name):
        return bool(self.flags & FLAGS[name])

    def opcode(self):
        return self.flags >> 11 & 0xf


class _Reader:
    def __init__(self, wire):
        self.wire = wire
        self.known = {}   # offset: name

    def name(self, offset):
        """(name in lower case, offset after it)"""
        wire, labels, start, end = self.wire, [], offset, None
        while True:
            if offset >= len(wire):
                raise Malformed("name runs past the end")
            length = wire[offset]
            if length == 0:
                labels.append(b"\x00")
                offset += 1
                break
            if length < 64:
                labels.append(wire[offset:offset + length + 1])
                offset += length + 1
            elif length >= 192:
                if offset + 1 >= len(wire):
                    raise Malformed("pointer runs past the end")
                target = (length & 0x3f) << 8 | wire[offset + 1]
                if target >= offset:
                    raise Malformed("pointer does not point back")
                end = end or offset + 2
                name = self.known.get(target)
                if name is None:
                    name, _ = self.name(target)
                labels.append(name)
                break
            else:
                raise Malformed("label type")
        name = b"".join(labels).lower()
        if len(name) > 255:
            raise Malformed("name of more than 255 octets")
        self.known[start] = name
        return name, end or offset

    def rdata(self, rdtype, offset, length):
        layout = NAMES_IN_RDATA.get(rdtype)
        end = offset + length
        if layout is None:
            return self.wire[offset:end]
        before, count, after = layout(self.wire[offset:end]) if callable(layout) else layout
        parts = [self.wire[offset:offset + before]]
        offset += before
        for _ in range(count):
            name, offset = self.name(offset)
            parts.append(name)
        parts.append(self.wire[offset:offset + after])
        if offset + after != end:
            raise Malformed("RDLENGTH")
        return b"".join(parts)

    def record(self, offset):
        owner, offset = self.name(offset)
        if offset + 10 > len(self.wire):
            raise Malformed("record runs past the end")
        rdtype, rdclass, ttl, length = struct.unpack_from("!HHIH", self.wire, offset)
        offset += 10
        if offset + length > len(self.wire):
            raise Malformed("RDATA runs past the end")
        return (owner, rdtype, rdclass, ttl, self.rdata(rdtype, offset, length)), offset + length


def parse(wire):
    response = Response(wire)
    try:
        _parse(wire, response)
    except Malformed as error:
        response.malformed = str(error)
    return response


def _parse(wire, response):
    if len(wire) < 12:
        raise Malformed("shorter than a header")
    _, response.flags, *counts = struct.unpack_from("!6H", wire)
    response.rcode = response.flags & 0xf
    reader, offset = _Reader(wire), 12
    for _ in range(counts[0]):
        _, offset = reader.name(offset)
        offset += 4
    if offset > len(wire):
        raise Malformed("question runs past the end")
    response.question = wire[12:offset]
    sections = []
    for count in counts[1:]:
        records = []
        for _ in range(count):
            record, offset = reader.record(offset)
            if record[1] == OPT:
                if response.opt is not None or record[0] != b"\x00" or len(sections) != 2:
                    raise Malformed("OPT")
                _, _, payload, ttl, options = record
                response.opt = (payload, ttl >> 16 & 0xff, ttl & 0xffff, options)
                response.rcode |= ttl >> 24 << 4
            else:
                records.append(record)
        sections.append(records)
    response.sections = tuple(sections)
    if offset != len(wire):
        raise Malformed("trailing octets")


def rr_text(rr):
    owner, rdtype, rdclass, ttl, rdata = rr
    try:
        value = dns.rdata.from_wire(rdclass, rdtype, rdata, 0, len(rdata)).to_text()
    except (dns.exception.DNSException, ValueError, struct.error):
        value = f"\\# {len(rdata)} {rdata.hex()}"
    if len(value) > 120:
        value = f"{value[:100]}... ({len(rdata)} octets)"
    name = dns.name.from_wire(owner, 0)[0]
    return f"{name} {ttl} {dns.rdatatype.to_text(rdtype)} {value}"


def to_text(response):
    """For people: the lines of the response."""
    if response is None:
        return ["no answer"]
    if response.malformed:
        return [f"malformed: {response.malformed}", response.wire.hex()]
    flags = " ".join(name for name in FLAGS if response.flag(name))
    lines = [f"{dns.rcode.to_text(response.rcode)}, flags {flags}, opcode {response.opcode()}, "
             f"{len(response.wire)} octets, question {response.question.hex() or 'none'}"]
    if response.opt:
        payload, version, bits, options = response.opt
        lines.append(f"OPT payload {payload}, version {version}, flags {bits:#06x}, "
                     f"options {options.hex() or 'none'}")
    for title, records in zip(("answer", "authority", "additional"), response.sections):
        lines += [f"{title}: {text}" for text in sorted(map(rr_text, records))]
    return lines


def first_name(octets):
    """The uncompressed name that the octets begin with, in lower case."""
    return _Reader(octets).name(0)[0]
