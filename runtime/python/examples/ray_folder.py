"""Classifies a folder (or a bucket: whatever Ray Data reads) of images on a Ray cluster, here on this machine.

    python ray_folder.py MODEL.plan IMAGES OUT [WORKERS]

Writes Parquet files with one row an image. A worker that dies is started again by Ray, and its images are classified again.
"""
import sys

import ray
import vitrt.ray


def classify(plan: str, images: str, workers: int) -> ray.data.Dataset:
    with open(plan, "rb") as file:
        content = file.read()
    dataset = ray.data.read_binary_files(images, include_paths=True)
    return dataset.map_batches(vitrt.ray.Predictor, fn_constructor_args=[content], concurrency=workers, num_cpus=1, batch_size=16)


if __name__ == "__main__":
    workers = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    ray.init(num_cpus=workers + 2, include_dashboard=False, _node_ip_address="127.0.0.1", object_store_memory=300_000_000)
    predictions = classify(sys.argv[1], sys.argv[2], workers)
    predictions.write_parquet(sys.argv[3])
    print(predictions.stats())
