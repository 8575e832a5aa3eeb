"""Benchmark of learning from own data, on public sets: ``python -m tests.benchmarks real --data-dir DIR --json FILE``.

Every set is learned exactly as a user's own data would be (``sparsemix.training.own_data``), and a light baseline is measured
beside it in the same run. One row per figure: ``set``, ``protocol``, ``method``, ``metric``, ``value``, ``baseline``,
``dense_twin`` (where it was trained), ``seconds``, ``dense_seconds``, ``seed``. Figures of novelty are followed by a row for
every trivial detector (``trivial``), with the interval from ``low`` to ``high`` of how much higher the figure of SparseMix, its
``baseline``, is. Sets that are not in the folder are named and left out.
"""
