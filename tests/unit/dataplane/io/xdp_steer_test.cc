// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The XDP program itself, loaded into the kernel and run on frames by
// BPF_PROG_TEST_RUN, attached to nothing. Needs CAP_BPF; skipped without.

#include "dataplane/io/xdp_steer.hh"

#include <array>
#include <cerrno>
#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <string>
#include <vector>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace apex::io {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes operator+(Bytes left, const Bytes& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

const Bytes macs(12, 0x02);
const Bytes ipv4_type{0x08, 0x00};
const Bytes ipv6_type{0x86, 0xdd};
const Bytes inner_tag{0x81, 0x00, 0x00, 0x07};
const Bytes outer_tag{0x88, 0xa8, 0x00, 0x64};
const Bytes dns(17, 0);

struct Ipv4 {
    std::uint8_t version_ihl = 0x45;
    std::array<std::uint8_t, 2> fragment{0x40, 0x00};  // DF
    std::uint8_t protocol = 17;
    std::uint8_t last_octet = 1;
};

Bytes ipv4(const Ipv4& ip = {}) {
    return {ip.version_ihl,
            0,
            0,
            45,
            0,
            1,
            ip.fragment[0],
            ip.fragment[1],
            64,
            ip.protocol,
            0,
            0,
            10,
            53,
            0,
            9,
            10,
            53,
            0,
            ip.last_octet};
}

Bytes ipv6(std::uint8_t next_header = 17, std::uint8_t last_octet = 1) {
    Bytes header{0x60, 0, 0, 0, 0, 25, next_header, 64};
    Bytes address{0x20, 0x01, 0x0d, 0xb8, 0, 0x53, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9};
    header = header + address;
    address.back() = last_octet;
    return header + address;
}

Bytes udp(std::uint16_t port = 53) {
    return {
        0x30, 0x39, static_cast<std::uint8_t>(port >> 8), static_cast<std::uint8_t>(port), 0, 25,
        0,    0};
}

Bytes first(Bytes frame, std::size_t size) {
    frame.resize(size);
    return frame;
}

struct Case {
    std::string description;
    Bytes frame;
    xdp_action action;
};

std::ostream& operator<<(std::ostream& out, const Case& test) {
    return out << test.description;
}

const Case cases[] = {
    {"IPv4 query", macs + ipv4_type + ipv4() + udp() + dns, XDP_REDIRECT},
    {"IPv6 query", macs + ipv6_type + ipv6() + udp() + dns, XDP_REDIRECT},
    {"one VLAN tag", macs + inner_tag + ipv4_type + ipv4() + udp() + dns, XDP_REDIRECT},
    {"two VLAN tags", macs + outer_tag + inner_tag + ipv6_type + ipv6() + udp() + dns,
     XDP_REDIRECT},
    {"three VLAN tags", macs + outer_tag + inner_tag + inner_tag + ipv4_type + ipv4() + udp() + dns,
     XDP_PASS},
    {"UDP header and no more", macs + ipv4_type + ipv4() + udp(), XDP_REDIRECT},
    {"another port", macs + ipv4_type + ipv4() + udp(5353) + dns, XDP_PASS},
    {"IPv4 address not served", macs + ipv4_type + ipv4({.last_octet = 2}) + udp() + dns, XDP_PASS},
    {"IPv6 address not served", macs + ipv6_type + ipv6(17, 2) + udp() + dns, XDP_PASS},
    {"TCP over IPv4", macs + ipv4_type + ipv4({.protocol = 6}) + udp() + dns, XDP_PASS},
    {"TCP over IPv6", macs + ipv6_type + ipv6(6) + udp() + dns, XDP_PASS},
    {"IPv6 extension header", macs + ipv6_type + ipv6(0) + udp() + dns, XDP_PASS},
    {"IPv4 options", macs + ipv4_type + ipv4({.version_ihl = 0x46}) + udp() + dns, XDP_PASS},
    {"first fragment", macs + ipv4_type + ipv4({.fragment = {0x20, 0x00}}) + udp() + dns, XDP_PASS},
    {"last fragment", macs + ipv4_type + ipv4({.fragment = {0x00, 0x40}}) + udp() + dns, XDP_PASS},
    {"version 6 as IPv4", macs + ipv4_type + ipv4({.version_ihl = 0x65}) + udp() + dns, XDP_PASS},
    {"ARP", macs + Bytes{0x08, 0x06} + ipv4() + udp() + dns, XDP_PASS},
    {"cut in the UDP header", first(macs + ipv4_type + ipv4() + udp(), 41), XDP_PASS},
    {"cut in the IPv4 header", first(macs + ipv4_type + ipv4(), 33), XDP_PASS},
    {"cut in the IPv6 header", first(macs + ipv6_type + ipv6(), 53), XDP_PASS},
    {"cut in a VLAN tag", macs + inner_tag, XDP_PASS},
};

/// The program, loaded and with a socket for queue 0, as a started port has it.
class SteerProgram : public testing::TestWithParam<Case> {
  protected:
    static void SetUpTestSuite() {
        object_ = bpf_object__open_file(APEX_STEER_OBJECT, nullptr);
        if (object_ == nullptr || bpf_object__load(object_) != 0) return;
        program_ = bpf_program__fd(bpf_object__find_program_by_name(object_, "apexdns_steer"));
        socket_ = FileDescriptor{::socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0)};
        const std::uint32_t queue = 0;
        const int fd = socket_.get();
        const int sockets = bpf_object__find_map_fd_by_name(object_, "xsks_map");
        if (bpf_map_update_elem(sockets, &queue, &fd, BPF_ANY) != 0) program_ = -1;
    }
    static void TearDownTestSuite() {
        bpf_object__close(object_);
        socket_ = {};
    }
    void SetUp() override {
        ASSERT_NE(object_, nullptr) << APEX_STEER_OBJECT;
        ASSERT_EQ(::geteuid(), 0U) << "only root may load an XDP program";
        ASSERT_GE(program_, 0) << "the kernel refuses it";
    }

    static std::vector<std::uint32_t> map_ids() {
        std::vector<std::uint32_t> ids;
        bpf_map* map = nullptr;
        bpf_object__for_each_map(map, object_) {
            bpf_map_info info{};
            std::uint32_t size = sizeof(info);
            EXPECT_EQ(bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &size), 0);
            ids.push_back(info.id);
        }
        return ids;
    }
    static std::vector<wire::IpAddress> served() {
        return {*wire::IpAddress::from_text("10.53.0.1"),
                *wire::IpAddress::from_text("2001:db8:53::1")};
    }
    static int run(Bytes frame) {
        LIBBPF_OPTS(bpf_test_run_opts, options);
        options.data_in = frame.data();
        options.data_size_in = static_cast<std::uint32_t>(frame.size());
        options.repeat = 1;
        EXPECT_EQ(bpf_prog_test_run_opts(program_, &options), 0) << errno;
        return static_cast<int>(options.retval);
    }

    static inline bpf_object* object_ = nullptr;
    static inline int program_ = -1;
    static inline FileDescriptor socket_;
};

// First of the suite: the maps are as the PMD leaves them.
TEST_F(SteerProgram, PassesEverythingUntilItsMapsAreFilled) {
    EXPECT_EQ(run(macs + ipv4_type + ipv4() + udp() + dns), XDP_PASS);
    EXPECT_EQ(run(macs + ipv4_type + ipv4() + udp(0) + dns), XDP_PASS);
}

TEST_F(SteerProgram, RefusesMapsOfAnotherProgram) {
    const auto filled = fill_steering_maps({}, served(), 53);
    ASSERT_FALSE(filled);
    EXPECT_NE(filled.error().find("steer_addresses"), std::string::npos) << filled.error();
}

TEST_P(SteerProgram, ActionIs) {
    const auto filled = fill_steering_maps(map_ids(), served(), 53);
    ASSERT_TRUE(filled) << filled.error();
    EXPECT_EQ(run(GetParam().frame), GetParam().action);
}

INSTANTIATE_TEST_SUITE_P(Frames, SteerProgram, testing::ValuesIn(cases));

TEST(XdpSteerClaim, NamesAnotherProcessOnlyWhereThereIsOne) {
    const auto missing = XdpSteer::claim("nosuch0");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error(), "no interface \"nosuch0\" in this network namespace");

    const auto first = XdpSteer::claim("lo");
    ASSERT_TRUE(first) << first.error();
    const auto second = XdpSteer::claim("lo");
    ASSERT_FALSE(second);
    EXPECT_TRUE(second.error().starts_with(
        "interface \"lo\": another process already serves on it; find it with \"ss -xap | grep "))
        << second.error();
}

TEST(XdpSteerClaim, SaysWhatTheSystemLacks) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    const auto claimed = XdpSteer::claim("lo");
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    ASSERT_FALSE(claimed);
    EXPECT_TRUE(claimed.error().ends_with("Too many open files")) << claimed.error();
}

}  // namespace
}  // namespace apex::io
