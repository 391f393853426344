// How holds end that nobody settles or releases: their time is up, or a failed payment takes what
// their calls need. Owns what becomes of such a hold; the order among other events is due's.
#pragma once

#include "core/account.hpp"

#include <cstdint>

namespace credits::core {

// Holds that time out at one moment do so in the order in which they were made.
bool times_out_before(const Hold& left, const Hold& right);

void time_out(Account& account, Hold& hold);

struct LostHold {
    Instant at = never;
    std::uint32_t index = 0; // in account.holds
};

// next_lost_hold is the open hold that the licence ends first; at is never where it ends none. What
// a schedule that was configured anew takes at a time that the account has lived through is taken
// now.
LostHold next_lost_hold(const Account& account);

// give_back_lost ends a hold for the licence, with an entry that says so.
void give_back_lost(Account& account, Hold& hold, Instant moment);

// next_licence_step is the next moment at which the account's licence loses anything.
Instant next_licence_step(const Account& account);

} // namespace credits::core
