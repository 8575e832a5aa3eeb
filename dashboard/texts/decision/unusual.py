"""Texts of a verdict of weights that learned only what is normal: they tell what is unusual, and know no fault."""

TEXTS: dict[str, tuple[str, str]] = {
    "unusual.label": ("Unusual", "通常と異なる"),
    "unusual.label_usual": ("Usual", "通常どおり"),
    "unusual.fault": (
        "Unusual: something unexpected came after {flagged:,} of {total:,} events",
        "通常と異なる：{total:,} 件中 {flagged:,} 件のイベントの後に予想外のことが起きています",
    ),
    "unusual.normal": (
        "Usual: nothing unexpected came after any of {total:,} events",
        "通常どおり：{total:,} 件のイベントの後に予想外のことは起きていません",
    ),
    "unusual.normal_some": (
        "Usual as a whole; something unexpected came after {flagged:,} of {total:,} events",
        "全体として通常どおり。{total:,} 件中 {flagged:,} 件のイベントの後に予想外のことが起きています",
    ),
    "unusual.rank": ("Normal sequences as unusual", "同程度の正常な系列"),
    "unusual.of_thousand": ("{n} of 1,000", "1,000 件中 {n} 件"),
    "unusual.p_short": ("p-value {p:.3f}", "p 値 {p:.3f}"),
    "unusual.no_p_short": ("no p-value", "p 値なし"),
    "unusual.rank_help": (
        "Conformal p-value: the share of normal sequences at least as unusual. No probability of a fault: the weights never "
        "learned what a fault is.",
        "コンフォーマル p 値：同程度以上に通常と異なる正常な系列の割合です。異常の確率ではありません。"
        "この重みは異常を学んでいません。",
    ),
    "unusual.p": (
        "Of 1,000 normal sequences about {n} are as unusual (p = {p:.3f}). This does not say whether there is a fault, and "
        "holds for data like those of the calibration.",
        "正常な系列 1,000 件のうち約 {n} 件が同程度に通常と異なります（p = {p:.3f}）。異常かどうかは示さず、"
        "校正のデータと同様のデータに当てはまります。",
    ),
    "unusual.p_least": (
        "None of the {count:,} normal sequences is as unusual: of 1,000 at most about {n} would be (p = {p:.3f}). This does "
        "not say whether there is a fault, and holds for data like those.",
        "正常な系列 {count:,} 件に、これほど通常と異なるものはありません。"
        "1,000 件あっても多くて約 {n} 件です（p = {p:.3f}）。異常かどうかは示さず、同様のデータに当てはまります。",
    ),
    "unusual.not_vouched": (
        "They support no false-alarm rate of {asked:.1%}: the rate that holds is {holds:.1%} (normal sequences: {count:,}).",
        "正常な系列 {count:,} 件では誤報率 {asked:.1%} を裏付けられません。保証できる誤報率は {holds:.1%} です。",
    ),
    "unusual.no_p": ("These weights have no normal sequences to compare with.", "この重みには正常な系列がありません。"),
    "unusual.event": ("Event → what came after it", "イベント → その後に起きたこと"),
    "unusual.surprise": ("Surprise", "意外さ"),
    "unusual.flagged": ("Surprising places", "予想外の箇所"),
    "unusual.route": ("unusual", "通常と異なる"),
    "unusual.event_probability": (
        "How surprising what followed is; the threshold is 50%. No probability of a fault.",
        "後に起きたことの意外さです。しきい値が 50% で、異常の確率ではありません。",
    ),
    "unusual.line_score": (
        "Surprise after line {line:,}: {probability}; flagged from {threshold:.0%} on.",
        "{line:,} 行目の後の意外さ：{probability}（{threshold:.0%} 以上で検出）。",
    ),
}
