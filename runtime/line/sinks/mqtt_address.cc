#include "runtime/line/sinks/mqtt_address.h"

#include <algorithm>
#include <charconv>

#include "runtime/base/check.h"

namespace vitrt::sinks {
namespace {

constexpr char kCamera[] = "{camera}";
constexpr char kOption[] = "--mqtt";
constexpr char kExample[] = "for example tcp://broker:1883/plant/line1";
constexpr size_t kMaxTopicLength = 200;  // MQTT allows 65535 bytes; the camera's name is still to come

Status Wrong(const std::string& what) { return InvalidArgument(what, kOption, kExample); }

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }

std::string Replaced(std::string text, const std::string& what, const std::string& by) {
  for (size_t at = text.find(what); at != text.npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

Result<uint16_t> ParsePort(const std::string& text) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) {
    return Wrong("'" + text + "' is no port");
  }
  return port;
}

// "host", "host:port", "[v6]:port"
Status ParseHost(const std::string& text, MqttAddress* address) {
  const bool bracket = text.starts_with('[');
  const size_t close = bracket ? text.find(']') : 0;
  if (close == text.npos) return Wrong("the bracket around the address is not closed");
  const size_t colon = text.find(':', close);
  address->host = bracket ? text.substr(1, close - 1) : text.substr(0, colon);
  if (address->host.empty()) return Wrong("the address of the broker has no host");
  if (colon == text.npos) return {};
  VITRT_ASSIGN_OR_RETURN(address->port, ParsePort(text.substr(colon + 1)));
  return {};
}

}  // namespace

Result<MqttAddress> ParseMqttAddress(const std::string& url) {
  MqttAddress address;
  const size_t scheme_end = url.find("://");
  const std::string scheme = scheme_end == url.npos ? "" : url.substr(0, scheme_end);
  address.tls = scheme == "ssl" || scheme == "mqtts";
  if (!address.tls && scheme != "tcp" && scheme != "mqtt") return Wrong("'" + url + "' is not tcp://host:port/topic");
  if (address.tls) address.port = 8883;
  const std::string rest = url.substr(scheme_end + 3);
  const size_t slash = rest.find('/');
  if (slash == rest.npos || slash + 1 == rest.size()) return Wrong("'" + url + "' names no topic");
  VITRT_RETURN_IF_ERROR(ParseHost(rest.substr(0, slash), &address));
  address.topic = rest.substr(slash + 1);
  const bool bad = address.topic.find_first_of("+#") != rest.npos || address.topic.front() == '$' ||
                   std::any_of(address.topic.begin(), address.topic.end(), IsControl) ||
                   !std::all_of(address.topic.begin(), address.topic.end(), IsAscii);
  if (bad || address.topic.size() > kMaxTopicLength) return Wrong("'" + address.topic + "' is no topic to publish to");
  return address;
}

std::string RecordTopic(const MqttAddress& address, const std::string& camera) {
  std::string name = camera;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '/' || c == '+' || c == '#' || IsControl(c) || !IsAscii(c); },
      '_');
  return Replaced(address.topic, kCamera, name);
}

std::string StateTopic(const MqttAddress& address) {
  std::string topic = Replaced(address.topic, "/" + std::string(kCamera), "");
  topic = Replaced(topic, std::string(kCamera) + "/", "");
  return Replaced(topic, kCamera, "cameras") + "/state";
}

}  // namespace vitrt::sinks
