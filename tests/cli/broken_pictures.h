#pragma once
// A folder of pictures that are broken in every way that was thought of, and of good ones of every kind,
// made from drawn portraits. Always the same ones.
#include <string>
#include <vector>

enum class Fate { usable, unusable, either };

struct TestPicture {
  std::string name, bytes;
  Fate fate;
};

// One of each kind that can be read: all usable.
std::vector<TestPicture> good_pictures();
// At least 1,000: the good ones, cut and with flipped bytes, with other suffixes, texts, bombs.
std::vector<TestPicture> broken_pictures();

// A PNG of any kind with right checksums. rows: filter bytes and samples; packed by zlib.
std::string png_file(unsigned width, unsigned height, int depth, int color_type, const std::string& rows,
                     const std::string& chunks_before_data = "");
std::string png_chunk(const std::string& type, const std::string& data);
