// A minimal inspection program: consumer MODEL.plan IMAGE prints the class and the exit of the prediction.
#include <vitrt/vitrt.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <span>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::ifstream file(argv[2], std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};

  auto engine = vitrt::Engine::Load(argv[1]);
  if (!engine.ok()) return std::fprintf(stderr, "%s\n", engine.status().ToString().c_str()), 1;
  auto session = vitrt::Session::Create(*engine);
  if (!session.ok()) return std::fprintf(stderr, "%s\n", session.status().ToString().c_str()), 1;
  auto prediction = session->RunFile(std::as_bytes(std::span(bytes)));
  if (!prediction.ok()) return std::fprintf(stderr, "%s\n", prediction.status().ToString().c_str()), 1;
  std::printf("class %d exit %d\n", prediction->label, prediction->exit);
}
