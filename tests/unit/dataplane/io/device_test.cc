// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "dataplane/io/device.hh"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apex::io {
namespace {

using Kind = Device::Kind;
using testing::ElementsAre;

TEST(Device, KnowsPciAddressesWithAndWithoutDomain) {
    for (const auto* text : {"0000:3b:00.1", "3b:00.1"}) {
        const auto device = Device::parse(text);
        ASSERT_TRUE(device) << device.error();
        EXPECT_EQ(device->kind(), Kind::pci);
        EXPECT_EQ(device->name(), "0000:3b:00.1");
        EXPECT_THAT(device->eal_options(2, "/x.o"), ElementsAre(std::string("--allow=") + text));
        EXPECT_FALSE(device->is_kernel_backed());
        EXPECT_EQ(device->interface(), "");
    }
}

TEST(Device, KnowsDriversByTheirPrefix) {
    const struct {
        const char* text;
        Kind kind;
        bool kernel_backed;
    } cases[] = {
        {"net_af_xdp0,iface=eth1", Kind::af_xdp, true},
        {"net_af_packet3,iface=eth1", Kind::af_packet, true},
        {"net_tap0,iface=dns0", Kind::tap, true},
        {"net_pcap0,rx_pcap=q.pcap", Kind::pcap, false},
        {"net_pcap0,iface=eth1", Kind::pcap, true},
        {"net_null0", Kind::other, false},
        {"virtio_user0,path=/dev/vhost-net", Kind::other, false},
    };
    for (const auto& test : cases) {
        const auto device = Device::parse(test.text);
        ASSERT_TRUE(device) << device.error();
        EXPECT_EQ(device->kind(), test.kind) << test.text;
        EXPECT_EQ(device->is_kernel_backed(), test.kernel_backed) << test.text;
    }
}

TEST(Device, RefusesWhatIsNeither) {
    for (const auto* text : {"", "eth1", "3b:00.9", "3b:0.1", "0000:3b:00:1", ",iface=eth1"}) {
        const auto device = Device::parse(text);
        ASSERT_FALSE(device) << text;
        EXPECT_NE(device.error().find("expected a PCI address"), std::string::npos)
            << device.error();
    }
    EXPECT_EQ(Device::parse("net_tap0,iface").error(),
              "port \"net_tap0,iface\": expected KEY=VALUE, read \"iface\"");
    EXPECT_FALSE(Device::parse("net_tap0,=x"));
    EXPECT_FALSE(Device::parse("net_tap0,"));
    EXPECT_EQ(Device::parse("net_af_xdp0,iface=").error(),
              "port \"net_af_xdp0,iface=\": expected iface=NAME, the interface to take packets "
              "from");
    EXPECT_FALSE(Device::parse("net_af_packet0"));
}

TEST(Device, CompletesAfXdpWithQueuesAndProgram) {
    const auto device = Device::parse("net_af_xdp0,iface=eth1");
    EXPECT_THAT(device->eal_options(2, "/lib/steer.o"),
                ElementsAre("--vdev=net_af_xdp0,iface=eth1,start_queue=0,queue_count=2,"
                            "xdp_prog=/lib/steer.o"));
    EXPECT_TRUE(device->is_steered());
}

// The driver would number them in the order in which they start, and not tell.
TEST(Device, NamesTheInterfaceOfEachTap) {
    const struct {
        const char* text;
        const char* interface;
        const char* option;
    } cases[] = {
        {"net_tap0", "dtap0", "--vdev=net_tap0,iface=dtap0"},
        {"net_tap1", "dtap1", "--vdev=net_tap1,iface=dtap1"},
        {"net_tap", "dtap0", "--vdev=net_tap,iface=dtap0"},
        {"net_tap1,mac=fixed", "dtap1", "--vdev=net_tap1,mac=fixed,iface=dtap1"},
        {"net_tap1,iface=dns0", "dns0", "--vdev=net_tap1,iface=dns0"},
        // Behind a NIC of the kernel's, that is what has the link.
        {"net_tap1,remote=eth0", "eth0", "--vdev=net_tap1,remote=eth0,iface=dtap1"},
    };
    for (const auto& test : cases) {
        const auto device = Device::parse(test.text);
        ASSERT_TRUE(device) << device.error();
        EXPECT_EQ(device->interface(), test.interface);
        EXPECT_THAT(device->eal_options(2, "/x.o"), ElementsAre(test.option));
    }
}

TEST(Device, AllowsTheNicsOfABond) {
    const auto device = Device::parse("net_bonding0,mode=1,slave=0000:3b:00.0,slave=3b:00.1");
    ASSERT_TRUE(device) << device.error();
    EXPECT_TRUE(device->is_hardware());
    EXPECT_THAT(
        device->eal_options(2, "/x.o"),
        ElementsAre("--allow=0000:3b:00.0", "--allow=0000:3b:00.1", "--vdev=" + device->text()));
    EXPECT_NE(device->check(1).error().find("no PCI device 0000:3b:00.0"), std::string::npos);
    EXPECT_EQ(Device::parse("net_bonding0,mode=1,slave=eth1").error(),
              "port \"net_bonding0,mode=1,slave=eth1\": slave=eth1: expected a PCI address");
    EXPECT_THAT(device->nics(), ElementsAre("0000:3b:00.0", "0000:3b:00.1"));
    EXPECT_FALSE(device->is_lacp());
    EXPECT_TRUE(Device::parse("net_bonding0,mode=4,slave=3b:00.0")->is_lacp());
}

TEST(Device, LeavesWhatTheOperatorSaid) {
    const auto device =
        Device::parse("net_af_xdp0,iface=eth1,start_queue=4,queue_count=1,xdp_prog=/own.o");
    EXPECT_THAT(device->eal_options(2, "/lib/steer.o"), ElementsAre("--vdev=" + device->text()));
    EXPECT_FALSE(device->is_steered());
}

TEST(Device, WantsAQueueForEachWorkerOrOneForAll) {
    EXPECT_EQ(Device::parse("net_af_packet0,iface=lo,qpairs=2")->check(3).error(),
              "port \"net_af_packet0,iface=lo,qpairs=2\": qpairs=2; expected 1, or as many as "
              "server.workers, 3: of other queues some would be nobody's");
    EXPECT_TRUE(Device::parse("net_af_packet0,iface=lo,qpairs=1")->check(3));
    EXPECT_FALSE(Device::parse("net_af_xdp0,iface=lo,queue_count=4")->check(2));
    EXPECT_TRUE(Device::parse("net_af_xdp0,iface=lo,queue_count=2")->check(2));
}

TEST(Device, SaysWhichInterfaceIsMissing) {
    EXPECT_EQ(Device::parse("net_af_xdp0,iface=nosuch0")->check(1).error(),
              "port \"net_af_xdp0,iface=nosuch0\": no interface \"nosuch0\" in this network "
              "namespace; see \"ip link\"");
}

TEST(Device, WantsACaptureForEachWorker) {
    const auto device = Device::parse("net_pcap0,rx_pcap=/dev/null");
    EXPECT_NE(device->check(1).error().find("is not a regular file"), std::string::npos);
    EXPECT_NE(Device::parse("net_pcap0,rx_iface=lo")->check(2).error().find("2 workers"),
              std::string::npos);
}

TEST(Device, HoldsPacketsOnlyWhenReplayingWithoutEnd) {
    EXPECT_EQ(Device::parse("net_pcap0,rx_pcap=/nonexistent")->held_packets(0).value(), 0U);
    EXPECT_EQ(Device::parse("net_null0,infinite_rx=1")->held_packets(0).value(), 0U);
    EXPECT_FALSE(Device::parse("net_pcap0,rx_pcap=/nonexistent,infinite_rx=1")->held_packets(0));
}

}  // namespace
}  // namespace apex::io
