// Loading the catalogue: rows into plain arrays through SQL, then one computation that builds it.
// Prices are many and join it on demand (price_rows.cpp).
#include "core/catalogue.hpp"
#include "core/policy_document.hpp"

#include <memory>

#include "pg/boundary.hpp"
#include "pg/catalogue.hpp"
#include "pg/json.hpp"
#include "pg/numeric.hpp"
#include "pg/relation_changes.hpp"
#include "pg/server_arena.hpp"
#include "pg/statement.hpp"

namespace credits::pg {

namespace {

// Owned here for the life of the backend; holds no server memory.
core::Catalogue* current = nullptr;
// Changes are counted, so that one that arrives while loading is not lost, nor a load that fails.
std::uint64_t changes_seen = 1;
std::uint64_t changes_loaded = 0;
std::uint64_t copies_made = 0;
bool is_watching = false;
Oid watched_relid = InvalidOid;
PlatformSettings settings;
Oid result_types[2];

void on_relation_change(Oid relid) {
    if (relid == InvalidOid || relid == watched_relid) {
        ++changes_seen;
    }
}

Rows select(Statement& statement) {
    const Parameters none = {};
    return query(statement, none);
}

std::string_view text_at(const Rows& rows, std::uint64_t row, int number) {
    bool is_null = false;
    const Datum value = column(rows, row, number, is_null);
    if (is_null) {
        return {};
    }
    const text* stored = DatumGetTextPP(value);
    return {VARDATA_ANY(stored), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(stored))};
}

bool bool_at(const Rows& rows, std::uint64_t row, int number) {
    bool is_null = false;
    const Datum value = column(rows, row, number, is_null);
    return !is_null && DatumGetBool(value);
}

std::optional<core::Decimal> decimal_at(const Rows& rows, std::uint64_t row, int number) {
    bool is_null = false;
    const Datum value = column(rows, row, number, is_null);
    return is_null ? std::nullopt : std::optional(stored_decimal(value));
}

std::optional<core::Credits>
credits_at(const Rows& rows, std::uint64_t row, int number, int unit_scale) {
    bool is_null = false;
    const Datum value = column(rows, row, number, is_null);
    return is_null ? std::nullopt : std::optional(stored_credits(value, unit_scale));
}

core::Cycle cycle_at(const Rows& rows, std::uint64_t row, int number) {
    bool is_null = false;
    const Datum value = column(rows, row, number, is_null);
    if (is_null) {
        return {};
    }
    const Interval* interval = DatumGetIntervalP(value);
    return {interval->month, interval->day, interval->time};
}

void check_schema_version() {
    static Statement statement = {"SELECT credits.require_schema()", 0, {}, nullptr};
    select(statement);
}

struct Platform {
    core::Unit unit;
    std::optional<core::Decimal> margin;
    std::int64_t price_version;
};

Platform load_platform() {
    static Statement statement = {
        "SELECT value_usd, scale::pg_catalog.int4, rounding, margin, default_plan, refund_lot_life,"
        " idempotency_days, price_version FROM credits.platform",
        0,
        {},
        nullptr};
    const Rows rows = select(statement);
    if (rows.count != 1) {
        ereport(ERROR,
                (errcode(ERRCODE_DATA_CORRUPTED),
                 errmsg("the platform's settings are missing"),
                 errdetail("credits.platform must hold one row"),
                 errhint("INSERT INTO credits.platform DEFAULT VALUES, then configure again")));
    }
    bool is_null = false;
    Platform platform = {};
    platform.unit.value_usd = decimal_at(rows, 0, 1).value_or(core::Decimal{1, 2});
    platform.unit.scale = DatumGetInt32(column(rows, 0, 2, is_null));
    const std::string_view rounding = text_at(rows, 0, 3);
    platform.unit.rounding = rounding == "half_up" ? core::Rounding::half_up
                             : rounding == "up"    ? core::Rounding::up
                             : rounding == "down"  ? core::Rounding::down
                                                   : core::Rounding::half_even;
    platform.margin = decimal_at(rows, 0, 4);
    const std::string_view plan = text_at(rows, 0, 5);
    snprintf(settings.default_plan,
             sizeof(settings.default_plan),
             "%.*s",
             static_cast<int>(plan.size()),
             plan.data());
    settings.refund_lot_life = *DatumGetIntervalP(column(rows, 0, 6, is_null));
    settings.idempotency_days = DatumGetInt32(column(rows, 0, 7, is_null));
    platform.price_version = DatumGetInt64(column(rows, 0, 8, is_null));
    return platform;
}

core::List<core::PlanRow> load_plans(core::Arena& arena, int scale) {
    static Statement statement = {
        "SELECT plan, cycle, grant_on, credits, daily_credits, renewal, rollover_min,"
        " rollover_max, overdraft, charge_by, charge_factor, price, credits_from_margin"
        " FROM credits.plan",
        0,
        {},
        nullptr};
    const Rows rows = select(statement);
    core::List<core::PlanRow> plans;
    for (std::uint64_t at = 0; at < rows.count; ++at) {
        core::PlanRow plan;
        core::PlanTerms& terms = plan.terms;
        terms.name = text_at(rows, at, 1);
        terms.cycle = cycle_at(rows, at, 2);
        terms.grants_by_clock = text_at(rows, at, 3) == "clock";
        terms.renews_by_clock = terms.grants_by_clock && !terms.cycle.is_none();
        terms.credits = credits_at(rows, at, 4, scale);
        terms.daily_credits = credits_at(rows, at, 5, scale);
        const std::string_view renewal = text_at(rows, at, 6);
        terms.renewal = renewal == "reset"      ? core::Renewal::reset
                        : renewal == "rollover" ? core::Renewal::rollover
                                                : core::Renewal::accumulate;
        terms.rollover_min = credits_at(rows, at, 7, scale);
        terms.rollover_max = credits_at(rows, at, 8, scale);
        terms.overdraft = credits_at(rows, at, 9, scale).value_or(core::no_credits);
        const std::string_view by = text_at(rows, at, 10);
        terms.charge.by = by == "tokens"     ? core::ChargeBy::tokens
                          : by == "postpaid" ? core::ChargeBy::postpaid
                          : by == "action"   ? core::ChargeBy::action
                                             : core::ChargeBy::cost;
        terms.charge.factor = decimal_at(rows, at, 11).value_or(core::Decimal{1, 0});
        plan.price = decimal_at(rows, at, 12);
        plan.credits_from_margin = bool_at(rows, at, 13);
        plans.push_back(arena, plan);
    }
    return plans;
}

struct NamedAction {
    std::string_view name;
    core::ActionTerms terms;
};

core::List<NamedAction> load_actions(core::Arena& arena, int scale) {
    static Statement statement = {
        "SELECT action, credits, cost, range_high, ttl FROM credits.action", 0, {}, nullptr};
    const Rows rows = select(statement);
    core::List<NamedAction> actions;
    for (std::uint64_t at = 0; at < rows.count; ++at) {
        NamedAction action;
        action.name = text_at(rows, at, 1);
        action.terms.credits = credits_at(rows, at, 2, scale);
        action.terms.cost = decimal_at(rows, at, 3);
        action.terms.range_high = credits_at(rows, at, 4, scale);
        action.terms.ttl = cycle_at(rows, at, 5);
        actions.push_back(arena, action);
    }
    return actions;
}

struct NamedConsent {
    std::string_view kind;
    core::ConsentTerms terms;
};

core::List<NamedConsent> load_consents(core::Arena& arena, int scale) {
    static Statement statement = {
        "SELECT kind, usd, credits FROM credits.consent_terms()", 0, {}, nullptr};
    const Rows rows = select(statement);
    core::List<NamedConsent> consents;
    for (std::uint64_t at = 0; at < rows.count; ++at) {
        NamedConsent consent;
        consent.kind = text_at(rows, at, 1);
        consent.terms.usd = decimal_at(rows, at, 2).value_or(core::Decimal{});
        consent.terms.credits = credits_at(rows, at, 3, scale).value_or(core::no_credits);
        consents.push_back(arena, consent);
    }
    return consents;
}

core::Json load_policy() {
    static Statement statement = {"SELECT credits.policy_document()", 0, {}, nullptr};
    const Rows rows = select(statement);
    bool is_null = false;
    return json_tree(DatumGetJsonbP(column(rows, 0, 1, is_null)));
}

core::Catalogue* build(const Platform& platform,
                       const core::List<core::PlanRow>& plans,
                       const core::List<NamedAction>& actions,
                       const core::List<NamedConsent>& consents,
                       const core::Json& policy) {
    auto built =
        std::make_unique<core::Catalogue>(platform.unit, platform.margin, platform.price_version);
    for (const core::PlanRow& plan : plans) {
        built->add_plan(plan);
    }
    for (const NamedAction& action : actions) {
        built->add_action(action.name, action.terms);
    }
    for (const NamedConsent& consent : consents) {
        built->add_consent(consent.kind, consent.terms);
    }
    built->set_policy(core::read_policy(policy));
    return built.release();
}

Oid type_of(const char* name) {
    return GetSysCacheOid2(TYPENAMENSP,
                           Anum_pg_type_oid,
                           CStringGetDatum(name),
                           ObjectIdGetDatum(get_namespace_oid("credits", false)));
}

void watch() {
    watched_relid = get_relname_relid("platform", get_namespace_oid("credits", false));
    result_types[static_cast<std::size_t>(ResultType::receipt)] = type_of("receipt");
    result_types[static_cast<std::size_t>(ResultType::decision)] = type_of("decision");
    watch_relations(on_relation_change, is_watching);
}

// Calls that began with the copy before may still be under way: this one, or one whose trigger or
// transaction it is part of. So what they were handed goes when the transaction's memory does.
MemoryContextCallback* prepare_retirement() {
    auto* callback = static_cast<MemoryContextCallback*>(
        MemoryContextAllocZero(TopTransactionContext, sizeof(MemoryContextCallback)));
    callback->func = [](void* retired) {
        delete static_cast<core::Catalogue*>(retired);
    };
    return callback;
}

void load() {
    MemoryContext work = AllocSetContextCreate(
        CurrentMemoryContext, "pg_credits catalogue load", ALLOCSET_DEFAULT_SIZES);
    MemoryContext caller = MemoryContextSwitchTo(work);
    // What is cached outlives this transaction, so it is read as of now, not as of its snapshot. Of
    // the server's ways to such a snapshot this is the one that parallel queries allow.
    PushActiveSnapshot(GetCatalogSnapshot(InvalidOid));
    watch();
    const std::uint64_t changes = changes_seen;
    check_schema_version();
    RaisingArena arena;
    const Platform platform = load_platform();
    const auto plans = load_plans(arena, platform.unit.scale);
    const auto actions = load_actions(arena, platform.unit.scale);
    const auto consents = load_consents(arena, platform.unit.scale);
    const core::Json policy = load_policy();
    PopActiveSnapshot();
    MemoryContextCallback* retirement = prepare_retirement();
    core::Catalogue* built =
        compute_or_raise([&] { return build(platform, plans, actions, consents, policy); });
    retirement->arg = current;
    MemoryContextRegisterResetCallback(TopTransactionContext, retirement);
    current = built;
    ++copies_made;
    changes_loaded = changes;
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(work);
}

} // namespace

bool catalogue_is_current() {
    return changes_loaded == changes_seen;
}

void refresh_catalogue() {
    // The server hears of changes as it takes locks that it has not yet; a call that waited for a
    // row, or a later one of a transaction, takes none.
    AcceptInvalidationMessages();
    if (!catalogue_is_current()) {
        load();
    }
}

core::Catalogue& catalogue() {
    return *current;
}

std::uint64_t catalogue_number() {
    return copies_made;
}

const PlatformSettings& platform_settings() {
    return settings;
}

Oid result_type(ResultType type) {
    return result_types[static_cast<std::size_t>(type)];
}

void announce_catalogue_change() {
    const Oid relid = get_relname_relid("platform", get_namespace_oid("credits", false));
    if (relid != InvalidOid) {
        CacheInvalidateRelcacheByRelid(relid);
    }
    ++changes_seen;
}

} // namespace credits::pg
