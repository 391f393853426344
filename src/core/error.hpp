// Errors of the pure ring as values: what went wrong, with detail and hint.
// Owns the kinds of error the core can report; must never know an SQLSTATE or a server header.
#pragma once

#include <exception>
#include <string>
#include <utility>

namespace credits::core {

enum class ErrorKind { invalid_argument, out_of_range, data_corrupted };

class Error : public std::exception {
  public:
    Error(ErrorKind kind, std::string message, std::string detail, std::string hint)
        : kind_(kind), message_(std::move(message)), detail_(std::move(detail)),
          hint_(std::move(hint)) {}

    [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }

    [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

    [[nodiscard]] const std::string& detail() const noexcept { return detail_; }

    [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

  private:
    ErrorKind kind_;
    std::string message_;
    std::string detail_;
    std::string hint_;
};

[[noreturn]] inline void
throw_invalid(std::string message, std::string detail = "", std::string hint = "") {
    throw Error(
        ErrorKind::invalid_argument, std::move(message), std::move(detail), std::move(hint));
}

[[noreturn]] inline void throw_out_of_range(std::string message, std::string detail = "") {
    throw Error(ErrorKind::out_of_range,
                std::move(message),
                std::move(detail),
                "use amounts of at most 38 significant digits");
}

// throw_corrupted: what was stored is not what was written.
[[noreturn]] inline void throw_corrupted(std::string message, std::string detail = "") {
    throw Error(ErrorKind::data_corrupted,
                std::move(message),
                std::move(detail),
                "restore it from a backup; what is stored has changed since it was written");
}

} // namespace credits::core
