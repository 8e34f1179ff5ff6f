// The record of one image as it goes to a broker and to a PLC.
#pragma once

#include <cstdint>
#include <string>

namespace vitrt::sinks {

struct Outgoing {
  std::string camera;    // the folder's name, or that of the served model
  int camera_index = 0;  // from 0, in the order in which cameras were named: chooses the registers
  std::string part;      // the part or trigger that the image shows; "": not known
  std::string json;      // the prediction, or why there is none, as one line without its end

  int label = -1;  // the class; -1: no decision, or the image could not be read
  std::string label_name;
  float confidence = 0;  // of a decision
  int exit = -1;
  uint32_t flags = 0;    // Prediction::Flag
  bool refused = false;  // no prediction: the image could not be read
};

}  // namespace vitrt::sinks
