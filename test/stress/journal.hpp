// Owns the journal: what this program knows for certain about each of its calls. Must never hold a
// receipt whose COMMIT has not returned, and a line counts only once the kernel has it.
#pragma once

#include "call.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace stress {

// Knowledge about a call: it is committed; it was rolled back; or nobody can say, because the
// connection broke before the answer.
enum class Knowledge { committed, undone, unknown };

class Journal {
  public:
    // Opens the file to append to it; std::runtime_error where that is impossible.
    explicit Journal(const std::string& path);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;
    Journal(Journal&&) = delete;
    Journal& operator=(Journal&&) = delete;

    // Each appends one line: COPY's text format, columns as journal_columns says.
    void committed(const Call& call, const Answer& answer);
    void undone(const Call& call);
    void unknown(const Call& call);

    [[nodiscard]] std::uint64_t count(Knowledge knowledge) const {
        return counts_[static_cast<std::size_t>(knowledge)];
    }

  private:
    void append(Knowledge knowledge, const Call& call, const Answer* answer);

    int file_ = -1;
    std::mutex mutex_;
    std::array<std::atomic<std::uint64_t>, 3> counts_{};
};

constexpr const char* journal_columns =
    "knowledge text, account_id text, verb text, op text, key text, number bigint,"
    " kind text, amount numeric, cost numeric, balance numeric, replayed boolean";

} // namespace stress
