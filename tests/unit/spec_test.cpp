#include <gtest/gtest.h>

#include "error_of.h"
#include "facegan/config/presets.h"
#include "facegan/config/yaml.h"
#include "facegan/spec/network.h"

namespace facegan::spec {
namespace {

Network build(const std::string& yaml, const std::string& name, const Variables& variables) {
  return build_network(config::parse_yaml(yaml, "net.yaml"), name, variables);
}

Network preset_network(const std::string& preset, const std::string& name, const Variables& variables) {
  const Node tree = config::parse_yaml(config::find_preset(preset).yaml, preset);
  return build_network(*tree.find(name), name, variables);
}

std::int64_t eval(const std::string& text) {
  return evaluate(text, {{"size", 64}, {"width", 8}, {"i", 2}}, "f:1");
}

TEST(SpecExpression, FollowsThePrecedenceOfArithmetic) {
  EXPECT_EQ(eval("2 + 3 * 4"), 14);
  EXPECT_EQ(eval("$width * $size / 16 / 2^$i"), 8);
  EXPECT_EQ(eval("2^3^2"), 512);
  EXPECT_EQ(eval("(2 + 3) * -4"), -20);
  EXPECT_EQ(eval("log2($size) - 3"), 3);
  EXPECT_EQ(eval("10 - 4 - 3"), 3);
  EXPECT_EQ(eval("7 / -1"), -7);
  EXPECT_EQ(eval("min(3, $i) + max(1, 2) * 10"), 22);
}

TEST(SpecExpression, RefusesWhatHasNoWholeValue) {
  for (const char* text : {"",
                           "$",
                           "$depth",
                           "7 / 2",
                           "1 / 0",
                           "2^63",
                           "9223372036854775807 + 1",
                           "log2(12)",
                           "min(1)",
                           "max(1, 2",
                           "1 +",
                           "(1",
                           "1)",
                           "010",
                           "1.5",
                           "0x10",
                           "size",
                           "2^-1",
                           "(-9223372036854775807 - 1) / -1",
                           "-(-9223372036854775807 - 1)"})
    EXPECT_EQ(std::string(error_of([&] { eval(text); }).what()).rfind("f:1: cannot evaluate", 0), 0u) << text;
  EXPECT_EQ(error_of([] { eval(std::string(150, '(')); }).kind(), ErrorKind::usage);
}

// The published counts (Keras counting: running statistics included, not trainable).
struct Counts {
  const char* preset;
  int size, channels, width;
  std::int64_t g_total, g_trainable, d_total, d_trainable;
};

TEST(SpecNetwork, PresetsHaveThePublishedParameterCounts) {
  const Counts rows[] = {
      {"dcgan", 32, 3, 64, 1069824, 1068928, 664064, 663296},
      {"dcgan", 64, 3, 64, 3578624, 3576704, 2767360, 2765568},
      {"dcgan", 128, 3, 64, 12790528, 12786560, 11168256, 11164416},
      {"dcgan", 256, 3, 64, 47991552, 47983488, 44747264, 44739328},
      {"mnist", 28, 1, 64, 2330944, 2305472, 212865, 212865},
      {"celeba-book", 64, 3, 64, 18920320, 18885760, 2471297, 2471297},
      {"lfw", 64, 3, 64, 1267136, 1250368, 242561, 242561},
      {"faces-32", 32, 3, 64, 1894915, 1893635, 1585217, 1583297},
      {"faces-64", 64, 3, 64, 2043011, 2041475, 1613889, 1611969},
      {"faces-96", 96, 3, 64, 2043011, 2041475, 1658945, 1657025},
      {"faces-96-unreal", 96, 3, 64, 2043011, 2041475, 1658945, 1657025},
      {"faces-128", 128, 3, 64, 2043011, 2041475, 1720385, 1718465},
      {"celeba-tanh", 64, 3, 64, 34031363, 33965827, 25901953, 25901953},
      {"celeba-upsample", 96, 3, 64, 6169475, 6168579, 4430081, 4428289},
  };
  for (const auto& row : rows) {
    const Variables v{row.size, row.channels, row.width, 100};
    const Network g = preset_network(row.preset, "generator", v),
                  d = preset_network(row.preset, "discriminator", v);
    EXPECT_EQ(g.total(), row.g_total) << row.preset << row.size;
    EXPECT_EQ(g.trainable(), row.g_trainable) << row.preset << row.size;
    EXPECT_EQ(d.total(), row.d_total) << row.preset << row.size;
    EXPECT_EQ(d.trainable(), row.d_trainable) << row.preset << row.size;
  }
}

TEST(SpecNetwork, CountsTheMultiplyAddsOfDcgan) {
  // By hand, 64x64, width 64: G 8,192 * 100 + 3 * 33,554,432 + 3,145,728; D 3,145,728 + 3 * 33,554,432 +
  // 8,192.
  const Variables v{64, 3, 64, 100};
  EXPECT_EQ(preset_network("dcgan", "generator", v).macs(), 819200 + 3 * 33554432 + 3145728);
  EXPECT_EQ(preset_network("dcgan", "discriminator", v).macs(), 3145728 + 3 * 33554432 + 8192);
}

TEST(SpecNetwork, SamePaddingIsTensorFlows) {
  Layer conv;
  conv.numbers = {{"kernel", 5}, {"stride", 2}};
  conv.padding.same = true;
  const Sides pad = conv_padding(conv, {3, 28, 7}), cut = conv_transpose_padding(conv);
  EXPECT_EQ(pad.top, 1);
  EXPECT_EQ(pad.bottom, 2);
  EXPECT_EQ(pad.left, 2);  // odd input: symmetric
  EXPECT_EQ(pad.right, 2);
  EXPECT_EQ(cut.top, 1);
  EXPECT_EQ(cut.bottom, 2);
}

TEST(SpecNetwork, NamesTheLayerThatDoesNotFit) {
  const Variables v{8, 1, 4, 10};
  const struct {
    const char* yaml;
    const char* message;
  } cases[] = {
      {"- conv: {filters: 1, kernel: 9}",
       "net.yaml:1: discriminator layer 1 (conv) a kernel of 9 does not fit into the input 1x8x8"},
      {"- relu\n- dense: {units: 1}",
       "net.yaml:2: discriminator layer 2 (dense) needs a flat input, but gets 1x8x8; put 'flatten' before "
       "it"},
      {"- flaten",
       "net.yaml:1: discriminator layer 1: unknown layer 'flaten', did you mean 'flatten'? ('facegan list "
       "layers' shows all)"},
      {"- conv: {filters: 4, kernel: 3, strides: 2}",
       "net.yaml:1: discriminator layer 1 (conv) has no parameter 'strides', did you mean 'stride'?"},
      {"- conv: {filters: 4}",
       "net.yaml:1: discriminator layer 1 (conv) needs the parameter 'kernel' (side of the square kernel)"},
      {"- conv: {filters: 0, kernel: 3}",
       "net.yaml:1: discriminator layer 1 (conv): filters is within 1..65536, not '0'"},
      {"- conv: {filters: 4, kernel: -3}",
       "net.yaml:1: discriminator layer 1 (conv): kernel is within 1..64, not '-3'"},
      {"- leaky_relu: {slope: steep}",
       "net.yaml:1: discriminator layer 1 (leaky_relu): slope is a number, not 'steep'"},
      {"- flatten\n- reshape: {channels: 2, height: 4, width: 4}",
       "net.yaml:2: discriminator layer 2 (reshape) cannot make 2x4x4 (32 numbers) from 64 (64)"},
      {"- flatten",
       "net.yaml:1: discriminator ends in 64 instead of one logit for a picture of 1x8x8 (channels x height "
       "x width; --size, --channels)"},
      {"- {relu: , tanh: }",
       "net.yaml:1: discriminator layer 1: a layer is a name or one entry 'name: {parameters}'"},
      {"- repeat: {times: 200, layers: [relu]}", "net.yaml:1: repeat of 200 times is not within 0..100"},
      {"- repeat: {times: 2}", "net.yaml:1: repeat needs exactly 'times' and 'layers'"},
      {"- repeat: {times: 100, layers: [{repeat: {times: 100, layers: [relu]}}]}",
       "net.yaml:1: discriminator has more than 1000 layers"},
      {"- repeat: {times: 100, layers: [{repeat: {times: 100, layers: [{repeat: {times: 100, layers: "
       "[]}}]}}]}",
       "net.yaml:1: discriminator repeats more than 10000 times in all"},
      {"relu", "net.yaml:1: discriminator must be a list of layers"},
      {"- conv: {filters: 65536, kernel: 1}\n- conv: {filters: 65536, kernel: 64, padding: 64}",
       "net.yaml:2: discriminator layer 2 (conv) brings discriminator over 2,000,000,000 parameters"},
  };
  for (const auto& c : cases) {
    const Error error = error_of([&] { build(c.yaml, "discriminator", v); });
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_STREQ(error.what(), c.message);
  }
}

TEST(SpecNetwork, UnrollsRepeatWithItsCounter) {
  const Network d = build(
      "- repeat: {times: 3, layers: [{conv: {filters: $width * 2^$i, kernel: 2, stride: 2}}]}\n- conv: "
      "{filters: 1, kernel: 1}",
      "discriminator", {8, 1, 4, 10});
  ASSERT_EQ(d.layers.size(), 4u);
  EXPECT_EQ(d.layers[0].out, (Shape{4, 4, 4}));
  EXPECT_EQ(d.layers[2].out, (Shape{16, 1, 1}));
}

}  // namespace
}  // namespace facegan::spec
