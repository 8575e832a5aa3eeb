"""A journal as ``journalctl`` prints it. Memory gets short, and five hundred lines later the kernel ends a service.

Logins, timers, jobs, a reboot now and then, and strangers who guess passwords belong to a usual day.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tests.benchmarks.newcomer.files import PlantedFile, Record, burst, log_file, side_by_side, stamp, with_block

_DISTANCE, _LINES = 500, (1_600, 2_300)
_PEOPLE = ("yamada", "schulz", "okafor", "backup")
_TIMERS = (
    ("logrotate", "Rotate log files"),
    ("fstrim", "Discard unused blocks on filesystems from /etc/fstab"),
    ("apt-daily", "Daily apt download activities"),
    ("man-db", "Daily man-db regeneration"),
    ("systemd-tmpfiles-clean", "Cleanup of Temporary Directories"),
)
_RARE = (
    "kernel: usb 1-4: new high-speed USB device number {n} using xhci_hcd",
    "systemd-timesyncd[412]: Timed out waiting for reply from 185.125.190.56:123 (ntp.ubuntu.com).",
    "kernel: perf: interrupt took too long ({n}512 > 2500), lowering kernel.perf_event_max_sample_rate to 50000",
    "smartd[688]: Device: /dev/sda [SAT], SMART Usage Attribute: 194 Temperature_Celsius changed from 6{n} to 64",
    "systemd-resolved[431]: Using degraded feature set UDP instead of UDP+EDNS0 for DNS server 10.1.0.2.",
    "kernel: e1000e 0000:00:1f.6 eno1: NIC Link is Down",
    "snapd[702]: storehelpers.go:1{n}: cannot refresh: snap has no updates available: core22, lxd",
)
_BOOT = (
    "kernel: Linux version 6.8.0-48-generic (buildd@lcy02-amd64-010) #48-Ubuntu SMP PREEMPT_DYNAMIC",
    "kernel: Command line: BOOT_IMAGE=/vmlinuz-6.8.0-48-generic root=/dev/mapper/vg0-root ro quiet",
    "kernel: BIOS-provided physical RAM map:",
    "kernel: Memory: 16216480K/16677760K available (22528K kernel code, 4443K rwdata)",
    "kernel: smpboot: CPU0: Intel(R) Xeon(R) E-2336 CPU @ 2.90GHz",
    "kernel: pci 0000:00:02.0: vgaarb: setting as boot VGA device",
    "kernel: EXT4-fs (dm-0): mounted filesystem with ordered data mode. Quota mode: none.",
    "systemd[1]: systemd 255.4-1ubuntu8.4 running in system mode",
    "systemd[1]: Hostname set to <mes-gw01>.",
    "systemd[1]: Reached target local-fs.target - Local File Systems.",
    "systemd[1]: Started systemd-udevd.service - Rule-based Manager for Device Events and Files.",
    "kernel: e1000e 0000:00:1f.6 eno1: NIC Link is Up 1000 Mbps Full Duplex, Flow Control: None",
    "systemd[1]: Started ssh.service - OpenBSD Secure Shell server.",
    "systemd[1]: Started mes-gateway.service - MES gateway.",
    "systemd[1]: Startup finished in 4.211s (kernel) + 17.402s (userspace) = 21.613s.",
)


def make(rng: np.random.Generator, name: str, faulty: bool) -> PlantedFile:
    """Return a journal in the short format, without years."""
    records = side_by_side(rng, int(rng.integers(*_LINES)), 11.0, _activity)
    if rng.random() < 0.5:
        down = ["systemd-logind[521]: System is rebooting.", "systemd[1]: Stopping mes-gateway.service - MES gateway..."]
        records = with_block(records, int(rng.integers(150, 1_400)), burst([*down, *_BOOT]))
    if faulty:
        at = int(rng.integers(200, 850))
        announced = [Record(0.0, ("systemd-journald[301]: Under memory pressure, flushing caches.",), "cause")]
        records = with_block(records, at, announced)
        records = with_block(records, at + _DISTANCE, burst(_killed(rng), "fault", 0.05))
    return log_file(f"{name}.log", records, _line)


def _killed(rng: np.random.Generator) -> list[str]:
    unit, process = (("mes-gateway", "java"), ("historian", "postgres"), ("report-worker", "python3"))[rng.integers(3)]
    pid, size = int(rng.integers(1_200, 9_000)), int(rng.integers(9, 15)) * 1_000_000 + int(rng.integers(100_000))
    group = f"/system.slice/{unit}.service"
    return [
        f"kernel: {process} invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0",
        f"kernel: oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task_memcg={group},task={process},pid={pid},uid=998",
        f"kernel: Out of memory: Killed process {pid} ({process}) total-vm:{size}kB, anon-rss:{size - 812_344}kB, UID:998",
        f"systemd[1]: {unit}.service: A process of this unit has been killed by the OOM killer.",
        f"systemd[1]: {unit}.service: Main process exited, code=killed, status=9/KILL",
        f"systemd[1]: {unit}.service: Failed with result 'oom-kill'.",
    ]


def _activity(rng: np.random.Generator, clock: float) -> Iterator[Record]:
    kind = rng.random()
    if kind < 0.55:
        lines = _order(rng)
    elif kind < 0.7:
        lines = _login(rng)
    elif kind < 0.82:
        pid = int(rng.integers(1_000, 60_000))
        lines = [
            (0.0, f"CRON[{pid}]: pam_unix(cron:session): session opened for user root(uid=0) by root(uid=0)"),
            (0.02, f"CRON[{pid + 1}]: (root) CMD (/usr/local/bin/collect-metrics --quiet)"),
            (0.9, f"CRON[{pid}]: pam_unix(cron:session): session closed for user root"),
        ]
    elif kind < 0.89:
        unit, what = _TIMERS[rng.integers(len(_TIMERS))]
        lines = [
            (0.0, f"systemd[1]: Starting {unit}.service - {what}..."),
            (rng.uniform(0.2, 9), f"systemd[1]: {unit}.service: Deactivated successfully."),
            (9.1, f"systemd[1]: Finished {unit}.service - {what}."),
        ]
    elif kind < 0.985:
        address = f"203.0.113.{rng.integers(1, 255)}"
        pid, port = int(rng.integers(1_000, 60_000)), int(rng.integers(30_000, 60_000))
        lines = [
            (0.0, f"sshd[{pid}]: Invalid user {('admin', 'test', 'oracle', 'pi')[rng.integers(4)]} from {address} port {port}"),
            (0.4, f"sshd[{pid}]: Connection closed by invalid user {address} port {port} [preauth]"),
        ]
    else:
        lines = [(0.0, _RARE[rng.integers(len(_RARE))].format(n=int(rng.integers(1, 10))))]
    # The journal's clock is fine, but processes hand their lines over a little late.
    return (Record(clock + after + float(rng.uniform(0, 0.3)), (text,)) for after, text in lines)


def _order(rng: np.random.Generator) -> list[tuple[float, str]]:
    order, cell, after = int(rng.integers(10**6, 10**7)), int(rng.integers(1, 7)), float(rng.uniform(1, 40))
    head = "mes-gateway[1190]:"
    lines = [
        (0.0, f"{head} INFO order {order} accepted for cell {cell}, {rng.integers(1, 40)} parts"),
        (0.6, f"{head} INFO order {order} program O{rng.integers(1_000, 1_040)} sent to cell {cell}"),
        (after, f"{head} INFO order {order} confirmed by cell {cell} after {after:.1f} s"),
    ]
    if rng.random() < 0.05:
        lines.insert(2, (after - 0.5, f"{head} WARN order {order} cell {cell} busy, retry in 500 ms"))
    return lines


def _login(rng: np.random.Generator) -> list[tuple[float, str]]:
    who, pid, session = _PEOPLE[rng.integers(len(_PEOPLE))], int(rng.integers(1_000, 60_000)), int(rng.integers(10, 999))
    port, stay = int(rng.integers(30_000, 60_000)), float(rng.exponential(300)) + 5
    lines = [
        (0.0, f"sshd[{pid}]: Accepted publickey for {who} from 10.1.4.{rng.integers(2, 60)} port {port} ssh2: ED25519"),
        (0.1, f"sshd[{pid}]: pam_unix(sshd:session): session opened for user {who}(uid=1000) by {who}(uid=0)"),
        (0.2, f"systemd-logind[521]: New session {session} of user {who}."),
        (stay, f"sshd[{pid}]: pam_unix(sshd:session): session closed for user {who}"),
        (stay + 0.1, f"systemd-logind[521]: Session {session} logged out. Waiting for processes to exit."),
        (stay + 0.2, f"systemd-logind[521]: Removed session {session}."),
    ]
    if rng.random() < 0.15:
        lines.insert(3, (stay / 2, f"sudo: {who} : TTY=pts/0 ; PWD=/home/{who} ; USER=root ; COMMAND=/usr/bin/journalctl -e"))
    return lines


def _line(record: Record) -> str:
    return f"{stamp(record.time, '%b %d %H:%M:%S')} mes-gw01 {record.cells[0]}"
