// The shadow sample: images that also run to the last exit, so that errors of early exits are measured in production.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace vitrt::audit {

// XXH3, 64 bits, of an image file: names it in logs, and draws the sample.
uint64_t ImageHash(std::span<const std::byte> file);
std::string HashText(uint64_t hash);  // 16 hexadecimal digits

// Whether an image is of the sample of this share (0 none, 1 all). Its bytes alone decide: the sample does not depend
// on the prediction, and is the same on every machine.
bool InSample(uint64_t image_hash, double share);

}  // namespace vitrt::audit
