// Included units against what a call uses.
#include "core/included.hpp"

namespace credits::core {

namespace {

// Its metric stands where calls have their action: a key of its own kind, by period.
CounterKey key_of(const IncludedPool& pool) {
    CounterKey key;
    key.window.kind = WindowKind::period;
    key.action = pool.metric;
    return key;
}

Decimal quantity_in(const List<UsageItem>& units, std::string_view metric) {
    Decimal total;
    for (const UsageItem& unit : units) {
        total = unit.metric == metric ? total + unit.quantity : total;
    }
    return total;
}

Decimal quantity_in(const Usage& usage, std::string_view metric) {
    Decimal total;
    for (const UsageItem& item : usage) {
        total = item.metric == metric ? total + item.quantity : total;
    }
    return total;
}

Decimal left_of(const IncludedPool& pool, const HeldUnits& held, Instant now) {
    const Present present = {&pool.clock, now};
    const Counter* counter = find(*pool.counters, key_of(pool));
    const Decimal own =
        takeable(counter, quantity_in(held.items, pool.metric), held.admitted_at, present);
    const Decimal left = pool.quantity - (used_in(counter, present) - own);
    return left.is_negative() ? Decimal{} : left;
}

} // namespace

List<UsageItem> covered_units(Arena& arena,
                              const List<IncludedPool>& pools,
                              const Usage& usage,
                              const HeldUnits& held,
                              Instant now) {
    List<UsageItem> covered;
    for (const IncludedPool& pool : pools) {
        const Decimal used = quantity_in(usage, pool.metric);
        const Decimal left = left_of(pool, held, now);
        const Decimal part = std::is_lt(compare(left, used)) ? left : used;
        if (!part.is_zero()) {
            covered.push_back(arena, {pool.metric, part});
        }
    }
    return covered;
}

bool covers_all(const List<UsageItem>& covered,
                const List<IncludedPool>& pools,
                const Usage& usage) {
    for (const IncludedPool& pool : pools) {
        if (quantity_in(covered, pool.metric) != quantity_in(usage, pool.metric)) {
            return false;
        }
    }
    return !covered.empty();
}

Usage without(Arena& arena, const Usage& usage, const List<UsageItem>& covered) {
    auto* items = allocate_array<UsageItem>(arena, usage.count + 1);
    Usage rest = usage;
    rest.items = items;
    rest.count = 0;
    for (const UsageItem& item : usage) {
        const Decimal left = item.quantity - quantity_in(covered, item.metric);
        if (!left.is_zero()) {
            items[rest.count++] = {item.metric, left};
        }
    }
    return rest;
}

void count_units(const List<IncludedPool>& pools, const List<UsageItem>& units, Instant now) {
    for (const IncludedPool& pool : pools) {
        const Decimal quantity = quantity_in(units, pool.metric);
        if (!quantity.is_zero()) {
            add(*pool.counters, key_of(pool), quantity, now, {&pool.clock, now});
        }
    }
}

void uncount_units(const List<IncludedPool>& pools, const HeldUnits& held, Instant now) {
    for (const IncludedPool& pool : pools) {
        const Decimal quantity = quantity_in(held.items, pool.metric);
        if (!quantity.is_zero()) {
            take_back(*pool.counters, key_of(pool), quantity, held.admitted_at, {&pool.clock, now});
        }
    }
}

} // namespace credits::core
