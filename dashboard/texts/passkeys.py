"""Texts of passkeys: adding one, signing with it, and what stands against it."""

TEXTS: dict[str, tuple[str, str]] = {
    "passkey.title": ("Passkey", "パスキー"),
    "passkey.lead": (
        "Sign with a fingerprint, your face or a security key; the password still works.",
        "指紋、顔、セキュリティキーで署名できます。パスワードも引き続き使えます。",
    ),
    "passkey.there": (
        "Passkey for {site}: to sign with it, leave the password empty.",
        "{site} 用のパスキーがあります。使うには、パスワードの欄を空のままにしてください。",
    ),
    "passkey.add": ("Add a passkey", "パスキーを追加"),
    "passkey.replace": ("Replace the passkey", "パスキーを置き換える"),
    "passkey.added": (
        "Passkey added: to sign with it, leave the password empty.",
        "パスキーを追加しました。使うには、パスワードの欄を空のままにしてください。",
    ),
    "passkey.remove": ("Remove the passkey", "パスキーを削除"),
    "passkey.remove_lead": (
        "What it signed stays signed. Delete it on the device too.",
        "これまでの署名は有効です。機器のパスキーも削除してください。",
    ),
    "passkey.sign": ("Sign with the passkey", "パスキーで署名"),
    "passkey.password": ("Your password", "あなたのパスワード"),
    # What the browser says
    "passkey.empty": ("Type your password first.", "先にパスワードを入力してください。"),
    "passkey.insecure": (
        "No passkeys at this address: they need https, or localhost. Sign with the password.",
        "このアドレスではパスキーを使えません。https または localhost が必要です。パスワードで署名してください。",
    ),
    "passkey.old": (
        "This browser has no passkeys. Sign with the password.",
        "このブラウザーはパスキーに対応していません。パスワードで署名してください。",
    ),
    "passkey.address": (
        "No passkeys at this address: open the app by its host's name, not its number.",
        "このアドレスではパスキーを使えません。数字ではなくホスト名で開いてください。",
    ),
    "passkey.cancelled": (
        "Nothing happened: cancelled, too slow, or not on this device.",
        "何も行われていません。キャンセル、時間切れ、またはこの機器にパスキーがありません。",
    ),
    "passkey.no_prf": (
        "This passkey cannot open a key (no extension prf). Use another one, or the password.",
        "このパスキーでは鍵を開けません（拡張機能 prf に非対応）。別のものかパスワードを使ってください。",
    ),
    "passkey.failed": (
        "The browser refused ({error}). Try again, or use the password.",
        "ブラウザーが拒否しました（{error}）。もう一度試すか、パスワードで署名してください。",
    ),
    # What the server says
    "signature.failed_passkey_answer": (
        "The browser's answer failed the check. Try again, or use the password.",
        "ブラウザーの応答を検証できませんでした。もう一度試すか、パスワードで署名してください。",
    ),
    "signature.failed_passkey_elsewhere": (
        "Your passkey belongs to another address of this app. Open it there, or use the password.",
        "あなたのパスキーはこのアプリの別のアドレス用です。そのアドレスで開くか、パスワードで署名してください。",
    ),
    "signature.failed_passkey_address": (
        "There are no passkeys at this address: open the app with https, or as localhost.",
        "このアドレスではパスキーを使えません。https または localhost で開いてください。",
    ),
    "signature.failed_passkey_late": (
        "This answer of the passkey was used already. Try again.",
        "このパスキーの応答は使用済みです。もう一度試してください。",
    ),
    "signature.failed_passkey_unreadable": (
        "What is stored of your passkey cannot be read: add it again, or use the password.",
        "保存されたパスキーの情報を読み取れません。追加し直すか、パスワードで署名してください。",
    ),
}
