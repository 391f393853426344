// What is announced, and the setting that holds it back.
#include "pg/notifying.hpp"

#include "pg/postgres.hpp"

extern "C" {
#include <commands/async.h>
#include <utils/guc.h>
}

namespace credits::pg {

namespace {

constexpr std::size_t payload_max = 7999; // the server's
bool notify_setting = true;

} // namespace

void define_notifying_settings() {
    DefineCustomBoolVariable("pg_credits.notify",
                             "Sends notifications of alerts on channel credits_alerts.",
                             "Off in sessions that prepare transactions for two-phase commit: the "
                             "server refuses that after a notification. The rows are written all "
                             "the same.",
                             &notify_setting,
                             true,
                             PGC_USERSET,
                             GUC_NOT_IN_SAMPLE,
                             nullptr,
                             nullptr,
                             nullptr);
}

void announce(const char* payload) {
    if (notify_setting && strlen(payload) <= payload_max) {
        Async_Notify("credits_alerts", payload);
    }
}

} // namespace credits::pg
