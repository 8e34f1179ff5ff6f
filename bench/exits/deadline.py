"""Deadlines between the costs of two exits: how many runs overran, and which exits decided. No exit reaches its threshold here."""
import os
from statistics import median

RUNS, OVER = 1000, 1.1


def total(record):
    return sum(record['ms'].values())


def measure(programs, model, image, folder):
    plan = programs.convert(model, os.path.join(folder, 'deadline.plan'))
    names = [e['name'] for e in programs.exits(plan)]
    cost = []  # of a run that tries every exit up to this one
    for k in range(len(names)):
        leave_here = ','.join(f'{n}={0 if i == k else 2}' for i, n in enumerate(names))
        cost.append(median(total(a) for a in programs.json('infer', plan, *[image] * 60, '--threshold', leave_here)[10:]))
    rows = []
    for k in range(len(names) - 1):
        d = (cost[k] + cost[k + 1]) / 2
        records = programs.json('infer', plan, *[image] * RUNS, '--threshold', 2, '--deadline-ms', d)
        taken = [a['exit']['name'] for a in records]
        late = sum(total(a) > OVER * d for a in records)
        rows.append(dict(between=f'{names[k]} and {names[k + 1]}', low=cost[k], high=cost[k + 1], d=d, late=late / len(records),
                         answered={n: taken.count(n) for n in names if n in taken}, none=sum(a['exit']['index'] < 0 for a in records)))
    return rows


def table(rows):
    lines = ['| d between the costs of | d, ms | overran d by more than 10 % | decided by | without an exit |', '|---|---|---|---|---|']
    for r in rows:
        answered = ', '.join(f'{n} {c}' for n, c in r['answered'].items())
        lines.append(f"| {r['between']} ({r['low']:.2f} and {r['high']:.2f} ms) | {r['d']:.2f} | {100 * r['late']:.1f} % | {answered} | {r['none']} |")
    return lines
