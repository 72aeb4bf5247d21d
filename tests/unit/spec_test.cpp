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
  // A batch norm's in and out, 64 x 32 x 32 each.
  EXPECT_EQ(preset_network("dcgan", "generator", v).peak(), 2 * 64 * 32 * 32);
}

// What a picture is made of at the start, and how D ends.
TEST(SpecNetwork, PresetsTakePicturesThatAreNotSquare) {
  for (const char* preset : {"dcgan", "faces", "faces-gpu", "quickstart"})
    for (const auto& [size, start] : std::vector<std::pair<core::Size, Shape>>{{{64, 96}, {6, 4}},
                                                                               {{48, 64}, {8, 6}},
                                                                               {{128, 32}, {4, 16}},
                                                                               {{40, 56}, {7, 5}},
                                                                               {64, {4, 4}}}) {
      SCOPED_TRACE(std::string(preset) + ' ' + size.text());
      const Variables v{size, 3, 8, 20};
      const Network g = preset_network(preset, "generator", v),
                    d = preset_network(preset, "discriminator", v);
      EXPECT_EQ(g.out, (Shape{3, size.height, size.width}));
      EXPECT_EQ(Shape(g.layers[0].out.begin() + 1, g.layers[0].out.end()), start);
      EXPECT_EQ(d.in, g.out);
      EXPECT_EQ(Shape(d.layers.back().tensors[0].shape.begin() + 2, d.layers.back().tensors[0].shape.end()),
                start);
    }
  const auto refused = [](const core::Size& size, const std::string& list) {
    return std::string(error_of([&] { build(list, "discriminator", {size, 1, 4, 10}); }).what());
  };
  EXPECT_NE(
      refused({8, 12}, "- conv: {filters: $size, kernel: 8}")
          .find("$size is the side of squares, but pictures are 8x12; $width_px and $height_px are theirs"),
      std::string::npos);
  EXPECT_NE(refused({100, 60}, "- repeat: {times: $stages, layers: [relu]}")
                .find("100x60 pixels cannot be halved until the shorter side has 4 to 7"),
            std::string::npos);
  EXPECT_NE(refused({8, 12}, "- conv: {filters: 1, kernel: [1, 2, 3]}")
                .find("kernel is a number or [rows, columns]"),
            std::string::npos);
  const Network d =
      build("- conv: {filters: 5, kernel: [3, 2], stride: 1}\n- conv: {filters: 1, kernel: [10, 7]}",
            "discriminator", {{8, 12}, 1, 4, 10});
  EXPECT_EQ(d.layers[0].out, (Shape{5, 10, 7}));
  EXPECT_EQ(d.layers[0].macs, 5 * 10 * 7 * 6);
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

TEST(SpecNetwork, UnrollsRepeatWithItsCounter) {
  const Network d = build(
      "- repeat: {times: 3, layers: [{conv: {filters: $width * 2^$i, kernel: 2, stride: 2}}]}\n- conv: "
      "{filters: 1, kernel: 1}",
      "discriminator", {8, 1, 4, 10});
  ASSERT_EQ(d.layers.size(), 4u);
  EXPECT_EQ(d.layers[0].out, (Shape{4, 4, 4}));
  EXPECT_EQ(d.layers[2].out, (Shape{16, 1, 1}));
}

TEST(SpecNetwork, NestsLayersWithTheirTensors) {
  const Network d = build(
      "- residual: {layers: [{conv: {filters: 8, kernel: 3, padding: 1}}, relu], skip: [{conv: {filters: 8, "
      "kernel: 1, bias: false}}]}\n- flatten\n- dense: {units: 1}",
      "discriminator", {4, 3, 4, 10});
  std::vector<std::string> paths;
  for_each_layer(d.layers, [&](const Layer& layer) { paths.push_back(layer.path); });
  EXPECT_EQ(paths, (std::vector<std::string>{"0", "0.layers.0", "0.layers.1", "0.skip.0", "1", "2"}));
  EXPECT_EQ(d.layers[0].out, (Shape{8, 4, 4}));
  EXPECT_EQ(d.total(), 8 * 3 * 9 + 8 + 8 * 3 + 8 * 16 + 1);
  EXPECT_EQ(d.macs(), 16 * (8 * 3 * 9 + 8 * 3) + 128);
  EXPECT_EQ(d.peak(), 3 * 16 + 3 * 8 * 16);  // at the sum: the input, both paths, what they make
}

TEST(SpecNetwork, CountsSpectralVectorsAsNotTrainable) {
  const Network d = build("- flatten\n- dense: {units: 6, spectral_norm: true}\n- dense: {units: 1}",
                          "discriminator", {2, 1, 4, 10});
  EXPECT_EQ(d.total(), 4 * 6 + 6 + 6 + 6 + 1);
  EXPECT_EQ(d.trainable(), 4 * 6 + 6 + 6 + 1);
}

TEST(SpecNetwork, PadsAndCutsByTheSide) {
  const Network g = build(
      "- reshape: {channels: 1, height: 4, width: 4}\n- conv: {filters: 1, kernel: 3, padding: [1, 2, 0, "
      "1]}\n"
      "- conv_transpose: {filters: 1, kernel: 3, stride: 2, padding: [1, 2, 0, 1]}\n"
      "- zero_pad: {top: 1, right: 2}\n- avg_pool: {kernel: 2, stride: 1}\n- conv: {filters: 1, kernel: 2, "
      "padding: [0, 1, 1, 1]}",
      "generator", {8, 1, 4, 16});
  EXPECT_EQ(g.layers[1].out, (Shape{1, 5, 3}));
  EXPECT_EQ(g.layers[2].out, (Shape{1, 8, 6}));
  EXPECT_EQ(g.layers[3].out, (Shape{1, 9, 8}));
  EXPECT_EQ(g.layers[4].out, (Shape{1, 8, 7}));
}

}  // namespace
}  // namespace facegan::spec
