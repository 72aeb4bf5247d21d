#pragma once
// Which texts the option table takes for values that have a form of their own, and that form in words.
#include <string>

namespace facegan::config {

bool is_device(const std::string& text);
bool is_crop(const std::string& text);
bool is_grid(const std::string& text);
bool is_color(const std::string& text);
bool is_gif(const std::string& text);
bool is_hold_out(const std::string& text);
bool is_every(const std::string& text);
bool is_every_or_never(const std::string& text);
bool is_figures(const std::string& text);
bool is_feature_network(const std::string& text);
bool is_time_limit(const std::string& text);
bool is_rank_timeout(const std::string& text);
bool is_half_life(const std::string& text);
bool is_augmentation(const std::string& text);
bool is_probability(const std::string& text);
bool is_checksum_or_none(const std::string& text);
bool is_condition(const std::string& text);

inline constexpr const char* kGridForm = "ROWSxCOLUMNS with 1 to 64 each, such as 8x8";
inline constexpr const char* kColorForm = "white, black, gray or #rrggbb (in quotes)";
inline constexpr const char* kGifForm = "auto, all, sqrt or 'every N' with a whole number from 1";
inline constexpr const char* kHoldOutForm = "a number of pictures, a share (5%), or auto (5%, 10 to 2000)";
inline constexpr const char* kEveryForm = "a number of epochs (5) or a time (90s, 30m, 2h)";
inline constexpr const char* kEveryOrNeverForm =
    "a number of epochs (5), a time (90s, 30m, 2h), or 0 for never";
inline constexpr const char* kFiguresForm =
    "a list of swd, ndb, ms_ssim, duplicates, nearest, appearance, fid, kid, precision, recall, density, "
    "coverage and is that begins with one of swd, ndb and those from fid on";
inline constexpr const char* kFeatureNetworkForm =
    "lite0 or a file (the discriminator's features are for 'facegan evaluate')";
inline constexpr const char* kHalfLifeForm = "a number of pictures from 1, or off";
inline constexpr const char* kAugmentationForm = "off, or a list of translation, color and cutout";
inline constexpr const char* kProbabilityForm = "a number from 0 to 1, or auto";
inline constexpr const char* kChecksumForm = "16 hex digits in small letters, or nothing";
inline constexpr const char* kConditionForm =
    "none, digit, folder, or a list of different attributes such as Male,Smiling";
inline constexpr const char* kRankTimeoutForm = "a time from 2s to 24h (30s, 5m)";
inline constexpr const char* kTimeLimitForm = "a time (90s, 30m, 2h), or 0 for no limit";

}  // namespace facegan::config
