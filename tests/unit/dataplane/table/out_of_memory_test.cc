// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Memory that runs out in the middle of a change: the table is as it was before, and
// takes the same change when there is memory again. operator new is ours in all of this
// program, and mmap where the program's own objects call it (--wrap in tests/meson.build).
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "dataplane/table/publisher.hh"
#include "tests/packet/message.hh"
#include "tests/packet/table_content.hh"

namespace {

// Of this thread: allocations that still succeed; negative: all do.
thread_local long allocations_left = -1;

bool runs_out() {
    if (allocations_left > 0) --allocations_left;
    return allocations_left == 0;
}

}  // namespace

// Not inlined: the compiler would see malloc and delete, or new and free, as a pair.
[[gnu::noinline]] void* operator new(std::size_t size) {
    void* memory = runs_out() ? nullptr : std::malloc(size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*size*/) noexcept {
    std::free(memory);
}

extern "C" {
void* __real_mmap(void* at, std::size_t size, int protection, int flags, int fd, off_t offset);
void* __wrap_mmap(void* at, std::size_t size, int protection, int flags, int fd, off_t offset) {
    return runs_out() ? MAP_FAILED : __real_mmap(at, size, protection, flags, fd, offset);
}
}

namespace apex::table {
namespace {

using test::body_of;
using test::name_of;
using test::ZoneImage;
using wire::RrType;

/// Only the first `count` - 1 allocations of `step` succeed. False when that was not enough.
template <typename Step>
bool succeeds_until(long count, Step step) {
    allocations_left = count;
    try {
        step();
    } catch (const std::bad_alloc&) {
        allocations_left = -1;
        return false;
    }
    allocations_left = -1;
    return true;
}

std::vector<BodyImage> a(std::string bytes) {
    return {body_of(RrType::a, std::move(bytes))};
}

wire::Name numbered(unsigned n) {
    return name_of("n" + std::to_string(n) + ".one.com");
}

// Too many for the buckets of an empty table, and for its first block of nodes.
constexpr unsigned many = 600;
const std::string long_body(5000, 'n');

/// A table with two zones, and a change to three: everything that can happen to a name.
class Scene {
  public:
    Scene() {
        for (unsigned n = 0; n < 3; ++n) publisher_.new_zone();
        before_.add("one.com", a("apex")).add("same.one.com", a("same"));
        before_.add("other.one.com", a("old")).add("gone.one.com", a("gone"));
        ends_.add("two.com", a("two"));
        after_.add("one.com", a("apex")).add("same.one.com", a("same"));
        after_.add("other.one.com", a("new"));
        for (unsigned n = 0; n < many; ++n) {
            after_.add(numbered(n), a(long_body));
        }
        begins_.add("three.com", a("three"));
        std::vector changes{before_.put(), ends_.put()};
        publisher_.apply(changes);
    }

    std::vector<ZoneChange> changes() const {
        return {after_.put({name_of("gone.one.com"), name_of("never.one.com")}), ends_.take_out(),
                begins_.put()};
    }

    std::string answer(const wire::Name& name) {
        reader_.online();
        const Lookup lookup = test::find(table_, name);
        const std::string body = lookup.outcome == Outcome::found ? test::body_bytes(*lookup.node)
                                 : lookup.outcome == Outcome::name_error
                                     ? test::body_bytes(*lookup.node, Node::any_other_type)
                                     : "no zone";
        reader_.offline();
        return body;
    }
    std::string answer(std::string_view name) { return answer(name_of(name)); }

    void expect_before() {
        EXPECT_EQ(answer("one.com"), "apex");
        EXPECT_EQ(answer("same.one.com"), "same");
        EXPECT_EQ(answer("other.one.com"), "old");
        EXPECT_EQ(answer("gone.one.com"), "gone");
        EXPECT_EQ(answer("two.com"), "two");
        EXPECT_EQ(answer("three.com"), "no zone");
        for (unsigned n = 0; n < many; n += 50) {
            EXPECT_EQ(answer(numbered(n)), test::soa_body(1).bytes) << n;
        }
        EXPECT_EQ(publisher_.size().names, 5U);
        EXPECT_EQ(publisher_.size().zones, 2U);
    }

    void expect_after() {
        EXPECT_EQ(answer("one.com"), "apex");
        EXPECT_EQ(answer("same.one.com"), "same");
        EXPECT_EQ(answer("other.one.com"), "new");
        EXPECT_EQ(answer("gone.one.com"), test::soa_body(2).bytes);
        EXPECT_EQ(answer("two.com"), "no zone");
        EXPECT_EQ(answer("three.com"), "three");
        for (unsigned n = 0; n < many; n += 50) {
            EXPECT_TRUE(answer(numbered(n)) == long_body) << n;
        }
        EXPECT_EQ(publisher_.size().names, 4U + many);
        EXPECT_EQ(publisher_.size().zones, 2U);
    }

    Table table_{1};
    Publisher publisher_{table_};
    Reader reader_{table_, 0};
    ZoneImage before_{0, "one.com", 1}, after_{0, "one.com", 2};
    ZoneImage ends_{1, "two.com"}, begins_{2, "three.com"};
};

TEST(OutOfMemory, AChangeIsMadeWhollyOrNotAtAll) {
    Scene spared;
    std::vector<ZoneChange> changes = spared.changes();
    spared.publisher_.apply(changes);
    spared.expect_after();

    long count = 1;
    for (bool done = false; !done; ++count) {
        SCOPED_TRACE(count);
        Scene scene;
        changes = scene.changes();
        done = succeeds_until(count, [&] { scene.publisher_.apply(changes); });
        if (!done) {
            scene.expect_before();
            scene.publisher_.apply(changes);
        }
        scene.expect_after();
        EXPECT_EQ(changes[0].changed_names, 2U + many);
        EXPECT_EQ(scene.publisher_.size().bytes, spared.publisher_.size().bytes);
        ASSERT_FALSE(testing::Test::HasFailure());
    }
    EXPECT_GT(count, 10) << "the index, the plan, the nodes";
}

// Big nodes, so that a few of them need memory from the system.
TEST(OutOfMemory, AReplacementIsMadeOrNot) {
    Scene scene;
    std::vector<ZoneChange> changes = scene.changes();
    scene.publisher_.apply(changes);
    long failures = 0;
    for (unsigned n = 0; n < 200; ++n) {
        ZoneImage next(0, "one.com");
        const std::string body(60'000 - 64 * n, 'x');  // of a size of its own: nothing is reused
        next.add(numbered(n), a(body));
        const auto replace = [&] { scene.publisher_.replace(next.nodes()[0]); };
        for (long count = 1; !succeeds_until(count, replace); ++count) {
            ++failures;
            ASSERT_TRUE(scene.answer(numbered(n)) == long_body) << n << ", " << count;
        }
        ASSERT_TRUE(scene.answer(numbered(n)) == body) << n;
    }
    EXPECT_GT(failures, 1) << "the list of what waits, the nodes";
}

}  // namespace
}  // namespace apex::table
