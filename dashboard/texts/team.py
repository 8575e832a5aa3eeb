"""Texts of the page Team (progress, agreement, claims, policy, accounts, programs), and of signing in."""

TEXTS: dict[str, tuple[str, str]] = {
    "team.page": ("Team", "チーム"),
    "team.lead": (
        "Who reviews how much, how far reviewers agree, and which rules apply.",
        "誰がどれだけレビューし、レビュー担当者がどの程度一致し、どの規則に従うかを示します。",
    ),
    "team.mine": ("Your work", "自分の作業"),
    "team.progress": ("Progress", "進捗"),
    "team.policy": ("Policy", "方針"),
    "team.accounts": ("Accounts", "アカウント"),
    "team.keys": ("Keys", "鍵"),
    "team.programs": ("Programs", "プログラム"),
    "team.denied": (
        "This page is for reviewers, leads, auditors and administrators.",
        "このページは、レビュー担当者、リーダー、監査担当者、管理者のためのものです。",
    ),
    "progress.none": ("No reviews yet.", "レビューはまだありません。"),
    "progress.queue": ("Queue", "レビュー待ち"),
    "progress.disputed_help": (
        "Reviewers disagree; a lead who has not reviewed the decision settles it.",
        "レビュー担当者の間に意見の相違があります。その判定をレビューしていないリーダーが裁定します。",
    ),
    "progress.overdue": ("Overdue", "期限超過"),
    "progress.overdue_help": ("Still waiting after their due date.", "期限を過ぎても待っている判定です。"),
    "progress.overdue_some": ("past their due date", "期限を過ぎています"),
    "progress.overdue_none": ("all in time", "すべて期限内"),
    "progress.held_help": (
        "Not to be used until reviewers have released them.",
        "レビュー担当者が使用可にするまで、使用できません。",
    ),
    "progress.claimed": ("In work", "作業中"),
    "progress.oldest": ("Oldest waits", "最長の待ち時間"),
    "progress.people": ("People", "レビュー担当者"),
    "progress.today": ("Today", "本日"),
    "progress.flagged": ("Flagged", "指摘"),
    "progress.withdrawn": ("Withdrawn", "取消"),
    "progress.adjudications": ("Settled", "裁定"),
    "progress.median": ("Median time", "時間の中央値"),
    "progress.median_help": (
        "From opening a decision to submitting the review.",
        "判定を開いてからレビューを送信するまでの時間です。",
    ),
    "progress.last": ("Last (UTC)", "最後（UTC）"),
    "progress.control": ("Control items right", "確認用の項目の正答"),
    "progress.control_help": (
        "Control items are decisions whose right verdict is known; they come up among the others, unmarked. In brackets: "
        "the 95% interval (Wilson), which is wide while there are few.",
        "確認用の項目は、正しい結論が分かっている判定で、ほかの判定に混ぜて出されます。"
        "括弧内は 95% 区間（Wilson）で、件数が少ない間は広くなります。",
    ),
    "progress.outcome": ("Matches the outcome", "最終結果との一致"),
    "progress.outcome_help": (
        "Share of this person's reviews that match the final outcome of the decision, with its 95% interval (Wilson).",
        "この人のレビューのうち、判定の最終結果と同じだった割合です。括弧内は 95% 区間（Wilson）です。",
    ),
    "progress.share": ("{x:.0%} ({low:.0%} to {high:.0%}) of {n:,}", "{x:.0%}（{low:.0%}～{high:.0%}）、{n:,} 件"),
    "progress.mine_lead": (
        "Your reviews so far. Only leads can see how often you judged control items right.",
        "これまでのあなたのレビューです。確認用の項目の正答率はリーダーだけが見られます。",
    ),
    "agreement.title": ("Agreement between reviewers", "レビュー担当者間の一致度"),
    "agreement.lead": (
        "On approve or flag, over decisions that several people reviewed independently. Kappa and alpha are agreement "
        "beyond chance: 1 is perfect, 0 is what guessing gives. From 0.80 on agreement counts as reliable, below 0.67 as "
        "too low to rely on (Krippendorff). A wide interval means: too few decisions yet.",
        "複数の人が独立にレビューした判定について、承認か指摘かの一致度です。"
        "カッパとアルファは偶然を超えた一致を表し、1 は完全な一致、0 は当て推量と同じです。"
        "0.80 以上は信頼でき、0.67 未満は低すぎるとされます（Krippendorff）。区間が広いのは、判定がまだ少ないためです。",
    ),
    "agreement.none": (
        "No decision has been reviewed by several people yet. With an overlap of 2 or more in the policy, agreement "
        "appears here.",
        "複数の人がレビューした判定はまだありません。方針の重複を 2 以上にすると、ここに一致度が表示されます。",
    ),
    "agreement.measure": ("Measure", "指標"),
    "agreement.from_to": ("{low:.2f} to {high:.2f}", "{low:.2f}～{high:.2f}"),
    "agreement.share": ("{low:.0%} to {high:.0%}", "{low:.0%}～{high:.0%}"),
    "agreement.items": ("Decisions", "判定"),
    "agreement.observed": ("Observed agreement", "観測された一致"),
    "agreement.observed_means": (
        "share of pairs of reviews that say the same, chance included",
        "同じ意見だったレビューの組の割合（偶然の一致を含む）",
    ),
    "agreement.krippendorff": ("Krippendorff's alpha", "クリッペンドルフのアルファ"),
    "agreement.krippendorff_means": (
        "all decisions with two or more reviews",
        "二件以上のレビューがある判定すべて",
    ),
    "agreement.fleiss": ("Fleiss' kappa", "フライスのカッパ"),
    "agreement.fleiss_means": ("only decisions with the most common number of reviews", "最も多いレビュー件数を持つ判定のみ"),
    "agreement.pairs": ("Pairs of reviewers (Cohen's kappa)", "レビュー担当者の組（コーエンのカッパ）"),
    "agreement.first": ("Reviewer", "レビュー担当者"),
    "agreement.second": ("and", "相手"),
    "agreement.kappa": ("Kappa", "カッパ"),
    "claims.title": ("In work", "作業中の判定"),
    "claims.lead": (
        "A claim keeps a decision for one person. Free it when that person will not come back to it.",
        "担当を取ると、その判定は一人のものになります。本人が戻らない場合は担当を解除してください。",
    ),
    "claims.none": ("Nobody works on a decision right now.", "現在、作業中の判定はありません。"),
    "claims.line": (
        "**{name}** · decision {id} · since {since} UTC · until {until} UTC",
        "**{name}** · 判定 {id} · {since} UTC から · {until} UTC まで",
    ),
    "claims.dispute": ("settling a dispute", "意見の相違を裁定中"),
    "claims.over": ("expired", "期限切れ"),
    "claims.free": ("Free", "解除"),
    "claims.freed": ("Claim of {name} freed.", "{name} の担当を解除しました。"),
    "claims.gone": ("This claim is gone already.", "この担当はすでに解除されています。"),
    "claims.more": ("{n:,} more.", "ほか {n:,} 件。"),
    "rule.never": (
        "The policy has not been changed yet: these are the default settings of the app.",
        "方針はまだ変更されていません。初期設定のままです。",
    ),
    "rule.since": ("In force since {time} UTC (entry {seq:,} of the log).", "{time} UTC から有効（ログの第 {seq:,} 件）。"),
    "rule.from_now": (
        "A change applies to decisions recorded from then on, and to claims, and is an entry of the log.",
        "変更は、以後に記録される判定と担当に適用され、ログの項目として残ります。",
    ),
    "rule.times": ("Times", "時間"),
    "rule.overlap": ("Independent reviews per decision", "判定ごとの独立したレビュー数"),
    "rule.overlap_help": (
        "How many people review a waiting decision without seeing each other's reviews. When they disagree, a lead settles "
        "it. From 2 on, agreement can be measured.",
        "待っている判定を何人が互いのレビューを見ずにレビューするかです。一致しない場合はリーダーが裁定します。"
        "2 以上にすると一致度を測れます。",
    ),
    "rule.blind": ("Blind review", "ブラインドレビュー"),
    "rule.blind_help": (
        "The model's verdict is hidden until the reviewer has submitted a review, so that nobody just agrees with it.",
        "レビュー担当者がレビューを送信するまで、モデルの結論を隠します。そのまま同意することを防ぎます。",
    ),
    "rule.sampling": ("Random sample, %", "無作為抽出（%）"),
    "rule.sampling_help": (
        "This share of the decisions that are not held is reviewed too: only these reviews show what the reasons for "
        "holding miss.",
        "保留されない判定のうち、この割合を無作為に選んでレビューします。"
        "保留の理由に当てはまらない見落としを知る唯一の手段です。",
    ),
    "rule.control": ("Control items, %", "確認用の項目（%）"),
    "rule.control_help": (
        "This share of the claims are decisions whose right verdict is known, unmarked: they measure reviewers. At most 50.",
        "担当の中に、正しい結論が分かっている判定を、この割合で印を付けずに混ぜます。レビュー担当者の正確さを測ります。"
        "最大 50。",
    ),
    "rule.lease": ("Duration of a claim, minutes", "担当の有効時間（分）"),
    "rule.lease_help": (
        "A decision is kept this long for the person who claimed it. After that somebody else may get it.",
        "判定は、担当を取った人にこの時間だけ確保されます。その後はほかの人に割り当てられることがあります。",
    ),
    "rule.due": ("Held decisions are due after, hours", "保留の判定の期限（時間）"),
    "rule.due_help": ("0: they have no due date.", "0 にすると期限なしです。"),
    "rule.undo": ("A review can be taken back for, minutes", "レビューを取り消せる時間（分）"),
    "rule.undo_help": ("Later it can still be amended. 0: never.", "その後も修正はできます。0 にすると取り消せません。"),
    "rule.save": ("Set policy", "方針を設定"),
    "rule.unsaved": ("Not set yet.", "まだ設定されていません。"),
    "rule.changed_meanwhile": (
        "**Not set.** Somebody has set another policy since it was shown here; the fields show it now. Look at it, then make "
        "your change again.",
        "**設定されていません。** 表示後に、ほかの人が方針を変更しました。欄には現在の方針が表示されています。"
        "確認してから、もう一度変更してください。",
    ),
    "rule.saved": ("Policy set, entry {seq:,} of the log.", "方針を設定しました（ログの第 {seq:,} 件）。"),
    "rule.yes": ("yes", "あり"),
    "rule.no": ("no", "なし"),
    "rule.setting": ("Setting", "設定"),
    "rule.ask": (
        "A lead sets these. An administrator gives people the role under Accounts.",
        "リーダーが設定します。役割は管理者がアカウントで割り当てます。",
    ),
    # Signing in, one's own account, and the accounts of a team
    "sign_in.title": ("Sign in", "サインイン"),
    "sign_in.lead": ("What you do is recorded under your name.", "操作はあなたの名前で記録されます。"),
    "sign_in.login": ("Login name", "ログイン名"),
    "sign_in.password": ("Password", "パスワード"),
    "sign_in.submit": ("Sign in", "サインイン"),
    "sign_in.wrong": (
        "The login name or the password is wrong, or the account is locked for some minutes after too many failures.",
        "ログイン名またはパスワードが正しくないか、失敗が続いたためアカウントが数分間ロックされています。",
    ),
    "sign_in.ended": (
        "Your session has ended. Sign in again, and the page that you asked for opens.",
        "セッションが終了しました。もう一度サインインすると、元のページが表示されます。",
    ),
    "sign_in.left": ("You are signed out.", "サインアウトしました。"),
    "sign_in.forgotten": (
        "Forgotten your password? An administrator can give you a new one.",
        "パスワードを忘れた場合は、管理者が新しいものを発行できます。",
    ),
    "sign_in.provider": ("Sign in with your organisation", "組織のアカウントでサインイン"),
    "sign_in.provider_named": ("Sign in with {name}", "{name} でサインイン"),
    "sign_in.provider_missing": (
        "The identity provider is not configured: the file .streamlit/secrets.toml has no section [auth]. The person who "
        "runs this server has to add it.",
        "ID プロバイダーが設定されていません。.streamlit/secrets.toml に [auth] の項目がありません。"
        "サーバーの運用担当者が追加する必要があります。",
    ),
    "sign_in.provider_refused": (
        "Your organisation's sign-in could not be used. Sign in there again. Details: {text}",
        "組織のサインインを利用できませんでした。もう一度サインインしてください。詳細：{text}",
    ),
    "sign_in.by_password": ("Sign in with a password instead", "代わりにパスワードでサインイン"),
    "sign_in.no_role": (
        "You are signed in as {name}, but you have no role yet. Ask an administrator to give you one.",
        "{name} としてサインインしていますが、まだ役割がありません。管理者に依頼してください。",
    ),
    "set_up.title": ("Set up the first administrator", "最初の管理者を設定"),
    "set_up.lead": (
        "This record has no accounts yet. The first administrator creates the others on the Team page.",
        "この記録にはまだアカウントがありません。最初の管理者が、チームのページでほかのアカウントを作成します。",
    ),
    "set_up.code": ("Set-up code", "設定コード"),
    "set_up.code_help": (
        "The set-up code is printed where the server was started, so that only the person who runs it can do this.",
        "設定コードはサーバーを起動した画面に表示されます。サーバーを運用する人だけが設定できます。",
    ),
    "set_up.name": ("Your name", "お名前"),
    "set_up.name_help": (
        "Recorded with everything that you do. It cannot be changed in what is recorded already.",
        "すべての操作とともに記録されます。すでに記録されたものは変更できません。",
    ),
    "set_up.password": ("Password, {n} characters or more", "パスワード（{n} 文字以上）"),
    "set_up.repeat": ("Password again", "パスワード（確認）"),
    "set_up.submit": ("Create the administrator", "管理者を作成"),
    "set_up.wrong_code": (
        "This is not the set-up code. It is printed where the server was started, and is new at every start.",
        "設定コードが正しくありません。サーバーを起動した画面に表示され、起動のたびに変わります。",
    ),
    "set_up.taken": (
        "There are accounts already. Sign in, or ask an administrator for an account.",
        "すでにアカウントがあります。サインインするか、管理者に依頼してください。",
    ),
    "set_up.provider_first": (
        "First sign in with your organisation, then enter the set-up code.",
        "まず組織のアカウントでサインインし、次に設定コードを入力してください。",
    ),
    "set_up.provider_known": (
        "Your organisation says that you are {name}. Enter the set-up code to become the first administrator.",
        "組織の情報では、あなたは {name} です。設定コードを入力すると、最初の管理者になります。",
    ),
    "password.missing": ("Fill in all fields.", "すべての欄に入力してください。"),
    "password.short": ("The password needs at least {n} characters.", "パスワードは {n} 文字以上にしてください。"),
    "password.has_login": ("The password must not contain the login name.", "パスワードにログイン名を含めることはできません。"),
    "password.differs": ("The two passwords differ.", "二つのパスワードが一致しません。"),
    "account.name": ("**{name}**", "**{name}**"),
    "account.menu": ("{name}", "{name}"),
    "account.since": ("Signed in since {time} UTC", "{time} UTC からサインイン中"),
    "account.no_roles": ("No role", "役割なし"),
    "account.sign_out": ("Sign out", "サインアウト"),
    "account.change": ("Change password", "パスワードを変更"),
    "account.old": ("Current password", "現在のパスワード"),
    "account.new": ("New password, {n} characters or more", "新しいパスワード（{n} 文字以上）"),
    "account.repeat": ("New password again", "新しいパスワード（確認）"),
    "account.old_wrong": ("The current password is wrong.", "現在のパスワードが正しくありません。"),
    "account.changed": (
        "Password changed. Your other sessions have ended.",
        "パスワードを変更しました。ほかのセッションは終了しました。",
    ),
    "role.viewer": ("Viewer", "閲覧者"),
    "role.reviewer": ("Reviewer", "レビュー担当者"),
    "role.lead": ("Lead", "リーダー"),
    "role.auditor": ("Auditor", "監査担当者"),
    "role.admin": ("Administrator", "管理者"),
    "role.service": ("Program", "プログラム"),
    "role_may.viewer": ("reads decisions and verifies the record", "判定の閲覧と記録の検証"),
    "role_may.reviewer": ("analyses logs, trains on data and reviews decisions", "ログの解析、データの学習、判定のレビュー"),
    "role_may.lead": (
        "also settles disputes, sees the team's progress, sets the review policy and decides which weights are used",
        "加えて、意見の相違の裁定、チームの進捗の確認、レビュー方針の設定、使用する重みの決定",
    ),
    "role_may.auditor": (
        "sees everything, exports the record and signs checkpoints, but judges nothing",
        "すべての閲覧、記録の書き出し、チェックポイントへの署名（判定はしない）",
    ),
    "role_may.admin": (
        "manages accounts and erases content when its retention period is over, but judges nothing",
        "アカウントの管理と、保存期間を過ぎた内容の消去（判定はしない）",
    ),
    "role_may.service": (
        "submits logs and asks the gate with a token, and judges nothing; for another system, not for a person",
        "トークンによるログの提出とゲートの照会（判定はしない）。人ではなくほかのシステムのための役割",
    ),
    "accounts.roles_title": ("What the roles may do", "役割ごとにできること"),
    "accounts.role_line": ("**{role}** {may}", "**{role}** {may}"),
    "accounts.roles": ("Roles", "役割"),
    "accounts.active": ("Active", "有効"),
    "accounts.inactive": ("Not active", "無効"),
    "accounts.by": ("Signs in by", "サインイン方法"),
    "accounts.by_password": ("Password", "パスワード"),
    "accounts.by_token": ("Token (a program)", "トークン（プログラム）"),
    "accounts.new": ("New account", "新しいアカウント"),
    "accounts.create": ("Create account", "アカウントを作成"),
    "accounts.created": ("Account of {name} created.", "{name} のアカウントを作成しました。"),
    "accounts.choose": ("Choose an account on the left to change it.", "左の一覧から変更するアカウントを選んでください。"),
    "accounts.save": ("Save changes", "変更を保存"),
    "accounts.saved": (
        "Account of {name} saved. Its sessions have ended.",
        "{name} のアカウントを保存し、セッションを終了しました。",
    ),
    "accounts.ends_sessions": (
        "A change ends this person's sessions: they sign in again.",
        "変更するとこの人のセッションは終了し、もう一度サインインが必要になります。",
    ),
    "accounts.is_you": (
        "This is your own account: after a change you sign in again.",
        "あなた自身のアカウントです。変更後はもう一度サインインが必要です。",
    ),
    "accounts.deactivate": ("Deactivate", "無効にする"),
    "accounts.activate": ("Activate", "有効にする"),
    "accounts.reset": ("New password", "新しいパスワードを発行"),
    "accounts.password_for": (
        "Password of {name}. It is shown only now: hand it over in person, and have it changed after the first sign-in.",
        "{name} のパスワード。表示されるのは今だけです。本人に直接渡し、最初のサインイン後に変更してもらってください。",
    ),
    "accounts.password_done": ("I have noted it", "控えました"),
    "accounts.erase": ("Erase", "消去"),
    "accounts.erase_lead": (
        "Removes name, login name and password from the record. What this person did stays, under the account's number. "
        "This cannot be undone.",
        "名前、ログイン名、パスワードを記録から消去します。この人の操作は、アカウント番号とともに残ります。元に戻せません。",
    ),
    "accounts.erase_now": ("Erase for good", "完全に消去"),
    "accounts.erased": ("Account erased.", "アカウントを消去しました。"),
    "accounts.login_taken": ("This login name is taken.", "このログイン名は使われています。"),
    "accounts.last_admin": (
        "An active administrator has to remain. Give somebody else the role first.",
        "有効な管理者が一人は必要です。先にほかの人に役割を与えてください。",
    ),
    "accounts.changed_refused": (
        "**Not stored.** Somebody has changed this account since it was shown here. What you typed is kept.",
        "**保存されていません。** 表示後に、ほかの人がこのアカウントを変更しました。入力した内容は残っています。",
    ),
    "accounts.changed_since": (
        "Since it was shown here, this account was changed. It is now: **{name}** · {roles} · {state}. Its password may be "
        "another. Go on with it as it is now, look at the fields, then make your change.",
        "表示後に、このアカウントは変更されました。現在：**{name}** · {roles} · {state}。"
        "パスワードも変更された可能性があります。現在の状態から続け、欄を確認してから変更してください。",
    ),
    "accounts.go_on": ("Go on with it as it is now", "現在の状態から続ける"),
    "accounts.still_active": ("Deactivate the account before you erase it.", "消去する前にアカウントを無効にしてください。"),
    "accounts.gone": ("This account no longer exists.", "このアカウントはもうありません。"),
    "accounts.invalid": ("This cannot be saved. Details: {text}", "保存できません。詳細：{text}"),
    "alone.title": ("Work as a team", "チームで使う"),
    "alone.lead": (
        "So far everybody at this machine has all rights, and nobody checks names. As soon as there is an administrator, "
        "everybody signs in; the administrator creates the other accounts here.",
        "現在は、この端末を使う人に全権限があり、名前は確認されません。"
        "管理者を作成すると全員にサインインが必要になり、ほかのアカウントは管理者がここで作成します。",
    ),
    # Other programs that ask at the gate, and their tokens
    "programs.title": ("Programs at the gate", "ゲートに問い合わせるプログラム"),
    "programs.lead": (
        "Other systems submit logs and ask whether a lot is released. Each has a token, and judges nothing.",
        "ほかのシステムがログを提出し、ロットが使用可かどうかを照会します。それぞれがトークンを持ち、判定はしません。",
    ),
    "programs.alone": (
        "Tokens can be issued once the record has an administrator: create one under Accounts.",
        "トークンは管理者の作成後に発行できます。「アカウント」で管理者を作成してください。",
    ),
    "programs.none": ("No program has a token yet.", "トークンを持つプログラムはまだありません。"),
    "programs.name": ("Program", "プログラム"),
    "programs.role": ("May", "できること"),
    "programs.issued": ("Issued", "発行"),
    "programs.expires": ("Valid until", "有効期限"),
    "programs.hash": ("Hash", "ハッシュ"),
    "programs.good": ("Valid", "有効"),
    "programs.expired": ("Expired", "期限切れ"),
    "programs.revoked": ("Revoked", "失効"),
    "programs.service": ("Submit and ask", "提出と照会"),
    "programs.viewer": ("Only ask", "照会のみ"),
    "programs.new": ("New token", "新しいトークン"),
    "programs.account": ("Name of the program", "プログラムの名前"),
    "programs.days": ("Valid for, in days", "有効日数"),
    "programs.issue": ("Issue token", "トークンを発行"),
    "programs.missing": ("Give the program a name.", "プログラムの名前を入力してください。"),
    "programs.is_issued": ("Token for {name} issued.", "{name} のトークンを発行しました。"),
    "programs.token_for": (
        "Token of {name}. It is shown only now: put it where the program keeps its secrets.",
        "{name} のトークン。表示されるのは今だけです。プログラムの秘密情報の保管場所に保存してください。",
    ),
    "programs.choose": ("Choose a token on the left to revoke it.", "失効させるトークンを左の一覧から選んでください。"),
    "programs.revoke_lead": (
        "From now on {name} is refused with this token. This cannot be undone; issue a new one if it is still needed.",
        "今後このトークンでは {name} を受け付けません。元に戻せません。必要なら新しいトークンを発行してください。",
    ),
    "programs.is_revoked": ("Token of {name} revoked.", "{name} のトークンを失効させました。"),
}
