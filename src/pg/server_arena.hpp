// The pure ring's arena in the server's current memory context. Asking for memory never raises.
#pragma once

#include "core/arena.hpp"

#include <memory>

#include "pg/postgres.hpp"

namespace credits::pg {

class ServerArena final : public core::Arena {
  public:
    ServerArena() : context_(CurrentMemoryContext) {}

    void* allocate(std::size_t bytes) noexcept override {
        return MemoryContextAllocExtended(context_, bytes, MCXT_ALLOC_NO_OOM | MCXT_ALLOC_HUGE);
    }

  private:
    MemoryContext context_;
};

// RaisingArena is for code outside computations, where running out of memory raises at once.
class RaisingArena final : public core::Arena {
  public:
    void* allocate(std::size_t bytes) noexcept override {
        return MemoryContextAllocHuge(CurrentMemoryContext, bytes);
    }
};

// make_array gives values as T{} in the current memory context.
template <class T>
T* make_array(std::size_t count) {
    RaisingArena arena;
    T* values = core::allocate_array<T>(arena, count);
    std::uninitialized_value_construct_n(values, count);
    return values;
}

} // namespace credits::pg
