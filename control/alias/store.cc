// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Implements store.hh. One job at a time is with the writer. What comes meanwhile waits,
// and goes as one transaction: publications first, then what nobody waits for, in small
// portions.
#include "control/alias/store.hh"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "control/alias/store_file.hh"
#include "control/alias/timer.hh"
#include "control/alias/unfollowed_sets.hh"

namespace apex::control {
namespace {

using std::chrono::steady_clock;
using std::chrono::system_clock;

// A publication that comes while such a transaction runs waits for it: half a millisecond.
constexpr std::size_t portion = 64;
// Publications in one transaction: far from what would look like a disk that hangs.
constexpr std::size_t most_at_once = 2000;
constexpr std::chrono::minutes sweep_every{60};

/// The first of `values`, which keeps the rest.
template <typename T>
std::vector<T> take_first(std::vector<T>& values, std::size_t most) {
    if (values.size() <= most) return std::exchange(values, {});
    const auto end = values.begin() + static_cast<std::ptrdiff_t>(most);
    std::vector<T> first(std::make_move_iterator(values.begin()), std::make_move_iterator(end));
    values.erase(values.begin(), end);
    return first;
}

/// What the writer thread works on; the loop touches it before and after that thread's time.
struct Disk {
    std::filesystem::path path;
    std::shared_ptr<StoreFile> file;  ///< shared with a checkpoint on the helper thread

    Result<StoreFile::Opened> open() {
        close();
        auto opened = StoreFile::open(path);
        if (opened) file = std::move(opened->file);
        return opened;
    }
    Result<void> write(const StoreFile::Batch& batch) {
        auto written = file->write(batch);
        if (!written) close();
        return written;
    }
    Result<void> checkpoint() {
        auto done = file->checkpoint();
        if (!done) close();
        return done;
    }
    void close() {
        if (file) file->close();
        file.reset();
    }
};

}  // namespace

struct AliasStore::Impl {
    /// `off`: there is no file, by configuration or (with a trouble) by misfortune.
    /// `refilling`: there is one again, and what is published goes into it.
    enum class Mode { off, refilling, on };

    Impl(event_base* base, const std::filesystem::path& folder, StoreLimits most)
        : limits(most),
          unfollowed(most.keep_unfollowed, most.most_unfollowed),
          look(base, [this] { look_after(); }),
          patience(base, [this] { lose_patience(); }) {
        if (folder.empty()) return;
        status.file = folder / "alias.db";
        disk->path = status.file;
    }

    bool is_configured() const { return !status.file.empty(); }

    void next_job();
    bool next_portion(StoreFile::Batch& batch);
    void fill(StoreFile::Batch& batch);
    void submit(StoreFile::Batch batch, std::size_t published_sets);
    void written(const Result<void>& result, std::size_t sets, const std::vector<Id>& ids);
    void finish(const std::vector<Id>& ids);
    void release_all();
    void complain(const Error& error);
    void fail_with(const Error& error);
    void lose_patience();
    void look_after();
    void reopen();
    void begin_refill();
    void refill_all();
    void end_refill();
    void checkpoint();
    void sweep();
    void adopt(std::vector<StoredSet> stored);

    StoreLimits limits;
    StoreStatus status;
    std::shared_ptr<Disk> disk = std::make_shared<Disk>();
    Run writer, helper;
    Published published;
    Mode mode = Mode::off;

    UnfollowedSets unfollowed;
    std::vector<StoredSet> sets;  ///< to be written, in order
    std::vector<Id> ids;          ///< of these
    std::map<Id, Done> waiting;   ///< also for the transaction under way
    std::set<TargetKey> gone;     ///< rows to be deleted
    std::map<TargetKey, system_clock::time_point> confirmed;   ///< since the last note
    std::map<TargetKey, system_clock::time_point> to_confirm;  ///< being written
    Id last_id = 0;
    bool under_way = false;                 ///< a job is with the writer
    bool is_late = false;                   ///< and nobody waits for it any more
    unsigned files = 0;                     ///< opened since the start
    std::optional<unsigned> checkpointing;  ///< of these; a job is with the helper

    std::optional<TargetKey> refilled;  ///< the last key written anew
    bool refilled_published = false;    ///< all published ones; then those of `unfollowed`
    steady_clock::time_point last_confirm = steady_clock::now();
    steady_clock::time_point last_sweep = steady_clock::now();
    Timer look;
    Timer patience;
};

/// What of the sets is written anew next: published ones, then those that nobody follows.
/// False: all are.
bool AliasStore::Impl::next_portion(StoreFile::Batch& batch) {
    if (!refilled_published && published) batch.sets = published(refilled, portion);
    if (!refilled_published && batch.sets.empty()) {
        refilled_published = true;
        refilled.reset();
    }
    if (refilled_published) batch.sets = unfollowed.behind(refilled, portion);
    if (batch.sets.empty()) return false;
    refilled = batch.sets.back().key;
    return true;
}

/// A portion of what nobody waits for.
void AliasStore::Impl::fill(StoreFile::Batch& batch) {
    if (mode == Mode::refilling && next_portion(batch)) return;
    while (!gone.empty() && batch.gone.size() < portion) {
        batch.gone.push_back(std::move(gone.extract(gone.begin()).value()));
    }
    while (!to_confirm.empty() && batch.confirmed.size() < portion) {
        auto node = to_confirm.extract(to_confirm.begin());
        batch.confirmed.emplace_back(std::move(node.key()), node.mapped());
    }
}

void AliasStore::Impl::next_job() {
    if (mode == Mode::off || under_way || !writer) return;
    StoreFile::Batch batch;
    batch.sets = take_first(sets, most_at_once);
    const std::size_t published_sets = batch.sets.size();
    if (published_sets == 0) {
        // The log begins anew only if nothing is written while it is brought into the file.
        if (checkpointing == files) return;
        fill(batch);
    }
    const bool is_empty = batch.sets.empty() && batch.gone.empty() && batch.confirmed.empty();
    if (!is_empty) return submit(std::move(batch), published_sets);
    if (mode == Mode::refilling) end_refill();
}

/// `published_sets`: how many of the sets of `batch` somebody waits for, the first of `ids`.
void AliasStore::Impl::submit(StoreFile::Batch batch, std::size_t published_sets) {
    struct Job {
        StoreFile::Batch batch;
        Result<void> result;
    };
    auto job = std::make_shared<Job>(Job{std::move(batch), {}});
    under_way = true;
    patience.arm(limits.patience);
    writer([job, on = disk] { job->result = on->write(job->batch); },
           [this, job, done = take_first(ids, published_sets)](const Result<void>& ran) {
               written(ran ? job->result : ran, done.size(), done);
           });
}

void AliasStore::Impl::written(const Result<void>& result, std::size_t published_sets,
                               const std::vector<Id>& done) {
    under_way = false;
    patience.disarm();
    if (!result) {
        is_late = false;
        fail_with(result.error());
        return;
    }
    if (std::exchange(is_late, false)) return begin_refill();
    status.written += published_sets;
    if (disk->file->wants_checkpoint()) checkpoint();
    // What came meanwhile need not wait for what `done` does. All else has to: it may
    // write what is published, which is not this yet.
    if (!sets.empty()) next_job();
    finish(done);
    next_job();
}

void AliasStore::Impl::finish(const std::vector<Id>& done) {
    for (const Id id : done) {
        const auto found = waiting.find(id);
        if (found == waiting.end()) continue;
        const Done call = std::move(found->second);
        waiting.erase(found);
        call();
    }
}

/// Nobody waits for the disk any more.
void AliasStore::Impl::release_all() {
    sets.clear();
    ids.clear();
    gone.clear();
    confirmed.clear();
    to_confirm.clear();
    std::vector<Id> all;
    for (const auto& [id, done] : waiting) all.push_back(id);
    status.unwritten += all.size();
    finish(all);
}

void AliasStore::Impl::complain(const Error& error) {
    ++status.failures;
    if (status.trouble.empty()) {
        spdlog::error(
            "alias store: {}; ALIAS sets are published all the same, but a restart would not "
            "find them; this is tried again every {} s",
            error.to_string(), std::chrono::ceil<std::chrono::seconds>(limits.look_every).count());
    }
    status.trouble = error.to_string();
}

/// The file is not to be used any more.
void AliasStore::Impl::fail_with(const Error& error) {
    complain(error);
    mode = Mode::off;
    release_all();
}

void AliasStore::Impl::lose_patience() {
    is_late = true;
    fail_with({"the disk has not answered for " + std::to_string(limits.patience.count()) + " ms",
               status.file.string()});
}

/// From time to time.
void AliasStore::Impl::look_after() {
    look.arm(limits.look_every);
    const auto now = steady_clock::now();
    if (now - last_sweep >= sweep_every) {
        last_sweep = now;
        sweep();
    }
    if (under_way) return;
    if (mode == Mode::off) return reopen();
    if (now - last_confirm >= limits.confirm_every && to_confirm.empty()) {
        last_confirm = now;
        to_confirm.swap(confirmed);
    }
    next_job();
    // Nothing to write: is the file still there?
    if (!under_way) submit({}, 0);
}

void AliasStore::Impl::reopen() {
    using Opened = Result<StoreFile::Opened>;
    const auto opened = std::make_shared<Opened>(fail("not opened"));
    under_way = true;
    writer([opened, on = disk] { *opened = on->open(); },
           [this, opened](const Result<void>& ran) {
               under_way = false;
               if (!ran) return complain(ran.error());
               if (!*opened) return complain(opened->error());
               for (const Error& warning : (*opened)->warnings) {
                   spdlog::warn("alias store: {}", warning.to_string());
               }
               ++files;
               begin_refill();
           });
}

void AliasStore::Impl::begin_refill() {
    mode = Mode::refilling;
    refill_all();
    next_job();
}

/// From the first set on, whatever was written anew already.
void AliasStore::Impl::refill_all() {
    refilled.reset();
    refilled_published = false;
}

/// The trouble is over when all is in the file itself: a full disk may have room for the
/// log of changes still.
void AliasStore::Impl::end_refill() {
    const auto result = std::make_shared<Result<void>>();
    under_way = true;
    patience.arm(limits.patience);
    writer([result, on = disk] { *result = on->checkpoint(); },
           [this, result](const Result<void>& ran) {
               under_way = false;
               patience.disarm();
               if (std::exchange(is_late, false) && ran && *result) return begin_refill();
               if (!ran || !*result) return fail_with(ran ? result->error() : ran.error());
               mode = Mode::on;
               status.trouble.clear();
               spdlog::info("alias store: {}: every ALIAS set is on disk again",
                            status.file.string());
               next_job();
           });
}

/// Nobody waits for it, and it waits for the disk.
void AliasStore::Impl::checkpoint() {
    if (checkpointing) return;
    checkpointing = files;
    const auto result = std::make_shared<Result<void>>();
    helper([result, file = disk->file] { *result = file->checkpoint(); },
           [this, result](const Result<void>& ran) {
               const bool is_in_use = std::exchange(checkpointing, std::nullopt) == files;
               if (!is_in_use) return;  // another file is by now
               if (!ran || !*result) return fail_with(ran ? result->error() : ran.error());
               next_job();
           });
}

void AliasStore::Impl::sweep() {
    for (TargetKey& key : unfollowed.sweep()) gone.insert(std::move(key));
}

/// The sets that a start finds.
void AliasStore::Impl::adopt(std::vector<StoredSet> stored) {
    for (StoredSet& one : stored) unfollowed.add(std::move(one));
    spdlog::info("alias store: {}: {} sets found", status.file.string(), unfollowed.size());
}

AliasStore::AliasStore(event_base* base, const std::filesystem::path& folder, StoreLimits limits)
    : impl_(std::make_unique<Impl>(base, folder, limits)) {}

AliasStore::~AliasStore() {
    Impl& impl = *impl_;
    if (impl.mode == Impl::Mode::off || !impl.disk->file) return;
    StoreFile::Batch rest;
    rest.gone.assign(impl.gone.begin(), impl.gone.end());
    rest.sets = std::move(impl.sets);
    for (const auto& entry : impl.to_confirm) rest.confirmed.push_back(entry);
    for (const auto& entry : impl.confirmed) rest.confirmed.push_back(entry);
    const auto written = impl.disk->file->write(rest);
    if (!written) spdlog::error("alias store: {}", written.error().to_string());
}

void AliasStore::open() {
    Impl& impl = *impl_;
    if (!impl.is_configured()) return;
    auto opened = impl.disk->open();
    if (!opened) {
        impl.complain(opened.error());
        return impl.adopt(StoreFile::read_copy(impl.disk->path));
    }
    for (const Error& warning : opened->warnings) {
        spdlog::warn("alias store: {}", warning.to_string());
    }
    impl.mode = Impl::Mode::on;
    impl.adopt(std::move(opened->sets));
}

void AliasStore::start(Run writer, Run helper) {
    impl_->writer = std::move(writer);
    impl_->helper = std::move(helper);
    if (!impl_->is_configured()) return;
    impl_->look.arm(impl_->limits.look_every);
    impl_->next_job();
}

void AliasStore::set_published(Published published) {
    impl_->published = std::move(published);
}

std::optional<StoredSet> AliasStore::take(const TargetKey& key) {
    auto stored = impl_->unfollowed.take(key);
    // It goes from the sets that are written anew last to those that are written first.
    if (stored) impl_->refill_all();
    return stored;
}

void AliasStore::leave(StoredSet stored) {
    Impl& impl = *impl_;
    if (!impl.is_configured()) return;
    impl.unfollowed.add(std::move(stored));
    if (impl.unfollowed.wants_sweep()) impl.sweep();
}

AliasStore::Id AliasStore::write(StoredSet stored, Done done) {
    Impl& impl = *impl_;
    if (impl.mode == Impl::Mode::off) {
        if (impl.is_configured()) ++impl.status.unwritten;
        return 0;
    }
    impl.gone.erase(stored.key);
    impl.confirmed.erase(stored.key);
    impl.to_confirm.erase(stored.key);
    impl.sets.push_back(std::move(stored));
    impl.ids.push_back(++impl.last_id);
    impl.waiting.emplace(impl.last_id, std::move(done));
    const Id id = impl.last_id;
    impl.next_job();
    return id;
}

void AliasStore::cancel(Id id) {
    impl_->waiting.erase(id);
}

void AliasStore::confirm(const TargetKey& key, system_clock::time_point resolved_at) {
    if (impl_->mode == Impl::Mode::off) return;
    impl_->confirmed[key] = resolved_at;
}

const StoreStatus& AliasStore::status() const {
    impl_->status.unfollowed = impl_->unfollowed.size();
    return impl_->status;
}

}  // namespace apex::control
