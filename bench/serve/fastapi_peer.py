"""ONNX Runtime behind a plain Python server, as one writes it in an afternoon: what serve.py compares `vitrt serve` with.
fastapi_peer.py MODEL PORT: POST /predict with an image file as the body gives its class and confidence.

One thread, the model's own recipe (models/preprocess.py), every exit computed, the last one reported. Needs fastapi, uvicorn,
onnxruntime and Pillow.
"""
import io
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import uvicorn
from fastapi import FastAPI, Request
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from models.preprocess import Recipe

model = sys.argv[1]
written = json.loads(Path(f'{model}.preprocess.json').read_text())
recipe = Recipe(written['resize']['height'], written['resize']['width'], written['interpolation'])
mean, std = (np.array(written[name], np.float32).reshape(3, 1, 1) for name in ('mean', 'std'))
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(f'{model}.onnx', options)
image_name, last = session.get_inputs()[0].name, session.get_outputs()[-1].name
app = FastAPI()


@app.post('/predict')
async def predict(request: Request):
    pixels = recipe.pixels(Image.open(io.BytesIO(await request.body())))
    pixels = np.repeat(pixels[..., None], 3, -1) if pixels.ndim == 2 else pixels
    x = (pixels.transpose(2, 0, 1).astype(np.float32) / 255 - mean) / std
    logits = session.run([last], {image_name: x[None].astype(np.float32)})[0][0]
    p = np.exp(logits - logits.max())
    return {'class': int(p.argmax()), 'confidence': float(p.max() / p.sum())}


uvicorn.run(app, host='127.0.0.1', port=int(sys.argv[2]), log_level='error')
