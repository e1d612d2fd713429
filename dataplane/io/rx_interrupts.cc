// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/io/rx_interrupts.hh"

#include <rte_ethdev.h>
#include <rte_interrupts.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

namespace apex::io {

namespace {

constexpr int longest_wait = 10;  // milliseconds; then the worker looks whether to stop

}  // namespace

RxInterrupts::RxInterrupts(std::uint16_t queue)
    : queue_(queue), wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

void RxInterrupts::watch(bool on) noexcept {
    const int operation = on ? RTE_INTR_EVENT_ADD : RTE_INTR_EVENT_DEL;
    for (const std::uint16_t port : ports_) {
        usable_ = usable_ && rte_eth_dev_rx_intr_ctl_q(port, queue_, RTE_EPOLL_PER_THREAD,
                                                       operation, nullptr) == 0;
    }
    if (!usable_) return;
    wake_event_.epdata.event = EPOLLIN;
    rte_epoll_ctl(RTE_EPOLL_PER_THREAD, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, wake_.get(),
                  &wake_event_);
}

// Some drivers cannot switch them and have them always on.

void RxInterrupts::enable() noexcept {
    for (const std::uint16_t port : ports_) rte_eth_dev_rx_intr_enable(port, queue_);
}

void RxInterrupts::disable() noexcept {
    for (const std::uint16_t port : ports_) rte_eth_dev_rx_intr_disable(port, queue_);
}

bool RxInterrupts::wait() noexcept {
    rte_epoll_event event;
    const bool raised = rte_epoll_wait(RTE_EPOLL_PER_THREAD, &event, 1, longest_wait) > 0;
    std::uint64_t times = 0;
    [[maybe_unused]] const int none = ::eventfd_read(wake_.get(), &times);
    return raised;
}

}  // namespace apex::io
