"""Texts of passkeys: adding one, signing with it, and what stands against it."""

TEXTS: dict[str, tuple[str, str]] = {
    "passkey.title": ("Passkey", "パスキー"),
    "passkey.lead": (
        "Sign with a fingerprint, your face or a security key instead of typing the password. The passkey makes a further "
        "key of yours; the password still works.",
        "パスワードの代わりに、指紋、顔、セキュリティキーで署名できます。パスキーごとに別の鍵が作られます。"
        "パスワードも引き続き使えます。",
    ),
    "passkey.there": (
        "You have a passkey for {site}. To sign with it, leave the field for the password empty.",
        "{site} 用のパスキーがあります。署名に使うには、パスワードの欄を空のままにしてください。",
    ),
    "passkey.add": ("Add a passkey", "パスキーを追加"),
    "passkey.replace": ("Replace the passkey", "パスキーを置き換える"),
    "passkey.added": (
        "Passkey added. To sign with it, leave the field for the password empty.",
        "パスキーを追加しました。署名に使うには、パスワードの欄を空のままにしてください。",
    ),
    "passkey.remove": ("Remove the passkey", "パスキーを削除"),
    "passkey.remove_lead": (
        "Without it you sign with the password. What it signed before stays signed. On the device, delete it in the browser's "
        "or the system's settings.",
        "削除後はパスワードで署名します。これまでの署名は有効なままです。機器に残るパスキーは、"
        "ブラウザーまたはシステムの設定で削除してください。",
    ),
    "passkey.removed": ("Passkey removed: it signs nothing any more.", "パスキーを削除しました。今後の署名には使えません。"),
    "passkey.sign": ("Sign with the passkey", "パスキーで署名"),
    "passkey.password": ("Your password", "あなたのパスワード"),
    # What the browser says
    "passkey.empty": ("Type your password first.", "先にパスワードを入力してください。"),
    "passkey.insecure": (
        "No passkeys at this address: browsers ask for https, or localhost on the same machine. Sign with the password.",
        "このアドレスではパスキーを使えません。ブラウザーは https、または同じマシンの localhost だけで使用を認めます。"
        "パスワードで署名してください。",
    ),
    "passkey.old": (
        "This browser has no passkeys. Sign with the password, or use a newer browser.",
        "このブラウザーはパスキーに対応していません。パスワードで署名するか、新しいブラウザーを使ってください。",
    ),
    "passkey.address": (
        "No passkeys at this address: open the app under its host's name, not its number, with https or as localhost.",
        "このアドレスではパスキーを使えません。数字のアドレスではなく、https とホスト名、または localhost で開いてください。",
    ),
    "passkey.cancelled": (
        "Nothing happened: it was cancelled, took too long, or this device does not have the passkey.",
        "何も行われていません。キャンセルされたか、時間切れか、この機器にパスキーがありません。",
    ),
    "passkey.no_prf": (
        "This passkey cannot open a key: browser or device lack the extension prf. Use another one, or sign with the password.",
        "このパスキーでは鍵を開けません。ブラウザーまたは機器が拡張機能 prf に対応していません。"
        "別のものを使うか、パスワードで署名してください。",
    ),
    "passkey.failed": (
        "The browser refused ({error}). Try again, or sign with the password.",
        "ブラウザーが拒否しました（{error}）。もう一度試すか、パスワードで署名してください。",
    ),
    # What the server says
    "signature.failed_passkey_answer": (
        "**Not signed.** Nothing was stored. The browser's answer did not pass the check. Try again, or sign with the "
        "password.",
        "**署名されていません。** 何も保存されていません。ブラウザーの応答を検証できませんでした。"
        "もう一度試すか、パスワードで署名してください。",
    ),
    "signature.failed_passkey_elsewhere": (
        "**Not signed.** Nothing was stored. Your passkey belongs to another address of this app. Open the app there, or sign "
        "with the password.",
        "**署名されていません。** 何も保存されていません。あなたのパスキーは、このアプリの別のアドレス用です。"
        "そのアドレスで開くか、パスワードで署名してください。",
    ),
    "signature.failed_passkey_address": (
        "**Not signed.** Nothing was stored. There are no passkeys at this address: open the app with https, or as localhost.",
        "**署名されていません。** 何も保存されていません。このアドレスではパスキーを使えません。"
        "https または localhost で開いてください。",
    ),
    "signature.failed_passkey_late": (
        "**Not signed.** Nothing was stored. This answer of the passkey was used already. Try again.",
        "**署名されていません。** 何も保存されていません。このパスキーの応答は使用済みです。もう一度試してください。",
    ),
    "signature.failed_passkey_unreadable": (
        "**Not signed.** Nothing was stored. What is stored of your passkey cannot be read: add it again, or sign with the "
        "password.",
        "**署名されていません。** 何も保存されていません。保存されたパスキーの情報を読み取れません。"
        "追加し直すか、パスワードで署名してください。",
    ),
}
