#include "runtime/line/sinks/mqtt_address.h"

#include "doctest/doctest.h"

namespace vitrt::sinks {
namespace {

TEST_CASE("addresses of brokers") {
  const struct {
    const char *url, *host;
    int port;
    const char* topic;
    bool tls;
  } cases[] = {{"tcp://broker:1884/plant/line1", "broker", 1884, "plant/line1", false},
               {"mqtt://10.0.0.7/t", "10.0.0.7", 1883, "t", false},
               {"ssl://broker/t", "broker", 8883, "t", true},
               {"mqtts://broker:99/t", "broker", 99, "t", true},
               {"tcp://[::1]:1883/t", "::1", 1883, "t", false},
               {"tcp://[fe80::1]/a/{camera}", "fe80::1", 1883, "a/{camera}", false}};
  for (const auto& c : cases) {
    CAPTURE(c.url);
    const auto address = ParseMqttAddress(c.url);
    REQUIRE(address.ok());
    CHECK(address->host == c.host);
    CHECK(address->port == c.port);
    CHECK(address->topic == c.topic);
    CHECK(address->tls == c.tls);
  }
}

TEST_CASE("what is no address is refused") {
  for (const char* url :
       {"", "broker/t", "http://broker/t", "tcp://broker", "tcp://broker/", "tcp:///t", "tcp://broker:0/t",
        "tcp://broker:x/t", "tcp://broker:70000/t", "tcp://[::1/t", "tcp://broker/a/#", "tcp://broker/+/a",
        "tcp://broker/$SYS", "tcp://broker/a\tb", "tcp://broker/\xc3\xa4"}) {
    CAPTURE(url);
    CHECK(ParseMqttAddress(url).status().code() == StatusCode::kInvalidArgument);
  }
}

TEST_CASE("topics of cameras and of the state") {
  const struct {
    const char *topic, *records, *state;
  } cases[] = {{"plant/line1", "plant/line1", "plant/line1/state"},
               {"plant/{camera}/records", "plant/left/records", "plant/records/state"},
               {"{camera}/records", "left/records", "records/state"},
               {"{camera}", "left", "cameras/state"}};
  for (const auto& c : cases) {
    MqttAddress address;
    address.topic = c.topic;
    CHECK(RecordTopic(address, "left") == c.records);
    CHECK(StateTopic(address) == c.state);
  }
  MqttAddress address;
  address.topic = "a/{camera}";
  CHECK(RecordTopic(address, "x/y+#\n\xc3\xa4") == "a/x_y_____");
}

}  // namespace
}  // namespace vitrt::sinks
