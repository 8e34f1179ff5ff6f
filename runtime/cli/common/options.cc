#include "runtime/cli/common/options.h"

#include <CLI/CLI.hpp>
#include <vector>

#include "runtime/base/isa.h"
#include "runtime/cli/common/within.h"
#include "runtime/line/sinks/sinks.h"

namespace vitrt::cli {

void AddCommonOptions(CLI::App* app, bool runs_plan, CommonOptions* options) {
  const char* group = "Common";
  app->add_flag("--json", options->json, "print JSON")->group(group);
  app->add_option("--threads", options->threads,
                  "threads (default: what was tuned, or one for each allowed core that has work enough)")
      ->check(CLI::Range(1, 1024).description(""))
      ->type_name("N")
      ->group(group);
  if (!runs_plan) return;
  std::vector<std::string> names;
  for (const Isa isa : kIsas) names.emplace_back(IsaName(isa));
  app->add_option("--isa", options->isa, "highest instruction set to use: " + IsaNames())
      ->check(CLI::IsMember(names).description(""))
      ->type_name("ISA")
      ->group(group);
  app->add_flag("--no-mmap", options->no_mmap,
                "read the plan into memory: slower to load, safe against a file overwritten in place")
      ->group(group);
  app->add_flag("--no-tune-file", options->no_tune_file, "ignore PLAN.tune (vitrt tune)")->group(group);
  app->add_flag("--huge-pages", options->huge_pages, "request huge pages of 2 MB from the system")->group(group);
}

void AddExitOptions(CLI::App* app, ExitOptions* options) {
  const char* group = "Exits";
  app->add_option("--threshold", options->threshold, "leave at the first exit this confident: 0.9, or early=0.9,...")
      ->type_name("T|NAME=T,...")
      ->group(group);
  app->add_option("--exit-policy", options->policy,
                  "what confident means: max-prob, margin, entropy or geometric-mean (default: the plan's)")
      ->check(CLI::IsMember({"max-prob", "margin", "entropy", "geometric-mean"}, CLI::ignore_case).description(""))
      ->type_name("POLICY")
      ->group(group);
  app->add_option("--exit", options->exit, "always answer at this exit; 'last' is the last one")
      ->type_name("NAME|last")
      ->group(group);
  app->add_option("--deadline-ms", options->deadline_ms, "start no segment that is not expected to end in this time")
      ->type_name("MS")
      ->group(group);
}

void AddLogOptions(CLI::App* app, AuditOptions* options) {
  const char* group = "Audit";
  app->add_option("--log", options->log, "append one JSON line per image")->type_name("FILE.jsonl")->group(group);
  app->add_option("--log-max-mb", options->log_megabytes, "size at which the log becomes FILE.jsonl.1 (default 64)")
      ->check(Within(0.001, 1e6))
      ->type_name("MB")
      ->group(group);
  app->add_option("--log-keep", options->log_keep, "number of older logs to keep (default 10)")
      ->check(CLI::Range(0, 100000).description(""))
      ->type_name("N")
      ->group(group);
}

void AddAuditOptions(CLI::App* app, AuditOptions* options) {
  AddLogOptions(app, options);
  const char* group = "Audit";
  app->add_option("--metrics", options->metrics, "keep running totals in this file, in Prometheus's text format")
      ->type_name("FILE.prom")
      ->group(group);
  app->add_option("--shadow", options->shadow,
                  "also run this share of the images to the last exit, after the prediction is out")
      ->check(Within(0.0, 1.0))
      ->type_name("SHARE")
      ->group(group);
}

void AddSinkOptions(CLI::App* app, sinks::SinkOptions* options) {
  const char* broker = "MQTT";
  sinks::MqttOptions& mqtt = options->mqtt;
  app->add_option("--mqtt", mqtt.url,
                  "publish every prediction, QoS 1; {camera} in the topic is the camera's name; ssl:// is TLS")
      ->type_name("tcp://HOST:PORT/TOPIC")
      ->group(broker);
  app->add_option("--mqtt-user", mqtt.user, "user that the broker knows")->type_name("NAME")->group(broker);
  app->add_option("--mqtt-password-file", mqtt.password_file, "its password, in the file's first line")
      ->type_name("FILE")
      ->group(broker);
  app->add_option("--mqtt-ca", mqtt.ca_file,
                  "authorities that the broker's certificate is checked by (default: the system's)")
      ->type_name("FILE.pem")
      ->group(broker);
  app->add_option("--mqtt-certificate", mqtt.certificate_file, "certificate shown to the broker")
      ->type_name("FILE.pem")
      ->group(broker);
  app->add_option("--mqtt-key", mqtt.key_file, "its private key")->type_name("FILE.pem")->group(broker);
  app->add_option("--mqtt-backlog", mqtt.backlog, "file of unacknowledged messages (default: in the state folder)")
      ->type_name("FILE")
      ->group(broker);
  app->add_option("--mqtt-backlog-mb", mqtt.backlog_megabytes,
                  "size above which its oldest messages are dropped (default 64)")
      ->check(Within(0.001, 1e6))
      ->type_name("MB")
      ->group(broker);
  const char* plc = "Modbus";
  sinks::ModbusOptions& modbus = options->modbus;
  app->add_option("--modbus", modbus.address, "let a PLC read the newest prediction here (Modbus TCP server)")
      ->type_name("HOST:PORT")
      ->group(plc);
  app->add_option("--good", modbus.good,
                  "classes whose parts pass; others are rejected (default: every decision passes)")
      ->delimiter(',')
      ->type_name("CLASS,...")
      ->group(plc);
  app->add_option("--modbus-stale", modbus.stale_seconds, "age above which a prediction counts as reject (default 10)")
      ->check(Within(0.01, 86400.0))
      ->type_name("S")
      ->group(plc);
}

}  // namespace vitrt::cli
