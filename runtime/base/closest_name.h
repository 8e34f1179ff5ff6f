// "Did you mean": the known name that a mistyped one is nearest to.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace vitrt {

// Letters to insert, delete, replace or swap with their neighbour to get from one to the other (the optimal string
// alignment distance), case ignored.
int EditDistance(std::string_view a, std::string_view b);

// The name of `known` that is nearest to `typed`, "" where none is near: more than a third of its letters away, or
// already the same. The first of equally near ones.
std::string ClosestName(std::string_view typed, std::span<const std::string> known);

// "did you mean 'NAME'? " for the closest name, "" without one: to be put before a hint.
std::string DidYouMean(std::string_view typed, std::span<const std::string> known);

}  // namespace vitrt
