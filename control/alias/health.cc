// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/alias/health.hh"

#include <deque>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "control/alias/probe.hh"
#include "control/alias/timer.hh"

namespace apex::control {

using std::chrono::steady_clock;

struct HealthBoard::Impl {
    struct Check {
        Check(Impl& board, const HealthKey& the_key)
            : key(the_key), timer(board.base, [this, &board] { board.wait(*this); }) {}
        HealthKey key;
        std::size_t owners = 1;
        HealthState state;
        bool is_waiting = false;
        std::optional<Probe> probe;  ///< under way
        std::uint64_t attempt = 0;   ///< its number
        Timer timer;
    };

    explicit Impl(event_base* loop) : base(loop), turn(loop, [this] { take_turn(); }) {}

    void follow(const HealthKey& key);
    void unfollow(const HealthKey& key);
    void begin(const HealthKey& key, std::size_t owners);
    void remember(const HealthKey& key, const HealthState& state);
    const HealthState* find(const HealthKey& key) const;
    void wait(Check& check);
    void start_waiting();
    void start(Check& check);
    void take_turn();
    void finished(Check& check, const std::string& error);
    /// Attempts of many checks shall not come together.
    std::chrono::milliseconds part_of(std::uint32_t seconds, double least, double most) {
        const double part = std::uniform_real_distribution<double>(least, most)(random);
        return std::chrono::milliseconds(static_cast<std::int64_t>(part * 1000 * seconds));
    }

    event_base* base;
    OnChange on_change;
    HealthTotals totals;
    std::size_t unhealthy = 0;
    std::size_t under_way = 0;
    std::minstd_rand random{std::random_device{}()};
    std::deque<HealthKey> waiting;  ///< for their turn, some of them no longer asked for
    struct Ended {
        HealthKey key;
        std::uint64_t attempt;
        std::string error;
    };
    std::uint64_t attempts = 0;
    std::vector<Ended> ended;  ///< to be looked at
    Timer turn;
    std::map<HealthKey, Check> checks;
    struct Left {
        HealthState state;
        steady_clock::time_point until;
    };
    std::map<HealthKey, Left> left;  ///< unhealthy addresses that nobody asks for any more
    std::map<HealthKey, std::size_t> left_out;  ///< owners; beyond max_checks
};

void HealthBoard::Impl::follow(const HealthKey& key) {
    if (const auto found = checks.find(key); found != checks.end()) {
        ++found->second.owners;
        return;
    }
    if (checks.size() == max_checks) {
        ++totals.unchecked;
        ++left_out[key];
        return;
    }
    begin(key, 1);
}

void HealthBoard::Impl::begin(const HealthKey& key, std::size_t owners) {
    const HealthState* before = find(key);
    Check& check = checks.try_emplace(key, *this, key).first->second;
    check.owners = owners;
    check.state.since = std::chrono::system_clock::now();
    if (before != nullptr) {
        check.state = *before;
        ++unhealthy;
    }
    left.erase(key);
    check.timer.arm(part_of(key.check.interval, 0, 0.2));
}

void HealthBoard::Impl::unfollow(const HealthKey& key) {
    if (const auto out = left_out.find(key); out != left_out.end()) {
        if (--out->second == 0) left_out.erase(out);
        return;
    }
    const auto found = checks.find(key);
    if (found == checks.end() || --found->second.owners > 0) return;
    if (!found->second.state.healthy) {
        --unhealthy;
        remember(key, found->second.state);
    }
    if (found->second.probe) --under_way;
    checks.erase(found);
    if (!left_out.empty()) {
        const auto next = left_out.extract(left_out.begin());
        begin(next.key(), next.mapped());
    }
    start_waiting();
}

void HealthBoard::Impl::remember(const HealthKey& key, const HealthState& state) {
    const auto now = steady_clock::now();
    if (left.size() == max_remembered) {
        std::erase_if(left, [now](const auto& entry) { return entry.second.until <= now; });
    }
    if (left.size() < max_remembered) left.insert_or_assign(key, Left{state, now + remembered});
}

const HealthState* HealthBoard::Impl::find(const HealthKey& key) const {
    if (const auto made = checks.find(key); made != checks.end()) return &made->second.state;
    const auto was = left.find(key);
    return was != left.end() && steady_clock::now() < was->second.until ? &was->second.state
                                                                        : nullptr;
}

void HealthBoard::Impl::wait(Check& check) {
    if (check.probe) return check.timer.arm(std::chrono::seconds(1));
    if (under_way < max_under_way) return start(check);
    check.is_waiting = true;
    waiting.push_back(check.key);
}

void HealthBoard::Impl::start_waiting() {
    while (under_way < max_under_way && !waiting.empty()) {
        const auto found = checks.find(waiting.front());
        waiting.pop_front();
        // Asked for anew meanwhile, its own timer starts it.
        if (found == checks.end() || !std::exchange(found->second.is_waiting, false)) continue;
        start(found->second);
    }
}

void HealthBoard::Impl::start(Check& check) {
    ++under_way;
    check.timer.arm(part_of(check.key.check.interval, 0.9, 1.1));
    check.attempt = ++attempts;
    check.probe.emplace(base, check.key.check, check.key.address,
                        [this, &check](const std::string& error) {
                            ended.emplace_back(check.key, check.attempt, error);
                            turn.arm({});
                        });
}

/// Here, and not when a probe calls, for it and its check may go.
void HealthBoard::Impl::take_turn() {
    for (const auto& [key, attempt, error] : std::exchange(ended, {})) {
        const auto found = checks.find(key);
        if (found == checks.end() || found->second.attempt != attempt) continue;
        found->second.probe.reset();
        --under_way;
        finished(found->second, error);
    }
    start_waiting();
}

void HealthBoard::Impl::finished(Check& check, const std::string& error) {
    HealthState& state = check.state;
    const bool has_succeeded = error.empty();
    ++(has_succeeded ? totals.succeeded : totals.failed);
    ++state.attempts;
    state.last_error = error;
    state.row = has_succeeded == state.healthy ? 0 : state.row + 1;
    if (state.row == (state.healthy ? check.key.check.fall : check.key.check.rise)) {
        state.healthy = has_succeeded;
        state.row = 0;
        state.since = std::chrono::system_clock::now();
        unhealthy += has_succeeded ? -1 : 1;
        // Whoever is told may end the check.
        if (on_change) on_change(HealthKey(check.key), HealthState(state));
    }
}

HealthBoard::HealthBoard(event_base* base) : impl_(std::make_unique<Impl>(base)) {}

HealthBoard::~HealthBoard() = default;

void HealthBoard::set_on_change(OnChange on_change) {
    impl_->on_change = std::move(on_change);
}

void HealthBoard::follow(const HealthKey& key) {
    impl_->follow(key);
}

void HealthBoard::unfollow(const HealthKey& key) {
    impl_->unfollow(key);
}

const HealthState* HealthBoard::find(const HealthKey& key) const {
    return impl_->find(key);
}

std::size_t HealthBoard::checked() const {
    return impl_->checks.size();
}

std::size_t HealthBoard::unhealthy() const {
    return impl_->unhealthy;
}

const HealthTotals& HealthBoard::totals() const {
    return impl_->totals;
}

}  // namespace apex::control
