// The module's entries: what SQL calls. Each hands over to the function of its name in src/pg.
#include "pg/acting_role.hpp"
#include "pg/as_owner.hpp"
#include "pg/brake.hpp"
#include "pg/catalogue.hpp"
#include "pg/clock.hpp"
#include "pg/durability.hpp"
#include "pg/level_reads.hpp"
#include "pg/notifying.hpp"
#include "pg/rollups.hpp"
#include "pg/storage.hpp"
#include "pg/verbs.hpp"
#include "pg/visibility.hpp"
#include "pg/wallet_trigger.hpp"

#include "pg/postgres.hpp"

extern "C" {

PG_MODULE_MAGIC;

// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming): the server's name for
// it
PGDLLEXPORT void _PG_init(void);

void _PG_init(void) {
    credits::pg::define_clock_settings();
    credits::pg::define_durability_settings();
    credits::pg::define_storage_settings();
    credits::pg::define_notifying_settings();
#if PG_VERSION_NUM >= 150000
    MarkGUCPrefixReserved("pg_credits");
#endif
}

// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)

// NOLINTBEGIN(bugprone-macro-parentheses): a macro that defines a function
#define PG_CREDITS_ENTRY(name)                                                                     \
    PG_FUNCTION_INFO_V1(credits_##name);                                                           \
    PGDLLEXPORT Datum credits_##name(PG_FUNCTION_ARGS) {                                           \
        return credits::pg::name(fcinfo);                                                          \
    }
// NOLINTEND(bugprone-macro-parentheses)

PG_CREDITS_ENTRY(open_account)
PG_CREDITS_ENTRY(change_plan)
PG_CREDITS_ENTRY(close_account)
PG_CREDITS_ENTRY(freeze)
PG_CREDITS_ENTRY(unfreeze)
PG_CREDITS_ENTRY(apply_due)

PG_CREDITS_ENTRY(keep_restriction_level)
PG_CREDITS_ENTRY(fail_licence)
PG_CREDITS_ENTRY(restore_licence)
PG_CREDITS_ENTRY(capabilities)
PG_CREDITS_ENTRY(record_conversion)
PG_CREDITS_ENTRY(set_consent)
PG_CREDITS_ENTRY(window_of)
PG_CREDITS_ENTRY(due_revenue)

PG_CREDITS_ENTRY(grant)
PG_CREDITS_ENTRY(void_lot)
PG_CREDITS_ENTRY(refund)

PG_CREDITS_ENTRY(post_payment)
PG_CREDITS_ENTRY(post_subscription)
PG_CREDITS_ENTRY(post_clawback)
PG_CREDITS_ENTRY(undo_clawback)
PG_CREDITS_ENTRY(entry_receipt)
PG_CREDITS_ENTRY(credits_of_cost)
PG_CREDITS_ENTRY(is_known_by_now)
PG_CREDITS_ENTRY(waits_by_now)
PG_CREDITS_ENTRY(as_owner)

PG_CREDITS_ENTRY(deduct)
PG_CREDITS_ENTRY(authorize)
PG_CREDITS_ENTRY(extend)
PG_CREDITS_ENTRY(settle)
PG_CREDITS_ENTRY(release)
PG_CREDITS_ENTRY(record_cost)

PG_CREDITS_ENTRY(balance)
PG_CREDITS_ENTRY(visible_balance)
PG_CREDITS_ENTRY(level_of_totals)
PG_CREDITS_ENTRY(set_member)
PG_CREDITS_ENTRY(set_limit)
PG_CREDITS_ENTRY(limits)
PG_CREDITS_ENTRY(lots)
PG_CREDITS_ENTRY(holds)
PG_CREDITS_ENTRY(check_balance)
PG_CREDITS_ENTRY(quote)
PG_CREDITS_ENTRY(receipt_of)
PG_CREDITS_ENTRY(history)
PG_CREDITS_ENTRY(verify)
PG_CREDITS_ENTRY(lot_movements)
PG_CREDITS_ENTRY(maintain)
PG_CREDITS_ENTRY(erase_metadata)
PG_CREDITS_ENTRY(acknowledge_alert)
PG_CREDITS_ENTRY(configure)
PG_CREDITS_ENTRY(load_preset)
PG_CREDITS_ENTRY(export_config)
PG_CREDITS_ENTRY(pause)
PG_CREDITS_ENTRY(resume)
PG_CREDITS_ENTRY(platform_counters)
PG_CREDITS_ENTRY(import_prices)
PG_CREDITS_ENTRY(cost)
PG_CREDITS_ENTRY(cost_of_tokens)
PG_CREDITS_ENTRY(cost_breakdown)
PG_CREDITS_ENTRY(normalize_usage)
PG_CREDITS_ENTRY(input_tokens)
PG_CREDITS_ENTRY(output_tokens)
PG_CREDITS_ENTRY(read_price_file)

PG_CREDITS_ENTRY(hmac_sha256)
PG_CREDITS_ENTRY(verify_signature)
PG_CREDITS_ENTRY(event_facts)

PG_FUNCTION_INFO_V1(credits_deduct_many);

PGDLLEXPORT Datum credits_deduct_many(PG_FUNCTION_ARGS) {
    return credits::pg::call_many(fcinfo, credits::pg::deduct_in);
}

PG_FUNCTION_INFO_V1(credits_settle_many);

PGDLLEXPORT Datum credits_settle_many(PG_FUNCTION_ARGS) {
    return credits::pg::call_many(fcinfo, credits::pg::settle_in);
}

PG_FUNCTION_INFO_V1(credits_now);

PGDLLEXPORT Datum credits_now(PG_FUNCTION_ARGS) {
    (void)fcinfo;
    PG_RETURN_TIMESTAMPTZ(credits::pg::current_instant());
}

PG_FUNCTION_INFO_V1(credits_next_transaction);

PGDLLEXPORT Datum credits_next_transaction(PG_FUNCTION_ARGS) {
    (void)fcinfo;
    return credits::pg::next_transaction();
}

PG_FUNCTION_INFO_V1(credits_acting_role);

PGDLLEXPORT Datum credits_acting_role(PG_FUNCTION_ARGS) {
    (void)fcinfo;
    return credits::pg::acting_role_name();
}

PG_FUNCTION_INFO_V1(credits_catalogue_changed);

PGDLLEXPORT Datum credits_catalogue_changed(PG_FUNCTION_ARGS) {
    (void)fcinfo;
    credits::pg::announce_catalogue_change();
    return PointerGetDatum(nullptr);
}

} // extern "C"
