#pragma once
// Several ranks as threads of one test.
#include <gtest/gtest.h>

#include <exception>
#include <string>
#include <thread>
#include <vector>

#include "facegan/core/stop.h"
#include "facegan/ranks/team.h"
#include "free_port.h"

// Does something on each of so many ranks, which then leave. What one throws is thrown here.
template <class Do>
void on_ranks(int size, const Do& action, const std::string& device = "cpu", bool leave = true) {
  const int port = free_port();
  std::vector<std::exception_ptr> failures(static_cast<std::size_t>(size));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank)
    threads.emplace_back([&, rank] {
      try {
        facegan::ranks::Team team(
            {.rank = rank, .size = size, .knows_machine = false, .address = "127.0.0.1", .port = port}, 30,
            [](const std::string& why) { ADD_FAILURE() << why; });
        team.connect(device);
        action(team);
        if (leave) team.leave();
        facegan::core::set_ends_at_once(false);  // the test goes on
      } catch (...) {
        failures[static_cast<std::size_t>(rank)] = std::current_exception();
      }
    });
  for (auto& thread : threads) thread.join();
  for (const auto& failure : failures)
    if (failure) std::rethrow_exception(failure);
}
