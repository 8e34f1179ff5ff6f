"""What `vitrt serve` costs over the library, and what it does when it gets more requests than it can serve.
serve.py BUILD OUT [--rounds N] [--requests N] [--overload S] [--peer PYTHON]

The shipped small Dyn-Perceiver, images as BYTES, one worker. The server has a core of its own, the client another; CPU times
are those of the server alone. Every response is checked against `vitrt infer`. Writes OUT/serve.md. --peer: a Python that has
fastapi, uvicorn, onnxruntime and Pillow, for the comparison with fastapi_peer.py.
"""
import argparse
import asyncio
import json
import os
import socket
import statistics
import struct
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / 'models/dyn_perceiver/dynp_defects'
IMAGES = sorted((ROOT / 'models/defects/samples').glob('*.png'))
SERVER_CORE, CLIENT_CORE = 0, 1
TICKS = os.sysconf('SC_CLK_TCK')


def run(*arguments):
    return subprocess.run([str(a) for a in arguments], check=True, capture_output=True, text=True).stdout


def at(values, share):
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


class Measured:
    """A server on a core of its own."""
    process = None

    def start(self, *command):
        self.process = subprocess.Popen(['taskset', '-c', str(SERVER_CORE), *map(str, command)], stdout=subprocess.PIPE, text=True)

    def cpu_seconds(self):
        fields = Path(f'/proc/{self.process.pid}/stat').read_text().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory_kb(self):
        return int(Path(f'/proc/{self.process.pid}/status').read_text().split('VmRSS:')[1].split()[0])

    def handles(self):
        return len(os.listdir(f'/proc/{self.process.pid}/fd'))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(timeout=60) == 0


class Server(Measured):
    def __init__(self, build, plan, *options):
        self.start(build / 'vitrt', 'serve', f'm={plan}', '--port', '0', '--json', '--workers', '1', '--threads', '1', *options)
        self.port = int(json.loads(self.process.stdout.readline())['url'].rsplit(':', 1)[1])


class Peer(Measured):
    def __init__(self, python, model):
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            self.port = free.getsockname()[1]
        self.start(python, Path(__file__).with_name('fastapi_peer.py'), model, self.port)
        while True:
            try:
                return socket.create_connection(('127.0.0.1', self.port)).close()
            except ConnectionRefusedError:
                time.sleep(0.1)

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def requests_and_responses(build, plan):
    """For each image: the bytes of a request, and what its response must hold."""
    lines = [json.loads(line) for line in run(build / 'vitrt', 'infer', plan, *IMAGES, '--json', '--threads', 1).splitlines()]
    pairs = []
    for path, line in zip(IMAGES, lines):
        data = path.read_bytes()
        text = json.dumps({'inputs': [{'name': 'image', 'datatype': 'BYTES', 'shape': [1],
                                       'parameters': {'binary_data_size': len(data) + 4}}],
                           'outputs': [{'name': 'class'}, {'name': 'confidence'}]}).encode()
        body = text + struct.pack('<I', len(data)) + data
        head = (f'POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nInference-Header-Content-Length: {len(text)}\r\n'
                f'Content-Length: {len(body)}\r\n\r\n').encode()
        pairs.append((head + body, (line['class'], line['confidence'])))
    return pairs


class Client:
    """One connection, one request at a time."""

    def __init__(self, port, pairs, first):
        self.port, self.pairs, self.next = port, pairs, first

    async def connect(self):
        self.reader, self.writer = await asyncio.open_connection('127.0.0.1', self.port)
        return self

    async def ask(self):
        """(status, seconds); the response was the image's own."""
        request, (label, confidence) = self.pairs[self.next % len(self.pairs)]
        self.next += 1
        start = time.perf_counter()
        self.writer.write(request)
        head = await self.reader.readuntil(b'\r\n\r\n')
        status = int(head[9:12])
        body = await self.reader.readexactly(int(head.lower().split(b'content-length: ')[1].split(b'\r\n')[0]))
        seconds = time.perf_counter() - start
        if status == 200:
            got = [output['data'][0] for output in json.loads(body)['outputs']]
            assert got == [label, confidence], (got, label, confidence)
        return status, seconds


async def closed_loop(port, pairs, connections, requests):
    """Latencies in seconds of so many requests over so many connections, each asking again when it has its response."""
    clients = [await Client(port, pairs, i).connect() for i in range(connections)]
    latencies = []

    async def work(client):
        while len(latencies) < requests:
            latencies.append((await client.ask())[1])
    await asyncio.gather(*(work(c) for c in clients))
    for c in clients: c.writer.close()
    return latencies


async def open_loop(port, pairs, rate, seconds, connections=64):
    """Requests at a fixed rate, whatever the responses do. ([(status, seconds)], requests that found no free connection)."""
    free = [await Client(port, pairs, i).connect() for i in range(connections)]
    responses, late, tasks = [], 0, set()

    async def one(client):
        responses.append(await client.ask())
        free.append(client)
    start, sent = time.perf_counter(), 0
    while (now := time.perf_counter() - start) < seconds:
        while sent < now * rate:
            sent += 1
            if not free:
                late += 1
                continue
            task = asyncio.ensure_future(one(free.pop()))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.sleep(0.0005)
    await asyncio.gather(*tasks)
    return responses, late


def bench_cpu_ms(build, plan):
    """CPU time of one image in `vitrt bench --images`: of a long run less that of a short one."""
    def once(duration):
        before = os.times()
        report = json.loads(run('taskset', '-c', SERVER_CORE, build / 'vitrt', 'bench', plan, '--images', IMAGES[0].parent, '--threads', 1,
                                '--warmup', 0.2, '--duration', duration, '--json'))
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system, report['n']
    (short, few), (long, many) = once(0.3), once(2.3)
    return 1000 * (long - short) / (many - few)


def serve_cpu_ms(build, plan, pairs, requests=1000):
    with Server(build, plan) as server:
        asyncio.run(closed_loop(server.port, pairs, 1, 100))
        before = server.cpu_seconds()
        asyncio.run(closed_loop(server.port, pairs, 1, requests))
        return 1000 * (server.cpu_seconds() - before) / requests


class AnyClient(Client):
    """Takes any prediction: another exit decides than in the pairs."""

    async def ask(self):
        self.writer.write(self.pairs[self.next % len(self.pairs)][0])
        self.next += 1
        start = time.perf_counter()
        head = await self.reader.readuntil(b'\r\n\r\n')
        assert head[9:12] == b'200', head
        await self.reader.readexactly(int(head.lower().split(b'content-length: ')[1].split(b'\r\n')[0]))
        return 200, time.perf_counter() - start


def peer_requests():
    return [(f'POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: {path.stat().st_size}\r\n\r\n'.encode() + path.read_bytes(),
             None) for path in IMAGES]


def peer_rows(build, plan, python, pairs, rounds, requests=1000):
    """Rows: server, CPU time and latency of a request, and both of `vitrt serve` at the last exit over them."""
    async def measured(server, its_pairs):
        client = await AnyClient(server.port, its_pairs, 0).connect()
        for _ in range(100):
            await client.ask()
        before = server.cpu_seconds()
        latencies = [(await client.ask())[1] for _ in range(requests)]
        client.writer.close()
        return 1000 * (server.cpu_seconds() - before) / requests, 1000 * at(latencies, 0.5)
    contenders = {'`vitrt serve`, as calibrated': (lambda: Server(build, plan), pairs),
                  '`vitrt serve`, last exit': (lambda: Server(build, plan, '--exit', 'last'), pairs),
                  'FastAPI, uvicorn, ONNX Runtime': (lambda: Peer(python, MODEL), peer_requests())}
    found = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, (start, its_pairs) in contenders.items():
            with start() as server:
                found[name].append(asyncio.run(measured(server, its_pairs)))
    last = found['`vitrt serve`, last exit']
    for name, values in found.items():
        cpu, wall = (statistics.median(v[k] for v in values) for k in (0, 1))
        ratios = [statistics.median(a[k] / b[k] for a, b in zip(last, values)) for k in (0, 1)]
        yield f'| {name} | {cpu:.3f} | {wall:.3f} | {ratios[0]:.2f}, {ratios[1]:.2f} |'


def overload(build, plan, pairs, queue, seconds):
    with Server(build, plan, *(['--queue', str(queue)] if queue else [])) as server:
        alone = asyncio.run(closed_loop(server.port, pairs, 1, 1500))
        start = time.perf_counter()
        asyncio.run(closed_loop(server.port, pairs, 2, 1500))
        capacity = 1500 / (time.perf_counter() - start)
        memory = server.memory_kb()
        responses, late = asyncio.run(open_loop(server.port, pairs, 2 * capacity, seconds))
        grown = server.memory_kb() - memory
    accepted = [s for status, s in responses if status == 200]
    statuses = {status: sum(1 for s, _ in responses if s == status) for status in {s for s, _ in responses}}
    assert set(statuses) <= {200, 429}, statuses
    ms = lambda values, share: f'{1000 * at(values, share):.2f}'
    return (f'| {queue or "default"} | {capacity:.0f} | {ms(alone, 0.5)} / {ms(alone, 0.99)} | {len(responses) / seconds:.0f} | {statuses.get(200, 0)} | '
            f'{statuses.get(429, 0)} | {late} | {ms(accepted, 0.5)} / {ms(accepted, 0.99)} | {at(accepted, 0.99) / at(alone, 0.99):.1f} x | '
            f'{grown} |')


def many(build, plan, pairs, requests):
    with Server(build, plan, '--threshold', '0', '--queue', '8') as server:
        asyncio.run(closed_loop_of_any(server.port, pairs, 4, 2000))
        memory, handles, start = server.memory_kb(), server.handles(), time.perf_counter()
        asyncio.run(closed_loop_of_any(server.port, pairs, 4, requests))
        rate = requests / (time.perf_counter() - start)
        return server.memory_kb() - memory, server.handles() - handles, rate


PEERS = '''Beside ONNX Runtime behind a plain Python server (`bench/serve/fastapi_peer.py`): one connection, alternating rounds, medians; the last
column is CPU time and latency of `vitrt serve` at the last exit over the row's.

| server | CPU of a request, ms | latency, ms | last exit over it |
|---|---|---|---|
{rows}

'''


async def closed_loop_of_any(port, pairs, connections, requests):
    clients = [await AnyClient(port, pairs, i).connect() for i in range(connections)]

    async def work(client):
        for _ in range(requests // connections):
            await client.ask()
    await asyncio.gather(*(work(c) for c in clients))
    for c in clients: c.writer.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('build', type=Path)
    parser.add_argument('out', type=Path)
    parser.add_argument('--rounds', type=int, default=7)
    parser.add_argument('--requests', type=int, default=10000)
    parser.add_argument('--overload', type=float, default=60)
    parser.add_argument('--peer', type=Path)
    o = parser.parse_args()
    os.sched_setaffinity(0, {CLIENT_CORE})
    with tempfile.TemporaryDirectory() as scratch:
        plan = Path(scratch) / 'm.plan'
        run(o.build / 'vitrt-convert', f'{MODEL}.onnx', '-o', plan, '--labels', f'{MODEL}.labels.txt', '--preprocess',
            f'{MODEL}.preprocess.json')
        identity = json.loads(run(o.build / 'vitrt', 'bench', plan, '--duration', 0.1, '--warmup', 0, '--threads', 1, '--json'))['identity']
        pairs = requests_and_responses(o.build, plan)
        rounds = [(serve_cpu_ms(o.build, plan, pairs), bench_cpu_ms(o.build, plan)) for _ in range(o.rounds)]
        ratio = statistics.median(s / b for s, b in rounds)
        over = statistics.median(1000 * (s - b) for s, b in rounds)
        table = [overload(o.build, plan, pairs, queue, o.overload) for queue in (None, 1, 64)]
        peers = '' if o.peer is None else PEERS.format(rows='\n'.join(peer_rows(o.build, plan, o.peer, pairs, o.rounds)))
        memory, handles, rate = many(o.build, plan, pairs, o.requests)
    s, b = (statistics.median(r[k] for r in rounds) for k in (0, 1))
    (o.out / 'serve.md').write_text(f'''# What `vitrt serve` costs

Written by `./dev bench serve`. {MODEL.name}, {len(IMAGES)} PNG images as BYTES, responses as JSON, one worker of one thread on a core of its own;
{identity['cpu']}, {identity['isa']}. The client runs on the other core and its time is left out; each response was compared with that of
`vitrt infer`. Load average of the two-core machine meanwhile: {os.getloadavg()[1]:.1f}; above 1, wall times and rates are those of a busy machine.

**CPU time of a request over that of an image in `vitrt bench --images`: {ratio:.2f} x** (median of {o.rounds} alternating rounds; {s:.3f} over
{b:.3f} ms, {over:.0f} microseconds more). It covers reading and parsing the request, the queue, the response and the counts.

{peers}At twice the capacity for {o.overload:.0f} s, at a fixed rate over 64 connections:

| `--queue` | capacity, 1/s | unloaded median / p99, ms | sent, 1/s | accepted | 429 | client had no connection free | accepted: median / p99, ms | p99 over unloaded | kB more |
|---|---|---|---|---|---|---|---|---|---|
{chr(10).join(table)}

A request that is accepted waits for those before it: the queue's length, two for each worker by default, bounds that time. A queue as long as
there are connections refuses nobody.

{o.requests} requests over 4 connections, all leaving at the first exit: {rate:.0f} a second, {memory} kB and {handles} handles more at the end than after
2,000.
''')
    print(ratio, *table, memory, handles, sep='\n')


if __name__ == '__main__':
    main()
