"""Texts about diversity: how one-sided data are, and which selections were never practised."""

TEXTS: dict[str, tuple[str, str]] = {
    "diversity.title": ("How one-sided the data are", "データの偏り"),
    "diversity.title_n": ("How one-sided the data are: {n} remarks", "データの偏り: {n} 件の指摘"),
    "diversity.counting": ("Counting …", "集計中…"),
    "diversity.none": ("No decision yet.", "判定はまだありません。"),
    "diversity.lead": (
        "What the last {n:,} decisions were made on. What is rare here was hardly tried: figures about it mean little.",
        "直近 {n:,} 件の判定の内訳です。ここで少ないものはほとんど試されておらず、それについての数値は参考程度です。",
    ),
    "diversity.times_events": (
        "Shift and weekday are those of the events, on the clocks of the time zone in which they are read: {zone}.",
        "シフトと曜日は、各イベントの時刻を、読み込みに使うタイムゾーン({zone})で数えたものです。",
    ),
    "diversity.times_own": (
        "Shift and weekday are those of each log's first event, on the clocks of the time zone in which its source is read: "
        "{zones}.",
        "シフトと曜日は、各ログの最初のイベントの時刻を、ソースの読み込みに使うタイムゾーン({zones})で数えたものです。",
    ),
    "diversity.times_both": (
        "Shift and weekday are those of the first event of {own:,} logs; {others:,} logs have no time of their own and are "
        "counted by when they were analysed. Clocks are those of the time zone in which each source is read: {zones}.",
        "シフトと曜日は、{own:,} 件のログでは最初のイベントの時刻によります。"
        "時刻のない {others:,} 件は解析した時刻で数えています。"
        "タイムゾーンは、ソースの読み込みに使うもの({zones})です。",
    ),
    "diversity.times_analysed": (
        "None of these {others:,} logs has a time of its own: shift and weekday are those of the analysis, on the clocks of "
        "the time zone in which each source is read: {zones}.",
        "これら {others:,} 件のログには時刻がないため、シフトと曜日は解析した時刻によります。"
        "タイムゾーンは、ソースの読み込みに使うもの({zones})です。",
    ),
    "diversity.balanced": ("Nothing stands out.", "目立った偏りはありません。"),
    "diversity.aspect": ("By", "区分"),
    "diversity.counted": ("Counted", "数えたもの"),
    "diversity.values": ("Values", "値の数"),
    "diversity.effective": ("Effectively", "実効数"),
    "diversity.largest": ("Most frequent", "最も多い値"),
    "diversity.share": ("Its share", "その割合"),
    "diversity.unknown": ("Not known", "不明"),
    "diversity.station": ("station", "ステーション"),
    "diversity.source": ("source", "ソース"),
    "diversity.level": ("level", "レベル"),
    "diversity.recipe": ("recipe", "レシピ"),
    "diversity.shift": ("shift", "シフト"),
    "diversity.weekday": ("weekday", "曜日"),
    "diversity.length": ("length in events", "イベント数"),
    "diversity.label": ("label", "ラベル"),
    "diversity.format": ("format", "形式"),
    "diversity.weights": ("weights", "重み"),
    "diversity.unit.events": ("events", "イベント"),
    "diversity.unit.sequences": ("sequences", "系列"),
    "diversity.unit.decisions": ("decisions", "判定"),
    "diversity.value.early": ("early, 06 to 14", "早番 6~14 時"),
    "diversity.value.late": ("late, 14 to 22", "遅番 14~22 時"),
    "diversity.value.night": ("night, 22 to 06", "夜勤 22~6 時"),
    "diversity.value.mon": ("Monday", "月曜"),
    "diversity.value.tue": ("Tuesday", "火曜"),
    "diversity.value.wed": ("Wednesday", "水曜"),
    "diversity.value.thu": ("Thursday", "木曜"),
    "diversity.value.fri": ("Friday", "金曜"),
    "diversity.value.sat": ("Saturday", "土曜"),
    "diversity.value.sun": ("Sunday", "日曜"),
    "diversity.value.others": ("others", "その他"),
    "diversity.one_sided": (
        "**{share:.0%}** of the {unit} are of one {aspect}, {value}: what is learned holds for it first. Add data of others, "
        "or use it there only.",
        "{unit}の **{share:.0%}** が一つの{aspect}「{value}」のものです。学習した内容はまずそこに当てはまります。"
        "ほかのデータを加えるか、利用範囲をそこに限ってください。",
    ),
    "diversity.only_one": (
        "All {unit} are of one {aspect}, {value}. Of any other nothing is known.",
        "すべての{unit}が一つの{aspect}「{value}」のものです。ほかについては何もわかりません。",
    ),
    "diversity.lacking": (
        "Not covered, {aspect}: {values}. What is normal then cannot be learned from these data.",
        "{aspect}のうち、{values} のデータがありません。その時の正常な状態はこのデータからは学習できません。",
    ),
    "diversity.missing": (
        "{n:,} times a station never occurs in a shift in which others do: {some}. Check whether it stands still then, or is "
        "missing.",
        "ほかは動いているのに記録のないステーションとシフトの組が {n:,} 件あります: {some}。"
        "停止しているのか、データが欠けているのかを確認してください。",
    ),
    "diversity.one_label": (
        "All sequences have the same label, {value}: nothing can be told apart. Without labels of both kinds only the normal "
        "course can be learned.",
        "すべての系列のラベルが同じ「{value}」です。区別は学習できません。両方のラベルがなければ、正常の流れだけを学習できます。",
    ),
    "diversity.few_faulty": (
        "Only {n:,} faulty sequences: figures about faults are rough. Twenty or more of each kind are better.",
        "異常の系列が {n:,} 件しかありません。異常についての数値は粗くなります。種類ごとに 20 件以上が望まれます。",
    ),
    "diversity.look_at": ("Shares by", "割合を表示する区分"),
    "diversity.share_axis": ("Share", "割合"),
    "diversity.shares_alt": ("Shares of the most frequent values.", "多い値の割合。"),
    "diversity.practice": ("Selections that were never practised", "学習で一度も使われなかった選択"),
    "diversity.practice_none": ("No decision keeps what it selected yet.", "選択の記録がある判定はまだありません。"),
    "diversity.practice_few": (
        "The card of these weights does not say what they practised, and the source's first {n} decisions are still being "
        "collected.",
        "この重みのカードには学習時の選択の記録がなく、ソースの最初の {n} 件もまだ集まっていません。",
    ),
    "diversity.practice_reference": (
        "The card of these weights does not say what they practised; compared with the source's first {n} decisions instead.",
        "この重みのカードには学習時の選択の記録がないため、ソースの最初の {n} 件の判定と比べています。",
    ),
    "diversity.practice_card": (
        "Compared with what these weights select in {sequences:,} sequences ({events:,} events) of the data that they learned "
        "from.",
        "この重みが学習データの系列 {sequences:,} 件(イベント {events:,} 件)で選択した組と比べています。",
    ),
    "diversity.practice_all": (
        "None: every kind of pair among the forty heaviest of the last {n:,} decisions was practised.",
        "ありません。直近 {n:,} 件の判定で重みの大きい 40 種類の組は、すべて学習で使われています。",
    ),
    "diversity.practice_never": (
        "**{n:,} kinds of pairs** in the last {decisions:,} decisions were never practised. What rests on them was learned "
        "from nothing like it: review it first, and learn anew with such data.",
        "直近 {decisions:,} 件の判定に、学習で一度も使われなかった**組の種類が {n:,} 件**あります。"
        "それに基づく判定は優先して確認し、該当するデータを加えて学習し直してください。",
    ),
    "diversity.effect": ("Line", "行の種類"),
    "diversity.cause": ("Its cause", "その原因"),
    "diversity.in": ("In decisions", "含まれる判定"),
    "diversity.at_most": ("Share at most, %", "最大の割合(%)"),
}
