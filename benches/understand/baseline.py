"""TF-IDF and a linear SVM of scikit-learn on the same texts: for each folder given, its figures on one line."""

import sys
from pathlib import Path

import numpy
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import roc_auc_score
from sklearn.svm import LinearSVC


def read(file):
    rows = [line.split("\t", 1) for line in file.read_text("utf-8").splitlines()]
    return [row[0] for row in rows], [row[1] for row in rows]


def learnt(file):
    intents, texts = read(file)
    words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2))
    return words, LinearSVC().fit(words.fit_transform(texts), intents)


def accuracy(train, test):
    words, classifier = learnt(train)
    intents, texts = read(test)
    return classifier.score(words.transform(texts), intents)


def auroc(train, test, others):
    words, classifier = learnt(train)

    def surest(file):
        margins = classifier.decision_function(words.transform(read(file)[1]))
        return margins.max(axis=1) if margins.ndim > 1 else numpy.abs(margins)

    inside = surest(test)
    outside = surest(others)
    labels = [1] * len(inside) + [0] * len(outside)
    return roc_auc_score(labels, numpy.concatenate([inside, outside]))


for name in sys.argv[1:]:
    folder = Path(name)
    test = folder / "test.tsv"
    few = [accuracy(file, test) for file in sorted(folder.glob("few.*.tsv"))]
    figures = [
        accuracy(folder / "train.tsv", test),
        sum(few) / len(few),
        auroc(*(folder / f"outside.{part}.tsv" for part in ("train", "test", "others"))),
    ]
    aside = folder / "aside.tsv"
    if aside.stat().st_size > 0:
        figures.append(auroc(folder / "train.tsv", test, aside))
    print(*figures, flush=True)
