// idx files of grey pictures: MNIST, Fashion-MNIST and all others of the form.
// Format: http://yann.lecun.com/exdb/mnist ("The IDX file format"): big-endian 0x00000803, count, rows,
// columns, then count * rows * columns bytes.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "data/pictures.h"
#include "facegan/core/checksum.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"
#include "facegan/machine/memory.h"
#include "facegan/spec/condition.h"

namespace facegan::data {
namespace {

constexpr const char* kLayout =
    "get MNIST from http://yann.lecun.com/exdb/mnist and put train-images-idx3-ubyte (or the same as .gz) "
    "into "
    "data/mnist, or name its place with --data; Fashion-MNIST and other idx files of that form work too";

namespace fs = std::filesystem;

constexpr std::uint32_t kMagic = 0x00000803, kLabelsMagic = 0x00000801;
constexpr std::size_t kHeaderBytes = 16, kLabelsHeaderBytes = 8;
constexpr std::string_view kPictures = "images", kLabels = "labels";  // in the names of their files
constexpr std::uint64_t kMaxSide = 4096, kMaxGzipRatio = 1040;

struct Idx {
  std::uint32_t count = 0, rows = 0, columns = 0;
  std::vector<unsigned char> pixels;  // [count, rows, columns]
};

std::uint32_t big_endian(const unsigned char* p) {
  return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3];
}

class IdxFile {
 public:
  explicit IdxFile(const fs::path& path) : path_(path), fd_(core::open_for_reading(path, ErrorKind::data)) {
    struct stat info;
    if (::fstat(fd_.get(), &info) != 0) refuse("its size cannot be read");
    stored_ = static_cast<std::uint64_t>(info.st_size);
    // gzread gives plain files as they are.
    const int copy = ::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0);
    file_.reset(copy >= 0 ? ::gzdopen(copy, "rb") : nullptr);
    if (!file_) throw std::bad_alloc();
    ::gzbuffer(file_.get(), 1 << 17);
  }

  // Of pictures, by the header alone.
  std::size_t count() {
    unsigned char header[kHeaderBytes];
    if (fill(header, kHeaderBytes) != kHeaderBytes) refuse("it ends inside its header");
    return big_endian(header + 4);
  }

  Idx read() {
    unsigned char header[kHeaderBytes];
    if (fill(header, kHeaderBytes) != kHeaderBytes) refuse("it ends inside its header");
    if (big_endian(header) != kMagic) refuse("it does not begin as an idx file of pictures (00 00 08 03)");
    Idx idx{big_endian(header + 4), big_endian(header + 8), big_endian(header + 12), {}};
    const auto shape = core::str(idx.count, " pictures of ", idx.rows, "x", idx.columns);
    if (idx.count == 0 || idx.rows == 0 || idx.columns == 0 || idx.rows > kMaxSide || idx.columns > kMaxSide)
      refuse(core::str("its header claims ", shape));
    const std::uint64_t bytes = std::uint64_t{idx.count} * (std::uint64_t{idx.rows} * idx.columns);  // < 2^56
    const bool plain = ::gzdirect(file_.get());
    if (bytes > (plain ? stored_ - kHeaderBytes : stored_ * kMaxGzipRatio))
      refuse(core::str("its header claims ", shape, " (", bytes, " bytes), but the file has ", stored_,
                       " bytes"));
    if (bytes > machine::usable_memory_bytes() / 2)
      refuse(core::str("its ", shape, " (", core::human_bytes(bytes),
                       ") would take more than half of the memory"));
    // By parts: memory follows what really comes out of a gzip file; what is reserved has no pages yet.
    idx.pixels.reserve(bytes);
    while (idx.pixels.size() < bytes) {
      const std::size_t have = idx.pixels.size();
      const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(bytes - have, 16u << 20));
      idx.pixels.resize(have + part);
      const std::size_t got = fill(idx.pixels.data() + have, part);
      if (got != part)
        refuse(core::str("its header claims ", shape, ", but it ends after ", have + got, " bytes of them"));
    }
    unsigned char more;
    if (fill(&more, 1) != 0) refuse(core::str("it goes on after the ", shape, " of its header"));
    return idx;
  }

  // Of as many pictures: 00 00 08 01, count, then a byte each.
  std::vector<unsigned char> read_labels(std::size_t pictures) {
    unsigned char header[kLabelsHeaderBytes];
    if (fill(header, kLabelsHeaderBytes) != kLabelsHeaderBytes) refuse("it ends inside its header");
    if (big_endian(header) != kLabelsMagic)
      refuse("it does not begin as an idx file of labels (00 00 08 01)");
    if (big_endian(header + 4) != pictures)
      refuse(core::str("its header claims ", big_endian(header + 4), " labels for ", pictures, " pictures"));
    std::vector<unsigned char> labels(pictures + 1);
    if (fill(labels.data(), labels.size()) != pictures)
      refuse(core::str("it has another number of labels than the ", pictures, " of its header"));
    labels.pop_back();
    for (const unsigned char label : labels)
      if (label >= spec::kDigits) refuse(core::str("a label is ", int{label}, ", none of 0 to 9"));
    return labels;
  }

 private:
  struct Close {
    void operator()(gzFile file) const { ::gzclose(file); }
  };

  // Bytes read: fewer than asked at the end. Damage is an error, also a checksum that fails there.
  std::size_t fill(unsigned char* out, std::size_t size) {
    const int got = ::gzread(file_.get(), out, static_cast<unsigned>(size));
    int code = Z_OK;
    const char* text = ::gzerror(file_.get(), &code);
    if (got < 0 || (code != Z_OK && code != Z_STREAM_END))
      refuse(code == Z_BUF_ERROR ? "its compressed data ends too early"
                                 : core::printable(text ? text : "damaged"));
    return static_cast<std::size_t>(got);
  }
  [[noreturn]] void refuse(const std::string& reason) const {
    throw Error(ErrorKind::data, core::str("cannot use ", core::printable(path_.string()), ": ", reason));
  }

  fs::path path_;
  core::Fd fd_;
  std::uint64_t stored_ = 0;
  std::unique_ptr<gzFile_s, Close> file_;
};

class IdxPictures : public Dataset {
 public:
  IdxPictures(const fs::path& path, const DatasetOptions& options)
      : idx_(IdxFile(path).read()),
        crop_(parsed_crop(options)),
        size_(options.size),
        channels_(options.channels) {
    const std::string file = path.filename().string();
    stem_ = file.substr(0, std::min(file.find("-idx3"), file.find(".idx3")));
  }

  std::size_t size() const override { return idx_.count; }
  std::string name(std::size_t i) const override { return core::str(stem_, '[', i, ']'); }
  image::Image get(std::size_t i) const override {
    image::Image original(static_cast<int>(idx_.columns), static_cast<int>(idx_.rows), 1);
    std::copy_n(record(i), record_bytes(), original.pixels.begin());
    return image::fit(original, crop_, size_, channels_);
  }
  image::Facts original(std::size_t) const override {
    return {"idx", static_cast<int>(idx_.columns), static_cast<int>(idx_.rows)};
  }
  std::string encoded(std::size_t i) const override {
    return {reinterpret_cast<const char*>(record(i)), record_bytes()};
  }
  std::string identity(std::size_t i) const override {
    return core::str(idx_.rows, ' ', idx_.columns, ' ', encoded(i));
  }
  // Of the whole set at one go.
  std::uint64_t fingerprint() const override {
    const std::string shape = core::str("idx ", idx_.count, ' ', idx_.rows, ' ', idx_.columns);
    core::Xxh64 hash;
    hash.update(shape.data(), shape.size());
    hash.update(idx_.pixels.data(), idx_.pixels.size());
    return hash.digest();
  }
  // Only as long as get() is a copy: resizing is work worth keeping.
  bool is_memory() const override { return core::Size(idx_.columns, idx_.rows) == size_ && channels_ == 1; }

 private:
  std::size_t record_bytes() const { return std::size_t{idx_.rows} * idx_.columns; }
  const unsigned char* record(std::size_t i) const { return idx_.pixels.data() + i * record_bytes(); }

  Idx idx_;
  image::Crop crop_;
  core::Size size_;
  int channels_;
  std::string stem_;
};

// The training pictures in a folder, under the names in use; else the only idx3 file there.
fs::path find_idx(const DatasetOptions& options) {
  if (std::error_code error; !fs::is_directory(options.path, error)) return options.path;
  const std::string folder = core::printable(options.path.string());
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator it(options.path, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if ((name.ends_with("idx3-ubyte") || name.ends_with("idx3-ubyte.gz")) && !name.starts_with("._"))
      found.push_back(it->path());
  }
  if (error)
    throw Error(ErrorKind::data, core::str("cannot list the folder ", folder, ": ", error.message()));
  if (found.empty()) throw_missing(options, core::str("no *idx3-ubyte file in ", folder));
  std::sort(found.begin(), found.end());
  for (const char* name : {"train-images-idx3-ubyte", "train-images.idx3-ubyte"})
    for (const auto& path : found)
      if (path.filename().string().starts_with(name)) return path;  // the plain file comes before its .gz
  if (found.size() > 1)
    throw Error(ErrorKind::data, core::str("more than one idx3-ubyte file in ", folder,
                                           " and none is train-images: name one of ",
                                           core::printable(found[0].filename().string()), ", ",
                                           core::printable(found[1].filename().string()), " with --data"));
  return found[0];
}

// The file of labels beside that of the pictures, packed or not.
fs::path find_labels(const fs::path& pictures) {
  std::string name = pictures.filename().string();
  const auto at = name.find(kPictures), form = name.find("idx3");
  if (at != name.npos && form != name.npos) {
    name.replace(form, 4, "idx1").replace(at, kPictures.size(), kLabels);
    const std::string plain = name.ends_with(".gz") ? name.substr(0, name.size() - 3) : name;
    for (const std::string& candidate : {plain, plain + ".gz"})
      if (std::error_code error; fs::exists(pictures.parent_path() / candidate, error))
        return pictures.parent_path() / candidate;
  }
  throw Error(ErrorKind::data,
              core::str("no labels for --condition digit: beside ", core::printable(pictures.string()),
                        " there should be a file such as train-labels-idx1-ubyte.gz; get it "
                        "from where the pictures are from"));
}

// In the file, of a picture's name: "train-images[17]".
std::size_t number_of(const std::string& name) {
  std::int64_t number = 0;
  const auto open = name.rfind('[') + 1;
  core::parse_integer(name.substr(open, name.size() - 1 - open), number);
  return static_cast<std::size_t>(number);
}

}  // namespace

static ConditionTable mnist_conditions(const std::vector<std::string>&, const std::vector<std::string>&,
                                       const DatasetOptions& options, const Dataset& set) {
  const fs::path pictures = find_idx(options);
  const auto labels = IdxFile(find_labels(pictures)).read_labels(IdxFile(pictures).count());
  ConditionTable table;
  for (std::int64_t digit = 0; digit < spec::kDigits; ++digit) table.names.push_back(core::str(digit));
  table.rows.resize(set.size() * table.names.size());
  for (std::size_t i = 0; i < set.size(); ++i)
    table.rows[i * table.names.size() + labels[number_of(set.name(i))]] = 1;
  return table;
}

static std::unique_ptr<Dataset> open_mnist(const DatasetOptions& options) {
  require_path(options);
  return std::make_unique<IdxPictures>(find_idx(options), options);
}

DatasetKind mnist_dataset() {
  return {"mnist", kLayout, "center", open_mnist, nullptr, nullptr, mnist_conditions};
}

}  // namespace facegan::data
