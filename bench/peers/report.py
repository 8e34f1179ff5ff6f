#!/usr/bin/env python3
"""The page of results out of what peers.py measured: report.py RESULTS.json OUT_DIR writes peers.md and peers.svg."""
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


def details(report):
    lines = [f"### {report['title']}", '',
             '| runtime | vitrt / it (low - high) | p50 ms | p90 | p99 | load ms | first answer ms | peak RSS MB | private MB |',
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
        'First answer: for vitrt from the start of the process, for a peer from session creation, after its process had started and',
        'imported its libraries. Private: memory that a second process on the same plan does not share (for vitrt peak less the plan).',
        'A peer runs the whole model in every row: none of them can stop at an exit. PyTorch runs the architecture of timm.',
        "Caps: OpenVINO's own matrix products and PyTorch's MKL stay above the cap that they are told, which flatters both; ONNX Runtime",
        'and ncnn cannot be capped and sit those rows out.', '',
        *[details(r) + '\n' for r in reports]])


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
                  f'<text x="{x(ratio) + 6:.1f}" y="{y + 14}" fill="#333">{ratio:.2f}</text>']
    parts += [f'<line x1="{x(1):.1f}" y1="26" x2="{x(1):.1f}" y2="{height - 18}" stroke="#999"/>', '</svg>', '']
    return '\n'.join(parts)


def main(results, folder):
    data = json.load(open(results))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'workloads.json')) as f:
        order = [work['title'] for work in json.load(f)]
    data['reports'].sort(key=lambda report: order.index(report['title']))
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'peers.md'), 'w') as f:
        f.write(page(data))
    with open(os.path.join(folder, 'peers.svg'), 'w') as f:
        f.write(picture(data['reports']))


if __name__ == '__main__':
    main(*sys.argv[1:])
