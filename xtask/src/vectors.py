"""Vectors of English words, for the offline classifier: what a small sentence model makes of each word when it stands alone.

    python vectors.py MODEL OUT

MODEL is a ZIP archive of all-MiniLM-L6-v2 (Apache-2.0). Into OUT come `english.txt`, a word or the
end of one (`##`) a line, and `english.i8`, as many rows of DIMENSIONS signed bytes. The way is that of Model2Vec: one forward
pass for each piece, the first principal components, and a weight by rarity, which the order of the vocabulary gives.
"""

import hashlib
import json
import re
import sys
from pathlib import Path
from zipfile import ZipFile

import numpy as np

DIMENSIONS = 96
HEADS, LAYERS = 12, 6
# Of the file that the model's authors publish; a package that carries another one is refused.
PUBLISHED = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# What stands before the first word in the vocabulary: marks of the model and single characters.
FIRST_WORD = 1_000
START, END = 101, 102


def tensors(data):
    """The tensors of a safetensors file: the length of a JSON head, the head, the numbers."""
    if hashlib.sha256(data).hexdigest() != PUBLISHED:
        sys.exit("these are not the weights that were published")
    start = 8 + int.from_bytes(data[:8], "little")
    found = {}
    for name, tensor in json.loads(data[8:start]).items():
        if tensor.get("dtype") == "F32":
            begin, end = tensor["data_offsets"]
            numbers = np.frombuffer(data[start + begin : start + end], "<f4")
            found[name] = numbers.reshape(tensor["shape"])
    return found


class Encoder:
    """A BERT encoder, in numbers of 32 bits."""

    def __init__(self, weights):
        self.weights = weights

    def linear(self, x, name):
        return x @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def normal(self, x, name):
        spread = np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        centred = (x - x.mean(-1, keepdims=True)) / spread
        return centred * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def attention(self, x, layer):
        texts, length, width = x.shape

        def heads(name):
            split = self.linear(x, f"{layer}.attention.self.{name}")
            return split.reshape(texts, length, HEADS, -1).transpose(0, 2, 1, 3)

        query, key, value = heads("query"), heads("key"), heads("value")
        scores = query @ key.transpose(0, 1, 3, 2) / np.sqrt(width / HEADS).astype("f4")
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        seen = scores / scores.sum(-1, keepdims=True) @ value
        return self.linear(seen.transpose(0, 2, 1, 3).reshape(x.shape), f"{layer}.attention.output.dense")

    def __call__(self, ids):
        """The mean of what the last layer says of each place."""
        of = lambda name: self.weights[f"embeddings.{name}"]
        x = of("word_embeddings.weight")[ids] + of("position_embeddings.weight")[: ids.shape[1]]
        x = self.normal(x + of("token_type_embeddings.weight")[0], "embeddings.LayerNorm")
        for number in range(LAYERS):
            layer = f"encoder.layer.{number}"
            x = self.normal(x + self.attention(x, layer), f"{layer}.attention.output.LayerNorm")
            inner = gelu(self.linear(x, f"{layer}.intermediate.dense"))
            x = self.normal(x + self.linear(inner, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
        return x.mean(1)


def gelu(x):
    """x times the share of a normal distribution below it; the error function after Abramowitz and Stegun, 7.1.26."""
    z = np.abs(x) / np.float32(np.sqrt(2))
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = np.zeros_like(t)
    for factor in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = (series + np.float32(factor)) * t
    return 0.5 * x * (1 + np.sign(x) * (1 - series * np.exp(-z * z)))


def principal(vectors, basis):
    """`vectors` along the strongest DIMENSIONS directions of `basis`; which way a direction points is settled."""
    mean = basis.mean(0)
    _, directions = np.linalg.eigh(np.cov((basis - mean).T.astype("f8")))
    strongest = directions[:, ::-1][:, :DIMENSIONS]
    strongest = strongest * np.sign(strongest[np.abs(strongest).argmax(0), range(DIMENSIONS)])
    return (vectors - mean) @ strongest


def main(model, out):
    encode = Encoder(tensors(model.read("model.safetensors")))
    numbers = json.loads(model.read("tokenizer.json"))["model"]["vocab"]
    words = sorted(numbers, key=numbers.get)
    parts = []
    for start in range(0, len(words), 512):
        ids = np.arange(start, min(start + 512, len(words)))
        parts.append(encode(np.stack([np.full_like(ids, START), ids, np.full_like(ids, END)], 1)))
        if sys.stderr.isatty():
            print(f"\r{start + len(ids)} of {len(words)} words ", end="", file=sys.stderr)
    vectors = np.concatenate(parts)
    vectors = principal(vectors, vectors[FIRST_WORD:])
    # The vocabulary goes from the common to the rare.
    rank = np.maximum(np.arange(len(words)) - FIRST_WORD, 1)
    vectors = vectors * np.log1p(rank)[:, None]
    # One number in a thousand is cut, so that all others are told apart more finely.
    scale = 127 / np.percentile(np.abs(vectors), 99.9)
    small = np.clip(np.round(vectors * scale), -127, 127).astype("i1")
    kept = sorted(n for n, word in enumerate(words) if re.fullmatch("(##)?[a-z0-9]+", word))
    (out / "english.txt").write_text("".join(words[n] + "\n" for n in kept))
    (out / "english.i8").write_bytes(small[kept].tobytes())
    print(f"{len(kept)} words of {DIMENSIONS} numbers")


main(ZipFile(sys.argv[1]), Path(sys.argv[2]))
