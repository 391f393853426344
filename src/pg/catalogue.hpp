// The backend's copy of the catalogue, rebuilt when any backend has changed it.
#pragma once

#include "core/catalogue.hpp"

#include "pg/postgres.hpp"

namespace credits::pg {

// Settings of the platform that calls need beside the catalogue itself; plain data.
struct PlatformSettings {
    char default_plan[256]; // empty: none
    Interval refund_lot_life;
    int idempotency_days;
};

// refresh_catalogue reads the catalogue again where it changed. It comes after open_work, whose
// lock on the wallet table keeps the unit from changing any more. An old schema is an error.
void refresh_catalogue();

// catalogue_is_current: no change has been announced since.
bool catalogue_is_current();

// catalogue is the copy as of the last refresh; what it hands out is valid to the end of the
// transaction. Its price book grows as calls name models.
core::Catalogue& catalogue();

// catalogue_number tells one copy from the next.
std::uint64_t catalogue_number();

const PlatformSettings& platform_settings();

// result_type is the id of a composite type of schema credits.
enum class ResultType { receipt, decision };
Oid result_type(ResultType type);

// announce_catalogue_change makes every backend read the catalogue again, once this commits.
void announce_catalogue_change();

} // namespace credits::pg
