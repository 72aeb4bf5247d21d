#pragma once
// Tests that need a GPU: without one each says that it skips.
#include <gtest/gtest.h>

#include "facegan/device/device.h"

class OnGpu : public ::testing::Test {
 protected:
  void SetUp() override {
    const facegan::device::CudaStatus& status = facegan::device::cuda_status();
    if (status.devices.empty()) GTEST_SKIP() << "no GPU: " << status.why_not;
    ASSERT_TRUE(status.usable) << status.why_not;
  }
};
