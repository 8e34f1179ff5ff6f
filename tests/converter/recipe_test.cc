#include "converters/cli/recipe.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

namespace vitrt::convert::test {
namespace {

constexpr InputSize kInput{3, 32, 48};

std::string WriteFile(const std::string& text) {
  const auto path = std::filesystem::temp_directory_path() / "vitrt_recipe_test.json";
  std::ofstream(path) << text;
  return path.string();
}

TEST_CASE("without options: the model's size, bicubic, 0.5") {
  const auto recipe = MakeRecipe({}, kInput);
  REQUIRE(recipe.ok());
  CHECK(ToText(*recipe) == "resize to 32x48 (bicubic), mean 0.5,0.5,0.5, std 0.5,0.5,0.5");
}

TEST_CASE("a recipe file says everything") {
  RecipeOptions options;
  options.file = WriteFile(
      R"({"channels": 3, "resize": {"rule": "shorter_side", "height": 36}, "crop": {"height": 32, "width": 48},
                               "interpolation": "bilinear", "mean": [0.1, 0.2, 0.3], "std": [0.1, 0.2, 1]})");
  const auto recipe = MakeRecipe(options, kInput);
  REQUIRE_MESSAGE(recipe.ok(), recipe.status().ToString());
  CHECK(ToText(*recipe) == "resize the shorter side to 36 (bilinear), crop 32x48, mean 0.1,0.2,0.3, std 0.1,0.2,1");
}

TEST_CASE("options replace parts of the recipe, one number stands for every channel") {
  RecipeOptions options;
  options.resize = "40";
  options.interpolation = "lanczos";
  options.mean = "0.25";
  const auto recipe = MakeRecipe(options, kInput);
  REQUIRE(recipe.ok());
  CHECK(ToText(*recipe) == "resize the shorter side to 40 (lanczos), crop 32x48, mean 0.25,0.25,0.25, std 0.5,0.5,0.5");
}

TEST_CASE("errors are refused, naming the option or the file") {
  struct Case {
    RecipeOptions options;
    const char* where;
  };
  auto file = [](const char* text) {
    RecipeOptions options;
    options.file = text;
    return options;
  };
  auto part = [](std::string RecipeOptions::*member, const char* value) {
    RecipeOptions options;
    options.*member = value;
    return options;
  };
  const Case cases[] = {
      {file("/nonexistent/recipe.json"), "/nonexistent/recipe.json"},
      {part(&RecipeOptions::resize, "12by12"), "--resize"},
      {part(&RecipeOptions::resize, "0"), "--resize"},
      {part(&RecipeOptions::resize, "20x20"), "--resize"},  // not the model's size
      {part(&RecipeOptions::crop, "32"), "--crop"},
      {part(&RecipeOptions::mean, "1,2"), "--mean"},
      {part(&RecipeOptions::mean, "a,b,c"), "--mean"},
      {part(&RecipeOptions::std, "0,1,1"), "--std"},
      {part(&RecipeOptions::interpolation, "cubist"), "--interpolation"},
  };
  for (const Case& c : cases) {
    const auto recipe = MakeRecipe(c.options, kInput);
    REQUIRE_FALSE(recipe.ok());
    CHECK(recipe.status().code() == StatusCode::kInvalidArgument);
    CHECK(recipe.status().where() == c.where);
  }
  for (const char* text :
       {"{", "[]", R"({"size": 3})", R"({"channels": 2})", R"({"channels": 1})", R"({"resize": {"rule": "exact"}})",
        R"({"resize": {"rule": "fit", "height": 3}})", R"({"crop": {"height": -1, "width": 3}})", R"({"mean": 3})",
        R"({"mean": ["x"]})", R"({"interpolation": 3})"}) {
    CAPTURE(text);
    CHECK(MakeRecipe(file(WriteFile(text).c_str()), kInput).status().code() == StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace vitrt::convert::test
