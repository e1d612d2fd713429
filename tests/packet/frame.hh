// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Whole frames for tests: put together field by field with checksums computed
// in full, and checked by code that shares nothing with the code under test.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/io/burst.hh"

namespace apex::test {

enum class UdpChecksum { correct, corrupt, zero, partial };

/// A UDP datagram in a frame. The addresses' family decides the IP version.
struct FrameSpec {
    std::string payload{};
    bool v6 = false;
    std::vector<std::uint16_t> tags{};  ///< TPIDs of VLAN tags, outermost first
    std::string source{};               ///< text; empty: a client of the family
    std::string destination{};          ///< text; empty: the served one
    std::uint16_t source_port = 40000;
    std::uint16_t destination_port = 53;
    UdpChecksum checksum = UdpChecksum::correct;
    std::string padding{};  ///< behind the IP packet, as Ethernet's minimum wants
};
std::string make_frame(const FrameSpec& spec);

/// The frame that answers one made from `spec`, its message being `reply`: what
/// RFC 791, 768 and 8200 ask for, with nothing taken from the query's frame.
/// A corrupt UDP checksum is off by as much as the query's was.
std::string expected_reply(const FrameSpec& spec, std::string_view reply);

/// Offsets into a frame without VLAN tags.
inline constexpr std::size_t ip_at = 14;
inline constexpr std::size_t udp_at_v4 = 34;
inline constexpr std::size_t udp_at_v6 = 54;

/// Sets the IPv4 header's checksum anew.
void fix_ipv4_checksum(std::string& frame, std::size_t ip = ip_at);
/// Sets the UDP checksum anew from what the frame's fields say. Frames without
/// options or extension headers.
void fix_udp_checksum(std::string& frame, std::size_t ip, bool v6);

/// What is wrong with a reply as a frame, or nothing: IP and UDP lengths that
/// do not fit its size, or a wrong checksum.
enum class Checksums { verify, ignore };
std::string frame_faults(std::string_view frame, Checksums checksums = Checksums::verify);
/// True when the frame's UDP checksum, and IPv4's, verify in full.
bool checksums_verify(std::string_view frame);

/// The endpoint that the specs' defaults are sent to: 10.53.0.1, 2001:db8:53::1.
io::Endpoint sample_endpoint(bool partial_checksums);
/// Calls itself "test".
const answer::Server& sample_server();

/// A frame's memory: exactly `capacity` octets, so that AddressSanitizer sees
/// the first one behind.
class FrameBuffer {
  public:
    /// `behind`: what an earlier frame left there, as far as it fits.
    FrameBuffer(std::string_view frame, std::size_t capacity, std::string_view behind = {});
    io::Frame& frame() { return frame_; }
    std::string bytes(std::size_t length) const { return {memory_.get(), memory_.get() + length}; }

  private:
    std::unique_ptr<std::uint8_t[]> memory_;
    io::Frame frame_;
};

}  // namespace apex::test
