#include "targets.h"

#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>

#include "data/attribute_file.h"
#include "data/attributes.h"
#include "data/digits_csv.h"
#include "data/mnist_sets.h"
#include "data/npy.h"
#include "data/pickle.h"
#include "data/source.h"
#include "facegan/config/config.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/safetensors.h"
#include "facegan/core/text.h"
#include "facegan/data/dataset.h"
#include "facegan/data/pth.h"
#include "facegan/image/image.h"
#include "facegan/spec/filter.h"

namespace fuzz {
namespace {

using namespace facegan;

void require(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: %s\n", what.c_str());
  std::abort();
}

// True when nothing was thrown. Anything but an Error of these kinds, of one line, is a finding.
template <class Call>
bool accepted(std::initializer_list<ErrorKind> kinds, const Call& call) {
  try {
    call();
    return true;
  } catch (const Error& error) {
    bool expected = false;
    for (const ErrorKind kind : kinds) expected = expected || kind == error.kind();
    const std::string what = error.what();
    require(expected && !what.empty(), "unexpected kind of error: " + what);
    require(what.find_first_of(std::string("\n\r\x1b\0", 4)) == std::string::npos, "not one plain line");
    return false;
  }
}

// The input as a file that lies in memory; its path is the same in every run.
class InputFile {
 public:
  explicit InputFile(const std::string& bytes) {
    static const core::Fd fd(::memfd_create("input", MFD_CLOEXEC));
    require(fd.valid() && ::ftruncate(fd.get(), 0) == 0 && ::lseek(fd.get(), 0, SEEK_SET) == 0, "no memfd");
    core::write_all(fd.get(), bytes.data(), bytes.size(), "memory");
    path_ = core::str("/proc/self/fd/", fd.get());
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

bool same(const core::SafetensorsFile& a, const core::SafetensorsFile& b) {
  if (a.metadata != b.metadata || a.tensors.size() != b.tensors.size()) return false;
  for (std::size_t i = 0; i < a.tensors.size(); ++i) {
    const auto &x = a.tensors[i], &y = b.tensors[i];
    if (x.name != y.name || x.dtype != y.dtype || x.shape != y.shape || x.begin != y.begin || x.end != y.end)
      return false;
  }
  return true;
}

void run_safetensors(const std::string& input) {
  constexpr auto kKind = ErrorKind::checkpoint;
  core::SafetensorsFile file, from_disk, header;
  const bool good = accepted({kKind}, [&] { file = core::parse_safetensors(input, "input"); });
  const InputFile disk(input);
  require(good == accepted({kKind}, [&] { from_disk = core::read_safetensors(disk.path()); }),
          "a file is not read as its bytes are");
  const bool has_header = accepted({kKind}, [&] { header = core::read_safetensors_header(disk.path()); });
  if (!good) return;
  require(has_header && same(file, header) && same(file, from_disk) && file.data == from_disk.data,
          "two ways to read give two results");
  std::uint64_t at = 0;
  std::vector<core::TensorBytes> tensors;
  for (const auto& tensor : file.tensors) {
    require(tensor.begin == at && tensor.end >= at, "tensors do not tile the data");
    at = tensor.end;
    tensors.push_back({tensor.name, tensor.dtype, tensor.shape, file.bytes_of(tensor)});
  }
  require(at == file.data.size(), "data that belongs to no tensor");
  const auto again = core::parse_safetensors(core::safetensors_bytes(tensors, file.metadata), "again");
  for (const auto& tensor : file.tensors) {
    const auto* copy = again.find(tensor.name);
    require(copy && copy->shape == tensor.shape && copy->bytes() == tensor.bytes(), "not the same again");
    require(std::string_view(again.bytes_of(*copy), copy->bytes()) ==
                std::string_view(file.bytes_of(tensor), tensor.bytes()),
            "not the same bytes again");
  }
}

void use(const data::Dataset& set) {
  for (const std::size_t i : {std::size_t{0}, set.size() - 1}) {
    accepted({ErrorKind::data}, [&] { set.encoded(i); });
    accepted({ErrorKind::data}, [&] {
      const image::Image picture = set.get(i);
      require(picture.width == 8 && picture.height == 8 && picture.pixels.size() == 64, "a wrong size");
    });
  }
  set.fingerprint();
}

void run_idx(const std::string& input) {
  const InputFile file(input);
  data::DatasetOptions options;
  options.dataset = "mnist", options.path = file.path(), options.size = 8, options.channels = 1;
  accepted({ErrorKind::data}, [&] { use(*data::open_dataset(options)); });
}

void run_npz(const std::string& input) {
  accepted({ErrorKind::data}, [&] {
    const data::NpyArray array = data::parse_npy(input);
    accepted({ErrorKind::data}, [&] {
      const data::GreyRecords records = data::grey_records(array);
      require(records.pixels.size() == std::uint64_t{records.count} * records.rows * records.columns,
              "pixels that belong to no picture");
    });
    accepted({ErrorKind::data}, [&] {
      const std::size_t count = array.shape.empty() ? 0 : array.shape[0];
      require(data::labels_of(array, count).size() == count, "another number of labels");
    });
  });
  const InputFile file(input);
  accepted({ErrorKind::data}, [&] {
    const std::filesystem::path path = file.path();
    data::read_npz(data::MnistFiles(path.parent_path()), path.filename().string(), "").labels();
  });
}

// The input as a file of torch.save, and as the pickle in one: no fuzzer guesses the checksums of a zip.
void run_pth(const std::string& input) {
  constexpr auto kKind = ErrorKind::checkpoint;
  accepted({kKind}, [&] {
    for (const data::PickledTensor& tensor : data::unpickle_tensors(input)) {
      std::int64_t count = 1, last = tensor.offset;
      require(tensor.shape.size() == tensor.strides.size() && tensor.offset >= 0, "no view");
      for (std::size_t d = 0; d < tensor.shape.size(); ++d) {
        count *= tensor.shape[d];
        last += std::max<std::int64_t>(tensor.shape[d] - 1, 0) * tensor.strides[d];
      }
      require(count >= 0 && count <= tensor.numbers && (count == 0 || last < tensor.numbers),
              "a view beyond its storage");
    }
  });
  const InputFile file(input);
  accepted({kKind}, [&] {
    const data::PthFile pth(file.path());
    for (std::size_t i = 0; i < pth.tensors().size() && i < 8; ++i) {
      const data::PthTensor& tensor = pth.tensors()[i];
      std::uint64_t bytes = core::dtype_bytes(tensor.dtype);
      for (const std::int64_t side : tensor.shape) bytes *= static_cast<std::uint64_t>(side);
      accepted({kKind}, [&] { require(pth.bytes(i).size() == bytes, "another number of bytes"); });
    }
  });
}

void run_digits_csv(const std::string& input) {
  accepted({ErrorKind::data}, [&] {
    const data::DigitsCsv csv = data::parse_digits_csv(input, "input");
    require(csv.records.count > 0 && csv.records.pixels.size() == std::uint64_t{csv.records.count} *
                                                                      csv.records.rows * csv.records.columns,
            "pixels that belong to no picture");
    require(csv.labels.empty() || csv.labels.size() == csv.records.count, "another number of labels");
  });
}

void try_filter(const std::string& text, const std::vector<std::string>& names) {
  accepted({ErrorKind::usage}, [&] {
    const spec::Filter filter(text);
    for (const bool all : {false, true}) filter.wants(std::vector<bool>(filter.tests().size(), all));
    for (const auto& test : data::yes_no_tests(filter, names))
      require(test.column < names.size(), "a column that is not there");
  });
}

void run_filter(const std::string& input) {
  try_filter(input, {"Smiling", "Male", "5_o_Clock_Shadow", "No_Beard"});
}

// The first line is a filter, the rest the file that it selects from.
void run_attributes(const std::string& input) {
  const std::size_t end = std::min(input.find('\n'), input.size());
  const InputFile file(input.substr(std::min(end + 1, input.size())));
  accepted({ErrorKind::data}, [&] {
    const data::AttributeFile attributes(file.path());
    for (const char* picture : {"000001.jpg", "000002.jpg", ""}) {
      const std::uint32_t row = attributes.find(picture);
      if (row == data::AttributeFile::kNone) continue;
      require(row < attributes.rows(), "a row that is not there");
      for (std::size_t i = 0; i < attributes.names().size(); ++i) attributes.value(row, i);
    }
    try_filter(input.substr(0, end), attributes.names());
  });
}

void run_yaml(const std::string& input) {
  const InputFile file(input);
  config::Request request;
  request.config_file = file.path();
  request.needs_networks = false;  // they are made below, without a search for sizes that would do
  config::Resolved resolved;
  if (!accepted({ErrorKind::usage}, [&] { resolved = config::resolve(request, nullptr); })) return;
  accepted({ErrorKind::usage}, [&] { config::build_networks(resolved.config); });
  // What was accepted can be written, and read again as the same.
  const std::string text = config::to_yaml(resolved.config);
  require(config::to_yaml(config::from_yaml(text, "again")) == text, "not the same configuration again");
}

void read_all(const data::Source& source) {
  for (std::size_t i = 0; i < source.size() && i < 8; ++i) {
    accepted({ErrorKind::data}, [&] {
      require(source.read(i).size() == source.stored_size(i), "an entry is not as long as it says");
    });
    require(source.name(i).find("//") == std::string::npos && source.name(i).rfind('/', 0) != 0,
            "a name that is not tidy");
  }
}

void run_zip(const std::string& input) {
  const InputFile file(input);
  accepted({ErrorKind::data}, [&] { read_all(*data::open_zip_source(file.path())); });
}

void run_tar(const std::string& input) {
  const InputFile file(input);
  accepted({ErrorKind::data}, [&] { read_all(*data::open_tar_source(file.path())); });
}

void run_picture(const std::string& input) {
  const image::Bytes bytes(reinterpret_cast<const unsigned char*>(input.data()), input.size());
  const image::DecodeLimits limits{.max_pixels = 250'000, .max_bytes = 1u << 20};  // for speed
  for (const int channels : {1, 3}) {
    image::Image whole;
    if (!accepted({ErrorKind::data}, [&] { whole = image::decode_original(bytes, channels, limits); }))
      continue;
    const auto width = static_cast<std::uint64_t>(whole.width),
               height = static_cast<std::uint64_t>(whole.height);
    require(width * height <= limits.max_pixels && whole.channels == channels &&
                whole.pixels.size() == width * height * whole.channels,
            "a picture beyond the limit");
  }
  const image::Crop box{image::Crop::Kind::box, 3, 5, 35, 37};
  accepted({ErrorKind::data}, [&] { image::decode(bytes, box, 8, 3, limits); });
}

// The chunks' checksums made right, which no fuzzer guesses.
std::string with_right_sums(std::string png) {
  for (std::size_t at = 8; at + 12 <= png.size();) {
    auto* chunk = reinterpret_cast<unsigned char*>(png.data()) + at;
    const std::size_t size = std::size_t{chunk[0]} << 24 | chunk[1] << 16 | chunk[2] << 8 | chunk[3];
    if (size > png.size() - at - 12) break;
    const auto sum = crc32(0, chunk + 4, static_cast<uInt>(size + 4));
    for (int i = 0; i < 4; ++i) chunk[8 + size + i] = static_cast<unsigned char>(sum >> (24 - 8 * i));
    at += 12 + size;
  }
  return png;
}

void read_text_fields(const std::string& input) {
  accepted({ErrorKind::data}, [&] {
    const auto fields =
        image::read_text_fields({reinterpret_cast<const unsigned char*>(input.data()), input.size()}).fields;
    require(fields.size() <= 64, "too many fields");
    for (const auto& [keyword, text] : fields)
      require(!keyword.empty() && keyword.size() <= 79 && keyword.find('\0') == std::string::npos &&
                  text.size() <= input.size(),
              "a field that cannot be");
  });
}

void run_text_fields(const std::string& input) {
  read_text_fields(input);
  read_text_fields(with_right_sums(input));
}

}  // namespace

const std::vector<Target>& targets() {
  static const std::vector<Target> all = {
      {"safetensors", run_safetensors},
      {"idx", run_idx},
      {"npz", run_npz},
      {"pth", run_pth},
      {"digits_csv", run_digits_csv},
      {"filter", run_filter},
      {"attributes", run_attributes},
      {"yaml", run_yaml},
      {"zip", run_zip},
      {"tar", run_tar},
      {"picture", run_picture},
      {"text_fields", run_text_fields},
  };
  return all;
}

void prepare() {
  core::LogOptions quiet;
  quiet.level = core::LogLevel::error;
  core::log_setup(quiet);
  ::setenv("FACEGAN_CACHE", "/dev/shm", 0);
}

}  // namespace fuzz
