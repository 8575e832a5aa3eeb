"""Texts of the frame (sidebar, units, jobs, failures, links) and of downloads."""

TEXTS: dict[str, tuple[str, str]] = {
    "shell.language": ("Language", "言語"),
    "shell.reviewer": ("Your name", "お名前"),
    "shell.reviewer_help": ("Recorded with your reviews and runs; not verified.", "レビューや実行とともに記録。確認はなし。"),
    "shell.word.upload": ("Choose a file", "ファイルを選択"),
    "shell.word.drop": ("or drop it here", "またはここにドロップ"),
    "shell.word.enter": ("Press Enter to apply", "Enter キーで確定"),
    "shell.word.ctrl_enter": ("Press Ctrl+Enter to apply", "Ctrl+Enter キーで確定"),
    "shell.model": ("Model {id}", "モデル {id}"),
    "shell.decided_by": ("This decision: {name}", "この判定のモデル：{name}"),
    "shell.no_model": ("No model loaded", "モデルが読み込まれていません"),
    "unit.percent": ("{x:.1%}", "{x:.1%}"),
    "unit.join": (", ", "、"),
    "unit.day": ("{n} d", "{n} 日"),
    "unit.hour": ("{n} h", "{n} 時間"),
    "unit.minute": ("{n} min", "{n} 分"),
    "unit.second": ("{n} s", "{n} 秒"),
    "unit.millisecond": ("{n} ms", "{n} ミリ秒"),
    "stage.wait": ("Waiting: {n} runs come first", "待機中：先に {n} 件の実行があります"),
    "job.file": ("File {number} of {of}", "ファイル {number} / {of}"),
    "job.left": ("about {time} left", "残り約 {time}"),
    "job.left_unknown": ("estimating the time left", "残り時間を計算中"),
    "job.cancel": ("Cancel", "中止"),
    "job.cancelling": ("Stopping", "中止しています"),
    "job.cancelled": ("Stopped. Nothing was stored.", "中止しました。何も保存されていません。"),
    "job.too_many": (
        "Not started: you have too many runs waiting. Let one finish or cancel one.",
        "開始しませんでした。実行待ちが多すぎます。いずれかの終了を待つか中止してください。",
    ),
    "stage.read": ("Reading the file", "ファイルを読み込み中"),
    "stage.encode": ("Encoding the events", "イベントを符号化中"),
    "stage.layer": ("Selecting pairs in layer {n}", "第 {n} 層で組を選択中"),
    "stage.done": ("Deciding", "判定中"),
    "stage.store": ("Recording", "記録中"),
    "stage.compare": ("Comparing with the record", "記録と照合中"),
    "stage.verify": ("Verifying the entries", "ログの項目を検証中"),
    "stage.work": ("Working", "処理中"),
    "link.analyse": ("Analyse a log", "ログを解析"),
    "link.log": ("Read the log", "ログを読む"),
    "link.list": ("All decisions", "すべての判定"),
    "link.selection": ("Look at the selected pairs", "選択された組を見る"),
    "link.queue": ("Go to the review queue", "レビュー待ちの一覧へ"),
    "failure.unknown": (
        "**Something went wrong on the server.** Nothing was stored. Try again; if it happens again, report error {id}.",
        "**サーバーで問題が発生しました。** 何も保存されていません。もう一度試し、"
        "再発する場合はエラー番号 {id} をお知らせください。",
    ),
    "failure.conflict": (
        "**Not possible now.** Nothing was stored. Somebody else may have acted first: look again. Details: {text}",
        "**現在の状態では実行できません。** 何も保存されていません。ほかの人が先に操作した可能性があります。詳細：{text}",
    ),
    "failure.denied": (
        "**You may not do this.** The attempt was recorded. Ask an administrator for the role. Details: {text}",
        "**この操作の権限がありません。** 試みたことは記録されました。管理者に役割を依頼してください。詳細：{text}",
    ),
    "failure.sign_in": (
        "**Your session is over.** Sign in again. Details: {text}",
        "**セッションが終了しました。** もう一度サインインしてください。詳細：{text}",
    ),
    "failure.not_found": (
        "**The record has no such decision.** Choose one from a list.",
        "**このアドレスの判定は記録にありません。** 一覧から選んでください。",
    ),
    "failure.tampered": (
        "**The stored data differ from what was recorded.** Do not rely on this decision, verify the record, and tell the "
        "person in charge (number {id}). Details: {text}",
        "**保存されている内容が記録時と異なります。** この判定は使用せず、記録を検証し、"
        "責任者に連絡してください（番号 {id}）。詳細：{text}",
    ),
    "failure.entry_changed": (
        "**This decision's entry in the log was changed while you were shown it.** Nothing was recorded; what you filled in "
        "is kept. Tell the administrator (number {id}), then reload the page.",
        "**この判定のログの項目が、表示中に書き換えられました。** 何も記録されず、入力内容は残っています。"
        "管理者に連絡し（番号 {id}）、ページを再読み込みしてください。",
    ),
    "failure.store": (
        "**The record cannot be used.** Nothing was stored. Reload in a minute, or tell the person who runs this app (number "
        "{id}). Details: {text}",
        "**現在、記録を利用できません。** 何も保存されていません。しばらくして再読み込みするか、"
        "運用担当者に連絡してください（番号 {id}）。詳細：{text}",
    ),
    "failure.passwords": (
        "**Many people sign in or sign now.** Nothing was stored. Try again in some seconds.",
        "**現在、サインインや署名が集中しています。** 何も保存されていません。数秒後にもう一度お試しください。",
    ),
    "failure.see_log": ("the log of the server names them.", "サーバーのログに記載されています。"),
    "failure.invalid": (
        "**Not recorded.** Correct what the details name, then try again. Details: {text}",
        "**記録されていません。** 詳細の内容を直してから、もう一度お試しください。詳細：{text}",
    ),
    "failure.explanation": (
        "**This cannot be explained.** Try another line. Details: {text}",
        "**説明できません。** 別の行をお試しください。詳細：{text}",
    ),
    "failure.weights": (
        "**There is no usable model.** Restart the app with its path in --weights or SPARSEMIX_WEIGHTS (number {id}). "
        "Details: {text}",
        "**使用できるモデルがありません。** --weights または SPARSEMIX_WEIGHTS でパスを指定し、"
        "再起動してください（番号 {id}）。詳細：{text}",
    ),
    # Tables and figures taken away as files, and the buttons over a figure
    "download.title": ("Download {what}", "{what} をダウンロード"),
    "download.csv": ("CSV, for spreadsheets", "CSV（表計算ソフト用）"),
    "download.jsonl": ("JSON lines, exact values", "JSON Lines（正確な値）"),
    "download.parquet": ("Parquet, exact values", "Parquet（正確な値）"),
    "download.png": ("PNG picture", "PNG 画像"),
    "download.svg": ("SVG drawing", "SVG（ベクター画像）"),
    "download.html": ("HTML, to zoom in offline", "HTML（オフラインで拡大可）"),
    "download.preparing": ("The picture is being made …", "画像を作成しています…"),
    "download.made": ("The picture is ready", "画像を作成しました"),
    "download.failed": ("The picture could not be made.", "画像を作成できませんでした。"),
    # Buttons of Plotly
}
