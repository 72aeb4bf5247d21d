#pragma once
// CelebA's attribute file, in its own form (a line with the number of rows, a line of names, rows
// "000001.jpg -1  1 ...") or as comma-separated values ("image_id,5_o_Clock_Shadow,...", then rows; fields
// may be quoted, and values be True and False).
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace facegan::data {

class AttributeFile {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  // Error(data) FILE:LINE for a line of another form, also for a second row of the same picture. A count
  // that is not that of the rows is a warning: the rows are what there is.
  explicit AttributeFile(const std::filesystem::path& path);
  // Of a text that was read elsewhere, such as in an archive; `name` is for messages.
  AttributeFile(std::string name, std::string text);
  AttributeFile(const AttributeFile&) = delete;  // rows_ points into text_

  const std::string& name() const { return name_; }  // of the file
  const std::vector<std::string>& names() const { return names_; }
  std::size_t rows() const { return rows_.size(); }
  std::uint32_t find(std::string_view picture) const;  // its row, or kNone
  bool value(std::uint32_t row, std::size_t column) const { return values_[row * names_.size() + column]; }

 private:
  struct Row {
    std::string_view picture;
    std::uint32_t number;  // of its values
    std::uint32_t line;
  };

  bool next_line();
  std::vector<std::string_view> fields();
  std::string_view quoted(std::size_t& at);
  void read_header();
  bool is_numbered();
  void read_row();
  [[noreturn]] void refuse(std::size_t line, const std::string& why) const;

  std::string name_;  // for messages
  std::string text_;
  std::size_t at_ = 0;        // behind the line
  std::string_view line_;     // the last line read
  std::uint32_t number_ = 0;  // of that line
  bool has_commas_ = false;
  std::size_t skipped_ = 0;  // fields before the picture's name
  std::int64_t count_ = -1;  // of rows, as the file says; -1 = it does not
  std::vector<std::string> names_;
  std::vector<Row> rows_;     // by picture
  std::vector<bool> values_;  // [row, column]
};

}  // namespace facegan::data
