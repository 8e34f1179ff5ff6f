// Runs the program `vitrt` and keeps its output.
#pragma once

#include <string>
#include <vector>

namespace vitrt::test {

struct Finished {
  int code = -1;
  std::string out, err;
  // Exactly one line of err is an error in the contract's form.
  bool one_error() const;
};
Finished RunVitrt(const std::vector<std::string>& arguments);
Finished RunConvert(const std::vector<std::string>& arguments);  // vitrt-convert

// The program while it runs.
class Running {
 public:
  explicit Running(const std::vector<std::string>& arguments);
  ~Running();  // kills it
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void Signal(int signal) const;
  Finished Wait();  // until it ends; its code is 128 + n if signal n ended it
  std::string out() const;
  std::string err() const;

 private:
  int pid_ = -1;
  std::string out_, err_;
};

// A folder with two.plan (exits early and final, labels, resize to 8 x 8), and the images a.png-like a.ppm, b.pgm.
struct Workspace {
  std::string folder;
  std::string operator()(const std::string& name) const { return folder + "/" + name; }
};
Workspace MakeWorkspace();

// [n, 3, 8, 8] of noise.
void WriteInput(const std::string& path, int n);

std::string ReadText(const std::string& path);
void WriteText(const std::string& path, const std::string& text);

}  // namespace vitrt::test
