// text, files and log; random numbers, checksums and safetensors have files of their own.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <thread>
#include <vector>

#include "error_of.h"
#include "facegan/core/base64.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/size.h"
#include "facegan/core/text.h"
#include "temporary_folder.h"

namespace facegan::core {
namespace {

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(CoreText, NumbersForPeople) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(3578624), "3,578,624");
  EXPECT_EQ(with_thousands(-123), "-123");
  EXPECT_EQ(with_thousands(-1234), "-1,234");
  EXPECT_EQ(human_bytes(42), "42 B");
  EXPECT_EQ(human_bytes(1536), "1.5 KiB");
  EXPECT_EQ(human_bytes((1 << 20) - 1), "1.0 MiB");
  EXPECT_EQ(human_seconds(4.25), "4.2s");
  EXPECT_EQ(human_seconds(59.96), "1m 00s");
  EXPECT_EQ(human_seconds(75), "1m 15s");
  EXPECT_EQ(human_seconds(3599.7), "1h 00m");
  EXPECT_EQ(human_seconds(3725.2), "1h 02m");
  EXPECT_EQ(human_seconds(90000), "1d 01h");
  for (double odd : {-1.0, 1e300, std::nan(""), HUGE_VAL}) EXPECT_EQ(human_seconds(odd), "?");
}

TEST(CoreText, NumberTextReadsBackExactly) {
  EXPECT_EQ(number_text(0.0002), "0.0002");
  EXPECT_EQ(number_text(1e-8), "1e-08");
  EXPECT_EQ(number_text(5), "5");
  EXPECT_EQ(number_text(100'000), "100000");
  constexpr double kMax = std::numeric_limits<double>::max();
  for (double value : {0.1, 1.0 / 3, 1e-4, 123456789.25, 1e15, 1e300, 5e-324, -0.0, kMax}) {
    double back = 1;
    ASSERT_TRUE(parse_real(number_text(value), back));
    EXPECT_EQ(back, value);
  }
}

TEST(CoreText, ParsingIsStrict) {
  std::int64_t i = 0;
  EXPECT_TRUE(parse_integer("-42", i) && i == -42);
  EXPECT_TRUE(parse_integer("9223372036854775807", i) && i == INT64_MAX);
  for (const char* bad :
       {"", "-", "+1", "010", "-01", "0x10", "1e3", "1.0", "1 ", " 1", "9223372036854775808"})
    EXPECT_FALSE(parse_integer(bad, i)) << bad;
  double x = 0;
  EXPECT_TRUE(parse_real("1e-4", x) && x == 1e-4);
  for (const char* bad : {"", "nan", "inf", "1e400", "1,5", "0x1p3", "1.5 ", "1..5"})
    EXPECT_FALSE(parse_real(bad, x)) << bad;
  EXPECT_TRUE(parse_time_span("90s", x) && x == 90);
  EXPECT_TRUE(parse_time_span("1.5m", x) && x == 90);
  EXPECT_TRUE(parse_time_span("2h", x) && x == 7200);
  for (const char* bad : {"", "s", "90", "-1s", "1d", "1hm", "1 h", "nans"})
    EXPECT_FALSE(parse_time_span(bad, x)) << bad;
}

TEST(CoreText, SplitJoinTrim) {
  EXPECT_EQ(split("a,,b,", ','), (std::vector<std::string>{"a", "", "b", ""}));
  EXPECT_EQ(split("", ','), std::vector<std::string>{""});
  EXPECT_EQ(join({"a", "", "b"}, ", "), "a, , b");
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(lower_case("A.zPNG\xC4["), "a.zpng\xC4[");
}

TEST(CoreText, PrintableIsOneSafeLineOfWholeCharacters) {
  EXPECT_EQ(printable("a\n\x1b[2Jb\x7f"), "a\\x0a\\x1b[2Jb\\x7f");
  EXPECT_EQ(printable("J\u00fcrgen"), "J\u00fcrgen");
  EXPECT_EQ(printable(std::string(200, 'a')), std::string(200, 'a'));
  EXPECT_EQ(printable(std::string(201, 'a')), std::string(200, 'a') + "...");
  EXPECT_EQ(printable(std::string(199, 'a') + "\u20acuro"), std::string(199, 'a') + "...");
}

// A terminal may take U+009B for the begin of a command.
TEST(CoreText, PrintableHidesTheSecondSetOfControlCharacters) {
  EXPECT_EQ(printable("a\xC2\x9B"
                      "2Jb\xC2\x80\xC2\xA0\xC3\x9B"),
            "a\\u{9b}2Jb\\u{80}\xC2\xA0\xC3\x9B");
}

TEST(CoreText, PrintableHidesThemAsSingleBytesWhereThereIsNoUtf8) {
  EXPECT_EQ(printable("\x9b"
                      "2J \xfc"),
            "\\x9b2J \\xfc");
}

TEST(CoreText, Base64) {
  EXPECT_EQ(base64("Man"), "TWFu");
  EXPECT_EQ(base64("Ma"), "TWE=");
  EXPECT_EQ(base64("M"), "TQ==");
  EXPECT_EQ(base64(std::string("\xff\x00\xfe", 3)), "/wD+");
}

TEST(CoreText, NearestNameOffersOnlyWhatIsNear) {
  const std::vector<std::string> known = {"dcgan", "mnist", "celeba-book", "faces-64"};
  EXPECT_EQ(nearest("dcagn", known), "dcgan");
  EXPECT_EQ(nearest("minst", known), "mnist");
  EXPECT_EQ(nearest("celeba", known), "celeba-book");
  EXPECT_EQ(nearest("zebra", known), "");
  EXPECT_EQ(nearest("figures", {"faces"}), "");
  EXPECT_EQ(nearest("x", {"y"}), "");
  EXPECT_EQ(did_you_mean("dcgam", known), ", did you mean 'dcgan'?");
  EXPECT_EQ(did_you_mean("zebra", known), "");
}

TEST(CoreFiles, AtomicWriteReplacesTheWholeFile) {
  const TemporaryFolder folder;
  // What a crash left under the same process number must not show through.
  write_file_atomic(folder / str(".a.", ::getpid(), ".tmp"), std::string(200'000, 'y'));
  write_file_atomic(folder / "a", std::string(100'000, 'x'));
  EXPECT_EQ(fs::file_size(folder / "a"), 100'000u);
  write_file_atomic(folder / "a", std::string_view("new\0text", 8));
  EXPECT_EQ(read_file(folder / "a", 100, ErrorKind::data), std::string("new\0text", 8));
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(CoreFiles, FailedAtomicWriteLeavesNothingBehind) {
  const TemporaryFolder folder;
  make_folder(folder / "target/inside");
  const Error on_folder = error_of([&] { write_file_atomic(folder / "target", "x"); });
  EXPECT_EQ(on_folder.kind(), ErrorKind::io);
  EXPECT_NE(std::string(on_folder.what()).find((folder / "target").string()), std::string::npos);
  EXPECT_TRUE(fs::is_directory(folder / "target/inside"));
  EXPECT_EQ(entries(folder.path()), 1u);
  const Error missing = error_of([&] { write_file_atomic(folder / "missing/file", "x"); });
  EXPECT_EQ(missing.kind(), ErrorKind::io);
  EXPECT_NE(std::string(missing.what()).find("No such file"), std::string::npos);
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(CoreFiles, AtomicWriteFollowsLinksAndSparesPipes) {
  const TemporaryFolder folder;
  write_file_atomic(folder / "file", "old");
  fs::create_symlink("file", folder / "link");
  write_file_atomic(folder / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(read_file(folder / "file", 100, ErrorKind::data), "new");

  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  const Fd reader(::open((folder / "pipe").c_str(), O_RDONLY | O_NONBLOCK));
  write_file_atomic(folder / "pipe", "through");
  char text[8] = {};
  EXPECT_EQ(::read(reader.get(), text, sizeof text), 7);
  EXPECT_STREQ(text, "through");
  EXPECT_TRUE(fs::is_fifo(folder / "pipe"));
}

TEST(CoreFiles, FullDiskSaysWhatAndHowMuch) {
  const Fd full(::open("/dev/full", O_WRONLY));
  if (!full.valid()) GTEST_SKIP() << "no /dev/full here";
  const std::string bytes(2048, 'x');
  const Error error = error_of([&] { write_all(full.get(), bytes.data(), bytes.size(), "weights"); });
  EXPECT_EQ(error.kind(), ErrorKind::io);
  EXPECT_STREQ(error.what(), "cannot write weights (2.0 KiB needed): no space left on the disk");
}

TEST(CoreFiles, ReadingRefusesWhatIsNotAFileOfThatSize) {
  const TemporaryFolder folder;
  write_file_atomic(folder / "five", "12345");
  EXPECT_EQ(read_file(folder / "five", 5, ErrorKind::data), "12345");
  EXPECT_EQ(error_of([&] { read_file(folder / "five", 4, ErrorKind::usage); }).kind(), ErrorKind::usage);
  EXPECT_EQ(error_of([&] { read_file(folder / "none", 9, ErrorKind::data); }).kind(), ErrorKind::data);
  EXPECT_EQ(error_of([&] { read_file(folder.path(), 9, ErrorKind::io); }).kind(), ErrorKind::io);
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);  // must not hang
  const Error pipe = error_of([&] { read_file(folder / "pipe", 9, ErrorKind::data); });
  EXPECT_NE(std::string(pipe.what()).find("not a regular file"), std::string::npos);
  const Fd fd = open_for_reading(folder / "five", ErrorKind::data);
  char text[4] = {};
  read_exactly_at(fd.get(), text, 3, 2, "five", ErrorKind::data);
  EXPECT_STREQ(text, "345");
  const Error early = error_of([&] { read_exactly_at(fd.get(), text, 4, 2, "five", ErrorKind::checkpoint); });
  EXPECT_STREQ(early.what(), "cannot read five: it ends too early");
}

TEST(CoreFiles, FoldersAndFreeSpace) {
  const TemporaryFolder folder;
  make_folder(folder / "a/b/c");
  make_folder(folder / "a/b/c");
  EXPECT_TRUE(fs::is_directory(folder / "a/b/c"));
  write_file_atomic(folder / "file", "x");
  EXPECT_EQ(error_of([&] { make_folder(folder / "file/under"); }).kind(), ErrorKind::io);
  EXPECT_GT(free_disk_bytes(folder / "not/yet/there"), 0u);
}

// Without a home: in the temporary folder, where others may have been first.
TEST(CoreFiles, ACacheInTheTemporaryFolderIsThisUsersAlone) {
  const TemporaryFolder folder;
  std::map<std::string, std::optional<std::string>> before;
  for (const char* name : {"FACEGAN_CACHE", "XDG_CACHE_HOME", "HOME", "TMPDIR"}) {
    const char* const value = std::getenv(name);
    before[name] = value ? std::optional<std::string>(value) : std::nullopt;
    ::unsetenv(name);
  }
  ::setenv("TMPDIR", folder.path().c_str(), 1);
  const fs::path own = folder / str("facegan-", ::geteuid());
  EXPECT_EQ(cache_folder(), own);
  EXPECT_EQ(fs::status(own).permissions(), fs::perms::owner_all);
  fs::permissions(own, fs::perms::all);
  const fs::path alone = cache_folder();
  EXPECT_NE(alone, own);
  EXPECT_EQ(fs::status(alone).permissions(), fs::perms::owner_all);
  fs::remove(own);
  fs::create_directory_symlink(folder / "elsewhere", own);
  EXPECT_EQ(cache_folder(), alone);
  for (const auto& [name, value] : before)
    value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
}

TEST(CoreLog, ErrorsKeepTheirPrefixAndTheFileHasAll) {
  const TemporaryFolder folder;
  ::testing::internal::CaptureStderr();
  log_info("before there is a file");
  log_to_file({folder.path(), "log.txt"});
  log_info("step ", 3);
  log_debug("detail {}");
  log_error("broken");
  log_close_file();
  log_info("after");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "before there is a file\nstep 3\nfacegan: error: broken\nafter\n");
  const std::string log = read_file(folder / "log.txt", 10'000, ErrorKind::io);
  EXPECT_LT(log.find("info before there is a file\n"), log.find("info step 3\n"));
  EXPECT_NE(log.find("error broken\n"), std::string::npos);
  EXPECT_EQ(log.find("after"), std::string::npos);
}

// Workers log while the loop opens and closes the run's file.
TEST(CoreLog, LinesOfManyThreadsStayWhole) {
  constexpr int kThreads = 4, kLines = 200;
  const TemporaryFolder folder;
  ::testing::internal::CaptureStderr();
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([t] {
        for (int i = 0; i < kLines; ++i) log_info("<thread ", t, " line ", i, ">");
      });
    for (int i = 0; i < 20; ++i) {
      log_to_file({folder.path(), "log.txt"});
      log_live_line(str("step ", i));
      log_close_file();
    }
    log_to_file({folder.path(), "log.txt"});
  }
  log_live_line("");
  log_close_file();
  const auto lines = split(::testing::internal::GetCapturedStderr(), '\n');
  EXPECT_EQ(lines.size(), std::size_t{kThreads * kLines + 1});  // the last one is empty
  for (std::size_t i = 0; i + 1 < lines.size(); ++i)
    EXPECT_TRUE(lines[i].starts_with("<thread ") && lines[i].ends_with('>')) << lines[i];
  for (const auto& line : split(read_file(folder / "log.txt", 1 << 20, ErrorKind::io), '\n'))
    EXPECT_TRUE(line.empty() || (line.find(" info ") != std::string::npos && line.ends_with('>'))) << line;
}

TEST(CoreText, QuotesForAShellOnlyWhatNeedsIt) {
  EXPECT_EQ(shell_quoted("runs/0001-dcgan_x.png"), "runs/0001-dcgan_x.png");
  EXPECT_EQ(shell_quoted(""), "''");
  EXPECT_EQ(shell_quoted("a b"), "'a b'");
  EXPECT_EQ(shell_quoted("$HOME; `x`\\"), "'$HOME; `x`'\\\\");
  EXPECT_EQ(shell_quoted("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quoted("\xC3\xA4"), "'\xC3\xA4'");
  EXPECT_EQ(shell_quoted("it's\n\033\\"), "");
}

// U+061C and its like turn or hide what is read; a byte that is no UTF-8 may be a command in another
// encoding.
TEST(CoreText, PrintableHidesWhatDoesNotShow) {
  EXPECT_EQ(printable("a\u061cb\u00adc\ufeffd\u180e\u3164"),
            "a\\u{61c}b\\u{ad}c\\u{feff}d\\u{180e}\\u{3164}");
  EXPECT_EQ(printable("\U000E0041 \u202e \u2028"), "\\u{e0041} \\u{202e} \\u{2028}");
  EXPECT_EQ(printable("\xe2\x82 \xed\xa0\x80"), "\\xe2\\x82 \\xed\\xa0\\x80");
  EXPECT_EQ(printable(std::string("a\0b", 3)), "a\\x00b");
  for (const char* shown : {"\u00a0", "\u00ac", "\u061b", "\u061d", "\u3163", "\u65e5\u672c", "\U0001F600"})
    EXPECT_EQ(printable(shown), shown);
}

TEST(CoreSize, ReadsSquaresAndWidthByHeight) {
  core::Size size;
  ASSERT_TRUE(core::parse_size("64", size));
  EXPECT_EQ(size, core::Size(64, 64));
  EXPECT_EQ(size.text(), "64");
  EXPECT_EQ(size.both(), "64x64");
  ASSERT_TRUE(core::parse_size("64x96", size));
  EXPECT_EQ(size, core::Size(64, 96));
  EXPECT_EQ(size.text(), "64x96");
  EXPECT_EQ(core::parse_size("64x64", size) ? size.text() : "", "64");
  for (const char* bad : {"", "x", "64x", "x64", "64x96x3", "64 x96", "6.5", "064", "64X96"})
    EXPECT_FALSE(core::parse_size(bad, size)) << bad;
}

TEST(CoreText, EscapesForYamlWhatDoesNotShow) {
  EXPECT_EQ(yaml_escaped("a\"b\\c\n\x1b\u00ad\u202e\U000E0041\u00fc"),
            "a\\\"b\\\\c\\x0a\\x1b\\xad\\u202e\\U000e0041\u00fc");
}

TEST(CoreText, KnowsUtf8) {
  for (const char* good : {"", "abc", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xED\x9F\xBF"})
    EXPECT_TRUE(core::is_utf8(good)) << good;
  for (const char* bad :
       {"\xFF", "\x80", "\xC0\xAF", "\xC3", "\xE2\x82", "\xED\xA0\x80", "\xE0\x80\x80", "\xF4\x90\x80\x80"})
    EXPECT_FALSE(core::is_utf8(bad)) << core::printable(bad);
}

}  // namespace
}  // namespace facegan::core
