"""`vitrt serve` as clients meet it. compare_serve.py BUILD_DIR

tritonclient, which nothing here wrote, must get what `vitrt infer` prints; sockets that misbehave must harm nobody else.
Ends with "N passed, N failed, N skipped". Every loop is bounded, every address is on the loopback."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from end_to_end import Skip, named, run_checks

BUILD = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(__file__).resolve().parent.parent
MODELS = ROOT / "models" / "early_exit_vit"
STEM = "early_exit_vit_defects"
IMAGES = sorted((ROOT / "models/defects/samples").glob("*.png"))


def run(*arguments, **options):
    return subprocess.run([str(a) for a in arguments], check=True, capture_output=True, text=True, **options).stdout


def convert(folder, name="m.plan", *options):
    plan = folder / name
    run(BUILD / "vitrt-convert", MODELS / f"{STEM}.onnx", "-o", plan, "--labels", MODELS / f"{STEM}.labels.txt",
        "--preprocess", MODELS / f"{STEM}.preprocess.json", *options)
    return plan


def infer(plan, *options):
    return [json.loads(line) for line in run(BUILD / "vitrt", "infer", plan, *IMAGES, "--json", *options).splitlines()]


class Server:
    def __init__(self, *arguments):
        self.process = subprocess.Popen([str(BUILD / "vitrt"), "serve", *map(str, arguments), "--port", "0", "--json"],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        self.url = json.loads(line)["url"]
        self.host, self.port = self.url.split("//")[1].rsplit(":", 1)[0], int(self.url.rsplit(":", 1)[1])

    def http(self, path, body=None, headers={}, timeout=60):
        request = urllib.request.Request(self.url + path, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                return response.status, response.read(), response.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read(), error.headers

    def images(self, files, parameters={}, outputs=None, headers={}):
        data = b"".join(struct.pack("<I", len(f)) + f for f in files)
        request = {"inputs": [{"name": "image", "datatype": "BYTES", "shape": [len(files)],
                               "parameters": {"binary_data_size": len(data)}}], "parameters": parameters}
        if outputs:
            request["outputs"] = [{"name": name} for name in outputs]
        text = json.dumps(request).encode()
        return self.http("/v2/models/m/infer", text + data,
                         {"Inference-Header-Content-Length": str(len(text)), **headers})

    def socket(self):
        return socket.create_connection((self.host, self.port), timeout=30)

    def memory_kb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    def handles(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=60)
        return status, self.process.stderr.read()


@contextlib.contextmanager
def serving(*arguments):
    server = Server(*arguments)
    try:
        yield server
        assert server.process.poll() is None, server.process.stderr.read()
        status, said = server.stop()
        assert status == 0, (status, said)
    finally:
        server.process.kill()
        server.process.wait()


def outputs(body):
    return {o["name"]: o["data"] for o in json.loads(body)["outputs"]}


def agrees(got, i, line):
    assert got["label"][i] == line["label"] and got["class"][i] == line["class"], (got, line)
    assert got["exit"][i] == line["exit"]["name"], (got["exit"][i], line["exit"])
    assert got["confidence"][i] == line["confidence"] and got["probability"][i] == line["probability"]
    assert got["flags"][i] == " ".join(line["flags"])


def triton_gets_the_bits_of_infer(folder):
    try:
        import numpy
        import tritonclient.http as triton
    except ImportError as error:
        raise Skip(f"no tritonclient: {error}")
    plan = convert(folder, "m.plan", "--batch", "4")
    lines = infer(plan, "--threshold", "0.9")
    run(BUILD / "vitrt", "infer", plan, IMAGES[0], "--dump-input", folder / "x.npy")
    x = numpy.load(folder / "x.npy")
    run(BUILD / "vitrt", "infer", plan, "--tensor", folder / "x.npy", "--outputs", folder / "out", "--all-exits")
    with serving(f"m={plan}", "--threshold", "0.9") as server:
        client = triton.InferenceServerClient(f"{server.host}:{server.port}")
        assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("m")
        assert client.get_server_metadata()["name"] == "vitrt"
        metadata = client.get_model_metadata("m")
        names = [o["name"] for o in metadata["outputs"]]
        exits = [path.stem for path in (folder / "out").glob("*.npy")]
        assert set(exits) <= set(names) and {"class", "label", "confidence", "exit", "flags"} <= set(names), names
        files = numpy.array([path.read_bytes() for path in IMAGES], dtype=object)
        for binary in (True, False):
            given = triton.InferInput("image", [len(files)], "BYTES")
            given.set_data_from_numpy(files, binary_data=True)
            fields = ["class", "label", "probability", "confidence", "exit", "flags"]
            response = client.infer("m", [given], outputs=[triton.InferRequestedOutput(f, binary_data=binary) for f in fields])
            got = {f: response.as_numpy(f) for f in fields}
            for i, line in enumerate(lines):
                text = lambda f: got[f][i].decode() if isinstance(got[f][i], bytes) else got[f][i]
                assert text("label") == line["label"] and text("exit") == line["exit"]["name"], (text("label"), line)
                assert got["class"][i] == line["class"]
                for f in ("confidence", "probability"):
                    assert numpy.float32(got[f][i]) == numpy.float32(line[f]), (f, got[f][i], line)
            tensor = triton.InferInput(metadata["inputs"][0]["name"], list(x.shape), "FP32")
            tensor.set_data_from_numpy(x, binary_data=binary)
            response = client.infer("m", [tensor], outputs=[triton.InferRequestedOutput(e, binary_data=binary) for e in exits])
            for e in exits:
                want = numpy.load(folder / "out" / f"{e}.npy")
                assert (response.as_numpy(e) == want).all(), (e, binary)
        for name, wrong in (("nosuch", "m"), ("m", "nosuch")):
            given = triton.InferInput("image" if wrong == "m" else wrong, [1], "BYTES")
            given.set_data_from_numpy(files[:1])
            try:
                client.infer(name, [given])
            except triton.InferenceServerException as error:
                assert "nosuch" in str(error), error
            else:
                raise AssertionError("no error")
    return f"{len(lines)} images, {len(exits)} exits, JSON and binary"


def images_in_one_request_or_in_many_get_the_predictions_of_infer(folder):
    plan = convert(folder, "m.plan", "--batch", "8")
    lines = infer(plan, "--threshold", "0.9")
    files = [path.read_bytes() for path in IMAGES]
    with serving(f"m={plan}", "--threshold", "0.9", "--queue", "64") as server:
        code, body, _ = server.images(files)
        assert code == 200, body
        got = outputs(body)
        for i, line in enumerate(lines):
            agrees(got, i, line)
        wrong = []

        def client(offset):
            for k in range(24):
                i = (offset + k) % len(files)
                code, body, _ = server.images([files[i]])
                try:
                    assert code == 200, (code, body)
                    agrees(outputs(body), 0, lines[i])
                except AssertionError as error:
                    wrong.append(str(error))

        threads = [threading.Thread(target=client, args=(3 * t,)) for t in range(8)]
        for t in threads: t.start()
        for t in threads: t.join()
        assert not wrong, wrong[:3]
        text = server.http("/metrics")[1].decode()
        total = sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith("vitrt_images_total"))
        assert total == 24 * 8 + len(files), total
    return "192 requests by 8 clients"


def parameters_do_what_the_options_of_infer_do(folder):
    plan = convert(folder)
    files = [path.read_bytes() for path in IMAGES]
    first = infer(plan, "--exit", "last")[0]
    exits = [first["exit"]["name"]]
    with serving(f"m={plan}", "--threshold", "2") as server:
        metadata = json.loads(server.http("/v2/models/m")[1])
        exits = [o["name"] for o in metadata["outputs"][:first["exit"]["index"] + 1]]
        cases = [({"exit": "last"}, ["--exit", "last"]), ({"exit": exits[0]}, ["--exit", exits[0]]),
                 ({"threshold": 0.5}, ["--threshold", "0.5"]), ({"threshold": f"{exits[0]}=0.7"}, ["--threshold", f"{exits[0]}=0.7"]),
                 ({"threshold": 0.3, "exit_policy": "margin"}, ["--threshold", "0.3", "--exit-policy", "margin"])]
        for parameters, options in cases:
            lines = infer(plan, *options)
            code, body, _ = server.images(files, parameters)
            assert code == 200, (parameters, body)
            for i, line in enumerate(lines):
                agrees(outputs(body), i, line)
        top = infer(plan, "--top", "3", "--exit", "last")[0]["top"]
        got = outputs(server.images(files[:1], {"top": 3, "exit": "last"})[1])
        assert got["top_label"] == [t["label"] for t in top] and got["top_class"] == [t["class"] for t in top]
        code, body, _ = server.images(files[:1], {"deadline_ms": 0.000001})
        assert code == 200 and "deadline" in outputs(body)["flags"][0], body
        for bad in ({"threshold": "0,9"}, {"exit": "nosuch"}, {"exit_policy": "hope"}, {"deadline_ms": -1}, {"top": 0}):
            code, body, _ = server.images(files[:1], bad)
            assert code == 400 and "error" in json.loads(body), (bad, code, body)
    return f"{len(cases)} combinations"


def wrong_requests_get_the_right_status(folder):
    plan = convert(folder)
    image = IMAGES[0].read_bytes()
    with serving(f"m={plan}", "--max-request-mb", "1") as server:
        def raw(data, half_close=False):
            with server.socket() as s:
                s.sendall(data)
                if half_close:
                    s.shutdown(socket.SHUT_WR)
                response = b""
                while chunk := s.recv(65536):
                    response += chunk
                return int(response.split()[1]) if response else 0
        post = b"POST /v2/models/m/infer HTTP/1.1\r\nHost: x\r\n"
        close = b"Connection: close\r\n"
        cases = [
            ("no HTTP", b"hello\r\n\r\n", 400),
            ("a broken number", post + b"Content-Length: many\r\n\r\n", 400),
            ("two lengths", post + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}", 400),
            ("a body of 1 GB, promised", post + b"Content-Length: 1000000000\r\n\r\n", 413),
            ("a header of 1 MB", b"GET /v2 HTTP/1.1\r\nA: " + b"a" * 1000000 + b"\r\n\r\n", 431),
            ("broken JSON", post + close + b"Content-Length: 3\r\n\r\n{\"a", 400),
            ("a JSON length of text", post + close + b"Inference-Header-Content-Length: x\r\nContent-Length: 2\r\n\r\n{}", 400),
            ("GET of infer", b"GET /v2/models/m/infer HTTP/1.1\r\nHost: x\r\n" + close + b"\r\n", 405),
            ("POST of health", b"POST /v2/health/live HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n" + close + b"\r\n", 405),
            ("dots in the path", b"GET /v2/models/../../etc/passwd HTTP/1.1\r\nHost: x\r\n" + close + b"\r\n", 404),
            ("an escaped slash", b"GET /v2/models/..%2f..%2fetc HTTP/1.1\r\nHost: x\r\n" + close + b"\r\n", 404),
        ]
        for title, data, want in cases:
            got = raw(data)
            assert got == want, (title, got, want)
        assert raw(post + b"Content-Length: 100\r\n\r\n{", half_close=True) in (0, 400)
        assert server.images([b"no image"])[0] == 400
        assert server.images([])[0] == 400
        assert server.images([image], outputs=["nosuch"])[0] == 400
        wrong = json.dumps({"inputs": [{"name": json.loads(server.http("/v2/models/m")[1])["inputs"][0]["name"],
                                        "datatype": "FP32", "shape": [1, 1], "data": [1]}]}).encode()
        assert server.http("/v2/models/m/infer", wrong)[0] == 400
        assert server.images([image])[0] == 200
    return f"{len(cases) + 5} requests"


def slow_and_idle_connections_starve_nobody(folder):
    plan = convert(folder)
    image = IMAGES[0].read_bytes()
    with serving(f"m={plan}", "--header-timeout", "2") as server:
        idle = [server.socket() for _ in range(1000)]
        slow = [server.socket() for _ in range(20)]
        for s in slow: s.sendall(b"POST /v2/models/m/infer HTTP/1.1\r\nHost")
        for _ in range(10):
            assert server.images([image])[0] == 200
        time.sleep(3)
        for s in slow:
            s.settimeout(5)
            response = s.recv(65536)
            assert not response or response.split()[1] == b"408", response
        assert server.images([image])[0] == 200
        for s in idle + slow: s.close()
    return "1,000 idle, 20 slow"


def a_full_queue_responds_429_and_loses_nothing(folder):
    plan = convert(folder)
    lines = infer(plan, "--exit", "last")
    files = [path.read_bytes() for path in IMAGES]
    with serving(f"m={plan}", "--workers", "1", "--queue", "2", "--exit", "last") as server:
        statuses, wrong = [], []

        def client(offset):
            for k in range(30):
                i = (offset + k) % len(files)
                code, body, headers = server.images([files[i]] * 4)
                statuses.append(code)
                if code == 429:
                    if "Retry-After" not in headers: wrong.append("no Retry-After")
                elif code != 200:
                    wrong.append((code, body))
                else:
                    try:
                        for j in range(4): agrees(outputs(body), j, lines[i])
                    except AssertionError as error:
                        wrong.append(str(error))

        threads = [threading.Thread(target=client, args=(t,)) for t in range(10)]
        for t in threads: t.start()
        for t in threads: t.join()
        assert not wrong, wrong[:3]
        assert statuses.count(429) > 0 and statuses.count(200) > 0, (statuses.count(429), statuses.count(200))
        text = server.http("/metrics")[1].decode()
        assert f'vitrt_requests_total{{model="m",code="429"}} {statuses.count(429)}' in text, text[:2000]
    return f"{statuses.count(200)} accepted, {statuses.count(429)} refused"


def a_plan_replaced_by_rename_is_taken_up_without_losing_a_request(folder):
    plan = convert(folder)
    other = convert(folder, "other.plan", "--batch", "2")
    files = [path.read_bytes() for path in IMAGES]
    with serving(f"m={plan}") as server:
        before = json.loads(server.http("/v2/models/m")[1])["versions"]
        statuses, done = [], threading.Event()

        def client():
            while not done.is_set():
                statuses.append(server.images([files[len(statuses) % len(files)]])[0])

        threads = [threading.Thread(target=client) for _ in range(3)]
        for t in threads: t.start()
        time.sleep(0.5)
        os.replace(other, plan)
        deadline = time.time() + 20
        while json.loads(server.http("/v2/models/m")[1])["versions"] == before and time.time() < deadline: time.sleep(0.1)
        after = json.loads(server.http("/v2/models/m")[1])["versions"]
        assert after != before
        (folder / "broken").write_bytes(b"no plan")
        os.replace(folder / "broken", plan)
        time.sleep(2.5)
        done.set()
        for t in threads: t.join()
        assert json.loads(server.http("/v2/models/m")[1])["versions"] == after
        assert set(statuses) == {200}, set(statuses)
        status, said = server.stop()
        assert status == 0 and "not used" in said, said
        server.process = subprocess.Popen(["sleep", "60"], stderr=subprocess.PIPE, text=True)
        server.stop = lambda: (0, "")
    return f"{len(statuses)} requests"


def a_plan_that_does_not_load_leaves_the_others_served(folder):
    plan = convert(folder)
    with serving(f"m={plan}", f"absent={folder / 'absent.plan'}") as server:
        assert server.http("/v2/health/live")[0] == 200
        assert server.http("/v2/health/ready")[0] == 503
        assert server.http("/v2/models/m/ready")[0] == 200
        code, body, _ = server.http("/v2/models/absent/ready")
        assert code == 503 and "absent.plan" in json.loads(body)["error"], body
        assert server.images([IMAGES[0].read_bytes()])[0] == 200
        shutil.copy(plan, folder / "absent.tmp")
        os.replace(folder / "absent.tmp", folder / "absent.plan")
        deadline = time.time() + 20
        while server.http("/v2/health/ready")[0] != 200 and time.time() < deadline: time.sleep(0.1)
        assert server.http("/v2/models/absent/ready")[0] == 200


def a_token_and_a_certificate_are_asked_for(folder):
    if not shutil.which("openssl"):
        raise Skip("no openssl program")
    plan = convert(folder)
    (folder / "token").write_text("sesame\n")
    image = IMAGES[0].read_bytes()
    with serving(f"m={plan}", "--token-file", folder / "token") as server:
        assert server.images([image])[0] == 401
        for wrong in ("Bearer ", "Bearer sesam", "Bearer sesame2", "Basic sesame", "sesame"):
            assert server.images([image], headers={"Authorization": wrong})[0] == 401, wrong
        assert server.images([image], headers={"Authorization": "Bearer sesame"})[0] == 200
    for name in ("a", "b"):
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / f"{name}.key", "-out",
            folder / f"{name}.pem", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
    import ssl
    with serving(f"m={plan}", "--tls-certificate", folder / "a.pem", "--tls-key", folder / "a.key") as server:
        assert server.url.startswith("https://")
        trusted = ssl.create_default_context(cafile=str(folder / "a.pem"))
        with urllib.request.urlopen(server.url + "/v2/health/ready", context=trusted, timeout=30) as response:
            assert response.status == 200
        with server.socket() as s:  # plain HTTP to a TLS port
            s.sendall(b"GET /v2 HTTP/1.1\r\n\r\n")
            assert b"200" not in s.recv(1000)
    bad = subprocess.run([BUILD / "vitrt", "serve", f"m={plan}", "--port", "0", "--tls-certificate", folder / "a.pem", "--tls-key",
                          folder / "b.key"], capture_output=True, text=True, timeout=60)
    assert bad.returncode == 2 and bad.stderr.startswith("vitrt: error: "), bad


def a_start_that_cannot_be_is_one_clear_error(folder):
    plan = convert(folder)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        cases = [
            ("a port in use", [f"m={plan}", "--port", port], 2),
            ("an address that is not ours", [f"m={plan}", "--host", "203.0.113.1", "--port", "0"], 2),
            ("a host that is no address", [f"m={plan}", "--host", "some where", "--port", "0"], 2),
            ("two plans of one name", [f"m={plan}", f"m={plan}", "--port", "0"], 2),
            ("no name", [plan, "--port", "0"], 2),
            ("no plan that loads", [f"m={folder / 'absent'}", "--port", "0"], 3),
            ("half a certificate", [f"m={plan}", "--port", "0", "--tls-key", folder / "k"], 2),
            ("a token file that is empty", [f"m={plan}", "--port", "0", "--token-file", "/dev/null"], 2),
        ]
        for title, arguments, want in cases:
            r = subprocess.run([str(a) for a in (BUILD / "vitrt", "serve", *arguments)], capture_output=True, text=True, timeout=60)
            errors = [line for line in r.stderr.splitlines() if line.startswith("vitrt: error: ")]
            assert r.returncode == want and len(errors) == 1, (title, r.returncode, r.stderr)
    return f"{len(cases)} starts"


def thousands_of_requests_leave_memory_and_handles_flat(folder):
    plan = convert(folder)
    import http.client
    files = [path.read_bytes() for path in IMAGES]
    with serving(f"m={plan}", "--threshold", "0") as server:
        bodies = []
        for f in files:
            text = json.dumps({"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1],
                                           "parameters": {"binary_data_size": len(f) + 4}}], "outputs": [{"name": "class"}]}).encode()
            bodies.append((text + struct.pack("<I", len(f)) + f, {"Inference-Header-Content-Length": str(len(text))}))

        def ask(count):
            connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
            for i in range(count):
                connection.request("POST", "/v2/models/m/infer", *bodies[i % len(bodies)])
                response = connection.getresponse()
                assert response.status == 200, response.read()
                response.read()
            connection.close()

        def round_of(total):
            threads = [threading.Thread(target=ask, args=(total // 4,)) for _ in range(4)]
            for t in threads: t.start()
            for t in threads: t.join()

        requests = int(os.environ.get("VITRT_SERVE_REQUESTS", "4000"))
        round_of(1000)
        memory, handles = server.memory_kb(), server.handles()
        round_of(requests)
        time.sleep(0.2)
        grown = server.memory_kb() - memory
        assert grown < 4096, f"{grown} kB more after {requests} requests"
        assert server.handles() <= handles + 1, (handles, server.handles())
    return f"{requests} requests, {grown} kB more"


if __name__ == "__main__":
    sys.exit(run_checks(named(
        triton_gets_the_bits_of_infer, images_in_one_request_or_in_many_get_the_predictions_of_infer,
        parameters_do_what_the_options_of_infer_do, wrong_requests_get_the_right_status,
        slow_and_idle_connections_starve_nobody, a_full_queue_responds_429_and_loses_nothing,
        a_plan_replaced_by_rename_is_taken_up_without_losing_a_request,
        a_plan_that_does_not_load_leaves_the_others_served, a_token_and_a_certificate_are_asked_for,
        a_start_that_cannot_be_is_one_clear_error, thousands_of_requests_leave_memory_and_handles_flat)))
