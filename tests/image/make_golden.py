#!/usr/bin/env python3
"""Writes golden/: small image files in every supported kind, and what Pillow and torchvision make of them.

Usage: make_golden.py [OUTPUT_DIR] [SEED]    needs pillow, numpy, torch, torchvision; run by hand, the output is committed.
golden.txt has one case a line, golden.bin the expected bytes, one after the other in the order of the lines:
  decode FILE WIDTH HEIGHT CHANNELS                           8-bit pixels
  resize CHANNELS IN_W IN_H FILTER OUT_W OUT_H                input pixels, output pixels
  hash CHANNELS IN_W IN_H FILTER OUT_W OUT_H FNV1A            input from the generator `pattern`, output hashed; no bytes
  preprocess FILE CHANNELS RULE RH RW FILTER CH CW H W MEAN.. STD..    fp32 [H, W, CHANNELS]
"""
import io, os, struct, sys, zlib
import numpy as np
import torch
lib = torch.library.Library('torchvision', 'DEF')  # a torchvision without its compiled operators
try:
    lib.define('nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
    lib.define('qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
except RuntimeError:
    pass
from torchvision import transforms as T
from torchvision.transforms import InterpolationMode as M
from PIL import Image

OUT = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), 'golden')
rng = np.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
W, H = 19, 13
os.makedirs(OUT, exist_ok=True)
lines, blob = [], io.BytesIO()


def picture(w, h, channels, top=255, dtype=np.uint8):
    """Smooth shapes plus noise: exercises rounding and clipping."""
    y, x = np.mgrid[0:h, 0:w]
    base = np.stack([np.sin(x * (0.3 + 0.1 * c)) + np.cos(y * (0.4 + 0.07 * c)) for c in range(channels)], -1)
    noise = rng.random((h, w, channels)) * 2.4 - 1.2
    a = np.clip((base + noise + 2) / 4, 0, 1) * top
    return np.round(a).astype(dtype)


def save(name, data):
    with open(os.path.join(OUT, name), 'wb') as f:
        f.write(data)


def decoded(name):
    image = Image.open(os.path.join(OUT, name))
    image.load()
    if image.mode in ('I', 'I;16', 'I;16B'):  # Pillow's convert() clips these at 255; vitrt keeps the high byte
        return (np.asarray(image).astype(np.int64) >> 8).astype(np.uint8)[..., None]
    if image.mode in ('1', 'L', 'LA'):
        return np.asarray(image.convert('L'))[..., None]
    return np.asarray(image.convert('RGB'))


def add(name, data):
    save(name, data)
    a = decoded(name)
    if a.shape[2] == 3 and (a[..., 0] == a[..., 1]).all() and (a[..., 0] == a[..., 2]).all():
        a = a[..., :1]  # a reader may give a grey palette as grey
    lines.append(f'decode {name} {a.shape[1]} {a.shape[0]} {a.shape[2]}')
    blob.write(np.ascontiguousarray(a).tobytes())


def pil(array, mode=None):
    a = array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array
    return Image.fromarray(a) if mode is None else Image.fromarray(a).convert(mode)


def encoded(image, kind, **options):
    f = io.BytesIO()
    image.save(f, kind, **options)
    return f.getvalue()


def pack_bits(row, bits):
    """Samples of fewer than 8 bits, most significant first, rows padded to bytes."""
    text = ''.join(format(int(v), f'0{bits}b') for v in row)
    text += '0' * (-len(text) % 8)
    return bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8))


def row_bytes(row, bits):
    return row.astype('>u2').tobytes() if bits == 16 else row.tobytes() if bits == 8 else pack_bits(row.ravel(), bits)


def png(a, bits, kind, interlace=False, extra=b''):
    def chunk(name, data):
        return struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    raw = b''
    for x0, y0, dx, dy in passes if interlace else [(0, 0, 1, 1)]:
        part = a[y0::dy, x0::dx]
        if part.size:
            raw += b''.join(b'\0' + row_bytes(row, bits) for row in part)
    head = struct.pack('>IIBBBBB', a.shape[1], a.shape[0], bits, kind, 0, 0, int(interlace))
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', head) + extra + chunk(b'IDAT', zlib.compress(raw, 9)) + chunk(b'IEND', b'')


def png_chunk(name, data):
    return struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))


def tiff(a, bits, photometric, tile=None, planar=False, extra=None, orientation=1, palette=None, order='<'):
    """Uncompressed, one strip or tiles, contiguous or in planes."""
    h, w, n = a.shape
    u2 = order + 'u2'
    def rows(part):
        return b''.join(r.astype(u2).tobytes() if bits == 16 else r.tobytes() if bits == 8 else pack_bits(r.ravel(), bits) for r in part)
    blocks = []
    for plane in ([a[..., i:i + 1] for i in range(n)] if planar else [a]):
        if tile:
            th, tw = tile
            for y in range(0, h, th):
                for x in range(0, w, tw):
                    t = np.zeros((th, tw, plane.shape[2]), a.dtype); part = plane[y:y + th, x:x + tw]
                    t[:part.shape[0], :part.shape[1]] = part; blocks.append(rows(t))
        else:
            blocks.append(rows(plane))
    data, offsets = b'', []
    for b in blocks:
        offsets.append(8 + len(data)); data += b + b'\0' * (len(b) % 2)
    tags = {256: ('I', [w]), 257: ('I', [h]), 258: ('H', [bits] * n), 259: ('H', [1]), 262: ('H', [photometric]),
            274: ('H', [orientation]), 277: ('H', [n]), 284: ('H', [2 if planar else 1])}
    if tile:
        tags |= {322: ('I', [tile[1]]), 323: ('I', [tile[0]]), 324: ('I', offsets), 325: ('I', [len(b) for b in blocks])}
    else:
        tags |= {273: ('I', offsets), 278: ('I', [h]), 279: ('I', [len(b) for b in blocks])}
    if extra is not None: tags[338] = ('H', extra)
    if palette is not None: tags[320] = ('H', [int(v) for v in palette])
    at = 8 + len(data)
    directory, tail = struct.pack(order + 'H', len(tags)), b''
    tail_at = at + 2 + 12 * len(tags) + 4
    for tag in sorted(tags):
        kind, values = tags[tag]
        raw = struct.pack(order + kind * len(values), *values)
        field = raw.ljust(4, b'\0') if len(raw) <= 4 else struct.pack(order + 'I', tail_at + len(tail))
        if len(raw) > 4: tail += raw + b'\0' * (len(raw) % 2)
        directory += struct.pack(order + 'HHI', tag, {'H': 3, 'I': 4}[kind], len(values)) + field
    return (b'II*\0' if order == '<' else b'MM\0*') + struct.pack(order + 'I', at) + data + directory + b'\0\0\0\0' + tail


def bmp(rows, bits, w, h, compression=0, masks=(), palette=b'', top_down=False, core=False):
    pad = lambda r: r + b'\0' * (-len(r) % 4)
    body = b''.join(pad(r) for r in (rows if top_down else rows[::-1]))
    if core:
        header = struct.pack('<IHHHH', 12, w, h, 1, bits)
    else:
        header = struct.pack('<IiiHHIIiiII', 40 if len(masks) < 4 else 56, w, -h if top_down else h, 1, bits, compression, len(body), 0, 0, len(palette) // 4, 0)
    header += b''.join(struct.pack('<I', m) for m in masks) + palette
    return b'BM' + struct.pack('<IHHI', 14 + len(header) + len(body), 0, 0, 14 + len(header)) + header + body


def decode_cases():
    grey, rgb, rgba = picture(W, H, 1), picture(W, H, 3), picture(W, H, 4)
    grey16, rgb16 = picture(W, H, 1, 65535, np.uint16), picture(W, H, 3, 65535, np.uint16)
    palette = rng.integers(0, 256, 768, dtype=np.uint8)
    for bits in (1, 2, 4):
        low = picture(W, H, 1, 2 ** bits - 1)
        add(f'grey{bits}.png', png(low, bits, 0))
        add(f'palette{bits}.png', png(low, bits, 3, extra=png_chunk(b'PLTE', palette[:3 << bits].tobytes())))
        add(f'grey{bits}.tif', tiff(low, bits, 1))
        add(f'palette{bits}.tif', tiff(low, bits, 3, palette=rng.integers(0, 65536, 3 << bits)))
    add('grey8.png', png(grey, 8, 0)); add('grey16.png', png(grey16, 16, 0))
    add('rgb8.png', png(rgb, 8, 2)); add('rgb16.png', png(rgb16, 16, 2))
    add('palette8.png', png(grey, 8, 3, extra=png_chunk(b'PLTE', palette.tobytes())))
    add('palette8_transparent.png', png(grey, 8, 3, extra=png_chunk(b'PLTE', palette.tobytes()) + png_chunk(b'tRNS', palette[:200].tobytes())))
    add('rgb8_transparent.png', png(rgb, 8, 2, extra=png_chunk(b'tRNS', struct.pack('>HHH', *rgb[3, 3]))))
    add('grey_alpha8.png', png(picture(W, H, 2), 8, 4)); add('rgba8.png', png(rgba, 8, 6))
    add('rgba16.png', png(picture(W, H, 4, 65535, np.uint16), 16, 6))
    add('grey_alpha16.png', png(picture(W, H, 2, 65535, np.uint16), 16, 4))
    add('interlaced.png', png(rgb, 8, 2, interlace=True)); add('interlaced_grey1.png', png(picture(W, H, 1, 1), 1, 0, interlace=True))
    add('one_pixel.png', png(rgb[:1, :1], 8, 2)); add('filters.png', encoded(pil(picture(64, 16, 3)), 'png', optimize=True))

    smooth = pil(np.asarray(pil(picture(8, 6, 3)).resize((35, 27), Image.BICUBIC)))
    for name, sub in (('444', 0), ('422', 1), ('420', 2)):
        add(f'rgb{name}.jpg', encoded(smooth, 'jpeg', quality=85, subsampling=sub))
    add('grey.jpg', encoded(smooth.convert('L'), 'jpeg', quality=90))
    add('progressive.jpg', encoded(smooth, 'jpeg', quality=80, progressive=True))
    add('restart.jpg', encoded(smooth, 'jpeg', quality=80, restart_marker_rows=1))
    add('not_ycc.jpg', encoded(smooth, 'jpeg', quality=90, keep_rgb=True))
    add('cmyk.jpg', encoded(smooth.convert('CMYK'), 'jpeg', quality=90))
    exif = Image.Exif(); exif[274] = 6
    add('exif_orientation6.jpg', encoded(smooth, 'jpeg', quality=80, exif=exif))

    add('grey8.tif', tiff(grey, 8, 1)); add('grey16.tif', tiff(grey16, 16, 1)); add('grey16_big_endian.tif', tiff(grey16, 16, 1, order='>'))
    add('white_is_zero.tif', tiff(grey, 8, 0)); add('rgb8.tif', tiff(rgb, 8, 2)); add('rgb16.tif', tiff(rgb16, 16, 2))
    add('rgba8.tif', tiff(rgba, 8, 2, extra=[2])); add('multiplied_alpha.tif', tiff(rgba, 8, 2, extra=[1]))
    add('palette8.tif', tiff(grey, 8, 3, palette=rng.integers(0, 65536, 768))); add('cmyk.tif', tiff(rgba, 8, 5))
    add('planes.tif', tiff(rgb, 8, 2, planar=True)); add('grey_tiles.tif', tiff(grey, 8, 1, tile=(16, 16)))
    for o in range(2, 9):
        add(f'orientation{o}.tif', tiff(rgb[:5, :7], 8, 2, orientation=o))
    for compression in ('tiff_lzw', 'tiff_adobe_deflate', 'packbits', 'jpeg'):
        add(f'{compression}.tif', encoded(smooth, 'tiff', compression=compression))
    add('group4.tif', encoded(pil(picture(W, H, 1)).convert('1'), 'tiff', compression='group4'))
    big = encoded(pil(picture(40, 33, 3)), 'tiff', compression='tiff_lzw', tiffinfo={278: 8})
    add('strips.tif', big)

    add('grey8.bmp', encoded(pil(grey), 'bmp')); add('rgb24.bmp', encoded(pil(rgb), 'bmp')); add('one_bit.bmp', encoded(pil(grey, '1'), 'bmp'))
    quads = np.concatenate([palette.reshape(-1, 3), np.zeros((256, 1), np.uint8)], 1)
    add('palette8.bmp', bmp([r.tobytes() for r in grey], 8, W, H, palette=quads.tobytes()))
    low = picture(W, H, 1, 15)
    add('palette4.bmp', bmp([pack_bits(r.ravel(), 4) for r in low], 4, W, H, palette=quads[:16].tobytes()))
    add('core_header.bmp', bmp([r[:, ::-1].tobytes() for r in rgb], 24, W, H, core=True))
    add('top_down.bmp', bmp([r[:, ::-1].tobytes() for r in rgb], 24, W, H, top_down=True))
    words = picture(W, H, 1, 65535, np.uint16)
    add('rgb555.bmp', bmp([r.astype('<u2').tobytes() for r in words], 16, W, H))
    add('rgb565.bmp', bmp([r.astype('<u2').tobytes() for r in words], 16, W, H, 3, (0xf800, 0x7e0, 0x1f)))
    add('rgbx32.bmp', bmp([r.tobytes() for r in rgba], 32, W, H))
    add('rgba32_fields.bmp', bmp([r.tobytes() for r in rgba], 32, W, H, 3, (0xff, 0xff00, 0xff0000, 0xff000000)))

    text = lambda a: b''.join(b' '.join(str(int(v)).encode() for v in row) + b'\n' for row in a.reshape(H, -1))
    one = (grey > 128).astype(np.uint8)
    add('p1.pbm', b'P1\n# a comment\n%d %d\n' % (W, H) + b'\n'.join(b''.join(str(v).encode() for v in r.ravel()) for r in one))
    add('p2.pgm', b'P2 %d %d 255\n' % (W, H) + text(grey)); add('p3.ppm', b'P3\n%d\n# here\n%d\n255\n' % (W, H) + text(rgb))
    add('p4.pbm', b'P4\n%d %d\n' % (W, H) + b''.join(pack_bits(r.ravel(), 1) for r in one))
    add('p5.pgm', b'P5 %d %d 255\n' % (W, H) + grey.tobytes()); add('p6.ppm', b'P6 # c\n%d %d 255\n' % (W, H) + rgb.tobytes())
    add('p5_max100.pgm', b'P5 %d %d 100\n' % (W, H) + picture(W, H, 1, 100).tobytes())
    add('p5_16bit.pgm', b'P5 %d %d 65535\n' % (W, H) + grey16.astype('>u2').tobytes())
    add('p5_12bit.pgm', b'P5 %d %d 4095\n' % (W, H) + (grey16 >> 4).astype('>u2').tobytes())
    add('p6_16bit.ppm', b'P6 %d %d 65535\n' % (W, H) + rgb16.astype('>u2').tobytes())
    add('p2_12bit.pgm', b'P2 %d %d 4095\n' % (W, H) + text(grey16 >> 4))


FILTERS = {'nearest': Image.NEAREST, 'box': Image.BOX, 'bilinear': Image.BILINEAR, 'bicubic': Image.BICUBIC, 'lanczos': Image.LANCZOS}


def pattern(n):
    """n bytes of a linear congruential generator, the same in resize_test.cc."""
    state, out = np.uint64(12345), np.empty(n, np.uint8)
    s = 12345
    for i in range(n):
        s = (s * 6364136223846793005 + 1442695040888963407) % 2**64
        out[i] = s >> 56
    return out


def fnv1a(data):
    h = 14695981039346656037
    for b in data:
        h = ((h ^ b) * 1099511628211) % 2**64
    return h


def resized(a, f, w, h):
    return np.ascontiguousarray(pil(a).resize((w, h), FILTERS[f]))


def resize_cases():
    sizes = [(7, 5, 12, 9), (19, 13, 8, 6), (23, 17, 17, 23), (23, 17, 23, 6), (23, 17, 6, 17), (40, 2, 3, 1), (1, 1, 4, 3), (9, 30, 1, 1), (33, 21, 32, 20), (13, 29, 9, 8), (14, 20, 11, 13)]
    for channels in (1, 3):
        for w, h, ow, oh in sizes:
            a = picture(w, h, channels)
            if (w, h) == (33, 21): a = np.where(a > 128, 255, 0).astype(np.uint8)  # overshoot of the cubic: clipping
            for f in FILTERS:
                lines.append(f'resize {channels} {w} {h} {f} {ow} {oh}')
                blob.write(a.tobytes()); blob.write(resized(a, f, ow, oh).tobytes())
    for channels, w, h, ow, oh in ((3, 320, 240, 298, 224), (3, 517, 389, 224, 224), (1, 640, 480, 32, 24), (1, 100, 75, 256, 192)):
        a = pattern(w * h * channels).reshape(h, w, channels)
        for f in FILTERS:
            lines.append(f'hash {channels} {w} {h} {f} {ow} {oh} {fnv1a(resized(a, f, ow, oh).tobytes())}')


def preprocess_cases():
    imagenet = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    half, grey = ([0.5] * 3, [0.5] * 3), ([0.449], [0.226])
    modes = {'bicubic': M.BICUBIC, 'bilinear': M.BILINEAR, 'nearest': M.NEAREST, 'lanczos': M.LANCZOS, 'box': M.BOX}
    cases = [('rgb420.jpg', 3, 'shorter', 16, 0, 'bicubic', 14, 14, imagenet), ('rgb420.jpg', 3, 'shorter', 17, 0, 'bilinear', 14, 12, imagenet),
             ('grey.jpg', 3, 'shorter', 16, 0, 'bicubic', 14, 14, half), ('rgb8.png', 1, 'shorter', 12, 0, 'lanczos', 11, 12, grey),
             ('grey8.png', 1, 'exact', 9, 11, 'bicubic', 0, 0, grey), ('rgb24.bmp', 3, 'exact', 20, 24, 'bilinear', 15, 17, imagenet),
             ('p6.ppm', 3, 'none', 0, 0, 'bicubic', 8, 9, imagenet), ('p6.ppm', 3, 'none', 0, 0, 'bicubic', 18, 24, imagenet),
             ('p6.ppm', 3, 'none', 0, 0, 'bicubic', 10, 25, half), ('rgb8.tif', 3, 'shorter', 13, 0, 'nearest', 13, 13, half),
             ('rgba8.png', 3, 'none', 0, 0, 'bicubic', 0, 0, imagenet), ('palette8.png', 1, 'exact', 10, 10, 'box', 0, 0, grey),
             ('orientation6.tif', 3, 'shorter', 9, 0, 'bicubic', 9, 9, imagenet), ('rgb8.png', 3, 'shorter', 6, 0, 'bicubic', 9, 9, imagenet)]
    for name, channels, rule, rh, rw, f, ch, cw, (mean, std) in cases:
        image = Image.open(os.path.join(OUT, name)).convert('RGB' if channels == 3 else 'L')
        steps = {'shorter': [T.Resize(rh, modes[f])], 'exact': [T.Resize((rh, rw), modes[f])], 'none': []}[rule]
        if ch: steps.append(T.CenterCrop((ch, cw)))
        x = T.Compose(steps + [T.ToTensor(), T.Normalize(mean, std)])(image)
        lines.append(f'preprocess {name} {channels} {rule} {rh} {rw} {f} {ch} {cw} {x.shape[1]} {x.shape[2]} ' + ' '.join(map(repr, mean + std)))
        blob.write(np.ascontiguousarray(x.permute(1, 2, 0).numpy()).tobytes())


decode_cases()
resize_cases()
preprocess_cases()
save('golden.txt', ('\n'.join(lines) + '\n').encode())
save('golden.bin', blob.getvalue())
