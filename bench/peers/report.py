#!/usr/bin/env python3
"""The page of results out of what peers.py measured: report.py RESULTS.json OUT_DIR writes peers.md, peers.svg and growth.svg."""
import json, os, sys

NAMES = {'onnxruntime': 'ONNX Runtime', 'openvino': 'OpenVINO', 'torch': 'PyTorch', 'torch_compiled': 'PyTorch, compiled',
         'ncnn': 'ncnn'}


def best_peer(report):
    """The peer with the highest ratio: the one that was fastest."""
    return max((name for name in report['results'] if name != 'vitrt'), key=lambda name: report['results'][name]['ratio'])


def summary(report):
    name = best_peer(report)
    r = report['results'][name]
    met = 'met' if r['ratio'] <= report['goal'] else '**missed**'
    return (f"| {report['title']} | {report['threads']} | {report['identity']['isa']} | {NAMES[name]} | **{r['ratio']:.2f}** "
            f"({r['ratio_low']:.2f} - {r['ratio_high']:.2f}) | {report['goal']:.2f}, {met} |")


def derived(reports):
    """Checks of start and memory, out of the rows beside the peers."""
    found = {r['title']: r['results'] for r in reports}
    rows = []

    def add(title, value, goal):
        rows.append(dict(title=title, value=value, low=value, high=value, goal=goal, unit='x', met=value <= goal))
    for title, goal in (('ViT-B/16', 0.30), ('Dyn-Perceiver reg800m, all exits', 0.15)):
        if 'onnxruntime' in found.get(title, {}):
            first = {name: r['first_answer_ms'] for name, r in found[title].items()}
            add(f"{title}, first prediction over ONNX Runtime's", first['vitrt'] / first['onnxruntime'], goal)
    if 'ViT-B/16' in found:
        r = found['ViT-B/16']['vitrt']
        add('ViT-B/16, peak resident memory over weights', r['peak_rss_mb'] / (r['peak_rss_mb'] - r['private_mb']), 1.2)
        add('ViT-B/16, what a second process adds to the memory of the first', r['private_mb'] / r['peak_rss_mb'], 0.15)
    return rows


def check_row(c):
    spread = f" ({c['low']:.2f} - {c['high']:.2f})" if c['low'] != c['high'] else ''
    relation = 'at least' if c.get('at_least') else 'at most'
    return f"| {c['title']} | **{c['value']:.2f}**{spread} | {relation} {c['goal']:.2f}, {'met' if c['met'] else '**missed**'} |"


def growth_row(series):
    points = series['points']
    return f"| {series['model']}, {series['axis']} | " + ', '.join(f'{x:.0f}: {ms:.1f} ms' for x, ms in points) + ' |'


def details(report):
    lines = [f"### {report['title']}", '',
             '| runtime | vitrt / it (low - high) | p50 ms | p90 | p99 | load ms | first prediction ms | peak RSS MB | private MB |',
             '|---|---|---|---|---|---|---|---|---|']
    for name, r in report['results'].items():
        label = f"{NAMES.get(name, name)} {r['version']}"
        ratio = '' if name == 'vitrt' else f"{r['ratio']:.2f} ({r['ratio_low']:.2f} - {r['ratio_high']:.2f})"
        lines.append(f"| {label} | {ratio} | {r['p50']:.1f} | {r['p90']:.1f} | {r['p99']:.1f} | {r['load_ms']:.0f} | "
                     f"{r['first_answer_ms']:.0f} | {r['peak_rss_mb']:.0f} | {r['private_mb']:.0f} |")
    for name, reason in report['refused'].items():
        lines.append(f'\n{NAMES[name]}: {reason}.')
    return '\n'.join(lines)


def page(data):
    machine, reports = data['machine'], data['reports']
    identity = reports[0]['identity']
    caches = ', '.join(f'{level} {size}' for level, size in machine['caches'].items())
    return '\n'.join([
        '# vitrt beside other runtimes', '',
        'Written by `./dev bench peers`; do not edit. Same ONNX file, same input, same threads, pinned, fp32, batch 1; the runtimes take',
        "turns, and a figure is the median over rounds of vitrt's median time divided by the peer's: below 1, vitrt is faster.",
        f"Measured on {identity['cpu']}, {machine['cpus']} CPUs ({caches}), {machine['memory_mb'] // 1024} GiB, Linux {machine['kernel']}, "
        f"vitrt {identity['version']} ({identity['build']}).",
        'It holds for this machine and these versions; times in ms are those of a shared machine and say less than the ratios.', '',
        '| work | threads | tier | fastest peer | vitrt / it (low - high over rounds) | goal |', '|---|---|---|---|---|---|',
        *map(summary, reports), '', '![ratios](peers.svg)', '',
        '| vitrt alone | measured (low - high over rounds) | goal |', '|---|---|---|', *map(check_row, data['checks'] + derived(reports)), '',
        '| how latency grows, 1 thread where threads are not the subject | |', '|---|---|', *map(growth_row, data['growth']), '',
        '![growth](growth.svg)', '',
        'First prediction: for vitrt from the start of the process, for a peer from session creation, after its process had started and',
        'imported its libraries. Private: memory that a second process on the same plan does not share (for vitrt peak less the plan).',
        'A peer runs the whole model in every row: none of them can stop at an exit. PyTorch runs the architecture of timm.',
        "Caps: OpenVINO's own matrix products and PyTorch's MKL stay above the cap that they are told, which flatters both; ONNX Runtime",
        'and ncnn cannot be capped and sit those rows out.', '',
        notes(), *[details(r) + '\n' for r in reports]])


def notes():
    """Profiles of the work and what was tried, which no measurement writes."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'notes.md')) as f:
        return f.read()


def picture(reports):
    """A bar for the ratio to the fastest peer of each work, a mark at its goal."""
    left, width, row = 330, 360, 26
    x = lambda ratio: left + width * min(ratio, 1.2) / 1.2
    height = 50 + row * len(reports)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 70}" height="{height}" font-family="sans-serif" font-size="13">',
             '<rect width="100%" height="100%" fill="white"/>',
             f'<text x="{left}" y="18" fill="#333">time of vitrt / time of the fastest peer (line: 1; mark: goal)</text>']
    for i, report in enumerate(reports):
        y, ratio = 30 + row * i, report['results'][best_peer(report)]['ratio']
        colour = '#2a7f4f' if ratio <= report['goal'] else '#b5442e'
        parts += [f'<text x="{left - 8}" y="{y + 15}" text-anchor="end" fill="#333">{report["title"]}</text>',
                  f'<rect x="{left}" y="{y}" width="{x(ratio) - left:.1f}" height="{row - 8}" fill="{colour}"/>',
                  f'<rect x="{x(report["goal"]) - 1:.1f}" y="{y - 2}" width="2" height="{row - 4}" fill="#333"/>',
                  f'<text x="{max(x(ratio), x(1)) + 8:.1f}" y="{y + 14}" fill="#333">{ratio:.2f}</text>']
    parts += [f'<line x1="{x(1):.1f}" y1="26" x2="{x(1):.1f}" y2="{height - 18}" stroke="#999"/>', '</svg>', '']
    return '\n'.join(parts)


def growth_picture(growth):
    """A panel for each series; dashed: proportional to the last point."""
    width, height, margin = 250, 190, 46
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * len(growth)}" height="{height}" font-family="sans-serif" font-size="12">',
             '<rect width="100%" height="100%" fill="white"/>']
    for i, series in enumerate(growth):
        points = series['points']
        left, right, bottom, top = width * i + margin, width * (i + 1) - 14, height - 40, 34
        most_x, most_ms = max(x for x, _ in points), max(ms for _, ms in points)
        at = lambda x, ms: (left + (right - left) * x / most_x, bottom - (bottom - top) * ms / most_ms)
        line = ' '.join(f'{a:.1f},{b:.1f}' for a, b in (at(*p) for p in points))
        end = at(*points[-1]) if points[-1][1] == most_ms else None
        parts += [f'<text x="{left}" y="18" fill="#333">{series["model"]}: ms by {series["axis"]}</text>',
                  f'<path d="M{left} {top}V{bottom}H{right}" fill="none" stroke="#999"/>']
        if end:
            parts.append(f'<line x1="{left}" y1="{bottom}" x2="{end[0]:.1f}" y2="{end[1]:.1f}" stroke="#999" stroke-dasharray="4"/>')
        parts.append(f'<polyline points="{line}" fill="none" stroke="#2a5f9e" stroke-width="2"/>')
        for x, ms in points:
            a, b = at(x, ms)
            parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="#2a5f9e"/>',
                      f'<text x="{a:.1f}" y="{bottom + 16}" text-anchor="middle" fill="#333">{x:.0f}</text>']
        parts += [f'<text x="{left - 5}" y="{top + 4}" text-anchor="end" fill="#333">{most_ms:.0f}</text>',
                  f'<text x="{left - 5}" y="{bottom + 4}" text-anchor="end" fill="#333">0</text>']
    return '\n'.join([*parts, '</svg>', ''])


def main(results, folder):
    data = json.load(open(results))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'workloads.json')) as f:
        order = [work['title'] for work in json.load(f)]
    data = dict(checks=[], growth=[]) | data
    data['reports'].sort(key=lambda report: order.index(report['title']))
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'peers.md'), 'w') as f:
        f.write(page(data))
    with open(os.path.join(folder, 'peers.svg'), 'w') as f:
        f.write(picture(data['reports']))
    with open(os.path.join(folder, 'growth.svg'), 'w') as f:
        f.write(growth_picture(data['growth']))


if __name__ == '__main__':
    main(*sys.argv[1:])
