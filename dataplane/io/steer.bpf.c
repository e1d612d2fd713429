// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// XDP program of a net_af_xdp port: sends queries for served addresses to the
// poll loop's sockets and leaves everything else to the kernel. Loaded and
// attached by the PMD (xdp_prog=), its maps filled by xdp_steer.cc. Runs in the
// kernel, for each frame that the interface receives.

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define MAX_VLAN_TAGS 2
#define IPV4_HEADER_WORDS 5       /* an IHL without options */
#define IPV4_FRAGMENT_BITS 0x3fff /* more fragments, and the offset */

struct vlan_tag {
    __be16 tci;
    __be16 ethertype;
};

/* Sixteen octets, IPv4 as ::ffff:a.b.c.d, as wire::IpAddress has them. */
struct address {
    __u8 bytes[16];
};

/* The PMD looks this one up by name and puts its sockets in, by queue. */
struct {
    __uint(type, BPF_MAP_TYPE_XSKMAP);
    __uint(max_entries, 64);
    __type(key, __u32);
    __type(value, __u32);
} xsks_map SEC(".maps");

/* Map names are cut to 15 octets by the kernel: keep them no longer. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1024);
    __type(key, struct address);
    __type(value, __u8);
} steer_addresses SEC(".maps");

/* The served UDP port in network order; 0 until filled, which matches no query. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __be16);
} steer_port SEC(".maps");

static __always_inline int is_served(const struct address* address, const struct udphdr* udp,
                                     const void* end) {
    if ((const void*)(udp + 1) > end) return 0;
    __u32 zero = 0;
    const __be16* port = bpf_map_lookup_elem(&steer_port, &zero);
    if (!port || udp->dest != *port) return 0;
    return bpf_map_lookup_elem(&steer_addresses, address) != 0;
}

static __always_inline int is_ipv4_query(const void* data, const void* end) {
    const struct iphdr* ip = data;
    if ((const void*)(ip + 1) > end) return 0;
    if (ip->version != 4 || ip->ihl != IPV4_HEADER_WORDS) return 0;
    if (ip->protocol != IPPROTO_UDP) return 0;
    if (ip->frag_off & bpf_htons(IPV4_FRAGMENT_BITS)) return 0;

    struct address address = {.bytes = {[10] = 0xff, [11] = 0xff}};
    __builtin_memcpy(address.bytes + 12, &ip->daddr, sizeof(ip->daddr));
    return is_served(&address, (const struct udphdr*)(ip + 1), end);
}

static __always_inline int is_ipv6_query(const void* data, const void* end) {
    const struct ipv6hdr* ip = data;
    if ((const void*)(ip + 1) > end) return 0;
    if (ip->version != 6 || ip->nexthdr != IPPROTO_UDP) return 0;

    struct address address;
    __builtin_memcpy(address.bytes, &ip->daddr, sizeof(ip->daddr));
    return is_served(&address, (const struct udphdr*)(ip + 1), end);
}

SEC("xdp")
int apexdns_steer(struct xdp_md* ctx) {
    const void* data = (const void*)(long)ctx->data;
    const void* end = (const void*)(long)ctx->data_end;

    const struct ethhdr* eth = data;
    if ((const void*)(eth + 1) > end) return XDP_PASS;
    __be16 ethertype = eth->h_proto;
    data = eth + 1;

#pragma unroll
    for (int i = 0; i < MAX_VLAN_TAGS; i++) {
        if (ethertype != bpf_htons(ETH_P_8021Q) && ethertype != bpf_htons(ETH_P_8021AD)) break;
        const struct vlan_tag* tag = data;
        if ((const void*)(tag + 1) > end) return XDP_PASS;
        ethertype = tag->ethertype;
        data = tag + 1;
    }

    int is_query = 0;
    if (ethertype == bpf_htons(ETH_P_IP)) is_query = is_ipv4_query(data, end);
    if (ethertype == bpf_htons(ETH_P_IPV6)) is_query = is_ipv6_query(data, end);
    if (!is_query) return XDP_PASS;

    /* XDP_PASS when no socket polls this queue: the kernel then answers for it. */
    return (int)bpf_redirect_map(&xsks_map, ctx->rx_queue_index, XDP_PASS);
}

/* Map helpers are for GPL-compatible programs only. */
char _license[] SEC("license") = "Dual BSD/GPL";
