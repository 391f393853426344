// Owns reading of files, plain or gzip-compressed (recognized by their first bytes, not their
// name). Must never take a file cut short for a whole one: finish() says whether all of it was
// read.
#pragma once

#include <cstdio>
#include <string>
#include <sys/types.h>

namespace replay {

class InputFile {
  public:
    // Opens path; std::runtime_error with the reason where that is impossible.
    explicit InputFile(std::string path);
    ~InputFile();
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;
    InputFile(InputFile&&) = delete;
    InputFile& operator=(InputFile&&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }

    // next_line is false at the end; the line comes without its end (LF or CRLF).
    bool next_line(std::string& line);

    // read fills size bytes, or fewer at the end of the file.
    std::size_t read(char* buffer, std::size_t size);

    // finish ends the reading; std::runtime_error where decompression failed or reading did.
    void finish();

  private:
    void open_through_gzip();

    std::string path_;
    std::FILE* stream_ = nullptr;
    pid_t gzip_ = -1;
};

} // namespace replay
