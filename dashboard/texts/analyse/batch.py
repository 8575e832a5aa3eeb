"""Texts of several files that are analysed together."""

TEXTS: dict[str, tuple[str, str]] = {
    "batch.title": ("**{n} files together**", "**{n} 個のファイルをまとめて解析**"),
    "batch.reading": ("Reading file {number} of {of}: {name}", "ファイルを読み込み中 {number} / {of}: {name}"),
    "batch.bytes": ("{n} B", "{n} B"),
    "batch.kilobytes": ("{n:,.1f} kB", "{n:,.1f} kB"),
    "batch.megabytes": ("{n:,.1f} MB", "{n:,.1f} MB"),
    "batch.start": (
        "Analyse {n} of {of} files, {events:,} events",
        "{of} 個中 {n} 個のファイル、{events:,} 件のイベントを解析",
    ),
    "batch.put_away": ("Put these files away", "これらのファイルを片付ける"),
    "batch.done": (
        "Decided and recorded, {done} of {n} files. Choose a row to open its decision.",
        "{n} 個のうち {done} 個を判定し、記録しました。行を選ぶと判定が開きます。",
    ),
    "batch.cancelled": (
        "Stopped. Decided before, and recorded: {done}. Left to do: {left}.",
        "中止しました。判定済みの {done} 個は記録されています。残りは {left} 個です。",
    ),
    "batch.left_out": (
        "Left out, {n} of {of} files. The others are not held up by them.",
        "{of} 個中 {n} 個のファイルを除外しました。ほかのファイルの解析には影響しません。",
    ),
    "batch.name": ("{name}:", "{name}:"),
    "batch.why": ("{why}", "{why}"),
    "batch.more": ("- and {n} more; the table tells why", "- ほか {n} 個(理由は表を参照)"),
    "batch.same_once": (
        "The same bytes as another file, so analysed once: {names}",
        "ほかのファイルと内容が同じため、解析は 1 回だけ行います: {names}",
    ),
    "batch.same": ("The same bytes as {name}: analysed once.", "{name} と同じ内容のため、解析は 1 回だけです。"),
    "batch.too_many": (
        "At most {n} files are taken at once: analyse these first, then drop the rest.",
        "一度に扱えるのは {n} 個までです。先に解析してから、残りを追加してください。",
    ),
    "batch.too_large": (
        "At most {n} MB are taken at once: analyse these first, then drop the rest, or compress them with gzip.",
        "一度に扱えるのは合計 {n} MB までです。先に解析してから残りを追加するか、gzip で圧縮してください。",
    ),
    "batch.before": ("Decided before, at {time}.", "{time} に判定済みです。"),
    "batch.failed": ("Not analysed; the others went on.", "解析できませんでした。ほかのファイルは続行しました。"),
    "compare.choose_two": (
        "Choose one row to open its decision, two to compare them.",
        "1 行を選ぶと判定が開き、2 行を選ぶと比較できます。",
    ),
    "compare.only_two": ("Two can be compared; leave out the others.", "比較できるのは 2 件です。ほかの選択を外してください。"),
    "compare.blind": (
        "One of them is reviewed blind: it can be compared once you have given your word.",
        "ブラインドレビュー中の判定が含まれます。レビューを提出すると比較できます。",
    ),
    "compare.two": ("Compare {first} with {second}", "{first} と {second} を比較"),
}
