// Owns the connection to PostgreSQL: statements, results, errors. Shared by the replay and the
// stress program. Must never retry or hide an error: what a failure means is the caller's decision.
#pragma once

#include <libpq-fe.h>

#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace replay {

// DatabaseError carries the SQLSTATE; an empty one means that no server answered.
class DatabaseError : public std::runtime_error {
  public:
    DatabaseError(const std::string& text, std::string sqlstate, bool connection_lost)
        : std::runtime_error(text), sqlstate_(std::move(sqlstate)),
          connection_lost_(connection_lost) {}

    [[nodiscard]] const std::string& sqlstate() const { return sqlstate_; }

    // connection_lost: whether the statement took effect is not known.
    [[nodiscard]] bool connection_lost() const { return connection_lost_; }

    // retryable: a lost race, rolled back as a whole; the same statement may simply run again.
    [[nodiscard]] bool retryable() const { return sqlstate_ == "40001" || sqlstate_ == "40P01"; }

    // refusal: a business rule said no (PT and an HTTP status).
    [[nodiscard]] bool refusal() const { return sqlstate_.starts_with("PT"); }

  private:
    std::string sqlstate_;
    bool connection_lost_;
};

class Rows {
  public:
    explicit Rows(PGresult* result) : result_(result, &PQclear) {}

    [[nodiscard]] int count() const { return PQntuples(result_.get()); }

    [[nodiscard]] bool is_null(int row, int column) const {
        return PQgetisnull(result_.get(), row, column) == 1;
    }

    [[nodiscard]] std::string_view text(int row, int column) const {
        return {PQgetvalue(result_.get(), row, column),
                static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
    }

    [[nodiscard]] bool truth(int row, int column) const { return text(row, column) == "t"; }

    [[nodiscard]] std::int64_t integer(int row, int column) const {
        const std::string_view digits = text(row, column);
        std::int64_t value = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (error != std::errc() || end != digits.data() + digits.size()) {
            throw std::runtime_error("the server sent \"" + std::string(digits) +
                                     "\" for an integer");
        }
        return value;
    }

  private:
    std::unique_ptr<PGresult, decltype(&PQclear)> result_;
};

class Connection {
  public:
    // Parameters are texts in server encoding; nullptr is NULL.
    using Parameters = std::initializer_list<const char*>;

    Connection(const std::string& conninfo, const char* application_name)
        : handle_(nullptr, &PQfinish) {
        // An expanded "dbname" is the one way to add a setting to a connection string or URI.
        const char* const names[] = {"dbname", "fallback_application_name", nullptr};
        const char* const values[] = {conninfo.c_str(), application_name, nullptr};
        handle_.reset(PQconnectdbParams(names, values, 1));
        if (PQstatus(handle_.get()) != CONNECTION_OK) {
            throw DatabaseError(
                "cannot connect: " + trimmed(PQerrorMessage(handle_.get())), "", true);
        }
        PQsetNoticeProcessor(
            handle_.get(), [](void*, const char*) {}, nullptr);
    }

    // execute runs commands without parameters; of several, the last one's rows are returned.
    Rows execute(const std::string& sql) { return checked(PQexec(handle_.get(), sql.c_str())); }

    Rows query(const std::string& sql, Parameters parameters) {
        return checked(PQexecParams(handle_.get(),
                                    sql.c_str(),
                                    static_cast<int>(parameters.size()),
                                    nullptr,
                                    parameters.begin(),
                                    nullptr,
                                    nullptr,
                                    0));
    }

    void prepare(const std::string& name, const std::string& sql) {
        checked(PQprepare(handle_.get(), name.c_str(), sql.c_str(), 0, nullptr));
    }

    Rows run(const std::string& name, const std::vector<const char*>& parameters) {
        return checked(PQexecPrepared(handle_.get(),
                                      name.c_str(),
                                      static_cast<int>(parameters.size()),
                                      parameters.data(),
                                      nullptr,
                                      nullptr,
                                      0));
    }

    // copy_in sends data, whole lines in COPY's text format, to a COPY ... FROM STDIN.
    void copy_in(const std::string& sql, const std::string& data) {
        PGresult* started = PQexec(handle_.get(), sql.c_str());
        if (PQresultStatus(started) != PGRES_COPY_IN) {
            checked(started);
            throw DatabaseError("not a COPY FROM STDIN: " + sql, "", false);
        }
        PQclear(started);
        constexpr std::size_t piece = 1U << 20U;
        for (std::size_t at = 0; at < data.size(); at += piece) {
            const std::size_t size = std::min(piece, data.size() - at);
            if (PQputCopyData(handle_.get(), data.data() + at, static_cast<int>(size)) != 1) {
                break;
            }
        }
        PQputCopyEnd(handle_.get(), nullptr);
        checked(PQgetResult(handle_.get()));
        while (PGresult* rest = PQgetResult(handle_.get())) {
            PQclear(rest);
        }
    }

  private:
    static std::string trimmed(const char* message) {
        std::string text(message == nullptr ? "" : message);
        text.erase(text.find_last_not_of(" \n\r") + 1);
        return text;
    }

    Rows checked(PGresult* result) {
        const ExecStatusType status = PQresultStatus(result);
        if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
            return Rows(result);
        }
        const Rows owner(result);
        const auto field = [result](int code) {
            const char* text = PQresultErrorField(result, code);
            return std::string(text == nullptr ? "" : text);
        };
        std::string text = field(PG_DIAG_MESSAGE_PRIMARY);
        if (text.empty()) {
            text = trimmed(PQerrorMessage(handle_.get()));
        }
        for (const auto& [label, code] : {std::pair{"; detail: ", PG_DIAG_MESSAGE_DETAIL},
                                          std::pair{"; hint: ", PG_DIAG_MESSAGE_HINT}}) {
            if (const std::string more = field(code); !more.empty()) {
                text += label + more;
            }
        }
        const std::string sqlstate = field(PG_DIAG_SQLSTATE);
        // A server that goes down may say so before the connection breaks.
        const bool lost = PQstatus(handle_.get()) != CONNECTION_OK || sqlstate.starts_with("57P0");
        throw DatabaseError(
            sqlstate.empty() ? text : text + " (SQLSTATE " + sqlstate + ")", sqlstate, lost);
    }

    std::unique_ptr<PGconn, decltype(&PQfinish)> handle_;
};

} // namespace replay
