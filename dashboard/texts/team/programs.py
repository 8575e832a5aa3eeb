"""Texts of the other programs that ask at the gate, and of their tokens."""

TEXTS = {
    "programs.title": ("Programs at the gate", "ゲートに問い合わせるプログラム"),
    "programs.lead": (
        "Other systems submit logs and ask whether a lot is released. Each has a token, and judges nothing.",
        "他のシステムがログを提出し、ロットが解放されたかを照会します。それぞれがトークンを持ち、判定はしません。",
    ),
    "programs.alone": (
        "Tokens are given once the record has an administrator: create one under Accounts.",
        "トークンは管理者の作成後に発行できます。「アカウント」で管理者を作成してください。",
    ),
    "programs.none": ("No program has a token yet.", "トークンを持つプログラムはまだありません。"),
    "programs.name": ("Program", "プログラム"),
    "programs.role": ("May", "できること"),
    "programs.issued": ("Issued", "発行"),
    "programs.expires": ("Good until", "有効期限"),
    "programs.state": ("State", "状態"),
    "programs.hash": ("Hash", "ハッシュ"),
    "programs.good": ("Good", "有効"),
    "programs.expired": ("Has run out", "期限切れ"),
    "programs.revoked": ("Revoked", "失効"),
    "programs.service": ("Submit and ask", "提出と照会"),
    "programs.viewer": ("Only ask", "照会のみ"),
    "programs.new": ("New token", "新しいトークン"),
    "programs.account": ("Name of the program", "プログラムの名前"),
    "programs.days": ("Good for, in days", "有効日数"),
    "programs.issue": ("Issue token", "トークンを発行"),
    "programs.missing": ("Give the program a name.", "プログラムの名前を入力してください。"),
    "programs.is_issued": ("Token for {name} issued.", "{name} のトークンを発行しました。"),
    "programs.token_for": (
        "Token of {name}. It is shown only now: put it where the program keeps its secrets.",
        "{name} のトークン。表示されるのは今だけです。プログラムの秘密情報の保管場所に保存してください。",
    ),
    "programs.noted": ("I have noted it", "控えました"),
    "programs.choose": ("Choose a token on the left to revoke it.", "失効させるトークンを左の一覧から選んでください。"),
    "programs.revoke": ("Revoke", "失効させる"),
    "programs.revoke_lead": (
        "From now on {name} is refused with this token. This cannot be undone; issue a new one if it is still needed.",
        "今後このトークンでは {name} を受け付けません。元に戻せません。必要なら新しいトークンを発行してください。",
    ),
    "programs.is_revoked": ("Token of {name} revoked.", "{name} のトークンを失効させました。"),
    "programs.refused": ("This cannot be done. Details: {text}", "実行できません。詳細: {text}"),
}
