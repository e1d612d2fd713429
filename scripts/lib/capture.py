# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Frames as bytes, and capture files of them. Used by bench/line-rate and by the
system tests.

Formats: pcap-savefile(5) with link type Ethernet; RFC 791, 8200, 768, 1035, 6891.
"""
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
