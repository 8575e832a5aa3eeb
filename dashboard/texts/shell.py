"""Texts of the frame: sidebar, units, jobs, failures, links."""

TEXTS: dict[str, tuple[str, str]] = {
    "shell.language": ("Language", "言語"),
    "shell.reviewer": ("Your name", "お名前"),
    "shell.reviewer_help": (
        "Recorded with every review and every run that you start. The app does not verify it.",
        "レビューと実行のたびに記録されます。本人確認は行いません。",
    ),
    "shell.word.upload": ("Choose a file", "ファイルを選択"),
    "shell.word.drop": ("or drop it here", "またはここにドロップ"),
    "shell.word.enter": ("Press Enter to apply", "Enter キーで確定"),
    "shell.word.ctrl_enter": ("Press Ctrl+Enter to apply", "Ctrl+Enter キーで確定"),
    "shell.model": ("Model {id}", "モデル {id}"),
    "shell.no_model": ("No model loaded", "モデルが読み込まれていません"),
    "unit.percent": ("{x:.1%}", "{x:.1%}"),
    "unit.join": (", ", "、"),
    "unit.day": ("{n} d", "{n} 日"),
    "unit.hour": ("{n} h", "{n} 時間"),
    "unit.minute": ("{n} min", "{n} 分"),
    "unit.second": ("{n} s", "{n} 秒"),
    "unit.millisecond": ("{n} ms", "{n} ミリ秒"),
    "job.queued": ("Waiting for the run before it", "前の実行が終わるのを待っています"),
    "job.queued_behind": ("Waiting: {n} runs come first", "待機中: 先に {n} 件の実行があります"),
    "job.file": ("File {number} of {of}", "ファイル {number} / {of}"),
    "job.percent": ("{share:.0%}", "{share:.0%}"),
    "job.left": ("about {time} left", "残り約 {time}"),
    "job.left_unknown": ("estimating the time left", "残り時間を計算中"),
    "job.cancel": ("Cancel", "中止"),
    "job.cancelling": ("Stopping", "中止しています"),
    "job.cancelled": ("Stopped. Nothing was stored.", "中止しました。何も保存されていません。"),
    "job.too_many": (
        "You have too many runs waiting already, and this one was not started. Let one of them finish or cancel one, then try "
        "again.",
        "実行待ちの処理が多すぎるため、開始しませんでした。いずれかの終了を待つか中止してから、もう一度お試しください。",
    ),
    "stage.read": ("Reading the file", "ファイルを読み込み中"),
    "stage.encode": ("Encoding the events", "イベントを符号化中"),
    "stage.layer": ("Selecting pairs in layer {n}", "第 {n} 層で組を選択中"),
    "stage.done": ("Deciding", "判定中"),
    "stage.store": ("Recording", "記録中"),
    "stage.attribution": ("Computing the contributions", "寄与を計算中"),
    "stage.prepare": ("Preparing the run", "実行を準備中"),
    "stage.explain": ("Comparing the explanations", "説明どうしを照合中"),
    "stage.pair": ("Removing pairs, one by one", "組を一つずつ除いて確認中"),
    "stage.scores": ("Scoring the explanations", "説明を採点中"),
    "stage.compare": ("Comparing with the record", "記録と照合中"),
    "stage.verify": ("Verifying the entries", "記録を検証中"),
    "stage.work": ("Working", "処理中"),
    "link.analyse": ("Analyse a log", "ログを解析"),
    "link.selection": ("Look at the selected pairs", "選択された組を見る"),
    "link.explain": ("Explain this decision", "この判定を説明"),
    "link.review": ("Review this decision", "この判定をレビュー"),
    "link.queue": ("Go to the review queue", "レビュー待ちの一覧へ"),
    "link.record": ("See its record", "記録を見る"),
    "failure.unknown": (
        "**Something went wrong on the server.** Nothing was stored. Try again; if it happens again, report error {id}.",
        "**サーバーで問題が発生しました。** 何も保存されていません。もう一度お試しください。"
        "再発する場合は、エラー番号 {id} をお知らせください。",
    ),
    "failure.conflict": (
        "**This is not possible as things stand now.** Nothing was stored. Somebody may have been faster: look at it again. "
        "Details: {text}",
        "**現在の状態では実行できません。** 何も保存されていません。ほかの人が先に操作した可能性があります。"
        "もう一度ご確認ください。詳細: {text}",
    ),
    "failure.denied": (
        "**You may not do this.** The attempt was recorded. If you need it for your work, ask an administrator for the role. "
        "Details: {text}",
        "**この操作の権限がありません。** 試みは記録されました。"
        "業務で必要な場合は、管理者に役割を依頼してください。詳細: {text}",
    ),
    "failure.sign_in": (
        "**Your session is over.** Please sign in again. Details: {text}",
        "**セッションが終了しました。** もう一度サインインしてください。詳細: {text}",
    ),
    "failure.not_found": (
        "**The record has no decision under this address.** Choose one from a list.",
        "**このアドレスの判定は記録にありません。** 一覧から選んでください。",
    ),
    "failure.tampered": (
        "**What is stored is not what was recorded.** Do not rely on this decision, verify the record, and tell "
        "the person in charge (number {id}). Details: {text}",
        "**保存されている内容が記録時と異なります。** この判定は使用せず、記録を検証し、"
        "責任者に連絡してください(番号 {id})。詳細: {text}",
    ),
    "failure.store": (
        "**The record cannot be used right now.** Nothing was stored. Reload the page in a minute; if that does not help, tell "
        "whoever runs this app (number {id}). Details: {text}",
        "**現在、記録を利用できません。** 何も保存されていません。しばらくしてから再読み込みしてください。"
        "改善しない場合は、運用担当者に連絡してください(番号 {id})。詳細: {text}",
    ),
    "failure.invalid": (
        "**This cannot be recorded.** Nothing was stored. Change what the details name, then try again. Details: {text}",
        "**この内容は記録できません。** 何も保存されていません。詳細の内容を直してから、もう一度お試しください。詳細: {text}",
    ),
    "failure.explanation": (
        "**This cannot be explained.** Nothing was stored, and the decision stays as it is. Try another line. Details: {text}",
        "**説明できません。** 何も保存されず、判定も変わりません。別の行をお試しください。詳細: {text}",
    ),
    "failure.weights": (
        "**There is no usable model.** Give its path with --weights or in SPARSEMIX_WEIGHTS and restart the app (number {id}). "
        "Details: {text}",
        "**使用できるモデルがありません。** --weights または SPARSEMIX_WEIGHTS でパスを指定し、"
        "再起動してください(番号 {id})。詳細: {text}",
    ),
}
