#include "runtime/plan/features.h"

#include <doctest/doctest.h>

#include "runtime/plan/checksum.h"
#include "runtime/plan/plan_format.h"
#include "runtime/plan/reader.h"
#include "tests/plan/test_plan.h"

using namespace vitrt;

namespace {

plan::PlanHeader& Header(AlignedBuffer& file) { return *reinterpret_cast<plan::PlanHeader*>(file.data()); }

void Seal(AlignedBuffer& file) {
  Header(file).header_checksum = plan::PlainChecksum(file.span().first(offsetof(plan::PlanHeader, header_checksum)));
}

void Declare(test::TestPlan* p, int id, const char* needed_for) {
  auto feature = std::make_unique<plan::RequiredFeatureT>();
  feature->id = static_cast<plan::Feature>(id);
  feature->needed_for = needed_for;
  p->tables.required_features.push_back(std::move(feature));
}

// Two exits, and the logits of the last one as bytes beside them.
test::TestPlan PlanWithBytes() {
  test::TestPlan p = test::TwoExitPlan(0.5f);
  const int logits = static_cast<int>(p.tables.exits.back()->value);
  const int bytes = p.Step(plan::CastT{}, {logits}, p.Activation({1, 5}, plan::DType::U8), "to bytes");
  p.tables.segments.back()->step_count += 1;
  p.Output("bytes", bytes);
  p.tables.segments.front()->live.push_back(bytes);
  return p;
}

std::string Refusal(const AlignedBuffer& file) {
  const auto view = plan::ReadPlan(file.span());
  REQUIRE(!view.ok());
  CHECK(view.status().code() == StatusCode::kBadPlan);
  return view.status().ToString() + "; " + view.status().hint();
}

bool Contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_SUITE("runtime/plan/features") {
  TEST_CASE("a plan of format 1.0 needs nothing, so that the first runtime reads it") {
    AlignedBuffer file = test::TwoExitPlan(0.5f).File();
    CHECK(Header(file).format_major == 1);
    CHECK(Header(file).required_features == 0);
    CHECK(plan::ReadPlan(file.span()).ok());
  }

  TEST_CASE("a plan that uses a feature must declare it, and the header then has its bit") {
    test::TestPlan p = PlanWithBytes();
    CHECK_MESSAGE(Contains(Refusal(p.File()), "uint8"), Refusal(p.File()));
    p.DeclareFeatures();
    REQUIRE(p.tables.required_features.size() == 1);
    AlignedBuffer file = p.File();
    CHECK(Header(file).required_features == plan::BitOf(plan::Feature::Bytes));
    const auto view = plan::ReadPlan(file.span());
    CHECK_MESSAGE(view.ok(), view.status().ToString());
  }

  TEST_CASE("what the model's input is, and how images become it, must be declared") {
    const struct {
      const char* words;
      plan::Feature feature;
      void (*use)(plan::PlanT& plan);
    } cases[] = {
        {"channels last", plan::Feature::ChannelsLastModel, [](plan::PlanT& p) { p.model_channels_last = true; }},
        {"takes bytes", plan::Feature::ByteInput, [](plan::PlanT& p) { p.input_bytes = true; }},
        {"units of 0 to 255", plan::Feature::PixelRange,
         [](plan::PlanT& p) { p.preprocess->range = plan::PixelRange::Byte; }},
        {"fewer bits", plan::Feature::SampleBits, [](plan::PlanT& p) { p.preprocess->sample_bits = 12; }},
    };
    for (const auto& c : cases) {
      CAPTURE(c.words);
      test::TestPlan p = test::TwoExitPlan(0.5f);
      if (!p.tables.preprocess) p.tables.preprocess = std::make_unique<plan::PreprocessT>();
      if (c.feature == plan::Feature::ByteInput) p.tables.preprocess = nullptr;
      c.use(p.tables);
      CHECK_MESSAGE(Contains(Refusal(p.File()), c.words), Refusal(p.File()));
      p.DeclareFeatures();
      AlignedBuffer file = p.File();
      CHECK(Header(file).required_features == plan::BitOf(c.feature));
      const auto view = plan::ReadPlan(file.span());
      CHECK_MESSAGE(view.ok(), view.status().ToString());
    }
  }

  TEST_CASE("preprocessing that does not fit the input is refused") {
    test::TestPlan p = test::TwoExitPlan(0.5f);
    if (!p.tables.preprocess) p.tables.preprocess = std::make_unique<plan::PreprocessT>();
    p.tables.input_bytes = true;  // and pixels in [0, 1]
    p.DeclareFeatures();
    CHECK_MESSAGE(Contains(Refusal(p.File()), "takes bytes"), Refusal(p.File()));
    test::TestPlan bits = test::TwoExitPlan(0.5f);
    if (!bits.tables.preprocess) bits.tables.preprocess = std::make_unique<plan::PreprocessT>();
    bits.tables.preprocess->sample_bits = 17;
    bits.DeclareFeatures();
    CHECK_MESSAGE(Contains(Refusal(bits.File()), "16 bits"), Refusal(bits.File()));
  }

  TEST_CASE("a feature of a newer vitrt is refused in the plan's own words") {
    test::TestPlan p = test::TwoExitPlan(0.5f);
    Declare(&p, 63, "answers of tomorrow");
    Declare(&p, 62, "images of next week");
    const std::string text = Refusal(p.File());
    for (const char* part : {"needs a newer vitrt", "answers of tomorrow, images of next week", "written by test"})
      CHECK_MESSAGE(Contains(text, part), text);
  }

  TEST_CASE("a bit that the tables do not explain is refused all the same, whatever the rest of the file is") {
    AlignedBuffer file = test::TwoExitPlan(0.5f).File();
    Header(file).required_features = uint64_t{1} << 40;
    Seal(file);
    CHECK(Contains(Refusal(file), "needs a newer vitrt"));
    Header(file).section_count = 3;
    Header(file).header_bytes += 32;
    Seal(file);
    CHECK(Contains(Refusal(file), "needs a newer vitrt"));
  }

  TEST_CASE("header and tables must agree, and a declared id must be one that a header can name") {
    AlignedBuffer file = test::TwoExitPlan(0.5f).File();
    Header(file).required_features = plan::BitOf(plan::Feature::Bytes);
    Seal(file);
    CHECK(Contains(Refusal(file), "differ in the features"));
    test::TestPlan p = test::TwoExitPlan(0.5f);
    Declare(&p, 64, "no bit is left for it");
    CHECK(Contains(Refusal(p.File()), "no bit is left for it"));
  }
}
