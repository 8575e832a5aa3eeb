"""A throw-away PostgreSQL server for tests and drills, from the programs that Debian's package `postgresql` installs.

    python -m tests.support.postgres start FOLDER          prints the address of its database "postgres"
    python -m tests.support.postgres stop FOLDER

PostgreSQL refuses to run as root: then it runs as Debian's user `postgres`, to whom the folder is given.
"""

from __future__ import annotations

import argparse
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from uuid import uuid4

import psycopg

__all__ = ["Server", "programs"]


def programs() -> Path | None:
    """Return the folder of the newest server's programs; None where no server is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).parent if elsewhere else None


class Server:
    """A server in `folder`, reached by a socket there. `durable=False` trades safety at power loss for speed."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        bin = programs()
        if bin is None:
            raise FileNotFoundError("PostgreSQL's server is not installed; on Debian: apt-get install postgresql")
        self.bin, self.folder = bin, folder
        self.data = folder / "data"
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
        if not self.data.exists():
            self._run("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C")
            with (self.data / "postgresql.conf").open("a", encoding="utf-8") as settings:
                settings.write(f"listen_addresses = ''\nunix_socket_directories = '{folder}'\nmax_connections = 200\n")
                settings.write("" if durable else "fsync = off\nfull_page_writes = off\n")

    def start(self) -> Server:
        """Start and wait until it answers."""
        self._run("pg_ctl", "-D", str(self.data), "-l", str(self.folder / "log"), "-w", "-t", "60", "start")
        return self

    def stop(self, mode: str = "fast") -> None:
        """Stop; `immediate` leaves it to recover at the next start."""
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", mode, "stop")

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """Create a database as a copy of `template`; return its address."""
        name = f"t{uuid4().hex}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database."""
        name = url.partition("?")[0].rpartition("/")[2]
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.bin / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed: {done.stderr.strip()}")


def main() -> None:
    """Start or stop a server from the shell."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.postgres", description=__doc__)
    parser.add_argument("command", choices=("start", "stop"))
    parser.add_argument("folder", type=Path, nargs="?", default=Path(tempfile.gettempdir()) / "sparsemix-postgres")
    arguments = parser.parse_args()
    server = Server(arguments.folder.resolve())
    if arguments.command == "start":
        print(server.start().url())
    else:
        server.stop()


if __name__ == "__main__":
    main()
