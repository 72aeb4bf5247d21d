#pragma once
// The error of a call, so that a test can look at its kind and its text.
#include <gtest/gtest.h>

#include "facegan/core/error.h"

template <class Call>
facegan::Error error_of(Call call) {
  try {
    call();
  } catch (const facegan::Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return facegan::Error(facegan::ErrorKind::internal, "no error");
}
