// Any bytes as a preprocessing recipe: taken, or refused as kInvalidArgument.
#include "converters/cli/recipe.h"
#include "tests/fuzz/harness.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vitrt;
  const fuzz::MemoryFile file(data, size);
  convert::RecipeOptions options;
  options.file = file.path();
  const auto recipe = convert::MakeRecipe(options, {.channels = 3, .height = 32, .width = 32});
  fuzz::Require(recipe.ok() || recipe.status().code() == StatusCode::kInvalidArgument);
  if (recipe.ok()) fuzz::Require(!convert::ToText(*recipe).empty());
  return 0;
}
