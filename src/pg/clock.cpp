// The clock: the server's, or for tests the one of the setting pg_credits.now.
#include "pg/clock.hpp"

namespace credits::pg {

namespace {

char* now_setting = nullptr;
bool now_is_set = false;
core::Instant now_value = 0;

struct ParsedNow {
    bool is_set;
    TimestampTz value;
};

// Runs outside transactions too, so it parses without raising: a check hook answers false.
bool check_now(char** value, void** extra, GucSource /*source*/) {
    auto* parsed = static_cast<ParsedNow*>(
#if PG_VERSION_NUM >= 160000
        guc_malloc(LOG, sizeof(ParsedNow))
#else
        malloc(sizeof(ParsedNow)) // the server frees it with free()
#endif
    );
    if (parsed == nullptr) {
        return false;
    }
    *parsed = {false, 0};
    *extra = parsed;
    if (*value == nullptr || **value == '\0') {
        return true;
    }
    char buffer[MAXDATELEN + 1];
    char* fields[MAXDATEFIELDS];
    int types[MAXDATEFIELDS];
    int count = 0;
    int kind = 0;
    struct pg_tm parts = {};
    fsec_t fraction = 0;
    int offset = 0;
    int fault = ParseDateTime(*value, buffer, sizeof(buffer), fields, types, MAXDATEFIELDS, &count);
    if (fault == 0) {
#if PG_VERSION_NUM >= 160000
        DateTimeErrorExtra details;
        fault = DecodeDateTime(fields, types, count, &kind, &parts, &fraction, &offset, &details);
#else
        fault = DecodeDateTime(fields, types, count, &kind, &parts, &fraction, &offset);
#endif
    }
    parsed->is_set = true;
    if (fault != 0 || kind != DTK_DATE ||
        tm2timestamp(&parts, fraction, &offset, &parsed->value) != 0) {
        GUC_check_errdetail("\"%s\" is not a point in time.", *value);
        GUC_check_errhint("Give a date and time with zone, such as 2026-01-31 12:00:00+00.");
        return false;
    }
    return true;
}

void assign_now(const char* /*value*/, void* extra) {
    const auto* parsed = static_cast<const ParsedNow*>(extra);
    now_is_set = parsed != nullptr && parsed->is_set;
    now_value = now_is_set ? parsed->value : 0;
}

} // namespace

void define_clock_settings() {
    DefineCustomStringVariable(
        "pg_credits.now",
        "Sets the time that credits.now() returns, for tests.",
        "Empty: the server's clock. An account's own clock never runs backwards all the same.",
        &now_setting,
        "",
        PGC_SUSET,
        GUC_NOT_IN_SAMPLE,
        check_now,
        assign_now,
        nullptr);
}

core::Instant current_instant() {
    return now_is_set ? now_value : GetCurrentTimestamp();
}

core::LocalTime ZoneOf::to_local(core::Instant instant) const noexcept {
    struct pg_tm parts = {};
    fsec_t fraction = 0;
    int west = 0;
    if (timestamp2tm(instant, &west, &parts, &fraction, nullptr, zone_) != 0) {
        return instant;
    }
    return instant - west * core::micros_per_second;
}

core::Instant ZoneOf::to_instant(core::LocalTime local) const noexcept {
    struct pg_tm parts = {};
    fsec_t fraction = 0;
    if (timestamp2tm(local, nullptr, &parts, &fraction, nullptr, nullptr) != 0) {
        return local;
    }
    const int west = DetermineTimeZoneOffset(&parts, zone_);
    return local + west * core::micros_per_second;
}

pg_tz* find_zone(const char* name) {
    pg_tz* zone = pg_tzset(name);
    if (zone == nullptr) {
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                 errmsg("there is no time zone \"%s\"", name),
                 errdetail("the name is not in the server's time zone database"),
                 errhint("see pg_timezone_names for the names, such as Europe/Berlin")));
    }
    return zone;
}

} // namespace credits::pg
