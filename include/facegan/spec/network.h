#pragma once
// Networks as data: a list of layers is checked, shaped and counted here, before LibTorch or memory
// are touched. One table of layer kinds (layer_kinds) carries names, parameters, ranges, shapes,
// tensors and costs; nn has the matching table of forward functions.
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "facegan/core/size.h"
#include "facegan/spec/node.h"

namespace facegan::spec {

// The shape of one sample: [F] or [C, H, W].
using Shape = std::vector<std::int64_t>;
std::string shape_text(const Shape& shape);  // "512x4x4"
std::int64_t elements(const Shape& shape);   // their product

// What networks are told of a picture beside its pixels: so many numbers, of which so many are not 0: one
// where they are classes, all where they are attributes.
struct Conditions {
  std::int64_t count = 0, set = 0;
};

// The variables that expressions in layer lists may use: $width_px, $height_px, $channels, $width, $z,
// $conditions; $size, the side of a square, where pictures are square; $stages, how often both sides can be
// halved until the shorter one has 4 to 7 pixels, where they can.
struct Variables {
  core::Size size = 64;       // of the pictures
  std::int64_t channels = 3;  // image channels, 1 or 3
  std::int64_t width = 64;    // base number of filters
  std::int64_t z = 100;       // length of the latent vector
  Conditions conditions;
};

// sides: cells at the top, bottom, left and right: one number for all, 'valid' (0), 'same', or a list
// of four. extent: rows and columns, one number for both or a list of two. layers: a nested list of layers.
enum class ParameterType { integer, extent, real, boolean, word, sides, layers };

// One parameter of a layer kind.
struct Parameter {
  const char* name;
  ParameterType type;
  double low, high;      // inclusive range of a number
  const char* fallback;  // default as text ("" of layers: none); nullptr = required
  const char* help;
  std::vector<std::string> choices{};  // of a word
};

// What a tensor of a layer is for; decides how it is initialised. embedding: what is made of a condition;
// projection: how features fit one. spectral: the vector u of the power iteration behind spectral_norm.
enum class Role {
  weight,
  bias,
  norm_scale,
  norm_shift,
  embedding,
  projection,
  running_mean,
  running_var,
  spectral
};

struct TensorSpec {
  std::string name;  // "weight", "bias", "running_mean", "running_var", ...
  Shape shape;
  Role role;
  std::int64_t fan_in = 0, fan_out = 0;
  double gain = 1;  // factor of the first values of weights
  bool trainable() const { return role < Role::running_mean; }
  std::int64_t count() const;
};

struct Sides {
  bool same = false;  // as TensorFlow pads; the numbers then follow from the input
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;
};

struct LayerKind;

inline constexpr const char* kColumns = "_columns";  // behind the name of an extent that is a list

struct Layer {
  const LayerKind* kind = nullptr;
  std::map<std::string, double> numbers;               // integer, extent, real and boolean parameters
  std::map<std::string, std::string> words;            // word parameters
  Sides padding;                                       // of conv and conv_transpose
  std::map<std::string, std::vector<Layer>> branches;  // layers parameters that were given
  Shape in, out;
  Conditions conditions;            // that there are
  std::vector<TensorSpec> tensors;  // its own, without those of the branches
  std::int64_t macs = 0;            // multiply-adds of one sample's forward pass, likewise
  std::int64_t inside = 0;          // numbers that the pass holds beside input and output
  std::string path;                 // "3", "3.layers.0": positions from 0, as tensors are named
  std::string where;                // "file:line"

  std::int64_t integer(const char* name) const { return static_cast<std::int64_t>(numbers.at(name)); }
  // Of an extent, whose rows are its integer(); as many where it is one number.
  std::int64_t columns(const std::string& name) const {
    const auto own = numbers.find(name + kColumns);
    return static_cast<std::int64_t>(own == numbers.end() ? numbers.at(name) : own->second);
  }
  double real(const char* name) const { return numbers.at(name); }
  bool flag(const char* name) const { return numbers.at(name) != 0; }
  const std::string& word(const char* name) const { return words.at(name); }
};

class Lowering;

struct LayerKind {
  const char* name;
  const char* help;
  std::vector<Parameter> parameters;
  // Fills out, tensors and macs from in and the parameters; throws std::string with what is wrong.
  std::function<void(Layer&)> infer;
  // What it does outside training to a value, in primitive operations (program.h); gives the value that
  // comes of it.
  std::function<int(Lowering&, const Layer&, int)> lower;
};

// All layer kinds, in the order of the documentation.
const std::vector<LayerKind>& layer_kinds();

// Depth first: a layer, then what is nested in it.
void for_each_layer(const std::vector<Layer>& layers, const std::function<void(const Layer&)>& visit);

// The padding in numbers, for an input of this shape.
Sides conv_padding(const Layer& conv, const Shape& in);
Sides conv_transpose_padding(const Layer& conv_transpose);  // cut away from the full output

struct Network {
  std::string name;  // "generator", "discriminator", or of another network of pictures
  Shape in, out;
  std::int64_t conditions = 0;  // numbers that a pass is told of each picture
  std::vector<Layer> layers;    // `repeat` already unrolled

  std::int64_t total() const;  // parameters as Keras counts them, running statistics included
  std::int64_t trainable() const;
  std::int64_t macs() const;  // of one sample's forward pass
  // The most numbers that one sample's forward pass holds at once, parameters not counted: inputs and outputs
  // of the layer it is in, and what the layers around that one keep for later. Without workspaces.
  std::int64_t peak() const;
};

// Builds a network from its YAML list. Errors are Error(usage) with file:line and the layer's position
// (counted from 1 in the unrolled list; "3.skip.1" in a nested one): unknown layers and parameters,
// values out of range, shapes that do not fit, too many layers (1,000) or parameters (2e9).
// The generator must map [z] to [channels, height, width], the discriminator that to one logit; a network of
// another name takes such a picture and may make of it what it likes.
Network build_network(const Node& list, const std::string& name, const Variables& variables);

// An integer expression over the variables: + - * / ^ ( ), log2(a), min(a, b), max(a, b), numbers,
// $names. Division must be exact. `where` is for messages.
std::int64_t evaluate(const std::string& expression, const std::map<std::string, std::int64_t>& variables,
                      const std::string& where);

}  // namespace facegan::spec
