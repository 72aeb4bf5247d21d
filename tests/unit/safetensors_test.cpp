// The safetensors format: what is written, what is read back, and every named attack on a reader.
#include "facegan/core/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>

#include "error_of.h"
#include "facegan/core/checksum.h"
#include "facegan/core/files.h"
#include "temporary_folder.h"

namespace facegan::core {
namespace {

// A file of this header and so many data bytes.
std::string file_of(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + header + std::string(data_bytes, '\x11');
}

std::string sample_file() {
  static const float weights[] = {1, -2, 3.5f, 0, 1e-30f, 6};
  static const double moment[] = {0.1};
  static const unsigned char flags[] = {1, 0, 1};
  return safetensors_bytes({{"g.0.weight", "F32", {2, 3}, weights},
                            {"flags", "U8", {3}, flags},
                            {"moment", "F64", {}, moment},
                            {"empty", "F32", {0, 4}, nullptr}},
                           {{"step", "12"}, {"config", "line 1\nline \"2\" \u00fc"}});
}

// `why` must be part of the one-line message.
void expect_refused(const std::string& bytes, const std::string& why) {
  const Error error = error_of([&] { parse_safetensors(bytes, "x.safetensors"); });
  const std::string text = error.what();
  EXPECT_EQ(error.kind(), ErrorKind::checkpoint) << text;
  EXPECT_NE(text.find("x.safetensors"), std::string::npos) << text;
  EXPECT_NE(text.find(why), std::string::npos) << "instead of '" << why << "': " << text;
  EXPECT_EQ(text.find('\n'), std::string::npos) << text;
}

TEST(Safetensors, RoundTrip) {
  const std::string bytes = sample_file();
  EXPECT_EQ(bytes, sample_file());
  const SafetensorsFile file = parse_safetensors(bytes, "memory");
  ASSERT_EQ(file.tensors.size(), 4u);
  EXPECT_EQ(file.metadata.at("config"), "line 1\nline \"2\" \u00fc");
  EXPECT_EQ(file.metadata.at("step"), "12");
  // Wide elements first, then by name, and the data 8-aligned in the file.
  EXPECT_EQ(file.tensors[0].name, "moment");
  EXPECT_EQ(file.tensors[3].name, "flags");
  EXPECT_EQ((bytes.size() - file.data.size()) % 8, 0u);
  const TensorInfo* weight = file.find("g.0.weight");
  ASSERT_NE(weight, nullptr);
  EXPECT_EQ(weight->dtype, "F32");
  EXPECT_EQ(weight->shape, (std::vector<std::int64_t>{2, 3}));
  ASSERT_EQ(weight->bytes(), 24u);
  float third;
  std::memcpy(&third, file.bytes_of(*weight) + 8, 4);
  EXPECT_EQ(third, 3.5f);
  EXPECT_TRUE(file.find("moment")->shape.empty());
  EXPECT_EQ(file.find("empty")->bytes(), 0u);
  EXPECT_EQ(file.find("none"), nullptr);
}

TEST(Safetensors, FileAndHeaderOnly) {
  const TemporaryFolder folder;
  write_file_atomic(folder / "a.safetensors", sample_file());
  EXPECT_EQ(read_safetensors(folder / "a.safetensors").data.size(), 35u);
  const SafetensorsFile header = read_safetensors_header(folder / "a.safetensors");
  EXPECT_EQ(header.tensors.size(), 4u);
  EXPECT_EQ(header.metadata.at("step"), "12");
  EXPECT_TRUE(header.data.empty());
  // A file that is large by its size alone: its header is looked at before there is memory for the rest.
  std::filesystem::resize_file(folder / "a.safetensors", std::uint64_t{1} << 39);
  EXPECT_NE(std::string(error_of([&] { read_safetensors(folder / "a.safetensors"); }).what())
                .find("cut off or too long"),
            std::string::npos);
  const auto missing = [&] { read_safetensors_header(folder / "none"); };
  EXPECT_EQ(error_of(missing).kind(), ErrorKind::checkpoint);
}

TEST(Safetensors, WriterRefusesWhatNobodyCouldRead) {
  const float one = 1;
  EXPECT_EQ(error_of([&] { safetensors_bytes({{"a", "F33", {1}, &one}}, {}); }).kind(), ErrorKind::internal);
  const auto twice = [&] { safetensors_bytes({{"a", "F32", {1}, &one}, {"a", "F32", {1}, &one}}, {}); };
  EXPECT_EQ(error_of(twice).kind(), ErrorKind::internal);
}

// A path in the configuration may hold any bytes; the file must still be written and read.
TEST(Safetensors, TextThatIsNotUtf8IsReplaced) {
  const SafetensorsFile file = parse_safetensors(safetensors_bytes({}, {{"path", "a\xff"}}), "memory");
  EXPECT_EQ(file.metadata.at("path"), "a\ufffd");
}

// Foreign files carry no checksum, spaces at the end of the header and no order of names.
TEST(Safetensors, ReadsForeignFiles) {
  const auto file = parse_safetensors(file_of(R"({"b":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},)"
                                              R"("a":{"dtype":"I64","shape":[],"data_offsets":[4,12]}}   )",
                                              12),
                                      "memory");
  ASSERT_EQ(file.tensors.size(), 2u);
  EXPECT_EQ(file.tensors[0].name, "b");
  EXPECT_TRUE(parse_safetensors(file_of("{}", 0), "memory").tensors.empty());
}

TEST(Safetensors, RefusesBrokenFrames) {
  const std::string good = sample_file();
  expect_refused("", "shorter than 8 bytes");
  expect_refused("1234567", "shorter than 8 bytes");
  expect_refused(file_of("", 0), "does not start with '{'");
  std::string huge = good;
  const std::uint64_t too_long = 100'000'001, most = ~std::uint64_t{0};
  std::memcpy(huge.data(), &too_long, 8);
  expect_refused(huge, "header is too long");
  std::memcpy(huge.data(), &most, 8);
  expect_refused(huge, "header is too long");
  expect_refused(file_of("{}", 0).substr(0, 9), "ends inside its header");
  for (const std::uint64_t length : {most - 7, most - 8, std::uint64_t{1} << 63}) {  // + 8 would wrap
    std::memcpy(huge.data(), &length, 8);
    expect_refused(huge, "header is too long");
  }
  const std::uint64_t one_more = good.size() - 7;
  std::memcpy(huge.data(), &one_more, 8);
  expect_refused(huge, "ends inside its header");
  expect_refused(file_of("", 20), "does not start with '{'");
  expect_refused(good.substr(0, good.size() - 1), "outside the file");
  expect_refused(good + "x", "cut off or too long");
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_THROW(parse_safetensors(good.substr(0, size), "cut"), Error) << size;
}

TEST(Safetensors, RefusesBrokenJson) {
  const std::string byte = R"({"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  const std::string no_object = "its header is not a JSON object", no_brace = "does not start with '{'";
  expect_refused(file_of(" {}", 0), no_brace);
  expect_refused(file_of("[]", 0), no_brace);
  expect_refused(file_of("\xef\xbb\xbf{}", 0), no_brace);
  expect_refused(file_of("{", 0), no_object);
  expect_refused(file_of("{}x", 0), no_object);
  expect_refused(file_of("{}{}", 0), no_object);
  expect_refused(file_of("{\"t\":" + byte + ",}", 1), no_object);
  expect_refused(file_of("{'t':" + byte + "}", 1), no_object);
  expect_refused(file_of("{/**/\"t\":" + byte + "}", 1), no_object);
  expect_refused(file_of("{\"\xff\":" + byte + "}", 1), no_object);
  expect_refused(file_of("{\"\\ud800\":" + byte + "}", 1), no_object);
  expect_refused(file_of(std::string("{}\0hidden", 9), 0), "zero byte");
  expect_refused(file_of("{\"t\":" + byte + ",\"t\":" + byte + "}", 1), "names 't' twice");
  expect_refused(file_of("{\"t\":" + byte + ",\"\\u0074\":" + byte + "}", 1), "names 't' twice");
  expect_refused(file_of(R"({"t":{"dtype":"U8","dtype":"F32","shape":[],"data_offsets":[0,4]}})", 4),
                 "names 'dtype' twice");
  expect_refused(file_of(R"({"__metadata__":{},"__metadata__":{}})", 0), "names '__metadata__' twice");
  expect_refused(file_of(R"({"__metadata__":{"a":"","a":""}})", 0), "names 'a' twice");
  for (const char* value : {"[]", "\"a\"", "null", "3"})
    expect_refused(file_of(std::string("{\"__metadata__\":") + value + "}", 0), "metadata is not an object");
  for (const char* value : {"3", "null", "[\"a\"]", "{}", "true", "-1", "0.5"})
    expect_refused(file_of(std::string("{\"__metadata__\":{\"step\":") + value + "}}", 0),
                   "metadata 'step' is no text");
}

// The reader stops at the first level too many, whatever comes behind it.
TEST(Safetensors, RefusesDeepJson) {
  constexpr std::size_t kDeep = 500'000;
  const std::string open(kDeep, '['), close(kDeep, ']');
  expect_refused(file_of("{\"a\":" + open + close + "}", 0), "'a' must have exactly");
  expect_refused(file_of("{\"a\":{\"shape\":" + open + close + "}}", 0), "'a' has a bad shape");
  expect_refused(file_of("{\"__metadata__\":{\"a\":" + open + close + "}}", 0), "'a' is no text");
  std::string objects;
  for (std::size_t i = 0; i < kDeep; ++i) objects += "{\"a\":";
  expect_refused(file_of(objects, 0), "'a' must have exactly");
}

// A zero byte is no part of JSON; written as an escape it is part of a name, and shown as one.
TEST(Safetensors, NamesAreShownAsTheyAre) {
  const std::string entry = R"("dtype":"U8","shape":[2],"data_offsets":[0,1]}})";
  expect_refused(file_of("{\"a\\u0000b\\n\":{" + entry, 1), "tensor 'a\\x00b\\x0a' has a size");
  expect_refused(file_of("{\"" + std::string(100'000, 'n') + "\":{" + entry, 1), "nnn");
}

TEST(Safetensors, CountsAreBounded) {
  const auto header = [](std::size_t tensors, std::size_t texts) {
    std::string out = "{\"__metadata__\":{";
    for (std::size_t i = 0; i < texts; ++i) out += (i ? ",\"" : "\"") + std::to_string(i) + "\":\"\"";
    out += '}';
    for (std::size_t i = 0; i < tensors; ++i)
      out += ",\"" + std::to_string(i) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
    return out + '}';
  };
  EXPECT_EQ(parse_safetensors(file_of(header(99'999, 10'000), 0), "memory").tensors.size(), 99'999u);
  expect_refused(file_of(header(100'001, 0), 0), "more than 100,000 tensors");
  expect_refused(file_of(header(0, 10'001), 0), "more than 10,000 keys");
}

struct Attack {
  const char *dtype, *shape, *offsets;
  std::size_t data_bytes;
  const char* why;
};

TEST(Safetensors, RefusesBadEntries) {
  const Attack attacks[] = {
      {"\"F31\"", "[1]", "[0,4]", 4, "unknown dtype 'F31'"},
      {"4", "[1]", "[0,4]", 4, "dtype that is no text"},
      {"\"F32\"", "[-1]", "[0,4]", 4, "bad shape"},
      {"\"F32\"", "[1.5]", "[0,4]", 4, "bad shape"},
      {"\"F32\"", "1", "[0,4]", 4, "bad shape"},
      {"\"F32\"", "[[1]]", "[0,4]", 4, "bad shape"},
      {"\"F32\"", "{}", "[0,4]", 4, "bad shape"},
      {"\"F32\"", "null", "[0,4]", 4, "bad shape"},
      {"\"F32\"", "[true]", "[0,4]", 4, "bad shape"},
      {"\"F32\"", "[\"1\"]", "[0,4]", 4, "bad shape"},
      {"\"F32\"", "[-0]", "[0,0]", 0, "bad shape"},
      {"\"F32\"", "[281474976710657]", "[0,4]", 4, "bad shape"},
      {"\"U8\"", "[18446744073709551615]", "[0,4]", 4, "bad shape"},
      {"\"U8\"", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "[0,1]", 1, "bad shape"},
      // 2^32 x 2^32 and 2^62 x 4 bytes are 0 in 64 bits.
      {"\"U8\"", "[4294967296,4294967296]", "[0,0]", 0, "does not fit its shape"},
      {"\"F32\"", "[281474976710656,16384]", "[0,0]", 0, "does not fit its shape"},
      {"\"F32\"", "[2]", "[0,4]", 4, "does not fit its shape"},
      {"\"F32\"", "[1]", "[0,8]", 8, "does not fit its shape"},
      {"\"F32\"", "[1]", "[0,4]", 3, "outside the file"},
      {"\"F32\"", "[1]", "[4,0]", 4, "outside the file"},
      {"\"U8\"", "[1]", "[18446744073709551615,0]", 4, "outside the file"},
      {"\"F32\"", "[1]", "[-4,0]", 4, "bad data_offsets"},
      {"\"F32\"", "[1]", "[0.0,4.0]", 4, "bad data_offsets"},
      {"\"F32\"", "[1]", "[0,18446744073709551616]", 4, "bad data_offsets"},
      {"\"F32\"", "[1]", "[0]", 4, "bad data_offsets"},
      {"\"F32\"", "[1]", "[]", 4, "bad data_offsets"},
      {"\"F32\"", "[1]", "[0,4,4]", 4, "bad data_offsets"},
      {"\"F32\"", "[1]", "[[0,4]]", 4, "bad data_offsets"},
      {"\"F32\"", "[1]", "\"0,4\"", 4, "bad data_offsets"},
      {"\"F32\"", "[1]", "[0,\"4\"]", 4, "bad data_offsets"},
      {"\"F32\"", "[1]", "[0,5]", 5, "does not fit its shape"},
      {"\"F32\"", "[0]", "[0,4]", 4, "does not fit its shape"},
      {"\"f32\"", "[1]", "[0,4]", 4, "unknown dtype 'f32'"},
      {"\"\"", "[1]", "[0,4]", 4, "unknown dtype ''"},
      {"[\"F32\"]", "[1]", "[0,4]", 4, "dtype that is no text"},
      {"null", "[1]", "[0,4]", 4, "dtype that is no text"},
      {"\"F32\"", "[9223372036854775807,2,4]", "[0,0]", 0, "bad shape"},
      {"\"U8\"", "[281474976710656,281474976710656,0]", "[0,0]", 0, "does not fit its shape"},
      {"\"F32\"", "[1]", "[4,8]", 8, "leaves a hole"},
      {"\"F32\"", "[1]", "[0,4]", 8, "cut off or too long"},
      {"\"F32\"", "[1]", "[0,4],\"x\":1", 4, "exactly dtype, shape and data_offsets"},
  };
  for (const auto& a : attacks)
    expect_refused(file_of(std::string("{\"t\":{\"dtype\":") + a.dtype + ",\"shape\":" + a.shape +
                               ",\"data_offsets\":" + a.offsets + "}}",
                           a.data_bytes),
                   a.why);
  expect_refused(file_of(R"({"t":{"dtype":"U8","shape":[]}})", 1), "exactly dtype, shape and data_offsets");
  for (const char* value : {"3", "null", "[]", "{}", "\"U8\"", "true"})
    expect_refused(file_of(std::string("{\"t\":") + value + "}", 1), "exactly dtype, shape and data_offsets");
}

TEST(Safetensors, RefusesOverlapAndHole) {
  const auto two = [](const std::string& first, const std::string& second) {
    return R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + first +
           R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + second + "}}";
  };
  EXPECT_EQ(parse_safetensors(file_of(two("[4,8]", "[0,4]"), 8), "memory").tensors[0].name, "b");
  expect_refused(file_of(two("[0,4]", "[0,4]"), 4), "'b' overlaps");
  expect_refused(file_of(two("[0,4]", "[2,6]"), 6), "'b' overlaps");
  expect_refused(file_of(two("[0,4]", "[5,9]"), 9), "leaves a hole");
  expect_refused(file_of(two("[4,0]", "[4,8]"), 8), "'a' lies outside the file");
  // Tensors without elements lie between others or at the end, not inside of one.
  const auto none = [](const char* offsets) {
    return std::string(
               R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[0],)") +
           "\"data_offsets\":" + offsets + "}}";
  };
  EXPECT_EQ(parse_safetensors(file_of(none("[0,0]"), 4), "memory").tensors[0].name, "b");
  EXPECT_EQ(parse_safetensors(file_of(none("[4,4]"), 4), "memory").tensors[1].name, "b");
  expect_refused(file_of(none("[2,2]"), 4), "'b' overlaps");
}

// One flipped bit anywhere is either noticed or in the name of the checksum itself, where the rest is
// still whole.
TEST(Safetensors, NoticesEveryFlippedBit) {
  const std::string good = sample_file();
  const SafetensorsFile original = parse_safetensors(good, "memory");
  const std::size_t key = good.find(kChecksumKey), key_end = key + std::strlen(kChecksumKey);
  ASSERT_NE(key, std::string::npos);
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    try {
      const SafetensorsFile read = parse_safetensors(bad, "flipped");
      EXPECT_TRUE(bit / 8 >= key && bit / 8 < key_end) << "bit " << bit << " of '" << good[bit / 8] << "'";
      EXPECT_EQ(read.data, original.data);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
    }
  }
  std::string data_flip = good;
  data_flip.back() = static_cast<char>(data_flip.back() ^ 1);
  expect_refused(data_flip, "checksum does not match");
}

}  // namespace
}  // namespace facegan::core
