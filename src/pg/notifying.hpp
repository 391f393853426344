// Notifications on channel credits_alerts. The rows they tell of are the truth; a session that
// prepares transactions, which the server refuses after a notification, can do without them.
#pragma once

namespace credits::pg {

// define_notifying_settings registers pg_credits.notify.
void define_notifying_settings();

// announce sends a payload when the transaction commits, if the setting allows it and it fits.
void announce(const char* payload);

} // namespace credits::pg
