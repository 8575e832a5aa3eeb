"""What ERP and NC of a press line write, in English and in Japanese: other words, keys and names than ``phrases``.

The events and the fields in braces are those of ``phrases``; everything around them differs.
"""

from __future__ import annotations

PHRASES: dict[str, dict[str, str]] = {
    "en": {
        "changeover_planned": "die exchange scheduled job={order}",
        "setup": "new die clamped program={recipe} job={order} crew={operator}",
        "run": "stroking begins program={recipe} coil={lot}",
        "calibration_done": "load cells zeroed channel={gauge} rest={small} kN",
        "calibration_skipped": "load cells left unzeroed channel={gauge} waived_by={operator}",
        "drift": "tonnage verified force={reading} kN nominal=800.0 kN deviation={drift} kN",
        "maintenance_verified": "overhaul closed unit={part} home position confirmed",
        "maintenance_open": "overhaul closed unit={part} home position unconfirmed",
        "offset": "thickness sample average={reading} mm shift={offset} mm pieces=16",
        "valve_closed": "isolation cock shut to flush circuit={supply}",
        "valve_opened": "isolation cock released circuit={supply}",
        "alarm": "trip hydraulics weak circuit={supply} p={pressure} bar",
        "cycle": "stroke done duration={cycle} s total={count}",
        "temperature": "oil sump={temperature} C",
        "vibration": "frame shake level={vibration} mm/s",
        "heartbeat": "alive roundtrip={latency} ms",
        "part_ok": "blank accepted id={serial}",
        "part_rework": "blank set aside id={serial} reason=Q{code}",
        "conveyor": "feeder pitch={speed} m/min",
        "door": "light curtain interrupted who={operator}",
        "door_closed": "light curtain clear",
        "login": "crew badge read holder={operator}",
        "shift": "handover team={shift}",
        "material": "coil loaded coil={lot} metres={count}",
        "tool": "punch wear punch=D{code} left={percent} %",
        "retry": "fieldbus resync try={code}",
    },
    "ja": {
        "changeover_planned": "金型交換 予約 job={order}",
        "setup": "新金型クランプ program={recipe} job={order} crew={operator}",
        "run": "プレス開始 program={recipe} coil={lot}",
        "calibration_done": "ロードセル零調整済 channel={gauge} rest={small} kN",
        "calibration_skipped": "ロードセル零調整せず channel={gauge} waived_by={operator}",
        "drift": "加圧力検証 force={reading} kN nominal=800.0 kN deviation={drift} kN",
        "maintenance_verified": "分解整備終了 unit={part} 基準位置を検証",
        "maintenance_open": "分解整備終了 unit={part} 基準位置は未検証",
        "offset": "板厚抜取 average={reading} mm shift={offset} mm pieces=16",
        "valve_closed": "洗浄につきコック遮断 circuit={supply}",
        "valve_opened": "コック復帰 circuit={supply}",
        "alarm": "トリップ 油圧不足 circuit={supply} p={pressure} bar",
        "cycle": "ストローク終了 duration={cycle} s total={count}",
        "temperature": "油温 sump={temperature} C",
        "vibration": "フレーム揺れ level={vibration} mm/s",
        "heartbeat": "応答 roundtrip={latency} ms",
        "part_ok": "ブランク合格 id={serial}",
        "part_rework": "ブランク保留 id={serial} reason=Q{code}",
        "conveyor": "フィーダ送り pitch={speed} m/min",
        "door": "ライトカーテン遮光 who={operator}",
        "door_closed": "ライトカーテン通光",
        "login": "社員証読取 holder={operator}",
        "shift": "引き継ぎ team={shift}",
        "material": "コイル装着 coil={lot} metres={count}",
        "tool": "パンチ摩耗 punch=D{code} left={percent} %",
        "retry": "フィールドバス再同期 try={code}",
    },
}

OPERATORS = {
    "en": ("Mori", "Kowalski", "Adeyemi", "Bianchi", "Dvorak", "Hansen"),
    "ja": ("森", "山本", "小川", "石井", "前田", "藤田"),
}
SHIFTS = {"en": ("red", "blue", "green"), "ja": ("赤組", "青組", "緑組")}
PARTS = ("ram", "cushion", "clutch", "gib", "decoiler")

LEVELS = {
    "calibration_skipped": "NOTICE",
    "alarm": "ERROR",
    "part_rework": "NOTICE",
    "door": "WARN",
    "retry": "NOTICE",
    "tool": "WARN",
}
FILLERS = (
    ("cycle", 34),
    ("temperature", 6),
    ("vibration", 16),
    ("heartbeat", 4),
    ("part_ok", 12),
    ("part_rework", 4),
    ("conveyor", 10),
    ("door", 2),
    ("door_closed", 2),
    ("login", 1),
    ("shift", 1),
    ("material", 2),
    ("tool", 5),
    ("retry", 1),
    ("changeover_planned", 1),
)
