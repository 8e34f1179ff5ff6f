"""What goes out to the line, as the line gets it. compare_line.py BUILD_DIR

A real mosquitto broker, killed and restarted under load, with a client that nothing here wrote; pymodbus as the PLC; several
cameras on one `vitrt watch`, killed and started again. Ends with "N passed, N failed, N skipped". Every loop is bounded,
every address is on the loopback."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

from compare_serve import BUILD, IMAGES, convert, run, serving
from end_to_end import Skip, eventually, named, run_checks

ROOT = pathlib.Path(__file__).resolve().parent.parent
HAS_MQTT = HAS_MODBUS = True
try:
    import paho.mqtt.client as mqtt
except ImportError:
    HAS_MQTT = False
try:
    from pymodbus.client import ModbusTcpClient
except ImportError:
    HAS_MODBUS = False


def need_mqtt():
    if not HAS_MQTT or not shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin"):
        raise Skip("no mosquitto broker or no paho-mqtt")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


class Broker:
    """mosquitto that writes what it holds to disk at every change, as a broker that is to survive a kill must."""

    def __init__(self, folder, *settings):
        self.port, self.folder = free_port(), folder / "broker"
        self.folder.mkdir()
        who = ["user root"] if os.getuid() == 0 else []
        text = [*who, f"listener {self.port} 127.0.0.1", "persistence true", f"persistence_location {self.folder}/",
                "autosave_on_changes true", "autosave_interval 1", "max_inflight_messages 0", "max_queued_messages 0",
                "log_dest none", *(settings or ["allow_anonymous true"])]
        (folder / "mosquitto.conf").write_text("\n".join(text) + "\n")
        self.command = ["/usr/sbin/mosquitto", "-c", str(folder / "mosquitto.conf")]
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def records():
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return True
        assert eventually(records, 20), "the broker does not start"

    def kill(self):
        self.process.kill()
        self.process.wait()


class Subscriber:
    """Keeps every message of plant/#, in the order of arrival. Its session survives the broker."""

    def __init__(self, port, configure=None):
        self.messages, self.connected = [], threading.Event()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="subscriber", clean_session=False)
        self.client.reconnect_delay_set(1, 1)
        if configure:
            configure(self.client)
        self.client.on_subscribe = lambda *_: self.connected.set()
        self.client.on_disconnect = lambda *_: self.connected.clear()
        self.client.on_connect = lambda client, *_: client.subscribe("plant/#", qos=1)
        self.client.on_message = lambda _, __, m: self.messages.append((m.topic, m.payload.decode()))
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert self.connected.wait(20)

    def records(self):
        return [(topic, json.loads(payload)) for topic, payload in list(self.messages) if not topic.endswith("/state")]

    def states(self):
        return [payload for topic, payload in list(self.messages) if topic.endswith("/state")]

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


class Watch:
    def __init__(self, folder, plan, cameras, *options):
        self.out = folder / "records.jsonl"
        environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
        self.process = subprocess.Popen(
            [str(a) for a in (BUILD / "vitrt", "watch", plan, *cameras, "--settle", "0.1", "--json-out", self.out, *options)],
            stdout=subprocess.DEVNULL, stderr=open(folder / "said", "a"), text=True, env=environment)
        self.said_in = folder / "said"

    def said(self):
        return self.said_in.read_text()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


@contextlib.contextmanager
def watching(folder, plan, cameras, *options):
    watch = Watch(folder, plan, cameras, *options)
    try:
        yield watch
        assert watch.stop() == 0, watch.said()
    finally:
        watch.process.kill()
        watch.process.wait()


def deliver(camera, name, image, salt=b""):
    """As a good camera does: whole, under another name, then renamed. Every image has bytes of its own."""
    part = camera / ".part"
    part.write_bytes(image.read_bytes() + salt)
    part.rename(camera / name)


def in_order_and_complete(messages, records):
    """First arrivals against the lines of --json-out, camera by camera."""
    first = {}
    for _, message in messages:
        first.setdefault((message.get("camera"), message["image"]), len(first))
    wanted = [(a.get("camera"), a["image"]) for a in records]
    missing = [w for w in wanted if w not in first]
    assert not missing, f"{len(missing)} of {len(wanted)} never arrived, first {missing[0]}"
    for camera in {w[0] for w in wanted}:
        places = [first[w] for w in wanted if w[0] == camera]
        assert places == sorted(places), f"camera {camera} is out of order"


def every_record_arrives_in_order_although_the_broker_is_killed_twice_under_load(folder):
    need_mqtt()
    plan, broker = convert(folder), Broker(folder)
    cameras = [folder / "left", folder / "right"]
    for camera in cameras: camera.mkdir()
    subscriber, total = Subscriber(broker.port), 240
    try:
        with watching(folder, plan, cameras, "--mqtt", f"tcp://127.0.0.1:{broker.port}/plant/{{camera}}/records") as watch:
            for i in range(total):
                deliver(cameras[i % 2], f"{i}.png", IMAGES[i % len(IMAGES)], b"%d" % i)
                if i in (60, 160): broker.kill()
                if i in (100, 200): broker.start()
                time.sleep(0.01)
            assert eventually(lambda: len(lines_of(watch.out)) == total), len(lines_of(watch.out))
            arrived = lambda: {m["image"] for _, m in subscriber.records()}
            assert eventually(lambda: len(arrived()) == total), (len(arrived()), watch.said())
        messages, records = subscriber.records(), lines_of(watch.out)
        in_order_and_complete(messages, records)
        for topic, message in messages:
            assert topic == f"plant/{message['camera']}/records", topic
        by_image = {a["image"]: a for a in records}
        assert all(message == by_image[message["image"]] for _, message in messages)
        assert watch.said().count("no MQTT broker") >= 2, watch.said()
        backlog, = (folder / "state/vitrt").glob("mqtt-*")
        assert backlog.read_text() == "vitrt-backlog 1\n"
    finally:
        subscriber.close()
        broker.kill()
    return f"{total} records, {len(messages) - total} of them twice"


def records_wait_on_disk_for_a_broker_that_is_not_there_and_outlive_a_kill(folder):
    need_mqtt()
    plan, broker = convert(folder), Broker(folder)
    camera = folder / "in"
    camera.mkdir()
    subscriber = Subscriber(broker.port)
    address = f"tcp://127.0.0.1:{broker.port}/plant/line"
    try:
        with watching(folder, plan, [camera], "--mqtt", address) as watch:
            assert eventually(lambda: "online" in subscriber.states())
            watch.kill()
            assert eventually(lambda: subscriber.states()[-1] == "offline"), "no last will"
            watch.process = subprocess.Popen(["sleep", "0"])
            watch.stop = lambda: 0
        broker.kill()
        for round in range(3):
            watch = Watch(folder, plan, [camera], "--mqtt", address)
            for i in range(10):
                deliver(camera, f"{round}-{i}.png", IMAGES[i], b"%d" % round)
            assert eventually(lambda: len(lines_of(watch.out)) == 10 * (round + 1)), watch.said()
            watch.kill()
        broker.start()
        with watching(folder, plan, [camera], "--mqtt", address) as watch:
            assert eventually(lambda: len({m["image"] for _, m in subscriber.records()}) == 30), watch.said()
        assert eventually(lambda: subscriber.states()[-1] == "offline")
        in_order_and_complete(subscriber.records(), lines_of(watch.out))
    finally:
        subscriber.close()
        broker.kill()
    return "30 records, 3 kills"


def a_broker_that_refuses_is_said_and_nothing_is_lost(folder):
    need_mqtt()
    if not shutil.which("openssl"):
        raise Skip("no openssl program")
    (folder / "passwords").write_text("line:sesame\n")
    run("mosquitto_passwd", "-U", folder / "passwords")
    for name in ("a", "b"):
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / f"{name}.key", "-out",
            folder / f"{name}.pem", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
    plan = convert(folder)
    broker = Broker(folder, "allow_anonymous false", f"password_file {folder / 'passwords'}", f"certfile {folder / 'a.pem'}",
                    f"keyfile {folder / 'a.key'}")

    def login(client):
        client.username_pw_set("line", "sesame")
        client.tls_set(str(folder / "a.pem"))
    camera = folder / "in"
    camera.mkdir()
    (folder / "wrong").write_text("open\n")
    (folder / "right").write_text("sesame\n")
    address = ["--mqtt", f"ssl://127.0.0.1:{broker.port}/plant/line", "--mqtt-user", "line"]
    subscriber = Subscriber(broker.port, login)
    try:
        for i, (password, authority, said) in enumerate([("wrong", "a", "not authorised"), ("right", "b", "certificate")]):
            with watching(folder, plan, [camera], *address, "--mqtt-password-file", folder / password, "--mqtt-ca",
                          folder / f"{authority}.pem") as watch:
                deliver(camera, f"{i}.png", IMAGES[i])
                assert eventually(lambda: said in watch.said().lower() or "tls" in watch.said().lower()), watch.said()
                assert eventually(lambda: len(lines_of(watch.out)) == i + 1)
        assert not subscriber.records()
        with watching(folder, plan, [camera], *address, "--mqtt-password-file", folder / "right", "--mqtt-ca",
                      folder / "a.pem") as watch:
            assert eventually(lambda: len(subscriber.records()) == 2), watch.said()
    finally:
        subscriber.close()
        broker.kill()


@contextlib.contextmanager
def plc(said):
    if not HAS_MODBUS:
        raise Skip("no pymodbus")
    assert eventually(lambda: "Modbus is served on" in said()), said()
    port = int(said().split("Modbus is served on 127.0.0.1:")[-1].split()[0])
    client = ModbusTcpClient("127.0.0.1", port=port)
    assert client.connect()
    try:
        yield client
    finally:
        client.close()


def a_plc_reads_the_newest_record(folder):
    plan = convert(folder)
    camera, other = folder / "in", folder / "other"
    camera.mkdir(), other.mkdir()
    with watching(folder, plan, [camera, other], "--modbus", "127.0.0.1:0", "--good", "none,blowhole", "--modbus-stale", "3",
                  "--part-pattern", "_([0-9]+)_") as watch, plc(watch.said) as client:
        read = lambda k=0: client.read_holding_registers(100 * k, count=24).registers
        reject = lambda k=0: client.read_coils(100 * k, count=1).bits[0]
        assert read()[:2] == [0, 65535] and reject() and reject(1)
        for i, image in enumerate(IMAGES):
            deliver(camera, f"cam_{70000 + i}_{image.name}", image)
            assert eventually(lambda: read()[0] == i + 1 == len(lines_of(watch.out))), (i, read())  # files come after the registers
            line = lines_of(watch.out)[-1]
            r = read()
            assert r[1] == line["class"] and r[2] == int(line["confidence"] * 1000) and r[3] == line["exit"]["index"], (r, line)
            assert (r[6] << 16) + r[7] == 70000 + i == int(line["part"]), (r, line)
            text = b"".join(v.to_bytes(2, "big") for v in r[8:24]).rstrip(b"\0").decode()
            assert text == line["part"], text
            assert reject() == bool(r[4] & 1) == (line["label"] not in ("none", "blowhole")), (r, line)
        assert reject(1) and read(1)[0] == 0
        deliver(camera, "cam_1_good.png", next(i for i in IMAGES if i.name.startswith("blowhole")))
        assert eventually(lambda: not reject())
        assert eventually(lambda: reject() and read()[4] == 3, 20), "the record does not grow stale"
        (camera / "cam_2_bad.png").write_bytes(b"no image")
        assert eventually(lambda: read()[4] == 5 and reject() and read()[1] == 65535), read()
        for refused in (client.write_coil(0, False), client.write_register(0, 7), client.write_coils(0, [False]),
                        client.write_registers(0, [7]), client.read_holding_registers(60000, count=1)):
            assert refused.isError()
        assert reject()
        with socket.create_connection((client.comm_params.host, client.comm_params.port)) as slow:
            slow.sendall(b"\0\1\0\0\0")  # half a request, and then nothing
            assert reject() and read()[0] == len(IMAGES) + 2
        idle = [socket.create_connection((client.comm_params.host, client.comm_params.port)) for _ in range(40)]
        with plc(watch.said) as second:
            assert second.read_coils(0, count=1).bits[0]
        for s in idle: s.close()
    return f"{len(IMAGES)} images"


def four_cameras_lose_nothing_and_repeat_nothing_when_vitrt_is_killed_twice(folder):
    plan, seconds = convert(folder), float(os.environ.get("VITRT_LINE_SECONDS", "6"))
    cameras = [folder / name for name in ("north", "east", "south", "west")]
    for camera in cameras: camera.mkdir()
    watch = Watch(folder, plan, cameras, "--threshold", "0")
    start, total = time.monotonic(), int(80 * seconds)
    kills = [total // 3, 2 * total // 3]
    for i in range(total):
        time.sleep(max(0.0, start + i / 80 - time.monotonic()))
        deliver(cameras[i % 4], f"{i}.png", IMAGES[i % len(IMAGES)], b"%d" % i)
        if i in kills:
            watch.kill()
            watch = Watch(folder, plan, cameras, "--threshold", "0")
    assert eventually(lambda: len(lines_of(watch.out)) >= total, 120), (len(lines_of(watch.out)), watch.process.poll(), watch.said())
    assert watch.stop() == 0
    records = lines_of(watch.out)
    images = [a["image"] for a in records]
    assert len(set(images)) == len(images) == total, (len(set(images)), len(images), total)
    latencies = sorted(a["close_to_answer_ms"] for a in records if "close_to_answer_ms" in a)
    assert latencies
    at = lambda share: latencies[int(share * (len(latencies) - 1))]
    return f"{total} images; close to record, ms: median {at(0.5):.1f}, 99 % {at(0.99):.1f}, of {len(latencies)} whose closing was seen"


def sub_folders_become_cameras_when_asked_and_may_go(folder):
    plan = convert(folder)
    top = folder / "cells"
    (top / "a").mkdir(parents=True)
    (top / "a" / "deep").mkdir()
    with watching(folder, plan, [top], "--subfolders", "--rescan", "0.2") as watch:
        deliver(top, "0.png", IMAGES[0])
        deliver(top / "a", "1.png", IMAGES[1])
        deliver(top / "a" / "deep", "no.png", IMAGES[1])
        assert eventually(lambda: len(lines_of(watch.out)) == 2), watch.said()
        (top / "b").mkdir()
        deliver(top / "b", "2.png", IMAGES[2])
        assert eventually(lambda: len(lines_of(watch.out)) == 3), watch.said()
        shutil.rmtree(top / "a")
        assert eventually(lambda: "was removed" in watch.said()), watch.said()
        (top / "a").mkdir()
        deliver(top / "a", "3.png", IMAGES[3])
        assert eventually(lambda: len(lines_of(watch.out)) == 4), watch.said()
    assert [a["camera"] for a in lines_of(watch.out)] in (["cells", "a", "b", "a"], ["a", "cells", "b", "a"])


def classified_images_are_moved_by_class_and_doubtful_ones_kept_over_kills(folder):
    plan = convert(folder)
    camera, done, doubtful = folder / "in", folder / "done", folder / "doubtful"
    camera.mkdir()
    options = ["--done", done, "--sort", "--keep-doubtful", doubtful, "--doubtful-below", "0.8", "--shadow", "0.5",
               "--log", folder / "run.jsonl"]
    watch, total = Watch(folder, plan, [camera], *options), 120
    for i in range(total):
        deliver(camera, f"{i}.png", IMAGES[i % len(IMAGES)], b"%d" % i)
        if i % 40 == 20:
            watch.kill()
            watch = Watch(folder, plan, [camera], *options)
    (camera / "bad.png").write_bytes(b"no image")
    assert eventually(lambda: not list(camera.glob("*.png"))), watch.said()
    assert watch.stop() == 0
    records = lines_of(watch.out)
    assert len(records) == len({a["image"] for a in records}) == total + 1
    for a in records:
        name = pathlib.Path(a["image"]).name
        assert (done / (a.get("label") or "unreadable") / name).is_file(), a
    assert sum(1 for _ in done.rglob("*.png")) == total + 1
    want = {pathlib.Path(a["image"]).name for a in records if a.get("confidence", 1) < 0.8}
    kept = {f.name.split("-", 2)[2]: f for f in doubtful.glob("*.png")}
    assert len(want - set(kept)) <= 3, "more than the kills can have cost"  # the copy is made after the record
    for f in kept.values():
        record = json.loads((doubtful / (f.name + ".json")).read_text())
        assert pathlib.Path(record["image"]).name in f.name
    return f"{total} images, 3 kills, {len(kept)} kept"


def a_server_logs_and_sends_its_records(folder):
    need_mqtt()
    plan, broker = convert(folder), Broker(folder)
    subscriber = Subscriber(broker.port)
    log = folder / "serve.jsonl"
    os.environ["XDG_STATE_HOME"] = str(folder / "state")
    try:
        with serving(f"m={plan}", f"other={plan}", "--log", log, "--mqtt", f"tcp://127.0.0.1:{broker.port}/plant/{{camera}}") as server:
            labels = []
            for i, image in enumerate(IMAGES):
                parameters = {"part": f"P-{i}"}
                code, body, _ = server.images([image.read_bytes()], parameters)
                assert code == 200, body
                labels.append(next(o["data"][0] for o in json.loads(body)["outputs"] if o["name"] == "label"))
            assert server.images([b"no image"])[0] == 400
            assert eventually(lambda: len(subscriber.records()) == len(IMAGES) + 1)
            text = server.http("/metrics")[1].decode()
            server.process.send_signal(signal.SIGHUP)  # as logrotate does
            assert server.http("/v2/health/live")[0] == 200
        messages, lines = subscriber.records(), lines_of(log)
        assert [t for t, _ in messages] == ["plant/m"] * (len(IMAGES) + 1)
        assert [m.get("label") for _, m in messages] == labels + [None] == [r.get("label") for r in lines]
        assert [r["part"] for r in lines[:-1]] == [f"P-{i}" for i in range(len(IMAGES))] == [m["part"] for _, m in messages[:-1]]
        assert "error" in lines[-1] and "error" in messages[-1][1]
        assert all(len(r["image_xxh3"]) == 16 and r["input"]["deviation"] > 0 for r in lines[:-1])
        assert 'vitrt_images_refused_total{model="m"} 1' in text and 'vitrt_info{model="other"' in text, text
        run(BUILD / "vitrt", "monitor", log, "-o", folder / "report.html")
    finally:
        del os.environ["XDG_STATE_HOME"]
        subscriber.close()
        broker.kill()
    return f"{len(IMAGES)} records"


def metrics_pass_promtool(folder):
    if not shutil.which("promtool"):
        raise Skip("no promtool (Debian: prometheus)")
    plan = convert(folder)
    camera = folder / "in"
    camera.mkdir()
    deliver(camera, "0.png", IMAGES[0])
    with watching(folder, plan, [camera], "--metrics", folder / "vitrt.prom", "--shadow", "1") as watch:
        assert eventually(lambda: lines_of(watch.out))
        deliver(camera, "1.png", IMAGES[1])
        assert eventually(lambda: len(lines_of(watch.out)) == 2)
    with serving(f"m={plan}") as server:
        for image in IMAGES: server.images([image.read_bytes()])
        (folder / "serve.prom").write_bytes(server.http("/metrics")[1])
    families = set()
    for file in ("vitrt.prom", "serve.prom"):
        text = (folder / file).read_text()
        families |= {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
        assert checked.returncode == 0, (file, checked.stderr)
    dashboard = ROOT / "packages/grafana/vitrt.json"
    asked = set()
    for panel in json.loads(dashboard.read_text())["panels"]:
        for target in panel["targets"]:
            asked |= set(re.findall(r"vitrt_[a-z_]+", target["expr"]))
    known = families | {f + end for f in families for end in ("_bucket", "_sum", "_count")} | {"vitrt_promise_alarm"}
    assert asked <= known, asked - known
    return f"{len(families)} families, {len(asked)} of them on the dashboard"


def the_service_manager_hears_of_start_life_and_end(folder):
    plan = convert(folder)
    (folder / "in").mkdir()
    for arguments in (["watch", plan, folder / "in"], ["serve", f"m={plan}", "--port", "0"]):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(folder / arguments[0]))
            manager.settimeout(30)
            process = subprocess.Popen([str(a) for a in (BUILD / "vitrt", *arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       env={**os.environ, "XDG_STATE_HOME": str(folder), "NOTIFY_SOCKET": str(folder / arguments[0])})
            try:
                heard = [manager.recv(100) for _ in range(4)]
                assert set(heard) == {b"READY=1", b"WATCHDOG=1"}, heard
                process.send_signal(signal.SIGTERM)
                while (last := manager.recv(100)) == b"WATCHDOG=1": pass
                assert last == b"STOPPING=1", last
                assert process.wait(timeout=30) == 0
            finally:
                process.kill()
    if not shutil.which("systemd-analyze"):
        return "no systemd-analyze: units not looked at"
    for unit in sorted((ROOT / "packages/systemd").glob("*.service")):
        text = unit.read_text().replace("/usr/bin/vitrt", str(BUILD / "vitrt"))
        copy = folder / unit.name.replace("@", "@line")
        copy.write_text("".join(line for line in text.splitlines(True) if not line.startswith("Documentation=")))
        looked = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True)
        assert looked.returncode == 0 and not looked.stderr, looked.stderr


def a_start_that_cannot_be_is_one_clear_error(folder):
    plan = convert(folder)
    (folder / "in").mkdir()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        cases = [
            ("a Modbus port in use", ["--modbus", f"127.0.0.1:{taken.getsockname()[1]}"]),
            ("a Modbus address that is not ours", ["--modbus", "203.0.113.1:1502"]),
            ("no Modbus port", ["--modbus", "127.0.0.1"]),
            ("a class that the plan has not", ["--modbus", "127.0.0.1:0", "--good", "fine"]),
            ("no topic", ["--mqtt", "tcp://127.0.0.1:1883"]),
            ("a password without a user", ["--mqtt", "tcp://127.0.0.1/t", "--mqtt-password-file", folder / "no"]),
            ("an authority that is not there", ["--mqtt", "ssl://127.0.0.1/t", "--mqtt-ca", folder / "no"]),
            ("certificates without TLS", ["--mqtt", "tcp://127.0.0.1/t", "--mqtt-ca", plan]),
            ("a broken pattern", ["--part-pattern", "("]),
            ("one folder twice", [folder / "in/../in"]),
            ("one journal for two folders", [folder, "--journal", folder / "journal"]),
        ]
        for title, arguments in cases:
            r = subprocess.run([str(a) for a in (BUILD / "vitrt", "watch", plan, folder / "in", "--once", *arguments)],
                               capture_output=True, text=True, timeout=60, env={**os.environ, "XDG_STATE_HOME": str(folder)})
            errors = [line for line in r.stderr.splitlines() if line.startswith("vitrt: error: ")]
            assert r.returncode == 2 and len(errors) == 1, (title, r.returncode, r.stderr)
    return f"{len(cases)} starts"


if __name__ == "__main__":
    sys.exit(run_checks(named(
        every_record_arrives_in_order_although_the_broker_is_killed_twice_under_load,
        records_wait_on_disk_for_a_broker_that_is_not_there_and_outlive_a_kill,
        a_broker_that_refuses_is_said_and_nothing_is_lost, a_plc_reads_the_newest_record,
        four_cameras_lose_nothing_and_repeat_nothing_when_vitrt_is_killed_twice,
        sub_folders_become_cameras_when_asked_and_may_go,
        classified_images_are_moved_by_class_and_doubtful_ones_kept_over_kills, a_server_logs_and_sends_its_records,
        metrics_pass_promtool, the_service_manager_hears_of_start_life_and_end, a_start_that_cannot_be_is_one_clear_error)))
