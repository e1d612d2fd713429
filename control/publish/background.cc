// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/publish/background.hh"

#include <event2/event.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "control/alias/event_loop.hh"
#include "control/config/fd.hh"

namespace apex::control {

struct Background::Impl {
    struct Job {
        std::function<void()> work;
        std::function<void(Result<void>)> then;
    };
    struct Finished {
        std::function<void(Result<void>)> then;
        Result<void> result;
    };

    explicit Impl(event_base* base) : wakeup(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        if (!wakeup) throw std::system_error(errno, std::generic_category(), "eventfd");
        on_wakeup = event_new(base, wakeup.get(), EV_READ | EV_PERSIST, &Impl::run_finished, this);
        if (on_wakeup == nullptr) throw std::bad_alloc();
        serve_first(on_wakeup);
        if (event_add(on_wakeup, nullptr) != 0) throw std::bad_alloc();
    }

    ~Impl() {
        if (thread.joinable()) {
            thread.request_stop();
            thread.join();
        }
        event_free(on_wakeup);
    }

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void work(const std::stop_token& stop) {
        while (true) {
            std::unique_lock lock(mutex);
            if (!arrived.wait(lock, stop, [this] { return !waiting.empty(); })) return;
            if (stop.stop_requested()) return;
            Job job = std::move(waiting.front());
            waiting.pop_front();
            lock.unlock();
            Result<void> result = attempt(job.work);
            lock.lock();
            finished.push_back({std::move(job.then), std::move(result)});
            lock.unlock();
            eventfd_write(wakeup.get(), 1);
        }
    }

    static Result<void> attempt(const std::function<void()>& work) {
        try {
            work();
            return {};
        } catch (const std::exception& error) {
            return fail(std::string("failed inside: ") + error.what());
        }
    }

    static void run_finished(int fd, short /*what*/, void* self) {
        auto& impl = *static_cast<Impl*>(self);
        eventfd_t count = 0;
        eventfd_read(fd, &count);
        std::deque<Finished> ready;
        {
            const std::lock_guard lock(impl.mutex);
            ready.swap(impl.finished);
        }
        for (Finished& job : ready) {
            const auto done = attempt([&job] { job.then(std::move(job.result)); });
            if (!done) spdlog::error("control: what follows a job {}", done.error().message);
        }
    }

    Fd wakeup;
    event* on_wakeup = nullptr;
    std::mutex mutex;
    std::condition_variable_any arrived;
    std::deque<Job> waiting;
    std::deque<Finished> finished;
    std::jthread thread;
};

Background::Background(event_base* base) : impl_(std::make_unique<Impl>(base)) {}

Background::~Background() = default;

void Background::start() {
    impl_->thread =
        std::jthread([impl = impl_.get()](const std::stop_token& stop) { impl->work(stop); });
}

void Background::run(std::function<void()> job, std::function<void(Result<void>)> then) {
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->waiting.push_back({std::move(job), std::move(then)});
    }
    impl_->arrived.notify_one();
}

}  // namespace apex::control
