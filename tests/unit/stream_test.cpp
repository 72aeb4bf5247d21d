// Standard error that nobody reads: what is dropped, what is completed, and when it is written again.
#include "core/stream.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

namespace facegan::core {
namespace {

struct Ends {
  Fd out, in;
};
Ends pipe_of(int bytes) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  EXPECT_GE(::fcntl(ends[1], F_SETPIPE_SZ, bytes), bytes);
  return {Fd(ends[0]), Fd(ends[1])};
}

std::string read_some(const Fd& fd, std::size_t most) {
  std::string text(most, '\0');
  const ssize_t n = ::read(fd.get(), text.data(), most);
  text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return text;
}

TEST(ImpatientStream, DropsWholeLinesAndCompletesAPart) {
  Ends ends = pipe_of(8192);
  ImpatientStream stream(ends.in.get(), 1);
  EXPECT_TRUE(stream.write(std::string(5000, 'a') + "\n"));
  EXPECT_TRUE(stream.write(std::string(5000, 'b') + "\n"));  // a part of it: there are two pages
  EXPECT_FALSE(stream.write("lost\n"));
  EXPECT_FALSE(stream.write("lost, too\n"));
  std::string all = read_some(ends.out, 8192);
  EXPECT_GT(all.size(), 5001u);
  EXPECT_TRUE(stream.write("c\n"));
  EXPECT_EQ(all + read_some(ends.out, 8192),
            std::string(5000, 'a') + "\n" + std::string(5000, 'b') + "\nc\n");
  // The flag of what others write to stays as it was.
  EXPECT_EQ(::fcntl(ends.in.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(ImpatientStream, AReaderThatWentAwayIsNoFault) {
  Ends ends = pipe_of(4096);
  ImpatientStream stream(ends.in.get(), 1);
  EXPECT_TRUE(stream.write("a\n"));
  ends.out = Fd();
  ::signal(SIGPIPE, SIG_IGN);  // as guard_streams() does
  EXPECT_FALSE(stream.write("b\n"));
}

TEST(ImpatientStream, SocketsAndFilesAsWell) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  const Fd out(pair[0]), in(pair[1]);
  ImpatientStream stream(in.get(), 1);
  const std::string line(1000, 'x');
  int written = 0;
  while (written < 100'000 && stream.write(line)) ++written;
  EXPECT_GT(written, 1);
  EXPECT_LT(written, 100'000);

  const Fd file(::memfd_create("file", MFD_CLOEXEC));
  ImpatientStream to_file(file.get());
  EXPECT_TRUE(to_file.write("a"));
  EXPECT_TRUE(to_file.write("b"));
  char text[3] = {};
  EXPECT_EQ(::pread(file.get(), text, 3, 0), 2);
  EXPECT_STREQ(text, "ab");
}

}  // namespace
}  // namespace facegan::core
