// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Implements resolver.hh.
//
// libunbound may call back from within ub_resolve_event() and ub_ctx_delete(), so
// an answer is only noted in its job; a timer hands finished jobs out, and never
// fires again once the resolver is being destroyed.
#include "control/alias/resolver.hh"

#include <ldns/ldns.h>
#include <unbound-event.h>
#include <unbound.h>

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "control/alias/answer_reader.hh"
#include "control/alias/stored_set.hh"
#include "control/alias/timer.hh"
#include "control/alias/unbound_context.hh"
#include "control/zone/name_text.hh"

namespace apex::control {
namespace {

enum class JobStage { waiting, asked, finished };

// libunbound's `sec` of an answer that failed validation, and of one that passed.
constexpr int bogus = 1;
constexpr int secure = 2;

// Who has failed more often in a row is one of many that a dead upstream leaves.
constexpr unsigned most_told_apart = 4;

}  // namespace

struct Resolver::Impl {
    struct Job {
        Job(Impl& owner, Id job_id, TargetKey target, Done callback, unsigned failed)
            : resolver(owner),
              id(job_id),
              key(std::move(target)),
              done(std::move(callback)),
              failures(std::min(failed, most_told_apart)) {}
        Impl& resolver;
        Id id;
        TargetKey key;
        Done done;
        unsigned failures;
        JobStage stage = JobStage::waiting;
        int async_id = 0;  ///< libunbound's, while asked
        std::unique_ptr<Timer> deadline_timer;
        Result<ResolvedSet> result;
    };

    Impl(event_base* base, ResolverConfig config, const AddressLimits& addresses)
        : base_(base),
          config_(std::move(config)),
          addresses_(addresses),
          resolver_text_(resolver_text(config_)),
          hand_out_(
              base, [this] { hand_out(); }, Timer::Turn::first),
          ask_more_(base, [this] { ask_more(); }) {}

    Id add(const TargetKey& key, Done done, unsigned failures);
    void started(const Job& job) {
        ++under_way_;
        if (job.failures > 0) ++retries_under_way_;
    }
    void ended(const Job& job) {
        --under_way_;
        if (job.failures > 0) --retries_under_way_;
    }
    std::optional<Id> take_next();
    void cancel(Id id);
    void hand_out();
    void ask_more();
    void ask(Job& job);
    void finish(Job& job, Result<ResolvedSet> result);
    void expire(Job& job);
    void read(Job& job, int rcode, std::span<const std::uint8_t> message, int security,
              const char* why_bogus);
    static void on_answer(void* argument, int rcode, void* packet, int size, int security,
                          char* why_bogus, int was_ratelimited);

    event_base* base_;
    ResolverConfig config_;
    AddressLimits addresses_;
    std::string resolver_text_;
    Id last_id_ = 0;
    std::size_t under_way_ = 0;
    std::size_t retries_under_way_ = 0;  ///< of these
    std::uint64_t bogus_ = 0;            ///< answers
    std::unordered_map<Id, Job> jobs_;
    /// Failures and id; ids ascend, so of as many failures this is first come, first served.
    using Waiting = std::set<std::pair<unsigned, Id>>;
    Waiting waiting_, waiting_retries_;
    Waiting& waiting(const Job& job) { return job.failures > 0 ? waiting_retries_ : waiting_; }
    std::vector<Id> finished_;  ///< their Done is due
    Timer hand_out_;
    Timer ask_more_;
    UnboundContext context_;  ///< last: freeing it calls back into all of the above
};

// NOLINTNEXTLINE(performance-unnecessary-value-param): `done` is moved, not copied
Resolver::Id Resolver::Impl::add(const TargetKey& key, Done done, unsigned failures) {
    const Id id = ++last_id_;
    const Job& job = jobs_.try_emplace(id, *this, id, key, std::move(done), failures).first->second;
    waiting(job).insert({job.failures, id});
    ask_more_.arm({});
    return id;
}

void Resolver::Impl::cancel(Id id) {
    const auto found = jobs_.find(id);
    if (found == jobs_.end()) return;
    Job& job = found->second;
    if (job.stage == JobStage::asked) {
        ub_cancel(context_.get(), job.async_id);
        ended(job);
        ask_more_.arm({});
    }
    waiting(job).erase({job.failures, id});
    jobs_.erase(found);
}

void Resolver::Impl::hand_out() {
    const std::vector<Id> due = std::exchange(finished_, {});
    for (const Id id : due) {
        auto job = jobs_.extract(id);
        if (!job.empty()) job.mapped().done(std::move(job.mapped().result));
    }
}

/// Some at a time, since what has been answered meanwhile is not to wait for all of them.
void Resolver::Impl::ask_more() {
    constexpr unsigned most_at_once = 8;
    for (unsigned asked = 0; asked < most_at_once; ++asked) {
        const auto next = take_next();
        if (!next) return;
        ask(jobs_.at(*next));
    }
    ask_more_.arm({});
}

/// Takes who is asked for next out of those that wait; none while all places are taken.
std::optional<Resolver::Id> Resolver::Impl::take_next() {
    if (under_way_ == max_under_way) return std::nullopt;
    const std::size_t most = waiting_.empty() ? max_retries_under_way : min_retries_under_way;
    const bool may_retry = !waiting_retries_.empty() && retries_under_way_ < most;
    Waiting& next = may_retry ? waiting_retries_ : waiting_;
    if (next.empty()) return std::nullopt;
    return next.extract(next.begin()).value().second;
}

void Resolver::Impl::ask(Job& job) {
    job.stage = JobStage::asked;
    started(job);
    if (!context_) {
        auto made = make_unbound_context(base_, config_);
        if (!made) return finish(job, std::unexpected(made.error()));
        context_ = std::move(*made);
    }
    const std::string name = to_text(job.key.target);
    const int status = ub_resolve_event(context_.get(), name.c_str(), wire::to_int(job.key.type),
                                        wire::class_in, &job, &Impl::on_answer, &job.async_id);
    if (job.stage == JobStage::finished) return;
    if (status != UB_NOERROR) {
        return finish(job, fail(std::string("libunbound took no query: ") + ub_strerror(status)));
    }
    job.deadline_timer = std::make_unique<Timer>(base_, [this, &job] { expire(job); });
    job.deadline_timer->arm(deadline);
}

void Resolver::Impl::finish(Job& job, Result<ResolvedSet> result) {
    if (result) {
        result->resolver = resolver_text_;
        result->resolved_at = std::chrono::system_clock::now();
    } else {
        result =
            fail(to_text(job.key) + " through " + resolver_text_ + ": " + result.error().message);
    }
    job.stage = JobStage::finished;
    job.result = std::move(result);
    if (job.deadline_timer) job.deadline_timer->disarm();
    ended(job);
    finished_.push_back(job.id);
    hand_out_.arm({});
    ask_more_.arm({});
}

void Resolver::Impl::expire(Job& job) {
    ub_cancel(context_.get(), job.async_id);
    finish(job, fail("no answer within " + std::to_string(deadline.count() / 1000) + " s"));
}

void Resolver::Impl::on_answer(void* argument, int rcode, void* packet, int size, int security,
                               char* why_bogus, int /*was_ratelimited*/) {
    Job& job = *static_cast<Job*>(argument);
    const bool has_packet = rcode == LDNS_RCODE_NOERROR && packet != nullptr && size > 0;
    job.resolver.read(
        job, rcode,
        {static_cast<const std::uint8_t*>(packet), has_packet ? static_cast<std::size_t>(size) : 0},
        security, why_bogus);
}

void Resolver::Impl::read(Job& job, int rcode, std::span<const std::uint8_t> message, int security,
                          const char* why_bogus) {
    if (security == bogus) {
        ++bogus_;
        return finish(job, fail(std::string("bogus (DNSSEC): ") +
                                (why_bogus != nullptr ? why_bogus : "no reason given")));
    }
    // libunbound does not tell a SERVFAIL it received from servers that stay silent.
    if (rcode == LDNS_RCODE_SERVFAIL) {
        return finish(job, fail("SERVFAIL, or nobody answered"));
    }
    if (rcode != LDNS_RCODE_NOERROR) {
        return finish(job, fail("RCODE " + std::to_string(rcode)));
    }
    auto set = read_answer(job.key, message, addresses_);
    if (set) {
        set->validation = config_.trust_anchors.empty() ? Validation::off
                          : security == secure          ? Validation::secure
                                                        : Validation::insecure;
    }
    finish(job, std::move(set));
}

Resolver::Resolver(event_base* base, ResolverConfig config, const AddressLimits& addresses)
    : impl_(std::make_unique<Impl>(base, std::move(config), addresses)) {}

Resolver::~Resolver() = default;

Resolver::Id Resolver::resolve(const TargetKey& key, Done done, unsigned failures) {
    return impl_->add(key, std::move(done), failures);
}

void Resolver::cancel(Id id) {
    impl_->cancel(id);
}

std::uint64_t Resolver::bogus_count() const {
    return impl_->bogus_;
}

}  // namespace apex::control
