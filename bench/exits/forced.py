"""Really stopping: the median latency of each forced exit, as a share of the full run, against its share of the FLOPs."""
import os
from statistics import median

ALLOWED = 0.08  # what an exit may cost above its share of the FLOPs


def measure(programs, model, folder, rounds, seconds):
    """One row an exit; exits alternate within a round and each ratio is of one round."""
    plan = programs.convert(model, os.path.join(folder, 'forced.plan'))
    exits = programs.exits(plan)
    names, times = [e['name'] for e in exits], {e['name']: [] for e in exits}
    for r in range(rounds):
        for name in names if r % 2 == 0 else names[::-1]:
            report = programs.json('bench', plan, '--exit', name, '--warmup', 0.2, '--duration', seconds)
            times[name].append(report['latency_ms']['p50'])
    rows = []
    for e in exits:
        share, ratios = e['flops'] / exits[-1]['flops'], [a / b for a, b in zip(times[e['name']], times[names[-1]])]
        rows.append(dict(exit=e['name'], ms=median(times[e['name']]), flops=share, latency=median(ratios),
                         low=min(ratios), high=max(ratios), kept=median(ratios) <= share + ALLOWED))
    return rows


def table(results):
    """results: {model name: rows}."""
    lines = ['| model | exit | median, ms | share of FLOPs | share of the full run (low - high) | at most FLOPs + 0.08 |', '|---|---|---|---|---|---|']
    for model, rows in results.items():
        lines += [f"| {model} | {r['exit']} | {r['ms']:.2f} | {r['flops']:.2f} | {r['latency']:.2f} ({r['low']:.2f} - {r['high']:.2f}) | {'yes' if r['kept'] else 'no'} |" for r in rows]
    return lines
