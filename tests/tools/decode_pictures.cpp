// What decode_original makes of many files, for compare_pictures.py.
//   decode_pictures LIST OUT
// LIST has a path a line. Each is decoded in a process of its own of at most 20 s; its pixels go to
// OUT/N.rgb. A line each: N, peak memory in KiB, milliseconds, "read", "refused" or "crash", width, height,
// reason.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iostream>

#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"
#include "facegan/image/image.h"

namespace {

using namespace facegan;
using core::str;

std::string answer(const std::string& file, const std::string& out) {
  try {
    const std::string bytes = core::read_file(file, 1u << 30, ErrorKind::data);
    const image::Image picture = image::decode_original(image::as_bytes(bytes), 3);
    std::ofstream(out, std::ios::binary)
        .write(reinterpret_cast<const char*>(picture.pixels.data()),
               static_cast<std::streamsize>(picture.pixels.size()));
    return str("read\t", picture.width, '\t', picture.height, '\t');
  } catch (const Error& error) {
    return str("refused\t0\t0\t", error.what());
  }
}

std::string all_of(int fd) {
  std::string all;
  char part[4096];
  for (ssize_t n; (n = ::read(fd, part, sizeof part)) > 0;) all.append(part, static_cast<std::size_t>(n));
  return all;
}

}  // namespace

int main(int, char** arguments) {
  std::ifstream list(arguments[1]);
  std::string file;
  for (int n = 0; std::getline(list, file); ++n) {
    int ends[2];
    if (::pipe(ends) != 0) return 1;
    const auto begin = std::chrono::steady_clock::now();
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(20);
      const std::string text = answer(file, str(arguments[2], '/', n, ".rgb"));
      const bool sent = ::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
      ::_exit(sent ? 0 : 1);
    }
    ::close(ends[1]);
    std::string text = all_of(ends[0]);
    ::close(ends[0]);
    int status = 0;
    rusage used{};
    ::wait4(child, &status, 0, &used);
    const auto took = std::chrono::steady_clock::now() - begin;
    if (text.empty()) text = str("crash\t0\t0\tstatus ", status);
    std::cout << n << '\t' << used.ru_maxrss << '\t'
              << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << '\t' << text
              << std::endl;
  }
}
