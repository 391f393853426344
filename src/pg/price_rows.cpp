// A model's rows are read once per backend and version of the catalogue, all dates and versions of
// them: which one counts for a call is the core's choice.
#include "pg/price_rows.hpp"

#include "pg/boundary.hpp"
#include "pg/clock.hpp"
#include "pg/json.hpp"
#include "pg/numeric.hpp"
#include "pg/rows.hpp"
#include "pg/server_arena.hpp"
#include "pg/statement.hpp"

namespace credits::pg {

namespace {

// Zones of the price book; the server keeps time zones for good, so do these.
struct KeptZone {
    pg_tz* zone;
    ZoneOf* kept;
    KeptZone* next;
};

KeptZone* kept_zones = nullptr;

const core::Zone* zone_named(std::string_view name) {
    if (name.empty() || name == "UTC") {
        return nullptr;
    }
    pg_tz* zone = find_zone(pnstrdup(name.data(), name.size()));
    for (const KeptZone* known = kept_zones; known != nullptr; known = known->next) {
        if (known->zone == zone) {
            return known->kept;
        }
    }
    auto* memory = MemoryContextAlloc(TopMemoryContext, sizeof(ZoneOf));
    auto* entry = static_cast<KeptZone*>(MemoryContextAlloc(TopMemoryContext, sizeof(KeptZone)));
    *entry = {zone, ::new (memory) ZoneOf(zone), kept_zones};
    kept_zones = entry;
    return entry->kept;
}

std::string_view text_in(const Rows& rows, std::uint64_t row, int number) {
    bool is_null = false;
    const Datum value = column(rows, row, number, is_null);
    return is_null ? std::string_view{} : text_view(value);
}

core::Json json_in(const Rows& rows, std::uint64_t row, int number) {
    bool is_null = false;
    const Datum value = column(rows, row, number, is_null);
    return is_null ? core::Json{} : json_tree(DatumGetJsonbP(value));
}

std::optional<core::Decimal> decimal_in(const Rows& rows, std::uint64_t row, int number) {
    bool is_null = false;
    const Datum value = column(rows, row, number, is_null);
    return is_null ? std::nullopt : std::optional(stored_decimal(value));
}

// The model whose prices a name means; false where there is none.
bool find_model(std::string_view provider,
                std::string_view model,
                std::int64_t version,
                Rows& rows) {
    static Statement statement = {"SELECT provider, model FROM credits.price_model($1, $2, $3)",
                                  3,
                                  {TEXTOID, TEXTOID, INT8OID},
                                  nullptr};
    Parameters parameters = {};
    parameters.add(text_datum(provider));
    parameters.add(text_datum(model));
    parameters.add(Int64GetDatum(version));
    rows = query(statement, parameters);
    return rows.count > 0;
}

Rows select_prices(std::string_view provider, std::string_view model) {
    static Statement statement = {
        "SELECT metric, price, per, free, conditions, tiers, valid_from, valid_to,"
        " source OPERATOR(pg_catalog.=) 'configuration', version_from, version_to"
        " FROM credits.price WHERE provider OPERATOR(pg_catalog.=) $1"
        " AND model OPERATOR(pg_catalog.=) $2",
        2,
        {TEXTOID, TEXTOID},
        nullptr};
    Parameters parameters = {};
    parameters.add(text_datum(provider));
    parameters.add(text_datum(model));
    return query(statement, parameters);
}

core::PriceRow read_price(const Rows& rows, std::uint64_t at) {
    bool is_null = false;
    core::PriceRow row;
    row.metric = text_in(rows, at, 1);
    const std::optional<core::Decimal> price = decimal_in(rows, at, 2);
    row.terms.has_flat_price = price.has_value();
    row.terms.price = price.value_or(core::Decimal{});
    row.terms.per = decimal_in(rows, at, 3).value_or(core::Decimal{1, 0});
    row.terms.free = decimal_in(rows, at, 4).value_or(core::Decimal{});
    const core::Json conditions = json_in(rows, at, 5);
    const core::Json tiers = json_in(rows, at, 6);
    ServerArena arena;
    compute_or_raise([&] {
        row.terms.when = core::read_conditions(conditions);
        row.terms.tiers =
            tiers.is_null() ? core::List<core::PriceTier>{} : core::read_tiers(arena, tiers);
        return true;
    });
    row.valid_from = DatumGetTimestampTz(column(rows, at, 7, is_null));
    row.valid_to = DatumGetTimestampTz(column(rows, at, 8, is_null));
    row.configured = DatumGetBool(column(rows, at, 9, is_null));
    row.version_from = DatumGetInt64(column(rows, at, 10, is_null));
    row.version_to = DatumGetInt64(column(rows, at, 11, is_null));
    const core::PriceConditions& when = row.terms.when;
    row.zone = zone_named(when.time_zone);
    row.weekday_zone =
        when.weekday_time_zone.empty() ? row.zone : zone_named(when.weekday_time_zone);
    return row;
}

// Rows of the model that the names mean, under the names as they were asked for.
core::List<core::PriceRow>
read_model(std::string_view provider, std::string_view model, std::int64_t version) {
    core::List<core::PriceRow> prices;
    Rows meant = {};
    if (!find_model(provider, model, version, meant)) {
        return prices;
    }
    const Rows rows = select_prices(text_in(meant, 0, 1), text_in(meant, 0, 2));
    RaisingArena arena;
    for (std::uint64_t at = 0; at < rows.count; ++at) {
        core::PriceRow row = read_price(rows, at);
        row.provider = provider;
        row.model = model;
        prices.push_back(arena, row);
    }
    return prices;
}

} // namespace

void know_prices(core::PriceBook& book,
                 std::string_view provider,
                 std::string_view model,
                 std::int64_t version) {
    if (book.knows(provider, model, version)) {
        return;
    }
    MemoryContext work = AllocSetContextCreate(
        CurrentMemoryContext, "pg_credits prices of a model", ALLOCSET_DEFAULT_SIZES);
    MemoryContext caller = MemoryContextSwitchTo(work);
    // What is cached outlives this transaction, so it is read as of now, as the catalogue is;
    // versions keep the book as the catalogue has it.
    PushActiveSnapshot(GetCatalogSnapshot(InvalidOid));
    const std::int64_t actual = version == core::latest_version ? book.version() : version;
    const core::List<core::PriceRow> prices = read_model(provider, model, actual);
    PopActiveSnapshot();
    compute_or_raise([&] {
        book.learn(provider, model, version);
        for (const core::PriceRow& row : prices) {
            book.add(row, version);
        }
        return true;
    });
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(work);
}

void know_prices_of(core::PriceBook& book, core::CallRequest& call) {
    if (!call.can_be_priced()) {
        return;
    }
    if (call.priced_at.version == book.version()) {
        call.priced_at.version = core::latest_version;
    }
    know_prices(book, call.provider, call.model, call.priced_at.version);
}

} // namespace credits::pg
