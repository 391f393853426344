// Reading what the brake goes by, through SQL, the limits of the platform out of the catalogue, and
// the windows that run by the platform's clock.
#include "pg/brake_terms.hpp"

#include "pg/boundary.hpp"
#include "pg/catalogue.hpp"
#include "pg/clock.hpp"
#include "pg/numeric.hpp"
#include "pg/relation_changes.hpp"
#include "pg/statement.hpp"

namespace credits::pg {

namespace {

Brake current;
std::uint64_t changes_seen = 1;
std::uint64_t changes_loaded = 0;
std::uint64_t catalogue_loaded = 0;
bool is_watching = false;
Oid watched_relid = InvalidOid;

void on_relation_change(Oid relid) {
    if (relid == InvalidOid || relid == watched_relid) {
        ++changes_seen;
    }
}

std::optional<core::Decimal> decimal_at(const Rows& rows, int number) {
    bool is_null = false;
    const Datum value = column(rows, 0, number, is_null);
    return is_null ? std::nullopt : std::optional(stored_decimal(value));
}

core::Instant instant_at(const Rows& rows, int number, core::Instant otherwise) {
    bool is_null = false;
    const Datum value = column(rows, 0, number, is_null);
    return is_null ? otherwise : DatumGetTimestampTz(value);
}

// read_terms reads the section "brake" of the configuration.
core::BrakeTerms read_terms() {
    static Statement statement = {
        "SELECT (s.value #>> '{hour,warn}')::pg_catalog.numeric,"
        " (s.value #>> '{hour,stop}')::pg_catalog.numeric,"
        " (s.value #>> '{day,warn}')::pg_catalog.numeric,"
        " (s.value #>> '{day,stop}')::pg_catalog.numeric,"
        " (s.value #>> '{min_margin}')::pg_catalog.numeric,"
        " (s.value #>> '{resume}') OPERATOR(pg_catalog.=) 'window'"
        " FROM credits.setting s WHERE s.key OPERATOR(pg_catalog.=) 'brake'",
        0,
        {},
        nullptr};
    core::BrakeTerms terms;
    if (get_relname_relid("setting", get_namespace_oid("credits", false)) == InvalidOid) {
        return terms;
    }
    const Parameters none = {};
    const Rows rows = query(statement, none);
    if (rows.count == 0) {
        return terms;
    }
    terms.hour = {decimal_at(rows, 1), decimal_at(rows, 2)};
    terms.day = {decimal_at(rows, 3), decimal_at(rows, 4)};
    terms.min_margin = decimal_at(rows, 5);
    bool is_null = false;
    const Datum by_itself = column(rows, 0, 6, is_null);
    terms.resumes_by_itself = !is_null && DatumGetBool(by_itself);
    return terms;
}

// read_platform reads the clock, the pause and the resumes.
void read_platform(Brake& read) {
    static Statement statement = {
        "SELECT p.time_zone, p.paused_at, p.paused_until, p.paused_reason, p.hour_resumed_at,"
        " p.day_resumed_at FROM credits.platform p",
        0,
        {},
        nullptr};
    const Parameters none = {};
    const Rows rows = query(statement, none);
    if (rows.count != 1) {
        return; // the catalogue says what is wrong
    }
    bool is_null = false;
    read.zone = find_zone(TextDatumGetCString(column(rows, 0, 1, is_null)));
    read.is_paused = instant_at(rows, 2, core::never) != core::never;
    read.paused_until = instant_at(rows, 3, core::never);
    const Datum reason = column(rows, 0, 4, is_null);
    if (!is_null) {
        strlcpy(read.paused_reason, TextDatumGetCString(reason), sizeof(read.paused_reason));
    }
    read.terms[0].resumed_at = instant_at(rows, 5, core::always);
    read.terms[1].resumed_at = instant_at(rows, 6, core::always);
}

void load() {
    watched_relid = get_relname_relid("platform", get_namespace_oid("credits", false));
    watch_relations(on_relation_change, is_watching);
    const std::uint64_t changes = changes_seen;
    PushActiveSnapshot(GetCatalogSnapshot(InvalidOid));
    const core::BrakeTerms configured = read_terms();
    Brake read = {};
    read_platform(read);
    PopActiveSnapshot();
    const auto resumed_hour = read.terms[0].resumed_at;
    const auto resumed_day = read.terms[1].resumed_at;
    compute_or_raise([&] {
        read.terms[0] = core::escrow_terms("hour", configured.hour.warn, configured.hour.stop);
        read.terms[1] = core::escrow_terms("day", configured.day.warn, configured.day.stop);
        return true;
    });
    read.terms[0].resumed_at = resumed_hour;
    read.terms[1].resumed_at = resumed_day;
    read.is_on = configured.is_set();
    read.resumes_by_itself = configured.resumes_by_itself;
    for (core::EscrowTerms& terms : read.terms) {
        terms.latches = !configured.resumes_by_itself;
    }
    current = read;
    changes_loaded = changes;
    catalogue_loaded = 0;
}

void load_limits() {
    const std::uint64_t number = catalogue_number();
    current.limit_count = 0;
    current.limit_count = compute_or_raise([] {
        int count = 0;
        for (const core::LimitTerms& limit : catalogue().policy().limits) {
            if (limit.scope == core::LimitScope::platform && count < core::platform_limits_max) {
                PlatformLimit& kept = current.limits[count++];
                const std::string name = core::counter_name(limit);
                const std::size_t size = name.copy(kept.name, sizeof(kept.name));
                kept.terms = core::limit_escrow(limit, {kept.name, size});
                kept.window_end = core::always;
            }
        }
        return count;
    });
    catalogue_loaded = number;
}

void keep_windows(core::Instant now) {
    const ZoneOf zone(current.zone);
    for (int at = 0; at < current.limit_count; ++at) {
        PlatformLimit& limit = current.limits[at];
        if (now < limit.terms.window || now >= limit.window_end) {
            const core::Period span = core::span_of(limit.terms.limit->window, {&zone}, now);
            limit.terms.window = span.start;
            limit.window_end = span.end;
        }
    }
}

} // namespace

Brake& brake() {
    if (changes_loaded != changes_seen) {
        load();
    }
    if (catalogue_loaded != catalogue_number()) {
        load_limits();
    }
    return current;
}

Brake& brake_at(core::Instant now) {
    constexpr std::int64_t hour = 3'600 * core::micros_per_second;
    Brake& known = brake();
    const bool runs = now >= known.terms[0].window && now < known.window_ends[0] &&
                      now >= known.terms[1].window && now < known.window_ends[1];
    if (!runs) {
        const ZoneOf zone(known.zone);
        known.terms[0].window = core::hour_start(zone, now);
        known.window_ends[0] = known.terms[0].window + hour;
        known.terms[1].window = core::day_start(zone, now);
        known.window_ends[1] = core::day_end(zone, now);
    }
    keep_windows(now);
    return known;
}

} // namespace credits::pg
