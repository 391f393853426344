// What time it is for a call, and wall-clock time in an account's zone.
#pragma once

#include "core/calendar.hpp"

#include "pg/postgres.hpp"

namespace credits::pg {

// define_clock_settings registers pg_credits.now.
void define_clock_settings();

// current_instant is pg_credits.now where set, else the time of day at this very moment.
core::Instant current_instant();

// ZoneOf is the server's time zone database behind the pure ring's interface.
class ZoneOf final : public core::Zone {
  public:
    explicit ZoneOf(pg_tz* zone) : zone_(zone) {}

    void set(pg_tz* zone) { zone_ = zone; }

    [[nodiscard]] core::LocalTime to_local(core::Instant instant) const noexcept override;
    [[nodiscard]] core::Instant to_instant(core::LocalTime local) const noexcept override;

  private:
    pg_tz* zone_;
};

// find_zone raises 22023 for a name that the server does not know.
pg_tz* find_zone(const char* name);

} // namespace credits::pg
