// What all stripes say together: for platform_status and resume() as rows, for limits() by limit.
#include "pg/brake.hpp"

#include "pg/boundary.hpp"
#include "pg/brake_look.hpp"
#include "pg/brake_terms.hpp"
#include "pg/catalogue.hpp"
#include "pg/clock.hpp"
#include "pg/numeric.hpp"
#include "pg/server_arena.hpp"
#include "pg/storage.hpp"

namespace credits::pg {

namespace {

void put_total(ReturnSetInfo* result,
               const core::EscrowTerms& terms,
               const core::EscrowTotal& total) {
    Datum values[] = {PointerGetDatum(cstring_to_text_with_len(
                          terms.name.data(), static_cast<int>(terms.name.size()))),
                      TimestampTzGetDatum(total.window),
                      numeric_datum(total.spent),
                      numeric_datum(total.used),
                      numeric_datum(terms.warn),
                      numeric_datum(terms.stop),
                      BoolGetDatum(total.latched)};
    bool nulls[] = {false, false, false, false, !terms.has_warn, !terms.has_stop, false};
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

} // namespace

core::List<LimitTotal> limit_totals(core::Instant now) {
    core::List<LimitTotal> totals;
    const Brake& known = brake_at(now);
    if (known.limit_count == 0) {
        return totals;
    }
    Relation stripes = open_stripes(AccessShareLock);
    const core::List<core::StripeSight> sights = see_all(stripes);
    RaisingArena arena;
    for (int at = 0; at < known.limit_count; ++at) {
        const PlatformLimit& limit = known.limits[at];
        const core::EscrowTotal total =
            compute_or_raise([&] { return core::total_of(sights, limit.terms); });
        totals.push_back(arena, {limit.terms.limit, total.used, limit.window_end});
    }
    table_close(stripes, NoLock);
    return totals;
}

Datum platform_counters(FunctionCallInfo call) {
    InitMaterializedSRF(call, MAT_SRF_USE_EXPECTED_DESC);
    Work work;
    open_work(work, false);
    refresh_catalogue();
    if (brake_is_on()) {
        const Brake& known = brake_at(current_instant());
        Relation stripes = open_stripes(AccessShareLock);
        const core::List<core::StripeSight> sights = see_all(stripes);
        for (const core::EscrowTerms& terms : known.terms) {
            const core::EscrowTotal total =
                compute_or_raise([&] { return core::total_of(sights, terms); });
            put_total(reinterpret_cast<ReturnSetInfo*>(call->resultinfo), terms, total);
        }
        table_close(stripes, NoLock);
    }
    close_work(work);
    return 0;
}

} // namespace credits::pg
