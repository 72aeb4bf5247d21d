// Writes the seeds of corpus/: small valid files of every kind, with drawn faces for pictures.
//   fuzz_make_seeds FOLDER
#include <algorithm>
#include <cstdio>
#include <vector>

#include "cli/broken_pictures.h"
#include "facegan/core/files.h"
#include "facegan/core/safetensors.h"
#include "facegan/core/text.h"
#include "facegan/image/animation.h"
#include "facegan/image/image.h"
#include "facegan/portrait/portrait.h"
#include "image/animation_codecs.h"
#include "unit/archive_bytes.h"
#include "unit/bmp_bytes.h"
#include "unit/heif_bytes.h"
#include "unit/jpeg_bytes.h"
#include "unit/packed_bytes.h"
#include "unit/pickle_bytes.h"
#include "unit/tiff_bytes.h"
#include "unit/webp_bytes.h"

namespace {

using namespace facegan;
namespace fs = std::filesystem;
using archive_bytes::gzip;

fs::path corpus;

void seed(const std::string& name, const std::string& bytes) {
  core::make_folder((corpus / name).parent_path());
  core::write_file_atomic(corpus / name, bytes);
}

void safetensors() {
  const float weights[] = {1, -2, 3.5f, 0, 1e-30f, 6};
  const double moment[] = {0.1};
  const unsigned char flags[] = {1, 0, 1};
  const std::vector<core::TensorBytes> tensors = {{"g.0.weight", "F32", {2, 3}, weights},
                                                  {"moment", "F64", {}, moment},
                                                  {"flags", "U8", {3}, flags},
                                                  {"empty", "BF16", {0, 4}, nullptr}};
  seed("safetensors/sums", core::safetensors_bytes(tensors, {{"step", "12"}, {"config", "a: \"1\"\n"}}));
  const auto foreign = [](const std::string& header, std::size_t data) {
    return archive_bytes::little(header.size(), 8) + header + std::string(data, 'x');
  };
  seed("safetensors/empty", foreign("{}", 0));
  seed("safetensors/foreign", foreign(R"({"__metadata__":{"format":"pt"},"a":{"dtype":"I64","shape":[],)"
                                      R"("data_offsets":[4,12]},"\u00e9":{"dtype":"F16","shape":[2,1],)"
                                      R"("data_offsets":[0,4]}}  )",
                                      12));
}

void pth() {
  using namespace pickle_bytes;
  const std::string numbers(24, 'x'), storage = pickle_bytes::storage("0", 6);
  const std::string tensors =
      with(ordered_dict(), {text("0.weight"), tensor(storage, {2, 3}, {1, 2}), text("1.weight"),
                            parameter(tensor(storage, {2}, {1}, 4)), text("1.num_batches_tracked"),
                            tensor(pickle_bytes::storage("1", 1, "LongStorage"), {}, {})});
  const std::string whole =
      pickle(with("}", {text("netG"), tensors + "}" + text("_metadata") + ordered_dict() + "sb",
                        text("epoch"), integer(3), text("rates"), "](G" + std::string(8, '\1') + "Ne"}));
  seed("pth/pickle", whole);
  seed("pth/self", pickle("}q\1" + text("a") + "h\1s"));
  seed("pth/late", pickle("\x95" + little(9, 8) +
                              "\x8c\x0b"
                              "collections\x94\x8c\x0bOrderedDict\x94\x93\x94)R",
                          4));
  seed("pth/system", pickle(global("os", "system") + tuple({text("true")}) + "R"));
  seed("pth/beyond", pickle(with("}", {text("a"), tensor(storage, {2, 3}, {4, 1})})));
  seed("pth/file", pickle_bytes::pth(whole, {{"data/0", numbers}, {"data/1", numbers.substr(0, 8)}}));
  seed("pth/deflated",
       pickle_bytes::pth(whole, {{"data/0", numbers, 8}, {"data/1", numbers.substr(0, 8)}}, "little", true));
  seed("pth/short", pickle_bytes::pth(whole, {{"data/0", numbers}}));
}

void idx() {
  std::string bytes("\0\0\x08\x03\0\0\0\x02\0\0\0\x08\0\0\0\x08", 16);
  for (int i = 0; i < 128; ++i) bytes += static_cast<char>(i * 5);
  seed("idx/plain", bytes);
  seed("idx/gzipped", gzip(bytes));
  bytes[7] = 3;
  seed("idx/false_count", bytes);
}

std::string npy(const std::string& type, const std::string& shape, const std::string& bytes,
                char version = 1) {
  const std::string header =
      core::str("{'descr': '", type, "', 'fortran_order': False, 'shape': ", shape, ", }\n");
  return core::str("\x93NUMPY", version) + '\0' + archive_bytes::little(header.size(), version == 1 ? 2 : 4) +
         header + bytes;
}

void npz() {
  std::string pixels;
  for (int i = 0; i < 32; ++i) pixels += static_cast<char>(i * 5);
  const std::string pictures = npy("|u1", "(2, 4, 4)", pixels),
                    labels = npy("<i8", "(2,)", archive_bytes::little(7, 8) + archive_bytes::little(0, 8));
  seed("npz/array", pictures);
  seed("npz/labels", labels);
  seed("npz/wide", npy(">i2", "(2, 1)", std::string("\0\7\0\1", 4), 2));
  seed("npz/flat", npy("|u1", "(2, 16)", pixels, 3));
  seed("npz/keras", archive_bytes::zip({{"x_train.npy", pictures}, {"y_train.npy", labels, 8}}));
}

void digits_csv() {
  seed("digits_csv/kaggle", "label,pixel0,pixel1,pixel2,pixel3\n7,0,12,255,3\n0,1,2,3,4\r\n");
  seed("digits_csv/plain", "7,0,12,255,3\n\n0, 1 ,\"2\",3,4");
  seed("digits_csv/last", "\xef\xbb\xbf\"a\",\"b\",c,d,\"class\"\n1,2,3,4,9\n");
  seed("digits_csv/refused", "label,a,b,c,d\n1,2,3,4\n");
}

void filters_and_attributes() {
  const std::string filters[] = {"Smiling", "Smiling and not (Male or No_Beard=1)",
                                 "\"5_o_Clock_Shadow\"=0 OR 'Male'", "NOT not Male and Smiling"};
  const std::string own =
      "2\nSmiling Male 5_o_Clock_Shadow No_Beard\n000001.jpg -1  1 1 -1\n000002.jpg 1 1 -1 1\n";
  const std::string commas = "image_id,Smiling,Male,No_Beard\n000001.jpg,-1,1,1\n000002.jpg, 1,0,-1\n";
  for (std::size_t i = 0; i < std::size(filters); ++i) {
    seed(core::str("filter/", i), filters[i]);
    seed(core::str("attributes/", i), filters[i] + '\n' + (i % 2 ? commas : own));
  }
  seed("attributes/quoted", "Smiling\n,\"image_id\",\"Smiling\",Male\r\n0,\"000001.jpg\",True, \"-1\"\r\n");
  seed("attributes/page", "Smiling\n<!DOCTYPE html><html><head><title>Google Drive - Quota exceeded</title>");
  seed("filter/photos", "photos>=10 and person=\"George W Bush\"");
}

void yaml() {
  seed("yaml/values",
       "# a run\nsize: 32\nlr_g: 1e-4\nloss: wgan-gp\nbatch: 16\ngrid: 2x3\nwhere: \"Smiling\"\n");
  seed("yaml/networks", "{size: 16, z: 8, width: 4, preset: quickstart}\n");
  seed("yaml/layers",
       "size: 8\nchannels: 1\nz: 4\ngenerator:\n  - dense: {units: 4 * ($size / 2)^2, bias: false}\n"
       "  - batch_norm\n  - relu\n  - reshape: {channels: 4, height: 4, width: 4}\n"
       "  - conv_transpose: {filters: $channels, kernel: 4, stride: 2, padding: 1}\n  - tanh\n"
       "discriminator:\n  - repeat:\n      times: log2($size) - 2\n      layers:\n"
       "        - conv: {filters: 2^($i + 1), kernel: 3, stride: 2, padding: [0, 1, 0, 1]}\n"
       "        - leaky_relu: {slope: 0.2}\n  - flatten\n  - dense: {units: 1}\n");
  seed("yaml/quotes", "description: 'it''s'\nsource: \"a\\tb\"\nname: >-\n  two\n  lines\n? seed\n: 7\n");
  seed("yaml/refused", "a: &x [1, *x]\nb: !!int 010\n---\n{b: {b: {}}}\n");
}

void archives() {
  const std::string small = "P5 2 2 255 abcd";
  const std::vector<archive_bytes::ZipEntry> zip = {
      {"p/a.pgm", small}, {"p/b.pgm", small, 8}, {"p/notes.txt", "text"}};
  seed("zip/plain", archive_bytes::zip(zip));
  seed("zip/zip64", archive_bytes::zip(zip, true));
  seed("zip/before", "something" + archive_bytes::zip(zip));
  seed("zip/names",
       archive_bytes::zip({{"../../x.pgm", small}, {"/etc/y.pgm", small}, {"/etc/y.pgm", "later"}}));
  const std::string tar = archive_bytes::tar({{"p/", "", '5'},
                                              {"p/a.pgm", small},
                                              {"p/a.pgm", small + "2"},
                                              {"p/hard.pgm", "", '1', "p/a.pgm"},
                                              {"p/soft.pgm", "", '2', "/etc/passwd"},
                                              {"../up.pgm", small}});
  seed("tar/plain", tar);
  seed("tar/gzipped", gzip(tar));
  seed("tar/bzip2", packed_bytes::packed(tar, ARCHIVE_FILTER_BZIP2));
  seed("tar/xz", packed_bytes::packed(tar, ARCHIVE_FILTER_XZ));
  seed("tar/zstd", packed_bytes::packed(tar, ARCHIVE_FILTER_ZSTD));
  std::string long_name(180, 'n');
  seed("tar/long_name",
       archive_bytes::tar({{"././@LongLink", long_name + ".pgm", 'L'}, {"short.pgm", small}}));
  seed("tar/pax",
       archive_bytes::tar({{"pax", "22 path=other/name.pgm\n12 size=15\n", 'x'}, {"short.pgm", small}}));
}

// Rows of a PNG, each behind its filter byte. `values` gives the bytes of pixel (x, y).
template <class Values>
std::string png_rows(int side, const Values& values) {
  std::string rows;
  for (int y = 0; y < side; ++y) {
    rows += '\0';
    for (int x = 0; x < side; ++x)
      for (const int value : values(x, y)) rows += static_cast<char>(value);
  }
  return rows;
}

void pictures() {
  constexpr int kSide = 40, kSmall = 12;
  const image::Image color = portrait::draw(1, 0, kSide, 3), grey = portrait::draw(1, 1, kSide, 1);
  image::Image small(kSmall, kSmall, 3), small_alpha(kSmall, kSmall, 4);
  for (int y = 0; y < kSmall; ++y)
    for (int x = 0; x < kSmall; ++x) {
      std::copy_n(color.at(8 + x, 8 + y), 3, small.at(x, y));
      std::copy_n(color.at(8 + x, 8 + y), 3, small_alpha.at(x, y));
      small_alpha.at(x, y)[3] = static_cast<unsigned char>((8 + x) * 6);
    }
  seed("picture/colour.jpg", jpeg_bytes::jpeg(color, {.quality = 60}));
  seed("picture/progressive.jpg", jpeg_bytes::jpeg(color, {.progressive = true, .quality = 50}));
  seed("picture/grey.jpg",
       jpeg_bytes::jpeg(grey, {.stored = JCS_GRAYSCALE, .across = 1, .down = 1, .quality = 60}));
  seed("picture/grey.png", image::encode_png(grey, {{"Title", "drawn"}}));
  using Values = std::vector<int>;
  seed("picture/alpha.png", png_file(kSide, kSide, 8, 6, png_rows(kSide, [&](int x, int y) {
                                       const unsigned char* p = color.at(x, y);
                                       return Values{p[0], p[1], p[2], x * 6};
                                     })));
  seed("picture/deep.png", png_file(kSide, kSide, 16, 2, png_rows(kSide, [&](int x, int y) {
                                      const unsigned char* p = color.at(x, y);
                                      return Values{p[0], p[0], p[1], p[1], p[2], p[2]};
                                    })));
  seed("picture/bits.png", png_file(kSide, kSide, 1, 0, png_rows(kSide, [&](int x, int y) {
                                      int bits = 0;
                                      for (int i = 0; i < 8; ++i)
                                        bits = bits << 1 | (*grey.at(std::min(x + i, kSide - 1), y) > 128);
                                      return x % 8 == 0 ? Values{bits} : Values{};
                                    })));
  seed("picture/colour.bmp", bmp_bytes::bmp(small));
  seed("picture/alpha.bmp", bmp_bytes::bmp(small_alpha));
  const std::string colors("\0\0\0\0\xFF\0\0\0\0\xFF\0\0\x20\x40\xFF\0", 16);
  seed("picture/runs.bmp", bmp_bytes::bmp(9, 3,
                                          std::string("\x05\x01\0\x04\x01\x02\x03\x02\0\0"
                                                      "\0\x02\x02\x01\x04\x03\0\x01",
                                                      18),
                                          {.bits = 8, .method = 1, .used = 4}, colors));
  seed("picture/nibbles.bmp", bmp_bytes::bmp(9, 1, std::string("\x04\x12\0\x05\x12\x30\x10\0\0\0\0\x01", 12),
                                             {.bits = 4, .method = 2, .used = 4}, colors));
  seed("picture/os2.bmp", bmp_bytes::bmp(7, 2, std::string("\xA5\0\0\0\x5A\0\0\0", 8),
                                         {.bits = 1, .header = 12}, "\x20\x40\xFF\xFF\xFF\x80"));
  seed("picture/alpha.tiff", tiff_bytes::tiff(small_alpha, {.compression = COMPRESSION_LZW}));
  seed("picture/plain.tiff", tiff_bytes::tiff(small));
  seed("picture/big.tiff", tiff_bytes::tiff(small, {.big = true}));
  seed("picture/inks.tiff",
       tiff_bytes::tiff(small_alpha, {.bits = 16, .photometric = PHOTOMETRIC_SEPARATED}));
  seed("picture/two.gif", image::encode_animation(image::AnimationFormat::gif, {{small, small}}));
  seed("picture/two.webp", image::encode_animation(image::AnimationFormat::webp, {{small, small}}));
  seed("picture/turned.avif", heif_bytes::avif());
  seed("picture/tiles.tiff", tiff_bytes::tiff(small, {.bits = 16,
                                                      .compression = COMPRESSION_ADOBE_DEFLATE,
                                                      .planes = true,
                                                      .tiles = true,
                                                      .big_endian = true}));
  seed("picture/jpeg.tiff",
       tiff_bytes::tiff(small, {.photometric = PHOTOMETRIC_YCBCR, .compression = COMPRESSION_JPEG}));
  const std::vector<unsigned> dots = {0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1};
  seed("picture/fax.tiff",
       tiff_bytes::tiff(
           9, 2, 1, dots,
           {.bits = 1, .photometric = PHOTOMETRIC_MINISWHITE, .compression = COMPRESSION_CCITTFAX4}));
  seed("picture/palette.tiff", tiff_bytes::tiff(9, 2, 1, dots,
                                                {.bits = 1,
                                                 .photometric = PHOTOMETRIC_PALETTE,
                                                 .compression = COMPRESSION_PACKBITS,
                                                 .palette = {65535, 0, 16384, 257, 8192, 65535}}));
  seed("picture/lossy.webp", webp_bytes::webp(color, 50));
  seed("picture/lossless.webp", webp_bytes::webp(small_alpha, 101));
  seed("picture/colour.ppm", core::str("P6 ", kSmall, ' ', kSmall, " 255\n",
                                       std::string(small.pixels.begin(), small.pixels.end())));
  seed("picture/plain.pgm", "P2 3 2 # values\n9\n1 2 3\n4 5 9\n");
  seed("picture/bits.pbm", std::string("P4\n9 2\n\xA0\x80\x55\0", 11));
  seed("picture/deep.pgm", std::string("P5 2 1 1023\n\x03\xFF\x00\x07", 16));
}

void text_fields() {
  const image::Image dot(1, 1, 1);
  seed("text_fields/fields",
       image::encode_png(dot, {{"Software", "facegan"}, {"facegan:seed", "1-4"}, {"a", ""}}));
  seed("text_fields/utf8", image::encode_png(dot, {{"Title", "Zo\xC3\xAB"}}));
  std::string flagged = image::encode_png(dot, {{"Title", "Zo\xC3\xAB"}});
  flagged[flagged.find("Title") + 6] = 1;  // says that it is compressed
  seed("text_fields/compressed", flagged);
  const image::TextFields fields = {{"Software", "facegan"}, {"facegan:seed", "1-4"}};
  for (const auto format : {image::AnimationFormat::gif, image::AnimationFormat::webp})
    if (image::missing_encoder(format).empty())
      seed(format == image::AnimationFormat::gif ? "text_fields/gif" : "text_fields/webp",
           image::encode_animation(format, std::vector{dot, dot}, {}, fields));
  const std::string uuid(image::kFieldsUuid, 16);
  seed("text_fields/mp4", std::string("\0\0\0\x10"
                                      "ftypisom\0\0\2\0"
                                      "\0\0\0\x2a"
                                      "uuid",
                                      24) +
                              uuid + "facegan:kind: walk");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fputs("fuzz_make_seeds FOLDER\n", stderr), 2;
  corpus = argv[1];
  safetensors();
  pth();
  idx();
  npz();
  digits_csv();
  filters_and_attributes();
  yaml();
  archives();
  pictures();
  text_fields();
  return 0;
}
