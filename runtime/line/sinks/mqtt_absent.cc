// A build without libmosquitto.
#include "runtime/line/sinks/mqtt_publisher.h"

namespace vitrt::sinks {

Status CheckLogin(const Login&) { return InvalidArgument("this build of vitrt has no MQTT", "--mqtt"); }

void Publish(PublisherState*, const std::function<void()>&) {}

}  // namespace vitrt::sinks
