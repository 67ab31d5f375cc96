"""The contenders of `benchmarks.classifiers`: each learns the same labelled titles, then tells titles' clusters.

Ours learns and serves through the project's own code. The others are what their documentations show for short noisy
texts, with the settings that did best of those tried (docs/why/007-kernel.md).
"""

import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from stream.classify.classifier import Model, classify
from stream.classify.fold_table import load_fold_table
from training.fit import quantise
from training.material import fit_examples, gather
from training.rows import Row


class Learnt(NamedTuple):
    """What a contender learnt: `answer` is what is timed, titles in, an answer each out; `clusters` names them."""

    answer: Callable[[list[str]], Sequence[Any]]
    clusters: Callable[[Sequence[Any]], list[str]]


@dataclass(frozen=True)
class Learner:
    """A contender: its name, the distribution and module it needs, and how it learns from the corpus's titles and from
    labelled rows.
    """

    name: str
    distribution: str
    module: str
    learn: Callable[[Sequence[Row], Sequence[Row]], Learnt]


def learn_ours(titles: Sequence[Row], rows: Sequence[Row]) -> Learnt:
    """Fit as `keran train` does, and serve what would be published: whole numbers of 8 bits."""
    material = gather(titles, rows)
    fitted = quantise(fit_examples(material, material.every))
    k = len(fitted.clusters)
    served = fitted.weights, fitted.scale, fitted.bias, 1.0, np.zeros(k, np.int32), load_fold_table()
    model = Model("benchmark", fitted.clusters, *served)
    return Learnt(lambda texts: classify(model, texts).likeliest, lambda found: [fitted.clusters[i] for i in found])


def learn_tfidf(titles: Sequence[Row], rows: Sequence[Row]) -> Learnt:
    """Character n-grams of 1 to 4 within words, TF-IDF, logistic regression; balanced by cluster where no row has a
    weight of its own.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    learnt = [*titles, *rows]
    weights = np.array([row.weight for row in learnt])
    pipeline = make_pipeline(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True, min_df=2),
        LogisticRegression(C=100.0, max_iter=1_000, class_weight="balanced" if weights.std() == 0 else None),
    )
    pipeline.fit(
        [row.text for row in learnt],
        [row.cluster for row in learnt],
        logisticregression__sample_weight=weights / weights.mean(),
    )
    return Learnt(pipeline.predict, list)


def learn_fasttext(**settings: Any) -> Callable[[Sequence[Row], Sequence[Row]], Learnt]:
    """Supervised fastText with these settings, on lower-cased lines; it knows no weights of rows."""

    def learn(titles: Sequence[Row], rows: Sequence[Row]) -> Learnt:
        import fasttext

        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "rows.txt"
            lines = [f"__label__{row.cluster} {_line(row.text)}\n" for row in (*titles, *rows)]
            # It learns line after line: where a cluster's lines stand together, it forgets the others.
            random.Random(1).shuffle(lines)
            file.write_text("".join(lines), encoding="utf-8")
            model = fasttext.train_supervised(str(file), thread=1, seed=1, verbose=0, **settings)
        # A list at a time: faster than one by one, and the only way that works beside numpy 2.
        return Learnt(
            lambda texts: model.predict([_line(text) for text in texts])[0],
            lambda found: [label.removeprefix("__label__") for (label,) in found],
        )

    return learn


def _line(text: str) -> str:
    return " ".join(text.lower().split())


OURS = Learner("keran", "numba", "numba", learn_ours)
TFIDF = Learner("char TF-IDF + LR", "scikit-learn", "sklearn", learn_tfidf)
FASTTEXT = Learner("fastText words", "fasttext-wheel", "fasttext", learn_fasttext(dim=100, lr=0.1, epoch=5))
FASTTEXT_SUBWORDS = Learner(
    "fastText subwords",
    "fasttext-wheel",
    "fasttext",
    learn_fasttext(dim=50, lr=0.5, epoch=10, wordNgrams=2, minn=2, maxn=5),
)
LEARNERS = (OURS, TFIDF, FASTTEXT, FASTTEXT_SUBWORDS)
