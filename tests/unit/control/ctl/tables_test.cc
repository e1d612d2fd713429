// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What people see of each result, and that no shape of a result can hurt.

#include "control/ctl/tables.hh"

#include <gtest/gtest.h>

#include "control/ctl/commands.hh"

namespace apex::control {
namespace {

using nlohmann::json;

json status() {
    return json::parse(R"({"version":"0.1.0","pid":42,"uptime_seconds":3661,
      "addresses":["10.53.0.1","2001:db8:53::1"],"port":53,"hugepages":false,"vectors":"AVX2",
      "workers":[{"lcore":1},{"lcore":2}],
      "ports":[{"device":"net_af_xdp0,iface=eth1","driver":"net_af_xdp","link":"up"}],
      "zones":{"served":2,"failed":1},
      "failed_zones":[{"name":"bad.example.","served":false,"error":"bad.zone:3: no SOA"},
                      {"name":"old.example.","served":true,"error":"old.zone:9: no type"}],
      "alias":{"targets":1,"resolved":1,"failing":0,"stale":0,"expired":0},
      "config":{"file":"/etc/apexd.yaml","restart_needed":["server.port"]}})");
}

json explanation() {
    return json::parse(R"({"owner":"example.com.","zone":"example.com.","alias_ttl":300,"targets":[
      {"target":"cdn.example.net.","types":[
        {"type":"A","state":"ok","answer":"addresses","at_home":false,
         "addresses":["192.0.2.10","192.0.2.11"],"served_ttl":5,
         "ttl_rule":"minimum over the chain",
         "chain":[{"owner":"cdn.example.net.","type":"CNAME","ttl":60,"next":"edge.example.net."},
                  {"owner":"edge.example.net.","type":"A","ttl":5,"next":null}],
         "resolver":"192.0.2.1@5353","resolved_at":"2026-01-02T03:04:05Z","age_seconds":3,
         "next_refresh":"2026-01-02T03:04:09Z","next_refresh_in":1,
         "last_error":null,"failures":0,"resolutions":12,"changes":1},
        {"type":"AAAA","state":"failing","answer":null,"next_refresh":"2026-01-02T03:04:09Z",
         "next_refresh_in":1,"last_error":"SERVFAIL","failures":2,"resolutions":2,"changes":0}]}]})");
}

/// One type of one target as `alias explain` shows it.
std::string explained(const char* type) {
    const json result{{"targets", {{{"target", "t."}, {"types", {json::parse(type)}}}}}};
    const std::string text = render("alias.explain", result, {});
    return text.substr(text.find("    A: "));
}

TEST(Tables, status) {
    EXPECT_EQ(render("status", status(), {}),
              "apexd:          0.1.0, pid 42, up 1h 1m\n"
              "addresses:      10.53.0.1, 2001:db8:53::1 port 53\n"
              "workers:        lcore 1, 2\n"
              "port:           net_af_xdp0,iface=eth1 (net_af_xdp), link up\n"
              "hugepages:      no\n"
              "vectors:        AVX2\n"
              "zones:          2 served, 1 failed\n"
              "  bad.example. failed: bad.zone:3: no SOA\n"
              "  old.example. failed, served as before: old.zone:9: no type\n"
              "alias:          1 target: 1 resolved, 0 failing, 0 stale, 0 expired\n"
              "config:         /etc/apexd.yaml\n"
              "restart needed: changed in the file, not in the daemon: server.port\n");
}

TEST(Tables, status_shows_the_store_and_its_trouble) {
    json result = status();
    result["store"] = {{"file", "/var/lib/apexdns/alias.db"}, {"trouble", nullptr}};
    EXPECT_NE(render("status", result, {}).find("\nstore:          /var/lib/apexdns/alias.db\n"),
              std::string::npos);
    result["store"]["trouble"] = "/var/lib/apexdns/alias.db: database or disk is full";
    EXPECT_NE(render("status", result, {})
                  .find("\nstore:          failing: /var/lib/apexdns/alias.db: database or disk"),
              std::string::npos);
}

TEST(Tables, stats_show_what_the_store_did) {
    const json result = json::parse(R"({"store":{"written":1,"unwritten":2,"failures":3}})");
    EXPECT_NE(render("stats", result, {})
                  .find("store:          1 set written, 2 published without, 3 failures\n"),
              std::string::npos);
}

TEST(Tables, status_lists_the_alarms) {
    json result = status();
    result["alias"]["alarms"] = 1;
    result["alarms"] = json::parse(R"([{"target":"cdn.","type":"A","kind":"nxdomain",
        "since":"2026-01-02T03:04:05Z","why":"cdn. does not exist"}])");
    const std::string text = render("status", result, {});
    EXPECT_NE(text.find("alarms:         1\n"
                        "  cdn. A nxdomain since 2026-01-02T03:04:05Z: cdn. does not exist\n"),
              std::string::npos)
        << text;
}

TEST(Tables, stats_show_zeros_only_when_asked) {
    const json result = json::parse(R"({"counters":{"answered":30,"dropped":0},
      "workers":[{"lcore":1,"counters":{"answered":10,"dropped":0}},
                 {"lcore":2,"counters":{"answered":20,"dropped":0}}],
      "table":{"names":5,"zones":1,"bytes":1000,"mapped_bytes":4096,"hugepage_bytes":0,"bytes_per_name":200},
      "process":{"resident_bytes":9000,"hugetlb_bytes":8192},
      "tcp":{"open":2,"accepted":9,"idle":3,"displaced":1,"refused":4,"misused":5,
             "counters":{"answer":6,"nxdomain":7}},
      "sockets":{"counters":{"answer":1,"nxdomain":0,"tx_full":1}},
      "alias":{"resolutions":1,"changes":2,"failures":0,"alarms":1,
               "publishing":{"count":2,"p50_us":80,"p99_us":900,"max_us":901}}})");
    EXPECT_EQ(render("stats", result, {}),
              "COUNTER   TOTAL  LCORE 1  LCORE 2\n"
              "answered     30       10       20\n"
              "\n"
              "table:          5 names in 1 zone, 1000 bytes (200 a name)\n"
              "memory:         4096 bytes mapped, 0 of them on huge pages; the process: "
              "9000 resident, and 8192 of huge pages\n"
              "sockets:        1 query that came by the kernel\n"
              "tcp:            2 open of 9 connections, 13 queries; closed: 3 idle, 1 displaced, "
              "4 refused, 5 misused\n"
              "alias:          1 resolution, 2 changes, 0 failures, 1 alarm\n"
              "publishing:     half of the changes within 80 us of the answer, 99 % within 900 us, "
              "all within 901 us\n");
    EXPECT_NE(render("stats", result, {.zeros = true}).find("\ndropped       0        0"),
              std::string::npos);
}

TEST(Tables, zones) {
    const json zone = json::parse(R"({"name":"example.com.","state":"served","serial":7,"names":3,
      "records":9,"aliases":1,"file":"e.zone","loaded_at":"2026-01-02T03:04:05Z","error":null})");
    json failed = zone;
    failed["name"] = "b.";
    failed["state"] = "failed";
    failed["serial"] = nullptr;
    failed["error"] = "b.zone:1: no SOA";
    EXPECT_EQ(
        render("zone.list", {{"zones", {zone, failed}}}, {}),
        "ZONE          STATE   SERIAL  NAMES  RECORDS  ALIASES  LOADED                FILE\n"
        "example.com.  served       7      3        9        1  2026-01-02T03:04:05Z  e.zone\n"
        "b.            failed       -      3        9        1  2026-01-02T03:04:05Z  e.zone\n"
        "\n"
        "b.: b.zone:1: no SOA\n");
    json shown = zone;
    shown["warnings"] = {"e.zone:4: TTL 0"};
    shown["owners"] = json::parse(R"([{"owner":"example.com.","rrsets":[
      {"type":"MX","ttl":60,"rdata":["10 a.example.com.","20 b.example.com."]}]}])");
    shown["truncated"] = true;
    const std::string text = render("zone.show", shown, {});
    EXPECT_NE(text.find("contents:       3 names, 9 records, 1 alias\n"), std::string::npos)
        << text;
    EXPECT_NE(text.find("warning:        e.zone:4: TTL 0\n"), std::string::npos) << text;
    EXPECT_NE(text.find("example.com.   60  MX    20 b.example.com.\n"), std::string::npos) << text;
    EXPECT_NE(text.find("has more"), std::string::npos) << text;
}

TEST(Tables, reloads) {
    EXPECT_EQ(
        render("zone.reload", json::parse(R"({"ok":false,"zones":[{"name":"a.","state":"served",
                     "serial":3,"changed_names":0,"error":"a.zone:9: what is this"}]})"),
               {}),
        "ZONE  STATE   SERIAL  CHANGED  ERROR\n"
        "a.    served       3        0  a.zone:9: what is this\n");
    EXPECT_EQ(render("config.reload",
                     json::parse(R"({"ok":false,"added":["b."],"removed":[],"reloaded":[],
                     "failed":[{"name":"c.","error":"c.zone: gone"}],"restart_needed":["server.port"]})"),
                     {}),
              "added:          b.\n"
              "c. failed: c.zone: gone\n"
              "restart needed: server.port\n");
    EXPECT_EQ(render("config.reload", {{"ok", true}}, {}), "nothing has changed\n");
}

TEST(Tables, alias_list) {
    EXPECT_EQ(render("alias.list",
                     json::parse(R"({"aliases":[{"owner":"example.com.","zone":"example.com.",
                     "target":"cdn.example.net.","type":"A","state":"ok","addresses":["192.0.2.1","192.0.2.2"],
                     "ttl":5,"next_refresh_in":4},
                     {"owner":"example.com.","target":"cdn.example.net.","type":"AAAA",
                     "state":"ok","answer":"nodata","addresses":[],"ttl":5,"next_refresh_in":4}]})"),
                     {}),
              "OWNER         TARGET            TYPE  STATE  TTL  REFRESH IN  ADDRESSES\n"
              "example.com.  cdn.example.net.  A     ok       5  4s          192.0.2.1, 192.0.2.2\n"
              "example.com.  cdn.example.net.  AAAA  ok       5  4s          no such type\n");
}

TEST(Tables, alias_list_says_when_there_are_more) {
    json result = json::parse(R"({"aliases":[{"owner":"a.","type":"A"}],"truncated":true})");
    EXPECT_TRUE(render("alias.list", result, {}).ends_with("\n(there are more than are shown)\n"));
    result["truncated"] = false;
    EXPECT_EQ(render("alias.list", result, {}).find("more"), std::string::npos);
}

TEST(Tables, alias_history) {
    EXPECT_EQ(
        render("alias.history",
               json::parse(R"({"owner":"a.","targets":[{"target":"cdn.","type":"A","sets":[
                     {"since":"2026-01-02T03:04:05Z","answer":"nxdomain","ttl":5,"addresses":[],
                      "added":[],"removed":["192.0.2.1"],"resolver":"recursion"},
                     {"since":"2026-01-02T03:00:00Z","answer":"addresses","ttl":5,
                      "addresses":["192.0.2.1"],"added":["192.0.2.1"],"removed":[],
                      "resolver":"recursion"}]}]})"),
               {}),
        "TARGET  TYPE  SINCE                 TTL  SET           ADDED      REMOVED    SAID BY\n"
        "cdn.    A     2026-01-02T03:04:05Z    5  no such name  -          192.0.2.1  recursion\n"
        "cdn.    A     2026-01-02T03:00:00Z    5  192.0.2.1     192.0.2.1  -          recursion\n");
    EXPECT_EQ(render("alias.history", {{"targets", json::array()}}, {}),
              "nothing has been published of a target outside our zones\n");
}

TEST(Tables, events_are_a_line_each) {
    const struct {
        const char* params;
        const char* line;
    } cases[] = {
        {R"({"event":"changed","time":"T","target":"cdn.","type":"A","answer":"addresses","ttl":5,
             "addresses":["192.0.2.2"],"added":["192.0.2.2"],"removed":["192.0.2.1"]})",
         "T  changed     cdn. A: 192.0.2.2, TTL 5 (added 192.0.2.2; removed 192.0.2.1)\n"},
        {R"({"event":"changed","time":"T","target":"cdn.","type":"A","answer":"addresses","ttl":9,
             "addresses":["192.0.2.2"],"added":[],"removed":[]})",
         "T  changed     cdn. A: 192.0.2.2, TTL 9\n"},
        {R"({"event":"changed","time":"T","target":"cdn.","type":"A","answer":"nxdomain","ttl":5,
             "addresses":[],"added":[],"removed":["192.0.2.2"]})",
         "T  changed     cdn. A: no such name, TTL 5 (removed 192.0.2.2)\n"},
        {R"({"event":"failing","time":"T","target":"cdn.","type":"A","error":"E","served":true})",
         "T  failing     cdn. A: E; its last good set stays in service\n"},
        {R"({"event":"alarm","time":"T","target":"cdn.","type":"A","kind":"replaced","why":"W",
             "since":"S"})",
         "T  alarm       cdn. A: replaced, W\n"},
        {R"({"event":"alarm-over","time":"T","target":"cdn.","type":"A","kind":"replaced",
             "why":"W","since":"S"})",
         "T  alarm-over  cdn. A: replaced, since S\n"},
        {R"({"event":"recovered","time":"T","target":"cdn.","type":"A"})",
         "T  recovered   cdn. A\n"},
        {R"({"event":"zone","time":"T","zone":"z.","fate":"loaded","serial":7,"served":true})",
         "T  zone        z.: loaded, serial 7\n"},
        {R"({"event":"zone","time":"T","zone":"z.","fate":"failed","error":"E","served":true})",
         "T  zone        z.: not loaded: E; the version in service stays\n"},
        {R"({"event":"zone","time":"T","zone":"z.","fate":"gone"})",
         "T  zone        z.: out of service\n"},
        {R"({"event":"new","time":"T","target":"cdn.","type":"A"})", "T  new         cdn. A\n"},
    };
    for (const auto& test : cases) {
        EXPECT_EQ(render("watch", json::parse(test.params), {}), test.line);
    }
}

TEST(Tables, alias_refresh) {
    EXPECT_EQ(render("alias.refresh", json::parse(R"({"ok":false,"asked":3,"changed":1,"failed":1,
                     "gone":1,"targets":[{"target":"a.","type":"A","changed":true,"error":null},
                     {"target":"b.","type":"A","changed":false,"error":"SERVFAIL"}],
                     "truncated":false})"),
                     {}),
              "3 targets and types asked for: 1 changed, 1 failed\n"
              "TARGET  TYPE  OUTCOME  ERROR\n"
              "a.      A     changed  -\n"
              "b.      A     failed   SERVFAIL\n"
              "1 of them are followed no more, for a zone was loaded meanwhile; run it again\n");
    EXPECT_EQ(render("alias.refresh", {{"asked", 0}, {"gone", 0}}, {}),
              "nothing to ask: zones served here have the answer\n");
}

TEST(Tables, alias_explain_tells_the_story) {
    EXPECT_EQ(render("alias.explain", explanation(), {}),
              "example.com. is an ALIAS in zone example.com., its own TTL 300\n"
              "  follows cdn.example.net.\n"
              "    A: ok, 2 addresses\n"
              "      cdn.example.net.  CNAME  TTL 60  -> edge.example.net.\n"
              "        edge.example.net.  A  TTL 5\n"
              "          192.0.2.10\n"
              "          192.0.2.11\n"
              "      served TTL  5, set by minimum over the chain\n"
              "      resolved    by 192.0.2.1@5353 at 2026-01-02T03:04:05Z (3s ago)\n"
              "      refresh     at 2026-01-02T03:04:09Z (in 1s)\n"
              "      so far      12 resolutions, 1 change, 0 failures in a row\n"
              "    AAAA: failing, not resolved yet\n"
              "      refresh     at 2026-01-02T03:04:09Z (in 1s)\n"
              "      so far      2 resolutions, 0 changes, 2 failures in a row\n"
              "      last error  SERVFAIL\n");
}

TEST(Tables, alias_explain_says_what_is_from_before_the_start) {
    const std::string text = explained(R"({"type":"A","state":"stale","answer":"addresses",
      "resolver":"r","resolved_at":"2026-01-02T03:04:05Z","age_seconds":3,"restored":true})");
    EXPECT_NE(text.find("resolved    by r at 2026-01-02T03:04:05Z (3s ago, before this start)\n"),
              std::string::npos)
        << text;
}

TEST(Tables, alias_explain_of_a_first_resolution_under_way) {
    EXPECT_EQ(explained(R"({"type":"A","state":"pending","answer":null,"addresses":[],
                "served_ttl":null,"ttl_rule":null,"chain":[],"resolver":null,"resolved_at":null,
                "age_seconds":null,"next_refresh":null,"next_refresh_in":null,"last_error":null,
                "failures":0,"resolutions":1,"changes":0})"),
              "    A: pending, not resolved yet\n"
              "      refresh     the first one is under way\n"
              "      so far      1 resolution, 0 changes, 0 failures in a row\n");
}

TEST(Tables, alias_explain_tells_a_missing_name_from_a_missing_type) {
    const std::string rest = R"("type":"A","state":"ok","addresses":[],"served_ttl":5,
                "ttl_rule":"minimum over the chain","resolver":"r","next_refresh_in":1,
                "resolved_at":"2026-01-02T03:04:05Z","age_seconds":3,
                "next_refresh":"2026-01-02T03:04:09Z","last_error":null,
                "failures":0,"resolutions":1,"changes":1})";
    const std::string end =
        "      served TTL  5, set by minimum over the chain\n"
        "      resolved    by r at 2026-01-02T03:04:05Z (3s ago)\n"
        "      refresh     at 2026-01-02T03:04:09Z (in 1s)\n"
        "      so far      1 resolution, 1 change, 0 failures in a row\n";
    EXPECT_EQ(explained((R"({"answer":"nxdomain","chain":[],)" + rest).c_str()),
              "    A: ok, no such name (NXDOMAIN)\n" + end);
    EXPECT_EQ(explained((R"({"answer":"nodata","chain":[{"owner":"t.","type":"CNAME","ttl":5,
                         "next":"u."}],)" +
                         rest)
                            .c_str()),
              "    A: ok, no such type (NODATA)\n      t.  CNAME  TTL 5  -> u.\n" + end);
}

TEST(Tables, alias_explain_of_a_target_in_our_own_zones) {
    EXPECT_EQ(explained(R"({"type":"A","state":"ok","at_home":true,"answer":"addresses",
                "addresses":["192.0.2.1"],"served_ttl":60,"ttl_rule":"minimum over the chain",
                "chain":[{"owner":"www.example.org.","type":"A","ttl":60,"next":null}],
                "resolver":null,"resolved_at":null,"reason":null,"last_error":null})"),
              "    A: ok, 1 address\n"
              "      www.example.org.  A  TTL 60\n"
              "        192.0.2.1\n"
              "      resolved    from our own zones, it follows them at once\n"
              "      served TTL  60, set by minimum over the chain\n");
    EXPECT_EQ(explained(R"({"type":"A","state":"failing","at_home":true,"answer":null,
                "addresses":[],"served_ttl":null,"chain":[],"resolved_at":null,
                "reason":"a loop: a. -> b. -> a."})"),
              "    A: failing, not to be resolved\n"
              "      reason      a loop: a. -> b. -> a.\n");
}

TEST(Tables, alias_explain_tells_each_rung_and_the_error_that_goes_with_it) {
    const std::string rest = R"(,"resolver":"r","resolved_at":"2026-01-02T03:04:05Z",
        "age_seconds":3,"next_refresh":"2026-01-02T03:04:09Z","next_refresh_in":1,
        "failures":2,"resolutions":9,"changes":3})";
    const std::string expired = explained((R"({"type":"A","state":"failing","rung":"expired",
        "answer":null,"reason":"t. has not been resolved for too long")" +
                                           rest)
                                              .c_str());
    EXPECT_TRUE(
        expired.starts_with("    A: failing, resolved too long ago to be served\n"
                            "      reason      t. has not been resolved for too long\n"
                            "      resolved    by r at 2026-01-02T03:04:05Z (3s ago)\n"))
        << expired;
    const std::string loop = explained((R"({"type":"A","state":"failing","rung":"fresh",
        "answer":null,"reason":"a loop: a. -> t. -> a.")" +
                                        rest)
                                           .c_str());
    EXPECT_TRUE(
        loop.starts_with("    A: failing, not to be resolved\n"
                         "      reason      a loop: a. -> t. -> a.\n"))
        << loop;
    const std::string served = render("alias.explain", json::parse(R"({"served":[
        {"type":"A","ttl":30,"ede":3,"reason":"t. cannot be resolved"},
        {"type":"AAAA","ttl":null,"ede":22,"reason":"a loop: a. -> t. -> a."}]})"),
                                      {});
    EXPECT_NE(served.find("\n  A is served with EDE 3: t. cannot be resolved\n"
                          "  AAAA is served as SERVFAIL, with EDE 22: a loop: a. -> t. -> a.\n"),
              std::string::npos)
        << served;
}

TEST(Tables, alias_explain_says_how_targets_and_records_go_together) {
    json result = explanation();
    result["siblings"] = "fallback";
    result["merged"] = false;
    const std::string text = render("alias.explain", result, {});
    EXPECT_NE(text.find("\n  of its own addresses: served when no target has any\n"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find("several targets"), std::string::npos) << "it has one";
    result["targets"].push_back(result["targets"][0]);
    result["siblings"] = "merge";
    const std::string more = render("alias.explain", result, {});
    EXPECT_NE(more.find("\n  of its own addresses: served with the targets'\n"
                        "  of several targets: the first that has any\n"),
              std::string::npos)
        << more;
}

TEST(Tables, alias_explain_says_what_an_answer_has_no_room_for) {
    const std::string text = explained(R"({"type":"A","state":"ok","left_out":36,
        "refused":[{"address":"127.0.0.1","why":"loopback"}]})");
    EXPECT_NE(text.find("      refused     127.0.0.1, loopback\n"), std::string::npos) << text;
    EXPECT_NE(text.find("      left out    36 addresses of all targets together, more than one "
                        "answer may have\n"),
              std::string::npos)
        << text;
}

/// Every document that differs from `whole` in one member, at any depth.
void each_damaged(json& whole, json& part, const std::function<void(const json&)>& visit) {
    for (const char* odd : {"null", "7", "\"x\"", "[]", "[1,[],{}]", "{}", "{\"a\":[]}", "true"}) {
        json kept = std::exchange(part, json::parse(odd));
        visit(whole);
        part = std::move(kept);
    }
    if (!part.is_structured()) return;
    for (json& inner : part) each_damaged(whole, inner, visit);
}

TEST(Tables, no_result_of_any_shape_hurts) {
    for (json result : {status(), explanation(),
                        json{{"zones", {status()}},
                             {"owners", {explanation()}},
                             {"aliases", {status()}},
                             {"failed", {1}}}}) {
        each_damaged(result, result, [](const json& damaged) {
            for (const Command& command : commands()) {
                const std::string text =
                    render(command.method, damaged, {.colour = true, .zeros = true});
                ASSERT_TRUE(text.ends_with('\n')) << command.method;
            }
        });
    }
}

}  // namespace
}  // namespace apex::control
