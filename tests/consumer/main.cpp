// face RUN SEED FILE.ppm: a picture of a trained run, by the library.
#include <facegan/facegan.h>

#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: face RUN SEED FILE.ppm\n";
    return 2;
  }
  try {
    const facegan::Generator generator(argv[1], "cpu");
    const std::uint64_t seed = std::strtoull(argv[2], nullptr, 10);
    const facegan::Picture picture = generator.picture(generator.latent(seed));
    std::ofstream file(argv[3], std::ios::binary);
    file << (picture.channels == 3 ? "P6" : "P5") << '\n'
         << picture.width << ' ' << picture.height << "\n255\n";
    file.write(reinterpret_cast<const char*>(picture.pixels.data()),
               static_cast<std::streamsize>(picture.pixels.size()));
    return file.flush() ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "face: " << error.what() << '\n';
    return 1;
  }
}
