#pragma once
// What the commands share that make pictures of a model: the maker that --from, --checkpoint-hash, --device,
// --truncation and --scale ask for, and the call that is written into its pictures and makes them again.
#include <map>
#include <string>

#include "app/command_line/call_again.h"
#include "facegan/image/image.h"
#include "facegan/infer/picture_maker.h"

namespace facegan::app {

using infer::Latent;

class PictureCall {
 public:
  // Of the command of that name. Error(checkpoint) when the checkpoint is not the one of --checkpoint-hash.
  PictureCall(const std::string& command, const Invocation& invocation);

  const infer::PictureMaker& maker() const { return maker_; }
  bool is_imported() const { return imported_; }  // the model, by facegan import
  // What --with asks for, which is kept for the call and for the text fields. Error(usage).
  spec::WantedRow wanted(const Invocation& invocation);

  // What the pictures are to show, for their text fields.
  void shows(const std::string& condition) { condition_ = condition; }
  // A flag of the call that makes the picture again, in its one spelling; without a value: a switch.
  void says(const std::string& flag, const std::string& value = "") { call_.own[flag] = value; }
  // --fps and --loop of an animation, which has `fps` where none are given.
  void says_speed(const Invocation& invocation, int fps);
  // The text fields of a picture or animation; more: those of this picture alone, call: flags in which its
  // call is another.
  image::TextFields fields(const std::string& kind, const image::TextFields& more,
                           const std::map<std::string, std::string>& call = {}) const;

 private:
  CallAgain call_;
  std::string condition_;  // what the pictures are to show
  bool imported_ = false;  // before the maker, which tells
  infer::PictureMaker maker_;
};

}  // namespace facegan::app
