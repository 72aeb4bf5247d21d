// Files of torch.save: what is read, and everything that is refused.
#include "facegan/data/pth.h"

#include <gtest/gtest.h>

#include <cstring>

#include "data/pickle.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "pickle_bytes.h"
#include "temporary_folder.h"

namespace facegan::data {
namespace {

using namespace pickle_bytes;
using archive_bytes::ZipEntry;

const std::string kSix = [] {
  const float numbers[] = {0, 1, 2, 3, 4, 5};
  return std::string(reinterpret_cast<const char*>(numbers), sizeof numbers);
}();
const std::string kStorage = storage("0", 6);

// What is wrong with a pickle, "" when nothing is.
std::string refusal(const std::string& pickle) {
  try {
    unpickle_tensors(pickle);
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
    return error.what();
  }
}
std::string refusal_of(const std::string& value) {
  return refusal(pickle(with("}", {text("a"), value})));
}

#define EXPECT_SAYS(told, what) EXPECT_NE(std::string(told).find(what), std::string::npos) << (told)

TEST(Pickle, ReadsTensorsOfDictsInDicts) {
  const std::string weight = tensor(kStorage, {2, 3}, {3, 1});
  const std::string versions =
      "}" + text("_metadata") + ordered_dict() + "s" + "b";  // attributes of the dict
  for (const char protocol : {'\2', '\3', '\4', '\5'}) {
    const auto tensors = unpickle_tensors(pickle(
        with("}", {text("netG"),
                   with(ordered_dict(), {text("main.0.weight"), weight, text("main.1.weight"),
                                         parameter(tensor(storage("1", 4, "HalfStorage"), {4}, {1}))}) +
                       versions,
                   text("epoch"), integer(3), text("list"), "](" + weight + "Ne", integer(7), weight,
                   text("rate"), "G" + std::string(8, '\0'), text("none"), "N"}),
        protocol));
    ASSERT_EQ(tensors.size(), 2U);
    EXPECT_EQ(tensors[0].name, "netG.main.0.weight");
    EXPECT_EQ(tensors[0].dtype, "F32");
    EXPECT_EQ(tensors[0].storage, "0");
    EXPECT_EQ(tensors[0].shape, (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(tensors[1].dtype, "F16");
  }
}

TEST(Pickle, KnowsInstructionsOfLaterProtocols) {
  // MEMOIZE, FRAME, SHORT_BINUNICODE, STACK_GLOBAL, BINGET, TUPLE2, LONG1
  const std::string named =
      "\x8c\x0b"
      "collections"
      "\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94";
  const auto tensors = unpickle_tensors(pickle("\x95" + little(99, 8) + named + text("w") + "\x94" +
                                                   global("torch._utils", "_rebuild_tensor_v2") + "(" +
                                                   kStorage + std::string("\x8a\x00", 2) +
                                                   "K\x02K\x03\x86K\x03K\x01\x86\x89" + "h\x03" + "tR" + "s",
                                               4));
  ASSERT_EQ(tensors.size(), 1U);
  EXPECT_EQ(tensors[0].name, "w");
}

TEST(Pickle, RefusesEveryOtherGlobalByItsName) {
  for (const auto& [module, name] :
       {std::pair{"os", "system"}, {"builtins", "eval"}, {"__main__", "Generator"}, {"torch", "load"}}) {
    const std::string whole = std::string(module) + "." + name;
    EXPECT_SAYS(refusal(pickle(global(module, name) + tuple({text("true")}) + "R")),
                "it holds " + whole + ", which is no tensor");
    EXPECT_SAYS(refusal(pickle(text(module) + text(name) + "\x93" + tuple({text("true")}) + "R", 4)), whole);
  }
  EXPECT_SAYS(refusal(pickle(global("o\x1b[2J", "x"))), "o\\x1b[2J.x");
}

TEST(Pickle, RefusesInstructionsThatTensorsDoNotNeed) {
  // INST, OBJ, NEWOBJ, NEWOBJ_EX, EXT1, PERSID, BUFFER
  for (const char opcode : {'i', 'o', '\x81', '\x92', '\x82', 'P', '\x97', '\x00', '\xff'})
    EXPECT_SAYS(refusal(pickle(std::string("}") + opcode)), "which tensors do not need");
}

TEST(Pickle, RefusesWhatIsDamaged) {
  EXPECT_SAYS(refusal(""), "ends too early");
  EXPECT_SAYS(refusal("\x80"), "ends too early");
  EXPECT_SAYS(refusal(pickle("}", 1)), "it is of protocol 1");
  EXPECT_SAYS(refusal(pickle("}", 6)), "it is of protocol 6");
  EXPECT_SAYS(refusal(pickle("") + "}"), "it is damaged");  // nothing on the stack
  EXPECT_SAYS(refusal(pickle("}}")), "it is damaged");      // two values
  EXPECT_SAYS(refusal(pickle("}(")), "it is damaged");      // an open mark
  EXPECT_SAYS(refusal(pickle("}") + "x"), "something lies behind its end");
  EXPECT_SAYS(refusal(pickle("]")), "no dict of tensors");
  EXPECT_SAYS(refusal(pickle(tensor(kStorage, {6}, {1}))), "no dict of tensors");
  for (const char* body :
       {"t", "s",  "}s", "}Ns", "u",   "}(Nu", "}(NNs", "]NNs", "}NaN", "R",      "NNR", "N)R",
        "Q", "NQ", "b",  "}Nb", "]}b", "h\1",  "a",     "q\1",  "\x93", "NN\x93", "\x85"})
    EXPECT_SAYS(refusal(pickle(body)), "it is damaged") << body;
  EXPECT_SAYS(refusal(pickle("X" + little(0xffffffff, 4) + "a")), "ends too early");
  EXPECT_SAYS(refusal(pickle("\x8d" + little(~0ull, 8) + "a")), "ends too early");
  EXPECT_SAYS(refusal(pickle("ctorch")), "ends too early");
}

TEST(Pickle, RefusesCallsThatAreNone) {
  const std::string build = global("torch._utils", "_rebuild_tensor_v2");
  EXPECT_SAYS(refusal_of(build + ")R"), "a call is none");
  EXPECT_SAYS(refusal_of(build + tuple({"N", "N", "N", "N", "N", "N"}) + "R"), "a call is none");
  EXPECT_SAYS(refusal_of(parameter("N")), "a call is none");
  EXPECT_SAYS(refusal_of(global("collections", "OrderedDict") + tuple({"]"}) + "R"), "a call is none");
  EXPECT_SAYS(refusal_of(global("torch", "FloatStorage") + ")R"), "a call is none");
  EXPECT_SAYS(refusal_of(tuple({text("storage"), text("0")}) + "Q"), "a storage is none");
  EXPECT_SAYS(refusal_of(storage("0", 6, "OrderedDict", "collections")), "a storage is none");
  EXPECT_SAYS(refusal_of(storage("0", ~0ull)), "a storage is none");
}

TEST(Pickle, BoundsWhatATensorClaims) {
  const std::uint64_t huge = std::uint64_t{1} << 40;
  EXPECT_SAYS(refusal_of(tensor(kStorage, {2, 3}, {1})), "a tensor's shape is none");
  EXPECT_SAYS(refusal_of(tensor(kStorage, {~0ull}, {1})), "a tensor's shape is none");  // -1
  EXPECT_SAYS(refusal_of(tensor(kStorage, {6}, {~0ull})), "a tensor's shape is none");
  EXPECT_SAYS(
      refusal_of(tensor(kStorage, std::vector<std::uint64_t>(9, 1), std::vector<std::uint64_t>(9, 1))),
      "a tensor's shape is none");
  EXPECT_SAYS(refusal_of(tensor(kStorage, {huge, huge}, {0, 0})), "claims too many numbers");
  EXPECT_SAYS(refusal_of(tensor(kStorage, {huge, huge}, {huge, huge})), "claims too many numbers");
  EXPECT_SAYS(refusal_of(tensor(kStorage, {7}, {1})), "reaches beyond its storage of 6 numbers");
  EXPECT_SAYS(refusal_of(tensor(kStorage, {2, 3}, {3, 2})), "reaches beyond");
  EXPECT_SAYS(refusal_of(tensor(kStorage, {6}, {1}, 1)), "reaches beyond");
  EXPECT_SAYS(refusal_of(tensor(kStorage, {1}, {1}, ~0ull)), "reaches beyond");  // -1
  EXPECT_SAYS(refusal_of(tensor(kStorage, {1}, {1}, ~0ull >> 1)), "reaches beyond");
  EXPECT_SAYS(refusal_of(tensor(kStorage, {4, 3}, {0, 1})), "repeats its numbers");
  EXPECT_EQ(refusal_of(tensor(kStorage, {0, huge}, {huge, 1})), "");  // none at all
  EXPECT_EQ(refusal_of(tensor(kStorage, {2, 3}, {1, 2})), "");
  EXPECT_EQ(refusal_of(tensor(kStorage, {}, {}, 5)), "");
}

TEST(Pickle, EndsWhateverRefersToItself) {
  // A dict that holds itself; then one dict a thousand times, in one that is held a thousand times, ...
  EXPECT_EQ(refusal(pickle("}q\1" + text("a") + "h\1s")), "");
  std::string inner = ordered_dict() + "q\1";
  for (char depth = 1; depth <= 3; ++depth) {
    std::string outer = ordered_dict() + "(" + text("0") + inner;
    for (int i = 1; i < 1000; ++i) outer += text(std::to_string(i)) + "h" + depth;
    inner = outer + "uq" + static_cast<char>(depth + 1);
  }
  EXPECT_SAYS(refusal(pickle(inner)), "hold each other too often");
}

TEST(Pickle, BoundsItsSizeNestingStackAndNames) {
  EXPECT_SAYS(refusal(std::string(kMaxPickleBytes + 1, 'N')), "more than the 16.0 MiB allowed");
  EXPECT_SAYS(refusal(pickle("}" + std::string(200, '('))), "nested more than 100 deep");
  EXPECT_SAYS(refusal(pickle(std::string(300'000, 'N'))), "too much lies on its stack");
  std::string many = "}";
  for (int i = 0; i < 400'000; ++i) many += "NNs";
  EXPECT_SAYS(refusal(pickle(many)), "more than 1000000 instructions");
  EXPECT_SAYS(refusal(pickle(with("}", {text(std::string(501, 'a')), tensor(kStorage, {6}, {1})}))),
              "longer than 500 bytes");
  const std::string value = tensor(kStorage, {6}, {1});
  EXPECT_SAYS(refusal(pickle(with("}", {text("a\x1b"), value, text("a\x1b"), value}))),
              "two tensors named 'a\\x1b'");
  std::string tensors = "}" + text("t") + value + "q\1s(";
  for (int i = 0; i < 10'000; ++i) tensors += text(std::to_string(i)) + "h\1";
  EXPECT_SAYS(refusal(pickle(tensors + "u")), "more than 10000 tensors");
  // A memo of any number costs one entry.
  EXPECT_EQ(refusal(pickle("}r" + little(0xffffffff, 4))), "");
}

class Pth : public testing::Test {
 protected:
  std::filesystem::path file(const std::string& bytes) const {
    core::write_file_atomic(folder_ / "a.pth", bytes);
    return folder_ / "a.pth";
  }
  std::string refusal(const std::string& bytes) const {
    const auto path = file(bytes);
    try {
      const PthFile read(path);
      for (std::size_t i = 0; i < read.tensors().size(); ++i) read.bytes(i);
      return "";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
      EXPECT_SAYS(error.what(), path.string());
      return error.what();
    }
  }
  static std::vector<float> floats(const std::string& bytes) {
    std::vector<float> out(bytes.size() / sizeof(float));
    std::memcpy(out.data(), bytes.data(), bytes.size());
    return out;
  }

  TemporaryFolder folder_;
  const std::string pickle_ = pickle(with("}", {text("a"), tensor(kStorage, {2, 3}, {3, 1})}));
};

TEST_F(Pth, GathersViewsByTheirStrides) {
  const std::string views = pickle(
      with("}", {text("all"), tensor(kStorage, {6}, {1}), text("turned"), tensor(kStorage, {3, 2}, {1, 3}),
                 text("column"), tensor(kStorage, {2}, {3}, 1), text("one"), tensor(kStorage, {}, {}, 4),
                 text("none"), tensor(kStorage, {2, 0}, {1, 1})}));
  for (const bool zip64 : {false, true})
    for (const int method : {0, 8}) {
      const PthFile read(file(pth(views, {{"data/0", kSix, method}}, "little", zip64)));
      ASSERT_EQ(read.tensors().size(), 5U);
      EXPECT_EQ(floats(read.bytes(0)), (std::vector<float>{0, 1, 2, 3, 4, 5}));
      EXPECT_EQ(floats(read.bytes(1)), (std::vector<float>{0, 3, 1, 4, 2, 5}));
      EXPECT_EQ(floats(read.bytes(2)), (std::vector<float>{1, 4}));
      EXPECT_EQ(floats(read.bytes(3)), (std::vector<float>{4}));
      EXPECT_TRUE(read.bytes(4).empty());
    }
}

TEST_F(Pth, RefusesWhatTorchSaveDoesNotWrite) {
  EXPECT_EQ(refusal(pth(pickle_, {{"data/0", kSix}})), "");
  EXPECT_SAYS(refusal("no zip at all"), "it is no zip");
  EXPECT_SAYS(refusal(""), "it is no zip");
  EXPECT_SAYS(refusal(archive_bytes::zip({{"a/b.txt", "x"}})), "it has no data.pkl");
  EXPECT_SAYS(refusal(archive_bytes::zip({{"a/data.pkl", pickle_}, {"b/data.pkl", pickle_}})),
              "more than one data.pkl");
  EXPECT_SAYS(refusal(std::string("\x80\x02\x8a\x0a", 4) + std::string(100, 'l')), "of before PyTorch 1.6");
  EXPECT_SAYS(refusal(pth(pickle_, {{"data/0", kSix}, {"constants.pkl", ""}})), "a program of TorchScript");
  EXPECT_SAYS(refusal(pth(pickle_, {{"data/0", kSix}}, "big")), "'big'-endian");
  EXPECT_SAYS(refusal(pth(pickle_, {{"data/0", kSix}}, std::string(99, 'x'))), "more than the 16 B allowed");
  EXPECT_SAYS(refusal(pth("N.", {{"data/0", kSix}})), "data.pkl: it holds no dict");
}

TEST_F(Pth, HoldsStoragesToTheirBytes) {
  EXPECT_SAYS(refusal(pth(pickle_, {})), "should have 24 bytes and is not there");
  EXPECT_SAYS(refusal(pth(pickle_, {{"data/1", kSix}})), "is not there");
  EXPECT_SAYS(refusal(pth(pickle_, {{"data/0", kSix + "x"}})), "should have 24 bytes and has 25");
  EXPECT_SAYS(refusal(pth(pickle_, {{"data/0", kSix.substr(4)}})), "and has 20");
  const std::string outside = pickle(with("}", {text("a"), tensor(storage("../0", 6), {6}, {1})}));
  EXPECT_SAYS(refusal(pth(outside, {{"0", kSix}})), "is not there");
}

TEST_F(Pth, RefusesBrokenZips) {
  const std::string good = pth(pickle_, {{"data/0", kSix}});
  for (std::size_t size = 0; size + 1 < good.size(); size += 7) EXPECT_NE(refusal(good.substr(0, size)), "");
  std::string flipped = good;
  flipped[flipped.find(kSix) + 2] ^= 1;
  EXPECT_SAYS(refusal(flipped), "tensor 'a': its checksum is wrong");
  EXPECT_SAYS(refusal(pth(pickle_, {{"data/0", kSix, 12}})), "compressed by method 12");
  EXPECT_SAYS(refusal(pth(pickle_, {{"data/0", kSix, 0, 1}})), "it is encrypted");
  ZipEntry far{"data/0", kSix};
  far.claimed_offset = 0x7fffffff;
  EXPECT_SAYS(refusal(pth(pickle_, {far})), "it lies outside the archive");
  // So many numbers need so many bytes in the file.
  const std::string large = pickle(with("}", {text("a"), tensor(storage("0", 1u << 28), {1u << 28}, {1})}));
  ZipEntry bomb{"data/0", kSix, 8};
  bomb.claimed_size = 1 << 30;
  EXPECT_SAYS(refusal(pth(large, {bomb})), "its sizes cannot be true");
  const std::string larger = pickle(with("}", {text("a"), tensor(storage("0", 1u << 29), {1}, {1})}));
  bomb.claimed_size = (1ll << 31) + 4;
  EXPECT_SAYS(refusal(pth(larger, {bomb})), "should have 2147483648 bytes and has 2147483652");
  EXPECT_SAYS(refusal(archive_bytes::zip({{"data.pkl", std::string((16u << 20) + 1, 'N'), 8}})),
              "data.pkl has 16.0 MiB, more than the 16.0 MiB allowed");
}

TEST(LooksLikePth, GoesByTheFirstBytes) {
  EXPECT_TRUE(looks_like_pth("PK\3\4"));
  EXPECT_TRUE(looks_like_pth("\x80\x02\x8a\x0a"));
  EXPECT_FALSE(looks_like_pth("{}"));
  // Headers of safetensors of such lengths.
  EXPECT_FALSE(looks_like_pth(std::string("\x80\x02\0\0\0\0\0\0{", 9)));
  EXPECT_FALSE(looks_like_pth(std::string("PK\0\0\0\0\0\0{", 9)));
}

}  // namespace
}  // namespace facegan::data
