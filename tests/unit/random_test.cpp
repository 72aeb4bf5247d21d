// The random numbers and the checksum against published values.
#include "facegan/core/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "facegan/core/checksum.h"

namespace facegan::core {
namespace {

// Known answers of Random123 (kat_vectors, "philox4x32 10").
TEST(CoreRandom, PhiloxKnownAnswers) {
  using Block = std::array<std::uint32_t, 4>;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(CoreRandom, StreamIsPhiloxOverSeedPurposeIndex) {
  Random random(0x0123456789abcdef, Purpose::grid, 0xfedcba9876543210);
  std::vector<std::uint32_t> drawn;
  for (int i = 0; i < 8; ++i) drawn.push_back(random.next_u32());
  std::vector<std::uint32_t> expected;
  for (std::uint32_t block : {0u, 1u})
    for (auto word : philox4x32({block, 0x76543210, 0xfedcba98, 3}, {0x89abcdef, 0x01234567}))
      expected.push_back(word);
  EXPECT_EQ(drawn, expected);
}

TEST(CoreRandom, EveryPartOfTheNameMakesAnotherStream) {
  constexpr std::uint64_t kHigh = std::uint64_t{1} << 32;
  std::vector<std::uint64_t> first;
  for (std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, kHigh})
    for (std::uint64_t index : {std::uint64_t{0}, std::uint64_t{1}, kHigh})
      for (std::uint32_t purpose = 1; purpose <= 9; ++purpose)
        first.push_back(Random(seed, static_cast<Purpose>(purpose), index).next_u64());
  std::sort(first.begin(), first.end());
  EXPECT_EQ(std::adjacent_find(first.begin(), first.end()), first.end());
}

TEST(CoreRandom, UniformAndNormalHaveTheirMoments) {
  constexpr int kCount = 100'000;
  Random random(7, Purpose::latents, 0);
  double sum = 0, squares = 0, fourth = 0, uniform_sum = 0, low = 1, high = 0;
  for (int i = 0; i < kCount; ++i) {
    const double n = random.normal(), u = random.uniform();
    sum += n, squares += n * n, fourth += n * n * n * n, uniform_sum += u;
    low = std::min(low, u), high = std::max(high, u);
  }
  // Five standard errors.
  EXPECT_NEAR(sum / kCount, 0, 5 / std::sqrt(kCount));
  EXPECT_NEAR(squares / kCount, 1, 5 * std::sqrt(2.0 / kCount));
  EXPECT_NEAR(fourth / kCount, 3, 5 * std::sqrt(96.0 / kCount));
  EXPECT_NEAR(uniform_sum / kCount, 0.5, 5 / std::sqrt(12.0 * kCount));
  EXPECT_GE(low, 0);
  EXPECT_LT(low, 1e-3);
  EXPECT_GT(high, 1 - 1e-3);
  EXPECT_LT(high, 1);
}

TEST(CoreRandom, FillNormalEqualsDrawingOneByOne) {
  std::vector<float> filled(7);
  Random(5, Purpose::sample, 9).fill_normal(filled.data(), filled.size());
  Random random(5, Purpose::sample, 9);
  for (float value : filled) EXPECT_EQ(value, static_cast<float>(random.normal()));
}

TEST(CoreRandom, SkippingIsDrawingAndNotLooking) {
  for (const std::uint64_t count : {0u, 1u, 2u, 7u, 64u}) {
    Random drawn(3, Purpose::latents, 5), skipped(3, Purpose::latents, 5);
    for (std::uint64_t i = 0; i < count; ++i) drawn.next_u64();
    skipped.skip(count);
    for (int i = 0; i < 9; ++i) EXPECT_EQ(skipped.next_u32(), drawn.next_u32()) << count;
    EXPECT_EQ(skipped.normal(), drawn.normal()) << count;
  }
}

TEST(CoreRandom, BelowIsInRangeAndFlat) {
  Random random(3, Purpose::faces, 0);
  std::vector<int> counts(7);
  for (int i = 0; i < 70'000; ++i) ++counts.at(random.below(7));
  for (int count : counts) EXPECT_NEAR(count, 10'000, 500);
  // A modulo alone would put half of the numbers, not a third, into the lowest third.
  constexpr std::uint64_t kWide = std::uint64_t{3} << 62;
  int lower = 0;
  for (int i = 0; i < 10'000; ++i) lower += random.below(kWide) < kWide / 3;
  EXPECT_NEAR(lower, 3'333, 250);
  EXPECT_EQ(random.below(1), 0u);
}

TEST(CoreRandom, PermutationIsOneOrderPerSeedAndEpoch) {
  const auto order = permutation(1, 1, 1000);
  EXPECT_EQ(order, permutation(1, 1, 1000));
  EXPECT_NE(order, permutation(1, 2, 1000));
  EXPECT_NE(order, permutation(2, 1, 1000));
  auto sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (std::uint32_t i = 0; i < 1000; ++i) ASSERT_EQ(sorted[i], i);
  std::size_t fixed_points = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) fixed_points += order[i] == i;
  EXPECT_LT(fixed_points, 10u);
  EXPECT_TRUE(permutation(1, 1, 0).empty());
  EXPECT_EQ(permutation(1, 1, 1), std::vector<std::uint32_t>{0});
}

// Every order of three is equally likely.
TEST(CoreRandom, PermutationIsFair) {
  std::map<std::vector<std::uint32_t>, int> seen;
  for (std::uint64_t epoch = 0; epoch < 6000; ++epoch) ++seen[permutation(11, epoch, 3)];
  ASSERT_EQ(seen.size(), 6u);
  for (const auto& [order, count] : seen) EXPECT_NEAR(count, 1000, 150);
}

// Values of the reference implementation (Python package xxhash).
TEST(CoreChecksum, Xxh64KnownAnswers) {
  auto hash = [](const std::string& text, std::uint64_t seed = 0) {
    return hex64(xxh64(text.data(), text.size(), seed));
  };
  EXPECT_EQ(hash(""), "ef46db3751d8e999");
  EXPECT_EQ(hash("a"), "d24ec4f1a98c6e5b");
  EXPECT_EQ(hash("abc"), "44bc2cf5ad770999");
  EXPECT_EQ(hash("Nobody inspects the spammish repetition"), "fbcea83c8a378bf1");
  EXPECT_EQ(hash("Nobody inspects the spammish repetition", 2654435761), "56db22dd5b051147");
  EXPECT_EQ(hash("", 2654435761), "ac75fda2929b17ef");
  std::string bytes(1000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 + 7);
  EXPECT_EQ(hash(bytes), "99594f4828043d35");
  EXPECT_EQ(hash(bytes.substr(0, 4)), "c60d15b1e3ff8f04");
  EXPECT_EQ(hash(bytes.substr(0, 7)), "afbefc3d6c6f9a8e");
  EXPECT_EQ(hash(bytes.substr(0, 12)), "8fe8ab1c1fd0666e");
  EXPECT_EQ(hash(bytes.substr(0, 31)), "4a74f3a1a39ad4a1");
  EXPECT_EQ(hash(bytes.substr(0, 32)), "8d57d6a4671cc43d");
  EXPECT_EQ(hash(bytes.substr(0, 33)), "62c9fd21ed857664");
}

// The examples of FIPS 180.
TEST(CoreChecksum, Sha256OfKnownBytes) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// Of RFC 3720, appendix B.4, and the check value of the catalogues.
TEST(CoreChecksum, Crc32cOfKnownBytes) {
  std::string up(32, '\0');
  for (std::size_t i = 0; i < up.size(); ++i) up[i] = static_cast<char>(i);
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  EXPECT_EQ(crc32c(up), 0x46DD794Eu);
  EXPECT_EQ(crc32c(std::string(up.rbegin(), up.rend())), 0x113FDB5Cu);
}

TEST(CoreChecksum, PiecesGiveTheSumOfTheWhole) {
  std::string bytes(200, 'x');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
  const auto whole = xxh64(bytes.data(), bytes.size());
  for (std::size_t piece : {1u, 3u, 31u, 32u, 33u, 64u, 199u}) {
    Xxh64 hash;
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      hash.update(bytes.data() + at, std::min(piece, bytes.size() - at));
    hash.update(nullptr, 0);
    EXPECT_EQ(hash.digest(), whole) << "in pieces of " << piece;
  }
}

}  // namespace
}  // namespace facegan::core
