"""The words of the field, each explained once: shown beside the word wherever it stands, the same on every page."""

TEXTS: dict[str, tuple[str, str]] = {
    "glossary.pair": (
        "A line and another line that the model read to judge it. Only selected pairs count; all of them are recorded.",
        "ある行と、それを判定するためにモデルが参照した別の行の組です。選択された組だけが使われ、すべて記録されます。",
    ),
    "glossary.weight": (
        "How much of what the model read for a line came from the other line of the pair, from 0 to 1. It is not the effect.",
        "その行を判定するために読んだ内容のうち、組の相手の行から来た割合（0～1）です。影響の大きさとは異なります。",
    ),
    "glossary.margin": (
        "Half the pair's logit minus the threshold. Below zero: not selected.",
        "組のロジットの半分からしきい値を引いた値です。0 未満の組は選択されていません。",
    ),
    "glossary.logit": (
        "The score of the pair before it becomes a weight: how well both lines fit each other in this head.",
        "重みになる前の組のスコアで、このヘッドで二つの行がどれだけ合うかを表します。",
    ),
    "glossary.effect": (
        "How much the line's score falls when the pair is left out and others may take its place, in logits. Above 0: the "
        "pair supported the fault.",
        "組を除き、ほかの行が代わりに入れる場合に、その行のスコアがどれだけ下がるかです（ロジット）。"
        "0 より大きければ、異常を支持していた組です。",
    ),
    "glossary.direct": (
        "The same with nothing in its place: what the pair itself carried. Much larger than the effect: another line says "
        "the same.",
        "代わりに何も入れない場合の値で、組そのものが担っていた分です。影響よりずっと大きければ、"
        "別の行が同じ内容を伝えています。",
    ),
    "glossary.certificate": (
        "Proof that the search looked far enough: no pair that should have been selected was missed.",
        "探索が十分で、選択されるべき組を見落としていないことの証明です。",
    ),
    "glossary.anchor": (
        "A place that stands for no line: weight goes there when a line needs none of the others.",
        "どの行も表さない受け皿です。ほかの行を参照する必要がないとき、重みはここに集まります。",
    ),
    "glossary.familiarity": ("Share of this log's words that the model met in training.", "モデルが学習時に見た語の割合です。"),
    "glossary.probability": (
        "How likely it is that the log holds a fault, calibrated: of logs with 80%, about 80 in 100 should hold one.",
        "ログに異常が含まれる確率です。校正されており、80% のログなら 100 件中およそ 80 件に異常がある見込みです。",
    ),
    "glossary.event_probability": (
        "How sure the model is that this line is faulty. It ranks lines; it is not calibrated.",
        "この行が異常であるというモデルの確信度です。行の順位付けに使えますが、校正されていません。",
    ),
    "glossary.threshold": ("From this probability on, something counts as faulty.", "この確率以上を異常とみなします。"),
    "glossary.gate": (
        "Held: not to be used until people have approved it. Released: may be used. Rejected: a person found it wrong.",
        "保留：人が承認するまで使用できません。使用可：使用できます。却下：人が誤りと判断しました。",
    ),
    "glossary.near_miss": (
        "A pair that came close to being selected and was not: the best of those below the threshold.",
        "選択されるまであと少しだった組です。しきい値を下回った中で最も近いものを示します。",
    ),
    "glossary.template": (
        "A message with its numbers and names masked, so that lines that say the same count as one kind.",
        "数値や識別子を伏せたメッセージです。同じ内容の行を 1 種類として数えます。",
    ),
}
