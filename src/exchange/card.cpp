#include "facegan/exchange/card.h"

#include <algorithm>

#include "exchange/files.h"
#include "facegan/core/text.h"
#include "facegan/version.h"

namespace facegan::exchange {
namespace {

using core::str;

// Text of a run as text of Markdown.
std::string plain(const std::string& text) {
  std::string out;
  for (const char c : core::printable(text)) {
    if (std::string_view("\\`*_{}[]<>#|").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string row(const std::string& name, const std::string& value) {
  return str("| ", name, " | ", value, " |\n");
}

bool has_ending(const std::vector<std::string>& files, std::string_view ending) {
  return std::any_of(files.begin(), files.end(), [&](const auto& file) { return file.ends_with(ending); });
}

std::string names_of(const Network& network) {
  constexpr std::size_t kShown = 40;
  std::vector<std::string> names;
  for (std::size_t k = 0; k < std::min(kShown, network.conditions.size()); ++k)
    names.push_back(plain(network.conditions[k]));
  return core::join(names, ", ") + (network.conditions.size() > kShown ? ", ..." : "");
}

// "conditions = torch.tensor([[1., -1.]])  # in the order below"
std::string told(const Network& network) {
  const bool classes = spec::is_class_condition(network.config.condition);
  std::vector<std::string> values;
  for (std::size_t k = 0; k < network.conditions.size(); ++k)
    values.push_back(classes ? (k == 0 ? "1." : "0.") : (k % 2 == 0 ? "1." : "-1."));
  return str("conditions = torch.tensor([[", core::join(values, ", "), "]])  # in the order below\n");
}

std::string use(const Network& network, const CardFacts& facts) {
  const bool g = network.part == Part::generator, told_there = network.program.conditions > 0;
  std::string text;
  for (const std::string& file : facts.files) {
    if (file.ends_with(".html"))
      text += str("`", file, "`: open it in a browser; it computes the pictures itself.\n\n");
    if (file.ends_with(".safetensors"))
      text += str(
          "```python\nimport torch, facegan  # facegan.py lies beside this file\n\nnetwork = facegan.load(\"",
          file, "\")\n", told_there ? told(network) : "",
          g ? str("pictures = facegan.to_images(network(facegan.latent(seed=1234, z=", network.config.z, ")",
                  told_there ? ", conditions" : "", "))  # uint8 [1, H, W, C]\n")
            : str("logits = network(pictures", told_there ? ", conditions" : "",
                  ")  # pictures: [N, C, H, W]\n"),
          "```\n\n");
    if (file.ends_with(".onnx"))
      text +=
          str("`", file, "`: ",
              g ? "`z` [N, " + std::to_string(network.config.z) + "] -> `generated`"
                : std::string("`pictures` -> `logits` [N, 1]"),
              told_there ? ", with `conditions` [N, " + std::to_string(network.program.conditions) + "]" : "",
              "; ONNX Runtime and others read it.\n\n");
    if (file.ends_with(".pt"))
      text += str("`", file, "`: TorchScript, for `torch.jit.load` and LibTorch: `forward(",
                  g ? "z" : "pictures", told_there ? ", conditions" : "", ")`.\n\n");
  }
  if (g) text += "z is drawn from a standard normal distribution. ";
  text += str("Pictures [N, ", network.config.channels,
              ", H, W] have values of -1 to 1; a byte is round((x + 1) * 127.5).");
  if (!g) text += " The sigmoid of a logit is the probability that a picture is real.";
  if (told_there)
    text += str(" The conditions of a picture, in this order: ", names_of(network), "; ",
                spec::is_class_condition(network.config.condition)
                    ? "1 for the one that is wanted, 0 for the others"
                    : "1 where it is there, -1 where it is not",
                "; zeros say nothing.");
  return text + "\n\n";
}

// What the run knows of its training; of an imported model nothing but its networks.
std::string training(const Network& network, const CardFacts& facts) {
  const config::Config& config = network.config;
  const bool g = network.part == Part::generator;
  std::string text = "## Training\n\n| | |\n| --- | --- |\n";
  if (!network.imported.empty()) {
    text += row("networks", str("as in facegan's preset ", plain(config.preset)));
    return text + row("weights", plain(network.imported)) + row("checkpoint", network.hash);
  }
  text += row("preset", plain(config.preset));
  text +=
      row("training pictures",
          str(plain(config.dataset), facts.pictures > 0 ? ", " + core::with_thousands(facts.pictures) : ""));
  if (config.condition != "none") text += row("condition", plain(config.condition));
  text += row("seed", std::to_string(config.seed));
  text += row(
      "steps",
      str(core::with_thousands(network.step),
          network.epoch > 0 ? str(" (", network.epoch, network.epoch == 1 ? " epoch)" : " epochs)") : ""));
  text += row("batch", std::to_string(config.batch));
  text += row("loss", plain(config.loss));
  text += row("weights",
              g && network.weights == infer::Weights::mean ? "mean over the training (EMA)" : "as trained");
  text += row("checkpoint", network.hash);
  for (const auto& [name, value] : facts.figures) text += row(name, value);
  return text;
}

std::string licence(const Network& network) {
  if (network.config.dataset == "faces" && network.imported.empty())
    return "The training pictures are portraits that facegan draws itself: no person is in them. TO BE "
           "FILLED IN: the "
           "licence of this model.\n";
  return "TO BE FILLED IN: where the training pictures come from, their licence, and whether the people in "
         "them have "
         "agreed.\n";
}

}  // namespace

std::string model_card(const Network& network, const CardFacts& facts) {
  const config::Config& config = network.config;
  const bool g = network.part == Part::generator;
  std::string text =
      "---\nlicense: other\nlicense_name: fill-in  # of the model; mind that of the training pictures\n";
  if (g) text += "pipeline_tag: unconditional-image-generation\n";
  text += "tags:\n- gan\n- dcgan\n- facegan\n";
  if (has_ending(facts.files, ".onnx")) text += "- onnx\n";
  text += str("---\n\n# ", plain(network.run), g ? "" : ", discriminator", "\n\n");
  if (!facts.sample.empty()) text += str("![pictures of the model, of seed 1](", facts.sample, ")\n\n");
  text += str(
      g ? "A generator" : "A discriminator", " of a GAN (a generative adversarial network) for pictures of ",
      config.size.both(), " pixels, ", config.channels == 1 ? "grey" : "in colour",
      network.imported.empty() ? ", trained with" : ", imported by", " facegan ", kVersion, ".\n\n## Use\n\n",
      use(network, facts), training(network, facts), "\n## Data and licence\n\n", licence(network));
  if (g)
    text +=
        "\n## Limits\n\nPictures resemble the training pictures and have their biases. Do not use them to "
        "deceive.\n";
  return text;
}

std::string_view python_reader() {
  return core::text_of(embedded_files(), "facegan.py");
}

}  // namespace facegan::exchange
