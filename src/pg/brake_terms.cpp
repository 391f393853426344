// What the brake goes by: thresholds and limits of the platform out of the catalogue, pauses and
// resumes through SQL, and the windows that run by the platform's clock.
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

core::Instant instant_at(const Rows& rows, int number, core::Instant otherwise) {
    bool is_null = false;
    const Datum value = column(rows, 0, number, is_null);
    return is_null ? otherwise : DatumGetTimestampTz(value);
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

void load_platform() {
    watched_relid = get_relname_relid("platform", get_namespace_oid("credits", false));
    watch_relations(on_relation_change, is_watching);
    const std::uint64_t changes = changes_seen;
    PushActiveSnapshot(GetCatalogSnapshot(InvalidOid));
    Brake read = {};
    read_platform(read);
    PopActiveSnapshot();
    current = read;
    changes_loaded = changes;
    catalogue_loaded = 0;
}

void set_brake(const core::BrakeTerms& configured) {
    const core::BrakeWindow windows[brake_window_count] = {configured.hour, configured.day};
    constexpr const char* names[brake_window_count] = {"hour", "day"};
    for (int at = 0; at < brake_window_count; ++at) {
        core::EscrowTerms& terms = current.terms[at];
        const core::Instant resumed_at = terms.resumed_at;
        terms = core::escrow_terms(names[at], windows[at].warn, windows[at].stop);
        terms.resumed_at = resumed_at;
        terms.latches = !configured.resumes_by_itself;
        current.window_ends[at] = core::always;
    }
    current.is_on = configured.is_set();
    current.resumes_by_itself = configured.resumes_by_itself;
}

int set_limits(const std::vector<core::LimitTerms>& limits) {
    int count = 0;
    for (const core::LimitTerms& limit : limits) {
        if (limit.scope == core::LimitScope::platform && count < core::platform_limits_max) {
            PlatformLimit& kept = current.limits[count++];
            const std::string name = core::counter_name(limit);
            const std::size_t size = name.copy(kept.name, sizeof(kept.name));
            kept.terms = core::limit_escrow(limit, {kept.name, size});
            kept.window_end = core::always;
        }
    }
    return count;
}

void load_policy() {
    const std::uint64_t number = catalogue_number();
    current.limit_count = 0;
    current.limit_count = compute_or_raise([] {
        const core::Policy& policy = catalogue().policy();
        set_brake(policy.brake);
        return set_limits(policy.limits);
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
        load_platform();
    }
    if (catalogue_loaded != catalogue_number()) {
        load_policy();
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
