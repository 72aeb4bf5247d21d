// Architecture files that cannot be: each gets one line with file, line and the layer's position, before
// anything is allocated.
#include <gtest/gtest.h>

#include <fstream>

#include "error_of.h"
#include "facegan/config/config.h"
#include "temporary_folder.h"

namespace facegan::config {
namespace {

class BrokenNetwork : public testing::Test {
 protected:
  // What a file of these networks, for pictures of 16x16 unless it says another size, is told.
  std::string message(const std::string& yaml) {
    std::ofstream(folder_ / "net.yaml") << yaml;
    std::vector<Setting> flags;
    if (!yaml.starts_with("size:")) flags.push_back({"size", "16", "test"});
    const Error error =
        error_of([&] { resolve({.flags = flags, .config_file = (folder_ / "net.yaml").string()}, nullptr); });
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    std::string text = error.what();
    const std::string path = folder_ / "";
    for (auto at = text.find(path); at != text.npos; at = text.find(path)) text.erase(at, path.size());
    return text;
  }

  TemporaryFolder folder_;
};

TEST_F(BrokenNetwork, IsToldWhereAndWhy) {
  const struct {
    const char *yaml, *message;
  } cases[] = {
      {"discriminator:\n  - conv: {filters: 8, kernel: 3}\n  - dense: {units: 1}\n",
       "net.yaml:3: discriminator layer 2 (dense) needs a flat input, but gets 8x14x14; put 'flatten' before "
       "it"},
      {"discriminator:\n  - conv: {filters: 8, kernel: 17}\n",
       "net.yaml:2: discriminator layer 1 (conv) a kernel of 17 does not fit into the input 3x16x16"},
      {"discriminator:\n  - flatten\n  - batch_norm\n  - max_pool: {kernel: 2}\n  - dense: {units: 1}\n",
       "net.yaml:4: discriminator layer 3 (max_pool) needs a picture (channels x height x width), but gets "
       "768; put 'reshape' before it"},
      {"discriminator:\n  - conv: {filters: 8, kernel: 3}\n  - flatten\n  - dense: {units: 2}\n",
       "net.yaml:4: discriminator ends in 2 instead of one logit for a picture of 3x16x16 (channels x height "
       "x width; --size, --channels)"},
      {"discriminator:\n  - max_pool: {kernel: 32}\n  - flatten\n  - dense: {units: 1}\n",
       "net.yaml:2: discriminator layer 1 (max_pool) a kernel of 32 does not fit into the input 3x16x16; the "
       "size 32 would do"},
      {"generator:\n  - dense: {units: 100}\n  - reshape: {channels: 3, height: 16, width: 16}\n",
       "net.yaml:3: generator layer 2 (reshape) cannot make 3x16x16 (768 numbers) from 100 (100)"},
      {"generator:\n  - dense: {units: 3 * 8 * 8}\n  - reshape: {channels: 3, height: 8, width: 8}\n  - "
       "tanh\n",
       "net.yaml:4: generator makes 3x8x8 instead of the picture 3x16x16 (channels x height x width; --size, "
       "--channels); the size 8 would do"},
      {"generator:\n  - dense: {units: 16 * 16}\n  - reshape: {channels: 1, height: 16, width: 16}\n",
       "net.yaml:3: generator makes 1x16x16 instead of the picture 3x16x16 (channels x height x width; "
       "--size, --channels)"},
      {"generator:\n  - upsample: {factor: 2}\n",
       "net.yaml:2: generator layer 1 (upsample) needs a picture (channels x height x width), but gets 100; "
       "put 'reshape' before it"},
      {"generator:\n  - conv_transpose: {filters: 3, kernel: 4, padding: 2}\n",
       "net.yaml:2: generator layer 1 (conv_transpose) leaves nothing of the input 100"},
      {"generator:\n  - dense: {units: 64}\n  - reshape: {channels: 4, height: 4, width: 4}\n  - "
       "conv_transpose: {filters: 3, kernel: 2, stride: 4, padding: same}\n",
       "net.yaml:4: generator layer 3 (conv_transpose) with 'same' padding needs a kernel of at least its "
       "stride, 4, not 2"},
      {"discriminator:\n  - residual: {layers: [{conv: {filters: 8, kernel: 3, padding: 1}}]}\n  - flatten\n "
       " - dense: {units: 1}\n",
       "net.yaml:2: discriminator layer 1 (residual) cannot add 8x16x16 of its layers and 3x16x16 of its "
       "skip path; give 'skip' layers that make the same shape"},
      {"discriminator:\n  - residual:\n      layers:\n        - relu\n      skip:\n        - conv: {filters: "
       "3, kernel: 3, stride: 2, padding: 1}\n",
       "net.yaml:2: discriminator layer 1 (residual) cannot add 3x16x16 of its layers and 3x8x8 of its skip "
       "path; give 'skip' layers that make the same shape"},
      {"discriminator:\n  - residual: {layers: []}\n",
       "net.yaml:2: discriminator layer 1 (residual) has no layers inside"},
      {"size: 128\ndiscriminator:\n  - conv: {filters: 8, kernel: 1}\n  - self_attention\n",
       "net.yaml:4: discriminator layer 2 (self_attention) compares 16384 cells with each other, more than "
       "4096; put it where the picture is smaller"},
      {"discriminator:\n  - self_attention\n",
       "net.yaml:2: discriminator layer 1 (self_attention) needs channels that its reduction 8 divides, but "
       "gets 3x16x16"},
      {"discriminator:\n  - conv: {filters: 8, kernel: 16}\n  - instance_norm\n",
       "net.yaml:3: discriminator layer 2 (instance_norm) cannot normalise single cells, it gets 8x1x1"},
      {"discriminator:\n  - flatten\n  - minibatch_stddev\n",
       "net.yaml:3: discriminator layer 2 (minibatch_stddev) needs a picture (channels x height x width), "
       "but gets 768; put 'reshape' before it"},
      {"discriminator:\n  - conv: {filters: 8, kernel: -3}\n",
       "net.yaml:2: discriminator layer 1 (conv): kernel is within 1..64, not '-3'"},
      {"discriminator:\n  - conv: {filters: 0, kernel: 3}\n",
       "net.yaml:2: discriminator layer 1 (conv): filters is within 1..65536, not '0'"},
      {"discriminator:\n  - conv: {filters: 8}\n",
       "net.yaml:2: discriminator layer 1 (conv) needs the parameter 'kernel' (side of the kernel, or [rows, "
       "columns])"},
      {"discriminator:\n  - conv: {filters: 8, kernel: 3, strides: 2}\n",
       "net.yaml:2: discriminator layer 1 (conv) has no parameter 'strides', did you mean 'stride'?"},
      {"discriminator:\n  - conv: {filters: 8, kernel: 3, padding: [1, 2]}\n",
       "net.yaml:2: discriminator layer 1 (conv): padding as a list is [top, bottom, left, right], not 2 "
       "values"},
      {"discriminator:\n  - conv: {filters: 8, kernel: 3, padding: sane}\n",
       "net.yaml:2: discriminator layer 1 (conv): padding: cannot evaluate 'sane': 'sane' is no number; "
       "variables begin with $"},
      {"discriminator:\n  - conv: {filters: 8, kernel: 3, padding: -1}\n",
       "net.yaml:2: discriminator layer 1 (conv): padding is within 0..64, not '-1'"},
      {"discriminator:\n  - conv: {filters: 8.5, kernel: 3}\n",
       "net.yaml:2: discriminator layer 1 (conv): filters: cannot evaluate '8.5': unexpected '.5'"},
      {"discriminator:\n  - conv: {filters: [8], kernel: 3}\n",
       "net.yaml:2: discriminator layer 1 (conv): filters is one value, not a list or a map"},
      {"discriminator:\n  - leaky_relu: {slope: nan}\n",
       "net.yaml:2: discriminator layer 1 (leaky_relu): slope is a number, not 'nan'"},
      {"discriminator:\n  - dropout: {rate: 1}\n",
       "net.yaml:2: discriminator layer 1 (dropout): rate is within 0..0.99, not '1'"},
      {"discriminator:\n  - batch_norm: {variance: bias}\n",
       "net.yaml:2: discriminator layer 1 (batch_norm): variance is unbiased or biased, not 'bias'"},
      {"discriminator:\n  - upsample: {mode: cubic}\n",
       "net.yaml:2: discriminator layer 1 (upsample): mode is nearest or bilinear, not 'cubic'"},
      {"discriminator:\n  - conv: {filters: 8, kernel: 3, spectral_norm: yes}\n",
       "net.yaml:2: discriminator layer 1 (conv): spectral_norm is true or false, not 'yes'"},
      {"discriminator:\n  - residual\n",
       "net.yaml:2: discriminator layer 1 (residual) needs the parameter 'layers' (the layers of one path)"},
      {"discriminator:\n  - residual: {layers: relu}\n",
       "net.yaml:2: discriminator layer 1 (residual): layers must be a list of layers"},
      {"discriminator:\n  - relu: [1]\n",
       "net.yaml:2: discriminator layer 1 (relu): parameters are written {name: value, ...}"},
      {"discriminator:\n  - flaten\n",
       "net.yaml:2: discriminator layer 1: unknown layer 'flaten', did you mean 'flatten'? ('facegan list "
       "layers' shows all)"},
      {"discriminator:\n  - residual: {layers: [tanh, rleu]}\n",
       "net.yaml:2: discriminator layer 1.layers.2: unknown layer 'rleu', did you mean 'relu'? ('facegan "
       "list layers' shows all)"},
      {"discriminator:\n  - {relu: , tanh: }\n",
       "net.yaml:2: discriminator layer 1: a layer is a name or one entry 'name: {parameters}'"},
      {"discriminator:\n  - [relu]\n",
       "net.yaml:2: discriminator layer 1: a layer is a name or one entry 'name: {parameters}'"},
      {"discriminator: relu\n", "net.yaml:1: discriminator must be a list of layers"},
      {"discriminator: []\n", "net.yaml:1: discriminator has no layers"},
      {"discriminater:\n  - relu\n",
       "net.yaml:1: unknown key 'discriminater', did you mean 'discriminator'?"},
      {"discriminator:\n  - &a relu\n  - *a\n",
       "net.yaml:2: anchors (&) and aliases (*) are not allowed; write the value out or put it in quotes"},
      {"discriminator:\n  - &loop [*loop]\n",
       "net.yaml:2: anchors (&) and aliases (*) are not allowed; write the value out or put it in quotes"},
      {"discriminator:\n  - relu\ndiscriminator:\n  - relu\n",
       "net.yaml:3: 'discriminator' is given twice, first in line 1"},
      {"z: 0\n", "net.yaml:1: z is a whole number from 1 to 65536, not '0'"},
      {"generator:\n  - dense: {units: $latent}\n",
       "net.yaml:2: generator layer 1 (dense): units: cannot evaluate '$latent': no variable '$latent' "
       "(known: $channels, $conditions, $height_px, $size, $stages, $width, $width_px, $z)"},
      {"size: 50\npreset: dcgan\n",
       "configs/dcgan.yaml:15: generator layer 1 (conv_transpose): filters: cannot evaluate '$width * "
       "2^($stages - "
       "1)': 50x50 pixels cannot be halved until the shorter side has 4 to 7; the sizes 48 and 56 would do"},
      {"discriminator:\n  - conv: {filters: 8 / 3, kernel: 3}\n",
       "net.yaml:2: discriminator layer 1 (conv): filters: cannot evaluate '8 / 3': 8 / 3 is not a whole "
       "number"},
      {"discriminator:\n  - conv: {filters: 9999999999 * 9999999999, kernel: 3}\n",
       "net.yaml:2: discriminator layer 1 (conv): filters: cannot evaluate '9999999999 * 9999999999': the "
       "result is too large"},
      {"discriminator:\n  - repeat: {times: 101, layers: [relu]}\n",
       "net.yaml:2: discriminator layer 1: repeat of 101 times is not within 0..100"},
      {"discriminator:\n  - repeat: {times: $i, layers: [relu]}\n",
       "net.yaml:2: discriminator layer 1: times of repeat: cannot evaluate '$i': no variable '$i' (known: "
       "$channels, $conditions, $height_px, $size, $stages, $width, $width_px, $z)"},
      {"discriminator:\n  - repeat: {times: 2}\n",
       "net.yaml:2: discriminator layer 1: repeat needs exactly 'times' and 'layers'"},
      {"discriminator:\n  - repeat: {times: 100, layers: [{repeat: {times: 100, layers: [relu]}}]}\n",
       "net.yaml:2: discriminator layer 1001: discriminator has more than 1000 layers"},
      {"discriminator:\n  - {residual: {layers: [{residual: {layers: [{residual: {layers: [{residual: "
       "{layers: [{residual: {layers: [{residual: {layers: [{residual: {layers: [{residual: {layers: "
       "[{residual: {layers: [relu]}}]}}]}}]}}]}}]}}]}}]}}]}}\n",
       "net.yaml:2: discriminator layer "
       "1.layers.1.layers.1.layers.1.layers.1.layers.1.layers.1.layers.1.layers.1 (residual): layers: lists "
       "of layers are nested more than 8 deep"},
      {"discriminator:\n  - {residual: {layers: [{residual: {layers: [{residual: {layers: [{residual: "
       "{layers: [{residual: {layers: [{residual: {layers: [{residual: {layers: [{residual: {layers: "
       "[{residual: {layers: [{residual: {layers: [{residual: {layers: [{residual: {layers: [{residual: "
       "{layers: [{residual: {layers: [{residual: {layers: [{residual: {layers: [{residual: {layers: "
       "[{residual: {layers: [{residual: {layers: [{residual: {layers: "
       "[relu]}}]}}]}}]}}]}}]}}]}}]}}]}}]}}]}}]}}]}}]}}]}}]}}]}}]}}]}}]}}\n",
       "net.yaml:2: nested deeper than 32 levels"},
      {"discriminator:\n  - conv: {filters: 65536, kernel: 1}\n  - conv: {filters: 65536, kernel: 64, "
       "padding: 64}\n",
       "net.yaml:3: discriminator layer 2 (conv) brings discriminator over 2,000,000,000 parameters"},
      {"discriminator:\n  - upsample: {factor: 32}\n  - upsample: {factor: 32}\n  - upsample: {factor: 32}\n",
       "net.yaml:4: discriminator layer 3 (upsample) makes too large an output: 3x524288x524288"},
      {"generator:\n  - dense: {units: 2000000}\n",
       "net.yaml:2: generator layer 1 (dense): units is within 1..1048576, not '2000000'"},
  };
  for (const auto& c : cases) EXPECT_EQ(message(c.yaml), c.message) << c.yaml;
}

TEST_F(BrokenNetwork, OfTenThousandLayersIsRefusedAtTheFirstTooMany) {
  std::string yaml = "discriminator:\n";
  for (int i = 0; i < 10'000; ++i) yaml += "  - relu\n";
  EXPECT_EQ(message(yaml),
            "net.yaml:1002: discriminator layer 1001: discriminator has more than 1000 layers");
}

// Thousands of rounds over thousands of repeats that do nothing would take hours.
TEST_F(BrokenNetwork, RepeatsOfNothingAreCounted) {
  std::string nothing;
  for (int i = 0; i < 5000; ++i)
    nothing += i ? ", {repeat: {times: 0, layers: []}}" : "{repeat: {times: 0, layers: []}}";
  EXPECT_NE(message("generator: [{repeat: {times: 100, layers: [{repeat: {times: 100, layers: [" + nothing +
                    "]}}]}}]\n")
                .find("repeats more than 2000 times in all"),
            std::string::npos);
}

}  // namespace
}  // namespace facegan::config
