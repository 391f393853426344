// Exceptions of the pure ring as server errors.
#include "pg/boundary.hpp"

#include "core/error.hpp"

#include <cstring>
#include <new>
#include <stdexcept>
#include <string_view>

#include "pg/postgres.hpp"

namespace credits::pg {

namespace {

template <std::size_t Size>
void copy(char (&target)[Size], std::string_view text) noexcept {
    // Cut at a whole character: a torn one would be invalid in the server's encoding.
    const std::size_t length = text.size() < Size
                                   ? text.size()
                                   : static_cast<std::size_t>(pg_mbcliplen(
                                         text.data(), static_cast<int>(text.size()), Size - 1));
    std::memcpy(target, text.data(), length);
    target[length] = '\0';
}

void describe(Report& report,
              int sqlstate,
              std::string_view message,
              std::string_view detail,
              std::string_view hint) noexcept {
    report.sqlstate = sqlstate;
    copy(report.message, message);
    copy(report.detail, detail);
    copy(report.hint, hint);
}

int sqlstate_of(core::ErrorKind kind) {
    switch (kind) {
    case core::ErrorKind::out_of_range:
        return ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
    case core::ErrorKind::data_corrupted:
        return ERRCODE_DATA_CORRUPTED;
    case core::ErrorKind::invalid_argument:
        break;
    }
    return ERRCODE_INVALID_PARAMETER_VALUE;
}

} // namespace

void describe_current_exception(Report& report) noexcept {
    try {
        throw;
    } catch (const core::Error& error) {
        describe(report, sqlstate_of(error.kind()), error.what(), error.detail(), error.hint());
    } catch (const std::bad_alloc&) {
        describe(report, ERRCODE_OUT_OF_MEMORY, "out of memory", "", "");
    } catch (const std::overflow_error&) {
        describe(report,
                 ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
                 "the amount is out of range",
                 "an intermediate result needs more digits than are kept",
                 "use smaller amounts");
    } catch (const std::range_error&) {
        describe(report,
                 ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
                 "the amount is out of range",
                 "an intermediate result needs more digits than are kept",
                 "use smaller amounts");
    } catch (const std::exception& error) {
        describe(report, ERRCODE_INTERNAL_ERROR, "unexpected failure", error.what(), "");
    } catch (...) {
        describe(report, ERRCODE_INTERNAL_ERROR, "unexpected failure", "", "");
    }
}

void raise(const Report& report) {
    ereport(ERROR,
            (errcode(report.sqlstate),
             errmsg("%s", report.message),
             report.detail[0] == '\0' ? 0 : errdetail("%s", report.detail),
             report.hint[0] == '\0' ? 0 : errhint("%s", report.hint)));
    pg_unreachable();
}

} // namespace credits::pg
