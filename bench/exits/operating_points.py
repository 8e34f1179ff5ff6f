"""Operating points of a trained model on labelled images: thresholds by `vitrt calibrate`, measured by `vitrt eval`, and
the same images and thresholds through ONNX Runtime, whole and split by hand."""
import csv, json, os
from statistics import mean, median, stdev

import numpy as np

import split

# Most disagreement with the last exit, and the policy.
TARGETS = [(rate, 'max-prob') for rate in (0.0, 0.005, 0.01, 0.02, 0.05)] + [(0.005, 'margin'), (0.005, 'entropy')]


def halves(images, folder):
    """Two folders of links, each class in turn to one and the other."""
    for label in sorted(os.listdir(images)):
        for i, name in enumerate(sorted(os.listdir(os.path.join(images, label)))):
            where = os.path.join(folder, 'ab'[i % 2], label)
            os.makedirs(where, exist_ok=True)
            os.symlink(os.path.abspath(os.path.join(images, label, name)), os.path.join(where, name))
    return [os.path.join(folder, half) for half in 'ab']


def calibrated(programs, plan, images, target, policy, out):
    report = programs.json('calibrate', plan, images, '-o', out, '--max-disagreement', target, '--exit-policy', policy, '--empirical')
    return out, report['chosen']['thresholds']


def held_out(programs, plan, parts, target, policy, folder):
    """Thresholds from either half, measured on the other: accuracy, disagreement, share that left early."""
    rows = []
    for chosen_on, seen_on in (parts, parts[::-1]):
        point, _ = calibrated(programs, plan, chosen_on, target, policy, os.path.join(folder, 'half.plan'))
        e = programs.json('eval', point, seen_on)
        rows.append((e['images'], e['accuracy'], e['disagreement_with_last'], e['latency_ms']['mean']))
    images = sum(r[0] for r in rows)
    return [sum(r[0] * r[i] for r in rows) / images for i in (1, 2, 3)]


def tensors(programs, plan, images, folder):
    """What the model sees of every image, in the order of the CSV of eval."""
    rows = os.path.join(folder, 'order.csv')
    programs.json('eval', plan, images, '--csv-out', rows)
    found, out = [], os.path.join(folder, 'x.npy')
    with open(rows) as f:
        for row in csv.DictReader(f):
            programs.json('infer', plan, row['image'], '--dump-input', out)
            found.append((row['label'], np.load(out)))
    return found


def through_onnxruntime(runner, inputs, labels, *how):
    times, exits, right = [], [], 0
    for label, x in inputs:
        ms, k, logits = runner.run(x, *how)
        times.append(ms)
        exits.append(k)
        right += labels[int(logits.argmax())] == label
    return dict(mean=mean(times), sd=stdev(times), accuracy=right / len(inputs), exits=exits)


def measure(programs, model, images, folder, rounds):
    plan = programs.convert(model, os.path.join(folder, 'model.plan'))
    info = programs.json('inspect', plan)
    exits, labels = [e['name'] for e in info['exits']], info['labels']
    parts = halves(images, os.path.join(folder, 'halves'))
    points = [('last exit only', None, 'max-prob', programs.convert(model, os.path.join(folder, 'full.plan')), [2.0] * len(exits))]
    for target, policy in TARGETS:
        name = f'{100 * target:g} %' + ('' if policy == 'max-prob' else f', {policy}')
        points.append((name, target, policy, *calibrated(programs, plan, images, target, policy, os.path.join(folder, f'{policy}{target}.plan'))))
    inputs = tensors(programs, plan, images, folder)
    whole, parted = split.Whole(split.simplified(model, folder)), split.Split(model, exits, folder)
    runs = []
    for r in range(rounds):
        found = {}
        for name, _, policy, point, thresholds in points if r % 2 == 0 else points[::-1]:
            e = programs.json('eval', point, images)
            o = through_onnxruntime(parted, inputs, labels, thresholds, policy)
            found[name] = dict(mean=e['latency_ms']['mean'], sd=e['latency_ms']['stddev'], accuracy=e['accuracy'],
                               differs=e['disagreement_with_last'], answered=[x['answered'] for x in e['exits']],
                               split=o['mean'], split_sd=o['sd'], split_accuracy=o['accuracy'],
                               split_answered=[o['exits'].count(k) for k in range(len(exits))])
        found['whole'] = through_onnxruntime(whole, inputs, labels)
        runs.append(found)
    rows = []
    for name, target, policy, _, thresholds in points:
        pick = lambda key: median(r[name][key] for r in runs)
        rows.append(dict(name=name, thresholds=thresholds, **{k: pick(k) for k in ('mean', 'sd', 'accuracy', 'differs', 'split', 'split_sd', 'split_accuracy')},
                         speedup=median(r['last exit only']['mean'] / r[name]['mean'] for r in runs),
                         against_whole=median(r['whole']['mean'] / r[name]['mean'] for r in runs),
                         against_split=median(r[name]['split'] / r[name]['mean'] for r in runs),
                         answered=runs[0][name]['answered'], split_answered=runs[0][name]['split_answered'],
                         held_out=None if target is None else held_out(programs, plan, parts, target, policy, folder)))
    whole_row = {k: median(r['whole'][k] for r in runs) for k in ('mean', 'sd', 'accuracy')}
    return dict(images=len(inputs), exits=exits, rows=rows, whole=whole_row, plan=points[2][3])


def table(result):
    """Operating points, then the same through ONNX Runtime."""
    lines = [f"| most disagreement | left at {' / '.join(result['exits'])} | accuracy | disagreement | mean, ms | sd, ms | speed-up over the full plan |", '|---|---|---|---|---|---|---|']
    for r in result['rows']:
        lines.append(f"| {r['name']} | {' / '.join(map(str, r['answered']))} | {100 * r['accuracy']:.1f} % | {100 * r['differs']:.2f} % | {r['mean']:.2f} | {r['sd']:.2f} | {r['speedup']:.2f} x |")
    lines += ['', '| most disagreement | ONNX Runtime split: left at | accuracy | mean, ms | sd, ms | split / vitrt | ONNX Runtime whole / vitrt |', '|---|---|---|---|---|---|---|']
    for r in result['rows']:
        lines.append(f"| {r['name']} | {' / '.join(map(str, r['split_answered']))} | {100 * r['split_accuracy']:.1f} % | {r['split']:.2f} | {r['split_sd']:.2f} | {r['against_split']:.2f} x | {r['against_whole']:.2f} x |")
    w = result['whole']
    lines.append(f"| whole model | all at the last | {100 * w['accuracy']:.1f} % | {w['mean']:.2f} | {w['sd']:.2f} | | |")
    lines += ['', '| most disagreement | held out: accuracy | held out: disagreement | held out: mean, ms |', '|---|---|---|---|']
    for r in result['rows']:
        if r['held_out']:
            accuracy, differs, ms = r['held_out']
            lines.append(f"| {r['name']} | {100 * accuracy:.1f} % | {100 * differs:.2f} % | {ms:.2f} |")
    return lines
