#include "converters/cli/recipe.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "converters/cli/pixel_range.h"
#include "runtime/base/check.h"
#include "runtime/base/small_text.h"

namespace vitrt::convert {
namespace {

using nlohmann::json;
using plan::ResizeRule;

constexpr int kMaxSide = 1 << 16;

Result<plan::Interpolation> ParseInterpolation(const std::string& name, const std::string& where) {
  for (plan::Interpolation mode : plan::EnumValuesInterpolation()) {
    std::string known = plan::EnumNameInterpolation(mode);
    std::transform(known.begin(), known.end(), known.begin(), [](unsigned char c) { return std::tolower(c); });
    if (name == known) return mode;
  }
  return InvalidArgument("no interpolation is named '" + name + "'", where, "nearest, box, bilinear, bicubic, lanczos");
}

// "224" -> {224, 0}, "200x300" -> {200, 300}
Result<std::pair<int, int>> ParseSize(const std::string& text, const std::string& where) {
  int sides[2] = {0, 0};
  const char *at = text.data(), *end = at + text.size();
  for (int i = 0; i < 2; ++i) {
    const auto [next, error] = std::from_chars(at, end, sides[i]);
    if (error != std::errc() || sides[i] < 1 || sides[i] > kMaxSide) break;
    if (next == end) return std::make_pair(sides[0], sides[1]);
    if (*next != 'x') break;
    at = next + 1;
  }
  return InvalidArgument("'" + text + "' is no size such as 256 or 224x224", where);
}

Result<std::vector<float>> ParseNumbers(const std::string& text, int channels, const std::string& where) {
  std::vector<float> numbers;
  std::stringstream stream(text);
  for (std::string item; std::getline(stream, item, ',');) {
    float number = 0;
    const auto [end, error] = std::from_chars(item.data(), item.data() + item.size(), number);
    if (error != std::errc() || end != item.data() + item.size())
      return InvalidArgument("'" + item + "' is no number", where);
    numbers.push_back(number);
  }
  if (numbers.size() == 1) numbers.resize(static_cast<size_t>(channels), numbers[0]);
  return numbers;
}

// Reads a recipe file part by part; the first error is kept.
class Reader {
 public:
  Reader(const json& root, std::string file, plan::PreprocessT* recipe, std::string* range)
      : root_(root), file_(std::move(file)), recipe_(*recipe), range_(range) {}

  Status Read() {
    if (!root_.is_object()) return Invalid("is no JSON object");
    const std::set<std::string> known = {"channels", "resize", "crop",  "interpolation",
                                         "mean",     "std",    "range", "sample_bits"};
    for (const auto& [key, value] : root_.items()) {
      if (known.count(key) == 0) return Invalid("has an unknown key '" + key + "'");
    }
    if (root_.contains("channels")) {
      if (root_["channels"] != 1 && root_["channels"] != 3) return Invalid("channels is neither 1 nor 3");
      recipe_.channels = root_["channels"].get<uint8_t>();
    }
    VITRT_RETURN_IF_ERROR(ReadResize());
    if (root_.contains("crop")) {
      VITRT_ASSIGN_OR_RETURN(recipe_.crop_height, Side(root_["crop"], "height"));
      VITRT_ASSIGN_OR_RETURN(recipe_.crop_width, Side(root_["crop"], "width"));
    }
    if (root_.contains("interpolation")) {
      if (!root_["interpolation"].is_string()) return Invalid("interpolation is no string");
      VITRT_ASSIGN_OR_RETURN(recipe_.interpolation,
                             ParseInterpolation(root_["interpolation"].get<std::string>(), file_));
    }
    if (root_.contains("range")) {
      if (root_["range"] != 1 && root_["range"] != 255) return Invalid("range is neither 1 nor 255");
      *range_ = root_["range"] == 1 ? "1" : "255";
    }
    if (root_.contains("sample_bits")) {
      const json& bits = root_["sample_bits"];
      if (!bits.is_number_integer() || bits < 8 || bits > 16) return Invalid("sample_bits is not between 8 and 16");
      recipe_.sample_bits = bits.get<uint8_t>();
    }
    VITRT_RETURN_IF_ERROR(ReadNumbers("mean", &recipe_.mean));
    return ReadNumbers("std", &recipe_.std);
  }

 private:
  Status Invalid(const std::string& what) const { return InvalidArgument("the preprocessing recipe " + what, file_); }

  Result<uint32_t> Side(const json& object, const char* key) const {
    if (!object.is_object() || !object.contains(key) || !object[key].is_number_integer())
      return Invalid(std::string("lacks an integer ") + key);
    const auto side = object[key].get<int64_t>();
    if (side < 1 || side > kMaxSide) return Invalid(std::string("has an impossible ") + key);
    return static_cast<uint32_t>(side);
  }

  Status ReadResize() {
    if (!root_.contains("resize")) return {};
    const json& resize = root_["resize"];
    const json rule = resize.is_object() && resize.contains("rule") ? resize["rule"] : json();
    recipe_.resize_height = recipe_.resize_width = recipe_.crop_height = recipe_.crop_width = 0;
    if (rule == "none") {
      recipe_.rule = ResizeRule::None;
      return {};
    }
    if (rule != "exact" && rule != "shorter_side")
      return Invalid("has a resize rule that is not exact, shorter_side or none");
    recipe_.rule = rule == "exact" ? ResizeRule::Exact : ResizeRule::ShorterSide;
    VITRT_ASSIGN_OR_RETURN(recipe_.resize_height, Side(resize, "height"));
    if (rule == "exact") {
      VITRT_ASSIGN_OR_RETURN(recipe_.resize_width, Side(resize, "width"));
    }
    return {};
  }

  Status ReadNumbers(const char* key, std::vector<float>* out) const {
    if (!root_.contains(key)) return {};
    if (!root_[key].is_array()) return Invalid(std::string(key) + " is no list");
    out->clear();
    for (const json& number : root_[key]) {
      if (!number.is_number()) return Invalid(std::string(key) + " holds something that is no number");
      out->push_back(number.get<float>());
    }
    return {};
  }

  const json& root_;
  const std::string file_;
  plan::PreprocessT& recipe_;
  std::string* range_;
};

Status ReadFile(const std::string& file, plan::PreprocessT* recipe, std::string* range) {
  VITRT_ASSIGN_OR_RETURN(const std::string text, ReadSmallText(file, "the preprocessing recipe"));
  const json root = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded()) return InvalidArgument("the preprocessing recipe is no JSON", file);
  return Reader(root, file, recipe, range).Read();
}

Status CheckAgainstInput(const plan::PreprocessT& recipe, const InputSize& input) {
  const auto channels = static_cast<size_t>(recipe.channels);
  if (recipe.channels != input.channels) {
    return InvalidArgument("preprocessing makes " + std::to_string(recipe.channels) + " channels but the model takes " +
                               std::to_string(input.channels),
                           "--preprocess");
  }
  if (recipe.mean.size() != channels) return InvalidArgument("mean needs one number per channel", "--mean");
  if (recipe.std.size() != channels) return InvalidArgument("std needs one number per channel", "--std");
  if (std::any_of(recipe.std.begin(), recipe.std.end(), [](float s) { return !(s > 0); }))
    return InvalidArgument("std must be positive", "--std");
  const bool crops = recipe.crop_height > 0;
  const uint32_t height = crops ? recipe.crop_height : recipe.resize_height,
                 width = crops ? recipe.crop_width : recipe.resize_width;
  const bool fits = static_cast<int>(height) == input.height && static_cast<int>(width) == input.width;
  if (!fits && (crops || recipe.rule == ResizeRule::Exact)) {
    return InvalidArgument("preprocessing ends in " + std::to_string(height) + "x" + std::to_string(width) +
                               " but the model takes " + std::to_string(input.height) + "x" +
                               std::to_string(input.width),
                           crops ? "--crop" : "--resize");
  }
  return {};
}

// In which units mean and std of a recipe are.
Status SetRange(const InputSize& input, const std::string& range, plan::PreprocessT* recipe) {
  VITRT_ASSIGN_OR_RETURN(recipe->range, RangeOf(*recipe, range));
  if (!input.bytes) return {};
  const auto all = [](const std::vector<float>& numbers, float value) {
    return std::all_of(numbers.begin(), numbers.end(), [&](float x) { return x == value; });
  };
  if (!all(recipe->mean, 0) || !all(recipe->std, 1) || range == "1") {
    return InvalidArgument("the model takes bytes (uint8) and normalizes them itself", "--mean, --std, --range",
                           "leave these out");
  }
  recipe->range = plan::PixelRange::Byte;
  return {};
}

Status ParseSampleBits(const std::string& text, uint8_t* bits) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 8 || number > 16)
    return InvalidArgument("'" + text + "' is no number of bits from 8 to 16", "--sample-bits");
  *bits = static_cast<uint8_t>(number);
  return {};
}

}  // namespace

Result<plan::PreprocessT> MakeRecipe(const RecipeOptions& options, const InputSize& input) {
  plan::PreprocessT recipe;
  recipe.channels = static_cast<uint8_t>(input.channels);
  recipe.rule = ResizeRule::Exact;
  recipe.resize_height = static_cast<uint32_t>(input.height);
  recipe.resize_width = static_cast<uint32_t>(input.width);
  recipe.interpolation = plan::Interpolation::Bicubic;
  recipe.mean.assign(static_cast<size_t>(input.channels), input.bytes ? 0.0f : 0.5f);
  recipe.std.assign(static_cast<size_t>(input.channels), input.bytes ? 1.0f : 0.5f);

  std::string range;
  if (!options.file.empty()) VITRT_RETURN_IF_ERROR(ReadFile(options.file, &recipe, &range));
  if (!options.range.empty()) range = options.range;
  if (!options.resize.empty()) {
    VITRT_ASSIGN_OR_RETURN(const auto size, ParseSize(options.resize, "--resize"));
    recipe.rule = size.second == 0 ? ResizeRule::ShorterSide : ResizeRule::Exact;
    recipe.resize_height = static_cast<uint32_t>(size.first);
    recipe.resize_width = static_cast<uint32_t>(size.second);
  }
  if (!options.crop.empty()) {
    VITRT_ASSIGN_OR_RETURN(const auto size, ParseSize(options.crop, "--crop"));
    recipe.crop_height = static_cast<uint32_t>(size.first);
    recipe.crop_width = static_cast<uint32_t>(size.second == 0 ? size.first : size.second);
  } else if (!options.resize.empty() && recipe.rule == ResizeRule::ShorterSide && recipe.crop_height == 0) {
    recipe.crop_height = static_cast<uint32_t>(input.height);  // the shorter side alone rarely ends in the model's size
    recipe.crop_width = static_cast<uint32_t>(input.width);
  }
  if (!options.interpolation.empty()) {
    VITRT_ASSIGN_OR_RETURN(recipe.interpolation, ParseInterpolation(options.interpolation, "--interpolation"));
  }
  if (!options.sample_bits.empty()) VITRT_RETURN_IF_ERROR(ParseSampleBits(options.sample_bits, &recipe.sample_bits));
  if (!options.mean.empty()) {
    VITRT_ASSIGN_OR_RETURN(recipe.mean, ParseNumbers(options.mean, input.channels, "--mean"));
  }
  if (!options.std.empty()) {
    VITRT_ASSIGN_OR_RETURN(recipe.std, ParseNumbers(options.std, input.channels, "--std"));
  }
  VITRT_RETURN_IF_ERROR(CheckAgainstInput(recipe, input));
  VITRT_RETURN_IF_ERROR(SetRange(input, range, &recipe));
  return recipe;
}

std::string ToText(const plan::PreprocessT& recipe) {
  std::ostringstream text;
  std::string interpolation = plan::EnumNameInterpolation(recipe.interpolation);
  std::transform(interpolation.begin(), interpolation.end(), interpolation.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  if (recipe.rule == ResizeRule::None) text << "no resize";
  if (recipe.rule == ResizeRule::Exact)
    text << "resize to " << recipe.resize_height << "x" << recipe.resize_width << " (" << interpolation << ")";
  if (recipe.rule == ResizeRule::ShorterSide)
    text << "resize the shorter side to " << recipe.resize_height << " (" << interpolation << ")";
  if (recipe.crop_height > 0) text << ", crop " << recipe.crop_height << "x" << recipe.crop_width;
  for (const auto& [name, numbers] : {std::pair("mean", &recipe.mean), std::pair("std", &recipe.std)}) {
    text << ", " << name << " ";
    for (size_t i = 0; i < numbers->size(); ++i) text << (i > 0 ? "," : "") << (*numbers)[i];
  }
  if (recipe.range == plan::PixelRange::Byte) text << " (of values in 0 to 255)";
  if (recipe.sample_bits != 16) text << ", " << int{recipe.sample_bits} << "-bit samples";
  return text.str();
}

}  // namespace vitrt::convert
