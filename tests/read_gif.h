#pragma once
#include <gif_lib.h>

#include <string>

// A GIF as giflib's reader sees it.
struct ReadGif {
  std::string bytes;
  std::size_t at = 0;
  int error = 0;
  GifFileType* gif;

  explicit ReadGif(std::string file) : bytes(std::move(file)) {
    const auto give = [](GifFileType* in, GifByteType* out, int size) {
      auto& self = *static_cast<ReadGif*>(in->UserData);
      const std::size_t got = self.bytes.copy(reinterpret_cast<char*>(out), size, self.at);
      self.at += got;
      return static_cast<int>(got);
    };
    gif = DGifOpen(this, give, &error);
    if (DGifSlurp(gif) == GIF_ERROR) error = gif->Error;
  }
  ReadGif(const ReadGif&) = delete;
  ~ReadGif() { DGifCloseFile(gif, &error); }

  GifColorType color(int frame, int x, int y) const {
    const SavedImage& image = gif->SavedImages[frame];
    return image.ImageDesc.ColorMap->Colors[image.RasterBits[y * gif->SWidth + x]];
  }
  int delay(int frame) const {
    GraphicsControlBlock block;
    return DGifSavedExtensionToGCB(gif, frame, &block) == GIF_OK ? block.DelayTime : -1;
  }
};
