#pragma once
// idx files of grey pictures and of their labels, plain or gzipped: MNIST, Fashion-MNIST, EMNIST and others.
// Format: http://yann.lecun.com/exdb/mnist ("The IDX file format"): big-endian 0x00000803, count, rows,
// columns, then count * rows * columns bytes; labels 0x00000801, count, then a byte each.
#include <zlib.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "data/grey_set.h"
#include "facegan/core/files.h"

namespace facegan::data {

class IdxFile {
 public:
  // Error(data), also of all below: "cannot use NAME: reason".
  explicit IdxFile(const std::filesystem::path& path);
  // Of a file that is open; `name` is for messages.
  IdxFile(const core::Fd& file, std::string name);

  GreyRecords read();
  // Of as many pictures.
  std::vector<unsigned char> read_labels(std::size_t pictures);

 private:
  struct Close {
    void operator()(gzFile file) const { ::gzclose(file); }
  };

  // Bytes read: fewer than asked at the end. Damage is an error, also a checksum that fails there.
  std::size_t fill(unsigned char* out, std::size_t size);
  [[noreturn]] void refuse(const std::string& reason) const;

  std::string name_;
  std::uint64_t stored_ = 0;
  std::unique_ptr<gzFile_s, Close> file_;
};

}  // namespace facegan::data
