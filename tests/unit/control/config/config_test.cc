// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// load_config: what a good file means, and the complete message for each bad one.
#include "control/config/config.hh"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <chrono>

#include "tests/unit/control/config/config_fixture.hh"

namespace apex::control {
namespace {

using test::BadCase;
using test::ConfigTest;
using test::minimal;
using test::root_based;

wire::IpAddress ip(const std::string& text) {
    return wire::IpAddress::from_text(text).value();
}

TEST_F(ConfigTest, MinimalFileGetsTheDefaults) {
    const Config config = good(minimal);
    EXPECT_THAT(config.server.addresses, testing::ElementsAre(ip("192.0.2.1")));
    EXPECT_EQ(config.server.port, 53);
    EXPECT_THAT(config.server.workers, testing::ElementsAre(1U));
    EXPECT_EQ(config.server.identity, "");
    EXPECT_EQ(config.server.version, "");
    EXPECT_EQ(config.server.any, answer::AnyPolicy::rrset);
    ASSERT_EQ(config.ports.size(), 1U);
    EXPECT_EQ(config.ports[0].device, "net_tap0");
    EXPECT_EQ(config.ports[0].line, 5U);
    EXPECT_EQ(config.tcp, (TcpLimits{.connections = 1000, .per_client = 100, .idle = 10}));
    EXPECT_EQ(config.control, ControlConfig{});
    EXPECT_EQ(config.resolver, ResolverConfig{});
    EXPECT_EQ(config.alias, AliasConfig{});
    EXPECT_TRUE(config.zones.empty());
    EXPECT_EQ(config.file, directory_ / "apexd.yaml");
}

TEST_F(ConfigTest, EveryMemberIsRead) {
    const Config config = good(
        "server:\n"
        "  addresses: [10.53.0.1, \"2001:db8:53::1\"]\n"
        "  port: 5353\n"
        "  workers: [0, 127]\n"
        "  identity: edge1\n"
        "  version: \"1.0 beta\"\n"
        "  any: hinfo\n"
        "ports:\n"
        "  - device: net_af_xdp0,iface=eth1 # a vdev\n"
        "  - device: 0000:03:00.0\n"
        "    mtu: 9000\n"
        "    kernel:\n"
        "      addresses: [192.0.2.1/24, \"2001:db8::1/64\"]\n"
        "      rate: 5000\n"
        "tcp: {connections: 0, per-client: 7, idle: 1m}\n"
        "control:\n"
        "  socket: /tmp/apexd.sock\n"
        "  metrics: \"[::1]:9153\"\n"
        "  state: /tmp/state\n"
        "resolver:\n"
        "  confirm: [192.0.2.2]\n"
        "  forward: [192.0.2.1@5353, 2001:db8::1]\n"
        "alias:\n"
        "  ttl-min: 30s\n"
        "  ttl-max: 3d\n"
        "  stale-max: 2h\n"
        "  confirmations: 2\n"
        "  private: allow\n"
        "  max-addresses: 1000\n"
        "  type: TYPE65300\n"
        "zones:\n"
        "  - name: Example.COM\n"
        "    file: zones/example.com.zone\n"
        "  - {name: example.net., file: /srv/example.net.zone, flatten: all}\n"
        "  - {name: ., file: root.zone, flatten: none}\n");
    EXPECT_THAT(config.server.addresses,
                testing::ElementsAre(ip("10.53.0.1"), ip("2001:db8:53::1")));
    EXPECT_EQ(config.server.port, 5353);
    EXPECT_THAT(config.server.workers, testing::ElementsAre(0U, 127U));
    EXPECT_THAT(config.server.worker_lines, testing::ElementsAre(4U, 4U));
    EXPECT_EQ(config.server.identity, "edge1");
    EXPECT_EQ(config.server.version, "1.0 beta");
    EXPECT_EQ(config.server.any, answer::AnyPolicy::hinfo);
    ASSERT_EQ(config.ports.size(), 2U);
    EXPECT_EQ(config.ports[0].device, "net_af_xdp0,iface=eth1");
    EXPECT_EQ(config.ports[1].device, "0000:03:00.0");
    EXPECT_EQ(config.ports[0].kernel.path, KernelConfig::Path::automatic);
    EXPECT_EQ(config.ports[1].mtu, 9000U);
    EXPECT_EQ(config.ports[1].kernel.path, KernelConfig::Path::on);
    EXPECT_EQ(config.ports[1].kernel.interface, "apex1");
    EXPECT_EQ(config.ports[1].kernel.addresses,
              (std::vector<std::string>{"192.0.2.1/24", "2001:db8::1/64"}));
    EXPECT_EQ(config.ports[1].kernel.rate, 5000U);
    EXPECT_EQ(config.tcp, (TcpLimits{.connections = 0, .per_client = 7, .idle = 60}));
    EXPECT_EQ(config.control.socket, "/tmp/apexd.sock");
    EXPECT_EQ(config.control.metrics, "[::1]:9153");
    EXPECT_EQ(config.control.state, "/tmp/state");
    EXPECT_THAT(config.resolver.confirm, testing::ElementsAre(Upstream{ip("192.0.2.2")}));
    EXPECT_THAT(config.resolver.forward,
                testing::ElementsAre(Upstream{ip("192.0.2.1"), 5353}, Upstream{ip("2001:db8::1")}));
    EXPECT_EQ(config.alias.policy.ttl_min.seconds, 30U);
    EXPECT_EQ(config.alias.policy.ttl_max.seconds, 3U * 86400);
    EXPECT_EQ(wire::to_int(config.alias.type), 65300);
    EXPECT_EQ(config.alias.stale_max, 7200U);
    EXPECT_EQ(config.alias.confirmations, 2U);
    EXPECT_EQ(config.alias.addresses, (AddressLimits{.private_allowed = true, .most = 1000}));
    ASSERT_EQ(config.zones.size(), 3U);
    EXPECT_EQ(config.zones[0].name.wire(), root_based("\7example\3com"));
    EXPECT_EQ(config.zones[0].file, directory_ / "zones/example.com.zone");
    EXPECT_EQ(config.zones[0].flatten, Flatten::apex);
    EXPECT_EQ(config.zones[0].line, 32U);
    EXPECT_EQ(config.zones[1].file, "/srv/example.net.zone");
    EXPECT_EQ(config.zones[1].flatten, Flatten::all);
    EXPECT_EQ(config.zones[1].line, 34U);
    EXPECT_TRUE(config.zones[2].name.is_root());
    EXPECT_EQ(config.zones[2].flatten, Flatten::none);
}

TEST_F(ConfigTest, ZonesMayBeEmpty) {
    EXPECT_TRUE(good(minimal + "zones:\n").zones.empty());
    EXPECT_TRUE(good(minimal + "zones: []\n").zones.empty());
}

TEST_F(ConfigTest, DurationsInEveryUnit) {
    const std::pair<const char*, std::uint32_t> durations[] = {
        {"0", 0},     {"300", 300},   {"30s", 30},    {"5m", 300},
        {"2h", 7200}, {"3d", 259200}, {"1h30m", 5400}};
    for (const auto& [text, seconds] : durations) {
        const Config config = good(minimal + "alias:\n  ttl-min: " + text + "\n  ttl-max: 30d\n");
        EXPECT_EQ(config.alias.policy.ttl_min.seconds, seconds) << text;
    }
}

TEST_F(ConfigTest, UnknownDuplicateAndMissingKeys) {
    const BadCase cases[] = {
        {"server:\n  workers: [1]\n\n  adresses: [10.0.0.1]\n",
         "apexd.yaml:4: unknown key \"adresses\" in \"server\"; did you mean \"addresses\"?"},
        {"sever:\n  workers: [1]\n",
         "apexd.yaml:1: unknown key \"sever\"; did you mean \"server\"?"},
        {"ports:\n  - device: a\n    mtu: 1279\n",
         "apexd.yaml:3: \"mtu\" in \"ports\" is \"1279\"; expected a number from 1280 to 9600"},
        {"ports:\n  - device: a\n    kernel: off\n",
         "apexd.yaml:3: \"kernel\" in \"ports\" is \"off\"; expected none, or a map"},
        {"ports:\n  - device: a\n    kernel:\n      interface: much-too-long-name\n",
         "apexd.yaml:4: \"interface\" in \"kernel\" is \"much-too-long-name\"; expected a name of "
         "at most 15 "
         "characters"},
        {"ports:\n  - device: a\n    kernel:\n      addresses: [192.0.2.1]\n",
         "apexd.yaml:4: \"addresses\" in \"kernel\" has \"192.0.2.1\"; expected an IP address with "
         "its prefix, "
         "such as 192.0.2.1/24"},
        {"ports:\n  - device: a\n    kernel:\n      addresses: [192.0.2.1/33]\n",
         "apexd.yaml:4: \"addresses\" in \"kernel\" has \"192.0.2.1/33\"; expected an IP address "
         "with its "
         "prefix, such as 192.0.2.1/24"},
        {"ports:\n  - device: a\n    kernel:\n      rate: 0\n",
         "apexd.yaml:4: \"rate\" in \"kernel\" is \"0\"; expected a number of frames a second from "
         "1 to "
         "1000000"},
        {"ports:\n  - device: a\n  - devise: b\n",
         "apexd.yaml:3: unknown key \"devise\" in \"ports\"; did you mean \"device\"?"},
        {"control:\n  sock: a\n",
         "apexd.yaml:2: unknown key \"sock\" in \"control\"; did you mean \"socket\"?"},
        {"resolver:\n  forwarders: []\n",
         "apexd.yaml:2: unknown key \"forwarders\" in \"resolver\"; did you mean \"forward\"?"},
        {"alias:\n  ttl_max: 5\n",
         "apexd.yaml:2: unknown key \"ttl_max\" in \"alias\"; did you mean \"ttl-max\"?"},
        {"zones:\n  - name: example.com\n    fil: a\n",
         "apexd.yaml:3: unknown key \"fil\" in \"zones\"; did you mean \"file\"?"},
        {"alias:\n  \"a\\nb\": 5\n",
         "apexd.yaml:2: unknown key \"a?b\" in \"alias\"; did you mean \"type\"?"},
        {"server:\n  port: 53\n  workers: [1]\n  port: 54\n",
         "apexd.yaml:4: duplicate key \"port\" in \"server\"; it is already on line 2"},
        {"zones: []\nzones: []\n",
         "apexd.yaml:2: duplicate key \"zones\"; it is already on line 1"},
        {"ports:\n  - device: a\n",
         "apexd.yaml:1: \"server\" is missing; expected a map with \"addresses\" and \"workers\""},
        {"\nserver:\n  workers: [1]\n",
         "apexd.yaml:2: \"addresses\" is missing in \"server\"; expected a list of at least one IP "
         "address"},
        {"server:\n  addresses: [10.0.0.1]\n",
         "apexd.yaml:1: \"workers\" is missing in \"server\"; expected a list of at least one "
         "lcore number"},
        {"server:\n  addresses: [10.0.0.1]\n  workers: [1]\n",
         "apexd.yaml:1: \"ports\" is missing; expected a list of ports, each with \"device\""},
        {"ports:\n  - {}\n",
         "apexd.yaml:2: \"device\" is missing in \"ports\"; expected a PCI address, a DPDK vdev or "
         "\"sockets\""},
        {"zones:\n  - name: a\n    file: b\n  - name: example.com\n",
         "apexd.yaml:4: \"file\" is missing in \"zones\"; expected a path"},
        {"zones:\n  - file: a\n",
         "apexd.yaml:2: \"name\" is missing in \"zones\"; expected a domain name"},
        {"server:\n  ? [a]\n  : 5\n",
         "apexd.yaml:2: a key in \"server\" is a list; expected a word such as \"addresses\""},
    };
    for (const BadCase& c : cases) EXPECT_EQ(bad(c.text), c.message) << c.text;
}

TEST_F(ConfigTest, WrongTypesAndSyntax) {
    const BadCase cases[] = {
        {"", "apexd.yaml:1: the document is empty; expected a map with \"server\" and \"ports\""},
        {"- a\n",
         "apexd.yaml:1: the document is a list; expected a map with \"server\" and \"ports\""},
        {"server: 53\n",
         "apexd.yaml:1: \"server\" is \"53\"; expected a map with \"addresses\" and \"workers\""},
        {"ports:\n  device: a\n",
         "apexd.yaml:1: \"ports\" is a map; expected a list of ports, each with \"device\""},
        {"ports: []\n",
         "apexd.yaml:1: \"ports\" is an empty list; expected a list of ports, each with "
         "\"device\""},
        {"ports: [net_tap0]\n",
         "apexd.yaml:1: \"ports\" has \"net_tap0\"; expected a map with \"device\""},
        {"ports:\n  - device:\n",
         "apexd.yaml:2: \"device\" in \"ports\" is empty; expected a PCI address, a DPDK vdev or "
         "\"sockets\""},
        {"ports:\n  - device: \"\"\n",
         "apexd.yaml:2: \"device\" in \"ports\" is \"\"; expected a PCI address, a DPDK vdev or "
         "\"sockets\""},
        {"control:\n  state: \"\"\n",
         "apexd.yaml:2: \"state\" in \"control\" is \"\"; expected the path of a folder"},
        {"control: 5\n", "apexd.yaml:1: \"control\" is \"5\"; expected a map"},
        {"control:\n  socket: [a]\n",
         "apexd.yaml:2: \"socket\" in \"control\" is a list; expected a path of at most 107 "
         "octets"},
        {"zones:\n  a: b\n",
         "apexd.yaml:1: \"zones\" is a map; expected a list of zones, each with \"name\" and "
         "\"file\""},
        {"zones:\n  - example.com\n",
         "apexd.yaml:2: \"zones\" has \"example.com\"; expected a map with \"name\" and \"file\""},
        {"zones:\n  - name: a\n    file: {}\n",
         "apexd.yaml:3: \"file\" in \"zones\" is a map; expected a path"},
        {"server:\n  addresses: 10.0.0.1\n",
         "apexd.yaml:2: \"addresses\" in \"server\" is \"10.0.0.1\"; expected a list of at least "
         "one IP "
         "address"},
        {"server: [\n", "apexd.yaml:2: not valid YAML: end of sequence flow not found"},
        {"server:\n\tport: 53\n", "apexd.yaml:2: not valid YAML: illegal map value"},
        {"server: *nothing\n",
         "apexd.yaml:1: not valid YAML: the referenced anchor is not defined"},
        {"---\nzones: []\n---\nzones: []\n",
         "apexd.yaml:4: a second YAML document starts; expected one"},
    };
    for (const BadCase& c : cases) EXPECT_EQ(bad(c.text), c.message) << c.text;
}

TEST_F(ConfigTest, BadServerValues) {
    const BadCase cases[] = {
        {"addresses: []",
         "apexd.yaml:2: \"addresses\" in \"server\" is an empty list; expected a list of at least "
         "one IP "
         "address"},
        {"addresses: [10.0.0.1, 10.0.0]",
         "apexd.yaml:2: \"addresses\" in \"server\" has \"10.0.0\"; expected an IPv4 or IPv6 "
         "address"},
        {"addresses:\n    - 10.0.0.1\n    -\n",
         "apexd.yaml:2: \"addresses\" in \"server\" has an item that is empty; expected an IPv4 or "
         "IPv6 "
         "address"},
        {"addresses: [\"2001:db8::1\", \"2001:db8:0::1\"]",
         "apexd.yaml:2: address \"2001:db8:0::1\" is in \"addresses\" twice; expected each once"},
        {"workers: []",
         "apexd.yaml:2: \"workers\" in \"server\" is an empty list; expected a list of at least "
         "one lcore "
         "number"},
        {"workers:\n    - 1\n    - 128",
         "apexd.yaml:4: \"workers\" in \"server\" has \"128\"; expected an lcore number from 0 to "
         "127"},
        {"workers: [-1]",
         "apexd.yaml:2: \"workers\" in \"server\" has \"-1\"; expected an lcore number from 0 to "
         "127"},
        {"workers: [1, 2, 1]",
         "apexd.yaml:2: lcore \"1\" is in \"workers\" twice; expected each once"},
        {"port: 0",
         "apexd.yaml:2: \"port\" in \"server\" is \"0\"; expected a number from 1 to 65535"},
        {"port: 65536",
         "apexd.yaml:2: \"port\" in \"server\" is \"65536\"; expected a number from 1 to 65535"},
        {"port: 5x",
         "apexd.yaml:2: \"port\" in \"server\" is \"5x\"; expected a number from 1 to 65535"},
        {"port:",
         "apexd.yaml:2: \"port\" in \"server\" is empty; expected a number from 1 to 65535"},
        {"any: none", "apexd.yaml:2: \"any\" in \"server\" is \"none\"; expected rrset or hinfo"},
        {"port: [53]",
         "apexd.yaml:2: \"port\" in \"server\" is a list; expected a number from 1 to 65535"},
    };
    for (const BadCase& c : cases) {
        EXPECT_EQ(bad("server:\n  " + std::string(c.text)), c.message) << c.text;
    }
    for (const char* key : {"identity", "version"}) {
        const std::string start = "server:\n  " + std::string(key) + ": ";
        EXPECT_THAT(bad(start + std::string(129, 'i') + "\n"),
                    testing::EndsWith("; expected a text of at most 128 octets"));
    }
    const std::string longest(128, 'i');
    EXPECT_EQ(good("server:\n  identity: " + longest + minimal.substr(7)).server.identity, longest);
}

TEST_F(ConfigTest, AddressesAtWhichNobodyCanBeServed) {
    for (const char* text : {"0.0.0.0", "224.0.0.1", "239.255.255.255", "255.255.255.255",
                             "::", "ff02::1", "::ffff:224.0.0.1"}) {
        EXPECT_EQ(bad("server:\n  addresses:\n    - 10.0.0.1\n    - \"" + std::string(text) + "\""),
                  "apexd.yaml:4: \"addresses\" in \"server\" has \"" + std::string(text) +
                      "\"; expected the address of one host: not unspecified, multicast or "
                      "broadcast");
    }
}

TEST_F(ConfigTest, TheControlSocketsPathMustFitItsAddress) {
    const std::string longest = "/" + std::string(106, 's');
    EXPECT_EQ(good(minimal + "control:\n  socket: " + longest + "\n").control.socket, longest);
    const std::string shown = bad("control:\n  socket: " + longest + "s");
    EXPECT_TRUE(shown.starts_with("apexd.yaml:2: \"socket\" in \"control\" is \"/sss")) << shown;
    EXPECT_TRUE(shown.ends_with("; expected a path of at most 107 octets")) << shown;
}

TEST_F(ConfigTest, BadControlResolverAndAliasValues) {
    const std::string metrics_expected =
        "; expected ADDRESS:PORT, such as 127.0.0.1:9153 or [::1]:9153";
    for (const char* text : {"9153", "localhost:9153", "127.0.0.1:0", "127.0.0.1:65536",
                             "127.0.0.1", "::1:9153", "[127.0.0.1]:9153", "[]:9153"}) {
        EXPECT_EQ(bad("control:\n  metrics: \"" + std::string(text) + "\""),
                  "apexd.yaml:2: \"metrics\" in \"control\" is \"" + std::string(text) + "\"" +
                      metrics_expected);
    }
    for (const char* text : {"resolver.example", "192.0.2.1@", "192.0.2.1@0", "192.0.2.1@65536",
                             "@53", "192.0.2.1:53", "192.0.2.1@53@53"}) {
        EXPECT_EQ(bad("resolver:\n  forward: [\"" + std::string(text) + "\"]"),
                  "apexd.yaml:2: \"forward\" in \"resolver\" has \"" + std::string(text) +
                      "\"; expected ADDRESS or ADDRESS@PORT");
    }
    for (const char* text : {"soon", "5x", "-1", "5 m", "m", "1h5", "2147483648", "99999999999d"}) {
        EXPECT_EQ(bad("alias:\n  ttl-min: \"" + std::string(text) + "\""),
                  "apexd.yaml:2: \"ttl-min\" in \"alias\" is \"" + std::string(text) +
                      "\"; expected seconds, or a duration such as 30s, 5m, 2h or 3d, of at most "
                      "2147483647 s");
    }
    for (const char* text : {"65279", "65535", "ALIAS", "TYPE1", "TYPE", "1"}) {
        EXPECT_EQ(bad("alias:\n  type: " + std::string(text)),
                  "apexd.yaml:2: \"type\" in \"alias\" is \"" + std::string(text) +
                      "\"; expected a private-use type from 65280 to 65534, such as 65401 or "
                      "TYPE65401");
    }
    EXPECT_NE(bad("resolver: {forward: [\"2001:db8:0::1\"], confirm: [\"2001:db8::1@53\"]}")
                  .find("for a second opinion"),
              std::string::npos);
    EXPECT_EQ(bad("resolver: {forward: [192.0.2.1], confirm: [192.0.2.2, 192.0.2.1]}"),
              "apexd.yaml:1: \"confirm\" in \"resolver\" has \"192.0.2.1@53\", which is in "
              "\"forward\" too; expected somebody else, for a second opinion");
    EXPECT_EQ(bad("alias: {private: yes}"),
              "apexd.yaml:1: \"private\" in \"alias\" is \"yes\"; expected allow or refuse");
    for (const std::string count : {"0", "1001", "-1"}) {
        EXPECT_EQ(bad("alias: {max-addresses: " + count + "}"),
                  "apexd.yaml:1: \"max-addresses\" in \"alias\" is \"" + count +
                      "\"; expected a number from 1 to 1000");
    }
    for (const std::string count : {"0", "11", "x"}) {
        EXPECT_EQ(bad("alias: {confirmations: " + count + "}"),
                  "apexd.yaml:1: \"confirmations\" in \"alias\" is \"" + count +
                      "\"; expected a number from 1 to 10");
    }
    EXPECT_EQ(
        bad("tcp: {connections: 100001}"),
        "apexd.yaml:1: \"connections\" in \"tcp\" is \"100001\"; expected a number from 0, for "
        "no TCP, to 100000");
    EXPECT_EQ(
        bad("tcp: {per-client: 0}"),
        "apexd.yaml:1: \"per-client\" in \"tcp\" is \"0\"; expected a number from 1 to 100000");
    for (const std::string idle : {"0s", "2h", "x"}) {
        EXPECT_EQ(bad("tcp: {idle: " + idle + "}"),
                  "apexd.yaml:1: \"idle\" in \"tcp\" is \"" + idle +
                      "\"; expected a time from 1s to 1h, such as 10s");
    }
    EXPECT_EQ(bad(minimal + "alias:\n  ttl-min: 2m\n  ttl-max: 1m\n"),
              "apexd.yaml:6: \"ttl-min\" is 120 s, above \"ttl-max\", 60 s; expected at "
              "most that");
    EXPECT_EQ(
        bad("resolver:\n  forward: 192.0.2.1\n"),
        "apexd.yaml:2: \"forward\" in \"resolver\" is \"192.0.2.1\"; expected a list of ADDRESS or "
        "ADDRESS@PORT");
}

TEST_F(ConfigTest, BadZones) {
    const BadCase cases[] = {
        {"  - {name: a..b, file: f}\n", "apexd.yaml:2: \"a..b\" is not a domain name: Empty label"},
        {"  - {name: example.com, file: f}\n  - {name: EXAMPLE.com., file: g}\n",
         "apexd.yaml:3: zone \"EXAMPLE.com.\" is already on line 2; expected each zone once"},
        {"  - {name: a, file: f, flatten: some}\n",
         "apexd.yaml:2: \"flatten\" in \"zones\" is \"some\"; expected none, apex or all"},
    };
    for (const BadCase& c : cases) EXPECT_EQ(bad("zones:\n" + std::string(c.text)), c.message);
}

TEST_F(ConfigTest, FilesThatCannotBeRead) {
    const auto message = [](const std::filesystem::path& file) {
        return load_config(file).error().to_string();
    };
    const std::string missing = directory_ / "missing.yaml";
    EXPECT_EQ(message(missing), missing + ": cannot open: No such file or directory");
    EXPECT_EQ(message(directory_),
              directory_.string() + ": is not a regular file; expected a text file");

    const std::string fifo = directory_ / "fifo";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_EQ(message(fifo), fifo + ": is not a regular file; expected a text file");

    const std::string large = write("");
    std::filesystem::resize_file(large, (64U << 20) + 1);
    EXPECT_EQ(message(large), large + ": is larger than 67108864 octets, the most that is read");

    if (::geteuid() == 0) return;  // root reads everything
    std::filesystem::permissions(write(minimal), std::filesystem::perms::none);
    EXPECT_EQ(bad(""), "apexd.yaml: cannot open: Permission denied");
}

TEST_F(ConfigTest, DeepNestingIsAnErrorNotACrash) {
    const std::string deep(100000, '[');
    EXPECT_THAT(bad(deep), testing::StartsWith("apexd.yaml:1: not valid YAML: nested deeper"));
    EXPECT_THAT(bad("server: " + deep),
                testing::StartsWith("apexd.yaml:1: not valid YAML: nested deeper"));
    std::string maps;
    for (int i = 0; i < 20000; ++i) maps += "{a: ";
    EXPECT_THAT(bad(maps), testing::StartsWith("apexd.yaml:1: not valid YAML: nested deeper"));
}

TEST_F(ConfigTest, ManyZonesLoadQuickly) {
    std::string text = minimal + "zones:\n";
    for (int i = 0; i < 200000; ++i) {
        text += "  - name: zone" + std::to_string(i) + ".example\n    file: zone.zone\n";
    }
    const auto start = std::chrono::steady_clock::now();
    const Config config = good(text);
    const auto took = std::chrono::steady_clock::now() - start;
    EXPECT_EQ(config.zones.size(), 200000U);
    EXPECT_LT(took, std::chrono::seconds(60));  // linear; sanitizers and a busy machine included
}

}  // namespace
}  // namespace apex::control
